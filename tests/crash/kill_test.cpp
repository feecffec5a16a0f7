// A writer is killed (-9) in the middle of its group commits, again and again; the witness keeps what was acknowledged.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>

#include "eventstore/rocks_event_log.h"
#include "tests/crash/witnessed_batch.h"

extern char** environ;

namespace rireki::crash {
namespace {

constexpr int kRounds = 200;
constexpr int kFullCheckEvery = 50;  // else only what came since the last round; all of it at the end

class KilledWriter : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = (std::filesystem::path(RIREKI_BINARY_DIR) / "killed-XXXXXX").string();
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Runs the writer until `acknowledgements` have come, kills it, and returns how many it had sent in all.
  std::size_t run_and_kill(std::size_t acknowledgements, std::chrono::microseconds later) {
    int pipe_ends[2];
    if (::pipe2(pipe_ends, O_CLOEXEC) != 0) return 0;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    constexpr int kWitness = 3;
    posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], kWitness);
    const std::string program = (std::filesystem::path(RIREKI_BINARY_DIR) / "crash_writer").string(), batch = std::to_string(next_batch_), fd = std::to_string(kWitness);
    char* const arguments[] = {const_cast<char*>(program.c_str()), folder_.data(), const_cast<char*>(batch.c_str()), const_cast<char*>(fd.c_str()), nullptr};
    pid_t child = 0;
    EXPECT_EQ(posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(pipe_ends[1]);
    std::size_t seen = 0;
    Acknowledged told;
    const auto next = [&] {
      if (::read(pipe_ends[0], &told, sizeof told) != sizeof told) return false;
      acknowledged_[told.batch] = told;
      ++seen;
      return true;
    };
    while (seen < acknowledgements && next()) {}
    if (later.count() > 0) ::usleep(static_cast<unsigned>(later.count()));  // not always right after an acknowledgement
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself: " << status;
    while (next()) {}
    ::close(pipe_ends[0]);
    return seen;
  }

  // Every batch after `from` is whole, acknowledged ones are where they were said to be, index and commands agree with the log.
  void check(EventLog& log, Position from) {
    std::map<std::uint64_t, Acknowledged> found;
    Position expected = from + 1;
    Instant before{};
    const auto end = log.read(AllEvents{}, {.after = from}, [&](const EventView& event) {
      EXPECT_EQ(event.position(), expected++) << "a gap";
      EXPECT_LE(before, event.recorded_at());
      before = event.recorded_at();
      const std::uint64_t batch = event.id().high;
      auto& place = found.try_emplace(batch, Acknowledged{batch, event.position(), event.position() - 1}).first->second;
      EXPECT_EQ(event.position(), ++place.last) << "batch " << batch << " is not in one piece";
      EXPECT_EQ(event.body(), body_of(batch, event.position() - place.first));
      return true;
    });
    ASSERT_TRUE(end);
    EXPECT_EQ(end->head, expected - 1);
    for (const auto& [batch, place] : found) {
      EXPECT_EQ(place.last - place.first + 1, batch_size(batch)) << "batch " << batch << " is torn";
      const auto answer = log.find_command(command_of(batch).id);
      ASSERT_TRUE(answer);
      EXPECT_EQ(answer->first, place.first);
      EXPECT_EQ(answer->last, place.last);
      EXPECT_EQ(log.last_with_tag("batch:" + std::to_string(batch)), place.last);
      next_batch_ = std::max(next_batch_, batch + 1);
    }
    for (auto told = acknowledged_.begin(); told != acknowledged_.end(); ++told) {
      if (told->second.first <= from) continue;
      const auto there = found.find(told->first);
      ASSERT_NE(there, found.end()) << "acknowledged batch " << told->first << " is gone";
      EXPECT_EQ(there->second.first, told->second.first);
      EXPECT_EQ(there->second.last, told->second.last);
    }
    check_index(log, from);
  }

  void check_index(EventLog& log, Position from) {
    std::map<std::string, std::vector<Position>, std::less<>> by_word;
    ASSERT_TRUE(log.read(AllEvents{}, {.after = from}, [&](const EventView& event) {
      by_word["type " + std::string(event.type())].push_back(event.position());
      for (const auto tag : event.tags())
        if (tag.starts_with("lane:")) by_word[std::string(tag)].push_back(event.position());
      return true;
    }));
    for (const auto& [word, positions] : by_word) {
      std::vector<Position> indexed;
      const Query query = word.starts_with("type ") ? with_type(word.substr(5)) : with_tag(word);
      ASSERT_TRUE(log.read(query, {.after = from}, [&](const EventView& event) {
        indexed.push_back(event.position());
        return true;
      }));
      EXPECT_EQ(indexed, positions) << word;
    }
  }

  std::string folder_;
  std::uint64_t next_batch_ = 1;
  std::map<std::uint64_t, Acknowledged> acknowledged_;
};

TEST_F(KilledWriter, LosesNothingAcknowledgedAndTearsNoBatch_Cases93And94) {
  const auto seed = std::random_device{}();
  std::mt19937 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));
  RocksOptions options{.free_bytes_min = 0, .plan = RocksOptions::Plan::kIndex};
  Position checked = 0;
  std::size_t kills_in_flight = 0;
  for (int round = 1; round <= kRounds && !HasFailure(); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const std::size_t sent = run_and_kill(random() % 40, std::chrono::microseconds(random() % 2'000));
    const auto log = RocksEventLog::open(folder_, options);
    ASSERT_TRUE(log) << log.error().what;
    check(**log, round % kFullCheckEvery == 0 ? 0 : checked);
    // The next position follows at once, and a command of before is still known.
    checked = (*log)->head();
    kills_in_flight += sent > 0;
    if (acknowledged_.empty()) continue;
    const auto& told = acknowledged_.rbegin()->second;
    const auto again = (*log)->append(request_of(told.batch));
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->repeated);
    EXPECT_EQ(again->first, told.first);
    auto stranger = request_of(told.batch);
    stranger.command.reset();
    EXPECT_EQ((*log)->append(std::move(stranger)).error().code, AppendErrorCode::kConflict) << "a condition that conflicted still does";
  }
  EXPECT_GT(kills_in_flight, kRounds / 2u) << "the kills came too early to mean anything";
}

}  // namespace
}  // namespace rireki::crash
