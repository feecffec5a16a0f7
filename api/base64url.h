// RFC 4648, section 5, without padding: how cursors, tokens and sessions look in a URL or a header.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rireki::api {

std::string base64url(std::string_view bytes);
// Strict: those letters alone, no padding, no stray bits. None: anything else.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace rireki::api
