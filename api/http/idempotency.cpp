#include "api/http/idempotency.h"

#include <openssl/evp.h>

#include <algorithm>

#include "api/http/limits.h"

namespace rireki::api {
namespace {

using Sha256 = std::array<std::uint8_t, 32>;

}  // namespace

struct RequestDigest::Context {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  void start() { EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr); }
  void add(std::string_view bytes) { EVP_DigestUpdate(hash.get(), bytes.data(), bytes.size()); }
  Sha256 finish() {
    Sha256 digest;
    EVP_DigestFinal_ex(hash.get(), digest.data(), nullptr);
    return digest;
  }
};

bool is_idempotency_key(std::string_view key) {
  return !key.empty() && key.size() <= kIdempotencyKeyBytesMax && std::all_of(key.begin(), key.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

RequestDigest::RequestDigest(std::string_view method, std::string_view target) : context_(std::make_unique<Context>()) {
  using namespace std::string_view_literals;
  context_->start();
  for (const auto part : {method, "\0"sv, target, "\0"sv}) context_->add(part);
}

RequestDigest::RequestDigest(RequestDigest&&) noexcept = default;
RequestDigest::~RequestDigest() = default;

void RequestDigest::add_body(std::string_view piece) { context_->add(piece); }

Command RequestDigest::command(AccountId account, std::string_view key) {
  Command command{.digest = context_->finish()};
  context_->start();
  context_->add(to_text(account));
  context_->add(key);
  const Sha256 id = context_->finish();
  const auto word = [&](std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) value = value << 8 | id[at + i];
    return value;
  };
  command.id = {word(0), word(8)};
  return command;
}

}  // namespace rireki::api
