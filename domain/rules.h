// Named rules: what a definition may ask for beside who, state and form. One function, one source, one version, its own tests. Parameters
// come from the definition: pointers into the case's form, constants, names of policies.
#pragma once

#include "domain/decide.h"

namespace rireki {

struct RuleInput {
  const DecisionContext& context;
  const Definition& definition;
  const Case& state;               // before the action; its form already holds what the action's form says
  const nlohmann::json& params;
  const std::string& reason;
  PersonId subject;                // none if the subject is no person
};

struct RuleVerdict {
  bool passed = true;
  Text message;                    // why not
  std::vector<std::pair<std::string, std::string>> facts;
};

struct Rule {
  const char* name;
  int version;
  const char* source;
  RuleVerdict (*ask)(const RuleInput&);
};

const Rule* find_rule(std::string_view name);

// A member of the form by its pointer; null if it is not there.
nlohmann::json form_value(const nlohmann::json& form, const std::string& pointer);
std::optional<Day> form_day(const nlohmann::json& form, const std::string& pointer);

}  // namespace rireki
