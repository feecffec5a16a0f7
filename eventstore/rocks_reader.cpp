#include <algorithm>

#include "eventstore/form.h"
#include "eventstore/postings.h"
#include "eventstore/rocks_store.h"

namespace rireki {
namespace {

constexpr std::size_t kFetchMax = 256;           // events per MultiGet
constexpr std::size_t kFirstFetch = 64;          // the first time, since many a reader stops early
constexpr Position kEstimatedFrom = 10'000;      // narrower windows take the index at once: an estimate would cost more than it saves
constexpr Position kIteratorEventsMax = 100'000; // a long iterator pins memtables and files: opened anew after so many

std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

ReadError corrupt(Position position) {
  return {ReadErrorCode::kCorrupt, "the record at position " + std::to_string(position) + " is damaged or missing"};
}
ReadError storage(const rocksdb::Status& status) { return {ReadErrorCode::kCorrupt, status.ToString()}; }

// Counts what was delivered and remembers why it stopped.
struct Delivery {
  const EventSink& sink;
  std::size_t left;
  bool stopped = false;
  // False: nothing more is wanted. The event that finds the limit used up proves that the read was not complete.
  bool deliver(const EventView& event) {
    if (left == 0 || (--left, !sink(event))) stopped = true;
    return !stopped;
  }
};

}  // namespace

namespace {

// Fetches the bodies of some positions at once and delivers them. Holds what it needs from one group to the next.
class Fetch {
 public:
  Fetch(const RocksStore& store, const ReadOptions& options) : store_(store), sorted_(options.direction == Direction::kForward) {
    read_.fill_cache = !options.bulk;
  }
  std::optional<ReadError> deliver(const std::vector<Position>& positions, Delivery& delivery) {
    const std::size_t count = positions.size();
    keys_.clear();
    slices_.clear();
    for (const auto position : positions) keys_.emplace_back(position);
    for (const auto& key : keys_) slices_.push_back(key.slice());
    if (!sorted_) std::reverse(slices_.begin(), slices_.end());  // the index gave them downwards; one pass upwards over the files
    std::vector<rocksdb::PinnableSlice> values(count);
    std::vector<rocksdb::Status> statuses(count);
    store_.db->MultiGet(read_, store_.log.get(), count, slices_.data(), values.data(), statuses.data(), true);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = sorted_ ? i : count - 1 - i;
      if (!statuses[at].ok()) return statuses[at].IsNotFound() ? corrupt(positions[i]) : storage(statuses[at]);
      const auto event = open_record(positions[i], view(values[at]), aligned_);
      if (!event) return corrupt(positions[i]);
      if (!delivery.deliver(*event)) return std::nullopt;
    }
    return std::nullopt;
  }

 private:
  const RocksStore& store_;
  bool sorted_;
  rocksdb::ReadOptions read_;
  std::vector<LogKey> keys_;
  std::vector<rocksdb::Slice> slices_;
  std::vector<std::uint64_t> aligned_;
};

std::optional<ReadError> read_index(const RocksStore& store, const std::vector<QueryItem>& items, const ReadOptions& options, Position up_to, Delivery& delivery) {
  QueryPostings matches(store, items, Window{options.after, up_to, options.direction});
  Fetch fetch(store, options);
  std::vector<Position> positions;
  std::size_t batch = kFirstFetch;
  while (!delivery.stopped) {
    positions.clear();
    bool more = true;
    while (positions.size() < std::min(batch, delivery.left) && more)
      if (const auto position = matches.next()) positions.push_back(*position);
      else more = false;
    // A match beyond the limit makes the read incomplete; its body is not needed for that.
    const bool beyond = more && positions.size() == delivery.left && matches.next();
    if (auto status = matches.status(); !status.ok()) return storage(status);
    if (positions.empty()) {
      delivery.stopped = beyond;
      return std::nullopt;
    }
    if (auto error = fetch.deliver(positions, delivery)) return error;
    if (beyond) delivery.stopped = true;
    if (!more) return std::nullopt;
    batch = kFetchMax;
  }
  return std::nullopt;
}

std::optional<ReadError> scan(const RocksStore& store, const Query& query, const ReadOptions& options, Position up_to, Delivery& delivery) {
  const bool forward = options.direction == Direction::kForward;
  const bool all = std::holds_alternative<AllEvents>(query);
  Position low = options.after, high = up_to;  // (low, high] is still to be read
  std::vector<std::uint64_t> aligned;
  while (low < high && !delivery.stopped) {
    const Position chunk = std::min(high - low, kIteratorEventsMax);
    const Position from = forward ? low + 1 : high - chunk + 1;
    const Position to = from + chunk - 1;
    const LogKey lower(from), upper(to + 1);
    const rocksdb::Slice lower_slice = lower.slice(), upper_slice = upper.slice();
    rocksdb::ReadOptions read;
    read.iterate_lower_bound = &lower_slice;
    read.iterate_upper_bound = &upper_slice;
    read.fill_cache = !options.bulk;
    if (options.bulk) read.readahead_size = 2 * 1024 * 1024;
    const std::unique_ptr<rocksdb::Iterator> it(store.db->NewIterator(read, store.log.get()));
    Position expected = forward ? from : to;
    for (forward ? it->SeekToFirst() : it->SeekToLast(); it->Valid(); forward ? it->Next() : it->Prev()) {
      const Position position = LogKey::position(view(it->key()));
      if (position != expected) return corrupt(expected);  // positions have no gaps
      const auto event = open_record(position, view(it->value()), aligned);
      if (!event) return corrupt(position);
      if ((all || matches(query, *event)) && !delivery.deliver(*event)) return std::nullopt;
      forward ? ++expected : --expected;
    }
    if (!it->status().ok()) return storage(it->status());
    if (expected != (forward ? to + 1 : from - 1)) return corrupt(expected);
    forward ? low = to : high = from - 1;
  }
  return std::nullopt;
}

// The index, unless the scan reads little more than what is wanted: fetching event by event costs about four times as much per event.
bool by_index(const RocksStore& store, const std::vector<QueryItem>& items, const ReadOptions& options, Position up_to) {
  using Plan = RocksOptions::Plan;
  if (store.options.plan != Plan::kAuto) return store.options.plan == Plan::kIndex;
  if (options.limit || up_to - options.after < kEstimatedFrom) return true;
  const double share = static_cast<double>(up_to - options.after) / static_cast<double>(std::max<Position>(up_to, 1));
  return 4 * share * static_cast<double>(estimate(store, items)) < static_cast<double>(up_to - options.after);
}

Result<ReadEnd, ReadError> read_checked(const RocksStore& store, const Query& query, const ReadOptions& options, const EventSink& sink) {
  ReadEnd end{.head = store.head.load(std::memory_order_acquire), .complete = true};  // before the scan
  const Position up_to = std::min(options.up_to.value_or(end.head), end.head);
  if (options.after >= up_to) return end;
  Delivery delivery{sink, options.limit.value_or(~std::size_t{0})};
  const auto* items = std::get_if<std::vector<QueryItem>>(&query);
  const auto error = items && by_index(store, *items, options, up_to) ? read_index(store, *items, options, up_to, delivery)
                                                                       : scan(store, query, options, up_to, delivery);
  if (error) return *error;
  end.complete = !delivery.stopped;
  return end;
}

}  // namespace

Result<ReadEnd, ReadError> read_store(const RocksStore& store, const Query& query, const ReadOptions& options, const EventSink& sink) {
  if (auto fault = check_query(query)) return ReadError{ReadErrorCode::kInvalidQuery, std::move(*fault)};
  try {
    return read_checked(store, query, options, sink);
  } catch (const StorageFault& fault) {
    return ReadError{ReadErrorCode::kCorrupt, fault.what()};
  }
}

}  // namespace rireki
