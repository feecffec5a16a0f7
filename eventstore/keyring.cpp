#include "eventstore/keyring.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <unordered_map>

#include "eventstore/envelope.h"
#include "eventstore/keyring_file.h"
#include "eventstore/locked_memory.h"

namespace rireki {
namespace {

constexpr std::string_view kOwnPrefix = "rireki:";  // owner of the installation's own keys
constexpr const char* kOwnClass = "own";
constexpr std::size_t kBytesPerKey = 128;  // about: of a key and whose it is, in the file

std::filesystem::path of_epoch(const std::filesystem::path& folder, const char* what, std::uint64_t epoch) { return folder / (what + std::to_string(epoch)); }

// Epochs of which the folder has a file "<what><epoch>", in order.
std::vector<std::uint64_t> epochs(const std::filesystem::path& folder, std::string_view what) {
  std::vector<std::uint64_t> found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    std::uint64_t epoch = 0;
    if (!name.starts_with(what)) continue;
    const auto [end, error] = std::from_chars(name.data() + what.size(), name.data() + name.size(), epoch);
    if (error == std::errc{} && end == name.data() + name.size()) found.push_back(epoch);
  }
  std::sort(found.begin(), found.end());
  return found;
}

Id128 random_id() {
  std::array<char, kKeyIdBytes> bytes{};
  random_bytes(bytes.data(), bytes.size());
  return key_id_of({bytes.data(), bytes.size()});
}

struct OwnerHash {
  std::size_t operator()(const KeyOwner& whose) const {
    const auto owner = std::hash<std::string>{}(whose.owner);
    return owner ^ (std::hash<std::string>{}(whose.key_class) + 0x9e3779b97f4a7c15 + (owner << 6) + (owner >> 2));
  }
};

// Whose keys are, as one text: a ward of many years has a million of them, and two strings each were most of what the keyring took.
class Owners {
 public:
  using Place = std::uint32_t;
  static constexpr Place kNobody = 0;
  Place put(const KeyOwner& whose) {
    const auto place = static_cast<Place>(all_.size());
    all_ += whose.owner;
    all_ += '\0';
    all_ += whose.key_class;
    all_ += '\0';
    return place;
  }
  std::string_view owner(Place place) const { return all_.c_str() + place; }
  std::string_view key_class(Place place) const { return all_.c_str() + place + owner(place).size() + 1; }
  KeyOwner get(Place place) const { return {std::string(owner(place)), std::string(key_class(place))}; }
  bool is(Place place, const KeyOwner& whose) const { return owner(place) == whose.owner && key_class(place) == whose.key_class; }
  void reserve(std::size_t bytes) { all_.reserve(bytes); }

 private:
  std::string all_ = std::string(2, '\0');  // of nobody
};

struct IdHash {
  std::size_t operator()(const Id128& id) const { return static_cast<std::size_t>(id.high ^ id.low); }
};

}  // namespace

void throw_exception_from_error(const KeyringError& error, const boost::source_location&) { throw std::runtime_error("the keyring: " + error.what); }

std::string key_text(const Id128& key) { return hex(key_id_bytes(key)); }

std::optional<Id128> parse_key_id(std::string_view text) {
  if (text.size() != 2 * kKeyIdBytes || text.find_first_not_of("0123456789abcdef") != text.npos) return std::nullopt;
  Id128 id;
  std::from_chars(text.data(), text.data() + 16, id.high, 16);
  std::from_chars(text.data() + 16, text.data() + 32, id.low, 16);
  return id;
}

Digest commitment_of(const SecretKey& key) { return sha256({"rireki-key/v1", key.bytes()}); }

std::string key_lines(const std::vector<KeyLine>& keys) {
  std::string lines;
  for (const auto& key : keys) {
    lines += key_text(key.id) + ' ' + key.whose.owner + ' ' + key.whose.key_class;
    if (!key.commitment.empty()) lines += ' ' + key.commitment;
    lines += '\n';
  }
  return lines;
}

std::optional<std::vector<KeyLine>> parse_key_lines(std::string_view body) {
  std::vector<KeyLine> keys;
  while (!body.empty()) {
    const auto end = body.find('\n');
    if (end == body.npos) return std::nullopt;
    std::string_view line = body.substr(0, end);
    body.remove_prefix(end + 1);
    const auto word = [&] {
      const auto found = line.substr(0, line.find(' '));
      line.remove_prefix(std::min(found.size() + 1, line.size()));
      return std::string(found);
    };
    const auto id = parse_key_id(word());
    KeyLine key{.id = id.value_or(Id128{}), .whose = {}, .commitment = {}};
    key.whose.owner = word();
    key.whose.key_class = word();
    key.commitment = word();
    if (!id || key.whose.owner.empty() || key.whose.key_class.empty() || !line.empty()) return std::nullopt;
    keys.push_back(std::move(key));
  }
  return keys;
}

struct Keyring::State {
  struct Entry {
    LockedKeys::Place place = 0;
    Owners::Place whose = Owners::kNobody;  // nobody's: spare
    Position at = 0;           // 0: no durable event says so yet
    bool withheld = false;
  };

  std::filesystem::path folder;
  SecretKey root;
  std::uint64_t epoch = 1;
  std::unique_ptr<KeyBlocks> blocks;  // of this epoch's file, to go on with

  mutable std::shared_mutex mutex;
  LockedKeys places;
  std::unordered_map<Id128, Entry, IdHash> keys;
  Owners owners;
  std::unordered_multimap<std::size_t, Id128> by_owner;  // the newest of each, by the owner's hash
  std::vector<Id128> spare;
  std::set<Id128> erased;              // so that an older log that knows nothing of it stays erased too
  std::vector<KeyAssigned> told;       // since the file was written
  Position read = 0;
  bool broken = false;                 // a block may be half written: the next open mends it

  void keep(const Id128& id, const SecretKey& key) {
    if (keys.try_emplace(id, Entry{.place = places.put(key)}).second) spare.push_back(id);
  }
  auto newest_at(const KeyOwner& whose) const {
    auto [at, end] = by_owner.equal_range(OwnerHash{}(whose));
    while (at != end && !owners.is(keys.at(at->second).whose, whose)) ++at;
    return at == end ? by_owner.end() : at;
  }
  std::optional<Id128> newest(const KeyOwner& whose) const {
    const auto found = newest_at(whose);
    return found == by_owner.end() ? std::nullopt : std::optional(found->second);
  }
  // Where another was the newest it is no longer.
  void make_newest(const KeyOwner& whose, const Id128& id) {
    if (const auto before = newest_at(whose); before != by_owner.end()) by_owner.erase(before);
    keys.at(id).whose = owners.put(whose);
    by_owner.emplace(OwnerHash{}(whose), id);
  }
  void no_longer_newest(const Id128& id) {
    const auto found = newest_at(owners.get(keys.at(id).whose));
    if (found != by_owner.end() && found->second == id) by_owner.erase(found);
  }
  bool assign(const KeyAssigned& key) {
    const auto found = keys.find(key.id);
    if (found == keys.end()) return false;
    // Told again of the key that it has, as every start does: its owner's text is there.
    if (const auto before = newest(key.whose); before != key.id) make_newest(key.whose, key.id);
    found->second.at = key.at;
    return true;
  }
  void forget_assigned_spares() {
    std::erase_if(spare, [&](const Id128& id) { return keys.at(id).whose != Owners::kNobody; });
  }

  // Appends the open block to this epoch's file, durably. Throws where that fails: the keyring is then as it was.
  void append_block() {
    if (broken) throw std::runtime_error("the keyring could not be written before");
    const auto path = of_epoch(folder, "keyring-", epoch);
    const std::string block = blocks->close();
    const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    std::string_view rest = block;
    bool good = file >= 0;
    while (good && !rest.empty()) {
      const auto written = ::write(file, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      good = written >= 0;
      if (good) rest.remove_prefix(static_cast<std::size_t>(written));
    }
    good = good && ::fdatasync(file) == 0;
    if (file >= 0) ::close(file);
    broken = !good;
    if (broken) throw std::runtime_error("the keyring cannot be written");
  }
  void note_told() {
    for (const auto& key : told) blocks->add_assignment(key);
    told.clear();
    blocks->add_position(read);
  }
  void make_spares() {
    std::vector<std::pair<Id128, SecretKey>> made;
    for (std::size_t i = 0; i < kSpareKeysMade; ++i) {
      made.emplace_back(random_id(), SecretKey::random());
      blocks->add_key(made.back().first, made.back().second);
    }
    note_told();
    append_block();
    for (const auto& [id, key] : made) keep(id, key);
  }
  Id128 take_spare() {
    if (spare.empty()) make_spares();
    const Id128 id = spare.back();
    spare.pop_back();
    return id;
  }

  // Durable before it is used: no event says whose it is.
  Id128 take_own(const KeyOwner& whose) {
    const Id128 id = take_spare();
    blocks->add_assignment({id, whose, 0});
    note_told();
    append_block();
    assign({id, whose, 0});
    return id;
  }

  Digest digest_of_keys() const {
    std::vector<std::string> ids;
    for (const auto& [id, entry] : keys)
      if (entry.whose != Owners::kNobody) ids.push_back(key_id_bytes(id));
    std::sort(ids.begin(), ids.end());
    std::string all;
    for (const auto& id : ids) all += id;
    return sha256({all});
  }

  // The whole keyring as the file of another epoch, with that epoch's key beside it.
  std::optional<KeyringError> write_epoch(std::uint64_t next, const std::set<Id128>& without, const std::set<Id128>& erased_now) {
    const SecretKey kek = SecretKey::random();
    if (auto error = write_durably(of_epoch(folder, "kek-", next), sealed_kek(root, next, kek))) return error;
    auto file = std::make_unique<KeyBlocks>(next, kek);
    for (const auto& [id, entry] : keys) {
      if (without.contains(id)) continue;
      file->add_key(id, places.get(entry.place));
      if (entry.at != 0 || owners.owner(entry.whose).starts_with(kOwnPrefix)) file->add_assignment({id, owners.get(entry.whose), entry.at});
    }
    for (const auto& id : erased) file->add_erased(id);
    for (const auto& id : erased_now) file->add_erased(id);
    file->add_position(read);
    if (auto error = write_durably(of_epoch(folder, "keyring-", next), std::string(KeyBlocks::header()) + file->close())) {
      // It may stand there all the same, and a start would go on from it: no key is made that it does not have.
      broken = true;
      for (const char* what : {"keyring-", "kek-"}) std::ignore = destroy_file(of_epoch(folder, what, next));
      return error;
    }
    blocks = std::move(file);
    told.clear();
    broken = false;
    erased.insert(erased_now.begin(), erased_now.end());
    epoch = next;
    return std::nullopt;
  }

  // Epochs that are over, or that a crash kept from beginning.
  std::optional<KeyringError> destroy_others() {
    for (const char* what : {"kek-", "keyring-"})
      for (const auto other : epochs(folder, what))
        if (other != epoch)
          if (auto error = destroy_file(of_epoch(folder, what, other))) return error;
    return std::nullopt;
  }

  std::optional<KeyringError> load() {
    const auto all = epochs(folder, "keyring-");
    if (all.empty()) return KeyringError{KeyringErrorKind::kMissing, "there is no keyring here"};
    epoch = all.back();  // a file is renamed to its name when it is whole and its key is there
    const auto sealed = read_whole(of_epoch(folder, "kek-", epoch));
    if (!sealed) return KeyringError{sealed.error().kind == KeyringErrorKind::kMissing ? KeyringErrorKind::kCorrupt : sealed.error().kind, sealed.error().what};
    const auto kek = open_kek(root, epoch, *sealed);
    if (!kek) return KeyringError{KeyringErrorKind::kWrongRoot, "the root does not open the keyring of epoch " + std::to_string(epoch)};
    const auto path = of_epoch(folder, "keyring-", epoch);
    const auto file = read_whole(path);
    if (!file) return file.error();
    blocks = std::make_unique<KeyBlocks>(epoch, *kek);
    keys.reserve(file->size() / kBytesPerKey);
    by_owner.reserve(file->size() / kBytesPerKey);
    owners.reserve(file->size() / 4);
    std::size_t whole = 0;
    const bool good = blocks->read(*file, {.key = [&](const Id128& id, const SecretKey& key) { keep(id, key); },
                                           .assignment = [&](const KeyAssigned& key) { assign(key); },
                                           .position = [&](Position position) { read = position; },
                                           .erased = [&](const Id128& id) { erased.insert(id); }}, whole);
    if (!good) return KeyringError{KeyringErrorKind::kCorrupt, path.filename().string() + " is damaged"};
    // Cut off while it was written: none of its keys was used.
    if (whole < file->size() && ::truncate(path.c_str(), static_cast<off_t>(whole)) != 0) return KeyringError{KeyringErrorKind::kIo, path.filename().string() + " cannot be mended"};
    forget_assigned_spares();
    return destroy_others();
  }
};

Keyring::Keyring(std::unique_ptr<State> state) : state_(std::move(state)) {}
Keyring::~Keyring() {
  try {
    save();
  } catch (const std::exception&) {
    // What was told is read from the log again.
  }
}

bool Keyring::exists(const std::filesystem::path& folder) { return !epochs(folder, "keyring-").empty(); }

Result<std::unique_ptr<Keyring>, KeyringError> Keyring::create(const std::filesystem::path& folder, const std::filesystem::path& given) {
  if (exists(folder)) return KeyringError{KeyringErrorKind::kExists, "there is a keyring here already"};
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  if (error) return KeyringError{KeyringErrorKind::kIo, error.message()};
  const auto path = given.empty() ? folder / "root" : given;
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    if (auto failed = write_durably(path, SecretKey::random().bytes())) return *failed;
  auto root = read_root(path);
  if (!root) return root.error();
  auto state = std::make_unique<State>();
  state->folder = folder;
  state->root = *root;
  if (auto failed = state->write_epoch(1, {}, {})) return *failed;
  if (auto failed = state->destroy_others()) return *failed;
  return std::unique_ptr<Keyring>(new Keyring(std::move(state)));
}

Result<std::unique_ptr<Keyring>, KeyringError> Keyring::open(const std::filesystem::path& folder, const std::filesystem::path& given) {
  auto root = read_root(given.empty() ? folder / "root" : given);
  if (!root) return exists(folder) ? KeyringError{KeyringErrorKind::kWrongRoot, root.error().what} : root.error();
  auto state = std::make_unique<State>();
  state->folder = folder;
  state->root = *root;
  if (auto failed = state->load()) return *failed;
  return std::unique_ptr<Keyring>(new Keyring(std::move(state)));
}

KeyUse Keyring::key_for(const KeyOwner& whose) {
  const auto use = [this](const Id128& id) {
    const auto& entry = state_->keys.at(id);
    return KeyUse{id, state_->places.get(entry.place), entry.at != 0};
  };
  {
    std::shared_lock lock(state_->mutex);
    if (const auto known = state_->newest(whose)) return use(*known);
  }
  std::unique_lock lock(state_->mutex);
  if (const auto known = state_->newest(whose)) return use(*known);
  const Id128 id = state_->take_spare();
  state_->make_newest(whose, id);
  return use(id);
}

std::optional<SecretKey> Keyring::find(const Id128& id) const {
  std::shared_lock lock(state_->mutex);
  const auto found = state_->keys.find(id);
  if (found == state_->keys.end() || found->second.withheld) return std::nullopt;
  return state_->places.get(found->second.place);
}

SecretKey Keyring::own(const std::string& name) {
  const KeyOwner whose{std::string(kOwnPrefix) + name, kOwnClass};
  std::unique_lock lock(state_->mutex);
  const auto known = state_->newest(whose);
  return state_->places.get(state_->keys.at(known ? *known : state_->take_own(whose)).place);
}

SecretKey Keyring::renew(const std::string& name) {
  std::unique_lock lock(state_->mutex);
  return state_->places.get(state_->keys.at(state_->take_own({std::string(kOwnPrefix) + name, kOwnClass})).place);
}

bool Keyring::erased(const Id128& id) const {
  std::shared_lock lock(state_->mutex);
  return state_->erased.contains(id);
}

bool Keyring::assigned(const KeyAssigned& key) {
  std::unique_lock lock(state_->mutex);
  const auto found = state_->keys.find(key.id);
  if (found != state_->keys.end() && found->second.at != 0) return true;
  if (!state_->assign(key)) return false;
  state_->told.push_back(key);
  std::erase(state_->spare, key.id);
  return true;
}

void Keyring::read_up_to(Position position) {
  std::unique_lock lock(state_->mutex);
  const bool back = position < std::exchange(state_->read, position);
  if (!back) return;
  // An older log was put in this one's place: on the next start what it says from there on must be read again, whatever its length is then.
  state_->note_told();
  state_->append_block();
}
Position Keyring::read_up_to() const {
  std::shared_lock lock(state_->mutex);
  return state_->read;
}

void Keyring::save() {
  std::unique_lock lock(state_->mutex);
  if (state_->told.empty()) return;
  state_->note_told();
  state_->append_block();
}

std::vector<KeyAssigned> Keyring::keys() const {
  std::shared_lock lock(state_->mutex);
  std::vector<KeyAssigned> all;
  for (const auto& [id, entry] : state_->keys)
    if (entry.at != 0) all.push_back({id, state_->owners.get(entry.whose), entry.at});
  std::sort(all.begin(), all.end(), [](const KeyAssigned& a, const KeyAssigned& b) { return std::tie(a.at, a.id) < std::tie(b.at, b.id); });
  return all;
}

std::vector<Id128> Keyring::keys_of(const std::string& owner) const {
  std::shared_lock lock(state_->mutex);
  std::vector<Id128> found;
  for (const auto& [id, entry] : state_->keys)
    if (state_->owners.owner(entry.whose) == owner) found.push_back(id);
  std::sort(found.begin(), found.end());
  return found;
}

std::uint64_t Keyring::epoch() const {
  std::shared_lock lock(state_->mutex);
  return state_->epoch;
}

void Keyring::withhold(const std::set<Id128>& ids) {
  std::unique_lock lock(state_->mutex);
  for (const auto& id : ids) {
    const auto found = state_->keys.find(id);
    if (found == state_->keys.end()) continue;
    found->second.withheld = true;
    state_->no_longer_newest(id);
  }
}

void Keyring::release(const std::set<Id128>& ids) {
  std::unique_lock lock(state_->mutex);
  for (const auto& id : ids) {
    const auto found = state_->keys.find(id);
    if (found == state_->keys.end() || !std::exchange(found->second.withheld, false)) continue;
    if (const auto whose = state_->owners.get(found->second.whose); !state_->newest(whose)) state_->make_newest(whose, id);
  }
}

Result<Ratchet, KeyringError> Keyring::ratchet(const std::set<Id128>& erased, const std::set<std::string>& renewed) {
  std::unique_lock lock(state_->mutex);
  Ratchet ratchet{.epoch_before = state_->epoch, .keys_before = state_->digest_of_keys()};
  std::set<Id128> gone = erased;
  for (const auto& name : renewed)
    if (const auto found = state_->newest({std::string(kOwnPrefix) + name, kOwnClass})) gone.insert(*found);
  for (const auto& [id, entry] : state_->keys)  // and what renew() has replaced
    if (state_->owners.owner(entry.whose).starts_with(kOwnPrefix) && state_->newest(state_->owners.get(entry.whose)) != id) gone.insert(id);
  if (auto error = state_->write_epoch(state_->epoch + 1, gone, erased)) return *error;
  // From here on they are not in the file: nothing may be sealed under them any more, whatever becomes of the former epoch.
  for (const auto& id : gone) {
    const auto found = state_->keys.find(id);
    if (found == state_->keys.end()) continue;
    state_->places.wipe(found->second.place);
    state_->no_longer_newest(id);
    state_->keys.erase(found);
    std::erase(state_->spare, id);
  }
  if (auto error = state_->destroy_others()) return *error;  // the next start destroys what is left
  ratchet.epoch = state_->epoch;
  ratchet.keys = state_->digest_of_keys();
  return ratchet;
}

}  // namespace rireki
