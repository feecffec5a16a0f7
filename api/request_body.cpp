#include "api/request_body.h"

#include <algorithm>

#include "api/http/problem.h"

namespace rireki::api {

using nlohmann::json;

Problem malformed(std::string pointer, Text message) {
  return {.status = 400, .id = "malformed",
          .title = {"入力の形式が正しくありません", "The request is malformed"},
          .detail = message,
          .fields = {{std::move(pointer), std::move(message)}}};
}

std::optional<Problem> unknown_members(const json& body, std::initializer_list<std::string_view> known) {
  if (!body.is_object()) return malformed("", {"JSONのオブジェクトを送ってください。", "Send a JSON object."});
  for (const auto& [name, value] : body.items())
    if (std::find(known.begin(), known.end(), name) == known.end())
      return malformed("/" + name, {"この項目はありません。", "There is no such member."});
  return std::nullopt;
}

// A text member, or "" if it is left out.
std::optional<Problem> read_text(const json& body, const char* name, std::string& into) {
  const auto found = body.find(name);
  if (found == body.end()) return std::nullopt;
  if (!found->is_string()) return malformed(std::string("/") + name, {"文字列で送ってください。", "Send a string."});
  into = found->get<std::string>();
  return std::nullopt;
}

std::optional<Problem> read_action(const json& body, ActionRequest& into) {
  if (const auto form = body.find("form"); form != body.end()) {
    if (!form->is_object()) return malformed("/form", {"フォームはオブジェクトで送ってください。", "Send the form as an object."});
    into.form = *form;
  }
  for (const auto& [name, member] : {std::pair{"reason", &into.reason}, {"station", &into.station}, {"target", &into.target}})
    if (auto problem = read_text(body, name, *member)) return problem;
  return std::nullopt;
}

std::optional<Problem> read_opening(const json& body, ActionRequest& into) {
  if (auto problem = read_text(body, "procedure", into.procedure)) return problem;
  if (into.procedure.empty()) return malformed("/procedure", {"手続を指定してください。", "Name the procedure."});
  const auto subject = body.find("subject");
  if (subject == body.end()) return malformed("/subject", {"対象を指定してください。", "Name the subject."});
  if (auto problem = unknown_members(*subject, {"kind", "id"})) return malformed("/subject" + problem->fields.front().pointer, problem->detail);
  if (auto problem = read_text(*subject, "kind", into.subject.kind)) return problem;
  return read_text(*subject, "id", into.subject.id);
}

std::optional<Problem> read_strings(const json& given, std::initializer_list<std::pair<const char*, std::string*>> members, const std::set<std::string>& optional) {
  Problem malformed = problem_of_kind("malformed");
  const json body = given.is_null() ? json::object() : given;
  if (!body.is_object()) return malformed;
  for (const auto& [name, value] : body.items())
    if (std::none_of(members.begin(), members.end(), [&, n = &name](const auto& member) { return *n == member.first; }))
      malformed.fields.push_back({"/" + name, {"この項目はありません。", "There is no such member."}});
  for (const auto& [name, into] : members) {
    const auto found = body.find(name);
    if (found == body.end() && optional.contains(name)) continue;
    if (found != body.end() && found->is_string()) *into = found->get<std::string>();
    else malformed.fields.push_back({std::string("/") + name, {"文字列で送ってください。", "Send a string."}});
  }
  return malformed.fields.empty() ? std::nullopt : std::optional(malformed);
}

json strings_schema(std::initializer_list<const char*> names, const std::set<std::string>& optional) {
  json schema = {{"type", "object"}, {"required", json::array()}, {"properties", json::object()}, {"additionalProperties", false}};
  for (const char* name : names) {
    if (!optional.contains(name)) schema["required"].push_back(name);
    schema["properties"][name] = {{"type", "string"}};
  }
  return schema;
}

json object_schema(std::initializer_list<std::pair<const char*, json>> members, std::initializer_list<const char*> required) {
  json schema = {{"type", "object"}, {"properties", json::object()}, {"required", json::array()}, {"additionalProperties", false}};
  for (const auto& [name, member] : members) schema["properties"][name] = member;
  for (const char* name : required) schema["required"].push_back(name);
  return schema;
}

json action_properties() {
  return {{"form", {{"type", "object"}}}, {"reason", {{"type", "string"}}}, {"station", {{"type", "string"}}}, {"target", {{"type", "string"}}}};
}

json opening_properties() {
  return {{"procedure", {{"type", "string"}}},
          {"subject", {{"type", "object"}, {"required", {"kind", "id"}}, {"additionalProperties", false}, {"properties", {{"kind", {{"type", "string"}}}, {"id", {{"type", "string"}}}}}}}};
}

}  // namespace rireki::api
