// The opened database and what is known of it in memory; shared by the writer and the readers. Internal to the RocksDB engine.
#pragma once

#include <rocksdb/db.h>

#include <array>
#include <atomic>
#include <memory>
#include <shared_mutex>
#include <unordered_map>

#include "eventstore/rocks_event_log.h"

namespace rireki {

using WordId = std::uint32_t;  // 0: none

// --- Keys: big-endian, so that order is byte order ---
std::string log_key(Position position);
Position position_of_log_key(std::string_view key);
std::string posting_key(WordId word, Position position);
Position position_of_posting(std::string_view key);
std::string word_value(WordId word);
WordId word_of(std::string_view value);
std::string tag_word(std::string_view tag);    // the dictionary's spelling of a tag
std::string type_word(std::string_view type);
std::string command_key(const Id128& command);
std::string command_value(const Appended& appended);
std::optional<Appended> command_of(std::string_view value);

inline constexpr std::size_t kRecordHeaderBytes = 8;
inline constexpr char kRecordVersion = 1;
std::string encode_record(std::string_view metadata, std::string_view body);
// Points into `record`, or into `aligned` where RocksDB's bytes are not 8-byte aligned. None: not a record of a known version.
std::optional<EventView> open_record(Position position, std::string_view record, std::vector<std::uint64_t>& aligned);

// Last position of each word: a flat array, filled by the writer and, lazily, by readers. 0: not known.
class LastPositions {
 public:
  ~LastPositions();
  Position get(WordId word) const;
  void set(WordId word, Position position);              // the writer, after its batch is durable
  void fill(WordId word, Position position) const;       // a reader that looked it up; never over a known one
 private:
  static constexpr std::size_t kChunk = 1 << 16;
  using Chunk = std::array<std::atomic<Position>, kChunk>;
  std::atomic<Position>& slot(WordId word) const;
  mutable std::array<std::atomic<Chunk*>, 1 << 14> chunks_{};
};

// Word → id, exact. Known words are kept in memory up to a bound; the rest is one point lookup.
class Dictionary {
 public:
  explicit Dictionary(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& meta) : db_(db), meta_(meta) {}
  WordId find(const std::string& word) const;  // 0: never written
  void add(const std::string& word, WordId id);
 private:
  static constexpr std::size_t kShards = 32;
  static constexpr std::size_t kWordsPerShardMax = 65'536;
  struct Shard {
    std::shared_mutex mutex;
    std::unordered_map<std::string, WordId> words;
  };
  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle& meta_;
  mutable std::array<Shard, kShards> shards_;
};

struct CloseColumnFamily {
  rocksdb::DB* db;
  void operator()(rocksdb::ColumnFamilyHandle* handle) const { db->DestroyColumnFamilyHandle(handle); }
};
using ColumnFamily = std::unique_ptr<rocksdb::ColumnFamilyHandle, CloseColumnFamily>;

struct RocksStore {
  RocksOptions options;
  std::filesystem::path folder;
  std::unique_ptr<rocksdb::DB> db;  // before the families, so that they go before it
  ColumnFamily fallback, log, idx, meta, tree;
  std::unique_ptr<Dictionary> words;
  LastPositions last;
  std::atomic<Position> head{0};    // moves only after the batch is durable: "position ≤ head" is a snapshot without one
  WordId next_word = 1;             // the writer's
  Instant last_recorded{};          // the writer's

  // Newest position of the word at or below head, 0 if none; from memory once known.
  Position last_of(WordId word) const;
};

Result<std::unique_ptr<RocksStore>, OpenError> open_store(const std::filesystem::path& folder, RocksOptions options);

// Postings of a conjunction of words, in one direction, each position once; bounded by (after, up_to].
class Postings {
 public:
  // `types`: ids of the allowed types; empty: any. `words` is not empty.
  Postings(const RocksStore& store, std::vector<WordId> words, std::vector<WordId> types, Position after, Position up_to, Direction direction);
  ~Postings();
  std::optional<Position> next();
  rocksdb::Status status() const;

 private:
  struct Range;
  std::optional<Position> seek(Range& range, Position from);
  bool allowed(const Range& range) const;
  std::vector<std::unique_ptr<Range>> ranges_;
  std::vector<WordId> types_;
  Position after_, up_to_, cursor_;
  bool forward_;
  bool done_ = false;
};

// The postings of a whole query (items joined by OR); an item whose word was never written is left out.
std::vector<std::unique_ptr<Postings>> postings_of(const RocksStore& store, const std::vector<QueryItem>& items, Position after, Position up_to, Direction direction);

Result<ReadEnd, ReadError> read_store(const RocksStore& store, const Query& query, const ReadOptions& options, const EventSink& sink);

}  // namespace rireki
