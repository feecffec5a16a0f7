// ID tokens: published vectors, and everything that is known to fool verifiers.
#include "api/oidc/jwt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sodium.h>

#include <memory>

namespace rireki::api {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

std::string base64url(std::string_view bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.pop_back();
  return text;
}

using Key = std::shared_ptr<EVP_PKEY>;
Key made(EVP_PKEY* key) { return Key(key, EVP_PKEY_free); }
Key rsa(unsigned bits = 2'048) { return made(EVP_RSA_gen(bits)); }
Key p256() { return made(EVP_EC_gen("P-256")); }
Key ed25519() { return made(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

std::string number(const Key& key, const char* name) {
  BIGNUM* value = nullptr;
  EVP_PKEY_get_bn_param(key.get(), name, &value);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
  BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
  BN_free(value);
  return bytes;
}
std::string coordinate(const Key& key, const char* name) {
  const auto bytes = number(key, name);
  return std::string(32 - bytes.size(), '\0') + bytes;
}
json jwk(const Key& key, const std::string& kid) {
  if (EVP_PKEY_is_a(key.get(), "RSA")) return {{"kty", "RSA"}, {"kid", kid}, {"n", base64url(number(key, OSSL_PKEY_PARAM_RSA_N))}, {"e", base64url(number(key, OSSL_PKEY_PARAM_RSA_E))}};
  if (EVP_PKEY_is_a(key.get(), "EC"))
    return {{"kty", "EC"}, {"crv", "P-256"}, {"kid", kid}, {"x", base64url(coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X))}, {"y", base64url(coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y))}};
  std::string raw(32, '\0');
  std::size_t size = raw.size();
  EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(raw.data()), &size);
  return {{"kty", "OKP"}, {"crv", "Ed25519"}, {"kid", kid}, {"x", base64url(raw)}};
}
std::string set_of(std::initializer_list<json> keys) { return json{{"keys", keys}}.dump(); }

std::string signature_of(const Key& key, const std::string& algorithm, const std::string& text) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_PKEY_CTX* parameters = nullptr;
  EVP_DigestSignInit(context.get(), &parameters, algorithm == "EdDSA" ? nullptr : EVP_sha256(), nullptr, key.get());
  if (algorithm == "PS256") {
    EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST);
  }
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size());
  std::string signature(size, '\0');
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size());
  signature.resize(size);
  if (algorithm != "ES256") return signature;
  const auto* der = reinterpret_cast<const unsigned char*>(signature.data());
  ECDSA_SIG* parsed = d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(signature.size()));
  std::string raw(64, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(parsed), reinterpret_cast<unsigned char*>(raw.data()), 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(parsed), reinterpret_cast<unsigned char*>(raw.data()) + 32, 32);
  ECDSA_SIG_free(parsed);
  return raw;
}
std::string token_of(const std::string& header, const std::string& claims, const std::string& signature) { return base64url(header) + "." + base64url(claims) + "." + base64url(signature); }
std::string signed_token(const Key& key, const json& header, const std::string& claims = R"({"sub":"a"})") {
  const std::string text = base64url(header.dump()) + "." + base64url(claims);
  return text + "." + base64url(signature_of(key, header.value("alg", ""), text));
}
std::string why(const Result<Claims, JwtError>& result) { return result ? "" : result.error().what; }

constexpr const char* kSignatureHolds = "the token's claims are not a JSON object";  // what the standards' examples sign is no JSON object, but it is looked at only then

TEST(IdTokens, OfTheStandardsExamplesVerify) {
  const auto ed = KeySet::parse(R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})", JwtAlgorithm::kEdDsa).value();  // RFC 8037, A.4
  EXPECT_EQ(why(verify_jwt("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg", ed, JwtAlgorithm::kEdDsa)), kSignatureHolds);
  const auto ec = KeySet::parse(R"({"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})", JwtAlgorithm::kEs256).value();  // RFC 7515, A.3
  EXPECT_EQ(why(verify_jwt("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q", ec, JwtAlgorithm::kEs256)), "");
}

class EveryAlgorithm : public testing::TestWithParam<std::string> {
 protected:
  static Key key_for(const std::string& name) { return name == "ES256" ? p256() : name == "EdDSA" ? ed25519() : rsa(); }
  const std::string name = GetParam();
  const JwtAlgorithm algorithm = parse_algorithm(name).value();
  const Key key = key_for(name);
  const KeySet keys = KeySet::parse(set_of({jwk(key, "k1")}), algorithm).value();
  std::string refusal(const std::string& token) const { return why(verify_jwt(token, keys, algorithm)); }
};
INSTANTIATE_TEST_SUITE_P(IdTokens, EveryAlgorithm, testing::Values("RS256", "PS256", "ES256", "EdDSA"));

TEST_P(EveryAlgorithm, VerifiesWhatItsKeySigned) {
  const auto claims = verify_jwt(signed_token(key, {{"alg", name}, {"kid", "k1"}, {"typ", "JWT"}}), keys, algorithm);
  ASSERT_TRUE(claims) << claims.error().what;
  EXPECT_EQ(claims->members["sub"], "a");
  EXPECT_EQ(refusal(signed_token(key, {{"alg", name}})), "") << "the only key needs no kid";
}

TEST_P(EveryAlgorithm, RefusesAnyChangedByte) {
  const std::string whole = signed_token(key, {{"alg", name}, {"kid", "k1"}});
  for (std::size_t i = 0; i < whole.size(); i += 3) {
    std::string changed = whole;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(refusal(changed), "") << i;
  }
  for (const auto size : {whole.size() - 1, whole.size() / 2, std::size_t{0}}) EXPECT_NE(refusal(whole.substr(0, size)), "");
}

TEST_P(EveryAlgorithm, RefusesAnotherKeysSignature) { EXPECT_EQ(refusal(signed_token(key_for(name), {{"alg", name}, {"kid", "k1"}})), "the token's signature does not hold"); }

TEST_P(EveryAlgorithm, RefusesTheOtherAlgorithmsAndNone) {
  for (const char* other : {"none", "None", "nOnE", "", "HS256", "HS512", "RS256", "PS256", "ES256", "EdDSA", "RS512", "ES384"}) {
    if (other == name) continue;
    const std::string text = base64url(json{{"alg", other}, {"kid", "k1"}}.dump()) + "." + base64url(R"({"sub":"a"})");
    EXPECT_EQ(refusal(text + "." + base64url(signature_of(key, name, text))), "the token is signed with another algorithm than the one configured") << other;
    EXPECT_NE(refusal(text + "."), "") << other << ", without a signature";
  }
}

TEST_P(EveryAlgorithm, RefusesAnHmacWithThePublicKeyAsSecret) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  const std::string text = base64url(R"({"alg":"HS256","kid":"k1"})") + "." + base64url(R"({"sub":"a"})");
  unsigned char mac[32];
  HMAC(EVP_sha256(), der, size, reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, nullptr);
  OPENSSL_free(der);
  EXPECT_NE(refusal(text + "." + base64url({reinterpret_cast<char*>(mac), 32})), "");
}

TEST_P(EveryAlgorithm, RefusesHeadersThatSayHowToVerify) {
  const auto other = key_for(name);
  for (const auto& [member, value] : std::map<std::string, json>{{"jwk", jwk(other, "k1")}, {"jku", "https://evil.example/keys"}, {"x5u", "https://evil.example/x"}, {"x5c", json::array({"MII"})}, {"crit", json::array({"b64"})}, {"zip", "DEF"}, {"b64", false}, {"cty", "JWT"}, {"kid", 1}, {"alg", json::array({name})}}) {
    json header = {{"alg", name}, {"kid", "k1"}};
    header[member] = value;
    const std::string text = base64url(header.dump()) + "." + base64url(R"({"sub":"a"})");
    EXPECT_NE(refusal(text + "." + base64url(signature_of(key, name, text))), "") << member;
  }
}

TEST_P(EveryAlgorithm, RefusesAMemberTwice) {
  const std::string header = R"({"alg":")" + name + R"(","alg":")" + name + R"("})", claims = R"({"sub":"a","sub":"b"})", plain = R"({"alg":")" + name + R"("})";
  for (const auto& [head, body] : {std::pair{header, std::string(R"({"sub":"a"})")}, {plain, claims}}) {
    const std::string text = base64url(head) + "." + base64url(body);
    EXPECT_NE(refusal(text + "." + base64url(signature_of(key, name, text))), "") << head;
  }
}

TEST_P(EveryAlgorithm, RefusesOtherShapes) {
  const std::string whole = signed_token(key, {{"alg", name}});
  const auto dot = whole.rfind('.');
  for (const std::string& odd : {std::string(), std::string(".."), whole + ".", whole + "." + whole, "." + whole, whole + "=", whole.substr(0, dot) + "=" + whole.substr(dot), " " + whole, whole + "\n", whole.substr(0, dot + 1), std::string(kJwtBytesMax + 1, 'A')})
    EXPECT_NE(refusal(odd), "") << odd.substr(0, 80);
  std::string standard = whole;
  std::replace(standard.begin(), standard.end(), '_', '/');
  if (standard != whole) EXPECT_NE(refusal(standard), "") << "base64, not base64url";
}

TEST(EcSignatures, OfTheWrongLengthOrOutOfRangeAreRefused) {
  const auto key = p256();
  const auto keys = KeySet::parse(set_of({jwk(key, "k1")}), JwtAlgorithm::kEs256).value();
  const std::string header = R"({"alg":"ES256"})", claims = R"({"sub":"a"})", text = base64url(header) + "." + base64url(claims), right = signature_of(key, "ES256", text);
  for (const std::string& signature : {std::string(64, '\0'), std::string(64, '\xff'), right + '\0', right.substr(1), '\0' + right, std::string(63, '\0') + '\1', right.substr(0, 32) + std::string(32, '\0'), std::string(32, '\0') + right.substr(32)})
    EXPECT_EQ(why(verify_jwt(token_of(header, claims, signature), keys, JwtAlgorithm::kEs256)), "the token's signature does not hold");
  EXPECT_EQ(why(verify_jwt(token_of(header, claims, right), keys, JwtAlgorithm::kEs256)), "");
}

TEST(KeySets, HoldOnlyKeysThatFitTheAlgorithm) {
  const auto size = [](const json& key, JwtAlgorithm algorithm) { return KeySet::parse(set_of({key}), algorithm).value().size(); };
  const auto with = [](json key, const char* name, const json& value) {
    key[name] = value;
    return key;
  };
  const json good = jwk(rsa(), "k");
  EXPECT_EQ(size(good, JwtAlgorithm::kRs256), 1u);
  EXPECT_EQ(size(good, JwtAlgorithm::kEs256), 0u);
  EXPECT_EQ(size(jwk(p256(), "k"), JwtAlgorithm::kRs256), 0u);
  EXPECT_EQ(size(jwk(ed25519(), "k"), JwtAlgorithm::kEs256), 0u);
  EXPECT_EQ(size(jwk(rsa(1'024), "k"), JwtAlgorithm::kRs256), 0u) << "too short";
  for (const auto& key : {with(good, "use", "enc"), with(good, "alg", "PS256"), with(good, "key_ops", json::array({"sign"})), with(good, "e", "AQ"), with(good, "n", "AQAB"), with(good, "n", ""), with(good, "kty", "oct"), with(good, "d", "AQAB"), json("x")})
    EXPECT_EQ(size(key, JwtAlgorithm::kRs256), 0u) << key.dump().substr(0, 60);
  const json curve = jwk(p256(), "k");
  for (const auto& key : {with(curve, "crv", "P-384"), with(curve, "x", base64url(std::string(32, '\1'))), with(curve, "y", base64url(std::string(31, '\1')))}) EXPECT_EQ(size(key, JwtAlgorithm::kEs256), 0u) << "not on the curve";
}

TEST(KeySets, ThatAreNotClearAreRefused) {
  const json one = jwk(ed25519(), "same"), two = jwk(ed25519(), "same");
  EXPECT_THAT(KeySet::parse(set_of({one, two}), JwtAlgorithm::kEdDsa).error().what, HasSubstr("one kid"));
  for (const char* odd : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[],"keys":[]})", "{"}) EXPECT_FALSE(KeySet::parse(odd, JwtAlgorithm::kEdDsa)) << odd;
  EXPECT_FALSE(KeySet::parse("{\"keys\":[" + std::string(kKeySetBytesMax, ' ') + "]}", JwtAlgorithm::kEdDsa));
  const auto several = KeySet::parse(set_of({jwk(ed25519(), "a"), jwk(ed25519(), "b")}), JwtAlgorithm::kEdDsa).value();
  EXPECT_TRUE(several.find("a"));
  EXPECT_FALSE(several.find("c"));
  EXPECT_FALSE(several.find(std::nullopt)) << "of two keys none is meant";
}

class ClaimsOfAToken : public testing::Test {
 protected:
  const Instant now{2'000'000'000s};
  const long long seconds = 2'000'000'000;
  Expected expected{.issuer = "https://idp.example", .client_id = "rireki", .nonce = "n-0S6", .now = now, .authenticated_after = {}, .acr = {}};
  json claims = {{"iss", "https://idp.example"}, {"sub", "248289"}, {"aud", "rireki"}, {"exp", seconds + 300}, {"iat", seconds}, {"nonce", "n-0S6"}};
  std::string refusal(const char* name, const json& value) const {
    json changed = claims;
    if (value.is_discarded()) changed.erase(name);
    else changed[name] = value;
    const auto wrong = check_claims({changed}, expected);
    return wrong ? wrong->what : "";
  }
  static json nothing() { return json(json::value_t::discarded); }
};

TEST_F(ClaimsOfAToken, ThatSayAllTheyMustAreAccepted) {
  EXPECT_FALSE(check_claims({claims}, expected));
  EXPECT_EQ(refusal("aud", json::array({"rireki"})), "");
  EXPECT_EQ(refusal("azp", "rireki"), "");
}

TEST_F(ClaimsOfAToken, OfSomebodyElseForSomebodyElseOrAnotherSignInAreRefused) {
  for (const auto& [name, value] : std::vector<std::pair<const char*, json>>{
           {"iss", nothing()}, {"iss", "https://idp.example/"}, {"iss", "https://evil.example"}, {"aud", nothing()}, {"aud", "other"}, {"aud", json::array({"other"})}, {"aud", json::array({"rireki", "other"})}, {"azp", "other"},
           {"nonce", nothing()}, {"nonce", "x"}, {"nonce", 1}, {"sub", nothing()}, {"sub", ""}, {"sub", 248289}, {"sub", std::string(256, 'a')}})
    EXPECT_NE(refusal(name, value), "") << name << " " << value;
}

TEST_F(ClaimsOfAToken, OutOfTheirTimeAreRefusedWithAMinutesLeeway) {
  EXPECT_EQ(refusal("exp", seconds - 59), "");
  EXPECT_NE(refusal("exp", seconds - 60), "");
  EXPECT_EQ(refusal("iat", seconds + 60), "");
  EXPECT_NE(refusal("iat", seconds + 61), "");
  EXPECT_NE(refusal("nbf", seconds + 61), "");
  for (const json& odd : {nothing(), json("2033-05-18"), json(-1), json(1e300), json(nullptr)}) {
    EXPECT_NE(refusal("exp", odd), "") << odd;
    EXPECT_NE(refusal("iat", odd), "") << odd;
  }
}

TEST_F(ClaimsOfAToken, OfAnOldSignInProveNothingAnew) {
  expected.authenticated_after = now;
  EXPECT_NE(refusal("auth_time", nothing()), "");
  EXPECT_NE(refusal("auth_time", seconds - 61), "");
  EXPECT_EQ(refusal("auth_time", seconds), "");
}

TEST_F(ClaimsOfAToken, OfAWeakSignInAreRefusedWhereAStrongOneIsNeeded) {
  expected.acr = {"urn:mfa"};
  EXPECT_NE(refusal("acr", nothing()), "");
  EXPECT_NE(refusal("acr", "urn:pwd"), "");
  EXPECT_EQ(refusal("acr", "urn:mfa"), "");
}

}  // namespace
}  // namespace rireki::api
