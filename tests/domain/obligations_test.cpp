// Obligations: who owes what by when, what a leave changes, what counts as done, and how it stood on another day.
#include "domain/obligations.h"

#include <rapidcheck/gtest.h>

#include "small_ward.h"

namespace rireki {
namespace {

using nlohmann::json;

constexpr PersonId kNew{500};

class ObligationsTest : public ::testing::Test {
 protected:
  ObligationsTest() { ward.facts.record(PolicySet{.policy = kObligationsPolicy, .value_json = default_obligations().content, .from = day(2015, 4, 1)}); }
  void hire(Day from, PersonId person = kNew) {
    ward.facts.record(PersonRegistered{.person = person, .staff_number = std::to_string(person.value), .name = {"見本", "職員", "", ""}});
    ward.facts.record(Appointed{.person = person, .exam_category = "I", .job_family = {}, .job_category = "事務", .term_article = {}, .term_reason = {}, .from = from});
    ward.facts.record(Posted{.person = person, .post = kHomeSeats, .from = from, .order_kind = {}, .order_number = {}});
  }
  void leave(Day from, Day last, LeaveKind kind = LeaveKind::kChildcare) {
    ward.facts.record(LeaveStarted{.leave = {ward.facts.next_id()}, .person = kNew, .kind = kind, .from = from, .last_day = last});
  }
  void done(const char* duty, Day on) { ward.facts.record(DutyCompleted{.person = kNew, .duty = duty, .on = on}); }
  std::vector<Duty> duties(int year, Day on, Position as_of = kPending) {
    const Register reg(ward.facts);
    return duties_of(reg, kNew, obligations_in_force(reg, {on, as_of}), year, {on, as_of});
  }
  // "due", "overdue" …; "" if nothing of it is owed.
  std::string status(const char* duty, int year, Day on) {
    for (const auto& one : duties(year, on))
      if (one.obligation == duty) return std::string(to_text(one.status));
    return "";
  }
  std::optional<Day> due_of(const char* duty, int year, Day on) {
    for (const auto& one : duties(year, on))
      if (one.obligation == duty) return one.due;
    return std::nullopt;
  }
  SmallWard ward;
};

TEST_F(ObligationsTest, AOneOnOneIsDueInYearsOneToNineAndMissedWithTheYear_R061) {
  hire(day(2015, 4, 1));
  EXPECT_EQ(status("one-on-one", 2023, day(2023, 6, 1)), "due") << "year 9";
  EXPECT_EQ(status("one-on-one", 2024, day(2024, 6, 1)), "") << "year 10";
  EXPECT_EQ(status("one-on-one", 2017, day(2017, 6, 30)), "due");
  EXPECT_EQ(status("one-on-one", 2017, day(2017, 7, 1)), "overdue");
  EXPECT_EQ(status("one-on-one", 2017, day(2018, 4, 1)), "missed") << "not carried over";
  done("one-on-one", day(2018, 11, 5));
  EXPECT_EQ(status("one-on-one", 2018, day(2018, 11, 4)), "overdue") << "as it stood the day before";
  EXPECT_EQ(status("one-on-one", 2018, day(2018, 11, 5)), "done");
  EXPECT_EQ(status("one-on-one", 2017, day(2018, 11, 5)), "missed") << "done in the next year, it does not meet this one";
}

TEST_F(ObligationsTest, AnAptitudeCheckIsDueOnceInYearNine_R064) {
  hire(day(2015, 4, 1));
  EXPECT_EQ(status("aptitude-check", 2022, day(2022, 6, 1)), "");
  EXPECT_EQ(status("aptitude-check", 2023, day(2023, 6, 1)), "due");
  EXPECT_EQ(status("aptitude-check", 2024, day(2024, 6, 1)), "");
}

TEST_F(ObligationsTest, ResilienceTrainingThatWasMissedIsOwedAgain_R065) {
  hire(day(2020, 4, 1));
  EXPECT_EQ(status("resilience-training", 2020, day(2020, 6, 1)), "");
  EXPECT_EQ(status("resilience-training", 2021, day(2022, 3, 31)), "due");
  EXPECT_EQ(status("resilience-training", 2022, day(2022, 6, 1)), "overdue") << "carried over";
  done("resilience-training", day(2022, 7, 1));
  EXPECT_EQ(status("resilience-training", 2022, day(2022, 7, 1)), "done");
  EXPECT_EQ(status("resilience-training", 2023, day(2023, 6, 1)), "") << "done with";
}

TEST_F(ObligationsTest, StepUpTrainingEndsWithTheFourthYear_R066) {
  hire(day(2020, 4, 1));
  EXPECT_EQ(status("step-up-training", 2023, day(2023, 6, 1)), "due");
  EXPECT_EQ(status("step-up-training", 2024, day(2024, 6, 1)), "");
}

TEST_F(ObligationsTest, WhatFallsInALeaveIsDeferredAndAWholeYearOfItExcuses_R067) {
  hire(day(2023, 4, 1));
  leave(day(2024, 5, 1), day(2025, 4, 30));
  EXPECT_EQ(status("resilience-training", 2024, day(2025, 3, 31)), "deferred");
  EXPECT_EQ(status("resilience-training", 2025, day(2025, 4, 15)), "deferred") << "carried over, and still on leave";
  EXPECT_GT(due_of("resilience-training", 2025, day(2025, 5, 1)).value(), day(2025, 4, 30)) << "due after the return";
  EXPECT_EQ(status("one-on-one", 2024, day(2024, 12, 1)), "deferred") << "its day fell in the leave";
  leave(day(2026, 3, 1), day(2027, 4, 30));
  EXPECT_EQ(status("one-on-one", 2026, day(2026, 12, 1)), "excused");
}

TEST_F(ObligationsTest, ADutyThatIsCarriedOverWaitsForTheReturnEvenFromAWholeYearOfLeave_R065_R067) {
  hire(day(2023, 4, 1));
  leave(day(2024, 3, 1), day(2025, 5, 31));
  EXPECT_EQ(status("one-on-one", 2024, day(2024, 12, 1)), "excused") << "of that year alone";
  EXPECT_EQ(status("resilience-training", 2024, day(2024, 12, 1)), "deferred");
  EXPECT_EQ(status("resilience-training", 2025, day(2025, 5, 31)), "deferred");
  EXPECT_EQ(status("resilience-training", 2025, day(2025, 6, 1)), "due");
  EXPECT_EQ(due_of("resilience-training", 2025, day(2025, 6, 1)), day(2026, 5, 31)) << "with as much time as the leave took of it";
}

TEST_F(ObligationsTest, AreOpenedByAppointmentsAndMovesWhereTheListSaysSo_R068) {
  ward.facts.record(PolicySet{.policy = kObligationsPolicy, .value_json = R"([
    {"id": "oath", "title": {"ja": "宣誓", "en": "Oath"}, "source": ["x"], "population": {}, "each": "appointment", "due": {"offset": "+7d"}},
    {"id": "handover-talk", "title": {"ja": "引継ぎ面談", "en": "Handover talk"}, "source": ["x"], "population": {"moved_within_months": 1}, "each": "move", "due": {"offset": "+1 months"}}])", .from = day(2016, 4, 1)});
  hire(day(2020, 4, 1));
  EXPECT_EQ(due_of("oath", 2020, day(2020, 4, 1)), day(2020, 4, 8));
  EXPECT_EQ(status("handover-talk", 2020, day(2020, 4, 1)), "") << "an appointment is no move";
  ward.facts.record(PostingEnded{.person = kNew, .post = kHomeSeats, .last_day = day(2022, 9, 30)});
  ward.facts.record(Posted{.person = kNew, .post = kNewSeats, .from = day(2022, 10, 1), .order_kind = {}, .order_number = {}});
  EXPECT_EQ(due_of("handover-talk", 2022, day(2022, 10, 1)), day(2022, 11, 1));
  EXPECT_EQ(status("oath", 2022, day(2022, 10, 1)), "");
}

TEST_F(ObligationsTest, OfAPastYearAreJudgedByTheListOfThatYear_R005) {
  hire(day(2020, 4, 1));
  auto list = json::parse(default_obligations().content);
  list[0]["population"]["years_of_service"] = {1, 2};
  ward.facts.record(PolicySet{.policy = kObligationsPolicy, .value_json = list.dump(), .from = day(2024, 4, 1)});
  const Register reg(ward.facts);
  const auto years = [&](int year) { return obligations_of_year(reg, year, {day(2024, 10, 1)}).front().population.years_of_service->last; };
  EXPECT_EQ(years(2023), 9);
  EXPECT_EQ(years(2024), 2);
  EXPECT_EQ(years(2025), 2);
}

TEST_F(ObligationsTest, OfAYearToComeAreDueAndNotDeferred) {
  hire(day(2021, 4, 1));
  EXPECT_EQ(status("one-on-one", 2024, day(2023, 6, 1)), "due");
}

TEST_F(ObligationsTest, AnOpenEndedLeaveNeverMakesADutyOverdue_R067) {
  hire(day(2021, 4, 1));
  leave(day(2022, 6, 1), kForever, LeaveKind::kSick);
  for (const Day on : {day(2022, 6, 30), day(2022, 7, 1), day(2023, 3, 31), day(2023, 6, 1)}) EXPECT_EQ(status("one-on-one", 2022, on), "deferred") << iso(on);
}

TEST_F(ObligationsTest, ADeferredDutyIsDueAfterTheReturnListedThereAndCanBeMet_R067) {
  hire(day(2023, 4, 1));
  leave(day(2024, 5, 1), day(2025, 4, 30));
  const auto deferred = [&](Day on) {
    for (const auto& one : duties(2025, on))
      if (one.obligation == "one-on-one" && one.since == day(2024, 4, 1)) return std::string(to_text(one.status));
    return std::string();
  };
  EXPECT_EQ(deferred(day(2025, 4, 30)), "deferred");
  EXPECT_EQ(deferred(day(2025, 5, 1)), "due");
  EXPECT_EQ(status("one-on-one", 2024, day(2025, 10, 1)), "missed") << "not overdue for ever";
  done("one-on-one", day(2025, 6, 1));
  EXPECT_EQ(deferred(day(2025, 6, 1)), "done");
  EXPECT_EQ(status("one-on-one", 2024, day(2030, 1, 1)), "done");
}

TEST_F(ObligationsTest, LeavesThatFollowEachOtherExcuseLikeOne_R067) {
  hire(day(2020, 4, 1));
  leave(day(2022, 3, 1), day(2022, 9, 30), LeaveKind::kSick);
  leave(day(2022, 10, 1), day(2023, 4, 30));
  EXPECT_EQ(status("one-on-one", 2022, day(2022, 12, 1)), "excused");
}

TEST_F(ObligationsTest, ReturnFromChildcareLeaveOpensUpdateTraining_R124) {
  hire(day(2020, 4, 1));
  leave(day(2024, 4, 1), day(2025, 3, 31));
  EXPECT_EQ(status("update-training", 2024, day(2025, 3, 31)), "");
  EXPECT_EQ(status("update-training", 2025, day(2025, 4, 1)), "due");
  EXPECT_EQ(due_of("update-training", 2025, day(2025, 4, 1)), day(2025, 7, 1));
  leave(day(2026, 6, 1), day(2026, 6, 30), LeaveKind::kSick);
  EXPECT_EQ(due_of("update-training", 2026, day(2026, 7, 1)), day(2025, 7, 1)) << "only the earlier one, carried over";
}

TEST_F(ObligationsTest, PromotionOpensTheTrainingOfThatGrade_R068) {
  hire(day(2015, 4, 1));
  ward.facts.record(Graded{.person = kNew, .grade = Grade::kTeamHead, .from = day(2026, 4, 1)});
  EXPECT_EQ(status("team-head-training", 2026, day(2026, 4, 1)), "due");
  EXPECT_EQ(due_of("team-head-training", 2026, day(2026, 4, 1)), day(2026, 10, 1));
  ward.facts.record(Graded{.person = kNew, .grade = Grade::kStaff, .from = day(2027, 4, 1)});
  EXPECT_EQ(due_of("team-head-training", 2027, day(2027, 4, 1)), day(2026, 10, 1)) << "a demotion opens nothing";
}

TEST_F(ObligationsTest, OnlyCompletionMeetsADuty_R069) {
  hire(day(2020, 4, 1));
  ward.facts.record(QualificationGained{.person = kNew, .code = "one-on-one", .from = day(2020, 6, 1)});
  EXPECT_EQ(status("one-on-one", 2020, day(2020, 6, 15)), "due");
}

TEST_F(ObligationsTest, AreKnownAsTheyWereKnownThen) {
  hire(day(2020, 4, 1));
  const Position before = ward.facts.position();
  done("one-on-one", day(2020, 6, 1));
  EXPECT_EQ(duties(2020, day(2020, 10, 1)).front().status, DutyStatus::kDone);
  EXPECT_EQ(duties(2020, day(2020, 10, 1), before).front().status, DutyStatus::kOverdue);
}

TEST_F(ObligationsTest, EndWithEmployment) {
  hire(day(2020, 4, 1));
  ward.facts.record(Separated{.person = kNew, .kind = SeparationKind::kResigned, .last_day = day(2022, 8, 31)});
  EXPECT_EQ(status("one-on-one", 2022, day(2022, 8, 31)), "overdue");
  EXPECT_TRUE(duties(2022, day(2022, 9, 1)).empty());
  EXPECT_TRUE(duties(2023, day(2023, 6, 1)).empty());
}

TEST_F(ObligationsTest, FollowTheListThatIsInForceOnTheDay) {
  hire(day(2020, 4, 1));
  auto list = json::parse(default_obligations().content);
  list[0]["population"]["years_of_service"] = {1, 3};
  ward.facts.record(PolicySet{.policy = kObligationsPolicy, .value_json = list.dump(), .from = day(2024, 4, 1)});
  EXPECT_EQ(status("one-on-one", 2023, day(2024, 3, 31)), "overdue");
  EXPECT_EQ(status("one-on-one", 2024, day(2024, 4, 1)), "");
}

TEST_F(ObligationsTest, OfAHireInTheMiddleOfTheYearAreThoseOfTheFirstYear) {
  hire(day(2020, 12, 1));
  EXPECT_EQ(status("one-on-one", 2020, day(2020, 12, 1)), "due") << "they came after its day, and have the rest of the year";
  EXPECT_EQ(due_of("one-on-one", 2020, day(2020, 12, 1)), day(2021, 3, 31));
  EXPECT_EQ(duties(2020, day(2020, 12, 1)).front().since, day(2020, 12, 1));
}

TEST(ObligationsList, SaysEveryFaultAtOnceWithItsPlace) {
  const auto pointers = [](const std::function<void(json&)>& spoil) {
    auto list = json::parse(default_obligations().content);
    spoil(list);
    std::set<std::string> found;
    const auto loaded = load_obligations({"list.json", list.dump()});
    if (!loaded)
      for (const auto& one : loaded.error()) found.insert(one.pointer);
    return found;
  };
  using P = std::set<std::string>;
  EXPECT_EQ(pointers([](json&) {}), P{});
  EXPECT_EQ(pointers([](json& l) { l[0]["id"] = l[1]["id"]; l[2]["due"] = {{"offset", "+3d"}}; }), (P{"/1/id", "/2/due"}));
  EXPECT_EQ(pointers([](json& l) { l[0]["due"]["month_day"] = "02-30"; l[1]["population"]["years_of_service"] = {9, 1}; }), (P{"/0/due/month_day", "/1/population/years_of_service"}));
  EXPECT_EQ(pointers([](json& l) { l[0]["leave_kinds"] = {"sick"}; }), P{"/0/leave_kinds"});
  EXPECT_EQ(pointers([](json& l) { l[0]["population"]["hair"] = "grey"; }).size(), 1u);
  EXPECT_FALSE(load_obligations({"list.json", "[{"}));
}

TEST_F(ObligationsTest, AListWithAFaultIsNotRecorded) {
  EXPECT_EQ(ward.facts.admit({PolicySet{.policy = kObligationsPolicy, .value_json = R"([{"id": "x"}])", .from = day(2026, 4, 1)}}), std::vector<std::string>{"obligations-readable"});
}

// Whatever the leaves and completions: nobody is overdue on a day of leave on which the duty fell due, done stays done, and excused or missed owe nothing.
RC_GTEST_FIXTURE_PROP(ObligationsTest, HoldWhateverHappens, ()) {
  const Day hired = day(2018, 4, 1) + days{*rc::gen::inRange(0, 400)};
  hire(hired);
  for (Day at = hired + days{30}; *rc::gen::inRange(0, 3) > 0;) {
    at += days{*rc::gen::inRange(1, 300)};
    const Day last = *rc::gen::inRange(0, 6) == 0 ? kForever : at + days{*rc::gen::inRange(0, 500)};
    leave(at, last);
    if (last == kForever) break;
    at = last;  // the next one may follow at once
  }
  if (*rc::gen::inRange(0, 2)) done("one-on-one", hired + days{*rc::gen::inRange(0, 900)});
  const Register reg(ward.facts);
  const int year = *rc::gen::inRange(2018, 2024);
  std::map<std::pair<std::string, Day>, DutyStatus> before;
  for (Day on = fiscal_year_period(year).first; on <= fiscal_year_period(year).last; on += days{17}) {
    for (const auto& duty : duties_of(reg, kNew, obligations_in_force(reg, {on}), year, {on})) {
      RC_ASSERT(duty.since >= hired);
      RC_ASSERT((duty.status == DutyStatus::kDone) == duty.done.has_value());
      if (duty.status == DutyStatus::kDue) RC_ASSERT(on <= duty.due);
      if (duty.status == DutyStatus::kOverdue) {
        RC_ASSERT(on > duty.due);
        const auto leave_now = reg.leave(kNew, {on});
        RC_ASSERT(!leave_now || !leave_now->period.contains(duty.due));
      }
      const auto [known, first] = before.try_emplace({duty.obligation, duty.since}, duty.status);
      if (!first && known->second == DutyStatus::kDone) RC_ASSERT(duty.status == DutyStatus::kDone);
      known->second = duty.status;
    }
  }
}

}  // namespace
}  // namespace rireki
