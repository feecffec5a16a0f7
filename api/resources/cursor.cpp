#include "api/resources/cursor.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "api/base64url.h"

namespace rireki::api {
namespace {

using Bytes32 = std::array<unsigned char, 32>;

const Bytes32& process_key() {
  static const Bytes32 key = [] {
    Bytes32 drawn;
    if (RAND_bytes(drawn.data(), static_cast<int>(drawn.size())) != 1) throw std::runtime_error("no random bytes for the cursors' key");
    return drawn;
  }();
  return key;
}

// Over the question and the payload, each with its length, so that nothing can move from one into the other.
std::string signature(std::string_view question, std::string_view payload) {
  std::string covered = std::to_string(question.size()) + ':' + std::string(question) + std::string(payload);
  Bytes32 mac;
  unsigned int length = 0;
  if (!HMAC(EVP_sha256(), process_key().data(), static_cast<int>(process_key().size()), reinterpret_cast<const unsigned char*>(covered.data()), covered.size(),
            mac.data(), &length))
    throw std::runtime_error("a cursor cannot be signed");
  return {reinterpret_cast<const char*>(mac.data()), length};
}

}  // namespace

std::string seal(const Cursor& cursor) {
  const std::string payload = nlohmann::json{{"after", base64url(cursor.after)}, {"as_of", cursor.as_of}, {"on", cursor.on}}.dump();
  return base64url(payload) + "." + base64url(signature(cursor.question, payload));
}

std::optional<Cursor> unseal(std::string_view text, std::string_view question) {
  const auto dot = text.find('.');
  if (dot == text.npos) return std::nullopt;
  const auto payload = from_base64url(text.substr(0, dot));
  const auto given = from_base64url(text.substr(dot + 1));
  if (!payload || !given) return std::nullopt;
  const std::string expected = signature(question, *payload);
  if (given->size() != expected.size() || CRYPTO_memcmp(given->data(), expected.data(), expected.size()) != 0) return std::nullopt;
  const auto json = nlohmann::json::parse(*payload);  // ours: it is signed
  return Cursor{.after = from_base64url(json.at("after").get<std::string>()).value_or(""), .as_of = json.at("as_of").get<Position>(),
                .on = json.at("on").get<std::string>(), .question = std::string(question)};
}

}  // namespace rireki::api
