#include "eventstore/rocks_writer.h"

#include <pthread.h>
#include <sys/statvfs.h>
#include <time.h>

namespace rireki {
namespace {

constexpr auto kSpaceAskedEvery = std::chrono::milliseconds{200};
constexpr int kWaitShare = 2;                      // of the last sync's duration
constexpr std::size_t kGroupsWithoutWait = 32;
constexpr auto kAwakeFor = std::chrono::microseconds{50};  // before it sleeps: to be woken takes as long

AppendError error(AppendErrorCode code, std::string what) { return {.code = code, .what = std::move(what)}; }

std::chrono::nanoseconds thread_time() {
  struct timespec time {};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace

RocksWriter::RocksWriter(RocksStore& store, std::shared_ptr<HeadSignal> signal)
    : store_(store), signal_(std::move(signal)), staged_(store), thread_([this] { run(); }) {}

RocksWriter::~RocksWriter() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wanted_.notify_all();
  thread_.join();
}

void RocksWriter::submit(std::unique_ptr<PreparedAppend> append, Done done) {
  std::optional<AppendError> refused;
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    if (closing_ || failed_) refused = error(AppendErrorCode::kClosed, failed_ ? "a write failed before; open the log again" : "the log is closing");
    else if (queue_.size() >= store_.options.queue_requests_max || queued_bytes_ + append->bytes > store_.options.queue_bytes_max)
      refused = error(AppendErrorCode::kBusy, "too many appends are waiting");
    else {
      queued_bytes_ += append->bytes;
      queue_.push_back({.append = std::move(append), .done = std::move(done)});
      queued_.store(queue_.size(), std::memory_order_relaxed);
      wake = wake_at_ != 0 && queue_.size() >= wake_at_;
      if (wake) wake_at_ = 0;
    }
  }
  if (refused) return done(std::move(*refused));
  if (wake) wanted_.notify_one();
}

// Asked of the file system only now and then: it costs a system call, and the guard is far above what is written meanwhile.
bool RocksWriter::space_left() {
  const auto now = std::chrono::steady_clock::now();
  if (now - space_asked_ < kSpaceAskedEvery) return space_known_;
  space_asked_ = now;
  struct statvfs disk {};
  space_known_ = ::statvfs(store_.folder.c_str(), &disk) != 0 || disk.f_bavail * disk.f_frsize >= store_.options.free_bytes_min;
  return space_known_;
}

void RocksWriter::run() {
  ::pthread_setname_np(::pthread_self(), "log-writer");
  std::vector<Pending> group;
  while (take(group)) {
    commit(group);
    for (auto& pending : group) pending.done(std::move(pending.answer));
    answered_ = group.size();
    group.clear();
  }
}

void RocksWriter::gather(std::unique_lock<std::mutex>& lock) {
  if (groups_without_wait_ > 0) {
    --groups_without_wait_;
    return;
  }
  const std::size_t before = queue_.size(), expected = std::min(before + answered_, kGroupRequestsMax);
  if (before >= expected || closing_) return;
  const auto start = std::chrono::steady_clock::now();
  lock.unlock();
  while (queued_.load(std::memory_order_relaxed) < expected && std::chrono::steady_clock::now() - start < kAwakeFor) {}
  lock.lock();
  while (answered_ > 1 && queue_.size() < expected && !closing_) {
    wake_at_ = expected;
    if (wanted_.wait_until(lock, start + last_sync_ / kWaitShare) == std::cv_status::timeout) break;
  }
  if (queue_.size() - before < (answered_ + 3) / 4) groups_without_wait_ = kGroupsWithoutWait;
}

bool RocksWriter::take(std::vector<Pending>& group) {
  std::unique_lock lock(mutex_);
  gather(lock);
  while (queue_.empty() && !closing_) {
    wake_at_ = 1;
    wanted_.wait(lock);
  }
  wake_at_ = 0;
  std::size_t bytes = 0;
  while (!queue_.empty() && group.size() < kGroupRequestsMax && (group.empty() || bytes + queue_.front().append->bytes <= kGroupBytesMax)) {
    bytes += queue_.front().append->bytes;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  queued_bytes_ -= bytes;
  queued_.store(queue_.size(), std::memory_order_relaxed);
  return !group.empty();
}

void RocksWriter::commit(std::vector<Pending>& group) {
  const auto refuse_all = [&](AppendErrorCode code, const char* what) {
    for (auto& pending : group) pending.answer = error(code, what);
  };
  if (failed_) return refuse_all(AppendErrorCode::kClosed, "a write failed before; open the log again");
  if (!space_left()) return refuse_all(AppendErrorCode::kNoSpace, "less free space than the guard asks for");
  staged_.begin(store_.options.clock());
  try {
    for (auto& pending : group) pending.answer = staged_.stage(*pending.append);
  } catch (const std::exception& unreadable) {
    return fail(group, unreadable.what());
  }
  if (staged_.empty()) return;
  const auto start = std::chrono::steady_clock::now();
  const auto worked = thread_time();
  if (const auto status = staged_.write(); !status.ok()) return fail(group, status.ToString());
  // What the write took without this thread's own work is the disk's part.
  last_sync_ = (std::chrono::steady_clock::now() - start) - (thread_time() - worked);
  staged_.publish();
  signal_->moved();
}

// Never retried: after a failed sync the kernel may have dropped the pages (security.md 4.3). A refusal stands only where it does not rest
// on what was staged and is now uncertain.
void RocksWriter::fail(std::vector<Pending>& group, const std::string& what) {
  {
    std::lock_guard lock(mutex_);
    failed_ = true;
  }
  const Position head = store_.head.load();
  for (auto& pending : group) {
    const bool stands = pending.answer ? pending.answer->last <= head : pending.answer.error().code == AppendErrorCode::kConflict && pending.answer.error().position <= head;
    if (!stands) pending.answer = error(AppendErrorCode::kIo, what);
  }
}

}  // namespace rireki
