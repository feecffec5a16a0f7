// The events that the log's figures are measured with, and the same puts for a raw RocksDB: the ceiling.
#pragma once

#include <rocksdb/db.h>

#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "eventstore/log.h"

namespace rireki::bench {

inline constexpr std::size_t kPeople = 7'100;        // a ward's staff
inline constexpr std::size_t kEventsPerCase = 8;

// One of many that append at the same time: works on its own cases and people, so that nobody is refused.
// Deterministic; events are about 485 bytes as stored, with 3 or 4 tags.
class Clerk {
 public:
  Clerk(std::size_t number, std::size_t of);
  NewEvent next();
  // What a decision of this clerk has read: its case, and postings of its person.
  std::vector<QueryItem> boundary() const;

 private:
  std::size_t number_, of_;
  std::uint64_t made_ = 0;
  std::uint64_t random_;
  std::string case_, person_;
};

std::string person_tag(std::size_t person);

// RocksDB with the log's own options and families, without the log.
class RawLog {
 public:
  explicit RawLog(const std::filesystem::path& folder);
  ~RawLog();
  struct Put {
    int family;  // as families() orders them
    std::string key, value;
  };
  // The puts that the log makes for these events as one group: records, postings in order, new words.
  std::vector<Put> puts_of(std::vector<NewEvent> events);
  // One batch, one sync.
  void write(const std::vector<Put>& group);

 private:
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  std::unordered_map<std::string, std::uint32_t> words_;
  Position head_ = 0;
  rocksdb::WriteBatch batch_;
};

}  // namespace rireki::bench
