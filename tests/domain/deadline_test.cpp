// Deadlines of cases: when they are due, what is recorded when they pass, and that it is recorded once.
#include "domain/deadline.h"

#include "small_ward.h"

namespace rireki {
namespace {

class CaseDeadline : public ::testing::Test, protected CaseRunner {
 protected:
  // A proposal with the given deadline in its running state.
  void with_deadline(nlohmann::json deadline) {
    deadline["state"] = "open";
    deadline.emplace("anchor", "entered");
    auto files = default_catalogue();
    files.push_back({"probe.json", nlohmann::json{
        {"id", "probe"}, {"version", 1}, {"in_force", {{"from", "2015-04-01"}, {"status", "decided"}}}, {"title", {{"ja", "試し"}, {"en", "Probe"}}}, {"source", {"test"}},
        {"subject", {{"kind", "person"}, {"open_at_once", "many"}}}, {"opens", {{"who", {{{"role", "hr"}}}}}},
        {"secrecy", {{"class", "personnel"}, {"readers", {{{"role", "hr"}}, {{"relation", "superiors-of-subject"}}}}}},
        {"states", {{"open", {{"title", {{"ja", "中"}, {"en", "Open"}}}, {"kind", "running"}}}, {"more", {{"title", {{"ja", "続"}, {"en", "More"}}}, {"kind", "running"}}},
                    {"done", {{"title", {{"ja", "済"}, {"en", "Done"}}}, {"kind", "done"}}}}},
        {"actions", {{{"id", "begin"}, {"title", {{"ja", "始"}, {"en", "Begin"}}}, {"opens_case", true}, {"to", "open"}, {"form", "begin"}, {"who", {{{"role", "hr"}}}}},
                     {{"id", "date"}, {"title", {{"ja", "日"}, {"en", "Date"}}}, {"from", {"open"}}, {"form", "begin"}, {"who", {{{"role", "hr"}}}}},
                     {{"id", "go-on"}, {"title", {{"ja", "続"}, {"en", "Go on"}}}, {"from", {"open"}}, {"to", "more"}, {"who", {{{"role", "hr"}}}}},
                     {{"id", "back"}, {"title", {{"ja", "戻"}, {"en", "Back"}}}, {"from", {"more"}}, {"to", "open"}, {"who", {{{"role", "hr"}}}}},
                     {{"id", "end"}, {"title", {{"ja", "終"}, {"en", "End"}}}, {"from", {"open", "more"}}, {"to", "done"}, {"who", {{{"role", "hr"}}}}}}},
        {"forms", {{"begin", {{"type", "object"}, {"additionalProperties", false}, {"required", {"on"}}, {"properties", {{"on", {{"type", "string"}, {"title", "日"}, {"x-title-en", "On"}, {"format", "date"}}}}}}}}},
        {"deadlines", {deadline}}, {"retention", {{"class", "personnel-order"}, {"starts", "completion"}}}}.dump()});
    auto loaded = load_definitions(files);
    ASSERT_TRUE(loaded) << loaded.error().front().pointer << loaded.error().front().reason.en;
    definitions = *loaded;
    ASSERT_EQ(open(as_hr(), "probe", kStaff, {{"on", "2026-03-10"}}), "");
  }
  std::optional<Day> due_day() { return due(*definition_of(state()), state(), reg()); }
  // What passing records today: "passed", "reminded:hr" …; empty if nothing is due.
  std::vector<std::string> pass() {
    std::vector<std::string> recorded;
    const auto before = history[current].size();
    const auto rule = with_context([&](const DecisionContext& context) { return take(context, pass_deadline(context, *definition_of(state()), state())); });
    EXPECT_TRUE(rule.empty() || rule == "nothing-due") << rule;
    for (auto i = before; i < history[current].size(); ++i) {
      const auto event = std::get<DeadlinePassed>(decode(history[current][i].body).value());
      recorded.push_back(event.what + (event.to.is_object() ? ":" + who_from_json(event.to).value : ""));
    }
    return recorded;
  }
  using Recorded = std::vector<std::string>;
};

TEST_F(CaseDeadline, PassesOnTheDayAfterItAndIsRecordedOnce) {
  with_deadline({{"offset", "+3d"}});  // opened on Sunday 1 March
  EXPECT_EQ(due_day(), day(2026, 3, 4));
  today = day(2026, 3, 4);
  EXPECT_EQ(pass(), Recorded{}) << "the day itself is in time";
  today = day(2026, 3, 5);
  EXPECT_EQ(pass(), Recorded{"passed"});
  EXPECT_EQ(pass(), Recorded{});
  today = day(2027, 3, 5);
  EXPECT_EQ(pass(), Recorded{});
  EXPECT_EQ(replayed(current).deadline.steps, (std::set<int>{0}));
}

TEST_F(CaseDeadline, IsNotRecordedAgainByAClockThatWentBack) {
  with_deadline({{"offset", "+3d"}});
  today = day(2026, 9, 1);
  EXPECT_EQ(pass(), Recorded{"passed"});
  today = day(2026, 3, 2);
  EXPECT_EQ(pass(), Recorded{});
  today = day(2026, 3, 5);
  EXPECT_EQ(pass(), Recorded{});
}

TEST_F(CaseDeadline, RemindsBeforeAndAfterAndHandsUpEachOnItsDay) {
  with_deadline({{"offset", "+10d"}, {"then", {{{"after", "-3d"}, {"remind", "author"}}, {{"remind", "superior-of-subject"}}, {{"after", "+2 open-days"}, {"hand_up", "superiors-of-subject"}}}}});
  EXPECT_EQ(due_day(), day(2026, 3, 11));
  const std::vector<std::pair<Day, Recorded>> course = {{day(2026, 3, 7), {}}, {day(2026, 3, 8), {"reminded:author"}}, {day(2026, 3, 11), {}},
                                                        {day(2026, 3, 12), {"passed", "reminded:superior-of-subject"}}, {day(2026, 3, 13), {"handed-up:superiors-of-subject"}}, {day(2026, 3, 14), {}}};
  for (const auto& [on, recorded] : course) {
    today = on;
    EXPECT_EQ(pass(), recorded) << iso(on);
  }
  EXPECT_EQ(state().deadline.alerts.size(), 3u);
}

TEST_F(CaseDeadline, CatchesUpWithEverythingThatAStoppedServerMissed) {
  with_deadline({{"offset", "+10d"}, {"then", {{{"after", "-3d"}, {"remind", "author"}}, {{"after", "+7d"}, {"hand_up", "hr"}}}}});
  today = day(2026, 6, 1);
  EXPECT_EQ(pass(), (Recorded{"passed", "reminded:author", "handed-up:hr"}));
  EXPECT_EQ(pass(), Recorded{});
}

TEST_F(CaseDeadline, EndsWithTheStateAndBeginsAnewWhenItIsEnteredAgain) {
  with_deadline({{"offset", "+3d"}, {"then", {{{"remind", "author"}}}}});
  today = day(2026, 3, 9);
  EXPECT_EQ(pass(), (Recorded{"passed", "reminded:author"}));
  ASSERT_EQ(act(as_hr(), "go-on"), "");
  EXPECT_EQ(due_day(), std::nullopt);
  EXPECT_EQ(pass(), Recorded{});
  EXPECT_TRUE(state().deadline.alerts.empty());
  ASSERT_EQ(act(as_hr(), "back"), "");
  EXPECT_EQ(due_day(), day(2026, 3, 12));
  today = day(2026, 3, 13);
  EXPECT_EQ(pass(), (Recorded{"passed", "reminded:author"}));
}

TEST_F(CaseDeadline, ThatIsMovedPassesAgainOnItsNewDay) {
  with_deadline({{"anchor", "/on"}, {"offset", "+0d"}, {"then", {{{"remind", "author"}}}}});
  today = day(2026, 3, 11);
  EXPECT_EQ(pass(), (Recorded{"passed", "reminded:author"}));
  ASSERT_EQ(act(as_hr(), "date", {{"on", "2026-03-20"}}), "");
  EXPECT_EQ(pass(), Recorded{});
  today = day(2026, 3, 21);
  EXPECT_EQ(pass(), (Recorded{"passed", "reminded:author"}));
  EXPECT_EQ(state().deadline.alerts.size(), 1u) << "those of the former day are gone";
}

TEST_F(CaseDeadline, StandsStillWhileTheSubjectIsOnLeave_R067) {
  with_deadline({{"offset", "+10d"}, {"pause", {"subject-on-leave"}}});
  EXPECT_EQ(due_day(), day(2026, 3, 11));
  ward.facts.record(LeaveStarted{.leave = {7}, .person = kStaff, .kind = LeaveKind::kSick, .from = day(2026, 3, 5), .last_day = day(2026, 3, 24)});
  EXPECT_EQ(due_day(), day(2026, 3, 31));
  today = day(2026, 3, 25);
  EXPECT_EQ(pass(), Recorded{});
  ward.facts.record(LeaveChanged{.leave = {7}, .person = kStaff, .last_day = day(2026, 4, 24)});
  EXPECT_EQ(due_day(), day(2026, 5, 1));
  ward.facts.record(LeaveEnded{.leave = {7}, .person = kStaff, .last_day = day(2026, 3, 14)});
  EXPECT_EQ(due_day(), day(2026, 3, 21));
}

TEST_F(CaseDeadline, RollsPastHolidays) {
  with_deadline({{"anchor", "/on"}, {"offset", "+0d"}, {"roll", "next"}});
  ASSERT_EQ(act(as_hr(), "date", {{"on", "2026-03-20"}}), "");
  EXPECT_EQ(due_day(), day(2026, 3, 20)) << "a Friday";
  ward.facts.record(PolicySet{.policy = "holidays.national.2026", .value_json = R"({"2026-03-20":"春分の日"})", .from = day(2026, 1, 1)});
  EXPECT_EQ(due_day(), day(2026, 3, 23));
}

}  // namespace
}  // namespace rireki
