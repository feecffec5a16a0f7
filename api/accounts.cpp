#include "api/accounts.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "api/accounts_state.h"
#include "api/second_factor.h"

namespace rireki::api {
namespace {

constexpr int kRetriesMax = 5;  // of an append that another account's event overtook
constexpr const char* kEveryAccount = "account";

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

bool is_scope(const std::string& scope) {
  const auto colon = scope.find(':');
  return colon != std::string::npos && colon > 0 && scope.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == colon && (scope.substr(colon) == ":read" || scope.substr(colon) == ":write");
}

constexpr const char* kTokenPrefix = "rrk_";
std::string token_digest(std::string_view token) { return hex(view(sha256({"rireki-token/v1 ", token}))); }

std::vector<std::string> listed(const std::set<std::string>& roles) { return {roles.begin(), roles.end()}; }

}  // namespace

AccountError no_such_account() { return {AccountErrorKind::kNoSuchAccount, {"そのアカウントはありません。", "There is no such account."}}; }
AccountError account_closed() { return {AccountErrorKind::kClosed, {"閉じたアカウントです。", "The account is closed."}}; }
AccountError wrong_password() { return {AccountErrorKind::kWrongPassword, {"ログイン名かパスワードが違います。", "Login name or password is wrong."}}; }
AccountError busy_signing_in() {
  return {AccountErrorKind::kBusy, {"サインインが混み合っています。少し待ってください。", "Too many are signing in. Wait a moment."}, std::chrono::seconds(1)};
}
AccountError of_file(const CredentialsError& error) {
  return {AccountErrorKind::kFile, {"パスワードを保存できません: " + error.what, "The password could not be kept: " + error.what}};
}

std::string lower_login(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

void throw_exception_from_error(const AccountError& error, const boost::source_location&) { throw std::runtime_error(error.message.en); }

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
  } else if (const auto* issued = std::get_if<TokenIssued>(&body)) {
    accounts[issued->account].tokens[issued->token] = {.name = issued->name, .scopes = issued->scopes, .last_day = issued->last_day};
  } else if (const auto* revoked = std::get_if<TokenRevoked>(&body)) {
    accounts[revoked->account].tokens[revoked->token].revoked = true;
  } else if (const auto* linked = std::get_if<IdentityLinked>(&body); linked && !linked->subject.empty()) {  // empty: erased
    accounts[linked->account].identities.emplace(linked->issuer, linked->subject);
    by_identity[{linked->issuer, linked->subject}] = linked->account;
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
    const auto found = by_name.find(lower_login(login));
    return found == by_name.end() ? std::nullopt : std::optional(completed(accounts.at(found->second)));
  });
}

Result<Account, AccountError> Accounts::State::open_one(AccountId id) const {
  const auto found = accounts.find(id);
  if (found == accounts.end()) return no_such_account();
  if (found->second.closed) return account_closed();
  return found->second;
}

Result<Account, AccountError> Accounts::State::record(const Actor& by, AccountId id, const std::function<Result<Body, AccountError>()>& decide) {
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
  return busy_signing_in();
}

Result<std::string, AccountError> Accounts::State::give_random_password(const Account& account) {
  std::string password = random_password();
  const auto until = options.initial_for ? std::chrono::duration_cast<std::chrono::seconds>((office.now() + *options.initial_for).time_since_epoch()).count() : 0;
  const auto give = [&](Credential& one) {
    one.phc = hasher.hash(password);
    one.initial_until = until;
  };
  if (auto error = credentials->change(account.id, give)) return of_file(*error);
  return password;
}

Accounts::Accounts(std::unique_ptr<State> state) : state_(std::move(state)) {}
Accounts::~Accounts() = default;

Result<std::unique_ptr<Accounts>, AccountError> Accounts::open(Office& office, IdSource& ids, AccountsOptions options) {
  auto credentials = Credentials::open(options.folder / "credentials");
  if (!credentials) return of_file(credentials.error());
  return std::unique_ptr<Accounts>(new Accounts(std::make_unique<State>(office, ids, std::move(options), std::move(*credentials))));
}

Result<OpenedAccount, AccountError> Accounts::open_account(const Actor& by, const std::string& given, PersonId person, const std::set<std::string>& roles, bool with_password) {
  const std::string login = lower_login(given);
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
  if (!with_password) return OpenedAccount{std::move(*account), ""};
  auto password = state_->give_random_password(*account);
  if (!password) return password.error();
  account->has_password = true;
  return OpenedAccount{std::move(*account), std::move(*password)};
}

Result<Account, AccountError> Accounts::set_roles(const Actor& by, AccountId id, const std::set<std::string>& roles) {
  if (auto error = check_roles(roles)) return *error;
  auto account = state_->record(by, id, [&]() -> Result<Body, AccountError> {
    if (const auto one = state_->open_one(id); !one) return one.error();
    return Body{RolesSet{id, listed(roles)}};
  });
  if (account) state_->sessions.end_all(id);
  return account;
}

Result<std::string, AccountError> Accounts::reset_password(AccountId id) {
  const auto account = state_->find(id);
  if (!account) return no_such_account();
  if (account->closed) return account_closed();
  auto password = state_->give_random_password(*account);
  if (password) state_->sessions.end_all(id);
  return password;
}

Result<Account, AccountError> Accounts::close(const Actor& by, AccountId id) {
  auto account = state_->record(by, id, [&]() -> Result<Body, AccountError> {
    if (const auto one = state_->open_one(id); !one) return one.error();
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
std::string Accounts::login_of(AccountId id) {
  return state_->with_accounts([&] {
    const auto found = state_->accounts.find(id);
    return found == state_->accounts.end() ? std::string() : found->second.login;
  });
}
std::optional<Account> Accounts::find(AccountId id) { return state_->find(id); }

Result<IssuedToken, AccountError> Accounts::issue_token(const Actor& by, AccountId id, const std::string& name, const std::vector<std::string>& scopes, Day last_day) {
  const auto refused = [](const char* ja, const char* en) { return AccountError{AccountErrorKind::kToken, {ja, en}}; };
  if (name.empty() || name.size() > kTokenNameBytesMax) return refused("何に使うトークンか、100バイトまでの名前を付けてください。", "Name the token after its use, in up to 100 bytes.");
  if (scopes.empty() || !std::all_of(scopes.begin(), scopes.end(), is_scope))
    return refused("範囲は「people:read」「cases:write」のように一つ以上指定してください。", "Give at least one scope, such as people:read or cases:write.");
  const Day today = local_day(now());
  if (last_day < today || last_day - today > kTokenValidMax) return refused("有効な最終日は、今日から366日以内にしてください。", "The last day must lie within 366 days from today.");
  IssuedToken issued{.id = state_->ids.make<TokenId>(), .token = kTokenPrefix + random_token()};
  const auto account = state_->record(by, id, [&]() -> Result<Body, AccountError> {
    const auto one = state_->open_one(id);
    if (!one) return one.error();
    if (one->person) return refused("トークンは、職員でない業務用のアカウントだけに発行できます。", "Only service accounts, which are nobody's, have tokens.");
    const auto live = std::count_if(one->tokens.begin(), one->tokens.end(), [&](const auto& token) { return !token.second.revoked && token.second.last_day >= today; });
    if (static_cast<std::size_t>(live) >= kTokensMax) return refused("トークンは一つのアカウントに20までです。", "An account may have 20 tokens.");
    return Body{TokenIssued{.account = id, .token = issued.id, .name = name, .scopes = scopes, .last_day = last_day}};
  });
  if (!account) return account.error();
  if (auto error = state_->credentials->change(id, [&](Credential& one) { one.tokens[issued.id] = token_digest(issued.token); })) return of_file(*error);
  return issued;
}

Result<Account, AccountError> Accounts::revoke_token(const Actor& by, AccountId id, TokenId token) {
  auto account = state_->record(by, id, [&]() -> Result<Body, AccountError> {
    const auto one = state_->open_one(id);
    if (!one) return one.error();
    const auto found = one->tokens.find(token);
    if (found == one->tokens.end() || found->second.revoked) return AccountError{AccountErrorKind::kNoSuchAccount, {"そのトークンはありません。", "There is no such token."}};
    return Body{TokenRevoked{.account = id, .token = token}};
  });
  if (!account) return account;
  if (auto error = state_->credentials->change(id, [&](Credential& one) { one.tokens.erase(token); })) return of_file(*error);
  return account;
}

Result<Account, AccountError> Accounts::link_identity(const Actor& by, AccountId id, const std::string& issuer, const std::string& subject) {
  if (issuer.empty() || subject.empty() || issuer.size() > kIdentityBytesMax || subject.size() > kIdentityBytesMax)
    return AccountError{AccountErrorKind::kIdentityTaken, {"発行者と識別子を、それぞれ1,024バイトまでで指定してください。", "Give issuer and subject, of up to 1,024 bytes each."}};
  return state_->record(by, id, [&]() -> Result<Body, AccountError> {
    if (const auto one = state_->open_one(id); !one) return one.error();
    if (const auto held = state_->by_identity.find({issuer, subject}); held != state_->by_identity.end())
      return AccountError{AccountErrorKind::kIdentityTaken, {"この人は別のアカウントと結び付いています。", "That identity belongs to an account already."}};
    return Body{IdentityLinked{.account = id, .issuer = issuer, .subject = subject}};
  });
}

Result<Account, AccountError> Accounts::remove_second_factor(const Actor& by, AccountId id) {
  auto account = state_->record(by, id, [&]() -> Result<Body, AccountError> {
    const auto one = state_->open_one(id);
    if (!one) return one.error();
    if (!state_->completed(*one).second_factor) return AccountError{AccountErrorKind::kNotEnrolling, {"二つ目の要素はありません。", "There is no second factor."}};
    return Body{SecondFactorSet{.account = id, .kind = "none"}};
  });
  if (!account) return account;
  const auto forget = [](Credential& one) {
    one.totp.clear();
    one.totp_last = 0;
    one.recovery.clear();
  };
  if (auto error = state_->credentials->change(id, forget)) return of_file(*error);
  state_->sessions.end_all(id);
  return state_->completed(*account);
}

std::optional<Account> Accounts::find_identity(const std::string& issuer, const std::string& subject) {
  return state_->with_accounts([&]() -> std::optional<Account> {
    const auto found = state_->by_identity.find({issuer, subject});
    return found == state_->by_identity.end() ? std::nullopt : std::optional(state_->completed(state_->accounts.at(found->second)));
  });
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

std::optional<Accounts::KnownToken> Accounts::identify_token(std::string_view token) {
  const auto whose = token.starts_with(kTokenPrefix) ? state_->credentials->find_token(token_digest(token)) : std::nullopt;
  if (!whose) return std::nullopt;
  return state_->with_accounts([&]() -> std::optional<KnownToken> {
    const auto account = state_->open_one(whose->first);
    if (!account) return std::nullopt;
    const auto issued = account->tokens.find(whose->second);
    if (issued == account->tokens.end() || issued->second.revoked || issued->second.last_day < local_day(now())) return std::nullopt;
    return KnownToken{{.account = account->id, .person = account->person, .roles = account->roles}, whose->second, issued->second.scopes};
  });
}

Sessions& Accounts::sessions() { return state_->sessions; }
Instant Accounts::now() const { return state_->office.now(); }

}  // namespace rireki::api
