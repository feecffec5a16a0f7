#include "api/account_changes.h"
#include "api/cli/commands.h"
#include "api/import_plan.h"

namespace rireki::api {
namespace {

struct Options {
  std::string login, person, issuer, subject, name, token;
  std::vector<std::string> roles, scopes;
  int days = 90;
  bool no_password = false;
};

ExitCode fail(const Console& console, const AccountError& error) {
  const bool machine = error.kind == AccountErrorKind::kLog || error.kind == AccountErrorKind::kFile || error.kind == AccountErrorKind::kBusy;
  return console.fail(machine ? ExitCode::kCannotRun : ExitCode::kRefused, machine ? "cannot-run" : "refused", error.message);
}

nlohmann::json tokens_json(const Account& account) {
  nlohmann::json all = nlohmann::json::array();
  for (const auto& [id, token] : account.tokens)
    all.push_back({{"id", to_text(id)}, {"name", token.name}, {"scopes", token.scopes}, {"last_day", iso(token.last_day)}, {"revoked", token.revoked}});
  return all;
}

nlohmann::json to_json(const Account& account) {
  return {{"login", account.login}, {"id", to_text(account.id)}, {"person", account.person ? nlohmann::json(to_text(account.person)) : nlohmann::json()},
          {"roles", account.roles}, {"closed", account.closed}, {"has_password", account.has_password}, {"second_factor", account.second_factor},
          {"tokens", tokens_json(account)}, {"identities", account.identities.size()}};
}

void show(const Console& console, const Account& account) {
  if (console.json()) return console.print(to_json(account));
  std::string roles;
  for (const auto& role : account.roles) roles += (roles.empty() ? "" : ",") + role;
  console.print(account.login + "\t" + to_text(account.id) + "\t" + (account.person ? to_text(account.person) : "-") + "\t" + roles + (account.closed ? "\tclosed" : ""));
}

void tell_password(const Console& console, const std::string& login, const std::string& password) {
  if (console.json()) return console.print(nlohmann::json{{"login", login}, {"password", password}});
  console.say({"パスワードはいま一度だけ表示します:", "The password is shown this once:"});
  console.print(login + "  " + password);
}

// Opens the folder and its accounts, finds the account if one is named, and hands both over.
ExitCode with_accounts(const Console& console, const std::string& data, const std::function<ExitCode(OpenFolder&, Accounts&)>& use) {
  auto opened = open_folder(data);
  if (!opened) return fail(console, opened.error());
  auto accounts = Accounts::open(*opened->office, *opened->ids, opened->accounts());
  if (!accounts) return console.fail(ExitCode::kCannotRun, "credentials", accounts.error().message);
  return use(*opened, **accounts);
}
ExitCode with_account(const Console& console, const std::string& data, const std::string& login, const std::function<ExitCode(Accounts&, const Account&)>& use) {
  return with_accounts(console, data, [&](OpenFolder&, Accounts& accounts) {
    const auto account = accounts.find(login);
    if (!account) return console.fail(ExitCode::kRefused, "no-such-account", {"そのログイン名のアカウントはありません。", "There is no account of that login."});
    return use(accounts, *account);
  });
}

void tell_token(const Console& console, const IssuedToken& issued, Day last_day) {
  if (console.json()) return console.print(nlohmann::json{{"id", to_text(issued.id)}, {"token", issued.token}, {"last_day", iso(last_day)}});
  console.say({"トークンはいま一度だけ表示します（" + iso(last_day) + "まで）:", "The token is shown this once (until " + iso(last_day) + "):"});
  console.print(to_text(issued.id) + "  " + issued.token);
}

// Where two people could decide it, they do: then the operator only carries out what they decided.
ExitCode change(const Console& console, Accounts& accounts, const AccountChange& wanted) {
  if (takes_two(accounts, wanted) && two_people_can(accounts, rights_of("account-change")))
    return console.fail(ExitCode::kRefused, "two-people",
                        {"権限の強い役割に関わる変更は二人で行います。管理者がサインインして提案し、別の人が承認したあと、rireki proposals carry-out ID で行ってください。",
                         "What concerns a powerful role takes two people: an administrator signs in and proposes it, somebody else approves it, then: rireki proposals carry-out ID."});
  const auto changed = apply(accounts, Actor{}, wanted);
  if (!changed) return fail(console, changed.error());
  if (changed->token) tell_token(console, *changed->token, wanted.last_day);
  else if (!changed->password.empty()) tell_password(console, changed->account.login, changed->password);
  else show(console, changed->account);
  return ExitCode::kOk;
}

ExitCode add(const Console& console, const std::string& data, const Options& options) {
  return with_accounts(console, data, [&](OpenFolder& opened, Accounts& accounts) {
    PersonId person;
    if (!options.person.empty()) {
      const auto people = people_by_staff_number(*opened.log);
      const auto known = people.find(options.person);
      const auto id = parse<PersonId>(options.person);
      bool registered = known != people.end();
      if (registered) person = known->second;
      else if (id) opened.office->with_context([&](const DecisionContext& context) { registered = context.reg.person(person = *id, {context.today()}).has_value(); });
      if (!registered) return console.fail(ExitCode::kRefused, "known-person", {"台帳にない職員です。", "The register does not know this person."});
    }
    return change(console, accounts, {.change = "open", .login = options.login, .person = person, .with_password = !options.no_password, .roles = {options.roles.begin(), options.roles.end()}});
  });
}

ExitCode roles(const Console& console, const std::string& data, const Options& options) {
  return with_account(console, data, options.login, [&](Accounts& accounts, const Account& account) {
    return change(console, accounts, {.change = "roles", .account = account.id, .roles = {options.roles.begin(), options.roles.end()}});
  });
}

ExitCode password(const Console& console, const std::string& data, const Options& options) {
  return with_account(console, data, options.login, [&](Accounts& accounts, const Account& account) { return change(console, accounts, {.change = "password", .account = account.id}); });
}

ExitCode close(const Console& console, const std::string& data, const Options& options) {
  return with_account(console, data, options.login, [&](Accounts& accounts, const Account& account) {
    const auto closed = accounts.close(Actor{}, account.id);
    if (!closed) return fail(console, closed.error());
    show(console, *closed);
    return ExitCode::kOk;
  });
}

ExitCode link(const Console& console, const std::string& data, const Options& options) {
  return with_account(console, data, options.login, [&](Accounts& accounts, const Account& account) {
    return change(console, accounts, {.change = "link", .account = account.id, .issuer = options.issuer, .subject = options.subject});
  });
}

ExitCode issue_token(const Console& console, const std::string& data, const Options& options) {
  return with_account(console, data, options.login, [&](Accounts& accounts, const Account& account) {
    return change(console, accounts, {.change = "token", .account = account.id, .name = options.name, .scopes = options.scopes, .last_day = local_day(accounts.now()) + std::chrono::days{options.days}});
  });
}

ExitCode revoke_token(const Console& console, const std::string& data, const Options& options) {
  return with_account(console, data, options.login, [&](Accounts& accounts, const Account& account) {
    const auto token = parse<TokenId>(options.token);
    const auto revoked = accounts.revoke_token(Actor{}, account.id, token.value_or(TokenId{}));
    if (!revoked) return fail(console, revoked.error());
    show(console, *revoked);
    return ExitCode::kOk;
  });
}

ExitCode remove_second_factor(const Console& console, const std::string& data, const Options& options) {
  return with_account(console, data, options.login, [&](Accounts& accounts, const Account& account) { return change(console, accounts, {.change = "remove-second-factor", .account = account.id}); });
}

ExitCode list(const Console& console, const std::string& data) {
  return with_accounts(console, data, [&](OpenFolder&, Accounts& accounts) {
    for (const auto& account : accounts.list()) show(console, account);
    return ExitCode::kOk;
  });
}

}  // namespace

void add_user_command(CLI::App& app, Invocation& invocation) {
  auto* user = app.add_subcommand("user", "アカウントを作る・変える・一覧する・閉じる / open, change, list and close accounts");
  user->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  const std::vector<std::string> known_roles(std::begin(kRoles), std::end(kRoles));
  const auto command = [&](const char* name, const char* words, ExitCode (*run)(const Console&, const std::string&, const Options&), bool with_roles) {
    auto* sub = user->add_subcommand(name, words);
    sub->add_option("login", options->login, "ログイン名 / login")->required();
    if (with_roles) sub->add_option("--role", options->roles, "役割（くり返せる） / roles, repeatable")->required()->check(CLI::IsMember(known_roles));
    sub->callback([&invocation, options, run] { invocation.chosen = [&invocation, options, run](const Console& console) { return run(console, invocation.data, *options); }; });
    return sub;
  };
  auto* added = command("add", "作る（パスワードを一度だけ表示） / open one; its password is shown once", &add, true);
  added->add_option("--person", options->person, "職員番号か id（なければ業務用） / staff number or id (none: a service account)");
  added->add_flag("--no-password", options->no_password, "認証基盤・プロキシ・トークンだけで使う / used by the identity provider, the proxy or tokens alone");
  command("roles", "役割を置き換える / replace its roles", &roles, true);
  command("password", "新しいパスワードを一度だけ表示 / a new password, shown once", &password, false);
  command("close", "閉じる（記録は残る） / close it; its records stay", &close, false);
  auto* linked = command("link", "認証基盤での人と結び付ける / tie it to somebody at the identity provider", &link, false);
  linked->add_option("--issuer", options->issuer, "発行者（iss） / issuer")->required();
  linked->add_option("--subject", options->subject, "識別子（sub） / subject")->required();
  auto* issued = command("token", "業務用アカウントのトークンを一度だけ表示 / a token for a service account, shown once", &issue_token, false);
  issued->add_option("--name", options->name, "何に使うか / what it is for")->required();
  issued->add_option("--scope", options->scopes, "範囲（people:read など、くり返せる） / scopes such as people:read, repeatable")->required();
  issued->add_option("--days", options->days, "有効な日数 / days it is valid")->check(CLI::Range(0, 366))->capture_default_str();
  command("revoke-token", "トークンを取り消す / revoke a token", &revoke_token, false)->add_option("--token", options->token, "トークンの id / its id")->required();
  command("remove-second-factor", "認証アプリを外す（端末をなくしたとき） / remove its authenticator app, when the device is lost", &remove_second_factor, false);
  auto* sub = user->add_subcommand("list", "一覧 / list");
  sub->callback([&invocation] { invocation.chosen = [&invocation](const Console& console) { return list(console, invocation.data); }; });
  user->footer(
      "例 / examples:\n"
      "  rireki user add tanaka --person 00001234 --role staff --role manager\n"
      "  rireki user roles tanaka --role staff\n"
      "  rireki user password tanaka\n"
      "  rireki user token payroll --name 給与連携 --scope people:read --days 180\n"
      "\n"
      "権限の強い役割は、承認できる人がそろったら二人で変えます（rireki proposals）。\n"
      "Powerful roles change by two people as soon as there are two who could (rireki proposals).\n"
      "役割 / roles: staff 職員, manager 管理職, hr 人事, occupational-health 産業保健, harassment-handler ハラスメント相談員,\n"
      "auditor 監査, privacy-officer 個人情報保護, key-custodian 鍵の管理, administrator 管理者");
}

}  // namespace rireki::api
