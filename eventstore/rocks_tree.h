// The Merkle tree in RocksDB, column family `tree`. Internal to the RocksDB engine.
//
//   level (1, 0 to 7) ‖ index (8, big endian) → a full tile: 256 hashes of 32 bytes
//   0xf1 ‖ size                               → a signed checkpoint
//
// Written once, in the batch of the event that fills the tile, so that tree and events cannot disagree after a crash. What is not full stands in
// memory and is made anew from tiles and events at the start: at most 255 hashes of each level. Leaves are not kept: they are digests of the events,
// and a damaged event shows against its tile, a damaged tile against the one above it, up to a root that was signed.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <memory>

#include "eventstore/transparency_log.h"

namespace rireki {

class RocksTree final : public TransparencyLog {
 public:
  RocksTree(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& log, rocksdb::ColumnFamilyHandle& tree) : db_(db), log_(log), tree_(tree) {}

  // Before anything else: takes the tree up where it stands. What is wrong, or nothing. To inspect, whatever is damaged is passed over.
  std::optional<std::string> load(Position head, bool inspect);
  // The same for a log that was written before it had a tree: makes all of it.
  std::optional<std::string> build(Position head);

  // The writer's: what is staged goes with the batch, and is seen after publish().
  void stage(rocksdb::WriteBatch& batch, const proof::Leaf& leaf);
  void publish();

  TreeHead tree_head() const override;
  proof::Checked<proof::Hashes> tile(unsigned level, std::uint64_t index, std::uint64_t count) const override;
  proof::Checked<std::vector<proof::Leaf>> leaves(Position first, Position last) const override;
  bool keep_checkpoint(Position size, const std::string& note) override;
  void drop_checkpoint(Position size) override;
  std::optional<std::string> checkpoint(Position size) const override;
  std::vector<Position> checkpoints(Position from, std::size_t limit, Direction direction) const override;

 private:
  proof::Checked<proof::Hashes> full_tile(unsigned level, std::uint64_t index) const;
  // The last checkpoint that was signed says what the tree was: what was altered since, in the tiles or in the last events, shows here.
  std::optional<std::string> check_last_checkpoint(Position head) const;
  // From the events themselves.
  std::optional<proof::Fault> each_leaf(Position first, Position last, const std::function<bool(const proof::Leaf&)>& take) const;

  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle& log_;
  rocksdb::ColumnFamilyHandle& tree_;
  proof::GrowingTree growing_;  // the writer's
  std::atomic<std::shared_ptr<const proof::GrowingTree>> published_{std::make_shared<const proof::GrowingTree>()};
};

}  // namespace rireki
