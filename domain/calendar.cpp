#include "domain/calendar.h"

#include <array>
#include <stdexcept>
#include <vector>

namespace rireki {
namespace {

struct Era {
  std::string_view name;
  char letter;
  Day first;
  int before_first_year;  // western year = this + year of the era
};
// A new era is one line here. Meiji counts from the Gregorian calendar's adoption.
constexpr std::array kEras = {Era{"令和", 'R', day(2019, 5, 1), 2018}, Era{"平成", 'H', day(1989, 1, 8), 1988}, Era{"昭和", 'S', day(1926, 12, 25), 1925},
                              Era{"大正", 'T', day(1912, 7, 30), 1911}, Era{"明治", 'M', day(1873, 1, 1), 1867}};

std::chrono::year_month_day parts(Day day) { return std::chrono::year_month_day{day}; }

Day last_of(std::size_t era) { return era == 0 ? kForever : kEras[era - 1].first - days{1}; }

std::string padded(int number, int digits) {
  std::string text = std::to_string(number);
  while (static_cast<int>(text.size()) < digits) text.insert(text.begin(), '0');
  return text;
}

// Digits, separators and letters in one width; what offices mix freely.
std::string narrow(std::string_view text) {
  static const std::vector<std::pair<std::string_view, std::string_view>> kWide = {
      {"０", "0"}, {"１", "1"}, {"２", "2"}, {"３", "3"}, {"４", "4"}, {"５", "5"}, {"６", "6"}, {"７", "7"}, {"８", "8"}, {"９", "9"},
      {"／", "/"}, {"－", "-"}, {"．", "."}, {"　", ""}, {"Ｒ", "R"}, {"Ｈ", "H"}, {"Ｓ", "S"}, {"Ｔ", "T"}, {"Ｍ", "M"}};
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    bool replaced = false;
    for (const auto& [wide, thin] : kWide)
      if (text.substr(i).starts_with(wide)) {
        out += thin;
        i += wide.size();
        replaced = true;
        break;
      }
    if (!replaced && text[i] != ' ') out += text[i];
    if (!replaced) ++i;
  }
  return out;
}

// Takes digits from the front; -1 if there are none or too many.
int take_number(std::string_view& text, std::size_t digits_max) {
  std::size_t n = 0;
  int number = 0;
  while (n < text.size() && text[n] >= '0' && text[n] <= '9') {
    if (++n > digits_max) return -1;
    number = number * 10 + (text[n - 1] - '0');
  }
  text.remove_prefix(n);
  return n == 0 ? -1 : number;
}
bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

// The era at the front of the text, by its name or letter; kEras.size() if none.
std::size_t take_era(std::string_view& text) {
  for (std::size_t i = 0; i < kEras.size(); ++i) {
    if (take(text, kEras[i].name)) return i;
    const char lower = static_cast<char>(kEras[i].letter - 'A' + 'a');
    if (!text.empty() && (text[0] == kEras[i].letter || text[0] == lower)) {
      text.remove_prefix(1);
      return i;
    }
  }
  return kEras.size();
}

DateError unreadable() {
  return {"日付として読めません。2026-04-01、2026/4/1、令和8年4月1日、R8.4.1 のように書いてください。",
          "This is not a date. Write 2026-04-01, 2026/4/1, 令和8年4月1日 or R8.4.1."};
}

// Month and day behind the year, in any of the written forms; false if the rest does not fit.
bool take_month_and_day(std::string_view rest, int& month, int& day_of_month) {
  const bool words = take(rest, "年");
  if (!words && !take(rest, "/") && !take(rest, ".") && !take(rest, "-")) return false;
  month = take_number(rest, 2);
  if (month < 0 || !(words ? take(rest, "月") : take(rest, "/") || take(rest, ".") || take(rest, "-"))) return false;
  day_of_month = take_number(rest, 2);
  if (words && !take(rest, "日")) return false;
  return day_of_month >= 0 && rest.empty();
}

}  // namespace

std::string iso(Day day) {
  const auto p = parts(day);
  return padded(int(p.year()), 4) + "-" + padded(static_cast<int>(unsigned(p.month())), 2) + "-" + padded(static_cast<int>(unsigned(p.day())), 2);
}

std::optional<Day> parse_iso(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  std::string_view year = text.substr(0, 4), month = text.substr(5, 2), day_of_month = text.substr(8, 2);
  const int y = take_number(year, 4), m = take_number(month, 2), d = take_number(day_of_month, 2);
  if (y < 0 || m < 0 || d < 0 || !year.empty() || !month.empty() || !day_of_month.empty()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{y}, std::chrono::month{static_cast<unsigned>(m)}, std::chrono::day{static_cast<unsigned>(d)}};
  if (!date.ok()) return std::nullopt;
  return Day{date};
}

std::string iso_utc(Instant instant) {
  const auto midnight = std::chrono::floor<days>(instant);
  const auto rest = (instant - midnight).count();
  return iso(Day{midnight.time_since_epoch()}) + "T" + padded(static_cast<int>(rest / 3'600'000'000), 2) + ":" + padded(static_cast<int>(rest / 60'000'000 % 60), 2) + ":" +
         padded(static_cast<int>(rest / 1'000'000 % 60), 2) + "." + padded(static_cast<int>(rest % 1'000'000), 6) + "Z";
}

std::optional<Instant> parse_iso_utc(std::string_view text) {
  if (text.size() < 20 || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text.back() != 'Z') return std::nullopt;
  const auto date = parse_iso(text.substr(0, 10));
  std::string_view hour = text.substr(11, 2), minute = text.substr(14, 2), second = text.substr(17, 2), fraction = text.substr(19, text.size() - 20);
  const int h = take_number(hour, 2), m = take_number(minute, 2), s = take_number(second, 2);
  if (!date || h < 0 || m < 0 || s < 0 || h > 23 || m > 59 || s > 59 || !hour.empty() || !minute.empty() || !second.empty()) return std::nullopt;
  std::int64_t micros = 0;
  if (!fraction.empty()) {
    if (fraction[0] != '.' || fraction.size() > 7 || fraction.size() < 2) return std::nullopt;
    fraction.remove_prefix(1);
    std::string digits(fraction);
    digits.resize(6, '0');
    std::string_view all = digits;
    micros = take_number(all, 6);
    if (micros < 0 || !all.empty()) return std::nullopt;
  }
  return Instant{date->time_since_epoch()} + std::chrono::hours{h} + std::chrono::minutes{m} + std::chrono::seconds{s} + std::chrono::microseconds{micros};
}

namespace {
constexpr std::chrono::hours kJapan{9};
}
Day local_day(Instant instant) { return Day{std::chrono::floor<days>(instant + kJapan).time_since_epoch()}; }
Instant start_of(Day day) { return Instant{day.time_since_epoch()} - kJapan; }

int fiscal_year(Day day) {
  const auto p = parts(day);
  return int(p.year()) - (unsigned(p.month()) < 4 ? 1 : 0);
}
Period fiscal_year_period(int fiscal_year) { return {day(fiscal_year, 4, 1), day(fiscal_year + 1, 3, 31)}; }

int year_of_service(Day appointed, Day on) { return fiscal_year(on) - fiscal_year(appointed) + 1; }

int age_on(Day birth, Day on) {
  // Reached at the end of the day before the birthday: asked on that day, it counts. So tomorrow decides.
  const auto b = parts(birth), tomorrow = parts(on + days{1});
  int age = int(tomorrow.year()) - int(b.year());
  if (tomorrow.month() < b.month() || (tomorrow.month() == b.month() && tomorrow.day() < b.day())) --age;
  return age;
}

std::string wareki(Day day) {
  for (const auto& era : kEras)
    if (day >= era.first) {
      const auto p = parts(day);
      const int year = int(p.year()) - era.before_first_year;
      return std::string(era.name) + (year == 1 ? "元" : std::to_string(year)) + "年" + std::to_string(unsigned(p.month())) + "月" + std::to_string(unsigned(p.day())) + "日";
    }
  return iso(day);
}

std::string wareki_fiscal_year(int fiscal_year) {
  // FY2019 began before 令和 did; this program calls it 令和元年度, as its later months were called.
  const Day named_by = fiscal_year == 2019 ? day(2019, 5, 1) : day(fiscal_year, 4, 1);
  for (const auto& era : kEras)
    if (named_by >= era.first) {
      const int year = fiscal_year - era.before_first_year;
      return std::string(era.name) + (year == 1 ? "元" : std::to_string(year)) + "年度";
    }
  return std::to_string(fiscal_year) + "年度";
}

void throw_exception_from_error(const DateError& error, const boost::source_location&) { throw std::runtime_error("unchecked date error: " + error.en); }

Result<Day, DateError> parse_japanese_date(std::string_view text, bool era_may_have_ended) {
  const std::string thin = narrow(text);
  std::string_view rest = thin;
  const std::size_t era = take_era(rest);
  int year = 0, month = 0, day_of_month = 0;
  if (era == kEras.size()) {
    if (rest.size() == 8 && rest.find_first_not_of("0123456789") == std::string_view::npos) {
      const auto compact = parse_iso(std::string(rest.substr(0, 4)) + "-" + std::string(rest.substr(4, 2)) + "-" + std::string(rest.substr(6)));
      return compact ? Result<Day, DateError>(*compact) : unreadable();
    }
    const std::size_t before = rest.size();
    year = take_number(rest, 4);
    if (year >= 0 && before - rest.size() < 4)
      return DateError{"年が短く、元号か西暦か分かりません。R8.4.1 や 2026/4/1 のように書いてください。",
                       "The year is short: say which era, or write four digits (R8.4.1 or 2026/4/1)."};
  } else {
    year = take(rest, "元") ? 1 : take_number(rest, 2);
    if (year < 1) return unreadable();
    year += kEras[era].before_first_year;
  }
  if (year < 0 || !take_month_and_day(rest, month, day_of_month)) return unreadable();
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)}, std::chrono::day{static_cast<unsigned>(day_of_month)}};
  if (!date.ok()) return DateError{"暦にない日付です。", "There is no such day in the calendar."};
  const Day found{date};
  if (era < kEras.size() && !(era_may_have_ended && found > last_of(era)) && (found < kEras[era].first || found > last_of(era)))
    return DateError{"その元号の期間にない日付です。" + wareki(found) + " のことですか。", "The era did not hold on that day. Do you mean " + wareki(found) + " (" + iso(found) + ")?"};
  return found;
}

std::optional<int> parse_fiscal_year(std::string_view text) {
  const std::string thin = narrow(text);
  std::string_view rest = thin;
  const std::size_t era = take_era(rest);
  int year = take(rest, "元") ? 1 : take_number(rest, 4);
  take(rest, "年度") || take(rest, "年");
  if (year < 1 || !rest.empty()) return std::nullopt;
  if (era < kEras.size()) return year < 100 ? std::optional(year + kEras[era].before_first_year) : std::nullopt;
  return year >= 1868 ? std::optional(year) : std::nullopt;
}

}  // namespace rireki
