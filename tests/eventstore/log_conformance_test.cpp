// One suite for every engine: what a query, a window, an append condition and a command promise. Numbers are the conformance cases of the
// log's reference (store S: 1 A{s:1} · 2 B{s:1,c:1} · 3 A{s:2} · 4 C{c:1} · 5 B{s:2,c:1,x} · 6 D{}).
#include "tests/eventstore/log_fixture.h"

namespace rireki {
namespace {

class LogConformance : public AnyLog {};

TEST_P(LogConformance, ReadsByTypeAndTag_Cases1To17) {
  EXPECT_EQ(positions(AllEvents{}), P{});
  given_S();
  EXPECT_EQ(positions(AllEvents{}), (P{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(positions(items({{{"A"}, {}}})), (P{1, 3}));
  EXPECT_EQ(positions(items({{{"A", "C"}, {}}})), (P{1, 3, 4}));
  EXPECT_EQ(positions(items({{{}, {"s:1", "c:1"}}})), (P{2}));
  EXPECT_EQ(positions(items({{{}, {"c:1", "x"}}})), (P{5}));
  EXPECT_EQ(positions(items({{{"B"}, {"c:1"}}})), (P{2, 5}));
  EXPECT_EQ(positions(items({{{"A"}, {"c:1"}}})), P{});
  EXPECT_EQ(positions(items({{{}, {"s:1"}}, {{}, {"c:1"}}})), (P{1, 2, 4, 5}));
  EXPECT_EQ(positions(items({{{}, {"c:1", "c:1"}}, {{"A", "A"}, {"s:1"}}, {{}, {"s:1"}}})), (P{1, 2, 4, 5}));
  EXPECT_EQ(positions(items({{{"A"}, {}}, {{"A"}, {"s:1"}}})), (P{1, 3}));
  EXPECT_EQ(positions(items({{{"Z"}, {}}, {{}, {"z"}}})), P{});
  EXPECT_EQ(positions(with_tag("C:1")), P{});
  ASSERT_TRUE(append({event("N", {"unit:\xe3\x82\xac"})}));                        // ガ in one code point
  EXPECT_EQ(positions(with_tag("unit:\xe3\x82\xab\xe3\x82\x99")), P{});        // カ + voiced mark: other bytes, another tag
  EXPECT_EQ(positions(with_type("D")), (P{6}));
}

TEST_P(LogConformance, RefusesQueriesThatWouldSilentlyWiden_Cases18And19) {
  const auto code = [&](const Query& query) { return log_->read(query, {}, [](const EventView&) { return true; }).error().code; };
  EXPECT_EQ(code(std::vector<QueryItem>{}), ReadErrorCode::kInvalidQuery);
  EXPECT_EQ(code(std::vector{QueryItem{}}), ReadErrorCode::kInvalidQuery);
}

TEST_P(LogConformance, ReadsWindowsInBothDirections_Cases21To37) {
  given_S();
  const auto read = [&](ReadOptions options, Query query = AllEvents{}) { return positions(query, options); };
  const auto backward = Direction::kBackward;
  EXPECT_EQ(read({.after = 2}), (P{3, 4, 5, 6}));
  EXPECT_EQ(read({.after = 6}), P{});
  EXPECT_EQ(read({.after = 99}), P{});
  EXPECT_EQ(read({.after = ~Position{0}}), P{});
  EXPECT_EQ(read({.after = 2}, with_tag("c:1")), (P{4, 5}));
  EXPECT_EQ(read({.limit = 0}), P{});
  EXPECT_EQ(read({.limit = 100}), (P{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(read({.up_to = 4}), (P{1, 2, 3, 4}));
  EXPECT_EQ(read({.after = 2, .up_to = 4}), (P{3, 4}));
  EXPECT_EQ(read({.direction = backward}), (P{6, 5, 4, 3, 2, 1}));
  EXPECT_EQ(read({.limit = 2, .direction = backward}), (P{6, 5}));
  EXPECT_EQ(read({.up_to = 4, .direction = backward}), (P{4, 3, 2, 1}));
  EXPECT_EQ(read({.up_to = 4, .limit = 2, .direction = backward}, with_tag("c:1")), (P{4, 2}));
  EXPECT_EQ(read({.up_to = 0, .direction = backward}), P{});
  EXPECT_EQ(read({.after = 3, .direction = backward}), (P{6, 5, 4}));
  EXPECT_EQ(read({.direction = backward}, items({{{"B"}, {"c:1"}}})), (P{5, 2}));
}

TEST_P(LogConformance, OffersTheHeadOnlyOfACompleteRead_Cases41And42) {
  given_S();
  const auto end = [&](const Query& query, ReadOptions options) { return log_->read(query, options, [](const EventView&) { return true; }).value(); };
  EXPECT_TRUE(end(AllEvents{}, {.limit = 6}).complete);
  EXPECT_FALSE(end(AllEvents{}, {.limit = 5}).complete);
  EXPECT_FALSE(end(with_tag("c:1"), {.limit = 2}).complete);
  EXPECT_TRUE(end(with_tag("c:1"), {.limit = 3}).complete);
  EXPECT_EQ(end(with_tag("nobody"), {}).head, 6u);
}

TEST_P(LogConformance, EndsAReadAtTheHeadOfItsBeginning_Case43) {
  given_S();
  P found;
  const auto end = log_->read(AllEvents{}, {}, [&](const EventView& e) {
    if (found.empty()) EXPECT_TRUE(append({event("A", {"late"})}));
    found.push_back(e.position());
    return true;
  });
  EXPECT_EQ(found, (P{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(end.value().head, 6u);
  EXPECT_EQ(log_->head(), 7u);
}

TEST_P(LogConformance, GivesBackWhatWasStored_Cases47And48) {
  const std::string body("\0\1binary\0", 9);
  NewEvent full = event("fact/posted", {"z", "a"}, body);
  full.event_class = EventClass::kSecurity;
  full.schema_version = 7;
  full.on_behalf_of = "p2";
  full.causation = {3, 4};
  full.correlation = {5, 6};
  ASSERT_TRUE(append({full}, Unconditional{}, Command{.id = {8, 9}}));
  ASSERT_TRUE(append({event("E", {}, ""), event("L", {}, std::string(kBodyBytesMax, 'x'))}));
  if (durable()) restart();
  int seen = 0;
  ASSERT_TRUE(log_->read(AllEvents{}, {}, [&](const EventView& e) {
    ++seen;
    if (e.position() == 2) EXPECT_EQ(e.body(), "");
    if (e.position() == 3) EXPECT_EQ(e.body().size(), kBodyBytesMax);
    if (e.position() != 1) return true;
    EXPECT_EQ(e.id(), full.id);
    EXPECT_EQ(e.type(), "fact/posted");
    EXPECT_EQ(e.tags(), (TagList{"a", "z"}));
    EXPECT_EQ(e.event_class(), EventClass::kSecurity);
    EXPECT_EQ(e.schema_version(), 7u);
    EXPECT_EQ(e.actor(), "a1");
    EXPECT_EQ(e.on_behalf_of(), "p2");
    EXPECT_EQ(e.command(), (Id128{8, 9}));
    EXPECT_EQ(e.causation(), (Id128{3, 4}));
    EXPECT_EQ(e.correlation(), (Id128{5, 6}));
    EXPECT_EQ(e.body(), body);
    return true;
  }));
  EXPECT_EQ(seen, 3);
}

TEST_P(LogConformance, RefusesWhatBreaksALimitAndStoresNothingOfTheBatch_Cases46And49) {
  const auto code = [&](std::vector<NewEvent> events) { return append(std::move(events)).error().code; };
  using enum AppendErrorCode;
  EXPECT_EQ(code({}), kInvalid);
  EXPECT_EQ(code({event("A", {}), event("", {})}), kInvalid);
  EXPECT_EQ(code({event("A", {"t", "t"})}), kInvalid);
  EXPECT_EQ(code({event("A", {""})}), kInvalid);
  EXPECT_EQ(code({event("A", {"a\nb"})}), kInvalid);
  EXPECT_EQ(code({event("A", {std::string(kTagBytesMax + 1, 'x')})}), kTooLarge);
  EXPECT_EQ(code({event(std::string(kTypeBytesMax + 1, 'x'), {})}), kTooLarge);
  EXPECT_EQ(code({event("A", {}, std::string(kBodyBytesMax + 1, 'x'))}), kTooLarge);
  std::vector<std::string> many;
  for (std::size_t i = 0; i <= kTagsMax; ++i) many.push_back("t" + std::to_string(i));
  EXPECT_EQ(code({event("A", many)}), kTooLarge);
  NewEvent heavy = event("A", {});
  heavy.actor = std::string(kMetadataBytesMax, 'x');
  EXPECT_EQ(code({heavy}), kTooLarge);
  EXPECT_EQ(code(std::vector<NewEvent>(kAppendEventsMax + 1, event("A", {}))), kTooLarge);
  EXPECT_EQ(code(std::vector<NewEvent>(65, event("A", {}, std::string(kBodyBytesMax, 'x')))), kTooLarge);
  EXPECT_EQ(append({event("A", {})}, AppendCondition{}).error().code, kInvalid);
  EXPECT_EQ(append({event("A", {})}, unless(std::vector<QueryItem>{})).error().code, kInvalid);
  EXPECT_EQ(log_->head(), 0u);
  many.pop_back();
  EXPECT_EQ(append({event(std::string(kTypeBytesMax, 'x'), many)}).value().last, 1u);
}

TEST_P(LogConformance, JudgesConditionsExactly_Cases54To67) {
  given_S();
  const auto stands = [&](Query query, Position after) {
    const Position before = log_->head();
    const auto answer = append({event("E", {"s:9"})}, unless(std::move(query), after));
    if (!answer) EXPECT_EQ(log_->head(), before);
    return answer.has_value();
  };
  EXPECT_TRUE(stands(with_type("Z"), 0));
  EXPECT_TRUE(stands(with_type("A"), 3));
  EXPECT_FALSE(stands(with_type("A"), 2));
  EXPECT_EQ(append({event("E", {})}, unless(with_type("A"), 2)).error().position, 3u);
  EXPECT_TRUE(stands(with_type("A"), 5));
  EXPECT_FALSE(stands(AllEvents{}, 5));
  EXPECT_TRUE(stands(AllEvents{}, log_->head()));
  EXPECT_TRUE(stands(AllEvents{}, 99));
  EXPECT_TRUE(stands(items({{{}, {"s:1", "c:1"}}}), 2));
  EXPECT_TRUE(stands(items({{{"A"}, {"c:1"}}}), 0));
  EXPECT_TRUE(stands(items({{{"Z"}, {}}, {{}, {"nobody"}}}), 0));
  EXPECT_FALSE(stands(items({{{"Z"}, {}}, {{}, {"s:9"}}}), 0));
  EXPECT_FALSE(stands(items({{{"B"}, {"s:2", "c:1"}}}), 4));
  EXPECT_TRUE(stands(items({{{"B"}, {"s:2", "c:1"}}}), 5));
}

TEST_P(LogConformance, KeepsANameUniqueAndDoesNotJudgeABatchAgainstItself_Cases68And69) {
  EXPECT_TRUE(append({event("E", {"u:1"})}, unless(with_tag("u:1"))));
  EXPECT_FALSE(append({event("E", {"u:1"})}, unless(with_tag("u:1"))));
  EXPECT_TRUE(append({event("E", {"u:2"}), event("E", {"u:2"})}, unless(with_tag("u:2"))));
  const AppendCondition two{{Clause{with_tag("u:3"), 0}, Clause{with_tag("u:1"), 1}}};
  EXPECT_TRUE(append({event("E", {"u:3"})}, two));
  const auto refused = append({event("E", {"u:3"})}, two);
  EXPECT_EQ(refused.error().code, AppendErrorCode::kConflict);
  EXPECT_EQ(refused.error().index, 0u);
}

TEST_P(LogConformance, AnswersACommandOnceAndForEver_Cases88To92) {
  const Command command{.id = {7, 7}, .digest = {1}};
  const auto first = append({event("E", {"u"}), event("E", {"u"})}, unless(with_tag("u")), command).value();
  const auto again = [&] { return append({event("E", {"u"})}, unless(with_tag("u")), command); };
  EXPECT_TRUE(again().value().repeated);
  EXPECT_EQ(again().value().last, first.last);
  if (durable()) restart();
  EXPECT_EQ(again().value().first, first.first);
  EXPECT_EQ(log_->head(), 2u);
  EXPECT_EQ(log_->find_command(command.id)->digest, command.digest);
  EXPECT_FALSE(log_->find_command({7, 8}));
  EXPECT_EQ(append({event("E", {})}, Unconditional{}, Command{.id = {7, 7}, .digest = {2}}).error().code, AppendErrorCode::kCommandReused);
  const Command refused{.id = {7, 9}};
  EXPECT_FALSE(append({event("E", {})}, unless(with_tag("u")), refused));
  EXPECT_TRUE(append({event("E", {})}, unless(with_tag("u"), 2), refused)) << "after a conflict the same command is judged afresh";
}

TEST_P(LogConformance, AppendsTheSameCommandOnceWhenItIsSentManyTimesAtTheSameMoment_Case91) {
  for (std::uint64_t round = 1; round <= 10; ++round) {
    std::atomic<int> fresh{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        const auto answer = log_->append(AppendRequest{{NewEvent{.id = {3, round}, .type = "E"}}, Unconditional{}, Command{.id = {9, round}}});
        ASSERT_TRUE(answer);
        if (!answer->repeated) ++fresh;
      });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(fresh, 1);
    EXPECT_EQ(log_->head(), round);
  }
}

TEST_P(LogConformance, FindsAConflictWithAnOldEventAfterARestart_Cases72And94) {
  given_S();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(append({event("N", {"n:" + std::to_string(i)})}));
  if (durable()) restart();
  EXPECT_FALSE(append({event("E", {})}, unless(with_tag("s:1"))));
  EXPECT_TRUE(append({event("E", {})}, unless(with_tag("s:1"), 2)));
  EXPECT_EQ(log_->last_with_tag("s:1"), 2u);
  EXPECT_EQ(log_->last_with_tag("nobody"), 0u);
}

TEST_P(LogConformance, NeverMovesRecordedTimeBack) {
  ASSERT_TRUE(append({event("A", {})}));
  if (durable()) {
    log_.reset();
    options_.clock = [] { return Instant{}; };
    open();
  }
  ASSERT_TRUE(append({event("A", {})}));
  std::vector<Instant> times;
  ASSERT_TRUE(log_->read(AllEvents{}, {}, [&](const EventView& e) { times.push_back(e.recorded_at()); return true; }));
  EXPECT_LE(times[0], times[1]);
  EXPECT_EQ(log_->position_at(times[1]), 2u);
  EXPECT_EQ(log_->position_at(times[0] - std::chrono::seconds{1}), 0u);
}

RIREKI_EVERY_ENGINE(LogConformance);

class RocksEventLogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fresh_folder("log-XXXXXX");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
};

TEST_F(RocksEventLogTest, LetsNoSecondOneOpenItsFolder) {
  const auto first = RocksEventLog::open(folder_).value();
  EXPECT_EQ(RocksEventLog::open(folder_).error().kind, OpenErrorKind::kInUse);
}

TEST_F(RocksEventLogTest, EndsSubscriptionsWithAReasonWhenItCloses_Case104) {
  auto log = RocksEventLog::open(folder_).value();
  std::string reason;
  auto subscription = log->subscribe(AllEvents{}, 0, Subscriber{.on_event = {}, .on_caught_up = {}, .on_end = [&](std::string_view why) { reason = why; }}).value();
  log.reset();
  subscription.reset();
  EXPECT_EQ(reason, "closed");
}

TEST_F(RocksEventLogTest, RefusesAppendsBelowTheSpaceGuardAndGoesOnReading) {
  {
    auto log = RocksEventLog::open(folder_, {.free_bytes_min = 0}).value();
    ASSERT_TRUE(log->append(AppendRequest{{NewEvent{.id = {1, 1}, .type = "A"}}, Unconditional{}, {}}));
  }
  auto log = RocksEventLog::open(folder_, {.free_bytes_min = ~0ull}).value();
  EXPECT_EQ(log->append(AppendRequest{{NewEvent{.id = {1, 2}, .type = "A"}}, Unconditional{}, {}}).error().code, AppendErrorCode::kNoSpace);
  EXPECT_EQ(log->head(), 1u);
  EXPECT_TRUE(log->read(AllEvents{}, {}, [](const EventView&) { return true; }));
}

TEST_F(RocksEventLogTest, PushesBackWhenTheQueueIsFull) {
  auto log = RocksEventLog::open(folder_, {.free_bytes_min = 0, .queue_requests_max = 0}).value();
  EXPECT_EQ(log->append(AppendRequest{{NewEvent{.id = {1, 1}, .type = "A"}}, Unconditional{}, {}}).error().code, AppendErrorCode::kBusy);
}

}  // namespace
}  // namespace rireki
