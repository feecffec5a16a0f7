// What auditors come for: corrections with what rests on them, history stepped through and replayed under another version, two moments side by side, what
// the maker of a decision could see, the standing reports.
#include <gmock/gmock.h>

#include "api/replay.h"
#include "auditors_desk.h"
#include "domain/obligations.h"

namespace rireki::api::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

}  // namespace

TEST_F(AuditorsDesk, ACorrectionShowsWhatItSaidAndListsWhatRestsOnItUntilSomebodyDecides) {
  record({Separated{.person = kAiko, .kind = SeparationKind::kResigned, .last_day = day(2026, 8, 31)}});
  const FactId wrong = last_fact_;
  const Position before = log_->head();
  correct(wrong, Separated{.person = kAiko, .kind = SeparationKind::kResigned, .last_day = day(2026, 7, 31)}, "届の日付の読み違い");
  const auto all = corrections();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0]["what"], "corrected");
  EXPECT_EQ(all[0]["before"]["last_day"], "2026-08-31");
  EXPECT_EQ(all[0]["after"]["last_day"], "2026-07-31");
  EXPECT_EQ(all[0]["reason"], "届の日付の読み違い");
  EXPECT_EQ(all[0]["person"]["name"], "渡邊　愛子");
  const auto posting = item(all[0], "posting");
  ASSERT_FALSE(posting.is_null()) << all[0].dump(1);
  EXPECT_EQ(posting["before"], "2020-04-01/2026-08-31");
  EXPECT_EQ(posting["after"], "2020-04-01/2026-07-31");
  EXPECT_TRUE(posting["settled"].is_null());
  const int open_before = all[0]["open"];
  EXPECT_EQ(corrections(hr(), "?open=true").size(), 1u);

  ASSERT_TRUE(office_->record(hr(), {CorrectionSettled{.corrected = all[0]["corrected"], .item = posting["item"], .decision = "stands", .note = "後任は7月から", .account = hr().account, .by = kHrWorker}}, Unconditional{}, std::nullopt));
  const auto settled = corrections()[0];
  EXPECT_EQ(settled["open"], open_before - 1);
  EXPECT_EQ(item(settled, "posting")["settled"]["note"], "後任は7月から");
  EXPECT_EQ(get(hr(), "/api/corrections?as_of=" + std::to_string(before)).body["corrections"].size(), 0u) << "as known before";
  EXPECT_EQ(get(acting(kAiko), "/api/corrections").status, 403);
  EXPECT_EQ(get(auditor(), "/api/corrections?open=perhaps").status, 400);
}

TEST_F(AuditorsDesk, WhatIsCancelledIsVoidFromThenOnAndStaysReadable) {
  record({AwayDeclared{.person = kAiko, .from = day(2026, 6, 1), .last_day = day(2026, 6, 10)}});
  const FactId fact = last_fact_;
  const Position before = log_->head();
  ASSERT_TRUE(office_->cancel_facts(hr(), {{fact, "person:" + to_text(kAiko), "出張は中止"}}, {}));
  EXPECT_EQ(get(hr(), now_of("/api/people/" + to_text(kAiko) + "?on=2026-06-05")).body["presence"], "present");
  EXPECT_EQ(get(hr(), "/api/people/" + to_text(kAiko) + "?on=2026-06-05&as_of=" + std::to_string(before)).body["presence"], "away");
  const auto listed = corrections()[0];
  EXPECT_EQ(listed["what"], "cancelled");
  EXPECT_EQ(listed["before"]["last_day"], "2026-06-10");
  EXPECT_TRUE(listed["after"].is_null());
  const auto again = office_->cancel_facts(hr(), {{fact, "person:" + to_text(kAiko), "もう一度"}}, {});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().violations.front().refusal.rule, "unknown-fact");
  // What would be left must stand: the post one is held in cannot be taken away from under them.
  const auto visible = [&](const std::string& tag) {
    FactId first;
    office_->with_context([&](const DecisionContext& context) { first = context.reg.visible(tag).front()->id; });
    return first;
  };
  const Position head = log_->head();
  EXPECT_FALSE(office_->cancel_facts(hr(), {{visible("post:" + to_text(kCounterHead)), "post:" + to_text(kCounterHead), "誤り"}}, {}));
  EXPECT_EQ(log_->head(), head) << "nothing was recorded";
}

TEST_F(AuditorsDesk, AnEntryOfACaseIsCorrectedByNameWithAReasonAndStaysReadable) {
  const auto id = transfer();
  const Position entry = position_of(id, "case/opened");
  const json corrected = {{"entry", entry}, {"form", {{"effective", "2026-08-01"}}}};
  EXPECT_EQ(act(hr(), id, "correct-entry", corrected), "reason-required");
  EXPECT_EQ(act(hr(), id, "correct-entry", {{"entry", entry + 1}, {"form", {{"effective", "2026-08-01"}}}}, "誤記"), "unknown-entry");
  EXPECT_EQ(act(hr(), id, "correct-entry", {{"entry", entry}, {"form", {{"order_number", "1"}}}}, "誤記"), "unknown-entry") << "that entry did not say this";
  EXPECT_EQ(act(hr(), id, "correct-entry", {{"entry", entry}, {"form", {{"effective", "いつか"}}}}, "誤記"), "form");
  EXPECT_EQ(act(hr(), id, "correct-entry", {{"entry", entry}}, "誤記"), "form");
  EXPECT_EQ(act(acting(kHrManager), id, "correct-entry", corrected, "誤記"), "not-found") << "a draft is not theirs to see";
  EXPECT_EQ(act(hr(), id, "correct-entry", corrected, "誤記"), "");
  const auto page = get(hr(), path(id)).body;
  EXPECT_EQ(page["form"]["effective"], "2026-08-01");
  EXPECT_EQ(page["history"][0]["body"]["form"]["effective"], "2026-07-01") << "the entry itself says what it said";
  EXPECT_EQ(page["history"].back()["type"], "case/corrected");
  const auto listed = corrections()[0];
  EXPECT_EQ(listed["what"], "entry");
  EXPECT_EQ(listed["before"]["effective"], "2026-07-01");
  EXPECT_EQ(listed["after"]["effective"], "2026-08-01");
  EXPECT_EQ(listed["reason"], "誤記");

  EXPECT_EQ(act(hr(), id, "comment", {{"text", "別の人への連絡"}}), "");
  const Position remark = position_of(id, "case/commented");
  EXPECT_EQ(act(hr(), id, "correct-entry", {{"entry", remark}, {"withdrawn", true}}, "宛先違い"), "");
  EXPECT_EQ(act(hr(), id, "correct-entry", {{"entry", remark}, {"withdrawn", true}}, "もう一度"), "unknown-entry");
  EXPECT_EQ(act(hr(), id, "submit"), "");
  EXPECT_EQ(act(hr(), id, "correct-entry", {{"entry", entry}, {"form", {{"effective", "2026-09-01"}}}}, "誤記"), "not-in-this-state") << "what is being decided stands";
}

TEST_F(AuditorsDesk, HistoryIsSteppedThroughWithTheStateBeforeAndAfter) {
  const auto id = ordered();
  const auto steps = get(auditor(), now_of("/api/replay?case=" + to_text(id))).body["steps"];
  ASSERT_GE(steps.size(), 7u);
  EXPECT_TRUE(steps[0]["before"].is_null());
  EXPECT_EQ(steps[1]["before"], steps[0]["after"]);
  const Position order = position_of(id, "case/acted", 2);
  const auto one = get(auditor(), now_of("/api/replay/" + std::to_string(order))).body;
  EXPECT_EQ(one["before"]["label"], steps[steps.size() - 1]["before"]);
  EXPECT_THAT(one["changed"].dump(), HasSubstr("order_number"));
  EXPECT_FALSE(one["checks"].empty()) << "by which rules";
  ASSERT_FALSE(one["recorded"].empty()) << "and which facts it recorded";
  const auto fact = get(auditor(), now_of("/api/replay/" + std::to_string(one["recorded"].back().get<Position>()))).body;
  EXPECT_EQ(fact["type"], "fact/posted");
  EXPECT_TRUE(fact["before"]["unit"].is_null()) << "the fact before it ended the former place";
  EXPECT_EQ(fact["after"]["unit"], "職員課");
  // Forward and back.
  Position at = one["previous"];
  EXPECT_EQ(get(auditor(), now_of("/api/replay/" + std::to_string(at))).body["next"], order);

  EXPECT_GE(get(auditor(), now_of("/api/replay?person=" + to_text(kAiko))).body["steps"].size(), steps.size());
  EXPECT_GE(get(auditor(), now_of("/api/replay?procedure=transfer&order=newest&limit=3")).body["steps"].size(), 3u);
  EXPECT_EQ(get(auditor(), now_of("/api/replay?actor=" + to_text(acting(kManager).account) + "&procedure=transfer")).body["steps"].size(), 1u);
  EXPECT_EQ(get(auditor(), "/api/replay?person=x").status, 400);
  EXPECT_EQ(get(auditor(), "/api/replay?as_of=99999999").status, 400);
  EXPECT_EQ(get(auditor(), "/api/replay?as_of=2030-01-01T00:00:00Z").status, 400) << "a time that has not come";
  EXPECT_EQ(get(auditor(), "/api/replay?up_to=2030-01-01T00:00:00Z").status, 400);
  EXPECT_EQ(get(auditor(), "/api/replay/99999999").status, 404);
  EXPECT_EQ(get(auditor(), "/api/replay/0").status, 404);
  EXPECT_EQ(get(acting(kAiko), "/api/replay").status, 403);
}

TEST_F(AuditorsDesk, ASecretCaseIsNoStepForWhoMayNotKnowOfIt) {
  const auto id = open(acting(kTeamHead, {"staff", "manager"}), "line-care", kAiko, {{"noticed_on", "2026-05-14"}, {"signs", "元気がない"}});
  EXPECT_EQ(get(auditor(), now_of("/api/replay?case=" + to_text(id))).body["steps"].size(), 0u);
  EXPECT_EQ(get(auditor(), now_of("/api/replay/" + std::to_string(position_of(id, "case/opened")))).status, 404);
  EXPECT_EQ(get(auditor(), now_of("/api/compare?case=" + to_text(id))).status, 404);
}

TEST_F(AuditorsDesk, WhatTheMakerOfADecisionCouldSeeIsWhatWasKnownToThemThen) {
  ASSERT_TRUE(office_->record({}, {AccountOpened{.account = acting(kManager).account, .login = "manager", .person = kManager, .roles = {"staff", "manager"}}}, Unconditional{}, std::nullopt));
  const auto id = ordered();
  ASSERT_TRUE(office_->record({}, {RolesSet{.account = acting(kManager).account, .roles = {"staff"}}}, Unconditional{}, std::nullopt));
  record({Renamed{.person = kAiko, .name = {"渡辺", "愛子", "ワタナベ", "アイコ"}, .from = day(2026, 5, 1)}});
  const Position approval = position_of(id, "case/station-acted", 1);
  const auto seen = get(auditor(), now_of("/api/replay/" + std::to_string(approval) + "/maker")).body;
  EXPECT_EQ(seen["person"]["name"], "田中　一郎");
  EXPECT_EQ(seen["roles"], (json{"manager", "staff"})) << "of then, not of now";
  EXPECT_EQ(seen["unit"]["name"], "戸籍課");
  EXPECT_EQ(seen["case"]["allowed"], true);
  EXPECT_THAT(seen["case"]["open"].dump(), HasSubstr("approve"));
  EXPECT_EQ(seen["record"]["readable"], true) << "of their own people";
  EXPECT_EQ(seen["record"]["record"]["name"], "渡邊　愛子") << "the name came later";
}

// The question of the issue: who was head on April 10th as HR knew it on April 5th, and who told HR otherwise later?
TEST_F(AuditorsDesk, TwoMomentsTellWhoWasHeadAsWasKnownThenAndWhoSaidOtherwiseLater) {
  set_today(day(2026, 4, 5));
  record({PostingEnded{.person = kManager, .post = kRegistryHead, .last_day = day(2026, 3, 31)}, Posted{.person = kManager, .post = kHrClerk, .from = day(2026, 4, 1), .order_kind = "転任"},
          Posted{.person = kTeamHead, .post = kRegistryHead, .kind = PostingKind::kActing, .from = day(2026, 4, 1), .order_kind = "職務代理"}});
  const FactId told = last_fact_;
  const Position april_5 = log_->head();
  set_today(day(2026, 4, 20));
  correct(told, Posted{.person = kMori, .post = kRegistryHead, .kind = PostingKind::kActing, .from = day(2026, 4, 1), .order_kind = "職務代理"}, "発令書の氏名を取り違えた");
  const Position correction = log_->head();
  const std::string unit = to_text(kRegistry);
  EXPECT_EQ(get(hr(), "/api/units/" + unit + "?on=2026-04-10&as_of=" + std::to_string(april_5)).body["head"]["name"], "山本　純");
  EXPECT_EQ(get(hr(), now_of("/api/units/" + unit + "?on=2026-04-10")).body["head"]["name"], "森　健");
  const auto both = get(auditor(), now_of("/api/compare?unit=" + unit + "&on=2026-04-10&from_as_of=" + std::to_string(april_5))).body;
  EXPECT_EQ(both["before"]["head"], "山本　純");
  EXPECT_EQ(both["after"]["head"], "森　健");
  EXPECT_THAT(both["changed"].dump(), HasSubstr("/head"));
  bool named = false;
  for (const auto& event : both["events"]) named = named || event["position"] == correction;
  EXPECT_TRUE(named) << both["events"].dump(1);
  EXPECT_THAT(corrections(auditor())[0]["reason"].get<std::string>(), HasSubstr("取り違えた"));

  EXPECT_EQ(get(auditor(), "/api/compare").status, 400);
  EXPECT_EQ(get(auditor(), "/api/compare?unit=" + unit + "&person=" + to_text(kAiko)).status, 400);
  EXPECT_EQ(get(auditor(), "/api/compare?unit=" + unit + "&from_as_of=99999999").status, 400);
  EXPECT_EQ(get(auditor(), "/api/compare?unit=u000000000009z").status, 404);
  EXPECT_EQ(get(acting(kAiko), "/api/compare?unit=" + unit).status, 403);
  const auto person = get(auditor(), now_of("/api/compare?person=" + to_text(kMori) + "&on=2026-04-10&from_as_of=" + std::to_string(april_5))).body;
  EXPECT_THAT(person["changed"].dump(), HasSubstr("戸籍課長"));
}

TEST_F(AuditorsDesk, WhatARuleRefusedIsOnRecordOnceInAWhile) {
  const auto id = ordered();
  EXPECT_EQ(act(hr(), id, "submit"), "not-in-this-state");
  EXPECT_EQ(act(hr(), id, "submit"), "not-in-this-state");
  after_what_is_queued();
  const auto rows = get(auditor(), now_of("/api/reports/refused")).body["rows"];
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0][3], "transfer");
  EXPECT_EQ(rows[0][4], "submit");
  EXPECT_EQ(rows[0][6], "not-in-this-state");
  EXPECT_EQ(get(hr(), "/api/reports/refused").status, 403);
}

TEST_F(AuditorsDesk, ReportsAreTheSameAsJsonCsvAndWorkbook) {
  open_accounts();
  const Actor nurse{AccountId{900'001}, kMori, {"staff", "occupational-health"}};
  ASSERT_TRUE(office_->record({}, {AccountOpened{.account = nurse.account, .login = "nurse", .person = kMori, .roles = {"staff", "occupational-health"}}}, Unconditional{}, std::nullopt));
  // Something for each of them: a deputy decides, a rule refuses, somebody reads a sheet, a duty is overdue.
  record({DeputyNamed{.post = kRegistryHead, .deputy = kTeamHead, .from = day(2026, 4, 1)}, AwayDeclared{.person = kManager, .from = day(2026, 5, 15), .last_day = day(2026, 5, 16)},
          PolicySet{.policy = kObligationsPolicy, .value_json = default_obligations().content, .from = day(2015, 4, 1)}});
  const auto id = transfer();
  ASSERT_EQ(act(hr(), id, "submit"), "");
  for (const auto person : {kHrManager, kTeamHead, kHrManager}) ASSERT_EQ(act(acting(person), id, "approve"), "");
  ASSERT_EQ(act(hr(), id, "announce"), "");
  ASSERT_EQ(act(hr(), id, "order", {{"order_number", "101"}}), "");
  EXPECT_EQ(act(hr(), id, "submit"), "not-in-this-state");
  const auto care = open(acting(kTeamHead, {"staff", "manager"}), "line-care", kAiko, {{"noticed_on", "2026-05-14"}, {"signs", "元気がない"}});
  ASSERT_EQ(get(nurse, path(care)).status, 200);
  after_what_is_queued();
  record({AwayDeclared{.person = kAiko, .from = day(2026, 4, 1), .last_day = day(2026, 4, 2)}});
  const auto known = get(auditor(), "/api/reports").body["reports"];
  EXPECT_EQ(known.size(), 7u);
  for (const auto& one : known) {
    const std::string path = "/api/reports/" + one["id"].get<std::string>() + "?on=2026-12-01";
    const auto table = get(auditor(), now_of(path));
    ASSERT_EQ(table.status, 200) << path;
    EXPECT_FALSE(table.body["rows"].empty()) << path;
    for (const auto& row : table.body["rows"]) EXPECT_EQ(row.size(), table.body["columns"].size()) << path;
    const auto csv = get(auditor(), now_of(path + "&format=csv")), book = get(auditor(), now_of(path + "&format=xlsx"));
    EXPECT_EQ(std::count(csv.text.begin(), csv.text.end(), '\n'), static_cast<std::ptrdiff_t>(table.body["rows"].size()) + 1) << path;
    EXPECT_TRUE(book.text.starts_with("PK")) << path;
    EXPECT_THAT(book.header("Content-Disposition"), HasSubstr(".xlsx"));
  }
  EXPECT_THAT(get(auditor(), now_of("/api/reports/deputies")).body["rows"].dump(), AllOf(HasSubstr("山本　純"), HasSubstr("田中　一郎"), HasSubstr("代決")));
  EXPECT_THAT(get(auditor(), now_of("/api/reports/rights")).body["rows"].dump(), AllOf(HasSubstr("account/opened"), HasSubstr("nurse"), HasSubstr("occupational-health")));
  const auto reads = get(auditor(), now_of("/api/reports/reads")).body["rows"].dump();
  EXPECT_THAT(reads, AllOf(HasSubstr("森　健"), HasSubstr(to_text(care)), HasSubstr("health")));
  const auto orders = get(auditor(), now_of("/api/reports/orders?from=2026-07-01&to=2026-07-01")).body["rows"];
  ASSERT_EQ(orders.size(), 2u) << "out of one post, into another";
  EXPECT_THAT(orders.dump(), HasSubstr("渡邊　愛子"));
  EXPECT_THAT(orders.dump(), HasSubstr("大野　薫"));  // decided by the head of HR
  EXPECT_EQ(get(auditor(), now_of("/api/reports/orders?from=2026-07-02&to=2026-07-31")).body["rows"].size(), 0u);
  EXPECT_THAT(get(auditor(), now_of("/api/reports/retroactive")).body["rows"].dump(), HasSubstr("fact/away-declared"));
  EXPECT_EQ(get(auditor(), "/api/reports/retroactive?as_of=0").body["rows"].size(), 0u);
  EXPECT_EQ(get(auditor(), "/api/reports/none").status, 404);
  EXPECT_EQ(get(auditor(), "/api/reports/orders?format=pdf").status, 400);
  EXPECT_EQ(get(auditor(), "/api/reports/orders?from=2026-05-01&to=2026-04-01").status, 400);
  EXPECT_EQ(get(acting(kAiko), "/api/reports/orders").status, 403);
  EXPECT_EQ(get(acting(kAiko), "/api/reports").body["reports"].size(), 0u);
}

TEST_F(AuditorsDesk, AnotherVersionOfAProcedureShowsWhichDecisionsWouldHaveBeenOthers) {
  open_accounts();
  const auto id = ordered();
  EXPECT_EQ(act(acting(kAiko), id, "submit"), "not-in-this-state");
  after_what_is_queued();
  const Position head = log_->head();
  const auto outcomes = [&](const json& definition) {
    const auto loaded = load_version(*office_, {"transfer.json", definition.dump()});
    if (!loaded) {
      const auto findings = loaded.error();
      ADD_FAILURE() << findings.front().pointer << " " << findings.front().reason.en;
    }
    std::map<std::string, std::string> by_action;
    for (const auto& step : replay_under(*office_, id, *loaded, head, refusals_until(*office_, head))) by_action[step.action] += std::string(to_text(step.outcome)) + (step.refusal.rule.empty() ? "" : ":" + step.refusal.rule) + " ";
    return by_action;
  };
  json transfer_procedure = definition("transfer");
  for (const auto& [action, outcome] : outcomes(transfer_procedure)) EXPECT_TRUE(outcome == "same still-refused:not-in-this-state " || outcome.find_first_not_of("same ") == outcome.npos) << action << ": " << outcome << " under the version that it was decided under";
  transfer_procedure["version"] = 2;
  transfer_procedure["migrate"] = {{"1", {{"automatic", true}}}};
  for (auto& action : transfer_procedure["actions"])
    if (action["id"] == "order") action["who"] = json::array({{{"function", "hr-head"}}});
  const auto other = outcomes(transfer_procedure);
  EXPECT_EQ(other.at("order"), "refused:not-entitled ");
  EXPECT_EQ(other.at("submit"), "same still-refused:not-in-this-state ");
  EXPECT_EQ(log_->head(), head) << "nothing was changed";
}

}  // namespace rireki::api::test
