// What an action records in the register. Internal to the engine.
#pragma once

#include "domain/decide.h"

namespace rireki {

// A value by its source (definition.h, Effect::values); null where it is not there.
nlohmann::json value_of(const DecisionContext& context, const Case& state, const nlohmann::json& source);

// Is each of the pointers there and not false, and none of `unless`?
bool applies(const nlohmann::json& form, const std::vector<std::string>& when, const std::vector<std::string>& unless = {});

// Adds the facts of the action to `decision` and to the register's overlay; `state` is the case with today's form. A broken invariant is the refusal.
std::optional<Refusal> record_effects(const DecisionContext& context, const Definition& definition, const Case& state, const ActionDefinition& action, const std::string& reason,
                                      Decision& decision);

}  // namespace rireki
