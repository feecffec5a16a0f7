// Rules of the support roster and of the requests that are filled from it.
#include <set>

#include "domain/rule_reading.h"

namespace rireki {
namespace {

using Kind = RuleParamKind;

constexpr days kLongestSupport{366};

Period period_of(const RuleInput& in) { return {day_at(in, "from"), day_at(in, "until")}; }

RuleVerdict not_on_leave(const RuleInput& in) {
  const Day from = day_at(in, "from");
  const auto presence = in.context.reg.presence(in.subject, {from});
  const RuleFacts facts{{"from", iso(from)}};
  if (presence == Presence::kPresent || presence == Presence::kAway) return yes(facts);
  return no("休業中や在職していない間は登録できません。", "Nobody is entered while on leave or not employed.", facts);
}

RuleVerdict roster_large_enough(const RuleInput& in) {
  const Day from = day_at(in, "from");
  const auto wanted = value_at(in, "count");
  std::set<PersonId> ready;
  for (const auto* entry : in.context.reg.visible("roster:support"))
    if (const auto* joined = std::get_if<RosterJoined>(&entry->fact)) {
      const auto rosters = in.context.reg.rosters(joined->person, {from});
      if (std::any_of(rosters.begin(), rosters.end(), [](const RosterJoined& one) { return one.roster == "support"; })) ready.insert(joined->person);
    }
  const RuleFacts facts{{"wanted", wanted.is_number_integer() ? std::to_string(wanted.get<int>()) : ""}, {"registered", std::to_string(ready.size())}, {"from", iso(from)}};
  if (wanted.is_number_integer() && wanted.get<int>() <= static_cast<int>(ready.size())) return yes(facts);
  return no("登録者より多い人数は要請できません。", "More people are asked for than are on the roster on that day.", facts);
}

RuleVerdict no_more_than_asked(const RuleInput& in) {
  const auto people = value_at(in, "people"), count = value_at(in, "count");
  const RuleFacts facts{{"chosen", std::to_string(people.is_array() ? people.size() : 0)}, {"asked", count.is_number_integer() ? std::to_string(count.get<int>()) : ""}};
  if (people.is_array() && count.is_number_integer() && static_cast<int>(people.size()) <= count.get<int>()) return yes(facts);
  return no("要請された人数より多く選んでいます。", "More people are chosen than were asked for.", facts);
}

// On every day of the support: entered, employed and not on leave.
RuleVerdict on_support_roster(const RuleInput& in) {
  const Period period = period_of(in);
  if (period.last < period.first || period.last - period.first > kLongestSupport) return no("期間が正しくありません（１年まで）。", "The period is not a possible one (a year at most).", {{"from", iso(period.first)}, {"until", iso(period.last)}});
  for (Day day = period.first; day <= period.last; day += days{1}) {
    const auto presence = in.context.reg.presence(in.subject, {day});
    if (presence == Presence::kOnLeave || presence == Presence::kNotEmployed) return no("その間に休業などの日があります。休んでいる人に仕事は頼みません。", "The person is on leave or gone on one of the days: nothing is asked of them.", {{"day", iso(day)}});
    const auto rosters = in.context.reg.rosters(in.subject, {day});
    if (std::none_of(rosters.begin(), rosters.end(), [](const RosterJoined& one) { return one.roster == "support"; })) return no("その日に応援登録がありません。", "The person is not on the roster on that day.", {{"day", iso(day)}});
  }
  return yes({{"from", iso(period.first)}, {"until", iso(period.last)}});
}

// No other support at the same time. What is read, the open assignments of this person, is what a second office matching them meets.
RuleVerdict support_free(const RuleInput& in) {
  const Period period = period_of(in);
  for (const auto& other : in.context.open_cases(in.definition.id, in.state.subject)) {
    if (other.id == in.state.id) continue;
    const auto from = form_day(other.form, "/from"), until = form_day(other.form, "/last_day");
    if (from && until && Period{*from, *until}.overlaps(period)) return no("その間に別の応援があります。", "The person supports elsewhere meanwhile.", {{"from", iso(*from)}, {"until", iso(*until)}});
  }
  return yes({{"from", iso(period.first)}, {"until", iso(period.last)}});
}

constexpr RuleParam kFrom[] = {{"from", Kind::kField}};
constexpr RuleParam kPeriod[] = {{"from", Kind::kField}, {"until", Kind::kField}};
constexpr RuleParam kCount[] = {{"count", Kind::kField}, {"from", Kind::kField}};
constexpr RuleParam kChosen[] = {{"people", Kind::kField}, {"count", Kind::kField}};

const Rule kRules[] = {
    {"not-on-leave", 1, "catalogue R-103", {"休業中でない", "Not on leave"}, kFrom, not_on_leave},
    {"roster-large-enough", 1, "catalogue R-104", {"登録者の人数まで", "No more than are on the roster"}, kCount, roster_large_enough},
    {"no-more-than-asked", 1, "catalogue R-104", {"要請された人数まで", "No more than were asked for"}, kChosen, no_more_than_asked},
    {"on-support-roster", 1, "catalogue R-103, R-121", {"登録があり休業中でない", "On the roster and not on leave"}, kPeriod, on_support_roster},
    {"support-free", 1, "catalogue R-106", {"別の応援と重ならない", "No other support at the time"}, kPeriod, support_free},
};

}  // namespace

std::span<const Rule> support_rules() { return kRules; }

}  // namespace rireki
