// Forms (様式): JSON Schema in the subset in which draft 7 and 2020-12 mean the same (workflow.md 3.5). valijson judges; what lies outside the subset is
// refused when a definition is loaded, so that a form never means less here than it says.
// Keywords: type properties required additionalProperties items(object) enum const minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength
// pattern minItems maxItems uniqueItems allOf anyOf oneOf not if/then/else format(date) title description default readOnly $defs and $ref ("#/$defs/…",
// alone in its object, never back to itself). Ours: x-title-en, x-labels, x-help, x-widget, x-seal, x-readers (procedure.schema.json says what they hold).
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "domain/refusal.h"

namespace rireki {

class Form {
 public:
  Form() = default;                        // takes an empty object only
  explicit Form(nlohmann::json schema);    // requires faults(schema).empty()

  // What is wrong with a schema as a form of ours: a pointer into it and a sentence each. Only whether it compiles: not whether fields have names.
  static std::vector<FieldError> faults(const nlohmann::json& schema);

  const nlohmann::json& schema() const;
  // What is wrong with a value: a pointer to each field and a sentence in both languages, with the field's name. Empty: it fits.
  std::vector<FieldError> check(const nlohmann::json& value) const;

  // Top-level fields by name.
  bool has(std::string_view field) const;
  bool required(std::string_view field) const;
  std::string seal_class(std::string_view field) const;  // x-seal, "" if none
  bool sealed(std::string_view field) const { return !seal_class(field).empty(); }  // x-seal: the value is kept apart and never copied into a fact, a tag or a notice

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

// A step of a JSON pointer, escaped.
std::string pointer_step(std::string_view name);

}  // namespace rireki
