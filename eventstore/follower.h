// Subscriptions for any engine: one loop per subscriber that reads (cursor, head], delivers, and waits for head to move. Catching up and
// following live are the same code, so there is no seam between them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "eventstore/log.h"

namespace rireki {

// How long closing the log, or ending a subscription, waits for a callback that is running.
inline constexpr auto kCallbackPatience = std::chrono::seconds{1};

// What a follower reads. It keeps this alive, so that a callback that does not return can outlive the log.
class LogReader {
 public:
  virtual ~LogReader() = default;
  virtual Position head() const = 0;
  virtual Result<ReadEnd, ReadError> read(const Query& query, const ReadOptions& options, const EventSink& sink) const = 0;
};

// Where followers wait for head to move. The engine owns one, calls moved() after each publish and close() when it goes.
class HeadSignal {
 public:
  void moved();
  // Followers are given what was appended and end with "closed". Returns when they have, or after kCallbackPatience.
  void close();

 private:
  friend class Follower;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;
  int followers_ = 0;
};

// `after` lies at or below head, the query has been checked.
std::unique_ptr<Subscription> follow(std::shared_ptr<const LogReader> log, std::shared_ptr<HeadSignal> signal, Query query, Position after, Subscriber subscriber);

}  // namespace rireki
