// A refusal: the rules say no. An ordinary value that names the rule, says why in both languages and shows what it rests on.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace rireki {

struct Text {      // user-facing words: Japanese first, English second, both always filled
  std::string ja;
  std::string en;
  bool operator==(const Text&) const = default;
};

struct FieldError {
  std::string pointer;  // JSON pointer into the form or body, "" for the whole
  Text message;
};

struct Refusal {
  std::string rule;    // id, e.g. "one-main-post"; stable, part of the API
  std::string source;  // e.g. "catalogue R-010" or the procedure's source
  Text message;        // holds no name or other personal value: ids and dates only
  std::vector<std::pair<std::string, std::string>> facts;  // what it rests on: ("post", "t…"), ("first_day", "2026-04-01")
  std::vector<FieldError> fields;                          // filled by form checks
};

}  // namespace rireki
