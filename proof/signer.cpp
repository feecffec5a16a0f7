#include "proof/signer.h"

#include <algorithm>
#include <cstring>

#include "proof/durable_file.h"
#include "proof/text.h"

namespace rireki::proof {
namespace {

constexpr std::size_t kKeysBytesMax = 64 * 1024;

Fault not_written(const std::filesystem::path& path, int error) {
  return {path.string() + "に書けません（" + std::strerror(error) + "）。", path.string() + " cannot be written (" + std::strerror(error) + ")."};
}

}  // namespace

Checked<SignerFolder> SignerFolder::create(const std::filesystem::path& folder, const std::string& origin) {
  if (!is_key_name(origin) || !next_epoch(origin))
    return Fault{"ログの名前は nerima.example.lg.jp/rireki/log/1 の形にしてください。", "The log's name is written like nerima.example.lg.jp/rireki/log/1."};
  std::error_code error;
  if (std::filesystem::exists(folder / "keys", error)) return Fault{folder.string() + "には既に署名の鍵があります。", folder.string() + " already has a signer's key."};
  std::filesystem::create_directories(folder, error);
  if (!error) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  if (error) return Fault{folder.string() + "を作れません（" + error.message() + "）。", folder.string() + " cannot be created (" + error.message() + ")."};
  std::vector<Key> keys;
  keys.push_back({.key = SigningKey::random(origin, KeyKind::kEd25519)});
  SignerFolder made(folder, std::move(keys));
  if (auto fault = made.save()) return *fault;
  return made;
}

Checked<SignerFolder> SignerFolder::open(const std::filesystem::path& folder) {
  const auto text = read_file(folder / "keys", kKeysBytesMax);
  if (!text) return text.error();
  std::vector<Key> keys;
  std::string_view rest = *text;
  while (const auto line = take_line(rest)) {
    const auto space = line->find(' ');
    auto key = SigningKey::parse(line->substr(0, space));
    const auto until = space == line->npos ? std::optional<std::uint64_t>(0) : parse_number(line->substr(space + 1));
    if (!key || !until) return Fault{(folder / "keys").string() + "を読めません。", (folder / "keys").string() + " cannot be read."};
    keys.push_back({.key = std::move(*key), .until = static_cast<std::int64_t>(*until)});
  }
  const bool one_log = std::all_of(keys.begin(), keys.end(), [&](const Key& key) { return key.key.verifier().name == keys.front().key.verifier().name && key.key.verifier().kind == KeyKind::kEd25519; });
  if (keys.empty() || !rest.empty() || !one_log) return Fault{(folder / "keys").string() + "を読めません。", (folder / "keys").string() + " cannot be read."};
  return SignerFolder(folder, std::move(keys));
}

std::optional<Fault> SignerFolder::save() const {
  std::string keys, publics;
  for (const auto& one : keys_) {
    keys += one.key.to_text() + (one.until ? " " + std::to_string(one.until) : "") + "\n";
    publics += to_text(one.key.verifier()) + "\n";
  }
  for (const auto& [name, text] : {std::pair{"keys", &keys}, {"log.pub", &publics}})
    if (const int error = write_durably(folder_ / name, *text); error != 0) return not_written(folder_ / name, error);
  return std::nullopt;
}

std::vector<Verifier> SignerFolder::public_keys() const {
  std::vector<Verifier> keys;
  for (const auto& one : keys_) keys.push_back(one.key.verifier());
  return keys;
}

std::string SignerFolder::last_note() const {
  const auto note = seen_.note(origin());
  return note && *note ? **note : "";
}

Seen SignerFolder::sign(const ExtensionRequest& request, std::int64_t now) {
  using enum ExtensionAnswer;
  const auto next = parse_checkpoint_text(request.checkpoint);
  if (!next) return {kMalformed, {}, next.error()};
  if (next->origin != origin()) return {kUnknownLog, {}, {"このログの鍵ではありません（" + origin() + "の鍵です）。", "Not this log's key: it is that of " + origin() + "."}};
  if (to_text(*next) != request.checkpoint) return {kMalformed, {}, {"拡張行のあるチェックポイントには署名しません。", "A checkpoint with extension lines is not signed."}};
  const FolderLock lock(folder_);
  const auto expired = [&](const Key& key) { return key.until != 0 && key.until <= now; };
  if (std::any_of(keys_.begin(), keys_.end(), expired)) {
    auto anew = open(folder_);  // a key may have been added since
    if (!anew) return {kNotKept, {}, anew.error()};
    keys_ = std::move(anew->keys_);
    std::erase_if(keys_, expired);
    if (auto fault = save()) return {kNotKept, {}, *fault};
  }
  auto seen = seen_.advance(request, *next, request.checkpoint + "\n", [&] {
    std::string lines;
    for (const auto& one : keys_) lines += one.key.signature_line(request.checkpoint);
    return lines;
  });
  if (seen.answer == kSigned) seen.text = request.checkpoint + "\n" + seen.text;
  return seen;
}

Checked<Verifier> SignerFolder::rotate(std::int64_t now) {
  const FolderLock lock(folder_);
  auto anew = open(folder_);
  if (!anew) return anew.error();
  keys_ = std::move(anew->keys_);
  keys_.front().until = now + kFormerKeySigns;
  keys_.insert(keys_.begin(), Key{.key = SigningKey::random(origin(), KeyKind::kEd25519)});
  if (auto fault = save()) return *fault;
  return keys_.front().key.verifier();
}

Checked<Verifier> SignerFolder::begin_epoch() {
  const auto next = next_epoch(origin());
  if (!next) return Fault{"ログの名前に版の番号がありません。", "The log's name has no epoch number."};
  const FolderLock lock(folder_);
  // What it signed stays readable and checkable; the key itself goes, so that nobody ever signs the former log again.
  const auto former = folder_ / "former" / std::to_string(keys_.front().key.verifier().id);
  std::error_code error;
  std::filesystem::create_directories(former, error);
  if (!error) std::filesystem::copy_file(folder_ / "log.pub", former / "log.pub", std::filesystem::copy_options::overwrite_existing, error);
  if (error) return Fault{former.string() + "に書けません（" + error.message() + "）。", former.string() + " cannot be written (" + error.message() + ")."};
  std::vector<Key> keys;
  keys.push_back({.key = SigningKey::random(*next, KeyKind::kEd25519)});
  keys_ = std::move(keys);
  if (auto fault = save()) return *fault;
  return keys_.front().key.verifier();
}

}  // namespace rireki::proof
