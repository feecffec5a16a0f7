// Rosters, candidates with reasons, and the covers that run.
#include "domain/obligations.h"
#include "resource_world.h"

namespace rireki::api::test {
namespace {

class Matching : public ResourceWorld {
 protected:
  Matching() { publish(); }
  static constexpr LeaveId kLeave{77};
  // Mori of the counter is on leave; Aiko, of the roster, covers.
  void covered() {
    record({LeaveStarted{.leave = kLeave, .person = kMori, .kind = LeaveKind::kChildcare, .from = day(2026, 6, 1), .last_day = day(2027, 3, 31)},
            RosterJoined{.person = kAiko, .roster = "voyager", .detail_json = R"({"ground":"experience"})", .from = day(2026, 4, 1), .last_day = day(2027, 3, 31)}});
  }
};

TEST_F(Matching, ARosterIsReadByHrByOneselfAndByTheSuperiors) {
  record({RosterJoined{.person = kAiko, .roster = "support", .detail_json = R"({"skills":["救護"]})", .from = day(2026, 4, 1), .last_day = day(2027, 3, 31)}});
  const auto entries = [&](const Actor& actor, const char* query = "") { return get(actor, std::string("/api/rosters/support") + query).body["entries"]; };
  ASSERT_EQ(entries(hr()).size(), 1u);
  EXPECT_EQ(entries(hr())[0]["detail"]["skills"][0], "救護");
  EXPECT_EQ(entries(acting(kAiko)).size(), 1u);
  EXPECT_EQ(entries(acting(kManager)).size(), 1u);
  EXPECT_TRUE(entries(acting(kHrManager)).empty());
  EXPECT_TRUE(entries(hr(), "?on=2027-04-01").empty());
  EXPECT_EQ(get(hr(), "/api/rosters/friends").status, 404);
}

TEST_F(Matching, VoyagerCandidatesComeWithTheReasonOfEachRule) {
  covered();
  const std::string path = "/api/leaves/" + to_text(kLeave) + "/candidates";
  const auto answer = get(hr(), path);
  ASSERT_EQ(answer.status, 200) << answer.text;
  ASSERT_EQ(answer.body["candidates"].size(), 1u);
  EXPECT_EQ(answer.body["candidates"][0]["checks"].size(), 5u);
  const auto too_long = get(hr(), path + "?last_day=2027-04-30").body["candidates"][0];
  EXPECT_EQ(too_long["eligible"], false);
  std::set<std::string> failed;
  for (const auto& check : too_long["checks"])
    if (check["passed"] == false) failed.insert(check["rule"]);
  EXPECT_TRUE(failed.contains("cover-inside-leave"));
  EXPECT_TRUE(failed.contains("certified-throughout"));
  EXPECT_EQ(get(acting(kManager), path).status, 403);
  EXPECT_EQ(get(hr(), path + "?from=soon").status, 400);
  EXPECT_EQ(get(hr(), "/api/leaves/" + to_text(LeaveId{5}) + "/candidates").status, 404);
}

TEST_F(Matching, CoversSayWhatALeaveThatGrewAsksToDecide) {
  covered();
  record({Posted{.person = kAiko, .post = kCounterClerk, .kind = PostingKind::kCover, .from = day(2026, 6, 1), .last_day = day(2027, 3, 31), .covers = kLeave, .order_kind = "派遣"}});
  const auto covers = [&] { return get(hr(), "/api/covers").body["covers"]; };
  ASSERT_EQ(covers().size(), 1u);
  EXPECT_EQ(covers()[0]["to_decide"], nullptr);
  EXPECT_EQ(covers()[0]["home_post"]["id"].is_string(), true);
  record({LeaveChanged{.leave = kLeave, .person = kMori, .last_day = day(2027, 5, 31)}});
  EXPECT_EQ(covers()[0]["to_decide"], "offer-extension");
  EXPECT_EQ(covers()[0]["leave_ends"], "2027-05-31");
  EXPECT_TRUE(get(acting(kHrManager), "/api/covers").body["covers"].empty());
  EXPECT_TRUE(get(hr(), "/api/covers?on=2027-04-01").body["covers"].empty());
}

TEST_F(Matching, ACoverThatWasAlwaysShorterThanTheLeaveAsksForNoDecision) {
  covered();
  record({Posted{.person = kAiko, .post = kCounterClerk, .kind = PostingKind::kCover, .from = day(2026, 6, 1), .last_day = day(2026, 12, 31), .covers = kLeave, .order_kind = "派遣"}});
  EXPECT_EQ(get(hr(), "/api/covers").body["covers"][0]["to_decide"], nullptr);
}

TEST_F(Matching, CandidatesComeWithTheGapTheyWouldOpenAndWhoBringsWhatIsWantedFirst_R119) {
  covered();
  record({RosterJoined{.person = kTeamHead, .roster = "voyager", .detail_json = R"({"skills":["会計"]})", .from = day(2026, 4, 1), .last_day = day(2027, 3, 31)}});
  const auto all = get(hr(), "/api/leaves/" + to_text(kLeave) + "/candidates?skills=会計,英語").body["candidates"];
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0]["person"]["id"], to_text(kTeamHead));
  EXPECT_EQ(all[0]["matching"], json({"会計"}));
  EXPECT_EQ(all[0]["post"]["id"], to_text(kCounterHead));
  EXPECT_EQ(all[0]["quota"], 1);
  EXPECT_EQ(all[0]["present_without"], 0) << "nobody would be left in that post";
}

TEST_F(Matching, WhatWasPlannedOnALeavesEndIsListed_R110) {
  covered();
  record({Posted{.person = kAiko, .post = kCounterClerk, .kind = PostingKind::kCover, .from = day(2026, 6, 1), .last_day = day(2027, 3, 31), .covers = kLeave, .order_kind = "派遣"},
          PolicySet{.policy = kObligationsPolicy, .value_json = R"([{"id": "review", "title": {"ja": "見直し", "en": "Review"}, "source": ["x"], "population": {}, "each": "fiscal-year", "due": {"month_day": "12-31"}}])",
                    .from = day(2020, 4, 1)}});
  open(hr(), "childcare-leave", kMori, {{"from", "2027-04-01"}, {"last_day", "2027-09-30"}});
  const std::string path = "/api/leaves/" + to_text(kLeave) + "/plan";
  const auto planned = get(hr(), now_of(path) + "&on=2026-06-15").body["planned"];
  std::map<std::string, json> by_kind;
  for (const auto& one : planned) by_kind[one["kind"]].push_back(one);
  ASSERT_EQ(by_kind["cover"].size(), 1u);
  EXPECT_EQ(by_kind["cover"][0]["until"], "2027-03-31");
  EXPECT_EQ(by_kind["cover"][0]["person"]["id"], to_text(kAiko));
  ASSERT_EQ(by_kind["duty"].size(), 1u);
  EXPECT_EQ(by_kind["duty"][0]["title"], "見直し") << "waits for the return";
  EXPECT_EQ(by_kind["case"].size(), 1u);
  EXPECT_EQ(get(acting(kHrManager), path).status, 404) << "who may not read the person does not learn of the leave";
  EXPECT_EQ(get(hr(), "/api/leaves/" + to_text(LeaveId{5}) + "/plan").status, 404);
}

class Supporting : public Matching {
 protected:
  static json days(const char* from, const char* last) { return {{"from", from}, {"last_day", last}}; }
  CaseId request, assignment;
  // The counter asks for two at the festival; Aiko and the HR worker are on the roster; Aiko is sent.
  void sent() {
    for (const auto person : {kAiko, kHrWorker}) {
      json entry = days("2026-05-15", "2027-03-31");
      entry["skills"] = {person == kAiko ? "救護" : "会計"};
      open(acting(person), "support-roster", person, entry);
    }
    json asked = days("2026-06-06", "2026-06-07");
    asked.update({{"work", "区民まつり"}, {"head_count", 2}, {"skills", {"救護"}}});
    request = open(acting(kTeamHead, {"staff", "manager"}), "support-dispatch", Subject{"unit", to_text(kCounter)}, asked);
    ASSERT_EQ(act(hr(), request, "call"), "");
    ASSERT_EQ(act(hr(), request, "match", {{"people", {to_text(kAiko)}}}), "");
    office_->with_context([&](const DecisionContext& context) { assignment = context.opened_from(request).front().id; });
    superior = acting(kTeamHead, {"staff", "manager"});
    ASSERT_EQ(act(superior, assignment, "consent"), "");
  }
  Actor superior;
};

TEST_F(Supporting, CandidatesForARequestComeWithReasons) {
  sent();
  const auto answer = get(hr(), "/api/cases/" + to_text(request) + "/candidates");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.body["head_count"], 2);
  ASSERT_EQ(answer.body["candidates"].size(), 2u);
  EXPECT_EQ(answer.body["candidates"][0]["person"]["id"], to_text(kHrWorker)) << "Aiko is sent already";
  EXPECT_EQ(answer.body["candidates"][1]["eligible"], false);
  EXPECT_EQ(answer.body["candidates"][1]["matching"], json({"救護"}));
  EXPECT_EQ(get(superior, "/api/cases/" + to_text(request) + "/candidates").status, 403);
  EXPECT_EQ(get(hr(), "/api/cases/" + to_text(assignment) + "/candidates").status, 404) << "no request";
}

TEST_F(Supporting, WhoSupportsWhereOnADayIsRead) {
  sent();
  const auto on = [&](const Actor& actor, const char* day) { return get(actor, now_of(std::string("/api/supports?on=") + day)).body["supports"]; };
  ASSERT_EQ(on(hr(), "2026-06-07").size(), 1u);
  EXPECT_EQ(on(hr(), "2026-06-07")[0]["person"]["id"], to_text(kAiko));
  EXPECT_EQ(on(hr(), "2026-06-07")[0]["unit"]["id"], to_text(kCounter));
  EXPECT_EQ(on(hr(), "2026-06-07")[0]["absent"], false);
  EXPECT_TRUE(on(hr(), "2026-06-08").empty());
  EXPECT_EQ(on(acting(kAiko), "2026-06-07").size(), 1u);
  EXPECT_TRUE(on(acting(kHrManager), "2026-06-07").empty());
  record({LeaveStarted{.leave = LeaveId{78}, .person = kAiko, .kind = LeaveKind::kSick, .from = day(2026, 6, 7), .last_day = day(2026, 6, 30)}});
  EXPECT_EQ(on(hr(), "2026-06-07")[0]["absent"], true) << "recorded since, in whichever way";
}

TEST_F(Supporting, AppliedSentAndServedAreThreeNumbersAndHoursAddUp_R105) {
  sent();
  const std::string of_request = "/api/supports?request=" + to_text(request);
  EXPECT_EQ(get(hr(), now_of(of_request)).body["figures"], (json{{"asked", 2}, {"applicants", nullptr}, {"sent", 1}, {"served", 0}, {"hours", 0.0}}));
  set_today(day(2026, 6, 8));
  ASSERT_EQ(act(hr(), assignment, "serve", {{"hours", 7.75}}), "");
  ASSERT_EQ(act(superior, request, "report", {{"applicants", 5}, {"served", 1}}), "");
  EXPECT_EQ(get(hr(), now_of(of_request)).body["figures"], (json{{"asked", 2}, {"applicants", 5}, {"sent", 1}, {"served", 1}, {"hours", 7.75}}));
  EXPECT_EQ(get(hr(), now_of("/api/supports?request=" + to_text(assignment))).status, 404);
}

}  // namespace
}  // namespace rireki::api::test
