// Retention: the table as a dated policy, and from which day a record is due by it (R-168).
#include "domain/retention.h"

#include <rapidcheck/gtest.h>

#include "small_ward.h"

namespace rireki {
namespace {

const std::string kTable = R"({"classes": {"a": {"title": {"ja": "あ", "en": "a"}, "years": 5, "then": "erase"},
  "b": {"title": {"ja": "い", "en": "b"}, "years": 0, "then": "archive"}, "c": {"title": {"ja": "う", "en": "c"}, "then": "permanent"}}})";

TEST(RetentionTables, AreReadWholeOrNotAtAll) {
  const auto table = parse_retention(kTable).value();
  EXPECT_EQ(table.classes.at("a").years, 5);
  EXPECT_EQ(table.classes.at("b").then, AfterRetention::kArchive);
  EXPECT_EQ(table.classes.at("c").then, AfterRetention::kPermanent);
  EXPECT_TRUE(parse_retention(default_retention().content)) << "what comes with the program";
  for (const auto& [text, pointer] : std::vector<std::pair<std::string, std::string>>{
           {"", ""}, {"[]", ""}, {"{}", "/classes"}, {R"({"classes": []})", "/classes"}, {R"({"classes": {}, "years": 1})", "/years"}, {R"({"classes": {"a": 5}})", "/classes/a"},
           {R"({"classes": {"a": {"title": {"ja": "", "en": ""}, "years": -1, "then": "erase"}}})", "/classes/a/years"}, {R"({"classes": {"a": {"title": {"ja": "", "en": ""}, "years": 201, "then": "erase"}}})", "/classes/a/years"},
           {R"({"classes": {"a": {"title": {"ja": "", "en": ""}, "then": "erase"}}})", "/classes/a/years"}, {R"({"classes": {"a": {"title": {"ja": "", "en": ""}, "years": 1, "then": "burn"}}})", "/classes/a/then"},
           {R"({"classes": {"a": {"title": "a", "years": 1, "then": "erase"}}})", "/classes/a/title"}, {R"({"classes": {"a": {"title": {"ja": "", "en": ""}, "years": 1, "then": "permanent"}}})", "/classes/a/years"},
           {R"({"classes": {"a": {"title": {"ja": "", "en": ""}, "years": 1, "then": "erase", "when": 1}}})", "/classes/a/when"}}) {
    const auto read = parse_retention(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().pointer, pointer) << text;
  }
}

TEST(RetentionTables, NameEveryClassOfTheCatalogue) {
  const auto table = parse_retention(default_retention().content).value();
  for (const auto& definition : load_definitions(default_catalogue()).value()) EXPECT_TRUE(table.classes.contains(definition->retention_class)) << definition->id;
}

TEST(RetentionDays, CountFromTheFirstOfAprilAfterTheEvent) {
  EXPECT_EQ(due_after(day(2026, 3, 31), 5), day(2031, 4, 1));
  EXPECT_EQ(due_after(day(2026, 4, 1), 5), day(2032, 4, 1)) << "a day later, a year longer";
  EXPECT_EQ(due_after(day(2026, 12, 1), 0), day(2027, 4, 1));
}

RC_GTEST_PROP(RetentionDays, LieOnAFirstOfAprilNeverBeforeTheYearsAreOver, ()) {
  const Day event = day(2000, 1, 1) + std::chrono::days{*rc::gen::inRange(0, 20'000)};
  const int years = *rc::gen::inRange(0, 60);
  const Day due = due_after(event, years);
  const std::chrono::year_month_day parts{due};
  RC_ASSERT(parts.month() == std::chrono::April);
  RC_ASSERT(parts.day() == std::chrono::day{1});
  RC_ASSERT(due - event > std::chrono::days{365 * years});
  RC_ASSERT(due - event <= std::chrono::days{366 * (years + 1)});
}

}  // namespace
}  // namespace rireki
