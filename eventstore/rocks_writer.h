// The one writer thread: drains the queue and commits each group with one sync. Internal to the RocksDB engine.
//
// Whoever was just answered often appends again at once. Taking only what is queued at that moment would split those who wait into two
// groups that take turns, each paying a whole sync. So after a group the writer waits for as many as were answered, at most half of what the
// last sync took (at 4 ms a sync, 16 appenders went from 0.73 of raw groups of 16 to 1.0); if they do not come, it stops doing so for a while.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "eventstore/follower.h"
#include "eventstore/rocks_group.h"

namespace rireki {

inline constexpr std::size_t kGroupRequestsMax = 2'048;
inline constexpr std::size_t kGroupBytesMax = 8 * 1024 * 1024;

class RocksWriter {
 public:
  using Done = std::function<void(Result<Appended, AppendError>)>;

  RocksWriter(RocksStore& store, std::shared_ptr<HeadSignal> signal);
  ~RocksWriter();  // answers everything that is queued first

  // `done` is called on the writer's thread, or here if the request is refused at once.
  void submit(std::unique_ptr<PreparedAppend> append, Done done);

 private:
  struct Pending {
    std::unique_ptr<PreparedAppend> append;
    Done done;
    Result<Appended, AppendError> answer = AppendError{.code = AppendErrorCode::kClosed};
  };

  void run();
  bool take(std::vector<Pending>& group);
  void gather(std::unique_lock<std::mutex>& lock);
  void commit(std::vector<Pending>& group);
  void fail(std::vector<Pending>& group, const std::string& what);
  bool space_left();

  RocksStore& store_;
  std::shared_ptr<HeadSignal> signal_;
  RocksGroup staged_;  // the writer thread's
  std::mutex mutex_;
  std::condition_variable wanted_;
  std::deque<Pending> queue_;
  std::atomic<std::size_t> queued_{0};  // queue_.size(), for the writer to see without the lock
  std::size_t queued_bytes_ = 0;
  std::size_t wake_at_ = 0;  // the writer sleeps until so many are queued; 0: it is awake
  std::size_t answered_ = 0;             // by the group before
  std::size_t groups_without_wait_ = 0;  // still to come
  std::chrono::steady_clock::duration last_sync_{};
  bool closing_ = false;
  bool failed_ = false;   // a write or its sync failed: what is on disk is unknown, nothing is written until the log is opened again
  bool space_known_ = true;
  std::chrono::steady_clock::time_point space_asked_{};
  std::thread thread_;
};

}  // namespace rireki
