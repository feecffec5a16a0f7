#include "eventstore/dictionary.h"

#include <memory>
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

rocksdb::Status Dictionary::load() {
  std::size_t taken = 0;
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.readahead_size = 1024 * 1024;
  const std::unique_ptr<rocksdb::Iterator> it(db_.NewIterator(options, &meta_));
  for (const auto kind : {WordKind::kTag, WordKind::kType}) {
    const std::string prefix(1, static_cast<char>(kind));
    for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
      if (taken++ == kWordsKept) return it->status();
      auto key = it->key().ToString();
      auto& place = shard(Hash{}(key));
      place.words.emplace(std::move(key), word_of(it->value().ToStringView()));
    }
    if (!it->status().ok()) return it->status();
  }
  complete_ = true;
  return rocksdb::Status::OK();
}

WordId Dictionary::find(const Word& word) const {
  Shard& place = shard(Hash{}(word));
  {
    std::shared_lock lock(place.mutex);
    if (const auto found = place.words.find(word); found != place.words.end()) return found->second;
    if (complete_.load(std::memory_order_acquire)) return 0;  // words are dropped under this shard's lock, after it turned false
  }
  std::string value, key = word.key();
  const auto status = db_.Get({}, &meta_, key, &value);
  if (status.IsNotFound()) return 0;
  // A word that cannot be looked up must not pass for one that was never written: the writer would give it a second id.
  if (!status.ok()) throw StorageFault("the dictionary cannot be read: " + status.ToString());
  const WordId id = word_of(value);
  keep(std::move(key), id);
  return id;
}

void Dictionary::add(const std::string& key, WordId id) { keep(key, id); }

void Dictionary::keep(std::string key, WordId id) const {
  Shard& place = shard(Hash{}(key));
  std::unique_lock lock(place.mutex);
  if (place.words.size() >= kWordsKept / kShards) {
    complete_.store(false, std::memory_order_release);
    place.words.erase(place.words.begin());
  }
  place.words.emplace(std::move(key), id);
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
