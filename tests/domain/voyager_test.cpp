// From a leave foreseen to its Voyager's return: what each rule of the programme refuses, and that nobody's cover is moved by a leave that moves.
#include "small_ward.h"

namespace rireki {
namespace {

using nlohmann::json;

constexpr PersonId kAway{401}, kVoyager{402};
constexpr PostId kTheirPost{403};

// kAway of the new team goes on childcare leave; kVoyager of the home team covers.
class Cover : public ::testing::Test, protected CaseRunner {
 protected:
  Cover() {
    today = day(2024, 4, 1);
    ward.post(kTheirPost, UnitId{9}, 1, false);
    ward.hold(kAway, kTheirPost);
    ward.hold(kVoyager, kHomeSeats);
  }
  CaseId leave_case, vacancy_case, certification, dispatch;

  void leave_ordered(const char* from = "2024-06-01", const char* last = "2025-05-31") {
    ASSERT_EQ(open(as(kAway), "childcare-leave", kAway, {{"from", from}, {"last_day", last}}), "");
    leave_case = current;
    ASSERT_EQ(act(as(kAway), "submit"), "");
    for (const auto person : {kNewManager, kHrHead}) ASSERT_EQ(act(as(person), "approve"), "") << refusal.message.en;
    ASSERT_EQ(act(as_hr(), "order"), "") << refusal.message.en;
    vacancy_case = only("vacancy");
    current = leave_case;
  }
  void certified(const char* from = "2024-04-01", const char* last = "2026-03-31", PersonId person = kVoyager) {
    ASSERT_EQ(open(as(person), "voyager-certification", person, {{"ground", "experience"}, {"skills", {"窓口"}}, {"from", from}, {"last_day", last}}), "") << refusal.message.en;
    certification = current;
    ASSERT_EQ(act(as(kHomeTeamHead), "talk", {{"talked_on", "2024-04-01"}}), "");
    ASSERT_EQ(act(as_hr(), "certify"), "") << refusal.message.en;
  }
  LeaveId leave_id() {
    for (const auto& one : reg().leaves(kAway)) return one.leave;
    return {};
  }
  json proposal(const char* from = "2024-06-01", const char* last = "2025-05-31") {
    return {{"leave", to_text(leave_id())}, {"cover_post", to_text(kTheirPost)}, {"from", from}, {"last_day", last}};
  }
  std::string propose(const char* from = "2024-06-01", const char* last = "2025-05-31", PersonId who = kVoyager) {
    const auto rule = open(as_hr(), "voyager", who, proposal(from, last));
    dispatch = current;
    return rule;
  }
  void agreed() {
    ASSERT_EQ(act(as_hr(), "talk-person", {{"person_agrees", true}}), "");
    ASSERT_EQ(act(as(kHomeManager), "talk-home", {{"home_agrees", true}}), "");
    ASSERT_EQ(act(as(kHomeManager), "face-gap", {{"home_gap", "accepted"}}), "");
  }
  void dispatched(const char* from = "2024-06-01", const char* last = "2025-05-31") {
    leave_ordered(from, last);
    certified();
    ordered(from, last);
  }
  void ordered(const char* from, const char* last, const char* next_check = "2024-07-01") {
    ASSERT_EQ(propose(from, last), "") << refusal.message.en;
    agreed();
    ASSERT_EQ(act(as_hr(), "submit"), "") << refusal.rule << refusal.message.en;
    for (const auto person : {kHomeManager, kNewManager, kHrHead}) ASSERT_EQ(act(as(person), "approve"), "") << refusal.message.en;
    EXPECT_EQ(act(as_hr(), "order", {{"next_check", "2026-07-01"}}), "checked-monthly");
    ASSERT_EQ(act(as_hr(), "order", {{"next_check", next_check}, {"order_number", "令6-12"}}), "") << refusal.message.en;
  }
  // The leave grew to that day, both agreed, the extension is ordered: all while the dispatch still runs.
  void extended(const char* until) {
    today = day(2025, 3, 1);
    ASSERT_EQ(at(leave_case, as_hr(), "extend", {{"last_day", until}}, "保育所"), "") << refusal.message.en;
    ASSERT_EQ(at(dispatch, as(kVoyager), "agree-extension", {{"extension_person", until}}), "") << refusal.message.en;
    ASSERT_EQ(act(as(kHomeManager), "agree-extension-home", {{"extension_home", until}}), "");
    ASSERT_EQ(act(as_hr(), "order-extension", {{"extension_from", "2025-06-01"}, {"last_day", until}}), "") << refusal.message.en;
  }
  CaseId gap_at_home() const {
    for (const auto& [id, one] : cases)
      if (one.procedure == "vacancy" && one.opened_from == dispatch) return id;
    return {};
  }
  CaseId only(const std::string& procedure) const {
    CaseId found;
    for (const auto& [id, one] : cases)
      if (one.procedure == procedure) found = id;
    return found;
  }
  std::string at(CaseId id, const Actor& actor, std::string action, json form = json::object(), std::string reason = "") {
    current = id;
    return act(actor, std::move(action), std::move(form), std::move(reason));
  }
  std::optional<PostId> works_in(PersonId person, Day on) {
    const auto held = reg().main_posting(person, {on});
    return held ? std::optional(held->post) : std::nullopt;
  }
  Day cover_ends() {
    Day last{};
    for (const auto& one : reg().all_postings(kVoyager))
      if (one.kind == PostingKind::kCover) last = std::max(last, one.period.last);
    return last;
  }
};

TEST_F(Cover, AnOrderedLeaveOpensTheVacancyOfThePostWithoutItsCause_R017) {
  leave_ordered();
  const Case& vacancy = cases.at(vacancy_case);
  EXPECT_EQ(vacancy.subject, (Subject{"post", to_text(kTheirPost)}));
  EXPECT_EQ(vacancy.form, (json{{"from", "2024-06-01"}, {"last_day", "2025-05-31"}, {"post", to_text(kTheirPost)}}));
  EXPECT_EQ(at(vacancy_case, as_hr(), "seek", {{"by", "voyager"}}), "");
  EXPECT_EQ(act(as_hr(), "cover", {{"by", "voyager"}, {"person", to_text(kVoyager)}}), "");
  EXPECT_FALSE(reads(as(kHomeTeamHead)));
}

TEST_F(Cover, ALeaveThatEndsBeforeItStartsIsRefused_R109) {
  EXPECT_EQ(open(as(kAway), "childcare-leave", kAway, {{"from", "2024-06-01"}, {"last_day", "2024-05-31"}}), "leave-ends-after-start");
  EXPECT_EQ(refusal.source, "catalogue R-109");
}

TEST_F(Cover, ALeaveIsExtendedShortenedAndEndedEachByItsOwnAction_R110) {
  leave_ordered();
  EXPECT_EQ(at(leave_case, as_hr(), "extend", {{"last_day", "2025-03-31"}}, "保育所"), "leave-end-later");
  EXPECT_EQ(act(as_hr(), "extend", {{"last_day", "2025-08-31"}}), "reason-required");
  EXPECT_EQ(act(as_hr(), "extend", {{"last_day", "2025-08-31"}}, "保育所が決まらない"), "");
  EXPECT_EQ(reg().leaves(kAway).front().period.last, day(2025, 8, 31));
  EXPECT_EQ(act(as_hr(), "shorten", {{"last_day", "2025-09-30"}}, "早まる"), "leave-end-earlier");
  EXPECT_EQ(act(as_hr(), "shorten", {{"last_day", "2025-03-31"}}, "保育所が決まった"), "");
  today = day(2025, 4, 1);
  EXPECT_EQ(act(as(kNewTeamHead), "return", {{"last_day", "2025-04-30"}}), "day-reached");
  EXPECT_EQ(act(as(kNewTeamHead), "return", {{"last_day", "2025-03-31"}}), "") << refusal.message.en;
  EXPECT_EQ(reg().presence(kAway, {day(2025, 4, 1)}), Presence::kPresent);
}

TEST_F(Cover, ADispatchMovesTheVoyagerAndKeepsTheHomePostAndTheHolder) {
  dispatched();
  EXPECT_EQ(works_in(kVoyager, day(2024, 5, 31)), kHomeSeats);
  EXPECT_EQ(works_in(kVoyager, day(2024, 6, 1)), kTheirPost) << "the covered post is where they work";
  EXPECT_EQ(works_in(kVoyager, day(2025, 6, 1)), kHomeSeats) << "the right of return";
  EXPECT_EQ(works_in(kAway, day(2024, 6, 1)), kTheirPost) << "the person on leave stays the holder";
}

TEST_F(Cover, OnlyARegularEmployeeIsCertifiedAndSent_R112) {
  ward.facts.record(PersonRegistered{.person = PersonId{410}, .staff_number = "410", .name = {"見本", "任用", "", ""}});
  ward.facts.record(Appointed{.person = PersonId{410}, .type = EmploymentType::kFiscalYear, .exam_category = "fiscal-year", .job_family = {}, .job_category = "事務", .term_article = {}, .term_reason = {}, .from = day(2024, 4, 1), .last_day = day(2025, 3, 31)});
  EXPECT_EQ(open(as(PersonId{410}), "voyager-certification", PersonId{410}, {{"ground", "experience"}, {"from", "2024-04-01"}, {"last_day", "2025-03-31"}}), "regular-employee");
  EXPECT_EQ(refusal.source, "catalogue R-112");
}

TEST_F(Cover, OnlyThePostOfSomebodyOnLeaveIsCovered_R112) {
  leave_ordered();
  certified();
  json form = proposal();
  form["cover_post"] = to_text(kNewSeats);
  EXPECT_EQ(open(as_hr(), "voyager", kVoyager, form), "leave-covered");
  form = proposal("2024-05-01");
  EXPECT_EQ(open(as_hr(), "voyager", kVoyager, form), "leave-covered") << "before the leave";
}

TEST_F(Cover, ACertificationNamesOneOfTwoGrounds_R113) {
  EXPECT_EQ(open(as(kVoyager), "voyager-certification", kVoyager, {{"from", "2024-04-01"}, {"last_day", "2025-03-31"}}), "form");
  EXPECT_EQ(open(as(kVoyager), "voyager-certification", kVoyager, {{"ground", "money"}, {"from", "2024-04-01"}, {"last_day", "2025-03-31"}}), "form");
}

TEST_F(Cover, TheCertificationHoldsOnEveryDayOfTheDispatch_R114) {
  leave_ordered();
  certified("2024-04-01", "2025-03-31");
  EXPECT_EQ(propose("2024-06-01", "2025-05-31"), "certified-throughout");
  EXPECT_EQ(refusal.source, "catalogue R-114");
  EXPECT_EQ(propose("2024-06-01", "2025-03-31"), "");
}

TEST_F(Cover, ADispatchEndsNoLaterThanTheLeave_R115) {
  leave_ordered();
  certified();
  EXPECT_EQ(propose("2024-06-01", "2025-06-30"), "cover-inside-leave");
  EXPECT_EQ(propose("2024-06-01", "2025-05-31"), "");
}

TEST_F(Cover, AVoyagerIsInOnePlaceNotOnLeaveAndNotGone_R116) {
  dispatched();
  EXPECT_EQ(propose("2024-09-15", "2024-12-31"), "in-one-place") << "already covering";
  EXPECT_EQ(refusal.source, "catalogue R-116");
}

TEST_F(Cover, AVoyagerWhoResignedIsRefusedAtTheOrderToo_R116) {
  leave_ordered();
  certified();
  ASSERT_EQ(propose(), "");
  agreed();
  ASSERT_EQ(act(as_hr(), "submit"), "");
  for (const auto person : {kHomeManager, kNewManager, kHrHead}) ASSERT_EQ(act(as(person), "approve"), "");
  ward.facts.record(Separated{.person = kVoyager, .kind = SeparationKind::kResigned, .last_day = day(2024, 8, 31)});
  const auto before = ward.facts.position();
  EXPECT_EQ(act(as_hr(), "order", {{"next_check", "2024-07-01"}}), "certified-throughout") << "the roster ends with employment";
  EXPECT_EQ(ward.facts.position(), before) << "nothing half done";
}

TEST_F(Cover, NothingIsProposedToTheLineBeforeBothAgreeAndTheGapAtHomeIsFaced_R117_R119) {
  leave_ordered();
  certified();
  ASSERT_EQ(propose(), "");
  EXPECT_EQ(act(as_hr(), "submit"), "all-agreed");
  ASSERT_EQ(act(as_hr(), "talk-person", {{"person_agrees", true}}), "");
  EXPECT_EQ(act(as_hr(), "talk-home", {{"home_agrees", false}}), "refusal-with-reason");
  ASSERT_EQ(act(as_hr(), "talk-home", {{"home_agrees", false}}, "繁忙期"), "");
  EXPECT_EQ(act(as_hr(), "submit"), "all-agreed");
  ASSERT_EQ(act(as_hr(), "talk-home", {{"home_agrees", true}}), "");
  EXPECT_EQ(act(as_hr(), "submit"), "home-gap-faced");
  EXPECT_EQ(refusal.source, "catalogue R-119");
  const auto fact = [&](const char* name) {
    for (const auto& [each, value] : refusal.facts)
      if (each == name) return value;
    return std::string();
  };
  EXPECT_EQ(fact("home_post"), to_text(kHomeSeats)) << "which gap it is, is shown";
  EXPECT_EQ(fact("quota"), "5");
  ASSERT_EQ(act(as(kHomeManager), "face-gap", {{"home_gap", "accepted"}}), "");
  EXPECT_EQ(act(as_hr(), "submit"), "");
}

TEST_F(Cover, ALeaveThatGrowsMakesAnOfferAndNothingMovesByItself_R117) {
  dispatched();
  EXPECT_EQ(at(dispatch, as_hr(), "offer-extension", {{"offered_until", "2025-08-31"}}), "leave-grew") << "the leave has not grown";
  today = day(2025, 3, 3);  // while they work elsewhere
  ASSERT_EQ(at(leave_case, as_hr(), "extend", {{"last_day", "2025-08-31"}}, "保育所"), "");
  EXPECT_EQ(cover_ends(), day(2025, 5, 31)) << "the old end stands";
  current = dispatch;
  EXPECT_EQ(state().state, "extension-offered") << "the offer opened with the leave's extension";
  EXPECT_EQ(state().form["offered_until"], "2025-08-31");
  EXPECT_EQ(cases.at(vacancy_case).form["last_day"], "2025-08-31");
  const json extension{{"extension_from", "2025-06-01"}, {"last_day", "2025-08-31"}};
  EXPECT_EQ(act(as_hr(), "order-extension", extension), "agreed-until");
  EXPECT_EQ(act(as(kVoyager), "agree-extension", {{"extension_person", "2025-08-31"}}), "");
  EXPECT_EQ(act(as(kNewManager), "agree-extension-home", {{"extension_home", "2025-08-31"}}), "not-entitled") << "the unit that has them now";
  EXPECT_EQ(act(as(kHomeManager), "agree-extension-home", {{"extension_home", "2025-08-31"}}), "");
  EXPECT_EQ(act(as_hr(), "order-extension", {{"extension_from", "2025-06-03"}, {"last_day", "2025-08-31"}}), "extension-joins");
  EXPECT_EQ(act(as_hr(), "order-extension", extension), "") << refusal.rule << refusal.message.en;
  EXPECT_EQ(cover_ends(), day(2025, 8, 31));
  EXPECT_EQ(state().state, "dispatched");
}

TEST_F(Cover, AShorterLeaveEndsTheDispatchOnTheSameDayWithNotice_R117) {
  dispatched();
  const CaseId home_gap = gap_at_home();
  EXPECT_EQ(at(leave_case, as_hr(), "shorten", {{"last_day", "2025-01-31"}}, "復帰"), "") << refusal.message.en;
  EXPECT_EQ(cover_ends(), day(2025, 1, 31));
  EXPECT_EQ(works_in(kVoyager, day(2025, 2, 1)), kHomeSeats);
  EXPECT_EQ(cases.at(dispatch).state, "ending");
  EXPECT_EQ(cases.at(dispatch).form["ends"], "2025-01-31");
  EXPECT_EQ(cases.at(vacancy_case).form["last_day"], "2025-01-31");
  EXPECT_EQ(cases.at(home_gap).form["last_day"], "2025-01-31") << "the gap at home ends with it";
  for (const auto id : {dispatch, vacancy_case, home_gap})
    for (const auto& stored : history.at(id)) EXPECT_EQ(stored.body.find("復帰"), std::string::npos) << "why the leave moved is read with the leave only (R-017)";
}

TEST_F(Cover, ALeaveCutToBeforeItsCoverBeginsLeavesNoCover_R117) {
  leave_ordered("2024-05-01", "2025-05-31");
  certified();
  ordered("2024-09-01", "2025-05-31", "2024-10-01");
  EXPECT_EQ(at(leave_case, as_hr(), "shorten", {{"last_day", "2024-07-31"}}, "復帰"), "") << refusal.rule << refusal.message.en;
  EXPECT_EQ(works_in(kVoyager, day(2024, 9, 1)), kHomeSeats);
  EXPECT_EQ(reg().all_postings(kVoyager).size(), 1u);
  EXPECT_EQ(at(dispatch, as_hr(), "cancel", {}, "休業の短縮"), "") << refusal.message.en;
}

TEST_F(Cover, AnExtensionThatHasNotBegunGoesWithAnEarlyEndOrAReturn_R117_R118) {
  dispatched();
  extended("2025-08-31");
  EXPECT_EQ(at(dispatch, as_hr(), "end-early", {{"ends", "2025-08-31"}}, "人手"), "cover-ends-earlier");
  EXPECT_EQ(at(dispatch, as_hr(), "return", {{"last_worked", "2025-03-01"}, {"successor_post", ""}}), "form");
  EXPECT_EQ(at(dispatch, as_hr(), "return", {{"last_worked", "2025-03-01"}}), "") << refusal.rule << refusal.message.en;
  EXPECT_EQ(works_in(kVoyager, day(2025, 3, 2)), kHomeSeats);
  EXPECT_EQ(works_in(kVoyager, day(2025, 7, 1)), kHomeSeats) << "the extension does not stand by itself";
  EXPECT_EQ(cases.at(vacancy_case).state, "seeking") << "the leave goes on, and nobody covers it";
}

TEST_F(Cover, AnEarlyEndIsBeforeTheEndAndLeavesTheRestOfTheLeaveOpen_R117) {
  dispatched();
  EXPECT_EQ(at(dispatch, as_hr(), "end-early", {{"ends", "2025-02-28"}}, "元の所属の繁忙"), "") << refusal.message.en;
  EXPECT_EQ(cover_ends(), day(2025, 2, 28));
  EXPECT_EQ(cases.at(vacancy_case).state, "seeking");
  EXPECT_EQ(at(dispatch, as_hr(), "return", {{"last_worked", "2025-02-28"}}), "day-reached");
  today = day(2025, 3, 31);
  EXPECT_EQ(act(as_hr(), "return", {{"last_worked", "2025-03-05"}}), "cover-ends-by-then") << "they were at home by then";
  EXPECT_EQ(act(as_hr(), "return", {{"last_worked", "2025-02-28"}}), "") << refusal.message.en;
}

TEST_F(Cover, ALongerLeaveMakesNoOfferThatTheCertificationDoesNotReach_R114) {
  leave_ordered();
  certified("2024-04-01", "2025-05-31");
  ordered("2024-06-01", "2025-05-31");
  EXPECT_EQ(at(leave_case, as_hr(), "extend", {{"last_day", "2025-08-31"}}, "保育所"), "") << "the leave is extended all the same";
  EXPECT_EQ(cases.at(dispatch).state, "dispatched");
}

TEST_F(Cover, TheGapAtHomeIsAVacancyOfItsOwnUntilTheReturn_R119) {
  dispatched();
  const CaseId home_gap = gap_at_home();
  ASSERT_TRUE(home_gap);
  EXPECT_EQ(cases.at(home_gap).form, (json{{"from", "2024-06-01"}, {"last_day", "2025-05-31"}, {"post", to_text(kHomeSeats)}}));
  EXPECT_EQ(cases.at(vacancy_case).state, "covered");
  EXPECT_EQ(cases.at(vacancy_case).form["person"], to_text(kVoyager));
  today = day(2025, 5, 31);
  ASSERT_EQ(at(dispatch, as_hr(), "return", {{"last_worked", "2025-05-31"}}), "") << refusal.message.en;
  EXPECT_EQ(cases.at(home_gap).state, "closed");
  EXPECT_EQ(cases.at(vacancy_case).state, "covered") << "the leave ends on that day too";
  ASSERT_EQ(at(leave_case, as_hr(), "return", {{"last_day", "2025-05-31"}}), "") << refusal.message.en;
  EXPECT_EQ(cases.at(vacancy_case).state, "closed");
}

TEST_F(Cover, ALeaveOfSomebodyWithoutAPostLeavesNoVacancy) {
  ward.facts.record(PostingEnded{.person = kAway, .post = kTheirPost, .last_day = day(2024, 5, 31)});
  ASSERT_EQ(open(as(kAway), "childcare-leave", kAway, {{"from", "2024-06-01"}, {"last_day", "2025-05-31"}}), "");
  ASSERT_EQ(act(as(kAway), "submit"), "");
  for (const auto person : {kNewManager, kHrHead}) ASSERT_EQ(act(as(person), "approve"), "") << refusal.message.en;
  EXPECT_EQ(act(as_hr(), "order"), "") << refusal.rule << refusal.message.en;
  EXPECT_FALSE(only("vacancy"));
}

TEST_F(Cover, ALeaveIsNotCancelledUnderItsCover_R117) {
  dispatched();
  EXPECT_NE(at(leave_case, as_hr(), "cancel", {}, "申出の取下げ"), "");
  EXPECT_FALSE(reg().leaves(kAway).empty());
  EXPECT_EQ(at(dispatch, as_hr(), "cancel", {}, "休業の取消"), "");
  EXPECT_EQ(at(leave_case, as_hr(), "cancel", {}, "申出の取下げ"), "") << refusal.rule << refusal.message.en;
  EXPECT_TRUE(reg().leaves(kAway).empty());
}

TEST_F(Cover, AnExtensionIsOrderedAsItWasOfferedAndAgreedToThisTime_R117) {
  dispatched();
  today = day(2025, 3, 3);
  ASSERT_EQ(at(leave_case, as_hr(), "extend", {{"last_day", "2025-12-31"}}, "保育所"), "");
  ASSERT_EQ(at(dispatch, as_hr(), "offer-extension", {{"offered_until", "2025-08-31"}}), "");
  ASSERT_EQ(act(as(kVoyager), "agree-extension", {{"extension_person", "2025-08-31"}}), "");
  ASSERT_EQ(act(as(kHomeManager), "agree-extension-home", {{"extension_home", "2025-08-31"}}), "");
  EXPECT_EQ(act(as_hr(), "order-extension", {{"extension_from", "2025-06-01"}, {"last_day", "2025-12-31"}}), "agreed-until") << "more than was agreed to";
  ASSERT_EQ(act(as_hr(), "order-extension", {{"extension_from", "2025-06-01"}, {"last_day", "2025-08-31"}}), "") << refusal.message.en;
  ASSERT_EQ(act(as_hr(), "offer-extension", {{"offered_until", "2025-12-31"}}), "");
  EXPECT_EQ(act(as_hr(), "order-extension", {{"extension_from", "2025-09-01"}, {"last_day", "2025-12-31"}}), "agreed-until") << "the earlier agreement is none to this offer";
}

TEST_F(Cover, TheVoyagerGoesBackToTheHomePostOrToANamedOne_R118) {
  dispatched();
  ward.facts.record(PostingEnded{.person = kVoyager, .post = kHomeSeats, .last_day = day(2025, 3, 31)});
  today = day(2025, 5, 31);
  EXPECT_EQ(at(dispatch, as_hr(), "return", {{"last_worked", "2025-05-31"}}), "return-post-exists");
  EXPECT_EQ(refusal.source, "catalogue R-118");
  EXPECT_EQ(act(as_hr(), "return", {{"last_worked", "2025-05-31"}, {"successor_post", to_text(kNewSeats)}}), "") << refusal.rule << refusal.message.en;
  EXPECT_EQ(works_in(kVoyager, day(2025, 6, 1)), kNewSeats);
  EXPECT_EQ(state().state, "returned");
}

TEST_F(Cover, TheReturnOpensTheFollowUp) {
  dispatched();
  today = day(2025, 5, 31);
  EXPECT_EQ(at(dispatch, as_hr(), "return", {{"last_worked", "2025-05-31"}}), "") << refusal.rule << refusal.message.en;
  EXPECT_EQ(works_in(kVoyager, day(2025, 6, 1)), kHomeSeats);
  EXPECT_EQ(cases.at(only("transferee-follow-up")).form["effective"], "2025-06-01");
}

TEST_F(Cover, IsCheckedEveryMonth) {
  dispatched();
  EXPECT_EQ(state().form["next_check"], "2024-07-01");
  today = day(2024, 7, 1);
  EXPECT_EQ(act(as(kNewTeamHead), "check", {{"checked_on", "2024-07-01"}, {"next_check", "2024-08-01"}, {"check_note", "順調"}}), "") << "the superior where they work now";
  EXPECT_EQ(state().form["next_check"], "2024-08-01");
}

}  // namespace
}  // namespace rireki
