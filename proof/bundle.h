// The audit bundle: a tar file with which somebody who trusts nobody here, and has only the log's public key on paper, checks that the history is
// whole (security.md 1.6). Everything in it is of public formats.
//
//   README.txt              what this is, how it is checked, with three tools
//   checkpoint              the signed note that it is of
//   checkpoints/<size>      the notes kept from before
//   events/<seq>.meta/.body the stored bytes of events that are disclosed; .open: what opens their sealed sections
//   key.pub, witness.pub    public keys, for convenience: trust the ones on paper
//   keys.txt                of each sealing key: its id, where it was created, where erased
//   proofs/<seq>.tlog-proof of a bundle of a part; <seq>.leaf beside it
//   tile/…, tile/entries/…  of a bundle of everything: all hash tiles, all leaves
//
// An .open file is a sequence of: length of the section's name (1 byte), name, length (4 bytes, little endian), 32 random bytes and the text. The
// SHA-256 of "rireki-open/v1" and these last is the commitment that stands in the metadata.
#pragma once

#include <map>

#include "proof/checkpoint.h"
#include "proof/leaf.h"

namespace rireki::proof {

inline constexpr std::size_t kBundleFileBytesMax = 4 * 1024 * 1024;

struct BundleCheck {
  std::vector<Verifier> keys;             // trusted: of the log and, if any, of witnesses
  std::vector<std::string> older;         // notes that the auditor kept
  std::function<void(std::uint64_t done, std::uint64_t all)> progress;
};
struct BundleReport {
  SignedCheckpoint checkpoint;
  std::uint64_t leaves = 0, tiles = 0, disclosed = 0, opened = 0, older = 0;
  std::uint64_t first = 0, last = 0;      // of a part
  bool whole = false;                     // every leaf is there and gives the root
  std::vector<std::pair<std::uint64_t, std::uint64_t>> erased_keys;  // where created, where erased; of a whole bundle: that is what stands there
};
// Everything that can be checked, in the order of the specification; the first thing that does not hold is the fault, with where it stands. An older
// checkpoint may be of a former epoch of the same log, if its key is trusted too. Takes 32 bytes of memory for each event of a whole bundle.
Checked<BundleReport> check_bundle(const std::string& path, const BundleCheck& check);
Checked<BundleReport> check_bundle_bytes(std::string_view bytes, const BundleCheck& check);

// What README.txt says, in Japanese and English.
std::string bundle_readme();

}  // namespace rireki::proof
