#include "api/second_factor.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <algorithm>
#include <stdexcept>

#include "eventstore/keyring.h"

namespace rireki::api {
namespace {

constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kRecoveryAlphabet = "abcdefghijkmnpqrstuvwxyz23456789";  // without l, o, 0, 1
static_assert(kRecoveryAlphabet.size() == 32);
constexpr int kRecoveryLetters = 24;  // of five bits

}  // namespace

std::string new_totp_secret() {
  std::string secret(kTotpSecretBytes, '\0');
  random_bytes(secret.data(), secret.size());
  return secret;
}

std::int64_t totp_step(Instant now) { return std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()) / kCodeStep; }

std::string totp_code(std::string_view secret, std::int64_t step) {
  unsigned char counter[8];
  for (int i = 0; i < 8; ++i) counter[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(step) >> (56 - 8 * i));
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (!HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter, sizeof counter, mac, &size)) throw std::runtime_error("HMAC-SHA-1 cannot be computed");
  const unsigned offset = mac[size - 1] & 0x0f;
  const std::uint32_t number = (static_cast<std::uint32_t>(mac[offset] & 0x7f) << 24 | static_cast<std::uint32_t>(mac[offset + 1]) << 16 | static_cast<std::uint32_t>(mac[offset + 2]) << 8 | mac[offset + 3]) % 1'000'000;
  std::string code = std::to_string(number);
  return std::string(6 - code.size(), '0') + code;
}

std::optional<std::int64_t> totp_matches(std::string_view secret, std::string_view code, Instant now, std::int64_t last_used) {
  if (!looks_like_totp(code)) return std::nullopt;
  std::optional<std::int64_t> matched;
  for (std::int64_t step = totp_step(now) - kCodeStepsAside; step <= totp_step(now) + kCodeStepsAside; ++step)
    if (const auto right = totp_code(secret, step); sodium_memcmp(right.data(), code.data(), right.size()) == 0 && step > last_used && !matched) matched = step;
  return matched;
}

std::string base32(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (held += 8; held >= 5; held -= 5) text += kBase32[bits >> (held - 5) & 31];
    bits &= (1u << held) - 1;
  }
  if (held > 0) text += kBase32[bits << (5 - held) & 31];
  return text;
}

std::string totp_uri(std::string_view secret, const std::string& login) {
  std::string name;
  for (const char c : login) name += c == '@' ? std::string("%40") : std::string(1, c);  // a login has no other character that a path may not hold
  return "otpauth://totp/Rireki:" + name + "?secret=" + base32(secret) + "&issuer=Rireki&algorithm=SHA1&digits=6&period=30";
}

std::string new_recovery_code() {
  std::string code;
  for (int i = 0; i < kRecoveryLetters; ++i) {
    if (i > 0 && i % 5 == 0) code += '-';
    code += kRecoveryAlphabet[randombytes_uniform(kRecoveryAlphabet.size())];
  }
  return code;
}

std::string recovery_digest(std::string_view code) {
  std::string typed;
  for (const char c : code)
    if (c != '-' && c != ' ') typed += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return hex(view(sha256({"rireki-recovery/v1 ", typed})));
}

bool looks_like_totp(std::string_view code) { return code.size() == 6 && std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; }); }

}  // namespace rireki::api
