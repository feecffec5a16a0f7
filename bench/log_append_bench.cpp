// append.durable.*: appenders that each wait for their answer before they append again, against the same puts in raw groups of as many
// events with one sync. Slices of both alternate, so that a slow moment of the disk meets both.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "bench/figures.h"
#include "bench/log_workload.h"
#include "eventstore/rocks_event_log.h"

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

}  // namespace

std::vector<Figure> append_figures(const Run& run) {
  std::vector<Figure> figures;
  for (const auto& [count, goal] : std::vector<std::pair<std::size_t, double>>{{1, 0.9}, {16, 0.8}, {128, 0.8}})
    if (run.wants("append.durable." + std::to_string(count))) figures.push_back(durable(run, count, goal));
  if (run.wants("append.condition")) figures.push_back(condition(run));
  std::filesystem::remove_all(run.folder);
  std::filesystem::create_directories(run.folder);
  return figures;
}

}  // namespace rireki::bench
