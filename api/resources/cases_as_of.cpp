#include "api/resources/cases_as_of.h"

#include "api/log_read.h"

#include <algorithm>

namespace rireki::api {

std::optional<CaseRow> case_row_as_of(const Question& q, CaseId id, Position opened) {
  const auto state = q.resources.office.find_case_at(id, q.moment.as_of);
  if (!state) return std::nullopt;
  CaseRow row{.state = *state, .opened = opened};
  reckon(row, *definition_of(q, row.state), q.then.reg);
  return row;
}

void each_open_case_as_of(const Question& q, const RowReader& rows, const std::string& after, const std::function<bool(const std::string& key, const CaseRow& row)>& visit) {
  auto open = open_cases_before(rows, q.moment.as_of);
  const auto end = q.resources.office.log().read(std::vector{QueryItem{.types = {"case/opened"}, .tags = {}}}, {.after = open.from - 1, .up_to = q.moment.as_of}, [&](const EventView& event) {
    for (const auto tag : event.tags())
      if (tag.starts_with("case:"))
        if (const auto id = parse<CaseId>(tag.substr(5))) open.cases.emplace(*id, event.position());
    return true;
  });
  require_read(end);
  std::map<std::string, CaseId> newest_first;
  for (const auto& [id, opened] : open.cases) newest_first.emplace(opened_up_to("", opened) + "/" + to_text(id), id);
  for (auto next = newest_first.upper_bound(after); next != newest_first.end(); ++next) {
    const auto row = case_row_as_of(q, next->second, open.cases.at(next->second));
    if (row && row->open && !visit(next->first, *row)) return;
  }
}

void each_case_as_of(const Question& q, const RowReader& rows, const std::string& prefix, const std::string& after, const std::function<bool(const std::string& key, const CaseRow& row)>& visit) {
  each_case_id(rows, prefix, std::max(after, opened_up_to(prefix, q.moment.as_of)), [&](const std::string& key, CaseId id) {
    const auto row = case_row_as_of(q, id, opened_by_key(key));
    return !row || visit(key, *row);
  });
}

}  // namespace rireki::api
