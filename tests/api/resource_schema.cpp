#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "resource_world.h"

namespace rireki::api::test {

std::string mismatch(const json& schema, const json& value) {
  valijson::Schema parsed;
  valijson::SchemaParser parser;
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(schema), parsed);
  valijson::ValidationResults results;
  if (valijson::Validator().validate(parsed, valijson::adapters::NlohmannJsonAdapter(value), &results)) return "";
  std::string all;
  for (valijson::ValidationResults::Error error; results.popError(error);) {
    for (const auto& step : error.context) all += step;
    all += ": " + error.description + "\n";
  }
  return all;
}

}  // namespace rireki::api::test
