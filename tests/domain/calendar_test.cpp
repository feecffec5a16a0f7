#include "domain/calendar.h"

#include <rapidcheck/gtest.h>

#include "domain/ids.h"

namespace rireki {
namespace {

Day read(std::string_view text) { return parse_japanese_date(text).value(); }

TEST(FiscalYear, RunsFromAprilToMarch_R001) {
  EXPECT_EQ(fiscal_year(day(2024, 3, 31)), 2023);
  EXPECT_EQ(fiscal_year(day(2024, 4, 1)), 2024);
}

TEST(FiscalYear, IsReadInEveryNotation_R002) {
  for (const auto text : {"平成31年度", "令和元年度", "2019年度", "H31", "2019", "令和１年度"}) EXPECT_EQ(parse_fiscal_year(text), 2019) << text;
  EXPECT_EQ(parse_fiscal_year("平成33年度"), 2021);
  EXPECT_FALSE(parse_fiscal_year("年度"));
  EXPECT_EQ(wareki_fiscal_year(2019), "令和元年度");
  EXPECT_EQ(wareki_fiscal_year(2026), "令和8年度");
  EXPECT_EQ(wareki_fiscal_year(2018), "平成30年度");
}

TEST(YearOfService, CountsFiscalYearsFromTheAppointment_R003) {
  EXPECT_EQ(year_of_service(day(2024, 4, 1), day(2032, 4, 1)), 9);
  EXPECT_EQ(year_of_service(day(2024, 10, 1), day(2025, 4, 1)), 2);
}

TEST(Age, IsReachedTheDayBeforeTheBirthday_R004) {
  EXPECT_EQ(age_on(day(1989, 4, 1), day(2024, 3, 31)), 35);
  EXPECT_EQ(age_on(day(1989, 4, 1), day(2024, 3, 30)), 34);
  EXPECT_EQ(age_on(day(2000, 2, 29), day(2023, 2, 28)), 23);
}

TEST(JapaneseDate, IsReadAsOfficesWriteIt) {
  for (const auto text : {"令和8年4月1日", "R8.4.1", "R08/04/01", "r8-4-1", "2026/4/1", "2026-04-01", "20260401", "2026年4月1日", "Ｒ８．４．１", "２０２６／０４／０１", "令和８年４月１日"})
    EXPECT_EQ(read(text), day(2026, 4, 1)) << text;
  EXPECT_EQ(read("令和元年5月1日"), day(2019, 5, 1));
}

TEST(JapaneseDate, OffersTheRightFormInsteadOfGuessing) {
  EXPECT_FALSE(parse_japanese_date("8.4.1"));
  EXPECT_FALSE(parse_japanese_date("2026-02-30"));
  EXPECT_FALSE(parse_japanese_date("あした"));
  const auto ended = parse_japanese_date("平成31年5月1日");
  ASSERT_FALSE(ended);
  EXPECT_NE(ended.error().ja.find("令和元年5月1日"), std::string::npos);
  EXPECT_EQ(parse_japanese_date("平成33年3月31日", true).value(), day(2021, 3, 31)) << "years printed before the era ended (R-002)";
}

TEST(Wareki, WritesTheFirstYearAsGannen) {
  EXPECT_EQ(wareki(day(2019, 5, 1)), "令和元年5月1日");
  EXPECT_EQ(wareki(day(2019, 4, 30)), "平成31年4月30日");
  EXPECT_EQ(wareki(day(1926, 12, 25)), "昭和元年12月25日");
}

TEST(LocalDay, TurnsAtMidnightInJapan) {
  EXPECT_EQ(local_day(*parse_iso_utc("2026-03-31T14:59:59Z")), day(2026, 3, 31));
  EXPECT_EQ(local_day(*parse_iso_utc("2026-03-31T15:00:00Z")), day(2026, 4, 1));
}

Day any_day() { return day(1873, 1, 1) + days{*rc::gen::inRange(0, 80'000)}; }

RC_GTEST_PROP(Wareki, IsReadBackAsTheSameDay, ()) {
  const Day d = any_day();
  RC_ASSERT(parse_japanese_date(wareki(d)).value() == d);
  RC_ASSERT(parse_iso(iso(d)) == d);
}
RC_GTEST_PROP(FiscalYear, HoldsEveryDayExactlyOnce, ()) {
  const Day d = any_day();
  RC_ASSERT(fiscal_year_period(fiscal_year(d)).contains(d));
  RC_ASSERT(!fiscal_year_period(fiscal_year(d) + 1).contains(d));
}
RC_GTEST_PROP(Instant, IsReadBackFromItsText, ()) {
  const Instant at{std::chrono::microseconds{*rc::gen::inRange<std::int64_t>(-2'000'000'000'000'000, 4'000'000'000'000'000)}};
  RC_ASSERT(parse_iso_utc(iso_utc(at)) == at);
}
RC_GTEST_PROP(Id, IsReadBackFromItsText, (std::uint64_t value)) {
  RC_PRE(value != 0);
  RC_ASSERT(parse<PersonId>(to_text(PersonId{value})) == PersonId{value});
  RC_ASSERT(!parse<UnitId>(to_text(PersonId{value})));
}
RC_GTEST_PROP(JapaneseDate, NeverFallsOverAnyText, (const std::string& text)) { std::ignore = parse_japanese_date(text); }

}  // namespace
}  // namespace rireki
