#include "domain/reading_alerts.h"

#include <deque>
#include <map>
#include <set>

namespace rireki {
namespace {

int local_hour(Instant at) {
  const auto local = at.time_since_epoch() + std::chrono::hours{9};
  return static_cast<int>(std::chrono::duration_cast<std::chrono::hours>(local).count() % 24);
}

// The records that an account read within the last hour.
struct LastHour {
  std::deque<std::pair<Instant, std::string>> read;
  std::map<std::string, int> times;
  bool told = false;  // of this run of many records
  void add(Instant at, const std::string& record) {
    read.emplace_back(at, record);
    ++times[record];
  }
  void forget_before(Instant at) {
    while (!read.empty() && read.front().first <= at) {
      if (--times[read.front().second] == 0) times.erase(read.front().second);
      read.pop_front();
    }
  }
};

}  // namespace

std::string_view to_text(AlertKind kind) {
  constexpr std::string_view kNames[] = {"many-records", "outside-hours", "own-unit", "refused-attempts"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::vector<ReadingAlert> reading_alerts(std::span<const ReadingSeen> readings) {
  std::vector<ReadingAlert> alerts;
  std::map<AccountId, LastHour> hours;
  std::set<std::pair<AccountId, Day>> outside;
  for (const auto& reading : readings) {
    auto& hour = hours[reading.account];
    hour.forget_before(reading.at - std::chrono::hours{1});
    for (const auto& record : reading.records) hour.add(reading.at, record);
    const int count = static_cast<int>(hour.times.size());
    if (count <= kRecordsAnHourMax) hour.told = false;
    else if (!std::exchange(hour.told, true)) alerts.push_back({AlertKind::kManyRecords, reading.account, reading.by, reading.at, count});
    if (!reading.confidential) continue;
    const int at = local_hour(reading.at);
    if ((at < kOfficeOpens || at >= kOfficeShuts) && outside.insert({reading.account, local_day(reading.at)}).second)
      alerts.push_back({AlertKind::kOutsideHours, reading.account, reading.by, reading.at});
    if (reading.of_own_unit) alerts.push_back({AlertKind::kOwnUnit, reading.account, reading.by, reading.at});
  }
  return alerts;
}

}  // namespace rireki
