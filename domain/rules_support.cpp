// Rules of the support roster and of the requests that are filled from it.
#include "domain/candidates.h"
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
  const Moment from{day_at(in, "from")};
  const auto wanted = value_at(in, "count");
  const auto all = entered(in.context.reg, "support", from);
  const auto ready = std::count_if(all.begin(), all.end(), [&](const RosterJoined& one) { return in.context.reg.presence(one.person, from) != Presence::kOnLeave; });
  const RuleFacts facts{{"wanted", wanted.is_number_integer() ? std::to_string(wanted.get<int>()) : ""}, {"registered", std::to_string(ready)}, {"from", iso(from.on)}};
  if (wanted.is_number_integer() && wanted.get<int>() <= static_cast<int>(ready)) return yes(facts);
  return no("その日に応じられる登録者より多い人数は要請できません。", "More people are asked for than the roster has on that day.", facts);
}

bool called_off(const RuleInput& in, const Case& one) {
  const auto definition = in.context.procedures(one.procedure, one.version);
  return !definition || definition->states.at(one.state).kind > StateKind::kDone;
}

// Whoever was sent for this request before, and has not refused or been called off, counts.
RuleVerdict no_more_than_asked(const RuleInput& in) {
  const auto people = value_at(in, "people"), count = value_at(in, "count");
  const auto before = in.context.opened_from(in.state.id);
  const auto standing = std::count_if(before.begin(), before.end(), [&](const Case& one) { return !called_off(in, one); });
  const auto chosen = static_cast<std::ptrdiff_t>(people.is_array() ? people.size() : 0);
  const RuleFacts facts{{"chosen", std::to_string(chosen)}, {"chosen_before", std::to_string(standing)}, {"asked", count.is_number_integer() ? std::to_string(count.get<int>()) : ""}};
  if (chosen > 0 && count.is_number_integer() && chosen + standing <= count.get<int>()) return yes(facts);
  return no("要請された人数より多くなります。", "More people would be sent than were asked for.", facts);
}

// What is reported is what is on record: nobody served whose service was not recorded, and whoever served had applied or was asked.
RuleVerdict served_as_recorded(const RuleInput& in) {
  const auto applicants = value_at(in, "applicants"), served = value_at(in, "served");
  int recorded = 0;
  for (const auto& one : in.context.opened_from(in.state.id)) {
    const auto definition = in.context.procedures(one.procedure, one.version);
    recorded += definition && definition->states.at(one.state).kind == StateKind::kDone;
  }
  const RuleFacts facts{{"recorded", std::to_string(recorded)}, {"served", served.dump()}, {"applicants", applicants.dump()}};
  if (served != recorded) return no("従事人数が、従事を記録した応援者の人数と違います。", "The number who served is not the number whose service is on record.", facts);
  if (applicants.is_number_integer() && applicants.get<int>() >= recorded) return yes(facts);
  return no("応募人数が従事人数より少なくなっています。", "Fewer applied than served.", facts);
}

RuleVerdict leave_meanwhile(const RuleInput& in) {
  const Period period = period_of(in);
  const RuleFacts facts{{"from", iso(period.first)}, {"until", iso(period.last)}};
  for (const auto& leave : in.context.reg.leaves(in.subject))
    if (leave.period.overlaps(period)) return yes(facts);
  return no("その間に不在の期間はありません。", "The person is not absent meanwhile.", facts);
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

// No other support at the same time, served ones included. What is read, this person's assignments, is what a second office matching them meets.
RuleVerdict support_free(const RuleInput& in) {
  const Period period = period_of(in);
  for (const auto& other : in.context.cases_about(in.definition.id, in.state.subject)) {
    if (other.id == in.state.id || called_off(in, other)) continue;
    const auto from = form_day(other.form, "/from"), until = form_day(other.form, "/last_day");
    if (from && until && Period{*from, *until}.overlaps(period)) return no("その間に別の応援があります。", "The person supports elsewhere meanwhile.", {{"from", iso(*from)}, {"until", iso(*until)}});
  }
  return yes({{"from", iso(period.first)}, {"until", iso(period.last)}});
}

constexpr RuleParam kFrom[] = {{"from", Kind::kField}};
constexpr RuleParam kPeriod[] = {{"from", Kind::kField}, {"until", Kind::kField}};
constexpr RuleParam kCount[] = {{"count", Kind::kField}, {"from", Kind::kField}};
constexpr RuleParam kReported[] = {{"applicants", Kind::kField}, {"served", Kind::kField}};
constexpr RuleParam kChosen[] = {{"people", Kind::kField}, {"count", Kind::kField}};

const Rule kRules[] = {
    {"not-on-leave", 1, "catalogue R-103", {"休業中でない", "Not on leave"}, kFrom, not_on_leave},
    {"roster-large-enough", 1, "catalogue R-104", {"登録者の人数まで", "No more than are on the roster"}, kCount, roster_large_enough},
    {"no-more-than-asked", 1, "catalogue R-104", {"要請された人数まで", "No more than were asked for"}, kChosen, no_more_than_asked},
    {"on-support-roster", 1, "catalogue R-103, R-121", {"登録があり休業中でない", "On the roster and not on leave"}, kPeriod, on_support_roster},
    {"served-as-recorded", 1, "catalogue R-105", {"記録どおりの人数", "As many as are on record"}, kReported, served_as_recorded},
    {"leave-meanwhile", 1, "catalogue R-103, R-121", {"その間に休業がある", "On leave meanwhile"}, kPeriod, leave_meanwhile},
    {"support-free", 1, "catalogue R-106", {"別の応援と重ならない", "No other support at the time"}, kPeriod, support_free},
};

}  // namespace

std::span<const Rule> support_rules() { return kRules; }

}  // namespace rireki
