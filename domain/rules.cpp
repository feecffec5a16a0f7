#include "domain/rule_reading.h"

namespace rireki {

using nlohmann::json;

std::span<const Rule> all_rules() {
  static const std::vector<Rule> all = [] {
    std::vector<Rule> joined;
    for (const auto rules : {transfer_rules(), line_care_rules(), talk_rules(), absence_rules(), cover_rules(), support_rules(), harassment_rules()}) joined.insert(joined.end(), rules.begin(), rules.end());
    return joined;
  }();
  return all;
}

const Rule* find_rule(std::string_view name) {
  const auto all = all_rules();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Rule& rule) { return rule.name == name; });
  return found == all.end() ? nullptr : &*found;
}

json form_value(const json& form, const std::string& pointer) {
  if (pointer.size() < 2 || !form.is_object()) return json();
  const auto found = form.find(pointer.substr(1));
  return found == form.end() ? json() : *found;
}

std::optional<Day> form_day(const json& form, const std::string& pointer) {
  const auto value = form_value(form, pointer);
  return value.is_string() ? parse_iso(value.get_ref<const std::string&>()) : std::nullopt;
}

}  // namespace rireki
