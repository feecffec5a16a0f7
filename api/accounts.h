// Accounts: who may sign in, for which person, in which roles. The facts about an account are events in the log (AccountOpened, RolesSet, TokenIssued, …)
// and stay for ever; what proves who somebody is (hashes, sealed secrets) lies in the credentials file and can be forgotten.
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
#include "eventstore/keyring.h"

namespace rireki::api {

inline constexpr std::size_t kLoginBytesMax = 64;
inline constexpr std::chrono::days kTokenValidMax{366};
inline constexpr std::size_t kTokenNameBytesMax = 100;
inline constexpr std::size_t kTokensMax = 20;              // of an account, that are not revoked
inline constexpr std::size_t kIdentityBytesMax = 1'024;    // of an issuer or a subject
inline constexpr const char* kSecondFactorsKey = "second-factors";  // Keyring::own: what the secrets of the authenticator apps are sealed under

// The policy that says who needs a second factor where they sign in with a password: "optional" (as if never set), "privileged", "all".
inline constexpr const char* kSecondFactorPolicy = "accounts.second-factor";

// What a service account may do with a token, beside what its roles allow: "<resource>:read" or "<resource>:write", the resource being the first part of
// the path after /api/.
struct Token {
  std::string name;
  std::vector<std::string> scopes;
  Day last_day;
  bool revoked = false;
};

struct Account {
  AccountId id;
  std::string login;            // lower case; a closed account's login is never given again
  PersonId person;              // none: a service account
  std::set<std::string> roles;
  bool closed = false;
  bool has_password = false;    // false after a crash between opening and hashing, and where somebody else says who it is (OIDC, proxy)
  bool second_factor = false;
  std::map<TokenId, Token> tokens;
  std::set<std::pair<std::string, std::string>> identities;  // issuer and subject
};

enum class AccountErrorKind {
  kLoginForm, kLoginTaken, kUnknownRole, kNoSuchAccount, kClosed, kPassword,
  kWrongPassword,       // or code, or login, or nobody that the identity provider or proxy names
  kSecondFactorNeeded,  // the password is right, a code must come with it
  kCannotStepUp,        // there is nothing to prove it with here
  kNotEnrolling, kToken, kIdentityTaken, kTooManyAttempts, kBusy, kLog, kFile
};
struct AccountError {
  AccountErrorKind kind = AccountErrorKind::kNoSuchAccount;
  Text message;
  std::chrono::seconds retry_after{0};  // kTooManyAttempts, kBusy
};
std::string lower_login(std::string text);  // logins are the same in capitals
[[noreturn]] void throw_exception_from_error(const AccountError& error, const boost::source_location& where);

struct AccountsOptions {
  std::filesystem::path folder;             // the data folder; the file in it is "credentials"
  SecretKey second_factors;                 // Keyring::own(kSecondFactorsKey)
  // Given: a password that was not chosen by its owner is good for choosing one's own, for that long (security.md 3.2). Else it lasts.
  std::optional<std::chrono::hours> initial_for = std::nullopt;
  PasswordCost password_cost;               // cheaper only in tests
  std::vector<std::string> context_words;   // the municipality's names, which do not count in a password
  SessionLimits sessions;
  ThrottleRule by_login;
  ThrottleRule by_address{.free_failures = 100};  // many people may share an address
};

struct OpenedAccount {
  Account account;
  std::string password;  // random, told once; "": none was wanted
};
struct IssuedToken {
  TokenId id;
  std::string token;     // "rrk_" and 32 random bytes, base64url; told once
};
struct Enrolment {
  std::string secret;    // base32, to type
  std::string uri;       // otpauth://…, to scan
};
struct SecondFactorAdded {
  std::vector<std::string> recovery_codes;  // told once
  Sessions::Begun begun;
};
struct SignInName {
  std::string login, password;
  std::string code;      // of the authenticator app, or a recovery code; "" at first
  std::string address;
};
struct AccountSignedIn {
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
  Result<OpenedAccount, AccountError> open_account(const Actor& by, const std::string& login, PersonId person, const std::set<std::string>& roles, bool with_password = true);
  Result<Account, AccountError> set_roles(const Actor& by, AccountId id, const std::set<std::string>& roles);  // ends its sessions
  Result<std::string, AccountError> reset_password(AccountId id);                                              // a random one; ends its sessions
  Result<Account, AccountError> close(const Actor& by, AccountId id);                                          // ends its sessions, forgets its password
  std::vector<Account> list();                                                                                 // by login, closed ones too
  std::vector<Actor> actors();                                                                                // of the open ones
  std::optional<Account> find(const std::string& login);
  std::optional<Account> find(AccountId id);
  std::string login_of(AccountId id);  // "": there is none

  Result<IssuedToken, AccountError> issue_token(const Actor& by, AccountId id, const std::string& name, const std::vector<std::string>& scopes, Day last_day);
  Result<Account, AccountError> revoke_token(const Actor& by, AccountId id, TokenId token);
  Result<Account, AccountError> link_identity(const Actor& by, AccountId id, const std::string& issuer, const std::string& subject);
  Result<Account, AccountError> remove_second_factor(const Actor& by, AccountId id);  // ends its sessions, forgets secret and recovery codes
  std::optional<Account> find_identity(const std::string& issuer, const std::string& subject);

  using SignInDone = std::function<void(Result<AccountSignedIn, AccountError>)>;
  // Wrong password, unknown login and closed account answer alike and take the same time. `done` is called once, on a hashing thread or here.
  void sign_in(const SignInName& given, SignInDone done);
  // Somebody trusted said who it is: the identity provider or the proxy.
  Result<AccountSignedIn, AccountError> sign_in_as(const std::optional<Account>& account, const Proof& proof);
  // Proves again who the session's owner is, with all that the account has: password, code. The session goes on under a new token.
  void step_up(const Session& session, const std::string& password, const std::string& code, SignInDone done);
  // Ends all sessions of the account and begins a new one.
  void change_password(AccountId id, const std::string& current, const std::string& wanted, SignInDone done);

  // A second factor: begun, then confirmed with the app's first code within ten minutes. Confirming ends the account's other sessions.
  Result<Enrolment, AccountError> begin_second_factor(AccountId id);
  Result<SecondFactorAdded, AccountError> confirm_second_factor(const Actor& by, const Session& session, const std::string& code);
  Result<std::vector<std::string>, AccountError> new_recovery_codes(AccountId id);  // the former ones count no more
  std::size_t recovery_codes_left(AccountId id) const;

  // The actor of a session's token; the session counts as used. None: unknown, run out, or its account is closed.
  struct Known {
    Actor actor;
    Session session;
  };
  std::optional<Known> identify(std::string_view token);
  // Of a service account's token. None: unknown, revoked, past its last day, or its account is closed.
  struct KnownToken {
    Actor actor;
    TokenId token;
    std::vector<std::string> scopes;
  };
  std::optional<KnownToken> identify_token(std::string_view token);
  Sessions& sessions();
  Instant now() const;

 private:
  struct State;
  explicit Accounts(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rireki::api
