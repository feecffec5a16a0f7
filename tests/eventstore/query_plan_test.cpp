// Whether a query is answered by the index or by reading on: a wrong guess changes no answer, only how long it takes, and by how much the log grew.
#include "eventstore/postings.h"
#include "tests/eventstore/log_fixture.h"

namespace rireki {
namespace {

class QueryPlan : public ::testing::Test {
 protected:
  void SetUp() override { folder_ = fresh_folder("plan-XXXXXX"); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
};

TEST_F(QueryPlan, TagsThatMustAllBeThereAreAsFewAsTheRarestOfThemWhicheverComesFirst) {
  RocksOptions options{.free_bytes_min = 0, .env = QuickDisk::env()};
  {
    const auto log = RocksEventLog::open(folder_, options).value();
    std::uint64_t id = 0;
    for (int batch = 0; batch < 40; ++batch) {
      std::vector<NewEvent> events;
      for (int i = 0; i < 500; ++i) events.push_back({.id = {2, ++id}, .type = "t", .tags = {"common", "own:" + std::to_string(id)}, .actor = "a", .body = "b"});
      events.front().tags.emplace_back("rare");
      ASSERT_TRUE(log->append({.events = std::move(events), .condition = Unconditional{}, .command = std::nullopt}));
    }
  }
  const auto store = open_store(folder_, options).value();
  const auto of = [&](std::vector<std::string> tags) { return estimate(*store, {{.types = {}, .tags = std::move(tags)}}); };
  EXPECT_GT(of({"common"}), 5'000u);
  EXPECT_LT(of({"rare"}), 1'000u);
  EXPECT_EQ(of({"common", "rare"}), of({"rare"}));
  EXPECT_EQ(of({"rare", "common"}), of({"rare"}));
}

}  // namespace
}  // namespace rireki
