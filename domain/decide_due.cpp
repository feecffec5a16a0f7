// Deadlines of the present state, in calendar days, months or 開庁日 (weekdays outside 29 December to 3 January).
#include "domain/decide.h"
#include "domain/rules.h"

namespace rireki {
namespace {

bool is_open_day(Day day) {
  const auto weekday = std::chrono::weekday{day};
  const std::chrono::year_month_day date{day};
  const bool new_year = (date.month() == std::chrono::December && unsigned(date.day()) >= 29) || (date.month() == std::chrono::January && unsigned(date.day()) <= 3);
  return weekday != std::chrono::Saturday && weekday != std::chrono::Sunday && !new_year;
}

Day add_offset(Day from, const std::string& offset) {
  if (const auto gap = std::max(offset.rfind(" +") + 1, offset.rfind(" -") + 1); gap > 0) return add_offset(add_offset(from, offset.substr(0, gap - 1)), offset.substr(gap));
  const int sign = offset.front() == '-' ? -1 : 1;
  const std::size_t digits = offset.find_first_not_of("0123456789", 1);
  const int count = std::stoi(offset.substr(1, digits - 1));
  const std::string unit = offset.substr(digits);
  if (unit == "d") return from + days{sign * count};
  if (unit == " months") {
    const auto date = std::chrono::year_month_day{from} + std::chrono::months{sign * count};
    return date.ok() ? Day{date} : Day{date.year() / date.month() / std::chrono::last};
  }
  for (int left = count; left > 0;) {  // 開庁日 count as whole days
    from += days{sign};
    if (is_open_day(from)) --left;
  }
  return from;
}

}  // namespace

std::optional<Day> due(const Definition& definition, const Case& state) {
  for (const auto& deadline : definition.deadlines) {
    if (deadline.state != state.state) continue;
    const auto anchor = deadline.anchor == "entered" ? std::optional(local_day(state.entered_at)) : form_day(state.form, deadline.anchor);
    if (!anchor) continue;
    Day day = add_offset(*anchor, deadline.offset);
    while (!deadline.roll.empty() && !is_open_day(day)) day += days{deadline.roll == "next" ? 1 : -1};
    return day;
  }
  return std::nullopt;
}

}  // namespace rireki
