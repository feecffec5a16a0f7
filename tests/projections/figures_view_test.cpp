#include "projections/figures_view.h"

#include "facts.h"
#include "projections/organisation_view.h"

using namespace rireki;
using namespace rireki::testing;

namespace {

Fact figure(std::string series, std::string period, std::string category, std::string value, std::vector<std::string> marks = {}) {
  return FigureRecorded{.series = std::move(series), .period = std::move(period), .category = std::move(category), .value = std::move(value), .unit = "people", .marks = std::move(marks)};
}
Fact appointed(PersonId person, std::string category, Day from) { return Appointed{.person = person, .exam_category = std::move(category), .from = from}; }

std::vector<std::string> values(const RowReader& rows, const std::string& series) {
  std::vector<std::string> found;
  for (const auto& one : figures_of(rows, series)) found.push_back(one.value);
  return found;
}

}  // namespace

TEST(FiguresView, GivesASeriesBackAsItWasRecordedWithItsMarks) {
  MemoryEventLog log;
  record(log, stated(1, figure("nerima-hires", "2022", "I", "137")));
  record(log, stated(2, figure("nerima-hires", "2023", "I", "150", {"uncertain"})));
  record(log, stated(3, figure("a/b", "2022", "x", "1")));
  const FoldedView<FiguresView> view(log);
  EXPECT_EQ(values(*view, "nerima-hires"), (std::vector<std::string>{"137", "150"}));
  EXPECT_EQ(figures_of(*view, "nerima-hires")[1].marks, std::vector<std::string>{"uncertain"});
  EXPECT_EQ(all_series(*view), (std::vector<std::string>{"a/b", "nerima-hires"}));
  EXPECT_TRUE(figures_of(*view, "a").empty()) << "a slash in a name does not reach into another series";
}

TEST(FiguresView, PutsACorrectedFigureInThePlaceOfTheOneItReplaces) {
  MemoryEventLog log;
  record(log, stated(1, figure("s", "2022", "I", "137")));
  record(log, stated(2, figure("s", "2023", "I", "150")));
  record(log, stated(3, figure("s", "2022", "I", "138"), 1));
  EXPECT_EQ(values(*FoldedView<FiguresView>(log), "s"), (std::vector<std::string>{"138", "150"}));
  record(log, FactCancelled{.fact = FactId{2}, .reason = "twice"});
  EXPECT_EQ(values(*FoldedView<FiguresView>(log), "s"), std::vector<std::string>{"138"});
}

TEST(FiguresView, CountsHiresByTheFiscalYearOfTheAppointment) {
  MemoryEventLog log;
  record(log, stated(1, appointed(PersonId{1}, "I", day(2026, 4, 1))));
  record(log, stated(2, appointed(PersonId{2}, "I", day(2027, 3, 31))));
  record(log, stated(3, appointed(PersonId{3}, "III", day(2027, 4, 1))));
  record(log, stated(4, appointed(PersonId{4}, "III", day(2026, 4, 1))));
  record(log, FactCancelled{.fact = FactId{4}, .reason = "declined"});
  EXPECT_EQ(hires(*FoldedView<FiguresView>(log)), (Hires{{2026, {{"I", 2}}}, {2027, {{"III", 1}}}}));
}

TEST(OrganisationView, KnowsEveryUnitPostAndEmployedPersonThereEverWasOnce) {
  MemoryEventLog log;
  record(log, stated(1, UnitEstablished{.unit = UnitId{7}, .name = "総務部", .level = UnitLevel::kBu, .from = day(2020, 4, 1)}));
  record(log, stated(2, PostCreated{.post = PostId{8}, .unit = UnitId{7}, .title = "部長", .from = day(2020, 4, 1)}));
  record(log, stated(3, appointed(PersonId{1}, "I", day(2020, 4, 1))));
  record(log, stated(4, appointed(PersonId{1}, "I", day(2026, 4, 1))));
  record(log, stated(5, UnitEstablished{.unit = UnitId{9}, .name = "誤り", .level = UnitLevel::kKa, .from = day(2020, 4, 1)}));
  record(log, FactCancelled{.fact = FactId{5}, .reason = "never decided"});
  const FoldedView<OrganisationView> view(log);
  EXPECT_EQ(all_units(*view), (std::vector{UnitId{7}, UnitId{9}})) << "as known before it was cancelled, it is there";
  EXPECT_EQ(all_posts(*view), std::vector{PostId{8}});
  EXPECT_EQ(all_employed(*view), std::vector{PersonId{1}});
}
