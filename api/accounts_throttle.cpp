#include "api/accounts_throttle.h"

#include <algorithm>

namespace rireki::api {

std::chrono::seconds Throttle::delay_after(int failures) const {
  if (failures <= rule_.free_failures) return std::chrono::seconds(0);
  const int doublings = std::min(failures - rule_.free_failures - 1, 30);
  return std::min(rule_.longest_delay, rule_.first_delay * (std::int64_t{1} << doublings));
}

std::optional<std::chrono::seconds> Throttle::begin(const std::string& name, Instant now) {
  const std::lock_guard lock(mutex_);
  Failures& failures = failures_[name];
  const auto waited = now - failures.last;
  const auto delay = delay_after(failures.count);
  if (waited < delay) return std::chrono::ceil<std::chrono::seconds>(delay - waited);
  ++failures.count;
  failures.last = now;
  if (failures_.size() > rule_.names_max) {
    // Rare and linear: only somebody who tries ten thousand names gets here, and pays with an Argon2id each.
    auto oldest = failures_.end();
    for (auto at = failures_.begin(); at != failures_.end(); ++at)
      if (at->first != name && (oldest == failures_.end() || at->second.last < oldest->second.last)) oldest = at;
    failures_.erase(oldest);
  }
  return std::nullopt;
}

void Throttle::succeeded(const std::string& name) {
  const std::lock_guard lock(mutex_);
  failures_.erase(name);
}

void Throttle::withdrawn(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = failures_.find(name);
  if (found != failures_.end() && --found->second.count <= 0) failures_.erase(found);
}

}  // namespace rireki::api
