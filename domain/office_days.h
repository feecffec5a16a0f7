// 開庁日: the days on which the office is open. Closed are Saturdays, Sundays, national holidays, the municipality's own closed days, and 29 December
// to 3 January (workflow.md 5.3). Holidays are policies of each year: "holidays.national.2026" and "holidays.municipal.2026", a JSON object of
// dates to names, as `rireki import` records them from the Cabinet Office's list; a year without them has only what repeats each year.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "domain/register.h"

namespace rireki {

inline constexpr const char* kHolidayPolicies[] = {"holidays.national.", "holidays.municipal."};  // followed by the year

// "+3d" calendar days, "+3 open-days", "+1 months", "+12 months -1d": months first, then days of either kind.
struct Offset {
  int months = 0, days = 0, open_days = 0;
  bool operator==(const Offset&) const = default;
};
std::optional<Offset> parse_offset(std::string_view text);

class OfficeDays {
 public:
  explicit OfficeDays(const Register& reg) : reg_(reg) {}
  bool is_open(Day day) const;
  Day roll_forward(Day day) const;   // that day, or the next open one
  Day roll_back(Day day) const;      // that day, or the open one before it
  Day add(Day from, const Offset& offset) const;  // 開庁日 count as whole days; a month later is that date or the month's last

 private:
  const std::set<Day>& holidays(int year) const;
  const Register& reg_;
  mutable std::map<int, std::set<Day>> holidays_;
};

// The day moved on by the whole days of the periods that fall between: what a clock shows that stands still meanwhile. Ordered periods.
// None if one of them has no end.
std::optional<Day> paused(Day from, Day until, const std::vector<Period>& periods);

}  // namespace rireki
