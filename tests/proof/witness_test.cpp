// The witness outside, by the specification's status codes.
#include "proof/witness.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "proof/durable_file.h"
#include "tests/proof/small_tree.h"

namespace rireki::proof {
namespace {

using enum ExtensionAnswer;
constexpr std::int64_t kNow = 1'800'000'000;

class Witness : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::path(RIREKI_BINARY_DIR) / "witness-XXXXXX").string();
    ASSERT_TRUE(::mkdtemp(pattern.data()));
    folder_ = pattern;
    folder_ /= "w";
    ASSERT_TRUE(WitnessFolder::create(folder_, "audit.example"));
    auto made = witness();
    ASSERT_FALSE(made.follow(log_.verifier()));
    for (int i = 0; i < 50; ++i) tree_.push(leaf_hash("event " + std::to_string(i)));
    for (int i = 0; i < 50; ++i) other_.push(leaf_hash((i < 5 ? "event " : "another story ") + std::to_string(i)));
  }
  void TearDown() override { std::filesystem::remove_all(folder_.parent_path()); }
  WitnessFolder witness() { return WitnessFolder::open(folder_).value(); }  // as after a restart, each time

  std::string note(const SmallTree& tree, std::uint64_t size, const SigningKey& key, const std::string& origin = "") {
    const std::string text = to_text(Checkpoint{.origin = origin.empty() ? key.verifier().name : origin, .size = size, .root = tree.tiled().root(size).value()});
    return text + "\n" + key.signature_line(text);
  }
  Seen ask(const SmallTree& tree, std::uint64_t old, std::uint64_t size) {
    ExtensionRequest request{.old = old, .proof = {}, .checkpoint = note(tree, size, log_)};
    if (old > 0 && old <= size) request.proof = tree.tiled().consistency(old, size).value();
    return witness().add_checkpoint(to_text(request), kNow);
  }
  int evidence() {
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) files += entry.path().filename().string().starts_with("refused-");
    return files;
  }

  std::filesystem::path folder_;
  const SigningKey log_ = SigningKey::random("ward.example/rireki/log/1", KeyKind::kEd25519);
  SmallTree tree_, other_;
};

TEST_F(Witness, CosignsWhatGoesOnFromWhatItSaw) {
  for (const auto& [old, size] : {std::pair<std::uint64_t, std::uint64_t>{0, 3}, {3, 3}, {3, 40}}) {
    const auto seen = ask(tree_, old, size);
    ASSERT_EQ(seen.answer, kSigned) << seen.fault.en;
    const auto opened = open_checkpoint(note(tree_, size, log_) + seen.text, {log_.verifier(), witness().public_key()}).value();
    EXPECT_TRUE(opened.signed_by(KeyKind::kCosignature));
    EXPECT_EQ(opened.signatures.back().time, kNow);
  }
}

TEST_F(Witness, RefusesARewrittenHistoryAndKeepsTheEvidence) {
  ASSERT_EQ(ask(tree_, 0, 10).answer, kSigned);
  EXPECT_EQ(ask(other_, 10, 20).answer, kUnprovable);
  EXPECT_EQ(ask(other_, 10, 10).answer, kConflict);
  EXPECT_EQ(evidence(), 2);
  EXPECT_EQ(ask(tree_, 10, 20).answer, kSigned);
}

TEST_F(Witness, KeepsNothingThatAStrangerAdds) {
  ASSERT_EQ(ask(tree_, 0, 10).answer, kSigned);
  std::string padded = "old 10\n\n" + note(tree_, 10, log_);
  for (int i = 0; i < 99; ++i) padded += SigningKey::random("stranger" + std::to_string(i), KeyKind::kEd25519).signature_line("x\n");
  EXPECT_EQ(witness().add_checkpoint(padded, kNow).answer, kSigned);
  EXPECT_EQ(ask(tree_, 10, 20).answer, kSigned) << "what was kept is still a note";
  // The same note with other lines of strangers is the same piece of evidence.
  for (int i = 0; i < 3; ++i) {
    const auto text = "old 20\n" + hash_lines({sha256({"no proof"})}) + "\n" + note(other_, 30, log_) + SigningKey::random("stranger", KeyKind::kEd25519).signature_line("x\n");
    EXPECT_EQ(witness().add_checkpoint(text, kNow).answer, kUnprovable);
  }
  EXPECT_EQ(evidence(), 1);
}

TEST_F(Witness, DoesNotTakeAnOlderCheckpointForAFork) {
  ASSERT_EQ(ask(tree_, 0, 10).answer, kSigned);
  EXPECT_EQ(ask(tree_, 9, 9).answer, kConflict);
  EXPECT_EQ(evidence(), 0);
}

TEST_F(Witness, SaysWhatItSawToWhoeverIsBehind) {
  ASSERT_EQ(ask(tree_, 0, 10).answer, kSigned);
  const auto behind = ask(tree_, 0, 20);
  EXPECT_EQ(behind.answer, kConflict);
  EXPECT_EQ(behind.text, "10\n");
  EXPECT_EQ(evidence(), 0);
  EXPECT_EQ(ask(tree_, 9, 9).answer, kConflict) << "cut back";
}

TEST_F(Witness, RefusesStrangersAndNonsense) {
  const auto stranger = SigningKey::random("city.example/rireki/log/1", KeyKind::kEd25519);
  const auto impostor = SigningKey::random(log_.verifier().name, KeyKind::kEd25519);
  EXPECT_EQ(witness().add_checkpoint("old 0\n\n" + note(tree_, 3, stranger), kNow).answer, kUnknownLog);
  EXPECT_EQ(witness().add_checkpoint("old 0\n\n" + note(tree_, 3, impostor), kNow).answer, kForbidden);
  EXPECT_EQ(witness().add_checkpoint("old 5\n\n" + note(tree_, 3, log_), kNow).answer, kMalformed);
  for (const char* text : {"", "old 0\n", "old 0\n\n", "old 0\n\nx\n1\nx\n"}) EXPECT_EQ(witness().add_checkpoint(text, kNow).answer, kMalformed) << text;
  std::string cr = "old 0\n\n" + note(tree_, 3, log_);
  cr.insert(cr.find("\n3\n"), "\r");
  EXPECT_EQ(witness().add_checkpoint(cr, kNow).answer, kMalformed);
  EXPECT_EQ(ask(tree_, 0, 3).answer, kSigned) << "nothing of it was taken for seen";
}

TEST_F(Witness, FolderIsRefusedWhereItIsNotOne) {
  EXPECT_FALSE(WitnessFolder::create(folder_, "audit.example"));
  EXPECT_FALSE(WitnessFolder::create(folder_ / "x", "two words"));
  EXPECT_FALSE(WitnessFolder::open(folder_ / "x"));
  ASSERT_EQ(write_durably(folder_ / "key", log_.to_text() + "\n"), 0);
  EXPECT_FALSE(WitnessFolder::open(folder_)) << "a log's key is no witness's";
}

}  // namespace
}  // namespace rireki::proof
