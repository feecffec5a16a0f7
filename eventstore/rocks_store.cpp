#include "eventstore/rocks_store.h"

#include <rocksdb/cache.h>

#include <algorithm>
#include <mutex>

#include "eventstore/rocks_options.h"

namespace rireki {
namespace {

constexpr char kFormat[] = "1";

OpenError open_error(const rocksdb::Status& status) {
  OpenError error{.what = status.ToString()};
  if (status.IsNoSpace() || status.subcode() == rocksdb::Status::kNoSpace) error.kind = OpenErrorKind::kNoSpace;
  else if (status.IsCorruption() || status.IsNotFound()) error.kind = OpenErrorKind::kCorrupt;
  else if (error.what.find("lock") != std::string::npos) error.kind = OpenErrorKind::kInUse;
  else if (status.IsInvalidArgument()) error.kind = OpenErrorKind::kCorrupt;
  return error;
}

// What stands in memory is read from the last event and two keys: the same at 10^5 and 10^8 events.
std::optional<OpenError> load(RocksStore& store) {
  std::string value;
  auto status = store.db->Get({}, store.meta.get(), "format", &value);
  const std::unique_ptr<rocksdb::Iterator> events(store.db->NewIterator({}, store.log.get()));
  events->SeekToLast();
  if (status.IsNotFound() && !events->Valid()) {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    status = store.db->Put(synced, store.meta.get(), "format", kFormat);
    return status.ok() ? std::nullopt : std::optional(open_error(status));
  }
  if (!status.ok()) return open_error(status);
  if (value != kFormat)
    return OpenError{OpenErrorKind::kOtherVersion, "the log has layout version " + value + "; this program knows version " + std::string(kFormat)};
  if (!events->status().ok()) return open_error(events->status());
  if (!events->Valid()) return std::nullopt;
  const Position head = position_of_log_key(events->key().ToStringView());
  std::vector<std::uint64_t> aligned;
  const auto last = open_record(head, events->value().ToStringView(), aligned);
  if (!last) return OpenError{OpenErrorKind::kCorrupt, "the record at position " + std::to_string(head) + " is not of a known form"};
  store.last_recorded = last->recorded_at();
  if (status = store.db->Get({}, store.meta.get(), "next", &value); !status.ok()) return open_error(status);
  store.next_word = word_of(value);
  // Log and index are written in one batch: if they disagree at the end, something else wrote here.
  const WordId type = store.words->find(type_word(last->type()));
  if (status = store.db->Get({}, store.idx.get(), posting_key(type, head), &value); !status.ok())
    return OpenError{OpenErrorKind::kCorrupt, "the index does not know the last event, position " + std::to_string(head)};
  store.head = head;
  return std::nullopt;
}

}  // namespace

void throw_exception_from_error(const OpenError& error, const boost::source_location&) {
  throw std::runtime_error("the log cannot be opened: " + error.what);
}

LastPositions::~LastPositions() {
  for (auto& chunk : chunks_) delete chunk.load();
}
std::atomic<Position>& LastPositions::slot(WordId word) const {
  auto& place = chunks_.at(word / kChunk);
  Chunk* chunk = place.load(std::memory_order_acquire);
  if (!chunk) {
    auto fresh = std::make_unique<Chunk>();
    if (place.compare_exchange_strong(chunk, fresh.get(), std::memory_order_acq_rel)) chunk = fresh.release();
  }
  return (*chunk)[word % kChunk];
}
Position LastPositions::get(WordId word) const { return slot(word).load(std::memory_order_acquire); }
void LastPositions::set(WordId word, Position position) { slot(word).store(position, std::memory_order_release); }
void LastPositions::fill(WordId word, Position position) const {
  Position unknown = 0;
  slot(word).compare_exchange_strong(unknown, position, std::memory_order_acq_rel);
}

WordId Dictionary::find(const std::string& word) const {
  Shard& shard = shards_[std::hash<std::string>{}(word) % kShards];
  {
    std::shared_lock lock(shard.mutex);
    if (const auto found = shard.words.find(word); found != shard.words.end()) return found->second;
  }
  std::string value;
  if (!db_.Get({}, &meta_, word, &value).ok()) return 0;
  const WordId id = word_of(value);
  std::unique_lock lock(shard.mutex);
  if (shard.words.size() >= kWordsPerShardMax) shard.words.clear();
  shard.words.emplace(word, id);
  return id;
}
void Dictionary::add(const std::string& word, WordId id) {
  Shard& shard = shards_[std::hash<std::string>{}(word) % kShards];
  std::unique_lock lock(shard.mutex);
  if (shard.words.size() >= kWordsPerShardMax) shard.words.clear();
  shard.words.emplace(word, id);
}

Position RocksStore::last_of(WordId word) const {
  if (const Position known = last.get(word)) return known;
  // Taken before the look-up, so that what is filled in was visible then; the writer only ever stores newer ones over it.
  const Position now = head.load(std::memory_order_acquire);
  Postings backward(*this, {word}, {}, 0, now, Direction::kBackward);
  const auto found = backward.next();
  if (!found) return 0;
  last.fill(word, *found);
  return std::max(*found, last.get(word));
}

Result<std::unique_ptr<RocksStore>, OpenError> open_store(const std::filesystem::path& folder, RocksOptions options) {
  std::error_code made;
  std::filesystem::create_directories(folder, made);
  if (made) return OpenError{OpenErrorKind::kIo, "the folder " + folder.string() + " cannot be created: " + made.message()};
  const auto cache = rocksdb::NewLRUCache(options.cache_bytes);
  const auto db_options = database_options(options, cache);
  const auto wanted = families(options, cache);
  auto store = std::make_unique<RocksStore>();
  store->options = std::move(options);
  store->folder = folder;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  const auto status = rocksdb::DB::Open(db_options, folder.string(), wanted, &handles, &opened);
  if (!status.ok()) return open_error(status);
  store->db.reset(opened);
  const auto own = [&](std::size_t i) { return ColumnFamily(handles[i], CloseColumnFamily{opened}); };
  store->fallback = own(0);
  store->log = own(1);
  store->idx = own(2);
  store->meta = own(3);
  store->tree = own(4);
  store->words = std::make_unique<Dictionary>(*store->db, *store->meta);
  if (auto error = load(*store)) return *error;
  return store;
}

}  // namespace rireki
