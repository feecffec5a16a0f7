// Commands over a log: decided and appended under what they read, once, and never half; and a ward that lives some years through them.
#include "api/office.h"

#include <atomic>
#include <future>
#include <thread>

#include "api/sample.h"
#include "eventstore/memory_event_log.h"

namespace rireki::api {
namespace {

class OfficeTest : public ::testing::Test {
 protected:
  std::atomic<std::int64_t> micros{0};
  std::function<Instant()> clock = [this] { return Instant{std::chrono::microseconds{micros.load()}}; };
  MemoryEventLog log{clock};
  SeededIds ids{7};
  Office office{log, ids, clock};

  void SetUp() override { ASSERT_EQ(office.publish(Actor{}, default_catalogue()).value().published, default_catalogue().size()); }
  SampleWard lived(int staff = 130, int years = 2) {
    SampleOptions options{.staff = staff, .years = years, .seed = 1, .today = day(2026, 11, 20), .set_clock = [this](Instant to) { micros = to.time_since_epoch().count(); }, .progress = {}};
    auto ward = live_sample(office, ids, options);
    if (!ward) {
      ADD_FAILURE() << ward.error().step << ": " << ward.error().refusal.rule << " " << ward.error().refusal.message.en << [&] {
        std::string facts;
        for (const auto& [name, value] : ward.error().refusal.facts) facts += " " + name + "=" + value;
        for (const auto& field : ward.error().refusal.fields) facts += " " + field.pointer + "=" + field.message.en;
        return facts;
      }();
      return {};
    }
    return *ward;
  }
  Actor hr(const SampleWard& ward) { return {ward.accounts.at(ward.hr_worker).account, ward.hr_worker, {"staff", "hr"}}; }
  Result<CommandAnswer, CommandError> open(const Actor& actor, ActionRequest request, CommandMeta meta) {
    std::promise<Result<CommandAnswer, CommandError>> answered;
    office.open(actor, std::move(request), meta, [&](auto answer) { answered.set_value(std::move(answer)); });
    return answered.get_future().get();
  }
  Result<CommandAnswer, CommandError> act(const Actor& actor, CaseId id, std::string action, CommandMeta meta, std::string reason = "") {
    std::promise<Result<CommandAnswer, CommandError>> answered;
    office.act(actor, id, {.procedure = {}, .subject = {}, .action = std::move(action), .form = nlohmann::json::object(), .reason = std::move(reason)}, meta, [&](auto answer) { answered.set_value(std::move(answer)); });
    return answered.get_future().get();
  }
  CommandMeta meta(std::optional<Position> if_match = std::nullopt) { return {.command = {.id = ids.next128(), .digest = {1}}, .if_match = if_match}; }
  // Somebody who can move, and a post with a free place on the day.
  ActionRequest a_transfer(const SampleWard& ward, Day on) {
    for (const auto& person : ward.people)
      for (const auto& post : ward.posts)
        if (!person.gone && person.type == EmploymentType::kRegular && person.grade <= Grade::kSenior && !post.head && !post.fiscal_year && post.post != person.post && person.person != ward.hr_worker &&
            static_cast<int>(post.holders.size()) < post.quota)
          return {.procedure = "transfer", .subject = {"person", to_text(person.person)}, .action = {}, .form = {{"to_post", to_text(post.post)}, {"effective", iso(on)}, {"order_kind", "配置換"}}};
    return {};
  }
};

// A procedure of an earlier time, which does not know what later ones do to it, stays readable beside them.
TEST(OfficeDefinitions, OfAnEarlierVersionStayReadableBesideLaterOnesThatSayMore) {
  MemoryEventLog log;
  SeededIds ids{7};
  Office office(log, ids, [] { return Instant{day(2026, 11, 20).time_since_epoch()}; });
  for (const auto& file : default_catalogue()) {
    auto vacancy = nlohmann::json::parse(file.content);
    if (vacancy["id"] != "vacancy") continue;
    vacancy["version"] = 1;
    vacancy.erase("migrate");
    vacancy["opens"].erase("by");
    for (auto& action : vacancy["actions"]) action.erase("by");
    ASSERT_TRUE(office.publish(Actor{}, {{"vacancy.json", vacancy.dump()}}));
  }
  ASSERT_TRUE(office.definition("vacancy", 1));
  ASSERT_TRUE(office.publish(Actor{}, default_catalogue()));
  const auto now = office.definition("vacancy", 0);
  ASSERT_TRUE(now && now->version > 1);
  EXPECT_TRUE(office.definition("vacancy", 1)->opened_by.empty());
  EXPECT_FALSE(now->opened_by.empty());
  Office restarted(log, ids, [] { return Instant{day(2026, 11, 20).time_since_epoch()}; });
  EXPECT_TRUE(restarted.definition("vacancy", 1));
  EXPECT_TRUE(restarted.definition("childcare-leave", 0));
}

TEST_F(OfficeTest, LivesYearsOfAWardThroughTheDecidePath) {
  const auto ward = lived();
  ASSERT_FALSE(ward.people.empty());
  std::map<std::string, int> kinds;
  ASSERT_TRUE(log.read(AllEvents{}, {}, [&](const EventView& e) { ++kinds[std::string(e.type())]; return true; }));
  for (const auto* kind : {"fact/posted", "fact/posting-ended", "fact/separated", "fact/leave-started", "fact/deputy-named", "case/opened", "case/station-acted", "definition/published", "account/opened"})
    EXPECT_GT(kinds[kind], 0) << kind;
  std::map<std::string, int> procedures;
  ASSERT_TRUE(log.read(with_type("case/opened"), {}, [&](const EventView& e) { return ++procedures[std::get<CaseOpened>(decode(e).value()).procedure], true; }));
  for (const auto& definition : office.definitions_in_force()) EXPECT_GT(procedures[definition->id], 0) << definition->id << " is lived by nobody";
  EXPECT_GT(kinds["fact/cancelled"], 0) << "orders are cancelled";
  EXPECT_GT(kinds["case/deadline-passed"], 0) << "and deadlines missed";
}

TEST_F(OfficeTest, LivesTheSameYearsAgainFromTheSameSeed) {
  lived();
  std::vector<std::pair<std::string, std::string>> first;
  ASSERT_TRUE(log.read(AllEvents{}, {}, [&](const EventView& e) { first.emplace_back(e.type(), e.body()); return true; }));
  MemoryEventLog again(clock);
  SeededIds same{7};
  micros = 0;
  Office second(again, same, clock);
  ASSERT_TRUE(second.publish(Actor{}, default_catalogue()));
  ASSERT_TRUE(live_sample(second, same, {.staff = 130, .years = 2, .seed = 1, .today = day(2026, 11, 20), .set_clock = [this](Instant to) { micros = to.time_since_epoch().count(); }, .progress = {}}));
  std::size_t i = 0;
  ASSERT_TRUE(again.read(AllEvents{}, {}, [&](const EventView& e) {
    EXPECT_LT(i, first.size());
    if (i < first.size()) EXPECT_EQ(std::make_pair(std::string(e.type()), std::string(e.body())), first[i]) << "position " << i + 1;
    ++i;
    return i <= first.size();
  }));
  EXPECT_EQ(i, first.size());
}

TEST_F(OfficeTest, AnswersARepeatedCommandWithItsFirstAnswer) {
  const auto ward = lived();
  const auto request = a_transfer(ward, day(2027, 4, 1));
  const auto command = meta();
  const auto first = open(hr(ward), request, command);
  ASSERT_TRUE(first) << first.error().refusal.rule;
  const Position head = log.head();
  const auto again = open(hr(ward), request, command);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->case_id, first->case_id);
  EXPECT_EQ(again->state, first->state);
  EXPECT_EQ(again->position, first->position);
  EXPECT_EQ(log.head(), head);
  auto other = command;
  other.command.digest = {2};
  EXPECT_EQ(open(hr(ward), request, other).error().kind, CommandErrorKind::kCommandReused);
}

TEST_F(OfficeTest, RefusesAStaleVersionAndLosesNothing) {
  const auto ward = lived();
  const auto opened = open(hr(ward), a_transfer(ward, day(2027, 4, 1)), meta()).value();
  ASSERT_TRUE(act(hr(ward), opened.case_id, "submit", meta(opened.position), "体制の見直し"));
  const auto stale = act(hr(ward), opened.case_id, "pull-back", meta(opened.position));
  EXPECT_EQ(stale.error().kind, CommandErrorKind::kStale);
  EXPECT_TRUE(act(hr(ward), opened.case_id, "pull-back", meta(stale.error().position)));
}

TEST_F(OfficeTest, LetsOneOfManyWhoDecideAtTheSameMomentThrough) {
  const auto ward = lived();
  const auto opened = open(hr(ward), a_transfer(ward, day(2027, 4, 1)), meta()).value();
  std::vector<std::thread> threads;
  std::atomic<int> landed{0}, refused{0};
  std::vector<CommandMeta> metas;
  for (int i = 0; i < 8; ++i) metas.push_back(meta());
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      const auto answer = act(hr(ward), opened.case_id, "submit", metas[static_cast<std::size_t>(i)], "体制の見直し");
      if (answer) ++landed;
      else if (answer.error().kind == CommandErrorKind::kRefused) ++refused;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(landed, 1);
  EXPECT_EQ(refused, 7) << "decided again after the conflict, and refused by the state";
}

TEST_F(OfficeTest, AnswersForASecretCaseAsForNone) {
  const auto ward = lived();
  const auto& subject = ward.people.back();
  const PersonId superior = [&] {
    PersonId found;
    office.with_context([&](const DecisionContext& context) { found = context.reg.superior_of(subject.person, {context.today()}).value_or(PersonId{}); });
    return found;
  }();
  ASSERT_TRUE(superior);
  const Actor author{ward.accounts.at(superior).account, superior, {"staff", "manager"}};
  const auto sheet = open(author, {.procedure = "line-care", .subject = {"person", to_text(subject.person)}, .action = {}, .form = {{"noticed_on", "2026-11-19"}, {"signs", "元気がない"}}}, meta());
  ASSERT_TRUE(sheet) << sheet.error().refusal.rule;
  EXPECT_EQ(act(hr(ward), sheet->case_id, "comment", meta()).error().kind, CommandErrorKind::kNotFound);
  EXPECT_EQ(act(hr(ward), CaseId{12345}, "comment", meta()).error().kind, CommandErrorKind::kNotFound);
}

TEST_F(OfficeTest, RecordsAllOfAListOfFactsOrNone) {
  const auto ward = lived();
  const Position head = log.head();
  const auto& person = ward.people.back();
  const auto refused = office.record_facts(hr(ward), {{.id = {1}, .fact = QualificationGained{.person = person.person, .code = "保健師", .from = day(2026, 4, 1)}, .corrects = {}, .case_id = {}, .reason = {}},
                                                      {.id = {2}, .fact = Posted{.person = person.person, .post = PostId{5}, .from = day(2026, 4, 1), .order_kind = {}, .order_number = {}}, .corrects = {}, .case_id = {}, .reason = {}}}, meta());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().violations.front().entry, 1u);
  EXPECT_EQ(refused.error().violations.front().refusal.rule, "known-post");
  EXPECT_EQ(log.head(), head);
}

TEST_F(OfficeTest, PublishesNothingNewTwiceAndEditsNoPublishedVersion) {
  EXPECT_EQ(office.publish(Actor{}, default_catalogue()).value().published, 0u);
  auto edited = default_catalogue();
  for (auto& file : edited)
    if (file.name == "handover.json") file.content.replace(file.content.find("引継ぎ中"), std::string("引継ぎ中").size(), "引継ぎ");
  const auto refused = office.publish(Actor{}, edited);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().findings.front().pointer, "/version");
}

}  // namespace
}  // namespace rireki::api
