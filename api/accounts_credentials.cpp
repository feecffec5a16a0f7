#include "api/accounts_credentials.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>
#include <fstream>
#include <sstream>
#include <charconv>
#include <stdexcept>

namespace rireki::api {
namespace {

constexpr std::string_view kHeader = "rireki-credentials 2";

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

bool is_hex(const std::string& text, std::size_t size_min, std::size_t size_max) {
  return text.size() >= size_min && text.size() <= size_max && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// One line's words after the account. False: damaged.
bool read_into(Credential& into, const std::vector<std::string>& words) {
  if (words.size() == 2 && words[0] == "password" && words[1].starts_with("$argon2id$") && into.phc.empty()) {
    into.phc = words[1];
    return true;
  }
  if (words.size() == 3 && words[0] == "initial" && words[2].starts_with("$argon2id$") && into.phc.empty()) {
    into.phc = words[2];
    const auto [end, error] = std::from_chars(words[1].data(), words[1].data() + words[1].size(), into.initial_until);
    return error == std::errc{} && end == words[1].data() + words[1].size() && into.initial_until > 0;
  }
  if (words.size() == 3 && words[0] == "totp" && is_hex(words[1], 2, 1'024) && into.totp.empty()) {
    into.totp = words[1];
    const auto [end, error] = std::from_chars(words[2].data(), words[2].data() + words[2].size(), into.totp_last);
    return error == std::errc{} && end == words[2].data() + words[2].size();
  }
  if (words.size() == 2 && words[0] == "recovery" && is_hex(words[1], 64, 64)) return into.recovery.insert(words[1]).second;
  if (words.size() == 3 && words[0] == "token" && is_hex(words[2], 64, 64)) {
    const auto token = parse<TokenId>(words[1]);
    return token && into.tokens.emplace(*token, words[2]).second;
  }
  return false;
}

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at <= line.size();) {
    const auto end = std::min(line.find(' ', at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

CredentialsError failed(const std::filesystem::path& file, const char* doing) { return {file.string() + ": cannot " + doing + ": " + std::strerror(errno)}; }

}  // namespace

void throw_exception_from_error(const CredentialsError& error, const boost::source_location&) { throw std::runtime_error(error.what); }

std::optional<std::map<AccountId, Credential>> parse_credentials(std::string_view text, int& line) {
  std::map<AccountId, Credential> all;
  for (line = 1; !text.empty() || line == 1; ++line) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;  // cut off
    const std::string here(text.substr(0, end));
    text.remove_prefix(end + 1);
    if (line == 1) {
      if (here != kHeader) return std::nullopt;
      continue;
    }
    auto words = words_of(here);
    const auto account = parse<AccountId>(words.front());
    words.erase(words.begin());
    if (!account || !read_into(all[*account], words)) return std::nullopt;
  }
  return all;
}

std::string credentials_text(const std::map<AccountId, Credential>& all) {
  std::string text(kHeader);
  text += '\n';
  for (const auto& [account, one] : all) {
    const std::string whose = to_text(account);
    if (!one.phc.empty()) text += whose + (one.initial_until ? " initial " + std::to_string(one.initial_until) + " " : " password ") + one.phc + "\n";
    if (!one.totp.empty()) text += whose + " totp " + one.totp + " " + std::to_string(one.totp_last) + "\n";
    for (const auto& digest : one.recovery) text += whose + " recovery " + digest + "\n";
    for (const auto& [token, digest] : one.tokens) text += whose + " token " + to_text(token) + " " + digest + "\n";
  }
  return text;
}

Result<std::unique_ptr<Credentials>, CredentialsError> Credentials::open(const std::filesystem::path& file) {
  std::unique_ptr<Credentials> credentials(new Credentials(file));
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    if (errno == ENOENT) return credentials;
    return failed(file, "look at it");
  }
  if ((status.st_mode & 077) != 0) return CredentialsError{file.string() + ": others than its owner may read it; run: chmod 600 " + file.string()};
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in.is_open() || in.bad()) return failed(file, "read it");
  int line = 0;
  auto all = parse_credentials(text.view(), line);
  if (!all && line == 1) return CredentialsError{file.string() + ": is not a credentials file of this version"};
  if (!all) return CredentialsError{file.string() + ": line " + std::to_string(line) + " is damaged"};
  credentials->all_ = std::move(*all);
  credentials->index_tokens();
  return credentials;
}

void Credentials::index_tokens() {
  by_token_.clear();
  for (const auto& [account, one] : all_)
    for (const auto& [token, digest] : one.tokens) by_token_[digest] = {account, token};
}

Credential Credentials::find(AccountId account) const {
  const std::lock_guard lock(mutex_);
  const auto found = all_.find(account);
  return found == all_.end() ? Credential{} : found->second;
}

std::optional<std::pair<AccountId, TokenId>> Credentials::find_token(const std::string& digest) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_token_.find(digest);
  return found == by_token_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<CredentialsError> Credentials::change(AccountId account, const std::function<void(Credential&)>& change) {
  const std::lock_guard lock(mutex_);
  auto wanted = all_;
  change(wanted[account]);
  if (wanted == all_) return std::nullopt;  // a wrong code is no reason to write
  return replace(std::move(wanted));
}

std::optional<CredentialsError> Credentials::remove(AccountId account) {
  const std::lock_guard lock(mutex_);
  auto wanted = all_;
  if (wanted.erase(account) == 0) return std::nullopt;
  return replace(std::move(wanted));
}

std::optional<CredentialsError> Credentials::replace(std::map<AccountId, Credential> wanted) {
  std::erase_if(wanted, [](const auto& one) { return one.second.empty(); });
  const std::string text = credentials_text(wanted);
  const auto beside = file_.string() + ".new";
  ::unlink(beside.c_str());  // of an earlier crash
  {
    File file(beside, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (!file.open() || !file.write(text) || !file.sync()) return failed(beside, "write it");
  }
  if (::rename(beside.c_str(), file_.c_str()) != 0) return failed(file_, "replace it");
  all_ = std::move(wanted);  // it is the file now, whatever the folder's sync says
  index_tokens();
  File folder(file_.has_parent_path() ? file_.parent_path() : ".", O_RDONLY | O_DIRECTORY);
  if (!folder.open() || !folder.sync()) return failed(file_.parent_path(), "sync the folder");
  return std::nullopt;
}

}  // namespace rireki::api
