// History replayed: what a case or a person went through, event by event, with what was decided, by which rules, on which facts, and by whom with which
// rights. Nothing is changed by it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "api/office.h"

namespace rireki::api {

// One event with what stands around it. `before` and `after` are of its case; null for events of no case.
struct ReplayStep {
  Position position = 0;
  Instant at{};
  std::string type, actor;                  // the account's id, "system", or "sealed"
  Id128 command;                            // none: nobody's
  CaseId correlation;                       // the case that was acted on: another one where its definition acts on this
  Body body;
  std::vector<std::string> tags;
  std::shared_ptr<const Case> before, after;
  std::vector<RuleCheck> checks;            // the rules that the decision kept
  std::vector<Position> recorded;           // the facts that were recorded with it
};

// Everything under the tag up to `until`, in order; `visit` says false when it has enough. Case events come with their case.
void replay(const Office& office, const std::string& tag, Position until, const std::function<bool(const ReplayStep&)>& visit);
// The facts that the same command recorded for the same case.
std::vector<Position> recorded_with(const Office& office, const EventView& event);

// Who acted, with the rights of just before that event: the account and its roles as the log had them then. None: nobody with an account.
std::optional<Actor> maker_of(const Office& office, const ReplayStep& step);
Actor actor_as_of(const Office& office, AccountId account, Position as_of);
std::vector<Actor> actors_as_of(const Office& office, Position as_of);  // everybody with an account that was open
// What an event of a case says, as `actor` may see it who reads the case as it stands in `now`: null for whoever sees it in part and did not send it;
// all of it for events that are no case's.
nlohmann::json body_as_seen(const DecisionContext& context, const Definition& definition, const Case& now, const Actor& actor, const Body& body);
nlohmann::json body_as_seen(const DecisionContext& context, const Office& office, const Actor& actor, const Body& body);  // null for what they may not read

enum class WhatIf {
  kSame,        // decided as it was
  kRefused,     // would have been refused
  kElsewhere,   // would have led to another state
  kAllowed,     // was refused then, and would not have been by what is known of it
  kStillRefused,
  kUnknown,     // cannot be decided again: its state is not in that version, what it said was erased or never kept, its maker has no account
};
std::string_view to_text(WhatIf outcome);
struct WhatIfStep {
  Position position = 0;
  CaseId case_id;
  std::string action;
  WhatIf outcome = WhatIf::kSame;
  Refusal refusal;          // kRefused, kStillRefused
  std::string state, then;  // where it would have led, and where it led
};
// What was refused, by case.
struct RefusedThen {
  Position position = 0;
  Instant at{};
  ActionRefused what;
};
using Refusals = std::map<CaseId, std::vector<RefusedThen>>;
Refusals refusals_until(const Office& office, Position until);
// A version of a procedure from a file, checked beside the other procedures that are in force.
Result<std::shared_ptr<const Definition>, std::vector<Finding>> load_version(const Office& office, const NamedFile& file);
// The same actions of one case under another version of its procedure, each from where the case really stood and on what was known then.
std::vector<WhatIfStep> replay_under(const Office& office, CaseId id, const std::shared_ptr<const Definition>& definition, Position until, const Refusals& refusals);

}  // namespace rireki::api
