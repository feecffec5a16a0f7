#include "proof/checkpoint.h"

#include <algorithm>

#include "proof/text.h"

namespace rireki::proof {
namespace {

constexpr std::string_view kProofLine = "c2sp.org/tlog-proof@v1";
constexpr std::size_t kRequestHashesMax = 63;

Checked<Hashes> take_hashes(std::string_view& rest, std::size_t most) {
  Hashes hashes;
  while (true) {
    const auto line = take_line(rest);
    if (!line) return Fault{"証明が途中で切れています。", "A proof that is cut off."};
    if (line->empty()) return hashes;
    const auto hash = digest_of_base64(*line);
    if (!hash || hashes.size() == most) return Fault{"証明の行の形が正しくありません。", "A line of the proof that is no hash, or too many of them."};
    hashes.push_back(*hash);
  }
}

std::optional<std::uint64_t> number_behind(std::string_view name, const std::optional<std::string_view>& line) {
  return line && line->starts_with(name) ? parse_number(line->substr(name.size())) : std::nullopt;
}

struct Epoch {
  std::string_view log;  // with its last slash
  std::uint64_t number;
};
std::optional<Epoch> epoch_of(const std::string& origin) {
  const auto slash = origin.rfind('/');
  const auto number = slash == origin.npos ? std::nullopt : parse_number(std::string_view(origin).substr(slash + 1));
  if (!number || *number == 0) return std::nullopt;
  return Epoch{std::string_view(origin).substr(0, slash + 1), *number};
}

}  // namespace

std::optional<std::string> next_epoch(const std::string& origin) {
  const auto epoch = epoch_of(origin);
  return epoch ? std::optional(std::string(epoch->log) + std::to_string(epoch->number + 1)) : std::nullopt;
}
bool is_former_epoch(const std::string& former, const std::string& origin) {
  const auto before = epoch_of(former), now = epoch_of(origin);
  return before && now && before->log == now->log && before->number < now->number;
}

std::string to_text(const Checkpoint& checkpoint) { return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" + base64(view(checkpoint.root)) + "\n"; }

Checked<Checkpoint> parse_checkpoint_text(std::string_view text) {
  const Fault fault{"チェックポイントの形が正しくありません（ログの名前、大きさ、根のハッシュの3行です）。", "Not a checkpoint: its lines are the log's name, the size and the root."};
  const auto origin = take_line(text), size = take_line(text), root = take_line(text);
  if (!root || origin->empty()) return fault;
  const auto number = parse_number(*size);
  const auto hash = digest_of_base64(*root);
  if (!number || !hash) return fault;
  if (*number == 0 && *hash != empty_root()) return fault;
  while (!text.empty())
    if (const auto extension = take_line(text); !extension || extension->empty()) return fault;
  return Checkpoint{.origin = std::string(*origin), .size = *number, .root = *hash};
}

bool SignedCheckpoint::signed_by(KeyKind kind) const {
  return std::any_of(signatures.begin(), signatures.end(), [&](const VerifiedSignature& one) { return one.key.kind == kind; });
}

Checked<SignedCheckpoint> open_checkpoint(std::string_view bytes, const std::vector<Verifier>& keys) {
  auto note = parse_note(bytes);
  if (!note) return note.error();
  auto checkpoint = parse_checkpoint_text(note->text);
  if (!checkpoint) return checkpoint.error();
  auto signatures = verify(*note, keys);
  if (!signatures) return signatures.error();
  const bool by_the_log = std::any_of(signatures->begin(), signatures->end(), [&](const VerifiedSignature& one) { return one.key.kind == KeyKind::kEd25519 && one.key.name == checkpoint->origin; });
  if (!by_the_log) {
    const bool other = std::none_of(keys.begin(), keys.end(), [&](const Verifier& key) { return key.name == checkpoint->origin; });
    if (other)
      return Fault{"別のログ（" + checkpoint->origin + "）のチェックポイントです。このログの鍵は渡されていません。", "This is a checkpoint of another log (" + checkpoint->origin + "): no key of it was given."};
    return Fault{"渡された鍵による署名がありません。鍵の番号が違います。", "No signature by a key that was given: the key's id is another."};
  }
  return SignedCheckpoint{.checkpoint = std::move(*checkpoint), .note = std::move(*note), .signatures = std::move(*signatures)};
}

std::string hash_lines(const Hashes& hashes) {
  std::string lines;
  for (const auto& hash : hashes) lines += base64(view(hash)) + "\n";
  return lines;
}

std::string to_text(const InclusionProof& proof) { return std::string(kProofLine) + "\nindex " + std::to_string(proof.index) + "\n" + hash_lines(proof.hashes) + "\n" + proof.note; }

Checked<InclusionProof> parse_inclusion_proof(std::string_view text) {
  const Fault fault{"所在の証明の形が正しくありません。", "Not a proof of inclusion of this form."};
  if (text.size() > kNoteBytesMax + 64 * 1024) return fault;
  const auto first = take_line(text);
  if (!first || *first != kProofLine) return fault;
  auto line = take_line(text);
  if (line && line->starts_with("extra ")) {
    if (!from_base64(line->substr(6))) return fault;
    line = take_line(text);
  }
  const auto index = number_behind("index ", line);
  if (!index) return fault;
  auto hashes = take_hashes(text, kProofHashesMax);
  if (!hashes) return hashes.error();
  return InclusionProof{.index = *index, .hashes = std::move(*hashes), .note = std::string(text)};
}

Checked<SignedCheckpoint> check_inclusion(const InclusionProof& proof, std::string_view leaf, const std::vector<Verifier>& keys) {
  auto checkpoint = open_checkpoint(proof.note, keys);
  if (!checkpoint) return checkpoint;
  if (!verify_inclusion(proof.index, checkpoint->checkpoint.size, leaf_hash(leaf), proof.hashes, checkpoint->checkpoint.root))
    return Fault{"証明が合いません。この葉は、このチェックポイントのログのその位置にありません。", "The proof does not hold: this leaf does not stand there in the log of this checkpoint."};
  return checkpoint;
}

std::string to_text(const ExtensionRequest& request) { return "old " + std::to_string(request.old) + "\n" + hash_lines(request.proof) + "\n" + request.checkpoint; }

Checked<ExtensionRequest> parse_extension_request(std::string_view text) {
  if (text.size() > 2 * kNoteBytesMax) return Fault{"依頼が大きすぎます。", "The request is too large."};
  const auto old = number_behind("old ", take_line(text));
  if (!old) return Fault{"依頼の1行目は old と大きさです。", "The first line of a request is old and a size."};
  auto proof = take_hashes(text, kRequestHashesMax);
  if (!proof) return proof.error();
  return ExtensionRequest{.old = *old, .proof = std::move(*proof), .checkpoint = std::string(text)};
}

}  // namespace rireki::proof
