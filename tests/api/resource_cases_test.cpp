#include "projections/all_views.h"
#include "resource_world.h"

namespace rireki::api::test {
namespace {

class Cases : public ResourceWorld {
 protected:
  Cases() { publish(); }
  CaseId transfer(PersonId person = kAiko, const char* effective = "2026-07-01") {
    return open(hr(), "transfer", person, {{"to_post", to_text(kHrClerk)}, {"effective", effective}, {"order_kind", "配置換"}, {"draft_note", "経験"}});
  }
  CaseId submitted(PersonId person = kAiko) {
    const auto id = transfer(person);
    EXPECT_EQ(act(hr(), id, "intent", {{"wish", "move"}, {"wish_note", "秘密の希望"}, {"home_opinion", "秘密の意見"}}), "");
    EXPECT_EQ(act(hr(), id, "submit"), "");
    return id;
  }
  // Brings a submitted transfer through its line to an announcement.
  void announce(CaseId id) {
    EXPECT_EQ(act(acting(kHrManager), id, "approve"), "");  // 合議 of the receiving head
    EXPECT_EQ(act(acting(kManager), id, "approve"), "");    // of the home head
    EXPECT_EQ(act(acting(kHrManager), id, "approve"), "") << "decided by the HR head: within the grade";
    EXPECT_EQ(act(hr(), id, "announce"), "");
  }
  CaseId line_care(PersonId author = kTeamHead, PersonId about = kAiko) {
    return open(acting(author, {"staff", "manager"}), "line-care", about, {{"noticed_on", "2026-05-14"}, {"signs", "元気がない"}});
  }
  std::vector<std::string> ids_in(const json& rows) {
    std::vector<std::string> ids;
    for (const auto& row : rows) ids.push_back(row.at("id"));
    return ids;
  }
  std::vector<std::string> listed(const Actor& actor, const std::string& query = "") { return ids_in(get(actor, now_of("/api/cases" + query)).body["cases"]); }
  std::map<std::string, json> work(const Actor& actor, const std::string& query = "") {
    std::map<std::string, json> found;
    const auto answer = get(actor, now_of("/api/worklist" + query));
    EXPECT_EQ(answer.status, 200);
    for (const auto& item : answer.body["items"]) found[item.at("id")] = item.at("why");
    return found;
  }
  static Actor nurse() { return acting(kMori, {"staff", "occupational-health"}); }
};

std::vector<std::string> action_ids(const json& page) {
  std::vector<std::string> ids;
  for (const auto& action : page.at("actions")) ids.push_back(action.at("id"));
  return ids;
}

}  // namespace

TEST_F(Cases, ShowTheirStateFormLineAndOpenActions) {
  const auto id = submitted();
  const auto page = get(acting(kHrManager), path(id));
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body["state"]["label"], "決裁中");
  EXPECT_EQ(page.body["form"]["effective"], "2026-07-01");
  EXPECT_EQ(page.body["subject"]["name"], "渡邊　愛子");
  ASSERT_GE(page.body["line"].size(), 4u);
  EXPECT_EQ(page.body["line"][0]["holders"][0]["name"], "大野　薫");
  const auto actions = action_ids(page.body);
  EXPECT_NE(std::find(actions.begin(), actions.end(), "approve"), actions.end());
  EXPECT_EQ(page.body["history"].size(), 3u);
  EXPECT_EQ(page.header("ETag"), "\"" + std::to_string(page.body["position"].get<Position>()) + "\"");
}

TEST_F(Cases, ShowEachRoundOfTheLine) {
  const auto id = submitted();
  EXPECT_EQ(act(acting(kManager), id, "send-back", {}, "時期を再検討"), "");
  EXPECT_EQ(act(hr(), id, "submit"), "");
  EXPECT_EQ(act(acting(kManager), id, "approve"), "");
  const auto rounds = get(hr(), path(id)).body["rounds"];
  ASSERT_EQ(rounds.size(), 2u);
  EXPECT_EQ(rounds[0]["stations"][0]["outcome"], "sent-back");
  EXPECT_EQ(rounds[0]["stations"][0]["comment"], "時期を再検討");
  EXPECT_EQ(rounds[1]["stations"][0]["outcome"], "approved");
}

TEST_F(Cases, AreToldAsTheyStoodBefore) {
  const auto id = transfer();
  const Position before = log_->head();
  EXPECT_EQ(act(hr(), id, "submit"), "");
  const auto then = get(hr(), path(id) + "&as_of=" + std::to_string(before));
  EXPECT_EQ(then.body["state"]["id"], "draft");
  EXPECT_TRUE(then.body["actions"].empty()) << "nobody acts on the past";
  EXPECT_EQ(then.header("ETag"), "");
}

TEST_F(Cases, AreNotFoundBeforeTheReaderMayKnow) {
  const auto id = submitted();
  const auto missing = get(acting(kAiko), "/api/cases/" + to_text(CaseId{424242}));
  EXPECT_EQ(missing.status, 404);
  for (const auto& stranger : {acting(kAiko), acting(kMori), acting(kChief), administrator()}) {
    EXPECT_EQ(get(stranger, path(id)).text, missing.text);
    EXPECT_TRUE(listed(stranger).empty());
  }
  EXPECT_EQ(get(acting(kAiko), "/api/cases/nonsense").text, missing.text);
  announce(id);
  EXPECT_EQ(get(acting(kAiko), path(id)).status, 200) << "内示: from now on the person concerned knows";
  EXPECT_EQ(get(acting(kMori), path(id)).text, missing.text);
}

TEST_F(Cases, ShowThePersonConcernedNothingThatOthersWroteAboutThem) {
  const auto id = submitted();
  announce(id);
  const auto page = get(acting(kAiko), path(id));
  EXPECT_EQ(page.body["partial"], true);
  EXPECT_EQ(page.body["form"]["to_post"], to_text(kHrClerk));
  EXPECT_EQ(page.text.find("秘密"), std::string::npos);
  EXPECT_NE(get(hr(), path(id)).text.find("秘密の意見"), std::string::npos);
}

TEST_F(Cases, OfLineCareAreInvisibleToEveryoneNotEntitled) {
  const auto id = line_care();
  const auto missing = get(acting(kMori), "/api/cases/" + to_text(CaseId{424242})).text;
  for (const auto& reader : {acting(kTeamHead, {"staff", "manager"}), nurse()}) {
    EXPECT_EQ(get(reader, path(id)).status, 200);
    EXPECT_EQ(listed(reader), std::vector{to_text(id)});
    EXPECT_EQ(work(reader).count(to_text(id)), 1u);
  }
  for (const auto& stranger : {acting(kAiko), acting(kMori), acting(kManager, {"staff", "manager"}), acting(kChief, {"staff", "manager"}), hr(), auditor(), administrator()}) {
    EXPECT_EQ(get(stranger, path(id)).text, missing);
    for (const auto& query : std::vector<std::string>{"", "?procedure=line-care", "?subject=person:" + to_text(kAiko), "?unit=" + to_text(kCounter), "?open=true", "?procedure=line-care&state=noticed"}) {
      const auto page = get(stranger, now_of("/api/cases" + query));
      EXPECT_TRUE(page.body["cases"].empty()) << query;
      EXPECT_EQ(page.body["next"], nullptr) << "nor does a cursor tell that there is something";
    }
    for (const auto& scope : std::vector<std::string>{"mine", "unit", to_text(kCounter)}) EXPECT_EQ(work(stranger, "?scope=" + scope).count(to_text(id)), 0u) << scope;
    const auto timeline = get(stranger, now_of("/api/people/" + to_text(kAiko) + "/timeline"));
    EXPECT_EQ(timeline.text.find(to_text(id)), std::string::npos);
  }
  for (const auto& reader : {hr(), auditor()}) {
    EXPECT_TRUE(get(reader, "/api/events?type=case/opened").body["events"].empty());
    EXPECT_TRUE(get(reader, "/api/events?tag=case:" + to_text(id)).body["events"].empty());
  }
}

TEST_F(Cases, AreListedNewestFirstByFiltersAndInPages) {
  const auto first = transfer(kAiko), second = transfer(kMori), third = transfer(kTeamHead);
  EXPECT_EQ(act(hr(), second, "submit"), "");
  EXPECT_EQ(listed(hr()), (std::vector{to_text(third), to_text(second), to_text(first)}));
  EXPECT_EQ(listed(hr(), "?state=deciding"), std::vector{to_text(second)});
  EXPECT_EQ(listed(hr(), "?procedure=transfer&state=draft"), (std::vector{to_text(third), to_text(first)}));
  EXPECT_EQ(listed(hr(), "?subject=person:" + to_text(kMori)), std::vector{to_text(second)});
  EXPECT_EQ(listed(hr(), "?mine=true").size(), 3u);
  EXPECT_EQ(listed(auditor(), "?mine=true").size(), 0u);
  EXPECT_EQ(listed(hr(), "?open=false").size(), 0u);
  auto page = get(hr(), now_of("/api/cases?limit=2")).body;
  EXPECT_EQ(page["cases"].size(), 2u);
  transfer(kManager);  // does not shift the next page
  page = get(hr(), "/api/cases?limit=2&cursor=" + page["next"].get<std::string>()).body;
  EXPECT_EQ(ids_in(page["cases"]), std::vector{to_text(first)});
  EXPECT_EQ(page["next"], nullptr);
  EXPECT_EQ(get(hr(), "/api/cases?subject=aiko").status, 400);
  EXPECT_EQ(get(hr(), "/api/cases?mine=perhaps").status, 400);
}

TEST_F(Cases, WaitForWhoeverSitsAtTheStationToday) {
  const auto id = submitted();
  EXPECT_EQ(work(acting(kManager))[to_text(id)], json{"approve"}) << "the home head, of the section above the team";
  EXPECT_EQ(work(acting(kHrManager))[to_text(id)], json{"approve"});
  EXPECT_EQ(work(acting(kDirector)).count(to_text(id)), 0u) << "not the director's turn";
  EXPECT_EQ(work(acting(kAiko)).count(to_text(id)), 0u);
  EXPECT_EQ(act(acting(kManager), id, "approve"), "");
  EXPECT_EQ(work(acting(kManager)).count(to_text(id)), 0u);
}

TEST_F(Cases, WaitForTheSuccessorOnTheMorningOfTheirFirstDay) {
  const auto id = submitted();
  record({PostingEnded{.person = kManager, .post = kRegistryHead, .last_day = day(2026, 5, 31)},
          PostingEnded{.person = kTeamHead, .post = kCounterHead, .last_day = day(2026, 5, 31)},
          Posted{.person = kTeamHead, .post = kRegistryHead, .from = day(2026, 6, 1), .order_kind = "昇任"},
          Posted{.person = kManager, .post = kCounterHead, .from = day(2026, 6, 1), .order_kind = "配置換"}});
  set_today(day(2026, 5, 31));
  EXPECT_EQ(work(acting(kManager)).count(to_text(id)), 1u);
  EXPECT_EQ(work(acting(kTeamHead)).count(to_text(id)), 0u);
  set_today(day(2026, 6, 1));
  EXPECT_EQ(work(acting(kManager)).count(to_text(id)), 0u);
  EXPECT_EQ(work(acting(kTeamHead)).count(to_text(id)), 1u) << "no event in between";
}

TEST_F(Cases, WaitForTheDeputyOnlyWhileTheHolderIsAway) {
  record({DeputyNamed{.post = kRegistryHead, .deputy = kTeamHead, .from = day(2026, 4, 1)}, AwayDeclared{.person = kManager, .from = day(2026, 5, 20), .last_day = day(2026, 5, 22)}});
  const auto id = submitted();
  EXPECT_EQ(work(acting(kTeamHead)).count(to_text(id)), 0u);
  set_today(day(2026, 5, 21));
  EXPECT_EQ(work(acting(kTeamHead))[to_text(id)], json{"approve"});
  EXPECT_EQ(act(acting(kTeamHead), id, "approve"), "");
  set_today(day(2026, 5, 25));
  EXPECT_EQ(work(acting(kManager))[to_text(id)], json{"review-after"}) << "後閲 is owed to the holder";
}

TEST_F(Cases, WaitForTheHeadAboveWhereThePostIsVacant) {
  record({Separated{kManager, SeparationKind::kResigned, day(2026, 4, 30)}});
  const auto id = submitted();
  EXPECT_EQ(work(acting(kChief))[to_text(id)], json{"approve"});
}

TEST_F(Cases, OfAUnitAreThoseOfItsPeople) {
  const auto id = submitted();
  EXPECT_EQ(work(hr(), "?scope=" + to_text(kRegistry)).count(to_text(id)), 1u);
  EXPECT_EQ(work(hr(), "?scope=" + to_text(kCounter)).count(to_text(id)), 0u);
  EXPECT_EQ(work(acting(kHrManager), "?scope=unit").count(to_text(id)), 1u);
  EXPECT_EQ(work(acting(kMori), "?scope=" + to_text(kRegistry)).count(to_text(id)), 0u) << "whoever may not read the case does not see it here either";
  EXPECT_EQ(get(hr(), "/api/worklist?scope=everyone").status, 400);
}

TEST_F(Cases, HeldBySomebodyAreFoundByThoseWhoHandThemOver) {
  const auto id = submitted();
  const std::string held = "?scope=" + to_text(kManager);
  EXPECT_EQ(work(hr(), held)[to_text(id)], json{"approve"});
  EXPECT_EQ(work(acting(kChief), held).count(to_text(id)), 0u) << "a superior of the holder who may not read the case yet";
  EXPECT_EQ(act(hr(), id, "assign", json::object(), ""), "known-person") << "to nobody";
  EXPECT_EQ(get(acting(kMori), "/api/worklist" + held).status, 404);
}

TEST_F(Cases, AreSortedByTheirDueDateAndToldWhenOverdue) {
  const auto id = submitted();
  announce(id);
  const auto row = get(hr(), now_of("/api/cases?procedure=transfer")).body["cases"][0];
  EXPECT_EQ(row["due"], "2026-06-29") << "two open days before 1 July";
  EXPECT_EQ(row["due_wareki"], "令和8年6月29日");
  EXPECT_EQ(row["overdue"], false);
  EXPECT_TRUE(listed(hr(), "?overdue=true").empty());
  set_today(day(2026, 6, 30));
  EXPECT_EQ(listed(hr(), "?overdue=true"), std::vector{to_text(id)});
  EXPECT_EQ(work(hr(), "?overdue=true").count(to_text(id)), 1u);
  EXPECT_EQ(work(hr(), "?due_by=2026-06-28").count(to_text(id)), 0u);
  EXPECT_EQ(work(hr(), "?due_by=令和8年6月29日").count(to_text(id)), 1u);
}

TEST_F(Cases, OfAPersonStandInTheTimelineOnceTheReaderMayKnow) {
  const auto id = submitted();
  const auto timeline = [&](const Actor& reader) { return get(reader, now_of("/api/people/" + to_text(kAiko) + "/timeline")).text; };
  EXPECT_EQ(timeline(acting(kAiko)).find(to_text(id)), std::string::npos);
  announce(id);
  EXPECT_NE(timeline(acting(kAiko)).find(to_text(id)), std::string::npos);
}

TEST_F(Cases, ProceduresAreShownResolvedWithTheirForms) {
  const auto list = get(acting(kMori), "/api/procedures").body["procedures"];
  EXPECT_EQ(list.size(), default_catalogue().size());
  const auto transfer = get(acting(kMori), "/api/procedures/transfer").body;
  EXPECT_EQ(transfer["opening_form"], "draft");
  EXPECT_TRUE(transfer["forms"]["draft"]["properties"].contains("to_post"));
  EXPECT_EQ(get(acting(kMori), "/api/procedures/transfer?version=7").status, 404);
  EXPECT_EQ(get(acting(kMori), "/api/procedures/transfer?version=x").status, 400);
  EXPECT_EQ(get(acting(kMori), "/api/procedures/no-such").status, 404);
}

// The view's row is the case as the log has it, and rebuilding gives the same rows.
TEST_F(Cases, InTheViewAreTheCasesOfTheLog) {
  const auto id = submitted();
  announce(id);
  EXPECT_EQ(act(hr(), id, "order", {{"order_number", "総職第1号"}}), "");
  line_care();
  wait_for_views();
  const auto rows = [&] {
    std::map<std::string, std::string> all;
    views_->snapshot("cases").rows->scan("", "", [&](std::string_view key, std::string_view value) { return all.emplace(key, value), true; });
    return all;
  };
  const auto live = rows();
  int cases = 0;
  for (const auto& [key, value] : live) {
    if (!key.starts_with("c/")) continue;
    ++cases;
    CaseRow row = decode_row(value);
    EXPECT_EQ(encode_row(row), value);
    const auto in_log = office_->find_case(row.state.id);
    ASSERT_TRUE(in_log);
    row.state = *in_log;
    EXPECT_EQ(encode_row(row), value);
  }
  EXPECT_GE(cases, 3) << "the order opens a handover";
  ASSERT_TRUE(views_->rebuild("cases"));
  EXPECT_EQ(rows(), live);
}

TEST_F(Cases, ShowAPrivateNoteToItsReadersAloneAlsoInHistoryAndLog_R063) {
  record({PolicySet{.policy = "one-on-one.years", .value_json = "[1,60]", .from = day(2015, 4, 1)}});
  const Actor superior = acting(kTeamHead, {"staff", "manager"});
  const auto id = open(superior, "one-on-one", kAiko, {{"planned_on", "2026-06-30"}});
  ASSERT_EQ(act(superior, id, "prepare-superior", {{"superior_note", "秘密の準備"}}), "");
  ASSERT_EQ(act(acting(kAiko), id, "prepare", {{"own_note", "秘密の悩み"}}), "");
  const auto text = [&](const Actor& actor, const std::string& target) { return get(actor, target).body.dump(); };
  const auto holds = [](const std::string& all, const char* part) { return all.find(part) != std::string::npos; };
  EXPECT_TRUE(holds(text(superior, path(id)), "秘密の準備"));
  EXPECT_FALSE(holds(text(superior, path(id)), "秘密の悩み"));
  EXPECT_TRUE(holds(text(acting(kAiko), path(id)), "秘密の悩み"));
  EXPECT_FALSE(holds(text(acting(kAiko), path(id)), "秘密の準備"));
  for (const auto& target : {path(id), now_of("/api/events?tag=case:" + to_text(id))}) {
    const auto by_hr = text(hr(), target);
    EXPECT_TRUE(holds(by_hr, "2026-06-30")) << target;
    EXPECT_FALSE(holds(by_hr, "秘密")) << target;
  }
}

}  // namespace rireki::api::test
