// The one writer thread: drains the queue without a timer, so that the group grows by itself as the disk gets slower; checks each request against
// the log and the group before it; commits the group in one batch with one sync. Internal to the RocksDB engine.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "eventstore/follower.h"
#include "eventstore/rocks_store.h"

namespace rireki {

inline constexpr std::size_t kGroupRequestsMax = 2'048;
inline constexpr std::size_t kGroupBytesMax = 8 * 1024 * 1024;

class RocksWriter {
 public:
  using Done = std::function<void(Result<Appended, AppendError>)>;

  RocksWriter(RocksStore& store, std::shared_ptr<HeadSignal> signal);
  ~RocksWriter();  // answers everything that is queued first

  // The request has passed check_and_sort. Encodes here, on the caller's thread; queues; `done` is called on the writer's thread, or here
  // if the request is refused at once.
  void submit(AppendRequest request, Done done);

 private:
  struct PreparedEvent {
    std::string record;
    std::string type;
    std::vector<std::string> tags;
  };
  struct Pending {
    std::vector<PreparedEvent> events;
    Condition condition;
    std::optional<Command> command;
    std::size_t bytes = 0;
    Done done;
    std::optional<Result<Appended, AppendError>> answer;
  };
  class Group;

  std::optional<AppendError> prepare(AppendRequest request, Pending& pending) const;
  void run();
  void commit(std::vector<Pending>& group);
  bool space_left();

  RocksStore& store_;
  std::shared_ptr<HeadSignal> signal_;
  std::mutex mutex_;
  std::condition_variable wanted_;
  std::deque<Pending> queue_;
  std::size_t queued_bytes_ = 0;
  bool closing_ = false;
  bool failed_ = false;  // a write or its sync failed: what is on disk is unknown, nothing is written until the log is opened again
  bool space_known_ = true;
  std::chrono::steady_clock::time_point space_asked_{};
  std::thread thread_;
};

}  // namespace rireki
