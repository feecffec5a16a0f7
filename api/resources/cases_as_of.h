// Cases as they stood and as they were known at an earlier position. What that costs does not grow with the log: the view says which were open, the
// log's tags give each case's own events.
#pragma once

#include "api/resources/case_rows.h"

namespace rireki::api {

// The row of one case at the question's position; none: not opened yet. `opened`: where it was.
std::optional<CaseRow> case_row_as_of(const Question& question, CaseId id, Position opened);

// The same for a list that is read of now and of the past alike: now it is the row itself.
inline std::optional<CaseRow> case_row_as_asked(const Question& question, const CaseRow& now) { return question.of_the_past() ? case_row_as_of(question, now.state.id, now.opened) : std::optional(now); }

// Those that were open then, newest opening first, from the key after `after` on; `visit` says false when it has enough.
void each_open_case_as_of(const Question& question, const RowReader& rows, const std::string& after, const std::function<bool(const std::string& key, const CaseRow& row)>& visit);
// All that had been opened by then under an index by opening, from the index row after `after` on.
void each_case_as_of(const Question& question, const RowReader& rows, const std::string& prefix, const std::string& after, const std::function<bool(const std::string& key, const CaseRow& row)>& visit);

}  // namespace rireki::api
