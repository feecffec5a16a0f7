// 開庁日: which days are open, how offsets count, what a pause does.
#include "domain/office_days.h"

#include <rapidcheck/gtest.h>

#include "fact_vector.h"

namespace rireki {
namespace {

class Office : public ::testing::Test {
 protected:
  Office() {
    // 2026's 大型連休 and 年末年始 as published, and a municipal anniversary.
    facts.record(PolicySet{.policy = "holidays.national.2026",
                           .value_json = R"({"2026-01-01":"元日","2026-04-29":"昭和の日","2026-05-03":"憲法記念日","2026-05-04":"みどりの日","2026-05-05":"こどもの日","2026-05-06":"休日"})", .from = day(2026, 1, 1)});
    facts.record(PolicySet{.policy = "holidays.municipal.2026", .value_json = R"({"2026-08-03":"区制記念日"})", .from = day(2026, 1, 1)});
  }
  Register reg() { return Register(facts); }
  Day add(Day from, const char* offset) {
    const Register now(facts);
    return OfficeDays(now).add(from, parse_offset(offset).value());
  }
  FactVector facts;
};

TEST_F(Office, IsClosedAtWeekendsHolidaysOwnClosedDaysAndTheTurnOfTheYear) {
  const Register now(facts);
  const OfficeDays office(now);
  for (const Day closed : {day(2026, 5, 2), day(2026, 5, 3), day(2026, 5, 6), day(2026, 8, 3), day(2025, 12, 29), day(2026, 1, 3), day(2026, 12, 31)}) EXPECT_FALSE(office.is_open(closed)) << iso(closed);
  for (const Day open : {day(2026, 4, 28), day(2026, 5, 7), day(2026, 8, 4), day(2025, 12, 26), day(2026, 1, 5), day(2025, 5, 6)}) EXPECT_TRUE(office.is_open(open)) << iso(open);
}

TEST_F(Office, CountsOpenDaysAsWholeDaysAcrossTheHolidaysOfMayAndTheTurnOfTheYear) {
  EXPECT_EQ(add(day(2026, 4, 30), "+3 open-days"), day(2026, 5, 8)) << "May 1st, 7th, 8th";
  EXPECT_EQ(add(day(2026, 5, 7), "-2 open-days"), day(2026, 4, 30));
  EXPECT_EQ(add(day(2025, 12, 26), "+1 open-days"), day(2026, 1, 5));
  EXPECT_EQ(add(day(2026, 4, 30), "+3d"), day(2026, 5, 3)) << "calendar days do not ask";
  EXPECT_EQ(add(day(2026, 1, 31), "+1 months"), day(2026, 2, 28));
  EXPECT_EQ(add(day(2024, 4, 1), "+12 months -1d"), day(2025, 3, 31));
  EXPECT_EQ(add(day(2026, 4, 1), "+1 months +1 open-days"), day(2026, 5, 7)) << "May 1st, and the next open day after it";
}

TEST_F(Office, RollsToTheNextOrThePreviousOpenDay) {
  const Register now(facts);
  const OfficeDays office(now);
  EXPECT_EQ(office.roll_forward(day(2026, 5, 2)), day(2026, 5, 7));
  EXPECT_EQ(office.roll_back(day(2026, 5, 6)), day(2026, 5, 1));
  EXPECT_EQ(office.roll_back(day(2026, 5, 1)), day(2026, 5, 1));
}

TEST_F(Office, FollowsAListOfHolidaysThatIsPublishedAgain) {
  facts.record(PolicySet{.policy = "holidays.national.2026", .value_json = R"({"2026-05-03":"憲法記念日"})", .from = day(2026, 1, 1)});
  EXPECT_EQ(add(day(2026, 5, 1), "+1 open-days"), day(2026, 5, 4));
}

TEST(OfficeOffset, IsReadAsDefinitionsWriteItAndInNoOtherWay) {
  EXPECT_EQ(parse_offset("+3 open-days"), (Offset{.open_days = 3}));
  EXPECT_EQ(parse_offset("-14d"), (Offset{.days = -14}));
  EXPECT_EQ(parse_offset("+12 months -1d"), (Offset{.months = 12, .days = -1}));
  for (const char* wrong : {"", "3d", "+", "+d", "+3", "+3 weeks", "+3d +4d", "+3d ", "+1000d", "+1d +1 months", "+-1d", "+1  months"}) EXPECT_FALSE(parse_offset(wrong)) << wrong;
}

TEST(OfficePause, StandsStillForTheWholeDaysOfEachPeriod) {
  const Day from = day(2026, 4, 1), until = day(2026, 5, 1);
  EXPECT_EQ(paused(from, until, {}), until);
  EXPECT_EQ(paused(from, until, {{day(2026, 4, 10), day(2026, 4, 19)}}), day(2026, 5, 11));
  EXPECT_EQ(paused(from, until, {{day(2026, 3, 1), day(2026, 4, 5)}}), day(2026, 5, 5)) << "only what falls after the beginning";
  EXPECT_EQ(paused(from, until, {{day(2026, 5, 2), day(2026, 6, 1)}}), until) << "after it was due";
  EXPECT_EQ(paused(from, until, {{day(2026, 4, 30), day(2026, 5, 29)}, {day(2026, 5, 30), day(2026, 5, 30)}}), day(2026, 6, 1)) << "the second falls into what the first left";
  EXPECT_EQ(paused(from, until, {{day(2026, 4, 30), kForever}}), std::nullopt);
}

RC_GTEST_PROP(OfficePause, ShiftsByExactlyTheDaysThatWereNotCounted, ()) {
  const Day from = day(2026, 4, 1);
  const Day until = from + days{*rc::gen::inRange(0, 60)};
  std::vector<Period> periods;
  for (Day at = from - days{10}; periods.size() < 4;) {
    at += days{*rc::gen::inRange(1, 20)};
    const Day last = at + days{*rc::gen::inRange(0, 15)};
    periods.push_back({at, last});
    at = last;
  }
  // A clock that is moved on day by day and stands still on the days of a period.
  Day counted = from;
  for (auto left = until - from; left > days{0};) {
    counted += days{1};
    if (std::none_of(periods.begin(), periods.end(), [&](const Period& one) { return one.contains(counted); })) left -= days{1};
  }
  const auto shifted = paused(from, until, periods).value();
  if (until > from) RC_ASSERT(shifted == counted);
}

}  // namespace
}  // namespace rireki
