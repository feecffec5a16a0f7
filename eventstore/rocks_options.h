// How RocksDB is told to keep the log: families, memory, recovery. Internal to the RocksDB engine; the benchmarks open their ceiling with it.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <vector>

#include "eventstore/rocks_event_log.h"

namespace rireki {

inline constexpr std::size_t kMetaBufferBytes = 8 * 1024 * 1024;   // of `meta` and of `tree`
inline constexpr std::size_t kProtectionBytesPerKey = 8;           // checksum of each key and value from the batch to the memtable

rocksdb::DBOptions database_options(const RocksOptions& options, const std::shared_ptr<rocksdb::Cache>& cache);

// In this order: default (unused, RocksDB insists), log, idx, meta, tree.
std::vector<rocksdb::ColumnFamilyDescriptor> families(const RocksOptions& options, const std::shared_ptr<rocksdb::Cache>& cache);

}  // namespace rireki
