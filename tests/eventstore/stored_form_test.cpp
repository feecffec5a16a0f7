// The bytes on disk are for ever: a golden file holds them, and damage is refused rather than read.
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "eventstore/envelope.h"
#include "eventstore/rocks_codec.h"
#include "tests/eventstore/log_fixture.h"
#include "tests/fuzz/record_entry.h"

namespace rireki {
namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// With two sealed sections, as they lie there: what is in them is the key's affair.
NewEvent sample_event() {
  NewEvent event{.id = {0x0102030405060708, 0x090a0b0c0d0e0f10}, .type = "fact/posted", .tags = {"person:17", "post:4", "unit:9"}, .event_class = EventClass::kSecurity,
          .schema_version = 3, .actor = "account:1", .on_behalf_of = "account:2", .causation = {5, 6}, .correlation = {7, 8}, .body = std::string("\0body\xff", 6)};
  append_section(event, "name", {21, 22}, std::string(kCommitmentBytes, 'c'), "sealed under the person's key");
  append_section(event, "form", {23, 24}, std::string(kCommitmentBytes, 'd'), std::string(300, 's'));
  return event;
}

std::string sample_record() {
  auto record = encode_record(sample_event(), {9, 10}, {11, 12}, {13, 14});
  set_record_time(record, Instant{std::chrono::microseconds{1'767'225'600'000'000}});  // 2026-01-01
  return record;
}

TEST(StoredRecord, HasTheBytesOfTheGoldenFile) {
  const auto golden = contents(std::filesystem::path(RIREKI_SOURCE_DIR) / "tests/golden/record_v1.bin");
  ASSERT_FALSE(golden.empty());
  EXPECT_EQ(sample_record(), golden) << "a released form never changes: a new one is a new record version";
}

TEST(StoredRecord, IsReadBackFromTheGoldenFile) {
  const auto golden = contents(std::filesystem::path(RIREKI_SOURCE_DIR) / "tests/golden/record_v1.bin");
  std::vector<std::uint64_t> aligned;
  const auto event = open_record(7, golden, aligned);
  ASSERT_TRUE(event);
  EXPECT_TRUE(well_formed(event->metadata()));
  const auto expected = sample_event();
  EXPECT_EQ(event->position(), 7u);
  EXPECT_EQ(event->id(), expected.id);
  EXPECT_EQ(event->type(), expected.type);
  EXPECT_EQ(event->tags(), (TagList{"person:17", "post:4", "unit:9"}));
  EXPECT_TRUE(event->has_tag("post:4"));
  EXPECT_FALSE(event->has_tag("post:"));
  EXPECT_EQ(event->event_class(), expected.event_class);
  EXPECT_EQ(event->schema_version(), 3u);
  EXPECT_EQ(event->actor(), expected.actor);
  EXPECT_EQ(event->on_behalf_of(), expected.on_behalf_of);
  EXPECT_EQ(event->command(), (Id128{9, 10}));
  EXPECT_EQ(event->causation(), expected.causation);
  EXPECT_EQ(event->correlation(), expected.correlation);
  EXPECT_EQ(event->recorded_at(), Instant{std::chrono::microseconds{1'767'225'600'000'000}});
  EXPECT_EQ(event->stored_body(), expected.body);
  EXPECT_EQ(event->body(), std::string_view("\0body\xff", 6));
  const auto sections = event->sections();
  ASSERT_EQ(sections.size(), 2u);
  EXPECT_EQ(sections[0].name, "name");
  EXPECT_EQ(sections[0].key, (Id128{21, 22}));
  EXPECT_EQ(sections[0].commitment, std::string(kCommitmentBytes, 'c'));
  EXPECT_EQ(sections[0].bytes, "sealed under the person's key");
  EXPECT_EQ(sections[1].key, (Id128{23, 24}));
  EXPECT_EQ(sections[1].bytes.size(), 300u);
  EXPECT_FALSE(event->unsealed(sections[0])) << "without a keyring nothing opens";
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(event->metadata().data()) % 8, 0u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(event->body().data()) % 8, 0u);
}

TEST(StoredRecord, IsSaltedSoThatTheSameEventNeverHasTheSameBytes) {
  EXPECT_NE(encode_envelope(sample_event(), {}, {1, 2}), encode_envelope(sample_event(), {}, {1, 3}));
}

TEST(StoredRecord, IsRefusedOrStaysInsideItsBytesWhateverTheyAre) {
  const auto record = sample_record();
  ASSERT_TRUE(fuzz::decode_record(record));
  EXPECT_FALSE(fuzz::decode_record(""));
  for (std::size_t cut = 0; cut < record.size() - sample_event().body.size(); ++cut) EXPECT_FALSE(fuzz::decode_record(record.substr(0, cut))) << cut;
  for (std::size_t bit = 0; bit < record.size() * 8; ++bit) {
    auto flipped = record;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    const bool passed = fuzz::decode_record(flipped);
    if (bit / 8 == 0 || (bit / 8 >= 8 && bit / 8 < 16)) EXPECT_FALSE(passed) << "version or segment table, bit " << bit;
  }
  std::mt19937_64 random(20260401);
  for (int i = 0; i < 200'000; ++i) {
    auto mutated = record;
    for (auto n = random() % 6; n-- > 0;) mutated[random() % mutated.size()] = static_cast<char>(random());
    // Pointers are what leads astray: one whole word anywhere.
    if (i % 2) {
      const std::uint64_t word = random() & (i % 4 == 1 ? 0xffffffffull << 32 | 0xff : ~0ull);
      std::memcpy(mutated.data() + random() % (mutated.size() / 8 - 1) * 8, &word, sizeof word);
    }
    fuzz::decode_record(mutated);
    std::string noise(random() % 300, '\0');
    for (auto& byte : noise) byte = static_cast<char>(random());
    if (i % 8 == 0 && !noise.empty()) noise[0] = kRecordVersion;
    fuzz::decode_record(noise);
  }
}

class LogFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fresh_folder("folder-XXXXXX");
    ASSERT_FALSE(folder_.empty());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  auto open() { return RocksEventLog::open(folder_, {.free_bytes_min = 0, .env = QuickDisk::env()}); }
  void fill(std::uint64_t events) {
    const auto log = open().value();
    for (std::uint64_t i = 1; i <= events; ++i)
      ASSERT_TRUE(log->append(AppendRequest{{NewEvent{.id = {1, i}, .type = "E", .tags = {"t"}, .body = std::string(100, 'b')}}, Unconditional{}, {}}));
  }
  std::vector<std::filesystem::path> files(const std::string& extension) const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder_))
      if (entry.path().extension() == extension && entry.file_size() > 0) found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
  }
  static void flip(const std::filesystem::path& path, std::size_t at) {
    auto bytes = contents(path);
    bytes.at(at) = static_cast<char>(bytes.at(at) ^ 0x10);
    std::ofstream(path, std::ios::binary) << bytes;
  }
  std::string folder_;
};

TEST_F(LogFolder, IsOpenInOneProcessOnly) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t other = ::fork();  // before this process opens it: a child has none of its parent's threads, and keeps their locks
  if (other == 0) {
    char opened = 0;
    if (::read(ready[0], &opened, 1) != 1) ::_exit(2);
    const auto second = RocksEventLog::open(folder_, {.free_bytes_min = 0});
    ::_exit(!second && second.error().kind == OpenErrorKind::kInUse ? 0 : 1);
  }
  const auto log = open().value();
  ASSERT_EQ(::write(ready[1], "!", 1), 1);
  int status = -1;
  ::waitpid(other, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(LogFolder, IsRefusedIfAnAcknowledgedRecordIsDamagedAndTakenIfTheEndIsTorn) {
  fill(50);
  const auto wal = files(".log").back();
  const auto whole = contents(wal);
  for (const std::size_t at : {whole.size() / 4, whole.size() / 2, whole.size() * 3 / 4}) {
    flip(wal, at);
    const auto damaged = open();
    ASSERT_FALSE(damaged) << "opened with " << (*damaged)->head() << " of 50 events";
    EXPECT_EQ(damaged.error().kind, OpenErrorKind::kCorrupt);
    EXPECT_FALSE(damaged.error().what.empty());
    std::ofstream(wal, std::ios::binary) << whole;
  }
  std::filesystem::resize_file(wal, whole.size() - 10);  // the last append was not acknowledged
  const auto torn = open();
  ASSERT_TRUE(torn) << torn.error().what;
  EXPECT_EQ((*torn)->head(), 49u);
}

TEST_F(LogFolder, SaysThatAnEventIsDamagedInsteadOfShowingIt) {
  fill(2'000);
  (void)open().value();  // recovery moves the events from the write-ahead log to a file
  std::filesystem::path largest;
  for (const auto& file : files(".sst"))
    if (largest.empty() || std::filesystem::file_size(file) > std::filesystem::file_size(largest)) largest = file;
  ASSERT_FALSE(largest.empty());
  flip(largest, std::filesystem::file_size(largest) / 3);
  const auto log = open();
  if (!log) {
    EXPECT_EQ(log.error().kind, OpenErrorKind::kCorrupt);
    return;
  }
  const auto read = (*log)->read(AllEvents{}, {}, [](const EventView& e) {
    EXPECT_EQ(e.body(), std::string(100, 'b'));
    return true;
  });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ReadErrorCode::kCorrupt);
}

TEST_F(LogFolder, IsLeftAloneIfAnotherVersionWroteIt) {
  fill(3);
  {
    rocksdb::DB* db = nullptr;
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto* name : {"default", "log", "idx", "meta", "tree"}) families.emplace_back(name, rocksdb::ColumnFamilyOptions{});
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    ASSERT_TRUE(rocksdb::DB::Open({}, folder_, families, &handles, &db).ok());
    ASSERT_TRUE(db->Put({}, handles[3], "format", "3").ok());
    for (auto* handle : handles) db->DestroyColumnFamilyHandle(handle);
    delete db;
  }
  const auto newer = open();
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().kind, OpenErrorKind::kOtherVersion);
  EXPECT_NE(newer.error().what.find("3"), std::string::npos);
}

}  // namespace
}  // namespace rireki
