// Named rules: what a definition may ask for beside who, state and form. One function, one source, one version, its own tests. Parameters
// come from the definition: pointers into the case's form, constants, names of policies.
#pragma once

#include <span>

#include "domain/decide.h"

namespace rireki {

struct RuleInput {
  const DecisionContext& context;
  const Definition& definition;
  const Case& state;               // before the action; its form already holds what the action's form says
  const nlohmann::json& params;
  const std::string& reason;       // as given with the action
  PersonId subject;                // none if the subject is no person
  PersonId actor;                  // none: a service
};

struct RuleVerdict {
  bool passed = true;
  Text message;                    // why not
  std::vector<std::pair<std::string, std::string>> facts;  // what it looked at; ids, dates and words of the vocabulary only
};

// What a parameter holds; the loader checks it.
enum class RuleParamKind { kField, kFields, kState, kGrade, kPolicy };  // kFields: one pointer or a list of them
struct RuleParam {
  const char* name;
  RuleParamKind kind;
  bool required = true;
};

struct Rule {
  const char* name;
  int version;
  const char* source;
  Text title;                      // what it asks, for the page of a procedure
  std::span<const RuleParam> params;
  RuleVerdict (*ask)(const RuleInput&);
};

const Rule* find_rule(std::string_view name);
std::span<const Rule> all_rules();

// A member of the form by its pointer; null if it is not there.
nlohmann::json form_value(const nlohmann::json& form, const std::string& pointer);
std::optional<Day> form_day(const nlohmann::json& form, const std::string& pointer);

}  // namespace rireki
