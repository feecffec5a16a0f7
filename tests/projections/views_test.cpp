#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "letters.h"

using namespace rireki;
using namespace rireki::testing;

namespace {

// What a fold in memory of the same events gives.
AllRows folded(const EventLog& log, int version = 1, Position up_to = ~Position{0}) {
  TempFolder folder;
  auto store = ViewStore::open(folder.path, {"letters"}).value();
  auto rows = store->begin("letters");
  PendingRows pending(*rows);
  Letters letters("letters", version);
  EXPECT_TRUE(log.read(letters.query(), {.up_to = std::min(up_to, log.head())}, [&](const EventView& event) { return letters.fold(event, pending), true; }));
  return rows_of(pending);
}

ViewStatus status_of(const Views& views, const std::string& name = "letters") {
  for (auto& status : views.status())
    if (status.view == name) return status;
  return {};
}

void append_some(EventLog& log, int count) {
  for (int i = 0; i < count; ++i) append(log, {letter(std::string(1, static_cast<char>('a' + i % 7))), letter("ignored", "other")});
}

}  // namespace

TEST(Views, ShowAnEventAfterWaitingForItsPosition) {
  MemoryEventLog log;
  TempFolder folder;
  auto views = Views::open(folder.path, log, only(std::make_unique<Letters>())).value();
  const Position position = append(log, {letter("x")});
  ASSERT_TRUE(views->wait_for(position, kPatience));
  const auto snapshot = views->snapshot("letters");
  EXPECT_EQ(snapshot.rows->get("n/x"), "1");
  EXPECT_GE(snapshot.position, position);
}

TEST(Views, ReachTheHeadWhenNothingMatched) {
  MemoryEventLog log;
  TempFolder folder;
  auto views = Views::open(folder.path, log, only(std::make_unique<Letters>())).value();
  const Position position = append(log, {letter("x", "other")});
  EXPECT_TRUE(views->wait_for(position, kPatience));
  EXPECT_EQ(views->position("letters"), position);
}

TEST(Views, SayNoWhenAPositionIsNotReachedInTime) {
  MemoryEventLog log;
  TempFolder folder;
  auto views = Views::open(folder.path, log, only(std::make_unique<Letters>())).value();
  EXPECT_FALSE(views->wait_for(1, std::chrono::milliseconds(1)));
}

TEST(Views, AreHeldByOneProcessAtATime) {
  MemoryEventLog log;
  TempFolder folder;
  auto first = Views::open(folder.path, log, only(std::make_unique<Letters>())).value();
  const auto second = Views::open(folder.path, log, only(std::make_unique<Letters>()));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ViewErrorCode::kInUse);
}

TEST(Views, KeepASnapshotStillWhileTheViewGoesOnAndIsReplaced) {
  MemoryEventLog log;
  TempFolder folder;
  auto views = Views::open(folder.path, log, only(std::make_unique<Letters>())).value();
  ASSERT_TRUE(views->wait_for(append(log, {letter("x")}), kPatience));
  const auto before = views->snapshot("letters");
  ASSERT_TRUE(views->wait_for(append(log, {letter("x")}), kPatience));
  ASSERT_TRUE(views->rebuild("letters"));
  EXPECT_EQ(before.rows->get("n/x"), "1");
  EXPECT_EQ(views->snapshot("letters").rows->get("n/x"), "2");
}

RC_GTEST_PROP(Views, LiveEqualsRebuiltByteForByteAfterAnyRunWithRestarts, ()) {
  MemoryEventLog log;
  TempFolder folder;
  const FoldLimits limits{.events_max = *rc::gen::inRange<std::size_t>(1, 20)};
  const auto open = [&] { return Views::open(folder.path, log, only(std::make_unique<Letters>()), limits).value(); };
  auto views = open();
  const int steps = *rc::gen::inRange(1, 12);
  for (int step = 0; step < steps; ++step) {
    const int what = *rc::gen::inRange(0, 4);
    if (what == 0) {
      views.reset();
      views = open();
    } else if (what == 1) {
      RC_ASSERT(views->rebuild("letters").has_value());
    } else {
      std::vector<NewEvent> events;
      for (const char c : *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(std::string("abcdefgh")))))
        events.push_back(letter(std::string(1, c), *rc::gen::elementOf(std::vector<std::string>{"letter", "letter", "other"})));
      append(log, std::move(events));
    }
  }
  RC_ASSERT(views->wait_for(log.head(), kPatience));
  const auto live = rows_of(*views->snapshot("letters").rows);
  RC_ASSERT(live == folded(log));
  RC_ASSERT(views->rebuild("letters").has_value());
  RC_ASSERT(rows_of(*views->snapshot("letters").rows) == live);
}

TEST(Views, FollowAppendsThatArriveWhileTheyAreRebuilt) {
  MemoryEventLog log;
  TempFolder folder;
  append_some(log, 500);
  auto views = Views::open(folder.path, log, only(std::make_unique<Letters>()), {.events_max = 50}).value();
  ASSERT_TRUE(views->wait_for(log.head(), kPatience));
  int batches = 0;
  const auto rebuilt = views->rebuild("letters", [&](const RebuildProgress&) {
    if (++batches <= 20) append_some(log, 3);
    return true;
  });
  ASSERT_TRUE(rebuilt);
  ASSERT_TRUE(views->wait_for(log.head(), kPatience));
  EXPECT_GT(batches, 10);
  EXPECT_EQ(rows_of(*views->snapshot("letters").rows), folded(log));
}

TEST(Views, ShowTheFormerRowsAfterACancelledRebuild) {
  MemoryEventLog log;
  TempFolder folder;
  append_some(log, 100);
  auto views = Views::open(folder.path, log, only(std::make_unique<Letters>()), {.events_max = 10}).value();
  ASSERT_TRUE(views->wait_for(log.head(), kPatience));
  const auto rebuilt = views->rebuild("letters", [](const RebuildProgress& progress) { return progress.position < 50; });
  ASSERT_FALSE(rebuilt);
  EXPECT_EQ(rebuilt.error().code, ViewErrorCode::kCancelled);
  ASSERT_TRUE(views->wait_for(append(log, {letter("z")}), kPatience));
  EXPECT_EQ(rows_of(*views->snapshot("letters").rows), folded(log));
}

TEST(Views, AreBuiltAnewWhenTheirVersionIsRaised) {
  MemoryEventLog log;
  TempFolder folder;
  append_some(log, 50);
  {
    auto views = Views::open(folder.path, log, only(std::make_unique<Letters>("letters", 1))).value();
    ASSERT_TRUE(views->wait_for(log.head(), kPatience));
  }
  auto views = Views::open(folder.path, log, only(std::make_unique<Letters>("letters", 2))).value();
  ASSERT_TRUE(views->wait_for(log.head(), kPatience));
  EXPECT_EQ(rows_of(*views->snapshot("letters").rows), folded(log, 2));
  EXPECT_EQ(status_of(*views).version, 2);
}

TEST(Views, AreBuiltAnewWhenTheyBelongToAnotherLog) {
  TempFolder folder;
  {
    MemoryEventLog log;
    append_some(log, 20);
    auto views = Views::open(folder.path, log, only(std::make_unique<Letters>())).value();
    ASSERT_TRUE(views->wait_for(log.head(), kPatience));
  }
  MemoryEventLog restored;
  append_some(restored, 30);
  auto views = Views::open(folder.path, restored, only(std::make_unique<Letters>())).value();
  ASSERT_TRUE(views->wait_for(restored.head(), kPatience));
  EXPECT_EQ(rows_of(*views->snapshot("letters").rows), folded(restored));
}

TEST(Views, AreBuiltAnewWhenTheyAreAheadOfARestoredLog) {
  TempFolder folder;
  MemoryEventLog log;
  append_some(log, 20);
  { ASSERT_TRUE(Views::open(folder.path, log, only(std::make_unique<Letters>())).value()->wait_for(log.head(), kPatience)); }
  MemoryEventLog shorter;
  append(shorter, {letter("q")});
  auto views = Views::open(folder.path, shorter, only(std::make_unique<Letters>())).value();
  ASSERT_TRUE(views->wait_for(1, kPatience));
  EXPECT_EQ(rows_of(*views->snapshot("letters").rows), folded(shorter));
}

TEST(Views, StopAtAnEventThatCannotBeFoldedWhileTheOthersGoOn) {
  class Others final : public Projection {
   public:
    std::string name() const override { return "others"; }
    int version() const override { return 1; }
    Query query() const override { return AllEvents{}; }
    void fold(const EventView& event, Rows& rows) const override { rows.put(std::to_string(event.position()), event.type()); }
  };
  MemoryEventLog log;
  TempFolder folder;
  std::vector<std::unique_ptr<Projection>> both = only(std::make_unique<Letters>());
  both.push_back(std::make_unique<Others>());
  auto views = Views::open(folder.path, log, std::move(both)).value();
  const Position poison = append(log, {letter("a"), letter("b"), letter("c", "poison")});
  const Position after = append(log, {letter("d")});
  ASSERT_TRUE(views->wait_for(after, kPatience, {"others"}));
  EXPECT_FALSE(views->wait_for(after, kPatience, {"letters"}));
  const auto status = status_of(*views);
  EXPECT_EQ(status.state, ViewState::kStopped);
  EXPECT_EQ(status.stopped_at, poison);
  EXPECT_EQ(status.position, poison - 1);
  EXPECT_NE(status.reason.find("unknown letter"), std::string::npos);
  EXPECT_EQ(rows_of(*views->snapshot("letters").rows), folded(log, 1, poison - 1)) << "the event before stands, nothing of the broken one";
  const auto rebuilt = views->rebuild("letters");
  ASSERT_FALSE(rebuilt);
  EXPECT_EQ(rebuilt.error().code, ViewErrorCode::kStopped);
  EXPECT_EQ(rows_of(*views->snapshot("letters").rows), folded(log, 1, poison - 1));
}

TEST(Views, StopAtABrokenEventAlsoWhenTheyAreFirstBuilt) {
  MemoryEventLog log;
  TempFolder folder;
  append_some(log, 30);
  const Position poison = append(log, {letter("c", "poison")});
  append_some(log, 30);
  auto views = Views::open(folder.path, log, only(std::make_unique<Letters>()), {.events_max = 7}).value();
  EXPECT_FALSE(views->wait_for(log.head(), kPatience));
  EXPECT_EQ(status_of(*views).stopped_at, poison);
  EXPECT_EQ(rows_of(*views->snapshot("letters").rows), folded(log, 1, poison - 1));
}

TEST(Views, SayWhyTheyStoppedWithoutWhatTheEventHolds) {
  class Parsing final : public Projection {
   public:
    std::string name() const override { return "parsing"; }
    int version() const override { return 1; }
    Query query() const override { return AllEvents{}; }
    void fold(const EventView& event, Rows& rows) const override { rows.put("row", nlohmann::json::parse(event.body()).dump()); }
  };
  MemoryEventLog log;
  TempFolder folder;
  auto views = Views::open(folder.path, log, only(std::make_unique<Parsing>())).value();
  append(log, {letter("secret")});
  EXPECT_FALSE(views->wait_for(1, kPatience));
  const auto status = status_of(*views, "parsing");
  EXPECT_EQ(status.stopped_at, 1u);
  EXPECT_EQ(status.reason.find("secret"), std::string::npos);
}
