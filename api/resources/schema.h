// Small words to say what an answer looks like, in JSON Schema (the subset common to draft 7 and 2020-12, workflow.md 3.5).
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>

namespace rireki::api::schema {

using nlohmann::json;

inline json text() { return {{"type", "string"}}; }
inline json flag() { return {{"type", "boolean"}}; }
inline json number() { return {{"type", "integer"}}; }
inline json any_object() { return {{"type", "object"}}; }
inline json day() { return {{"type", "string"}, {"format", "date"}}; }
inline json time() { return {{"type", "string"}, {"format", "date-time"}}; }
inline json list(json items) { return {{"type", "array"}, {"items", std::move(items)}}; }
inline json or_null(json schema) { return {{"anyOf", json::array({std::move(schema), json{{"type", "null"}}})}}; }

// Every member named is required, and there is no other: an answer that says more than its description is a finding.
inline json object(std::initializer_list<std::pair<std::string, json>> members) {
  json properties = json::object(), required = json::array();
  for (const auto& [name, schema] : members) {
    properties[name] = schema;
    required.push_back(name);
  }
  return {{"type", "object"}, {"properties", properties}, {"required", required}, {"additionalProperties", false}};
}
// The members of both.
inline json with(json object, const json& more) {
  object["properties"].update(more.at("properties"));
  for (const auto& name : more.at("required")) object["required"].push_back(name);
  return object;
}
// A day with its 和暦; `name`_wareki beside `name`.
inline json days(std::initializer_list<std::string> names) {
  json both = object({});
  for (const auto& name : names) both = with(both, object({{name, or_null(day())}, {name + "_wareki", or_null(text())}}));
  return both;
}
inline json period() { return days({"from", "last_day"}); }

inline json named() { return object({{"id", text()}, {"label", text()}}); }
inline json person() { return object({{"id", text()}, {"name", or_null(text())}}); }
inline json unit() { return person(); }
inline json post() { return object({{"id", text()}, {"title", or_null(text())}}); }
inline json subject() { return object({{"kind", text()}, {"id", text()}, {"name", or_null(text())}}); }
inline json due() { return with(days({"due"}), object({{"overdue", flag()}})); }
inline json case_state() { return object({{"id", text()}, {"label", text()}, {"kind", text()}, {"final", flag()}, {"entered_at", time()}}); }
inline json posting() {
  return with(period(), object({{"fact", text()}, {"post", or_null(post())}, {"unit", or_null(unit())}, {"kind", named()}, {"order_kind", text()}, {"order_number", text()}}));
}
inline json leave() { return with(period(), object({{"id", text()}, {"kind", or_null(named())}, {"kind_hidden", flag()}})); }

// What stated() adds, and a page's cursor.
inline json stated(const json& members) { return with(members, object({{"on", day()}, {"on_wareki", text()}, {"as_of", number()}})); }
inline json page(const std::string& rows, json row) { return stated(object({{rows, list(std::move(row))}, {"next", or_null(text())}})); }

}  // namespace rireki::api::schema
