// Keys and values as they lie in RocksDB (rocks_event_log.h has the layout). Internal to the RocksDB engine.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/dictionary.h"
#include "eventstore/log.h"

namespace rireki {

// Keys are big-endian, so that order is byte order, and on the stack, since every event makes several.
class LogKey {
 public:
  explicit LogKey(Position position);
  std::string_view view() const { return {bytes_.data(), bytes_.size()}; }
  rocksdb::Slice slice() const { return {bytes_.data(), bytes_.size()}; }
  static Position position(std::string_view key);

 private:
  std::array<char, 8> bytes_;
};

class PostingKey {
 public:
  PostingKey(WordId word, Position position);
  std::string_view view() const { return {bytes_.data(), bytes_.size()}; }
  rocksdb::Slice slice() const { return {bytes_.data(), bytes_.size()}; }
  static Position position(std::string_view key);

 private:
  std::array<char, 12> bytes_;
};

std::string word_value(WordId word);
WordId word_of(std::string_view value);
std::string command_key(const Id128& command);
std::string command_value(const Appended& appended);
std::optional<Appended> command_of(std::string_view value);

// A record: version, metadata length, metadata, body. The header is 8 bytes so that what follows keeps its alignment.
inline constexpr std::size_t kRecordHeaderBytes = 8;
inline constexpr char kRecordVersion = 1;

// recordedAt is 0. event.tags must be sorted. Each salt is 16 random bytes: of the metadata, and of a body that is clear.
std::string encode_record(const NewEvent& event, const Id128& command, const Id128& salt, const Id128& body_salt);
void set_record_time(std::string& record, Instant recorded_at);
// Of a record that was written here.
std::string_view metadata_of(std::string_view record);
std::string_view body_of(std::string_view record);

// The frame is checked, not what the metadata holds (envelope.h, well_formed). Points into `record`, or into `aligned` where RocksDB's
// bytes are not 8-byte aligned. None: not a record of a known version.
std::optional<EventView> open_record(Position position, std::string_view record, std::vector<std::uint64_t>& aligned);

}  // namespace rireki
