#include "tests/fuzz/proof_entry.h"

#include <cstdlib>

#include "proof/bundle.h"
#include "proof/tar.h"

namespace rireki::fuzz {
namespace {

using namespace proof;

void require(bool holds) {
  if (!holds) std::abort();
}

const SigningKey& key() {
  static const SigningKey one = SigningKey::parse("PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz").value();
  return one;
}

constexpr std::uint64_t kEvents = 3;

}  // namespace

bool read_formats(std::string_view bytes) {
  bool any = false;
  if (const auto one = parse_verifier(bytes)) any = true, require(to_text(*one) == bytes);
  if (const auto one = SigningKey::parse(bytes)) any = true, require(one->to_text() == bytes);
  if (const auto one = parse_note(bytes)) {
    any = true;
    require(one->whole() == bytes);
    (void)verify(*one, {key().verifier()});
    (void)open_checkpoint(bytes, {key().verifier()});
  }
  if (const auto one = parse_checkpoint_text(bytes)) any = true, require(bytes.starts_with(to_text(*one)));  // extension lines may follow
  if (const auto one = parse_leaf(bytes)) any = true, require(to_text(*one) == bytes);
  if (const auto all = parse_bundle(bytes)) any = true, require(bundle_of(*all) == bytes);
  if (const auto one = parse_tile_path(bytes)) any = true, require(to_text(*one) == bytes);
  if (const auto all = hashes_of(bytes)) any = true, require(bytes_of(*all) == bytes);
  if (const auto one = parse_inclusion_proof(bytes)) {
    any = true;
    if (bytes.find("\nextra ") == bytes.npos) require(to_text(*one) == bytes);
    (void)check_inclusion(*one, "leaf", {key().verifier()});
  }
  if (const auto one = parse_extension_request(bytes)) any = true, require(to_text(*one) == bytes);
  return any;
}

bool read_audit_bundle(std::string_view bytes) {
  const auto report = check_bundle_bytes(bytes, {.keys = {key().verifier()}, .older = {}, .progress = {}});
  if (report) require(report->checkpoint.checkpoint.size == kEvents && report->leaves > 0 && (!report->whole || report->leaves == kEvents));
  return report.has_value();
}

namespace {

struct SmallLog {
  GrowingTree tree;
  Hashes hashes;
  std::vector<Leaf> leaves;
  std::string first_note, note;
  SmallLog() {
    for (std::uint64_t position = 1; position <= kEvents; ++position) {
      leaves.push_back({.position = position, .time = static_cast<std::int64_t>(position), .event_class = static_cast<std::uint8_t>(position == 2 ? 0 : 3), .metadata = sha256({"m"}), .body = sha256({"body " + std::to_string(position)})});
      hashes.push_back(leaf_hash(leaves.back()));
      tree.push(hashes.back(), [](unsigned, std::uint64_t, const Hashes&) {});
      if (position == 1) first_note = signed_of(position);
    }
    note = signed_of(kEvents);
  }
  std::string signed_of(std::uint64_t size) const {
    const std::string text = to_text(Checkpoint{.origin = key().verifier().name, .size = size, .root = tree.root()});
    return text + "\n" + key().signature_line(text);
  }
};

std::string packed(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string bytes;
  TarWriter tar([&](std::string_view part) {
    bytes += part;
    return true;
  });
  for (const auto& [name, content] : files) tar.add(name, content);
  tar.finish();
  return bytes;
}

}  // namespace

std::string good_audit_bundle() {
  const SmallLog log;
  return packed({{"checkpoint", log.note}, {"checkpoints/1", log.first_note}, {"events/2.body", "body 2"}, {"keys.txt", "00000000000000000000000000000001 created 1 erased 3\n"},
                 {"tile/0/000.p/3", bytes_of(log.hashes)}, {"tile/entries/000.p/3", bundle_of(log.leaves)}});
}

std::string good_part_bundle() {
  const SmallLog log;
  const TiledTree tree([&](unsigned, std::uint64_t, std::uint64_t count) -> Checked<Hashes> { return Hashes(log.hashes.begin(), log.hashes.begin() + static_cast<std::ptrdiff_t>(count)); });
  return packed({{"checkpoint", log.note}, {"checkpoints/1", log.first_note}, {"events/2.body", "body 2"}, {"proofs/1.consistency", hash_lines(tree.consistency(1, kEvents).value())}, {"proofs/2.leaf", to_text(log.leaves[1])},
                 {"proofs/2.tlog-proof", to_text(InclusionProof{.index = 1, .hashes = tree.inclusion(1, kEvents).value(), .note = log.note})}});
}

}  // namespace rireki::fuzz
