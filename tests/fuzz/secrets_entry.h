#pragma once

#include <string_view>

namespace rireki::fuzz {

// Any bytes as the body of a "key/created" event; what was read is written and read the same again. Returns whether they were read.
bool read_key_lines(std::string_view bytes);
// Any bytes as the file of a keyring, and as the entries of a block whose MAC holds, as whoever has the key could write them. Returns whether these were.
bool read_keyring(std::string_view bytes);

}  // namespace rireki::fuzz
