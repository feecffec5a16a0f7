// Somebody is away from tomorrow: their stations go to the deputy, and what was decided meanwhile is seen afterwards.
#include "small_ward.h"

namespace rireki {
namespace {

class Absence : public ::testing::Test, protected CaseRunner {
 protected:
  Absence() { today = day(2026, 3, 1); }
  std::string away(PersonId person, const char* from, const char* until, std::optional<PersonId> deputy, const Actor& by) {
    nlohmann::json form{{"from", from}, {"last_day", until}, {"where", "travel"}};
    if (deputy) form["deputy"] = to_text(*deputy);
    return open(by, "absence", person, form);
  }
  std::string away(const char* from, const char* until, std::optional<PersonId> deputy = kDeputyPerson) { return away(kHrHead, from, until, deputy, as(kHrHead)); }
};

TEST_F(Absence, SendsTheStationsOfWhoIsAwayToTheDeputyAndBackAfterwards_R163) {
  ASSERT_EQ(away("2026-03-02", "2026-03-06"), "");
  ASSERT_EQ(open(as_hr(), "transfer", kStaff, transfer_form()), "");
  ASSERT_EQ(act(as_hr(), "submit"), "") << refusal.message.en;
  for (const auto person : {kNewManager, kHomeManager}) ASSERT_EQ(act(as(person), "approve"), "");
  EXPECT_FALSE(offers(as(kDeputyPerson), "approve")) << "today the head is there";
  today = day(2026, 3, 2);
  EXPECT_EQ(act(as(kDeputyPerson), "approve"), "");
  EXPECT_EQ(state().stations.back().mode, StationMode::kDeputy);
  EXPECT_EQ(state().stations.back().for_person, kHrHead);
  today = day(2026, 3, 9);
  EXPECT_TRUE(offers(as(kHrHead), "review-after")) << "後閲";
  EXPECT_EQ(act(as(kHrHead), "review-after"), "");
}

TEST_F(Absence, TakesADeputyOnlyWhoIsThereOnEveryDayOfIt_R121) {
  EXPECT_EQ(away("2026-03-02", "2026-03-06", kHrHead), "deputy-available") << "oneself";
  ward.facts.record(LeaveStarted{.leave = {7}, .person = kDeputyPerson, .kind = LeaveKind::kSick, .from = day(2026, 3, 6), .last_day = day(2026, 3, 20)});
  EXPECT_EQ(away("2026-03-02", "2026-03-06"), "deputy-available");
  EXPECT_EQ(refusal.source, "catalogue R-121, R-163");
  EXPECT_EQ(away("2026-03-02", "2026-03-05"), "");
}

TEST_F(Absence, RefusesAPeriodThatEndsBeforeItBeginsOrLastsMoreThanAYear) {
  EXPECT_EQ(away("2026-03-06", "2026-03-02", std::nullopt), "deputy-available");
  EXPECT_EQ(away("2026-03-06", "2027-04-02", std::nullopt), "deputy-available");
}

TEST_F(Absence, EndsEarlierOrLaterByACorrectionAndNotAtAllByACancellation) {
  ASSERT_EQ(away("2026-03-02", "2026-03-06"), "");
  EXPECT_EQ(act(as(kHrHead), "change-end", {{"last_day", "2026-03-04"}}), "");
  EXPECT_EQ(reg().presence(kHrHead, {day(2026, 3, 4)}), Presence::kAway);
  EXPECT_EQ(reg().presence(kHrHead, {day(2026, 3, 5)}), Presence::kPresent);
  EXPECT_TRUE(reg().deputies(kHrHeadPost, {day(2026, 3, 5)}).empty());
  EXPECT_EQ(act(as(kHrHead), "cancel", {}, "出張の中止"), "");
  EXPECT_EQ(reg().presence(kHrHead, {day(2026, 3, 3)}), Presence::kPresent);
  EXPECT_TRUE(reg().deputies(kHrHeadPost, {day(2026, 3, 3)}).empty()) << "nor does anybody stand in";
}

TEST_F(Absence, IsDeclaredByOneselfASuperiorOrHr) {
  EXPECT_EQ(away(kStaff, "2026-03-02", "2026-03-06", std::nullopt, as(kHomeTeamHead)), "");
  EXPECT_EQ(away(kStaff, "2026-03-09", "2026-03-10", std::nullopt, as_hr()), "");
  EXPECT_EQ(away(kStaff, "2026-03-11", "2026-03-12", std::nullopt, as(kNewTeamHead)), "not-entitled");
}

}  // namespace
}  // namespace rireki
