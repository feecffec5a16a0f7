#include <cstring>

#include "eventstore/rocks_store.h"

namespace rireki {
namespace {

template <class Number>
void put_big_endian(std::string& into, Number number) {
  for (int shift = static_cast<int>(sizeof(Number)) * 8 - 8; shift >= 0; shift -= 8) into.push_back(static_cast<char>(number >> shift & 0xff));
}
template <class Number>
Number big_endian(std::string_view bytes) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) number = static_cast<Number>(number << 8 | static_cast<unsigned char>(bytes[i]));
  return number;
}

}  // namespace

std::string log_key(Position position) {
  std::string key;
  put_big_endian(key, position);
  return key;
}
Position position_of_log_key(std::string_view key) { return big_endian<Position>(key); }

std::string posting_key(WordId word, Position position) {
  std::string key;
  key.reserve(12);
  put_big_endian(key, word);
  put_big_endian(key, position);
  return key;
}
Position position_of_posting(std::string_view key) { return big_endian<Position>(key.substr(4)); }

std::string word_value(WordId word) {
  std::string value;
  put_big_endian(value, word);
  return value;
}
WordId word_of(std::string_view value) { return value.size() == 4 ? big_endian<WordId>(value) : 0; }

std::string tag_word(std::string_view tag) { return "t" + std::string(tag); }
std::string type_word(std::string_view type) { return "y" + std::string(type); }

std::string command_key(const Id128& command) {
  std::string key = "c";
  put_big_endian(key, command.high);
  put_big_endian(key, command.low);
  return key;
}
std::string command_value(const Appended& appended) {
  std::string value;
  put_big_endian(value, appended.first);
  put_big_endian(value, appended.last);
  value.append(reinterpret_cast<const char*>(appended.digest.data()), appended.digest.size());
  return value;
}
std::optional<Appended> command_of(std::string_view value) {
  Appended appended;
  if (value.size() != 16 + appended.digest.size()) return std::nullopt;
  appended.first = big_endian<Position>(value);
  appended.last = big_endian<Position>(value.substr(8));
  std::memcpy(appended.digest.data(), value.data() + 16, appended.digest.size());
  appended.repeated = true;
  return appended;
}

std::string encode_record(std::string_view metadata, std::string_view body) {
  const auto length = static_cast<std::uint32_t>(metadata.size());
  std::string record(kRecordHeaderBytes, '\0');
  record[0] = kRecordVersion;
  std::memcpy(record.data() + 4, &length, sizeof length);
  record.reserve(kRecordHeaderBytes + metadata.size() + body.size());
  record.append(metadata);
  record.append(body);
  return record;
}

std::optional<EventView> open_record(Position position, std::string_view record, std::vector<std::uint64_t>& aligned) {
  if (record.size() < kRecordHeaderBytes || record[0] != kRecordVersion) return std::nullopt;
  std::uint32_t length = 0;
  std::memcpy(&length, record.data() + 4, sizeof length);
  if (length > record.size() - kRecordHeaderBytes || length % 8 != 0) return std::nullopt;
  // RocksDB promises no alignment, Cap'n Proto needs it.
  if (reinterpret_cast<std::uintptr_t>(record.data()) % 8 != 0) {
    aligned.resize((record.size() + 7) / 8);
    std::memcpy(aligned.data(), record.data(), record.size());
    record = {reinterpret_cast<const char*>(aligned.data()), record.size()};
  }
  return EventView(position, record.substr(kRecordHeaderBytes, length), record.substr(kRecordHeaderBytes + length));
}

}  // namespace rireki
