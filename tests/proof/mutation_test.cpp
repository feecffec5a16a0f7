// The fuzzed entries over mutated notes, tiles, proofs and bundles, in every check; libFuzzer goes on from there (tests/fuzz).
#include <gtest/gtest.h>

#include "proof/checkpoint.h"
#include "proof/leaf.h"
#include "tests/fuzz/mutation.h"
#include "tests/fuzz/proof_entry.h"

namespace rireki::fuzz {

TEST(MutatedProofs, AreReadInOneSpellingOrRefused) {
  using namespace proof;
  const auto key = SigningKey::random("ward.example/rireki/log/1", KeyKind::kEd25519);
  const std::string text = to_text(Checkpoint{.origin = key.verifier().name, .size = 42, .root = sha256({"root"})}), note = text + "\n" + key.signature_line(text);
  const Leaf leaf{.position = 7, .time = 1'775'001'600'000'000, .event_class = 1, .metadata = sha256({"m"}), .body = sha256({"b"})};
  const std::string good[] = {to_text(key.verifier()), key.to_text(), note, text, to_text(leaf), bundle_of({leaf, leaf}), "tile/0/x001/067.p/12", std::string(64, 'h'),
                              to_text(InclusionProof{.index = 6, .hashes = {sha256({"1"}), sha256({"2"})}, .note = note}), to_text(ExtensionRequest{.old = 7, .proof = {sha256({"1"})}, .checkpoint = note})};
  int read = 0, refused = 0;
  for (const auto& one : good) {
    ASSERT_TRUE(read_formats(one)) << one;
    const auto [accepted, not_accepted] = mutate(one, 4'000, read_formats);
    read += accepted;
    refused += not_accepted;
  }
  EXPECT_GT(read, 100) << "some changes make other good ones: another text in a request, another number";
  EXPECT_GT(refused, 10'000);
}

TEST(MutatedBundles, HoldOnlyWhereNothingThatCountsWasChanged) {
  for (const auto& bundle : {good_audit_bundle(), good_part_bundle()}) {
    ASSERT_TRUE(read_audit_bundle(bundle));
    const auto [held, refused] = mutate(bundle, 4'000, read_audit_bundle);
    EXPECT_GT(refused, 1'000);
    EXPECT_LT(held, 3'000) << "what is padding between files does not count";
  }
}

}  // namespace rireki::fuzz
