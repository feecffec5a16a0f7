#include "eventstore/rocks_tree.h"

#include "eventstore/envelope.h"
#include "eventstore/rocks_codec.h"
#include "proof/checkpoint.h"
#include "proof/text.h"

namespace rireki {
namespace {

using proof::Checked;
using proof::Fault;
using proof::Hashes;
using proof::kTileWidth;
using proof::Leaf;

constexpr char kCheckpoint = '\xf1';
constexpr Position kBuiltAtOnce = 64 * kTileWidth;

std::string key_of(char kind, std::uint64_t number) { return kind + std::string(LogKey(number).view()); }

std::string place(unsigned level, std::uint64_t index) { return to_text(proof::TilePath{.entries = false, .level = level, .index = index, .width = kTileWidth}); }
Fault missing(const std::string& what, const rocksdb::Status& status) {
  return status.IsNotFound() ? Fault{what + "がありません。", what + " is missing."} : Fault{what + "を読めません（" + status.ToString() + "）。", what + " cannot be read (" + status.ToString() + ")."};
}
Fault wrong_event(Position position) {
  return {"位置" + std::to_string(position) + "の記録が壊れているか、ありません。", "The event at position " + std::to_string(position) + " is damaged or missing."};
}

}  // namespace

Checked<Hashes> RocksTree::full_tile(unsigned level, std::uint64_t index) const {
  rocksdb::PinnableSlice value;
  if (const auto status = db_.Get({}, &tree_, key_of(static_cast<char>(level), index), &value); !status.ok()) return missing(place(level, index), status);
  if (value.size() != kTileWidth * sizeof(Digest)) return Fault{place(level, index) + "の長さが正しくありません。", place(level, index) + " has a wrong length."};
  return proof::hashes_of({value.data(), value.size()});
}

std::optional<Fault> RocksTree::each_leaf(Position first, Position last, const std::function<bool(const Leaf&)>& take) const {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> events(db_.NewIterator(options, &log_));
  std::vector<std::uint64_t> aligned;
  Position position = first;
  for (events->Seek(LogKey(first).slice()); position <= last; events->Next(), ++position) {
    if (!events->Valid()) return events->status().ok() ? wrong_event(position) : Fault{"位置" + std::to_string(position) + "の記録を読めません（" + events->status().ToString() + "）。", "The event at position " + std::to_string(position) + " cannot be read (" + events->status().ToString() + ")."};
    const auto event = open_record(position, events->value().ToStringView(), aligned);
    if (LogKey::position(events->key().ToStringView()) != position || !event || !well_formed(event->metadata())) return wrong_event(position);
    if (!take(leaf_of(*event))) break;
  }
  return std::nullopt;
}

std::optional<std::string> RocksTree::load(Position head, bool inspect) {
  std::vector<Hashes> partials;
  for (unsigned level = 1; level < proof::kTileLevelsMax && head >> (proof::kTileHeight * level) > 0; ++level) {
    partials.resize(level + 1);
    const std::uint64_t hashes = head >> (proof::kTileHeight * level), first = hashes / kTileWidth * kTileWidth;
    for (std::uint64_t below = first; below < hashes; ++below) {
      const auto tile = full_tile(level - 1, below);
      if (!tile && !inspect) return tile.error().en;
      partials[level].push_back(tile ? proof::reduce(*tile) : Digest{});
    }
  }
  growing_ = proof::GrowingTree::at(head - head % kTileWidth, std::move(partials));
  const auto fills_no_tile = [](unsigned, std::uint64_t, const Hashes&) {};
  const auto fault = each_leaf(head - head % kTileWidth + 1, head, [&](const Leaf& leaf) {
    growing_.push(proof::leaf_hash(leaf), fills_no_tile);
    return true;
  });
  if (fault && !inspect) return fault->en;
  while (growing_.size() < head) growing_.push({}, fills_no_tile);
  publish();
  return inspect ? std::nullopt : check_last_checkpoint(head);
}

std::optional<std::string> RocksTree::check_last_checkpoint(Position head) const {
  const auto sizes = checkpoints(~Position{0}, 1, Direction::kBackward);
  if (sizes.empty()) return std::nullopt;
  const auto note = checkpoint(sizes.front());
  const auto parsed = note ? proof::parse_note(*note) : Checked<proof::Note>(Fault{});
  const auto signed_of = parsed ? proof::parse_checkpoint_text(parsed->text) : Checked<proof::Checkpoint>(Fault{});
  const std::string which = "the checkpoint of size " + std::to_string(sizes.front());
  if (!signed_of || signed_of->size != sizes.front()) return which + " is damaged";
  if (signed_of->size > head) return which + " is of more events than there are (" + std::to_string(head) + ")";
  const auto root = tree().root(signed_of->size);
  if (!root) return root.error().en;
  if (*root != signed_of->root) return "the log does not have the root that " + which + " states: events or tiles up to there were altered";
  return std::nullopt;
}

std::optional<std::string> RocksTree::build(Position head) {
  growing_ = {};
  for (Position done = 0; done < head;) {
    rocksdb::WriteBatch batch;
    const Position until = std::min(head, done + kBuiltAtOnce);
    if (const auto fault = each_leaf(done + 1, until, [&](const Leaf& leaf) {
          stage(batch, leaf);
          return true;
        }))
      return fault->en;
    rocksdb::WriteOptions synced;
    synced.sync = true;
    if (const auto status = db_.Write(synced, &batch); !status.ok()) return status.ToString();
    done = until;
  }
  publish();
  return std::nullopt;
}

void RocksTree::stage(rocksdb::WriteBatch& batch, const Leaf& leaf) {
  growing_.push(proof::leaf_hash(leaf), [&](unsigned level, std::uint64_t index, const Hashes& hashes) {
    batch.Put(&tree_, key_of(static_cast<char>(level), index), proof::bytes_of(hashes));
  });
}

void RocksTree::publish() { published_.store(std::make_shared<const proof::GrowingTree>(growing_)); }

TreeHead RocksTree::tree_head() const {
  const auto tree = published_.load();
  return {tree->size(), tree->root()};
}

Checked<Hashes> RocksTree::tile(unsigned level, std::uint64_t index, std::uint64_t count) const {
  const auto tree = published_.load();
  const auto width = proof::tile_width(level, index, tree->size());
  if (count == 0 || count > width) return Fault{place(level, index) + "はまだありません。", place(level, index) + " does not exist yet."};
  if (width == kTileWidth) {
    auto hashes = full_tile(level, index);
    if (hashes) hashes->resize(count);
    return hashes;
  }
  const auto& hashes = tree->partial(level);
  return Hashes(hashes.begin(), hashes.begin() + static_cast<std::ptrdiff_t>(count));
}

Checked<std::vector<Leaf>> RocksTree::leaves(Position first, Position last) const {
  if (first == 0 || last < first || last > published_.load()->size()) return Fault{"その葉はまだありません。", "Those leaves do not exist yet."};
  std::vector<Leaf> leaves;
  if (const auto fault = each_leaf(first, last, [&](const Leaf& leaf) {
        leaves.push_back(leaf);
        return true;
      }))
    return *fault;
  return leaves;
}

bool RocksTree::keep_checkpoint(Position size, const std::string& note) {
  rocksdb::WriteOptions synced;
  synced.sync = true;
  return db_.Put(synced, &tree_, key_of(kCheckpoint, size), note).ok();
}
void RocksTree::drop_checkpoint(Position size) { db_.Delete({}, &tree_, key_of(kCheckpoint, size)); }

std::optional<std::string> RocksTree::checkpoint(Position size) const {
  std::string note;
  return db_.Get({}, &tree_, key_of(kCheckpoint, size), &note).ok() ? std::optional(std::move(note)) : std::nullopt;
}

std::vector<Position> RocksTree::checkpoints(Position from, std::size_t limit, Direction direction) const {
  const std::unique_ptr<rocksdb::Iterator> notes(db_.NewIterator({}, &tree_));
  const auto start = key_of(kCheckpoint, from);
  const bool forward = direction == Direction::kForward;
  std::vector<Position> sizes;
  for (forward ? notes->Seek(start) : notes->SeekForPrev(start); notes->Valid() && sizes.size() < limit && notes->key()[0] == kCheckpoint; forward ? notes->Next() : notes->Prev())
    sizes.push_back(LogKey::position(notes->key().ToStringView().substr(1)));
  return sizes;
}

}  // namespace rireki
