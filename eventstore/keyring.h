// The keyring: the keys of everything that is sealed, kept apart from the log, so that neither opens anything without the other (security.md 2.2).
//
//   root          32 bytes, for the owner only; may lie elsewhere (a credential of the service manager, another volume)
//   kek-<e>       the key of epoch e, sealed under the root
//   keyring-<e>   the keys, each sealed under the epoch's key: a header line, then blocks
//                 block: length (4, little endian), entries, MAC (32) over the MAC before, the epoch and the entries
//                 entry: 'k' id (16) sealed key (60) · 'a' id, position (8), owner, class: whose it is · 'e' id: erased · 'p' position: so far the
//                 log was read
//
// Keys are made ahead and are durable before one is used; whose a key became is said by an event ("key/created") in the same append as what it
// seals first. So an append never waits for this file, and the file may be behind the log: what is missing is read from there.
//
// Erasure is a ratchet: a new epoch's file without the erased keys, then the old epoch's key is overwritten and removed. Any old copy of the file, on
// a disk's spare blocks or in a stray backup, is worth nothing from then on.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include "eventstore/cipher.h"
#include "eventstore/log.h"

namespace rireki {

inline constexpr std::size_t kOwnerBytesMax = 200;     // of an owner or a class
inline constexpr std::size_t kSpareKeysMade = 1'024;   // at once, with one sync

enum class KeyringErrorKind {
  kMissing,   // there is none
  kExists,    // there is one already
  kWrongRoot, // the root does not open it
  kCorrupt,   // damaged
  kIo,
};
struct KeyringError {
  KeyringErrorKind kind = KeyringErrorKind::kIo;
  std::string what;  // English, for operators; no key, no person
};
[[noreturn]] void throw_exception_from_error(const KeyringError& error, const boost::source_location& where);

struct KeyOwner {
  std::string owner;      // "person:p…", "case:c…"
  std::string key_class;  // "general", "health", …
  auto operator<=>(const KeyOwner&) const = default;
};
struct KeyUse {
  Id128 id;
  SecretKey key;
  bool announced = false;  // an event that is durable says whose it is
};
struct KeyAssigned {
  Id128 id;
  KeyOwner whose;
  Position at = 0;         // of the event that says so
};

// What an erasure leaves as evidence.
struct Ratchet {
  std::uint64_t epoch_before = 0, epoch = 0;
  Digest keys_before{}, keys{};  // SHA-256 over the ids of the keys that were somebody's, sorted
};

std::string key_text(const Id128& key);  // 32 hex digits
std::optional<Id128> parse_key_id(std::string_view text);
Digest commitment_of(const SecretKey& key);  // published with the key's creation; gives nothing of the key away

// What the log says of keys: "key/created" and "key/erased", a line for each key.
inline constexpr const char* kKeyCreated = "key/created";
inline constexpr const char* kKeyErased = "key/erased";
inline constexpr const char* kViewsKey = "views";  // Keyring::own: of what projections keep on disk; renewed with every erasure

struct KeyLine {
  Id128 id;
  KeyOwner whose;
  std::string commitment;  // hex; "" of an erased one
};
std::string key_lines(const std::vector<KeyLine>& keys);
std::optional<std::vector<KeyLine>> parse_key_lines(std::string_view body);

// Safe from any thread. One process at a time: whoever holds the log open.
class Keyring {
 public:
  // `root` empty: the file "root" in the folder, which create() makes.
  static Result<std::unique_ptr<Keyring>, KeyringError> create(const std::filesystem::path& folder, const std::filesystem::path& root = {});
  static Result<std::unique_ptr<Keyring>, KeyringError> open(const std::filesystem::path& folder, const std::filesystem::path& root = {});
  static bool exists(const std::filesystem::path& folder);
  ~Keyring();

  // The key that is somebody's, or a new one. Throws std::runtime_error where a new one cannot be made durable.
  KeyUse key_for(const KeyOwner& whose);
  // None: never was in this keyring, or erased.
  std::optional<SecretKey> find(const Id128& id) const;
  // A key for what is this installation's own ("views", "tags"), made when first asked for. Replaced by ratchet() where it is named there.
  SecretKey own(const std::string& name);
  // Another key for it from now on; the former is destroyed by the next ratchet.
  SecretKey renew(const std::string& name);

  bool erased(const Id128& id) const;   // was here once, and was destroyed
  // What the log says: whose a key is. False: it is not in this keyring.
  bool assigned(const KeyAssigned& key);
  void read_up_to(Position position);   // all key events up to here were told; less than before where an older log was put in its place
  Position read_up_to() const;
  void save();                          // what was told since, so that the next start need not read it again

  std::vector<KeyAssigned> keys() const;             // by position
  std::vector<Id128> keys_of(const std::string& owner) const;
  std::uint64_t epoch() const;

  // From now on find() does not know them; nothing is destroyed yet. release() takes that back.
  void withhold(const std::set<Id128>& ids);
  void release(const std::set<Id128>& ids);
  // A new epoch without the erased keys and with new ones for `renewed`. Durable, and the old epoch destroyed, when it returns.
  Result<Ratchet, KeyringError> ratchet(const std::set<Id128>& erased, const std::set<std::string>& renewed);

 private:
  struct State;
  explicit Keyring(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rireki
