#include "eventstore/rocks_store.h"

#include <rocksdb/cache.h>

#include <algorithm>
#include <mutex>

#include "eventstore/envelope.h"
#include "eventstore/postings.h"
#include "eventstore/rocks_options.h"

namespace rireki {
namespace {

constexpr char kFormat[] = "2";
constexpr char kWithoutTree[] = "1";  // the same but for the tree, which is made once when it is opened

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
  if (status.IsNotFound() && !events->Valid() && events->status().ok()) {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    status = store.db->Put(synced, store.meta.get(), "format", kFormat);
    return status.ok() ? std::nullopt : std::optional(open_error(status));
  }
  if (!status.ok()) return open_error(status);
  const bool without_tree = value == kWithoutTree;
  if (value != kFormat && !without_tree)
    return OpenError{OpenErrorKind::kOtherVersion, "the log has layout version " + value + "; this program knows version " + std::string(kFormat)};
  if (!events->status().ok()) return open_error(events->status());
  if (!events->Valid()) return std::nullopt;
  const Position head = LogKey::position(events->key().ToStringView());
  std::vector<std::uint64_t> aligned;
  const auto last = open_record(head, events->value().ToStringView(), aligned);
  if (!last || !well_formed(last->metadata())) return OpenError{OpenErrorKind::kCorrupt, "the record at position " + std::to_string(head) + " is not of a known form"};
  store.last_recorded = last->recorded_at();
  if (status = store.db->Get({}, store.meta.get(), "next", &value); !status.ok()) return open_error(status);
  store.next_word = word_of(value);
  // Log and index are written in one batch: if they disagree at the end, something else wrote here.
  const WordId type = store.words->find({WordKind::kType, last->type()});
  if (status = store.db->Get({}, store.idx.get(), PostingKey(type, head).slice(), &value); !status.ok())
    return OpenError{OpenErrorKind::kCorrupt, "the index does not know the last event, position " + std::to_string(head)};
  if (const auto fault = without_tree ? store.tree->build(head) : store.tree->load(head, store.options.inspect)) return OpenError{OpenErrorKind::kCorrupt, *fault};
  if (without_tree) {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    if (status = store.db->Put(synced, store.meta.get(), "format", kFormat); !status.ok()) return open_error(status);
  }
  store.head = head;
  return std::nullopt;
}

}  // namespace

void throw_exception_from_error(const OpenError& error, const boost::source_location&) {
  throw std::runtime_error("the log cannot be opened: " + error.what);
}

Position RocksStore::last_of(WordId word) const {
  // Last positions are stored before head moves, so that whoever sees a head sees all of them up to it; hence also some beyond it.
  const Position now = head.load(std::memory_order_acquire);
  if (const Position known = last.get(word); known && known <= now) return known;
  Postings backward(*this, {word}, {}, Window{.after = 0, .up_to = now, .direction = Direction::kBackward});
  const auto found = backward.next();
  if (auto status = backward.status(); !status.ok()) throw StorageFault("the index cannot be read: " + status.ToString());
  if (!found) return 0;
  last.fill(word, *found);
  return *found;
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
  store->tree_family = own(4);
  store->tree = std::make_unique<RocksTree>(*store->db, *store->log, *store->tree_family);
  store->words = std::make_unique<Dictionary>(*store->db, *store->meta);
  try {
    if (auto error = load(*store)) return *error;
  } catch (const StorageFault& fault) {
    return OpenError{OpenErrorKind::kCorrupt, fault.what()};
  }
  store->words->begin_loading();
  return store;
}

}  // namespace rireki
