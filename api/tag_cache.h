// What was folded from one tag's events, kept for as long as the tag's last position stays the same. That comparison, not a time or an
// invalidation, is what makes an entry good: it costs one look into memory and cannot be forgotten by a writer.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "eventstore/log.h"

namespace rireki::api {

// Bounded: the least recently used entry of a shard goes first. Safe from any thread; `load` runs outside the lock.
template <class Value>
class TagCache {
 public:
  explicit TagCache(std::size_t entries_max) : per_shard_max_(entries_max / kShards + 1) {}

  struct Loaded {
    std::shared_ptr<const Value> value;
    Position last = 0;  // of the newest event in it
  };
  // `last` is the tag's last position now; `load` is given what was cached (or null) and how far it reached, and brings it up to date.
  std::shared_ptr<const Value> get(const std::string& tag, Position last, const std::function<Loaded(const Loaded& cached)>& load) {
    Shard& shard = shards_[std::hash<std::string>{}(tag) % kShards];
    Loaded cached;
    {
      std::lock_guard lock(shard.mutex);
      if (auto found = shard.entries.find(tag); found != shard.entries.end()) {
        shard.recent.splice(shard.recent.begin(), shard.recent, found->second.place);
        cached = found->second.loaded;
      }
    }
    if (cached.value && cached.last >= last) return cached.value;
    const int cleared = cleared_.load();
    Loaded fresh = load(cached);
    std::lock_guard lock(shard.mutex);
    if (cleared_.load() != cleared) return fresh.value;  // folded from what was just forgotten, perhaps: given once, not kept
    auto [found, added] = shard.entries.try_emplace(tag);
    if (added) {
      shard.recent.push_front(tag);
      found->second.place = shard.recent.begin();
    }
    if (!found->second.loaded.value || found->second.loaded.last < fresh.last) found->second.loaded = fresh;
    if (shard.entries.size() > per_shard_max_) {
      shard.entries.erase(shard.recent.back());
      shard.recent.pop_back();
    }
    return fresh.value;
  }

  void clear() {
    ++cleared_;
    for (auto& shard : shards_) {
      std::lock_guard lock(shard.mutex);
      shard.entries.clear();
      shard.recent.clear();
    }
  }

 private:
  static constexpr std::size_t kShards = 16;
  struct Entry {
    Loaded loaded;
    std::list<std::string>::iterator place;
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, Entry> entries;
    std::list<std::string> recent;  // newest first
  };
  std::array<Shard, kShards> shards_;
  std::size_t per_shard_max_;
  std::atomic<int> cleared_{0};
};

}  // namespace rireki::api
