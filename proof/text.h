// How numbers and bytes are written in the public formats, and read back: one way only, so that two readers never see two things.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proof/hash.h"

namespace rireki::proof {

// Decimal, without sign or leading zero.
std::optional<std::uint64_t> parse_number(std::string_view text);

// RFC 4648, section 4, with padding. Reading is strict: no other letters, no stray bits.
std::string base64(std::string_view bytes);
void append_base64(std::string& into, std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);
std::optional<Digest> digest_of_base64(std::string_view text);
std::optional<Digest> digest_of(std::string_view bytes);  // exactly 32

// Takes the next line off `rest`, without its LF. None: no further LF.
std::optional<std::string_view> take_line(std::string_view& rest);

}  // namespace rireki::proof
