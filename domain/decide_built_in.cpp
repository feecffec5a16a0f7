#include "domain/decide_built_in.h"

#include <algorithm>

#include "domain/line.h"

namespace rireki {
namespace {

using nlohmann::json;

constexpr std::size_t kCommentBytesMax = 20'000;
constexpr std::size_t kNameBytesMax = 255;

Refusal refuse(const char* rule, std::string source, const char* ja, const char* en, std::vector<std::pair<std::string, std::string>> facts = {}) {
  return {.rule = rule, .source = std::move(source), .message = {ja, en}, .facts = std::move(facts), .fields = {}};
}

Decision one_event(const Case& state, Body event, std::string to = {}) {
  Decision decision{.events = {}, .case_id = state.id, .state = to.empty() ? state.state : std::move(to)};
  decision.events.push_back({std::move(event), tags_of_case(state)});
  return decision;
}

std::string text_member(const json& form, const char* name) {
  const auto found = form.find(name);
  return found != form.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<Decision, Refusal> comment(const Definition& definition, const Case& state, const Actor& actor, const json& form) {
  auto text = text_member(form, "text");
  if (text.empty() || text.size() > kCommentBytesMax)
    return refuse("form", definition.source.front(), "コメントを書いてください（20,000バイトまで）。", "Write a comment (20,000 bytes at most).");
  return one_event(state, Commented{.case_id = state.id, .by = actor.person, .text = std::move(text)});
}

Result<Decision, Refusal> attach(const Case& state, const Actor& actor, const json& form) {
  const auto bytes = form.find("bytes");
  const Attached event{.case_id = state.id, .by = actor.person, .name = text_member(form, "name"), .media_type = text_member(form, "media_type"), .sha256 = text_member(form, "sha256"),
                       .bytes = bytes != form.end() && bytes->is_number_unsigned() ? bytes->get<std::uint64_t>() : 0};
  const bool hash = event.sha256.size() == 64 && event.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (event.name.empty() || event.name.size() > kNameBytesMax || !hash)
    return refuse("form", "attachments", "添付にはファイル名（255バイトまで）と内容のハッシュが必要です。", "An attachment needs a name (255 bytes at most) and the hash of its content.");
  return one_event(state, event);
}

// 訂正: by whoever made the entry, or by the office that keeps the records. What rests on it is not touched: it is listed for a decision.
Result<Decision, Refusal> correct(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor, const ActionRequest& request) {
  constexpr const char* kSource = "catalogue R-007";
  const json& form = request.form;
  const auto given = form.find("entry");
  const std::uint64_t entry = given != form.end() && given->is_number_unsigned() ? given->get<std::uint64_t>() : 0;
  const json members = form.value("form", json::object());
  const bool withdrawn = form.contains("withdrawn") && form["withdrawn"] == true;
  if (request.reason.empty()) return refuse("reason-required", kSource, "訂正には理由が必要です。", "A correction needs a reason.");
  if (!members.is_object() || members.empty() == !withdrawn)
    return refuse("form", kSource, "訂正後の項目（form）か、取り下げ（withdrawn）のどちらかを示してください。", "Give either the members as they should be (form), or withdrawn.");
  // Of what is about themselves, or what they see in part, nobody corrects the words of others.
  const bool keeps_records = decide_access(actor.roles, Relation::kNone, Action::kRecordFacts) && !(actor.person && subject_person(state) == actor.person) && !sees_in_part(context, definition, state, actor);
  const json seen = visible_form(context, definition, state, actor, state.form, written_by(state));
  const auto own = [&](PersonId by) { return keeps_records || (by && by == actor.person); };
  const auto not_yours = [&] { return refuse("not-entitled", kSource, "訂正できるのは、その記載をした人か人事です。", "Whoever made the entry corrects it, or the HR office."); };
  const auto unknown = [&] { return refuse("unknown-entry", kSource, "この案件に、訂正できるその記載はありません。", "The case has no such entry that could be corrected.", {{"entry", std::to_string(entry)}}); };
  if (withdrawn) {
    const auto remark = state.remarks.find(entry);
    if (remark == state.remarks.end() || state.withdrawn.contains(entry)) return unknown();
    if (!own(remark->second)) return not_yours();
  } else {
    if (definition.states.at(state.state).line) return refuse("not-in-this-state", kSource, "決裁中の記載は、差戻しか引戻しのあとに直してください。", "While it is being decided its text stands: have it sent back first.", {{"state", state.state}});
    for (const auto& [name, value] : members.items()) {
      const auto written = state.written_at.find(name);
      if (written == state.written_at.end() || written->second != entry || !seen.contains(name)) return unknown();
      if (!own(state.writers.at(name))) return not_yours();
    }
    // As the form that has these members would judge them now.
    for (const auto& [id, known] : definition.forms) {
      json corrected = json::object();
      for (const auto& [name, value] : state.form.items())
        if (known.has(name)) corrected[name] = value;
      for (const auto& [name, value] : members.items())
        if (known.has(name)) corrected[name] = value;
      Refusal refusal = refuse("form", kSource, "訂正後の項目に誤りがあります。", "What it should have said does not fit the form.");
      for (auto& error : known.check(corrected))
        if (const auto slash = error.pointer.find('/', 1); members.contains(error.pointer.substr(1, slash == std::string::npos ? slash : slash - 1))) refusal.fields.push_back(std::move(error));
      if (!refusal.fields.empty()) return refusal;
    }
  }
  return one_event(state, CaseCorrected{.case_id = state.id, .entry = entry, .form = withdrawn ? json::object() : members, .withdrawn = withdrawn, .reason = request.reason, .by = actor.person});
}

// 後閲: the absent holder sees afterwards what was decided in their name.
Result<Decision, Refusal> review_after(const Case& state, const Actor& actor, const ActionRequest& request) {
  for (const auto& [station, holder] : state.reviews_owed)
    if (holder == actor.person && actor.person && (request.station.empty() || request.station == station))
      return one_event(state, StationActed{.case_id = state.id, .round = state.round, .station = station, .outcome = StationOutcome::kReviewedAfter, .mode = StationMode::kOwn, .by = actor.person,
                                           .for_person = {}, .comment = request.reason, .sent_back_to = {}, .to = {}, .checks = {}});
  return refuse("not-entitled", "catalogue R-163", "後閲する代決はありません。", "There is no deputy decision for you to review.");
}

Result<Decision, Refusal> claim(const Definition& definition, const Case& state, const Actor& actor) {
  if (!actor.person) return refuse("not-entitled", definition.source.front(), "担当できるのは職員です。", "Only a member of staff takes a case.");
  if (state.assigned && state.assigned != actor.person)
    return refuse("already-assigned", definition.source.front(), "すでに担当者がいます。", "Somebody already has this case.", {{"assigned", to_text(state.assigned)}});
  return one_event(state, Claimed{.case_id = state.id, .by = actor.person});
}

// Giving a case to somebody gives no right to read it: that follows the definition alone.
Result<Decision, Refusal> assign(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor, const ActionRequest& request) {
  const bool manages = decide_access(actor.roles, Relation::kNone, Action::kAssignCases) || (actor.person && state.assigned == actor.person);
  if (!manages) return refuse("not-entitled", definition.source.front(), "担当を決められるのは人事、管理職、いまの担当者です。", "HR, managers and the present assignee assign.");
  if (request.action == "release") return one_event(state, Assigned{.case_id = state.id, .by = actor.person, .to = {}});
  const auto to = parse<PersonId>(request.target);
  if (!to || !context.reg.employment(*to, {context.today()}))
    return refuse("known-person", "register", "在職する職員を指定してください。", "Name somebody who is employed.", {{"target", request.target}});
  return one_event(state, Assigned{.case_id = state.id, .by = actor.person, .to = *to});
}

// To the version in force today. The state goes where the new version says, or keeps its id; what was decided stays decided under the version of its day.
Result<Decision, Refusal> migrate(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor, const std::string& reason) {
  if (!entitled(context, definition, state, definition.open_who, actor))
    return refuse("not-entitled", definition.source.front(), "版を移せるのは、この手続を起こせる人です。", "Those who may open this procedure move its cases to another version.");
  const auto newest = context.procedures(definition.id, 0);
  if (!newest || newest->version <= state.version)
    return refuse("no-newer-version", definition.source.front(), "この案件より新しい版は施行されていません。", "No version newer than the case's is in force.", {{"version", std::to_string(state.version)}});
  const std::string from = std::to_string(state.version);
  const auto rule = newest->migrate.is_object() ? newest->migrate.value(from, json()) : json();
  if (!rule.is_object() || rule.value("automatic", true) == false)
    return refuse("not-migrated", newest->source.front(), "新しい版は、この版の案件を移さないと定めています。", "The new version leaves cases of this version as they are.", {{"from", from}, {"to", std::to_string(newest->version)}});
  const std::string to = rule.value("states", json::object()).value(state.state, state.state);
  if (!newest->states.contains(to)) return refuse("not-migrated", newest->source.front(), "新しい版に移し先の状態がありません。", "The new version has no state for this case.", {{"state", state.state}});
  if (reason.empty()) return refuse("reason-required", definition.source.front(), "理由を書いてください。", "Give a reason.");
  return one_event(state, Migrated{.case_id = state.id, .version = newest->version, .to = to, .by = actor.person, .reason = reason}, to);
}

Result<Decision, Refusal> at_the_line(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor, const ActionRequest& request) {
  auto acted = act_at_line(context, definition, state, actor, request);
  if (!acted) return std::move(acted.error());
  Decision decision{.events = {}, .case_id = state.id, .state = state.state};
  for (auto& event : *acted) {
    if (!event.to.empty()) decision.state = event.to;
    decision.events.push_back({std::move(event), tags_of_case(state)});
  }
  return decision;
}

}  // namespace

bool is_built_in(std::string_view action) {
  static const std::set<std::string_view> names = {"comment", "attach", "claim", "assign", "release", "approve", "refuse", "send-back", "pull-back", "seen", "review-after", "migrate", "correct-entry"};
  return names.contains(action);
}

std::vector<std::string> tags_of_case(const Case& state) {
  return {"case:" + to_text(state.id), "subject:" + state.subject.kind + ":" + state.subject.id, "procedure:" + state.procedure};
}

bool possible_from(const ActionDefinition& action, const State& here) {
  if (action.opens_case || here.final()) return false;
  if (here.line && action.to.empty() && !action.form.empty()) return false;
  return action.from_any || std::find(action.from.begin(), action.from.end(), here.id) != action.from.end();
}

Result<Decision, Refusal> decide_built_in(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor, const ActionRequest& request) {
  const State& here = definition.states.at(state.state);
  if (request.reason.size() > kCommentBytesMax) return refuse("form", definition.source.front(), "理由は20,000バイトまでです。", "A reason has 20,000 bytes at most.");
  if (request.action == "review-after") return review_after(state, actor, request);
  // At the line its seats decide, and say why not today; everything else is for readers.
  static const std::set<std::string_view> of_the_line = {"approve", "refuse", "send-back", "pull-back", "seen"};
  const bool barred = definition.secrecy.existence_secret || !of_the_line.contains(request.action) ? !may_read(context, definition, state, actor)
                                                                                                   : any_of(context, state, definition.secrecy.never, actor);
  if (barred) return refuse("not-entitled", definition.source.front(), "この処理を行う立場にありません。", "You are not one of those who do this.", {{"action", request.action}});
  if (request.action == "comment") return comment(definition, state, actor, request.form);
  if (request.action == "attach") return attach(state, actor, request.form);
  if (request.action == "correct-entry") return correct(context, definition, state, actor, request);
  if (request.action == "seen") return at_the_line(context, definition, state, actor, request);
  if (here.final()) return refuse("not-in-this-state", definition.source.front(), "終わった案件です。", "The case is closed.", {{"state", state.state}});
  if (request.action == "claim") return claim(definition, state, actor);
  if (request.action == "assign" || request.action == "release") return assign(context, definition, state, actor, request);
  if (request.action == "migrate") return migrate(context, definition, state, actor, request.reason);
  if (!here.line) return refuse("not-in-this-state", definition.source.front(), "いまは決裁中ではありません。", "Nothing is being decided now.", {{"state", state.state}});
  if (request.action != "pull-back") return at_the_line(context, definition, state, actor, request);
  auto pulled = pull_back(definition, state, actor, request);
  if (!pulled) return std::move(pulled.error());
  const std::string to = pulled->to;
  return one_event(state, std::move(*pulled), to);
}

std::vector<OpenAction> open_actions(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor) {
  std::vector<OpenAction> open;
  const State& here = definition.states.at(state.state);
  for (const auto& [station, holder] : state.reviews_owed)
    if (holder == actor.person && actor.person) open.push_back({"review-after", {"後閲", "Review afterwards"}, station, StationMode::kOwn, "", false});
  // Whoever reads it in an emergency reads, and does nothing.
  const auto access = access_to(context, definition, state, actor, Action::kRead);
  if (!access || access.reason == "emergency") return open;
  for (const auto& action : definition.actions)
    if (possible_from(action, here) && entitled(context, definition, state, action.who, actor))
      open.push_back({action.id, action.label, "", StationMode::kOwn, action.form, action.reason_required});
  if (here.line) {
    const auto at = progress(context, state, *here.line);
    if (at.group < here.line->groups.size())
      for (const auto& station : here.line->groups[at.group].stations) {
        if (station.kind == StationKind::kInform || at.settled.contains(station.id)) continue;
        const auto mode = mode_at(seat_of(context, state, station), actor);
        if (!mode) continue;
        open.push_back({"approve", station.kind == StationKind::kDecide ? Text{"決裁", "Decide"} : Text{"承認", "Approve"}, station.id, *mode, "", false});
        open.push_back({"send-back", {"差戻し", "Send back"}, station.id, *mode, "", true});
        if (station.kind != StationKind::kConsult) open.push_back({"refuse", {"否決", "Refuse"}, station.id, *mode, "", true});
      }
    if (pull_back(definition, state, actor, {})) open.push_back({"pull-back", {"引戻し", "Pull back"}, "", StationMode::kOwn, "", false});
  }
  for (const auto* station : unseen(context, definition, state, actor))
    open.push_back({"seen", {"供覧", "Seen"}, station->id, *mode_at(seat_of(context, state, *station), actor), "", false});
  open.push_back({"comment", {"コメント", "Comment"}, "", StationMode::kOwn, "", false});
  return open;
}

}  // namespace rireki
