// Whom a case waits for, and which cases wait for somebody: both as keys, so that the worklist is an index and a successor sees the work on the
// morning of their first day.
#include <algorithm>

#include "domain/decide_built_in.h"
#include "domain/line.h"

namespace rireki {
namespace {

// A head: their unit's key and everybody's of the unit and of the units below.
void add_below(std::set<std::string>& keys, const Register& reg, const Post& head, PersonId self, Moment now) {
  keys.insert("unit-head:" + to_text(head.unit));
  std::vector<UnitId> units{head.unit};
  for (std::size_t i = 0; i < units.size(); ++i) {
    for (const auto child : reg.children(units[i], now)) units.push_back(child);
    for (const auto& place : reg.posts_of(units[i], now))
      for (const auto& holder : reg.holders(place.post, now))
        if (holder.person != self) keys.insert("superior-of:" + to_text(holder.person));
  }
}

}  // namespace

std::vector<std::string> waiting_on(const DecisionContext& context, const Definition& definition, const Case& state) {
  std::set<std::string> keys;
  const auto add = [&](const std::vector<Who>& whos) {
    for (const auto& who : whos) {
      if (auto key = waiting_key(context, state, who); !key.empty()) keys.insert(std::move(key));
      if (who.kind == Who::Kind::kRelation && who.value.starts_with("named-"))
        for (const auto named : state.named) keys.insert("person:" + to_text(named));
    }
  };
  const State& here = definition.states.at(state.state);
  if (here.line) {
    const auto at = progress(context, state, *here.line);
    for (std::size_t g = 0; g <= at.group && g < here.line->groups.size(); ++g)
      for (const auto& station : here.line->groups[g].stations) {
        if (at.settled.contains(station.id)) continue;
        add(station.who);
        // Whoever sits there in place of the holder is not found by the holder's key.
        if (station.kind == StationKind::kInform) continue;
        for (const auto stand_in : seat_of(context, state, station).stand_ins) keys.insert("person:" + to_text(stand_in));
      }
  } else if (!here.final()) {
    for (const auto& action : definition.actions)
      if (possible_from(action, here) && !action.from_any) add(action.who);
  }
  if (state.assigned) keys.insert("person:" + to_text(state.assigned));
  for (const auto& [station, holder] : state.reviews_owed) keys.insert("person:" + to_text(holder));
  return {keys.begin(), keys.end()};
}

std::set<std::string> worklist_keys(const Register& reg, const Actor& actor, Day today) {
  std::set<std::string> keys;
  for (const auto& role : actor.roles) keys.insert("role:" + role);
  if (!actor.person) return keys;
  const Moment now{today};
  keys.insert("person:" + to_text(actor.person));
  const auto add_post = [&](PostId id) {
    const auto post = reg.post(id, now);
    if (!post) return;
    if (!post->function.empty()) keys.insert("function:" + post->function);
    if (post->head) add_below(keys, reg, *post, actor.person, now);
  };
  for (const auto& posting : reg.postings(actor.person, now))
    if (posting.kind != PostingKind::kConcurrent) add_post(posting.post);
  // 代決: the posts whose holder is away today and for which this person stands by.
  for (const auto* entry : reg.visible("person:" + to_text(actor.person))) {
    const auto* named = std::get_if<DeputyNamed>(&entry->fact);
    if (!named || named->deputy != actor.person || today < named->from || named->last_day < today) continue;
    for (const auto& holder : reg.holders(named->post, now))
      if (const auto presence = reg.presence(holder.person, now); presence == Presence::kOnLeave || presence == Presence::kAway) add_post(named->post);
  }
  return keys;
}

}  // namespace rireki
