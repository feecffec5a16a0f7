// read.tag50 and replay.decoded. The ceilings read the same files through a read-only RocksDB with the same options.
#include <rocksdb/cache.h>

#include <algorithm>
#include <stdexcept>

#include "bench/figures.h"
#include "bench/log_workload.h"
#include "eventstore/rocks_event_log.h"
#include "eventstore/rocks_options.h"
#include "eventstore/rocks_store.h"

namespace rireki::bench {
namespace {

constexpr std::size_t kFillers = 64;
constexpr std::size_t kEventsPerAppend = 64;
constexpr std::size_t kLast = 50;

void fill(EventLog& log, std::size_t events) {
  std::vector<Clerk> clerks;
  for (std::size_t i = 0; i < kFillers; ++i) clerks.emplace_back(i, kFillers);
  for (std::size_t made = 0; made < events; made += kFillers * kEventsPerAppend)
    for (auto& clerk : clerks) {
      AppendRequest request{.events = {}, .condition = Unconditional{}, .command = std::nullopt};
      for (std::size_t i = 0; i < kEventsPerAppend; ++i) request.events.push_back(clerk.next());
      if (!log.append(std::move(request))) throw std::runtime_error("the log cannot be filled");
    }
}

// The same files, without the log.
struct RawReader {
  explicit RawReader(const std::filesystem::path& folder) {
    const RocksOptions options;
    const auto cache = rocksdb::NewLRUCache(options.cache_bytes);
    rocksdb::DB* opened = nullptr;
    const auto status = rocksdb::DB::OpenForReadOnly(database_options(options, cache), folder.string(), families(options, cache), &handles, &opened);
    if (!status.ok()) throw std::runtime_error(status.ToString());
    db.reset(opened);
  }
  ~RawReader() {
    for (auto* handle : handles) db->DestroyColumnFamilyHandle(handle);
  }
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
};

std::vector<std::string> last_keys(const EventLog& log, const std::string& tag) {
  std::vector<std::string> keys;
  const auto end = log.read(with_tag(tag), {.limit = kLast, .direction = Direction::kBackward}, [&](const EventView& event) {
    keys.emplace_back(LogKey(event.position()).view());
    return true;
  });
  if (!end) throw std::runtime_error(end.error().what);
  std::reverse(keys.begin(), keys.end());
  return keys;
}

std::size_t multi_get(RawReader& raw, const std::vector<std::string>& keys) {
  const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  raw.db->MultiGet({}, raw.handles[1], slices.size(), slices.data(), values.data(), statuses.data(), true);
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) bytes += statuses[i].ok() ? values[i].size() : throw std::runtime_error(statuses[i].ToString());
  return bytes;
}

Figure tag50(const Run& run, const EventLog& log, RawReader& raw) {
  std::vector<std::string> tags;
  for (std::size_t i = 0; i < 500; ++i) tags.push_back(person_tag(i * 13 % (kPeople / kFillers * kFillers)));
  std::vector<std::vector<std::string>> keys;
  std::size_t events = 0;
  for (const auto& tag : tags) events += keys.emplace_back(last_keys(log, tag)).size();  // warms the log
  for (const auto& group : keys) multi_get(raw, group);
  std::vector<double> ours, ceiling;
  for (int slice = 0; slice < (run.quick ? 5 : 15); ++slice) {
    ours.push_back(static_cast<double>(events) / seconds_of([&] {
      for (const auto& tag : tags) {
        std::size_t bytes = 0;
        const auto end = log.read(with_tag(tag), {.limit = kLast, .direction = Direction::kBackward}, [&](const EventView& event) {
          bytes += event.body().size() + event.type().size();
          return true;
        });
        if (!end || bytes == 0) throw std::runtime_error("nothing read");
      }
    }));
    ceiling.push_back(static_cast<double>(events) / seconds_of([&] {
      for (const auto& group : keys) multi_get(raw, group);
    }));
  }
  char note[64];
  std::snprintf(note, sizeof note, "%.0f us for the last %zu", 1e6 * static_cast<double>(events) / static_cast<double>(tags.size()) / median(ours), kLast);
  return {"read.tag50", median(ours), "events/s", median(ceiling), 0.7, note};
}

Figure replay(const Run& run, const EventLog& log, RawReader& raw) {
  std::vector<double> ours, ceiling;
  for (int slice = 0; slice < (run.quick ? 3 : 7); ++slice) {
    std::size_t events = 0;
    std::uint64_t sum = 0;
    double seconds = seconds_of([&] {
      const auto end = log.read(AllEvents{}, {.bulk = true}, [&](const EventView& event) {
        sum += event.type().size() + event.id().low + event.tags().size() + static_cast<std::uint64_t>(event.recorded_at().time_since_epoch().count()) + event.body().size();
        ++events;
        return true;
      });
      if (!end || sum == 0) throw std::runtime_error("nothing replayed");
    });
    ours.push_back(static_cast<double>(events) / seconds);
    std::size_t raw_events = 0;
    seconds = seconds_of([&] {
      rocksdb::ReadOptions options;
      options.fill_cache = false;
      options.readahead_size = 2 * 1024 * 1024;
      const std::unique_ptr<rocksdb::Iterator> it(raw.db->NewIterator(options, raw.handles[1]));
      for (it->SeekToFirst(); it->Valid(); it->Next()) {
        sum += it->key().size() + it->value().size();
        ++raw_events;
      }
    });
    if (raw_events != events) throw std::runtime_error("the raw iterator saw other events");
    ceiling.push_back(static_cast<double>(raw_events) / seconds);
  }
  return {"replay.decoded", median(ours), "events/s", median(ceiling), 0.7, "id, type, tags, recorded-at"};
}

}  // namespace

std::vector<Figure> read_figures(const Run& run) {
  if (!run.wants("read.tag50") && !run.wants("replay.decoded")) return {};
  const auto folder = run.folder / "read";
  fill(*RocksEventLog::open(folder).value(), run.quick ? 400'000 : 1'000'000);
  const auto log = RocksEventLog::open(folder).value();  // recovery flushes the memtables: both sides read the same files
  RawReader raw(folder);
  std::vector<Figure> figures;
  if (run.wants("read.tag50")) figures.push_back(tag50(run, *log, raw));
  if (run.wants("replay.decoded")) figures.push_back(replay(run, *log, raw));
  return figures;
}

}  // namespace rireki::bench
