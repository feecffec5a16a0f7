#include "tests/fuzz/token_entry.h"

#include <cstdlib>

#include "api/accounts_credentials.h"
#include "api/http/json_body.h"
#include "api/oidc/jwt.h"

namespace rireki::fuzz {

using namespace rireki::api;

bool read_token(std::string_view bytes) {
  // RFC 8037, A.1 and RFC 7515, A.3: nobody here has the secret halves, so no input may verify.
  static const KeySet ed = KeySet::parse(R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})", JwtAlgorithm::kEdDsa).value();
  static const KeySet ec = KeySet::parse(R"({"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})", JwtAlgorithm::kEs256).value();
  const auto one = verify_jwt(bytes, ed, JwtAlgorithm::kEdDsa);
  if (one && bytes.find("eyJhbGciOiJFZERTQSJ9") != 0) std::abort();
  const auto other = verify_jwt(bytes, ec, JwtAlgorithm::kEs256);
  if (other && bytes.find("eyJhbGciOiJFUzI1NiJ9") != 0) std::abort();
  if (const auto claims = parse_json(bytes); claims && claims->is_object())
    if (!check_claims({*claims}, {.issuer = "https://idp.example", .client_id = "rireki", .nonce = "n", .now = Instant{std::chrono::hours{1}}, .authenticated_after = {}, .acr = {}}) && !claims->contains("sub")) std::abort();
  bool read = false;
  for (const auto algorithm : {JwtAlgorithm::kRs256, JwtAlgorithm::kPs256, JwtAlgorithm::kEs256, JwtAlgorithm::kEdDsa}) {
    const auto keys = KeySet::parse(bytes, algorithm);
    if (!keys) continue;
    read = true;
    keys->find(std::nullopt);
    keys->find("a");
  }
  return read;
}

bool read_credentials(std::string_view bytes) {
  int line = 0;
  auto all = parse_credentials(bytes, line);
  if (!all) return false;
  std::erase_if(*all, [](const auto& one) { return one.second.empty(); });
  const auto again = parse_credentials(credentials_text(*all), line);
  if (!again || *again != *all) std::abort();
  return true;
}

}  // namespace rireki::fuzz
