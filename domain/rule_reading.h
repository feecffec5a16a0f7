// What rules read with: a parameter's value in the case's form, and the two verdicts.
#pragma once

#include <algorithm>

#include "domain/rules.h"

namespace rireki {

using RuleFacts = std::vector<std::pair<std::string, std::string>>;

inline std::string pointer_of(const RuleInput& in, const char* param) {
  const auto found = in.params.find(param);
  return found != in.params.end() && found->is_string() ? found->get<std::string>() : std::string();
}
inline nlohmann::json value_at(const RuleInput& in, const char* param) { return form_value(in.state.form, pointer_of(in, param)); }
inline std::string text_at(const RuleInput& in, const char* param) {
  const auto value = value_at(in, param);
  return value.is_string() ? value.get<std::string>() : std::string();
}
inline bool is_set(const nlohmann::json& value) { return !value.is_null() && value != false && value != ""; }
inline bool any_set(const RuleInput& in, const char* param) {
  const auto found = in.params.find(param);
  if (found == in.params.end()) return false;
  for (const auto& one : found->is_array() ? *found : nlohmann::json::array({*found}))
    if (one.is_string() && is_set(form_value(in.state.form, one.get<std::string>()))) return true;
  return false;
}
inline Day day_at(const RuleInput& in, const char* param) { return form_day(in.state.form, pointer_of(in, param)).value_or(in.context.today()); }
inline std::optional<PostId> post_at(const RuleInput& in) { return parse<PostId>(text_at(in, "post")); }

inline RuleVerdict yes(RuleFacts facts = {}) { return {true, {}, std::move(facts)}; }
inline RuleVerdict no(const char* ja, const char* en, RuleFacts facts = {}) { return {false, {ja, en}, std::move(facts)}; }

// The rules of each file, joined by all_rules().
std::span<const Rule> transfer_rules();
std::span<const Rule> line_care_rules();
std::span<const Rule> talk_rules();
std::span<const Rule> absence_rules();
std::span<const Rule> cover_rules();
std::span<const Rule> support_rules();
std::span<const Rule> harassment_rules();

}  // namespace rireki
