#include "eventstore/rocks_options.h"

#include <rocksdb/cache.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

namespace rireki {
namespace {

rocksdb::BlockBasedTableOptions table(const std::shared_ptr<rocksdb::Cache>& cache, std::size_t block_bytes) {
  rocksdb::BlockBasedTableOptions options;
  options.block_cache = cache;
  options.block_size = block_bytes;
  options.checksum = rocksdb::kXXH3;  // CRC32C halves the speed of replay (limits.md)
  options.format_version = 5;
  return options;
}

rocksdb::ColumnFamilyOptions family(const rocksdb::BlockBasedTableOptions& table, std::size_t write_buffer_bytes) {
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = write_buffer_bytes;
  options.max_write_buffer_number = 4;  // a flush that takes a moment does not stop the writer
  // One compression on all levels: files whose keys only grow are then moved between levels, not rewritten.
  options.compression = rocksdb::kLZ4Compression;
  options.bottommost_compression = rocksdb::kLZ4Compression;
  options.paranoid_file_checks = true;
  options.force_consistency_checks = true;
  return options;
}

// Postings are what an append costs: 5 of them to 1 record. Processor time per event in groups of 128 (4.5 postings; without index 2.1 µs):
// skip list of 64 MiB 13.2 µs, of 8 MiB with the group's postings sorted 10.3, the same with a hint per word 8.1 (a word's postings only
// grow, so the next one belongs right behind the last). A vector takes 4.2, but copies and sorts itself for every reader of unflushed
// postings, that is for every decision. Hence the hint.
rocksdb::ColumnFamilyOptions index_family(const std::shared_ptr<rocksdb::Cache>& cache, std::size_t buffer_bytes) {
  auto postings = table(cache, 8 * 1024);
  postings.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  postings.whole_key_filtering = false;  // only the word is ever asked for
  postings.cache_index_and_filter_blocks = false;
  auto options = family(postings, buffer_bytes);
  // The word id is the prefix: a look-up skips the files that do not hold the word. Every iterator has both bounds inside one prefix, since
  // one without bounds may show anything beyond it.
  options.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(4));
  options.memtable_insert_with_hint_prefix_extractor = options.prefix_extractor;
  return options;
}

rocksdb::ColumnFamilyOptions meta_family(const std::shared_ptr<rocksdb::Cache>& cache) {
  auto words = table(cache, 4 * 1024);
  words.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  auto options = family(words, kMetaBufferBytes);
  options.memtable_prefix_bloom_size_ratio = 0.1;  // most command ids are new: answered without a search
  options.memtable_whole_key_filtering = true;
  return options;
}

}  // namespace

rocksdb::DBOptions database_options(const RocksOptions& options, const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::DBOptions db;
  db.create_if_missing = true;
  db.create_missing_column_families = true;
  if (options.env) db.env = options.env;
  // A torn tail was never acknowledged and is dropped; damage before it must refuse to open (security.md 4.3 has the measurements).
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  db.track_and_verify_wals_in_manifest = true;
  db.verify_sst_unique_id_in_manifest = true;
  db.paranoid_checks = true;
  db.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  // All families share the write-ahead log: one that is seldom flushed must not keep it for ever. Also bounds what a start replays.
  db.max_total_wal_size = 256ull * 1024 * 1024;
  db.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(options.cache_bytes / 2, cache);
  db.allow_concurrent_memtable_write = false;  // one writer; the hints of the index need it
  db.max_log_file_size = 4 * 1024 * 1024;
  db.keep_log_file_num = 4;
  db.max_background_jobs = 2;
  return db;
}

std::vector<rocksdb::ColumnFamilyDescriptor> families(const RocksOptions& options, const std::shared_ptr<rocksdb::Cache>& cache) {
  std::vector<rocksdb::ColumnFamilyDescriptor> all;
  all.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions{});
  // Positions are dense, every look-up hits: no filter.
  all.emplace_back("log", family(table(cache, 32 * 1024), options.log_buffer_bytes));
  all.emplace_back("idx", index_family(cache, options.index_buffer_bytes));
  all.emplace_back("meta", meta_family(cache));
  all.emplace_back("tree", family(table(cache, 16 * 1024), kMetaBufferBytes));
  return all;
}

}  // namespace rireki
