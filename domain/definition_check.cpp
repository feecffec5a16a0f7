#include <algorithm>

#include "domain/access_decision.h"
#include "domain/decide_built_in.h"
#include "domain/definition_check.h"

namespace rireki {
namespace {

using nlohmann::json;

const std::set<std::string> kFunctions = {"hr-head", "hr-director", "appointing-authority"};
const std::set<std::string> kOfAPerson = {"self", "author-in-line", "named-in-line", "superior-of-subject", "superiors-of-subject", "head-of-home-unit", "head-of-return-unit"};
const std::set<std::string> kOfAnyCase = {"author", "named-on-case", "named-hr", "assigned", "head-of-receiving-unit"};
const std::string kOfAUnit = "head-of-subject-unit";
// Of whoever a form's field names (pointer): one of them; somebody above or below one of them in the line.
const std::set<std::string> kOfAForm = {"named-in-form", "chain-of-form"};
bool is_role(const std::string& word) { return std::find(std::begin(kRoles), std::end(kRoles), word) != std::end(kRoles); }
// Relations that mean a post, so that somebody sits there: its holder, a deputy, an acting holder.
const std::set<std::string> kAtAStation = {"superior-of-subject", "head-of-home-unit", "head-of-return-unit", "head-of-receiving-unit"};

class Checker {
 public:
  Checker(const Definition& d, const std::string& file, const DefinitionsById& all, std::vector<Finding>& findings) : d_(d), file_(file), all_(all), findings_(findings) {}

  void check() {
    if (std::count_if(d_.actions.begin(), d_.actions.end(), [](const auto& a) { return a.opens_case; }) != 1)
      say("/actions", "案件を開く処理（opens_case）はちょうど一つです。", "Exactly one action opens the case (opens_case).");
    std::set<std::string> stations;
    for (const auto& [id, state] : d_.states) check_state("/states/" + id, state, stations);
    std::set<std::string> ids;
    for (std::size_t i = 0; i < d_.actions.size(); ++i) check_action("/actions/" + std::to_string(i), d_.actions[i], ids);
    check_ways();
    check_opening();
    check_secrecy();
    for (const auto& [id, form] : d_.forms)
      for (const auto& [name, readers] : d_.field_readers)
        if (form.has(name)) check_field_readers("/forms/" + pointer_step(id) + "/properties/" + pointer_step(name) + "/x-readers", readers);
    check_deadlines();
    check_migration();
  }

 private:
  void say(std::string pointer, std::string ja, std::string en) { findings_.push_back({file_, std::move(pointer), {std::move(ja), std::move(en)}}); }
  void known_state(const std::string& at, const std::string& id) {
    if (!d_.states.contains(id)) say(at, "状態「" + id + "」がありません。", "There is no state '" + id + "'.");
  }
  void known_procedure(const std::string& at, const std::string& id) {
    if (!all_.contains(id)) say(at, "手続「" + id + "」がありません。", "There is no procedure '" + id + "'.");
  }

  // --- Who ---

  void check_whos(const std::string& at, const std::vector<Who>& list) {
    for (std::size_t i = 0; i < list.size(); ++i) check_who(at + "/" + std::to_string(i), list[i]);
    const auto never = [&](const Who& who) { return std::find(d_.secrecy.never.begin(), d_.secrecy.never.end(), who) != d_.secrecy.never.end(); };
    if (!list.empty() && &list != &d_.secrecy.never && std::all_of(list.begin(), list.end(), never))
      say(at, "ここに挙げた人はすべて除かれています（secrecy/never）。", "Everybody named here is excluded (secrecy/never).");
  }
  void check_field_readers(const std::string& at, const std::vector<Who>& list) {
    for (std::size_t i = 0; i < list.size(); ++i)
      if (list[i] != Who{Who::Kind::kRelation, "writer", {}, {}}) check_who(at + "/" + std::to_string(i), list[i]);
  }
  void check_who(const std::string& at, const Who& who) {
    if (who.kind == Who::Kind::kRole && !is_role(who.value)) say(at + "/role", "役割「" + who.value + "」はありません。", "There is no role '" + who.value + "'.");
    if (who.kind == Who::Kind::kFunction && !kFunctions.contains(who.value)) say(at + "/function", "職の役割「" + who.value + "」はありません。", "There is no function '" + who.value + "'.");
    if (!who.as_role.empty() && !is_role(who.as_role)) say(at + "/as", "役割「" + who.as_role + "」はありません。", "There is no role '" + who.as_role + "'.");
    if (who.kind != Who::Kind::kRelation) return;
    if (!kOfAPerson.contains(who.value) && !kOfAnyCase.contains(who.value) && !kOfAForm.contains(who.value) && who.value != kOfAUnit) say(at + "/relation", "関係「" + who.value + "」はありません。", "There is no relation '" + who.value + "'.");
    if (kOfAPerson.contains(who.value) && d_.subject_kind != "person") say(at + "/relation", "対象が職員でない手続にこの関係はありません。", "This relation exists only where the subject is a person.");
    if (who.value == kOfAUnit && d_.subject_kind != "unit") say(at + "/relation", "対象が所属でない手続にこの関係はありません。", "This relation exists only where the subject is a unit.");
    const bool receiving = who.value == "head-of-receiving-unit", of_form = kOfAForm.contains(who.value);
    if (receiving && who.pointer.empty()) say(at, "受入れ先のポストの項目（pointer）が必要です。", "The relation needs the field of the receiving post (pointer).");
    if (of_form && who.pointer.empty()) say(at, "職員を挙げた項目（pointer）が必要です。", "The relation needs the field that names the people (pointer).");
    if (!receiving && !of_form && !who.pointer.empty()) say(at + "/pointer", "この関係に項目は要りません。", "This relation takes no field.");
  }

  // --- States and lines ---

  void check_state(const std::string& at, const State& state, std::set<std::string>& stations) {
    if (!state.line) return;
    if (state.final()) say(at + "/line", "終わった状態に決裁ルートは置けません。", "A final state has no line.");
    check_line(at + "/line", state, *state.line, stations);
  }

  void check_line(const std::string& at, const State& state, const Line& line, std::set<std::string>& stations) {
    std::size_t last_deciding = line.groups.size();
    for (std::size_t g = 0; g < line.groups.size(); ++g)
      for (const auto& station : line.groups[g].stations)
        if (station.kind == StationKind::kDecide) last_deciding = g;
    if (last_deciding == line.groups.size()) say(at, "決裁する席がありません。", "The line has no station that decides.");
    for (std::size_t g = 0; g < line.groups.size(); ++g) {
      const std::string group = at + "/groups/" + std::to_string(g);
      check_quorum(group, line.groups[g]);
      for (std::size_t s = 0; s < line.groups[g].stations.size(); ++s) {
        const auto& station = line.groups[g].stations[s];
        const std::string here = group + "/stations/" + std::to_string(s);
        check_station(here, station, stations);
        if (station.limit && (station.kind != StationKind::kDecide || g >= last_deciding))
          say(here + "/limit", "専決の限度は、上に決裁者のいる決裁の席に置きます。", "A limit belongs to a deciding station that has another above it.");
      }
    }
    for (const auto& [name, to] : {std::pair{"approved", &line.approved}, {"refused", &line.refused}, {"sent_back", &line.sent_back}}) {
      known_state(at + "/" + name, *to);
      if (*to == state.id) say(at + "/" + name, "決裁の結果は別の状態へ移します。", "An outcome of the line leads to another state.");
    }
  }

  void check_quorum(const std::string& at, const StationGroup& group) {
    const auto deciding = std::count_if(group.stations.begin(), group.stations.end(), [](const Station& one) { return one.kind == StationKind::kDecide; });
    const auto size = static_cast<std::ptrdiff_t>(group.stations.size());
    if (group.quorum > size) say(at + "/quorum", "定足数が席の数を超えています。", "The quorum is larger than the number of stations.");
    else if (group.quorum > 0 && deciding > 0 && deciding < size) say(at + "/quorum", "決裁の席が数で押し切られます。決裁の席は別の組に置いてください。", "A station that decides could be outvoted: put it into a group of its own.");
  }

  void check_station(const std::string& at, const Station& station, std::set<std::string>& stations) {
    if (!stations.insert(station.id).second) say(at + "/id", "席のIDが重なります。", "Two stations of this procedure have the same id.");
    if (station.who.empty()) say(at + "/who", "席に着く人が決まっていません。", "Nobody can take this station.");
    check_whos(at + "/who", station.who);
    for (std::size_t i = 0; i < station.who.size(); ++i)
      if (station.who[i].kind == Who::Kind::kRelation && !kAtAStation.contains(station.who[i].value) && (kOfAPerson.contains(station.who[i].value) || kOfAnyCase.contains(station.who[i].value) || station.who[i].value == kOfAUnit))
        say(at + "/who/" + std::to_string(i) + "/relation", "席に着けるのは職に結びつく関係だけです。", "Only a relation that means a post can take a station.");
  }

  // --- Actions ---

  void check_action(const std::string& at, const ActionDefinition& action, std::set<std::string>& ids) {
    if (!ids.insert(action.id).second) say(at + "/id", "処理のIDが重なります。", "Two actions have the same id.");
    if (is_built_in(action.id)) say(at + "/id", "この処理はどの手続にも備わっています。", "Every procedure has this action already.");
    if (!action.opens_case && !action.from_any && action.from.empty()) say(at + "/from", "どの状態から行えるかを書いてください。", "Say from which states this can be done.");
    if (action.opens_case && (action.from_any || !action.from.empty())) say(at + "/from", "案件を開く処理に前の状態はありません。", "The action that opens the case comes from no state.");
    if (!action.opens_case && action.who.empty() && action.by.empty()) say(at + "/who", "行える人がいません。", "Nobody can do this.");
    if (action.opens_case && action.to.empty()) say(at + "/to", "開いた案件の状態が必要です。", "The state of the opened case is missing.");
    for (std::size_t i = 0; i < action.from.size(); ++i) check_from(at + "/from/" + std::to_string(i), action, action.from[i]);
    if (!action.to.empty()) known_state(at + "/to", action.to);
    if (!action.form.empty() && !d_.resolved["forms"].contains(action.form)) say(at + "/form", "様式「" + action.form + "」がありません。", "There is no form '" + action.form + "'.");
    check_whos(at + "/who", action.who);
    for (std::size_t i = 0; i < action.opens.size(); ++i) check_opens(at + "/opens/" + std::to_string(i) + "/case", action.opens[i]);
    for (std::size_t i = 0; i < action.acts.size(); ++i) check_acts(at + "/acts/" + std::to_string(i), action.acts[i]);
    if (std::set<std::pair<std::string, std::string>> seen; comes_back(d_.id, action.id, {d_.id, action.id}, seen))
      say(at + "/acts", "この処理は、ほかの案件を経て自分に戻ります。", "This action comes back to itself by way of other cases.");
    for (std::size_t i = 0; i < action.by.size(); ++i) known_procedure(at + "/by/" + std::to_string(i), action.by[i]);
  }

  void check_from(const std::string& at, const ActionDefinition& action, const std::string& from) {
    known_state(at, from);
    const auto state = d_.states.find(from);
    if (state == d_.states.end()) return;
    if (state->second.final()) say(at, "終わった状態からは処理できません。", "A final state has no actions.");
    if (state->second.line && action.to.empty() && !action.form.empty()) say(at, "決裁中の案は書き換えられません。差戻しか引戻しの後に直します。", "What is being decided is not rewritten: send it back or pull it back first.");
  }

  void check_opens(const std::string& at, const Opens& opens) {
    known_procedure(at, opens.procedure);
    const auto found = all_.find(opens.procedure);
    if (found == all_.end()) return;
    for (const auto* other : found->second) {
      if (std::find(other->opened_by.begin(), other->opened_by.end(), d_.id) == other->opened_by.end())
        say(at, "その手続は、この手続から開くものとされていません（opens/by）。", "That procedure does not say that this one opens it (opens/by).");
      if (other->subject_kind != (opens.subject_kind.empty() ? d_.subject_kind : opens.subject_kind)) say(at, "その手続は対象の種類が違います。", "That procedure is about another kind of subject.");
      const auto* ends = opens.ends_earlier.empty() ? nullptr : other->action(opens.ends_earlier);
      if (!opens.ends_earlier.empty() && !(ends && ends->from_any && ends->form.empty() && !ends->reason_required && other->states.contains(ends->to) && other->states.at(ends->to).final()))
        say(at, "ends_earlier には、どの状態からでも、様式も理由もなく終わりの状態へ進む処理を書きます。", "ends_earlier names an action that leads from any state to an end, without form or reason.");
    }
  }

  void check_acts(const std::string& at, const Acts& acts) {
    known_procedure(at + "/case", acts.procedure);
    if (acts.target == "about-subject" && all_.contains(acts.procedure) && all_.at(acts.procedure).front()->subject_kind != d_.subject_kind)
      say(at + "/on", "その手続は対象の種類が違います。", "That procedure is about another kind of subject.");
    if (const auto found = all_.find(acts.procedure); found != all_.end())
      for (const auto* other : found->second) {
        const auto* action = other->action(acts.action);
        if (!action || std::find(action->by.begin(), action->by.end(), d_.id) == action->by.end())
          say(at + "/action", "その手続に、この手続から行うものとされた処理（by）がありません。", "That procedure has no such action that this one may do (by).");
      }
  }

  // An action that would come back to itself by way of others would never end.
  bool comes_back(const std::string& procedure, const std::string& action, const std::pair<std::string, std::string>& start, std::set<std::pair<std::string, std::string>>& seen) const {
    const auto found = all_.find(procedure);
    if (found == all_.end()) return false;
    for (const auto* definition : found->second) {
      const auto* here = definition->action(action);
      if (!here) continue;
      for (const auto& acts : here->acts) {
        const std::pair next{acts.procedure, acts.action};
        if (next == start || (seen.insert(next).second && comes_back(next.first, next.second, start, seen))) return true;
      }
    }
    return false;
  }

  // Every state is reached, and from each that is not final an end is reached.
  void check_ways() {
    std::map<std::string, std::set<std::string>> ways;
    std::set<std::string> reached, ending;
    for (const auto& action : d_.actions) {
      if (action.opens_case) reached.insert(action.to);
      for (const auto& [id, state] : d_.states)
        if (!action.to.empty() && possible_from(action, state)) ways[id].insert(action.to);
    }
    for (const auto& [id, state] : d_.states) {
      if (state.line) ways[id].insert({state.line->approved, state.line->refused, state.line->sent_back});
      if (state.final()) ending.insert(id);
    }
    for (bool more = true; more;) {
      more = false;
      for (const auto& [from, tos] : ways)
        for (const auto& to : tos) {
          if (reached.contains(from)) more = reached.insert(to).second || more;
          if (ending.contains(to)) more = ending.insert(from).second || more;
        }
    }
    for (const auto& [id, state] : d_.states) {
      if (!reached.contains(id)) say("/states/" + id, "この状態に至る道がありません。", "No way leads to this state.");
      if (!ending.contains(id)) say("/states/" + id, "この状態から終わりへ進めません。", "There is no way out of this state to an end.");
    }
  }

  // --- The rest ---

  void check_opening() {
    check_whos("/opens/who", d_.open_who);
    if (d_.open_who.empty() && d_.opened_by.empty()) say("/opens", "開く人も、開く元の手続もありません。", "Neither a person nor another procedure opens this.");
    for (std::size_t i = 0; i < d_.opened_by.size(); ++i) known_procedure("/opens/by/" + std::to_string(i), d_.opened_by[i]);
    const auto* opening = d_.opening_action();
    const auto form = opening ? d_.forms.find(opening->form) : d_.forms.end();
    if (d_.open_at_once == "one-per-effective-date" && opening && (form == d_.forms.end() || !form->second.required("effective")))
      say("/subject/open_at_once", "開く様式に必須の発令日（effective）が必要です。", "The opening form has to require the field 'effective'.");
  }

  void check_secrecy() {
    check_whos("/secrecy/readers", d_.secrecy.readers);
    check_whos("/secrecy/told", d_.secrecy.told);
    check_whos("/secrecy/never", d_.secrecy.never);
    const std::string& until = d_.secrecy.secret_until;
    if (until.empty()) return;
    known_state("/secrecy/secret_until", until);
    if (d_.states.contains(until) && !d_.states.at(until).seen_by_subject) say("/secrecy/secret_until", "公にする状態が本人に見えない設定です。", "The state of the release is one that the subject does not see.");
    const auto* opening = d_.opening_action();
    const auto first = opening ? d_.states.find(opening->to) : d_.states.end();
    if (first != d_.states.end() && first->second.seen_by_subject) say("/states/" + first->first + "/seen_by_subject", "公にする前の状態が本人に見える設定です。", "The subject would see the case before its release.");
  }

  // Whoever is told of a deadline may read the case: a reminder must not be the first that somebody hears of it.
  bool may_be_told(const Who& who) const {
    const auto among = [&](const std::vector<Who>& list) { return std::any_of(list.begin(), list.end(), [&](const Who& one) {
        return one.kind == who.kind && (one.value == who.value || (one.value == "superiors-of-subject" && who.value == "superior-of-subject"));
      });
    };
    return among(d_.secrecy.readers) || among(d_.secrecy.told) || std::any_of(d_.actions.begin(), d_.actions.end(), [&](const auto& action) { return among(action.who); }) ||
           (who.kind == Who::Kind::kRelation && (who.value == "author" || who.value == "assigned"));
  }
  static bool known_to_the_engine(const std::string& word) { return is_role(word) || kFunctions.contains(word) || kOfAPerson.contains(word) || kOfAnyCase.contains(word) || word == kOfAUnit; }
  void check_step(const std::string& at, const json& written, const DeadlineStep& step) {
    const std::string& word = step.to.value;
    if (written.is_object() && written.contains("remind") == written.contains("hand_up")) return say(at, "remind か hand_up のどちらか一つを書いてください。", "Give either remind or hand_up.");
    if (!known_to_the_engine(word))
      say(at + (step.hand_up ? "/hand_up" : "/remind"), "知らせる相手（役割、職の役割、関係）がありません。", "There is no such role, function or relation to tell.");
    else check_who(at, step.to);
    if (known_to_the_engine(word) && !may_be_told(step.to)) say(at + (step.hand_up ? "/hand_up" : "/remind"), "知らせる相手は、この案件を読めるか進められる人に限ります。", "Only those who may read the case, or act on it, can be told of it.");
  }
  void check_deadlines() {
    for (std::size_t i = 0; i < d_.deadlines.size(); ++i) {
      const std::string at = "/deadlines/" + std::to_string(i);
      const Deadline& deadline = d_.deadlines[i];
      known_state(at + "/state", deadline.state);
      if (d_.states.contains(deadline.state) && d_.states.at(deadline.state).final()) say(at + "/state", "終わった状態に期限はありません。", "A final state has no deadline.");
      const json& written = d_.resolved["deadlines"][i];
      const json pauses = written.value("pause", json::array());
      for (std::size_t p = 0; p < pauses.size(); ++p)
        if (pauses[p] != "subject-on-leave") say(at + "/pause/" + std::to_string(p), "期限を止める理由は subject-on-leave だけです。", "The only pause is subject-on-leave.");
      for (std::size_t t = 0; t < deadline.steps.size(); ++t) check_step(at + "/then/" + std::to_string(t), written["then"][t], deadline.steps[t]);
    }
  }

  void check_migration() {
    if (d_.version > 1 && !(d_.migrate.is_object() && d_.migrate.contains(std::to_string(d_.version - 1))))
      say("/migrate", "前の版の案件をどうするかを書いてください。", "Say what becomes of cases of the version before.");
    if (!d_.migrate.is_object()) return;
    for (const auto& [version, map] : d_.migrate.items()) {
      const std::string at = "/migrate/" + pointer_step(version);
      const auto states = map.is_object() && map.contains("states") ? map["states"] : json::object();
      for (const auto& [from, to] : states.items())
        if (!to.is_string() || !d_.states.contains(to.get<std::string>())) say(at + "/states/" + from, "移す先の状態がありません。", "The state to move to does not exist.");
      if (map.is_object() && map.value("automatic", json()) == false) continue;
      for (const auto* earlier : all_.at(d_.id)) {
        if (std::to_string(earlier->version) != version) continue;
        for (const auto& [id, state] : earlier->states)
          if (!states.contains(id) && !d_.states.contains(id)) say(at + "/states", "前の版の状態「" + id + "」の移し先がありません。", "The state '" + id + "' of that version is left without a state to move to.");
      }
    }
  }

  const Definition& d_;
  const std::string& file_;
  const DefinitionsById& all_;
  std::vector<Finding>& findings_;
};

}  // namespace

void check_structure(const Definition& definition, const std::string& file, const DefinitionsById& all, std::vector<Finding>& findings) {
  Checker(definition, file, all, findings).check();
}

}  // namespace rireki
