// The harassment desk: who may know, what follows the wish, alerts before any fact, and that the other never learns who told.
#include "domain/access.h"
#include "small_ward.h"

namespace rireki {
namespace {

class Harassment : public ::testing::Test, protected CaseRunner {
 protected:
  const Actor handler = as(kHrHead, {"staff", "hr", "harassment-handler"});
  const Actor second = as(kNurse, {"staff", "harassment-handler"});
  const Subject desk{"request", "harassment-desk"};

  std::string consult(const Actor& by, nlohmann::json form = {{"kind", "power"}, {"story", "毎日どなられる"}}) { return open(by, "harassment-consultation", desk, std::move(form)); }
  std::string report(const Actor& by, PersonId accused, nlohmann::json more = nlohmann::json::object()) {
    nlohmann::json form = {{"kind", "power"}, {"accused", to_text(accused)}, {"acts_seen", "大声で責めていた"}};
    form.update(more);
    return open(by, "harassment-third-party-report", desk, std::move(form));
  }
  void agreed(PersonId accused) {
    ASSERT_EQ(report(as(kStaff), accused, {{"victim", to_text(kDeputyPerson)}}), "");
    ASSERT_EQ(act(handler, "check", {{"plausible", true}}), "");
    ASSERT_EQ(act(handler, "propose", {{"level", "advisory"}, {"wording", "強い言葉づかいを見直してください。"}, {"reports", 1}}), "");
    ASSERT_EQ(act(second, "agree"), "");
  }
};

TEST_F(Harassment, AnybodyWhoWorksHereConsultsOneDesk_R147) {
  for (const auto* kind : {"power", "customer", "other"}) EXPECT_EQ(consult(as(kStaff), {{"kind", kind}, {"story", "ある"}}), "") << kind;
  EXPECT_EQ(consult(Actor{}), "not-entitled");
}

TEST_F(Harassment, IsReadByHandlersOnlyAndInPartByWhoConsulted_R149) {
  ASSERT_EQ(consult(as(kStaff), {{"kind", "power"}, {"story", "毎日どなられる"}, {"accused", to_text(kHomeTeamHead)}}), "");
  EXPECT_TRUE(reads(second));
  EXPECT_TRUE(reads(as(kStaff))) << "received: they can see that they were heard (R-166)";
  EXPECT_FALSE(reads(as_hr()));
  EXPECT_FALSE(reads(as(kHomeTeamHead))) << "the other";
  EXPECT_FALSE(reads(as(kHomeTeamHead, {"staff", "harassment-handler"}))) << "the other, whatever else they are (R-150)";
  EXPECT_FALSE(reads(as(kHomeManager, {"staff", "harassment-handler"}))) << "in the line above a party (R-150)";
  EXPECT_FALSE(reads(as(kDeputyPerson, {"staff", "administrator"})));
  EXPECT_FALSE(reads(as(kDeputyPerson, {"staff", "auditor"})));
  EXPECT_FALSE(reads(as(kDeputyPerson)));
}

TEST_F(Harassment, AHandlerWhoIsRelatedIsExcludedOnceThatIsDeclared_R150) {
  ASSERT_EQ(consult(as(kStaff)), "");
  EXPECT_TRUE(reads(second));
  EXPECT_EQ(act(handler, "declare-conflict", {{"conflicts", {to_text(kNurse)}}}), "");
  EXPECT_FALSE(reads(second));
  EXPECT_TRUE(reads(handler));
}

TEST_F(Harassment, NothingGoesBeyondTheWishButDangerToLife_R148) {
  ASSERT_EQ(consult(as(kStaff)), "");
  ASSERT_EQ(act(second, "listen", {{"heard_on", "2026-02-27"}, {"heard", "つらい"}, {"wish", "listen-only"}}), "");
  EXPECT_EQ(act(second, "inquire", {{"inquiry_scope", "執務室でのこと"}}), "wish-allows-inquiry");
  EXPECT_EQ(act(second, "warn", {{"warned_on", "2026-02-28"}, {"warning", "注意した"}}), "wish-allows-warning");
  EXPECT_EQ(act(second, "mediate", {{"mediated_on", "2026-02-28"}, {"mediation", "話した"}}), "wish-allows-mediation");
  EXPECT_EQ(act(second, "inquire", {{"inquiry_scope", "執務室でのこと"}, {"danger_to_life", true}}), "danger-to-life-exception") << "recorded as such";
  EXPECT_EQ(act(second, "inquire", {{"inquiry_scope", "執務室でのこと"}, {"danger_to_life", true}}, "自傷をほのめかした"), "");
}

TEST_F(Harassment, GoesFromConsultingToAnInquiryItsOutcomeAndTheWatch) {
  ASSERT_EQ(consult(as(kStaff)), "");
  ASSERT_EQ(act(second, "listen", {{"heard_on", "2026-02-27"}, {"heard", "つらい"}, {"wish", "investigate"}}), "");
  EXPECT_EQ(act(second, "protect", {{"protection", "席を離す"}}), "");
  EXPECT_EQ(act(second, "inquire", {{"inquiry_scope", "執務室でのこと"}}), "");
  for (const auto* side : {"consulting", "accused"}) EXPECT_EQ(act(second, "hear", {{"side", side}, {"heard_from_on", "2026-02-28"}, {"hearing", "聞いた"}}), "");
  EXPECT_EQ(act(second, "find", {{"finding", "established"}, {"grounds", "録音"}}), "");
  EXPECT_EQ(act(second, "decide", {{"outcome", "異動を検討"}, {"told_both", false}}), "both-told");
  EXPECT_EQ(act(second, "decide", {{"outcome", "異動を検討"}, {"told_both", true}}), "");
  EXPECT_EQ(act(second, "follow-up", {{"seen_on", "2026-03-01"}, {"seen", "落ち着いた"}}), "");
  EXPECT_EQ(act(second, "close", nlohmann::json::object(), "見守りを終える"), "");
  EXPECT_EQ(state().state, "closed");
}

TEST_F(Harassment, WhoConsultedSeesTheirOwnWordsAndNotTheHandlers) {
  ASSERT_EQ(consult(as(kStaff)), "");
  ASSERT_EQ(act(second, "listen", {{"heard_on", "2026-02-27"}, {"heard", "担当者の所見"}, {"wish", "advice"}}), "");
  const auto seen = [&](const Actor& actor) {
    nlohmann::json form;
    with_context([&](const DecisionContext& context) { form = visible_form(context, *definition_of(state()), state(), actor, state().form, written_by(state())); });
    return form;
  };
  EXPECT_TRUE(seen(as(kStaff)).contains("story"));
  EXPECT_FALSE(seen(as(kStaff)).contains("heard"));
  EXPECT_TRUE(seen(second).contains("heard"));
}

TEST_F(Harassment, AnAlertTakesTwoHandlersAndSomebodyNeutral_R153AndR155) {
  ASSERT_EQ(report(as(kStaff), kHomeTeamHead, {{"victim", to_text(kDeputyPerson)}}), "");
  ASSERT_EQ(act(handler, "check", {{"plausible", true}}), "");
  EXPECT_EQ(act(handler, "propose", {{"level", "warning"}, {"wording", "見直してください。"}, {"reports", 1}}), "level-fits") << "a first report: an advisory, or a reason";
  EXPECT_EQ(act(handler, "propose", {{"level", "advisory"}, {"wording", "見直してください。"}, {"reports", 1}}), "");
  EXPECT_EQ(act(handler, "agree"), "second-member");
  EXPECT_EQ(act(second, "agree"), "");
  for (const auto deliverer : {kHomeTeamHead, kDeputyPerson, kHomeManager, kStaff})
    EXPECT_EQ(act(second, "issue", {{"delivered_on", "2026-03-01"}, {"delivered_by", to_text(deliverer)}}), "neutral-deliverer") << to_text(deliverer);
  EXPECT_EQ(act(second, "issue", {{"delivered_on", "2026-03-01"}, {"delivered_by", to_text(kNurse)}}), "");
  EXPECT_EQ(state().state, "watching");
}

TEST_F(Harassment, TheAlertTellsTheOtherAloneAndSaysThatNothingWasExamined_R152AndR154) {
  agreed(kHomeTeamHead);
  const CaseId told_from = current;
  ASSERT_EQ(act(second, "issue", {{"delivered_on", "2026-03-01"}, {"delivered_by", to_text(kNurse)}}), "");
  const CaseId alert = opened_last("harassment-alert");
  ASSERT_TRUE(alert);
  current = alert;
  EXPECT_EQ(state().subject.id, to_text(kHomeTeamHead));
  EXPECT_EQ(state().form, (nlohmann::json{{"facts", "not-examined"}, {"level", "advisory"}, {"wording", "強い言葉づかいを見直してください。"}}));
  EXPECT_TRUE(reads(as(kHomeTeamHead)));
  EXPECT_FALSE(reads(as_hr())) << "not for transfer, evaluation or promotion";
  EXPECT_FALSE(reads(as(kHomeManager))) << "nor the line above";
  EXPECT_FALSE(reads(as(kStaff)));
  EXPECT_EQ(act(as(kHomeTeamHead), "answer", {{"answer", "気をつけます"}}), "");
  EXPECT_TRUE(definition_of(state())->effects_allowed && definition_of(state())->effects_allowed->empty()) << "never a fact of the register";
  // What led to it is not for the other: not the report, who told, nor who suffers.
  current = told_from;
  EXPECT_FALSE(reads(as(kHomeTeamHead)));
}

TEST_F(Harassment, AMistakenAlertIsWithdrawnAndBothStay_R156) {
  agreed(kHomeTeamHead);
  const CaseId told_from = current;
  ASSERT_EQ(act(second, "issue", {{"delivered_on", "2026-03-01"}, {"delivered_by", to_text(kNurse)}}), "");
  const CaseId alert = opened_last("harassment-alert");
  current = told_from;
  ASSERT_EQ(act(second, "withdraw-alert", nlohmann::json::object(), "作り話と分かった"), "");
  current = alert;
  EXPECT_EQ(state().state, "withdrawn");
  EXPECT_TRUE(reads(as(kHomeTeamHead))) << "told that it was mistaken";
  EXPECT_EQ(history[alert].size(), 2u);
}

TEST_F(Harassment, AReportBecomesAConsultationByTheVictimsWishOnly) {
  ASSERT_EQ(report(as(kStaff), kHomeTeamHead, {{"victim", to_text(kDeputyPerson)}}), "");
  ASSERT_EQ(act(handler, "check", {{"plausible", true}}), "");
  EXPECT_EQ(act(handler, "escalate", {{"victim_wishes", false}, {"victim", to_text(kDeputyPerson)}}), "victim-wishes");
  ASSERT_EQ(act(handler, "escalate", {{"victim_wishes", true}, {"victim", to_text(kDeputyPerson)}}), "");
  current = opened_last("harassment-consultation");
  ASSERT_TRUE(current);
  EXPECT_TRUE(reads(second));
  EXPECT_TRUE(reads(as(kDeputyPerson))) << "in part";
  EXPECT_FALSE(reads(as(kStaff))) << "who reported is no party to the consultation";
}

}  // namespace
}  // namespace rireki
