#include "proof/witness.h"

#include <algorithm>
#include <cstring>

#include "proof/durable_file.h"

namespace rireki::proof {
namespace {

constexpr std::size_t kFileBytesMax = 1024 * 1024;

Fault not_written(const std::filesystem::path& path, int error) {
  return {path.string() + "に書けません（" + std::strerror(error) + "）。", path.string() + " cannot be written (" + std::strerror(error) + ")."};
}

}  // namespace

Checked<WitnessFolder> WitnessFolder::create(const std::filesystem::path& folder, const std::string& name) {
  if (!is_key_name(name)) return Fault{"名前に空白と+は使えません。audit.example.lg.jp のような名前にしてください。", "The name holds no spaces and no +; it is like audit.example.lg.jp."};
  std::error_code error;
  if (std::filesystem::exists(folder / "key", error)) return Fault{folder.string() + "には既に鍵があります。", folder.string() + " already has a key."};
  std::filesystem::create_directories(folder, error);
  if (!error) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  if (error) return Fault{folder.string() + "を作れません（" + error.message() + "）。", folder.string() + " cannot be created (" + error.message() + ")."};
  auto key = SigningKey::random(name, KeyKind::kCosignature);
  for (const auto& [file, text] : {std::pair{"witness.pub", to_text(key.verifier()) + "\n"}, {"key", key.to_text() + "\n"}})
    if (const int failed = write_durably(folder / file, text); failed != 0) return not_written(folder / file, failed);
  return WitnessFolder(folder, std::move(key), {});
}

Checked<WitnessFolder> WitnessFolder::open(const std::filesystem::path& folder) {
  auto text = read_file(folder / "key", kFileBytesMax);
  if (!text) return text.error();
  if (text->ends_with('\n')) text->pop_back();
  auto key = SigningKey::parse(*text);
  if (!key || key->verifier().kind != KeyKind::kCosignature) return Fault{(folder / "key").string() + "は証人の鍵ではありません。", (folder / "key").string() + " is no witness's key."};
  std::vector<Verifier> logs;
  std::error_code error;
  if (std::filesystem::exists(folder / "logs", error)) {
    const auto lines = read_file(folder / "logs", kFileBytesMax);
    if (!lines) return lines.error();
    auto parsed = parse_verifiers(*lines);
    if (!parsed) return at((folder / "logs").string(), parsed.error());
    logs = std::move(*parsed);
  }
  return WitnessFolder(folder, std::move(*key), std::move(logs));
}

std::optional<Fault> WitnessFolder::follow(const Verifier& log_key) {
  if (log_key.kind != KeyKind::kEd25519) return Fault{"ログの鍵ではありません。", "Not a log's key."};
  const FolderLock lock(folder_);
  if (std::find(logs_.begin(), logs_.end(), log_key) == logs_.end()) logs_.push_back(log_key);
  std::string lines;
  for (const auto& log : logs_) lines += to_text(log) + "\n";
  const int failed = write_durably(folder_ / "logs", lines);
  return failed == 0 ? std::nullopt : std::optional(not_written(folder_ / "logs", failed));
}

Seen WitnessFolder::add_checkpoint(std::string_view text, std::int64_t now) {
  using enum ExtensionAnswer;
  const auto request = parse_extension_request(text);
  if (!request) return {kMalformed, {}, request.error()};
  const auto note = parse_note(request->checkpoint);
  if (!note) return {kMalformed, {}, note.error()};
  const auto next = parse_checkpoint_text(note->text);
  if (!next) return {kMalformed, {}, next.error()};
  if (std::none_of(logs_.begin(), logs_.end(), [&](const Verifier& log) { return log.name == next->origin; }))
    return {kUnknownLog, {}, {"このログ（" + next->origin + "）は登録されていません。", "This log (" + next->origin + ") is not followed here."}};
  const auto opened = open_checkpoint(request->checkpoint, logs_);
  if (!opened) return {kForbidden, {}, opened.error()};
  // Only what the log itself signed is kept: anybody may add lines of keys that nobody knows.
  std::string signed_by_log = note->text + "\n";
  for (const auto& line : note->signatures)
    if (std::any_of(opened->signatures.begin(), opened->signatures.end(), [&](const VerifiedSignature& one) { return one.key.name == line.name && one.key.id == line.id; })) signed_by_log += line.line;
  const FolderLock lock(folder_);
  const auto last = seen_.checkpoint(next->origin);
  auto seen = seen_.advance(*request, *next, signed_by_log, [&] { return key_.signature_line(note->text, now); });
  // A log that signed two histories: whoever looks into it needs what it signed. One that is only out of date proves nothing.
  const bool forked = last && *last && (*last)->size == next->size && (*last)->root != next->root;
  if (seen.answer == kUnprovable || forked) keep_evidence(*next, signed_by_log);
  return seen;
}

void WitnessFolder::keep_evidence(const Checkpoint& refused, const std::string& note) const {
  std::error_code error;
  const auto files = std::count_if(std::filesystem::directory_iterator(folder_, error), std::filesystem::directory_iterator(),
                                   [](const std::filesystem::directory_entry& file) { return file.path().filename().string().starts_with("refused-"); });
  if (static_cast<std::size_t>(files) < kRefusedKept)
    write_durably(folder_ / ("refused-" + std::to_string(refused.size) + "-" + hex(view(sha256({to_text(refused)}))).substr(0, 16)), note);
}

}  // namespace rireki::proof
