// Rules of absences: whoever stands in has to be there.
#include "domain/rule_reading.h"

namespace rireki {
namespace {

using Kind = RuleParamKind;

constexpr days kLongest{366};  // 不在 of a year is none: a leave or a secondment has a procedure of its own

RuleVerdict deputy_available(const RuleInput& in) {
  const Day from = day_at(in, "from"), until = day_at(in, "until");
  const RuleFacts period{{"from", iso(from)}, {"until", iso(until)}};
  if (until < from) return no("最後の日が最初の日より前です。", "The last day is before the first.", period);
  if (until - from > kLongest) return no("不在は１年までです。長い不在は休業や派遣の手続で記録してください。", "An absence has a year at most; leaves and secondments have procedures of their own.", period);
  if (text_at(in, "deputy").empty()) return yes(period);
  const auto deputy = parse<PersonId>(text_at(in, "deputy"));
  if (deputy == in.subject) return no("本人は代理になれません。", "Nobody is their own deputy.", period);
  for (Day day = from; deputy && day <= until; day += days{1})
    if (in.context.reg.presence(*deputy, {day}) != Presence::kPresent)
      return no("代理がその間にいない日があります。", "The deputy is not there on every day of the absence.", {{"deputy", to_text(*deputy)}, {"day", iso(day)}});
  return yes(period);
}

constexpr RuleParam kDeputy[] = {{"deputy", Kind::kField}, {"from", Kind::kField}, {"until", Kind::kField}};

const Rule kRules[] = {
    {"deputy-available", 1, "catalogue R-121, R-163", {"代理がその間いる", "The deputy is there meanwhile"}, kDeputy, deputy_available},
};

}  // namespace

std::span<const Rule> absence_rules() { return kRules; }

}  // namespace rireki
