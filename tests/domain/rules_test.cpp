// Each named rule by itself: what passes, what does not, and on which facts the answer rests.
#include "domain/rules.h"
#include "small_ward.h"

namespace rireki {
namespace {

class Rules : public ::testing::Test, protected CaseRunner {
 protected:
  RuleVerdict ask(const char* rule, nlohmann::json params, nlohmann::json form, PersonId subject = kStaff, std::string state = "draft") {
    return with_context([&](const DecisionContext& context) {
      Case one;
      one.subject = {"person", to_text(subject)};
      one.state = std::move(state);
      one.form = std::move(form);
      const std::string reason;
      const RuleInput input{context, *definition("transfer"), one, params, reason, subject};
      const Rule* found = find_rule(rule);
      EXPECT_NE(found, nullptr) << rule;
      EXPECT_FALSE(std::string(found->source).empty());
      auto verdict = found->ask(input);
      if (!verdict.passed) {
        EXPECT_FALSE(verdict.message.ja.empty());
        EXPECT_FALSE(verdict.message.en.empty());
      }
      return verdict;
    });
  }
  bool passes(const char* rule, nlohmann::json params, nlohmann::json form, PersonId subject = kStaff, std::string state = "draft") {
    return ask(rule, std::move(params), std::move(form), subject, std::move(state)).passed;
  }
};

TEST_F(Rules, PersonEmployedOnAsksTheEffectiveDate) {
  ward.facts.record(Separated{.person = kStaff, .kind = SeparationKind::kResigned, .last_day = day(2026, 3, 31)});
  EXPECT_TRUE(passes("person-employed-on", {{"at", "/effective"}}, {{"effective", "2026-03-31"}}));
  EXPECT_FALSE(passes("person-employed-on", {{"at", "/effective"}}, {{"effective", "2026-04-01"}}));
}

TEST_F(Rules, ReceivingPostExistsOnThatDay) {
  ward.facts.record(PostClosed{.post = kNewSeats, .last_day = day(2026, 3, 31)});
  const nlohmann::json params = {{"post", "/to_post"}, {"at", "/effective"}};
  EXPECT_TRUE(passes("receiving-post-exists-on", params, transfer_form(kNewSeats, "2026-03-31")));
  EXPECT_FALSE(passes("receiving-post-exists-on", params, transfer_form(kNewSeats, "2026-04-01")));
  EXPECT_FALSE(passes("receiving-post-exists-on", params, transfer_form(PostId{987}, "2026-04-01")));
}

TEST_F(Rules, PostFreeOnCountsWhoWillHaveLeft) {
  const nlohmann::json params = {{"post", "/to_post"}, {"at", "/effective"}};
  ward.hold(PersonId{150}, kNewSeats);
  EXPECT_FALSE(passes("post-free-on", params, transfer_form()));
  ward.facts.record(PostingEnded{.person = PersonId{150}, .post = kNewSeats, .last_day = day(2026, 3, 31)});
  EXPECT_TRUE(passes("post-free-on", params, transfer_form()));
}

TEST_F(Rules, JobCategoryAllowedReadsThePostsList_R019) {
  ward.facts.record(PostCreated{.post = PostId{250}, .unit = UnitId{9}, .title = "保健師", .job_categories = {"保健師"}, .function = {}, .from = SmallWard::kStart});
  const nlohmann::json params = {{"post", "/to_post"}, {"at", "/effective"}};
  const auto verdict = ask("job-category-allowed", params, transfer_form(PostId{250}));
  EXPECT_FALSE(verdict.passed);
  EXPECT_EQ(verdict.facts.back().second, "事務");
  EXPECT_TRUE(passes("job-category-allowed", params, transfer_form(kNewSeats))) << "a post without a list takes every category";
}

TEST_F(Rules, MinTenureTakesThePolicyOfTheDay_R005) {
  const nlohmann::json params = {{"at", "/effective"}, {"policy", "transfer.min-years"}};
  ward.facts.record(PostingEnded{.person = kStaff, .post = kHomeSeats, .last_day = day(2025, 3, 31)});
  ward.facts.record(Posted{.person = kStaff, .post = kHomeSeats, .from = day(2025, 4, 1), .order_kind = {}, .order_number = {}});
  EXPECT_FALSE(passes("min-tenure", params, transfer_form(kNewSeats, "2026-04-01"))) << "two years unless the office says otherwise";
  EXPECT_TRUE(passes("min-tenure", params, transfer_form(kNewSeats, "2027-04-01")));
  ward.facts.record(PolicySet{.policy = "transfer.min-years", .value_json = "1", .from = day(2026, 4, 1)});
  EXPECT_TRUE(passes("min-tenure", params, transfer_form(kNewSeats, "2026-04-01")));
  EXPECT_FALSE(passes("min-tenure", params, transfer_form(kNewSeats, "2026-03-31"))) << "the number in force on the day decides";
}

TEST_F(Rules, WishDepartureNeedsAReason_R036) {
  const nlohmann::json params = {{"wish", "/wish"}, {"reason", "/departure_reason"}};
  EXPECT_TRUE(passes("wish-departure-needs-reason", params, {{"wish", "move"}}));
  EXPECT_FALSE(passes("wish-departure-needs-reason", params, {{"wish", "stay"}}));
  EXPECT_TRUE(passes("wish-departure-needs-reason", params, {{"wish", "stay"}, {"departure_reason", "欠員"}}));
}

TEST_F(Rules, RetroactiveIsBeforeToday_R006) {
  EXPECT_TRUE(passes("retroactive-needs-reason", {{"at", "/effective"}}, {{"effective", "2026-03-01"}}));
  EXPECT_FALSE(passes("retroactive-needs-reason", {{"at", "/effective"}}, {{"effective", "2026-02-28"}}));
}

TEST_F(Rules, AnnouncementComesBeforeTheDayAndTheOrderAfterTheAnnouncement_R052) {
  EXPECT_TRUE(passes("announced-before-effective", {{"at", "/effective"}}, {{"effective", "2026-03-02"}}));
  EXPECT_FALSE(passes("announced-before-effective", {{"at", "/effective"}}, {{"effective", "2026-03-01"}}));
  EXPECT_FALSE(passes("order-after-announcement", {{"announced", "announced"}}, {}, kStaff, "decided"));
  EXPECT_TRUE(passes("order-after-announcement", {{"announced", "announced"}}, {}, kStaff, "announced"));
}

TEST_F(Rules, DecidedWithinGradeTakesTheGradeAfterThePromotion) {
  const nlohmann::json params = {{"up_to", "senior"}};
  EXPECT_TRUE(passes("decided-within-grade", params, transfer_form()));
  auto promoted = transfer_form();
  promoted["grade"] = "team-head";
  EXPECT_FALSE(passes("decided-within-grade", params, promoted));
  EXPECT_FALSE(passes("decided-within-grade", params, transfer_form(), kHomeManager));
}

TEST_F(Rules, ConsentIsWaitedForUnlessLifeIsInDanger) {
  const nlohmann::json params = {{"consent", "/consent"}, {"danger", "/danger_to_life"}};
  EXPECT_TRUE(passes("within-consent", params, {{"consent", "named"}}));
  EXPECT_FALSE(passes("within-consent", params, {{"consent", "none"}}));
  EXPECT_FALSE(passes("within-consent", params, nlohmann::json::object()));
  EXPECT_TRUE(passes("within-consent", params, {{"consent", "none"}, {"danger_to_life", true}}));
}

TEST_F(Rules, ThePersonIsToldBeforeASheetIsPassedOn_R139) {
  EXPECT_FALSE(passes("person-told", {{"told", "/person_told"}}, {{"person_told", false}}));
  EXPECT_TRUE(passes("person-told", {{"told", "/person_told"}}, {{"person_told", true}}));
}

TEST_F(Rules, DayReachedOnTheDayItself) {
  EXPECT_TRUE(passes("day-reached", {{"at", "/effective"}}, {{"effective", "2026-03-01"}}));
  EXPECT_FALSE(passes("day-reached", {{"at", "/effective"}}, {{"effective", "2026-03-02"}}));
}

}  // namespace
}  // namespace rireki
