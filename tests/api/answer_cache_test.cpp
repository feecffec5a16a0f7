// Kept answers: given again while nothing they were read from has changed, and to nobody else.
#include "api/resources/answer_cache.h"

#include "projections/cases_view.h"
#include "resource_world.h"

namespace rireki::api::test {
namespace {

class KeptAnswers : public ResourceWorld {
 protected:
  KeptAnswers() {
    publish();
    wait_for_views();
  }
  AnswerCache cache_{*office_, *views_, 64 * 1024};
  AnswerBasis resting_on(std::vector<std::string> tags) const {
    AnswerBasis basis{.today = local_day(office_->now()), .as_of = log_->head(), .log = {.at = log_->head(), .items = {}}, .rows = {}};
    for (auto& tag : tags) basis.log.items.push_back({.types = {}, .tags = {std::move(tag)}});
    return basis;
  }
  static Response answer(const std::string& body) { return {.status = 200, .headers = {}, .body = body, .stream = {}}; }
  bool kept(const std::string& question, Position at_least = 0) { return cache_.find(question, at_least) != nullptr; }
};

TEST_F(KeptAnswers, StandUntilAnythingTheyWereReadFromIsAppended) {
  cache_.keep("of Aiko", answer("a"), resting_on({"person:" + to_text(kAiko)}));
  cache_.keep("of Mori", answer("m"), resting_on({"person:" + to_text(kMori)}));
  EXPECT_EQ(cache_.find("of Aiko", 0)->response.body, "a");
  record({Renamed{.person = kMori, .name = {"林", "健", "", ""}, .from = day(2026, 5, 1)}});
  EXPECT_TRUE(kept("of Aiko")) << "that was about somebody else";
  EXPECT_FALSE(kept("of Mori"));
  EXPECT_FALSE(kept("of nobody"));
}

TEST_F(KeptAnswers, StandUntilARowTheyWereReadFromChanges) {
  auto basis = resting_on({});
  basis.rows.push_back({"cases", "c/none", false, log_->head()});
  cache_.keep("a case", answer("x"), basis);
  basis.rows.push_back({"cases", by_procedure("transfer"), true, log_->head()});
  cache_.keep("a list", answer("x"), basis);
  EXPECT_TRUE(kept("a case") && kept("a list"));
  open(hr(), "transfer", kAiko, {{"to_post", to_text(kHrClerk)}, {"effective", "2026-10-01"}, {"order_kind", "配置換"}});
  wait_for_views();
  EXPECT_TRUE(kept("a case"));
  EXPECT_FALSE(kept("a list")) << "there is one more in it";
  basis.rows.back().at = log_->head();
  basis.rows.front().at = log_->head();
  cache_.keep("a list", answer("x"), basis);
  EXPECT_TRUE(kept("a list"));
  ASSERT_TRUE(views_->rebuild("cases"));
  record({Renamed{.person = kMori, .name = {"林", "健", "", ""}, .from = day(2026, 5, 1)}});
  wait_for_views();
  EXPECT_TRUE(kept("a list")) << "rebuilt at that very position: the same rows";
}

TEST_F(KeptAnswers, OfADayEndWithIt) {
  cache_.keep("today", answer("x"), resting_on({}));
  EXPECT_TRUE(kept("today"));
  set_today(day(2026, 5, 16));
  EXPECT_FALSE(kept("today"));
}

TEST_F(KeptAnswers, AreNotGivenWhereMoreIsAskedForThanTheyState) {
  cache_.keep("q", answer("x"), resting_on({}));
  EXPECT_TRUE(kept("q", log_->head()));
  EXPECT_FALSE(kept("q", log_->head() + 1));
}

TEST_F(KeptAnswers, TakeNoMoreRoomThanTheyMay) {
  const std::string kilobyte(1024, 'x');
  for (int i = 0; i < 1'000; ++i) cache_.keep("q" + std::to_string(i), answer(kilobyte), resting_on({}));
  int left = 0;
  for (int i = 0; i < 1'000; ++i) left += kept("q" + std::to_string(i));
  EXPECT_LE(left * 1024, 64 * 1024);
  EXPECT_GT(left, 8) << "the newest are there";
}

TEST_F(KeptAnswers, AreNoneOfAnAnswerThatWasReadFromTooMuchToAskAbout) {
  std::vector<std::string> tags;
  for (std::size_t i = 0; i <= kAnswerPartsMax; ++i) tags.push_back("person:" + std::to_string(i));
  AnswerCache roomy(*office_, *views_);
  roomy.keep("all", answer("x"), resting_on(tags));
  EXPECT_FALSE(roomy.find("all", 0));
  tags.pop_back();
  roomy.keep("all", answer("x"), resting_on(tags));
  EXPECT_TRUE(roomy.find("all", 0));
}

TEST_F(KeptAnswers, AreThoseOfOneReaderWithTheirRolesAndLanguage) {
  const CaseId id = open(hr(), "transfer", kAiko, {{"to_post", to_text(kHrClerk)}, {"effective", "2026-10-01"}, {"order_kind", "配置換"}});
  wait_for_views();
  EXPECT_EQ(get(hr(), path(id)).status, 200);
  EXPECT_EQ(get(acting(kHrWorker), path(id)).status, 404) << "the same person without the role";
  EXPECT_EQ(get(acting(kMori), path(id)).status, 404);
  EXPECT_NE(get(hr(), path(id)).body["state"]["label"], get(hr(), path(id), Language::kEn).body["state"]["label"]);
  EXPECT_EQ(get(hr(), path(id)).body["actions"].empty(), false);
  ASSERT_EQ(act(hr(), id, "withdraw", json::object(), "やめる"), "");
  wait_for_views();
  EXPECT_EQ(get(hr(), "/api/cases/" + to_text(id)).body["state"]["kind"], "withdrawn");
}

}  // namespace
}  // namespace rireki::api::test
