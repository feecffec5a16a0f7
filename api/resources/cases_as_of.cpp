#include "api/resources/cases_as_of.h"

#include <algorithm>
#include <stdexcept>

namespace rireki::api {

std::optional<CaseRow> case_row_as_of(const Question& q, const CaseRow& now) {
  const auto state = q.resources.office.find_case_at(now.state.id, q.moment.as_of);
  if (!state) return std::nullopt;
  CaseRow row{.state = *state, .opened = now.opened};
  reckon(row, *definition_of(q, row.state), q.then.reg);
  return row;
}

void each_open_case_as_of(const Question& q, const RowReader& rows, const std::function<bool(const std::string& key, const CaseRow& row)>& visit) {
  const auto open = open_cases_before(rows, q.moment.as_of);
  std::set<CaseId> ids(open.cases.begin(), open.cases.end());
  const auto end = q.resources.office.log().read(std::vector{QueryItem{.types = all_case_event_types(), .tags = {}}}, {.after = open.from - 1, .up_to = q.moment.as_of}, [&](const EventView& event) {
    for (const auto tag : event.tags())
      if (tag.starts_with("case:"))
        if (const auto id = parse<CaseId>(tag.substr(5))) ids.insert(*id);
    return true;
  });
  if (!end) throw std::runtime_error("the log cannot be read: " + end.error().what);
  std::vector<CaseRow> found;
  for (const auto id : ids)
    if (const auto now = find_case_row(rows, id))
      if (auto row = case_row_as_of(q, *now); row && row->open) found.push_back(std::move(*row));
  std::sort(found.begin(), found.end(), [](const CaseRow& a, const CaseRow& b) { return std::tuple(b.opened, a.state.id) < std::tuple(a.opened, b.state.id); });
  for (const auto& row : found)
    if (!visit(opened_up_to("", row.opened) + "/" + to_text(row.state.id), row)) return;
}

void each_case_as_of(const Question& q, const RowReader& rows, const std::string& prefix, const std::string& after, const std::function<bool(const std::string& key, const CaseRow& row)>& visit) {
  each_case(rows, prefix, std::max(after, opened_up_to(prefix, q.moment.as_of)), [&](const std::string& key, const CaseRow& now) {
    const auto row = case_row_as_of(q, now);
    return !row || visit(key, *row);
  });
}

}  // namespace rireki::api
