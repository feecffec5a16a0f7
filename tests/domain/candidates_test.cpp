// Who could be chosen from a roster, and why not.
#include "domain/candidates.h"

#include <rapidcheck/gtest.h>

#include "small_ward.h"

namespace rireki {
namespace {

using nlohmann::json;

class Candidates : public ::testing::Test, protected CaseRunner {
 protected:
  Candidates() { today = day(2024, 9, 2); }
  void enter(PersonId person, const char* detail = R"({"skills":["救護"]})", Day last = day(2025, 3, 31)) {
    ward.facts.record(RosterJoined{.person = person, .roster = "support", .detail_json = detail, .from = day(2024, 4, 1), .last_day = last});
  }
  std::vector<Candidate> found(const char* from = "2024-10-15", const char* last = "2024-10-16", std::vector<std::string> wanted = {"救護", "英語"}) {
    return with_context([&](const DecisionContext& context) {
      return candidates(context, *definition("support-assignment"), "support", {{"from", from}, {"last_day", last}, {"work", "祭り"}}, wanted);
    });
  }
};

TEST_F(Candidates, AreThoseOfTheRosterTheEligibleFirstThenByWhatMatches) {
  enter(kStaff);
  enter(kDeputyPerson, R"({"skills":["救護"],"licences":["英語"]})");
  enter(kHrSecond, "{}");
  ward.facts.record(LeaveStarted{.leave = {7}, .person = kDeputyPerson, .kind = LeaveKind::kSick, .from = day(2024, 10, 16), .last_day = day(2024, 10, 20)});
  const auto all = found();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].person, kStaff);
  EXPECT_EQ(all[0].matching, std::vector<std::string>{"救護"});
  EXPECT_EQ(all[1].person, kHrSecond);
  EXPECT_EQ(all[2].person, kDeputyPerson) << "matches most, but is on leave that day";
  EXPECT_FALSE(all[2].eligible);
  const auto& why = all[2].checks.front();
  EXPECT_EQ(why.rule, "on-support-roster");
  EXPECT_EQ(why.source, "catalogue R-103, R-121");
  EXPECT_FALSE(why.message.ja.empty());
}

TEST_F(Candidates, AreNotThoseWhoHaveLeftTheRosterOrTheOffice) {
  enter(kStaff, "{}", day(2024, 9, 30));
  enter(kDeputyPerson);
  ward.facts.record(Separated{.person = kDeputyPerson, .kind = SeparationKind::kResigned, .last_day = day(2024, 9, 30)});
  EXPECT_TRUE(found().empty());
}

// R-111: of two who bring the same, one with leaves behind them, both have the same standing.
RC_GTEST_FIXTURE_PROP(Candidates, ALeaveThatIsOverIsNoMarkAgainstAnybody_R111, ()) {
  enter(kStaff);
  enter(kDeputyPerson);
  const Day from = day(2016, 1, 1) + days{*rc::gen::inRange(0, 2'000)};
  ward.facts.record(LeaveStarted{.leave = {7}, .person = kDeputyPerson, .kind = *rc::gen::element(LeaveKind::kSick, LeaveKind::kChildcare, LeaveKind::kCare), .from = from, .last_day = from + days{*rc::gen::inRange(0, 1'000)}});
  const auto all = found();
  RC_ASSERT(all.size() == 2u);
  RC_ASSERT(all[0].eligible == all[1].eligible);
  RC_ASSERT(all[0].matching == all[1].matching);
}

}  // namespace
}  // namespace rireki
