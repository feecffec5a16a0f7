#include "tests/fuzz/secrets_entry.h"

#include <cstdlib>

#include "eventstore/keyring_file.h"

namespace rireki::fuzz {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool read(std::string_view file) {
  static const SecretKey kek = *SecretKey::of(std::string(32, 'k'));
  KeyBlocks blocks(1, kek);
  std::size_t sum = 0, whole = 0;
  const KeyBlocks::Reader reader{.key = [&](const Id128& id, const SecretKey& key) { sum += id.low + static_cast<unsigned char>(key.bytes()[0]); },
                                 .assignment = [&](const KeyAssigned& key) { sum += key.whose.owner.size() + key.whose.key_class.size() + key.at; },
                                 .position = [&](Position position) { sum += position; },
                                 .erased = [&](const Id128& id) { sum += id.high; }};
  const bool good = blocks.read(file, reader, whole);
  require(whole <= file.size());
  volatile std::size_t keep = sum;
  static_cast<void>(keep);
  return good;
}

}  // namespace

bool read_key_lines(std::string_view bytes) {
  const auto keys = parse_key_lines(bytes);
  if (!keys) return false;
  const auto again = parse_key_lines(key_lines(*keys));
  require(again && again->size() == keys->size());
  for (std::size_t i = 0; i < keys->size(); ++i) {
    require((*again)[i].id == (*keys)[i].id && (*again)[i].whose == (*keys)[i].whose && (*again)[i].commitment == (*keys)[i].commitment);
  }
  return true;
}

bool read_keyring(std::string_view bytes) {
  read(bytes);
  KeyBlocks writer(1, *SecretKey::of(std::string(32, 'k')));
  return read(std::string(KeyBlocks::header()) + writer.block_of(bytes));
}

}  // namespace rireki::fuzz
