// The support roster and the requests filled from it.
#include "domain/access.h"
#include "small_ward.h"

namespace rireki {
namespace {

using nlohmann::json;

constexpr UnitId kAsking{9};

class Support : public ::testing::Test, protected CaseRunner {
 protected:
  Support() { today = day(2024, 9, 2); }
  static json entry() { return {{"skills", {"救護"}}, {"days", "any"}, {"from", "2024-09-02"}, {"last_day", "2025-03-31"}}; }
  std::string registered(PersonId person) { return open(as(person), "support-roster", person, entry()); }
  static json request(int count = 2, const char* from = "2024-10-15", const char* last = "2024-10-16") {
    return {{"work", "区民まつり"}, {"head_count", count}, {"skills", {"救護"}}, {"from", from}, {"last_day", last}};
  }
  static json request_of_one_day() { return {{"work", "区民まつり"}, {"from", "2024-10-15"}, {"last_day", "2024-10-15"}}; }
  std::string requested(json form) {
    return with_context([&](const DecisionContext& context) {
      return take(context, open_case(context, as(kNewTeamHead, {"staff", "manager"}), {.procedure = "support-dispatch", .subject = {"unit", to_text(kAsking)}, .action = {}, .form = std::move(form)}));
    });
  }
  std::string matched(std::vector<PersonId> people) {
    json ids = json::array();
    for (const auto person : people) ids.push_back(to_text(person));
    return act(as_hr(), "match", {{"people", ids}});
  }
  std::vector<CaseId> assignments() const {
    std::vector<CaseId> found;
    for (const auto& [id, one] : cases)
      if (one.procedure == "support-assignment") found.push_back(id);
    return found;
  }
  void called(int count = 2) {
    ASSERT_EQ(requested(request(count)), "") << refusal.message.en;
    ASSERT_EQ(act(as_hr(), "call"), "");
  }
};

TEST_F(Support, OnlyThePersonEntersTheRosterAndLeavesItAtWill_R102) {
  EXPECT_EQ(open(as(kHomeTeamHead), "support-roster", kStaff, entry()), "not-entitled");
  ASSERT_EQ(registered(kStaff), "");
  ASSERT_EQ(reg().rosters(kStaff, {day(2024, 10, 1)}).size(), 1u);
  EXPECT_EQ(reg().rosters(kStaff, {day(2024, 10, 1)}).front().detail_json, R"({"days":"any","skills":["救護"]})");
  EXPECT_EQ(act(as(kHomeTeamHead), "leave", {{"left_on", "2024-09-30"}}), "not-entitled");
  EXPECT_EQ(act(as(kStaff), "leave", {{"left_on", "2024-09-30"}}), "") << "without a reason";
  EXPECT_TRUE(reg().rosters(kStaff, {day(2024, 10, 1)}).empty());
}

TEST_F(Support, NobodyOnLeaveIsEntered_R103) {
  ward.facts.record(LeaveStarted{.leave = {7}, .person = kStaff, .kind = LeaveKind::kSick, .from = day(2024, 9, 1), .last_day = day(2024, 9, 30)});
  EXPECT_EQ(registered(kStaff), "not-on-leave");
  EXPECT_EQ(refusal.source, "catalogue R-103");
}

TEST_F(Support, ARequestStatesPeriodWorkAndNumber_R104) {
  json form = request();
  form.erase("last_day");
  EXPECT_EQ(requested(form), "form");
  EXPECT_EQ(requested(request(1, "2024-10-15", "2024-10-14")), "period-in-order");
}

TEST_F(Support, MorePeopleThanTheRosterHasAreRefused_R104) {
  ASSERT_EQ(registered(kStaff), "");
  EXPECT_EQ(requested(request(2)), "roster-large-enough");
  EXPECT_EQ(refusal.source, "catalogue R-104");
  ASSERT_EQ(registered(kDeputyPerson), "");
  EXPECT_EQ(requested(request(2)), "");
}

TEST_F(Support, EachOneChosenIsAskedOfTheirSuperiorWhoRefusesOnlyWithAReason_R107) {
  ASSERT_EQ(registered(kStaff), "");
  ASSERT_EQ(registered(kDeputyPerson), "");
  called();
  ASSERT_EQ(matched({kStaff, kDeputyPerson}), "") << refusal.message.en;
  ASSERT_EQ(assignments().size(), 2u);
  current = assignments().front();
  EXPECT_EQ(act(as(kNewTeamHead), "consent"), "not-entitled");
  EXPECT_EQ(act(as(kHomeTeamHead), "refuse-support"), "reason-required");
  EXPECT_EQ(act(as(kHomeTeamHead), "refuse-support", {}, "月末の窓口"), "");
  current = assignments().back();
  EXPECT_EQ(act(as(kHomeTeamHead), "consent"), "");
  today = day(2024, 10, 17);
  EXPECT_EQ(act(as_hr(), "serve", {{"hours", 7.5}}), "");
  EXPECT_EQ(state().state, "done");
  EXPECT_EQ(reg().main_posting(kStaff, {day(2024, 10, 15)})->post, kHomeSeats) << "the main post is unchanged";
}

TEST_F(Support, OnePersonIsNotMatchedToOverlappingTimes_R106) {
  for (const auto person : {kStaff, kDeputyPerson}) ASSERT_EQ(registered(person), "");
  called();
  ASSERT_EQ(matched({kStaff}), "");
  ASSERT_EQ(requested(request(1, "2024-10-16", "2024-10-18")), "");
  ASSERT_EQ(act(as_hr(), "call"), "");
  const auto cases_before = cases.size();
  EXPECT_EQ(matched({kStaff}), "support-free");
  EXPECT_EQ(refusal.source, "catalogue R-106");
  EXPECT_EQ(refusal.facts.back(), (std::pair<std::string, std::string>{"item", to_text(kStaff)})) << "which of those chosen";
  EXPECT_EQ(cases.size(), cases_before) << "nothing half done";
  EXPECT_EQ(matched({kDeputyPerson}), "");
}

TEST_F(Support, NothingIsAskedOfSomebodyOnLeave_R121) {
  ASSERT_EQ(registered(kStaff), "");
  called(1);
  ward.facts.record(LeaveStarted{.leave = {7}, .person = kStaff, .kind = LeaveKind::kSick, .from = day(2024, 10, 16), .last_day = day(2024, 10, 30)});
  EXPECT_EQ(matched({kStaff}), "on-support-roster");
  EXPECT_EQ(refusal.source, "catalogue R-103, R-121");
}

TEST_F(Support, ALeaveRecordedAfterTheMatchIsMetAtTheConsent_R121) {
  ASSERT_EQ(registered(kStaff), "");
  called(1);
  ASSERT_EQ(matched({kStaff}), "");
  ward.facts.record(LeaveStarted{.leave = {7}, .person = kStaff, .kind = LeaveKind::kSick, .from = day(2024, 10, 10), .last_day = day(2024, 10, 30)});
  current = assignments().front();
  EXPECT_EQ(act(as(kHomeTeamHead), "consent"), "on-support-roster");
}

TEST_F(Support, AChangedPeriodIsAskedOfTheSuperiorAgain_R107) {
  ASSERT_EQ(registered(kStaff), "");
  called(1);
  ASSERT_EQ(matched({kStaff}), "");
  current = assignments().front();
  ASSERT_EQ(act(as(kHomeTeamHead), "consent"), "");
  ASSERT_EQ(act(as_hr(), "change", {{"work", "区民まつり"}, {"from", "2024-11-15"}, {"last_day", "2024-11-16"}}), "");
  EXPECT_EQ(state().state, "asked");
}

TEST_F(Support, WhoWasChosenIsNotReadInTheRequestByTheWholeOffice) {
  ASSERT_EQ(registered(kStaff), "");
  called(1);
  const CaseId request = current;
  ASSERT_EQ(matched({kStaff}), "");
  current = request;
  const auto seen = [&](const Actor& actor) { return with_context([&](const DecisionContext& context) { return visible_form(context, *definition_of(state()), state(), actor, state().form, written_by(state())); }); };
  EXPECT_FALSE(seen(as(kHomeManager)).contains("people"));
  EXPECT_EQ(seen(as(kHomeManager))["work"], "区民まつり");
  EXPECT_TRUE(seen(as_hr()).contains("people"));
}

TEST_F(Support, OnlyThoseOnTheRosterAndNoMoreThanAskedForAreChosen_R104) {
  for (const auto person : {kStaff, kDeputyPerson}) ASSERT_EQ(registered(person), "");
  called(1);
  EXPECT_EQ(matched({kStaff, kDeputyPerson}), "no-more-than-asked");
  EXPECT_EQ(matched({kHrSecond}), "on-support-roster");
  EXPECT_EQ(matched({kDeputyPerson}), "");
}

TEST_F(Support, ASecondSendingCountsThoseOfTheFirst_R104) {
  for (const auto person : {kStaff, kDeputyPerson, kHrSecond}) ASSERT_EQ(registered(person), "");
  called(2);
  const CaseId request = current;
  ASSERT_EQ(matched({kStaff}), "");
  current = request;
  EXPECT_EQ(matched({kDeputyPerson, kHrSecond}), "no-more-than-asked");
  ASSERT_EQ(matched({kDeputyPerson}), "");
  current = request;
  EXPECT_EQ(matched({kHrSecond}), "no-more-than-asked");
  current = assignments().front();
  ASSERT_EQ(act(as(kHomeTeamHead), "refuse-support", {}, "月末の窓口"), "");
  current = request;
  EXPECT_EQ(matched({kHrSecond}), "") << "in place of the one who was refused";
}

TEST_F(Support, WhoServedOnADayIsNotMatchedForItAgain_R106) {
  ASSERT_EQ(registered(kStaff), "");
  today = day(2024, 10, 16);
  called(1);
  ASSERT_EQ(matched({kStaff}), "");
  current = assignments().front();
  ASSERT_EQ(act(as(kHomeTeamHead), "consent"), "");
  ASSERT_EQ(act(as_hr(), "serve", {{"hours", 7.5}}), "");
  ASSERT_EQ(requested(request(1, "2024-10-16", "2024-10-18")), "");
  ASSERT_EQ(act(as_hr(), "call"), "");
  EXPECT_EQ(matched({kStaff}), "support-free");
}

TEST_F(Support, ALeaveOrderedLaterBringsTheAssignmentBackToBeChanged_R103_R121) {
  ASSERT_EQ(registered(kStaff), "");
  called(1);
  ASSERT_EQ(matched({kStaff}), "");
  current = assignments().front();
  ASSERT_EQ(act(as(kHomeTeamHead), "consent"), "");
  const CaseId assignment = current;
  const auto leave = [&](const char* from, const char* last) {
    ASSERT_EQ(open(as(kStaff), "childcare-leave", kStaff, {{"from", from}, {"last_day", last}}), "");
    ASSERT_EQ(act(as(kStaff), "submit"), "");
    for (const auto person : {kHomeManager, kHrHead}) ASSERT_EQ(act(as(person), "approve"), "") << refusal.message.en;
    ASSERT_EQ(act(as_hr(), "order"), "") << refusal.message.en;
  };
  EXPECT_FALSE(offers(as_hr(), "leave-met"));
  EXPECT_EQ(act(as_hr(), "leave-met"), "not-entitled") << "nobody says that by hand";
  leave("2024-12-01", "2024-12-31");
  EXPECT_EQ(cases.at(assignment).state, "assigned") << "that leave is another time";
  leave("2024-10-16", "2024-11-30");
  current = assignment;
  EXPECT_EQ(state().state, "clashing");
  EXPECT_TRUE(offers(as_hr(), "change"));
  EXPECT_EQ(act(as_hr(), "change", request_of_one_day()), "") << refusal.message.en;
  EXPECT_EQ(state().state, "asked");
}

TEST_F(Support, OnlyTheHeadsOfAUnitAskForIt) {
  ASSERT_EQ(registered(kStaff), "");
  const auto asks = [&](PersonId person) {
    return with_context([&](const DecisionContext& context) {
      return take(context, open_case(context, as(person, {"staff", "manager"}), {.procedure = "support-dispatch", .subject = {"unit", to_text(kAsking)}, .action = {}, .form = request(1)}));
    });
  };
  EXPECT_EQ(asks(kHomeManager), "not-entitled") << "of another section";
  EXPECT_EQ(asks(kNewManager), "") << "of the section above";
  EXPECT_EQ(asks(kNewTeamHead), "");
}

TEST_F(Support, WhatIsReportedIsWhatIsOnRecordAndApplicantsAreNotThoseSent_R105) {
  for (const auto person : {kStaff, kDeputyPerson}) ASSERT_EQ(registered(person), "");
  called(2);
  const CaseId request = current;
  ASSERT_EQ(matched({kStaff, kDeputyPerson}), "");
  today = day(2024, 10, 17);
  for (const auto id : assignments()) {
    current = id;
    ASSERT_EQ(act(as(kHomeTeamHead), "consent"), "");
  }
  ASSERT_EQ(act(as_hr(), "serve", {{"hours", 7.5}}), "");
  current = request;
  EXPECT_EQ(act(as(kNewTeamHead), "report", {{"applicants", 5}, {"served", 2}}), "served-as-recorded");
  EXPECT_EQ(refusal.source, "catalogue R-105");
  EXPECT_EQ(act(as(kNewTeamHead), "report", {{"applicants", 0}, {"served", 1}}), "served-as-recorded");
  EXPECT_EQ(act(as(kNewTeamHead), "report", {{"applicants", 5}, {"served", 1}}), "");
}

TEST_F(Support, AnEntryIsChangedOrConfirmedByThePersonFromADayOn_R102) {
  ASSERT_EQ(registered(kStaff), "");
  json changed = entry();
  changed["skills"] = {"受付"};
  changed["from"] = "2025-01-01";
  changed["last_day"] = "2026-03-31";
  EXPECT_EQ(act(as(kHomeTeamHead), "change", changed), "not-entitled");
  ASSERT_EQ(act(as(kStaff), "change", changed), "") << refusal.message.en;
  const auto entry_on = [&](Day on) {
    const auto all = reg().rosters(kStaff, {on});
    return all.size() == 1 ? all.front().detail_json : std::to_string(all.size()) + " entries";
  };
  EXPECT_EQ(entry_on(day(2024, 12, 31)), R"({"days":"any","skills":["救護"]})");
  EXPECT_EQ(entry_on(day(2025, 1, 1)), R"({"days":"any","skills":["受付"]})");
  EXPECT_EQ(entry_on(day(2026, 3, 31)), R"({"days":"any","skills":["受付"]})");
  ASSERT_EQ(act(as(kStaff), "leave", {{"left_on", "2025-02-28"}}), "");
  EXPECT_EQ(entry_on(day(2025, 3, 1)), "0 entries");
}

TEST_F(Support, WhoIsOnLeaveThatDayIsNotCountedAmongThoseWhoCouldCome_R103_R104) {
  for (const auto person : {kStaff, kDeputyPerson}) ASSERT_EQ(registered(person), "");
  ward.facts.record(LeaveStarted{.leave = {7}, .person = kStaff, .kind = LeaveKind::kSick, .from = day(2024, 10, 1), .last_day = day(2024, 10, 30)});
  EXPECT_EQ(requested(request(2)), "roster-large-enough");
  EXPECT_EQ(requested(request(1)), "");
}

TEST_F(Support, TheRequestIsPublicInTheOfficeAndTheAssignmentIsNot) {
  ASSERT_EQ(registered(kStaff), "");
  called(1);
  EXPECT_TRUE(reads(as(kHomeManager)));
  EXPECT_TRUE(reads(as(kHrSecond)));
  ASSERT_EQ(matched({kStaff}), "");
  current = assignments().front();
  EXPECT_FALSE(reads(as(kHrSecond)));
  EXPECT_TRUE(reads(as(kHomeManager)));
}

}  // namespace
}  // namespace rireki
