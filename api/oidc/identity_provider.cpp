#include "api/oidc/identity_provider.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "api/accounts_sessions.h"
#include "api/base64url.h"
#include "api/http/json_body.h"
#include "eventstore/keyring.h"

namespace rireki::api {
namespace {

using nlohmann::json;

std::string key_of(const std::string& binding) { return hex(view(sha256({"rireki-sign-on/v1 ", binding}))); }

// S256 of RFC 7636.
std::string challenge_of(const std::string& verifier) { return base64url(view(sha256({verifier}))); }

std::string text_member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<std::string> contents_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in.is_open() || in.bad()) return std::nullopt;
  return std::move(text).str();
}

}  // namespace

void throw_exception_from_error(const OidcError& error, const boost::source_location&) { throw std::runtime_error(error.what); }

Result<OidcOptions, OidcError> read_oidc_options(const std::string& file) {
  const auto wrong = [&](const std::string& what) { return OidcError{file + ": " + what}; };
  const auto text = contents_of(file);
  if (!text) return wrong("cannot be read");
  const auto parsed = parse_json(*text);
  if (!parsed || !parsed->is_object()) return wrong("is not a JSON object");
  OidcOptions options;
  std::string algorithm = "RS256", secret_file;
  for (const auto& [name, value] : parsed->items()) {
    std::string* into = name == "issuer" ? &options.issuer : name == "client_id" ? &options.client_id : name == "client_secret_file" ? &secret_file : name == "redirect_uri" ? &options.redirect_uri
                      : name == "algorithm" ? &algorithm : nullptr;
    std::vector<std::string>* list = name == "endpoint_hosts" ? &options.endpoint_hosts : name == "acr" ? &options.acr : nullptr;
    if (into && value.is_string()) *into = value.get<std::string>();
    else if (list && value.is_array() && std::all_of(value.begin(), value.end(), [](const json& one) { return one.is_string(); })) *list = value.get<std::vector<std::string>>();
    else return wrong("member \"" + name + "\" is not known here or has the wrong type");
  }
  for (const auto& [name, value] : {std::pair{"issuer", &options.issuer}, {"client_id", &options.client_id}, {"redirect_uri", &options.redirect_uri}, {"client_secret_file", &secret_file}})
    if (value->empty()) return wrong(std::string("\"") + name + "\" is missing");
  const auto known = parse_algorithm(algorithm);
  if (!known) return wrong("\"algorithm\" must be RS256, PS256, ES256 or EdDSA");
  options.algorithm = *known;
  for (const auto* address : {&options.issuer, &options.redirect_uri}) {
    const auto url = parse_url(*address);
    if (!url || (url->scheme != "https" && !is_loopback(*url))) return wrong(*address + " is not an https address");
  }
  const auto secret = contents_of(std::filesystem::path(file).parent_path() / secret_file);
  if (!secret) return wrong("the file of the client's secret cannot be read");
  options.client_secret = secret->substr(0, secret->find_last_not_of("\r\n") + 1);
  if (options.client_secret.empty()) return wrong("the client's secret is empty");
  return options;
}

bool IdentityProvider::may_ask(const std::string& text) const {
  const auto url = parse_url(text), issuer = parse_url(options_.issuer);
  if (!url || !issuer || url->scheme != issuer->scheme) return false;
  if (url->host == issuer->host && url->port == issuer->port) return true;
  return std::find(options_.endpoint_hosts.begin(), options_.endpoint_hosts.end(), url->host) != options_.endpoint_hosts.end();
}

Result<IdentityProvider::Endpoints, OidcError> IdentityProvider::endpoints() {
  {
    const std::lock_guard lock(mutex_);
    if (endpoints_) return *endpoints_;
  }
  const std::string base = options_.issuer.ends_with('/') ? options_.issuer.substr(0, options_.issuer.size() - 1) : options_.issuer;
  const auto fetched = fetch({.url = base + "/.well-known/openid-configuration"});
  if (!fetched) return OidcError{fetched.error().what, true};
  const auto document = parse_json(fetched->body);
  if (fetched->status != 200 || !document || !document->is_object()) return OidcError{"the provider's configuration cannot be read", true};
  if (text_member(*document, "issuer") != options_.issuer) return OidcError{"the provider calls itself otherwise than configured", true};
  Endpoints found{.authorization = text_member(*document, "authorization_endpoint"), .token = text_member(*document, "token_endpoint"), .keys = text_member(*document, "jwks_uri"),
                  .says_issuer = document->value("authorization_response_iss_parameter_supported", json(false)) == true};
  for (const auto* url : {&found.authorization, &found.token, &found.keys})
    if (!may_ask(*url)) return OidcError{"an endpoint of the provider is on a host that is neither the issuer's nor listed in endpoint_hosts", true};
  const std::lock_guard lock(mutex_);
  endpoints_ = found;
  return found;
}

Result<KeySet, OidcError> IdentityProvider::keys(const Endpoints& from, bool anew) {
  const Instant now = now_();
  {
    const std::lock_guard lock(mutex_);
    const bool asked_lately = now - keys_asked_ < kKeySetAsked;
    if (keys_ && (anew ? asked_lately : now - keys_read_ < kKeySetKept)) return *keys_;
    keys_asked_ = now;
  }
  const auto fetched = fetch({.url = from.keys});
  if (!fetched) return OidcError{fetched.error().what, true};
  if (fetched->status != 200) return OidcError{"the provider's keys cannot be read", true};
  const auto set = KeySet::parse(fetched->body, options_.algorithm);
  if (!set) return OidcError{set.error().what, true};
  const std::lock_guard lock(mutex_);
  keys_ = *set;
  keys_read_ = now;
  return *set;
}

Result<IdentityProvider::Begun, OidcError> IdentityProvider::begin(SignOnPurpose purpose, const std::string& session) {
  const auto from = endpoints();
  if (!from) return from.error();
  Waiting waiting{.state = random_token(), .nonce = random_token(), .verifier = random_token(), .session = session, .purpose = purpose, .begun = now_()};
  std::string location = from->authorization + (from->authorization.find('?') == std::string::npos ? "?" : "&") + "response_type=code&scope=openid&client_id=" + form_encoded(options_.client_id) +
                         "&redirect_uri=" + form_encoded(options_.redirect_uri) + "&state=" + waiting.state + "&nonce=" + waiting.nonce + "&code_challenge=" + challenge_of(waiting.verifier) +
                         "&code_challenge_method=S256";
  if (purpose != SignOnPurpose::kSignIn) location += "&prompt=login&max_age=0";
  if (!options_.acr.empty()) {
    std::string wanted;
    for (const auto& one : options_.acr) wanted += (wanted.empty() ? "" : " ") + one;
    location += "&acr_values=" + form_encoded(wanted);
  }
  Begun begun{.location = std::move(location), .binding = random_token()};
  const std::lock_guard lock(mutex_);
  std::erase_if(waiting_, [&](const auto& one) { return now_() - one.second.begun >= kSignOnFor; });
  if (waiting_.size() >= kSignOnsMax) waiting_.erase(std::min_element(waiting_.begin(), waiting_.end(), [](const auto& a, const auto& b) { return a.second.begun < b.second.begun; }));
  waiting_.emplace(key_of(begun.binding), std::move(waiting));
  return begun;
}

Result<Claims, OidcError> IdentityProvider::claims_of(const std::string& token, const Endpoints& from) {
  auto set = keys(from, false);
  if (!set) return set.error();
  auto claims = verify_jwt(token, *set, options_.algorithm);
  if (!claims && is_unknown_key(claims.error())) {  // the provider may have changed its keys
    set = keys(from, true);
    if (!set) return set.error();
    claims = verify_jwt(token, *set, options_.algorithm);
  }
  if (!claims) return OidcError{claims.error().what};
  return std::move(*claims);
}

Result<Identified, OidcError> IdentityProvider::finish(const std::string& binding, const std::string& state, const std::string& code, const std::string& issuer) {
  Waiting waiting;
  {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(key_of(binding));
    if (found == waiting_.end()) return OidcError{"nobody in this browser went to sign on"};
    waiting = std::move(found->second);
    waiting_.erase(found);  // an answer is tried once
  }
  if (now_() - waiting.begun >= kSignOnFor) return OidcError{"it took too long to come back"};
  if (state != waiting.state) return OidcError{"the answer is to another sign-on"};
  const auto from = endpoints();
  if (!from) return from.error();
  if (issuer.empty() ? from->says_issuer : issuer != options_.issuer) return OidcError{"the answer is another provider's"};
  if (code.empty()) return OidcError{"the provider gave no code"};
  const auto fetched = fetch({.url = from->token,
                              .form = "grant_type=authorization_code&code=" + form_encoded(code) + "&redirect_uri=" + form_encoded(options_.redirect_uri) + "&code_verifier=" + waiting.verifier,
                              .user = form_encoded(options_.client_id), .password = form_encoded(options_.client_secret)});
  if (!fetched) return OidcError{fetched.error().what, true};
  const auto answer = parse_json(fetched->body);
  if (fetched->status != 200 || !answer || !answer->is_object()) return OidcError{"the provider did not take the code"};
  const auto claims = claims_of(text_member(*answer, "id_token"), *from);
  if (!claims) return claims.error();
  Expected expected{.issuer = options_.issuer, .client_id = options_.client_id, .nonce = waiting.nonce, .now = now_(), .authenticated_after = {}, .acr = options_.acr};
  if (waiting.purpose != SignOnPurpose::kSignIn) expected.authenticated_after = waiting.begun;
  if (const auto wrong = check_claims(*claims, expected)) return OidcError{wrong->what};
  return Identified{.issuer = options_.issuer, .subject = text_member(claims->members, "sub"), .purpose = waiting.purpose, .session = waiting.session};
}

}  // namespace rireki::api
