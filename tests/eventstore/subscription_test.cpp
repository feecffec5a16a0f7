// Following the log. Numbers are the conformance cases.
#include <future>

#include "tests/eventstore/log_fixture.h"

namespace rireki {
namespace {

// What one subscriber was given; waits for more without sleeping.
class Follows {
 public:
  Subscriber subscriber() {
    return {.on_event = [this](const EventView& e) {
              std::lock_guard lock(mutex_);
              seen_.push_back(e.position());
              return seen_.size() != stop_after_;
            },
            .on_caught_up = [this](Position p) {
              std::lock_guard lock(mutex_);
              checkpoint_ = p;
              caught_up_ = true;
              changed_.notify_all();
            },
            .on_end = [this](std::string_view reason) {
              std::lock_guard lock(mutex_);
              reason_ = reason;
              changed_.notify_all();
            }};
  }
  void stop_after(std::size_t events) { stop_after_ = events; }
  // True once everything up to `position` was delivered or passed over.
  bool reaches(Position position) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds{20}, [&] { return caught_up_ && checkpoint_ >= position; });
  }
  std::vector<Position> seen() {
    std::lock_guard lock(mutex_);
    return seen_;
  }
  std::string reason() {
    std::lock_guard lock(mutex_);
    return reason_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Position> seen_;
  Position checkpoint_ = 0;
  bool caught_up_ = false;
  std::size_t stop_after_ = ~std::size_t{0};
  std::string reason_;
};

class LogSubscription : public AnyLog {};

TEST_P(LogSubscription, CatchesUpThenFollowsLive_Case96) {
  given_S();
  Follows follows;
  const auto subscription = log_->subscribe(AllEvents{}, 4, follows.subscriber());
  ASSERT_TRUE(follows.reaches(6));
  EXPECT_EQ(follows.seen(), (P{5, 6}));
  ASSERT_TRUE(append({event("E", {})}));
  ASSERT_TRUE(follows.reaches(7));
  EXPECT_EQ(follows.seen(), (P{5, 6, 7}));
}

TEST_P(LogSubscription, IsCaughtUpAtOnceAtHeadAndStaysOpen_Case97) {
  given_S();
  Follows follows;
  const auto subscription = log_->subscribe(AllEvents{}, 6, follows.subscriber());
  ASSERT_TRUE(follows.reaches(6));
  ASSERT_TRUE(append({event("E", {})}));
  ASSERT_TRUE(follows.reaches(7));
  EXPECT_EQ(follows.seen(), P{7});
}

TEST_P(LogSubscription, IsRefusedBeyondHeadOrForAnEmptyQuery_Case98) {
  given_S();
  EXPECT_EQ(log_->subscribe(AllEvents{}, 99, {}).error().code, ReadErrorCode::kInvalidQuery);
  EXPECT_EQ(log_->subscribe(items({}), 0, {}).error().code, ReadErrorCode::kInvalidQuery);
}

TEST_P(LogSubscription, AdvancesItsCheckpointWhereNothingMatches_Case99) {
  Follows follows;
  const auto subscription = log_->subscribe(with_tag("c:1"), 0, follows.subscriber());
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(append(std::vector<NewEvent>(100, event("N", {"n"}))));
  ASSERT_TRUE(follows.reaches(1'000));
  EXPECT_EQ(follows.seen(), P{});
  ASSERT_TRUE(append({event("E", {"c:1"})}));
  ASSERT_TRUE(follows.reaches(1'001));
  EXPECT_EQ(follows.seen(), P{1'001});
}

TEST_P(LogSubscription, IsNotDelayedByOthersThatStall_Case101) {
  std::mutex stalled;
  stalled.lock();
  std::atomic<Position> last_of_stalled{0};
  const auto slow = log_->subscribe(AllEvents{}, 0, Subscriber{.on_event = [&](const EventView& e) {
                                                                 std::lock_guard wait(stalled);
                                                                 EXPECT_EQ(e.position(), last_of_stalled + 1);
                                                                 last_of_stalled = e.position();
                                                                 last_of_stalled.notify_all();
                                                                 return true;
                                                               },
                                                               .on_caught_up = {},
                                                               .on_end = {}});
  std::vector<std::unique_ptr<Follows>> many;
  std::vector<std::unique_ptr<Subscription>> subscriptions;
  for (int i = 0; i < 50; ++i) subscriptions.push_back(log_->subscribe(AllEvents{}, 0, many.emplace_back(std::make_unique<Follows>())->subscriber()).value());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(append({event("E", {})}));
  for (auto& follows : many) {
    ASSERT_TRUE(follows->reaches(20));
    EXPECT_EQ(follows->seen().size(), 20u);
  }
  EXPECT_EQ(last_of_stalled, 0u);
  stalled.unlock();
  for (Position p = last_of_stalled; p < 20; p = last_of_stalled) last_of_stalled.wait(p);  // it gets all of them later
}

TEST_P(LogSubscription, NeverSeesARefusedAppend_Case102) {
  given_S();
  Follows follows;
  const auto subscription = log_->subscribe(AllEvents{}, 0, follows.subscriber());
  EXPECT_FALSE(append({event("E", {"s:1"})}, unless(with_tag("s:1"))));
  ASSERT_TRUE(append({event("E", {})}));
  ASSERT_TRUE(follows.reaches(7));
  EXPECT_EQ(follows.seen(), (P{1, 2, 3, 4, 5, 6, 7}));
}

TEST_P(LogSubscription, GoesOnAfterARestartWithoutGapOrDuplicate_Case103) {
  if (!durable()) return;
  Follows before, after;
  auto subscription = log_->subscribe(with_tag("t"), 0, before.subscriber()).value();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(append({event("E", {i % 2 ? "t" : "other"})}));
  ASSERT_TRUE(before.reaches(10));
  subscription.reset();
  restart();
  ASSERT_TRUE(append({event("E", {"t"})}));
  subscription = log_->subscribe(with_tag("t"), before.seen().back(), after.subscriber()).value();
  ASSERT_TRUE(after.reaches(11));
  EXPECT_EQ(before.seen(), (P{2, 4, 6, 8, 10}));
  EXPECT_EQ(after.seen(), P{11});
}

TEST_P(LogSubscription, MissesNothingWhileManyAppend) {
  Follows follows;
  const auto subscription = log_->subscribe(with_tag("t"), 0, follows.subscriber());
  std::vector<std::thread> writers;
  for (int t = 0; t < 4; ++t)
    writers.emplace_back([&] {
      for (int i = 0; i < 100; ++i) EXPECT_TRUE(log_->append(AppendRequest{{event("E", {"t"}), event("E", {})}, Unconditional{}, {}}));
    });
  for (auto& writer : writers) writer.join();
  ASSERT_TRUE(follows.reaches(800));
  EXPECT_EQ(follows.seen(), positions(with_tag("t")));
}

TEST_P(LogSubscription, EndsWhenItsCallbackSaysSo) {
  given_S();
  Follows follows;
  follows.stop_after(2);
  { const auto subscription = log_->subscribe(AllEvents{}, 0, follows.subscriber()); while (follows.seen().size() < 2) std::this_thread::yield(); }
  EXPECT_EQ(follows.seen(), (P{1, 2}));
}

TEST_P(LogSubscription, EndsWithinASecondWhileItWaits_Case104) {
  given_S();
  Follows cancelled, closed;
  auto subscription = log_->subscribe(AllEvents{}, 6, cancelled.subscriber()).value();
  ASSERT_TRUE(cancelled.reaches(6));
  const auto start = std::chrono::steady_clock::now();
  subscription.reset();
  EXPECT_EQ(cancelled.reason(), "") << "whoever ends it knows";
  subscription = log_->subscribe(AllEvents{}, 6, closed.subscriber()).value();
  ASSERT_TRUE(append({event("E", {})}));  // at the moment of the shutdown: in a last batch
  log_.reset();
  EXPECT_EQ(closed.reason(), "closed");
  EXPECT_EQ(closed.seen(), P{7});
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{1});
}

TEST_P(LogSubscription, LetsTheLogCloseAlthoughACallbackDoesNotReturn_Case104) {
  ASSERT_TRUE(append({event("E", {})}));
  const auto gate = std::make_shared<std::promise<void>>();
  const auto inside = std::make_shared<std::promise<void>>();
  const auto out = std::make_shared<std::promise<void>>();
  auto subscription = log_->subscribe(AllEvents{}, 0, Subscriber{.on_event = [=, open = gate->get_future().share()](const EventView& e) {
                                                                   inside->set_value();
                                                                   open.wait();
                                                                   EXPECT_EQ(e.type(), "E") << "what it looks at is still there";
                                                                   out->set_value();
                                                                   return true;
                                                                 },
                                                                 .on_caught_up = {},
                                                                 .on_end = {}}).value();
  inside->get_future().wait();
  log_.reset();
  subscription.reset();
  gate->set_value();
  out->get_future().wait();
}

TEST_P(LogSubscription, MayBeEndedFromItsOwnCallback) {
  ASSERT_TRUE(append({event("E", {})}));
  std::promise<void> subscribed, ended;
  std::unique_ptr<Subscription> subscription;
  subscription = log_->subscribe(AllEvents{}, 0, Subscriber{.on_event = [&](const EventView&) {
                                                              subscribed.get_future().wait();
                                                              subscription.reset();
                                                              ended.set_value();
                                                              return true;
                                                            },
                                                            .on_caught_up = {},
                                                            .on_end = {}}).value();
  subscribed.set_value();
  ended.get_future().wait();
}

RIREKI_EVERY_ENGINE(LogSubscription);

}  // namespace
}  // namespace rireki
