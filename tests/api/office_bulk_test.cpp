// Many commands in one append: the same decisions as one by one, a refused row leaving no trace, all or none, once.
#include <atomic>
#include <future>

#include "api/office.h"
#include "api/sample.h"
#include "eventstore/memory_event_log.h"

#include <gtest/gtest.h>

namespace rireki::api {
namespace {

class Bulk : public ::testing::Test {
 protected:
  Bulk() {
    EXPECT_TRUE(office.publish(Actor{}, default_catalogue()));
    SampleOptions options{.staff = 130, .years = 2, .seed = 1, .today = day(2026, 11, 20), .set_clock = [this](Instant to) { micros = to.time_since_epoch().count(); }, .progress = {}};
    ward = live_sample(office, ids, options).value();
    hr = {ward.accounts.at(ward.hr_worker).account, ward.hr_worker, {"staff", "hr"}};
  }
  Result<BulkAnswer, CommandError> bulk(std::vector<BulkRow> rows, BulkMode mode, Command command) {
    std::promise<Result<BulkAnswer, CommandError>> answered;
    office.bulk(hr, std::move(rows), mode, command, [&](auto answer) { answered.set_value(std::move(answer)); });
    return answered.get_future().get();
  }
  BulkAnswer bulk(std::vector<BulkRow> rows, BulkMode mode) { return bulk(std::move(rows), mode, command()).value(); }
  Command command() { return {.id = ids.next128(), .digest = {1}}; }
  BulkRow draft(PersonId person, PostId to) {
    return {.case_id = {}, .request = {.procedure = "transfer", .subject = {"person", to_text(person)}, .action = {},
                                       .form = {{"to_post", to_text(to)}, {"effective", "2027-04-01"}, {"order_kind", "配置換"}}}, .if_match = {}};
  }
  std::vector<BulkRow> drafts(std::size_t count) {
    std::vector<BulkRow> rows;
    for (const auto& person : ward.people)
      if (!person.gone && person.person != ward.hr_worker && rows.size() < count) rows.push_back(draft(person.person, ward.posts.front().post));
    return rows;
  }
  static std::vector<std::string> rules(const BulkAnswer& answer) {
    std::vector<std::string> found;
    for (const auto& row : answer.rows) found.push_back(row.error ? row.error->refusal.rule : "");
    return found;
  }

  std::atomic<std::int64_t> micros{0};
  std::function<Instant()> clock = [this] { return Instant{std::chrono::microseconds{micros.load()}}; };
  MemoryEventLog log{clock};
  SeededIds ids{7};
  Office office{log, ids, clock};
  SampleWard ward;
  Actor hr;
};

TEST_F(Bulk, ChecksWithoutRecording) {
  const auto head = log.head();
  auto rows = drafts(3);
  rows[1].request.form.erase("to_post");
  const auto answer = bulk(rows, BulkMode::kCheck);
  EXPECT_EQ(rules(answer), (std::vector<std::string>{"", "form", ""}));
  EXPECT_FALSE(answer.recorded);
  EXPECT_EQ(log.head(), head);
}

TEST_F(Bulk, RecordsAllInOneAppendOrNone) {
  const auto head = log.head();
  auto rows = drafts(20);
  rows[7].request.form["effective"] = "sometime";
  EXPECT_FALSE(bulk(rows, BulkMode::kAll).recorded);
  EXPECT_EQ(log.head(), head);
  rows[7].request.form["effective"] = "2027-04-01";
  const auto answer = bulk(rows, BulkMode::kAll);
  EXPECT_TRUE(answer.recorded);
  EXPECT_EQ(answer.position, head + 20);
  for (const auto& row : answer.rows) EXPECT_EQ(office.find_case(row.case_id)->state, "draft");
}

TEST_F(Bulk, RecordsThoseThatPassAndSaysWhyTheOthersDoNot) {
  auto rows = drafts(5);
  rows[0].request.form.erase("to_post");
  rows[3].request.subject.id = to_text(PersonId{5});
  const auto answer = bulk(rows, BulkMode::kEach);
  EXPECT_EQ(rules(answer), (std::vector<std::string>{"form", "", "", "known-subject", ""}));
  EXPECT_TRUE(answer.recorded);
  EXPECT_TRUE(office.find_case(answer.rows[4].case_id));
  EXPECT_FALSE(answer.rows[0].case_id);
}

TEST_F(Bulk, DecidesEachRowOnWhatThoseBeforeItLeave) {
  // Two cases of one kind about one person, where one at a time is the rule.
  auto rows = drafts(1);
  rows.push_back(rows.front());
  const auto answer = bulk(rows, BulkMode::kEach);
  EXPECT_EQ(rules(answer), (std::vector<std::string>{"", "already-open"}));
}

TEST_F(Bulk, AnswersARepeatedCommandWithWhatItDidThen) {
  auto rows = drafts(4);
  rows[2].request.form.erase("to_post");
  const Command once = command();
  const auto first = bulk(rows, BulkMode::kEach, once).value();
  const auto head = log.head();
  const auto again = bulk(rows, BulkMode::kEach, once).value();
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(log.head(), head);
  ASSERT_EQ(again.rows.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(again.rows[i].case_id, first.rows[i].case_id) << i;
    EXPECT_EQ(again.rows[i].error.has_value(), first.rows[i].error.has_value()) << i;
  }
  Command other = once;
  other.digest = {2};
  EXPECT_EQ(bulk(rows, BulkMode::kEach, other).error().kind, CommandErrorKind::kCommandReused);
}

TEST_F(Bulk, RefusesARowAboutACaseThatMovedOnSinceItWasRead) {
  const auto opened = bulk(drafts(2), BulkMode::kAll);
  std::vector<BulkRow> rows;
  for (const auto& one : opened.rows) rows.push_back({.case_id = one.case_id, .request = {.procedure = {}, .subject = {}, .action = "comment", .form = {{"text", "確認"}}}, .if_match = office.find_case(one.case_id)->last});
  rows[0].if_match = 1;
  const auto answer = bulk(rows, BulkMode::kEach);
  EXPECT_EQ(answer.rows[0].error->kind, CommandErrorKind::kStale);
  EXPECT_FALSE(answer.rows[1].error);
}

}  // namespace
}  // namespace rireki::api
