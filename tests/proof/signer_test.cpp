// The signer's rule: it signs what extends what it signed last, and nothing else, whatever it is asked.
#include "proof/signer.h"

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "proof/durable_file.h"
#include "proof/http_service.h"
#include "tests/proof/small_tree.h"

namespace rireki::proof {
namespace {

using enum ExtensionAnswer;
constexpr char kOrigin[] = "ward.example/rireki/log/1";
constexpr std::int64_t kNow = 1'800'000'000;

class Signer : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::path(RIREKI_BINARY_DIR) / "signer-XXXXXX").string();
    ASSERT_TRUE(::mkdtemp(pattern.data()));
    root_ = pattern;
    folder_ = root_ / "signer";
    ASSERT_TRUE(SignerFolder::create(folder_, kOrigin));
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  SignerFolder signer() { return SignerFolder::open(folder_).value(); }  // as after a restart, each time

  void grow(SmallTree& tree, std::uint64_t size, const std::string& story = "event ") {
    while (tree.growing.size() < size) tree.push(leaf_hash(story + std::to_string(tree.growing.size())));
  }
  static ExtensionRequest request(const SmallTree& tree, std::uint64_t old, std::uint64_t size) {
    ExtensionRequest made{.old = old, .proof = {}, .checkpoint = to_text(Checkpoint{.origin = kOrigin, .size = size, .root = tree.tiled().root(size).value()})};
    if (old > 0 && old <= size) made.proof = tree.tiled().consistency(old, size).value();
    return made;
  }
  Seen sign(const ExtensionRequest& asked, std::int64_t now = kNow) { return signer().sign(asked, now); }

  std::filesystem::path root_, folder_;
};

TEST_F(Signer, SignsALogThatGrows) {
  SmallTree tree;
  std::uint64_t old = 0;
  for (const std::uint64_t size : {0u, 1u, 2u, 300u, 300u, 301u}) {
    grow(tree, size);
    const auto seen = sign(request(tree, old, size));
    ASSERT_EQ(seen.answer, kSigned) << size << " " << seen.fault.en;
    EXPECT_EQ(open_checkpoint(seen.text, signer().public_keys()).value().checkpoint.size, size);
    EXPECT_EQ(signer().last_note(), seen.text) << "kept before it was answered";
    old = size;
  }
}

TEST_F(Signer, RefusesALogThatWasRewrittenCutBackOrForked) {
  SmallTree tree, other;
  grow(tree, 10);
  grow(other, 5);
  grow(other, 20, "another story ");
  ASSERT_EQ(sign(request(tree, 0, 10)).answer, kSigned);
  EXPECT_EQ(sign(request(other, 10, 20)).answer, kUnprovable) << "rewritten from the sixth event on";
  EXPECT_EQ(sign(request(other, 10, 10)).answer, kConflict) << "the same size with another root";
  EXPECT_EQ(sign(request(tree, 0, 10)).answer, kConflict) << "not from what was signed last";
  EXPECT_EQ(sign(request(tree, 10, 9)).answer, kMalformed);
  EXPECT_EQ(sign(request(tree, 9, 9)).answer, kConflict) << "cut back";
  EXPECT_EQ(sign(request(tree, 0, 9)).text, "10\n") << "the answer says what was signed last";
  auto without_proof = request(tree, 10, 10);
  grow(tree, 12);
  without_proof.checkpoint = request(tree, 0, 12).checkpoint;
  EXPECT_EQ(sign(without_proof).answer, kUnprovable);
  EXPECT_EQ(sign(request(tree, 10, 12)).answer, kSigned) << "and it goes on with the log it knows";
}

TEST_F(Signer, SignsNothingElse) {
  SmallTree tree;
  grow(tree, 3);
  auto asked = request(tree, 0, 3);
  asked.checkpoint.replace(0, std::string(kOrigin).size(), "city.example/rireki/log/1");
  EXPECT_EQ(sign(asked).answer, kUnknownLog);
  asked = request(tree, 0, 3);
  asked.checkpoint += "extension\n";
  EXPECT_EQ(sign(asked).answer, kMalformed);
  asked.checkpoint = "I owe you a million\n";
  EXPECT_EQ(sign(asked).answer, kMalformed);
}

TEST_F(Signer, SignsNothingWhereItCannotKeepWhatItSigns) {
  SmallTree tree;
  grow(tree, 3);
  auto held = signer();
  std::filesystem::remove_all(folder_);
  EXPECT_EQ(held.sign(request(tree, 0, 3), kNow).answer, kNotKept);
}

TEST_F(Signer, DoesNotTakeADamagedMemoryForNone) {
  SmallTree tree;
  grow(tree, 3);
  ASSERT_EQ(sign(request(tree, 0, 3)).answer, kSigned);
  for (const auto& entry : std::filesystem::directory_iterator(folder_))
    if (entry.path().filename().string().starts_with("seen-")) std::ofstream(entry.path(), std::ios::trunc) << "damaged";
  EXPECT_EQ(sign(request(tree, 0, 3)).answer, kNotKept);
}

TEST_F(Signer, SignsWithBothKeysForNinetyDaysAfterARotation) {
  SmallTree tree;
  grow(tree, 3);
  const auto former = signer().public_keys();
  const auto fresh = signer().rotate(kNow).value();
  EXPECT_EQ(signer().public_keys().size(), 2u);
  auto note = sign(request(tree, 0, 3)).text;
  EXPECT_TRUE(open_checkpoint(note, former)) << "who has the old key goes on";
  EXPECT_TRUE(open_checkpoint(note, {fresh}));
  grow(tree, 4);
  note = sign(request(tree, 3, 4), kNow + kFormerKeySigns).text;
  EXPECT_FALSE(open_checkpoint(note, former));
  EXPECT_TRUE(open_checkpoint(note, {fresh}));
  EXPECT_EQ(signer().public_keys().size(), 1u) << "the former key is gone from the folder";
}

TEST_F(Signer, BeginsAnotherEpochUnderAnotherNameAndKey) {
  SmallTree tree;
  grow(tree, 10);
  ASSERT_EQ(sign(request(tree, 0, 10)).answer, kSigned);
  const auto former = signer().public_keys();
  const auto key = signer().begin_epoch().value();
  EXPECT_EQ(key.name, "ward.example/rireki/log/2");
  auto asked = request(tree, 0, 9);
  EXPECT_EQ(sign(asked).answer, kUnknownLog) << "the former log is signed no more, nor at a smaller size";
  asked.checkpoint.replace(0, asked.checkpoint.find('\n'), key.name);
  EXPECT_EQ(sign(asked).answer, kSigned);
}

TEST_F(Signer, FolderIsMadeOnceAndForItsOwner) {
  EXPECT_FALSE(SignerFolder::create(folder_, kOrigin));
  EXPECT_FALSE(SignerFolder::create(root_ / "other", "no epoch"));
  EXPECT_FALSE(SignerFolder::create(root_ / "other", "ward.example"));
  EXPECT_FALSE(SignerFolder::open(root_ / "other"));
  EXPECT_EQ(std::filesystem::status(folder_).permissions(), std::filesystem::perms::owner_all);
  EXPECT_EQ(std::filesystem::status(folder_ / "keys").permissions(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  for (const char* text : {"", "x\n", "PRIVATE+KEY+a\n"}) {
    std::ofstream(folder_ / "keys", std::ios::trunc) << text;
    EXPECT_FALSE(SignerFolder::open(folder_)) << text;
  }
}

TEST_F(Signer, IsAskedOverASocketAndGoesOnAfterKill9) {
  const auto socket = (root_ / "s").string();
  const ServicePlace place{.socket = socket};
  SmallTree tree;
  grow(tree, 40);
  std::uint64_t old = 0;
  for (int round = 0; round < 4; ++round) {
    const auto child = ::fork();
    if (child == 0) {
      ::execl((std::string(RIREKI_BINARY_DIR) + "/rireki-signer").c_str(), "rireki-signer", "serve", "--folder", folder_.c_str(), "--socket", socket.c_str(), nullptr);
      ::_exit(127);
    }
    Checked<ServiceResponse> answer = Fault{};
    for (int i = 0; i < 500 && !(answer = ask_service(place, {.method = "GET", .target = "/keys", .body = {}})); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    ASSERT_TRUE(answer) << answer.error().en;
    EXPECT_EQ(answer->body, to_text(signer().public_keys().front()) + "\n");
    for (int i = 0; i < 5; ++i) {
      const auto signed_note = ask_service(place, {.method = "POST", .target = "/sign", .body = to_text(request(tree, old, old + 2))}).value();
      ASSERT_EQ(signed_note.status, 200) << signed_note.body;
      old += 2;
      EXPECT_EQ(ask_service(place, {.method = "GET", .target = "/last", .body = {}}).value().body, signed_note.body);
    }
    EXPECT_EQ(ask_service(place, {.method = "POST", .target = "/sign", .body = to_text(request(tree, old - 2, old))}).value().status, 409);
    EXPECT_EQ(ask_service(place, {.method = "POST", .target = "/sign", .body = "nonsense"}).value().status, 400);
    EXPECT_EQ(ask_service(place, {.method = "POST", .target = "/sign", .body = std::string(kServiceBodyBytesMax + 1, 'x')}).value().status, 413);
    EXPECT_EQ(ask_service(place, {.method = "DELETE", .target = "/keys", .body = {}}).value().status, 404);
    ::kill(child, round % 2 ? SIGKILL : SIGTERM);
    int status = 0;
    ::waitpid(child, &status, 0);
  }
}

}  // namespace
}  // namespace rireki::proof
