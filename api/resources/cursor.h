// Cursors: opaque, signed with a key of this process, good for one account and one set of filters. They hold where a page begins and the position
// that the first page was read at, so that later pages do not shift.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "eventstore/log.h"

namespace rireki::api {

struct Cursor {
  std::string after;     // key of the last row of the page before
  Position as_of = 0;
  std::string on;        // ISO day of the first page
  std::string question;  // path, filters and account that it belongs to
};

std::string seal(const Cursor& cursor);
// None for anything that this process did not seal for this question.
std::optional<Cursor> unseal(std::string_view text, std::string_view question);

}  // namespace rireki::api
