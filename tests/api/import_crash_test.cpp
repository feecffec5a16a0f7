// A real process is killed in the middle of an import: each file is there whole or not at all, and running it again completes it.
#include <gtest/gtest.h>
#include <time.h>

#include <chrono>
#include <map>

#include "eventstore/rocks_event_log.h"
#include "tests/api/cli_program.h"

namespace rireki::api {
namespace {

constexpr std::size_t kPosts = 30, kStaffPerPost = 60, kStaff = kPosts * kStaffPerPost;
constexpr int kRounds = 16;

struct Files {
  std::string units = "所属コード,所属名,上位所属コード,階層,設置日\n01,総務部,,部,2015-04-01\n";
  std::string posts = "ポストコード,ポスト名,所属コード,定数,設置日\n";
  std::string staff = "職員番号,姓,名,採用区分,任用区分,職種,採用日\n";
  std::string postings = "職員番号,ポスト,本務兼務,開始日\n";
  Files() {
    for (std::size_t i = 0; i < kPosts; ++i) posts += "P" + std::to_string(i) + ",係員,01," + std::to_string(kStaffPerPost) + ",2015-04-01\n";
    for (std::size_t i = 0; i < kStaff; ++i) {
      staff += std::to_string(i) + ",山田,太郎,Ⅰ類,常勤,事務,2020-04-01\n";
      postings += std::to_string(i) + ",P" + std::to_string(i % kPosts) + ",本務,2020-04-01\n";
    }
  }
};

std::map<std::string, std::size_t> facts_in(const std::string& data) {
  const auto log = RocksEventLog::open(data + "/log");
  EXPECT_TRUE(log);
  std::map<std::string, std::size_t> count;
  EXPECT_TRUE((*log)->read(AllEvents{}, {}, [&](const EventView& event) { return ++count[std::string(event.type())] > 0; }));
  return count;
}

}  // namespace

TEST(ImportCrash, LeavesEachFileWholeOrNotAtAll) {
  const TestFolder folder;
  const Files files;
  const std::string empty = folder / "empty", data = folder / "data";
  ASSERT_EQ(run(folder, {"init", "--data", empty}).code, 0);
  const std::vector<std::string> import = {"import", "--data", data, "--units", folder.write("u.csv", files.units), "--posts", folder.write("p.csv", files.posts),
                                           "--staff", folder.write("s.csv", files.staff), "--postings", folder.write("o.csv", files.postings)};
  const auto fresh = [&] {
    std::filesystem::remove_all(data);
    std::filesystem::copy(empty, data, std::filesystem::copy_options::recursive);
  };
  fresh();
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_EQ(run(folder, import).code, 0);
  const auto whole = std::chrono::steady_clock::now() - begun;

  int killed = 0;
  std::map<std::string, int> reached;
  for (int round = 0; round < kRounds; ++round) {
    fresh();
    Program program(folder, import);
    const auto moment = std::chrono::duration_cast<std::chrono::nanoseconds>(whole * round / kRounds).count();
    const timespec wait{.tv_sec = moment / 1'000'000'000, .tv_nsec = moment % 1'000'000'000};
    ::nanosleep(&wait, nullptr);  // the kill's place in the run, not a wait for anything
    program.signal(SIGKILL);
    killed += program.wait().code == -1;

    auto count = facts_in(data);
    const auto units = count["fact/unit-established"], posts = count["fact/post-created"], people = count["fact/person-registered"], postings = count["fact/posted"];
    EXPECT_TRUE(units == 0 || units == 1);
    EXPECT_TRUE(posts == 0 || posts == kPosts) << posts;
    EXPECT_TRUE(people == 0 || people == kStaff) << people;
    EXPECT_EQ(count["fact/appointed"], people);
    EXPECT_TRUE(postings == 0 || postings == kStaff) << postings;
    EXPECT_TRUE(units * kStaff >= posts && posts * kStaff >= people && people >= postings) << "a later file never without an earlier one";
    ++reached[postings ? "all" : people ? "staff" : posts ? "posts" : units ? "units" : "nothing"];

    ASSERT_EQ(run(folder, import).code, 0);
    count = facts_in(data);
    EXPECT_EQ(count["fact/unit-established"] + count["fact/post-created"] + count["fact/person-registered"] + count["fact/posted"], 1 + kPosts + 2 * kStaff);
  }
  EXPECT_GT(killed, 0) << "no import was cut off: the test showed nothing";
  for (const auto& [what, times] : reached) RecordProperty("reached_" + what, times);
}

}  // namespace rireki::api
