#include "eventstore/keyring_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "eventstore/envelope.h"
#include "proof/durable_file.h"

namespace rireki {
namespace {

constexpr std::string_view kHeader = "rireki-keyring 1\n";
constexpr std::string_view kKekHeader = "rireki-kek 1\n";
constexpr std::size_t kMacBytes = 32, kSealedKeyBytes = 32 + kSealBytes;

KeyringError io(const std::filesystem::path& path, int error) { return {KeyringErrorKind::kIo, path.filename().string() + ": " + std::strerror(error)}; }

class File {
 public:
  File(const std::filesystem::path& path, int flags) : number_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  File(const File&) = delete;
  ~File() {
    if (number_ >= 0) ::close(number_);
  }
  bool good() const { return number_ >= 0; }
  int number() const { return number_; }
  bool write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto written = ::write(number_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }
  bool sync() const { return ::fsync(number_) == 0; }

 private:
  int number_;
};

bool sync_folder(const std::filesystem::path& folder) {
  const File opened(folder, O_RDONLY | O_DIRECTORY);
  return opened.good() && opened.sync();
}

void put_number(std::string& into, std::uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8) into += static_cast<char>(number >> shift);
}
std::uint64_t number_of(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}
void put_text(std::string& into, std::string_view text) {
  into += static_cast<char>(text.size());
  into += text;
}

std::string context_of_key(std::uint64_t epoch, const Id128& id) {
  std::string context = "rireki-key";
  put_number(context, epoch);
  return context + key_id_bytes(id);
}
std::string context_of_kek(std::uint64_t epoch) {
  std::string context = "rireki-kek";
  put_number(context, epoch);
  return context;
}

}  // namespace

std::optional<KeyringError> write_durably(const std::filesystem::path& path, std::string_view bytes) {
  const int error = proof::write_durably(path, bytes);
  return error == 0 ? std::nullopt : std::optional(io(path, error));
}

std::optional<KeyringError> destroy_file(const std::filesystem::path& path) {
  {
    const File file(path, O_WRONLY);
    if (!file.good()) return errno == ENOENT ? std::nullopt : std::optional(io(path, errno));
    struct stat found {};
    if (::fstat(file.number(), &found) != 0) return io(path, errno);
    std::string noise(static_cast<std::size_t>(found.st_size), '\0');
    random_bytes(noise.data(), noise.size());
    if (!file.write(noise) || !file.sync()) return io(path, errno);
  }
  if (::unlink(path.c_str()) != 0 || !sync_folder(path.parent_path())) return io(path, errno);
  return std::nullopt;
}

Result<std::string, KeyringError> read_whole(const std::filesystem::path& path) {
  const File file(path, O_RDONLY);
  if (!file.good()) return errno == ENOENT ? KeyringError{KeyringErrorKind::kMissing, path.filename().string() + " is not there"} : io(path, errno);
  std::string bytes;
  std::array<char, 64 * 1024> part{};
  while (true) {
    const auto got = ::read(file.number(), part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io(path, errno);
    if (got == 0) return {boost::system::in_place_value, std::move(bytes)};
    bytes.append(part.data(), static_cast<std::size_t>(got));
  }
}

Result<SecretKey, KeyringError> read_root(const std::filesystem::path& path) {
  const auto bytes = read_whole(path);
  if (!bytes) return bytes.error();
  const auto root = SecretKey::of(*bytes);
  if (!root) return KeyringError{KeyringErrorKind::kWrongRoot, path.filename().string() + " does not hold 32 bytes"};
  return *root;
}

std::string sealed_kek(const SecretKey& root, std::uint64_t epoch, const SecretKey& kek) {
  return std::string(kKekHeader) + seal(root, context_of_kek(epoch), {kek.bytes()});
}
std::optional<SecretKey> open_kek(const SecretKey& root, std::uint64_t epoch, std::string_view sealed) {
  if (!sealed.starts_with(kKekHeader)) return std::nullopt;
  const auto bytes = unseal(root, context_of_kek(epoch), sealed.substr(kKekHeader.size()));
  return bytes ? SecretKey::of(*bytes) : std::nullopt;
}

KeyBlocks::KeyBlocks(std::uint64_t epoch, const SecretKey& kek) : epoch_(epoch), kek_(kek), mac_before_(kHeader) {
  mac_key_ = *SecretKey::of(view(hmac_sha256(kek, {"rireki-keyring-mac"})));
}

std::string_view KeyBlocks::header() { return kHeader; }

void KeyBlocks::add_key(const Id128& id, const SecretKey& key) {
  entries_ += 'k';
  entries_ += key_id_bytes(id);
  entries_ += seal(kek_, context_of_key(epoch_, id), {key.bytes()});
}

void KeyBlocks::add_assignment(const KeyAssigned& key) {
  entries_ += 'a';
  entries_ += key_id_bytes(key.id);
  put_number(entries_, key.at);
  put_text(entries_, key.whose.owner);
  put_text(entries_, key.whose.key_class);
}

void KeyBlocks::add_position(Position position) {
  entries_ += 'p';
  put_number(entries_, position);
}

void KeyBlocks::add_erased(const Id128& id) {
  entries_ += 'e';
  entries_ += key_id_bytes(id);
}

std::string KeyBlocks::close() {
  std::string block = block_of(entries_);
  entries_.clear();
  return block;
}

std::string KeyBlocks::block_of(std::string_view entries) {
  std::string epoch;
  put_number(epoch, epoch_);
  std::string block;
  put_number(block, entries.size());
  block.resize(4);
  const Digest mac = hmac_sha256(mac_key_, {mac_before_, epoch, entries});
  block += entries;
  block += view(mac);
  mac_before_ = view(mac);
  return block;
}

bool KeyBlocks::read(std::string_view file, const Reader& reader, std::size_t& whole) {
  std::string epoch;
  put_number(epoch, epoch_);
  if (!file.starts_with(kHeader)) return false;
  whole = kHeader.size();
  for (std::string_view rest = file.substr(kHeader.size()); !rest.empty(); rest = file.substr(whole)) {
    if (rest.size() < 4) return true;
    const std::size_t length = number_of(rest.substr(0, 4));
    if (rest.size() < 4 + length + kMacBytes) return true;
    const std::string_view entries = rest.substr(4, length), mac = rest.substr(4 + length, kMacBytes);
    if (view(hmac_sha256(mac_key_, {mac_before_, epoch, entries})) != mac || !read_entries(entries, reader)) return false;
    mac_before_ = mac;
    whole += 4 + length + kMacBytes;
  }
  return true;
}

bool KeyBlocks::read_entries(std::string_view entries, const Reader& reader) const {
  const auto take = [&](std::size_t bytes) {
    const auto part = entries.substr(0, bytes);
    entries.remove_prefix(std::min(bytes, entries.size()));
    return part;
  };
  const auto take_text = [&]() { return std::string(entries.empty() ? std::string_view() : take(static_cast<unsigned char>(take(1).front()))); };
  while (!entries.empty()) {
    const char kind = take(1).front();
    if (kind == 'p') {
      reader.position(number_of(take(8)));
      continue;
    }
    const auto id_bytes = take(kKeyIdBytes);
    if (id_bytes.size() != kKeyIdBytes) return false;
    const Id128 id = key_id_of(id_bytes);
    if (kind == 'e') {
      reader.erased(id);
    } else if (kind == 'k') {
      const auto bytes = unseal(kek_, context_of_key(epoch_, id), take(kSealedKeyBytes));
      const auto key = bytes ? SecretKey::of(*bytes) : std::nullopt;
      if (!key) return false;
      reader.key(id, *key);
    } else if (kind == 'a') {
      KeyAssigned assigned{.id = id, .whose = {}, .at = number_of(take(8))};
      assigned.whose.owner = take_text();
      assigned.whose.key_class = take_text();
      reader.assignment(assigned);
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace rireki
