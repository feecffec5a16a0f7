// What proves who somebody is, in a file of its own beside the log: the log keeps everything for ever, and this is to be forgotten.
//
//   rireki-credentials 2
//   <account id> password <PHC string>                      the lines of an account together, accounts sorted
//   <account id> initial <seconds since 1970> <PHC string>  instead: given by somebody else, until then good for choosing one's own
//   <account id> totp <sealed secret, hex> <last step used>
//   <account id> recovery <SHA-256 of a recovery code, hex>
//   <account id> token <token id> <SHA-256 of the token, hex>
//
// Mode 0600. Replaced as a whole: temporary file, fsync, rename, fsync of the folder; a crash leaves the old file or the new one.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "domain/ids.h"

namespace rireki::api {

struct CredentialsError {
  std::string what;  // English, for the operator; no secret in it
};
[[noreturn]] void throw_exception_from_error(const CredentialsError& error, const boost::source_location& where);

struct Credential {
  std::string phc;                        // of the password; "": none
  std::int64_t initial_until = 0;         // 0: the password was chosen by its owner
  std::string totp;                       // the sealed secret, hex; "": no second factor
  std::int64_t totp_last = 0;             // the last step whose code was used
  std::set<std::string> recovery;         // digests of the codes that are left
  std::map<TokenId, std::string> tokens;  // digests
  bool operator==(const Credential&) const = default;
  bool empty() const { return phc.empty() && totp.empty() && recovery.empty() && tokens.empty(); }
};

// The file's text. None: not in the format above; `line` is then the first that is not, from 1.
std::optional<std::map<AccountId, Credential>> parse_credentials(std::string_view text, int& line);
std::string credentials_text(const std::map<AccountId, Credential>& all);

class Credentials {
 public:
  // No file is an empty one. Errors: unreadable, not in the format above, or readable by others than its owner.
  static Result<std::unique_ptr<Credentials>, CredentialsError> open(const std::filesystem::path& file);

  Credential find(AccountId account) const;  // an empty one where there is none
  // Whose token has that digest.
  std::optional<std::pair<AccountId, TokenId>> find_token(const std::string& digest) const;
  // On disk when it returns none. An error: the file is as it was.
  [[nodiscard]] std::optional<CredentialsError> change(AccountId account, const std::function<void(Credential&)>& change);
  [[nodiscard]] std::optional<CredentialsError> remove(AccountId account);

 private:
  explicit Credentials(std::filesystem::path file) : file_(std::move(file)) {}
  std::optional<CredentialsError> replace(std::map<AccountId, Credential> wanted);
  void index_tokens();

  std::filesystem::path file_;
  mutable std::mutex mutex_;
  std::map<AccountId, Credential> all_;
  std::map<std::string, std::pair<AccountId, TokenId>> by_token_;
};

}  // namespace rireki::api
