// A JSON request body, parsed within the limits of limits.h.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "domain/refusal.h"
#include "eventstore/log.h"

namespace rireki::api {

struct JsonError {
  std::string pointer;  // where: the innermost container being read
  Text reason;
};
[[noreturn]] void throw_exception_from_error(const JsonError& error, const boost::source_location& where);

// RFC 8259 text in UTF-8. Refused: anything malformed, deeper, larger or longer than the limits, and a member name that stands twice
// in one object (two readers would take different values).
Result<nlohmann::json, JsonError> parse_json(std::string_view text);

}  // namespace rireki::api
