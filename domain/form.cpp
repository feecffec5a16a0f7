// Forms: valijson judges, this file says what is wrong in words. The only unit that sees valijson.
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <set>

#include "domain/definition.h"

namespace rireki {
namespace {

using nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

// The way to a value, from valijson's names of its steps: "<root>", ["name"], [3].
std::vector<std::string> way(const std::vector<std::string>& context) {
  std::vector<std::string> steps;
  for (const auto& step : context) {
    if (step.size() < 3 || step.front() != '[') continue;
    const bool quoted = step.size() >= 5 && step[1] == '"';
    steps.push_back(quoted ? step.substr(2, step.size() - 4) : step.substr(1, step.size() - 2));
  }
  return steps;
}

// A $ref stands alone in its object and points into the same document.
const json* resolved(const json& root, const json* schema) {
  while (schema && schema->is_object() && schema->contains("$ref")) {
    const json::json_pointer target((*schema)["$ref"].get<std::string>().substr(1));
    schema = root.contains(target) ? &root[target] : nullptr;
  }
  return schema;
}

const json* schema_at(const json& schema, const std::vector<std::string>& steps) {
  const json* here = resolved(schema, &schema);
  for (const auto& step : steps) {
    if (!here) return nullptr;
    const auto properties = here->find("properties");
    if (properties != here->end() && properties->contains(step)) here = &(*properties)[step];
    else if (here->contains("items")) here = &(*here)["items"];
    else if (here->contains("additionalProperties") && (*here)["additionalProperties"].is_object()) here = &(*here)["additionalProperties"];
    else return nullptr;
    here = resolved(schema, here);
  }
  return here;
}

Text type_words(const std::string& type) {
  if (type == "string") return {"文字列で入力してください。", "Enter text."};
  if (type == "boolean") return {"はい・いいえ（true / false）で入力してください。", "Enter true or false."};
  if (type == "integer" || type == "number") return {"数で入力してください。", "Enter a number."};
  if (type == "array") return {"一覧で入力してください。", "Enter a list."};
  return {"項目の組で入力してください。", "Enter an object."};
}

bool has_type(const json& value, const std::string& type) {
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "array") return value.is_array();
  return value.is_object();
}

// One keyword after the other, in the order in which a person would look.
Text why(const json& schema, const json& value) {
  if (schema.contains("type") && schema["type"].is_string() && !has_type(value, schema["type"])) return type_words(schema["type"]);
  if (schema.contains("enum")) {
    std::string list;
    for (const auto& one : schema["enum"]) list += (list.empty() ? "" : ", ") + (one.is_string() ? one.get<std::string>() : one.dump());
    return {"次のどれかを選んでください: " + list, "Choose one of: " + list};
  }
  if (schema.contains("format") && schema["format"] == "date") return {"暦にある日付を 2026-04-01 の形で入力してください。", "Enter a day of the calendar as 2026-04-01."};
  if (schema.contains("minLength") && value.is_string() && value.get_ref<const std::string&>().empty()) return {"入力してください。", "Enter something."};
  if (schema.contains("maxLength")) return {schema["maxLength"].dump() + "文字までです。", "At most " + schema["maxLength"].dump() + " characters."};
  if (schema.contains("pattern")) return {"形が正しくありません。", "This does not have the right form."};
  if (schema.contains("minimum") || schema.contains("maximum")) return {"範囲の外の数です。", "The number is out of range."};
  return {"この値は使えません。", "This value is not allowed."};
}

std::string title(const json* schema, const char* key, const std::string& otherwise) {
  return schema && schema->contains(key) && (*schema)[key].is_string() ? (*schema)[key].get<std::string>() : otherwise;
}

// Missing and unknown members, which valijson reports at their parent.
void explain_members(const json& schema, const json& value, const std::string& at, std::vector<FieldError>& errors) {
  if (!value.is_object()) return;
  const json none = json::object();
  const json& properties = schema.contains("properties") ? schema["properties"] : none;
  if (schema.contains("required"))
    for (const auto& name : schema["required"])
      if (!value.contains(name.get<std::string>())) {
        const json* field = properties.contains(name) ? &properties[name.get<std::string>()] : nullptr;
        errors.push_back({at + "/" + name.get<std::string>(), {"「" + title(field, "title", name) + "」は必須です。", title(field, "x-title-en", name) + " is required."}});
      }
  if (schema.contains("additionalProperties") && schema["additionalProperties"] == false)
    for (const auto& [name, member] : value.items())
      if (!properties.contains(name)) errors.push_back({at + "/" + name, {"この項目はありません。", "There is no such field."}});
}

}  // namespace

struct Form::Compiled {
  valijson::Schema schema;
};

Form::Form(json schema) : schema_(std::move(schema)) {
  auto compiled = std::make_shared<Compiled>();
  valijson::SchemaParser parser;
  parser.populateSchema(Adapter(schema_), compiled->schema);
  compiled_ = std::move(compiled);
}

bool Form::compiles(const json& schema) {
  try {
    Form compiled(schema);
    return true;
  } catch (const std::exception&) {  // valijson's only way to say so
    return false;
  }
}

std::vector<FieldError> Form::check(const json& value) const {
  std::vector<FieldError> errors;
  if (!compiled_) return errors;
  valijson::Validator validator;
  if (validator.validate(compiled_->schema, Adapter(value), nullptr)) return errors;
  valijson::ValidationResults results;
  validator.validate(compiled_->schema, Adapter(value), &results);
  std::set<std::string> told;
  for (valijson::ValidationResults::Error error; results.popError(error);) {
    const auto steps = way(error.context);
    std::string at;
    for (const auto& step : steps) at += "/" + step;
    if (!told.insert(at).second) continue;
    const json::json_pointer pointer(at);
    const json* schema = schema_at(schema_, steps);
    const std::size_t before = errors.size();
    if (schema && value.contains(pointer)) explain_members(*schema, value[pointer], at, errors);
    // A parent is named again for each fault below it; only the leaf says something new.
    if (errors.size() == before && schema && value.contains(pointer) && !value[pointer].is_object()) errors.push_back({at, why(*schema, value[pointer])});
  }
  if (errors.empty()) errors.push_back({"", {"入力が様式に合いません。", "The input does not fit the form."}});
  return errors;
}

}  // namespace rireki
