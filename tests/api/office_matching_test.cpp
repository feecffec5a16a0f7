// Two offices decide about one person at the same second: one of them is first, the other is refused by the rule, and nothing is half done.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "api/office.h"
#include "eventstore/memory_event_log.h"

namespace rireki::api {
namespace {

using nlohmann::json;

class AtTheSameSecond : public ::testing::Test {
 protected:
  AtTheSameSecond() {
    EXPECT_TRUE(office.publish(Actor{}, default_catalogue()));
    std::vector<FactEntry> facts;
    const auto add = [&](Fact fact) { facts.push_back({.id = {++last_}, .fact = std::move(fact), .corrects = {}, .case_id = {}, .reason = {}}); };
    add(UnitEstablished{.unit = kUnit, .name = "課", .level = UnitLevel::kKa, .parent = {}, .from = kStart});
    add(PostCreated{.post = kSeats, .unit = kUnit, .title = "職", .job_categories = {}, .quota = 5, .function = {}, .from = kStart});
    for (const auto person : {kHr, kHelper}) {
      add(PersonRegistered{.person = person, .staff_number = std::to_string(person.value), .name = {"見本", "職員", "", ""}});
      add(Appointed{.person = person, .exam_category = "I", .job_family = {}, .job_category = "事務", .term_article = {}, .term_reason = {}, .from = kStart});
      add(Posted{.person = person, .post = kSeats, .from = kStart, .order_kind = {}, .order_number = {}});
    }
    add(RosterJoined{.person = kHelper, .roster = "support", .detail_json = "{}", .from = kStart});
    EXPECT_TRUE(office.record_facts({}, std::move(facts), {}));
  }
  Result<CommandAnswer, CommandError> answer_to(const std::function<void(CommandDone)>& send) {
    std::promise<Result<CommandAnswer, CommandError>> answered;
    send([&](Result<CommandAnswer, CommandError> answer) { answered.set_value(std::move(answer)); });
    return answered.get_future().get();
  }
  CaseId called(const char* from, const char* last) {
    const auto opened = answer_to([&](CommandDone done) {
      office.open(hr, {.procedure = "support-dispatch", .subject = {"unit", to_text(kUnit)}, .action = {}, .form = {{"work", "祭り"}, {"head_count", 1}, {"from", from}, {"last_day", last}}}, {.command = {.id = next_id()}}, std::move(done));
    });
    EXPECT_TRUE(opened) << opened.error().refusal.rule;
    EXPECT_TRUE(act(opened->case_id, "call", json::object()));
    return opened->case_id;
  }
  Result<CommandAnswer, CommandError> act(CaseId id, const char* action, json form) {
    return answer_to([&](CommandDone done) { office.act(hr, id, {.procedure = {}, .subject = {}, .action = action, .form = std::move(form)}, {.command = {.id = next_id()}}, std::move(done)); });
  }
  Id128 next_id() { return {1, ++commands_}; }

  static constexpr UnitId kUnit{1};
  static constexpr PostId kSeats{2};
  static constexpr PersonId kHr{3}, kHelper{4};
  static constexpr Day kStart = day(2020, 4, 1);
  class Ids final : public IdSource {
   public:
    std::uint64_t next() override { return ++last_; }

   private:
    std::atomic<std::uint64_t> last_{1'000};
  } ids;
  MemoryEventLog log{[] { return Instant{day(2024, 9, 2).time_since_epoch()}; }};
  Office office{log, ids, [] { return Instant{day(2024, 9, 2).time_since_epoch()}; }};
  const Actor hr{AccountId{9}, kHr, {"staff", "hr"}};
  std::uint64_t last_ = 100;
  std::atomic<std::uint64_t> commands_{0};
};

TEST_F(AtTheSameSecond, OnePersonIsMatchedByOneOfTwoOffices_R106) {
  for (int round = 0; round < 20; ++round) {
    const Day first = day(2025, 1, 10) + days{14 * round};
    const std::string from = iso(first), last = iso(first + days{1});
    const std::vector<CaseId> requests{called(from.c_str(), last.c_str()), called(from.c_str(), last.c_str())};
    std::vector<std::future<Result<CommandAnswer, CommandError>>> answers;
    for (const auto id : requests) answers.push_back(std::async(std::launch::async, [&, id] { return act(id, "match", {{"people", {to_text(kHelper)}}}); }));
    int matched = 0;
    for (auto& one : answers) {
      const auto answer = one.get();
      if (answer) ++matched;
      else EXPECT_EQ(answer.error().refusal.rule, "support-free");
    }
    EXPECT_EQ(matched, 1) << "round " << round;
    std::size_t running = 0;
    for (const auto id : requests) running += office.find_case(id)->state == "matched";
    EXPECT_EQ(running, 1u) << "the other request stands as it was";
  }
}

}  // namespace
}  // namespace rireki::api
