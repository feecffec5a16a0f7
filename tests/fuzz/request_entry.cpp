#include "tests/fuzz/request_entry.h"

#include <algorithm>
#include <cstdlib>

#include "api/http/head.h"
#include "api/http/json_body.h"
#include "api/http/language.h"
#include "api/http/limits.h"
#include "api/http/target.h"

namespace rireki::fuzz {
namespace {

using namespace rireki::api;

void require(bool holds) {
  if (!holds) std::abort();
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

int depth_of(const nlohmann::json& value) {
  int deepest = 0;
  for (const auto& child : value)
    if (child.is_structured()) deepest = std::max(deepest, depth_of(child));
  return deepest + (value.is_structured() ? 1 : 0);
}

bool read_json(std::string_view text) {
  const auto value = parse_json(text);
  if (!value) {
    require(!value.error().reason.ja.empty() && !value.error().reason.en.empty());
    return false;
  }
  require(depth_of(*value) <= kJsonDepthMax);
  const auto plain = nlohmann::json::parse(text, nullptr, false);  // what we take, the library takes, and reads the same
  require(!plain.is_discarded() && plain == *value);
  return true;
}

void read_target(std::string_view text) {
  const auto target = parse_target(text);
  if (!target) return;
  require(!has_control(target->path) && target->path.find('\t') == std::string::npos);
  for (const auto& segment : target->segments) require(segment.find('/') == std::string::npos);
}

// However the bytes arrive, the head ends at the same place, or is refused.
void same_in_pieces(std::string_view bytes, const Result<std::optional<std::size_t>, HeadError>& whole) {
  auto end = find_head_end({});
  std::size_t scanned = 0;
  for (std::size_t size = 0; size < bytes.size() && end && !*end; scanned = size) {
    size = std::min(bytes.size(), size + 1 + size / 7);
    end = find_head_end(bytes.substr(0, size), scanned);
  }
  if (whole && *whole) require(end && *end == *whole);
}

}  // namespace

bool read_request(std::string_view bytes) {
  read_target(bytes);
  language_of(bytes);
  read_json(bytes);
  const auto end = find_head_end(bytes);
  same_in_pieces(bytes, end);
  if (!end || !*end) return false;
  const auto head = parse_head(bytes.substr(0, **end));
  if (!head) return false;
  require(head->target.starts_with('/') && !head->host.empty() && !(head->chunked && head->content_length > 0));
  require(head->headers.size() <= kHeadersMax);
  for (const auto& [name, value] : head->headers) require(!name.empty() && !has_control(name) && !has_control(value));
  read_target(head->target);
  return read_json(bytes.substr(**end));
}

}  // namespace rireki::fuzz
