// Decide, then apply. decide() may refuse and changes nothing; apply() (case.h) changes state and never refuses. Both are pure: time, ids
// and whatever was read come in as arguments, so the same decision can be taken again in a test, a replay or an audit.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "domain/body.h"
#include "domain/case.h"
#include "domain/definition.h"
#include "domain/register.h"

namespace rireki {

struct Actor {
  AccountId account;
  PersonId person;               // none: a service account
  std::set<std::string> roles;
};

struct Joint {
  std::vector<FactEntry> entries;      // for check_invariants
  std::vector<std::string> cancelled;  // tags of what was cancelled, for check_standing
};

// What decide() may look at. `procedures` gives a definition by id and version (version 0: the one in force today, or null).
struct DecisionContext {
  Register& reg;                 // overlaid by decide() with the facts it plans
  std::function<std::shared_ptr<const Definition>(const std::string& id, int version)> procedures;
  // Cases read from the log, ended ones too; what is read is part of the condition. Of a procedure about a subject, and those that a case opened.
  std::function<std::vector<Case>(const std::string& procedure, const Subject& subject)> cases_about;
  std::function<std::vector<Case>(CaseId)> opened_from;
  // Has this account an emergency access to this case now? Null: it counts for nothing here; commands are never given by it.
  std::function<bool(AccountId, CaseId)> in_emergency;
  Instant now;
  IdSource& ids;
  // Given: facts are overlaid and gathered here, and whoever decides several together judges them when all are there (people who change places).
  Joint* joint = nullptr;
  Day today() const { return local_day(now); }
};

// Of a procedure about a subject, those that have not ended.
std::vector<Case> open_cases(const DecisionContext& context, const std::string& procedure, const Subject& subject);

// What someone wants to do. Built-in actions of every procedure: "comment" "attach" "claim" "assign" "release", "migrate" (to the version in force),
// "correct-entry" (訂正 of an entry of the case: its form names the entry by position and what its members should have said, or withdraws a remark; R-007)
// and, in a state with a line: "approve" "refuse" "send-back" (target: station id, or "" for the drafter) "pull-back" "seen";
// "review-after" (後閲) in any state where one is owed to the actor.
struct ActionRequest {
  std::string procedure;         // to open a case
  Subject subject;               // to open a case
  std::string action;            // "" opens
  nlohmann::json form = nlohmann::json::object();
  std::string reason;
  std::string station;           // which station one acts for; "" if only one is possible
  std::string target;            // of send-back; person id of assign
};

struct PlannedEvent {
  Body body;
  std::vector<std::string> tags;  // derived: facts by tags_of; case events: case:, subject:<kind>:<id>, procedure:; of an opening
                                  // also opened-from:<case>, where another case opened it
};
struct Decision {
  std::vector<PlannedEvent> events;  // facts, case events and events of cases it opens; one atomic append
  CaseId case_id;
  std::string state;              // after it
};

// Refusal rule ids of the engine: "unknown-action" "not-in-this-state" "not-entitled" "form" "reason-required" "nobody-approves-their-own"
// "unknown-entry" "deputy-excluded-matter" "holder-present" "too-late-to-pull-back" "already-open" "not-in-force" "no-newer-version" "not-migrated" + named rules + invariants.
Result<Decision, Refusal> open_case(const DecisionContext& context, const Actor& actor, const ActionRequest& request);
Result<Decision, Refusal> decide(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor,
                                 const ActionRequest& request);
[[noreturn]] void throw_exception_from_error(const Refusal& refusal, const boost::source_location& where);

// The actions open to this actor now: what a page shows as buttons comes from the same checks as decide() (who and state; not the form).
struct OpenAction {
  std::string action; Text label; std::string station; StationMode mode = StationMode::kOwn; std::string form; bool reason_required = false;
};
std::vector<OpenAction> open_actions(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor);

// Whom the case waits for, as keys that do not name persons where a relation does: "role:hr", "function:hr-head", "unit-head:u…",
// "superior-of:p…", "person:p…". The worklist is indexed by them; keys_of(actor) are those the actor answers to today.
std::vector<std::string> waiting_on(const DecisionContext& context, const Definition& definition, const Case& state);
std::set<std::string> worklist_keys(const Register& reg, const Actor& actor, Day today);  // with those of holders one is deputy for, while they are absent

// Where the case stands in its line on that day: for pages ("待ち: 人事課長").
struct StationStatus {
  std::string station; Text label; StationKind kind; std::vector<PersonId> holders; std::vector<PersonId> deputies_in_charge;
  bool vacant = false, absent = false;
  std::string status;  // "waiting" "next" "approved" "refused" "sent-back" "struck" (専決により) "skipped" "seen"
};
std::vector<StationStatus> line_status(const DecisionContext& context, const Definition& definition, const Case& state);

// --- Access (one pure decision per kind of thing; a later issue deepens it) ---
// May this actor know that the case exists and read it? Deny first: Secrecy::never, then readers, author, named, line stations, HR.
bool may_read(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor);
bool may_read_person(const Register& reg, PersonId person, const Actor& actor, Day today);  // self, superiors in line, hr; auditor
// A leave's kind is shown only to these; others see the period.
bool may_read_leave_kind(const Register& reg, PersonId person, const Actor& actor, Day today);

}  // namespace rireki
