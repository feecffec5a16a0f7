// What is sealed is in no file, opens for whoever has the keyring, and for nobody once its key is gone.
#include "eventstore/sealed_event_log.h"

#include <fstream>

#include "tests/eventstore/log_fixture.h"

namespace rireki {
namespace {

namespace fs = std::filesystem;

class SealedLog : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = fresh_folder("sealed-XXXXXX");
    keyring_ = Keyring::create(root_ / "keys").value();
    open();
  }
  void TearDown() override {
    close();
    fs::remove_all(root_);
  }
  void open() {
    if (!keyring_) keyring_ = Keyring::open(root_ / "keys").value();
    store_ = RocksEventLog::open(root_ / "log", {.free_bytes_min = 0, .env = QuickDisk::env()}).value();
    log_ = SealedEventLog::open(*store_, *keyring_).value();
  }
  void close() {
    log_.reset();
    store_.reset();
    keyring_.reset();
  }
  NewEvent about(const std::string& person, std::string secret, const char* key_class = "general") {
    return {.id = {9, ++ids_}, .type = "fact/renamed", .tags = {"person:" + person}, .actor = "a1", .body = "clear---",
            .sections = {{"name", "person:" + person, key_class, std::move(secret)}}};
  }
  Appended append(NewEvent event) {
    std::vector<NewEvent> events;
    events.push_back(std::move(event));
    return log_->append({std::move(events), Unconditional{}, std::nullopt}).value();
  }
  std::vector<std::optional<std::string>> secrets_of(const std::string& person) {
    std::vector<std::optional<std::string>> found;
    log_->read(with_tag("person:" + person), {}, [&](const EventView& event) {
      EXPECT_EQ(event.body(), "clear---");
      for (const auto& section : event.sections()) found.push_back(event.unsealed(section));
      return true;
    }).value();
    return found;
  }
  using Secrets = std::vector<std::optional<std::string>>;

  fs::path root_;
  std::unique_ptr<Keyring> keyring_;
  std::unique_ptr<RocksEventLog> store_;
  std::unique_ptr<SealedEventLog> log_;
  std::uint64_t ids_ = 0;
};

TEST_F(SealedLog, GivesBackWhatWasSealedAlsoAfterARestart) {
  append(about("p1", "山田"));
  append(about("p1", "佐藤"));
  EXPECT_EQ(secrets_of("p1"), (Secrets{"山田", "佐藤"}));
  close();
  open();
  EXPECT_EQ(secrets_of("p1"), (Secrets{"山田", "佐藤"}));
  append(about("p1", "鈴木"));
  std::size_t created = 0;
  log_->read(with_type(kKeyCreated), {}, [&](const EventView& event) { return created += parse_key_lines(event.body()).value().size(), true; }).value();
  EXPECT_EQ(created, 1u) << "one key for all of one person's names";
}

TEST_F(SealedLog, LeavesNothingOfItInAnyFileOfTheLog) {
  for (int i = 0; i < 200; ++i) append(about("p" + std::to_string(i), "SECRET-VALUE-" + std::to_string(i)));
  close();
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root_ / "log"))
    if (entry.is_regular_file()) {
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), {}};
      EXPECT_EQ(bytes.find("SECRET-VALUE"), bytes.npos) << entry.path();
      ++files;
    }
  EXPECT_GT(files, 3u);
}

TEST_F(SealedLog, OpensNothingOnceTheKeyIsGoneAndLeavesTheRestReadable) {
  append(about("p1", "山田"));
  append(about("p2", "佐藤"));
  const auto ids = keyring_->keys_of("person:p1");
  keyring_->ratchet({ids.begin(), ids.end()}, {}).value();
  EXPECT_EQ(secrets_of("p1"), Secrets{std::nullopt});
  EXPECT_EQ(secrets_of("p2"), Secrets{"佐藤"});
  append(about("p1", "新しい名"));
  EXPECT_EQ(secrets_of("p1"), (Secrets{std::nullopt, "新しい名"}));
}

TEST_F(SealedLog, StaysErasedWithALogFromBeforeTheErasure) {
  append(about("p1", "山田"));
  close();
  fs::copy(root_ / "log", root_ / "yesterday", fs::copy_options::recursive);
  open();
  const auto ids = keyring_->keys_of("person:p1");
  keyring_->ratchet({ids.begin(), ids.end()}, {}).value();
  append({.id = {9, 99}, .type = kKeyErased, .event_class = EventClass::kKey, .actor = "system", .body = key_lines({{ids.front(), {"person:p1", "general"}, ""}})});
  close();
  fs::remove_all(root_ / "log");
  fs::rename(root_ / "yesterday", root_ / "log");
  open();
  EXPECT_EQ(secrets_of("p1"), Secrets{std::nullopt});
}

TEST_F(SealedLog, ErasesAgainWhereTheKeyringIsFromBeforeTheErasure) {
  append(about("p1", "山田"));
  close();
  fs::copy(root_ / "keys", root_ / "yesterday", fs::copy_options::recursive);
  open();
  const auto ids = keyring_->keys_of("person:p1");
  keyring_->ratchet({ids.begin(), ids.end()}, {}).value();
  append({.id = {9, 99}, .type = kKeyErased, .event_class = EventClass::kKey, .actor = "system", .body = key_lines({{ids.front(), {"person:p1", "general"}, ""}})});
  close();
  fs::remove_all(root_ / "keys");
  fs::rename(root_ / "yesterday", root_ / "keys");
  open();
  EXPECT_EQ(secrets_of("p1"), Secrets{std::nullopt});
  EXPECT_EQ(keyring_->epoch(), 2u);
}

TEST_F(SealedLog, RefusesAKeyringThatLacksKeysAndNamesThem) {
  append(about("p1", "山田"));
  const auto id = keyring_->keys_of("person:p1").front();
  log_.reset();
  keyring_ = Keyring::create(root_ / "other-keys").value();
  const auto opened = SealedEventLog::open(*store_, *keyring_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().missing, std::vector{id});
}

TEST_F(SealedLog, NoticesASectionThatWasMovedOrRewritten) {
  append(about("p1", "山田"));
  log_->read(with_tag("person:p1"), {}, [&](const EventView& event) {
    const auto opened = [&](std::string metadata, const std::string& body) {
      std::vector<std::uint64_t> aligned(metadata.size() / 8);
      std::memcpy(aligned.data(), metadata.data(), metadata.size());
      const EventView changed = event.of({reinterpret_cast<const char*>(aligned.data()), metadata.size()}, body);
      return changed.unsealed(changed.sections().front());
    };
    const std::string metadata(event.metadata()), body(event.stored_body());
    EXPECT_EQ(opened(metadata, body), "山田");
    std::string other_text = body;
    other_text.back() ^= 1;
    EXPECT_FALSE(opened(metadata, other_text));
    std::string other_event = metadata;
    other_event[24] ^= 1;  // its id
    EXPECT_FALSE(opened(other_event, body));
    return true;
  }).value();
}

TEST_F(SealedLog, RefusesWhatItCannotSealAndWritesNothing) {
  auto event = about("p1", "x");
  event.sections.front().key_class = "";
  EXPECT_EQ(log_->append({{event}, Unconditional{}, std::nullopt}).error().code, AppendErrorCode::kInvalid);
  event = about("p1", std::string(kBodyBytesMax, 'x'));
  EXPECT_EQ(log_->append({{event}, Unconditional{}, std::nullopt}).error().code, AppendErrorCode::kTooLarge);
  event = about("p1", "x");
  event.sections.resize(kSectionsMax + 1, event.sections.front());
  EXPECT_EQ(log_->append({{event}, Unconditional{}, std::nullopt}).error().code, AppendErrorCode::kTooLarge);
  EXPECT_EQ(log_->head(), 0u);
  event = about("p1", "x");
  EXPECT_EQ(store_->append({{event}, Unconditional{}, std::nullopt}).error().code, AppendErrorCode::kInvalid) << "a log that does not seal loses nothing silently";
}

TEST_F(SealedLog, AnnouncesAKeyAgainWhereTheFirstAppendDidNotLand) {
  ASSERT_EQ(log_->append({{about("p1", "a")}, AppendCondition{{Clause{AllEvents{}, 0}}}, std::nullopt}).value().last, 2u);
  const auto refused = log_->append({{about("p2", "b")}, AppendCondition{{Clause{AllEvents{}, 0}}}, std::nullopt});
  ASSERT_EQ(refused.error().code, AppendErrorCode::kConflict);
  append(about("p2", "c"));
  close();
  open();
  EXPECT_EQ(secrets_of("p2"), Secrets{"c"});
}

TEST_F(SealedLog, AnswersWithThePositionOfWhatWasAppendedLast) {
  const auto appended = append(about("p1", "a"));
  EXPECT_EQ(appended.last, 2u);
  std::string type;
  log_->read(AllEvents{}, {.after = appended.last - 1}, [&](const EventView& event) { return type = event.type(), true; }).value();
  EXPECT_EQ(type, "fact/renamed");
}

TEST_F(SealedLog, SubscribersAreGivenWhatIsSealed) {
  std::mutex mutex;
  std::condition_variable came;
  std::optional<std::string> seen;
  const auto subscription = log_->subscribe(with_tag("person:p1"), 0, {.on_event = [&](const EventView& event) {
                                                                         std::lock_guard lock(mutex);
                                                                         seen = event.unsealed(event.sections().front());
                                                                         came.notify_all();
                                                                         return true;
                                                                       },
                                                                       .on_caught_up = [](Position) {}, .on_end = [](std::string_view) {}}).value();
  append(about("p1", "山田"));
  std::unique_lock lock(mutex);
  ASSERT_TRUE(came.wait_for(lock, std::chrono::seconds(20), [&] { return seen.has_value(); }));
  EXPECT_EQ(*seen, "山田");
}

}  // namespace
}  // namespace rireki
