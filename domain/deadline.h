// Deadlines of a case's present state. When one passes, that is an event, recorded once; what follows it (a reminder, handing up) is an event each.
// Decided like any action from what the log holds: a clock that jumps, a restart or two servers change nothing in that.
#pragma once

#include "domain/decide.h"
#include "domain/office_days.h"

namespace rireki {

// Deadline of the present state, if the definition has one, rolled to open days and paused during the subject's leave as the definition says.
// None while it stands still without an end in sight.
std::optional<Day> due(const Definition& definition, const Case& state, const Register& reg);

// The next thing to record of the present deadline: its passing (step 0, on the day after it), then each step of the definition on its day.
struct DueStep {
  int step = 0;
  Day day;
};
std::optional<DueStep> next_step(const Definition& definition, const Case& state, const Register& reg);

// Every step whose day has come. Refused with "nothing-due" where there is none: somebody else recorded it, or the case moved on meanwhile.
Result<Decision, Refusal> pass_deadline(const DecisionContext& context, const Definition& definition, const Case& state);

}  // namespace rireki
