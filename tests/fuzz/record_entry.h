#pragma once

#include <string_view>

namespace rireki::fuzz {

// Decodes any bytes as a stored record and, where they pass for one, looks at every field. Returns whether they did.
bool decode_record(std::string_view bytes);

}  // namespace rireki::fuzz
