// The tree over the log: the same for every engine, the same after every restart, and nothing altered below it goes unseen.
#include <rocksdb/cache.h>
#include <rocksdb/db.h>

#include "eventstore/rocks_codec.h"
#include "eventstore/rocks_options.h"
#include "eventstore/verify_log.h"
#include "proof/checkpoint.h"
#include "tests/eventstore/log_fixture.h"

namespace rireki {
namespace {

using proof::kTileWidth;

class TransparentLog : public AnyLog {
 protected:
  TransparencyLog& tree() { return durable() ? dynamic_cast<RocksEventLog&>(*log_).transparency() : dynamic_cast<MemoryEventLog&>(*log_).transparency(); }
  void grow_to(Position size) {
    while (log_->head() < size) {
      std::vector<NewEvent> events;
      for (Position i = log_->head(); i < size && events.size() < 500; ++i) events.push_back(event("A", {"s:" + std::to_string(i % 7)}, i % 5 == 0 ? "" : "body " + std::to_string(i)));
      ASSERT_TRUE(append(std::move(events)));
    }
  }
  // By the definition, from what is stored.
  Digest root_by_definition(Position size) {
    proof::GrowingTree all;
    EXPECT_TRUE(log_->read(AllEvents{}, {.up_to = size}, [&](const EventView& e) {
      all.push(proof::leaf_hash(leaf_of(e)), [](unsigned, std::uint64_t, const proof::Hashes&) {});
      return true;
    }));
    return all.root();
  }
  std::string signed_note(Position size, const Digest& root) {
    const std::string text = to_text(proof::Checkpoint{.origin = key_.verifier().name, .size = size, .root = root});
    return text + "\n" + key_.signature_line(text);
  }
  const proof::SigningKey key_ = proof::SigningKey::random("ward.example/rireki/log/1", proof::KeyKind::kEd25519);
};
INSTANTIATE_TEST_SUITE_P(Engines, TransparentLog, ::testing::Values("memory", "rocks"), [](const auto& info) { return std::string(info.param); });

TEST_P(TransparentLog, HasTheRootOfItsEventsAtEverySizeFromNone) {
  EXPECT_EQ(tree().tree_head().size, 0u);
  EXPECT_EQ(tree().tree_head().root, proof::empty_root());
  for (const Position size : {1u, 2u, 255u, 256u, 257u, 700u}) {
    grow_to(size);
    EXPECT_EQ(tree().tree_head().size, size);
    EXPECT_EQ(tree().tree_head().root, root_by_definition(size)) << size;
    EXPECT_EQ(tree().tree().root(size).value(), root_by_definition(size)) << size;
    restart();
    EXPECT_EQ(tree().tree_head().root, root_by_definition(size)) << size;
  }
  for (const Position old : {1u, 256u, 300u, 512u, 700u})
    EXPECT_TRUE(proof::verify_consistency(old, 700, root_by_definition(old), tree().tree_head().root, tree().tree().consistency(old, 700).value())) << old;
}

TEST_P(TransparentLog, GivesTheLeafOfEveryEvent) {
  grow_to(300);
  for (const auto& [first, last] : {std::pair<Position, Position>{1, 256}, {257, 300}, {100, 100}}) {
    Position at = first;
    for (const auto& leaf : tree().leaves(first, last).value()) {
      log_->read(AllEvents{}, {.after = at - 1, .up_to = at}, [&](const EventView& e) {
        EXPECT_EQ(leaf, leaf_of(e));
        return true;
      }).value();
      EXPECT_EQ(leaf.body.has_value(), at % 5 != 1) << "an event without a body has none to digest";
      const auto proof = tree().tree().inclusion(at - 1, 300).value();
      EXPECT_TRUE(proof::verify_inclusion(at - 1, 300, proof::leaf_hash(leaf), proof, tree().tree_head().root)) << at;
      ++at;
    }
    EXPECT_EQ(at, last + 1);
  }
  EXPECT_FALSE(tree().leaves(301, 301));
  EXPECT_FALSE(tree().leaves(0, 1));
  EXPECT_FALSE(tree().tile(0, 1, 45));
  EXPECT_FALSE(tree().tile(0, 2, 1));
  EXPECT_TRUE(tree().tile(0, 1, 44));
}

TEST_P(TransparentLog, KeepsCheckpointsBySize) {
  grow_to(3);
  for (const Position size : {1u, 3u}) EXPECT_TRUE(tree().keep_checkpoint(size, signed_note(size, root_by_definition(size))));
  restart();
  EXPECT_EQ(tree().checkpoints(0, 10), (P{1, 3}));
  EXPECT_EQ(tree().checkpoints(2, 10), (P{3}));
  EXPECT_EQ(tree().checkpoints(~Position{0}, 1, Direction::kBackward), (P{3}));
  EXPECT_EQ(*tree().checkpoint(3), signed_note(3, root_by_definition(3)));
  EXPECT_FALSE(tree().checkpoint(2));
  tree().drop_checkpoint(1);
  EXPECT_EQ(tree().checkpoints(0, 10), (P{3}));
}

TEST_P(TransparentLog, DigestsSaltedBodiesSoThatAShortOneCannotBeGuessed) {
  ASSERT_TRUE(append({event("A", {}, "yes"), event("A", {}, "yes")}));
  const auto leaves = tree().leaves(1, 2).value();
  EXPECT_NE(leaves[0].body, leaves[1].body);
  EXPECT_NE(leaves[0].body, sha256({"yes"}));
  EXPECT_EQ(positions(AllEvents{}).size(), 2u);
  log_->read(AllEvents{}, {}, [](const EventView& e) {
    EXPECT_EQ(e.body(), "yes");
    return true;
  }).value();
}

// What somebody with the disk could do: other bytes, with good checksums.
class AlteredLog : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fresh_folder("altered-XXXXXX");
    options_.free_bytes_min = 0;
    auto log = open();
    for (int i = 0; i < 600; ++i) ASSERT_TRUE(log->append({.events = {{.id = {1, static_cast<std::uint64_t>(i) + 1}, .type = "A", .tags = {"s:1"}, .actor = "a1", .body = "body " + std::to_string(i)}}, .condition = Unconditional{}}));
    const auto head = log->transparency().tree_head();
    const std::string text = to_text(proof::Checkpoint{.origin = key_.verifier().name, .size = head.size, .root = head.root});
    ASSERT_TRUE(log->transparency().keep_checkpoint(head.size, text + "\n" + key_.signature_line(text)));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::unique_ptr<RocksEventLog> open() { return RocksEventLog::open(folder_, options_).value(); }

  // One byte of the value under `key`, `at` from its end if negative; at = 0: the whole value goes.
  void alter(const std::string& family, const std::string& key, std::ptrdiff_t at, char bits = 1) {
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    const auto cache = rocksdb::NewLRUCache(1 << 20);
    ASSERT_TRUE(rocksdb::DB::Open(database_options(options_, cache), folder_.string(), families(options_, cache), &handles, &db).ok());
    for (auto* handle : handles) {
      if (handle->GetName() == family) {
        std::string value;
        ASSERT_TRUE(db->Get({}, handle, key, &value).ok());
        if (at == 0) ASSERT_TRUE(db->Delete({}, handle, key).ok());
        else {
          value[at < 0 ? value.size() - static_cast<std::size_t>(-at) : static_cast<std::size_t>(at)] ^= bits;
          ASSERT_TRUE(db->Put({}, handle, key, value).ok());
        }
      }
      db->DestroyColumnFamilyHandle(handle);
    }
    delete db;
  }
  static std::string event_key(Position position) { return std::string(LogKey(position).view()); }
  std::string refusal() {
    auto opened = RocksEventLog::open(folder_, options_);
    if (opened) return "";
    EXPECT_EQ(opened.error().kind, OpenErrorKind::kCorrupt);
    return opened.error().what;
  }

  // What verify_log says of it, in one text.
  std::string named() {
    auto options = options_;
    options.inspect = true;
    const auto log = RocksEventLog::open(folder_, options).value();
    EXPECT_EQ(log->append({.events = {{.id = {9, 9}, .type = "A"}}, .condition = Unconditional{}}).error().code, AppendErrorCode::kClosed);
    const auto report = verify_log(*log, log->transparency(), {.keys = {key_.verifier()}});
    EXPECT_EQ(report.events, 600u);
    std::string all;
    for (const auto& finding : report.findings) all += finding.what.en + "\n";
    return all;
  }

  std::filesystem::path folder_;
  RocksOptions options_;
  const proof::SigningKey key_ = proof::SigningKey::random("ward.example/rireki/log/1", proof::KeyKind::kEd25519);
};

TEST_F(AlteredLog, IsNamedByVerificationWhereverItWasAltered) {
  EXPECT_EQ(named(), "");
  alter("log", event_key(17), -20);
  EXPECT_EQ(named(), "position 17: the event is not what was recorded.\n");
  EXPECT_EQ(refusal(), "") << "the tiles are as they were: only looking at every event finds it";
  alter("log", event_key(17), -20);
  alter("log", event_key(300), 60);  // in the metadata
  EXPECT_EQ(named(), "position 300: the event is not what was recorded.\n");
  alter("log", event_key(300), 60);  // in the metadata
  alter("log", event_key(590), -20);
  EXPECT_EQ(named(), "positions 1–600: events or tiles among these are not what was signed.\n") << "there is no older checkpoint to narrow it";
  alter("log", event_key(590), -20);
  EXPECT_EQ(named(), "");
  alter("tree", std::string(1, '\0') + event_key(1), 100);
  EXPECT_TRUE(named().starts_with("tile/0/001: it was altered; the events are as they were signed.\n")) << named();
  alter("tree", std::string(1, '\0') + event_key(1), 100);
  alter("tree", '\xf1' + event_key(600), 40);
  EXPECT_NE(named().find("checkpoint 600: "), std::string::npos);
  alter("tree", '\xf1' + event_key(600), 40);
  EXPECT_EQ(named(), "");
  alter("log", event_key(100), 0);
  EXPECT_NE(named().find("position 100: the event cannot be read"), std::string::npos);
  EXPECT_EQ(named().find("position 101"), std::string::npos);
}

TEST_F(AlteredLog, OpensWhereNothingWasAltered) { EXPECT_EQ(refusal(), ""); }

TEST_F(AlteredLog, DoesNotOpenWithAnEventOfTheLastBundleAltered) {
  alter("log", event_key(590), -20);
  EXPECT_NE(refusal().find("checkpoint of size 600"), std::string::npos);
}

TEST_F(AlteredLog, IsReadWithoutHarmWhateverItsMetadataSay) {
  // Every byte of an event's metadata behind the record's header, with pointers that lead far away and classes that there are not.
  for (std::ptrdiff_t at = 8; at < 232; at += 3) {
    alter("log", event_key(590), at, '\xff');
    EXPECT_NE(refusal(), "") << at;
    EXPECT_NE(named(), "") << at;
    alter("log", event_key(590), at, '\xff');
  }
  alter("log", event_key(20), 8 + 8 + 8 + 92, 7);
  EXPECT_NE(named().find("position 20: the event is not of the form of one"), std::string::npos) << named();
}

TEST_F(AlteredLog, DoesNotOpenWithATileAlteredOrGone) {
  alter("tree", std::string(1, '\0') + event_key(0), 100);
  EXPECT_NE(refusal().find("checkpoint of size 600"), std::string::npos);
  alter("tree", std::string(1, '\0') + event_key(0), 0);
  EXPECT_NE(refusal().find("tile/0/000 is missing"), std::string::npos);
}

TEST_F(AlteredLog, DoesNotOpenWithItsCheckpointAltered) {
  alter("tree", '\xf1' + event_key(600), 40);
  EXPECT_NE(refusal().find("checkpoint of size 600"), std::string::npos);
}

TEST_F(AlteredLog, DoesNotOpenWithItsLastEventsGone) {
  for (Position position = 590; position <= 600; ++position) alter("log", event_key(position), 0);
  EXPECT_NE(refusal(), "");
}

TEST_F(AlteredLog, ThatWasWrittenBeforeThereWasATreeIsGivenOneOnce) {
  const auto head = open()->transparency().tree_head();
  {
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    const auto cache = rocksdb::NewLRUCache(1 << 20);
    ASSERT_TRUE(rocksdb::DB::Open(database_options(options_, cache), folder_.string(), families(options_, cache), &handles, &db).ok());
    ASSERT_TRUE(db->DeleteRange({}, handles[4], std::string(1, '\0'), std::string(20, '\xff')).ok());
    ASSERT_TRUE(db->Put({}, handles[3], "format", "1").ok());
    for (auto* handle : handles) db->DestroyColumnFamilyHandle(handle);
    delete db;
  }
  EXPECT_EQ(open()->transparency().tree_head().root, head.root);
  EXPECT_TRUE(open()->transparency().tile(0, 0, 256)) << "and it is kept";
}

}  // namespace
}  // namespace rireki
