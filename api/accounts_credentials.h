// The passwords' hashes, in a file of their own beside the log: the log keeps everything for ever, and a password is to be forgotten.
//
//   rireki-credentials 1
//   <account id> <PHC string>      one line per account, sorted
//
// Mode 0600. Replaced as a whole: temporary file, fsync, rename, fsync of the folder; a crash leaves the old file or the new one.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "domain/ids.h"

namespace rireki::api {

struct CredentialsError {
  std::string what;  // English, for the operator; no secret in it
};
[[noreturn]] void throw_exception_from_error(const CredentialsError& error, const boost::source_location& where);

class Credentials {
 public:
  // No file is an empty one. Errors: unreadable, not in the format above, or readable by others than its owner.
  static Result<std::unique_ptr<Credentials>, CredentialsError> open(const std::filesystem::path& file);

  std::optional<std::string> find(AccountId account) const;
  // On disk when it returns none. An error: the file is as it was.
  [[nodiscard]] std::optional<CredentialsError> set(AccountId account, const std::string& phc);
  [[nodiscard]] std::optional<CredentialsError> remove(AccountId account);

 private:
  explicit Credentials(std::filesystem::path file) : file_(std::move(file)) {}
  std::optional<CredentialsError> replace(std::map<AccountId, std::string> wanted);

  std::filesystem::path file_;
  mutable std::mutex mutex_;
  std::map<AccountId, std::string> hashes_;
};

}  // namespace rireki::api
