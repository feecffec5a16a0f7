#include "api/accounts_routes.h"

#include <algorithm>

#include "api/http/problem.h"
#include "domain/calendar.h"

namespace rireki::api {
namespace {

using nlohmann::json;

const char* cookie_name(bool behind_tls) { return behind_tls ? "__Host-rireki" : "rireki"; }

std::string cookie(bool behind_tls, const std::string& token) {
  return std::string(cookie_name(behind_tls)) + "=" + token + "; Path=/; HttpOnly; SameSite=Lax" + (behind_tls ? "; Secure" : "") + (token.empty() ? "; Max-Age=0" : "");
}

// None if the cookie is not there, or there twice: then a page of a neighbouring host may have planted one.
std::optional<std::string> token_of(const Request& request, bool behind_tls) {
  const auto header = request.headers.find("cookie");
  if (header == request.headers.end()) return std::nullopt;
  const std::string wanted = std::string(cookie_name(behind_tls)) + "=";
  std::optional<std::string> token;
  for (std::string_view rest = header->second; !rest.empty();) {
    const auto end = std::min(rest.find(';'), rest.size());
    std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (!pair.starts_with(wanted)) continue;
    if (token) return std::nullopt;
    token = pair.substr(wanted.size());
  }
  return token;
}

json described(const Account& account) {
  json value = {{"id", to_text(account.id)}, {"login", account.login}, {"roles", account.roles}, {"person", nullptr}};
  if (account.person) value["person"] = to_text(account.person);
  return value;
}

json described(const Account& account, const Session& session, const Sessions& sessions) {
  return {{"account", described(account)}, {"session", session.id}, {"begun", iso_utc(session.begun)}, {"csrf", sessions.csrf_token(session.key)}};
}

Problem problem_of(const AccountError& error) {
  const auto of = [&](std::string_view kind) {
    Problem problem = problem_of_kind(kind, error.message);
    if (error.retry_after.count() > 0) problem.retry_after = static_cast<int>(error.retry_after.count());
    return problem;
  };
  switch (error.kind) {
    case AccountErrorKind::kWrongPassword: return of("sign-in-failed");
    case AccountErrorKind::kTooManyAttempts: return of("too-many-attempts");
    case AccountErrorKind::kBusy: return of("busy");
    case AccountErrorKind::kPassword: return of("password-rejected");
    case AccountErrorKind::kNoSuchAccount: return not_found();
    default: return problem_of_kind("storage");  // the message may name files: it is for the operator
  }
}

// Exactly these members, each a string.
std::optional<Problem> strings_of(const json& body, std::initializer_list<std::pair<const char*, std::string*>> members) {
  Problem malformed = problem_of_kind("malformed");
  if (!body.is_object()) return malformed;
  for (const auto& [name, value] : body.items())
    if (std::none_of(members.begin(), members.end(), [&, n = &name](const auto& member) { return *n == member.first; }))
      malformed.fields.push_back({"/" + name, {"この項目はありません。", "There is no such member."}});
  for (const auto& [name, into] : members) {
    const auto found = body.find(name);
    if (found != body.end() && found->is_string()) *into = found->get<std::string>();
    else malformed.fields.push_back({std::string("/") + name, {"文字列で送ってください。", "Send a string."}});
  }
  return malformed.fields.empty() ? std::nullopt : std::optional(malformed);
}

json strings_schema(std::initializer_list<const char*> names) {
  json schema = {{"type", "object"}, {"required", json::array()}, {"properties", json::object()}, {"additionalProperties", false}};
  for (const char* name : names) {
    schema["required"].push_back(name);
    schema["properties"][name] = {{"type", "string"}};
  }
  return schema;
}

const json& session_schema() {
  static const json schema = {
      {"type", "object"},
      {"required", {"account", "session", "begun", "csrf"}},
      {"properties",
       {{"account",
         {{"type", "object"},
          {"required", {"id", "login", "roles", "person"}},
          {"properties",
           {{"id", {{"type", "string"}}}, {"login", {{"type", "string"}}}, {"roles", {{"type", "array"}, {"items", {{"type", "string"}, {"enum", kRoles}}}}}, {"person", {{"type", {"string", "null"}}}}}}}},
        {"session", {{"type", "string"}}},
        {"begun", {{"type", "string"}, {"format", "date-time"}}},
        {"csrf", {{"type", "string"}, {"description", "for X-Rireki-CSRF, where neither Sec-Fetch-Site nor Origin is sent"}}}}}};
  return schema;
}

// Answers a sign-in or a new password: the new session's cookie and who one is now.
auto answer_with_session(Accounts& accounts, bool behind_tls, std::shared_ptr<const Request> request, Reply reply) {
  return [&accounts, behind_tls, request = std::move(request), reply = std::move(reply)](Result<SignedIn, AccountError> signed_in) {
    if (!signed_in) {
      Response response = problem(problem_of(signed_in.error()), request->language);
      if (response.status == 401) response.headers.emplace_back("WWW-Authenticate", "RirekiSession");
      return reply(std::move(response));
    }
    if (!request->session.empty()) accounts.sessions().end(request->session);  // a session is never taken over by another sign-in
    Response response = json_response(200, described(signed_in->account, signed_in->begun.session, accounts.sessions()));
    response.headers.emplace_back("Set-Cookie", cookie(behind_tls, signed_in->begun.token));
    reply(std::move(response));
  };
}

Route sign_in_route(Accounts& accounts, bool behind_tls) {
  return {.method = "POST", .path = "/api/session", .operation_id = "signIn",
          .summary = {"サインイン", "Sign in"}, .needs_session = false,
          .request_schema = strings_schema({"login", "password"}), .response_schema = session_schema(), .problems = {400, 401, 403, 415, 429, 503},
          .handler = [&accounts, behind_tls](std::shared_ptr<const Request> request, Reply reply) {
            std::string login, password;
            if (const auto malformed = strings_of(request->json, {{"login", &login}, {"password", &password}})) return reply(problem(*malformed, request->language));
            if (password.size() > kPasswordBytesMax) password.clear();  // nobody has such a password; hashing it would be work for an attacker
            const std::string address = request->remote_address;
            accounts.sign_in(login, password, address, answer_with_session(accounts, behind_tls, std::move(request), std::move(reply)));
          }};
}

Route who_route(Accounts& accounts) {
  return {.method = "GET", .path = "/api/session", .operation_id = "readSession",
          .summary = {"自分のセッション", "One's own session"}, .response_schema = session_schema(), .problems = {401},
          .handler = [&accounts](std::shared_ptr<const Request> request, Reply reply) {
            const auto session = accounts.sessions().find(request->session, accounts.now());
            const auto account = accounts.find(request->actor->account);
            if (!session || !account) return reply(problem(problem_of_kind("not-signed-in"), request->language));
            reply(json_response(200, described(*account, *session, accounts.sessions())));
          }};
}

Route sign_out_route(Accounts& accounts, bool behind_tls) {
  return {.method = "DELETE", .path = "/api/session", .operation_id = "signOut",
          .summary = {"サインアウト", "Sign out"}, .success = 204, .problems = {401, 403},
          .handler = [&accounts, behind_tls](std::shared_ptr<const Request> request, Reply reply) {
            accounts.sessions().end(request->session);
            reply({.status = 204, .headers = {{"Set-Cookie", cookie(behind_tls, "")}, {"Clear-Site-Data", "\"cache\", \"cookies\", \"storage\""}}});
          }};
}

Route password_route(Accounts& accounts, bool behind_tls) {
  return {.method = "POST", .path = "/api/session/password", .operation_id = "changePassword",
          .summary = {"パスワードを変える（ほかのセッションは終わる）", "Change the password (all other sessions end)"},
          .request_schema = strings_schema({"current", "wanted"}), .response_schema = session_schema(), .problems = {400, 401, 403, 415, 422, 429, 503},
          .handler = [&accounts, behind_tls](std::shared_ptr<const Request> request, Reply reply) {
            std::string current, wanted;
            if (const auto malformed = strings_of(request->json, {{"current", &current}, {"wanted", &wanted}})) return reply(problem(*malformed, request->language));
            if (current.size() > kPasswordBytesMax) current.clear();
            const AccountId account = request->actor->account;
            accounts.change_password(account, current, wanted, answer_with_session(accounts, behind_tls, std::move(request), std::move(reply)));
          }};
}

Route sessions_route(Accounts& accounts) {
  const json item = {{"type", "object"},
                     {"required", {"id", "begun", "last_seen", "current"}},
                     {"properties",
                      {{"id", {{"type", "string"}}}, {"begun", {{"type", "string"}, {"format", "date-time"}}}, {"last_seen", {{"type", "string"}, {"format", "date-time"}}}, {"current", {{"type", "boolean"}}}}}};
  return {.method = "GET", .path = "/api/sessions", .operation_id = "listSessions",
          .summary = {"自分のセッションの一覧", "One's own sessions"}, .response_schema = {{"type", "array"}, {"items", item}}, .problems = {401},
          .handler = [&accounts](std::shared_ptr<const Request> request, Reply reply) {
            json all = json::array();
            for (const auto& session : accounts.sessions().of(request->actor->account, accounts.now()))
              all.push_back({{"id", session.id}, {"begun", iso_utc(session.begun)}, {"last_seen", iso_utc(session.last_seen)}, {"current", session.key == request->session}});
            reply(json_response(200, all));
          }};
}

Route end_session_route(Accounts& accounts) {
  return {.method = "DELETE", .path = "/api/sessions/{id}", .operation_id = "endSession",
          .summary = {"自分のセッションを終える", "End one of one's own sessions"}, .success = 204, .problems = {401, 403, 404},
          .handler = [&accounts](std::shared_ptr<const Request> request, Reply reply) {
            if (!accounts.sessions().end_by_id(request->actor->account, request->path_params.at("id"), accounts.now())) return reply(problem(not_found(), request->language));
            reply({.status = 204});
          }};
}

}  // namespace

void add_account_routes(std::vector<Route>& routes, Accounts& accounts, bool behind_tls) {
  routes.push_back(sign_in_route(accounts, behind_tls));
  routes.push_back(who_route(accounts));
  routes.push_back(sign_out_route(accounts, behind_tls));
  routes.push_back(password_route(accounts, behind_tls));
  routes.push_back(sessions_route(accounts));
  routes.push_back(end_session_route(accounts));
}

void identify_by(ServerOptions& options, Accounts& accounts) {
  options.identify = [&accounts, behind_tls = options.behind_tls](const Request& request) -> std::optional<Identity> {
    const auto token = token_of(request, behind_tls);
    auto known = token ? accounts.identify(*token) : std::nullopt;
    if (!known) return std::nullopt;
    return Identity{std::move(known->actor), std::move(known->session.key)};
  };
  options.csrf_matches = [&accounts](const std::string& session, const std::string& token) { return accounts.sessions().csrf_matches(session, token); };
}

}  // namespace rireki::api
