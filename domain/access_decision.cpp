#include "domain/access_decision.h"

#include <algorithm>
#include <array>

namespace rireki {
namespace {

struct Permission {
  Action action;
  std::array<std::string_view, 4> roles;
};
// Beyond the procedures, by role alone. Nobody has a role in everything: who manages accounts reads no record, who turns keys approves no use of them
// alone (erasure takes two people), who reads the log does not write it.
constexpr Permission kByRole[] = {
    {Action::kReadRecord, {"hr", "occupational-health", "auditor"}},
    {Action::kReadLeaveKind, {"hr", "occupational-health"}},
    {Action::kAssignCases, {"hr", "manager"}},
    {Action::kRecordFacts, {"hr"}},
    {Action::kMatchPeople, {"hr"}},
    {Action::kReadDuties, {"hr", "auditor"}},
    {Action::kReadLog, {"hr", "auditor"}},
    {Action::kManageAccounts, {"administrator"}},
    {Action::kReadAllReads, {"privacy-officer", "auditor"}},
    {Action::kReviewEmergency, {"privacy-officer"}},
    {Action::kOpenEmergency, {"hr", "occupational-health", "harassment-handler"}},
    {Action::kShowKeys, {"key-custodian", "privacy-officer", "auditor"}},
    {Action::kTurnKeys, {"key-custodian"}},
    {Action::kProposeErasure, {"hr", "privacy-officer"}},
    {Action::kApproveErasure, {"privacy-officer", "key-custodian"}},
    {Action::kReadCounts, {"hr", "harassment-handler", "occupational-health", "privacy-officer"}},
    {Action::kHold, {"privacy-officer", "hr"}},
    {Action::kReadAccounts, {"administrator", "auditor", "privacy-officer"}},
    {Action::kApproveAccounts, {"administrator", "privacy-officer"}},
    {Action::kProposeExport, {"hr", "auditor"}},
    {Action::kApproveExport, {"privacy-officer", "key-custodian"}},
    {Action::kReadRetention, {"hr", "privacy-officer", "auditor", "key-custodian"}},
    {Action::kTakeBundle, {"auditor"}},
    {Action::kNameWitness, {"auditor"}},
    {Action::kReadRefused, {"auditor", "privacy-officer"}},
    {Action::kSettleCorrections, {"hr"}},
};

bool role_permits(const Roles& roles, Action action) {
  for (const auto& permission : kByRole)
    if (permission.action == action)
      return std::any_of(permission.roles.begin(), permission.roles.end(), [&](std::string_view role) { return !role.empty() && roles.contains(std::string(role)); });
  return false;
}

Access no(std::string_view reason) { return {.reason = reason}; }
Access yes(std::string_view reason, bool in_part = false) { return {.allowed = true, .in_part = in_part, .reason = reason}; }

Access of_case(Relation who, Action action, const Resource& resource) {
  if (has(who, Relation::kExcluded)) return no("excluded");
  if (action == Action::kAct) return has(who, Relation::kEntitled) ? yes("relation") : no("no-relation");
  // The person concerned is asked first, whatever else they are: an HR officer learns of their own transfer like anyone.
  if (has(who, Relation::kSelf)) {
    const bool named = has(who, Relation::kReader) || (has(who, Relation::kTold) && resource.told);
    return resource.shown_to_subject && named ? yes("self", !has(who, Relation::kAuthor)) : no("not-yet-told");
  }
  if (has(who, Relation::kReader)) return yes("relation");
  if (has(who, Relation::kSeat) && !resource.existence_secret) return yes("seat");
  if (has(who, Relation::kTold) && resource.told) return yes("told");
  if (has(who, Relation::kEmergency)) return yes("emergency");
  if (has(who, Relation::kPartReader)) return yes("relation", true);
  return no(has(who, Relation::kTold) ? "not-yet-told" : "no-relation");
}

Access of_person(const Roles& roles, Relation who, Action action) {
  if (has(who, Relation::kSelf)) return yes("self");
  if (role_permits(roles, action)) return yes("role");
  return has(who, Relation::kSuperior) ? yes("relation") : no("no-relation");
}

constexpr std::string_view kActionNames[] = {"know", "read", "act", "read-record", "read-leave-kind", "assign-cases", "record-facts", "match-people", "read-duties", "read-log", "manage-accounts",
                                             "read-all-reads", "review-emergency", "open-emergency", "show-keys", "turn-keys", "propose-erasure", "approve-erasure", "read-counts", "hold",
                                             "read-accounts", "approve-accounts", "propose-export", "approve-export", "read-retention", "take-bundle", "name-witness", "read-refused",
                                             "settle-corrections"};
static_assert(std::size(kActionNames) == kActions);

}  // namespace

bool is_privileged(std::string_view role) { return role != "staff" && role != "manager"; }

std::string_view to_text(Action action) { return kActionNames[static_cast<std::size_t>(action)]; }
bool is_of_case(Action action) { return action <= Action::kAct; }
bool is_of_person(Action action) { return action == Action::kReadRecord || action == Action::kReadLeaveKind; }

std::string_view to_text(Relation relation) {
  constexpr std::string_view kNames[] = {"none", "excluded", "self", "author", "reader", "told", "seat", "entitled", "superior", "part-reader", "emergency"};
  for (std::size_t i = 0; i < std::size(kEveryRelation); ++i)
    if (kEveryRelation[i] == relation) return kNames[i];
  return "several";
}

Access decide_access(const Roles& roles, Relation relations, Action action, const Resource& resource) {
  if (is_of_case(action)) return of_case(relations, action, resource);
  if (is_of_person(action)) return of_person(roles, relations, action);
  return role_permits(roles, action) ? yes("role") : no("no-role");
}

}  // namespace rireki
