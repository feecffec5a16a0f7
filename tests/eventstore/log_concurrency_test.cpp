// Many threads, one log. Numbers are the conformance cases.
#include <algorithm>
#include <barrier>
#include <future>

#include "tests/eventstore/log_fixture.h"

namespace rireki {
namespace {

class LogConcurrency : public AnyLog {
 protected:
  static void together(std::size_t threads, const std::function<void(std::size_t)>& work) {
    std::vector<std::thread> running;
    for (std::size_t i = 0; i < threads; ++i) running.emplace_back(work, i);
    for (auto& thread : running) thread.join();
  }

  // Makes one group of these requests, in this order: the writer is held in the answer to an append before them.
  std::vector<Result<Appended, AppendError>> in_one_group(std::vector<AppendRequest> requests) {
    std::mutex held;
    held.lock();
    std::atomic<bool> holding{false};
    std::vector<std::promise<Result<Appended, AppendError>>> answers(requests.size());
    std::thread holder([&] {
      log_->append(AppendRequest{{event("Hold", {})}, Unconditional{}, {}}, [&](auto) {
        holding = true;
        holding.notify_all();
        std::lock_guard wait(held);
      });
    });
    holding.wait(false);
    std::thread sender([&] {  // the engine in memory answers at once, on this thread
      for (std::size_t i = 0; i < requests.size(); ++i)
        log_->append(std::move(requests[i]), [&answers, i](auto answer) { answers[i].set_value(std::move(answer)); });
    });
    sender.join();
    held.unlock();
    holder.join();
    std::vector<Result<Appended, AppendError>> found;
    for (auto& answer : answers) found.push_back(answer.get_future().get());
    return found;
  }
  AppendRequest request(std::string type, std::vector<std::string> tags, Condition condition) {
    return {{event(std::move(type), std::move(tags))}, std::move(condition), {}};
  }
};

TEST_P(LogConcurrency, StoresEverythingOfWritersWithNothingInCommon_Case76) {
  std::atomic<int> refused{0};
  together(64, [&](std::size_t t) {
    Position seen = 0;
    for (int i = 0; i < 5; ++i) {
      const std::string tag = "own:" + std::to_string(t);
      const auto answer = log_->append(AppendRequest{{event("E", {tag})}, unless(with_tag(tag), seen), {}});
      if (answer) seen = answer->last;
      else ++refused;
    }
  });
  EXPECT_EQ(refused, 0);
  EXPECT_EQ(log_->head(), 64u * 5);
}

TEST_P(LogConcurrency, JudgesARequestAgainstThoseBeforeItInItsGroup_Case77) {
  const auto answers = in_one_group({request("E", {"t"}, unless(with_tag("t"))), request("E", {"t"}, unless(with_tag("t")))});
  EXPECT_EQ(answers[0]->last, 2u);
  EXPECT_EQ(answers[1].error().code, AppendErrorCode::kConflict);
  EXPECT_EQ(answers[1].error().position, 2u);
}

TEST_P(LogConcurrency, LooksAtTypesAndAllTagsInsideAGroup_Case78) {
  const auto answers = in_one_group({request("E", {"t", "a"}, Unconditional{}), request("F", {"t"}, unless(items({{{"F"}, {"t"}}}))),
                                     request("G", {"t"}, unless(items({{{}, {"t", "b"}}}))), request("G", {"t"}, unless(items({{{"E"}, {"t", "a"}}})))});
  EXPECT_TRUE(answers[1]);
  EXPECT_TRUE(answers[2]) << "no event carries both tags";
  EXPECT_EQ(answers[3].error().position, 2u);
}

TEST_P(LogConcurrency, ForgetsWhatWasRefusedInsideAGroup_Case79) {
  ASSERT_TRUE(append({event("E", {"old"})}));
  const auto answers = in_one_group({request("E", {"t"}, unless(with_tag("old"))), request("F", {"t"}, unless(with_tag("t")))});
  EXPECT_FALSE(answers[0]);
  EXPECT_EQ(answers[1]->last, 3u) << "the next position, without a gap";
}

TEST_P(LogConcurrency, RefusesWhatWasDecidedBesideAWriterThatCameBetween_Case82) {
  given_S();
  Position read = 0;
  const auto end = log_->read(with_tag("c:1"), {}, [&](const EventView& e) {
    if (!read) std::thread([&] { EXPECT_TRUE(append({event("A", {"c:1"})})); }).join();  // commits between the scan and its end
    read = e.position();
    return true;
  });
  EXPECT_EQ(end->head, 6u);
  EXPECT_EQ(append({event("E", {"c:1"})}, unless(with_tag("c:1"), end->head)).error().code, AppendErrorCode::kConflict);
}

TEST_P(LogConcurrency, LandsOneOfEightThatReadTheSame_Case83) {
  for (int round = 0; round < 20; ++round) {
    const std::string shared = "post:" + std::to_string(round);
    std::barrier<> all_have_read(8);
    std::atomic<int> landed{0};
    together(8, [&](std::size_t t) {
      const auto seen = log_->read(with_tag(shared), {}, [](const EventView&) { return true; })->head;
      all_have_read.arrive_and_wait();
      if (log_->append(AppendRequest{{event("E", {shared, "own:" + std::to_string(t)})}, unless(with_tag(shared), seen), {}})) ++landed;
    });
    EXPECT_EQ(landed, 1);
  }
}

TEST_P(LogConcurrency, DoesNotTakeABoundaryReadTwiceForAConflict_Case84) {
  given_S();
  const auto head = [&] { return log_->read(with_tag("s:1"), {}, [](const EventView&) { return true; })->head; };
  const AppendCondition twice{{Clause{with_tag("s:1"), head()}, Clause{with_tag("s:1"), head()}}};
  EXPECT_TRUE(append({event("E", {"s:1"})}, twice));
}

TEST_P(LogConcurrency, ShowsReadersWholeBatchesAndAnIndexThatAgrees_Cases53And86) {
  std::atomic<bool> writing{true};
  std::thread readers([&] {
    together(3, [&](std::size_t t) {
      while (writing) {
        std::vector<std::pair<Position, std::string>> all, tagged;
        const auto collect = [](auto& into) {
          return [&into](const EventView& e) {
            into.emplace_back(e.position(), e.body());
            return true;
          };
        };
        const Position head = log_->head();
        if (t == 0) ASSERT_TRUE(log_->read(AllEvents{}, {.up_to = head}, collect(all)));
        ASSERT_TRUE(log_->read(with_tag("t"), {.up_to = head}, collect(tagged)));
        if (t == 0) ASSERT_EQ(all, tagged);
        ASSERT_EQ(tagged.size(), head) << "a prefix of the log";
        ASSERT_EQ(head % 5, 0u) << "never a part of a batch";
        for (std::size_t i = 0; i < tagged.size(); ++i) ASSERT_EQ(tagged[i].second, tagged[i / 5 * 5].second) << "batches are never interleaved";
      }
    });
  });
  together(4, [&](std::size_t t) {
    for (int i = 0; i < 25; ++i) {
      const std::string body = std::to_string(t) + "/" + std::to_string(i);
      std::vector<NewEvent> batch;
      for (int n = 0; n < 5; ++n) batch.push_back(event("E", {"t", "own:" + std::to_string(t)}, body));
      EXPECT_TRUE(log_->append(AppendRequest{std::move(batch), Unconditional{}, {}}));
    }
  });
  writing = false;
  readers.join();
}

TEST_P(LogConcurrency, ShowsWhatWasAcknowledgedToEveryThread_Case87) {
  std::barrier<> appended(2), seen(2);
  std::atomic<Position> promised{0};
  std::thread reader([&] {
    for (int i = 0; i < 50; ++i) {
      appended.arrive_and_wait();
      const std::string tag = "t:" + std::to_string(i);
      EXPECT_EQ(log_->last_with_tag(tag), promised);
      EXPECT_EQ(positions(with_tag(tag)), P{promised});
      EXPECT_EQ(positions(with_type("E" + std::to_string(i))), P{promised});
      EXPECT_EQ(positions(AllEvents{}, {.after = promised - 1}), P{promised});
      seen.arrive_and_wait();
    }
  });
  for (int i = 0; i < 50; ++i) {
    promised = append({event("E" + std::to_string(i), {"t:" + std::to_string(i)})})->last;
    appended.arrive_and_wait();
    seen.arrive_and_wait();
  }
  reader.join();
}

// The proof over a random history: every event stores its own condition, a replay shows that it held.
TEST_P(LogConcurrency, HoldsEveryConditionOfARandomConcurrentHistory) {
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      std::uint64_t random = t * 7919 + 1;
      for (int i = 0; i < 100; ++i) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        const std::string tag = "k:" + std::to_string(random >> 40 & 7), type = random >> 50 & 1 ? "A" : "B";
        const Position seen = log_->head();
        const Query query = items({{{type}, {tag}}});
        std::ignore = log_->append(AppendRequest{{NewEvent{.id = {t, random}, .type = type, .tags = {tag}, .body = type + " " + tag + " " + std::to_string(seen)}}, unless(query, seen), {}});
      }
    });
  for (auto& thread : threads) thread.join();
  std::vector<std::pair<std::string, std::string>> history;
  ASSERT_TRUE(log_->read(AllEvents{}, {}, [&](const EventView& e) {
    EXPECT_EQ(e.position(), history.size() + 1) << "positions have no gaps";
    const std::string body(e.body());
    const auto seen = std::stoull(body.substr(body.rfind(' ') + 1));
    const std::string type(e.type()), tag(e.tags().front());
    for (auto p = seen; p < history.size(); ++p) EXPECT_NE(history[p], std::make_pair(type, tag)) << "position " << p + 1 << " breaks the condition of " << e.position();
    history.emplace_back(type, tag);
    return true;
  }));
  EXPECT_GT(history.size(), 50u);
}

RIREKI_EVERY_ENGINE(LogConcurrency);

}  // namespace
}  // namespace rireki
