// May this be done? The one decision behind every way in and out: commands, pages, lists, counts, search, exports, live updates, notices (security.md
// 3.5). Pure and without a look at anything: who someone is to a thing on the day (their relations) is worked out before, by access.cpp, from the
// register and the procedure. Default is no. Denial comes first, then roles, relations, and what is shown in part.
//
// tests/golden/access.md is this function written out as tables, and is asserted cell by cell.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace rireki {

// A role by which one reads or decides about others: giving it, and getting into an account that has it, takes two people.
bool is_privileged(std::string_view role);

// Roles of accounts. What they may do beyond the procedures stands in access_decision.cpp.
inline constexpr std::string_view kRoles[] = {"staff", "manager", "hr", "occupational-health", "harassment-handler", "auditor", "privacy-officer", "key-custodian", "administrator"};

enum class Action : std::uint8_t {
  // Of a case; what the procedure says decides.
  kKnow,           // that it exists: lists, counts, search, notices, errors
  kRead,
  kAct,
  // Of a person.
  kReadRecord,     // beside name and place, which the directory shows to everybody
  kReadLeaveKind,  // what a leave is for
  // Of the office, by role alone.
  kAssignCases, kRecordFacts, kMatchPeople, kReadDuties, kReadLog, kManageAccounts, kReadAllReads, kReviewEmergency, kOpenEmergency, kShowKeys, kTurnKeys,
  kProposeErasure, kApproveErasure, kReadCounts, kHold, kReadAccounts, kApproveAccounts, kProposeExport, kApproveExport, kReadRetention, kTakeBundle,
  kNameWitness, kReadRefused, kSettleCorrections,
};
inline constexpr int kActions = static_cast<int>(Action::kSettleCorrections) + 1;
std::string_view to_text(Action action);
bool is_of_case(Action action);
bool is_of_person(Action action);

// Who someone is to the thing, on the day. Several at once.
enum class Relation : std::uint16_t {
  kNone = 0,
  kExcluded = 1 << 0,   // named by the procedure's "never": a party, an administrator, somebody in the chain of a party
  kSelf = 1 << 1,       // the person concerned
  kAuthor = 1 << 2,     // opened the case
  kReader = 1 << 3,     // named by the procedure's "readers"
  kTold = 1 << 4,       // named by its "told"
  kSeat = 1 << 5,       // has a seat in the approval line, as far as it has come
  kEntitled = 1 << 6,   // named by the action's "who"
  kSuperior = 1 << 7,   // in the line above the person
  kPartReader = 1 << 8, // named by the procedure's "in_part"
  kEmergency = 1 << 9,  // holds an emergency access to this case that has not run out
};
inline constexpr Relation kEveryRelation[] = {Relation::kNone, Relation::kExcluded, Relation::kSelf, Relation::kAuthor, Relation::kReader, Relation::kTold, Relation::kSeat,
                                              Relation::kEntitled, Relation::kSuperior, Relation::kPartReader, Relation::kEmergency};
std::string_view to_text(Relation relation);
constexpr Relation operator|(Relation a, Relation b) { return static_cast<Relation>(static_cast<std::uint16_t>(a) | static_cast<std::uint16_t>(b)); }
constexpr bool has(Relation all, Relation one) { return (static_cast<std::uint16_t>(all) & static_cast<std::uint16_t>(one)) != 0; }

// What is asked for.
struct Resource {
  std::string_view reading_class = "personnel";  // "public" "personnel" "health" "harassment"
  bool existence_secret = false;
  bool told = true;             // its "secret_until", or a state that the subject sees, was reached
  bool shown_to_subject = true; // a state that the subject sees was reached
};

struct Access {
  bool allowed = false;
  bool in_part = false;         // where it stands and what one wrote oneself, not the words of others
  std::string_view reason;      // "excluded" "role" "relation" "emergency" "self" "no-relation" …
  explicit operator bool() const { return allowed; }
};

using Roles = std::set<std::string>;
Access decide_access(const Roles& roles, Relation relations, Action action, const Resource& resource = {});

}  // namespace rireki
