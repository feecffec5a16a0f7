#include "api/erasure_routes.h"

#include "api/http/problem.h"
#include "api/request_body.h"
#include "domain/access_decision.h"

namespace rireki::api {
namespace {

using nlohmann::json;

Problem problem_of(const ErasureError& error) {
  if (error.refusal.rule == "storage") return problem_of_kind("storage");
  if (error.refusal.rule == "unknown-proposal" || error.refusal.rule == "unknown-hold") return not_found();
  return refused(error.refusal);
}

// Whoever may propose, approve, hold or see the keys sees what was proposed; to everybody else there is nothing.
bool sees_controls(const Actor& actor) {
  for (const auto action : {Action::kProposeErasure, Action::kApproveErasure, Action::kHold, Action::kShowKeys})
    if (decide_access(actor.roles, Relation::kNone, action)) return true;
  return false;
}

std::string session_of(const Request& request) { return request.session; }

json text_schema() { return {{"type", "string"}}; }
json texts_schema() { return {{"type", "array"}, {"items", text_schema()}, {"minItems", 1}, {"maxItems", kErasureTargetsMax}}; }

json described(const ProposalId& id, const Proposal& proposal) {
  const auto content = json::parse(proposal.proposed.content, nullptr, false);
  json body = {{"id", to_text(id)}, {"kind", proposal.proposed.kind}, {"content", content.is_discarded() ? json() : content}, {"digest", proposal.proposed.digest},
               {"proposed_by", to_text(proposal.proposed.account)}, {"proposed_at", iso_utc(proposal.at)}, {"state", "proposed"}, {"decided_by", nullptr}, {"decided_at", nullptr}};
  if (proposal.decided) {
    body["state"] = proposal.done ? "done" : proposal.decided->approved ? "approved" : "refused";
    body["decided_by"] = to_text(proposal.decided->account);
    body["decided_at"] = iso_utc(proposal.decided_at);
  }
  return body;
}

json described(const HoldId& id, const Hold& hold) {
  return {{"id", to_text(id)}, {"target", hold.placed.target}, {"kind", hold.placed.kind}, {"reason", hold.placed.reason}, {"placed_by", to_text(hold.placed.account)},
          {"placed_at", iso_utc(hold.at)}, {"released", hold.released.has_value()}};
}

template <class Use>
Handler answering(const Use& use) {
  return [use](std::shared_ptr<const Request> request, Reply reply) {
    auto answer = use(*request);
    reply(answer ? std::move(*answer) : problem(answer.error(), request->language));
  };
}

Route list_route(Erasures& erasures, const char* path, const char* operation, Text summary, const char* name, json (*all)(const Controls&)) {
  return {.method = "GET", .path = path, .operation_id = operation, .summary = std::move(summary),
          .response_schema = {{"type", "object"}, {"required", {name}}, {"properties", {{name, {{"type", "array"}, {"items", {{"type", "object"}}}}}}}}, .problems = {401},
          .handler = answering([&erasures, name, all](const Request& request) -> Result<Response, Problem> {
            return json_response(200, json{{name, sees_controls(*request.actor) ? all(erasures.controls()) : json::array()}});
          })};
}

Route propose_route(Erasures& erasures) {
  return {.method = "POST", .path = "/api/proposals", .operation_id = "proposeErasure",
          .summary = {"消去を提案する（別の人が承認する）", "Propose an erasure; somebody else approves it"},
          .request_schema = object_schema({{"targets", texts_schema()}, {"basis", text_schema()}, {"reason", text_schema()}}, {"targets", "basis", "reason"}),
          .response_schema = object_schema({{"proposal", text_schema()}}, {"proposal"}), .problems = {400, 403, 422, 503},
          .handler = answering([&erasures](const Request& request) -> Result<Response, Problem> {
            const json& body = request.json;
            if (auto p = unknown_members(body, {"targets", "basis", "reason"})) return *p;
            std::string basis, reason;
            if (auto p = read_text(body, "basis", basis)) return *p;
            if (auto p = read_text(body, "reason", reason)) return *p;
            std::vector<std::string> targets;
            if (const auto list = body.find("targets"); list != body.end() && list->is_array())
              for (const auto& one : *list) targets.push_back(one.is_string() ? one.get<std::string>() : "");
            const auto proposed = erasures.propose(*request.actor, session_of(request), targets, basis, reason);
            if (!proposed) return problem_of(proposed.error());
            return json_response(200, json{{"proposal", to_text(*proposed)}});
          })};
}

Route decide_route(Erasures& erasures) {
  return {.method = "POST", .path = "/api/proposals/{id}/decision", .operation_id = "decideProposal",
          .summary = {"提案を承認する・退ける（読んだ内容の digest を添える）", "Approve or refuse a proposal, naming the digest of what was read"},
          .request_schema = object_schema({{"approve", {{"type", "boolean"}}}, {"digest", text_schema()}, {"reason", text_schema()}}, {"approve", "digest"}),
          .response_schema = object_schema({{"approved", {{"type", "boolean"}}}}, {"approved"}), .problems = {400, 403, 404, 422, 503},
          .handler = answering([&erasures](const Request& request) -> Result<Response, Problem> {
            const json& body = request.json;
            if (auto p = unknown_members(body, {"approve", "digest", "reason"})) return *p;
            const auto id = parse<ProposalId>(request.path_params.at("id"));
            if (!id || !sees_controls(*request.actor)) return not_found();
            std::string digest, reason;
            if (auto p = read_text(body, "digest", digest)) return *p;
            if (auto p = read_text(body, "reason", reason)) return *p;
            // Left out or ill-typed it is no refusal: a proposal is decided once.
            const auto given = body.find("approve");
            if (given == body.end() || !given->is_boolean()) return malformed("/approve", {"true か false で送ってください。", "Send true or false."});
            const bool approve = given->get<bool>();
            const auto decided = erasures.decide(*request.actor, session_of(request), *id, approve, digest, reason);
            if (!decided) return problem_of(decided.error());
            return json_response(200, json{{"approved", approve}});
          })};
}

Route carry_out_route(Erasures& erasures) {
  return {.method = "POST", .path = "/api/proposals/{id}/execution", .operation_id = "carryOutErasure",
          .summary = {"承認された消去を行う（鍵の管理者。取り消せない）", "Carry out an approved erasure (key custodian); it cannot be undone"},
          .request_schema = object_schema({}, {}),
          .response_schema = object_schema({{"keys", {{"type", "integer"}}}, {"epoch", {{"type", "integer"}}}}, {"keys", "epoch"}), .problems = {400, 403, 404, 422, 503},
          .handler = answering([&erasures](const Request& request) -> Result<Response, Problem> {
            if (auto p = unknown_members(request.json.is_null() ? json::object() : request.json, {})) return *p;
            const auto id = parse<ProposalId>(request.path_params.at("id"));
            if (!id || !sees_controls(*request.actor)) return not_found();
            const auto erased = erasures.carry_out(*request.actor, *id);
            if (!erased) return problem_of(erased.error());
            return json_response(200, json{{"keys", erased->keys}, {"epoch", erased->epoch}});
          })};
}

Route hold_route(Erasures& erasures) {
  return {.method = "POST", .path = "/api/holds", .operation_id = "placeHold",
          .summary = {"消去を止める（開示請求、不服、争訟、監査）", "Hold something from being erased: disclosure, objection, litigation, audit"},
          .request_schema = object_schema({{"target", text_schema()}, {"kind", {{"enum", {"disclosure", "objection", "litigation", "audit"}}}}, {"reason", text_schema()}}, {"target", "kind", "reason"}),
          .response_schema = object_schema({{"hold", text_schema()}}, {"hold"}), .problems = {400, 403, 422, 503},
          .handler = answering([&erasures](const Request& request) -> Result<Response, Problem> {
            const json& body = request.json;
            if (auto p = unknown_members(body, {"target", "kind", "reason"})) return *p;
            std::string target, kind, reason;
            for (const auto& [name, into] : {std::pair{"target", &target}, {"kind", &kind}, {"reason", &reason}})
              if (auto p = read_text(body, name, *into)) return *p;
            const auto held = erasures.hold(*request.actor, target, kind, reason);
            if (!held) return problem_of(held.error());
            return json_response(200, json{{"hold", to_text(*held)}});
          })};
}

Route release_route(Erasures& erasures) {
  return {.method = "POST", .path = "/api/holds/{id}/release", .operation_id = "releaseHold",
          .summary = {"止めたものを解く（止めた人とは別の人）", "Release a hold: somebody other than who placed it"},
          .request_schema = object_schema({{"reason", text_schema()}}, {"reason"}), .response_schema = object_schema({{"released", {{"type", "boolean"}}}}, {"released"}),
          .problems = {400, 403, 404, 422, 503},
          .handler = answering([&erasures](const Request& request) -> Result<Response, Problem> {
            const json& body = request.json;
            if (auto p = unknown_members(body, {"reason"})) return *p;
            const auto id = parse<HoldId>(request.path_params.at("id"));
            if (!id || !sees_controls(*request.actor)) return not_found();
            std::string reason;
            if (auto p = read_text(body, "reason", reason)) return *p;
            const auto released = erasures.release(*request.actor, *id, reason);
            if (!released) return problem_of(released.error());
            return json_response(200, json{{"released", true}});
          })};
}

}  // namespace

void add_erasure_routes(std::vector<Route>& routes, Erasures& erasures) {
  routes.push_back(list_route(erasures, "/api/proposals", "listProposals", {"二人で行うことの提案", "What takes two people, as proposed"}, "proposals", [](const Controls& state) {
    json all = json::array();
    for (const auto& [id, one] : state.proposals) all.push_back(described(id, one));
    return all;
  }));
  routes.push_back(propose_route(erasures));
  routes.push_back(decide_route(erasures));
  routes.push_back(carry_out_route(erasures));
  routes.push_back(list_route(erasures, "/api/holds", "listHolds", {"消去を止めているもの", "What is held from being erased"}, "holds", [](const Controls& state) {
    json all = json::array();
    for (const auto& [id, one] : state.holds) all.push_back(described(id, one));
    return all;
  }));
  routes.push_back(hold_route(erasures));
  routes.push_back(release_route(erasures));
}

}  // namespace rireki::api
