// Who may know of a case: by role, relation and day. What is not allowed does not exist.
#include "small_ward.h"

namespace rireki {
namespace {

class Access : public ::testing::Test, protected CaseRunner {
 protected:
  // Initials of those who may read the case now.
  std::string readers() {
    const std::vector<std::pair<char, Actor>> all = {{'H', as_hr()}, {'h', as(kHrHead)}, {'d', as(kHrDirector)}, {'m', as(kMayor)}, {'s', as(kStaff)}, {'t', as(kHomeTeamHead)},
                                                     {'o', as(kHomeManager)}, {'n', as(kNewManager)}, {'u', as(kNewTeamHead)}, {'c', as(kDeputyPerson)}, {'A', as(kNurse, {"auditor"})}, {'X', as(kHrSecond, {"hr", "administrator"})}};
    std::string who;
    for (const auto& [initial, actor] : all)
      if (reads(actor)) who += initial;
    return who;
  }
};

TEST_F(Access, ATransferIsKnownOnlyToThoseWhomItReached_R053) {
  ASSERT_EQ(open(as_hr(), "transfer", kStaff, transfer_form()), "");
  EXPECT_EQ(readers(), "H");
  ASSERT_EQ(act(as_hr(), "submit"), "");
  EXPECT_EQ(readers(), "Hon") << "the two heads asked";
  ASSERT_EQ(act(as(kNewManager), "approve"), "");
  ASSERT_EQ(act(as(kHomeManager), "approve"), "");
  EXPECT_EQ(readers(), "Hhon");
  ASSERT_EQ(act(as(kHrHead), "approve"), "");
  EXPECT_EQ(readers(), "Hhon") << "decided, not announced";
  ASSERT_EQ(act(as_hr(), "announce"), "");
  EXPECT_EQ(readers(), "HhstonA") << "the person, both heads, the line above, the auditor";
  ASSERT_EQ(act(as_hr(), "drop", {}, "内示の取りやめ"), "");
  EXPECT_EQ(readers(), "HhstonA") << "what was told is not taken back";
}

TEST_F(Access, AnHrOfficerLearnsOfTheirOwnTransferLikeAnyone_R053) {
  const Actor concerned = as(kHrSecond, {"staff", "hr"});
  ASSERT_EQ(open(as_hr(), "transfer", kHrSecond, transfer_form()), "");
  EXPECT_FALSE(reads(concerned));
  EXPECT_EQ(offered(concerned).size(), 0u);
  EXPECT_EQ(act(concerned, "submit"), "nobody-approves-their-own");
  EXPECT_EQ(act(concerned, "comment", {{"text", "見た"}}), "not-entitled");
  ASSERT_EQ(act(as_hr(), "submit"), "");
  ASSERT_EQ(act(as(kNewManager), "approve"), "");
  ASSERT_EQ(act(as(kHrHead), "approve"), "");
  if (state().state == "deciding") {
    ASSERT_EQ(act(as(kHrHead), "approve"), "");
  }
  ASSERT_EQ(state().state, "decided");
  ASSERT_EQ(act(as_hr(), "announce"), "");
  EXPECT_TRUE(reads(concerned));
  EXPECT_EQ(act(concerned, "order", {}, "自分で"), "nobody-approves-their-own");
  EXPECT_FALSE(offers(concerned, "order"));
}

TEST_F(Access, ADeputyReadsWhileInChargeAndWhatTheyDecidedAfterwards) {
  ward.facts.record(DeputyNamed{.post = kHrHeadPost, .deputy = kDeputyPerson, .order = 1, .excluded_matters = {}, .from = SmallWard::kStart});
  ASSERT_EQ(open(as_hr(), "transfer", kStaff, transfer_form()), "");
  ASSERT_EQ(act(as_hr(), "submit"), "");
  ASSERT_EQ(act(as(kNewManager), "approve"), "");
  ASSERT_EQ(act(as(kHomeManager), "approve"), "");
  EXPECT_FALSE(reads(as(kDeputyPerson)));
  ward.facts.record(AwayDeclared{.person = kHrHead, .from = today, .last_day = today});
  EXPECT_TRUE(reads(as(kDeputyPerson)));
  ASSERT_EQ(act(as(kDeputyPerson), "approve"), "");
  today += days{10};
  EXPECT_TRUE(reads(as(kDeputyPerson)));
}

TEST_F(Access, OnlyReadersComment) {
  ASSERT_EQ(open(as_hr(), "transfer", kStaff, transfer_form()), "");
  EXPECT_EQ(act(as(kDeputyPerson), "comment", {{"text", "x"}}), "not-entitled");
  EXPECT_EQ(act(as(kDeputyPerson), "claim"), "not-entitled");
  EXPECT_EQ(act(as(kHomeManager, {"manager"}), "assign", {}, "", to_text(kHomeManager)), "not-entitled");
  EXPECT_EQ(act(as_hr(), "comment", {{"text", "確認"}}), "");
  EXPECT_EQ(act(as_hr(), "assign", {}, "", to_text(kDeputyPerson)), "");
  EXPECT_FALSE(reads(as(kDeputyPerson))) << "to be given a case is not to be given the right to read it";
}

TEST_F(Access, ThePersonsRecordIsReadByThemselvesTheirLineAndHr) {
  const auto read = [&](const Actor& actor) { return may_read_person(Register(ward.facts), kStaff, actor, today); };
  EXPECT_TRUE(read(as(kStaff)));
  EXPECT_TRUE(read(as(kHomeTeamHead)));
  EXPECT_TRUE(read(as(kHomeManager)));
  EXPECT_TRUE(read(as_hr()));
  EXPECT_FALSE(read(as(kNewManager)));
  EXPECT_FALSE(read(as(kDeputyPerson, {"administrator"})));
  ward.facts.record(PostingEnded{.person = kStaff, .post = kHomeSeats, .last_day = today});
  ward.facts.record(Posted{.person = kStaff, .post = kNewSeats, .from = today + days{1}, .order_kind = {}, .order_number = {}});
  EXPECT_TRUE(read(as(kHomeManager)));
  today += days{1};
  EXPECT_FALSE(read(as(kHomeManager))) << "R-162: the relation of the day, for old records too";
  EXPECT_TRUE(read(as(kNewManager)));
}

}  // namespace
}  // namespace rireki
