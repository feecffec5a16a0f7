#include "api/http/language.h"

#include <algorithm>
#include <optional>
#include <string>

namespace rireki::api {
namespace {

// Thousandths of a qvalue ("0.8" → 800, none given → 1000); none if it is not one.
std::optional<int> quality(std::string_view parameters) {
  const auto at = parameters.find("q=");
  if (at == std::string_view::npos) return 1000;
  std::string_view text = parameters.substr(at + 2);
  text = text.substr(0, text.find_first_of(" ;\t"));
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1') || (text.size() > 1 && text[1] != '.')) return std::nullopt;
  int thousandths = (text[0] - '0') * 1000;
  int weight = 100;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (c < '0' || c > '9') return std::nullopt;
    thousandths += (c - '0') * weight;
    weight /= 10;
  }
  if (thousandths > 1000) return std::nullopt;
  return thousandths;
}

}  // namespace

Language language_of(std::string_view text) {
  std::optional<int> ja, en, any;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!part.empty() && (part.front() == ' ' || part.front() == '\t')) part.remove_prefix(1);
    const auto semicolon = std::min(part.find(';'), part.size());
    std::string tag;
    for (const char c : part.substr(0, part.substr(0, semicolon).find_first_of("- \t"))) {
      if (c == ';') break;
      tag += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    const auto q = quality(part.substr(semicolon));
    if (!q) continue;
    std::optional<int>* named = tag == "ja" ? &ja : tag == "en" ? &en : tag == "*" ? &any : nullptr;
    if (named && (!*named || **named < *q)) *named = q;
  }
  return en.value_or(any.value_or(0)) > ja.value_or(any.value_or(0)) ? Language::kEn : Language::kJa;
}

}  // namespace rireki::api
