#include "api/sign_on_routes.h"

#include "api/accounts_routes.h"
#include "api/http/problem.h"
#include "api/request_body.h"

namespace rireki::api {
namespace {

using nlohmann::json;

// Binds who comes back from the identity provider to the browser that left for it.
constexpr const char* kBindingCookie = "rireki-sign-on";

Problem failed(const OidcError& error, const SignOnWays& ways) {
  if (ways.on_warning) ways.on_warning("sign-on failed: " + error.what);
  return problem_of_kind(error.unreachable ? "sign-on-unavailable" : "sign-on-failed");
}

Route ways_route(const SignOnWays& ways) {
  return {.method = "GET", .path = "/api/sign-in-ways", .operation_id = "listSignInWays",
          .summary = {"サインインの方法", "Ways to sign in"}, .needs_session = false,
          .response_schema = {{"type", "object"}, {"required", {"password", "oidc", "proxy"}}, {"properties", {{"password", {{"type", "boolean"}}}, {"oidc", {{"type", "boolean"}}}, {"proxy", {{"type", "boolean"}}}}}},
          .handler = [ways](std::shared_ptr<const Request> request, Reply reply) {
            reply(json_response(200, json{{"password", !request->proxy_user.has_value()}, {"oidc", ways.provider != nullptr}, {"proxy", ways.proxy && request->proxy_user.has_value()}}));
          }};
}

std::optional<SignOnPurpose> parse_purpose(const std::string& text) {
  if (text.empty() || text == "sign-in") return SignOnPurpose::kSignIn;
  if (text == "step-up") return SignOnPurpose::kStepUp;
  if (text == "link") return SignOnPurpose::kLink;
  return std::nullopt;
}

Route begin_route(const SignOnWays& ways, bool behind_tls) {
  return {.method = "POST", .path = "/api/session/oidc", .operation_id = "beginSignOn",
          .summary = {"認証基盤でサインオンする（行き先を返す。step-up：もう一度本人確認、link：自分のアカウントと結び付ける）",
                      "Sign on with the identity provider; gives where to go. step-up: prove it again; link: tie it to one's account"},
          .needs_session = false, .people_only = true,
          .request_schema = {{"type", "object"}, {"properties", {{"purpose", {{"enum", {"sign-in", "step-up", "link"}}}}}}, {"additionalProperties", false}},
          .response_schema = {{"type", "object"}, {"required", {"location"}}, {"properties", {{"location", {{"type", "string"}, {"format", "uri"}}}}}}, .problems = {400, 401, 403, 404, 415, 503},
          .handler = [ways, behind_tls](std::shared_ptr<const Request> request, Reply reply) {
            const auto refuse = [&](const Problem& why) { reply(problem(why, request->language)); };
            std::string text;
            if (auto p = read_strings(request->json, {{"purpose", &text}}, {"purpose"})) return refuse(*p);
            const auto purpose = parse_purpose(text);
            if (!purpose) return refuse(malformed("/purpose", {"sign-in、step-up、link のどれかです。", "One of sign-in, step-up, link."}));
            if (*purpose != SignOnPurpose::kSignIn && request->session.empty()) return refuse(problem_of_kind("not-signed-in"));
            if (!ways.provider) return refuse(not_found());
            const auto begun = ways.provider->begin(*purpose, *purpose == SignOnPurpose::kSignIn ? "" : request->session);
            if (!begun) return refuse(failed(begun.error(), ways));
            Response response = json_response(200, json{{"location", begun->location}});
            response.headers.emplace_back("Set-Cookie", set_cookie(kBindingCookie, begun->binding, behind_tls));
            reply(std::move(response));
          }};
}

// Who came back is somebody with an account; or, signed in, proves it again or ties the identity to the account.
Result<AccountSignedIn, Problem> let_in(Accounts& accounts, const Identified& who, const Request& request) {
  const auto account = accounts.find_identity(who.issuer, who.subject);
  if (who.purpose == SignOnPurpose::kSignIn) {
    auto signed_in = accounts.sign_in_as(account, {.method = "oidc", .second_factor = false});
    return signed_in ? Result<AccountSignedIn, Problem>(std::move(*signed_in)) : problem_of_kind("sign-on-failed");
  }
  // The session that asked, and still the one of this browser.
  const auto session = who.session == request.session ? accounts.sessions().find(who.session, accounts.now()) : std::nullopt;
  if (!session) return problem_of_kind("not-signed-in");
  if (who.purpose == SignOnPurpose::kLink) {
    if (!accounts.sessions().is_fresh(*session, accounts.now())) return problem_of_kind("step-up-required");
    const auto linked = accounts.link_identity(*request.actor, session->account, who.issuer, who.subject);
    if (!linked) return problem_of(linked.error());
  } else if (!account || account->id != session->account) {
    return problem_of_kind("sign-on-failed");
  }
  auto begun = accounts.sessions().step_up(session->key, accounts.now(), false);
  const auto owner = accounts.find(session->account);
  if (!begun || !owner) return problem_of_kind("not-signed-in");
  return AccountSignedIn{*owner, std::move(*begun)};
}

Route callback_route(Accounts& accounts, const SignOnWays& ways, bool behind_tls) {
  const auto param = [](const char* name) { return std::tuple<std::string, std::string, Text>{name, "string", {"認証基盤の答え", "of the identity provider's answer"}}; };
  return {.method = "GET", .path = "/api/session/oidc/callback", .operation_id = "finishSignOn",
          .summary = {"認証基盤から戻る（セッションを始めて最初の頁へ送る）", "Back from the identity provider: begins the session and sends to the first page"}, .needs_session = false, .people_only = true,
          .success = 303,
          // Some providers add parameters of their own to those of the standards.
          .query_params = {param("code"), param("state"), param("iss"), param("error"), param("error_description"), param("error_uri"), param("session_state"), param("scope"), param("authuser"), param("prompt"), param("hd")},
          .problems = {400, 401, 403, 404, 422, 503},
          .handler = [&accounts, ways, behind_tls](std::shared_ptr<const Request> request, Reply reply) {
            const auto given = [&](const char* name) {
              const auto found = request->query.find(name);
              return found == request->query.end() ? std::string() : found->second;
            };
            const auto answer = [&](Response response) {
              response.headers.emplace_back("Set-Cookie", set_cookie(kBindingCookie, "", behind_tls));
              reply(std::move(response));
            };
            if (!ways.provider) return reply(problem(not_found(), request->language));
            const auto binding = cookie_of(*request, kBindingCookie, behind_tls);
            const auto who = ways.provider->finish(binding.value_or(""), given("state"), given("code"), given("iss"));
            if (!who) return answer(problem(failed(who.error(), ways), request->language));
            auto signed_in = let_in(accounts, *who, *request);
            if (!signed_in) return answer(problem(signed_in.error(), request->language));
            if (who->purpose == SignOnPurpose::kSignIn && !request->session.empty()) accounts.sessions().end(request->session);
            Response response{.status = 303, .headers = {{"Location", "/"}, {"Set-Cookie", set_cookie(kSessionCookie, signed_in->begun.token, behind_tls)}}};
            answer(std::move(response));
          }};
}

Route proxy_route(Accounts& accounts, const SignOnWays& ways, bool behind_tls) {
  return {.method = "POST", .path = "/api/session/proxy", .operation_id = "signInByProxy",
          .summary = {"信頼されたプロキシが示す人としてサインインする", "Sign in as whom the trusted proxy names"}, .needs_session = false, .people_only = true,
          .request_schema = {{"type", "object"}, {"additionalProperties", false}}, .success = 204, .problems = {400, 401, 403, 404, 415},
          .handler = [&accounts, ways, behind_tls](std::shared_ptr<const Request> request, Reply reply) {
            if (const auto wrong = read_strings(request->json, {})) return reply(problem(*wrong, request->language));
            if (!ways.proxy || !request->proxy_user) return reply(problem(not_found(), request->language));
            const auto signed_in = accounts.sign_in_as(accounts.find(*request->proxy_user), {.method = "proxy", .second_factor = false});
            if (!signed_in) return reply(problem(problem_of_kind("sign-on-failed"), request->language));
            if (!request->session.empty()) accounts.sessions().end(request->session);
            reply({.status = 204, .headers = {{"Set-Cookie", set_cookie(kSessionCookie, signed_in->begun.token, behind_tls)}}});
          }};
}

}  // namespace

void add_sign_on_routes(std::vector<Route>& routes, Accounts& accounts, SignOnWays ways, bool behind_tls) {
  routes.push_back(ways_route(ways));
  routes.push_back(begin_route(ways, behind_tls));
  routes.push_back(callback_route(accounts, ways, behind_tls));
  routes.push_back(proxy_route(accounts, ways, behind_tls));
}

}  // namespace rireki::api
