#include "api/oidc/jwt.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "api/base64url.h"
#include "api/http/json_body.h"

namespace rireki::api {
namespace {

using nlohmann::json;

constexpr const char* kUnknownKey = "no key of the set has the token's kid";
constexpr std::size_t kEs256Bytes = 64, kCoordinateBytes = 32;

template <auto Free>
struct Freed {
  template <class T> void operator()(T* pointer) const { Free(pointer); }
};
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;

std::optional<std::string> bytes_member(const json& key, const char* name) {
  const auto found = key.find(name);
  return found != key.end() && found->is_string() ? from_base64url(found->get_ref<const std::string&>()) : std::nullopt;
}
std::string text_member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::shared_ptr<EVP_PKEY> shared(EVP_PKEY* key) { return key ? std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free) : nullptr; }

std::shared_ptr<EVP_PKEY> from_parameters(const char* type, OSSL_PARAM_BLD* given) {
  const std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>> builder(given);
  const std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 || EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) return nullptr;
  return shared(key);
}

std::shared_ptr<EVP_PKEY> rsa_key(const json& key) {
  const auto n = bytes_member(key, "n"), e = bytes_member(key, "e");
  if (!n || !e || n->empty() || e->empty() || n->size() > 1'024 || e->size() > 8) return nullptr;
  const Number modulus(BN_bin2bn(reinterpret_cast<const unsigned char*>(n->data()), static_cast<int>(n->size()), nullptr));
  const Number exponent(BN_bin2bn(reinterpret_cast<const unsigned char*>(e->data()), static_cast<int>(e->size()), nullptr));
  if (!modulus || !exponent || BN_num_bits(modulus.get()) < kRsaBitsMin || !BN_is_odd(modulus.get()) || !BN_is_odd(exponent.get()) || BN_is_one(exponent.get())) return nullptr;
  OSSL_PARAM_BLD* builder = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent.get());
  return from_parameters("RSA", builder);
}

std::shared_ptr<EVP_PKEY> p256_key(const json& key) {
  const auto x = bytes_member(key, "x"), y = bytes_member(key, "y");
  if (text_member(key, "crv") != "P-256" || !x || !y || x->size() != kCoordinateBytes || y->size() != kCoordinateBytes) return nullptr;
  const std::string point = "\x04" + *x + *y;
  OSSL_PARAM_BLD* builder = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return from_parameters("EC", builder);  // null for a point that is not on the curve
}

std::shared_ptr<EVP_PKEY> ed25519_key(const json& key) {
  const auto x = bytes_member(key, "x");
  if (text_member(key, "crv") != "Ed25519" || !x || x->size() != 32) return nullptr;
  return shared(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(x->data()), x->size()));
}

std::shared_ptr<EVP_PKEY> key_of(const json& key, JwtAlgorithm algorithm) {
  if (!key.is_object() || key.contains("d") || key.contains("k")) return nullptr;  // a secret one has no business here
  if (key.contains("use") && text_member(key, "use") != "sig") return nullptr;
  if (key.contains("alg") && text_member(key, "alg") != to_text(algorithm)) return nullptr;
  if (const auto ops = key.find("key_ops"); ops != key.end() && (!ops->is_array() || std::find(ops->begin(), ops->end(), "verify") == ops->end())) return nullptr;
  const std::string type = text_member(key, "kty");
  switch (algorithm) {
    case JwtAlgorithm::kRs256:
    case JwtAlgorithm::kPs256: return type == "RSA" ? rsa_key(key) : nullptr;
    case JwtAlgorithm::kEs256: return type == "EC" ? p256_key(key) : nullptr;
    case JwtAlgorithm::kEdDsa: return type == "OKP" ? ed25519_key(key) : nullptr;
  }
  return nullptr;
}

// r‖s, as JOSE has it, to DER, as OpenSSL has it.
std::optional<std::string> der_of(const std::string& raw) {
  if (raw.size() != kEs256Bytes) return std::nullopt;
  const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data());
  const std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>> signature(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(bytes, kCoordinateBytes, nullptr);
  BIGNUM* s = BN_bin2bn(bytes + kCoordinateBytes, kCoordinateBytes, nullptr);
  if (ECDSA_SIG_set0(signature.get(), r, s) != 1) return std::nullopt;
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) return std::nullopt;
  std::string text(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

bool signature_holds(EVP_PKEY* key, JwtAlgorithm algorithm, std::string_view signed_text, std::string signature) {
  const std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  const EVP_MD* digest = algorithm == JwtAlgorithm::kEdDsa ? nullptr : EVP_sha256();
  if (EVP_DigestVerifyInit(context.get(), &parameters, digest, nullptr, key) != 1) return false;
  if (algorithm == JwtAlgorithm::kPs256 && (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) != 1 || EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) != 1)) return false;
  if (algorithm == JwtAlgorithm::kEs256) {
    auto der = der_of(signature);
    if (!der) return false;
    signature = std::move(*der);
  }
  return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(), reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size()) == 1;
}

// Seconds since 1970, whole or not.
std::optional<Instant> time_member(const json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_number()) return std::nullopt;
  const double seconds = found->get<double>();
  if (!(seconds >= 0 && seconds < 1e11)) return std::nullopt;
  return Instant{std::chrono::seconds(static_cast<std::int64_t>(seconds))};
}

}  // namespace

void throw_exception_from_error(const JwtError& error, const boost::source_location&) { throw std::logic_error("unchecked JwtError: " + error.what); }

std::string_view to_text(JwtAlgorithm algorithm) {
  switch (algorithm) {
    case JwtAlgorithm::kRs256: return "RS256";
    case JwtAlgorithm::kPs256: return "PS256";
    case JwtAlgorithm::kEs256: return "ES256";
    case JwtAlgorithm::kEdDsa: return "EdDSA";
  }
  return "";
}
std::optional<JwtAlgorithm> parse_algorithm(std::string_view name) {
  for (const auto one : {JwtAlgorithm::kRs256, JwtAlgorithm::kPs256, JwtAlgorithm::kEs256, JwtAlgorithm::kEdDsa})
    if (to_text(one) == name) return one;
  return std::nullopt;
}

Result<KeySet, JwtError> KeySet::parse(std::string_view text, JwtAlgorithm algorithm) {
  if (text.size() > kKeySetBytesMax) return JwtError{"the key set is too large"};
  const auto parsed = parse_json(std::string(text));
  if (!parsed || !parsed->is_object()) return JwtError{"the key set is not a JSON object"};
  const auto keys = parsed->find("keys");
  if (keys == parsed->end() || !keys->is_array() || keys->size() > kKeysMax) return JwtError{"the key set has no list of keys"};
  KeySet set;
  std::set<std::string> ids;
  for (const auto& each : *keys) {
    auto key = key_of(each, algorithm);
    if (!key) continue;
    const std::string id = text_member(each, "kid");
    if (!id.empty() && !ids.insert(id).second) return JwtError{"two keys of the set have one kid"};
    set.keys_.emplace_back(id, std::move(key));
  }
  return set;
}

EVP_PKEY* KeySet::find(const std::optional<std::string>& id) const {
  if (!id) return keys_.size() == 1 ? keys_.front().second.get() : nullptr;
  for (const auto& [each, key] : keys_)
    if (each == *id) return key.get();
  return nullptr;
}

bool is_unknown_key(const JwtError& error) { return error.what == kUnknownKey; }

Result<Claims, JwtError> verify_jwt(std::string_view token, const KeySet& keys, JwtAlgorithm algorithm) {
  if (token.size() > kJwtBytesMax) return JwtError{"the token is too long"};
  const auto first = token.find('.'), second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return JwtError{"the token has not three parts"};
  const auto header_text = from_base64url(token.substr(0, first)), body = from_base64url(token.substr(first + 1, second - first - 1)), signature = from_base64url(token.substr(second + 1));
  if (!header_text || !body || !signature) return JwtError{"a part of the token is not base64url"};
  const auto header = parse_json(*header_text);
  if (!header || !header->is_object()) return JwtError{"the token's header is not a JSON object"};
  for (const auto& [name, value] : header->items())
    if ((name != "alg" && name != "kid" && name != "typ") || !value.is_string()) return JwtError{"the token's header holds something other than alg, kid and typ"};
  if (text_member(*header, "alg") != to_text(algorithm)) return JwtError{"the token is signed with another algorithm than the one configured"};
  if (const auto type = text_member(*header, "typ"); header->contains("typ") && type != "JWT" && type != "jwt") return JwtError{"the token is of another type"};
  EVP_PKEY* key = keys.find(header->contains("kid") ? std::optional(text_member(*header, "kid")) : std::nullopt);
  if (!key) return JwtError{kUnknownKey};
  if (!signature_holds(key, algorithm, token.substr(0, second), *signature)) return JwtError{"the token's signature does not hold"};
  auto claims = parse_json(*body);
  if (!claims || !claims->is_object()) return JwtError{"the token's claims are not a JSON object"};
  return Claims{std::move(*claims)};
}

std::optional<JwtError> check_claims(const Claims& token, const Expected& expected) {
  const json& claims = token.members;
  if (text_member(claims, "iss") != expected.issuer) return JwtError{"the token is of another issuer"};
  const auto audience = claims.find("aud");
  if (audience == claims.end()) return JwtError{"the token names no audience"};
  const bool one = audience->is_string() && *audience == expected.client_id;
  const bool listed = audience->is_array() && std::find(audience->begin(), audience->end(), expected.client_id) != audience->end();
  if (!one && !listed) return JwtError{"the token is for another client"};
  if (listed && audience->size() > 1 && !claims.contains("azp")) return JwtError{"the token is for several clients and says not for which"};
  if (claims.contains("azp") && text_member(claims, "azp") != expected.client_id) return JwtError{"the token was asked for by another client"};
  const auto expires = time_member(claims, "exp"), issued = time_member(claims, "iat");
  if (!expires || !issued) return JwtError{"the token does not say when it was issued and expires"};
  if (expected.now >= *expires + kClockSkewMax) return JwtError{"the token has expired"};
  if (*issued > expected.now + kClockSkewMax) return JwtError{"the token was issued in the future"};
  if (claims.contains("nbf")) {
    const auto not_before = time_member(claims, "nbf");
    if (!not_before || *not_before > expected.now + kClockSkewMax) return JwtError{"the token does not hold yet"};
  }
  const std::string nonce = text_member(claims, "nonce");
  if (expected.nonce.empty() || nonce != expected.nonce) return JwtError{"the token is not the answer to this sign-in"};
  if (const auto subject = text_member(claims, "sub"); subject.empty() || subject.size() > 255) return JwtError{"the token names nobody"};
  if (expected.authenticated_after) {
    const auto authenticated = time_member(claims, "auth_time");
    if (!authenticated || *authenticated + kClockSkewMax < *expected.authenticated_after) return JwtError{"the provider did not ask again who it is"};
  }
  if (!expected.acr.empty() && std::find(expected.acr.begin(), expected.acr.end(), text_member(claims, "acr")) == expected.acr.end()) return JwtError{"the provider did not sign in strongly enough"};
  return std::nullopt;
}

}  // namespace rireki::api
