#include "api/attachments.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <sstream>

#include "domain/body.h"

namespace rireki::api {
namespace {

std::string hex(const unsigned char* bytes, unsigned size) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += {kDigits[bytes[i] >> 4], kDigits[bytes[i] & 15]};
  return text;
}

std::optional<KeptAttachment> hash_of(std::istream& in) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  KeptAttachment kept;
  std::string block(64 * 1024, '\0');
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0) {
    EVP_DigestUpdate(context.get(), block.data(), static_cast<std::size_t>(in.gcount()));
    kept.bytes += static_cast<std::uint64_t>(in.gcount());
  }
  if (in.bad()) return std::nullopt;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(context.get(), digest, &size);
  kept.sha256 = hex(digest, size);
  return kept;
}

bool sync(const std::filesystem::path& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC);
  if (file < 0) return false;
  const bool synced = ::fsync(file) == 0;
  ::close(file);
  return synced;
}

bool is_hash(const std::string& text) { return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos; }

}  // namespace

std::optional<KeptAttachment> keep_attachment(const std::filesystem::path& folder, const std::filesystem::path& uploaded) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  std::ifstream in(uploaded, std::ios::binary);
  if (!in) return std::nullopt;
  const auto kept = hash_of(in);
  if (!kept) return std::nullopt;
  const auto target = folder / kept->sha256;
  if (std::filesystem::exists(target)) return kept;
  // Copied beside the target first: the upload may lie on another file system, and a half file must never stand under a full hash.
  const auto beside = folder / (kept->sha256 + ".part");
  std::filesystem::copy_file(uploaded, beside, std::filesystem::copy_options::overwrite_existing, error);
  if (error || !sync(beside, O_RDONLY)) return std::nullopt;
  std::filesystem::rename(beside, target, error);
  if (error || !sync(folder, O_RDONLY | O_DIRECTORY)) return std::nullopt;
  return kept;
}

std::optional<std::string> read_attachment(const std::filesystem::path& folder, const std::string& sha256) {
  if (!is_hash(sha256)) return std::nullopt;
  std::ifstream in(folder / sha256, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream content;
  content << in.rdbuf();
  std::istringstream again(content.str());
  const auto hash = hash_of(again);
  if (!hash || hash->sha256 != sha256) return std::nullopt;
  return std::move(content).str();
}

bool is_attached(const EventLog& log, CaseId id, const std::string& sha256) {
  bool found = false;
  const auto end = log.read(std::vector{QueryItem{.types = {"case/attached"}, .tags = {"case:" + to_text(id)}}}, {}, [&](const EventView& event) {
    const auto body = decode(event);
    const auto* attached = body ? std::get_if<Attached>(&*body) : nullptr;
    found = attached && attached->sha256 == sha256;
    return !found;
  });
  return end && found;
}

}  // namespace rireki::api
