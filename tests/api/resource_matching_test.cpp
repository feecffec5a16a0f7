// Rosters, candidates with reasons, and the covers that run.
#include "resource_world.h"

namespace rireki::api::test {
namespace {

class Matching : public ResourceWorld {
 protected:
  Matching() { publish(); }
  static constexpr LeaveId kLeave{77};
  // Mori of the counter is on leave; Aiko, of the roster, covers.
  void covered() {
    record({LeaveStarted{.leave = kLeave, .person = kMori, .kind = LeaveKind::kChildcare, .from = day(2026, 6, 1), .last_day = day(2027, 3, 31)},
            RosterJoined{.person = kAiko, .roster = "voyager", .detail_json = R"({"ground":"experience"})", .from = day(2026, 4, 1), .last_day = day(2027, 3, 31)}});
  }
};

TEST_F(Matching, ARosterIsReadByHrByOneselfAndByTheSuperiors) {
  record({RosterJoined{.person = kAiko, .roster = "support", .detail_json = R"({"skills":["救護"]})", .from = day(2026, 4, 1), .last_day = day(2027, 3, 31)}});
  const auto entries = [&](const Actor& actor, const char* query = "") { return get(actor, std::string("/api/rosters/support") + query).body["entries"]; };
  ASSERT_EQ(entries(hr()).size(), 1u);
  EXPECT_EQ(entries(hr())[0]["detail"]["skills"][0], "救護");
  EXPECT_EQ(entries(acting(kAiko)).size(), 1u);
  EXPECT_EQ(entries(acting(kManager)).size(), 1u);
  EXPECT_TRUE(entries(acting(kHrManager)).empty());
  EXPECT_TRUE(entries(hr(), "?on=2027-04-01").empty());
  EXPECT_EQ(get(hr(), "/api/rosters/friends").status, 404);
}

TEST_F(Matching, VoyagerCandidatesComeWithTheReasonOfEachRule) {
  covered();
  const std::string path = "/api/leaves/" + to_text(kLeave) + "/candidates";
  const auto answer = get(hr(), path);
  ASSERT_EQ(answer.status, 200) << answer.text;
  ASSERT_EQ(answer.body["candidates"].size(), 1u);
  EXPECT_EQ(answer.body["candidates"][0]["checks"].size(), 5u);
  const auto too_long = get(hr(), path + "?last_day=2027-04-30").body["candidates"][0];
  EXPECT_EQ(too_long["eligible"], false);
  std::set<std::string> failed;
  for (const auto& check : too_long["checks"])
    if (check["passed"] == false) failed.insert(check["rule"]);
  EXPECT_TRUE(failed.contains("cover-inside-leave"));
  EXPECT_TRUE(failed.contains("certified-throughout"));
  EXPECT_EQ(get(acting(kManager), path).status, 403);
  EXPECT_EQ(get(hr(), path + "?from=soon").status, 400);
  EXPECT_EQ(get(hr(), "/api/leaves/" + to_text(LeaveId{5}) + "/candidates").status, 404);
}

TEST_F(Matching, CoversSayWhatALeaveThatGrewAsksToDecide) {
  covered();
  record({Posted{.person = kAiko, .post = kCounterClerk, .kind = PostingKind::kCover, .from = day(2026, 6, 1), .last_day = day(2027, 3, 31), .covers = kLeave, .order_kind = "派遣"}});
  const auto covers = [&] { return get(hr(), "/api/covers").body["covers"]; };
  ASSERT_EQ(covers().size(), 1u);
  EXPECT_EQ(covers()[0]["to_decide"], nullptr);
  EXPECT_EQ(covers()[0]["home_post"]["id"].is_string(), true);
  record({LeaveChanged{.leave = kLeave, .person = kMori, .last_day = day(2027, 5, 31)}});
  EXPECT_EQ(covers()[0]["to_decide"], "offer-extension");
  EXPECT_EQ(covers()[0]["leave_ends"], "2027-05-31");
  EXPECT_TRUE(get(acting(kHrManager), "/api/covers").body["covers"].empty());
  EXPECT_TRUE(get(hr(), "/api/covers?on=2027-04-01").body["covers"].empty());
}

}  // namespace
}  // namespace rireki::api::test
