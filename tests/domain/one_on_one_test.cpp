// The 1on1: who it is for, who holds it, and whose notes are whose.
#include "domain/access.h"
#include "domain/obligations.h"
#include "small_ward.h"

namespace rireki {
namespace {

using nlohmann::json;

class OneOnOne : public ::testing::Test, protected CaseRunner {
 protected:
  static constexpr Day kMay = day(2023, 5, 10);  // kStaff's ninth year of service
  OneOnOne() { today = kMay; }
  std::string plan(const Actor& actor) { return open(actor, "one-on-one", kStaff, {{"planned_on", "2023-06-30"}}); }
  json seen(const Actor& actor) {
    return with_context([&](const DecisionContext& context) { return visible_form(context, *definition_of(state()), state(), actor, state().form, written_by(state())); });
  }
  static json held(const char* on = "2023-06-20") { return {{"held_on", on}, {"themes", {"ability", "medium-term"}}, {"talked", "五年後の希望"}}; }
  const Actor superior = as(kHomeTeamHead);
};

TEST_F(OneOnOne, IsPlannedPreparedHeldAndConcluded) {
  ASSERT_EQ(plan(superior), "");
  EXPECT_EQ(act(as(kStaff), "prepare", {{"own_note", "窓口の待ち時間"}}), "");
  EXPECT_EQ(act(superior, "prepare-superior", {{"superior_note", "研修を勧める"}}), "");
  EXPECT_EQ(act(superior, "hold", held()), "day-reached") << "a meeting to come was not held";
  today = day(2023, 6, 20);
  EXPECT_EQ(act(superior, "hold", held()), "");
  EXPECT_EQ(act(as(kStaff), "conclude", {{"next_step", "簿記の講座"}}), "");
  EXPECT_EQ(state().state, "done");
  const auto now = reg();
  const auto duties = duties_of(now, kStaff, load_obligations(default_obligations()).value(), 2023, {today});
  EXPECT_TRUE(std::any_of(duties.begin(), duties.end(), [](const Duty& one) { return one.obligation == "one-on-one" && one.done == day(2023, 6, 20); })) << "the year's duty is met";
}

TEST_F(OneOnOne, IsForTheFirstNineYearsOfService_R061) {
  EXPECT_EQ(plan(superior), "") << "the ninth year";
  EXPECT_EQ(plan(superior), "already-open") << "one per fiscal year";
  today = day(2024, 4, 1);
  EXPECT_EQ(plan(superior), "service-year-within") << "the tenth";
  EXPECT_EQ(refusal.source, "catalogue R-061");
  ward.facts.record(PolicySet{.policy = "one-on-one.years", .value_json = "[1,12]", .from = day(2024, 4, 1)});
  EXPECT_EQ(plan(superior), "");
}

TEST_F(OneOnOne, IsHeldByTheDirectSuperiorOfThatDay_R062) {
  EXPECT_EQ(plan(as(kHomeManager)), "not-entitled") << "the 係長's, not the 課長's";
  EXPECT_EQ(plan(as(kNewTeamHead)), "not-entitled");
  ASSERT_EQ(plan(superior), "");
  ward.facts.record(PostingEnded{.person = kStaff, .post = kHomeSeats, .last_day = day(2023, 6, 15)});
  ward.facts.record(Posted{.person = kStaff, .post = kNewSeats, .from = day(2023, 6, 16), .order_kind = {}, .order_number = {}});
  today = day(2023, 6, 20);
  EXPECT_EQ(act(superior, "hold", held("2023-06-20")), "superior-on-day");
  EXPECT_EQ(refusal.source, "catalogue R-062");
  EXPECT_EQ(act(superior, "call-off", json::object(), "異動"), "");
  EXPECT_EQ(plan(as(kNewTeamHead)), "") << "the new pair";
}

TEST_F(OneOnOne, KeepsEachSidesNotesTheirsAndTheTalkBetweenTheTwo_R063) {
  ASSERT_EQ(plan(superior), "");
  ASSERT_EQ(act(as(kStaff), "prepare", {{"own_note", "窓口の待ち時間"}}), "");
  ASSERT_EQ(act(superior, "prepare-superior", {{"superior_note", "研修を勧める"}}), "");
  today = day(2023, 6, 20);
  ASSERT_EQ(act(superior, "hold", held()), "");
  const json by_person = seen(as(kStaff)), by_superior = seen(superior), by_hr = seen(as_hr());
  EXPECT_EQ(by_person["own_note"], "窓口の待ち時間");
  EXPECT_FALSE(by_person.contains("superior_note"));
  EXPECT_EQ(by_person["talked"], "五年後の希望");
  EXPECT_FALSE(by_superior.contains("own_note"));
  EXPECT_EQ(by_superior["superior_note"], "研修を勧める");
  EXPECT_EQ(by_superior["talked"], "五年後の希望");
  EXPECT_EQ(by_hr, (json{{"planned_on", "2023-06-30"}, {"held_on", "2023-06-20"}, {"themes", {"ability", "medium-term"}}})) << "date and themes only";
  EXPECT_FALSE(reads(as(kHomeManager)));
  EXPECT_FALSE(reads(as(kHrSecond, {"hr", "administrator"})));
}

TEST_F(OneOnOne, ANewSuperiorDoesNotReadTheFormerOnesNote) {
  ASSERT_EQ(plan(superior), "");
  ASSERT_EQ(act(superior, "prepare-superior", {{"superior_note", "研修を勧める"}}), "");
  EXPECT_TRUE(seen(superior).contains("superior_note"));
  ward.facts.record(PostingEnded{.person = kHomeTeamHead, .post = PostId{303}, .last_day = day(2023, 5, 31)});
  ward.facts.record(PostingEnded{.person = kNewTeamHead, .post = PostId{304}, .last_day = day(2023, 5, 31)});
  ward.facts.record(Posted{.person = kNewTeamHead, .post = PostId{303}, .from = day(2023, 6, 1), .order_kind = {}, .order_number = {}});
  today = day(2023, 6, 20);
  EXPECT_TRUE(reads(as(kNewTeamHead)));
  EXPECT_FALSE(seen(as(kNewTeamHead)).contains("superior_note"));
}

TEST_F(OneOnOne, AnOfficerOfHrSeesOfTheirOwnWhatThePersonSees) {
  ward.facts.record(PostingEnded{.person = kHrSecond, .post = kHrSeats, .last_day = day(2023, 3, 31)});
  ward.facts.record(Posted{.person = kHrSecond, .post = kHomeSeats, .from = day(2023, 4, 1), .order_kind = {}, .order_number = {}});
  ASSERT_EQ(open(superior, "one-on-one", kHrSecond, {{"planned_on", "2023-06-30"}}), "");
  ASSERT_EQ(act(superior, "prepare-superior", {{"superior_note", "研修を勧める"}}), "");
  EXPECT_FALSE(seen(as(kHrSecond, {"staff", "hr"})).contains("superior_note"));
}

}  // namespace
}  // namespace rireki
