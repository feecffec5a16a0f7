#include "api/account_changes.h"

#include <algorithm>

namespace rireki::api {

using nlohmann::json;

json to_json(const AccountChange& change) {
  json content = {{"change", change.change}, {"reason", change.reason}};
  if (change.account) content["account"] = to_text(change.account);
  if (change.change == "open") content.update({{"login", change.login}, {"with_password", change.with_password}});
  if (change.person) content["person"] = to_text(change.person);
  if (change.change == "open" || change.change == "roles") content["roles"] = change.roles;
  if (change.change == "link") content.update({{"issuer", change.issuer}, {"subject", change.subject}});
  if (change.change == "token") content.update({{"name", change.name}, {"scopes", change.scopes}, {"last_day", iso(change.last_day)}});
  return content;
}

std::optional<AccountChange> parse_account_change(const json& content) {
  if (!content.is_object()) return std::nullopt;
  AccountChange change{.change = content.value("change", ""), .login = content.value("login", ""), .with_password = content.value("with_password", true), .issuer = content.value("issuer", ""),
                       .subject = content.value("subject", ""), .name = content.value("name", ""), .reason = content.value("reason", "")};
  if (const auto account = parse<AccountId>(content.value("account", ""))) change.account = *account;
  if (const auto person = parse<PersonId>(content.value("person", ""))) change.person = *person;
  if (content.contains("roles")) change.roles = content["roles"].get<std::set<std::string>>();
  if (content.contains("scopes")) change.scopes = content["scopes"].get<std::vector<std::string>>();
  if (const auto day = parse_iso(content.value("last_day", ""))) change.last_day = *day;
  return change;
}

bool takes_two(Accounts& accounts, const AccountChange& change) {
  const auto privileged = [](const std::set<std::string>& roles) { return std::any_of(roles.begin(), roles.end(), [](const std::string& role) { return is_privileged(role); }); };
  if (change.change == "open") return privileged(change.roles);
  const auto account = accounts.find(change.account);
  if (!account) return false;
  if (change.change != "roles") return privileged(account->roles);
  std::set<std::string> added;
  std::set_difference(change.roles.begin(), change.roles.end(), account->roles.begin(), account->roles.end(), std::inserter(added, added.end()));
  return privileged(added);
}

bool two_people_can(Accounts& accounts, const ProposalRights& rights) {
  int propose = 0, approve = 0, either = 0;
  for (const auto& account : accounts.list()) {
    if (account.closed || (!account.has_password && account.identities.empty())) continue;
    const bool proposes = decide_access(account.roles, Relation::kNone, rights.propose).allowed, approves = decide_access(account.roles, Relation::kNone, rights.approve).allowed;
    propose += proposes;
    approve += approves;
    either += proposes || approves;
  }
  return propose >= 1 && approve >= 1 && either >= 2;
}

Result<AccountChanged, AccountError> apply(Accounts& accounts, const Actor& by, const AccountChange& change) {
  const auto changed = [](Result<Account, AccountError> account) -> Result<AccountChanged, AccountError> {
    if (!account) return account.error();
    return AccountChanged{.account = std::move(*account), .password = {}, .token = {}};
  };
  if (change.change == "open") {
    auto opened = accounts.open_account(by, change.login, change.person, change.roles, change.with_password);
    if (!opened) return opened.error();
    return AccountChanged{.account = std::move(opened->account), .password = std::move(opened->password), .token = {}};
  }
  if (change.change == "roles") return changed(accounts.set_roles(by, change.account, change.roles));
  if (change.change == "remove-second-factor") return changed(accounts.remove_second_factor(by, change.account));
  if (change.change == "link") return changed(accounts.link_identity(by, change.account, change.issuer, change.subject));
  if (change.change == "password") {
    auto password = accounts.reset_password(change.account);
    if (!password) return password.error();
    return AccountChanged{.account = *accounts.find(change.account), .password = std::move(*password), .token = {}};
  }
  auto token = accounts.issue_token(by, change.account, change.name, change.scopes, change.last_day);
  if (!token) return token.error();
  return AccountChanged{.account = *accounts.find(change.account), .password = {}, .token = std::move(*token)};
}

Result<AccountChanged, ControlError> carry_out_account_change(FourEyes& two, Accounts& accounts, const Actor& by, ProposalId id) {
  return two.carry_out<AccountChanged>(by, id, "account-change", [&](const Proposal& proposal, Position seen) -> Result<AccountChanged, ControlError> {
    const auto change = parse_account_change(json::parse(proposal.proposed.content));
    if (!change) return refused_control("unknown-proposal", "その提案はありません。", "There is no such proposal.");
    // Said first: what a crash leaves undone between the two is proposed again, not done twice.
    const auto said = two.record(by, {ProposalCarriedOut{.proposal = id, .outcome = "account-change:" + change->change, .account = by.account, .by = by.person}}, seen);
    if (!said) return said.error();
    auto changed = apply(accounts, by, *change);
    if (!changed) return ControlError{{.rule = "account-rejected", .source = "security: accounts", .message = changed.error().message, .facts = {}, .fields = {}}};
    return std::move(*changed);
  });
}

}  // namespace rireki::api
