#include "eventstore/rocks_codec.h"

#include <bit>
#include <cstring>

#include "eventstore/envelope.h"

namespace rireki {
namespace {

static_assert(std::endian::native == std::endian::little);

void store_big_endian(char* into, std::uint64_t number) {
  number = __builtin_bswap64(number);
  std::memcpy(into, &number, sizeof number);
}
void store_big_endian(char* into, std::uint32_t number) {
  number = __builtin_bswap32(number);
  std::memcpy(into, &number, sizeof number);
}
std::uint64_t big_endian_64(const char* bytes) {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes, sizeof number);
  return __builtin_bswap64(number);
}

std::size_t metadata_bytes(std::string_view record) {
  std::uint32_t length = 0;
  std::memcpy(&length, record.data() + 4, sizeof length);
  return length;
}

}  // namespace

LogKey::LogKey(Position position) { store_big_endian(bytes_.data(), position); }
Position LogKey::position(std::string_view key) { return key.size() == 8 ? big_endian_64(key.data()) : 0; }

PostingKey::PostingKey(WordId word, Position position) {
  store_big_endian(bytes_.data(), word);
  store_big_endian(bytes_.data() + 4, position);
}
Position PostingKey::position(std::string_view key) { return key.size() == 12 ? big_endian_64(key.data() + 4) : 0; }

std::string word_value(WordId word) {
  std::string value(4, '\0');
  store_big_endian(value.data(), word);
  return value;
}
WordId word_of(std::string_view value) {
  WordId word = 0;
  if (value.size() != sizeof word) return 0;
  std::memcpy(&word, value.data(), sizeof word);
  return __builtin_bswap32(word);
}

std::string command_key(const Id128& command) {
  std::string key(17, 'c');
  store_big_endian(key.data() + 1, command.high);
  store_big_endian(key.data() + 9, command.low);
  return key;
}
std::string command_value(const Appended& appended) {
  std::string value(16, '\0');
  store_big_endian(value.data(), appended.first);
  store_big_endian(value.data() + 8, appended.last);
  value.append(reinterpret_cast<const char*>(appended.digest.data()), appended.digest.size());
  return value;
}
std::optional<Appended> command_of(std::string_view value) {
  Appended appended;
  if (value.size() != 16 + appended.digest.size()) return std::nullopt;
  appended.first = big_endian_64(value.data());
  appended.last = big_endian_64(value.data() + 8);
  std::memcpy(appended.digest.data(), value.data() + 16, appended.digest.size());
  appended.repeated = true;
  return appended;
}

std::string encode_record(const NewEvent& event, const Id128& command, const Id128& salt, const Id128& body_salt) {
  std::string record;
  record.reserve(512 + event.body.size());
  record.append(kRecordHeaderBytes, '\0');
  append_envelope(record, event, command, salt);
  const auto length = static_cast<std::uint32_t>(record.size() - kRecordHeaderBytes);
  record[0] = kRecordVersion;
  std::memcpy(record.data() + 4, &length, sizeof length);
  append_body(record, event, body_salt);
  return record;
}

void set_record_time(std::string& record, Instant recorded_at) { set_recorded_at(record.data() + kRecordHeaderBytes, recorded_at); }

std::string_view metadata_of(std::string_view record) { return record.substr(kRecordHeaderBytes, metadata_bytes(record)); }
std::string_view body_of(std::string_view record) { return record.substr(kRecordHeaderBytes + metadata_bytes(record)); }

std::optional<EventView> open_record(Position position, std::string_view record, std::vector<std::uint64_t>& aligned) {
  if (record.size() < kRecordHeaderBytes || record[0] != kRecordVersion) return std::nullopt;
  const std::size_t length = metadata_bytes(record);
  if (length > record.size() - kRecordHeaderBytes || length % 8 != 0) return std::nullopt;
  // RocksDB promises no alignment, Cap'n Proto needs it.
  if (reinterpret_cast<std::uintptr_t>(record.data()) % 8 != 0) {
    if (const std::size_t words = (record.size() + 7) / 8; aligned.size() < words) aligned.resize(words);
    std::memcpy(aligned.data(), record.data(), record.size());
    record = {reinterpret_cast<const char*>(aligned.data()), record.size()};
  }
  return EventView(position, record.substr(kRecordHeaderBytes, length), record.substr(kRecordHeaderBytes + length));
}

}  // namespace rireki
