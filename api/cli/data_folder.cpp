#include "api/cli/data_folder.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "api/cli/log_signer.h"
#include "api/text/csv.h"

namespace rireki::api {
namespace {

constexpr std::string_view kFormatWord = "rireki ";
constexpr unsigned kOwnerOnly = 0700;

FolderError disk_error(const std::filesystem::path& path, int error) {
  const std::string why = std::strerror(error);
  if (error == ENOSPC || error == EDQUOT)
    return {"no-space", {"ディスクに空きがありません: " + path.string(), "The disk is full: " + path.string()}};
  return {"io", {path.string() + " を使えません（" + why + "）。", path.string() + " cannot be used (" + why + ")."}};
}

// What exactly is damaged, where that can be found out.
std::string named(const DataFolder& folder, bool japanese) {
  constexpr std::size_t kNamedMax = 5;
  const auto log = RocksEventLog::open(folder.log(), RocksOptions{.inspect = true});
  std::string names;
  if (log)
    for (const auto& finding : verify_log(**log, (*log)->transparency(), {.keys = {}, .findings_max = kNamedMax}).findings) names += (japanese ? finding.what.ja : finding.what.en) + " ";
  return names + (japanese ? "控えから戻してください。" : "Restore it from a backup.");
}

FolderError log_error(const DataFolder& folder, const OpenError& error) {
  const std::string where = folder.root.string();
  switch (error.kind) {
    case OpenErrorKind::kInUse:
      return {"in-use", {"データフォルダー " + where + " は別のプログラムが使っています（serve が動いていませんか）。", "The data folder " + where + " is in use by another process (is the server running?)."}};
    case OpenErrorKind::kOtherVersion:
      return {"other-version", {"データフォルダー " + where + " のログは別の版で書かれています。何も変更していません。", "The log in " + where + " was written by another version. Nothing was touched."}};
    case OpenErrorKind::kCorrupt:
      return {"corrupt", {"ログが壊れているか、書き換えられています（" + error.what + "）。" + named(folder, true), "The log is damaged or was altered (" + error.what + "). " + named(folder, false)}};
    case OpenErrorKind::kNoSpace: return disk_error(folder.log(), ENOSPC);
    case OpenErrorKind::kIo: break;
  }
  return {"io", {"ログを開けません（" + error.what + "）。", "The log cannot be opened (" + error.what + ")."}};
}

// none: no format file.
Result<std::optional<int>, FolderError> read_format(const DataFolder& folder) {
  std::error_code ignored;
  if (!std::filesystem::exists(folder.format(), ignored)) return std::optional<int>{};
  const auto text = read_file(folder.format());
  if (!text) return text.error();
  int version = 0;
  if (text->starts_with(kFormatWord)) std::from_chars(text->data() + kFormatWord.size(), text->data() + text->size(), version);
  return std::optional(version);
}

std::optional<FolderError> other_version(const DataFolder& folder, int version) {
  if (version == kDataFormat) return std::nullopt;
  const std::string found = version == 0 ? "?" : std::to_string(version), ours = std::to_string(kDataFormat);
  return FolderError{"other-version",
                     {"データフォルダー " + folder.root.string() + " は別の版（" + found + "）です。このプログラムが読めるのは版 " + ours + " です。何も変更していません。",
                      "The data folder " + folder.root.string() + " has version " + found + "; this program reads version " + ours + ". Nothing was touched."}};
}

FolderError keyring_error(const std::filesystem::path& where, const KeyringError& error) {
  const std::string at = where.string();
  switch (error.kind) {
    case KeyringErrorKind::kMissing:
      return {"keyring", {"鍵束が " + at + " にありません。元の場所に戻すか、控えから戻してください。鍵束がなければ、封じた記録は誰にも読めません。",
                          "There is no keyring at " + at + ". Put it back, or restore it from its backup. Without it nobody reads what is sealed."}};
    case KeyringErrorKind::kWrongRoot:
      return {"keyring", {"鍵束 " + at + " を開く根の鍵が違うか、ありません（" + error.what + "）。", "The root key that opens the keyring at " + at + " is another or is missing (" + error.what + ")."}};
    case KeyringErrorKind::kCorrupt:
      return {"keyring", {"鍵束 " + at + " が壊れています（" + error.what + "）。控えから戻してください。", "The keyring at " + at + " is damaged (" + error.what + "). Restore it from its backup."}};
    case KeyringErrorKind::kExists: case KeyringErrorKind::kIo: break;
  }
  return {"keyring", {"鍵束 " + at + " を使えません（" + error.what + "）。", "The keyring at " + at + " cannot be used (" + error.what + ")."}};
}

FolderError seal_error(const std::filesystem::path& where, const SealError& error) {
  if (!error.what.empty()) return {"keyring", {"鍵の記録を読めません（" + error.what + "）。", "The record of keys cannot be read (" + error.what + ")."}};
  constexpr std::size_t kNamedMax = 5;
  std::string names;
  for (std::size_t i = 0; i < std::min(error.missing.size(), kNamedMax); ++i) names += (i ? ", " : "") + key_text(error.missing[i]);
  const std::string count = std::to_string(error.missing.size()), at = where.string();
  return {"keyring", {"鍵束 " + at + " に、ログが使う鍵が " + count + " 本ありません（" + names + " など）。古い鍵束か別の鍵束です。新しい控えから戻してください。",
                      "The keyring at " + at + " lacks " + count + " keys that the log uses (" + names + " …): it is an old one or another's. Restore the newest backup."}};
}

// Says where a new folder's keyring is, unless that was said before a creation was cut off.
std::optional<FolderError> place_keyring(const DataFolder& folder, const KeyringPlace& place) {
  std::error_code ignored;
  if (std::filesystem::exists(folder.keyring_place(), ignored)) return std::nullopt;
  const auto name = std::filesystem::weakly_canonical(folder.root).filename().string();
  const std::string at = place.folder.empty() ? "../" + name + ".keys" : place.folder.string();
  const auto written = write_file(folder.keyring_place(), at + "\n" + (place.root.empty() ? "" : place.root.string() + "\n"), 0644);
  return written ? std::nullopt : std::optional(written.error());
}

std::optional<FolderError> check_signed_mark(const DataFolder& folder, const TransparencyLog& log) {
  const auto place = signer_place(folder);
  if (!place) return place.error();
  std::optional<proof::Checkpoint> signed_last;
  if (*place) {
    auto last = last_signed(**place);
    if (!last) return last.error();
    signed_last = std::move(*last);
  }
  const auto fault = check_high_water(log, signed_last);
  return fault ? std::optional(FolderError{"signed-mark", {fault->ja, fault->en}}) : std::nullopt;
}

Result<OpenFolder, FolderError> open_parts(DataFolder folder, FolderClock clock, bool create, SignedMark mark) {
  auto store = RocksEventLog::open(folder.log(), RocksOptions{.clock = clock.now});
  if (!store) return log_error(folder, store.error());
  if (mark == SignedMark::kHeld)
    if (auto error = check_signed_mark(folder, (*store)->transparency())) return *error;
  const auto place = keyring_place(folder);
  if (!place) return place.error();
  auto keyring = create && !Keyring::exists(place->folder) ? Keyring::create(place->folder, place->root) : Keyring::open(place->folder, place->root);
  if (!keyring) return keyring_error(place->folder, keyring.error());
  auto log = SealedEventLog::open(**store, **keyring);
  if (!log) return seal_error(place->folder, log.error());
  OpenFolder open{.folder = std::move(folder), .ids = std::move(clock.ids), .place = *place, .keyring = std::move(*keyring), .store = std::move(*store), .log = std::move(*log), .office = nullptr};
  open.office = std::make_unique<Office>(*open.log, *open.ids, std::move(clock.now));
  return open;
}

}  // namespace

void throw_exception_from_error(const FolderError& error, const boost::source_location&) { throw std::logic_error("unchecked FolderError: " + error.message.en); }

// Two lines at most: the keyring's folder and, where it lies elsewhere, its root.
Result<KeyringPlace, FolderError> keyring_place(const DataFolder& folder) {
  const auto text = read_file(folder.keyring_place());
  if (!text) return FolderError{"keyring", {"データフォルダーに、鍵束の場所を書いたファイル keyring がありません。", "The data folder has no file 'keyring' that says where the keys are."}};
  std::istringstream lines(*text);
  std::string of_folder, of_root;
  std::getline(lines, of_folder);
  std::getline(lines, of_root);
  const auto at = [&](const std::string& path) { return path.empty() ? std::filesystem::path() : std::filesystem::weakly_canonical(folder.root / path); };
  return KeyringPlace{at(of_folder), at(of_root)};
}

std::uint64_t RandomIds::next() {
  std::uint64_t id = 0;
  while (id == 0)
    if (RAND_bytes(reinterpret_cast<unsigned char*>(&id), sizeof id) != 1) throw std::runtime_error("the system's random generator fails");
  return id;
}

std::function<Instant()> monotonic_clock() {
  const auto last = std::make_shared<std::atomic<std::int64_t>>(0);
  return [last] {
    const auto now = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()).time_since_epoch().count();
    std::int64_t seen = last->load();
    while (seen < now && !last->compare_exchange_weak(seen, now)) {
    }
    return Instant{std::chrono::microseconds{std::max(seen, now)}};
  };
}

void OpenFolder::drop_former_views() const {
  std::error_code ignored;
  const auto kept = view_folder().filename();
  for (const auto& entry : std::filesystem::directory_iterator(folder.views(), ignored))
    if (entry.path().filename() != kept) std::filesystem::remove_all(entry.path(), ignored);
}

bool is_finished(const std::filesystem::path& root) {
  std::error_code ignored;
  return std::filesystem::exists(DataFolder{root}.format(), ignored);
}

Result<OpenFolder, FolderError> open_folder(const std::filesystem::path& root, FolderClock clock, SignedMark mark) {
  DataFolder folder{root};
  const auto version = read_format(folder);
  if (!version) return version.error();
  if (!*version)
    return FolderError{"no-data-folder", {"データフォルダー " + root.string() + " がありません。先に rireki init --data " + root.string() + " を実行してください。",
                                          "There is no data folder at " + root.string() + ". Create it first: rireki init --data " + root.string()}};
  if (auto other = other_version(folder, **version)) return *other;
  return open_parts(std::move(folder), std::move(clock), false, mark);
}

Result<OpenFolder, FolderError> create_folder(const std::filesystem::path& root, FolderClock clock, const NewFolder& with) {
  DataFolder folder{root};
  std::error_code error;
  for (const auto& path : {folder.root, folder.log(), folder.attachments()}) {
    const bool made = std::filesystem::create_directories(path, error);
    if (error) return disk_error(path, error.value());
    if (made) std::filesystem::permissions(path, static_cast<std::filesystem::perms>(kOwnerOnly), error);
    if (error) return disk_error(path, error.value());
  }
  const auto version = read_format(folder);
  if (!version) return version.error();
  if (*version)
    if (auto other = other_version(folder, **version)) return *other;
  if (auto error = place_keyring(folder, with.keyring)) return *error;
  std::error_code ignored;
  if (!std::filesystem::exists(folder.signer_place(), ignored))
    if (auto error = place_signer(folder, with.signer, with.origin)) return *error;
  return open_parts(std::move(folder), std::move(clock), true, SignedMark::kHeld);
}

Result<bool, FolderError> finish_folder(const DataFolder& folder) {
  return write_file(folder.format(), std::string(kFormatWord) + std::to_string(kDataFormat) + "\n", 0644);
}

Result<bool, FolderError> write_file(const std::filesystem::path& path, std::string_view bytes, unsigned mode) {
  const std::string temporary = path.string() + ".part";
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (file < 0) return disk_error(path, errno);
  int error = ::fchmod(file, mode) == 0 ? 0 : errno;
  while (error == 0 && !bytes.empty()) {
    const auto written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) error = errno;
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (error == 0 && ::fsync(file) != 0) error = errno;
  if (::close(file) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(temporary.c_str());
    return disk_error(path, error);
  }
  const auto parent = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const int directory = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return disk_error(parent, errno);
  error = ::fsync(directory) == 0 ? 0 : errno;
  ::close(directory);
  if (error != 0) return disk_error(parent, error);
  return true;
}

Result<std::string, FolderError> read_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return disk_error(path, error.value());
  if (size > kCsvBytesMax + 1) return FolderError{"io", {path.string() + " は大きすぎます（上限64MiB）。", path.string() + " is too large (64 MiB at most)."}};
  std::ifstream in(path, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  if (!in.is_open() || in.bad()) return disk_error(path, errno == 0 ? EIO : errno);
  return {boost::system::in_place_value, bytes.str()};
}

}  // namespace rireki::api
