#include "domain/office_days.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace rireki {
namespace {

constexpr int kOffsetMax = 999;

// "+12", "-1": and what follows it.
std::optional<int> take_number(std::string_view& text) {
  if (text.size() < 2 || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  const int sign = text.front() == '-' ? -1 : 1;
  int number = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  if (error != std::errc() || number > kOffsetMax || text[1] == '-') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return sign * number;
}

Day add_months(Day from, int months) {
  const auto date = std::chrono::year_month_day{from} + std::chrono::months{months};
  return date.ok() ? Day{date} : Day{date.year() / date.month() / std::chrono::last};
}

bool closed_each_year(Day day) {
  const auto weekday = std::chrono::weekday{day};
  const std::chrono::year_month_day date{day};
  const bool year_end = (date.month() == std::chrono::December && unsigned(date.day()) >= 29) || (date.month() == std::chrono::January && unsigned(date.day()) <= 3);
  return weekday == std::chrono::Saturday || weekday == std::chrono::Sunday || year_end;
}

}  // namespace

std::optional<Offset> parse_offset(std::string_view text) {
  Offset offset;
  for (bool first = true; !text.empty(); first = false) {
    if (!first) {
      if (text.front() != ' ') return std::nullopt;
      text.remove_prefix(1);
    }
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    const auto take = [&](std::string_view word) {
      if (!text.starts_with(word)) return false;
      text.remove_prefix(word.size());
      return true;
    };
    if (first && take(" months")) offset.months = *number;
    else if (!offset.open_days && take(" open-days")) offset.open_days = *number;
    else if (!offset.days && take("d")) offset.days = *number;
    else return std::nullopt;
    if (text.empty()) return offset;
  }
  return std::nullopt;
}

bool OfficeDays::is_open(Day day) const {
  return !closed_each_year(day) && !holidays(static_cast<int>(std::chrono::year_month_day{day}.year())).contains(day);
}

Day OfficeDays::roll_forward(Day day) const {
  while (!is_open(day)) day += days{1};
  return day;
}

Day OfficeDays::roll_back(Day day) const {
  while (!is_open(day)) day -= days{1};
  return day;
}

Day OfficeDays::add(Day from, const Offset& offset) const {
  Day day = add_months(from, offset.months) + days{offset.days};
  const int sign = offset.open_days < 0 ? -1 : 1;
  for (int left = offset.open_days * sign; left > 0;) {
    day += days{sign};
    if (is_open(day)) --left;
  }
  return day;
}

const std::set<Day>& OfficeDays::holidays(int year) const {
  const auto [found, added] = holidays_.try_emplace(year);
  if (!added) return found->second;
  for (const char* policy : kHolidayPolicies) {
    const auto value = reg_.policy(policy + std::to_string(year), {Day{std::chrono::year{year} / 12 / 31}});
    if (!value) continue;
    const auto named = nlohmann::json::parse(*value, nullptr, false);
    if (!named.is_object()) continue;
    for (const auto& [text, name] : named.items())
      if (const auto day = parse_iso(text)) found->second.insert(*day);
  }
  return found->second;
}

std::optional<Day> paused(Day from, Day until, const std::vector<Period>& periods) {
  for (const auto& period : periods) {
    if (period.last <= from) continue;
    if (period.first > until) break;
    if (period.last == kForever) return std::nullopt;
    until += period.last - std::max(period.first, from + days{1}) + days{1};
  }
  return until;
}

}  // namespace rireki
