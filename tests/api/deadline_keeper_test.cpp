// Deadlines pass by themselves, once, whoever is asked to let them and however often.
#include "api/deadline_keeper.h"

#include <thread>

#include "resource_world.h"

namespace rireki::api::test {
namespace {

class Deadlines : public ResourceWorld {
 protected:
  Deadlines() { publish(); }
  CaseId noticed() {
    return open(acting(kManager, {"staff", "manager"}), "line-care", kAiko, {{"noticed_on", iso(today())}, {"signs", "元気がない"}});
  }
  Day today() const { return local_day(office_->now()); }
  std::size_t recorded(const char* what) const {
    std::size_t count = 0;
    EXPECT_TRUE(log_->read(with_type("case/deadline-passed"), {}, [&](const EventView& event) {
      count += std::get<DeadlinePassed>(decode(event).value()).what == what;
      return true;
    }));
    return count;
  }
};

TEST_F(Deadlines, PassOnceAndShowInTheWorklistOfThoseTheyRemind) {
  noticed();
  EXPECT_EQ(pass_deadlines(*office_, *views_), 0u);
  set_today(today() + days{7});
  EXPECT_EQ(pass_deadlines(*office_, *views_), 1u);
  EXPECT_EQ(pass_deadlines(*office_, *views_), 0u);
  EXPECT_EQ(recorded("passed"), 1u);
  EXPECT_EQ(recorded("reminded"), 1u);
  wait_for_views();
  const auto work = get(acting(kManager, {"staff", "manager"}), "/api/worklist").body.at("items");
  ASSERT_EQ(work.size(), 1u);
  const auto why = work.at(0).at("why").get<std::set<std::string>>();
  EXPECT_TRUE(why.contains("reminded")) << work.dump();
  EXPECT_TRUE(get(acting(kMori), "/api/worklist").body.at("items").empty());
}

TEST_F(Deadlines, PassOnceWhenSeveralServersAskAtTheSameMoment) {
  for (int i = 0; i < 3; ++i) {
    noticed();
    set_today(today() + days{1});
  }
  set_today(today() + days{20});
  wait_for_views();
  std::vector<std::thread> keepers;
  for (int i = 0; i < 4; ++i) keepers.emplace_back([&] { pass_deadlines(*office_, *views_); });
  for (auto& keeper : keepers) keeper.join();
  EXPECT_EQ(recorded("passed"), 3u);
  EXPECT_EQ(recorded("reminded"), 3u);
}

TEST_F(Deadlines, ArePassedByTheKeeperWithoutAnybodyAsking) {
  noticed();
  set_today(today() + days{20});
  {
    DeadlineKeeper keeper(*office_, *views_, [](const std::string& what) { ADD_FAILURE() << what; });
    for (int i = 0; i < 200 && recorded("passed") == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  EXPECT_EQ(recorded("passed"), 1u);
}

TEST_F(Deadlines, MoveWhenAHolidayOrALeaveIsRecordedLater) {
  const auto id = noticed();  // Friday 15 May 2026: +3 open days is Wednesday 20th
  wait_for_views();
  const auto due_in_view = [&] {
    wait_for_views();
    return find_case_row(*views_->snapshot("cases").rows, id)->due;
  };
  EXPECT_EQ(due_in_view(), day(2026, 5, 20));
  ASSERT_TRUE(office_->record_facts({}, {{.id = ids_.make<FactId>(), .fact = PolicySet{.policy = "holidays.municipal.2026", .value_json = R"({"2026-05-18":"記念日"})", .from = day(2026, 1, 1)}}}, {}));
  EXPECT_EQ(due_in_view(), day(2026, 5, 21));
  ASSERT_TRUE(office_->record_facts({}, {{.id = ids_.make<FactId>(), .fact = LeaveStarted{.leave = {77}, .person = kAiko, .kind = LeaveKind::kSick, .from = day(2026, 5, 19), .last_day = day(2026, 5, 25)}}}, {}));
  EXPECT_EQ(due_in_view(), day(2026, 5, 28)) << "seven days of leave later";
}

}  // namespace
}  // namespace rireki::api::test
