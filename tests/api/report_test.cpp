// What `rireki report` prints back is what the documents print: the expected figures stand here as the catalogue has them.
#include "api/report.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "api/import_plan.h"
#include "api/sample.h"
#include "eventstore/memory_event_log.h"

namespace rireki::api {
namespace {

using Cells = std::vector<std::vector<std::string>>;

ReportTable report_of(const std::string& id, const std::string& sample) {
  MemoryEventLog log;
  FactCache facts(log);
  SeededIds ids(1);
  std::ifstream in(std::string(RIREKI_SOURCE_DIR) + "/samples/" + sample);
  std::stringstream bytes;
  bytes << in.rdbuf();
  Register planning(facts);
  const ImportOptions options;
  ImportPlanner planner(planning, ids, {}, options);
  const auto planned = planner.plan({ImportKind::kFigures, sample, bytes.str(), std::nullopt});
  EXPECT_EQ(planner.findings().count(), 0u);
  AppendRequest request{.condition = Unconditional{}};
  for (const auto& entry : planned.entries)
    request.events.push_back({.id = ids.next128(), .type = fact_type(entry.fact), .tags = tags_of(entry, planning), .body = encode(entry)});
  EXPECT_TRUE(log.append(std::move(request)));
  const auto info = std::find_if(all_reports().begin(), all_reports().end(), [&](const auto& one) { return one.id == id; });
  Register reg(facts);
  return make_report(*info, recorded_figures(reg, info->series));
}

Cells texts(const std::vector<std::vector<ReportCell>>& rows) {
  Cells out;
  for (const auto& row : rows) {
    out.emplace_back();
    for (const auto& cell : row) out.back().push_back(cell.text);
  }
  return out;
}
bool notes_say(const ReportTable& table, const std::string& words) {
  return std::any_of(table.notes.begin(), table.notes.end(), [&](const Text& note) { return note.en.find(words) != std::string::npos; });
}

}  // namespace

TEST(Report, GivesBackNerimasHiresByCategoryAndYear) {
  const auto table = report_of("nerima-hires", "nerima-hires.csv");
  std::vector<std::string> years;
  for (const auto& heading : table.headings) years.push_back(heading.en);
  EXPECT_EQ(years, (std::vector<std::string>{"exam category", "FY2022", "FY2021", "FY2020", "FY2019", "FY2018", "FY2017"}));
  EXPECT_EQ(texts(table.rows), (Cells{{"Ⅰ類 一般事務", "61", "81", "64", "78", "69", "73"},
                                      {"Ⅲ類 一般事務", "5", "5", "5", "4", "5", "3"},
                                      {"経験者 一般事務（係員）", "9", "4", "8", "11", "9", "10"},
                                      {"経験者 一般事務（主任）", "4", "5", "2", "4", "5", "0"},
                                      {"就職氷河期世代 一般事務", "2", "2", "", "", "", ""}}));
  EXPECT_EQ(texts(table.totals), (Cells{{"計", "81", "97", "79", "97", "88", "86"}}));
}

TEST(Report, MarksEveryUncertainFigureAndSaysThatTotalsRestOnThem) {
  const auto table = report_of("nerima-hires", "nerima-hires.csv");
  for (const auto& row : table.rows)
    for (std::size_t i = 1; i < row.size(); ++i) EXPECT_EQ(row[i].marks, row[i].text.empty() ? std::vector<std::string>{} : std::vector<std::string>{"uncertain"});
  for (std::size_t i = 1; i < table.totals[0].size(); ++i) EXPECT_EQ(table.totals[0][i].marks, std::vector<std::string>{"uncertain"});
  EXPECT_TRUE(notes_say(table, "rest on uncertain figures"));
  EXPECT_NE(print_table(table, true).find("61 (?)"), std::string::npos);
  EXPECT_NE(print_table(table, true).find("81 (?)"), std::string::npos);
  EXPECT_EQ(to_json(table)["rows"][0][1], (nlohmann::json{{"value", "61"}, {"marks", {"uncertain"}}}));
  CsvWriter csv(CsvEncoding::kUtf8Bom, false);
  write_csv(table, csv);
  EXPECT_NE(csv.bytes().find("計,81 (?),97 (?)"), std::string::npos);
  EXPECT_NE(csv.bytes().find("不確かな値"), std::string::npos);
}

TEST(Report, GivesBackFixedTermAppointmentsWithTotalsPerArticle) {
  const auto table = report_of("fixed-term", "nerima-fixed-term.csv");
  EXPECT_EQ(texts(table.rows), (Cells{{"3", "産業保健師", "3", "2009-2013", "保健師", "係長 1・主任 2", ""},
                                      {"3", "学芸研究（美術館長）", "1", "2010-2014", "学芸研究", "課長級", ""},
                                      {"3", "主任介護支援専門員（主任ケアマネ）", "3", "2010-2014", "事務", "係長級", ""},
                                      {"3", "主任介護支援専門員（主任ケアマネ）", "2", "2015-2019", "事務", "係長級", ""},
                                      {"3", "広報戦略", "1", "2013-2017", "事務", "課長級", ""},
                                      {"3", "法務担当", "1", "2017-2020", "事務", "課長級", "任期の後、行政専門職として採用"},
                                      {"3", "学芸研究（埋蔵文化財）", "1", "2017-2018", "学芸研究", "主任", ""},
                                      {"4", "マイナンバー制度の導入", "11", "2016-2017", "事務", "主事", ""}}));
  EXPECT_EQ(texts(table.totals), (Cells{{"3", "計", "12", "", "", "", ""}, {"4", "計", "11", "", "", "", ""}, {"", "計", "23", "", "", "", ""}}));
  EXPECT_FALSE(notes_say(table, "uncertain"));
}

TEST(Report, GivesBackNewUnitsWithTheirUncertainYears) {
  const auto table = report_of("new-units", "nerima-new-units.csv");
  EXPECT_EQ(texts(table.rows), (Cells{{"2015", "区政改革担当部、高齢施策担当部、区政改革担当課、福祉企画課"},
                                      {"2016", "人事戦略担当部、施設管理担当部、都市農業担当部、協働推進課、オリンピック・パラリンピック担当課"},
                                      {"2017", "生活福祉課、都市農業調整課、新宿線・外環沿線まちづくり課"},
                                      {"2018", "区民事務所担当課"},
                                      {"2019", "世界都市農業サミット担当課、商品券事業担当課"},
                                      {"2020", "定額給付金担当課、住民接種担当課"},
                                      {"2021", "自宅療養環境整備担当課"},
                                      {"2022", "美術館再整備担当課、美術館再整備まちづくり担当課"},
                                      {"2023", "—"}}));
  for (const auto& row : table.rows) EXPECT_EQ(row[0].marks, std::vector<std::string>{"uncertain"});
}

TEST(Report, AddsUpTheSupportRosterAndSaysThatItIsPartial) {
  const auto table = report_of("support-roster", "nerima-support-roster.csv");
  EXPECT_EQ(texts(table.totals), (Cells{{"", "計", "291"}}));
  EXPECT_TRUE(notes_say(table, "partial"));
  EXPECT_TRUE(notes_say(table, "applicants, not those who were sent"));
}

TEST(Report, GivesBackThoseSecondedOut) {
  const auto table = report_of("seconded-out", "nerima-seconded-out.csv");
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0][1].text, "13");
  EXPECT_EQ(texts(table.totals), (Cells{{"計", "19"}}));
}

TEST(Report, GivesBackWhyFamilySupportWasNotUsedAndSaysWhyItAddsUpToMoreThanAHundred) {
  const auto table = report_of("family-support", "nerima-family-support.csv");
  std::vector<std::string> shares;
  for (const auto& row : table.rows) shares.push_back(row[1].text);
  EXPECT_EQ(shares, (std::vector<std::string>{"50", "27", "11", "7", "6", "3", "1", "16"}));
  EXPECT_EQ(texts(table.totals), (Cells{{"計", "121"}}));
  EXPECT_TRUE(notes_say(table, "Several answers"));
}

TEST(Report, GivesBackMentalTroubleByAgeWithoutAddingPercentages) {
  const auto table = report_of("mental-trouble", "nerima-mental-trouble.csv");
  EXPECT_EQ(texts(table.rows), (Cells{{"30歳以下", "35.9", "47.0"}, {"31～40歳", "48.8", "51.1"}, {"41～50歳", "60.0", "61.3"}, {"51～60歳", "57.5", "64.0"}}));
  EXPECT_TRUE(table.totals.empty());
}

TEST(Report, GivesBackKiyosesTrainingsWithWhatWasNotCarriedOutAndWhatWasForecast_R008_R159) {
  const auto table = report_of("kiyose-training", "kiyose-training.csv");
  ASSERT_EQ(table.rows.size(), 10u);
  EXPECT_EQ(texts({table.rows[2]}), (Cells{{"フィールドイノベータ", "18", "11", "—（廃止）"}}));
  EXPECT_EQ(texts({table.rows[5]}), (Cells{{"女性職員研修（組織を強くする）", "22", "—（統合）", "—（統合）"}}));
  EXPECT_EQ(texts({table.rows[8]}), (Cells{{"消防署", "3", "", "—"}})) << "nothing is printed for FY2017";
  const auto printed = print_table(table, true);
  EXPECT_NE(printed.find("288 f"), std::string::npos);
  EXPECT_NE(printed.find("22 (?)"), std::string::npos);
}

TEST(Report, KeepsACorrectedFigureInItsPlace) {
  MemoryEventLog log;
  FactCache facts(log);
  SeededIds ids(1);
  const auto record = [&](const std::string& category, const std::string& value, FactId corrects) {
    const FactEntry entry{.id = ids.make<FactId>(), .fact = FigureRecorded{.series = "s", .period = "2020", .category = category, .value = value, .unit = "人"}, .corrects = corrects};
    Register reg(facts);
    AppendRequest request{.condition = Unconditional{}};
    request.events.push_back({.id = ids.next128(), .type = "fact/figure-recorded", .tags = tags_of(entry, reg), .body = encode(entry)});
    EXPECT_TRUE(log.append(std::move(request)));
    return entry.id;
  };
  const auto first = record("a", "1", {});
  record("b", "2", {});
  record("a", "3", record("a", "9", first));
  Register reg(facts);
  const auto figures = recorded_figures(reg, "s");
  ASSERT_EQ(figures.size(), 2u);
  EXPECT_EQ(figures[0].value, "3");
  EXPECT_EQ(figures[1].value, "2");
}

}  // namespace rireki::api
