#include "eventstore/follower.h"

#include <thread>

namespace rireki {

void HeadSignal::moved() {
  { std::lock_guard lock(mutex_); }  // nobody stands between checking head and waiting
  changed_.notify_all();
}
void HeadSignal::close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  changed_.notify_all();
  changed_.wait(lock, [&] { return followers_ == 0; });
}
void HeadSignal::enter() {
  std::lock_guard lock(mutex_);
  ++followers_;
}
void HeadSignal::leave() {
  std::lock_guard lock(mutex_);
  --followers_;
  changed_.notify_all();
}
bool HeadSignal::closed() const {
  std::lock_guard lock(mutex_);
  return closed_;
}
void HeadSignal::wait(const EventLog& log, Position seen, const bool& cancelled) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return closed_ || cancelled || log.head() > seen; });
}
void HeadSignal::wake() { changed_.notify_all(); }

namespace {

class Follower final : public Subscription {
 public:
  Follower(const EventLog& log, std::shared_ptr<HeadSignal> signal, Query query, Position after, Subscriber subscriber)
      : log_(log), signal_(std::move(signal)), query_(std::move(query)), cursor_(after), subscriber_(std::move(subscriber)),
        thread_([this] {
          run();
          signal_->leave();
        }) {}

  ~Follower() override {
    {
      std::lock_guard lock(signal_->mutex());
      cancelled_ = true;
    }
    signal_->wake();
    thread_.join();
  }

 private:
  bool cancelled() {
    std::lock_guard lock(signal_->mutex());
    return cancelled_;
  }
  void end(std::string_view reason) {
    if (subscriber_.on_end) subscriber_.on_end(reason);
  }

  void run() {
    while (true) {
      const bool closing = signal_->closed();
      const Position head = log_.head();
      if (head > cursor_ || !told_) {
        bool wanted = true;
        if (head > cursor_) {
          const auto end = log_.read(query_, ReadOptions{.after = cursor_, .up_to = head, .bulk = head - cursor_ > 10'000}, [&](const EventView& event) {
            if (cancelled()) return wanted = false;
            return wanted = !subscriber_.on_event || subscriber_.on_event(event);
          });
          if (!end) return this->end("corrupt");
        }
        if (!wanted) return;
        cursor_ = std::max(cursor_, head);  // also when nothing matched: a filtered consumer must not scan again
        told_ = true;
        if (subscriber_.on_caught_up) subscriber_.on_caught_up(cursor_);
      }
      if (cancelled()) return;
      if (closing) return end("closed");
      signal_->wait(log_, cursor_, cancelled_);
      if (cancelled()) return;
    }
  }

  const EventLog& log_;
  std::shared_ptr<HeadSignal> signal_;
  Query query_;
  Position cursor_;
  Subscriber subscriber_;
  bool told_ = false;      // the first "caught up" is said even if nothing was there
  bool cancelled_ = false;
  std::thread thread_;     // last: starts when everything above stands
};

}  // namespace

std::unique_ptr<Subscription> follow(const EventLog& log, std::shared_ptr<HeadSignal> signal, Query query, Position after, Subscriber subscriber) {
  signal->enter();
  return std::make_unique<Follower>(log, std::move(signal), std::move(query), after, std::move(subscriber));
}

}  // namespace rireki
