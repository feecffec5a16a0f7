#include "eventstore/encrypted_files.h"

#include <openssl/evp.h>
#include <rocksdb/env.h>
#include <rocksdb/env_encryption.h>

#include <cstring>

namespace rireki {
namespace {

constexpr std::size_t kBlockBytes = 16, kNonceBytes = 12;
constexpr std::size_t kPrefixBytes = 4'096;  // a page, so that what follows is aligned like the file

class File final : public rocksdb::BlockAccessCipherStream {
 public:
  File(const SecretKey& key, std::string_view nonce) : key_(key) { std::memcpy(nonce_.data(), nonce.data(), nonce_.size()); }
  std::size_t BlockSize() override { return kBlockBytes; }
  rocksdb::Status Encrypt(std::uint64_t offset, char* data, std::size_t bytes) override { return cross(offset, data, bytes); }
  rocksdb::Status Decrypt(std::uint64_t offset, char* data, std::size_t bytes) override { return cross(offset, data, bytes); }

 private:
  // Whole pieces at once; RocksDB's own way, block by block, is never taken.
  void AllocateScratch(std::string&) override {}
  rocksdb::Status EncryptBlock(std::uint64_t, char*, char*) override { return rocksdb::Status::NotSupported(); }
  rocksdb::Status DecryptBlock(std::uint64_t, char*, char*) override { return rocksdb::Status::NotSupported(); }

  // CTR is its own inverse. The counter is the number of the block in the file; an offset inside a block begins with its bytes thrown away.
  rocksdb::Status cross(std::uint64_t offset, char* data, std::size_t bytes) const {
    static EVP_CIPHER* const ctr = EVP_CIPHER_fetch(nullptr, "AES-256-CTR", nullptr);
    thread_local const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    std::array<unsigned char, kBlockBytes> counter{}, skipped{};
    std::memcpy(counter.data(), nonce_.data(), nonce_.size());
    const std::uint64_t block = offset / kBlockBytes;
    if (block >> 32 != 0) return rocksdb::Status::NotSupported("a file of more than 64 GiB");
    for (std::size_t i = 0; i < 4; ++i) counter[kNonceBytes + i] = static_cast<unsigned char>(block >> (24 - 8 * i));
    int written = 0;
    auto* bytes_of = reinterpret_cast<unsigned char*>(data);
    bool good = EVP_EncryptInit_ex2(context.get(), ctr, reinterpret_cast<const unsigned char*>(key_.bytes().data()), counter.data(), nullptr) == 1;
    if (const auto into_block = offset % kBlockBytes; good && into_block != 0)
      good = EVP_EncryptUpdate(context.get(), skipped.data(), &written, skipped.data(), static_cast<int>(into_block)) == 1;
    constexpr std::size_t kPieceBytes = 1 << 30;
    for (std::size_t at = 0; good && at < bytes; at += kPieceBytes)
      good = EVP_EncryptUpdate(context.get(), bytes_of + at, &written, bytes_of + at, static_cast<int>(std::min(kPieceBytes, bytes - at))) == 1;
    return good ? rocksdb::Status::OK() : rocksdb::Status::IOError("OpenSSL: AES-256-CTR failed");
  }

  SecretKey key_;
  std::array<char, kNonceBytes> nonce_{};
};

class Files final : public rocksdb::EncryptionProvider {
 public:
  explicit Files(const SecretKey& key) : key_(key) {}
  const char* Name() const override { return "RirekiFiles"; }
  std::size_t GetPrefixLength() const override { return kPrefixBytes; }
  rocksdb::Status CreateNewPrefix(const std::string&, char* prefix, std::size_t bytes) const override {
    std::memset(prefix, 0, bytes);
    random_bytes(prefix, kNonceBytes);
    return rocksdb::Status::OK();
  }
  rocksdb::Status AddCipher(const std::string&, const char*, std::size_t, bool) override { return rocksdb::Status::NotSupported(); }
  rocksdb::Status CreateCipherStream(const std::string&, const rocksdb::EnvOptions&, rocksdb::Slice& prefix, std::unique_ptr<rocksdb::BlockAccessCipherStream>* result) override {
    if (prefix.size() < kNonceBytes) return rocksdb::Status::Corruption("a file without its nonce");
    *result = std::make_unique<File>(key_, std::string_view(prefix.data(), kNonceBytes));
    return rocksdb::Status::OK();
  }

 private:
  SecretKey key_;
};

}  // namespace

std::shared_ptr<rocksdb::Env> encrypted_files(const SecretKey& key) {
  return std::shared_ptr<rocksdb::Env>(rocksdb::NewEncryptedEnv(rocksdb::Env::Default(), std::make_shared<Files>(key)));
}

}  // namespace rireki
