// The approval line (決裁ルート) at work: who sits at a station on a day, how far the line is, what an act at a station leads to. Internal to the
// engine.
//
// - A station named by posts is its holder's. 不在 (the holder is on leave or away): the first named deputy who is there decides (代決), unless the
//   matter is excluded; the holder is owed a 後閲. 欠員 (nobody holds the post) is not 不在: an acting or covering holder sits there, otherwise
//   the head of the next unit above who is there. The same where the holder may not decide because the case is theirs.
// - Nobody approves their own: the person concerned sits nowhere; whoever opened or submitted the case sits at no station that decides, and is
//   not asked to consent to it either. Where two deciding stations that follow each other have one and the same person, one approval is recorded at both;
//   so where two consulted ones have. To agree is not to decide: who is asked for both acts twice. Somebody consulted who has approved before in
//   this round is not asked again.
// - A station that decides but has nobody at all, neither holder nor superior, is passed over to the next that decides; the last one never is.
// - 差戻し to the drafter begins a round at the first station, 差戻し to a station at that station's group. While a case is being decided its text does
//   not change: whoever agreed, agreed to that text.
#pragma once

#include "domain/access.h"

namespace rireki {

// Who may act at a station today. A station named by a role has no holder: anyone with the role may act, who has not approved in this round.
struct Seat {
  std::vector<PersonId> holders;    // of the post, present or not, who may act on this case
  std::vector<PersonId> stand_ins;  // cover and acting holders (職務代理), or the next superior
  std::vector<PersonId> deputies;   // 代決, only while every holder is absent (不在): the first in order who is there
  std::set<std::string> roles;
  std::set<PersonId> excluded;
  bool vacant = false;
  bool absent = false;
  bool matter_excluded = false;     // a deputy stands by, but may not decide this matter

  bool nobody() const { return holders.empty() && stand_ins.empty() && roles.empty(); }
  bool only(PersonId person) const;  // this person and no other can act here
};
Seat seat_of(const DecisionContext& context, const Case& state, const Station& station);
std::optional<StationMode> mode_at(const Seat& seat, const Actor& actor);

// The groups of the line with what this round has settled.
struct LineProgress {
  std::size_t group = 0;          // the one that acts next; groups.size() if none
  std::set<std::string> settled;  // approved, carried from an earlier round or skipped
};
LineProgress progress(const DecisionContext& context, const Case& state, const Line& line);

// The line of the present state, or the one that the case went through last.
const Line* line_of(const Definition& definition, const Case& state);
const Station* find_station(const Line& line, std::string_view id, std::size_t* group = nullptr);

// Stations for information (供覧) that have been reached and that this actor has yet to see; also after the decision.
std::vector<const Station*> unseen(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor);

// What an act at the line leads to: usually one event; one for each station where one person sits at several in a row. Or why not.
Result<std::vector<StationActed>, Refusal> act_at_line(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor, const ActionRequest& request);
Result<PulledBack, Refusal> pull_back(const Definition& definition, const Case& state, const Actor& actor, const ActionRequest& request);

}  // namespace rireki
