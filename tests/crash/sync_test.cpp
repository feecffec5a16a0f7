// kill -9 cannot show a missing sync: the kernel keeps what was written. These tests can, and a planted bug proves it: with
// RIREKI_PLANT_ACK_BEFORE_SYNC the engine acknowledges before it syncs (rocks_group.cpp), and the same checks must then find it out.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "eventstore/rocks_event_log.h"
#include "tests/crash/faulty_disk.h"
#include "tests/crash/witnessed_batch.h"

namespace rireki::crash {
namespace {

#ifdef RIREKI_PLANT_ACK_BEFORE_SYNC
constexpr bool kPlanted = true;
#else
constexpr bool kPlanted = false;
#endif

class FailingSync : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = (std::filesystem::path(RIREKI_BINARY_DIR) / "sync-XXXXXX").string();
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    disk_ = std::make_shared<FaultyDisk>();
    env_ = rocksdb::NewCompositeEnv(disk_);
  }
  void TearDown() override {
    log_.reset();
    std::filesystem::remove_all(folder_);
  }
  void open() { log_ = RocksEventLog::open(folder_ + "/log", {.free_bytes_min = 0, .env = env_.get()}).value(); }

  // Many at once; how many were told that their events are safe. Batch b is refused only as `refusals` says.
  std::size_t acknowledged_of(std::uint64_t first_batch, std::size_t count, std::vector<AppendErrorCode>& refusals) {
    std::vector<std::thread> threads;
    std::vector<std::optional<Result<Appended, AppendError>>> answers(count);
    for (std::size_t i = 0; i < count; ++i) threads.emplace_back([&, i] { answers[i] = log_->append(request_of(first_batch + i)); });
    for (auto& thread : threads) thread.join();
    std::size_t acknowledged = 0;
    for (const auto& answer : answers)
      if (*answer) ++acknowledged;
      else refusals.push_back(answer->error().code);
    return acknowledged;
  }

  std::string folder_;
  std::shared_ptr<FaultyDisk> disk_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<RocksEventLog> log_;
};

TEST_F(FailingSync, TellsNobodyThatItsEventsAreSafe_Case81) {
  open();
  std::vector<AppendErrorCode> refusals;
  ASSERT_EQ(acknowledged_of(1, 8, refusals), 8u);
  const Position head = log_->head();
  disk_->fail_syncs(true);
  const std::size_t acknowledged = acknowledged_of(100, 16, refusals);
  if (kPlanted) {
    EXPECT_GT(acknowledged, 0u) << "this check would not notice an engine that acknowledges before it syncs";
    return;
  }
  EXPECT_EQ(acknowledged, 0u);
  EXPECT_EQ(disk_->failed_syncs(), 1u) << "a failed sync is never tried again";
  EXPECT_TRUE(std::any_of(refusals.begin(), refusals.end(), [](auto code) { return code == AppendErrorCode::kIo; }));
  EXPECT_TRUE(std::all_of(refusals.begin(), refusals.end(), [](auto code) { return code == AppendErrorCode::kIo || code == AppendErrorCode::kClosed; }));
  EXPECT_EQ(log_->head(), head) << "nobody sees what may be lost";
  disk_->fail_syncs(false);
  EXPECT_EQ(log_->append(request_of(200)).error().code, AppendErrorCode::kClosed) << "the disk is well again, the log must not trust it";
  std::size_t read = 0;
  ASSERT_TRUE(log_->read(AllEvents{}, {}, [&](const EventView&) { return ++read; }));
  EXPECT_EQ(read, head) << "reading goes on";
}

#ifndef RIREKI_PLANT_ACK_BEFORE_SYNC  // where nothing is synced, nothing fails
TEST_F(FailingSync, CanBeOpenedAgainAndAnswersTheCommandsOnce) {
  open();
  std::vector<AppendErrorCode> refusals;
  ASSERT_EQ(acknowledged_of(1, 4, refusals), 4u);
  const Position head = log_->head();
  disk_->fail_syncs(true);
  ASSERT_EQ(acknowledged_of(100, 1, refusals), 0u);
  disk_->fail_syncs(false);
  log_.reset();
  open();
  const Position reopened = log_->head();
  EXPECT_TRUE(reopened == head || reopened == head + batch_size(100)) << "whole or not at all";
  const auto again = log_->append(request_of(100));  // the client that was told nothing repeats its command
  ASSERT_TRUE(again);
  EXPECT_EQ(again->repeated, reopened != head);
  EXPECT_EQ(again->first, head + 1);
  EXPECT_EQ(log_->head(), head + batch_size(100));
}
#endif

TEST_F(FailingSync, LosesNothingAcknowledgedInAPowerCut) {
  open();
  std::vector<AppendErrorCode> refusals;
  Position promised = 0;
  for (std::uint64_t round = 0; round < 20; ++round) {
    ASSERT_EQ(acknowledged_of(1 + round * 10, 10, refusals), 10u);
    promised = log_->head();
    const std::string left = folder_ + "/left-" + std::to_string(round);
    disk_->copy_after_power_cut(folder_ + "/log", left);
    const auto after = RocksEventLog::open(left, {.free_bytes_min = 0});
    ASSERT_TRUE(after) << after.error().what;
    if (kPlanted) {
      EXPECT_LT((*after)->head(), promised) << "this check would not notice an engine that acknowledges before it syncs";
      return;
    }
    EXPECT_EQ((*after)->head(), promised);
    std::size_t read = 0;
    ASSERT_TRUE((*after)->read(AllEvents{}, {}, [&](const EventView&) { return ++read; }));
    EXPECT_EQ(read, promised);
  }
}

}  // namespace
}  // namespace rireki::crash
