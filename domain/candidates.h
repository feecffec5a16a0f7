// Who of a roster could be chosen, and why or why not: the rules that the procedure's opening asks anyway, asked of everybody, and what they bring of
// what is wanted. A leave that is over is no rule and no score.
#pragma once

#include "domain/decide.h"

namespace rireki {

struct CandidateCheck {
  std::string rule, source;
  bool passed = true;
  Text message;                       // why not
};
struct Candidate {
  PersonId person;
  bool eligible = true;               // every rule passes
  std::vector<CandidateCheck> checks; // in the order of the procedure
  std::vector<std::string> matching;  // of what is wanted: skills, licences and fields that the roster entry names
};

// Everybody whose entry in the roster holds on the first day (the form's /from, else today): the eligible first, then by how much matches, then by id.
std::vector<Candidate> candidates(const DecisionContext& context, const Definition& procedure, const std::string& roster, const nlohmann::json& form,
                                  const std::vector<std::string>& wanted);

// Those entered in a roster on a day, with their entries.
std::vector<RosterJoined> entered(const Register& reg, const std::string& roster, Moment at);

}  // namespace rireki
