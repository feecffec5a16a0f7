// What the bodies of commands have in common: how their members are read, and what is said where one is not as it should be.
#pragma once

#include <set>

#include "api/http/route.h"
#include "domain/decide.h"

namespace rireki::api {

Problem malformed(std::string pointer, Text message);  // 400

std::optional<Problem> unknown_members(const nlohmann::json& body, std::initializer_list<std::string_view> known);
std::optional<Problem> read_text(const nlohmann::json& body, const char* name, std::string& into);  // left out: ""
std::optional<Problem> read_action(const nlohmann::json& body, ActionRequest& into);   // form, reason, station, target
std::optional<Problem> read_opening(const nlohmann::json& body, ActionRequest& into);  // procedure, subject

// Exactly these members, each a string; those that stand in `optional` may be left out. No body is an empty object. All findings at once.
std::optional<Problem> read_strings(const nlohmann::json& given, std::initializer_list<std::pair<const char*, std::string*>> members, const std::set<std::string>& optional = {});
nlohmann::json strings_schema(std::initializer_list<const char*> names, const std::set<std::string>& optional = {});  // of what read_strings reads
nlohmann::json object_schema(std::initializer_list<std::pair<const char*, nlohmann::json>> members, std::initializer_list<const char*> required);

nlohmann::json action_properties();   // JSON Schema of what read_action reads
nlohmann::json opening_properties();  // and read_opening

}  // namespace rireki::api
