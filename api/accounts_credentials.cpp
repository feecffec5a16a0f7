#include "api/accounts_credentials.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace rireki::api {
namespace {

constexpr std::string_view kHeader = "rireki-credentials 1";

class File {
 public:
  File(const std::filesystem::path& path, int flags, mode_t mode = 0) : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  bool open() const { return descriptor_ >= 0; }
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }
  bool sync() { return ::fsync(descriptor_) == 0; }

 private:
  int descriptor_;
};

CredentialsError failed(const std::filesystem::path& file, const char* doing) { return {file.string() + ": cannot " + doing + ": " + std::strerror(errno)}; }

}  // namespace

void throw_exception_from_error(const CredentialsError& error, const boost::source_location&) { throw std::runtime_error(error.what); }

Result<std::unique_ptr<Credentials>, CredentialsError> Credentials::open(const std::filesystem::path& file) {
  std::unique_ptr<Credentials> credentials(new Credentials(file));
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    if (errno == ENOENT) return credentials;
    return failed(file, "look at it");
  }
  if ((status.st_mode & 077) != 0) return CredentialsError{file.string() + ": others than its owner may read it; run: chmod 600 " + file.string()};
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line) || line != kHeader) return CredentialsError{file.string() + ": is not a credentials file of this version"};
  for (int number = 2; std::getline(in, line); ++number) {
    const auto space = line.find(' ');
    const auto account = parse<AccountId>(line.substr(0, space));
    if (!account || space == std::string::npos || !line.substr(space + 1).starts_with("$argon2id$") || !credentials->hashes_.emplace(*account, line.substr(space + 1)).second)
      return CredentialsError{file.string() + ": line " + std::to_string(number) + " is damaged"};
  }
  if (in.bad()) return failed(file, "read it");
  return credentials;
}

std::optional<std::string> Credentials::find(AccountId account) const {
  const std::lock_guard lock(mutex_);
  const auto found = hashes_.find(account);
  if (found == hashes_.end()) return std::nullopt;
  return found->second;
}

std::optional<CredentialsError> Credentials::set(AccountId account, const std::string& phc) {
  const std::lock_guard lock(mutex_);
  auto wanted = hashes_;
  wanted[account] = phc;
  return replace(std::move(wanted));
}

std::optional<CredentialsError> Credentials::remove(AccountId account) {
  const std::lock_guard lock(mutex_);
  auto wanted = hashes_;
  if (wanted.erase(account) == 0) return std::nullopt;
  return replace(std::move(wanted));
}

std::optional<CredentialsError> Credentials::replace(std::map<AccountId, std::string> wanted) {
  std::string text(kHeader);
  text += '\n';
  for (const auto& [account, phc] : wanted) text += to_text(account) + " " + phc + "\n";
  const auto beside = file_.string() + ".new";
  ::unlink(beside.c_str());  // of an earlier crash
  {
    File file(beside, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (!file.open() || !file.write(text) || !file.sync()) return failed(beside, "write it");
  }
  if (::rename(beside.c_str(), file_.c_str()) != 0) return failed(file_, "replace it");
  hashes_ = std::move(wanted);  // it is the file now, whatever the folder's sync says
  File folder(file_.has_parent_path() ? file_.parent_path() : ".", O_RDONLY | O_DIRECTORY);
  if (!folder.open() || !folder.sync()) return failed(file_.parent_path(), "sync the folder");
  return std::nullopt;
}

}  // namespace rireki::api
