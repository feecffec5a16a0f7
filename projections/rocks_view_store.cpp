#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/table.h>

#include <charconv>
#include <utility>

#include "projections/view_store.h"

namespace rireki {
namespace {

// In a view's family: one checkpoint, and the rows under a byte of their own.
constexpr std::string_view kCheckpointKey = "!";
constexpr char kRowPrefix = 'r';
constexpr std::string_view kLivePrefix = "live/";  // in the default family: live/<view> → the family of its live generation
constexpr std::size_t kCacheBytes = 64 * 1024 * 1024;
constexpr std::size_t kWriteBufferBytes = 16 * 1024 * 1024;
constexpr int kCheckpointFormat = 1;

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

void require(const rocksdb::Status& status) {
  if (!status.ok()) throw ViewDamaged(status.ToString());
}

std::string row_key(std::string_view key) {
  std::string stored(1, kRowPrefix);
  stored.append(key);
  return stored;
}

// The first key after every key that starts with `prefix`; a prefix never ends in 0xff, since it begins with kRowPrefix and UTF-8 follows.
std::string end_of(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  ++prefix.back();
  return prefix;
}

void put_u64(std::string& to, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) to.push_back(static_cast<char>(value >> shift));
}
std::uint64_t get_u64(std::string_view bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// Six big-endian words: format, version, position, last event, its id.
std::string encode(const Checkpoint& checkpoint) {
  std::string bytes;
  for (const std::uint64_t word : {std::uint64_t{kCheckpointFormat}, static_cast<std::uint64_t>(checkpoint.version), checkpoint.position,
                                   checkpoint.last_event, checkpoint.last_event_id.high, checkpoint.last_event_id.low})
    put_u64(bytes, word);
  return bytes;
}
std::optional<Checkpoint> decode_checkpoint(std::string_view bytes) {
  if (bytes.size() != 48 || get_u64(bytes, 0) != kCheckpointFormat) return std::nullopt;
  return Checkpoint{.version = static_cast<int>(get_u64(bytes, 8)), .position = get_u64(bytes, 16), .last_event = get_u64(bytes, 24),
                    .last_event_id = {get_u64(bytes, 32), get_u64(bytes, 40)}};
}

std::optional<std::string> read_row(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family, const rocksdb::ReadOptions& options, std::string_view key) {
  std::string value;
  const auto status = db.Get(options, &family, slice(row_key(key)), &value);
  if (status.IsNotFound()) return std::nullopt;
  require(status);
  return value;
}

void scan_rows(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family, rocksdb::ReadOptions options, std::string_view prefix, std::string_view from,
               const std::function<bool(std::string_view key, std::string_view value)>& visit) {
  const std::string first = row_key(std::max(prefix, from));
  const std::string end = end_of(row_key(prefix));
  const rocksdb::Slice upper = slice(end);
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> rows(db.NewIterator(options, &family));
  for (rows->Seek(slice(first)); rows->Valid(); rows->Next())
    if (!visit(view(rows->key()).substr(1), view(rows->value()))) return;
  require(rows->status());
}

class RocksGeneration final : public Generation, public std::enable_shared_from_this<RocksGeneration> {
 public:
  RocksGeneration(std::shared_ptr<rocksdb::DB> db, rocksdb::ColumnFamilyHandle* family, Checkpoint checkpoint)
      : db_(std::move(db)), family_(family), checkpoint_(checkpoint) {}
  ~RocksGeneration() override { db_->DestroyColumnFamilyHandle(family_); }

  std::optional<std::string> get(std::string_view key) const override { return read_row(*db_, *family_, {}, key); }
  void scan(std::string_view prefix, std::string_view from,
            const std::function<bool(std::string_view key, std::string_view value)>& visit) const override {
    scan_rows(*db_, *family_, {}, prefix, from, visit);
  }

  const Checkpoint& checkpoint() const override { return checkpoint_; }

  void commit(const PendingRows& rows, const Checkpoint& reached, Durability durability) override {
    rocksdb::WriteBatch batch(rows.bytes() + rows.writes().size() * 16);
    for (const auto& [key, value] : rows.writes())
      require(value ? batch.Put(family_, slice(row_key(key)), slice(*value)) : batch.Delete(family_, slice(row_key(key))));
    require(batch.Put(family_, slice(kCheckpointKey), encode(reached)));
    rocksdb::WriteOptions options;
    options.disableWAL = durability == Durability::kBuilding;
    require(db_->Write(options, &batch));
    checkpoint_ = reached;
  }

  void flush() override { require(db_->Flush({}, family_)); }

  Snapshot snapshot() const override;

  const std::shared_ptr<rocksdb::DB>& db() const { return db_; }
  rocksdb::ColumnFamilyHandle* family() const { return family_; }

 private:
  std::shared_ptr<rocksdb::DB> db_;
  rocksdb::ColumnFamilyHandle* family_;
  Checkpoint checkpoint_;
};

// Keeps the database and the family's handle alive: a family that was dropped stays readable until its last handle goes.
class RocksSnapshot final : public RowReader {
 public:
  explicit RocksSnapshot(std::shared_ptr<const RocksGeneration> generation)
      : generation_(std::move(generation)), snapshot_(generation_->db()->GetSnapshot()) {
    options_.snapshot = snapshot_;
  }
  ~RocksSnapshot() override { generation_->db()->ReleaseSnapshot(snapshot_); }

  std::optional<std::string> get(std::string_view key) const override { return read_row(*generation_->db(), *generation_->family(), options_, key); }
  void scan(std::string_view prefix, std::string_view from,
            const std::function<bool(std::string_view key, std::string_view value)>& visit) const override {
    scan_rows(*generation_->db(), *generation_->family(), options_, prefix, from, visit);
  }
  Checkpoint checkpoint() const {
    std::string bytes;
    const auto status = generation_->db()->Get(options_, generation_->family(), slice(kCheckpointKey), &bytes);
    if (status.IsNotFound()) return {};
    require(status);
    const auto checkpoint = decode_checkpoint(bytes);
    if (!checkpoint) throw ViewDamaged("the checkpoint cannot be read");
    return *checkpoint;
  }

 private:
  std::shared_ptr<const RocksGeneration> generation_;
  const rocksdb::Snapshot* snapshot_;
  rocksdb::ReadOptions options_;
};

Generation::Snapshot RocksGeneration::snapshot() const {
  auto rows = std::make_shared<RocksSnapshot>(shared_from_this());
  const Position position = rows->checkpoint().position;
  return {std::move(rows), position};
}

rocksdb::Options store_options(rocksdb::Env* files = nullptr) {
  rocksdb::Options options;
  if (files) options.env = files;
  options.create_if_missing = true;
  options.compression = rocksdb::kLZ4Compression;
  options.write_buffer_size = kWriteBufferBytes;
  options.max_total_wal_size = 8 * kWriteBufferBytes;
  options.keep_log_file_num = 2;
  options.info_log_level = rocksdb::WARN_LEVEL;
  // After a power cut: every family at one common prefix of what was written.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  rocksdb::BlockBasedTableOptions table;
  table.block_size = 16 * 1024;
  table.checksum = rocksdb::kXXH3;
  table.block_cache = rocksdb::NewLRUCache(kCacheBytes);
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

// Damage that emptying the folder mends; a lock, a permission or a full disk is not.
bool is_damage(const rocksdb::Status& status) {
  return status.IsCorruption() || status.IsInvalidArgument() || status.IsNotFound() ||
         (status.IsIOError() && status.subcode() == rocksdb::Status::kPathNotFound);
}

class RocksViewStore final : public ViewStore {
 public:
  RocksViewStore(std::shared_ptr<rocksdb::DB> db, rocksdb::ColumnFamilyHandle* main, bool emptied)
      : db_(std::move(db)), main_(main), emptied_(emptied) {}
  ~RocksViewStore() override {
    live_.clear();
    db_->DestroyColumnFamilyHandle(main_);
  }

  bool emptied() const override { return emptied_; }

  // Takes what the folder holds: the families that a view points to are its live generations, all others are leftovers.
  void adopt(std::vector<rocksdb::ColumnFamilyHandle*> families, const std::set<std::string>& views) {
    for (auto* family : families) {
      const std::string name = family->GetName();
      const std::string of = name.substr(0, name.find('#'));
      numbers_ = std::max(numbers_, number_of(name));
      std::string named;
      const bool is_live = views.contains(of) && db_->Get({}, main_, std::string(kLivePrefix) + of, &named).ok() && named == name;
      std::string bytes;
      const bool readable = is_live && db_->Get({}, family, slice(kCheckpointKey), &bytes).ok();
      const auto checkpoint = readable ? decode_checkpoint(bytes) : std::nullopt;
      if (checkpoint) {
        live_[of] = std::make_shared<RocksGeneration>(db_, family, *checkpoint);
      } else {
        require(db_->DropColumnFamily(family));
        db_->DestroyColumnFamilyHandle(family);
      }
    }
  }

  std::shared_ptr<Generation> live(const std::string& view) const override {
    std::lock_guard lock(mutex_);
    const auto found = live_.find(view);
    return found == live_.end() ? nullptr : found->second;
  }

  std::shared_ptr<Generation> begin(const std::string& view) override {
    std::lock_guard lock(mutex_);
    rocksdb::ColumnFamilyHandle* family = nullptr;
    require(db_->CreateColumnFamily(store_options_, view + "#" + std::to_string(++numbers_), &family));
    return std::make_shared<RocksGeneration>(db_, family, Checkpoint{});
  }

  void swap(const std::string& view, std::shared_ptr<Generation> next) override {
    auto generation = std::static_pointer_cast<RocksGeneration>(std::move(next));
    generation->flush();
    rocksdb::WriteOptions durable;
    durable.sync = true;
    std::shared_ptr<RocksGeneration> former;
    {
      std::lock_guard lock(mutex_);
      require(db_->Put(durable, main_, std::string(kLivePrefix) + view, generation->family()->GetName()));
      former = std::exchange(live_[view], std::move(generation));
    }
    if (former) require(db_->DropColumnFamily(former->family()));
  }

  void discard(std::shared_ptr<Generation> generation) override {
    require(db_->DropColumnFamily(std::static_pointer_cast<RocksGeneration>(generation)->family()));
  }

  rocksdb::ColumnFamilyOptions store_options_ = store_options();

 private:
  static std::uint64_t number_of(const std::string& family) {
    std::uint64_t number = 0;
    const auto at = family.find('#');
    if (at != std::string::npos) std::from_chars(family.data() + at + 1, family.data() + family.size(), number);
    return number;
  }

  std::shared_ptr<rocksdb::DB> db_;
  rocksdb::ColumnFamilyHandle* main_;
  bool emptied_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<RocksGeneration>> live_;
  std::uint64_t numbers_ = 0;
};

rocksdb::Status open_families(const std::string& folder, rocksdb::Env* files, rocksdb::DB** db, std::vector<rocksdb::ColumnFamilyHandle*>& handles) {
  const rocksdb::Options options = store_options(files);
  std::vector<std::string> names;
  const auto listed = rocksdb::DB::ListColumnFamilies(options, folder, &names);
  if (!listed.ok()) names = {rocksdb::kDefaultColumnFamilyName};  // a new folder; of a damaged one Open gives the reason
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const auto& name : names) families.emplace_back(name, options);
  return rocksdb::DB::Open(options, folder, families, &handles, db);
}

}  // namespace

Result<std::unique_ptr<ViewStore>, ViewError> ViewStore::open(const std::filesystem::path& folder, const std::set<std::string>& views, std::shared_ptr<rocksdb::Env> files) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return ViewError{ViewErrorCode::kIo, "the views' folder cannot be created: " + failed.message()};
  for (bool emptied = false;; emptied = true) {
    rocksdb::DB* opened = nullptr;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    auto status = open_families(folder, files.get(), &opened, handles);
    if (status.ok()) {
      std::shared_ptr<rocksdb::DB> db(opened, [files](rocksdb::DB* closing) { delete closing; });  // readers may hold it longer than the store
      auto store = std::make_unique<RocksViewStore>(db, handles.front(), emptied);
      try {
        store->adopt({handles.begin() + 1, handles.end()}, views);
        return std::unique_ptr<ViewStore>(std::move(store));
      } catch (const ViewDamaged& damaged) {
        return ViewError{ViewErrorCode::kIo, damaged.what()};
      }
    }
    if (status.ToString().find("lock") != std::string::npos) return ViewError{ViewErrorCode::kInUse, "another process holds the views' folder"};
    if (emptied || !is_damage(status)) return ViewError{ViewErrorCode::kIo, status.ToString()};
    for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) std::filesystem::remove_all(entry.path(), failed);
  }
}

void throw_exception_from_error(const ViewError& error, const boost::source_location&) { throw std::logic_error("unchecked ViewError: " + error.what); }

}  // namespace rireki
