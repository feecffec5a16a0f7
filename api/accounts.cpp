#include "api/accounts.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <stdexcept>

#include "api/accounts_credentials.h"

namespace rireki::api {
namespace {

constexpr int kRetriesMax = 5;  // of an append that another account's event overtook
constexpr const char* kEveryAccount = "account";

AccountError wrong_password() {
  return {AccountErrorKind::kWrongPassword, {"ログイン名かパスワードが違います。", "Login name or password is wrong."}};
}
AccountError no_such_account() { return {AccountErrorKind::kNoSuchAccount, {"そのアカウントはありません。", "There is no such account."}}; }
AccountError busy() {
  return {AccountErrorKind::kBusy, {"サインインが混み合っています。少し待ってください。", "Too many are signing in. Wait a moment."}, std::chrono::seconds(1)};
}
AccountError of_file(const CredentialsError& error) {
  return {AccountErrorKind::kFile, {"パスワードを保存できません: " + error.what, "The password could not be kept: " + error.what}};
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

bool is_login(const std::string& login) {
  return !login.empty() && login.size() <= kLoginBytesMax && login.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-@") == std::string::npos &&
         std::isalnum(static_cast<unsigned char>(login.front()));
}

std::optional<AccountError> check_roles(const std::set<std::string>& roles) {
  for (const auto& role : roles)
    if (std::find(std::begin(kRoles), std::end(kRoles), role) == std::end(kRoles))
      return AccountError{AccountErrorKind::kUnknownRole, {"役割「" + role + "」はありません。", "There is no role '" + role + "'."}};
  if (roles.empty()) return AccountError{AccountErrorKind::kUnknownRole, {"役割を一つ以上指定してください。", "Give at least one role."}};
  return std::nullopt;
}

std::vector<std::string> listed(const std::set<std::string>& roles) { return {roles.begin(), roles.end()}; }

}  // namespace

void throw_exception_from_error(const AccountError& error, const boost::source_location&) { throw std::runtime_error(error.message.en); }

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
    account.has_password = credentials->find(account.id).has_value();
    return account;
  }
  template <class Decide>
  Result<Account, AccountError> record(const Actor& by, AccountId id, Decide decide);
  Result<std::string, AccountError> give_random_password(const Account& account);
  std::vector<std::string> context_of(const Account& account) const;
  Result<SignedIn, AccountError> try_password(const std::optional<Account>& account, const std::string& password);
};

void Accounts::State::catch_up() {
  const EventLog& log = office.log();
  if (log.last_with_tag(kEveryAccount) <= folded) return;
  const auto end = log.read(with_tag(kEveryAccount), {.after = folded}, [&](const EventView& event) {
    const auto body = decode(event);
    if (!body) throw std::logic_error("account event " + std::to_string(event.position()) + " cannot be read: " + body.error().what);
    fold(*body);
    folded = event.position();
    return true;
  });
  end.value();
}

void Accounts::State::fold(const Body& body) {
  if (const auto* opened = std::get_if<AccountOpened>(&body)) {
    by_name[opened->login] = opened->account;
    accounts[opened->account] = {.id = opened->account, .login = opened->login, .person = opened->person, .roles = {opened->roles.begin(), opened->roles.end()}};
  } else if (const auto* set = std::get_if<RolesSet>(&body)) {
    accounts[set->account].roles = {set->roles.begin(), set->roles.end()};
  } else if (const auto* closed = std::get_if<AccountClosed>(&body)) {
    accounts[closed->account].closed = true;
  }
}

std::optional<Account> Accounts::State::find(AccountId id) {
  return with_accounts([&]() -> std::optional<Account> {
    const auto found = accounts.find(id);
    return found == accounts.end() ? std::nullopt : std::optional(completed(found->second));
  });
}

std::optional<Account> Accounts::State::find(const std::string& login) {
  return with_accounts([&]() -> std::optional<Account> {
    const auto found = by_name.find(lower(login));
    return found == by_name.end() ? std::nullopt : std::optional(completed(accounts.at(found->second)));
  });
}

// decide() looks at the accounts as of `seen` and gives the body to append or says no; nothing about any account may have changed since.
template <class Decide>
Result<Account, AccountError> Accounts::State::record(const Actor& by, AccountId id, Decide decide) {
  for (int attempt = 0; attempt < kRetriesMax; ++attempt) {
    Position seen = 0;
    Result<Body, AccountError> body = with_accounts([&]() -> Result<Body, AccountError> {
      seen = folded;
      return decide();
    });
    if (!body) return body.error();
    const auto appended = office.record(by, {*body}, AppendCondition{{Clause{with_tag(kEveryAccount), seen}}}, std::nullopt);
    if (appended) return *find(id);
    if (appended.error().code != AppendErrorCode::kConflict)
      return AccountError{AccountErrorKind::kLog, {"記録できません: " + appended.error().what, "It could not be recorded: " + appended.error().what}};
  }
  return busy();
}

std::vector<std::string> Accounts::State::context_of(const Account& account) const {
  std::vector<std::string> words = options.context_words;
  words.insert(words.end(), {"rireki", "履歴", account.login});
  return words;
}

Result<std::string, AccountError> Accounts::State::give_random_password(const Account& account) {
  std::string password = random_password();
  if (auto error = credentials->set(account.id, hasher.hash(password))) return of_file(*error);
  return password;
}

// On a hashing thread. Nobody's hash is verified where there is no account, so that it costs the same.
Result<SignedIn, AccountError> Accounts::State::try_password(const std::optional<Account>& account, const std::string& password) {
  const auto phc = account && !account->closed ? credentials->find(account->id) : std::nullopt;
  const bool right = hasher.verify(phc.value_or(hasher.of_nobody()), password);
  if (!right || !phc) return wrong_password();
  by_login.succeeded(account->login);
  if (hasher.needs_rehash(*phc))
    if (auto error = credentials->set(account->id, hasher.hash(password))) return of_file(*error);
  return SignedIn{*account, {}};
}

Accounts::Accounts(std::unique_ptr<State> state) : state_(std::move(state)) {}
Accounts::~Accounts() = default;

Result<std::unique_ptr<Accounts>, AccountError> Accounts::open(Office& office, IdSource& ids, AccountsOptions options) {
  auto credentials = Credentials::open(options.folder / "credentials");
  if (!credentials) return of_file(credentials.error());
  return std::unique_ptr<Accounts>(new Accounts(std::make_unique<State>(office, ids, std::move(options), std::move(*credentials))));
}

Result<OpenedAccount, AccountError> Accounts::open_account(const Actor& by, const std::string& given, PersonId person, const std::set<std::string>& roles) {
  const std::string login = lower(given);
  if (!is_login(login))
    return AccountError{AccountErrorKind::kLoginForm, {"ログイン名は英小文字・数字・「._-@」の64字までで、英数字で始めます。",
                                                       "A login name has up to 64 of a-z, 0-9 and ._-@ and begins with a letter or digit."}};
  if (auto error = check_roles(roles)) return *error;
  const AccountId id = state_->ids.make<AccountId>();
  auto account = state_->record(by, id, [&]() -> Result<Body, AccountError> {
    if (state_->by_name.contains(login))
      return AccountError{AccountErrorKind::kLoginTaken, {"ログイン名「" + login + "」は使われています。", "The login name '" + login + "' is taken."}};
    return Body{AccountOpened{.account = id, .login = login, .person = person, .roles = listed(roles)}};
  });
  if (!account) return account.error();
  auto password = state_->give_random_password(*account);
  if (!password) return password.error();
  account->has_password = true;
  return OpenedAccount{std::move(*account), std::move(*password)};
}

Result<Account, AccountError> Accounts::set_roles(const Actor& by, AccountId id, const std::set<std::string>& roles) {
  if (auto error = check_roles(roles)) return *error;
  auto account = state_->record(by, id, [&]() -> Result<Body, AccountError> {
    const auto found = state_->accounts.find(id);
    if (found == state_->accounts.end()) return no_such_account();
    if (found->second.closed) return AccountError{AccountErrorKind::kClosed, {"閉じたアカウントです。", "The account is closed."}};
    return Body{RolesSet{id, listed(roles)}};
  });
  if (account) state_->sessions.end_all(id);
  return account;
}

Result<std::string, AccountError> Accounts::reset_password(AccountId id) {
  const auto account = state_->find(id);
  if (!account) return no_such_account();
  if (account->closed) return AccountError{AccountErrorKind::kClosed, {"閉じたアカウントです。", "The account is closed."}};
  auto password = state_->give_random_password(*account);
  if (password) state_->sessions.end_all(id);
  return password;
}

Result<Account, AccountError> Accounts::close(const Actor& by, AccountId id) {
  auto account = state_->record(by, id, [&]() -> Result<Body, AccountError> {
    const auto found = state_->accounts.find(id);
    if (found == state_->accounts.end()) return no_such_account();
    if (found->second.closed) return AccountError{AccountErrorKind::kClosed, {"すでに閉じています。", "It is closed already."}};
    return Body{AccountClosed{id}};
  });
  if (!account) return account;
  state_->sessions.end_all(id);
  if (auto error = state_->credentials->remove(id)) return of_file(*error);
  account->has_password = false;
  return account;
}

std::vector<Actor> Accounts::actors() {
  return state_->with_accounts([&] {
    std::vector<Actor> all;
    for (const auto& [id, account] : state_->accounts)
      if (!account.closed) all.push_back({id, account.person, account.roles});
    return all;
  });
}

std::vector<Account> Accounts::list() {
  return state_->with_accounts([&] {
    std::vector<Account> all;
    for (const auto& [login, id] : state_->by_name) all.push_back(state_->completed(state_->accounts.at(id)));
    return all;
  });
}

std::optional<Account> Accounts::find(const std::string& login) { return state_->find(login); }
std::optional<Account> Accounts::find(AccountId id) { return state_->find(id); }

void Accounts::sign_in(const std::string& login, const std::string& password, const std::string& address, std::function<void(Result<SignedIn, AccountError>)> done) {
  State& state = *state_;
  const std::string name = lower(login.substr(0, kLoginBytesMax + 1));
  const auto wait_too_long = [](std::chrono::seconds wait) {
    return AccountError{AccountErrorKind::kTooManyAttempts, {"失敗が続いています。しばらく待ってください。", "Too many failures. Wait a while."}, wait};
  };
  if (const auto wait = state.by_address.begin(address, now())) return done(wait_too_long(*wait));
  if (const auto wait = state.by_login.begin(name, now())) {
    state.by_address.withdrawn(address);
    return done(wait_too_long(*wait));
  }
  const auto withdraw = [&state, name, address] {
    state.by_login.withdrawn(name);
    state.by_address.withdrawn(address);
  };
  const auto work = [this, name, password, address, done] {
    State& state = *state_;
    const auto account = state.find(name);
    const auto era = account ? state.sessions.era(account->id) : 0;
    auto signed_in = state.try_password(account, password);
    if (!signed_in) return done(std::move(signed_in));
    state.by_address.withdrawn(address);
    auto begun = state.sessions.begin(account->id, now(), era);
    if (!begun) return done(wrong_password());
    signed_in->begun = std::move(*begun);
    done(std::move(signed_in));
  };
  const auto refuse = [withdraw, done] {
    withdraw();
    done(busy());
  };
  if (!state.hasher.submit(work, refuse)) refuse();
}

void Accounts::change_password(AccountId id, const std::string& current, const std::string& wanted, std::function<void(Result<SignedIn, AccountError>)> done) {
  State& state = *state_;
  const auto account = state.find(id);
  if (!account) return done(no_such_account());
  if (const auto finding = password_finding(wanted, state.context_of(*account))) return done(AccountError{AccountErrorKind::kPassword, *finding});
  if (const auto wait = state.by_login.begin(account->login, now()))
    return done(AccountError{AccountErrorKind::kTooManyAttempts, {"失敗が続いています。しばらく待ってください。", "Too many failures. Wait a while."}, *wait});
  const auto work = [this, account, current, wanted, done] {
    State& state = *state_;
    auto changed = state.try_password(account, current);
    if (!changed) return done(std::move(changed));
    if (auto error = state.credentials->set(account->id, state.hasher.hash(wanted))) return done(of_file(*error));
    state.sessions.end_all(account->id);
    auto begun = state.sessions.begin(account->id, now(), state.sessions.era(account->id));
    if (!begun) return done(wrong_password());
    changed->begun = std::move(*begun);
    done(std::move(changed));
  };
  const auto refuse = [&state, login = account->login, done] {
    state.by_login.withdrawn(login);
    done(busy());
  };
  if (!state.hasher.submit(work, refuse)) refuse();
}

std::optional<Accounts::Known> Accounts::identify(std::string_view token) {
  auto session = state_->sessions.seen(token, now());
  if (!session) return std::nullopt;
  return state_->with_accounts([&]() -> std::optional<Known> {
    const auto found = state_->accounts.find(session->account);
    if (found == state_->accounts.end() || found->second.closed) return std::nullopt;
    const Account& account = found->second;
    return Known{{.account = account.id, .person = account.person, .roles = account.roles}, std::move(*session)};
  });
}

Sessions& Accounts::sessions() { return state_->sessions; }
Instant Accounts::now() const { return state_->office.now(); }

}  // namespace rireki::api
