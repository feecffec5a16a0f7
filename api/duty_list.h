// The duties of many people on a day, filtered: what the resource and the command line show.
#pragma once

#include "domain/obligations.h"

namespace rireki::api {

struct DutyFilter {
  int fiscal_year = 0;
  UnitId unit;                      // of the main post on the day, within this unit; none: everybody
  std::string obligation;           // "" any
  std::optional<DutyStatus> status;
  bool takes(const Duty& duty) const { return (obligation.empty() || duty.obligation == obligation) && (!status || duty.status == *status); }
};

// Everybody whose main post is in the unit or below it on that day.
std::vector<PersonId> people_within(const Register& reg, UnitId unit, Moment at);

std::optional<DutyStatus> parse_duty_status(std::string_view word);

}  // namespace rireki::api
