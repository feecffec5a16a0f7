// Who may know and read. Deny first; nobody named means nobody sees.
#include <algorithm>

#include "domain/line.h"

namespace rireki {
namespace {

bool sits_in_the_line(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor) {
  if (!actor.person) return false;
  for (const auto& record : state.stations)
    if (record.by == actor.person || record.for_person == actor.person) return true;
  const auto& here = definition.states.at(state.state);
  if (!here.line) return false;
  const auto at = progress(context, state, *here.line);
  // Those whose turn has come, and those before them; the stations still to come learn of it when it reaches them.
  for (std::size_t g = 0; g <= at.group && g < here.line->groups.size(); ++g)
    for (const auto& station : here.line->groups[g].stations)
      if (const auto mode = mode_at(seat_of(context, state, station), actor); mode && !station.who.empty()) return true;
  return false;
}

}  // namespace

bool may_read(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor) {
  const auto& secrecy = definition.secrecy;
  if (any_of(context, definition, state, secrecy.never, actor)) return false;
  if (any_of(context, definition, state, secrecy.readers, actor)) return true;
  if (secrecy.existence_secret) return false;
  if (sits_in_the_line(context, definition, state, actor)) return true;
  if (actor.roles.contains("auditor")) return true;
  const bool told = secrecy.secret_until.empty() || state.visited.contains(secrecy.secret_until) || state.visited.contains("ordered");
  if (!told || !actor.person) return false;
  if (subject_person(state) == actor.person) return definition.states.at(state.state).seen_by_subject;
  if (state.author == actor.person || state.assigned == actor.person || state.named.contains(actor.person)) return true;
  // After the release: the managers concerned, before and after the move.
  static const std::vector<Who> managers = {{Who::Kind::kRelation, "superiors-of-subject", ""}, {Who::Kind::kRelation, "head-of-receiving-unit", "/to_post"}};
  return any_of(context, definition, state, managers, actor);
}

bool may_read_person(const Register& reg, PersonId person, const Actor& actor, Day today) {
  if (actor.person && actor.person == person) return true;
  if (actor.roles.contains("hr") || actor.roles.contains("occupational-health") || actor.roles.contains("auditor")) return true;
  return actor.person && reg.is_superior_of(actor.person, person, {today});
}

bool may_read_leave_kind(const Register& reg, PersonId person, const Actor& actor, Day today) {
  if (actor.person && actor.person == person) return true;
  if (actor.roles.contains("hr") || actor.roles.contains("occupational-health")) return true;
  return actor.person && reg.is_superior_of(actor.person, person, {today});
}

}  // namespace rireki
