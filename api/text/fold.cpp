#include "api/text/fold.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <cstdio>
#include <stdexcept>

namespace rireki::api {
namespace {

constexpr UChar32 kHiraganaFirst = 0x3041, kHiraganaLast = 0x3096, kHiraganaToKatakana = 0x60;
constexpr UChar32 kKatakanaFirst = 0x30A1, kKatakanaLast = 0x30FE;  // with ・ ー ヽ ヾ

icu::UnicodeString nfkc(std::string_view utf8) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = icu::Normalizer2::getNFKCInstance(status);
  auto folded = normalizer->normalize(icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<std::int32_t>(utf8.size()))), status);
  if (U_FAILURE(status)) throw std::runtime_error("ICU cannot normalise");
  return folded;
}

template <class Visit>
void each_character(std::string_view utf8, const Visit& visit) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(utf8.data());
  for (std::size_t i = 0; i < utf8.size();) {
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(data, i, utf8.size(), c);
    visit(c);
  }
}

}  // namespace

std::string_view trim_blanks(std::string_view text) {
  constexpr std::string_view kIdeographicSpace = "　";
  const auto ascii_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (true) {
    if (!text.empty() && ascii_blank(text.front())) text.remove_prefix(1);
    else if (text.starts_with(kIdeographicSpace)) text.remove_prefix(kIdeographicSpace.size());
    else if (!text.empty() && ascii_blank(text.back())) text.remove_suffix(1);
    else if (text.ends_with(kIdeographicSpace)) text.remove_suffix(kIdeographicSpace.size());
    else return text;
  }
}

std::string fold_width(std::string_view utf8) {
  std::string out;
  nfkc(utf8).toUTF8String(out);
  return std::string(trim_blanks(out));
}

std::optional<std::string> fold_reading(std::string_view utf8) {
  icu::UnicodeString folded = nfkc(trim_blanks(utf8));
  icu::UnicodeString out;
  for (std::int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    UChar32 c = folded.char32At(i);
    if (c >= kHiraganaFirst && c <= kHiraganaLast) c += kHiraganaToKatakana;
    if (c != ' ' && (c < kKatakanaFirst || c > kKatakanaLast)) return std::nullopt;
    out.append(c);
  }
  std::string text;
  out.toUTF8String(text);
  return text;
}

std::optional<std::string> private_use_in(std::string_view utf8) {
  std::optional<std::string> found;
  each_character(utf8, [&](UChar32 c) {
    if (found || u_charType(c) != U_PRIVATE_USE_CHAR) return;
    char name[16];
    std::snprintf(name, sizeof name, "U+%04X", static_cast<unsigned>(c));
    found = name;
  });
  return found;
}

std::size_t display_width(std::string_view utf8) {
  std::size_t width = 0;
  each_character(utf8, [&](UChar32 c) {
    const auto kind = u_charType(c);
    if (kind == U_NON_SPACING_MARK || kind == U_ENCLOSING_MARK || kind == U_FORMAT_CHAR) return;
    // Ambiguous characters (Ⅰ, ―, ～) are wide in the fonts of a Japanese terminal.
    const auto east_asian = static_cast<UEastAsianWidth>(u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH));
    width += east_asian == U_EA_WIDE || east_asian == U_EA_FULLWIDTH || east_asian == U_EA_AMBIGUOUS ? 2 : 1;
  });
  return width;
}

}  // namespace rireki::api
