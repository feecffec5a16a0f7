// The only unit that sees valijson, which is heavy to compile.
#include "domain/form.h"

#include <algorithm>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "domain/form_words.h"

namespace rireki {
namespace {

using nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

// Keeps the patterns it has compiled, which takes most of a check's time. Not for two threads at once.
valijson::Validator& validator() {
  thread_local valijson::Validator one;
  return one;
}

// The days of the calendar, 29 February included. valijson's own "date" knows no leap years, refuses what is no string by an exception, and compiles
// its expression anew on every check.
constexpr const char* kDayPattern =
    "^(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))|"
    "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)$";

// The schema as valijson is given it: dates as patterns.
json for_valijson(const json& schema) {
  if (schema.is_array()) {
    json list = json::array();
    for (const auto& one : schema) list.push_back(for_valijson(one));
    return list;
  }
  if (!schema.is_object()) return schema;
  json made = json::object();
  for (const auto& [word, value] : schema.items()) {
    if (word == "format" && value == "date") made["pattern"] = kDayPattern;
    else made[word] = word == "enum" || word == "const" || word == "default" ? value : for_valijson(value);
  }
  return made;
}

// valijson's names of its steps: "<root>", ["name"], [3].
std::vector<std::string> steps_of(const std::vector<std::string>& context) {
  std::vector<std::string> steps;
  for (const auto& step : context) {
    if (step.size() < 3 || step.front() != '[') continue;
    const bool quoted = step.size() >= 5 && step[1] == '"';
    steps.push_back(quoted ? step.substr(2, step.size() - 4) : step.substr(1, step.size() - 2));
  }
  return steps;
}

std::string missing_member(const std::string& description) {
  constexpr std::string_view kBegin = "Missing required property '";
  return description.starts_with(kBegin) ? description.substr(kBegin.size(), description.size() - kBegin.size() - 2) : std::string();
}

}  // namespace

struct Form::Compiled {
  json schema;
  valijson::Schema validates;
};

Form::Form(json schema) {
  auto compiled = std::make_shared<Compiled>();
  compiled->schema = std::move(schema);
  valijson::SchemaParser().populateSchema(Adapter(for_valijson(compiled->schema)), compiled->validates);
  compiled_ = std::move(compiled);
}

const json& Form::schema() const {
  static const json empty = {{"type", "object"}, {"additionalProperties", false}};
  return compiled_ ? compiled_->schema : empty;
}

std::vector<FieldError> Form::check(const json& value) const {
  if (!compiled_) return value.is_object() && value.empty() ? std::vector<FieldError>{} : std::vector<FieldError>{{"", {"この処理に様式はありません。", "This action has no form."}}};
  if (validator().validate(compiled_->validates, Adapter(value), nullptr)) return {};
  valijson::ValidationResults results;
  validator().validate(compiled_->validates, Adapter(value), &results);
  std::vector<FormFault> faults;
  for (valijson::ValidationResults::Error error; results.popError(error);) faults.push_back({steps_of(error.context), missing_member(error.description)});
  return explain(compiled_->schema, value, faults);
}

bool Form::has(std::string_view field) const {
  const auto properties = schema().find("properties");
  return properties != schema().end() && properties->contains(field);
}
bool Form::required(std::string_view field) const {
  const auto required = schema().find("required");
  return required != schema().end() && std::find(required->begin(), required->end(), field) != required->end();
}
std::string Form::seal_class(std::string_view field) const {
  if (!has(field)) return {};
  const json& named = schema()["properties"][std::string(field)];
  const json* meant = resolved(schema(), &named);
  return named.contains("x-seal") ? named.value("x-seal", "") : meant ? meant->value("x-seal", "") : "";
}

std::string pointer_step(std::string_view name) {
  std::string step;
  for (const char c : name) {
    if (c == '~') step += "~0";
    else if (c == '/') step += "~1";
    else step += c;
  }
  return step;
}

}  // namespace rireki
