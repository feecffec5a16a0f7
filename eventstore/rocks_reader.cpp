#include <algorithm>

#include "eventstore/form.h"
#include "eventstore/rocks_store.h"

namespace rireki {
namespace {

constexpr std::size_t kFetchMax = 256;           // events per MultiGet
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

// One word's postings within the bounds. The bounds keep every step inside the word's own keys.
struct Postings::Range {
  Range(const RocksStore& store, WordId the_word, Position after, Position up_to)
      : word(the_word), lower(posting_key(the_word, after + 1)), upper(posting_key(the_word, up_to) + '\0'), lower_slice(lower), upper_slice(upper) {
    rocksdb::ReadOptions options;
    options.iterate_lower_bound = &lower_slice;
    options.iterate_upper_bound = &upper_slice;
    iterator.reset(store.db->NewIterator(options, store.idx.get()));
  }
  Position position() const { return position_of_posting(view(iterator->key())); }
  WordId word;
  std::string lower, upper;
  rocksdb::Slice lower_slice, upper_slice;
  std::unique_ptr<rocksdb::Iterator> iterator;
  bool placed = false;
};

Postings::Postings(const RocksStore& store, std::vector<WordId> words, std::vector<WordId> types, Position after, Position up_to, Direction direction)
    : types_(std::move(types)), after_(after), up_to_(up_to), cursor_(direction == Direction::kForward ? after + 1 : up_to), forward_(direction == Direction::kForward) {
  done_ = after >= up_to;
  if (done_) return;
  // The word that was used last the longest ago has most likely the fewest postings in reach: it leads.
  if (words.size() > 1) std::sort(words.begin(), words.end(), [&](WordId a, WordId b) { return store.last.get(a) < store.last.get(b); });
  for (const auto word : words) ranges_.push_back(std::make_unique<Range>(store, word, after, up_to));
}

Postings::~Postings() = default;

// The first posting at `from` or beyond it in the direction of travel.
std::optional<Position> Postings::seek(Range& range, Position from) {
  auto& it = *range.iterator;
  const auto before = [&](Position p) { return forward_ ? p < from : p > from; };
  if (range.placed && it.Valid() && before(range.position())) {
    forward_ ? it.Next() : it.Prev();  // usually the very next one
    if (!it.Valid()) return std::nullopt;
  }
  if (!range.placed || (it.Valid() && before(range.position()))) {
    const std::string key = posting_key(range.word, from);
    forward_ ? it.Seek(key) : it.SeekForPrev(key);
    range.placed = true;
  }
  if (!it.Valid()) return std::nullopt;
  return range.position();
}

bool Postings::allowed(const Range& range) const {
  return types_.empty() || std::find(types_.begin(), types_.end(), word_of(view(range.iterator->value()))) != types_.end();
}

std::optional<Position> Postings::next() {
  while (!done_) {
    Position candidate = cursor_;
    bool agreed = false;
    while (!agreed) {
      agreed = true;
      for (auto& range : ranges_) {
        const auto found = seek(*range, candidate);
        if (!found) {
          done_ = true;
          return std::nullopt;
        }
        if (*found != candidate) {
          candidate = *found;
          agreed = range == ranges_.front() && ranges_.size() == 1;
          if (!agreed) break;
        }
      }
    }
    if (forward_ ? candidate >= up_to_ : candidate <= after_ + 1) done_ = true;
    cursor_ = forward_ ? candidate + 1 : candidate - 1;
    if (allowed(*ranges_.front())) return candidate;
  }
  return std::nullopt;
}

rocksdb::Status Postings::status() const {
  for (const auto& range : ranges_)
    if (!range->iterator->status().ok()) return range->iterator->status();
  return rocksdb::Status::OK();
}

std::vector<std::unique_ptr<Postings>> postings_of(const RocksStore& store, const std::vector<QueryItem>& items, Position after, Position up_to, Direction direction) {
  std::vector<std::unique_ptr<Postings>> all;
  for (const auto& item : items) {
    std::vector<WordId> types, tags;
    for (const auto& type : item.types)
      if (const WordId id = store.words->find(type_word(type))) types.push_back(id);
    if (!item.types.empty() && types.empty()) continue;
    bool known = true;
    for (const auto& tag : item.tags) {
      const WordId id = store.words->find(tag_word(tag));
      known = known && id != 0;
      if (std::find(tags.begin(), tags.end(), id) == tags.end()) tags.push_back(id);
    }
    if (!known) continue;
    if (tags.empty())
      for (const auto type : types) all.push_back(std::make_unique<Postings>(store, std::vector{type}, std::vector<WordId>{}, after, up_to, direction));
    else
      all.push_back(std::make_unique<Postings>(store, std::move(tags), std::move(types), after, up_to, direction));
  }
  return all;
}

namespace {

// Merges by position and drops repeats: an event that several items match is delivered once.
class Merge {
 public:
  Merge(std::vector<std::unique_ptr<Postings>> all, Direction direction) : all_(std::move(all)), forward_(direction == Direction::kForward) {
    for (auto& one : all_) heads_.push_back(one->next());
  }
  std::optional<Position> next() {
    std::optional<Position> best;
    for (const auto& head : heads_)
      if (head && (!best || (forward_ ? *head < *best : *head > *best))) best = head;
    if (!best) return std::nullopt;
    for (std::size_t i = 0; i < all_.size(); ++i)
      if (heads_[i] == best) heads_[i] = all_[i]->next();
    return best;
  }
  rocksdb::Status status() const {
    for (const auto& one : all_)
      if (auto status = one->status(); !status.ok()) return status;
    return rocksdb::Status::OK();
  }

 private:
  std::vector<std::unique_ptr<Postings>> all_;
  std::vector<std::optional<Position>> heads_;
  bool forward_;
};

std::optional<ReadError> fetch(const RocksStore& store, const std::vector<Position>& positions, bool sorted, bool bulk, Delivery& delivery,
                               std::vector<std::uint64_t>& aligned) {
  std::vector<std::string> keys;
  keys.reserve(positions.size());
  for (const auto position : positions) keys.push_back(log_key(position));
  const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  std::vector<rocksdb::PinnableSlice> values(positions.size());
  std::vector<rocksdb::Status> statuses(positions.size());
  rocksdb::ReadOptions options;
  options.fill_cache = !bulk;
  store.db->MultiGet(options, store.log.get(), slices.size(), slices.data(), values.data(), statuses.data(), sorted);
  for (std::size_t i = 0; i < positions.size(); ++i) {
    if (!statuses[i].ok()) return statuses[i].IsNotFound() ? corrupt(positions[i]) : storage(statuses[i]);
    const auto event = open_record(positions[i], view(values[i]), aligned);
    if (!event) return corrupt(positions[i]);
    if (!delivery.deliver(*event)) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<ReadError> read_index(const RocksStore& store, const std::vector<QueryItem>& items, const ReadOptions& options, Position up_to, Delivery& delivery) {
  Merge merge(postings_of(store, items, options.after, up_to, options.direction), options.direction);
  std::vector<std::uint64_t> aligned;
  std::vector<Position> positions;
  std::size_t batch = 64;
  while (!delivery.stopped) {
    positions.clear();
    // One more than the limit: finding it is what makes the read incomplete.
    const std::size_t wanted = delivery.left < batch ? delivery.left + 1 : batch;
    while (positions.size() < wanted) {
      const auto position = merge.next();
      if (!position) break;
      positions.push_back(*position);
    }
    if (auto status = merge.status(); !status.ok()) return storage(status);
    if (positions.empty()) return std::nullopt;
    if (auto error = fetch(store, positions, options.direction == Direction::kForward, options.bulk, delivery, aligned)) return error;
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
    const std::string lower = log_key(from), upper = log_key(to) + '\0';
    const rocksdb::Slice lower_slice(lower), upper_slice(upper);
    rocksdb::ReadOptions read;
    read.iterate_lower_bound = &lower_slice;
    read.iterate_upper_bound = &upper_slice;
    read.fill_cache = !options.bulk;
    if (options.bulk) read.readahead_size = 2 * 1024 * 1024;
    const std::unique_ptr<rocksdb::Iterator> it(store.db->NewIterator(read, store.log.get()));
    Position expected = forward ? from : to;
    for (forward ? it->SeekToFirst() : it->SeekToLast(); it->Valid(); forward ? it->Next() : it->Prev()) {
      const Position position = position_of_log_key(view(it->key()));
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

// The index, unless most of the log is wanted anyway: a replay of many types reads the log once instead of fetching event by event.
bool by_index(const RocksStore& store, const std::vector<QueryItem>& items, const ReadOptions& options) {
  using Plan = RocksOptions::Plan;
  if (store.options.plan != Plan::kAuto) return store.options.plan == Plan::kIndex;
  const bool types_only = std::all_of(items.begin(), items.end(), [](const QueryItem& item) { return item.tags.empty(); });
  return !(types_only && options.bulk);
}

}  // namespace

Result<ReadEnd, ReadError> read_store(const RocksStore& store, const Query& query, const ReadOptions& options, const EventSink& sink) {
  if (auto fault = check_query(query)) return ReadError{ReadErrorCode::kInvalidQuery, std::move(*fault)};
  ReadEnd end{.head = store.head.load(std::memory_order_acquire), .complete = true};  // before the scan
  const Position up_to = std::min(options.up_to.value_or(end.head), end.head);
  if (options.after >= up_to) return end;
  Delivery delivery{sink, options.limit.value_or(~std::size_t{0})};
  const auto* items = std::get_if<std::vector<QueryItem>>(&query);
  const auto error = items && by_index(store, *items, options) ? read_index(store, *items, options, up_to, delivery)
                                                                : scan(store, query, options, up_to, delivery);
  if (error) return *error;
  end.complete = !delivery.stopped;
  return end;
}

}  // namespace rireki
