// The opened database and what is known of it in memory; shared by the writer and the readers. Internal to the RocksDB engine.
#pragma once

#include <rocksdb/db.h>

#include <atomic>
#include <memory>
#include <stdexcept>

#include "eventstore/dictionary.h"
#include "eventstore/rocks_codec.h"
#include "eventstore/rocks_event_log.h"
#include "eventstore/rocks_tree.h"

namespace rireki {

// The disk did not give back what was stored. Caught where a read or an append is answered.
struct StorageFault : std::runtime_error {
  using std::runtime_error::runtime_error;
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
  ColumnFamily fallback, log, idx, meta, tree_family;
  std::unique_ptr<RocksTree> tree;
  std::unique_ptr<Dictionary> words;
  LastPositions last;
  std::atomic<Position> head{0};    // moves only after the batch is durable: "position ≤ head" is a snapshot without one
  WordId next_word = 1;             // the writer's
  Instant last_recorded{};          // the writer's

  // Newest position of the word at or below head, 0 if none; from memory once known.
  Position last_of(WordId word) const;
};

Result<std::unique_ptr<RocksStore>, OpenError> open_store(const std::filesystem::path& folder, RocksOptions options);

Result<ReadEnd, ReadError> read_store(const RocksStore& store, const Query& query, const ReadOptions& options, const EventSink& sink);

}  // namespace rireki
