// Bundles as an auditor gets them: whole or of a part, the same bytes twice, and not one byte altered goes unseen.
#include "eventstore/audit_bundle.h"

#include <gtest/gtest.h>

#include "proof/bundle.h"
#include "tests/eventstore/log_fixture.h"
#include "tests/eventstore/sealed_store.h"

namespace rireki {
namespace {

class Bundle : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fresh_folder("bundle-XXXXXX");
    store_ = std::make_unique<SealedStore>(folder_, RocksOptions{.free_bytes_min = 0, .env = QuickDisk::env()});
    append(290);
    older_ = note();
    tree().keep_checkpoint(size(), older_);
    append(10);
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  void append(int events) {
    for (int i = 0; i < events; ++i) {
      NewEvent event{.id = {1, ++ids_}, .type = "A", .tags = {"s:1"}, .actor = "a1", .body = ids_ % 7 ? "clear " + std::to_string(ids_) : ""};
      if (ids_ % 5 == 0) event.sections.push_back({"case", "case:" + std::to_string(ids_ % 3), "general", "sealed " + std::to_string(ids_)});
      ASSERT_TRUE((*store_)->append({.events = {event}, .condition = Unconditional{}}));
    }
  }
  TransparencyLog& tree() { return store_->store->transparency(); }
  Position size() { return tree().tree_head().size; }
  std::string note() {
    const auto head = tree().tree_head();
    const std::string text = to_text(proof::Checkpoint{.origin = key_.verifier().name, .size = head.size, .root = head.root});
    return text + "\n" + key_.signature_line(text);
  }
  BundleRequest request(Position first = 0, Position last = 0) { return {.checkpoint = note(), .first = first, .last = last, .positions = {}, .keys = {key_.verifier()}, .witnesses = {}, .discloses = {}, .openings = {}, .progress = {}}; }
  std::string bundle(const BundleRequest& asked) {
    std::string bytes;
    EXPECT_TRUE(write_bundle(**store_, tree(), asked, [&](std::string_view part) {
                  bytes += part;
                  return true;
                }).value());
    return bytes;
  }
  proof::Checked<proof::BundleReport> check(const std::string& bytes, std::vector<std::string> older = {}) {
    return proof::check_bundle_bytes(bytes, {.keys = {key_.verifier()}, .older = std::move(older), .progress = {}});
  }

  using Files = std::vector<std::pair<std::string, std::string>>;
  static Files unpacked(const std::string& bytes) {
    Files files;
    EXPECT_FALSE(proof::read_tar_bytes(bytes, proof::kBundleFileBytesMax, [&](const std::string& name, std::string_view content) {
      files.emplace_back(name, content);
      return std::optional<proof::Fault>();
    }));
    return files;
  }
  static std::string packed(const Files& files) {
    std::string out;
    proof::TarWriter tar([&](std::string_view part) {
      out += part;
      return true;
    });
    for (const auto& [name, content] : files) tar.add(name, content);
    tar.finish();
    return out;
  }

  std::filesystem::path folder_;
  std::unique_ptr<SealedStore> store_;
  std::string older_;
  std::uint64_t ids_ = 0;
  const proof::SigningKey key_ = proof::SigningKey::random("ward.example/rireki/log/1", proof::KeyKind::kEd25519);
};

TEST_F(Bundle, OfEverythingHoldsAndIsTheSameBytesTwice) {
  const auto bytes = bundle(request());
  EXPECT_EQ(bytes, bundle(request()));
  const auto report = check(bytes, {older_});
  ASSERT_TRUE(report) << report.error().en;
  EXPECT_TRUE(report->whole);
  EXPECT_EQ(report->leaves, size());
  EXPECT_EQ(report->tiles, 3u);
  EXPECT_EQ(report->disclosed, 0u);
  EXPECT_EQ(bytes.find("clear 1"), bytes.npos) << "nothing is told that was not asked for";
}

TEST_F(Bundle, OfEmptyAndTinyLogsHold) {
  for (const int events : {0, 1, 2}) {
    TearDown();
    folder_ = fresh_folder("bundle-XXXXXX");
    store_ = std::make_unique<SealedStore>(folder_, RocksOptions{.free_bytes_min = 0, .env = QuickDisk::env()});
    ids_ = 0;
    append(events);
    const auto report = check(bundle(request()));
    ASSERT_TRUE(report) << events << ": " << report.error().en;
    EXPECT_EQ(report->leaves, static_cast<std::uint64_t>(events));
  }
}

TEST_F(Bundle, OfAPartProvesEachEventOfIt) {
  const auto bytes = bundle(request(250, 260));
  const auto report = check(bytes, {older_});
  ASSERT_TRUE(report) << report.error().en;
  EXPECT_FALSE(report->whole);
  EXPECT_EQ(report->leaves, 11u);
  EXPECT_EQ(report->first, 250u);
  EXPECT_EQ(report->last, 260u);
  EXPECT_FALSE(write_bundle(**store_, tree(), request(250, size() + 1), [](std::string_view) { return true; }));
  EXPECT_FALSE(write_bundle(**store_, tree(), request(5, 4), [](std::string_view) { return true; }));
}

TEST_F(Bundle, OfAFewEventsProvesJustThose) {
  auto asked = request();
  asked.positions = {290, 7, 7, 120};
  const auto report = check(bundle(asked), {older_});
  ASSERT_TRUE(report) << report.error().en;
  EXPECT_EQ(report->leaves, 3u);
  asked.positions = {0};
  EXPECT_FALSE(write_bundle(**store_, tree(), asked, [](std::string_view) { return true; }));
  asked.positions = {size() + 1};
  EXPECT_FALSE(write_bundle(**store_, tree(), asked, [](std::string_view) { return true; }));
}

TEST_F(Bundle, ShowsEventsThatAreDisclosedWithWhatOpensThem) {
  auto asked = request(1, 40);
  asked.discloses = [](const EventView& event) { return event.position() <= 30; };
  asked.openings = [&](const EventView& event) { return (*store_)->openings(event); };
  const auto bytes = bundle(asked);
  EXPECT_NE(bytes.find("sealed 15"), bytes.npos);
  const auto report = check(bytes);
  ASSERT_TRUE(report) << report.error().en;
  EXPECT_EQ(report->disclosed, 30u);
  EXPECT_GE(report->opened, 4u);
  // Another text in the place of the opened one.
  auto altered = bytes;
  altered.replace(altered.find("sealed 15"), 9, "sealed 16");
  EXPECT_FALSE(check(altered));
}

TEST_F(Bundle, SaysWhichKeysWereErasedAndHoldsAllTheSame) {
  auto asked = request();
  asked.discloses = [](const EventView&) { return true; };
  asked.openings = [&](const EventView& event) { return (*store_)->openings(event); };
  const auto before = check(bundle(asked)).value();
  std::set<Id128> keys;
  (*store_)->read(with_type(kKeyCreated), {.limit = 1}, [&](const EventView& event) {
    keys.insert(parse_key_lines(event.body())->front().id);
    return true;
  }).value();
  ASSERT_TRUE(store_->keyring->ratchet(keys, {}));
  const auto after = check(bundle(asked));
  ASSERT_TRUE(after) << after.error().en;
  EXPECT_LT(after->opened, before.opened);
  EXPECT_EQ(after->disclosed, before.disclosed);
}

TEST_F(Bundle, WithAnyByteOfItsContentsAlteredDoesNotHold) {
  auto asked = request();
  asked.discloses = [](const EventView& event) { return event.position() < 12; };
  const auto bytes = bundle(asked);
  const auto files = unpacked(bytes);
  const auto with = [&](std::size_t changed, const std::string& content) {
    auto all = files;
    all[changed].second = content;
    return packed(all);
  };
  ASSERT_TRUE(check(packed(files)));
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto& [name, content] = files[i];
    if (name == "README.txt" || name.ends_with(".pub") || name == "keys.txt") continue;  // for convenience; the trusted ones are not in the bundle
    for (std::size_t at = 0; at < content.size(); at += std::max<std::size_t>(1, content.size() / 9)) {
      auto altered = content;
      altered[at] ^= 1;
      const auto report = check(with(i, altered));
      EXPECT_FALSE(report) << name << " at " << at;
      EXPECT_NE(report.error().en, "") << name;
    }
    EXPECT_FALSE(check(with(i, content.substr(0, content.size() - 1)))) << name << " cut";
  }
}

TEST_F(Bundle, CutAnywhereDoesNotHold) {
  const auto bytes = bundle(request());
  for (std::size_t cut = 0; cut + 1'024 < bytes.size(); cut += 4'999) EXPECT_FALSE(check(bytes.substr(0, cut))) << cut;
  EXPECT_FALSE(check("no tar at all"));
  // Between two files, in a bundle of which every piece holds by itself.
  const auto part = bundle(request(3, 9));
  for (std::size_t cut = 0; cut < part.size(); cut += 512) EXPECT_FALSE(check(part.substr(0, cut))) << cut;
}

TEST_F(Bundle, ThatProvesNothingDoesNotHold) {
  const auto bytes = packed({{"README.txt", "x"}, {"checkpoint", note()}});
  const auto report = check(bytes);
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().en.find("proves no event"), std::string::npos);
}

TEST_F(Bundle, WhoseKeysTxtTellsOtherThanTheLogDoesNotHold) {
  const auto with_keys = [&](const std::string& lines) {
    auto files = unpacked(bundle(request()));
    for (auto& [name, content] : files)
      if (name == "keys.txt") content = lines;
    return check(packed(files));
  };
  EXPECT_TRUE(with_keys("")) << "nothing is claimed";
  EXPECT_FALSE(with_keys("00 created 5 erased 3\n"));
  EXPECT_FALSE(with_keys("00 created 999999\n"));
  EXPECT_FALSE(with_keys("00 created 0\n"));
  EXPECT_FALSE(with_keys("00 created 1\n")) << "the first event is no key's";
}

TEST_F(Bundle, OfMoreThanItMayHoldInPartsIsRefused) {
  auto asked = request();
  asked.positions.assign(kBundlePartMax + 1, 1);
  EXPECT_FALSE(write_bundle(**store_, tree(), asked, [](std::string_view) { return true; }));
}

TEST_F(Bundle, ThatCouldNotBeWrittenToItsEndHasNone) {
  auto asked = request();
  asked.discloses = [](const EventView& event) { return !event.sections().empty(); };
  asked.openings = [](const EventView&) -> std::string { throw std::runtime_error("the key cannot be read"); };
  std::string bytes;
  EXPECT_THROW((void)write_bundle(**store_, tree(), asked, [&](std::string_view part) {
    bytes += part;
    return true;
  }), std::runtime_error);
  EXPECT_FALSE(check(bytes));
}

TEST_F(Bundle, OfAnotherLogOrUnderAnotherKeyDoesNotHold) {
  const auto bytes = bundle(request());
  const auto other = proof::SigningKey::random("city.example/rireki/log/1", proof::KeyKind::kEd25519), same_name = proof::SigningKey::random(key_.verifier().name, proof::KeyKind::kEd25519);
  EXPECT_NE(proof::check_bundle_bytes(bytes, {.keys = {other.verifier()}, .older = {}, .progress = {}}).error().en.find("another log"), std::string::npos);
  EXPECT_FALSE(proof::check_bundle_bytes(bytes, {.keys = {same_name.verifier()}, .older = {}, .progress = {}}));
}

// An administrator with the real key: everything is signed again and holds by itself. Only what somebody kept elsewhere tells.
TEST_F(Bundle, OfARewrittenLogSignedAgainWithTheRealKeyIsExposedByAnOlderCheckpoint) {
  const auto kept = older_;
  TearDown();
  folder_ = fresh_folder("bundle-XXXXXX");
  store_ = std::make_unique<SealedStore>(folder_, RocksOptions{.free_bytes_min = 0, .env = QuickDisk::env()});
  ids_ = 1'000;
  append(300);
  const auto forged = bundle(request());
  EXPECT_TRUE(check(forged)) << "by itself it holds";
  const auto exposed = check(forged, {kept});
  ASSERT_FALSE(exposed);
  EXPECT_NE(exposed.error().en.find("rewritten"), std::string::npos);
  EXPECT_FALSE(check(bundle(request(1, 3)), {kept})) << "a part cannot be compared without a proof, and says so";
  // And one that was cut back.
  TearDown();
  folder_ = fresh_folder("bundle-XXXXXX");
  store_ = std::make_unique<SealedStore>(folder_, RocksOptions{.free_bytes_min = 0, .env = QuickDisk::env()});
  append(5);
  EXPECT_NE(check(bundle(request()), {kept}).error().en.find("events were lost"), std::string::npos);
}

}  // namespace
}  // namespace rireki
