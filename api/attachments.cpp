#include "api/attachments.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "domain/body.h"

namespace rireki::api {
namespace {

constexpr std::size_t kKeyTextBytes = 32;

bool sync(const std::filesystem::path& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC);
  if (file < 0) return false;
  const bool synced = ::fsync(file) == 0;
  ::close(file);
  return synced;
}

bool is_hash(const std::string& text) { return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos; }

std::optional<std::string> contents_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  if (!in.is_open() || in.bad()) return std::nullopt;
  return std::move(content).str();
}

std::string owner_of(CaseId id) { return "case:" + to_text(id); }
std::string context_of(CaseId id, const std::string& sha256) { return "rireki-attachment/v1 " + owner_of(id) + " " + sha256; }

}  // namespace

std::filesystem::path Attachments::place_of(CaseId id, const std::string& sha256) const {
  return folder_ / hex(view(hmac_sha256(keyring_->own("attachments"), {context_of(id, sha256)})));
}

// A file: the key's id (32 hex digits), then the sealed content.
std::optional<KeptAttachment> Attachments::keep(CaseId id, const std::string& key_class, const std::filesystem::path& uploaded) const {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  std::filesystem::permissions(folder_, std::filesystem::perms::owner_all, error);
  const auto content = contents_of(uploaded);
  if (!content) return std::nullopt;
  const KeptAttachment kept{hex(view(sha256({*content}))), content->size()};
  const auto target = place_of(id, kept.sha256);
  if (read(id, kept.sha256)) return kept;
  // Written beside the target first: a half file must never stand under a full name.
  const auto beside = std::filesystem::path(target.string() + ".part");
  const auto use = keyring_->key_for({owner_of(id), key_class});
  {
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    const std::string sealed = seal(use.key, context_of(id, kept.sha256), {*content});
    out << key_text(use.id) << sealed;
    if (!out.flush()) return std::nullopt;
  }
  std::filesystem::permissions(beside, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, error);
  if (error || !sync(beside, O_RDONLY)) return std::nullopt;
  std::filesystem::rename(beside, target, error);
  if (error || !sync(folder_, O_RDONLY | O_DIRECTORY)) return std::nullopt;
  return kept;
}

std::optional<std::string> Attachments::read(CaseId id, const std::string& wanted) const {
  if (!is_hash(wanted)) return std::nullopt;
  const auto file = contents_of(place_of(id, wanted));
  const auto key_id = file && file->size() > kKeyTextBytes ? parse_key_id(std::string_view(*file).substr(0, kKeyTextBytes)) : std::nullopt;
  const auto key = key_id ? keyring_->find(*key_id) : std::nullopt;
  auto content = key ? unseal(*key, context_of(id, wanted), std::string_view(*file).substr(kKeyTextBytes)) : std::nullopt;
  if (!content || hex(view(sha256({*content}))) != wanted) return std::nullopt;
  return content;
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
