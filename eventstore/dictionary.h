// Tags and types, each known by an exact number, and where each was used last. Internal to the RocksDB engine.
#pragma once

#include <rocksdb/db.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "eventstore/log.h"

namespace rireki {

using WordId = std::uint32_t;  // 0: none
inline constexpr WordId kWordsMax = (1u << 30) - 1;

// A tag or a type. Both share one dictionary, told apart by the first byte of their key in `meta`.
enum class WordKind : char { kTag = 't', kType = 'y' };
struct Word {
  WordKind kind;
  std::string_view text;
  std::string key() const;
};

// Word → id, exact (no hashes stand in for words). Safe from any thread.
class Dictionary {
 public:
  Dictionary(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& meta) : db_(db), meta_(meta) {}
  // Takes up to kWordsKept words into memory, so that a start with many stays short.
  rocksdb::Status load();
  WordId find(const Word& word) const;  // 0: never written
  void add(const std::string& key, WordId id);

 private:
  static constexpr std::size_t kShards = 64;
  static constexpr std::size_t kWordsKept = 4'000'000;  // about 400 MB at most
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const Word& word) const { return std::hash<std::string_view>{}(word.text) ^ static_cast<std::size_t>(word.kind); }
    std::size_t operator()(const std::string& key) const {
      const std::string_view view = key;
      return (*this)(Word{static_cast<WordKind>(view.empty() ? '\0' : view.front()), view.substr(std::min<std::size_t>(1, view.size()))});
    }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const std::string& a, const std::string& b) const { return a == b; }
    bool operator()(const Word& a, const std::string& b) const { return b[0] == static_cast<char>(a.kind) && std::string_view(b).substr(1) == a.text; }
    bool operator()(const std::string& a, const Word& b) const { return (*this)(b, a); }
  };
  struct alignas(64) Shard {
    std::shared_mutex mutex;
    boost::unordered_flat_map<std::string, WordId, Hash, Equal> words;
  };
  Shard& shard(std::size_t hash) const { return shards_[hash * 0x9e3779b97f4a7c15u >> 58]; }
  void keep(std::string key, WordId id) const;

  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle& meta_;
  mutable std::atomic<bool> complete_{false};  // every word is in memory: what is not there was never written
  mutable std::array<Shard, kShards> shards_;
};

// Last position of each word: a flat array, filled by the writer and, lazily, by readers. 0: not known.
class LastPositions {
 public:
  ~LastPositions();
  Position get(WordId word) const { return slot(word).load(std::memory_order_acquire); }
  // By the writer, after its batch is durable.
  void set(WordId word, Position position) { slot(word).store(position, std::memory_order_release); }
  // By a reader that looked it up: never over a known one, which can only be newer.
  void fill(WordId word, Position position) const;

 private:
  static constexpr std::size_t kChunk = 1 << 16;
  using Chunk = std::array<std::atomic<Position>, kChunk>;
  std::atomic<Position>& slot(WordId word) const;
  mutable std::array<std::atomic<Chunk*>, kWordsMax / kChunk + 1> chunks_{};
};

}  // namespace rireki
