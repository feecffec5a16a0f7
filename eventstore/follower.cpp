#include "eventstore/follower.h"

#include <algorithm>
#include <thread>

namespace rireki {

namespace {
constexpr Position kBulkFrom = 10'000;  // so far behind, a follower reads like a replay
}

void HeadSignal::moved() {
  { std::lock_guard lock(mutex_); }  // nobody stands between looking at head and waiting
  changed_.notify_all();
}
void HeadSignal::close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  changed_.notify_all();
  changed_.wait_for(lock, kCallbackPatience, [&] { return followers_ == 0; });
}

// Shared by the subscription and its thread; whichever is last lets go of it.
class Follower {
 public:
  Follower(std::shared_ptr<const LogReader> log, std::shared_ptr<HeadSignal> signal, Query query, Position after, Subscriber subscriber)
      : log_(std::move(log)), signal_(std::move(signal)), query_(std::move(query)), cursor_(after), subscriber_(std::move(subscriber)) {
    std::lock_guard lock(signal_->mutex_);
    ++signal_->followers_;
  }

  void run() {
    follow();
    log_.reset();  // before it counts as gone: the log's files may be opened again then
    std::lock_guard lock(signal_->mutex_);
    --signal_->followers_;
    gone_ = true;
    signal_->changed_.notify_all();
  }

  // True once the thread has ended or is about to.
  bool cancel() {
    std::unique_lock lock(signal_->mutex_);
    cancelled_ = true;
    signal_->changed_.notify_all();
    return signal_->changed_.wait_for(lock, kCallbackPatience, [&] { return gone_; });
  }
  void cancel_from_callback() { cancelled_ = true; }

 private:
  void follow() {
    bool told = false;  // the first "caught up" is said even if nothing was there
    while (!cancelled_) {
      const bool closing = closed();
      const Position head = log_->head();
      if (head > cursor_) {
        const auto end = log_->read(query_, ReadOptions{.after = cursor_, .up_to = head, .bulk = head - cursor_ > kBulkFrom},
                                    [&](const EventView& event) { return !cancelled_ && (!subscriber_.on_event || subscriber_.on_event(event)); });
        if (!end) return ended("corrupt");
        if (!end->complete) return;
      }
      if ((head > cursor_ || !told) && !cancelled_) {
        cursor_ = std::max(cursor_, head);  // also when nothing matched: a filtered consumer must not scan again
        told = true;
        if (subscriber_.on_caught_up) subscriber_.on_caught_up(cursor_);
      }
      if (closing) return ended("closed");
      std::unique_lock lock(signal_->mutex_);
      signal_->changed_.wait(lock, [&] { return signal_->closed_ || cancelled_ || log_->head() > cursor_; });
    }
  }
  bool closed() const {
    std::lock_guard lock(signal_->mutex_);
    return signal_->closed_;
  }
  void ended(std::string_view reason) {
    if (subscriber_.on_end && !cancelled_) subscriber_.on_end(reason);
  }

  std::shared_ptr<const LogReader> log_;
  std::shared_ptr<HeadSignal> signal_;
  Query query_;
  Position cursor_;
  Subscriber subscriber_;
  std::atomic<bool> cancelled_{false};
  bool gone_ = false;
};

namespace {

class ThreadedSubscription final : public Subscription {
 public:
  explicit ThreadedSubscription(std::shared_ptr<Follower> follower)
      : follower_(std::move(follower)), thread_([follower = follower_] {
          ::pthread_setname_np(::pthread_self(), "log-follower");
          follower->run();
        }) {}

  ~ThreadedSubscription() override {
    if (std::this_thread::get_id() == thread_.get_id()) {  // ended from its own callback
      follower_->cancel_from_callback();
      thread_.detach();
    } else if (follower_->cancel()) {
      thread_.join();
    } else {
      thread_.detach();  // a callback does not return; it holds what it needs
    }
  }

 private:
  std::shared_ptr<Follower> follower_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Subscription> follow(std::shared_ptr<const LogReader> log, std::shared_ptr<HeadSignal> signal, Query query, Position after, Subscriber subscriber) {
  return std::make_unique<ThreadedSubscription>(std::make_shared<Follower>(std::move(log), std::move(signal), std::move(query), after, std::move(subscriber)));
}

}  // namespace rireki
