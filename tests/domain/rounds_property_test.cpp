// Rounds of leaves, covers and support, in any order and again and again: leaves that move, offers that are made anew, people matched twice. Whatever is
// tried, what the register holds stands, nobody covers past a leave or after a return, and no request is filled beyond what it asked for.
#include <rapidcheck/gtest.h>

#include "domain/rules.h"
#include "small_ward.h"

namespace rireki {
namespace {

using nlohmann::json;

constexpr PersonId kAway{401}, kVoyager{402}, kSecondVoyager{403};
constexpr PostId kTheirPost{404};
const std::vector<PersonId> kRoster{kVoyager, kSecondVoyager, kStaff, kDeputyPerson};

// Of the same spread in every run: sizes grow from run to run, and a small one would try next to nothing.
int below(std::size_t n) { return static_cast<int>(*rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(0, n))); }
template <class T> T one_of(const std::vector<T>& all) { return all[static_cast<std::size_t>(below(all.size()))]; }

class Rounds : public CaseRunner {
 public:
  Rounds() {
    today = day(2024, 4, 1);
    ward.post(kTheirPost, UnitId{9}, 1, false);
    ward.hold(kAway, kTheirPost);
    for (const auto person : {kVoyager, kSecondVoyager}) ward.hold(person, kHomeSeats);
    for (const auto person : kRoster) RC_ASSERT(open(as(person), "support-roster", person, {{"from", "2024-04-01"}, {"last_day", "2026-03-31"}}) == "");
    for (const auto person : {kVoyager, kSecondVoyager}) {
      RC_ASSERT(open(as(person), "voyager-certification", person, {{"ground", "experience"}, {"from", "2024-04-01"}, {"last_day", "2025-12-31"}}) == "");
      RC_ASSERT(act(as(kHomeTeamHead), "talk", {{"talked_on", "2024-04-01"}}) == "");
      RC_ASSERT(act(as_hr(), "certify") == "");
    }
    RC_ASSERT(open(as(kAway), "childcare-leave", kAway, {{"from", "2024-06-01"}, {"last_day", "2025-05-31"}}) == "");
    RC_ASSERT(act(as(kAway), "submit") == "");
    for (const auto person : {kNewManager, kHrHead}) RC_ASSERT(act(as(person), "approve") == "");
    RC_ASSERT(act(as_hr(), "order") == "");
  }

  void step() {
    switch (below(10)) {
      case 0: today += days{1 + below(60)}; break;
      case 1: propose(); break;
      case 2: ask_for_support(); break;
      case 3: send_a_voyager(); break;
      case 4: extend_a_dispatch(); break;
      default: act_somewhere(); break;
    }
    current = {};
  }

  void check() {
    Register now(ward.facts);
    std::vector<std::string> tags;
    for (const auto person : {kAway, kVoyager, kSecondVoyager, kStaff, kDeputyPerson}) tags.push_back("person:" + to_text(person));
    const auto fallen = check_standing(now, tags);
    if (fallen) RC_LOG() << fallen->rule << " " << fallen->message.en << "\n";
    RC_ASSERT(!fallen);
    for (const auto& [id, one] : cases) {
      RC_ASSERT(replayed(id).state == one.state && replayed(id).form == one.form);
      if (one.procedure == "voyager") check_cover(now, one);
      if (one.procedure == "support-dispatch") check_request(one);
      if (one.procedure == "childcare-leave" && definition_of(one)->states.at(one.state).final())
        for (const auto& opened : cases_where([&](const Case& other) { return other.opened_from == one.id && other.procedure == "vacancy"; })) RC_ASSERT(opened.state == "closed");
    }
  }
  int acted = 0;

 private:
  // Days that matter more often than others: today, the end of what stands.
  std::string some_day() {
    std::vector<Day> candidates{today, today + days{20}, today - days{1}, day(2024, 4, 1) + days{30 * below(24)}};
    for (const auto& leave : reg().leaves(kAway)) {
      candidates.push_back(leave.period.last);
      candidates.push_back(leave.period.last + days{60});
      candidates.push_back(leave.period.last - days{60});
    }
    for (const auto& posting : reg().all_postings(kVoyager))
      if (posting.kind == PostingKind::kCover) candidates.push_back(posting.period.last + days{below(2)});
    return iso(one_of(candidates));
  }
  static std::vector<Actor> actors() {
    return {as_hr(), as(kHomeManager, {"staff", "manager"}), as(kNewManager, {"staff", "manager"}), as(kHrHead), as(kHomeTeamHead), as(kNewTeamHead), as(kVoyager), as(kSecondVoyager), as(kAway)};
  }
  json value_for(const json& field) {
    if (field.contains("enum")) return one_of(field["enum"].get<std::vector<std::string>>());
    const auto type = field["type"].get<std::string>();
    if (type == "boolean") return below(4) > 0;
    if (type == "integer" || type == "number") return below(4);
    if (type == "array") {
      json some = json::array();
      for (const auto person : kRoster)
        if (below(2) == 0) some.push_back(field["items"].contains("pattern") ? to_text(person) : "救護");
      return some;
    }
    if (field.value("format", "") == "date") return some_day();
    const auto pattern = field.value("pattern", "");
    if (pattern.starts_with("^t")) return to_text(one_of(std::vector{kTheirPost, kHomeSeats, kNewSeats}));
    if (pattern.starts_with("^p")) return to_text(one_of(kRoster));
    return "見本";
  }
  json form_for(const Definition& definition, const std::string& id) {
    json form = json::object();
    const auto found = definition.forms.find(id);
    if (found == definition.forms.end()) return form;
    for (const auto& [name, field] : found->second.schema()["properties"].items())
      if (found->second.required(name) || below(3) == 0) form[name] = value_for(field);
    return form;
  }

  void tried(const std::string& what, const std::string& rule, Position before) {
    RC_LOG() << iso(today) << " " << what << ": " << rule << "\n";
    if (rule.empty()) ++acted;
    else RC_ASSERT(ward.facts.position() == before);  // nothing half done
  }
  json cover() {
    const auto leaves = reg().leaves(kAway);
    return {{"leave", leaves.empty() ? "l0000000000001" : to_text(leaves.front().leave)}, {"cover_post", to_text(kTheirPost)}, {"from", some_day()}, {"last_day", some_day()}};
  }
  void propose() {
    const Position before = ward.facts.position();
    tried("propose", open(as_hr(), "voyager", one_of(std::vector{kVoyager, kSecondVoyager}), cover()), before);
  }
  // The whole way to an order, as far as it goes: random steps alone seldom get there.
  void send_a_voyager() {
    const auto leaves = reg().leaves(kAway);
    if (leaves.empty()) return;
    json form = cover();
    form["from"] = iso(leaves.front().period.first);
    form["last_day"] = iso(std::min(leaves.front().period.last, day(2025, 12, 31)));
    Position before = ward.facts.position();
    if (const auto rule = open(as_hr(), "voyager", one_of(std::vector{kVoyager, kSecondVoyager}), form); !rule.empty()) return tried("send", rule, before);
    act(as_hr(), "talk-person", {{"person_agrees", true}});
    act(as(kHomeManager), "talk-home", {{"home_agrees", true}});
    act(as(kHomeManager), "face-gap", {{"home_gap", "accepted"}});
    act(as_hr(), "submit");
    for (const auto person : {kHomeManager, kNewManager, kHrHead}) act(as(person), "approve");
    before = ward.facts.position();
    tried("send", act(as_hr(), "order", {{"next_check", iso(std::max(leaves.front().period.first, today) + days{20})}}), before);
  }
  // The leave grows, both agree to what is offered, the extension is ordered.
  void extend_a_dispatch() {
    for (const auto& one : cases_where([](const Case& other) { return other.procedure == "voyager" && other.state == "dispatched"; })) {
      const auto leaves = reg().leaves(kAway);
      if (leaves.empty()) return;
      const std::string until = iso(leaves.front().period.last + days{45});
      for (const auto& leave : cases_where([](const Case& other) { return other.procedure == "childcare-leave" && other.state == "ordered"; })) {
        current = leave.id;
        act(as_hr(), "extend", {{"last_day", until}}, "理由");
      }
      Day ends{};
      for (const auto& posting : reg().all_postings(parse<PersonId>(one.subject.id).value()))
        if (posting.case_id == one.id) ends = std::max(ends, posting.period.last);
      current = one.id;
      act(as(parse<PersonId>(one.subject.id).value()), "agree-extension", {{"extension_person", until}});
      act(as(kHomeManager), "agree-extension-home", {{"extension_home", until}});
      const Position before = ward.facts.position();
      return tried("extend", act(as_hr(), "order-extension", {{"extension_from", iso(ends + days{1})}, {"last_day", until}}), before);
    }
  }
  void ask_for_support() {
    const json form{{"work", "祭り"}, {"head_count", 1 + below(3)}, {"from", iso(today + days{below(5)})}, {"last_day", iso(today + days{below(9)})}};
    const Position before = ward.facts.position();
    tried("ask", with_context([&](const DecisionContext& context) {
            return take(context, open_case(context, as(kNewTeamHead, {"staff", "manager"}), {.procedure = "support-dispatch", .subject = {"unit", to_text(UnitId{9})}, .action = {}, .form = form}));
          }), before);
  }
  // Of all that anybody could do now, each kind of action is as likely as another.
  void act_somewhere() {
    struct Chance { CaseId id; Actor actor; OpenAction action; };
    std::map<std::string, std::vector<Chance>> chances;
    const auto everybody = actors();
    for (const auto& [id, one] : cases) {
      if (definition_of(one)->states.at(one.state).final()) continue;
      current = id;
      for (const auto& actor : everybody)
        for (auto& action : offered(actor))
          if (definition_of(one)->action(action.action) || action.action == "approve") chances[one.procedure + " " + action.action].push_back({id, actor, std::move(action)});
    }
    // What ends a round for good comes seldom, so that there is a next one.
    for (const char* last : {"support-roster leave", "voyager-certification end", "childcare-leave cancel", "childcare-leave return"})
      if (below(6) > 0) chances.erase(last);
    if (chances.empty()) return;
    const auto& [what, all] = *std::next(chances.begin(), below(chances.size()));
    const Chance chosen = one_of(all);
    current = chosen.id;
    const Position before = ward.facts.position();
    tried(what, act(chosen.actor, chosen.action.action, form_for(*definition_of(state()), chosen.action.form), "理由"), before);
  }

  void check_cover(const Register& now, const Case& one) const {
    const auto person = parse<PersonId>(one.subject.id).value();
    for (const auto& posting : now.all_postings(person)) {
      if (posting.case_id != one.id || posting.kind != PostingKind::kCover) continue;
      const auto leaves = now.leaves(kAway);
      RC_ASSERT(std::any_of(leaves.begin(), leaves.end(), [&](const Leave& leave) { return leave.leave == posting.covers && posting.period.within(leave.period); }));
      RC_ASSERT(one.state != "cancelled" && one.state != "dropped" && one.state != "proposed");
      if (one.state == "returned") RC_ASSERT(posting.period.last <= form_day(one.form, "/last_worked").value());
      if (one.state == "ending") RC_ASSERT(posting.period.last <= form_day(one.form, "/ends").value());
    }
  }
  void check_request(const Case& request) const {
    std::vector<Case> standing;
    for (const auto& one : cases_where([&](const Case& other) { return other.opened_from == request.id; }))
      if (definition_of(one)->states.at(one.state).kind <= StateKind::kDone) standing.push_back(one);
    RC_ASSERT(standing.size() <= request.form["head_count"].get<std::size_t>());
  }
};

RC_GTEST_PROP(AnyRounds, OfLeavesCoversAndSupportLeaveTheRegisterStandingAndNoRequestOverfilled, ()) {
  Rounds rounds;
  for (int step = 0; step < 60; ++step) {
    rounds.step();
    rounds.check();
  }
  RC_CLASSIFY(rounds.acted >= 10, "ten or more carried out");
}

}  // namespace
}  // namespace rireki
