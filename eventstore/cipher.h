// The few cryptographic operations that sealing needs, each one call of OpenSSL: HMAC-SHA-256, AES-256-GCM, random bytes; SHA-256 is the proofs'.
#pragma once

#include <optional>

#include "proof/hash.h"

namespace rireki {

// 256 bits that wipe themselves.
class SecretKey {
 public:
  SecretKey() = default;
  SecretKey(const SecretKey&) = default;
  SecretKey& operator=(const SecretKey&) = default;
  ~SecretKey();
  static SecretKey random();
  static std::optional<SecretKey> of(std::string_view bytes);  // exactly 32
  std::string_view bytes() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

 private:
  std::array<std::uint8_t, 32> bytes_{};
};

void random_bytes(void* into, std::size_t count);  // throws std::runtime_error where the system gives none
Digest hmac_sha256(const SecretKey& key, std::initializer_list<std::string_view> parts);

// nonce (12, random) ‖ ciphertext ‖ tag (16). `context` is bound to it and not stored: what was sealed in one place opens in no other.
inline constexpr std::size_t kSealBytes = 12 + 16;
std::string seal(const SecretKey& key, std::string_view context, std::initializer_list<std::string_view> plaintext);
std::optional<std::string> unseal(const SecretKey& key, std::string_view context, std::string_view sealed);

}  // namespace rireki
