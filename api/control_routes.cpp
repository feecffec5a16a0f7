#include "api/control_routes.h"

#include "api/account_admin_routes.h"
#include "api/http/problem.h"
#include "api/log_read.h"
#include "api/request_body.h"
#include "api/resources/schema.h"
#include "domain/access.h"
#include "domain/emergency.h"

namespace rireki::api {
namespace {

using nlohmann::json;
using namespace schema;

json texts_schema() { return {{"type", "array"}, {"items", text()}, {"minItems", 1}, {"maxItems", kErasureTargetsMax}}; }

template <class Use>
Handler answering(const Use& use) {
  return [use](std::shared_ptr<const Request> request, Reply reply) {
    auto answer = use(*request);
    reply(answer ? std::move(*answer) : problem(answer.error(), request->language));
  };
}

Result<ProposalId, ControlError> propose(FourEyes& two, Erasures& erasures, const Request& request, const std::string& kind, const json& body) {
  const auto member = [&](const char* name) { return body.value(name, ""); };
  if (kind == "erasure") {
    std::vector<std::string> targets;
    if (const auto list = body.find("targets"); list != body.end() && list->is_array())
      for (const auto& one : *list) targets.push_back(one.is_string() ? one.get<std::string>() : "");
    return erasures.propose(*request.actor, request.session, targets, member("basis"), member("reason"));
  }
  if (member("reason").empty()) return refused_control("ground", "理由を書いてください。", "Give the reason.");
  if (kind == "hold-release") return two.propose(*request.actor, request.session, kind, {{"hold", member("hold")}, {"reason", member("reason")}});
  if (member("what") != "register" && member("what") != "events") return refused_control("export", "書き出すものは register か events です。", "What is exported is register or events.");
  return two.propose(*request.actor, request.session, kind, {{"what", member("what")}, {"reason", member("reason")}});
}

Route propose_route(FourEyes& two, Erasures& erasures) {
  return {.method = "POST", .path = "/api/proposals", .operation_id = "propose",
          .summary = {"二人で行うことを提案する（消去、保全の解除、一括の書出し。アカウントの変更は /api/accounts から）", "Propose what takes two people: an erasure, releasing a hold, a bulk export; changes of accounts come from /api/accounts"},
          .step_up = true,
          .request_schema = object_schema({{"kind", {{"enum", {"erasure", "hold-release", "bulk-export"}}}}, {"targets", texts_schema()}, {"basis", text()}, {"hold", text()}, {"what", {{"enum", {"register", "events"}}}}, {"reason", text()}}, {"kind", "reason"}),
          .response_schema = object({{"proposal", text()}}), .problems = {400, 403, 404, 422, 503},
          .handler = answering([&two, &erasures](const Request& request) -> Result<Response, Problem> {
            const json& body = request.json;
            if (auto p = unknown_members(body, {"kind", "targets", "basis", "hold", "what", "reason"})) return *p;
            std::string kind, ignored;
            if (auto p = read_text(body, "kind", kind)) return *p;
            for (const char* name : {"basis", "hold", "what", "reason"})
              if (auto p = read_text(body, name, ignored)) return *p;
            if (kind != "erasure" && kind != "hold-release" && kind != "bulk-export") return malformed("/kind", {"erasure、hold-release、bulk-export のどれかです。", "One of erasure, hold-release, bulk-export."});
            const auto proposed = propose(two, erasures, request, kind, body);
            if (!proposed) return problem_of(proposed.error());
            return json_response(200, json{{"proposal", to_text(*proposed)}});
          })};
}

Route decide_route(FourEyes& two) {
  return {.method = "POST", .path = "/api/proposals/{id}/decision", .operation_id = "decideProposal",
          .summary = {"提案を承認する・退ける（読んだ内容の digest を添える）", "Approve or refuse a proposal, naming the digest of what was read"}, .step_up = true,
          .request_schema = object_schema({{"approve", flag()}, {"digest", text()}, {"reason", text()}}, {"approve", "digest"}),
          .response_schema = object({{"approved", flag()}}), .problems = {400, 403, 404, 422, 503},
          .handler = answering([&two](const Request& request) -> Result<Response, Problem> {
            const json& body = request.json;
            if (auto p = unknown_members(body, {"approve", "digest", "reason"})) return *p;
            const auto id = parse<ProposalId>(request.path_params.at("id"));
            if (!id) return not_found();
            std::string digest, reason;
            if (auto p = read_text(body, "digest", digest)) return *p;
            if (auto p = read_text(body, "reason", reason)) return *p;
            // Left out or ill-typed it is no refusal: a proposal is decided once.
            const auto given = body.find("approve");
            if (given == body.end() || !given->is_boolean()) return malformed("/approve", {"true か false で送ってください。", "Send true or false."});
            const bool approve = given->get<bool>();
            const auto decided = two.decide(*request.actor, request.session, *id, approve, digest, reason);
            if (!decided) return problem_of(decided.error());
            return json_response(200, json{{"approved", approve}});
          })};
}

Route carry_out_route(FourEyes& two, Erasures& erasures, Accounts& accounts) {
  return {.method = "POST", .path = "/api/proposals/{id}/execution", .operation_id = "carryOutProposal",
          .summary = {"承認された提案を行う（消去は取り消せない）", "Carry out what was approved; an erasure cannot be undone"}, .step_up = true,
          .request_schema = object_schema({}, {}),
          .response_schema = object({{"kind", text()}, {"keys", or_null(number())}, {"epoch", or_null(number())}, {"hold", or_null(text())}, {"changed", or_null(any_object())}}), .problems = {400, 403, 404, 422, 503},
          .handler = [&two, &erasures, &accounts](std::shared_ptr<const Request> request, Reply reply) {
            const auto refuse = [&](const Problem& why) { reply(problem(why, request->language)); };
            if (const auto wrong = read_strings(request->json, {})) return refuse(*wrong);
            const auto id = parse<ProposalId>(request->path_params.at("id"));
            const auto state = two.controls();
            const auto found = id ? state.proposals.find(*id) : state.proposals.end();
            if (found == state.proposals.end()) return refuse(not_found());
            const std::string& kind = found->second.proposed.kind;
            json answer = {{"kind", kind}, {"keys", nullptr}, {"epoch", nullptr}, {"hold", nullptr}, {"changed", nullptr}};
            if (kind == "erasure") {
              const auto erased = erasures.carry_out(*request->actor, *id);
              if (!erased) return refuse(problem_of(erased.error()));
              answer.update({{"keys", erased->keys}, {"epoch", erased->epoch}});
            } else if (kind == "hold-release") {
              const auto released = two.release(*request->actor, *id);
              if (!released) return refuse(problem_of(released.error()));
              answer["hold"] = to_text(*released);
            } else if (kind == "account-change") {
              const auto changed = carry_out_account_change(two, accounts, *request->actor, *id);
              if (!changed) return refuse(problem_of(changed.error()));
              answer["changed"] = described(*changed);
            } else {
              return refuse(problem_of(refused_control("by-command-line", "書出しは rireki export --proposal で行います。", "Export it with rireki export --proposal.")));
            }
            reply(json_response(200, answer));
          }};
}

Route hold_route(FourEyes& two) {
  return {.method = "POST", .path = "/api/holds", .operation_id = "placeHold",
          .summary = {"消去を止める（開示請求、不服、争訟、監査）", "Hold something from being erased: disclosure, objection, litigation, audit"}, .people_only = true,
          .request_schema = object_schema({{"target", text()}, {"kind", {{"enum", {"disclosure", "objection", "litigation", "audit"}}}}, {"reason", text()}}, {"target", "kind", "reason"}),
          .response_schema = object({{"hold", text()}}), .problems = {400, 403, 422, 503},
          .handler = answering([&two](const Request& request) -> Result<Response, Problem> {
            std::string target, kind, reason;
            if (auto p = read_strings(request.json, {{"target", &target}, {"kind", &kind}, {"reason", &reason}})) return *p;
            const auto held = two.hold(*request.actor, target, kind, reason);
            if (!held) return problem_of(held.error());
            return json_response(200, json{{"hold", to_text(*held)}});
          })};
}

Result<Position, ControlError> record_emergency(Office& office, const Actor& by, const Body& body, Position seen) {
  const auto appended = office.record(by, {body}, AppendCondition{{Clause{with_tag("emergency"), seen}}}, std::nullopt);
  if (appended) return appended->last;
  if (appended.error().code == AppendErrorCode::kConflict) return refused_control("conflict", "同時に変更されました。もう一度送ってください。", "It changed at the same time. Send again.");
  return not_recorded();
}

// Whether a case is there is told to nobody whom an emergency could not open it to: excluded and absent answer alike.
Result<json, Problem> open_emergency(Office& office, const Request& request, CaseId id, const std::string& code, const std::string& reason) {
  const Actor& actor = *request.actor;
  std::optional<Problem> refusal;
  EmergencyOpened opened{.grant = {}, .case_id = id, .account = actor.account, .by = actor.person, .reason_code = code, .reason = reason, .until = office.now() + kEmergencyLasts};
  // What is wrong with the reason is said before anything is looked for: else a bad reason would tell, and leave no trace, which cases there are.
  if (auto rule = refuses_opening(*office.emergencies(), opened, office.now())) return refused(*rule);
  office.with_context([&](const DecisionContext& given) {
    const auto state = office.find_case(id);
    const auto definition = state ? office.definition(state->procedure, state->version) : nullptr;
    DecisionContext context = given;
    context.in_emergency = [](AccountId, CaseId) { return false; };
    if (!definition || state->erased) refusal = not_found();
    else if (const auto access = access_to(context, *definition, *state, actor, Action::kRead); access && !access.in_part)
      refusal = problem_of(refused_control("already-readable", "この案件は緊急閲覧なしで読めます。", "You can read this case without it."));
    if (refusal) return;
    context.in_emergency = [](AccountId, CaseId) { return true; };
    if (access_to(context, *definition, *state, actor, Action::kRead).reason != "emergency") refusal = not_found();
    opened.grant = context.ids.make<GrantId>();
  });
  if (refusal) return *refusal;
  // Somebody else's emergency at the same moment must not turn this one away.
  Result<Position, ControlError> recorded = not_recorded();
  for (int attempt = 0; attempt < kConflictRetriesMax; ++attempt) {
    const Position seen = office.log().head();
    if (auto rule = refuses_opening(*office.emergencies(), opened, office.now())) return refused(*rule);
    recorded = record_emergency(office, actor, opened, seen);
    if (recorded || recorded.error().refusal.rule != "conflict") break;
  }
  if (!recorded) return problem_of(recorded.error());
  return Result<json, Problem>(boost::system::in_place_value, json{{"grant", to_text(opened.grant)}, {"until", iso_utc(opened.until)}, {"position", *recorded}});
}

Route emergency_route(Office& office) {
  return {.method = "POST", .path = "/api/emergency-access", .operation_id = "openEmergencyAccess",
          .summary = {"緊急閲覧（一つの案件を60分、読むだけ。理由は20文字以上、事後に別の人が確認する）", "Emergency access: one case, to read, for 60 minutes; at least 20 characters why; another person reviews it"}, .step_up = true,
          .request_schema = object_schema({{"case", text()}, {"reason_code", {{"enum", {"life", "safety", "legal", "absence"}}}}, {"reason", text()}}, {"case", "reason_code", "reason"}),
          .response_schema = object({{"grant", text()}, {"until", time()}, {"position", number()}}), .problems = {400, 403, 404, 422, 503},
          .handler = answering([&office](const Request& request) -> Result<Response, Problem> {
            std::string id, code, reason;
            if (auto p = read_strings(request.json, {{"case", &id}, {"reason_code", &code}, {"reason", &reason}})) return *p;
            if (!decide_access(request.actor->roles, Relation::kNone, Action::kOpenEmergency)) return problem_of(not_entitled_to_control());
            const auto case_id = parse<CaseId>(id);
            if (!case_id) return not_found();
            auto opened = open_emergency(office, request, *case_id, code, reason);
            if (!opened) return opened.error();
            return json_response(200, *opened);
          })};
}

Route review_route(Office& office) {
  return {.method = "POST", .path = "/api/emergency-access/{id}/review", .operation_id = "reviewEmergencyAccess",
          .summary = {"緊急閲覧を事後に確認する（閲覧した人とは別の人。3開庁日以内）", "Review an emergency access: somebody else, within three open days"}, .people_only = true,
          .request_schema = object_schema({{"justified", flag()}, {"comment", text()}}, {"justified", "comment"}), .response_schema = object({{"position", number()}}), .problems = {400, 403, 404, 422, 503},
          .handler = answering([&office](const Request& request) -> Result<Response, Problem> {
            const json& body = request.json;
            if (auto p = unknown_members(body, {"justified", "comment"})) return *p;
            EmergencyReviewed review{.grant = parse<GrantId>(request.path_params.at("id")).value_or(GrantId{}), .account = request.actor->account, .by = request.actor->person};
            if (auto p = read_text(body, "comment", review.comment)) return *p;
            const auto justified = body.find("justified");
            if (justified == body.end() || !justified->is_boolean()) return malformed("/justified", {"true か false で送ってください。", "Send true or false."});
            review.justified = justified->get<bool>();
            if (!decide_access(request.actor->roles, Relation::kNone, Action::kReviewEmergency)) return problem_of(not_entitled_to_control());
            const Position seen = office.log().head();
            const auto all = office.emergencies();
            bool reports = false;
            if (const auto found = all->all.find(review.grant); found != all->all.end() && review.by && found->second.opened.by)
              office.with_context([&](const DecisionContext& context) { reports = context.reg.superior_of(review.by, {context.today()}) == found->second.opened.by; });
            if (auto rule = refuses_review(*all, review, reports)) return rule->rule == "unknown-grant" ? not_found() : refused(*rule);
            const auto recorded = record_emergency(office, *request.actor, review, seen);
            if (!recorded) return problem_of(recorded.error());
            return json_response(200, json{{"position", *recorded}});
          })};
}

// Is that something which was corrected or cancelled: "fact:f…", or "case:c…#" and the position of its entry?
bool was_corrected(const Office& office, const std::string& what) {
  bool found = false;
  const auto end = office.log().read(with_tag("correction"), {}, [&](const EventView& event) {
    const auto body = decode(event);
    if (!body) return true;
    if (const auto* entry = std::get_if<FactEntry>(&*body)) found = what == "fact:" + to_text(entry->corrects);
    else if (const auto* cancelled = std::get_if<FactCancelled>(&*body)) found = what == "fact:" + to_text(cancelled->fact);
    else if (const auto* corrected = std::get_if<CaseCorrected>(&*body)) found = what == "case:" + to_text(corrected->case_id) + "#" + std::to_string(corrected->entry);
    return !found;
  });
  require_read(end);
  return found;
}

// What rests on something that was corrected is never changed by itself: somebody looks at it and says what becomes of it.
Route settle_route(Office& office) {
  return {.method = "POST", .path = "/api/corrections/settlement", .operation_id = "settleCorrection",
          .summary = {"訂正・取消の影響を受けるものをどうするか決めたと記録する（人事）", "Put on record what becomes of something that rests on what was corrected (HR)"},
          .request_schema = object_schema({{"corrected", text()}, {"item", text()}, {"decision", {{"enum", {"stands", "changed"}}}}, {"note", text()}}, {"corrected", "item", "decision", "note"}),
          .response_schema = object({{"position", number()}}), .problems = {400, 403, 422, 503},
          .handler = answering([&office](const Request& request) -> Result<Response, Problem> {
            CorrectionSettled settled{.corrected = {}, .item = {}, .decision = {}, .note = {}, .account = request.actor->account, .by = request.actor->person};
            if (auto p = read_strings(request.json, {{"corrected", &settled.corrected}, {"item", &settled.item}, {"decision", &settled.decision}, {"note", &settled.note}})) return *p;
            if (!decide_access(request.actor->roles, Relation::kNone, Action::kSettleCorrections)) return problem_of(not_entitled_to_control());
            if (settled.decision != "stands" && settled.decision != "changed") return malformed("/decision", {"stands か changed です。", "Either stands or changed."});
            if (settled.note.empty()) return malformed("/note", {"そう決めた理由を書いてください。", "Say why."});
            if (!was_corrected(office, settled.corrected)) return malformed("/corrected", {"GET /api/corrections が示すものを送ってください。", "Send what GET /api/corrections shows."});
            const auto is_of = [&](const char* kind) { return settled.item.starts_with(kind); };
            if (settled.item.size() > 100 || !(is_of("case:") || is_of("fact:") || is_of("obligation:"))) return malformed("/item", {"GET /api/corrections が示すものを送ってください。", "Send what GET /api/corrections shows."});
            const auto recorded = office.record(*request.actor, {settled}, Unconditional{}, std::nullopt);
            if (!recorded) return problem_of_kind("storage");
            return json_response(200, json{{"position", recorded->last}});
          })};
}

}  // namespace

Problem problem_of(const ControlError& error) {
  if (error.refusal.rule == "storage") return problem_of_kind("storage");
  if (error.refusal.rule == "unknown-proposal" || error.refusal.rule == "unknown-hold") return not_found();
  return refused(error.refusal);
}

void add_control_routes(std::vector<Route>& routes, FourEyes& two, Erasures& erasures, Accounts& accounts) {
  routes.push_back(propose_route(two, erasures));
  routes.push_back(decide_route(two));
  routes.push_back(carry_out_route(two, erasures, accounts));
  routes.push_back(hold_route(two));
  routes.push_back(emergency_route(two.office()));
  routes.push_back(review_route(two.office()));
  routes.push_back(settle_route(two.office()));
}

}  // namespace rireki::api
