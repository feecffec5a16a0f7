#include "proof/last_seen.h"

#include <cstring>

#include "proof/durable_file.h"

namespace rireki::proof {

std::filesystem::path LastSeen::file(const std::string& origin) const { return folder_ / ("seen-" + hex(view(sha256({origin}))).substr(0, 16)); }

Checked<std::optional<std::string>> LastSeen::note(const std::string& origin) const {
  std::error_code error;
  const bool there = std::filesystem::exists(file(origin), error);
  if (error) return Fault{file(origin).string() + "を読めません。", file(origin).string() + " cannot be read."};
  if (!there) return std::optional<std::string>();
  auto bytes = read_file(file(origin), kNoteBytesMax);
  if (!bytes) return bytes.error();
  return std::optional(std::move(*bytes));
}

Checked<std::optional<Checkpoint>> LastSeen::checkpoint(const std::string& origin) const {
  const auto bytes = note(origin);
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<Checkpoint>();
  const auto parsed = parse_note(**bytes);
  if (!parsed) return at(file(origin).string(), parsed.error());
  auto checkpoint = parse_checkpoint_text(parsed->text);
  if (!checkpoint || checkpoint->origin != origin) return Fault{file(origin).string() + "が壊れています。", file(origin).string() + " is damaged."};
  return std::optional(std::move(*checkpoint));
}

Seen LastSeen::advance(const ExtensionRequest& request, const Checkpoint& next, const std::string& note, const std::function<std::string()>& sign) {
  using enum ExtensionAnswer;
  if (request.old > next.size) return {kMalformed, {}, {"古い大きさが新しい大きさを超えています。", "The old size is beyond the new one."}};
  const auto last = checkpoint(next.origin);
  if (!last) return {kNotKept, {}, last.error()};
  const std::uint64_t known = *last ? (*last)->size : 0;
  if (request.old != known || (*last && known == next.size && (*last)->root != next.root))
    return {kConflict, std::to_string(known) + "\n", {"最後に見た大きさは" + std::to_string(known) + "です。", "What was seen last has size " + std::to_string(known) + "."}};
  const bool extends = known == 0 ? request.proof.empty() : verify_consistency(known, next.size, (*last)->root, next.root, request.proof);
  if (!extends) return {kUnprovable, {}, {"最後に見たログの続きであることの証明が成り立ちません。", "The proof that this goes on from what was seen last does not hold."}};
  std::string lines = sign();
  if (const int error = write_durably(file(next.origin), note + lines); error != 0)
    return {kNotKept, {}, {std::string("見たことを保存できません（") + std::strerror(error) + "）。", std::string("What was seen cannot be kept (") + std::strerror(error) + ")."}};
  return {kSigned, std::move(lines), {}};
}

}  // namespace rireki::proof
