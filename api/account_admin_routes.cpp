#include "api/account_admin_routes.h"

#include "api/accounts_routes.h"
#include "api/control_routes.h"
#include "api/http/problem.h"
#include "api/request_body.h"
#include "api/resources/schema.h"

namespace rireki::api {
namespace {

using nlohmann::json;

Problem not_yours() {
  return refused({.rule = "not-entitled", .source = "security: accounts", .message = {"アカウントを管理する役割がありません。", "Your role does not manage accounts."}, .facts = {}, .fields = {}});
}

using namespace schema;
json texts() { return list(text()); }

json changed_schema() {
  return object({{"account", or_null(any_object())}, {"proposal", or_null(text())}, {"password", or_null(text())}, {"token", or_null(object({{"id", text()}, {"token", text()}}))}});
}

using Read = std::function<std::optional<Problem>(const json& body, AccountChange& into)>;
struct Changing {
  const char* path;
  const char* operation;
  Text summary;
  const char* change;
  json schema;
  Read read;  // members beside "reason"
};

// Done at once, or proposed where it takes two.
Route change_route(Accounts& accounts, FourEyes& two, const Changing& what) {
  return {.method = "POST", .path = what.path, .operation_id = what.operation, .summary = what.summary, .step_up = true, .request_schema = what.schema, .response_schema = changed_schema(),
          .problems = {400, 401, 403, 404, 415, 422, 503},
          .handler = [&accounts, &two, change = std::string(what.change), read = what.read](std::shared_ptr<const Request> request, Reply reply) {
            const auto refuse = [&](const Problem& why) { reply(problem(why, request->language)); };
            const json body = request->json.is_null() ? json::object() : request->json;
            if (!body.is_object()) return refuse(malformed("", {"JSONのオブジェクトを送ってください。", "Send a JSON object."}));
            AccountChange wanted{.change = change};
            if (auto p = read_text(body, "reason", wanted.reason)) return refuse(*p);
            if (auto p = read(body, wanted)) return refuse(*p);
            if (!decide_access(request->actor->roles, Relation::kNone, Action::kManageAccounts)) return refuse(not_yours());
            if (change != "open") {
              const auto id = parse<AccountId>(request->path_params.at("id"));
              if (!id || !accounts.find(*id)) return refuse(not_found());
              wanted.account = *id;
            }
            if (takes_two(accounts, wanted)) {
              if (wanted.reason.empty()) return refuse(malformed("/reason", {"二人で行う変更には理由を書いてください。", "What takes two people needs a reason."}));
              const auto proposed = two.propose(*request->actor, request->session, "account-change", to_json(wanted));
              if (!proposed) return refuse(problem_of(proposed.error()));
              return reply(json_response(200, json{{"account", nullptr}, {"proposal", to_text(*proposed)}, {"password", nullptr}, {"token", nullptr}}));
            }
            const auto changed = apply(accounts, *request->actor, wanted);
            if (!changed) return refuse(problem_of(changed.error()));
            reply(json_response(200, described(*changed)));
          }};
}

std::optional<Problem> read_list(const json& body, const char* name, std::vector<std::string>& into) {
  const auto list = body.find(name);
  if (list == body.end() || !list->is_array()) return malformed(std::string("/") + name, {"一覧を送ってください。", "Send a list."});
  for (const auto& one : *list) {
    if (!one.is_string()) return malformed(std::string("/") + name, {"文字列の一覧を送ってください。", "Send a list of strings."});
    into.push_back(one.get<std::string>());
  }
  return std::nullopt;
}
std::optional<Problem> read_roles(const json& body, AccountChange& into) {
  std::vector<std::string> roles;
  if (auto p = read_list(body, "roles", roles)) return p;
  into.roles = {roles.begin(), roles.end()};
  return std::nullopt;
}

std::optional<Problem> read_opening_of_account(const json& body, AccountChange& into) {
  if (auto p = unknown_members(body, {"login", "person", "roles", "with_password", "reason"})) return p;
  if (auto p = read_text(body, "login", into.login)) return p;
  std::string person;
  if (auto p = read_text(body, "person", person)) return p;
  if (!person.empty()) {
    const auto id = parse<PersonId>(person);
    if (!id) return malformed("/person", {"職員のIDを指定してください。", "Give the id of a person."});
    into.person = *id;
  }
  if (const auto given = body.find("with_password"); given != body.end()) {
    if (!given->is_boolean()) return malformed("/with_password", {"true か false で送ってください。", "Send true or false."});
    into.with_password = given->get<bool>();
  }
  return read_roles(body, into);
}
std::optional<Problem> read_role_change(const json& body, AccountChange& into) {
  if (auto p = unknown_members(body, {"roles", "reason"})) return p;
  return read_roles(body, into);
}
std::optional<Problem> read_no_more(const json& body, AccountChange&) { return unknown_members(body, {"reason"}); }
std::optional<Problem> read_link(const json& body, AccountChange& into) {
  if (auto p = unknown_members(body, {"issuer", "subject", "reason"})) return p;
  if (auto p = read_text(body, "issuer", into.issuer)) return p;
  return read_text(body, "subject", into.subject);
}
std::optional<Problem> read_token(const json& body, AccountChange& into) {
  if (auto p = unknown_members(body, {"name", "scopes", "last_day", "reason"})) return p;
  if (auto p = read_text(body, "name", into.name)) return p;
  if (auto p = read_list(body, "scopes", into.scopes)) return p;
  std::string day;
  if (auto p = read_text(body, "last_day", day)) return p;
  const auto parsed = parse_iso(day);
  if (!parsed) return malformed("/last_day", {"2026-04-01 の形で送ってください。", "Send a day such as 2026-04-01."});
  into.last_day = *parsed;
  return std::nullopt;
}

Route plain_route(const char* method, const char* path, const char* operation, Text summary, Accounts& accounts, std::function<Result<Account, AccountError>(const Request&, AccountId)> act) {
  return {.method = method, .path = path, .operation_id = operation, .summary = std::move(summary), .step_up = true, .request_schema = std::string(method) == "POST" ? object_schema({}, {}) : json(),
          .success = 204, .problems = std::string(method) == "POST" ? std::vector<int>{400, 401, 403, 404, 415, 422, 503} : std::vector<int>{401, 403, 404, 422, 503},
          .handler = [&accounts, act = std::move(act)](std::shared_ptr<const Request> request, Reply reply) {
            if (const auto wrong = read_strings(request->json, {})) return reply(problem(*wrong, request->language));
            if (!decide_access(request->actor->roles, Relation::kNone, Action::kManageAccounts)) return reply(problem(not_yours(), request->language));
            const auto id = parse<AccountId>(request->path_params.at("id"));
            if (!id || !accounts.find(*id)) return reply(problem(not_found(), request->language));
            const auto done = act(*request, *id);
            if (!done) return reply(problem(problem_of(done.error()), request->language));
            reply({.status = 204});
          }};
}

}  // namespace

json described(const AccountChanged& changed) {
  return {{"account", described(changed.account)}, {"proposal", nullptr}, {"password", changed.password.empty() ? json() : json(changed.password)},
          {"token", changed.token ? json{{"id", to_text(changed.token->id)}, {"token", changed.token->token}} : json()}};
}

void add_account_admin_routes(std::vector<Route>& routes, Accounts& accounts, FourEyes& two) {
  const json reason = text();
  const Changing changes[] = {
      {"/api/accounts", "openAccount", {"アカウントを作る（権限の強い役割は、別の人の承認のあと）", "Open an account; with a powerful role, after another person approved"}, "open",
       object_schema({{"login", text()}, {"person", text()}, {"roles", texts()}, {"with_password", {{"type", "boolean"}}}, {"reason", reason}}, {"login", "roles"}), read_opening_of_account},
      {"/api/accounts/{id}/roles", "setRoles", {"役割を置き換える（権限の強い役割を加えるには、別の人の承認）", "Replace its roles; adding a powerful one takes a second person"}, "roles",
       object_schema({{"roles", texts()}, {"reason", reason}}, {"roles"}), read_role_change},
      {"/api/accounts/{id}/password", "resetPassword", {"新しいパスワードを一度だけ返す", "A new password, told once"}, "password", object_schema({{"reason", reason}}, {}), read_no_more},
      {"/api/accounts/{id}/second-factor-removal", "removeSecondFactorOf", {"認証アプリを外す（端末をなくしたとき）", "Remove its authenticator app, when the device is lost"}, "remove-second-factor",
       object_schema({{"reason", reason}}, {}), read_no_more},
      {"/api/accounts/{id}/identities", "linkIdentity", {"認証基盤での人と結び付ける", "Tie it to somebody at the identity provider"}, "link",
       object_schema({{"issuer", text()}, {"subject", text()}, {"reason", reason}}, {"issuer", "subject"}), read_link},
      {"/api/accounts/{id}/tokens", "issueToken", {"業務用アカウントのトークンを一度だけ返す", "A token for a service account, told once"}, "token",
       object_schema({{"name", text()}, {"scopes", texts()}, {"last_day", {{"type", "string"}, {"format", "date"}}}, {"reason", reason}}, {"name", "scopes", "last_day"}), read_token}};
  for (const auto& one : changes) routes.push_back(change_route(accounts, two, one));
  routes.push_back(plain_route("DELETE", "/api/accounts/{id}/tokens/{token}", "revokeToken", {"トークンを取り消す", "Revoke a token"}, accounts, [&accounts](const Request& request, AccountId id) {
    return accounts.revoke_token(*request.actor, id, parse<TokenId>(request.path_params.at("token")).value_or(TokenId{}));
  }));
  routes.push_back(plain_route("DELETE", "/api/accounts/{id}/sessions", "endSessionsOf", {"すべてのセッションを終える", "End all of its sessions"}, accounts, [&accounts](const Request&, AccountId id) {
    accounts.sessions().end_all(id);
    return Result<Account, AccountError>(*accounts.find(id));
  }));
  routes.push_back(plain_route("POST", "/api/accounts/{id}/closing", "closeAccount", {"アカウントを閉じる（記録は残る）", "Close it; its records stay"}, accounts, [&accounts](const Request& request, AccountId id) { return accounts.close(*request.actor, id); }));
}

}  // namespace rireki::api
