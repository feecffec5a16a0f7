// The encodings that municipal systems hand over: CP932 (what Windows calls Shift_JIS), UTF-8 with or without BOM, UTF-16 with BOM
// (Excel's "Unicode text"). Inside, everything is UTF-8, and nothing that was read is ever normalised.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/refusal.h"
#include "eventstore/log.h"

namespace rireki::api {

enum class Encoding { kUtf8, kCp932, kUtf16LittleEndian, kUtf16BigEndian };
std::string_view to_text(Encoding encoding);                        // "utf-8" "cp932" "utf-16le" "utf-16be"
std::optional<Encoding> parse_encoding(std::string_view text);      // those, and "shift_jis", "sjis", "windows-31j", "utf8", "utf-16"

// A BOM decides; else valid UTF-8 with at least one multibyte sequence is UTF-8; else CP932, of which ASCII is a part.
Encoding detect_encoding(std::string_view bytes);

struct DecodeTextError {
  std::size_t line = 1;  // of the first byte sequence that the encoding does not have
  Text reason;
};
// To UTF-8, a BOM taken off. The first byte sequence that is not of this encoding is an error; nothing is guessed or replaced.
Result<std::string, DecodeTextError> to_utf8(std::string_view bytes, Encoding encoding);
[[noreturn]] void throw_exception_from_error(const DecodeTextError& error, const boost::source_location& where);

// One character that CP932 does not have, and what was written for it: a look-alike (〜 → ～), the character without its variation selector
// (葛󠄀 → 葛), or 〓.
struct Substitution {
  std::string character;
  std::string written;
  bool operator==(const Substitution&) const = default;
};
struct Cp932Text {
  std::string bytes;  // always well formed: read again, it gives `utf8` with the substitutions and nothing else changed
  std::vector<Substitution> substitutions;
};
Cp932Text to_cp932(std::string_view utf8);

bool is_valid_utf8(std::string_view bytes);

}  // namespace rireki::api
