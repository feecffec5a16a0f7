// Transfer and its approval line, as the catalogue describes them for Nerima.
#include <regex>

#include "domain/deadline.h"
#include "small_ward.h"

namespace rireki {
namespace {

class Transfer : public ::testing::Test, protected CaseRunner {
 protected:
  void submitted(PostId to = kNewSeats, const char* effective = "2026-04-01") {
    ASSERT_EQ(open(as_hr(), "transfer", kStaff, transfer_form(to, effective)), "");
    ASSERT_EQ(act(as_hr(), "submit"), "") << refusal.message.en;
  }
  void consented() {
    ASSERT_EQ(act(as(kNewManager), "approve"), "");
    ASSERT_EQ(act(as(kHomeManager), "approve"), "");
  }
  void decided() {
    submitted();
    consented();
    ASSERT_EQ(act(as(kHrHead), "approve"), "");
    ASSERT_EQ(state().state, "decided");
  }
  void ordered(const nlohmann::json& form) {
    ASSERT_EQ(open(as_hr(), "transfer", kStaff, form), "") << refusal.message.en;
    const CaseId transfer = current;
    ASSERT_EQ(act(as_hr(), "submit", {}, "理由"), "") << refusal.message.en;
    for (const PersonId person : {kNewManager, kHrHead, kHomeManager, kHrHead})
      if (offers(as(person), "approve")) {
        ASSERT_EQ(act(as(person), "approve"), "");
      }
    ASSERT_EQ(state().state, "decided");
    ASSERT_EQ(act(as_hr(), "order", {}, "内示なし"), "") << refusal.message.en;
    current = transfer;
  }
  PostId post_on(Day day) { return reg().main_posting(kStaff, {day})->post; }
};

TEST_F(Transfer, GoesFromDraftToArrivalAndMovesThePersonOnTheDayAndNotBefore) {
  decided();
  EXPECT_EQ(act(as_hr(), "announce"), "");
  EXPECT_EQ(act(as_hr(), "order", {{"order_number", "令7-1"}}), "");
  EXPECT_EQ(post_on(day(2026, 3, 31)), kHomeSeats);
  EXPECT_EQ(post_on(day(2026, 4, 1)), kNewSeats);
  const CaseId transfer = current;
  EXPECT_EQ(cases.size(), 3u) << "the order opened the handover (R-055) and the follow-up (R-132)";
  EXPECT_EQ(act(as(kNewManager), "arrive"), "day-reached");
  today = day(2026, 4, 1);
  current = transfer;
  EXPECT_EQ(act(as(kNewManager), "arrive"), "");
  EXPECT_EQ(state().state, "done");
}

TEST_F(Transfer, IsDecidedByTheHrHeadAloneUpToTheGradeOfThePolicy) {
  decided();
  EXPECT_EQ(state().stations.back().mode, StationMode::kDelegated);  // 専決
}

TEST_F(Transfer, GoesUpWhereTheGradeIsBeyondTheDelegation) {
  ASSERT_EQ(open(as_hr(), "transfer", kStaff, [] { auto f = transfer_form(); f["grade"] = "team-head"; f["order_kind"] = "昇任"; return f; }()), "");
  ASSERT_EQ(act(as_hr(), "submit"), "");
  consented();
  EXPECT_EQ(act(as(kHrHead), "approve"), "");
  EXPECT_EQ(state().state, "deciding");
  EXPECT_EQ(act(as(kMayor), "approve"), "not-entitled") << "it is not the mayor's turn";
  EXPECT_EQ(act(as(kHrDirector), "approve"), "");
  EXPECT_EQ(state().state, "decided");
  EXPECT_EQ(act(as_hr(), "order", nlohmann::json::object(), "内示を省く"), "");
  EXPECT_EQ(reg().employment(kStaff, {day(2026, 4, 1)})->grade, Grade::kTeamHead);
  EXPECT_EQ(reg().employment(kStaff, {day(2026, 3, 31)})->grade, Grade::kStaff);
}

TEST_F(Transfer, TakesItsTwoConsentsInAnyOrderAndWaitsForBoth) {
  submitted();
  EXPECT_EQ(act(as(kHrHead), "approve"), "not-entitled");
  EXPECT_EQ(act(as(kHomeManager), "approve"), "");
  EXPECT_EQ(act(as(kHomeManager), "approve"), "not-entitled") << "once is enough";
  EXPECT_EQ(act(as(kHrHead), "approve"), "not-entitled");
  EXPECT_EQ(act(as(kNewManager), "approve"), "");
  EXPECT_EQ(act(as(kHrHead), "approve"), "");
}

TEST_F(Transfer, IsApprovedByNobodyWhomItConcernsOrWhoDraftedIt_R164) {
  ASSERT_EQ(open(as(kHrHead, {"staff", "hr"}), "transfer", kStaff, transfer_form()), "");
  ASSERT_EQ(act(as(kHrHead, {"staff", "hr"}), "submit"), "");
  consented();
  EXPECT_EQ(act(as(kHrHead, {"staff", "hr"}), "approve"), "nobody-approves-their-own");
  EXPECT_EQ(act(as(kHrDirector), "approve"), "") << "the next superior decides instead";
  EXPECT_EQ(open(as_hr(), "transfer", kHrWorker, transfer_form()), "nobody-approves-their-own");
}

TEST_F(Transfer, IsDecidedByADeputyOnlyWhileTheHolderIsAway_R163) {
  ward.facts.record(DeputyNamed{.post = kHrHeadPost, .deputy = kDeputyPerson, .order = 1, .excluded_matters = {}, .from = SmallWard::kStart});
  submitted();
  consented();
  EXPECT_EQ(act(as(kDeputyPerson), "approve"), "holder-present");
  ward.facts.record(AwayDeclared{.person = kHrHead, .from = today, .last_day = today + days{3}});
  EXPECT_EQ(act(as(kDeputyPerson), "approve"), "");
  EXPECT_EQ(state().state, "decided");
  EXPECT_EQ(state().stations.back().mode, StationMode::kDeputy);
  EXPECT_EQ(state().stations.back().by, kDeputyPerson);
  EXPECT_EQ(state().stations.back().for_person, kHrHead);
  EXPECT_EQ(act(as_hr(), "review-after"), "not-entitled");
  EXPECT_EQ(act(as(kHrHead), "review-after"), "") << "後閲 holds nothing up and is owed until it is done";
  EXPECT_TRUE(state().reviews_owed.empty());
}

TEST_F(Transfer, IsNotDecidedByADeputyWhereTheMatterIsExcluded) {
  ward.facts.record(DeputyNamed{.post = kHrHeadPost, .deputy = kDeputyPerson, .order = 1, .excluded_matters = {"personnel"}, .from = SmallWard::kStart});
  ward.facts.record(AwayDeclared{.person = kHrHead, .from = today, .last_day = today + days{3}});
  submitted();
  consented();
  EXPECT_EQ(act(as(kDeputyPerson), "approve"), "deputy-excluded-matter");
}

TEST_F(Transfer, GoesToTheNextSuperiorWhereThePostIsVacant) {
  ward.facts.record(DeputyNamed{.post = kHrHeadPost, .deputy = kDeputyPerson, .order = 1, .excluded_matters = {}, .from = SmallWard::kStart});
  ward.facts.record(PostingEnded{.person = kHrHead, .post = kHrHeadPost, .last_day = day(2026, 1, 31)});
  submitted();
  consented();
  EXPECT_EQ(act(as(kDeputyPerson), "approve"), "holder-vacant") << "欠員 is not 不在";
  EXPECT_EQ(act(as(kHrDirector), "approve"), "");
  EXPECT_EQ(state().stations.back().mode, StationMode::kActing);
}

TEST_F(Transfer, IsSentBackWithAReasonAndKeepsItsRounds_R165) {
  submitted();
  EXPECT_EQ(act(as(kNewManager), "send-back"), "reason-required");
  EXPECT_EQ(act(as(kNewManager), "send-back", {}, "時期を改めてほしい"), "");
  EXPECT_EQ(state().state, "draft");
  EXPECT_EQ(state().round, 2);
  EXPECT_EQ(act(as_hr(), "revise", transfer_form(kNewSeats, "2026-05-01")), "");
  EXPECT_EQ(act(as_hr(), "submit"), "");
  consented();
  EXPECT_EQ(act(as(kHrHead), "send-back", {}, "現所属の意見を確かめる", "home-head"), "");
  EXPECT_EQ(state().state, "deciding");
  EXPECT_EQ(state().round, 3);
  EXPECT_EQ(act(as(kHrHead), "send-back", {}, "x", "nowhere"), "not-entitled");
  consented();
  EXPECT_EQ(act(as(kHrHead), "approve"), "");
  EXPECT_EQ(state().stations.size(), 7u) << "the earlier rounds stay";
}

TEST_F(Transfer, IsPulledBackUntilTheNextStationHasActed) {
  submitted();
  EXPECT_EQ(act(as(kHrSecond, {"hr"}), "pull-back"), "not-entitled");
  EXPECT_EQ(act(as_hr(), "pull-back"), "");
  EXPECT_EQ(state().state, "draft");
  EXPECT_EQ(act(as_hr(), "submit"), "");
  EXPECT_EQ(act(as(kNewManager), "approve"), "");
  EXPECT_EQ(act(as_hr(), "pull-back"), "too-late-to-pull-back");
  EXPECT_EQ(refusal.facts.front().second, to_text(kNewManager)) << "the refusal says who acted";
}

TEST_F(Transfer, NeedsAReasonToDepartFromAWish_R036) {
  ASSERT_EQ(open(as_hr(), "transfer", kStaff, transfer_form()), "");
  ASSERT_EQ(act(as_hr(), "intent", {{"wish", "stay"}}), "");
  EXPECT_EQ(act(as_hr(), "submit"), "wish-departure-needs-reason");
  EXPECT_EQ(act(as_hr(), "submit", {{"departure_reason", "欠員の補充"}}), "");
}

TEST_F(Transfer, MayReachBackWithAReason_R006) {
  ASSERT_EQ(open(as_hr(), "transfer", kStaff, transfer_form(kNewSeats, "2026-02-01")), "");
  EXPECT_EQ(act(as_hr(), "submit"), "retroactive-needs-reason");
  EXPECT_EQ(act(as_hr(), "submit", {}, "発令の遅れ"), "");
}

TEST_F(Transfer, IsNotAnnouncedOnOrAfterTheDay_R052) {
  decided();
  today = day(2026, 4, 1);
  EXPECT_EQ(act(as_hr(), "announce"), "announcement-after-decision");
  EXPECT_EQ(act(as_hr(), "order"), "order-after-announcement");
  EXPECT_EQ(act(as_hr(), "order", {}, "急な欠員のため内示なし"), "");
}

TEST_F(Transfer, RefusesAFullPostAndNamesTheRule) {
  ward.hold(PersonId{150}, kNewSeats);
  ASSERT_EQ(open(as_hr(), "transfer", kStaff, transfer_form()), "");
  EXPECT_EQ(act(as_hr(), "submit"), "post-free-on");
  EXPECT_EQ(refusal.source, "catalogue R-054");
}

TEST_F(Transfer, RefusesAtTheOrderWhatBecameImpossibleMeanwhile) {
  decided();
  ward.hold(PersonId{150}, kNewSeats);
  EXPECT_EQ(act(as_hr(), "order", {}, "内示なし"), "post-quota");
  EXPECT_EQ(post_on(day(2026, 4, 1)), kHomeSeats) << "nothing half done";
}

TEST_F(Transfer, CancelsItsOrderAndRestoresTheFormerPosting) {
  decided();
  ASSERT_EQ(act(as_hr(), "order", {}, "内示なし"), "");
  const CaseId transfer = current;
  EXPECT_EQ(act(as_hr(), "cancel"), "reason-required");
  current = transfer;
  EXPECT_EQ(act(as_hr(), "cancel", {}, "事情の変更"), "");
  EXPECT_EQ(state().state, "cancelled");
  EXPECT_EQ(post_on(day(2026, 4, 1)), kHomeSeats);
}

TEST_F(Transfer, CorrectsTheDateOfItsOrder_R007) {
  decided();
  ASSERT_EQ(act(as_hr(), "order", {}, "内示なし"), "");
  const Position before = ward.facts.position();
  EXPECT_EQ(act(as_hr(), "correct", {{"effective", "2026-05-01"}}, "発令日の誤記"), "");
  EXPECT_EQ(post_on(day(2026, 4, 30)), kHomeSeats);
  EXPECT_EQ(post_on(day(2026, 5, 1)), kNewSeats);
  EXPECT_EQ(reg().main_posting(kStaff, {day(2026, 4, 1), before})->post, kNewSeats) << "as known before the correction";
}

TEST_F(Transfer, IsKnownToNobodyConcernedBeforeItIsAnnounced_R053) {
  submitted();
  EXPECT_FALSE(reads(as(kStaff)));
  EXPECT_FALSE(reads(as(kHomeTeamHead)));
  EXPECT_FALSE(reads(as(kMayor))) << "the line has not reached the mayor";
  EXPECT_TRUE(reads(as(kNewManager))) << "asked for consent";
  EXPECT_TRUE(reads(as_hr()));
  EXPECT_FALSE(reads(as(kHrWorker, {"staff", "hr", "administrator"}))) << "denials win";
  consented();
  ASSERT_EQ(act(as(kHrHead), "approve"), "");
  EXPECT_FALSE(reads(as(kStaff)));
  ASSERT_EQ(act(as_hr(), "announce"), "");
  EXPECT_TRUE(reads(as(kStaff)));
  EXPECT_TRUE(reads(as(kHomeTeamHead)));
}

TEST_F(Transfer, IsOpenOncePerPersonAndDay) {
  ASSERT_EQ(open(as_hr(), "transfer", kStaff, transfer_form()), "");
  EXPECT_EQ(open(as_hr(), "transfer", kStaff, transfer_form()), "already-open");
  EXPECT_EQ(open(as_hr(), "transfer", kStaff, transfer_form(kNewSeats, "2026-10-01")), "");
}

TEST_F(Transfer, TellsEachWrongFieldInBothLanguages) {
  EXPECT_EQ(open(as_hr(), "transfer", kStaff, {{"effective", "2026-02-30"}, {"order_kind", "移動"}, {"colour", 1}}), "form");
  std::set<std::string> pointers;
  for (const auto& field : refusal.fields) {
    pointers.insert(field.pointer);
    EXPECT_FALSE(field.message.ja.empty());
    EXPECT_FALSE(field.message.en.empty());
  }
  EXPECT_TRUE(pointers.contains("/to_post"));
  EXPECT_TRUE(pointers.contains("/colour"));
  EXPECT_TRUE(pointers.contains("/order_kind"));
}

TEST_F(Transfer, IsOpenedOnlyByHr) {
  EXPECT_EQ(open(as(kHomeManager, {"staff", "manager"}), "transfer", kStaff, transfer_form()), "not-entitled");
  EXPECT_EQ(open(as_hr(), "transfer", PersonId{999}, transfer_form()), "known-subject");
  EXPECT_EQ(open(as_hr(), "no-such", kStaff, transfer_form()), "unknown-procedure");
}

TEST_F(Transfer, GivesAndEndsAConcurrentPostWithoutTouchingTheMainOne) {
  auto form = transfer_form(kHrSeats, "2026-04-01");
  form["order_kind"] = "兼務";
  form["concurrent"] = true;
  ordered(form);
  EXPECT_EQ(post_on(day(2026, 4, 1)), kHomeSeats);
  EXPECT_EQ(reg().postings(kStaff, {day(2026, 4, 1)}).size(), 2u);

  today = day(2026, 6, 1);
  auto end = transfer_form(kHrSeats, "2026-07-01");
  end["order_kind"] = "兼務解除";
  end["concurrent_end"] = true;
  ordered(end);
  EXPECT_EQ(reg().postings(kStaff, {day(2026, 6, 30)}).size(), 2u);
  EXPECT_EQ(reg().postings(kStaff, {day(2026, 7, 1)}).size(), 1u);
  EXPECT_EQ(post_on(day(2026, 7, 1)), kHomeSeats);

  ASSERT_EQ(open(as_hr(), "transfer", kStaff, [] { auto f = transfer_form(kHrSeats, "2026-08-01"); f["concurrent_end"] = true; return f; }()), "");
  EXPECT_EQ(act(as_hr(), "submit"), "concurrent-post-held") << "it has ended already";
  EXPECT_EQ(open(as_hr(), "transfer", kStaff, [] { auto f = transfer_form(kHrSeats, "2026-09-01"); f["concurrent"] = f["concurrent_end"] = true; return f; }()), "form");
}

TEST_F(Transfer, CancelsAPromotionWithItsOrder) {
  auto form = transfer_form(kHomeSeats, "2026-04-01");  // 昇任 in place
  form["order_kind"] = "昇任";
  form["grade"] = "senior";
  ordered(form);
  EXPECT_EQ(reg().employment(kStaff, {day(2026, 4, 1)})->grade, Grade::kSenior);
  EXPECT_EQ(post_on(day(2026, 4, 1)), kHomeSeats);
  EXPECT_EQ(act(as_hr(), "cancel", {}, "選考の取消"), "");
  EXPECT_EQ(reg().employment(kStaff, {day(2026, 4, 1)})->grade, Grade::kStaff);
  EXPECT_EQ(post_on(day(2026, 4, 1)), kHomeSeats);
  EXPECT_EQ(reg().postings(kStaff, {day(2026, 4, 1)}).size(), 1u);
}

TEST_F(Transfer, IsNotCancelledOnceALaterOrderRestsOnIt) {
  decided();
  ASSERT_EQ(act(as_hr(), "order", {}, "内示なし"), "");
  const CaseId first = current;
  today = day(2026, 9, 1);
  ordered(transfer_form(kHrSeats, "2026-10-01"));
  current = first;
  EXPECT_NE(act(as_hr(), "cancel", {}, "今になって"), "");
  EXPECT_EQ(post_on(day(2026, 10, 1)), kHrSeats);
  EXPECT_EQ(post_on(day(2026, 4, 1)), kNewSeats);
}

TEST_F(Transfer, LosesAPromotionThatTheRevisedDraftLeavesOut) {
  ASSERT_EQ(open(as_hr(), "transfer", kStaff, [] { auto f = transfer_form(); f["grade"] = "director"; return f; }()), "");
  ASSERT_EQ(act(as_hr(), "revise", transfer_form()), "");
  EXPECT_FALSE(state().form.contains("grade"));
  ASSERT_EQ(act(as_hr(), "submit"), "");
  consented();
  EXPECT_EQ(act(as(kHrHead), "approve"), "");
  EXPECT_EQ(state().state, "decided") << "within the delegation again";
}

TEST_F(Transfer, KeepsEveryRuleItRestedOnWithVersionAndFacts_R167) {
  submitted();
  const auto event = std::get<CaseActed>(decode(history.at(current).back().body).value());
  ASSERT_EQ(event.checks.size(), definition("transfer")->action("submit")->rules.size());
  for (const auto& check : event.checks) EXPECT_TRUE(check.passed) << check.rule;
  const auto free = std::find_if(event.checks.begin(), event.checks.end(), [](const RuleCheck& one) { return one.rule == "post-free-on"; });
  EXPECT_EQ(free->facts.back(), (std::pair<std::string, std::string>{"effective", "2026-04-01"}));
}

TEST_F(Transfer, KeepsAWarningThatWasOverriddenAsNotPassedWithItsReason) {
  ASSERT_EQ(open(as_hr(), "transfer", kStaff, transfer_form(kNewSeats, "2026-02-01")), "");
  ASSERT_EQ(act(as_hr(), "submit", {}, "発令の遅れ"), "");
  const auto event = std::get<CaseActed>(decode(history.at(current).back().body).value());
  EXPECT_EQ(event.reason, "発令の遅れ");
  EXPECT_FALSE(std::find_if(event.checks.begin(), event.checks.end(), [](const RuleCheck& one) { return one.rule == "retroactive-needs-reason"; })->passed);
}

TEST_F(Transfer, OfASectionHeadIsConsentedToByTheHeadAboveAndDecidedAtTheTop) {
  ward.hold(PersonId{160}, ward.post({310}, UnitId{3}, 1, true), Grade::kDirector);
  ASSERT_EQ(open(as_hr(), "transfer", kHomeManager, transfer_form(kHrSeats)), "");
  ASSERT_EQ(act(as_hr(), "submit"), "") << refusal.message.en;
  EXPECT_EQ(act(as(kHomeManager), "approve"), "nobody-approves-their-own");
  EXPECT_EQ(act(as(PersonId{160}), "approve"), "") << "home head, in place of the head concerned";
  EXPECT_EQ(act(as(kHrHead), "approve"), "") << "as receiving head";
  EXPECT_EQ(act(as(kHrHead), "approve"), "") << "to agree is not to decide";
  EXPECT_EQ(act(as(kHrDirector), "approve"), "");
  EXPECT_EQ(state().state, "deciding") << "課長級 is beyond the director's delegation";
  EXPECT_EQ(act(as(kMayor), "approve"), "");
  EXPECT_EQ(state().state, "decided");
}

TEST_F(Transfer, IsDueBeforeItsDateAndAfterItsOrder) {
  decided();
  ASSERT_EQ(act(as_hr(), "announce"), "");
  EXPECT_EQ(due(*definition("transfer"), state(), reg()), day(2026, 3, 30)) << "two open days before Wednesday 1 April";
  const CaseId transfer = current;
  ASSERT_EQ(act(as_hr(), "order"), "");
  current = transfer;
  EXPECT_EQ(due(*definition("transfer"), state(), reg()), day(2026, 4, 8));
}

TEST_F(Transfer, MovesToANewVersionOnlyWhereThatVersionSaysHow) {
  using nlohmann::json;
  ASSERT_EQ(open(as_hr(), "transfer", kStaff, transfer_form()), "");
  EXPECT_EQ(act(as_hr(), "migrate", json::object(), "様式の改正"), "no-newer-version");
  json later = definition("transfer")->resolved;
  later["version"] = 2;
  later["states"]["proposal"] = later["states"]["draft"];
  later["states"].erase("draft");
  for (auto& action : later["actions"])
    for (const char* member : {"from", "to"})
      if (action.contains(member)) action[member] = json::parse(std::regex_replace(action[member].dump(), std::regex("\"draft\""), "\"proposal\""));
  later["states"]["deciding"]["line"]["sent_back"] = "proposal";
  const auto publish = [&](json migrate) {
    later["migrate"] = {{"1", std::move(migrate)}};
    std::vector<NamedFile> files{{"transfer.json", later.dump()}};
    for (const auto& file : default_catalogue())
      if (file.name != "transfer.json") files.push_back(file);
    const auto loaded = load_definitions(files);
    ASSERT_TRUE(loaded) << loaded.error().front().pointer << loaded.error().front().reason.en;
    std::erase_if(definitions, [](const auto& one) { return one->id == "transfer" && one->version == 2; });
    for (const auto& one : *loaded)
      if (one->id == "transfer") definitions.push_back(one);
  };
  publish({{"automatic", false}});
  EXPECT_EQ(act(as_hr(), "migrate", json::object(), "様式の改正"), "not-migrated");
  publish({{"states", {{"draft", "proposal"}}}});
  EXPECT_EQ(act(as(kNewManager, {"staff", "manager"}), "migrate", json::object(), "様式の改正"), "not-entitled");
  EXPECT_EQ(act(as_hr(), "migrate"), "reason-required");
  EXPECT_EQ(act(as_hr(), "migrate", json::object(), "様式の改正"), "");
  EXPECT_EQ(state().version, 2);
  EXPECT_EQ(state().state, "proposal");
  EXPECT_EQ(act(as_hr(), "submit", json::object(), "理由"), "") << "it goes on under the new version";
}

// The seats of the receiving team have one place; a bulk decides its rows on one register.
TEST_F(Transfer, TwoOrdersForOnePlaceInOneBulkMeetAndTheRefusedOneLeavesNoTrace_R054) {
  std::vector<CaseId> decided_cases;
  for (const auto person : {kStaff, kDeputyPerson}) {
    ASSERT_EQ(open(as_hr(), "transfer", person, transfer_form(kNewSeats)), "");
    ASSERT_EQ(act(as_hr(), "submit", {}, "理由"), "") << refusal.message.en;
    for (const PersonId approver : {kNewManager, kHomeManager, kHrHead}) ASSERT_EQ(act(as(approver), "approve"), "");
    decided_cases.push_back(current);
  }
  with_context([&](const DecisionContext& context) {
    const auto order = [&](CaseId id) {
      const auto decision = decide(context, *definition_of(cases.at(id)), cases.at(id), as_hr(), {.procedure = {}, .subject = {}, .action = "order", .form = nlohmann::json::object(), .reason = "内示なし"});
      return decision ? std::string() : decision.error().rule;
    };
    EXPECT_EQ(order(decided_cases[0]), "");
    const std::size_t first = context.reg.overlaid();
    EXPECT_EQ(order(decided_cases[1]), "post-quota");
    context.reg.undo_overlays(first);
    EXPECT_EQ(context.reg.main_posting(kDeputyPerson, {day(2026, 4, 1)})->post, kHomeSeats) << "the refused order has not moved them";
    EXPECT_EQ(context.reg.main_posting(kStaff, {day(2026, 4, 1)})->post, kNewSeats);
    context.reg.undo_overlays(0);
    EXPECT_EQ(order(decided_cases[1]), "") << "the first undone, the place is free";
    return 0;
  });
}

}  // namespace
}  // namespace rireki
