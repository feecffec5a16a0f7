#pragma once

#include <string_view>

namespace rireki::fuzz {

// Any bytes as an ID token, as a key set and as claims. Returns whether the key set was read.
bool read_token(std::string_view bytes);

// Any bytes as a credentials file; what was read is written and read the same again. Returns whether it was read.
bool read_credentials(std::string_view bytes);

}  // namespace rireki::fuzz
