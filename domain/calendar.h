// Local dates of the municipality, fiscal years, eras, ages. Pure: "today" always comes in as an argument.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "eventstore/log.h"

namespace rireki {

using Day = std::chrono::local_days;
using days = std::chrono::days;

// Both ends included. An order extinguishes the earlier one the day before it takes effect, so periods of two
// consecutive postings touch and never overlap (workflow.md 5.6).
struct Period {
  Day first;
  Day last;  // kForever: open
  bool contains(Day day) const { return first <= day && day <= last; }
  bool overlaps(const Period& other) const { return first <= other.last && other.first <= last; }
  bool within(const Period& outer) const { return outer.first <= first && last <= outer.last; }
  auto operator<=>(const Period&) const = default;
};
inline constexpr Day kForever = Day{std::chrono::year{9999} / 12 / 31};

constexpr Day day(int year, unsigned month, unsigned day_of_month) {
  return Day{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day_of_month)};
}

std::string iso(Day day);                              // "2026-04-01"
std::optional<Day> parse_iso(std::string_view text);   // exactly that form, a real date
std::string iso_utc(Instant instant);                  // "2026-04-01T00:00:00.000000Z"
std::optional<Instant> parse_iso_utc(std::string_view text);

// The municipality's calendar day at that moment (Japan: UTC+9, no daylight saving).
Day local_day(Instant instant);
Instant start_of(Day day);  // the first moment of which local_day() says that it is this day

// fiscal year N runs from 1 April N to 31 March N+1.
int fiscal_year(Day day);
Period fiscal_year_period(int fiscal_year);

// the n-th fiscal year counted from the fiscal year of appointment; 1 in the first; leave does not stop it.
int year_of_service(Day appointed, Day on);

// an age is reached on the day before the birthday (年齢計算ニ関スル法律).
int age_on(Day birth, Day on);

// "令和8年4月1日"; the first year of an era is 元年. Dates before 1873-01-01 have no era here and come out as ISO.
std::string wareki(Day day);
// "令和8年度"; FY2019 is 令和元年度 (also written 平成31年度; both are read).
std::string wareki_fiscal_year(int fiscal_year);

// Reads what offices write (R-002, workflow.md 5.1): 令和8年4月1日, R8.4.1, R08/04/01, r8-4-1, 2026/4/1, 2026-04-01,
// 20260401, 2026年4月1日, full-width digits, 元年; also a year of an era that had ended (平成33年3月31日 → 2021-03-31) only where
// `era_may_have_ended` is set. Otherwise an error sentence that offers the right form.
struct DateError { std::string ja; std::string en; };
[[noreturn]] void throw_exception_from_error(const DateError& error, const boost::source_location& where);
Result<Day, DateError> parse_japanese_date(std::string_view text, bool era_may_have_ended = false);
// 平成31年度, 令和元年度, 2019年度, H31, 2019 → 2019
std::optional<int> parse_fiscal_year(std::string_view text);

}  // namespace rireki
