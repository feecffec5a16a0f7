// What every approval line and every case has, whatever its definition says: quorum, 供覧, comments, claiming, assignment, whom it waits for.
#include "small_ward.h"

namespace rireki {
namespace {

class Line : public ::testing::Test, protected CaseRunner {
 protected:
  // Handover-like: three sections in parallel of which two must agree, a station for information, one that decides.
  void SetUp() override {
    auto file = nlohmann::json::parse(R"({
      "id": "request", "version": 1, "in_force": {"from": "2015-04-01"}, "title": {"ja": "照会", "en": "Request"}, "source": ["test"],
      "subject": {"kind": "person"}, "opens": {"who": [{"role": "hr"}]}, "secrecy": {"class": "personnel", "readers": [{"role": "hr"}]},
      "states": {
        "deciding": {"title": {"ja": "決裁中", "en": "Deciding"}, "kind": "waiting", "line": {"id": "l", "title": {"ja": "線", "en": "Line"}, "groups": [
          {"quorum": 2, "stations": [
            {"id": "a", "title": {"ja": "甲", "en": "A"}, "kind": "consult", "who": [{"relation": "head-of-home-unit"}]},
            {"id": "b", "title": {"ja": "乙", "en": "B"}, "kind": "consult", "who": [{"function": "hr-director"}]},
            {"id": "c", "title": {"ja": "丙", "en": "C"}, "kind": "review", "who": [{"function": "appointing-authority"}]},
            {"id": "i", "title": {"ja": "供覧", "en": "Info"}, "kind": "inform", "who": [{"role": "occupational-health"}]}]},
          {"stations": [{"id": "d", "title": {"ja": "決裁", "en": "D"}, "kind": "decide", "who": [{"function": "hr-head"}]}]}],
          "approved": "done", "refused": "refused", "sent_back": "draft"}},
        "draft": {"title": {"ja": "案", "en": "Draft"}, "kind": "draft"},
        "done": {"title": {"ja": "済", "en": "Done"}, "kind": "done"}, "refused": {"title": {"ja": "否決", "en": "Refused"}, "kind": "refused"}},
      "actions": [
        {"id": "ask", "title": {"ja": "照会", "en": "Ask"}, "opens_case": true, "to": "deciding", "who": [{"role": "hr"}]},
        {"id": "again", "title": {"ja": "再送", "en": "Again"}, "from": ["draft"], "to": "deciding", "who": [{"role": "hr"}]}],
      "forms": {}, "retention": {"class": "general", "starts": "completion"}})");
    const auto loaded = load_definitions({{"request.json", file.dump()}});
    ASSERT_TRUE(loaded) << loaded.error().front().pointer << " " << loaded.error().front().reason.en;
    definitions.push_back(loaded->front());
    ASSERT_EQ(open(as_hr(), "request", kStaff, nlohmann::json::object()), "");
  }
};

TEST_F(Line, GoesOnWhenTheQuorumOfAParallelGroupHasAgreed) {
  EXPECT_EQ(act(as(kHomeManager), "approve"), "");
  EXPECT_EQ(act(as(kHrHead), "approve"), "not-entitled");
  EXPECT_EQ(act(as(kMayor), "approve"), "");
  EXPECT_EQ(act(as(kHrHead), "approve"), "") << "two of three are enough";
  EXPECT_EQ(state().state, "done");
}

TEST_F(Line, IsNeverHeldUpByAStationForInformation) {
  EXPECT_EQ(act(as(kNurse, {"occupational-health"}), "seen"), "");
  EXPECT_EQ(state().stations.back().outcome, StationOutcome::kSeen);
  EXPECT_EQ(act(as(kHomeManager), "approve"), "");
  EXPECT_EQ(act(as(kHrDirector), "approve"), "");
  EXPECT_EQ(act(as(kHrHead), "approve"), "");
}

TEST_F(Line, IsRefusedByAReviewerOrDeciderWithAReasonAndNotByAConsultedUnit) {
  EXPECT_EQ(act(as(kHomeManager), "refuse", {}, "反対"), "not-entitled");
  EXPECT_EQ(act(as(kMayor), "refuse"), "reason-required");
  EXPECT_EQ(act(as(kMayor), "refuse", {}, "不要不急"), "");
  EXPECT_EQ(state().state, "refused");
  EXPECT_EQ(act(as(kHrHead), "approve"), "not-in-this-state");
}

TEST_F(Line, AsksAgainEverybodyWhoAgreedToATextThatWasSentBack) {
  EXPECT_EQ(act(as(kHomeManager), "approve"), "");
  EXPECT_EQ(act(as(kHrDirector), "send-back", {}, "書き直し"), "");
  EXPECT_EQ(act(as_hr(), "again"), "");
  EXPECT_EQ(act(as(kMayor), "approve"), "");
  EXPECT_EQ(act(as(kHrHead), "approve"), "not-entitled") << "the home manager agreed to another text";
}

TEST_F(Line, WaitsForWhoeverHasNotActed) {
  const auto keys = [&] { return with_context([&](const DecisionContext& context) { return waiting_on(context, *definition("request"), state()); }); };
  EXPECT_EQ(keys(), (std::vector<std::string>{"function:appointing-authority", "function:hr-director", "role:occupational-health", "unit-head:" + to_text(UnitId{5})}));
  ASSERT_EQ(act(as(kHomeManager), "approve"), "");
  ASSERT_EQ(act(as(kHrDirector), "approve"), "");
  EXPECT_EQ(keys(), std::vector<std::string>{"function:hr-head"});
}

TEST_F(Line, IsOnTheWorklistOfADeputyOnlyWhileTheHolderIsAway) {
  ward.facts.record(DeputyNamed{.post = kHomeManagerPost, .deputy = kDeputyPerson, .order = 1, .excluded_matters = {}, .from = SmallWard::kStart});
  const auto answers = [&] { return worklist_keys(reg(), as(kDeputyPerson), today).contains("unit-head:" + to_text(UnitId{5})); };
  EXPECT_FALSE(answers());
  ward.facts.record(AwayDeclared{.person = kHomeManager, .from = today, .last_day = today});
  EXPECT_TRUE(answers());
}

TEST_F(Line, SaysWhereItStands) {
  ward.facts.record(AwayDeclared{.person = kHomeManager, .from = today, .last_day = today});
  ASSERT_EQ(act(as(kHrDirector), "approve"), "");
  const auto status = with_context([&](const DecisionContext& context) { return line_status(context, *definition("request"), state()); });
  ASSERT_EQ(status.size(), 5u);
  EXPECT_TRUE(status[0].absent);
  EXPECT_EQ(status[0].status, "next");
  EXPECT_EQ(status[1].status, "approved");
  EXPECT_EQ(status[4].status, "waiting");
}

TEST_F(Line, LetsPeopleCommentClaimAndHandOver) {
  EXPECT_EQ(act(as(kHomeManager), "comment", {{"text", "確認中です"}}), "");
  EXPECT_EQ(act(as(kHomeManager), "comment"), "form");
  EXPECT_EQ(act(as_hr(), "claim"), "");
  EXPECT_EQ(state().assigned, kHrWorker);
  EXPECT_EQ(act(as(kHrSecond, {"hr"}), "claim"), "already-assigned");
  EXPECT_EQ(act(as_hr(), "assign", {}, "", to_text(kHrSecond)), "");
  EXPECT_EQ(state().assigned, kHrSecond);
  EXPECT_EQ(act(as(kDeputyPerson), "release"), "not-entitled");
  EXPECT_EQ(act(as(kHrSecond), "release"), "");
  EXPECT_FALSE(state().assigned);
}

TEST_F(Line, KeepsTheHashOfAnAttachment) {
  EXPECT_EQ(act(as_hr(), "attach", {{"name", "写し.pdf"}, {"media_type", "application/pdf"}, {"sha256", std::string(64, 'a')}, {"bytes", 12}}), "");
  EXPECT_EQ(act(as_hr(), "attach", {{"name", "写し.pdf"}}), "form");
}

}  // namespace
}  // namespace rireki
