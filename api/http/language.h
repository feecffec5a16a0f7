// Japanese unless the reader prefers English.
#pragma once

#include <string_view>

#include "api/http/route.h"

namespace rireki::api {

// RFC 9110, 12.5.4: the higher q of "ja" and "en" wins, "*" counts for whichever is not named, Japanese wins a tie; unreadable parts count nothing.
Language language_of(std::string_view accept_language);

}  // namespace rireki::api
