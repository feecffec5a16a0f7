// What the bodies of commands have in common: how their members are read, and what is said where one is not as it should be.
#pragma once

#include "api/http/route.h"
#include "domain/decide.h"

namespace rireki::api {

Problem malformed(std::string pointer, Text message);  // 400

std::optional<Problem> unknown_members(const nlohmann::json& body, std::initializer_list<std::string_view> known);
std::optional<Problem> read_text(const nlohmann::json& body, const char* name, std::string& into);  // left out: ""
std::optional<Problem> read_action(const nlohmann::json& body, ActionRequest& into);   // form, reason, station, target
std::optional<Problem> read_opening(const nlohmann::json& body, ActionRequest& into);  // procedure, subject

nlohmann::json action_properties();   // JSON Schema of what read_action reads
nlohmann::json opening_properties();  // and read_opening

}  // namespace rireki::api
