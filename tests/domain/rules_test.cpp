// Each named rule by itself: an example on either side of its border, and a property where one pays.
#include <rapidcheck/gtest.h>

#include "domain/rules.h"
#include "small_ward.h"

namespace rireki {
namespace {

using nlohmann::json;

class Rules : public ::testing::Test, protected CaseRunner {
 protected:
  PersonId actor = kHomeTeamHead;
  // Does the rule pass for a case about kStaff with this form?
  bool passes(const char* name, json params, json form, std::string reason = {}, std::string in_state = "draft") {
    return with_context([&](const DecisionContext& context) {
      Case state;
      state.id = CaseId{77};
      state.subject = {"person", to_text(kStaff)};
      state.state = std::move(in_state);
      state.form = std::move(form);
      state.entered_at = Instant{entered.time_since_epoch()};
      verdict = find_rule(name)->ask({context, *definition("transfer"), state, params, reason, kStaff, actor});
      if (!verdict.passed) {
        EXPECT_FALSE(verdict.message.ja.empty());
        EXPECT_FALSE(verdict.message.en.empty());
      }
      return verdict.passed;
    });
  }
  json to(PostId post, const char* effective) { return {{"to_post", to_text(post)}, {"effective", effective}}; }
  const json at = {{"at", "/effective"}};
  const json post_at = {{"post", "/to_post"}, {"at", "/effective"}};
  Day entered = day(2026, 2, 20);
  RuleVerdict verdict;
};

TEST_F(Rules, AreNamedOnceWithVersionSourceAndTitleInBothLanguages) {
  std::set<std::string> names;
  for (const auto& rule : all_rules()) {
    EXPECT_TRUE(names.insert(rule.name).second) << rule.name;
    EXPECT_GE(rule.version, 1);
    EXPECT_NE(std::string(rule.source), "");
    EXPECT_FALSE(rule.title.ja.empty() || rule.title.en.empty()) << rule.name;
  }
  EXPECT_EQ(find_rule("no-such-rule"), nullptr);
}

TEST_F(Rules, EffectiveDatePresent) {
  EXPECT_TRUE(passes("effective-date-present", at, {{"effective", "2026-04-01"}}));
  EXPECT_FALSE(passes("effective-date-present", at, json::object()));
}

TEST_F(Rules, PersonEmployedOn) {
  ward.facts.record(Separated{.person = kStaff, .kind = SeparationKind::kResigned, .last_day = day(2026, 3, 31)});
  EXPECT_TRUE(passes("person-employed-on", at, {{"effective", "2026-03-31"}}));
  EXPECT_FALSE(passes("person-employed-on", at, {{"effective", "2026-04-01"}}));
}

TEST_F(Rules, ReceivingPostExistsOn) {
  ward.facts.record(PostClosed{.post = kNewSeats, .last_day = day(2026, 3, 31)});
  EXPECT_TRUE(passes("receiving-post-exists-on", post_at, to(kNewSeats, "2026-03-31")));
  EXPECT_FALSE(passes("receiving-post-exists-on", post_at, to(kNewSeats, "2026-04-01")));
  EXPECT_FALSE(passes("receiving-post-exists-on", post_at, to(PostId{999}, "2026-03-31")));
}

TEST_F(Rules, PostFreeOnCountsWhoIsThereOnTheDayAndNotThePersonMoved) {
  ward.hold(PersonId{150}, kNewSeats);
  EXPECT_FALSE(passes("post-free-on", post_at, to(kNewSeats, "2026-04-01")));
  EXPECT_EQ(verdict.facts, (std::vector<std::pair<std::string, std::string>>{{"post", to_text(kNewSeats)}, {"quota", "1"}, {"holders", "1"}, {"effective", "2026-04-01"}}));
  ward.facts.record(PostingEnded{.person = PersonId{150}, .post = kNewSeats, .last_day = day(2026, 3, 31)});
  EXPECT_TRUE(passes("post-free-on", post_at, to(kNewSeats, "2026-04-01"))) << "玉突き: who leaves the day before leaves the place free";
  EXPECT_FALSE(passes("post-free-on", post_at, to(kNewSeats, "2026-03-31")));
  EXPECT_TRUE(passes("post-free-on", {{"post", "/to_post"}, {"at", "/effective"}, {"unless", "/concurrent"}}, {{"to_post", to_text(kNewSeats)}, {"effective", "2026-03-31"}, {"concurrent", true}}));
}

TEST_F(Rules, NoSecondFullTimePost) {
  EXPECT_TRUE(passes("no-second-full-time-post", at, {{"effective", "2026-04-01"}}));
  ward.facts.record(PostingEnded{.person = kStaff, .post = kHomeSeats, .last_day = day(2026, 6, 30)});
  ward.facts.record(Posted{.person = kStaff, .post = kNewSeats, .from = day(2026, 7, 1), .order_kind = {}, .order_number = {}});
  EXPECT_FALSE(passes("no-second-full-time-post", at, {{"effective", "2026-04-01"}})) << "the order of 1 July would be a second";
  EXPECT_TRUE(passes("no-second-full-time-post", at, {{"effective", "2026-07-02"}}));
}

TEST_F(Rules, ConcurrentPostHeldTheDayBefore) {
  const json params = {{"post", "/to_post"}, {"at", "/effective"}, {"when", "/concurrent_end"}};
  json form = to(kHrSeats, "2026-04-01");
  EXPECT_TRUE(passes("concurrent-post-held", params, form)) << "nothing is to end";
  form["concurrent_end"] = true;
  EXPECT_FALSE(passes("concurrent-post-held", params, form));
  ward.facts.record(Posted{.person = kStaff, .post = kHrSeats, .kind = PostingKind::kConcurrent, .from = day(2025, 4, 1), .order_kind = {}, .order_number = {}});
  EXPECT_TRUE(passes("concurrent-post-held", params, form));
}

TEST_F(Rules, JobCategoryAllowedAsThePostListsThem) {
  ward.facts.record(PostCreated{.post = {401}, .unit = {9}, .title = "保健", .job_categories = {"保健師"}, .function = {}, .from = SmallWard::kStart});
  EXPECT_FALSE(passes("job-category-allowed", post_at, to({401}, "2026-04-01")));
  EXPECT_TRUE(passes("job-category-allowed", post_at, to(kNewSeats, "2026-04-01"))) << "a post that lists none takes any";
}

TEST_F(Rules, MinTenureFollowsThePolicyOfTheDay) {
  const json params = {{"at", "/effective"}, {"policy", "transfer.min-years"}};
  EXPECT_TRUE(passes("min-tenure", params, {{"effective", "2017-04-01"}})) << "two years where no policy is set";
  EXPECT_FALSE(passes("min-tenure", params, {{"effective", "2017-03-31"}}));
  ward.facts.record(PolicySet{.policy = "transfer.min-years", .value_json = "3", .from = day(2016, 4, 1)});
  EXPECT_FALSE(passes("min-tenure", params, {{"effective", "2017-04-01"}}));
  EXPECT_TRUE(passes("min-tenure", params, {{"effective", "2018-04-01"}}));
}

RC_GTEST_PROP(RulesProperty, LongerInAPostNeverFailsMinTenureWhereShorterPassed, ()) {
  CaseRunner run;
  const int first = *rc::gen::inRange(1, 4000);  // the day before, the post was held
  const int later = first + *rc::gen::inRange(0, 400);
  const auto passes = [&](int after) {
    return run.with_context([&](const DecisionContext& context) {
      Case state;
      state.subject = {"person", to_text(kStaff)};
      state.form = {{"effective", iso(SmallWard::kStart + days{after})}};
      const json params = {{"at", "/effective"}, {"policy", "transfer.min-years"}};
      return find_rule("min-tenure")->ask({context, *run.definition("transfer"), state, params, "", kStaff, {}}).passed;
    });
  };
  RC_ASSERT(!passes(first) || passes(later));
}

TEST_F(Rules, WishDepartureNeedsReason_R036) {
  const json params = {{"wish", "/wish"}, {"reason", "/departure_reason"}};
  EXPECT_TRUE(passes("wish-departure-needs-reason", params, json::object())) << "no wish was stated";
  EXPECT_TRUE(passes("wish-departure-needs-reason", params, {{"wish", "move"}}));
  EXPECT_FALSE(passes("wish-departure-needs-reason", params, {{"wish", "stay"}}));
  EXPECT_TRUE(passes("wish-departure-needs-reason", params, {{"wish", "stay"}, {"departure_reason", "欠員の補充"}}));
}

TEST_F(Rules, RetroactiveNeedsReason_R006) {
  EXPECT_TRUE(passes("retroactive-needs-reason", at, {{"effective", "2026-03-01"}})) << "today reaches back nowhere";
  EXPECT_FALSE(passes("retroactive-needs-reason", at, {{"effective", "2026-02-28"}}));
}

TEST_F(Rules, AnnouncementAfterDecisionAndBeforeTheDay_R052) {
  const json params = {{"at", "/effective"}, {"on", "/announced_on"}};
  today = day(2026, 3, 22);
  entered = day(2026, 3, 18);  // decided
  EXPECT_TRUE(passes("announcement-after-decision", params, {{"effective", "2026-04-01"}})) << "today";
  EXPECT_TRUE(passes("announcement-after-decision", params, {{"effective", "2026-04-01"}, {"announced_on", "2026-03-18"}}));
  EXPECT_FALSE(passes("announcement-after-decision", params, {{"effective", "2026-04-01"}, {"announced_on", "2026-03-10"}})) << "before the decision";
  EXPECT_FALSE(passes("announcement-after-decision", params, {{"effective", "2026-04-01"}, {"announced_on", "2026-03-23"}})) << "tomorrow";
  EXPECT_FALSE(passes("announcement-after-decision", params, {{"effective", "2026-03-22"}})) << "on the day itself";
}

TEST_F(Rules, OrderAfterAnnouncement_R052) {
  const json params = {{"announced", "announced"}};
  EXPECT_TRUE(passes("order-after-announcement", params, json::object(), "", "announced"));
  EXPECT_FALSE(passes("order-after-announcement", params, json::object(), "", "decided"));
}

TEST_F(Rules, DayReached) {
  EXPECT_TRUE(passes("day-reached", at, {{"effective", "2026-03-01"}}));
  EXPECT_FALSE(passes("day-reached", at, {{"effective", "2026-03-02"}}));
}

TEST_F(Rules, DecidedWithinGradeLooksAtTheGradeAfterPromotion) {
  const json params = {{"up_to", "senior"}, {"at", "/effective"}, {"grade", "/grade"}};
  EXPECT_TRUE(passes("decided-within-grade", params, {{"effective", "2026-04-01"}}));
  EXPECT_TRUE(passes("decided-within-grade", params, {{"effective", "2026-04-01"}, {"grade", "senior"}}));
  EXPECT_FALSE(passes("decided-within-grade", params, {{"effective", "2026-04-01"}, {"grade", "team-head"}}));
  ward.facts.record(Graded{.person = kStaff, .grade = Grade::kTeamHead, .from = day(2026, 4, 1)});
  EXPECT_FALSE(passes("decided-within-grade", params, {{"effective", "2026-04-01"}}));
  EXPECT_TRUE(passes("decided-within-grade", params, {{"effective", "2026-03-31"}}));
}

RC_GTEST_PROP(RulesProperty, AHigherLimitOfDelegationTakesWhateverALowerOneTakes, ()) {
  CaseRunner run;
  const auto grade = [] { return std::string(to_text(static_cast<Grade>(*rc::gen::inRange(1, 7)))); };
  const int low = *rc::gen::inRange(1, 7), high = *rc::gen::inRange(low, 7);
  const std::string promoted = grade();
  const auto passes = [&](int limit) {
    return run.with_context([&](const DecisionContext& context) {
      Case state;
      state.subject = {"person", to_text(kStaff)};
      state.form = {{"effective", "2026-04-01"}, {"grade", promoted}};
      const json params = {{"up_to", std::string(to_text(static_cast<Grade>(limit)))}, {"at", "/effective"}, {"grade", "/grade"}};
      return find_rule("decided-within-grade")->ask({context, *run.definition("transfer"), state, params, "", kStaff, {}}).passed;
    });
  };
  RC_ASSERT(!passes(low) || passes(high));
}

TEST_F(Rules, ConsentIsAskedForBeforeAnythingIsShared) {
  EXPECT_TRUE(passes("consent-recorded", {{"consent", "/consent"}}, {{"consent", "none"}}));
  EXPECT_FALSE(passes("consent-recorded", {{"consent", "/consent"}}, json::object()));
}

TEST_F(Rules, WithinConsentOrInDangerToLife) {
  const json params = {{"consent", "/consent"}, {"with", "/with"}, {"reader", "/reader"}, {"danger", "/danger"}};
  EXPECT_FALSE(passes("within-consent", params, {{"consent", "none"}, {"reader", "p1"}}));
  EXPECT_TRUE(passes("within-consent", params, {{"consent", "named"}, {"reader", "p1"}}));
  EXPECT_TRUE(passes("within-consent", params, {{"consent", "named"}, {"with", {"p1", "p2"}}, {"reader", "p2"}}));
  EXPECT_FALSE(passes("within-consent", params, {{"consent", "named"}, {"with", {"p1"}}, {"reader", "p2"}}));
  EXPECT_TRUE(passes("within-consent", params, {{"consent", "none"}, {"reader", "p1"}, {"danger", true}}));
  EXPECT_TRUE(passes("danger-to-life-exception", {{"danger", "/danger"}}, json::object()));
  EXPECT_FALSE(passes("danger-to-life-exception", {{"danger", "/danger"}}, {{"danger", true}}));
  EXPECT_TRUE(passes("danger-to-life-exception", {{"danger", "/danger"}}, {{"danger", true}}, "自傷の訴え"));
}

TEST_F(Rules, ReaderInLineAndPersonTold) {
  EXPECT_TRUE(passes("reader-in-line", {{"reader", "/reader"}}, {{"reader", to_text(kHomeManager)}}));
  EXPECT_FALSE(passes("reader-in-line", {{"reader", "/reader"}}, {{"reader", to_text(kNewManager)}}));
  EXPECT_TRUE(passes("person-told", {{"told", "/told"}}, {{"told", true}}));
  EXPECT_FALSE(passes("person-told", {{"told", "/told"}}, {{"told", false}}));
}

}  // namespace
}  // namespace rireki
