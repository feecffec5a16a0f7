// What is unusual about somebody's reading (security.md 2.4): for the privacy officer to ask about, never a verdict.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "domain/calendar.h"
#include "domain/ids.h"

namespace rireki {

inline constexpr int kRecordsAnHourMax = 30;       // more different records within an hour are unusual
inline constexpr int kOfficeOpens = 7, kOfficeShuts = 22;  // hours of the local day; outside them reading confidential records is unusual

struct ReadingSeen {
  AccountId account;
  PersonId by;
  Instant at{};
  std::vector<std::string> records;  // "case:c…", "person:p…"
  bool confidential = false;
  bool of_own_unit = false;          // about somebody of the reader's own unit, who does not report to them
};
inline constexpr int kRefusalsAnHourMax = 10;      // more records asked for within an hour that one may not know of, or that are not there, are unusual

enum class AlertKind { kManyRecords, kOutsideHours, kOwnUnit, kRefused };
std::string_view to_text(AlertKind kind);  // "many-records" "outside-hours" "own-unit" "refused-attempts"
struct ReadingAlert {
  AlertKind kind;
  AccountId account;
  PersonId by;
  Instant at{};       // of the reading that made it unusual
  int count = 1;      // records within the hour; readings otherwise
};
// `readings` in order of time. One alert for each hour of many records, for each account and day outside hours, for each reading of one's own unit.
std::vector<ReadingAlert> reading_alerts(std::span<const ReadingSeen> readings);

}  // namespace rireki
