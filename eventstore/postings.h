// Walks the index: one word, several words that must all be there, several of those joined by OR. Internal to the RocksDB engine.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "eventstore/rocks_store.h"

namespace rireki {

// (after, up_to] in one direction.
struct Window {
  Position after = 0, up_to = 0;
  Direction direction = Direction::kForward;
};

// Positions that carry all of some words, each once, in the window's order.
class Postings {
 public:
  // `types`: ids of the allowed types; empty: any. `words` is not empty.
  Postings(const RocksStore& store, std::vector<WordId> words, std::vector<WordId> types, const Window& window);
  ~Postings();
  std::optional<Position> next();
  rocksdb::Status status() const;

 private:
  struct Range;
  std::optional<Position> agree(Position candidate);
  bool allowed(const Range& range) const;

  std::vector<std::unique_ptr<Range>> ranges_;
  std::vector<WordId> types_;
  Window window_;
  Position cursor_;
  bool done_;
};

// The postings of a whole query (items joined by OR), each position once. An item whose word was never written is left out.
class QueryPostings {
 public:
  QueryPostings(const RocksStore& store, const std::vector<QueryItem>& items, const Window& window);
  std::optional<Position> next();
  rocksdb::Status status() const;

 private:
  struct Head {
    Position position;
    std::size_t of;
  };
  void advance(std::size_t index);

  std::vector<std::unique_ptr<Postings>> all_;
  std::vector<Head> heads_;  // a heap: the next position on top
  bool forward_;
};

// About how many postings these items have in the whole log; from file sizes, so cheap and rough.
std::uint64_t estimate(const RocksStore& store, const std::vector<QueryItem>& items);

}  // namespace rireki
