// The line-care sheet: who may know of it, and that nothing said on it is overwritten.
#include "domain/deadline.h"
#include "small_ward.h"

namespace rireki {
namespace {

class LineCare : public ::testing::Test, protected CaseRunner {
 protected:
  void noticed() { ASSERT_EQ(open(as(kHomeTeamHead), "line-care", kStaff, {{"noticed_on", "2026-02-27"}, {"signs", "元気がない"}}), "") << refusal.message.en; }
  void listened(const char* consent = "named") {
    noticed();
    ASSERT_EQ(act(as(kHomeTeamHead), "listen", {{"heard_on", "2026-03-01"}, {"heard", "眠れない"}, {"consent", consent}}), "");
  }
  const Actor nurse = as(kNurse, {"staff", "occupational-health"});
};

TEST_F(LineCare, GoesFromNoticingToClosing) {
  listened();
  EXPECT_EQ(act(as(kHomeTeamHead), "share", {{"share_with", to_text(kHomeManager)}}), "");
  EXPECT_EQ(act(nurse, "measure", {{"measure", "残業をしない"}, {"next_review", "2026-03-20"}}), "");
  EXPECT_EQ(act(as(kHomeManager), "review", {{"review", "落ち着いた"}, {"next_review", "2026-04-20"}}), "");
  EXPECT_EQ(act(as(kHomeTeamHead), "close", {{"became", "recovered"}}, "回復"), "");
  EXPECT_EQ(state().state, "closed");
}

TEST_F(LineCare, ExistsOnlyForThoseEntitled_R136AndR138) {
  noticed();
  EXPECT_TRUE(reads(as(kHomeTeamHead)));
  EXPECT_TRUE(reads(nurse));
  EXPECT_FALSE(reads(as(kHomeManager))) << "not named";
  EXPECT_FALSE(reads(as_hr()));
  EXPECT_FALSE(reads(as(kStaff))) << "the person concerned asks for disclosure instead";
  EXPECT_FALSE(reads(as(kDeputyPerson, {"staff", "administrator"})));
  EXPECT_FALSE(reads(as(kDeputyPerson, {"staff", "auditor"})));
  EXPECT_FALSE(reads(as(kNurse, {"occupational-health", "administrator"}))) << "denials win";
}

TEST_F(LineCare, IsOpenedOnlyByASuperiorOrOccupationalHealth) {
  const nlohmann::json form = {{"noticed_on", "2026-02-27"}, {"signs", "元気がない"}};
  EXPECT_EQ(open(as(kNewTeamHead), "line-care", kStaff, form), "not-entitled");
  EXPECT_EQ(open(as(kDeputyPerson), "line-care", kStaff, form), "not-entitled");
  EXPECT_EQ(open(as(kNewTeamHead), "line-care", PersonId{987}, form), "not-entitled") << "the same answer, whether the person exists or not";
  EXPECT_EQ(open(as(kHomeManager), "line-care", kStaff, form), "");
}

TEST_F(LineCare, IsSharedOnlyWithConsentOrInDangerToLife) {
  listened("none");
  EXPECT_EQ(act(as(kHomeTeamHead), "share", {{"share_with", to_text(kHomeManager)}}), "within-consent");
  EXPECT_FALSE(reads(as(kHomeManager)));
  EXPECT_EQ(act(as(kHomeTeamHead), "share", {{"share_with", to_text(kHomeManager)}, {"danger_to_life", true}}), "danger-to-life-exception");
  EXPECT_EQ(act(as(kHomeTeamHead), "share", {{"share_with", to_text(kHomeManager)}, {"danger_to_life", true}}, "自傷の訴えがあった"), "");
  EXPECT_TRUE(reads(as(kHomeManager)));
}

TEST_F(LineCare, IsLostToTheFormerSuperiorOnTheDayOfATransferAndPassedOnOnlyByOccupationalHealth_R139) {
  listened();
  ward.facts.record(PostingEnded{.person = kStaff, .post = kHomeSeats, .last_day = day(2026, 3, 31)});
  ward.facts.record(Posted{.person = kStaff, .post = kNewSeats, .from = day(2026, 4, 1), .order_kind = {}, .order_number = {}});
  today = day(2026, 3, 31);
  EXPECT_TRUE(reads(as(kHomeTeamHead)));
  today = day(2026, 4, 1);
  EXPECT_FALSE(reads(as(kHomeTeamHead)));
  EXPECT_FALSE(reads(as(kNewTeamHead)));
  EXPECT_EQ(act(as(kHomeTeamHead), "pass-on", {{"new_superior", to_text(kNewTeamHead)}, {"person_told", true}}), "not-entitled");
  EXPECT_EQ(act(nurse, "pass-on", {{"new_superior", to_text(kNewTeamHead)}, {"person_told", false}}), "person-told");
  EXPECT_EQ(act(nurse, "pass-on", {{"new_superior", to_text(kNewTeamHead)}, {"person_told", true}}), "");
  EXPECT_TRUE(reads(as(kNewTeamHead)));
}

TEST_F(LineCare, IsReadByANamedHrOfficerAndByANamedSuperiorWhileTheyAreOne_R136) {
  listened();
  EXPECT_EQ(act(as(kHomeTeamHead), "share", {{"share_with", to_text(kHrSecond)}}), "reader-in-line") << "no superior: only somebody of the HR office could read it";
  EXPECT_EQ(act(as(kHomeTeamHead), "share", {{"share_with", to_text(kHrSecond)}}, "人事の担当者"), "");
  EXPECT_TRUE(reads(as(kHrSecond, {"staff", "hr"})));
  EXPECT_FALSE(reads(as(kHrSecond))) << "no longer of the HR office";
  EXPECT_FALSE(reads(as_hr())) << "of the HR office, not named";
  EXPECT_EQ(act(as(kHomeTeamHead), "share", {{"share_with", to_text(kHomeManager)}}), "");
  EXPECT_TRUE(reads(as(kHomeManager)));
  ward.facts.record(PostingEnded{.person = kStaff, .post = kHomeSeats, .last_day = today});
  ward.facts.record(Posted{.person = kStaff, .post = kNewSeats, .from = today + days{1}, .order_kind = {}, .order_number = {}});
  today += days{1};
  EXPECT_FALSE(reads(as(kHomeManager))) << "R-139";
}

TEST_F(LineCare, SharesWithNobodyBeyondThoseWhomThePersonNamed) {
  noticed();
  ASSERT_EQ(act(as(kHomeTeamHead), "listen", {{"heard_on", "2026-03-01"}, {"heard", "眠れない"}, {"consent", "named"}, {"consent_with", {to_text(kHomeManager)}}}), "");
  EXPECT_EQ(act(as(kHomeTeamHead), "share", {{"share_with", to_text(kHrSecond)}}, "人事の担当者"), "within-consent");
  EXPECT_EQ(act(as(kHomeTeamHead), "share", {{"share_with", to_text(kHomeManager)}}), "");
}

TEST_F(LineCare, DoesNotCarryTheDangerOfOneSharingOverToTheNext) {
  listened("none");
  ASSERT_EQ(act(as(kHomeTeamHead), "share", {{"share_with", to_text(kHomeManager)}, {"danger_to_life", true}}, "自傷の訴えがあった"), "");
  EXPECT_EQ(act(as(kHomeTeamHead), "share", {{"share_with", to_text(kHrSecond)}}, "人事の担当者"), "within-consent");
}

TEST_F(LineCare, OverwritesNothing_R140) {
  noticed();
  ASSERT_EQ(act(as(kHomeTeamHead), "note", {{"note", "休みがちと書いたが、誤り"}}), "");
  ASSERT_EQ(act(as(kHomeTeamHead), "note", {{"note", "休みは二日であった"}}), "");
  std::vector<std::string> notes;
  for (const auto& stored : history.at(current))
    if (const auto body = decode(stored.body).value(); const auto* acted = std::get_if<CaseActed>(&body)) notes.push_back(acted->form.value("note", ""));
  EXPECT_EQ(notes, (std::vector<std::string>{"休みがちと書いたが、誤り", "休みは二日であった"}));
  EXPECT_EQ(state().form["signs"], "元気がない");
}

TEST_F(LineCare, RecordsNothingInTheRegister) {
  const Position before = ward.facts.position();
  listened();
  ASSERT_EQ(act(nurse, "measure", {{"measure", "残業をしない"}, {"next_review", "2026-03-20"}}), "");
  ASSERT_EQ(act(nurse, "close", {{"became", "sick-leave"}}, "休職へ"), "");
  EXPECT_EQ(ward.facts.position(), before);
  EXPECT_EQ(definition("line-care")->effects_allowed, std::vector<std::string>{});
}

TEST_F(LineCare, TakesNoActFromAnAdministratorWhateverElseTheyAre) {
  noticed();
  const Actor both = as(kNurse, {"occupational-health", "administrator"});
  EXPECT_EQ(act(both, "note", {{"note", "x"}}), "not-entitled");
  EXPECT_TRUE(offered(both).empty());
}

TEST_F(LineCare, WaitsForWhoeverIsEntitledAndNamesNobodyElse) {
  noticed();
  const auto keys = with_context([&](const DecisionContext& context) { return waiting_on(context, *definition("line-care"), state()); });
  EXPECT_EQ(keys, (std::vector<std::string>{"person:" + to_text(kHomeTeamHead), "role:occupational-health"}));
}

TEST_F(LineCare, IsDueThreeOpenDaysAfterItWasNoticed) {
  today = day(2026, 2, 27);  // a Friday
  noticed();
  EXPECT_EQ(due(*definition("line-care"), state(), reg()), day(2026, 3, 4));
}

}  // namespace
}  // namespace rireki
