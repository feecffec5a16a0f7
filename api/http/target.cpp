#include "api/http/target.h"

#include <algorithm>

namespace rireki::api {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
bool is_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned char lead = byte(i);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xc2 && lead <= 0xdf ? 2 : (lead & 0xf0) == 0xe0 ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k)
      if ((byte(i + k) & 0xc0) != 0x80) return false;
    if (length >= 3) {
      const unsigned char second = byte(i + 1);
      if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) || (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) return false;
    }
    i += length;
  }
  return true;
}

std::optional<std::map<std::string, std::string>> parse_query(std::string_view text) {
  std::map<std::string, std::string> query;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    std::string pair(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    for (char& c : pair)
      if (c == '+') c = ' ';
    const auto equals = pair.find('=');
    auto name = percent_decode(std::string_view(pair).substr(0, equals));
    auto value = equals == std::string::npos ? std::string() : percent_decode(std::string_view(pair).substr(equals + 1));
    if (!name || name->empty() || !value || !query.try_emplace(std::move(*name), std::move(*value)).second) return std::nullopt;
  }
  return query;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  for (const unsigned char c : decoded)
    if (c < 0x20 || c == 0x7f) return std::nullopt;
  if (!is_utf8(decoded)) return std::nullopt;
  return decoded;
}

std::optional<Target> parse_target(std::string_view text) {
  Target target;
  const auto mark = std::min(text.find('?'), text.size());
  std::string_view path = text.substr(0, mark);
  if (path.empty() || path.front() != '/') return std::nullopt;
  if (mark < text.size()) {
    auto query = parse_query(text.substr(mark + 1));
    if (!query) return std::nullopt;
    target.query = std::move(*query);
  }
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    auto segment = percent_decode(path.substr(0, end));
    if (!segment || segment->find_first_of("/\\") != std::string::npos) return std::nullopt;
    target.path += "/" + *segment;
    target.segments.push_back(std::move(*segment));
    path.remove_prefix(end);
  }
  return target;
}

}  // namespace rireki::api
