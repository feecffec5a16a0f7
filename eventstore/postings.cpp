#include "eventstore/postings.h"

#include <algorithm>
#include <numeric>

namespace rireki {
namespace {

// Steps before a seek: the next match is usually near, and a step costs a tenth of a seek.
constexpr int kStepsBeforeSeek = 4;

struct ItemWords {
  std::vector<WordId> types, tags;
};

// None: no event can match.
std::optional<ItemWords> words_of(const RocksStore& store, const QueryItem& item) {
  ItemWords words;
  const auto add = [](std::vector<WordId>& to, WordId id) {
    if (std::find(to.begin(), to.end(), id) == to.end()) to.push_back(id);
  };
  for (const auto& type : item.types)
    if (const WordId id = store.words->find({WordKind::kType, type})) add(words.types, id);
  if (!item.types.empty() && words.types.empty()) return std::nullopt;
  for (const auto& tag : item.tags) {
    const WordId id = store.words->find({WordKind::kTag, tag});
    if (!id) return std::nullopt;
    add(words.tags, id);
  }
  return words;
}

}  // namespace

// One word's postings within the window. Both bounds lie inside the word's own keys, as the prefix filter requires.
struct Postings::Range {
  Range(const RocksStore& store, WordId the_word, const Window& window)
      : word(the_word), forward(window.direction == Direction::kForward), lower(the_word, window.after + 1), upper(the_word, window.up_to + 1),
        lower_slice(lower.slice()), upper_slice(upper.slice()) {
    rocksdb::ReadOptions options;
    options.iterate_lower_bound = &lower_slice;
    options.iterate_upper_bound = &upper_slice;
    options.prefix_same_as_start = true;
    iterator.reset(store.db->NewIterator(options, store.idx.get()));
  }

  // The first posting at `from` or beyond it in the direction of travel. Never travels back.
  std::optional<Position> seek(Position from) {
    for (int step = 0; placed && step < kStepsBeforeSeek && iterator->Valid() && before(from); ++step) forward ? iterator->Next() : iterator->Prev();
    if (!placed || (iterator->Valid() && before(from))) {
      const PostingKey key(word, from);
      forward ? iterator->Seek(key.slice()) : iterator->SeekForPrev(key.slice());
      placed = true;
    }
    if (!iterator->Valid()) return std::nullopt;
    return position();
  }
  Position position() const { return PostingKey::position(iterator->key().ToStringView()); }
  bool before(Position from) const { return forward ? position() < from : position() > from; }

  WordId word;
  bool forward;
  PostingKey lower, upper;
  rocksdb::Slice lower_slice, upper_slice;
  std::unique_ptr<rocksdb::Iterator> iterator;
  bool placed = false;
};

Postings::Postings(const RocksStore& store, std::vector<WordId> words, std::vector<WordId> types, const Window& window)
    : types_(std::move(types)), window_(window), cursor_(window.direction == Direction::kForward ? window.after + 1 : window.up_to),
      done_(window.after >= window.up_to) {
  if (done_) return;
  // The word that was used last the longest ago has most likely the fewest postings in reach: it leads.
  if (words.size() > 1) std::sort(words.begin(), words.end(), [&](WordId a, WordId b) { return store.last.get(a) < store.last.get(b); });
  for (const auto word : words) ranges_.push_back(std::make_unique<Range>(store, word, window));
}
Postings::~Postings() = default;

// Leapfrog: each range jumps to where the one before it stands, until all stand on the same position.
std::optional<Position> Postings::agree(Position candidate) {
  std::size_t standing = 0;
  for (std::size_t i = 0; standing < ranges_.size(); i = (i + 1) % ranges_.size()) {
    const auto found = ranges_[i]->seek(candidate);
    if (!found) return std::nullopt;
    standing = *found == candidate ? standing + 1 : 1;
    candidate = *found;
  }
  return candidate;
}

std::optional<Position> Postings::next() {
  const bool forward = window_.direction == Direction::kForward;
  while (!done_) {
    const auto found = agree(cursor_);
    if (!found) {
      done_ = true;
      break;
    }
    done_ = *found == (forward ? window_.up_to : window_.after + 1);
    cursor_ = forward ? *found + 1 : *found - 1;
    if (allowed(*ranges_.front())) return found;
  }
  return std::nullopt;
}

bool Postings::allowed(const Range& range) const {
  return types_.empty() || std::find(types_.begin(), types_.end(), word_of(range.iterator->value().ToStringView())) != types_.end();
}

rocksdb::Status Postings::status() const {
  for (const auto& range : ranges_)
    if (!range->iterator->status().ok()) return range->iterator->status();
  return rocksdb::Status::OK();
}

QueryPostings::QueryPostings(const RocksStore& store, const std::vector<QueryItem>& items, const Window& window)
    : forward_(window.direction == Direction::kForward) {
  for (const auto& item : items) {
    auto words = words_of(store, item);
    if (!words) continue;
    if (!words->tags.empty()) all_.push_back(std::make_unique<Postings>(store, std::move(words->tags), std::move(words->types), window));
    else
      for (const auto type : words->types) all_.push_back(std::make_unique<Postings>(store, std::vector{type}, std::vector<WordId>{}, window));
  }
  for (std::size_t i = 0; i < all_.size(); ++i) advance(i);
}

void QueryPostings::advance(std::size_t index) {
  const auto position = all_[index]->next();
  if (!position) return;
  heads_.push_back({*position, index});
  std::push_heap(heads_.begin(), heads_.end(), [&](const Head& a, const Head& b) { return forward_ ? a.position > b.position : a.position < b.position; });
}

std::optional<Position> QueryPostings::next() {
  if (heads_.empty()) return std::nullopt;
  const Position top = heads_.front().position;
  while (!heads_.empty() && heads_.front().position == top) {
    std::pop_heap(heads_.begin(), heads_.end(), [&](const Head& a, const Head& b) { return forward_ ? a.position > b.position : a.position < b.position; });
    const std::size_t index = heads_.back().of;
    heads_.pop_back();
    advance(index);
  }
  return top;
}

rocksdb::Status QueryPostings::status() const {
  for (const auto& one : all_)
    if (auto status = one->status(); !status.ok()) return status;
  return rocksdb::Status::OK();
}

std::uint64_t estimate(const RocksStore& store, const std::vector<QueryItem>& items) {
  std::vector<PostingKey> bounds{PostingKey(0, 0), PostingKey(kWordsMax, 0)};  // the whole index first
  std::vector<std::pair<std::size_t, bool>> groups;                               // how many words, and whether all of them are needed
  for (const auto& item : items) {
    const auto words = words_of(store, item);
    if (!words) continue;
    const auto& group = words->tags.empty() ? words->types : words->tags;
    for (const auto word : group) {
      bounds.emplace_back(word, 0);
      bounds.emplace_back(word + 1, 0);
    }
    groups.emplace_back(group.size(), !words->tags.empty());
  }
  std::vector<rocksdb::Range> ranges;
  for (std::size_t i = 0; i < bounds.size(); i += 2) ranges.emplace_back(bounds[i].slice(), bounds[i + 1].slice());
  std::vector<std::uint64_t> bytes(ranges.size());
  rocksdb::SizeApproximationOptions options;
  options.include_memtables = true;
  std::uint64_t postings = 0;
  if (!store.db->GetApproximateSizes(options, store.idx.get(), ranges.data(), static_cast<int>(ranges.size()), bytes.data()).ok() || bytes[0] == 0) return 0;
  store.db->GetIntProperty(store.idx.get(), rocksdb::DB::Properties::kEstimateNumKeys, &postings);
  double share = 0;
  auto next = bytes.begin() + 1;
  for (const auto& [count, conjunction] : groups) {
    const auto end = next + static_cast<std::ptrdiff_t>(count);
    // A conjunction has no more postings than the rarest of its tags.
    share += static_cast<double>(conjunction ? *std::min_element(next, end) : std::accumulate(next, end, std::uint64_t{0})) / static_cast<double>(bytes[0]);
    next = end;
  }
  return static_cast<std::uint64_t>(share * static_cast<double>(postings));
}

}  // namespace rireki
