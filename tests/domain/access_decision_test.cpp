// The decision about access, cell by cell: tests/golden/access.md is written from it and read by people; the rules behind the cells are asserted here.
#include "domain/access_decision.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <sstream>

namespace rireki {
namespace {

constexpr std::string_view kClasses[] = {"public", "personnel", "health", "harassment"};

Action action_of(int i) { return static_cast<Action>(i); }

std::string cell(const Access& access) {
  if (!access) return access.reason == "excluded" ? "**never**" : "–";
  return std::string(access.in_part ? "in part" : "yes") + " (" + std::string(access.reason) + ")";
}

std::string table() {
  std::ostringstream out;
  out << "# Access, as decide_access decides\n\nWritten by test_domain; every cell is asserted. –: no. **never**: whatever else somebody is.\n";
  for (const std::string_view reading_class : kClasses)
    for (const bool secret : {false, true}) {
      out << "\n## A case: " << reading_class << (secret ? ", its existence secret" : "") << "\n\n| relation | told | know | read | act |\n| --- | --- | --- | --- | --- |\n";
      for (const auto relation : kEveryRelation)
        for (const bool told : {false, true}) {
          const Resource resource{.reading_class = reading_class, .existence_secret = secret, .told = told, .shown_to_subject = told};
          // The person concerned is somebody whom the procedure names, or they are nobody to it.
          const Relation who = relation == Relation::kSelf ? relation | Relation::kReader : relation;
          out << "| " << to_text(relation) << " | " << (told ? "yes" : "no") << " | " << cell(decide_access({"staff"}, who, Action::kKnow, resource)) << " | "
              << cell(decide_access({"staff"}, who, Action::kRead, resource)) << " | " << cell(decide_access({"staff"}, who, Action::kAct, resource)) << " |\n";
        }
    }
  out << "\n## A person's record\n\n| role | relation | read-record | read-leave-kind |\n| --- | --- | --- | --- |\n";
  for (const auto role : kRoles)
    for (const auto relation : {Relation::kNone, Relation::kSelf, Relation::kSuperior})
      out << "| " << role << " | " << to_text(relation) << " | " << cell(decide_access({std::string(role)}, relation, Action::kReadRecord)) << " | "
          << cell(decide_access({std::string(role)}, relation, Action::kReadLeaveKind)) << " |\n";
  out << "\n## By role alone\n\n| action |";
  for (const auto role : kRoles) out << " " << role << " |";
  out << "\n| --- |";
  for ([[maybe_unused]] const auto role : kRoles) out << " --- |";
  for (int i = 0; i < kActions; ++i) {
    if (is_of_case(action_of(i)) || is_of_person(action_of(i))) continue;
    out << "\n| " << to_text(action_of(i)) << " |";
    for (const auto role : kRoles) out << " " << cell(decide_access({std::string(role)}, Relation::kNone, action_of(i))) << " |";
  }
  out << "\n";
  return out.str();
}

TEST(AccessTable, IsInEveryCellWhatTheTableSays) {
  const std::string path = std::string(RIREKI_SOURCE_DIR) + "/tests/golden/access.md";
  std::ifstream in(path);
  std::ostringstream golden;
  golden << in.rdbuf();
  if (!in.is_open()) {
    std::ofstream(path) << table();
    FAIL() << path << " was missing and has been written; read it and commit it";
  }
  EXPECT_EQ(table(), golden.str());
}

// Every combination of a role, a relation, a class and an action.
template <class Use>
void every_cell(const Use& use) {
  for (const auto role : kRoles)
    for (const auto relation : kEveryRelation)
      for (const auto reading_class : kClasses)
        for (const bool secret : {false, true})
          for (const bool told : {false, true})
            for (int i = 0; i < kActions; ++i) use(Roles{std::string(role)}, relation, action_of(i), Resource{.reading_class = reading_class, .existence_secret = secret, .told = told, .shown_to_subject = told});
}

// What a role means for a case, its procedure says; the decision knows relations only.
TEST(AccessTable, IsNeverGivenForACaseByARoleAlone) {
  every_cell([](const Roles& roles, Relation relation, Action action, const Resource& resource) {
    if (is_of_case(action)) {
      EXPECT_EQ(decide_access(roles, relation, action, resource).allowed, decide_access({}, relation, action, resource).allowed) << to_text(action) << " " << to_text(relation);
      EXPECT_EQ(decide_access(roles, relation, action, resource).in_part, decide_access({}, relation, action, resource).in_part) << to_text(action) << " " << to_text(relation);
    }
  });
}

TEST(AccessTable, OfWhomAProcedureExcludesIsNeverGiven) {
  every_cell([](const Roles& roles, Relation relation, Action action, const Resource& resource) {
    if (is_of_case(action)) EXPECT_FALSE(decide_access(roles, relation | Relation::kExcluded | Relation::kEmergency | Relation::kEntitled, action, resource));
  });
}

TEST(AccessTable, ToASecretCaseIsNotGivenByASeatInTheLine) {
  every_cell([](const Roles& roles, Relation relation, Action action, const Resource& resource) {
    if (relation == Relation::kSeat && resource.existence_secret && is_of_case(action)) EXPECT_FALSE(decide_access(roles, relation, action, resource));
  });
}

TEST(AccessTable, ToReadIsToKnowAndBack) {
  every_cell([](const Roles& roles, Relation relation, Action, const Resource& resource) {
    EXPECT_EQ(decide_access(roles, relation, Action::kKnow, resource).allowed, decide_access(roles, relation, Action::kRead, resource).allowed);
  });
}

TEST(AccessTable, InAnEmergencyIsToReadAndNeverToAct) {
  for (const auto reading_class : kClasses) {
    const Resource secret{.reading_class = reading_class, .existence_secret = true, .told = false, .shown_to_subject = false};
    EXPECT_TRUE(decide_access({}, Relation::kEmergency, Action::kRead, secret));
    EXPECT_FALSE(decide_access({}, Relation::kEmergency, Action::kAct, secret));
    EXPECT_FALSE(decide_access({}, Relation::kEmergency | Relation::kExcluded, Action::kRead, secret));
    EXPECT_FALSE(decide_access({"hr"}, Relation::kEmergency | Relation::kSelf, Action::kRead, secret)) << "nobody opens their own";
  }
}

TEST(AccessTable, OfTheAdministratorIsToAccountsAndNothingElse) {
  for (int i = 0; i < kActions; ++i) EXPECT_EQ(decide_access({"administrator"}, Relation::kNone, action_of(i)).allowed, (action_of(i) == Action::kManageAccounts || action_of(i) == Action::kReadAccounts || action_of(i) == Action::kApproveAccounts)) << to_text(action_of(i));
}

TEST(AccessTable, ToEraseTakesTwoRolesAndNobodyHasThemInOne) {
  for (const auto role : kRoles)
    EXPECT_FALSE(decide_access({std::string(role)}, Relation::kNone, Action::kTurnKeys) && decide_access({std::string(role)}, Relation::kNone, Action::kProposeErasure)) << role;
}

RC_GTEST_PROP(AccessTable, IsNeverTakenAwayByOneMoreRelationButExclusionAndBeingTheSubject, (unsigned bits, unsigned more, bool secret, bool told)) {
  const auto relations = static_cast<Relation>(bits & 0x3ff & ~(static_cast<unsigned>(Relation::kExcluded) | static_cast<unsigned>(Relation::kSelf)));
  const auto added = static_cast<Relation>(more & 0x3ff & ~(static_cast<unsigned>(Relation::kExcluded) | static_cast<unsigned>(Relation::kSelf)));
  const Resource resource{.reading_class = "health", .existence_secret = secret, .told = told, .shown_to_subject = told};
  for (const auto action : {Action::kKnow, Action::kRead, Action::kAct})
    if (decide_access({"staff"}, relations, action, resource)) RC_ASSERT(decide_access({"staff"}, relations | added, action, resource).allowed);
}

}  // namespace
}  // namespace rireki
