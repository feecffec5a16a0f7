// Slows down guessing: after some free failures each further one doubles the wait. Nobody is locked out for good, since that would let
// anyone lock out a colleague.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "eventstore/log.h"

namespace rireki::api {

struct ThrottleRule {
  int free_failures = 5;
  std::chrono::seconds first_delay{1};
  std::chrono::seconds longest_delay{15 * 60};
  std::size_t names_max = 10'000;  // beyond: the one that failed longest ago is forgotten
};

// Safe from any thread. Time comes in as an argument and must not move back.
class Throttle {
 public:
  explicit Throttle(ThrottleRule rule) : rule_(rule) {}

  // None: try now. The attempt counts as a failure until succeeded() says otherwise, so that many at once gain nothing.
  // Else how long to wait; then the attempt counts for nothing.
  std::optional<std::chrono::seconds> begin(const std::string& name, Instant now);
  void succeeded(const std::string& name);
  void withdrawn(const std::string& name);  // was not tried after all

 private:
  struct Failures {
    int count = 0;
    Instant last{};
  };
  std::chrono::seconds delay_after(int failures) const;

  const ThrottleRule rule_;
  std::mutex mutex_;
  std::map<std::string, Failures> failures_;
};

}  // namespace rireki::api
