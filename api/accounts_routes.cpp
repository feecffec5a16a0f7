#include "api/accounts_routes.h"

#include <algorithm>

#include "api/http/problem.h"
#include "api/request_body.h"
#include "domain/calendar.h"

namespace rireki::api {
using nlohmann::json;

std::string set_cookie(const std::string& name, const std::string& value, bool behind_tls) {
  return (behind_tls ? "__Host-" : "") + name + "=" + value + "; Path=/; HttpOnly; SameSite=Lax" + (behind_tls ? "; Secure" : "") + (value.empty() ? "; Max-Age=0" : "");
}

std::optional<std::string> cookie_of(const Request& request, const std::string& name, bool behind_tls) {
  const auto header = request.headers.find("cookie");
  if (header == request.headers.end()) return std::nullopt;
  const std::string wanted = (behind_tls ? "__Host-" : "") + name + "=";
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
    case AccountErrorKind::kSecondFactorNeeded: return of("second-factor-needed");
    case AccountErrorKind::kCannotStepUp: return of("cannot-step-up");
    case AccountErrorKind::kNoSuchAccount: return not_found();
    case AccountErrorKind::kLoginForm: case AccountErrorKind::kLoginTaken: case AccountErrorKind::kUnknownRole: case AccountErrorKind::kClosed: case AccountErrorKind::kToken:
    case AccountErrorKind::kIdentityTaken: case AccountErrorKind::kNotEnrolling: return of("account-rejected");
    case AccountErrorKind::kLog: case AccountErrorKind::kFile: break;
  }
  return problem_of_kind("storage");  // the message may name files: it is for the operator
}

namespace {

json described(const Account& account, const Session& session, const Accounts& accounts, const Sessions& sessions) {
  return {{"account", described(account)}, {"session", session.id}, {"begun", iso_utc(session.begun)}, {"csrf", sessions.csrf_token(session.key)},
          {"method", session.proof.method}, {"second_factor", session.proof.second_factor}, {"stepped_up", sessions.is_fresh(session, accounts.now())},
          {"has_password", account.has_password}, {"has_second_factor", account.second_factor}, {"recovery_codes_left", accounts.recovery_codes_left(account.id)}};
}

const json& session_schema() {
  static const json schema = {
      {"type", "object"},
      {"required", {"account", "session", "begun", "csrf", "method", "second_factor", "stepped_up", "has_password", "has_second_factor", "recovery_codes_left"}},
      {"properties",
       {{"account",
         {{"type", "object"},
          {"required", {"id", "login", "roles", "person"}},
          {"properties",
           {{"id", {{"type", "string"}}}, {"login", {{"type", "string"}}}, {"roles", {{"type", "array"}, {"items", {{"type", "string"}, {"enum", kRoles}}}}}, {"person", {{"type", {"string", "null"}}}}}}}},
        {"session", {{"type", "string"}}},
        {"begun", {{"type", "string"}, {"format", "date-time"}}},
        {"csrf", {{"type", "string"}, {"description", "for X-Rireki-CSRF, where neither Sec-Fetch-Site nor Origin is sent"}}},
        {"method", {{"enum", {"password", "oidc", "proxy"}}}},
        {"second_factor", {{"type", "boolean"}, {"description", "this session was proved with a second factor"}}},
        {"stepped_up", {{"type", "boolean"}, {"description", "proved within the last five minutes"}}},
        {"has_password", {{"type", "boolean"}}},
        {"has_second_factor", {{"type", "boolean"}}},
        {"recovery_codes_left", {{"type", "integer"}}}}}};
  return schema;
}

// Answers a sign-in, a step up or a new password: the new session's cookie and who one is now.
auto answer_with_session(Accounts& accounts, bool behind_tls, std::shared_ptr<const Request> request, Reply reply) {
  return [&accounts, behind_tls, request = std::move(request), reply = std::move(reply)](Result<AccountSignedIn, AccountError> signed_in) {
    if (!signed_in) {
      Response response = problem(problem_of(signed_in.error()), request->language);
      if (response.status == 401) response.headers.emplace_back("WWW-Authenticate", "RirekiSession");
      return reply(std::move(response));
    }
    if (!request->session.empty()) accounts.sessions().end(request->session);  // a session is never taken over by another sign-in
    Response response = json_response(200, described(signed_in->account, signed_in->begun.session, accounts, accounts.sessions()));
    response.headers.emplace_back("Set-Cookie", set_cookie(kSessionCookie, signed_in->begun.token, behind_tls));
    reply(std::move(response));
  };
}

Route sign_in_route(Accounts& accounts, bool behind_tls) {
  return {.method = "POST", .path = "/api/session", .operation_id = "signIn",
          .summary = {"サインイン", "Sign in"}, .needs_session = false,
          .request_schema = strings_schema({"login", "password", "code"}, {"code"}), .response_schema = session_schema(), .problems = {400, 401, 403, 415, 429, 503},
          .handler = [&accounts, behind_tls](std::shared_ptr<const Request> request, Reply reply) {
            SignInName given{.address = request->remote_address};
            if (const auto malformed = read_strings(request->json, {{"login", &given.login}, {"password", &given.password}, {"code", &given.code}}, {"code"})) return reply(problem(*malformed, request->language));
            if (given.password.size() > kPasswordBytesMax) given.password.clear();  // nobody has such a password; hashing it would be work for an attacker
            accounts.sign_in(given, answer_with_session(accounts, behind_tls, std::move(request), std::move(reply)));
          }};
}

Route who_route(Accounts& accounts) {
  return {.method = "GET", .path = "/api/session", .operation_id = "readSession",
          .summary = {"自分のセッション", "One's own session"}, .people_only = true, .response_schema = session_schema(), .problems = {401},
          .handler = [&accounts](std::shared_ptr<const Request> request, Reply reply) {
            const auto session = accounts.sessions().find(request->session, accounts.now());
            const auto account = accounts.find(request->actor->account);
            if (!session || !account) return reply(problem(problem_of_kind("not-signed-in"), request->language));
            reply(json_response(200, described(*account, *session, accounts, accounts.sessions())));
          }};
}

Route sign_out_route(Accounts& accounts, bool behind_tls) {
  return {.method = "DELETE", .path = "/api/session", .operation_id = "signOut",
          .summary = {"サインアウト", "Sign out"}, .people_only = true, .success = 204, .problems = {401, 403},
          .handler = [&accounts, behind_tls](std::shared_ptr<const Request> request, Reply reply) {
            accounts.sessions().end(request->session);
            reply({.status = 204, .headers = {{"Set-Cookie", set_cookie(kSessionCookie, "", behind_tls)}, {"Clear-Site-Data", "\"cache\", \"cookies\", \"storage\""}}});
          }};
}

Route password_route(Accounts& accounts, bool behind_tls) {
  return {.method = "POST", .path = "/api/session/password", .operation_id = "changePassword",
          .summary = {"パスワードを変える（ほかのセッションは終わる）", "Change the password (all other sessions end)"}, .people_only = true,
          .request_schema = strings_schema({"current", "wanted"}), .response_schema = session_schema(), .problems = {400, 401, 403, 415, 422, 429, 503},
          .handler = [&accounts, behind_tls](std::shared_ptr<const Request> request, Reply reply) {
            std::string current, wanted;
            if (const auto malformed = read_strings(request->json, {{"current", &current}, {"wanted", &wanted}})) return reply(problem(*malformed, request->language));
            if (current.size() > kPasswordBytesMax) current.clear();
            const AccountId account = request->actor->account;
            accounts.change_password(account, current, wanted, answer_with_session(accounts, behind_tls, std::move(request), std::move(reply)));
          }};
}

Route step_up_route(Accounts& accounts, bool behind_tls) {
  return {.method = "POST", .path = "/api/session/step-up", .operation_id = "stepUp",
          .summary = {"もう一度本人確認をする（5分間有効。パスワードと、あれば認証アプリの番号）", "Prove again who one is, for five minutes: password, and code where there is an app"}, .people_only = true,
          .request_schema = strings_schema({"password", "code"}, {"password", "code"}), .response_schema = session_schema(), .problems = {400, 401, 403, 404, 415, 429, 503},
          .handler = [&accounts, behind_tls](std::shared_ptr<const Request> request, Reply reply) {
            std::string password, code;
            if (const auto malformed = read_strings(request->json, {{"password", &password}, {"code", &code}}, {"password", "code"})) return reply(problem(*malformed, request->language));
            if (password.size() > kPasswordBytesMax) password.clear();
            const auto session = accounts.sessions().find(request->session, accounts.now());
            if (!session) return reply(problem(problem_of_kind("not-signed-in"), request->language));
            accounts.step_up(*session, password, code, answer_with_session(accounts, behind_tls, std::move(request), std::move(reply)));
          }};
}

Route begin_second_factor_route(Accounts& accounts) {
  return {.method = "POST", .path = "/api/session/second-factor", .operation_id = "beginSecondFactor",
          .summary = {"認証アプリの登録を始める（10分以内に番号で確かめる）", "Begin to register an authenticator app; confirm with its code within ten minutes"}, .step_up = true,
          .request_schema = strings_schema({}), .response_schema = strings_schema({"secret", "uri"}), .problems = {400, 401, 403, 404, 415},
          .handler = [&accounts](std::shared_ptr<const Request> request, Reply reply) {
            if (const auto malformed = read_strings(request->json, {})) return reply(problem(*malformed, request->language));
            const auto begun = accounts.begin_second_factor(request->actor->account);
            if (!begun) return reply(problem(problem_of(begun.error()), request->language));
            reply(json_response(200, json{{"secret", begun->secret}, {"uri", begun->uri}}));
          }};
}

json codes_schema() { return {{"type", "object"}, {"required", {"recovery_codes"}}, {"properties", {{"recovery_codes", {{"type", "array"}, {"items", {{"type", "string"}}}}}}}}; }

Route confirm_second_factor_route(Accounts& accounts, bool behind_tls) {
  return {.method = "POST", .path = "/api/session/second-factor/confirmation", .operation_id = "confirmSecondFactor",
          .summary = {"認証アプリの登録を確かめる（回復コードを一度だけ返す。ほかのセッションは終わる）", "Confirm the app; gives recovery codes once, ends all other sessions"}, .people_only = true,
          .request_schema = strings_schema({"code"}), .response_schema = codes_schema(), .problems = {400, 401, 403, 404, 415, 422, 429, 503},
          .handler = [&accounts, behind_tls](std::shared_ptr<const Request> request, Reply reply) {
            std::string code;
            if (const auto malformed = read_strings(request->json, {{"code", &code}})) return reply(problem(*malformed, request->language));
            const auto session = accounts.sessions().find(request->session, accounts.now());
            if (!session) return reply(problem(problem_of_kind("not-signed-in"), request->language));
            const auto added = accounts.confirm_second_factor(*request->actor, *session, code);
            if (!added) return reply(problem(added.error().kind == AccountErrorKind::kWrongPassword ? problem_of_kind("code-rejected") : problem_of(added.error()), request->language));
            Response response = json_response(200, json{{"recovery_codes", added->recovery_codes}});
            response.headers.emplace_back("Set-Cookie", set_cookie(kSessionCookie, added->begun.token, behind_tls));
            reply(std::move(response));
          }};
}

Route remove_second_factor_route(Accounts& accounts) {
  return {.method = "DELETE", .path = "/api/session/second-factor", .operation_id = "removeSecondFactor",
          .summary = {"認証アプリを外す（すべてのセッションが終わる）", "Remove the authenticator app; ends all sessions"}, .step_up = true, .success = 204, .problems = {401, 403, 404, 422, 503},
          .handler = [&accounts](std::shared_ptr<const Request> request, Reply reply) {
            const auto removed = accounts.remove_second_factor(*request->actor, request->actor->account);
            if (!removed) return reply(problem(problem_of(removed.error()), request->language));
            reply({.status = 204});
          }};
}

Route recovery_codes_route(Accounts& accounts) {
  return {.method = "POST", .path = "/api/session/second-factor/recovery-codes", .operation_id = "renewRecoveryCodes",
          .summary = {"回復コードを作り直す（前のものは使えなくなる）", "New recovery codes; the former count no more"}, .step_up = true,
          .request_schema = strings_schema({}), .response_schema = codes_schema(), .problems = {400, 401, 403, 415, 422, 503},
          .handler = [&accounts](std::shared_ptr<const Request> request, Reply reply) {
            if (const auto malformed = read_strings(request->json, {})) return reply(problem(*malformed, request->language));
            const auto codes = accounts.new_recovery_codes(request->actor->account);
            if (!codes) return reply(problem(problem_of(codes.error()), request->language));
            reply(json_response(200, json{{"recovery_codes", *codes}}));
          }};
}

Route sessions_route(Accounts& accounts) {
  const json item = {{"type", "object"},
                     {"required", {"id", "begun", "last_seen", "current"}},
                     {"properties",
                      {{"id", {{"type", "string"}}}, {"begun", {{"type", "string"}, {"format", "date-time"}}}, {"last_seen", {{"type", "string"}, {"format", "date-time"}}}, {"current", {{"type", "boolean"}}}}}};
  return {.method = "GET", .path = "/api/sessions", .operation_id = "listSessions",
          .summary = {"自分のセッションの一覧", "One's own sessions"}, .people_only = true, .response_schema = {{"type", "array"}, {"items", item}}, .problems = {401},
          .handler = [&accounts](std::shared_ptr<const Request> request, Reply reply) {
            json all = json::array();
            for (const auto& session : accounts.sessions().of(request->actor->account, accounts.now()))
              all.push_back({{"id", session.id}, {"begun", iso_utc(session.begun)}, {"last_seen", iso_utc(session.last_seen)}, {"current", session.key == request->session}});
            reply(json_response(200, all));
          }};
}

Route end_session_route(Accounts& accounts) {
  return {.method = "DELETE", .path = "/api/sessions/{id}", .operation_id = "endSession",
          .summary = {"自分のセッションを終える", "End one of one's own sessions"}, .people_only = true, .success = 204, .problems = {401, 403, 404},
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
  routes.push_back(step_up_route(accounts, behind_tls));
  routes.push_back(begin_second_factor_route(accounts));
  routes.push_back(confirm_second_factor_route(accounts, behind_tls));
  routes.push_back(remove_second_factor_route(accounts));
  routes.push_back(recovery_codes_route(accounts));
}

// "Bearer <token>"; none: no such header, or another scheme.
static std::optional<std::string> bearer_of(const Request& request) {
  const auto header = request.headers.find("authorization");
  constexpr std::size_t kScheme = 7;  // "Bearer ", in any case (RFC 9110, 11.1)
  if (header == request.headers.end() || lower_login(header->second.substr(0, kScheme)) != "bearer ") return std::nullopt;
  return header->second.substr(kScheme);
}

void identify_by(ServerOptions& options, Accounts& accounts) {
  options.identify = [&accounts, behind_tls = options.behind_tls](const Request& request) -> std::optional<Identity> {
    if (const auto bearer = bearer_of(request)) {
      auto known = accounts.identify_token(*bearer);
      if (!known) return std::nullopt;
      return Identity{.actor = std::move(known->actor), .session = {}, .token = to_text(known->token), .scopes = std::move(known->scopes)};
    }
    const auto token = cookie_of(request, kSessionCookie, behind_tls);
    auto known = token ? accounts.identify(*token) : std::nullopt;
    if (!known) return std::nullopt;
    // A session that the proxy began goes with the proxy's word: another user, or another way in, ends it.
    if ((known->session.proof.method == "proxy") != request.proxy_user.has_value() || (request.proxy_user && accounts.login_of(known->actor.account) != lower_login(*request.proxy_user))) {
      if (known->session.proof.method == "proxy") accounts.sessions().end(known->session.key);
      return std::nullopt;
    }
    const bool stepped_up = accounts.sessions().is_fresh(known->session, accounts.now());
    return Identity{.actor = std::move(known->actor), .session = std::move(known->session.key), .stepped_up = stepped_up, .must = known->session.proof.must, .token = {}, .scopes = {}};
  };
  options.csrf_matches = [&accounts](const std::string& session, const std::string& token) { return accounts.sessions().csrf_matches(session, token); };
}

}  // namespace rireki::api
