// The keyring's files: what stands in them, and how they are written so that a crash leaves the one or the other. Internal to the keyring.
#pragma once

#include <filesystem>
#include <functional>

#include "eventstore/keyring.h"

namespace rireki {

// Written whole or not at all: a temporary file, sync, rename, sync of the folder. For the owner only.
std::optional<KeyringError> write_durably(const std::filesystem::path& path, std::string_view bytes);
// Overwritten, synced, removed, the removal synced.
std::optional<KeyringError> destroy_file(const std::filesystem::path& path);
Result<std::string, KeyringError> read_whole(const std::filesystem::path& path);

Result<SecretKey, KeyringError> read_root(const std::filesystem::path& path);
std::string sealed_kek(const SecretKey& root, std::uint64_t epoch, const SecretKey& kek);
std::optional<SecretKey> open_kek(const SecretKey& root, std::uint64_t epoch, std::string_view sealed);

// The blocks of one epoch's file. Entries are gathered, then closed into a block.
class KeyBlocks {
 public:
  KeyBlocks(std::uint64_t epoch, const SecretKey& kek);
  void add_key(const Id128& id, const SecretKey& key);
  void add_assignment(const KeyAssigned& key);
  void add_position(Position position);
  void add_erased(const Id128& id);
  bool empty() const { return entries_.empty(); }
  std::string close();                               // the block's bytes
  std::string block_of(std::string_view entries);    // likewise, of entries as they stand: whole or, for the fuzzer, any bytes

  struct Reader {
    std::function<void(const Id128& id, const SecretKey& key)> key;
    std::function<void(const KeyAssigned& key)> assignment;
    std::function<void(Position position)> position;
    std::function<void(const Id128& id)> erased;
  };
  // Everything in a file; goes on behind it. False: damaged. `whole`: how many bytes are whole blocks, what follows was cut off while it was written.
  bool read(std::string_view file, const Reader& reader, std::size_t& whole);
  static std::string_view header();

 private:
  bool read_entries(std::string_view entries, const Reader& reader) const;
  std::uint64_t epoch_;
  SecretKey kek_, mac_key_;
  std::string mac_before_;
  std::string entries_;
};

}  // namespace rireki
