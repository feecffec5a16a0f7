// Answers that are kept for whoever asks the same again: each stands for exactly as long as nothing it was read from has changed, which is asked of the
// log and the views, in memory, whenever it is given out. Nothing is ever invalidated by hand.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/http/route.h"
#include "api/office.h"
#include "api/read_log.h"
#include "projections/views.h"

namespace rireki::api {

inline constexpr std::size_t kAnswersKeptBytesMax = 32 * 1024 * 1024;  // of one route

// An answer that was read from more than this is not kept: asking whether it stands would hold up the thread that serves connections.
inline constexpr std::size_t kAnswerPartsMax = 4'000;

// What an answer was read from.
struct AnswerBasis {
  Day today;
  int forgotten = 0;       // Office::times_forgotten, before anything was read
  Position as_of = 0;      // what the answer states
  Basis log;
  struct RowsRead {
    std::string view, key;
    bool is_prefix = false;
    Position at = 0;       // of the view
  };
  std::vector<RowsRead> rows;
  std::set<Shown> shown;   // what the answer shows, of which its reader leaves a record whenever it is given
};
struct KeptAnswer {
  Response response;
  AnswerBasis basis;
  mutable std::atomic<Instant> read_until{Instant{}};  // until then its reader, whose answer it is alone, leaves no further record
};

class AnswerCache {
 public:
  AnswerCache(const Office& office, const Views& views, std::size_t bytes_max = kAnswersKeptBytesMax) : office_(office), views_(views), shard_bytes_max_(bytes_max / kShards / 2) {}

  // Null where there is none, or it no longer stands, or states less than `at_least`.
  std::shared_ptr<const KeptAnswer> find(const std::string& question, Position at_least);
  void keep(const std::string& question, Response response, AnswerBasis basis);

 private:
  struct Kept : KeptAnswer {
    mutable std::atomic<Position> stood_at{0};  // found standing at this head, with the views as far: not asked again before the next event
  };
  // Two ages: what is asked for moves to the younger, and the older is let go as a whole when the younger is full.
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, std::shared_ptr<const Kept>> young, old;
    std::size_t young_bytes = 0;
  };
  static constexpr std::size_t kShards = 16;
  bool stands(const Kept& kept) const;
  static std::size_t bytes_of(const std::string& question, const Kept& kept);
  void put(Shard& shard, const std::string& question, std::shared_ptr<const Kept> kept);

  const Office& office_;
  const Views& views_;
  std::size_t shard_bytes_max_;  // of one age
  std::array<Shard, kShards> shards_;
};

}  // namespace rireki::api
