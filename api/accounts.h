// Accounts: who may sign in, for which person, in which roles. The facts about an account are events in the log (AccountOpened, RolesSet,
// AccountClosed) and stay for ever; its password is only a hash in the credentials file and can be forgotten.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "api/accounts_passwords.h"
#include "api/accounts_sessions.h"
#include "api/accounts_throttle.h"
#include "api/office.h"
#include "domain/access_decision.h"

namespace rireki::api {

inline constexpr std::size_t kLoginBytesMax = 64;

struct Account {
  AccountId id;
  std::string login;            // lower case; a closed account's login is never given again
  PersonId person;              // none: a service account
  std::set<std::string> roles;
  bool closed = false;
  bool has_password = false;    // false after a crash between opening and hashing: reset it
};

enum class AccountErrorKind { kLoginForm, kLoginTaken, kUnknownRole, kNoSuchAccount, kClosed, kPassword, kWrongPassword, kTooManyAttempts, kBusy, kLog, kFile };
struct AccountError {
  AccountErrorKind kind = AccountErrorKind::kNoSuchAccount;
  Text message;
  std::chrono::seconds retry_after{0};  // kTooManyAttempts, kBusy
};
[[noreturn]] void throw_exception_from_error(const AccountError& error, const boost::source_location& where);

struct AccountsOptions {
  std::filesystem::path folder;             // the data folder; the file in it is "credentials"
  PasswordCost password_cost;               // cheaper only in tests
  std::vector<std::string> context_words;   // the municipality's names, which do not count in a password
  SessionLimits sessions;
  ThrottleRule by_login;
  ThrottleRule by_address{.free_failures = 100};  // many people may share an address
};

struct OpenedAccount {
  Account account;
  std::string password;  // random, told once
};
struct SignedIn {
  Account account;
  Sessions::Begun begun;
};

// Safe from any thread. The folded accounts follow the log.
class Accounts {
 public:
  // `now` of the office is the clock of sessions and delays. Fails if the credentials file cannot be trusted.
  static Result<std::unique_ptr<Accounts>, AccountError> open(Office& office, IdSource& ids, AccountsOptions options);
  ~Accounts();

  // For the administrator; each waits for the log and hashes on the caller's thread.
  Result<OpenedAccount, AccountError> open_account(const Actor& by, const std::string& login, PersonId person, const std::set<std::string>& roles);
  Result<Account, AccountError> set_roles(const Actor& by, AccountId id, const std::set<std::string>& roles);  // ends its sessions
  Result<std::string, AccountError> reset_password(AccountId id);                                              // a random one; ends its sessions
  Result<Account, AccountError> close(const Actor& by, AccountId id);                                          // ends its sessions, forgets its password
  std::vector<Account> list();                                                                                 // by login, closed ones too
  std::vector<Actor> actors();                                                                                // of the open ones
  std::optional<Account> find(const std::string& login);
  std::optional<Account> find(AccountId id);

  // Wrong password, unknown login and closed account answer alike and take the same time. `done` is called once, on a hashing thread or here.
  void sign_in(const std::string& login, const std::string& password, const std::string& address, std::function<void(Result<SignedIn, AccountError>)> done);
  // Ends all sessions of the account and begins a new one.
  void change_password(AccountId id, const std::string& current, const std::string& wanted, std::function<void(Result<SignedIn, AccountError>)> done);

  // The actor of a session's token; the session counts as used. None: unknown, run out, or its account is closed.
  struct Known {
    Actor actor;
    Session session;
  };
  std::optional<Known> identify(std::string_view token);
  Sessions& sessions();
  Instant now() const;

 private:
  struct State;
  explicit Accounts(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rireki::api
