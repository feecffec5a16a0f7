#include "api/http/workers.h"

#include <pthread.h>

namespace rireki::api {

Workers::Workers(int threads, std::size_t waiting_max) : waiting_max_(waiting_max) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
}

Workers::~Workers() { stop(); }

bool Workers::submit(Work work) {
  {
    const std::lock_guard lock(mutex_);
    // Work that an idle thread is about to take does not wait.
    if (stopping_ || waiting_.size() >= waiting_max_ + idle_) return false;
    waiting_.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

void Workers::close() {
  std::deque<Work> refused;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    refused.swap(waiting_);
  }
  changed_.notify_all();
  for (auto& work : refused)
    if (work.refuse) work.refuse();
}

void Workers::stop() {
  close();
  for (auto& thread : threads_)
    if (thread.joinable()) thread.join();
}

void Workers::serve() {
  ::pthread_setname_np(::pthread_self(), "worker");
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) return;
    Work work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work.run();
    work = {};
    lock.lock();
  }
}

}  // namespace rireki::api
