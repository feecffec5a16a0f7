// Rules of talks with superiors: 1on1, follow-up.
#include "domain/rule_reading.h"

namespace rireki {
namespace {

using nlohmann::json;
using Facts = RuleFacts;
using Kind = RuleParamKind;

constexpr int kOneOnOneYears[] = {1, 9};  // 集中育成期間

RuleVerdict service_year_within(const RuleInput& in) {
  int from = kOneOnOneYears[0], to = kOneOnOneYears[1];
  if (const auto policy = in.context.reg.policy(pointer_of(in, "policy"), {in.context.today()})) {
    const auto value = json::parse(*policy, nullptr, false);
    if (value.is_array() && value.size() == 2 && value[0].is_number_integer() && value[1].is_number_integer()) from = value[0], to = value[1];
  }
  const int year = in.context.reg.years_of_service(in.subject, {in.context.today()}).value_or(0);
  const Facts facts{{"year_of_service", std::to_string(year)}, {"from", std::to_string(from)}, {"to", std::to_string(to)}};
  if (from <= year && year <= to) return yes(facts);
  return no("対象の勤続年数ではありません。", "The person's year of service is not one that this is held in.", facts);
}

// The pair is the employee and the head of the team on the day of the meeting.
RuleVerdict superior_on_day(const RuleInput& in) {
  const Day at = day_at(in, "at");
  const auto superior = in.context.reg.superior_of(in.subject, {at});
  const Facts facts{{"day", iso(at)}, {"superior", superior ? to_text(*superior) : ""}};
  if (superior && superior == in.actor) return yes(facts);
  return no("その日の直属の上司ではありません。取りやめにして、新しい上司が立て直してください。", "You were not the person's direct superior on that day. Call it off; the new superior plans another.", facts);
}

RuleVerdict not_before(const RuleInput& in) {
  const Day at = day_at(in, "at"), from = day_at(in, "from");
  const Facts facts{{"day", iso(at)}, {"from", iso(from)}};
  if (at >= from) return yes(facts);
  return no("始まりの日より前の日付です。", "The day is before the one it starts from.", facts);
}


constexpr RuleParam kAt[] = {{"at", Kind::kField}};
constexpr RuleParam kAtFrom[] = {{"at", Kind::kField}, {"from", Kind::kField}};
constexpr RuleParam kPolicyOnly[] = {{"policy", Kind::kPolicy}};

const Rule kRules[] = {
    {"not-before", 1, "catalogue R-132", {"始まりの日より前ではない", "Not before it starts"}, kAtFrom, not_before},
    {"service-year-within", 1, "catalogue R-061", {"対象の勤続年数である", "Within the years of service"}, kPolicyOnly, service_year_within},
    {"superior-on-day", 1, "catalogue R-062", {"その日の直属の上司である", "The direct superior on that day"}, kAt, superior_on_day},
};

}  // namespace

std::span<const Rule> talk_rules() { return kRules; }

}  // namespace rireki
