// Many commands at once: checked only, all or none, or those that pass; with what became of each.
#include <set>

#include "api/commands.h"
#include "api/request_body.h"

namespace rireki::api {
namespace {

using nlohmann::json;

struct Wanted {
  BulkMode mode = BulkMode::kCheck;
  std::vector<BulkRow> rows;
};

Problem at_row(std::size_t index, const Problem& problem) {
  return malformed("/rows/" + std::to_string(index) + (problem.fields.empty() ? "" : problem.fields.front().pointer), problem.detail);
}

std::optional<Problem> read_case(const json& body, BulkRow& into) {
  std::string id;
  if (auto problem = read_text(body, "case", id)) return problem;
  // An id that is none is like that of no case: the row says so, as for one that may not be read.
  into.case_id = parse<CaseId>(id).value_or(CaseId{~std::uint64_t{0}});
  if (const auto match = body.find("if_match"); match != body.end()) {
    if (!match->is_number_unsigned()) return malformed("/if_match", {"案件を読んだときのposition（整数）を送ってください。", "Send the position of the case as you read it, a number."});
    into.if_match = match->get<Position>();
  }
  return std::nullopt;
}

// What a row leaves out, the whole request says for all.
Result<BulkRow, Problem> read_row(const json& body, const ActionRequest& common) {
  BulkRow row{.case_id = {}, .request = common, .if_match = {}};
  if (auto problem = unknown_members(body, {"case", "if_match", "procedure", "subject", "form", "reason", "station", "target"})) return *problem;
  const bool opens = body.contains("procedure") || body.contains("subject");
  if (opens == body.contains("case"))
    return malformed("/case", {"案件（case）か、起こす手続と対象（procedure、subject）のどちらかを指定してください。", "Give either a case, or the procedure and subject to open one."});
  if (auto problem = opens ? read_opening(body, row.request) : read_case(body, row)) return *problem;
  ActionRequest own;
  if (auto problem = read_action(body, own)) return *problem;
  for (const auto& [name, value] : own.form.items()) row.request.form[name] = value;
  for (const auto& [from, to] : {std::pair{&own.reason, &row.request.reason}, {&own.station, &row.request.station}, {&own.target, &row.request.target}})
    if (!from->empty()) *to = *from;
  if (opens) row.request.action.clear();
  return row;
}

Result<Wanted, Problem> read_wanted(const json& body) {
  if (auto problem = unknown_members(body, {"mode", "action", "form", "reason", "station", "target", "rows"})) return *problem;
  Wanted wanted;
  std::string mode;
  ActionRequest common;
  if (auto problem = read_text(body, "mode", mode)) return *problem;
  if (mode == "all") wanted.mode = BulkMode::kAll;
  else if (mode == "each") wanted.mode = BulkMode::kEach;
  else if (mode != "check") return malformed("/mode", {"check（確かめるだけ）、all（全部かなしか）、each（通るものだけ）のどれかを指定してください。", "Give check, all (all or none) or each (those that pass)."});
  if (auto problem = read_text(body, "action", common.action)) return *problem;
  if (auto problem = read_action(body, common)) return *problem;
  const auto rows = body.find("rows");
  if (rows == body.end() || !rows->is_array() || rows->empty() || rows->size() > kBulkRowsMax) return malformed("/rows", {"1行から1,000行までを送ってください。", "Send 1 to 1,000 rows."});
  std::set<CaseId> named;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    auto row = read_row((*rows)[i], common);
    if (!row) return at_row(i, row.error());
    if (row->case_id && row->request.action.empty()) return malformed("/action", {"処理を指定してください。", "Name the action."});
    if (row->case_id && !named.insert(row->case_id).second) return malformed("/rows/" + std::to_string(i) + "/case", {"同じ案件の行が前にあります。", "An earlier row names the same case."});
    wanted.rows.push_back(std::move(*row));
  }
  return wanted;
}

json row_of(const BulkOutcome& outcome, Language language) {
  json row = {{"case", outcome.case_id && !outcome.error ? json(to_text(outcome.case_id)) : json()}, {"state", outcome.state.empty() ? json() : json(outcome.state)}};
  row["problem"] = outcome.error ? problem_document(problem_of(*outcome.error), language) : json();
  return row;
}

json answer_schema() {
  const auto nullable = [](const char* type) { return json{{"type", {type, "null"}}}; };
  const json row = {{"type", "object"}, {"required", {"case", "state", "problem"}}, {"properties", {{"case", nullable("string")}, {"state", nullable("string")}, {"problem", nullable("object")}}}};
  return {{"type", "object"},
          {"required", {"recorded", "position", "repeated", "passed", "refused", "rows"}},
          {"properties",
           {{"recorded", {{"type", "boolean"}, {"description", "false: nothing was"}}}, {"position", {{"type", "integer"}}}, {"repeated", {{"type", "boolean"}}},
            {"passed", {{"type", "integer"}}}, {"refused", {{"type", "integer"}}}, {"rows", {{"type", "array"}, {"items", row}, {"description", "in the order of the request"}}}}}};
}

json request_schema() {
  json row = action_properties();
  row.update(opening_properties());
  row["case"] = {{"type", "string"}};
  row["if_match"] = {{"type", "integer"}, {"minimum", 0}, {"description", "position of the case as it was read"}};
  json properties = action_properties();
  properties["mode"] = {{"enum", {"check", "all", "each"}}, {"description", "check only; all or none; those that pass"}};
  properties["action"] = {{"type", "string"}, {"description", "of the rows that name a case"}};
  properties["rows"] = {{"type", "array"}, {"minItems", 1}, {"maxItems", kBulkRowsMax}, {"items", {{"type", "object"}, {"additionalProperties", false}, {"properties", row}}}};
  return {{"type", "object"}, {"required", {"mode", "rows"}}, {"additionalProperties", false}, {"properties", properties}};
}

}  // namespace

void add_bulk_route(std::vector<Route>& routes, Office& office) {
  routes.push_back({.method = "POST", .path = "/api/bulk", .operation_id = "actOnMany",
                    .summary = {"まとめて起こす・進める（確かめるだけ、全部かなしか、通るものだけ）", "Open or act on many cases: check only, all or none, those that pass"},
                    .idempotent_key = true,
                    .request_schema = request_schema(), .response_schema = answer_schema(),
                    .problems = {400, 409, 422, 503, 507},
                    .handler = [&office](std::shared_ptr<const Request> request, Reply reply) {
                      auto wanted = read_wanted(request->json);
                      if (!wanted) return reply(problem(wanted.error(), request->language));
                      office.bulk(*request->actor, std::move(wanted->rows), wanted->mode, request->command, [request, reply](Result<BulkAnswer, CommandError> answer) {
                        if (!answer) return reply(problem(problem_of(answer.error()), request->language));
                        json rows = json::array();
                        std::size_t refused = 0;
                        for (const auto& row : answer->rows) {
                          rows.push_back(row_of(row, request->language));
                          refused += row.error.has_value();
                        }
                        reply(json_response(200, {{"recorded", answer->recorded}, {"position", answer->position}, {"repeated", answer->repeated},
                                                  {"passed", answer->rows.size() - refused}, {"refused", refused}, {"rows", std::move(rows)}}));
                      });
                    }});
}

}  // namespace rireki::api
