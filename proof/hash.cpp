#include "proof/hash.h"

#include <openssl/evp.h>

#include <array>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "proof/fault.h"

namespace rireki {
namespace {

// Fetched once: looking an algorithm up costs more than using it on a node (security.md 7).
EVP_MD* algorithm() {
  static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return sha256;
}

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

Digest sha256(std::initializer_list<std::string_view> parts) {
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  bool good = EVP_DigestInit_ex2(context.get(), algorithm(), nullptr) == 1;
  for (const auto part : parts) good = good && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  Digest digest;
  unsigned int length = 0;
  if (!good || EVP_DigestFinal_ex(context.get(), digest.data(), &length) != 1 || length != digest.size()) throw std::runtime_error("OpenSSL: SHA-256 failed");
  return digest;
}

std::string_view view(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

std::string hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

namespace proof {

Digest leaf_hash(std::string_view entry) { return sha256({std::string_view("\0", 1), entry}); }
Digest node_hash(const Digest& left, const Digest& right) {
  std::array<char, 1 + 2 * sizeof(Digest)> bytes;
  bytes[0] = 1;
  std::memcpy(bytes.data() + 1, left.data(), left.size());
  std::memcpy(bytes.data() + 1 + left.size(), right.data(), right.size());
  return sha256({std::string_view(bytes.data(), bytes.size())});
}
const Digest& empty_root() {
  static const Digest root = sha256({});
  return root;
}

void throw_exception_from_error(const Fault& fault, const boost::source_location&) { throw std::logic_error("unchecked: " + fault.en); }

}  // namespace proof
}  // namespace rireki
