#include "api/http/admission.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "api/http/json_body.h"
#include "api/http/language.h"
#include "api/http/problem.h"
#include "api/http/same_site.h"
#include "api/http/target.h"

namespace rireki::api {
namespace {

// The usual names by which proxies say who somebody is (RFC 9440 and custom).
constexpr std::string_view kIdentityHeaders[] = {"client-cert", "client-cert-chain", "remote-user", "x-remote-user", "x-forwarded-user", "x-forwarded-preferred-username", "x-auth-request-user", "x-authenticated-user"};
constexpr std::size_t kIdentityHeaderBytesMax = 256;

bool is_address(std::string_view text) {
  const std::string address(text);
  unsigned char bytes[16];
  return ::inet_pton(AF_INET, address.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, address.c_str(), bytes) == 1;
}

bool changes_something(const std::string& method) { return method != "GET" && method != "HEAD" && method != "OPTIONS"; }

// "application/json", with no parameter but charset=utf-8.
bool is_json(std::string type) {
  std::erase_if(type, [](char c) { return c == ' ' || c == '\t' || c == '"'; });
  std::transform(type.begin(), type.end(), type.begin(), [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); });
  return type == "application/json" || type == "application/json;charset=utf-8";
}

Response answer(std::string_view kind, Language language, Text detail = {}) { return problem(problem_of_kind(kind, std::move(detail)), language); }

// The upload's file goes with the last one who holds the request.
std::shared_ptr<Request> new_request() {
  return {new Request, [](Request* request) {
            if (request->upload_descriptor >= 0) ::close(request->upload_descriptor);
            delete request;
          }};
}

}  // namespace

void throw_exception_from_error(const Response& response, const boost::source_location&) {
  throw std::logic_error("unchecked response " + std::to_string(response.status));
}

Admission::Admission(std::vector<Route> routes, const ServerOptions& options) : router_(std::move(routes)), options_(options) {}

Response Admission::of(const HeadError& error) {
  const char* kind = error.status == 408 ? "timeout" : error.status == 414 ? "target-too-long" : error.status == 417 ? "expectation-failed" : error.status == 431 ? "headers-too-large"
                   : error.status == 501 ? "not-implemented" : error.status == 505 ? "http-version" : "bad-request";
  Problem problem = problem_of_kind(kind);
  problem.detail.en += " (" + std::string(error.reason) + ")";
  problem.detail.ja += "（" + std::string(error.reason) + "）";
  return rireki::api::problem(problem, Language::kJa);
}

std::vector<std::pair<std::string, std::string>> Admission::standing_headers() const {
  std::vector<std::pair<std::string, std::string>> headers = {
      {"Cache-Control", "no-store"},
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
       "base-uri 'none'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
  };
  if (options_.behind_tls) headers.emplace_back("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  return headers;
}

bool Admission::is_our_host(const std::string& host) const {
  const auto end = host.front() == '[' ? host.find(']') + 1 : host.find(':');
  const std::string name = host.substr(0, end);
  if (!options_.hosts.empty()) return std::find(options_.hosts.begin(), options_.hosts.end(), name) != options_.hosts.end();
  return name == "localhost" || name == "127.0.0.1" || name == "[::1]" || name == options_.address;
}

// Who somebody is says only the trusted proxy, by its own socket, and there only in the one header. Anywhere else such a header is an attack or a proxy
// that is set wrongly: refused, not ignored.
std::optional<Response> Admission::check_peer(Request& request, const RequestHead& head, const Peer& peer) const {
  const auto refuse = [&](const char* what) {
    if (options_.on_warning) options_.on_warning(what);
    return answer("identity-header", request.language);
  };
  for (const auto& name : kIdentityHeaders)
    if (head.headers.contains(std::string(name)) && (!peer.identifies || name != options_.identity_header)) return refuse("an identity header came by a listener where nobody may send one");
  const auto named = options_.identity_header.empty() ? head.headers.end() : head.headers.find(options_.identity_header);
  if (named != head.headers.end() && !peer.identifies) return refuse("an identity header came by a listener where nobody may send one");
  if (peer.identifies) {
    const bool plain = named != head.headers.end() && !named->second.empty() && named->second.size() <= kIdentityHeaderBytesMax &&
                       std::all_of(named->second.begin(), named->second.end(), [](char c) { return c > ' ' && c <= '~' && c != ','; });
    if (!plain) return refuse("the proxy sent no identity header, more than one, or one that is no login name");
    request.proxy_user = named->second;
  }
  // From the right: each proxy adds whom it heard; the first that is no proxy of ours is the one.
  request.remote_address = peer.address;
  const auto forwarded = head.headers.find("x-forwarded-for");
  const auto is_proxy = [&](const std::string& address) { return std::find(options_.proxies.begin(), options_.proxies.end(), address) != options_.proxies.end(); };
  if (forwarded == head.headers.end() || !(peer.identifies || is_proxy(peer.address))) return std::nullopt;
  for (std::string_view rest = forwarded->second;;) {
    const auto comma = rest.rfind(',');
    std::string_view one = comma == std::string_view::npos ? rest : rest.substr(comma + 1);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (!is_address(one)) return std::nullopt;
    request.remote_address = one;
    if (comma == std::string_view::npos || !is_proxy(request.remote_address)) return std::nullopt;
    rest = rest.substr(0, comma);
  }
}

Result<Admitted, Response> Admission::admit(const RequestHead& head, const Peer& peer, Instant now) const {
  Admitted admitted{.request = new_request()};
  Request& request = *admitted.request;
  request.headers = head.headers;
  request.method = head.method;
  request.received = now;
  if (const auto accept = head.headers.find("accept-language"); accept != head.headers.end()) request.language = language_of(accept->second);
  if (!is_our_host(head.host)) return answer("misdirected", request.language);
  if (auto refused = check_peer(request, head, peer)) return *std::move(refused);

  auto target = parse_target(head.target);
  if (!target) return answer("malformed", request.language, {"アドレスの書式が正しくありません。", "The address is malformed."});
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  auto found = router_.find(head.method, target->segments);
  if (std::holds_alternative<NoSuchPath>(found)) return problem(not_found(), request.language);
  if (const auto* wrong = std::get_if<WrongMethod>(&found)) {
    Response response = answer("method-not-allowed", request.language);
    response.headers.emplace_back("Allow", wrong->allow);
    return response;
  }
  admitted.route = std::get<Match>(found).route;
  request.path_params = std::move(std::get<Match>(found).params);
  for (const auto& [name, value] : request.query) {
    const auto& known = admitted.route->query_params;
    if (std::none_of(known.begin(), known.end(), [&](const auto& param) { return std::get<0>(param) == name; }))
      return answer("malformed", request.language, {"知らない問い合わせ項目があります。", "There is a query parameter that this resource does not know."});
  }
  if (auto refused = check_session(admitted, head)) return *std::move(refused);
  if (auto refused = check_body(admitted, head)) return *std::move(refused);
  return admitted;
}

std::optional<Response> Admission::check_session(Admitted& admitted, const RequestHead& head) const {
  Request& request = *admitted.request;
  const Route& route = *admitted.route;
  // Two ways to say who one is: which of them counts, two programs could see differently.
  if (head.headers.contains("authorization") && head.headers.contains("cookie")) return answer("bad-request", request.language, {"Cookieとトークンの両方は送れません。", "Send a cookie or a token, not both."});
  if (auto identity = options_.identify ? options_.identify(request) : std::nullopt) {
    if (auto refused = identity->token.empty() ? std::nullopt : check_token(*identity, route, request.language)) return refused;
    if (identity->token.empty() && route.step_up && !identity->stepped_up) {
      // A request from another site learns nothing of how fresh the session is.
      if (!is_same_site({head.headers, (options_.behind_tls ? "https://" : "http://") + head.host, identity->session}, options_.csrf_matches)) return answer("other-site", request.language);
      return answer("step-up-required", request.language);
    }
    if (!identity->must.empty() && !route.path.starts_with("/api/session")) return answer(identity->must, request.language);
    request.actor = std::move(identity->actor);
    request.session = std::move(identity->session);
    request.token = std::move(identity->token);
  } else if (route.needs_session) {
    Response response = answer("not-signed-in", request.language);
    response.headers.emplace_back("WWW-Authenticate", "RirekiSession");  // a 401 must name a scheme (RFC 9110, 11.6.1); browsers know none for cookies
    return response;
  }
  if (changes_something(head.method) && request.token.empty()) {  // no browser sends a token by itself
    const SiteEvidence evidence{head.headers, (options_.behind_tls ? "https://" : "http://") + head.host, request.session};
    if (!is_same_site(evidence, options_.csrf_matches)) return answer("other-site", request.language);
  }
  if (route.idempotent_key) {
    const auto key = head.headers.find("idempotency-key");
    if (key == head.headers.end() || !is_idempotency_key(key->second)) return answer("idempotency-key-required", request.language);
    admitted.digest.emplace(head.method, head.target);
  }
  return std::nullopt;
}

std::optional<Response> Admission::check_token(const Identity& identity, const Route& route, Language language) const {
  if (route.people_only || route.step_up) return answer("not-for-tokens", language);
  const std::string wanted = scope_of(route);
  if (std::find(identity.scopes.begin(), identity.scopes.end(), wanted) != identity.scopes.end()) return std::nullopt;
  return answer("scope-missing", language, {"このトークンに「" + wanted + "」の範囲がありません。", "The token has no scope " + wanted + "."});
}

std::optional<Response> Admission::check_body(Admitted& admitted, const RequestHead& head) const {
  const Route& route = *admitted.route;
  const Language language = admitted.request->language;
  const auto type = head.headers.find("content-type");
  const bool takes_json = !route.request_schema.is_null();
  if (takes_json && changes_something(head.method) && (head.has_body() || type != head.headers.end() || !route.needs_session) &&
      (type == head.headers.end() || !is_json(type->second)))
    return answer("unsupported-media-type", language);
  if (!head.has_body()) return std::nullopt;
  if (!takes_json && !route.accepts_upload) return answer("malformed", language, {"ここでは本文を受け付けません。", "This resource takes no body."});
  if (const auto coding = head.headers.find("content-encoding"); coding != head.headers.end() && coding->second != "identity")
    return answer("unsupported-media-type", language);
  admitted.body_bytes_max = route.accepts_upload ? kUploadBytesMax : kJsonBodyBytesMax;
  if (head.content_length > admitted.body_bytes_max) return answer("too-large", language);
  return std::nullopt;
}

std::optional<Response> Admission::complete(Admitted& admitted) const {
  Request& request = *admitted.request;
  if (!admitted.route->accepts_upload && !request.body.empty()) {
    auto parsed = parse_json(request.body);
    if (!parsed) {
      Problem malformed = problem_of_kind("malformed", parsed.error().reason);
      malformed.fields.push_back({parsed.error().pointer, parsed.error().reason});
      return problem(malformed, request.language);
    }
    request.json = std::move(*parsed);
  }
  if (admitted.digest) request.command = admitted.digest->command(request.actor->account, request.headers.at("idempotency-key"));
  return std::nullopt;
}

}  // namespace rireki::api
