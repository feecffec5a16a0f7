// One group of appends on its way into the log: judged one after the other, then written in one batch. Internal to the RocksDB engine.
#pragma once

#include <rocksdb/write_batch.h>

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <map>

#include "eventstore/rocks_store.h"

namespace rireki {

// A word of a request: its id, or its text if it had none when the request was prepared and the writer must look again.
struct KnownWord {
  WordId id = 0;
  std::string text;
};

struct PreparedEvent {
  std::string record;
  KnownWord type;
  boost::container::small_vector<KnownWord, 4> tags;
  proof::Leaf leaf;  // but for position, time and the metadata's digest, which only the writer knows
};
struct PreparedItem {
  boost::container::small_vector<KnownWord, 2> types, tags;
};
struct PreparedClause {
  bool all = false;
  Position after = 0;
  boost::container::small_vector<PreparedItem, 2> items;
};

// An append, encoded and looked up on the caller's thread. Held in one piece: what one thread allocates and another frees is slow, and it is
// the writer that frees.
struct PreparedAppend {
  boost::container::small_vector<PreparedEvent, 1> events;
  boost::container::small_vector<PreparedClause, 1> clauses;
  std::optional<Command> command;
  std::size_t bytes = 0;
};

// Requires: the request has passed check_and_sort.
Result<std::unique_ptr<PreparedAppend>, AppendError> prepare(const RocksStore& store, AppendRequest request);

// What is staged stands beside what is durable: the next request is judged against both, exactly. A refusal leaves nothing staged.
// One object serves group after group, so that its memory does.
class RocksGroup {
 public:
  explicit RocksGroup(RocksStore& store);
  void begin(Instant now);
  // Throws StorageFault if the log cannot be read; the group must then not be written.
  Result<Appended, AppendError> stage(PreparedAppend& append);
  bool empty() const { return head_ == store_.head.load(std::memory_order_relaxed); }
  // One batch, one sync.
  rocksdb::Status write();
  // After write() returned OK: what was staged becomes visible.
  void publish();

 private:
  struct Posting {
    WordId word;
    WordId type;
    Position position;
    std::int32_t before;  // the word's posting before this one in the group, -1: none
  };
  struct Staged {
    Position last;
    std::int32_t newest;  // posting
  };

  std::optional<Result<Appended, AppendError>> known(const Command& command) const;
  std::optional<AppendError> full(const PreparedAppend& append) const;
  Position conflict(PreparedClause& clause) const;
  Position conflict(PreparedItem& item, Position after) const;
  Position search_durable(const std::vector<WordId>& tags, const std::vector<WordId>& types, Position after) const;
  Position search_staged(const std::vector<WordId>& tags, const std::vector<WordId>& types, Position after) const;
  bool carries(Position position, WordId word) const;
  WordId find(WordKind kind, KnownWord& word) const;
  WordId find_or_add(WordKind kind, KnownWord& word);
  Position last(WordId word) const;
  void stage(PreparedEvent& event);
  void post(WordId word, WordId type);

  RocksStore& store_;
  Position head_ = 0;
  WordId next_word_ = 1;
  Instant recorded_at_{};
  rocksdb::WriteBatch batch_;
  std::vector<Posting> postings_;  // in order of position
  boost::unordered_flat_map<WordId, Staged> staged_;
  boost::unordered_flat_map<std::string, WordId> new_words_;
  std::map<Id128, Appended> commands_;
};

}  // namespace rireki
