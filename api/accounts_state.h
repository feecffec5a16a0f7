// What Accounts is made of; accounts.cpp administers, accounts_sign_in.cpp lets people in.
#pragma once

#include <mutex>

#include "api/accounts.h"
#include "api/accounts_credentials.h"

namespace rireki::api {

AccountError no_such_account();
AccountError account_closed();
AccountError wrong_password();
AccountError busy_signing_in();
AccountError of_file(const CredentialsError& error);

struct Accounts::State {
  State(Office& office, IdSource& ids, AccountsOptions given, std::unique_ptr<Credentials> credentials)
      : office(office), ids(ids), options(std::move(given)), credentials(std::move(credentials)), sessions(options.sessions), by_login(options.by_login),
        by_address(options.by_address), hasher(options.password_cost) {}

  Office& office;
  IdSource& ids;
  const AccountsOptions options;
  const std::unique_ptr<Credentials> credentials;
  Sessions sessions;
  Throttle by_login;
  Throttle by_address;

  std::mutex mutex;
  Position folded = 0;
  std::map<AccountId, Account> accounts;
  std::map<std::string, AccountId> by_name;
  std::map<std::pair<std::string, std::string>, AccountId> by_identity;
  struct Enrolling {
    std::string secret;
    Instant begun{};
  };
  std::map<AccountId, Enrolling> enrolling;

  PasswordHasher hasher;  // last: its threads use all of the above

  // Brings the fold up to the log and calls `use` with it, under the lock.
  template <class Use>
  auto with_accounts(Use use) {
    const std::lock_guard lock(mutex);
    catch_up();
    return use();
  }
  void catch_up();
  void fold(const Body& body);
  std::optional<Account> find(AccountId id);
  std::optional<Account> find(const std::string& login);
  Account completed(Account account) const {
    const Credential credential = credentials->find(account.id);
    account.has_password = !credential.phc.empty();
    account.second_factor = !credential.totp.empty();
    return account;
  }
  // decide() looks at the accounts as of now and gives the body to append or says no; nothing about any account may have changed since.
  Result<Account, AccountError> record(const Actor& by, AccountId id, const std::function<Result<Body, AccountError>()>& decide);
  Result<Account, AccountError> open_one(AccountId id) const;  // under the lock: there, and not closed
  Result<std::string, AccountError> give_random_password(const Account& account);
  std::vector<std::string> context_of(const Account& account) const;
  // On a hashing thread. Everything that an account has must be right.
  Result<Proof, AccountError> prove(const std::optional<Account>& account, const std::string& password, const std::string& code);
  Result<bool, AccountError> use_code(AccountId id, const std::string& code);
  bool asks_for_second_factor(const Account& account) const;
  void tell_sign_in(AccountId id, const std::string& method, const std::string& outcome);
};

}  // namespace rireki::api
