// Subscriptions for any engine: one loop per subscriber that reads (cursor, head], delivers, and waits for head to move. Catching up and
// following live are the same code, so there is no seam between them.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

#include "eventstore/log.h"

namespace rireki {

// Where followers wait for head to move. The engine owns one and calls moved() after each publish, close() before it goes.
class HeadSignal {
 public:
  void moved();
  // Followers are given what was appended, end with "closed" and are gone when it returns: the log may then be destroyed.
  void close();
  void enter();
  void leave();
  bool closed() const;
  // Returns when head() > seen, when closed, or when `cancelled` became true and wake() was called.
  void wait(const EventLog& log, Position seen, const bool& cancelled);
  void wake();
  std::mutex& mutex() { return mutex_; }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;
  int followers_ = 0;
};

std::unique_ptr<Subscription> follow(const EventLog& log, std::shared_ptr<HeadSignal> signal, Query query, Position after, Subscriber subscriber);

}  // namespace rireki
