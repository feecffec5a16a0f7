// What every engine asks of a request before it looks at the log, and what a query means: one place, so that engines cannot differ.
#pragma once

#include <optional>

#include "eventstore/log.h"

namespace rireki {

// The first limit or form that the request breaks. Sorts each event's tags, since they are stored sorted.
std::optional<AppendError> check_and_sort(AppendRequest& request);
// The encoded metadata is known only later.
std::optional<AppendError> check_metadata(std::size_t index, std::size_t bytes);
std::optional<std::string> check_query(const Query& query);

bool matches(const QueryItem& item, std::string_view type, const std::vector<std::string>& sorted_tags);
bool matches(const Query& query, const EventView& event);

}  // namespace rireki
