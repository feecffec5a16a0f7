// Who may know and read. Deny first; nobody named means nobody sees.
#include "domain/access.h"

#include <algorithm>

#include "domain/line.h"

namespace rireki {
namespace {

bool seen_by_subject(const Definition& definition, const std::string& state) {
  const auto found = definition.states.find(state);
  return found != definition.states.end() && found->second.seen_by_subject;
}

// Before the release nothing is known, not even that there is a case. Once told, what was told is not taken back.
bool told(const Definition& definition, const Case& state) {
  const std::string& until = definition.secrecy.secret_until;
  if (until.empty() || state.visited.contains(until)) return true;
  return std::any_of(state.visited.begin(), state.visited.end(), [&](const std::string& id) { return seen_by_subject(definition, id); });
}

bool sits_in_the_line(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor) {
  if (!actor.person) return false;
  for (const auto& record : state.stations)
    if (record.by == actor.person || record.for_person == actor.person) return true;
  const Line* line = line_of(definition, state);
  if (!line) return false;
  // Those whose turn has come, and those before them; the stations still to come learn of it when it reaches them.
  const bool deciding = definition.states.at(state.state).line.has_value();
  const std::size_t reached = deciding ? progress(context, state, *line).group : line->groups.size();
  for (std::size_t g = 0; g <= reached && g < line->groups.size(); ++g)
    for (const auto& station : line->groups[g].stations)
      if ((deciding || station.kind == StationKind::kInform) && mode_at(seat_of(context, state, station), actor)) return true;
  return false;
}

// Whoever comes in by an emergency comes in the place of those who handle the case: what would exclude one of them excludes here, whatever one's role.
bool would_be_excluded(const DecisionContext& context, const Case& state, const Secrecy& secrecy, const Actor& actor) {
  return std::any_of(secrecy.never.begin(), secrecy.never.end(), [&](Who who) {
    who.as_role.clear();
    return is(context, state, who, actor);
  });
}

}  // namespace

Access access_to(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor, Action action) {
  const auto& secrecy = definition.secrecy;
  const bool shown = std::any_of(state.visited.begin(), state.visited.end(), [&](const std::string& id) { return seen_by_subject(definition, id); });
  const Resource resource{.reading_class = secrecy.reading_class, .existence_secret = secrecy.existence_secret, .told = told(definition, state), .shown_to_subject = shown};
  Relation who = Relation::kNone;
  const auto so_far = [&] { return decide_access(actor.roles, who, action, resource); };
  // Each relation costs reading; what follows a yes, or an exclusion, can change nothing.
  if (any_of(context, state, secrecy.never, actor)) return decide_access(actor.roles, Relation::kExcluded, action, resource);
  if (actor.person && subject_person(state) == actor.person) who = who | Relation::kSelf;
  if (actor.person && state.author == actor.person) who = who | Relation::kAuthor;
  if (any_of(context, state, secrecy.readers, actor)) who = who | Relation::kReader;
  if (const auto access = so_far(); access) return access;
  if (any_of(context, state, secrecy.told, actor)) who = who | Relation::kTold;
  if (const auto access = so_far(); access || has(who, Relation::kSelf)) return access;
  if (!secrecy.existence_secret && sits_in_the_line(context, definition, state, actor)) who = who | Relation::kSeat;
  if (const auto access = so_far(); access) return access;
  if (any_of(context, state, secrecy.in_part, actor)) who = who | Relation::kPartReader;
  if (const auto access = so_far(); access && !access.in_part) return access;
  if (context.in_emergency && decide_access(actor.roles, Relation::kNone, Action::kOpenEmergency) && !would_be_excluded(context, state, secrecy, actor) && context.in_emergency(actor.account, state.id))
    who = who | Relation::kEmergency;
  return so_far();
}

bool may_read(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor) {
  return access_to(context, definition, state, actor, Action::kRead).allowed;
}

bool sees_in_part(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor) {
  return access_to(context, definition, state, actor, Action::kRead).in_part;
}

WrittenBy written_by(const Case& state) {
  return [&state](const std::string& field) {
    const auto writer = state.writers.find(field);
    return writer == state.writers.end() ? PersonId{} : writer->second;
  };
}
WrittenBy written_by(PersonId sender) {
  return [sender](const std::string&) { return sender; };
}

nlohmann::json visible_form(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor, nlohmann::json form, const WrittenBy& by) {
  const auto access = access_to(context, definition, state, actor, Action::kRead);
  if (!access) return nlohmann::json::object();
  const auto wrote = [&](const std::string& field) { return actor.person && actor.person == by(field); };
  const auto is_reader = [&](const std::string& field, const Who& who) {
    return who.kind == Who::Kind::kRelation && who.value == "writer" ? wrote(field) : is(context, state, who, actor);
  };
  for (const auto& [field, readers] : definition.field_readers)
    if (form.contains(field) && std::none_of(readers.begin(), readers.end(), [&, name = field](const Who& who) { return is_reader(name, who); })) form.erase(field);
  if (!access.in_part) return form;
  // Of what is sealed they see what they wrote themselves, where they are not the one it is about.
  const bool about_them = subject_person(state) == actor.person;
  std::vector<std::string> sealed;
  for (const auto& [field, value] : form.items())
    if ((about_them || !wrote(field)) && !definition.field_readers.contains(field) && std::any_of(definition.forms.begin(), definition.forms.end(), [&, name = field](const auto& one) { return one.second.sealed(name); }))
      sealed.push_back(field);
  for (const auto& field : sealed) form.erase(field);
  return form;
}

namespace {

bool may(const Register& reg, PersonId person, const Actor& actor, Day today, Action action) {
  Relation who = actor.person && actor.person == person ? Relation::kSelf : Relation::kNone;
  if (decide_access(actor.roles, who, action)) return true;
  if (actor.person && reg.is_superior_of(actor.person, person, {today})) who = who | Relation::kSuperior;
  return decide_access(actor.roles, who, action).allowed;
}

}  // namespace

bool may_read_person(const Register& reg, PersonId person, const Actor& actor, Day today) { return may(reg, person, actor, today, Action::kReadRecord); }
bool may_read_leave_kind(const Register& reg, PersonId person, const Actor& actor, Day today) { return may(reg, person, actor, today, Action::kReadLeaveKind); }

}  // namespace rireki
