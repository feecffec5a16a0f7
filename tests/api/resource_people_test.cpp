#include "api/resources/cursor.h"
#include "resource_world.h"

namespace rireki::api::test {
namespace {

std::vector<std::string> names(const json& people) {
  std::vector<std::string> found;
  for (const auto& person : people) found.push_back(person.at("name"));
  return found;
}

class People : public ResourceWorld {};
class Record : public ResourceWorld {
 protected:
  std::string path(PersonId person) { return "/api/people/" + to_text(person); }
};

}  // namespace

TEST_F(People, StandInTheOrderOfTheirReading) {
  const auto page = get(acting(kAiko), "/api/people");
  EXPECT_EQ(names(page.body["people"]), (std::vector<std::string>{"上田　修", "大野　薫", "加藤　潤", "髙橋　恵", "田中　一郎", "森　健", "山本　純", "渡邊　愛子"}));
  EXPECT_EQ(page.body["people"][3]["heading"], "た");
  EXPECT_EQ(page.body["people"][7]["unit"]["name"], "窓口係");
}

TEST_F(People, AreFoundByKanaAndByVariantsOfTheirName) {
  for (const auto* text : {"わたなべ", "ﾜﾀﾅﾍﾞ", "渡辺", "渡邉", "渡邊 愛子"})
    EXPECT_EQ(names(get(acting(kMori), "/api/people?q=" + std::string(text)).body["people"]), std::vector<std::string>{"渡邊　愛子"}) << text;
}

TEST_F(People, AreSuggestedByNearSoundsOnlyWhereNothingMatches) {
  const auto page = get(acting(kMori), "/api/people?q=わたなへ");
  ASSERT_EQ(names(page.body["people"]), std::vector<std::string>{"渡邊　愛子"});
  EXPECT_EQ(page.body["people"][0]["maybe"], true);
}

TEST_F(People, ShowTheStaffNumberOnlyToThoseWhoMayReadTheRecord) {
  EXPECT_EQ(get(acting(kMori), "/api/people?q=渡邊").body["people"][0]["staff_number"], nullptr);
  EXPECT_EQ(get(hr(), "/api/people?q=渡邊").body["people"][0]["staff_number"], "00000026");
  EXPECT_TRUE(get(acting(kMori), "/api/people?q=00000026").body["people"].empty()) << "nor does searching tell it";
  EXPECT_EQ(get(hr(), "/api/people?q=00000026").body["people"].size(), 1u);
  EXPECT_EQ(get(acting(kAiko), "/api/people?q=00000026").body["people"].size(), 1u) << "one's own";
}

TEST_F(People, ComeInPagesThatDoNotShiftWhenSomebodyJoins) {
  const auto first = get(hr(), "/api/people?limit=3");
  ASSERT_EQ(first.body["people"].size(), 3u);
  const Position joined = record({PersonRegistered{.person = PersonId{50}, .staff_number = "00000050", .name = {"相川", "涼", "アイカワ", "リョウ"}},
                                  Appointed{.person = PersonId{50}, .exam_category = "I", .job_category = "事務", .from = day(2026, 4, 1)}});
  std::vector<std::string> all = names(first.body["people"]);
  for (json next = first.body["next"]; !next.is_null();) {
    const auto page = get(hr(), "/api/people?limit=3&at_least=" + std::to_string(joined) + "&cursor=" + next.get<std::string>());
    EXPECT_EQ(page.body["as_of"], first.body["as_of"]);
    for (auto& name : names(page.body["people"])) all.push_back(name);
    next = page.body["next"];
  }
  EXPECT_EQ(all.size(), 8u);
  EXPECT_EQ(names(get(hr(), "/api/people?limit=1").body["people"]), std::vector<std::string>{"相川　涼"});
}

TEST_F(People, CursorsAreGoodForOneReaderAndOneQuestion) {
  const auto cursor = get(hr(), "/api/people?limit=3").body["next"].get<std::string>();
  EXPECT_EQ(get(acting(kAiko), "/api/people?limit=3&cursor=" + cursor).status, 400);
  EXPECT_EQ(get(hr(), "/api/people?limit=3&former=true&cursor=" + cursor).status, 400);
  std::string forged = cursor;
  forged[2] = forged[2] == 'A' ? 'B' : 'A';
  EXPECT_EQ(get(hr(), "/api/people?limit=3&cursor=" + forged).status, 400);
  for (const auto* nonsense : {"", ".", "a", "a.b", "=.=", "…"}) EXPECT_FALSE(unseal(nonsense, "q")) << nonsense;
}

TEST_F(People, CanBeAskedForWithinAUnitAndAmongThoseWhoLeft) {
  EXPECT_EQ(names(get(hr(), "/api/people?unit=" + to_text(kCitizens)).body["people"]), (std::vector<std::string>{"髙橋　恵", "田中　一郎", "森　健", "山本　純", "渡邊　愛子"}));
  record({Separated{kMori, SeparationKind::kResigned, day(2026, 4, 30)}});
  EXPECT_TRUE(get(hr(), "/api/people?q=森").body["people"].empty());
  EXPECT_EQ(get(hr(), "/api/people?q=森&former=true").body["people"].size(), 1u);
  EXPECT_EQ(get(hr(), "/api/people?q=森&on=2026-04-30").body["people"].size(), 1u);
}

TEST_F(People, MisspeltParametersAreToldNotIgnored) {
  EXPECT_EQ(get(hr(), "/api/people?fomer=true").status, 400);
  EXPECT_EQ(get(hr(), "/api/people?limit=0").status, 400);
  EXPECT_EQ(get(hr(), "/api/people?limit=201").status, 400);
  EXPECT_EQ(get(hr(), "/api/people?on=2026-02-30").status, 400);
  EXPECT_EQ(get(hr(), "/api/people?as_of=999999").status, 400);
  EXPECT_EQ(get(hr(), "/api/people?unit=x").status, 400);
}

TEST_F(People, AtLeastAPositionThatIsNotThereYetIsAnsweredWithRetryAfter) {
  const auto answer = get(hr(), "/api/people?at_least=" + std::to_string(log_->head() + 1));
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.header("Retry-After"), "");
}

TEST_F(Record, ChangesOnTheEffectiveDayAndNotBefore) {
  const Position ordered = record({PostingEnded{.person = kAiko, .post = kCounterClerk, .last_day = day(2026, 6, 30)},
                                   Posted{.person = kAiko, .post = kHrClerk, .from = day(2026, 7, 1), .order_kind = "配置換"}});
  const auto on = [&](const std::string& day) { return get(hr(), path(kAiko) + "?at_least=" + std::to_string(ordered) + "&on=" + day).body; };
  EXPECT_EQ(on("2026-06-30")["unit"]["name"], "窓口係");
  const auto after = on("令和8年7月1日");
  EXPECT_EQ(after["unit"]["name"], "職員課");
  EXPECT_EQ(after["on"], "2026-07-01");
  EXPECT_EQ(after["on_wareki"], "令和8年7月1日");
  EXPECT_EQ(after["postings"][0]["from_wareki"], "令和8年7月1日");
  EXPECT_EQ(after["postings"][0]["last_day"], nullptr);
}

TEST_F(Record, IsToldAsItWasKnownBefore) {
  const Position before = log_->head();
  record({Renamed{kAiko, {"青木", "愛子", "アオキ", "アイコ"}, day(2026, 5, 1)}});
  EXPECT_EQ(get(hr(), path(kAiko)).body["name"], "青木　愛子");
  const auto then = get(hr(), path(kAiko) + "?as_of=" + std::to_string(before));
  EXPECT_EQ(then.body["name"], "渡邊　愛子");
  EXPECT_EQ(then.body["as_of"], before);
}

TEST_F(Record, HoldsAgeGradeAndYearsOfService) {
  const auto body = get(acting(kAiko), path(kAiko) + "?on=2026-05-31").body;
  EXPECT_EQ(body["age"], 41) << "reached on the day before the birthday";
  EXPECT_EQ(body["birth_wareki"], "昭和60年6月1日");
  EXPECT_EQ(body["employment"]["years_of_service"], 7) << "the seventh fiscal year, counting the first";
  EXPECT_EQ(body["employment"]["grade"]["label"], "係員");
  EXPECT_EQ(get(acting(kAiko), path(kAiko), Language::kEn).body["employment"]["grade"]["label"], "staff");
  EXPECT_EQ(body["superior"]["name"], "山本　純");
}

TEST_F(Record, IsNotFoundForThoseWhoMayNotReadIt) {
  const auto forbidden = get(acting(kMori), path(kAiko));
  const auto missing = get(acting(kMori), path(PersonId{999}));
  EXPECT_EQ(forbidden.status, 404);
  EXPECT_EQ(forbidden.text, missing.text) << "the same words, whether or not there is one";
  EXPECT_EQ(get(acting(kMori), "/api/people/nonsense").text, missing.text);
  EXPECT_EQ(get(acting(kMori), path(kAiko) + "/timeline").text, missing.text);
  for (const auto& reader : {acting(kAiko), acting(kTeamHead), acting(kManager), acting(kChief), hr(), auditor()}) EXPECT_EQ(get(reader, path(kAiko)).status, 200);
}

TEST_F(Record, ShowsThePeriodOfALeaveToAllWhoReadItAndItsKindToFew) {
  record({LeaveStarted{.leave = LeaveId{70}, .person = kAiko, .kind = LeaveKind::kSick, .from = day(2026, 5, 1), .last_day = day(2026, 6, 30)}});
  int hidden = 0;
  for (const auto& reader : {acting(kAiko), acting(kTeamHead), acting(kChief), hr(), auditor()}) {
    const auto leave = get(reader, path(kAiko)).body["leave"];
    EXPECT_EQ(leave["last_day"], "2026-06-30");
    bool expected = false;
    office_->with_context([&](const DecisionContext& context) { expected = !may_read_leave_kind(context.reg, kAiko, reader, context.today()); });
    EXPECT_EQ(leave["kind_hidden"], expected);
    EXPECT_EQ(leave["kind"].is_null(), expected);
    hidden += expected;
    const auto timeline = get(reader, path(kAiko) + "/timeline").body["entries"];
    for (const auto& entry : timeline)
      if (entry["type"] == "fact/leave-started") EXPECT_EQ(entry["body"]["kind"].is_null(), expected);
  }
  EXPECT_GT(hidden, 0) << "the auditor does not see it";
}

TEST_F(Record, TimelineTellsEveryFactAndWhatBecameOfIt) {
  record({Graded{.person = kAiko, .grade = Grade::kSenior, .from = day(2025, 4, 1)}});
  const FactId wrong = last_fact();
  const Position corrected = correct(wrong, Graded{.person = kAiko, .grade = Grade::kSenior, .from = day(2026, 4, 1)}, "読み違い");
  const auto entries = get(hr(), path(kAiko) + "/timeline?at_least=" + std::to_string(corrected)).body["entries"];
  std::vector<std::string> types;
  for (const auto& entry : entries) types.push_back(entry["type"]);
  EXPECT_EQ(types, (std::vector<std::string>{"fact/appointed", "fact/posted", "fact/graded", "fact/graded", "fact/person-registered"}));
  EXPECT_EQ(entries[2]["corrected_at"], corrected);
  EXPECT_EQ(entries[3]["corrects"], to_text(wrong));
  EXPECT_EQ(entries[3]["reason"], "読み違い");
  EXPECT_EQ(entries[3]["effective_wareki"], "令和8年4月1日");
  const auto before = get(hr(), path(kAiko) + "/timeline?as_of=" + std::to_string(corrected - 1)).body["entries"];
  EXPECT_EQ(before.size(), 4u);
  EXPECT_EQ(before[2]["corrected_at"], nullptr) << "nobody knew then";
}

TEST_F(Record, MeTellsWhoIsSignedInAndWhatTheyHead) {
  const auto me = get(acting(kManager, {"staff", "manager"}), "/api/me").body;
  EXPECT_EQ(me["person"]["name"], "田中　一郎");
  EXPECT_EQ(me["heads"][0]["name"], "戸籍課");
  EXPECT_EQ(me["superior"]["name"], "髙橋　恵");
  EXPECT_EQ(me["roles"], (json{"manager", "staff"}));
  EXPECT_EQ(get(administrator(), "/api/me").body["person"], nullptr);
}

}  // namespace rireki::api::test
