// Folding of codes, numbers and readings that arrive full-width or half-width. Never used on names as written: those stay as they came.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rireki::api {

// NFKC with the blanks at both ends taken off: "０１２" → "012", "Ⅰ類" → "I類", "氏名（姓）" → "氏名(姓)".
std::string fold_width(std::string_view utf8);

// A reading in full-width katakana: half-width kana and hiragana are converted, blanks at both ends taken off. None if something else than
// kana, ー, ・ and blanks is in it.
std::optional<std::string> fold_reading(std::string_view utf8);

// Without ASCII and ideographic blanks, line breaks and tabs at both ends; nothing inside is touched.
std::string_view trim_blanks(std::string_view utf8);

// The first private-use character (外字), as "U+E000"; it means something else in every house.
std::optional<std::string> private_use_in(std::string_view utf8);

// How many columns a terminal gives the text: 2 for wide and full-width characters, 0 for combining marks and selectors.
std::size_t display_width(std::string_view utf8);

}  // namespace rireki::api
