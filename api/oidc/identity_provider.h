// Signing on by the office's identity provider: OpenID Connect, authorization code flow with PKCE (security.md 3.3). The provider says who somebody is,
// which account that is says the log ("account/identity-linked"); its tokens are used once and dropped.
#pragma once

#include <map>
#include <mutex>

#include "api/oidc/fetch.h"
#include "api/oidc/jwt.h"

namespace rireki::api {

inline constexpr std::chrono::minutes kSignOnFor{10};        // from leaving for the provider to coming back
inline constexpr std::size_t kSignOnsMax = 1'000;            // under way; one more ends the oldest
inline constexpr std::chrono::minutes kKeySetKept{10};
inline constexpr std::chrono::minutes kKeySetAsked{1};       // again because of an unknown key, at most once in

struct OidcOptions {
  std::string issuer;                       // exactly as the provider calls itself
  std::string client_id, client_secret;
  std::string redirect_uri;                 // https://<host>/api/session/oidc/callback
  JwtAlgorithm algorithm = JwtAlgorithm::kRs256;
  std::vector<std::string> endpoint_hosts;  // hosts beside the issuer's that its endpoints may have
  std::vector<std::string> acr;             // asked for, and then one of them is needed
};
struct OidcError {
  std::string what;                         // English, for the operator: nothing of a token
  bool unreachable = false;                 // the provider is at fault, not who comes back
};
[[noreturn]] void throw_exception_from_error(const OidcError& error, const boost::source_location& where);

// From the JSON file that `rireki serve --oidc` names: the members above, the secret as "client_secret_file". Relative paths count from the file's folder.
Result<OidcOptions, OidcError> read_oidc_options(const std::string& file);

enum class SignOnPurpose { kSignIn, kStepUp, kLink };
struct Identified {
  std::string issuer, subject;
  SignOnPurpose purpose = SignOnPurpose::kSignIn;
  std::string session;                      // key of the session that asked, for kStepUp and kLink
};

// Safe from any thread; begin() and finish() wait for the provider.
class IdentityProvider {
 public:
  IdentityProvider(OidcOptions options, std::function<Instant()> now) : options_(std::move(options)), now_(std::move(now)) {}

  struct Begun {
    std::string location;                   // where the browser goes
    std::string binding;                    // for a cookie: whoever comes back must have it
  };
  Result<Begun, OidcError> begin(SignOnPurpose purpose, const std::string& session);
  // What came back. `issuer`: the parameter "iss" (RFC 9207), "" if there was none.
  Result<Identified, OidcError> finish(const std::string& binding, const std::string& state, const std::string& code, const std::string& issuer);

 private:
  struct Endpoints {
    std::string authorization, token, keys;
    bool says_issuer = false;               // authorization_response_iss_parameter_supported
  };
  struct Waiting {
    std::string state, nonce, verifier, session;
    SignOnPurpose purpose = SignOnPurpose::kSignIn;
    Instant begun{};
  };
  Result<Endpoints, OidcError> endpoints();
  Result<KeySet, OidcError> keys(const Endpoints& from, bool anew);
  Result<Claims, OidcError> claims_of(const std::string& token, const Endpoints& from);
  bool may_ask(const std::string& url) const;

  const OidcOptions options_;
  const std::function<Instant()> now_;
  std::mutex mutex_;
  std::map<std::string, Waiting> waiting_;  // by SHA-256 of the binding
  std::optional<Endpoints> endpoints_;
  std::optional<KeySet> keys_;
  Instant keys_read_{}, keys_asked_{};
};

}  // namespace rireki::api
