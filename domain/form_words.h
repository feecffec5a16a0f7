// What is wrong with an input, in words: one sentence per field, by the keyword that it fails, with the field's name in both languages. Internal to forms.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "domain/refusal.h"

namespace rireki {

// Follows $ref, which stands alone in its object and points into the same document.
const nlohmann::json* resolved(const nlohmann::json& root, const nlohmann::json* schema);

// Where a validator found a fault: the steps to the value, and the one required member that is missing there, if that is the fault.
struct FormFault {
  std::vector<std::string> steps;
  std::string missing;
};

std::vector<FieldError> explain(const nlohmann::json& schema, const nlohmann::json& value, const std::vector<FormFault>& faults);

}  // namespace rireki
