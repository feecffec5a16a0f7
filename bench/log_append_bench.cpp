// append.durable.*: appenders that each wait for their answer before they append again, against the same puts in raw groups of as many
// events with one sync. Slices of both alternate, so that a slow moment of the disk meets both.
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "bench/figures.h"
#include "bench/log_workload.h"
#include "eventstore/rocks_codec.h"
#include "eventstore/rocks_event_log.h"
#include "eventstore/verify_log.h"

namespace rireki::bench {
namespace {

using Clock = std::chrono::steady_clock;

// Appenders as the server has them: not a thread each, but tasks that go on when their answer comes. What an appender will append is made
// beforehand; encoding, the condition and the wait are measured.
class Appenders {
 public:
  Appenders(EventLog& log, std::size_t count) : log_(log), appenders_(count) {
    for (std::size_t i = 0; i < count; ++i) clerks_.emplace_back(i, count);
  }

  // Every appender appends `rounds` times. Returns events per second.
  double run(std::size_t rounds, bool conditional) {
    for (std::size_t i = 0; i < appenders_.size(); ++i) prepare(i, rounds, conditional);
    const auto start = Clock::now();
    for (std::size_t i = 0; i < appenders_.size(); ++i) send(i);
    std::size_t answers = 0;
    std::vector<std::size_t> answered;
    while (answers < rounds * appenders_.size()) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !answered_.empty(); });
        answered.swap(answered_);
      }
      for (const auto i : answered) {
        latencies_.push_back(std::chrono::duration<double, std::milli>(Clock::now() - appenders_[i].sent).count());
        if (!appenders_[i].waiting.empty()) send(i);
      }
      answers += answered.size();
      answered.clear();
    }
    return static_cast<double>(answers) / std::chrono::duration<double>(Clock::now() - start).count();
  }

  double latency_ms(double quantile) {
    std::sort(latencies_.begin(), latencies_.end());
    return latencies_.empty() ? 0 : latencies_[static_cast<std::size_t>(quantile * static_cast<double>(latencies_.size() - 1))];
  }

 private:
  struct Appender {
    std::deque<AppendRequest> waiting;
    Position seen = 0;  // its own last event: nobody else writes inside its boundary
    Clock::time_point sent;
  };

  void prepare(std::size_t i, std::size_t rounds, bool conditional) {
    for (std::size_t n = 0; n < rounds; ++n) {
      AppendRequest request{.events = {clerks_[i].next()}, .condition = Unconditional{}, .command = std::nullopt};
      if (conditional) request.condition = AppendCondition{{Clause{clerks_[i].boundary(), 0}}};
      appenders_[i].waiting.push_back(std::move(request));
    }
  }

  void send(std::size_t i) {
    auto request = std::move(appenders_[i].waiting.front());
    appenders_[i].waiting.pop_front();
    if (auto* condition = std::get_if<AppendCondition>(&request.condition)) condition->clauses[0].after = appenders_[i].seen;
    appenders_[i].sent = Clock::now();
    log_.append(std::move(request), [this, i](Result<Appended, AppendError> answer) {
      if (!answer) {
        std::fprintf(stderr, "append refused: %s %s\n", std::string(name(answer.error().code)).c_str(), answer.error().what.c_str());
        std::abort();  // a figure of refused appends would mean nothing
      }
      std::lock_guard lock(mutex_);
      appenders_[i].seen = answer->last;
      answered_.push_back(i);
      if (answered_.size() == 1) changed_.notify_one();
    });
  }

  EventLog& log_;
  std::vector<Clerk> clerks_;
  std::vector<Appender> appenders_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::size_t> answered_;
  std::vector<double> latencies_;
};

double raw_slice(RawLog& raw, std::vector<Clerk>& clerks, std::size_t rounds) {
  std::vector<std::vector<RawLog::Put>> groups;
  for (std::size_t n = 0; n < rounds; ++n) {
    std::vector<NewEvent> events;
    for (auto& clerk : clerks) events.push_back(clerk.next());
    groups.push_back(raw.puts_of(std::move(events)));
  }
  const double seconds = seconds_of([&] {
    for (const auto& group : groups) raw.write(group);
  });
  return static_cast<double>(rounds * clerks.size()) / seconds;
}

struct Scale {
  std::size_t slices, events_per_slice;
};
Scale scale(const Run& run, std::size_t appenders) {
  const std::size_t events = appenders == 1 ? 2'000 : appenders <= 16 ? 16'000 : 40'000;
  return {run.quick ? 4u : 12u, run.quick ? events / 2 : events};
}

Figure durable(const Run& run, std::size_t count, double goal) {
  const auto folder = run.folder / ("append-" + std::to_string(count));
  const auto log = RocksEventLog::open(folder / "log").value();
  std::filesystem::create_directories(folder);
  RawLog raw(folder / "raw");
  Appenders appenders(*log, count);
  std::vector<Clerk> clerks;
  for (std::size_t i = 0; i < count; ++i) clerks.emplace_back(i, count);
  const auto [slices, events] = scale(run, count);
  const std::size_t rounds = events / count;
  appenders.run(rounds / 2 + 1, true);  // warm
  raw_slice(raw, clerks, rounds / 2 + 1);
  std::vector<double> ours, ceiling;
  for (std::size_t i = 0; i < slices; ++i) {
    ours.push_back(appenders.run(rounds, true));
    ceiling.push_back(raw_slice(raw, clerks, rounds));
  }
  char note[64];
  std::snprintf(note, sizeof note, "p50 %.2f ms, p99 %.2f ms", appenders.latency_ms(0.5), appenders.latency_ms(0.99));
  return {"append.durable." + std::to_string(count), median(ours), "events/s", median(ceiling), goal, note};
}

Figure condition(const Run& run) {
  constexpr std::size_t kCount = 128;
  const auto folder = run.folder / "append-condition";
  const auto with = RocksEventLog::open(folder / "with").value(), without = RocksEventLog::open(folder / "without").value();
  Appenders conditional(*with, kCount), unconditional(*without, kCount);
  const auto [slices, events] = scale(run, kCount);
  const std::size_t rounds = events / kCount;
  conditional.run(rounds / 2 + 1, true);
  unconditional.run(rounds / 2 + 1, false);
  std::vector<double> ours, ceiling;
  for (std::size_t i = 0; i < slices; ++i) {
    ours.push_back(conditional.run(rounds, true));
    ceiling.push_back(unconditional.run(rounds, false));
  }
  return {"append.condition", median(ours), "events/s", median(ceiling), 0.9, "128 appenders"};
}

// Of this thread.
template <class Work>
double processor_seconds_of(const Work& work) {
  const auto now = [] {
    timespec at{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return static_cast<double>(at.tv_sec) + 1e-9 * static_cast<double>(at.tv_nsec);
  };
  const double start = now();
  work();
  return now() - start;
}

// What the Merkle tree adds to each event: its digests, its leaf, the nodes above it, its share of full tiles and of the copy that readers are given;
// beside what a durable append takes with 128 appenders, tree included.
Figure tree(const Run& run) {
  constexpr std::size_t kCount = 128;
  const auto folder = run.folder / "append-tree";
  const auto log = RocksEventLog::open(folder / "log").value();
  Appenders appenders(*log, kCount);
  const auto [slices, events] = scale(run, kCount);
  appenders.run(events / kCount / 2 + 1, true);
  std::vector<double> append_ns, tree_ns;
  Clerk clerk(0, kCount);
  std::vector<std::string> records;
  constexpr std::size_t kRecords = 512;  // few, as what the writer works on has just been made
  for (std::size_t i = 0; i < kRecords; ++i) records.push_back(encode_record(clerk.next(), {}, {1, i}, {2, i}));
  proof::GrowingTree growing;
  for (std::size_t slice = 0; slice < slices; ++slice) {
    append_ns.push_back(1e9 / appenders.run(events / kCount, true));
    rocksdb::WriteBatch batch;
    std::shared_ptr<const proof::GrowingTree> published;
    const double seconds = processor_seconds_of([&] {  // the appends just made are still being flushed by other threads
      for (std::size_t n = 0; n < events; ++n) {
        const std::size_t i = n % kRecords;
        const proof::Leaf leaf{.position = growing.size() + 1, .time = 1'775'001'600'000'000, .event_class = 0, .metadata = sha256({metadata_of(records[i])}), .body = sha256({body_of(records[i])})};
        growing.push(proof::leaf_hash(leaf), [&](unsigned level, std::uint64_t index, const proof::Hashes& hashes) { batch.Put(std::string(1, static_cast<char>(level)) + std::to_string(index), proof::bytes_of(hashes)); });
        if (n % kCount != 0) continue;
        published = std::make_shared<const proof::GrowingTree>(growing);
        batch.Clear();  // of one group
      }
    });
    tree_ns.push_back(1e9 * seconds / static_cast<double>(events));
  }
  return {.name = "append.tree", .value = median(tree_ns), .unit = "ns/event", .ceiling = median(append_ns), .goal = 0.1, .note = "of a durable append, 128 appenders", .at_most = true};
}

// Every event against its leaf, every tile against the one above, on two cores.
Figure verification(const Run& run) {
  const auto folder = run.folder / "verify";
  const auto log = RocksEventLog::open(folder / "log").value();
  const Position wanted = run.quick ? 200'000 : 1'000'000;
  Clerk clerk(0, 128);
  while (log->head() < wanted) {
    std::vector<NewEvent> events;
    for (int i = 0; i < 2'000; ++i) events.push_back(clerk.next());
    log->append({.events = std::move(events), .condition = Unconditional{}, .command = std::nullopt}).value();
  }
  std::vector<double> rates, raw;
  for (int i = 0; i < 3; ++i) {
    rates.push_back(static_cast<double>(wanted) / seconds_of([&] {
      if (!verify_log(*log, log->transparency(), {.keys = {}, .threads = 2}).findings.empty()) std::abort();
    }));
    std::size_t bytes = 0;
    raw.push_back(static_cast<double>(wanted) / seconds_of([&] {
      log->read(AllEvents{}, {.bulk = true}, [&](const EventView& event) {
        bytes += event.stored_body().size();
        return true;
      }).value();
    }));
  }
  char note[80];
  std::snprintf(note, sizeof note, "two threads; one that only reads gives %.0f", median(raw));
  return {"verify.rate", median(rates), "events/s", 300'000, 1.0, note};
}

}  // namespace

std::vector<Figure> append_figures(const Run& run) {
  std::vector<Figure> figures;
  for (const auto& [count, goal] : std::vector<std::pair<std::size_t, double>>{{1, 0.9}, {16, 0.8}, {128, 0.8}})
    if (run.wants("append.durable." + std::to_string(count))) figures.push_back(durable(run, count, goal));
  if (run.wants("append.condition")) figures.push_back(condition(run));
  if (run.wants("append.tree")) figures.push_back(tree(run));
  if (run.wants("verify.rate")) figures.push_back(verification(run));
  std::filesystem::remove_all(run.folder);
  std::filesystem::create_directories(run.folder);
  return figures;
}

}  // namespace rireki::bench
