// Looking back shows nobody more than they may read today: neither through the past, nor through corrections, comparisons, replays, reports.
#include <gmock/gmock.h>

#include "api/replay.h"
#include "auditors_desk.h"

namespace rireki::api::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class LookingBack : public AuditorsDesk {
 protected:
  static Actor superior() { return acting(kTeamHead, {"staff", "manager"}); }
  // A meeting with a note of each side that is for its writer alone.
  CaseId meeting() {
    record({PolicySet{.policy = "one-on-one.years", .value_json = "[1,60]", .from = day(2015, 4, 1)}});
    const auto id = open(superior(), "one-on-one", kAiko, {{"planned_on", "2026-06-30"}});
    EXPECT_EQ(act(superior(), id, "prepare-superior", {{"superior_note", "秘密の準備"}}), "");
    EXPECT_EQ(act(acting(kAiko), id, "prepare", {{"own_note", "秘密の悩み"}}), "");
    return id;
  }
  CaseId line_care() { return open(superior(), "line-care", kAiko, {{"noticed_on", "2026-05-14"}, {"signs", "秘密の様子"}}); }
  // Whatever can be asked of a case and of its moments.
  std::vector<std::string> ways_to_look_at(CaseId id) {
    const std::string name = to_text(id), head = std::to_string(log_->head());
    std::vector<std::string> ways{"/api/cases/" + name, "/api/cases/" + name + "?as_of=" + head, "/api/replay?case=" + name, "/api/replay?person=" + to_text(kAiko), "/api/replay?procedure=one-on-one",
                                  "/api/corrections", "/api/events?tag=case:" + name, "/api/reports/retroactive", "/api/reports/retroactive?format=csv"};
    std::vector<Position> moments;
    EXPECT_TRUE(log_->read(with_tag("case:" + name), {}, [&](const EventView& event) {
      moments.push_back(event.position());
      return true;
    }));
    for (const auto position : moments) {
      const std::string at = std::to_string(position);
      ways.insert(ways.end(), {"/api/cases/" + name + "?as_of=" + at, "/api/replay/" + at, "/api/replay/" + at + "/maker", "/api/compare?case=" + name + "&from_as_of=" + at});
    }
    return ways;
  }
  void expect_unseen(const Actor& by, CaseId id, const std::string& secret) {
    for (const auto& way : ways_to_look_at(id)) EXPECT_THAT(get(by, way).text, Not(HasSubstr(secret))) << way << " by " << to_text(by.person);
  }
  json refused_rows() {
    after_what_is_queued();
    return get(auditor(), now_of("/api/reports/refused")).body["rows"];
  }
};

}  // namespace

TEST_F(LookingBack, ANoteForItsWriterAloneIsTheirsInThePastToo) {
  const auto id = meeting();
  wait_for_views();
  expect_unseen(hr(), id, "秘密");
  expect_unseen(acting(kHrManager, {"staff", "hr"}), id, "秘密");
  expect_unseen(auditor(), id, "秘密");
  expect_unseen(superior(), id, "秘密の悩み");
  expect_unseen(acting(kAiko), id, "秘密の準備");
  const std::string then = "?as_of=" + std::to_string(log_->head());
  EXPECT_THAT(get(superior(), "/api/cases/" + to_text(id) + then).text, HasSubstr("秘密の準備"));
  EXPECT_THAT(get(acting(kAiko), "/api/cases/" + to_text(id) + then).text, HasSubstr("秘密の悩み"));
}

TEST_F(LookingBack, ANoteIsCorrectedByItsWriterAloneAndStaysTheirs) {
  const auto id = meeting();
  const json correction = {{"entry", position_of(id, "case/acted", 1)}, {"form", {{"own_note", "秘密の悩み、書き直し"}}}};
  EXPECT_EQ(act(hr(), id, "correct-entry", correction, "誤記"), "unknown-entry") << "what they do not see is not theirs to correct";
  EXPECT_EQ(act(superior(), id, "correct-entry", correction, "誤記"), "unknown-entry");
  EXPECT_EQ(act(acting(kAiko), id, "correct-entry", correction, "誤記"), "");
  EXPECT_EQ(get(acting(kAiko), path(id)).body["form"]["own_note"], "秘密の悩み、書き直し");
  wait_for_views();
  expect_unseen(hr(), id, "秘密");
  expect_unseen(superior(), id, "秘密の悩み");
}

TEST_F(LookingBack, NobodyCorrectsWhatStandsThereAboutThemselves) {
  const Actor other = acting(kHrManager, {"staff", "hr"});
  const auto id = open(other, "transfer", kHrWorker, {{"to_post", to_text(kCounterClerk)}, {"effective", "2026-07-01"}, {"order_kind", "配置換"}});
  ASSERT_EQ(act(other, id, "intent", {{"wish", "stay"}, {"home_opinion", "秘密の意見"}}), "");
  const Position opened = position_of(id, "case/opened"), opinion = position_of(id, "case/acted");
  EXPECT_NE(act(hr(), id, "correct-entry", {{"entry", opened}, {"form", {{"effective", "2026-08-01"}}}}, "誤記"), "");
  EXPECT_NE(act(hr(), id, "correct-entry", {{"entry", opinion}, {"form", {{"home_opinion", "優秀"}}}}, "誤記"), "");
  EXPECT_EQ(act(other, id, "correct-entry", {{"entry", opened}, {"form", {{"effective", "2026-08-01"}}}}, "誤記"), "");
  wait_for_views();
  expect_unseen(hr(), id, "秘密");
}

TEST_F(LookingBack, ASecretCaseStandsInNoListOfTheDesk) {
  const auto id = line_care();
  const Position entry = position_of(id, "case/opened");
  ASSERT_EQ(act(superior(), id, "correct-entry", {{"entry", entry}, {"form", {{"signs", "秘密の様子、書き直し"}}}}, "秘密の訂正"), "");
  EXPECT_EQ(get(superior(), path(id)).body["form"]["signs"], "秘密の様子、書き直し");
  wait_for_views();
  for (const auto& by : {hr(), auditor(), acting(kAiko), administrator()}) {
    expect_unseen(by, id, "秘密");
    for (const auto& way : {"/api/corrections", "/api/reports/retroactive", "/api/replay", "/api/events"}) EXPECT_THAT(get(by, way).text, Not(HasSubstr(to_text(id)))) << way;
  }
  EXPECT_EQ(get(auditor(), "/api/replay/" + std::to_string(entry) + "/maker").status, 404);
}

TEST_F(LookingBack, AFactDoesNotNameTheSecretCaseThatItComesFrom) {
  const auto id = line_care();
  const FactEntry fact{.id = ids_.make<FactId>(), .fact = AwayDeclared{.person = kAiko, .from = day(2026, 6, 1), .last_day = day(2026, 6, 10)}, .corrects = {}, .case_id = id, .reason = {}};
  ASSERT_TRUE(office_->record_facts(hr(), {fact}, {}));
  const Position at = log_->head();
  for (const auto& way : {"/api/events?after=" + std::to_string(at - 1), "/api/replay/" + std::to_string(at)}) {
    const auto seen = get(hr(), way);
    EXPECT_THAT(seen.text, HasSubstr("2026-06-10")) << way;
    EXPECT_THAT(seen.text, Not(HasSubstr(to_text(id)))) << way;
  }
  EXPECT_THAT(get(superior(), now_of("/api/cases/" + to_text(id))).text, HasSubstr(to_text(id)));
  office_->with_context([&](const DecisionContext& context) {
    EXPECT_FALSE(body_as_seen(context, *office_, hr(), fact).contains("case"));
    EXPECT_TRUE(body_as_seen(context, *office_, superior(), fact).contains("case"));
  });
}

TEST_F(LookingBack, ThatSomebodyTriedToOpenASecretCaseIsAsSecretAsOne) {
  open_accounts();
  std::promise<Result<CommandAnswer, CommandError>> answered;
  office_->open(hr(), {.procedure = "line-care", .subject = {"person", to_text(kAiko)}, .action = {}, .form = {{"noticed_on", "2026-05-14"}, {"signs", "x"}}}, {}, [&](auto answer) { answered.set_value(std::move(answer)); });
  ASSERT_FALSE(answered.get_future().get()) << "HR does not write line-care sheets";
  EXPECT_EQ(refused_rows().size(), 0u);
  const auto id = line_care();
  EXPECT_EQ(act(superior(), id, "close", {{"outcome", "x"}}), "form");
  EXPECT_NE(act(acting(kMori), id, "listen"), "");
  EXPECT_EQ(refused_rows().size(), 0u);
}

TEST_F(LookingBack, WhatWasRefusedInABulkIsOnRecordAndAnActionThatDoesNotExistHasNoName) {
  open_accounts();
  const auto id = ordered();
  std::promise<Result<BulkAnswer, CommandError>> answered;
  office_->bulk(hr(), {{.case_id = id, .request = {.procedure = {}, .subject = {}, .action = "submit"}, .if_match = {}}}, BulkMode::kCheck, {.id = {1, 1}, .digest = {}}, [&](auto) {});
  office_->bulk(hr(), {{.case_id = id, .request = {.procedure = {}, .subject = {}, .action = "submit"}, .if_match = {}}}, BulkMode::kEach, {.id = {1, 2}, .digest = {}}, [&](auto answer) { answered.set_value(std::move(answer)); });
  ASSERT_TRUE(answered.get_future().get());
  EXPECT_NE(act(hr(), id, "渡邊愛子の病名"), "");
  const auto rows = refused_rows();
  ASSERT_EQ(rows.size(), 2u) << "one of each, and what was only checked was not tried";
  EXPECT_EQ(rows[0][4], "submit");
  EXPECT_THAT(rows[0][1].get<std::string>(), HasSubstr(to_text(kHrWorker)));
  EXPECT_EQ(rows[1][4], "");
  EXPECT_THAT(get(auditor(), "/api/events?tag=refused").text, Not(HasSubstr("病名")));
}

TEST_F(LookingBack, ARepeatedCancellationIsAnsweredAsTheFirst) {
  record({AwayDeclared{.person = kAiko, .from = day(2026, 6, 1), .last_day = day(2026, 6, 10)}});
  const std::vector<Office::Cancellation> what{{last_fact_, "person:" + to_text(kAiko), "出張は中止"}};
  const CommandMeta once{.command = {.id = {7, 7}, .digest = {1}}, .if_match = {}};
  const auto first = office_->cancel_facts(hr(), what, once);
  ASSERT_TRUE(first);
  const auto again = office_->cancel_facts(hr(), what, once);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->last, first->last);
  EXPECT_EQ(again->first, first->first);
  const auto other = office_->cancel_facts(hr(), what, {.command = {.id = {7, 7}, .digest = {2}}, .if_match = {}});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().storage->code, AppendErrorCode::kCommandReused);

  std::vector<FactEntry> facts{{.id = ids_.make<FactId>(), .fact = AwayDeclared{.person = kAiko, .from = day(2026, 7, 1), .last_day = day(2026, 7, 2)}, .corrects = {}, .case_id = {}, .reason = {}}};
  const CommandMeta second{.command = {.id = {7, 8}, .digest = {1}}, .if_match = {}};
  const auto recorded = office_->record_facts(hr(), facts, second);
  ASSERT_TRUE(recorded);
  const auto repeated = office_->record_facts(hr(), facts, second);
  ASSERT_TRUE(repeated);
  EXPECT_TRUE(repeated->repeated);
  EXPECT_EQ(repeated->last, recorded->last);
}

TEST_F(LookingBack, APlaceOrATimeThatHasNotComeIsNamedWhereverItIsGiven) {
  for (const std::string target : {"/api/replay?", "/api/events?"})
    for (const std::string name : {"after", "up_to", "as_of"})
      for (const std::string value : {"99999999", "2030-01-01T00:00:00Z", "soon", "-1"}) EXPECT_EQ(get(auditor(), target + name + "=" + value).status, 400) << target << name << "=" << value;
  for (const std::string target : {"/api/people", "/api/units", "/api/worklist", "/api/obligations", "/api/rosters/support", "/api/covers", "/api/reports/orders", "/api/corrections", "/api/cases"}) {
    EXPECT_EQ(get(hr(), target + "?as_of=99999999").status, 400) << target;
    EXPECT_EQ(get(hr(), target + "?as_of=2030-01-01T00:00:00Z").status, 400) << target;
  }
}

TEST_F(LookingBack, ATimeIsTurnedIntoThePositionThatItReached) {
  const Position then = log_->head();
  const Instant at = now_;
  set_today(day(2026, 5, 20));
  record({AwayDeclared{.person = kAiko, .from = day(2026, 5, 20), .last_day = day(2026, 5, 22)}});
  const auto asked = get(hr(), "/api/people/" + to_text(kAiko) + "?on=2026-05-20&as_of=" + iso_utc(at + std::chrono::hours{1}));
  ASSERT_EQ(asked.status, 200) << asked.text;
  EXPECT_EQ(asked.body["as_of"], then);
  EXPECT_EQ(asked.body["presence"], "present") << "not told yet";
  EXPECT_EQ(get(hr(), now_of("/api/people/" + to_text(kAiko) + "?on=2026-05-20")).body["presence"], "away");
}

TEST_F(LookingBack, WhatDependsOnAFormThatWasNotKeptIsNotGuessed) {
  open_accounts();
  const auto id = transfer();
  ASSERT_EQ(act(hr(), id, "submit"), "");
  for (const auto person : {kHrManager, kManager, kHrManager}) ASSERT_EQ(act(acting(person), id, "approve"), "");
  ASSERT_EQ(act(hr(), id, "announce"), "");
  EXPECT_EQ(act(acting(kManager), id, "order", {{"order_number", "101"}}), "not-entitled");
  EXPECT_EQ(act(acting(kManager), id, "announce"), "not-in-this-state");
  after_what_is_queued();
  json transfer_procedure = definition("transfer");
  transfer_procedure["version"] = 2;
  transfer_procedure["migrate"] = {{"1", {{"automatic", true}}}};
  for (auto& action : transfer_procedure["actions"])
    if (action["id"] == "order") action["who"].push_back({{"relation", "head-of-home-unit"}});
  const auto version = load_version(*office_, {"transfer.json", transfer_procedure.dump()});
  if (!version) {
    const auto findings = version.error();
    FAIL() << findings.front().pointer << " " << findings.front().reason.en;
  }
  std::map<std::string, std::string> outcomes;
  const Position head = log_->head();
  for (const auto& step : replay_under(*office_, id, *version, head, refusals_until(*office_, head))) outcomes[step.action] += std::string(to_text(step.outcome)) + " ";
  EXPECT_EQ(outcomes["approve"], "same same same ") << "each station once";
  EXPECT_EQ(outcomes["order"], "unknown ") << "with what number, nobody kept";
  EXPECT_EQ(outcomes["announce"], "same still-refused ");
  EXPECT_EQ(log_->head(), head);
}

}  // namespace rireki::api::test
