// The keyring: keys that last, keys that are gone, and what a crash or another's hands leave of it.
#include "eventstore/keyring.h"

#include <fstream>

#include "tests/eventstore/log_fixture.h"

namespace rireki {
namespace {

namespace fs = std::filesystem;

class KeyringFolder : public ::testing::Test {
 protected:
  void SetUp() override { folder_ = fs::path(fresh_folder("keyring-XXXXXX")) / "keys"; }
  void TearDown() override { fs::remove_all(folder_.parent_path()); }
  std::string bytes_of(const fs::path& file) const {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const fs::path& file, const std::string& bytes) const { std::ofstream(file, std::ios::binary) << bytes; }
  KeyringErrorKind error_of_opening() const {
    auto opened = Keyring::open(folder_);
    return opened ? KeyringErrorKind::kExists : opened.error().kind;
  }

  fs::path folder_;
  const KeyOwner hanako_{"person:p1", "general"}, her_health_{"person:p1", "health"}, case_{"case:c1", "harassment"};
};

TEST_F(KeyringFolder, GivesEachOwnerAndClassAKeyOfItsOwn) {
  const auto keyring = Keyring::create(folder_).value();
  const auto first = keyring->key_for(hanako_);
  EXPECT_FALSE(first.announced);
  EXPECT_EQ(keyring->key_for(hanako_).id, first.id);
  EXPECT_NE(keyring->key_for(her_health_).id, first.id);
  EXPECT_NE(keyring->key_for(her_health_).key.bytes(), first.key.bytes());
  EXPECT_EQ(keyring->find(first.id)->bytes(), first.key.bytes());
  EXPECT_FALSE(keyring->find({1, 2}));
  EXPECT_EQ(keyring->keys_of("person:p1").size(), 2u);
}

TEST_F(KeyringFolder, KeepsWhatTheLogSaidOverARestartAndForgetsWhatItNeverSaid) {
  Id128 said, unsaid;
  std::string key;
  {
    const auto keyring = Keyring::create(folder_).value();
    const auto use = keyring->key_for(hanako_);
    said = use.id;
    key = use.key.bytes();
    unsaid = keyring->key_for(case_).id;
    EXPECT_TRUE(keyring->assigned({said, hanako_, 7}));
    EXPECT_FALSE(keyring->assigned({{1, 2}, hanako_, 7}));
    keyring->read_up_to(9);
  }
  const auto keyring = Keyring::open(folder_).value();
  EXPECT_TRUE(keyring->key_for(hanako_).announced);
  EXPECT_EQ(keyring->find(said)->bytes(), key);
  EXPECT_EQ(keyring->read_up_to(), 9u);
  ASSERT_EQ(keyring->keys().size(), 1u);
  EXPECT_EQ(keyring->keys()[0].at, 7u);
  EXPECT_TRUE(keyring->find(unsaid)) << "what an append that failed had taken is a spare key again";
  EXPECT_TRUE(keyring->keys_of("case:c1").empty());
}

TEST_F(KeyringFolder, MakesMoreKeysThanItMadeAhead) {
  std::map<std::string, std::string> keys;
  {
    const auto keyring = Keyring::create(folder_).value();
    for (std::size_t i = 0; i < 3 * kSpareKeysMade; ++i) {
      const auto use = keyring->key_for({"case:c" + std::to_string(i), "general"});
      keys[key_text(use.id)] = use.key.bytes();
      keyring->assigned({use.id, {"case:c" + std::to_string(i), "general"}, i + 1});
    }
  }
  EXPECT_EQ(keys.size(), 3 * kSpareKeysMade);
  const auto keyring = Keyring::open(folder_).value();
  for (const auto& [id, key] : keys) EXPECT_EQ(keyring->find(*parse_key_id(id))->bytes(), key);
}

TEST_F(KeyringFolder, DestroysErasedKeysInEveryCopyOfItsFile) {
  Id128 gone, kept;
  fs::path copy = folder_.parent_path() / "yesterday";
  {
    const auto keyring = Keyring::create(folder_).value();
    gone = keyring->key_for(hanako_).id;
    kept = keyring->key_for(case_).id;
    keyring->assigned({gone, hanako_, 1});
    keyring->assigned({kept, case_, 2});
    keyring->save();
    fs::copy(folder_, copy, fs::copy_options::recursive);
    const auto views = keyring->own("views");
    const auto ratchet = keyring->ratchet({gone}, {"views"}).value();
    EXPECT_EQ(ratchet.epoch_before + 1, ratchet.epoch);
    EXPECT_NE(ratchet.keys_before, ratchet.keys);
    EXPECT_FALSE(keyring->find(gone));
    EXPECT_TRUE(keyring->find(kept));
    EXPECT_TRUE(keyring->erased(gone));
    EXPECT_NE(keyring->own("views").bytes(), views.bytes()) << "what views kept on disk is not readable either";
    EXPECT_NE(keyring->key_for(hanako_).id, gone);
  }
  {
    const auto keyring = Keyring::open(folder_).value();
    EXPECT_FALSE(keyring->find(gone));
    EXPECT_TRUE(keyring->erased(gone));
    EXPECT_TRUE(keyring->find(kept));
  }
  // Yesterday's file of keys with what is left on the disk today: the key that opens it is gone.
  fs::remove(copy / "kek-1");
  for (const char* name : {"kek-2", "root"}) fs::copy_file(folder_ / name, copy / name, fs::copy_options::overwrite_existing);
  const auto old = Keyring::open(copy);
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().kind, KeyringErrorKind::kCorrupt);
}

TEST_F(KeyringFolder, GoesOnFromTheOneEpochOrTheOtherWhereARatchetIsCutOff) {
  Id128 gone;
  { gone = Keyring::create(folder_).value()->key_for(hanako_).id; }
  write(folder_ / "kek-2", bytes_of(folder_ / "kek-1"));          // the next epoch's key, its keys not yet
  write(folder_ / "keyring-2.part", "rireki-keyring 1\n");
  EXPECT_TRUE(Keyring::open(folder_).value()->find(gone));
  EXPECT_FALSE(fs::exists(folder_ / "kek-2"));
  const std::string kek = bytes_of(folder_ / "kek-1"), keys = bytes_of(folder_ / "keyring-1");
  { Keyring::open(folder_).value()->ratchet({gone}, {}).value(); }
  EXPECT_FALSE(fs::exists(folder_ / "kek-1"));
  write(folder_ / "kek-1", kek);                                  // whole, but the former not yet destroyed
  write(folder_ / "keyring-1", keys);
  EXPECT_FALSE(Keyring::open(folder_).value()->find(gone));
  EXPECT_FALSE(fs::exists(folder_ / "kek-1"));
  EXPECT_FALSE(fs::exists(folder_ / "keyring-1"));
}

TEST_F(KeyringFolder, DropsABlockThatWasCutOffAndRefusesOneThatWasChanged) {
  Id128 id;
  {
    const auto keyring = Keyring::create(folder_).value();
    id = keyring->key_for(hanako_).id;
    keyring->assigned({id, hanako_, 1});
  }
  const auto file = folder_ / "keyring-1";
  const std::string good = bytes_of(file);
  write(file, good + good.substr(17, 30));
  EXPECT_TRUE(Keyring::open(folder_).value()->find(id));
  EXPECT_EQ(bytes_of(file), good);
  for (const std::size_t at : {std::size_t{0}, std::size_t{30}, good.size() / 2, good.size() - 1}) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    write(file, bad);
    EXPECT_EQ(error_of_opening(), KeyringErrorKind::kCorrupt) << at;
  }
}

TEST_F(KeyringFolder, SaysWhichPartIsMissingOrWrong) {
  EXPECT_EQ(error_of_opening(), KeyringErrorKind::kMissing);
  { Keyring::create(folder_).value(); }
  EXPECT_EQ(Keyring::create(folder_).error().kind, KeyringErrorKind::kExists);
  const std::string root = bytes_of(folder_ / "root");
  write(folder_ / "root", std::string(32, 'x'));
  EXPECT_EQ(error_of_opening(), KeyringErrorKind::kWrongRoot);
  write(folder_ / "root", "short");
  EXPECT_EQ(error_of_opening(), KeyringErrorKind::kWrongRoot);
  write(folder_ / "root", root);
  fs::remove(folder_ / "kek-1");
  EXPECT_EQ(error_of_opening(), KeyringErrorKind::kCorrupt);
  EXPECT_EQ(fs::status(folder_).permissions(), fs::perms::owner_all);
}

TEST_F(KeyringFolder, GoesBackWithALogThatIsShorterThanItHasRead) {
  {
    const auto keyring = Keyring::create(folder_).value();
    keyring->read_up_to(1'000);
    keyring->own("views");
    keyring->read_up_to(500);
  }
  EXPECT_EQ(Keyring::open(folder_).value()->read_up_to(), 500u) << "what is appended from 501 on is read, also when the log has passed 1,000 again";
}

TEST_F(KeyringFolder, StaysAsItWasWhereANewEpochCannotBeWritten) {
  const auto keyring = Keyring::create(folder_).value();
  const auto id = keyring->key_for(hanako_).id;
  fs::create_directories(folder_ / "kek-2" / "in the way");
  EXPECT_FALSE(keyring->ratchet({id}, {}));
  EXPECT_TRUE(keyring->find(id));
  EXPECT_EQ(keyring->epoch(), 1u);
  EXPECT_TRUE(keyring->find(keyring->key_for(case_).id));
}

TEST_F(KeyringFolder, SealsNothingMoreUnderAnErasedKeyThoughTheFormerEpochCannotBeDestroyed) {
  const auto keyring = Keyring::create(folder_).value();
  const auto id = keyring->key_for(hanako_).id;
  fs::create_directories(folder_ / "kek-7" / "in the way");
  EXPECT_FALSE(keyring->ratchet({id}, {}));
  keyring->release({id});
  EXPECT_FALSE(keyring->find(id));
  EXPECT_NE(keyring->key_for(hanako_).id, id) << "the file does not have it any more: what it seals would be lost at the next start";
}

TEST_F(KeyringFolder, MayHaveItsRootElsewhere) {
  const auto root = folder_.parent_path() / "root-on-another-volume";
  { Keyring::create(folder_, root).value()->own("views"); }
  EXPECT_FALSE(fs::exists(folder_ / "root"));
  EXPECT_TRUE(Keyring::open(folder_, root));
}

}  // namespace
}  // namespace rireki
