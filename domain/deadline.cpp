#include "domain/deadline.h"

#include <algorithm>

#include "domain/access.h"
#include "domain/decide_built_in.h"
#include "domain/rules.h"

namespace rireki {
namespace {

const Deadline* deadline_of(const Definition& definition, const Case& state) {
  const auto found = std::find_if(definition.deadlines.begin(), definition.deadlines.end(), [&](const Deadline& one) { return one.state == state.state; });
  return found == definition.deadlines.end() ? nullptr : &*found;
}

std::optional<Day> due_by(const Deadline& deadline, const Case& state, const OfficeDays& office, const Register& reg) {
  const auto anchor = deadline.anchor == "entered" ? std::optional(local_day(state.entered_at)) : form_day(state.form, deadline.anchor);
  if (!anchor) return std::nullopt;
  std::optional<Day> day = office.add(*anchor, deadline.offset);
  if (const auto subject = subject_person(state); subject && deadline.pauses_on_leave) {
    std::vector<Period> leaves;
    for (const auto& leave : reg.leaves(*subject)) leaves.push_back(leave.period);
    std::sort(leaves.begin(), leaves.end());
    day = paused(*anchor, *day, leaves);
  }
  if (!day || deadline.roll.empty()) return day;
  return deadline.roll == "next" ? office.roll_forward(*day) : office.roll_back(*day);
}

// The day of each step, passing first. A step says how long after the deadline; a reminder may come before it.
std::vector<DueStep> steps_of(const Deadline& deadline, Day due, const OfficeDays& office) {
  std::vector<DueStep> steps{{0, due + days{1}}};
  for (std::size_t i = 0; i < deadline.steps.size(); ++i) steps.push_back({static_cast<int>(i) + 1, office.add(due, deadline.steps[i].after)});
  return steps;
}

bool recorded(const Case& state, Day due, int step) { return state.deadline.due == due && state.deadline.steps.contains(step); }

std::vector<DueStep> steps_left(const Deadline& deadline, const Case& state, Day due, const OfficeDays& office) {
  auto steps = steps_of(deadline, due, office);
  std::erase_if(steps, [&](const DueStep& one) { return recorded(state, due, one.step); });
  return steps;
}

}  // namespace

std::optional<Day> due(const Definition& definition, const Case& state, const Register& reg) {
  const auto* deadline = deadline_of(definition, state);
  return deadline ? due_by(*deadline, state, OfficeDays(reg), reg) : std::nullopt;
}

std::optional<DueStep> next_step(const Definition& definition, const Case& state, const Register& reg) {
  const auto* deadline = deadline_of(definition, state);
  if (!deadline) return std::nullopt;
  const OfficeDays office(reg);
  const auto day = due_by(*deadline, state, office, reg);
  if (!day) return std::nullopt;
  const auto left = steps_left(*deadline, state, *day, office);
  const auto next = std::min_element(left.begin(), left.end(), [](const DueStep& a, const DueStep& b) { return std::tie(a.day, a.step) < std::tie(b.day, b.step); });
  return next == left.end() ? std::nullopt : std::optional(*next);
}

Result<Decision, Refusal> pass_deadline(const DecisionContext& context, const Definition& definition, const Case& state) {
  Decision decision{.events = {}, .case_id = state.id, .state = state.state};
  const auto* deadline = deadline_of(definition, state);
  const OfficeDays office(context.reg);
  if (const auto day = deadline ? due_by(*deadline, state, office, context.reg) : std::nullopt) {
    for (const auto& one : steps_left(*deadline, state, *day, office)) {
      if (one.day > context.today()) continue;
      DeadlinePassed event{.case_id = state.id, .state = state.state, .due = *day, .step = one.step, .what = "passed", .to = nullptr};
      if (one.step > 0) {
        const auto& step = deadline->steps[static_cast<std::size_t>(one.step) - 1];
        event.what = step.hand_up ? "handed-up" : "reminded";
        event.to = to_json(step.to);
      }
      decision.events.push_back({std::move(event), tags_of_case(state)});
    }
  }
  if (decision.events.empty())
    return Refusal{.rule = "nothing-due", .source = definition.source.front(), .message = {"過ぎた期限はありません。", "No deadline has passed."}, .facts = {}, .fields = {}};
  return decision;
}

}  // namespace rireki
