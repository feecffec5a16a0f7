#include "domain/reading_alerts.h"

#include <gtest/gtest.h>

namespace rireki {
namespace {

// 14 April 2026, 10 o'clock in Japan.
const Instant kMorning = Instant{day(2026, 4, 14).time_since_epoch()} + std::chrono::hours{1};

ReadingSeen reading(std::uint64_t who, Instant at, std::string record, bool confidential = false) {
  return {.account = {who}, .by = {who}, .at = at, .records = {std::move(record)}, .confidential = confidential};
}

TEST(ReadingAlerts, AreGivenOnceForMoreThanThirtyDifferentRecordsInAnHour) {
  std::vector<ReadingSeen> readings;
  for (int i = 0; i < 30; ++i) readings.push_back(reading(1, kMorning + std::chrono::minutes{i}, "person:p" + std::to_string(i)));
  for (int i = 0; i < 30; ++i) readings.push_back(reading(1, kMorning + std::chrono::minutes{30}, "person:p0"));
  EXPECT_TRUE(reading_alerts(readings).empty()) << "the same record again is no other";
  readings.push_back(reading(1, kMorning + std::chrono::minutes{40}, "person:p30"));
  readings.push_back(reading(1, kMorning + std::chrono::minutes{41}, "person:p31"));
  const auto alerts = reading_alerts(readings);
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].kind, AlertKind::kManyRecords);
  EXPECT_EQ(alerts[0].count, 31);
  EXPECT_EQ(alerts[0].account, AccountId{1});
}

TEST(ReadingAlerts, CountEachReaderAndEachHourByItself) {
  std::vector<ReadingSeen> readings;
  for (int i = 0; i < 62; ++i) readings.push_back(reading(1 + static_cast<std::uint64_t>(i % 2), kMorning, "person:p" + std::to_string(i / 2)));
  EXPECT_EQ(reading_alerts(readings).size(), 2u);
  readings.clear();
  for (int i = 0; i < 62; ++i) readings.push_back(reading(1, kMorning + std::chrono::minutes{3 * i}, "person:p" + std::to_string(i)));
  EXPECT_TRUE(reading_alerts(readings).empty()) << "twenty an hour";
}

TEST(ReadingAlerts, AreGivenForConfidentialReadingAtNightOnceADay) {
  const Instant night = kMorning + std::chrono::hours{13};  // 23 o'clock
  const std::vector<ReadingSeen> readings{reading(1, night, "case:c1"), reading(1, night, "case:c2", true), reading(1, night + std::chrono::minutes{5}, "case:c3", true)};
  const auto alerts = reading_alerts(readings);
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].kind, AlertKind::kOutsideHours);
}

TEST(ReadingAlerts, AreGivenForConfidentialRecordsOfOnesOwnUnit) {
  auto own = reading(1, kMorning, "case:c1", true);
  own.of_own_unit = true;
  const auto alerts = reading_alerts(std::vector{own});
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].kind, AlertKind::kOwnUnit);
}

}  // namespace
}  // namespace rireki
