#include "eventstore/dictionary.h"

#include <algorithm>
#include <mutex>

#include "eventstore/rocks_store.h"

namespace rireki {

std::string Word::key() const {
  std::string key;
  key.reserve(text.size() + 1);
  key.push_back(static_cast<char>(kind));
  key.append(text);
  return key;
}

std::uint32_t Dictionary::Texts::put(std::string_view key) {
  if (used_ + key.size() + 1 > kChunk) {
    chunks_.push_back(std::make_unique<char[]>(kChunk));
    used_ = 0;
  }
  char* start = chunks_.back().get() + used_;
  *start = static_cast<char>(key.size());
  std::copy(key.begin(), key.end(), start + 1);
  const std::size_t place = (chunks_.size() - 1) * kChunk + used_;
  used_ += key.size() + 1;
  return static_cast<std::uint32_t>(place);
}

void Dictionary::Texts::clear() {
  chunks_.clear();
  used_ = kChunk;
}

Dictionary::Dictionary(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& meta) : db_(db), meta_(meta) {}

void Dictionary::begin_loading() {
  // Words written meanwhile are added by the writer; a store that cannot be read is found out by whoever looks a word up.
  loading_ = std::jthread([this](const std::stop_token& stopped) { (void)load(stopped); });
}

rocksdb::Status Dictionary::load(const std::stop_token& stopped) {
  std::size_t taken = 0;
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.readahead_size = 1024 * 1024;
  const std::unique_ptr<rocksdb::Iterator> it(db_.NewIterator(options, &meta_));
  for (const auto kind : {WordKind::kTag, WordKind::kType}) {
    const std::string prefix(1, static_cast<char>(kind));
    for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
      if (taken++ == kWordsKept || stopped.stop_requested()) return it->status();
      keep(it->key().ToStringView(), word_of(it->value().ToStringView()));
    }
    if (!it->status().ok()) return it->status();
  }
  complete_.store(true, std::memory_order_release);
  if (dropped_.load(std::memory_order_acquire)) complete_.store(false, std::memory_order_release);
  return rocksdb::Status::OK();
}

WordId Dictionary::find(const Word& word) const {
  Shard& place = shard(hash_of(word));
  {
    std::shared_lock lock(place.mutex);
    if (const auto found = place.words.find(word); found != place.words.end()) return found->id;
    if (complete_.load(std::memory_order_acquire)) return 0;  // words are dropped under this shard's lock, after it turned false
  }
  std::string value;
  const std::string key = word.key();
  const auto status = db_.Get({}, &meta_, key, &value);
  if (status.IsNotFound()) return 0;
  // A word that cannot be looked up must not pass for one that was never written: the writer would give it a second id.
  if (!status.ok()) throw StorageFault("the dictionary cannot be read: " + status.ToString());
  const WordId id = word_of(value);
  keep(key, id);
  return id;
}

void Dictionary::add(const std::string& key, WordId id) { keep(key, id); }

void Dictionary::keep(std::string_view key, WordId id) const {
  const Word word = word_of_key(key);
  Shard& place = shard(hash_of(word));
  std::unique_lock lock(place.mutex);
  if (place.words.size() >= kWordsKept / kShards) {
    dropped_.store(true, std::memory_order_release);
    complete_.store(false, std::memory_order_release);
    place.words.clear();
    place.texts.clear();
  }
  place.words.insert(Entry{place.texts.put(key), id});  // known already: its text is there twice, which happens while words are loaded only
}

LastPositions::~LastPositions() {
  for (auto& chunk : chunks_) delete chunk.load();
}
std::atomic<Position>& LastPositions::slot(WordId word) const {
  auto& place = chunks_[word / kChunk];
  Chunk* chunk = place.load(std::memory_order_acquire);
  if (!chunk) {
    auto fresh = std::make_unique<Chunk>();
    if (place.compare_exchange_strong(chunk, fresh.get(), std::memory_order_acq_rel)) chunk = fresh.release();
  }
  return (*chunk)[word % kChunk];
}
void LastPositions::fill(WordId word, Position position) const {
  Position unknown = 0;
  slot(word).compare_exchange_strong(unknown, position, std::memory_order_acq_rel);
}

}  // namespace rireki
