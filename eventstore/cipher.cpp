#include "eventstore/cipher.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace rireki {
namespace {

constexpr std::size_t kNonceBytes = 12, kTagBytes = 16;

[[noreturn]] void fault(const char* what) { throw std::runtime_error(std::string("OpenSSL: ") + what + " failed"); }

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// Fetched once: looking an algorithm up costs more than using it on an event (security.md 7).
struct Algorithms {
  EVP_CIPHER* gcm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  Algorithms() {
    if (!gcm) fault("fetching AES-256-GCM");
  }
  ~Algorithms() { EVP_CIPHER_free(gcm); }
};
const Algorithms& algorithms() {
  static const Algorithms all;
  return all;
}

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
EVP_CIPHER_CTX* cipher_context() {
  thread_local const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
  return context.get();
}

// Nonces are drawn for many at once: a call of the generator costs as much as sealing a line.
void draw_nonce(char* into) {
  thread_local std::array<char, 64 * kNonceBytes> drawn;
  thread_local std::size_t used = drawn.size();
  if (used == drawn.size()) {
    random_bytes(drawn.data(), drawn.size());
    used = 0;
  }
  std::memcpy(into, drawn.data() + used, kNonceBytes);
  used += kNonceBytes;
}

}  // namespace

SecretKey::~SecretKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }
SecretKey SecretKey::random() {
  SecretKey key;
  random_bytes(key.bytes_.data(), key.bytes_.size());
  return key;
}
std::optional<SecretKey> SecretKey::of(std::string_view bytes) {
  SecretKey key;
  if (bytes.size() != key.bytes_.size()) return std::nullopt;
  std::memcpy(key.bytes_.data(), bytes.data(), bytes.size());
  return key;
}

void random_bytes(void* into, std::size_t count) {
  if (RAND_bytes(static_cast<unsigned char*>(into), static_cast<int>(count)) != 1) throw std::runtime_error("the system gives no random bytes");
}

// RFC 2104, by hand over sha256().
Digest hmac_sha256(const SecretKey& key, std::initializer_list<std::string_view> parts) {
  std::array<char, 64> inner{}, outer{};
  for (std::size_t i = 0; i < inner.size(); ++i) {
    const char byte = i < key.bytes().size() ? key.bytes()[i] : '\0';
    inner[i] = static_cast<char>(byte ^ 0x36);
    outer[i] = static_cast<char>(byte ^ 0x5c);
  }
  std::string message(inner.data(), inner.size());
  for (const auto part : parts) message += part;
  Digest digest = sha256({message});
  digest = sha256({std::string_view(outer.data(), outer.size()), view(digest)});
  OPENSSL_cleanse(message.data(), message.size());
  OPENSSL_cleanse(inner.data(), inner.size());
  OPENSSL_cleanse(outer.data(), outer.size());
  return digest;
}

std::string seal(const SecretKey& key, std::string_view context, std::initializer_list<std::string_view> plaintext) {
  std::size_t bytes = 0;
  for (const auto part : plaintext) bytes += part.size();
  std::string sealed(kSealBytes + bytes, '\0');
  draw_nonce(sealed.data());
  EVP_CIPHER_CTX* with = cipher_context();
  int written = 0;
  bool good = EVP_EncryptInit_ex2(with, algorithms().gcm, bytes_of(key.bytes()), bytes_of(sealed), nullptr) == 1 &&
              EVP_EncryptUpdate(with, nullptr, &written, bytes_of(context), static_cast<int>(context.size())) == 1;
  unsigned char* into = bytes_of(sealed) + kNonceBytes;
  for (const auto part : plaintext) {
    good = good && EVP_EncryptUpdate(with, into, &written, bytes_of(part), static_cast<int>(part.size())) == 1;
    into += written;
  }
  good = good && EVP_EncryptFinal_ex(with, into, &written) == 1 && EVP_CIPHER_CTX_ctrl(with, EVP_CTRL_GCM_GET_TAG, kTagBytes, into) == 1;
  if (!good) fault("AES-256-GCM");
  return sealed;
}

std::optional<std::string> unseal(const SecretKey& key, std::string_view context, std::string_view sealed) {
  if (sealed.size() < kSealBytes) return std::nullopt;
  std::string plaintext(sealed.size() - kSealBytes, '\0');
  std::array<char, kTagBytes> tag{};
  std::memcpy(tag.data(), sealed.data() + sealed.size() - kTagBytes, kTagBytes);
  EVP_CIPHER_CTX* with = cipher_context();
  int written = 0;
  const bool good = EVP_DecryptInit_ex2(with, algorithms().gcm, bytes_of(key.bytes()), bytes_of(sealed), nullptr) == 1 &&
                    EVP_DecryptUpdate(with, nullptr, &written, bytes_of(context), static_cast<int>(context.size())) == 1 &&
                    EVP_DecryptUpdate(with, bytes_of(plaintext), &written, bytes_of(sealed) + kNonceBytes, static_cast<int>(plaintext.size())) == 1 &&
                    EVP_CIPHER_CTX_ctrl(with, EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
                    EVP_DecryptFinal_ex(with, bytes_of(plaintext) + plaintext.size(), &written) == 1;
  if (!good) return std::nullopt;
  return plaintext;
}

}  // namespace rireki
