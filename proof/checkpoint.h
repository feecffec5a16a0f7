// Checkpoints (c2sp.org/tlog-checkpoint): how large a log is and what its root is, signed; and the proofs that end in one.
#pragma once

#include "proof/note.h"
#include "proof/tree.h"

namespace rireki::proof {

struct Checkpoint {
  std::string origin;  // which log: "<host>/rireki/log/<epoch>"
  std::uint64_t size = 0;
  Digest root{};
  bool operator==(const Checkpoint&) const = default;
};
// The origin of the epoch after this one's: its last number plus one. None: it has no such number.
std::optional<std::string> next_epoch(const std::string& origin);
bool is_former_epoch(const std::string& former, const std::string& origin);  // of the same log
std::string to_text(const Checkpoint& checkpoint);                // the note's text
Checked<Checkpoint> parse_checkpoint_text(std::string_view text); // extension lines are passed over

// A checkpoint with who signed it.
struct SignedCheckpoint {
  Checkpoint checkpoint;
  Note note;
  std::vector<VerifiedSignature> signatures;  // of the keys that it was checked with
  bool signed_by(KeyKind kind) const;
};
// Signed by at least one log key of that origin among `keys`; cosignatures of others among them are checked as well.
Checked<SignedCheckpoint> open_checkpoint(std::string_view note, const std::vector<Verifier>& keys);

// c2sp.org/tlog-proof: that a leaf is in the log, by itself.
struct InclusionProof {
  std::uint64_t index = 0;
  Hashes hashes;
  std::string note;
};
std::string to_text(const InclusionProof& proof);
Checked<InclusionProof> parse_inclusion_proof(std::string_view text);
// That `leaf` (its bytes) is where the proof says, in the checkpoint that it ends in.
Checked<SignedCheckpoint> check_inclusion(const InclusionProof& proof, std::string_view leaf, const std::vector<Verifier>& keys);

// Base64, one hash to a line.
std::string hash_lines(const Hashes& hashes);

// What a signer or a witness is asked (c2sp.org/tlog-witness, add-checkpoint): the size it saw last, the proof from there, the checkpoint.
struct ExtensionRequest {
  std::uint64_t old = 0;
  Hashes proof;
  std::string checkpoint;  // a signed note for a witness, its text alone for the signer
};
std::string to_text(const ExtensionRequest& request);
Checked<ExtensionRequest> parse_extension_request(std::string_view text);

}  // namespace rireki::proof
