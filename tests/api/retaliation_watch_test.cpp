// What happens to those who spoke is told to the desk for a year, and to nobody else.
#include "tests/api/resource_world.h"

namespace rireki::api::test {
namespace {

class RetaliationWatch : public ResourceWorld {
 protected:
  RetaliationWatch() {
    publish();
    consulted_ = open(acting(kAiko), "harassment-consultation", Subject{"request", "harassment-desk"}, {{"kind", "power"}, {"story", "どなられる"}, {"accused", to_text(kTeamHead)}, {"came_by", "system"}});
  }
  static Actor handler() { return acting(kHrWorker, {"staff", "harassment-handler"}); }
  json notes(const Actor& actor) {
    wait_for_views();
    return get(actor, now_of("/api/retaliation-watch")).body["notes"];
  }
  CaseId consulted_;
};

TEST_F(RetaliationWatch, TellsTheDeskOfOrdersWithinTheYearAndNotOfOthers) {
  EXPECT_TRUE(notes(handler()).empty()) << "what was before does not count";
  record({PostingEnded{.person = kAiko, .post = kCounterClerk, .last_day = day(2026, 6, 30)}, Posted{.person = kAiko, .post = kHrClerk, .from = day(2026, 7, 1), .order_kind = "異動"}});
  record({Graded{.person = kMori, .grade = Grade::kSenior, .step = 1, .from = day(2026, 7, 1)}});
  const auto found = notes(handler());
  ASSERT_EQ(found.size(), 2u) << found.dump(1);
  EXPECT_EQ(found[0]["case"], to_text(consulted_));
  EXPECT_EQ(found[0]["person"]["id"], to_text(kAiko));
  EXPECT_EQ(found[0]["watched_until"], "2027-05-15");
  record({PostingEnded{.person = kAiko, .post = kHrClerk, .last_day = day(2027, 5, 31)}});
  EXPECT_EQ(notes(handler()).size(), 2u) << "more than a year later";
}

TEST_F(RetaliationWatch, TellsNobodyElseThatThereIsAnything) {
  record({PostingEnded{.person = kAiko, .post = kCounterClerk, .last_day = day(2026, 6, 30)}});
  ASSERT_EQ(notes(handler()).size(), 1u);
  for (const auto& other : {acting(kAiko), hr(), acting(kTeamHead, {"staff", "manager", "harassment-handler"}), acting(kHrManager, {"staff", "hr"}), auditor(), administrator()}) EXPECT_TRUE(notes(other).empty());
}

TEST_F(RetaliationWatch, OfATipCoversWhoToldAndWhoSuffered) {
  open(acting(kMori), "harassment-third-party-report", Subject{"request", "harassment-desk"}, {{"kind", "power"}, {"accused", to_text(kChief)}, {"acts_seen", "机をたたいた"}, {"victim", to_text(kManager)}});
  record({Separated{.person = kMori, .kind = SeparationKind::kResigned, .last_day = day(2026, 8, 31)}, Separated{.person = kManager, .kind = SeparationKind::kResigned, .last_day = day(2026, 8, 31)}});
  std::set<std::string> people;
  for (const auto& note : notes(handler())) people.insert(note["person"]["id"]);
  EXPECT_EQ(people, (std::set<std::string>{to_text(kMori), to_text(kManager)}));
}

}  // namespace
}  // namespace rireki::api::test
