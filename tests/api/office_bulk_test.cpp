// Many commands in one append: the same decisions as one by one, a refused row leaving no trace, all or none, once.
#include <atomic>
#include <future>

#include "api/office.h"
#include "api/replay.h"
#include "api/sample.h"
#include "eventstore/memory_event_log.h"

#include <gtest/gtest.h>

namespace rireki::api {
namespace {

// A busy office: something else is appended before each append of the one that is looked at.
class BusyLog final : public EventLog {
 public:
  explicit BusyLog(std::function<Instant()> clock) : log_(std::move(clock)) {}
  std::function<void(EventLog&)> meanwhile;

  using EventLog::append;
  void append(AppendRequest request, std::function<void(Result<Appended, AppendError>)> done) override {
    if (meanwhile) meanwhile(log_);
    ++appends;
    log_.append(std::move(request), std::move(done));
  }
  Result<ReadEnd, ReadError> read(const Query& query, const ReadOptions& options, const EventSink& sink) const override { return log_.read(query, options, sink); }
  Position head() const override { return log_.head(); }
  Position last_with_tag(std::string_view tag) const override { return log_.last_with_tag(tag); }
  std::optional<Appended> find_command(const Id128& command) const override { return log_.find_command(command); }
  Position position_at(Instant time) const override { return log_.position_at(time); }
  Result<std::unique_ptr<Subscription>, ReadError> subscribe(Query query, Position after, Subscriber subscriber) override { return log_.subscribe(std::move(query), after, std::move(subscriber)); }
  int appends = 0;

 private:
  MemoryEventLog log_;
};

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
  BusyLog log{clock};
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

// Posts that take one person each, and who holds them: each is to move to the next one's.
class Exchange : public Bulk {
 protected:
  static PersonId holder(int i) { return {9'000 + static_cast<std::uint64_t>(i)}; }
  static PostId place(int i) { return {9'500 + static_cast<std::uint64_t>(i)}; }
  void found(int count) {
    std::vector<UnitId> sections;
    for (const auto& unit : ward.units)
      if (unit.level == UnitLevel::kKa) sections.push_back(unit.unit);
    std::vector<FactEntry> facts;
    const auto add = [&](Fact fact) { facts.push_back({.id = ids.make<FactId>(), .fact = std::move(fact), .corrects = {}, .case_id = {}, .reason = {}}); };
    for (int i = 0; i < count; ++i) {
      add(PostCreated{.post = place(i), .unit = sections[static_cast<std::size_t>(i) % 2], .title = "主査", .job_categories = {}, .quota = 1, .function = {}, .from = day(2025, 4, 1)});
      add(PersonRegistered{.person = holder(i), .staff_number = "9" + to_text(holder(i)), .name = {"見本", "職員", "", ""}});
      add(Appointed{.person = holder(i), .exam_category = "I", .job_family = {}, .job_category = "事務", .grade = Grade::kStaff, .term_article = {}, .term_reason = {}, .from = day(2025, 4, 1)});
      add(Posted{.person = holder(i), .post = place(i), .from = day(2025, 4, 1), .order_kind = "採用", .order_number = {}});
    }
    EXPECT_TRUE(office.record_facts({}, std::move(facts), {}));
  }
  // The decided transfers of all of them, ready to be ordered.
  std::vector<BulkRow> decided(int count) {
    found(count);
    std::vector<BulkRow> rows, orders;
    for (int i = 0; i < count; ++i) rows.push_back(draft(holder(i), place((i + 1) % count)));
    for (const auto& opened : bulk(std::move(rows), BulkMode::kAll).rows) {
      act(hr, opened.case_id, "submit", "交換");
      for (int step = 0; step < 8 && office.find_case(opened.case_id)->state == "deciding"; ++step)
        if (const auto next = next_in_line(opened.case_id)) act({AccountId{1}, *next, {"staff", "manager"}}, opened.case_id, "approve");
      EXPECT_EQ(office.find_case(opened.case_id)->state, "decided");
      orders.push_back({.case_id = opened.case_id, .request = {.procedure = {}, .subject = {}, .action = "order", .reason = "内示は別に済ませた"}, .if_match = {}});
    }
    return orders;
  }
  void act(const Actor& actor, CaseId id, const std::string& action, const std::string& reason = "") {
    std::promise<Result<CommandAnswer, CommandError>> done;
    office.act(actor, id, {.procedure = {}, .subject = {}, .action = action, .reason = reason}, {.command = command()}, [&](auto answer) { done.set_value(std::move(answer)); });
    const auto answer = done.get_future().get();
    EXPECT_TRUE(answer) << action << " " << (answer ? "" : answer.error().refusal.rule);
  }
  std::optional<PersonId> next_in_line(CaseId id) {
    std::optional<PersonId> next;
    office.with_context([&](const DecisionContext& context) {
      const auto state = office.find_case(id);
      for (const auto& station : line_status(context, *office.definition(state->procedure, state->version), *state))
        if (!next && station.status == "next" && !station.holders.empty()) next = station.holders.front();
    });
    return next;
  }
  std::optional<PostId> place_of(PersonId person, Day on) {
    std::optional<PostId> post;
    office.with_context([&](const DecisionContext& context) {
      if (const auto held = context.reg.main_posting(person, {on})) post = held->post;
    });
    return post;
  }
};

TEST_F(Exchange, PeopleWhoChangePlacesAreOrderedTogetherAsNoneCouldBeAlone) {
  const auto orders = decided(3);
  EXPECT_EQ(rules(bulk({orders[0]}, BulkMode::kAll)), (std::vector<std::string>{"post-quota"}));
  EXPECT_EQ(rules(bulk(orders, BulkMode::kCheck)), (std::vector<std::string>{"", "", ""}));
  const auto answer = bulk(orders, BulkMode::kAll);
  EXPECT_EQ(rules(answer), (std::vector<std::string>{"", "", ""}));
  ASSERT_TRUE(answer.recorded);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(place_of(holder(i), day(2027, 4, 1)), place((i + 1) % 3));
}

TEST_F(Exchange, IsDecidedAgainTogetherWhereItsHistoryIsReplayed) {
  ASSERT_TRUE(office.record({}, {AccountOpened{.account = hr.account, .login = "hr", .person = hr.person, .roles = {hr.roles.begin(), hr.roles.end()}}}, Unconditional{}, std::nullopt));
  const auto orders = decided(3);
  ASSERT_TRUE(bulk(orders, BulkMode::kAll).recorded);
  for (const auto& order : orders) {
    const auto state = office.find_case(order.case_id);
    const auto steps = replay_under(office, order.case_id, office.definition(state->procedure, state->version), log.head(), {});
    ASSERT_EQ(steps.back().action, "order");
    EXPECT_EQ(to_text(steps.back().outcome), "same") << steps.back().refusal.rule;
  }
}

TEST_F(Exchange, WhereOneOfThemIsRefusedTheOtherIsTooForTheReasonItWouldHaveAlone) {
  auto orders = decided(2);
  orders[1].if_match = 1;  // it moved on meanwhile
  const auto head = log.head();
  for (const auto mode : {BulkMode::kCheck, BulkMode::kEach, BulkMode::kAll}) {
    const auto answer = bulk(orders, mode);
    ASSERT_EQ(answer.rows.size(), 2u);
    EXPECT_EQ(answer.rows[0].error ? answer.rows[0].error->refusal.rule : "", "post-quota");
    EXPECT_EQ(answer.rows[1].error->kind, CommandErrorKind::kStale);
    EXPECT_FALSE(answer.recorded);
  }
  ASSERT_TRUE(log.read(AllEvents{}, {.after = head}, [&](const EventView& event) {
    EXPECT_EQ(event.type(), "security/refused") << "nothing half done";
    return true;
  }));
}

TEST_F(Exchange, OfWhichOneIsLeftOutOfALongRingFallsAsAWhole) {
  auto orders = decided(14);
  orders.pop_back();
  const auto answer = bulk(orders, BulkMode::kEach);
  EXPECT_FALSE(answer.recorded);
  for (const auto& rule : rules(answer)) EXPECT_EQ(rule, "post-quota");
}

TEST_F(Bulk, IsNotDecidedAgainForWhatHappensToOthersMeanwhile) {
  std::vector<PersonId> people;
  for (const auto& person : ward.people)
    if (!person.gone && person.person != ward.hr_worker) people.push_back(person.person);
  const PersonId other = people.back(), among = people.front();
  people.pop_back();
  std::vector<BulkRow> rows;
  for (const auto person : people) rows.push_back(draft(person, ward.posts.front().post));
  ASSERT_GT(rows.size(), 60u);
  const auto renamed = [&](PersonId person) {
    return [this, person](EventLog& under) {
      const FactEntry entry{.id = ids.make<FactId>(), .fact = Renamed{.person = person, .name = {"改", "姓", "", ""}, .from = day(2026, 11, 1)}, .corrects = {}, .case_id = {}, .reason = {}};
      AppendRequest request{.condition = Unconditional{}};
      request.events.push_back({.id = ids.next128(), .type = fact_type(entry.fact), .tags = {"person:" + to_text(person)}, .actor = "a", .body = encode(entry)});
      ASSERT_TRUE(under.append(std::move(request)));
    };
  };
  log.meanwhile = renamed(other);
  log.appends = 0;
  EXPECT_TRUE(bulk(rows, BulkMode::kAll).recorded);
  EXPECT_EQ(log.appends, 1) << "nobody in the bulk was touched";
  for (auto& row : rows) row.request.form["effective"] = "2027-05-01";
  log.meanwhile = renamed(among);
  log.appends = 0;
  EXPECT_EQ(bulk(rows, BulkMode::kAll, command()).error().kind, CommandErrorKind::kConflict);
  EXPECT_EQ(log.appends, 1 + kConflictRetriesMax) << "somebody in it was touched each time";
  log.meanwhile = nullptr;
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
