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

FolderError log_error(const DataFolder& folder, const OpenError& error) {
  const std::string where = folder.root.string();
  switch (error.kind) {
    case OpenErrorKind::kInUse:
      return {"in-use", {"データフォルダー " + where + " は別のプログラムが使っています（serve が動いていませんか）。", "The data folder " + where + " is in use by another process (is the server running?)."}};
    case OpenErrorKind::kOtherVersion:
      return {"other-version", {"データフォルダー " + where + " のログは別の版で書かれています。何も変更していません。", "The log in " + where + " was written by another version. Nothing was touched."}};
    case OpenErrorKind::kCorrupt:
      return {"corrupt", {"ログが壊れています。控えから戻してください（" + error.what + "）。", "The log is damaged. Restore it from a backup (" + error.what + ")."}};
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

Result<OpenFolder, FolderError> open_parts(DataFolder folder, FolderClock clock) {
  auto log = RocksEventLog::open(folder.log(), RocksOptions{.clock = clock.now});
  if (!log) return log_error(folder, log.error());
  OpenFolder open{.folder = std::move(folder), .ids = std::move(clock.ids), .log = std::move(*log), .office = nullptr};
  open.office = std::make_unique<Office>(*open.log, *open.ids, std::move(clock.now));
  return open;
}

}  // namespace

void throw_exception_from_error(const FolderError& error, const boost::source_location&) { throw std::logic_error("unchecked FolderError: " + error.message.en); }

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

bool is_finished(const std::filesystem::path& root) {
  std::error_code ignored;
  return std::filesystem::exists(DataFolder{root}.format(), ignored);
}

Result<OpenFolder, FolderError> open_folder(const std::filesystem::path& root, FolderClock clock) {
  DataFolder folder{root};
  const auto version = read_format(folder);
  if (!version) return version.error();
  if (!*version)
    return FolderError{"no-data-folder", {"データフォルダー " + root.string() + " がありません。先に rireki init --data " + root.string() + " を実行してください。",
                                          "There is no data folder at " + root.string() + ". Create it first: rireki init --data " + root.string()}};
  if (auto other = other_version(folder, **version)) return *other;
  return open_parts(std::move(folder), std::move(clock));
}

Result<OpenFolder, FolderError> create_folder(const std::filesystem::path& root, FolderClock clock) {
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
  return open_parts(std::move(folder), std::move(clock));
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
