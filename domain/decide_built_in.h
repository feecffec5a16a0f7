// The actions that every procedure has. Internal to the engine.
#pragma once

#include "domain/decide.h"

namespace rireki {

bool is_built_in(std::string_view action);
Result<Decision, Refusal> decide_built_in(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor, const ActionRequest& request);

// May an action of the definition be taken in this state? While a case is being decided its text stands: an action with a form has to leave the line.
bool possible_from(const ActionDefinition& action, const State& here);

std::vector<std::string> tags_of_case(const Case& state);

}  // namespace rireki
