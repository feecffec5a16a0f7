#include "eventstore/checkpoint_keeper.h"

#include "tests/eventstore/folder_signer.h"
#include "tests/eventstore/log_fixture.h"

namespace rireki {
namespace {

using namespace std::chrono_literals;

class Checkpoints : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = fresh_folder("checkpoints-XXXXXX");
    signer_ = std::make_unique<QuietSigner>(root_ / "signer");
    options_.free_bytes_min = 0;
    options_.env = QuickDisk::env();
    options_.clock = [this] { return now_; };
    open();
  }
  void TearDown() override {
    log_.reset();
    std::filesystem::remove_all(root_);
  }
  void open(const char* folder = "log") { log_ = RocksEventLog::open(root_ / folder, options_).value(); }
  void append(int events, const std::string& story = "event ") {
    for (int i = 0; i < events; ++i) ASSERT_TRUE(log_->append({.events = {{.id = {1, ++ids_}, .type = "A", .actor = "a1", .body = story + std::to_string(i)}}, .condition = Unconditional{}}));
  }
  std::unique_ptr<CheckpointKeeper> keeper(std::chrono::milliseconds every = 1h) {
    auto opened = CheckpointKeeper::open(log_->transparency(), *signer_, {.every = every, .clock = [this] { return now_; }, .on_fault = [this](const proof::Fault& fault) { faults_.push_back(fault.en); },
                                                                                  .on_keys = [this](const std::vector<proof::Verifier>& keys) { told_keys_ = keys; }});
    if (!opened) refusal_ = opened.error().en;
    return opened ? std::move(*opened) : nullptr;
  }

  std::filesystem::path root_;
  RocksOptions options_;
  std::unique_ptr<QuietSigner> signer_;
  std::unique_ptr<RocksEventLog> log_;
  std::vector<std::string> faults_;
  std::vector<proof::Verifier> told_keys_;
  std::string refusal_;
  std::uint64_t ids_ = 0;
  Instant now_{std::chrono::sys_days{std::chrono::year{2026} / 4 / 1}};
};

TEST_F(Checkpoints, AreSignedOnDemandAndAtTheEnd) {
  append(3);
  auto kept = keeper();
  ASSERT_TRUE(kept) << refusal_;
  const auto note = kept->sign_now().value();
  EXPECT_EQ(proof::open_checkpoint(note, kept->keys()).value().checkpoint.size, 3u);
  EXPECT_EQ(*log_->transparency().checkpoint(3), note);
  EXPECT_EQ(kept->sign_now().value(), note) << "nothing new: the same note";
  EXPECT_EQ(signer_->asked, 1);
  append(2);
  kept.reset();
  EXPECT_TRUE(log_->transparency().checkpoint(5));
}

TEST_F(Checkpoints, FollowTheLogByThemselves) {
  auto kept = keeper(5ms);
  append(1);
  for (int i = 0; i < 1'000 && !log_->transparency().checkpoint(1); ++i) std::this_thread::sleep_for(5ms);
  EXPECT_TRUE(log_->transparency().checkpoint(1));
}

TEST_F(Checkpoints, OfAnEmptyLogThereAreNone) {
  keeper(1ms).reset();
  EXPECT_EQ(signer_->asked, 0);
}

TEST_F(Checkpoints, AreNotMadeWhileTheSignerIsAwayAndItIsSaidOnce) {
  append(1);
  auto kept = keeper();
  signer_->silent = true;
  EXPECT_FALSE(kept->sign_now());
  EXPECT_FALSE(kept->sign_now());
  EXPECT_EQ(faults_, (std::vector<std::string>{"The signer does not answer."}));
  EXPECT_TRUE(kept->fault());
  signer_->silent = false;
  EXPECT_TRUE(kept->sign_now());
  EXPECT_FALSE(kept->fault());
}

TEST_F(Checkpoints, GoOnAfterTheSignersAnswerWasLost) {
  append(1);
  auto kept = keeper();
  ASSERT_TRUE(kept->sign_now());
  append(1);
  signer_->answers_lost = 1;
  EXPECT_TRUE(kept->sign_now()) << "it was signed: the signer remembers";
  EXPECT_TRUE(log_->transparency().checkpoint(2));
  append(1);
  EXPECT_TRUE(kept->sign_now());
  EXPECT_TRUE(faults_.empty());
}

TEST_F(Checkpoints, GoOnUnderAnotherKeyAndSayThatThereIsOne) {
  append(1);
  auto kept = keeper();
  ASSERT_TRUE(kept->sign_now());
  const auto fresh = signer_->opened().rotate(0).value();
  append(1);
  const auto both = kept->sign_now().value();
  EXPECT_TRUE(proof::open_checkpoint(both, {fresh}));
  EXPECT_EQ(kept->keys().front(), fresh);
  EXPECT_EQ(told_keys_, kept->keys());
}

TEST_F(Checkpoints, EndWhereTheSignerGoesOverToAnotherLog) {
  append(1);
  auto kept = keeper();
  ASSERT_TRUE(kept->sign_now());
  ASSERT_TRUE(signer_->opened().begin_epoch());
  append(1);
  EXPECT_FALSE(kept->sign_now());
  EXPECT_NE(kept->fault()->en.find("another log's key"), std::string::npos);
}

TEST_F(Checkpoints, GoOnAfterBeingCutOffBetweenTheSignatureAndTheDatabase) {
  append(3);
  keeper().reset();
  log_->transparency().drop_checkpoint(3);
  append(1);
  auto kept = keeper();
  ASSERT_TRUE(kept) << refusal_;
  EXPECT_TRUE(log_->transparency().checkpoint(3));
  EXPECT_TRUE(kept->sign_now());
}

TEST_F(Checkpoints, EndWhereTheLogHasFewerEventsThanWereSigned) {
  append(3);
  log_.reset();
  std::filesystem::copy(root_ / "log", root_ / "backup", std::filesystem::copy_options::recursive);
  open();
  append(2);
  keeper().reset();
  open("backup");
  EXPECT_FALSE(keeper());
  EXPECT_NE(refusal_.find("5 events were signed and the log has only 3"), std::string::npos);
}

TEST_F(Checkpoints, EndWhereTheLogIsAnother) {
  append(3);
  keeper().reset();
  open("other");
  append(4, "another story ");
  EXPECT_FALSE(keeper());
  EXPECT_NE(refusal_.find("not those that were signed"), std::string::npos);
}

TEST_F(Checkpoints, EndWhereTheSignersMemoryIsGone) {
  append(3);
  keeper().reset();
  std::filesystem::remove_all(root_ / "signer");
  ASSERT_TRUE(proof::SignerFolder::create(root_ / "signer", "ward.example/rireki/log/1"));
  EXPECT_FALSE(keeper());
  EXPECT_NE(refusal_.find("put the signer's folder back"), std::string::npos);
}

TEST_F(Checkpoints, OfOldDaysAreThinnedToOneADayAndTheCosignedStay) {
  auto kept = keeper();
  std::vector<Position> sizes;
  for (int day = 0; day < 3; ++day)
    for (int hour = 0; hour < 4; ++hour) {
      now_ += 3h;
      append(1);
      ASSERT_TRUE(kept->sign_now());
    } 
  const auto witness = proof::SigningKey::random("audit.example", proof::KeyKind::kCosignature);
  const auto note = *log_->transparency().checkpoint(2);
  const auto text = proof::parse_note(note).value().text;
  log_->transparency().keep_checkpoint(2, note + witness.signature_line(text, 1));
  kept->thin();
  EXPECT_EQ(log_->transparency().checkpoints(0, 100).size(), 12u) << "all are young";
  now_ += kCheckpointsKept;
  append(1);
  ASSERT_TRUE(kept->sign_now());
  kept->thin();
  const auto left = log_->transparency().checkpoints(0, 100);
  EXPECT_TRUE(std::find(left.begin(), left.end(), 2u) != left.end());
  EXPECT_EQ(left.back(), 13u);
  EXPECT_LE(left.size(), 6u);
  for (const auto size : left) EXPECT_TRUE(proof::open_checkpoint(*log_->transparency().checkpoint(size), kept->keys())) << size;
}

}  // namespace
}  // namespace rireki
