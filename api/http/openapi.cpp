#include "api/http/openapi.h"

#include <algorithm>
#include <mutex>
#include <set>

#include "api/http/limits.h"
#include "api/http/problem.h"
#include "api/http/router.h"

namespace rireki::api {
namespace {

using nlohmann::json;

constexpr const char* kActionPath = "/api/cases/{id}/actions/{action}";
constexpr const char* kOpenPath = "/api/cases";

std::string both(const Text& text) { return text.ja + " / " + text.en; }
json schema_ref(const std::string& schema) { return {{"$ref", "#/components/schemas/" + schema}}; }
bool changes_something(const Route& route) { return route.method != "GET"; }

std::string form_name(const Definition& definition, const std::string& form) {
  return "form." + definition.id + ".v" + std::to_string(definition.version) + "." + form;
}

// Pointers of a form into itself, moved to where the form stands in the document.
json moved(const json& schema, const std::string& to) {
  if (schema.is_array()) {
    json result = json::array();
    for (const auto& item : schema) result.push_back(moved(item, to));
    return result;
  }
  if (!schema.is_object()) return schema;
  json result = json::object();
  for (const auto& [name, value] : schema.items()) {
    if (name == "$ref" && value.is_string() && value.get<std::string>().starts_with("#")) result[name] = "#/components/schemas/" + to + value.get<std::string>().substr(1);
    else if (name != "$schema" && name != "$id") result[name] = moved(value, to);
  }
  return result;
}

json problem_schema() {
  const json text = {{"type", "string"}};
  const auto list = [](json members, json required) {
    return json{{"type", "array"}, {"items", {{"type", "object"}, {"properties", std::move(members)}, {"required", std::move(required)}}}};
  };
  return {{"type", "object"},
          {"description", "RFC 9457. GET the type for what it means, in Japanese and English."},
          {"required", {"type", "title", "status", "detail"}},
          {"properties",
           {{"type", {{"type", "string"}, {"format", "uri-reference"}}},
            {"title", text},
            {"status", {{"type", "integer"}}},
            {"detail", {{"type", "string"}, {"description", "in the language of Content-Language"}}},
            {"rule", {{"type", "string"}, {"description", "id of the rule that refused"}}},
            {"rule_source", text},
            {"facts", list({{"name", text}, {"value", text}}, {"name", "value"})},
            {"fields", list({{"pointer", {{"type", "string"}, {"description", "JSON pointer into the body"}}}, {"message", text}}, {"pointer", "message"})},
            {"retry", {{"type", "integer"}, {"description", "seconds, as Retry-After"}}}}}};
}

// "Problem409" … with an example of each kind that has the status.
json problem_responses() {
  std::map<int, json> examples;
  for (const auto& kind : problem_kinds()) {
    const Response response = problem(problem_of_kind(kind.id), Language::kEn);
    examples[kind.status][kind.id] = {{"value", json::parse(response.body)}};
  }
  json responses = json::object();
  const auto described = [](const std::string& words, json given) {
    json media = {{"schema", schema_ref("Problem")}};
    if (!given.is_null()) media["examples"] = std::move(given);
    return json{{"description", words}, {"headers", {{"Content-Language", {{"schema", {{"type", "string"}, {"enum", {"ja", "en"}}}}}}}}, {"content", {{"application/problem+json", std::move(media)}}}};
  };
  for (auto& [status, given] : examples) {
    std::string words;
    for (const auto& [id, example] : given.items()) words += (words.empty() ? "" : "; ") + example["value"]["title"].get<std::string>();
    responses["Problem" + std::to_string(status)] = described(words, given);
  }
  responses["Problem"] = described("What any request may meet: malformed HTTP, wrong host, limits, time-outs, shutting down", nullptr);
  return responses;
}

json parameters_of(const Route& route) {
  json parameters = json::array();
  const auto add = [&](const char* in, const std::string& name, bool required, json schema, const std::string& description) {
    json parameter = {{"in", in}, {"name", name}, {"required", required}, {"schema", std::move(schema)}};
    if (!description.empty()) parameter["description"] = description;
    parameters.push_back(std::move(parameter));
  };
  for (const auto& segment : path_segments(route.path))
    if (segment.starts_with('{')) add("path", segment.substr(1, segment.size() - 2), true, {{"type", "string"}}, "");
  for (const auto& [name, type, words] : route.query_params) add("query", name, false, {{"type", type}}, both(words));
  if (route.idempotent_key)
    add("header", "Idempotency-Key", true, {{"type", "string"}, {"minLength", 1}, {"maxLength", kIdempotencyKeyBytesMax}, {"pattern", "^[!-~]+$"}},
        "a fresh key per action; the same key and content again gives the first answer");
  if (const auto& problems = route.problems; std::find(problems.begin(), problems.end(), 428) != problems.end())
    add("header", "If-Match", false, {{"type", "string"}}, "the ETag of the case as it was read, or *");
  return parameters;
}

json operation_of(const Route& route) {
  json operation = {{"operationId", route.operation_id}, {"summary", both(route.summary)}, {"parameters", parameters_of(route)}};
  operation["security"] = route.needs_session ? json::array({json{{"session", json::array()}}}) : json::array();
  if (!route.request_schema.is_null())
    operation["requestBody"] = {{"content", {{"application/json", {{"schema", route.request_schema}}}}}, {"required", route.request_schema.contains("required")}};
  if (route.accepts_upload) operation["requestBody"] = {{"content", {{"*/*", {{"schema", json::object()}}}}}, {"required", true}};
  json success = {{"description", "done"}};
  if (!route.response_schema.is_null()) success["content"] = {{route.response_type, {{"schema", route.response_schema}}}};
  json& responses = operation["responses"];
  responses[std::to_string(route.success)] = std::move(success);
  for (const int status : problem_statuses(route)) responses[std::to_string(status)] = {{"$ref", "#/components/responses/Problem" + std::to_string(status)}};
  responses["default"] = {{"$ref", "#/components/responses/Problem"}};
  return operation;
}

// Opening: one alternative per procedure that can be opened, with its opening form.
json opening_schema(const json& general, const std::vector<std::shared_ptr<const Definition>>& definitions) {
  json alternatives = json::array();
  for (const auto& definition : definitions) {
    const ActionDefinition* opening = definition->opening_action();
    if (!opening) continue;
    json one = general;
    one["title"] = both(definition->title);
    one["properties"]["procedure"] = {{"const", definition->id}};
    if (!opening->form.empty()) one["properties"]["form"] = schema_ref(form_name(*definition, opening->form));
    alternatives.push_back(std::move(one));
  }
  return alternatives.empty() ? general : json{{"oneOf", std::move(alternatives)}};
}

// Acting: a path per action id; what only other cases do is nothing to send. Procedures that have an action of that id in common are alternatives.
void add_action_paths(json& paths, const Route& route, const std::vector<std::shared_ptr<const Definition>>& definitions) {
  struct Use { const Definition* definition; const ActionDefinition* action; };
  std::map<std::string, std::vector<Use>> by_action;
  for (const auto& definition : definitions)
    for (const auto& action : definition->actions)
      if (!action.opens_case && !action.who.empty()) by_action[action.id].push_back({definition.get(), &action});
  for (const auto& [id, uses] : by_action) {
    Route own = route;
    own.path = std::string(kActionPath).substr(0, std::string(kActionPath).rfind('{')) + id;
    own.operation_id = route.operation_id + "." + id;
    own.summary = {};
    json alternatives = json::array();
    for (const Use& use : uses) {
      json one = route.request_schema;
      one["title"] = both(use.definition->title);
      if (use.action->form.empty()) one["properties"].erase("form");
      else one["properties"]["form"] = schema_ref(form_name(*use.definition, use.action->form));
      if (use.action->reason_required) one["required"].push_back("reason");
      alternatives.push_back(std::move(one));
      own.summary.ja += (own.summary.ja.empty() ? "" : "、") + use.definition->title.ja + "：" + use.action->label.ja;
      own.summary.en += (own.summary.en.empty() ? "" : ", ") + use.definition->title.en + ": " + use.action->label.en;
    }
    own.request_schema = alternatives.size() == 1 ? alternatives.front() : json{{"anyOf", std::move(alternatives)}};
    paths[own.path]["post"] = operation_of(own);
  }
}

}  // namespace

std::vector<int> problem_statuses(const Route& route) {
  std::set<int> statuses(route.problems.begin(), route.problems.end());
  statuses.insert({500, 503});
  if (route.needs_session) statuses.insert(401);
  if (changes_something(route)) statuses.insert(403);
  if (changes_something(route) || !route.query_params.empty()) statuses.insert(400);
  if (!route.request_schema.is_null()) statuses.insert({413, 415});
  if (route.accepts_upload) statuses.insert({413, 507});
  return {statuses.begin(), statuses.end()};
}

json openapi_document(const std::vector<Route>& routes, const std::vector<std::shared_ptr<const Definition>>& definitions) {
  json paths = json::object();
  for (const Route& route : routes) {
    Route described = route;
    if (route.method == "POST" && route.path == kOpenPath) described.request_schema = opening_schema(route.request_schema, definitions);
    std::string method = route.method;
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    paths[route.path][method] = operation_of(described);
    if (route.method == "POST" && route.path == kActionPath) add_action_paths(paths, route, definitions);
  }
  json schemas = {{"Problem", problem_schema()}};
  for (const auto& definition : definitions)
    for (const auto& [id, form] : definition->forms) schemas[form_name(*definition, id)] = moved(form.schema(), form_name(*definition, id));
  return {{"openapi", "3.1.0"},
          {"info",
           {{"title", "Rireki (履歴)"},
            {"version", "1"},
            {"description",
             "Sign in with POST /api/session and send the cookie it sets. An action that changes something must come from this site: browsers show "
             "it by themselves; with curl, send this server's address as Origin, or the csrf value of the sign-in answer as X-Rireki-CSRF."}}},
          {"servers", json::array({json{{"url", "/"}}})},
          {"security", json::array({json{{"session", json::array()}}})},
          {"paths", std::move(paths)},
          {"components",
           {{"schemas", std::move(schemas)},
            {"responses", problem_responses()},
            {"securitySchemes", {{"session", {{"type", "apiKey"}, {"in", "cookie"}, {"name", "rireki"}, {"description", "behind TLS: __Host-rireki"}}}}}}}};
}

void add_openapi_route(std::vector<Route>& routes, DefinitionsInForce definitions) {
  struct Made {
    std::mutex mutex;
    std::vector<std::pair<std::string, int>> of;  // procedures and versions that `text` was made from
    std::string text;
  };
  Route own{.method = "GET", .path = "/api/openapi.json", .operation_id = "readOpenApi", .summary = {"このAPIの説明", "This API's description"}, .needs_session = false,
            .response_schema = {{"type", "object"}}};
  auto described = std::make_shared<std::vector<Route>>(routes);
  described->push_back(own);
  for (Route& route : *described) route.handler = nullptr;  // words are all that is needed of them
  own.handler = [described, definitions = std::move(definitions), made = std::make_shared<Made>()](std::shared_ptr<const Request>, Reply reply) {
    const auto in_force = definitions();
    std::vector<std::pair<std::string, int>> of;
    for (const auto& definition : in_force) of.emplace_back(definition->id, definition->version);
    Response response;
    {
      const std::lock_guard lock(made->mutex);
      if (made->text.empty() || made->of != of) {
        made->text = openapi_document(*described, in_force).dump();
        made->of = std::move(of);
      }
      response.body = made->text;
    }
    reply(std::move(response));
  };
  routes.push_back(std::move(own));
}

}  // namespace rireki::api
