#include "resource_world.h"

namespace rireki::api::test {
namespace {

class Organisation : public ResourceWorld {
 protected:
  json unit(UnitId id, const std::string& query = "") { return get(acting(kMori), "/api/units/" + to_text(id) + query).body; }
};

json post_in(const json& unit, PostId post) {
  for (const auto& each : unit.at("posts"))
    if (each.at("id") == to_text(post)) return each;
  return nullptr;
}

}  // namespace

TEST_F(Organisation, IsATreeWithHeadsAndPlaces) {
  const auto tree = get(acting(kMori), "/api/units").body;
  ASSERT_EQ(tree["units"].size(), 2u);
  const auto& citizens = tree["units"][0]["name"] == "区民部" ? tree["units"][0] : tree["units"][1];
  EXPECT_EQ(citizens["head"]["name"], "髙橋　恵");
  const auto& counter = citizens["children"][0]["children"][0];
  EXPECT_EQ(counter["name"], "窓口係");
  EXPECT_EQ(counter["places"], (json{{"quota", 4}, {"holders", 3}, {"present", 3}, {"covered", 0}, {"open", 1}}));
  EXPECT_TRUE(tree["unplaced"].empty());
}

TEST_F(Organisation, StandsAsItIsOnTheDayAskedFor) {
  record({UnitEstablished{.unit = UnitId{6}, .name = "デジタル課", .level = UnitLevel::kKa, .parent = kAffairs, .from = day(2027, 4, 1)}});
  EXPECT_EQ(unit(kAffairs)["children"].size(), 1u);
  EXPECT_EQ(unit(kAffairs, "?on=2027-04-01")["children"].size(), 2u);
  EXPECT_EQ(unit(UnitId{6})["in_force"], false) << "known, but not yet";
  EXPECT_EQ(get(acting(kMori), "/api/units/" + to_text(UnitId{7})).status, 404);
}

TEST_F(Organisation, ShowsWhoIsOnLeaveAndTheOpenPlaceButNotWhy) {
  record({LeaveStarted{.leave = LeaveId{70}, .person = kAiko, .kind = LeaveKind::kSick, .from = day(2026, 5, 1), .last_day = day(2026, 6, 30)}});
  const auto read = get(acting(kMori), "/api/units/" + to_text(kCounter));
  const auto post = post_in(read.body, kCounterClerk);
  EXPECT_EQ(post["places"]["open"], 2);
  int on_leave = 0;
  for (const auto& holder : post["holders"]) on_leave += holder["on_leave"].get<bool>();
  EXPECT_EQ(on_leave, 1);
  EXPECT_EQ(read.text.find("sick"), std::string::npos);
  EXPECT_EQ(read.text.find("病気"), std::string::npos);
}

TEST_F(Organisation, ShowsConcurrentHoldersBesideTheMainOnes) {
  record({Posted{.person = kMori, .post = kHrClerk, .kind = PostingKind::kConcurrent, .from = day(2026, 5, 1), .order_kind = "兼務"}});
  const auto post = get(acting(kAiko), "/api/posts/" + to_text(kHrClerk)).body;
  EXPECT_EQ(post["holders"].size(), 1u);
  ASSERT_EQ(post["concurrent"].size(), 1u);
  EXPECT_EQ(post["concurrent"][0]["person"]["name"], "森　健");
  EXPECT_EQ(post["concurrent"][0]["kind"]["label"], "兼務");
}

TEST_F(Organisation, HidesNobodyWithoutAPlace) {
  const Position joined = record({PersonRegistered{.person = PersonId{50}, .staff_number = "00000050", .name = {"相川", "涼", "アイカワ", "リョウ"}},
                                  Appointed{.person = PersonId{50}, .exam_category = "I", .job_category = "事務", .from = day(2026, 4, 1)}});
  const auto path = "/api/units?at_least=" + std::to_string(joined);
  ASSERT_EQ(get(hr(), path).body["unplaced"].size(), 1u);
  EXPECT_EQ(get(hr(), path).body["unplaced"][0]["name"], "相川　涼");
  EXPECT_TRUE(get(acting(kMori), path).body["unplaced"].empty()) << "to those who may read the record";
  EXPECT_TRUE(get(hr(), path + "&on=2026-03-31").body["unplaced"].empty());
}

TEST_F(Organisation, NamesTheWayUpAndTheDeputies) {
  record({DeputyNamed{.post = kRegistryHead, .deputy = kTeamHead, .from = day(2026, 4, 1)}});
  const auto counter = unit(kCounter);
  EXPECT_EQ(counter["above"][0]["name"], "戸籍課");
  EXPECT_EQ(counter["above"][1]["name"], "区民部");
  EXPECT_EQ(unit(kRegistry)["posts"][0]["deputies"][0]["person"]["name"], "山本　純");
}

TEST_F(Organisation, PostsAreNotFoundWhenThereIsNone) {
  EXPECT_EQ(get(hr(), "/api/posts/" + to_text(PostId{999})).status, 404);
  EXPECT_EQ(get(hr(), "/api/posts/x").status, 404);
}

}  // namespace rireki::api::test
