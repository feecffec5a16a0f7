#include "api/import_plan.h"

#include <gtest/gtest.h>

#include "api/sample.h"
#include "eventstore/memory_event_log.h"
#include "tests/api/import_files.h"

namespace rireki::api {
namespace {

class ImportPlan : public ::testing::Test {
 protected:
  // Plans the files and, if nothing was found wrong, records what was planned.
  std::vector<PlannedImport> import(std::vector<std::pair<ImportKind, std::string>> files) {
    Register reg(facts_);
    ImportPlanner planner(reg, ids_, people_by_staff_number(log_), options_);
    std::vector<PlannedImport> planned;
    for (auto& [kind, csv] : files) planned.push_back(planner.plan({kind, std::string(to_text(kind)) + ".csv", csv, Encoding::kUtf8}));
    found_.clear();
    for (const auto& one : planner.findings().shown())
      found_.push_back(one.file + ":" + std::to_string(one.line) + ":" + std::to_string(one.column) + " " + one.rule);
    findings_ = planner.findings().shown();
    notes_ = planner.notes();
    if (!found_.empty()) return planned;
    AppendRequest request{.condition = Unconditional{}};
    for (const auto& file : planned)
      for (const auto& entry : file.entries)
        request.events.push_back({.id = ids_.next128(), .type = fact_type(entry.fact), .tags = tags_of(entry, reg), .body = encode(entry)});
    if (!request.events.empty()) EXPECT_TRUE(log_.append(std::move(request)));
    return planned;
  }
  std::vector<PlannedImport> import_ward() {
    return import({{ImportKind::kUnits, kUnitsCsv}, {ImportKind::kPosts, kPostsCsv}, {ImportKind::kStaff, kStaffCsv}, {ImportKind::kPostings, kPostingsCsv}});
  }
  Register reg() { return Register(facts_); }
  PersonId person(const std::string& number) { return people_by_staff_number(log_).at(number); }

  MemoryEventLog log_;
  FactCache facts_{log_};
  SeededIds ids_{7};
  ImportOptions options_;
  std::vector<std::string> found_;
  std::vector<ImportFinding> findings_, notes_;
};

using Found = std::vector<std::string>;
constexpr Day kToday = day(2026, 4, 1);

}  // namespace

TEST_F(ImportPlan, BringsAWardFromFourFiles) {
  const auto planned = import_ward();
  ASSERT_EQ(found_, Found{}) << findings_.front().reason.en;
  EXPECT_EQ(planned[0].entries.size(), 3u);
  EXPECT_EQ(planned[2].entries.size(), 4u);
  const auto section = id_of_code<UnitId>("hr", "0101");
  auto reg = this->reg();
  EXPECT_EQ(reg.unit(section, {kToday})->name, "職員課");
  EXPECT_EQ(reg.unit(id_of_code<UnitId>("hr", "010101"), {kToday})->parent, section);
  EXPECT_EQ(reg.head_of(section, {kToday}), person("00001"));
  EXPECT_EQ(reg.post(id_of_code<PostId>("hr", "P2"), {kToday})->quota, 3);
  const auto known = reg.person(person("00001"), {kToday});
  EXPECT_EQ(known->name, (PersonName{"髙橋", "直樹", "タカハシ", "ナオキ"}));
  EXPECT_EQ(known->birth, day(1970, 5, 1));
  EXPECT_EQ(reg.employment(person("00001"), {kToday})->exam_category, "I");
  EXPECT_EQ(reg.main_posting(person("00002"), {day(2019, 9, 30)}), std::nullopt);
  EXPECT_EQ(reg.unit_of(person("00002"), {kToday}), id_of_code<UnitId>("hr", "010101"));
}

TEST_F(ImportPlan, KeepsNamesAsTheyAreWritten) {
  import_ward();
  EXPECT_EQ(reg().person(person("00002"), {kToday})->name.family, "葛󠄀城");
}

TEST_F(ImportPlan, MakesNoFactWhenTheSameFilesComeAgain) {
  import_ward();
  for (const auto& again : import_ward()) {
    EXPECT_TRUE(again.entries.empty()) << again.file.name;
    EXPECT_EQ(again.file.unchanged, again.file.rows) << again.file.name;
  }
  EXPECT_EQ(found_, Found{});
}

TEST_F(ImportPlan, ReadsCodesThatAreIdsOfThisProgram) {
  import_ward();
  const auto section = to_text(id_of_code<UnitId>("hr", "0101"));
  const auto planned = import({{ImportKind::kUnits, "所属コード,所属名,上位所属コード,階層,設置日\n" + section + ",職員課," + to_text(id_of_code<UnitId>("hr", "01")) + ",課,2015-04-01\n"}});
  EXPECT_EQ(found_, Found{});
  EXPECT_EQ(planned[0].file.unchanged, 1u);
}

TEST_F(ImportPlan, ReportsEveryWrongLineWithItsLineColumnAndRule) {
  import({{ImportKind::kUnits,
           "所属コード,所属名,上位所属コード,階層,設置日\n"
           "01,総務部,,部,8.4.1\n"
           "02,,,部,2015-04-01\n"
           "03,\"税務\n課\",99,課,2015-04-01\n"
           "04,収納課,,班,2015-04-01\n"
           "05,企画部,,部,2015-04-01\n"
           "05,企画部,,部,2015-04-01\n"}});
  EXPECT_EQ(found_, (Found{"units.csv:2:5 date", "units.csv:3:2 required", "units.csv:6:4 vocabulary", "units.csv:8:1 code-twice", "units.csv:5:3 known-unit"}));
  for (const auto& one : findings_) EXPECT_TRUE(!one.reason.ja.empty() && !one.reason.en.empty());
  EXPECT_EQ(log_.head(), 0u);
}

TEST_F(ImportPlan, DoesNotRefuseARowOnceMoreBecauseAnotherWasRefused) {
  import({{ImportKind::kUnits, "所属コード,所属名,上位所属コード,階層,設置日\n01,総務部,,部,きのう\n0101,職員課,01,課,2015-04-01\n"},
          {ImportKind::kPosts, "ポストコード,ポスト名,所属コード,定数,設置日\nP1,課長,0101,1,2015-04-01\n"}});
  EXPECT_EQ(found_, (Found{"units.csv:2:5 date"}));
}

TEST_F(ImportPlan, NamesTheInvariantThatARowBreaksAndItsLine) {
  import({{ImportKind::kUnits, kUnitsCsv}, {ImportKind::kPosts, kPostsCsv}, {ImportKind::kStaff, kStaffCsv},
          {ImportKind::kPostings, kPostingsCsv + "00002,P2,本務,令和3年4月1日,\r\n"}});
  EXPECT_EQ(found_, (Found{"postings.csv:3:0 one-main-post", "postings.csv:4:0 one-main-post"}));
  import({{ImportKind::kStaff, "職員番号,姓,名,採用区分,任用区分,職種,採用日\n7,山田,学,Ⅰ類,常勤,事務,2024-07-01\n"}});
  EXPECT_EQ(found_, (Found{"staff.csv:2:0 hiring-on-april-1"}));
  import({{ImportKind::kStaff, "職員番号,姓,名,採用区分,任用区分,職種,採用日,任期末\n7,山田,学,会計年度任用,会計年度任用,事務,2024-10-01,2025-09-30\n"}});
  EXPECT_EQ(found_, (Found{"staff.csv:2:0 fiscal-year-term"}));
}

TEST_F(ImportPlan, RefusesPrivateUseCharactersWithTheirPlace) {
  import({{ImportKind::kStaff, "職員番号,姓,名,採用区分,任用区分,職種,採用日\n7,山\xEE\x80\x81,学,Ⅰ類,常勤,事務,2024-04-01\n"}});
  EXPECT_EQ(found_, (Found{"staff.csv:2:2 private-use"}));
}

TEST_F(ImportPlan, HasAMessageForTotalsSecondHeadersShiftedRowsAndMissingColumns) {
  const std::string header = "ポストコード,ポスト名,所属コード,定数,設置日,,\n";
  import({{ImportKind::kPosts, header + "合計,,,4,\n" + header + ",,,,\nP9,課長,01,1,2015-04-01,,,値\n"}});
  EXPECT_EQ(found_, (Found{"posts.csv:2:0 sum-row", "posts.csv:3:0 header-twice", "posts.csv:5:8 too-many-cells", "posts.csv:5:3 known-unit"}));
  import({{ImportKind::kPosts, "ポストコード,所属コード\n"}});
  EXPECT_EQ(found_, (Found{"posts.csv:1:0 header"}));
  EXPECT_NE(findings_[0].reason.ja.find("ポスト名、定数、設置日"), std::string::npos);
  import({{ImportKind::kPosts, "ポストコード,ポスト名,所属コード,定数,設置日,定数\n"}});
  EXPECT_EQ(found_, (Found{"posts.csv:1:6 header-twice"}));
  import({{ImportKind::kPosts, ""}});
  EXPECT_EQ(found_, (Found{"posts.csv:0:0 header"}));
}

TEST_F(ImportPlan, NotesTitlesAboveTheHeaderAndColumnsThatItLeavesOut) {
  import({{ImportKind::kUnits, "所属一覧,,,,\n所属コード,所属名,上位所属コード,階層,設置日,内線\n01,総務部,,部,2015-04-01,123\n"}});
  EXPECT_EQ(found_, Found{});
  ASSERT_EQ(notes_.size(), 2u);
  EXPECT_EQ(notes_[0].line, 1u);
  EXPECT_EQ(notes_[1].heading, "内線");
}

TEST_F(ImportPlan, DatesAChangedNameAndQuotaByTheEffectiveDayAndAsksForOne) {
  import_ward();
  const std::string renamed = "所属コード,所属名,上位所属コード,階層,設置日\n0101,人事課,01,課,2015-04-01\n";
  import({{ImportKind::kUnits, renamed}});
  EXPECT_EQ(found_, (Found{"units.csv:2:2 needs-effective-date"}));
  options_.effective = kToday;
  import({{ImportKind::kUnits, renamed}, {ImportKind::kPosts, "ポストコード,ポスト名,所属コード,定数,設置日\nP2,係員,010101,5,2015-04-01\n"}});
  EXPECT_EQ(found_, Found{});
  auto reg = this->reg();
  const auto section = id_of_code<UnitId>("hr", "0101");
  EXPECT_EQ(reg.unit(section, {kToday - days{1}})->name, "職員課");
  EXPECT_EQ(reg.unit(section, {kToday})->name, "人事課");
  EXPECT_EQ(reg.post(id_of_code<PostId>("hr", "P2"), {kToday})->quota, 5);
}

TEST_F(ImportPlan, EndsPostingsAndEmploymentsThatTheFileEnds) {
  import_ward();
  import({{ImportKind::kPostings, "職員番号,ポスト,本務兼務,開始日,終了日\n00002,P2,本務,2019-10-01,2026-03-31\n"},
          {ImportKind::kStaff, "職員番号,姓,名,フリガナ,採用区分,任用区分,職種,職層,採用日,退職日,退職事由\n00001,髙橋,直樹,タカハシ ナオキ,Ⅰ類,常勤,事務,課長級,1993-04-01,2026-03-31,定年退職\n"}});
  ASSERT_EQ(found_, Found{});
  auto reg = this->reg();
  EXPECT_EQ(reg.main_posting(person("00002"), {kToday}), std::nullopt);
  EXPECT_EQ(reg.employment(person("00001"), {kToday}), std::nullopt);
}

TEST_F(ImportPlan, RefusesWhatOnlyACorrectionMayChangeAndShowsNothingPersonal) {
  import_ward();
  import({{ImportKind::kStaff, "職員番号,姓,名,フリガナ,生年月日,採用区分,任用区分,職種,職層,採用日\n00001,髙橋,直樹,タカハシ ナオキ,1970-05-02,Ⅰ類,常勤,事務,課長級,1993-04-01\n"}});
  EXPECT_EQ(found_, (Found{"staff.csv:2:5 differs-from-register"}));
  EXPECT_EQ(findings_[0].reason.ja.find("1970"), std::string::npos);
}

TEST_F(ImportPlan, TakesSeveralEmploymentsOfOnePersonButNotUnderTwoNames) {
  const std::string header = "職員番号,姓,名,採用区分,任用区分,職種,採用日,任期末\n";
  import({{ImportKind::kStaff, header + "7,山田,学,会計年度任用,会計年度任用,事務,2024-04-01,2025-03-31\n7,山田,学,会計年度任用,会計年度任用,事務,2025-04-01,2026-03-31\n"}});
  ASSERT_EQ(found_, Found{});
  EXPECT_EQ(reg().employments(person("7")).size(), 2u);
  import({{ImportKind::kStaff, header + "8,山田,学,会計年度任用,会計年度任用,事務,2024-04-01,2025-03-31\n8,川田,学,会計年度任用,会計年度任用,事務,2025-04-01,2026-03-31\n"}});
  EXPECT_EQ(found_, (Found{"staff.csv:3:2 same-number-other-name"}));
}

TEST_F(ImportPlan, GivesTheSameCodeOfTwoSystemsTwoUnits) {
  import_ward();
  options_.system = "board-of-education";
  const auto planned = import({{ImportKind::kUnits, "所属コード,所属名,上位所属コード,階層,設置日\n01,教育振興部,,部,2015-04-01\n"}});
  EXPECT_EQ(found_, Found{});
  EXPECT_EQ(planned[0].entries.size(), 1u);
}

TEST_F(ImportPlan, FindsAParentCycle) {
  import({{ImportKind::kUnits, "所属コード,所属名,上位所属コード,階層,設置日\n01,甲,02,部,2015-04-01\n02,乙,01,部,2015-04-01\n"}});
  EXPECT_EQ(found_, (Found{"units.csv:3:3 parent-cycle"}));
}

TEST_F(ImportPlan, ShowsTheFirstFindingsAndCountsTheRest) {
  std::string csv = "所属コード,所属名,上位所属コード,階層,設置日\n";
  for (std::size_t i = 0; i < kFindingsShownMax + 5; ++i) csv += std::to_string(i) + ",部,,部,x\n";
  Register reg(facts_);
  ImportPlanner planner(reg, ids_, {}, options_);
  planner.plan({ImportKind::kUnits, "units.csv", csv, Encoding::kUtf8});
  EXPECT_EQ(planner.findings().shown().size(), kFindingsShownMax);
  EXPECT_EQ(planner.findings().count(), kFindingsShownMax + 5);
}

TEST_F(ImportPlan, KeepsAForecastBesideTheFinalFigureAndCorrectsAFinalOneOnlyWithAReason) {
  const std::string header = "系列,年度,項目,値,単位,印,出典\n";
  import({{ImportKind::kFigures, header + "kiyose-leave,2018,日数,12,days,予測,004\n"}});
  ASSERT_EQ(found_, Found{});
  import({{ImportKind::kFigures, header + "kiyose-leave,2018,日数,11.5,days,,005\n"}});
  ASSERT_EQ(found_, Found{});
  auto before = reg();
  EXPECT_EQ(before.visible("series:kiyose-leave").size(), 2u);
  import({{ImportKind::kFigures, header + "kiyose-leave,2018,日数,11.6,days,,005\n"}});
  EXPECT_EQ(found_, (Found{"figures.csv:2:4 reason-required"}));
  options_.reason = "転記の誤り";
  import({{ImportKind::kFigures, header + "kiyose-leave,2018,日数,11.6,days,,005\n"}});
  ASSERT_EQ(found_, Found{});
  auto after = reg();
  const auto visible = after.visible("series:kiyose-leave");
  ASSERT_EQ(visible.size(), 2u);
  EXPECT_EQ(std::get<FigureRecorded>(visible.back()->fact).value, "11.6");
}

}  // namespace rireki::api
