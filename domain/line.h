// The approval line (決裁ルート) at work: who sits at a station on a day, how far the line is, what an act at a station leads to. Internal to the engine.
#pragma once

#include "domain/decide.h"

namespace rireki {

// Who may act at a station today. A station named by a role has no holder: anyone with the role may act.
struct Seat {
  std::vector<PersonId> holders;    // of the post, present or not
  std::vector<PersonId> stand_ins;  // cover and acting holders (職務代理); the next superior where the post is vacant (欠員) or its holder is excluded
  std::vector<PersonId> deputies;   // 代決, only while every holder is absent (不在): the first in order who is there
  std::set<std::string> roles;
  bool vacant = false;
  bool absent = false;
  bool matter_excluded = false;     // a deputy stands by, but may not decide this matter
};

bool is(const DecisionContext& context, const Definition& definition, const Case& state, const Who& who, const Actor& actor);
bool any_of(const DecisionContext& context, const Definition& definition, const Case& state, const std::vector<Who>& whos, const Actor& actor);

std::optional<PersonId> subject_person(const Case& state);

// 合議 and 決裁 of a unit are its section's (課) head's, or the head above if the person concerned is that head.
std::optional<UnitId> deciding_unit(const Register& reg, UnitId unit, Day today);

Seat seat_of(const DecisionContext& context, const Case& state, const Station& station);
std::optional<StationMode> mode_at(const Seat& seat, const Actor& actor);

// The groups of the line with what this round has settled.
struct LineProgress {
  std::size_t group = 0;                      // the one that acts next; groups.size() if none
  std::set<std::string> settled;              // approved, carried from an earlier round or skipped
  std::set<std::string> approved;
};
LineProgress progress(const DecisionContext& context, const Case& state, const Line& line);

// 専決: is the decision final at this station?
bool final_here(const DecisionContext& context, const Definition& definition, const Case& state, const Line& line, std::size_t group, const Station& station);

const Station* find_station(const Line& line, std::string_view id, std::size_t* group = nullptr);
std::string waiting_key(const DecisionContext& context, const Case& state, const Who& who);

// Acts at the line: the events and the new state, or why not.
Result<StationActed, Refusal> act_at_line(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor, const ActionRequest& request);
Result<PulledBack, Refusal> pull_back(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor, const ActionRequest& request);

}  // namespace rireki
