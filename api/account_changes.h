// What an administrator changes of an account. Whatever gives somebody a powerful role, or gets somebody into an account that has one, takes two people:
// else whoever manages accounts could read every record by way of another's.
#pragma once

#include "api/accounts.h"
#include "api/four_eyes.h"

namespace rireki::api {

struct AccountChange {
  std::string change;                // "open" "roles" "password" "remove-second-factor" "link" "token"
  AccountId account;                 // all but "open"
  std::string login;                 // "open"
  PersonId person;
  bool with_password = true;
  std::set<std::string> roles;       // "open" "roles"
  std::string issuer, subject;       // "link"
  std::string name;                  // "token"
  std::vector<std::string> scopes;
  Day last_day{};
  std::string reason;
};
nlohmann::json to_json(const AccountChange& change);
std::optional<AccountChange> parse_account_change(const nlohmann::json& content);

struct AccountChanged {
  Account account;
  std::string password;              // told once
  std::optional<IssuedToken> token;  // likewise
};

bool takes_two(Accounts& accounts, const AccountChange& change);
// Are there somebody who may propose and somebody else who may approve, both able to sign in? Until then the machine's operator acts alone.
bool two_people_can(Accounts& accounts, const ProposalRights& rights);

Result<AccountChanged, AccountError> apply(Accounts& accounts, const Actor& by, const AccountChange& change);
// Of an approved proposal of kind "account-change".
Result<AccountChanged, ControlError> carry_out_account_change(FourEyes& two, Accounts& accounts, const Actor& by, ProposalId id);

}  // namespace rireki::api
