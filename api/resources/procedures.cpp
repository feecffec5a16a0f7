// The procedures in force, and each one resolved: what a page needs to draw forms and buttons, what an auditor needs to see what was in force.
#include "api/resources/present.h"
#include "api/resources/schema.h"

namespace rireki::api {
namespace {

using nlohmann::json;

json summary(const Question& q, const Definition& definition) {
  json body = {{"id", definition.id}, {"version", definition.version}, {"status", definition.status}, {"title", q.words(definition.title)}, {"help", q.words(definition.help)},
               {"source", definition.source}, {"subject_kind", definition.subject_kind}};
  put_period(body, {definition.from, definition.last_day});
  return body;
}
json summary_schema() {
  return schema::with(schema::period(), schema::object({{"id", schema::text()}, {"version", schema::number()}, {"status", schema::text()}, {"title", schema::text()},
                                                        {"help", schema::text()}, {"source", schema::list(schema::text())}, {"subject_kind", schema::text()}}));
}

Result<Response, Problem> list(const Question& q) {
  json all = json::array();
  for (const auto& definition : q.resources.office.definitions_at(q.moment)) all.push_back(summary(q, *definition));
  return answered(q.stated({{"procedures", std::move(all)}}));
}

Result<Response, Problem> one(const Question& q) {
  int version = 0;
  if (const auto text = q.param("version"); !text.empty()) {
    if (text.size() > 6 || text.find_first_not_of("0123456789") != text.npos) return malformed_parameter("version", {"版の番号を指定してください。", "Give the number of a version."});
    version = std::stoi(text);
  }
  const auto definition = q.resources.office.definition_at(q.request.path_params.at("id"), version, q.moment);
  if (!definition) return not_found();
  json body = summary(q, *definition);
  body["forms"] = json::object();
  for (const auto& [id, form] : definition->forms) body["forms"][id] = form.schema();
  const auto* opening = definition->opening_action();
  body["opening_form"] = opening ? opening->form : "";
  body["definition"] = definition->resolved;
  return answered(q.stated(std::move(body)));
}

}  // namespace

void add_procedure_routes(std::vector<Route>& routes, ResourceContext context) {
  routes.push_back(reading({.path = "/api/procedures", .operation_id = "listProcedures",
                            .summary = {"ある日に使える手続", "The procedures in force on a day"},
                            .response_schema = schema::stated(schema::object({{"procedures", schema::list(summary_schema())}}))},
                           context, {}, Paging::kNone, list));
  const json whole = schema::with(summary_schema(), schema::object({{"forms", schema::any_object()}, {"opening_form", schema::text()}, {"definition", schema::any_object()}}));
  routes.push_back(reading({.path = "/api/procedures/{id}", .operation_id = "readProcedure",
                            .summary = {"手続の定義（解決済み、フォームつき）", "A procedure's definition, resolved, with its forms"},
                            .response_schema = schema::stated(whole),
                            .query_params = {{"version", "integer", {"版（省略：いま使う版）", "version (default: the one in force)"}}},
                            .problems = {404}},
                           context, {}, Paging::kNone, one));
}

}  // namespace rireki::api
