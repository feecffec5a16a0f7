// Obligations over the API: who sees whose, on which day, this year's and next year's.
#include "domain/obligations.h"
#include "resource_world.h"

namespace rireki::api::test {
namespace {

class ObligationsApi : public ResourceWorld {
 protected:
  ObligationsApi() { record({PolicySet{.policy = kObligationsPolicy, .value_json = default_obligations().content, .from = day(2015, 4, 1)}}); }
  // "p…:one-on-one:due" of every row.
  std::set<std::string> rows(const Actor& actor, const std::string& query) {
    std::set<std::string> found;
    const auto answer = get(actor, now_of("/api/obligations" + query));
    EXPECT_EQ(answer.status, 200) << answer.text;
    for (const auto& one : answer.body["duties"]) found.insert(one["person"]["id"].get<std::string>() + ":" + one["obligation"]["id"].get<std::string>() + ":" + one["status"]["id"].get<std::string>());
    return found;
  }
  static std::string row(PersonId person, const std::string& rest) { return to_text(person) + ":" + rest; }
  // Somebody in the third year of service at the counter.
  static constexpr PersonId kRin{60};
  void hire() {
    record({PersonRegistered{.person = kRin, .staff_number = "00000060", .name = {"相川", "凛", "アイカワ", "リン"}},
            Appointed{.person = kRin, .exam_category = "I", .job_category = "事務", .from = day(2024, 4, 1)},
            Posted{.person = kRin, .post = kCounterClerk, .from = day(2024, 4, 1), .order_kind = "採用"}});
  }
};

TEST_F(ObligationsApi, AreListedForHrOfEverybodyAndForASuperiorOfTheirPeople) {
  hire();
  const std::string due = row(kRin, "one-on-one:due");
  EXPECT_TRUE(rows(hr(), "?limit=200").contains(due));
  EXPECT_TRUE(rows(auditor(), "?limit=200").contains(due));
  EXPECT_TRUE(rows(acting(kTeamHead), "").contains(due)) << "the head of the team";
  EXPECT_TRUE(rows(acting(kManager), "").contains(due)) << "and the head above";
  EXPECT_FALSE(rows(acting(kHrManager), "").contains(due)) << "a head elsewhere";
  EXPECT_TRUE(rows(acting(kRin), "").contains(due)) << "one's own";
  for (const auto& one : rows(acting(kRin), "")) EXPECT_TRUE(one.starts_with(to_text(kRin))) << "and nobody else's: " << one;
}

TEST_F(ObligationsApi, OfASecondUnitAreListedForWhoeverActsAsItsHead) {
  hire();
  record({PostingEnded{.person = kTeamHead, .post = kCounterHead, .last_day = day(2026, 5, 14)}});
  record({Posted{.person = kHrManager, .post = kCounterHead, .kind = PostingKind::kActing, .from = day(2026, 5, 15), .order_kind = "職務代理"}});
  const auto seen = rows(acting(kHrManager), "?limit=200");
  EXPECT_TRUE(seen.contains(row(kRin, "one-on-one:due")));
}

TEST_F(ObligationsApi, StandAsTheyStoodAYearAgoAndAsTheyWillNextYear) {
  hire();
  record({DutyCompleted{.person = kRin, .duty = "one-on-one", .on = day(2025, 12, 1)}});
  const std::string of_unit = "?limit=200&obligation=one-on-one&unit=" + to_text(kRegistry);
  EXPECT_TRUE(rows(hr(), of_unit + "&on=2025-11-20").contains(row(kRin, "one-on-one:overdue")));
  EXPECT_TRUE(rows(hr(), of_unit + "&on=2025-12-01").contains(row(kRin, "one-on-one:done")));
  EXPECT_TRUE(rows(hr(), of_unit + "&on=2025-11-20&status=overdue").contains(row(kRin, "one-on-one:overdue")));
  EXPECT_TRUE(rows(hr(), of_unit + "&on=2025-11-20&status=done").empty());
  EXPECT_TRUE(rows(hr(), of_unit + "&fiscal_year=2027").contains(row(kRin, "one-on-one:due"))) << "a preview";
  EXPECT_FALSE(rows(hr(), of_unit + "&fiscal_year=2033").contains(row(kRin, "one-on-one:due"))) << "year 10";
}

TEST_F(ObligationsApi, AreCountedByUnitAndKind) {
  hire();
  const auto answer = get(hr(), now_of("/api/obligations/summary?unit=" + to_text(kCounter) + "&obligation=one-on-one"));
  ASSERT_EQ(answer.status, 200) << answer.text;
  ASSERT_EQ(answer.body["rows"].size(), 1u);
  EXPECT_EQ(answer.body["rows"][0]["unit"]["id"], to_text(kCounter));
  EXPECT_GE(answer.body["rows"][0]["due"], 1);
  EXPECT_EQ(answer.body["rows"][0]["overdue"], 0);
  EXPECT_EQ(answer.body["fiscal_year_wareki"], "令和8年度");
}

TEST_F(ObligationsApi, OfAPersonAreForThoseWhoMayReadTheRecord) {
  hire();
  const std::string path = "/api/people/" + to_text(kRin) + "/obligations";
  EXPECT_EQ(get(acting(kRin), path).status, 200);
  EXPECT_EQ(get(acting(kTeamHead), path).status, 200);
  EXPECT_EQ(get(acting(kMori), path).status, 404);
  EXPECT_EQ(get(hr(), "/api/people/" + to_text(PersonId{999}) + "/obligations").status, 404);
}

TEST_F(ObligationsApi, SayWhichParameterIsWrong) {
  for (const char* query : {"?status=late", "?unit=x", "?fiscal_year=soon", "?obligation=singing"}) EXPECT_EQ(get(hr(), std::string("/api/obligations") + query).status, 400) << query;
}

TEST_F(ObligationsApi, AreReadPageByPageWithoutLossOrRepetition) {
  hire();
  const auto all = rows(hr(), "?limit=200");
  std::set<std::string> paged;
  std::string target = now_of("/api/obligations?limit=1");
  for (int page = 0; page < 50; ++page) {
    const auto answer = get(hr(), target);
    for (const auto& one : answer.body["duties"]) EXPECT_TRUE(paged.insert(one["person"]["id"].get<std::string>() + ":" + one["obligation"]["id"].get<std::string>() + ":" + one["status"]["id"].get<std::string>()).second);
    if (answer.body["next"].is_null()) break;
    target = "/api/obligations?limit=1&cursor=" + answer.body["next"].get<std::string>();
  }
  EXPECT_EQ(paged, all);
}

}  // namespace
}  // namespace rireki::api::test
