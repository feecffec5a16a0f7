// Any bytes as a request: its head, its target and its JSON body, as the server reads them.
#pragma once

#include <string_view>

namespace rireki::fuzz {

// True if the bytes are a head that the server takes, followed by a JSON body that it takes. Aborts if what was read breaks what the parsers
// promise, whatever the bytes.
bool read_request(std::string_view bytes);

}  // namespace rireki::fuzz
