// Every engine and every plan of the RocksDB engine, as one parameter: a plan changes the speed, never the answer.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <thread>

#include "eventstore/memory_event_log.h"
#include "eventstore/rocks_event_log.h"
#include "tests/eventstore/quick_disk.h"

namespace rireki {

inline std::string fresh_folder(const char* pattern) {
  std::string folder = (std::filesystem::path(RIREKI_BINARY_DIR) / pattern).string();
  return ::mkdtemp(folder.data()) ? folder : std::string();
}

class AnyLog : public ::testing::TestWithParam<const char*> {
 protected:
  using P = std::vector<Position>;

  void SetUp() override {
    const std::string kind = GetParam();
    if (kind == "memory") {
      log_ = std::make_unique<MemoryEventLog>();
      return;
    }
    folder_ = fresh_folder("log-XXXXXX");
    ASSERT_FALSE(folder_.empty());
    options_.free_bytes_min = 0;
    options_.env = QuickDisk::env();
    options_.plan = kind == "scan" ? RocksOptions::Plan::kScan : kind == "index" ? RocksOptions::Plan::kIndex : RocksOptions::Plan::kAuto;
    open();
  }
  void TearDown() override {
    log_.reset();
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }
  void open() { log_ = RocksEventLog::open(folder_, options_).value(); }
  bool durable() const { return !folder_.empty(); }
  // What was in memory comes from files then.
  void restart() {
    if (!durable()) return;
    log_.reset();
    open();
  }
  void start_empty() {
    log_.reset();
    if (!durable()) {
      log_ = std::make_unique<MemoryEventLog>();
      return;
    }
    std::filesystem::remove_all(folder_);
    open();
  }

  NewEvent event(std::string type, std::vector<std::string> tags, std::string body = "body") {
    return {.id = {1, ++ids_}, .type = std::move(type), .tags = std::move(tags), .actor = "a1", .body = std::move(body)};
  }
  Result<Appended, AppendError> append(std::vector<NewEvent> events, Condition condition = Unconditional{}, std::optional<Command> command = std::nullopt) {
    return log_->append(AppendRequest{std::move(events), std::move(condition), std::move(command)});
  }
  // Store S of the conformance cases.
  void given_S() {
    for (auto& [type, tags] : std::vector<std::pair<std::string, std::vector<std::string>>>{
             {"A", {"s:1"}}, {"B", {"s:1", "c:1"}}, {"A", {"s:2"}}, {"C", {"c:1"}}, {"B", {"s:2", "c:1", "x"}}, {"D", {}}})
      ASSERT_TRUE(append({event(type, tags)}));
  }
  P positions(const Query& query, const ReadOptions& options = {}) {
    P found;
    EXPECT_TRUE(log_->read(query, options, [&](const EventView& e) {
      found.push_back(e.position());
      return true;
    }));
    return found;
  }
  static Query items(std::vector<QueryItem> all) { return all; }
  static Condition unless(Query query, Position after = 0) { return AppendCondition{{Clause{std::move(query), after}}}; }

  std::filesystem::path folder_;
  RocksOptions options_;
  std::unique_ptr<EventLog> log_;
  std::atomic<std::uint64_t> ids_{0};
};

#define RIREKI_EVERY_ENGINE(suite) \
  INSTANTIATE_TEST_SUITE_P(Engines, suite, ::testing::Values("memory", "rocks", "index", "scan"), [](const auto& info) { return std::string(info.param); })

}  // namespace rireki
