// Tags and types, each known by an exact number, and where each was used last. Internal to the RocksDB engine.
#pragma once

#include <rocksdb/db.h>

#include <array>
#include <atomic>
#include <boost/unordered/unordered_flat_set.hpp>
#include <memory>
#include <shared_mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

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
  Dictionary(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& meta);
  // Takes up to kWordsKept words into memory, on a thread of its own, so that a start with many is as short as one with few. What is not there yet is
  // looked up.
  void begin_loading();
  WordId find(const Word& word) const;  // 0: never written
  void add(const std::string& key, WordId id);

 private:
  static constexpr std::size_t kShards = 64;
  static constexpr std::size_t kWordsKept = 4'000'000;  // about 130 MB at most

  // Keys one behind the other, each behind its length: a log grows by tags, and a string of its own for each takes three times as much.
  class Texts {
   public:
    std::uint32_t put(std::string_view key);
    std::string_view at(std::uint32_t place) const {
      const char* start = chunks_[place / kChunk].get() + place % kChunk;
      return {start + 1, static_cast<unsigned char>(*start)};
    }
    void clear();

   private:
    static constexpr std::size_t kChunk = 8 * 1024;
    std::vector<std::unique_ptr<char[]>> chunks_;
    std::size_t used_ = kChunk;  // of the last one
  };
  struct Entry {
    std::uint32_t place;
    WordId id;
  };
  static std::size_t hash_of(const Word& word) { return std::hash<std::string_view>{}(word.text) ^ static_cast<std::size_t>(word.kind); }
  static Word word_of_key(std::string_view key) { return {static_cast<WordKind>(key.front()), key.substr(1)}; }
  struct Hash {
    using is_transparent = void;
    const Texts* texts;
    std::size_t operator()(const Word& word) const { return hash_of(word); }
    std::size_t operator()(const Entry& entry) const { return hash_of(word_of_key(texts->at(entry.place))); }
  };
  struct Equal {
    using is_transparent = void;
    const Texts* texts;
    bool operator()(const Entry& a, const Entry& b) const { return texts->at(a.place) == texts->at(b.place); }
    bool operator()(const Word& a, const Entry& b) const { return texts->at(b.place).substr(1) == a.text && texts->at(b.place).front() == static_cast<char>(a.kind); }
    bool operator()(const Entry& a, const Word& b) const { return (*this)(b, a); }
  };
  struct alignas(64) Shard {
    std::shared_mutex mutex;
    Texts texts;
    boost::unordered_flat_set<Entry, Hash, Equal> words{0, Hash{&texts}, Equal{&texts}};
  };
  Shard& shard(std::size_t hash) const { return shards_[hash * 0x9e3779b97f4a7c15u >> 58]; }
  void keep(std::string_view key, WordId id) const;
  rocksdb::Status load(const std::stop_token& stopped);

  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle& meta_;
  mutable std::atomic<bool> complete_{false};  // every word is in memory: what is not there was never written
  mutable std::atomic<bool> dropped_{false};   // some went to make room: it never will be
  mutable std::array<Shard, kShards> shards_;
  std::jthread loading_;
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
