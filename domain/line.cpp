#include "domain/line.h"

#include <algorithm>

namespace rireki {
namespace {

bool contains(const std::vector<PersonId>& all, PersonId one) { return std::find(all.begin(), all.end(), one) != all.end(); }

std::set<PersonId> approvers_of_round(const Case& state) {
  std::set<PersonId> persons;
  for (const auto& record : state.stations)
    if (record.round == state.round && record.outcome == StationOutcome::kApproved) persons.insert(record.by);
  return persons;
}

// Above a vacant post, or one whose holder is concerned: the next head upwards who is there.
std::optional<PersonId> next_superior(const Register& reg, PostId post, const std::set<PersonId>& excluded, Moment now) {
  const auto held = reg.post_ever(post);
  auto where = held ? std::optional(held->unit) : std::nullopt;
  while (where && *where) {
    const auto head = reg.head_of(*where, now);
    if (head && !excluded.contains(*head) && reg.presence(*head, now) == Presence::kPresent) return head;
    const auto unit = reg.unit(*where, now);
    where = unit ? std::optional(unit->parent) : std::nullopt;
  }
  return std::nullopt;
}

void add_deputy(Seat& seat, const Register& reg, const Station& station, PostId post, Moment now) {
  for (const auto& deputy : reg.deputies(post, now)) {
    if (seat.excluded.contains(deputy.person) || reg.presence(deputy.person, now) != Presence::kPresent) continue;
    if (!station.matter.empty() && std::find(deputy.excluded_matters.begin(), deputy.excluded_matters.end(), station.matter) != deputy.excluded_matters.end()) {
      seat.matter_excluded = true;
      continue;
    }
    seat.deputies.push_back(deputy.person);
    return;  // in order: the first who is there
  }
}

void add_post(Seat& seat, const Register& reg, const Station& station, PostId post, Moment now) {
  bool someone_there = false, held = false;
  for (const auto& one : reg.holders(post, now)) {
    if (one.kind == PostingKind::kConcurrent || seat.excluded.contains(one.person)) continue;
    const bool there = reg.presence(one.person, now) == Presence::kPresent;
    someone_there = someone_there || there;
    if (one.kind == PostingKind::kMain) {
      held = true;
      seat.holders.push_back(one.person);
    } else if (there) {
      seat.stand_ins.push_back(one.person);
    }
  }
  if (someone_there) return;
  if (held) {  // 不在
    seat.absent = true;
    if (station.deputy_allowed) add_deputy(seat, reg, station, post, now);
    return;
  }
  seat.vacant = true;  // 欠員: the rules of 代決 do not apply
  if (const auto superior = next_superior(reg, post, seat.excluded, now)) seat.stand_ins.push_back(*superior);
}

bool decides_later(const Line& line, std::size_t group) {
  for (std::size_t later = group + 1; later < line.groups.size(); ++later)
    for (const auto& station : line.groups[later].stations)
      if (station.kind == StationKind::kDecide) return true;
  return false;
}

// Need this station not act? Nobody consents to their own draft, or twice; nobody waits for a place where nobody can sit.
bool passed_over(const DecisionContext& context, const Case& state, const Line& line, std::size_t group, const Station& station, const std::set<PersonId>& approvers) {
  const Seat seat = seat_of(context, state, station);
  if (seat.nobody()) return station.kind != StationKind::kDecide || decides_later(line, group);
  if (station.kind == StationKind::kDecide) return false;
  if (seat.only(state.drafter) || seat.only(state.author)) return true;
  return std::any_of(approvers.begin(), approvers.end(), [&](PersonId person) { return seat.only(person); });
}

}  // namespace

bool Seat::only(PersonId person) const {
  if (!person || !roles.empty()) return false;
  const auto is_person = [&](PersonId one) { return one == person; };
  return !(holders.empty() && stand_ins.empty() && deputies.empty()) && std::all_of(holders.begin(), holders.end(), is_person) &&
         std::all_of(stand_ins.begin(), stand_ins.end(), is_person) && std::all_of(deputies.begin(), deputies.end(), is_person);
}

Seat seat_of(const DecisionContext& context, const Case& state, const Station& station) {
  Seat seat;
  if (const auto subject = subject_person(state)) seat.excluded.insert(*subject);
  if (station.kind == StationKind::kDecide) seat.excluded.insert({state.drafter, state.author});
  for (const auto& who : station.who) {
    if (who.kind == Who::Kind::kRole) seat.roles.insert(who.value);
    for (const auto post : posts_meant(context, state, who)) add_post(seat, context.reg, station, post, {context.today()});
  }
  if (!seat.roles.empty()) seat.excluded.merge(approvers_of_round(state));
  return seat;
}

std::optional<StationMode> mode_at(const Seat& seat, const Actor& actor) {
  if (!actor.person) return std::nullopt;  // a person approves, never a service
  if (contains(seat.holders, actor.person)) return StationMode::kOwn;
  if (contains(seat.stand_ins, actor.person)) return StationMode::kActing;
  if (contains(seat.deputies, actor.person)) return StationMode::kDeputy;
  if (seat.excluded.contains(actor.person)) return std::nullopt;
  for (const auto& role : seat.roles)
    if (actor.roles.contains(role)) return StationMode::kOwn;
  return std::nullopt;
}

const Station* find_station(const Line& line, std::string_view id, std::size_t* group) {
  for (std::size_t g = 0; g < line.groups.size(); ++g)
    for (const auto& station : line.groups[g].stations)
      if (station.id == id) {
        if (group) *group = g;
        return &station;
      }
  return nullptr;
}

const Line* line_of(const Definition& definition, const Case& state) {
  if (const auto& here = definition.states.at(state.state); here.line) return &*here.line;
  for (auto record = state.stations.rbegin(); record != state.stations.rend(); ++record)
    for (const auto& [id, one] : definition.states)
      if (one.line && find_station(*one.line, record->station)) return &*one.line;
  return nullptr;
}

LineProgress progress(const DecisionContext& context, const Case& state, const Line& line) {
  LineProgress at;
  const auto approvers = approvers_of_round(state);
  for (const auto& record : state.stations)
    if (record.round == state.round && record.outcome == StationOutcome::kApproved) at.settled.insert(record.station);
  std::size_t resume = 0;
  if (!state.resume_at.empty()) find_station(line, state.resume_at, &resume);
  for (at.group = 0; at.group < line.groups.size(); ++at.group) {
    const auto& group = line.groups[at.group];
    int settled = 0, needed = 0;
    for (const auto& station : group.stations) {
      if (station.kind == StationKind::kInform) continue;  // 供覧 holds nothing up
      ++needed;
      if (!at.settled.contains(station.id) && at.group >= resume && !passed_over(context, state, line, at.group, station, approvers)) continue;
      at.settled.insert(station.id);
      ++settled;
    }
    if (settled < (group.quorum > 0 ? std::min(group.quorum, needed) : needed)) return at;
  }
  return at;
}

std::vector<const Station*> unseen(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor) {
  std::vector<const Station*> stations;
  const Line* line = line_of(definition, state);
  if (!line) return stations;
  const bool informs = std::any_of(line->groups.begin(), line->groups.end(), [](const StationGroup& group) {
    return std::any_of(group.stations.begin(), group.stations.end(), [](const Station& one) { return one.kind == StationKind::kInform; });
  });
  if (!informs) return stations;
  const std::size_t reached = definition.states.at(state.state).line ? progress(context, state, *line).group : line->groups.size();
  for (std::size_t g = 0; g <= reached && g < line->groups.size(); ++g)
    for (const auto& station : line->groups[g].stations) {
      if (station.kind != StationKind::kInform || !mode_at(seat_of(context, state, station), actor)) continue;
      const bool seen = std::any_of(state.stations.begin(), state.stations.end(), [&](const StationRecord& record) {
        return record.station == station.id && record.round == state.round && record.outcome == StationOutcome::kSeen && record.by == actor.person;
      });
      if (!seen) stations.push_back(&station);
    }
  return stations;
}

}  // namespace rireki
