// Path and query of a request target. Everything is percent-decoded exactly once; what could be read differently after a second
// decoding or by another program is refused.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rireki::api {

// Percent-decodes once. None: a broken escape, %00, another control character, or bytes that are not UTF-8.
std::optional<std::string> percent_decode(std::string_view text);

struct Target {
  std::string path;                          // decoded
  std::vector<std::string> segments;         // decoded; "/api/me" → {"api", "me"}
  std::map<std::string, std::string> query;  // decoded; "+" is a space, as forms and URLSearchParams write it
};
// None: as above, an encoded slash in the path, an empty name or a name twice in the query.
std::optional<Target> parse_target(std::string_view target);

}  // namespace rireki::api
