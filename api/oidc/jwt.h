// ID tokens of one identity provider, verified strictly (RFC 7515, 7519, 8725): compact form, the one algorithm that is configured, a key of the
// provider's set that fits it. What a token says of how to verify it (jku, jwk, x5u, crit, …) is refused, never followed.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/log.h"

typedef struct evp_pkey_st EVP_PKEY;

namespace rireki::api {

inline constexpr std::size_t kJwtBytesMax = 16 * 1024;
inline constexpr std::size_t kKeySetBytesMax = 64 * 1024;
inline constexpr std::size_t kKeysMax = 100;
inline constexpr int kRsaBitsMin = 2'048;
inline constexpr std::chrono::seconds kClockSkewMax{60};

enum class JwtAlgorithm { kRs256, kPs256, kEs256, kEdDsa };
std::optional<JwtAlgorithm> parse_algorithm(std::string_view name);  // "RS256" "PS256" "ES256" "EdDSA"; never HS*, never none
std::string_view to_text(JwtAlgorithm algorithm);

struct JwtError {
  std::string what;  // English, fixed words, nothing of the token
};
[[noreturn]] void throw_exception_from_error(const JwtError& error, const boost::source_location& where);

// The keys of a JWK Set (RFC 7517) that fit the algorithm; others are left out. An error: not a set, or two keys of one id.
class KeySet {
 public:
  static Result<KeySet, JwtError> parse(std::string_view text, JwtAlgorithm algorithm);
  // By id; without one only where there is exactly one key.
  EVP_PKEY* find(const std::optional<std::string>& id) const;
  std::size_t size() const { return keys_.size(); }

 private:
  std::vector<std::pair<std::string, std::shared_ptr<EVP_PKEY>>> keys_;
};

struct Claims {
  nlohmann::json members;  // an object
};
// The claims of a token whose signature holds.
Result<Claims, JwtError> verify_jwt(std::string_view token, const KeySet& keys, JwtAlgorithm algorithm);
// Is the error of verify_jwt() that the set has no such key (so that it may be old)?
bool is_unknown_key(const JwtError& error);

struct Expected {
  std::string issuer, client_id, nonce;
  Instant now;
  std::optional<Instant> authenticated_after;  // auth_time must be there and not before
  std::vector<std::string> acr;                // one of these; empty: any
};
// What an ID token must say (OpenID Connect Core 3.1.3.7). None: it does.
std::optional<JwtError> check_claims(const Claims& claims, const Expected& expected);

}  // namespace rireki::api
