// How names are searched and sorted (workflow.md 5.2, 5.3). What is stored is never normalised; these keys stand beside it.
#pragma once

#include <string>
#include <string_view>

namespace rireki {

// For exact search: full-width letters and digits narrowed, half-width kana widened, katakana to hiragana, variants of a character to one
// (髙→高, 﨑→崎, 邉邊→辺), compatibility ideographs to the unified ones, variation selectors and spaces dropped, ASCII in lower case.
// Bytes that are no UTF-8 become U+FFFD.
std::string fold_name(std::string_view text);

// For "did you mean" (もしかして): of a folded text, without ー, with small kana large and without 濁点 and 半濁点.
std::string loosen(std::string_view folded);

// For order by sound: the loosened reading first (ー as the vowel it lengthens), then the reading itself. Byte order of these keys is the order
// of a 五十音 list; a family name's people stand together.
std::string reading_key(std::string_view family_kana, std::string_view given_kana);

// The 五十音 heading of a reading: "あ" "か" "さ" … "わ"; "他" for anything else.
std::string kana_heading(std::string_view kana);

}  // namespace rireki
