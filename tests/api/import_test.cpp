// An import through the office: whole files or nothing, and a ward that comes back as it was exported.
#include "api/import.h"

#include <gtest/gtest.h>

#include <atomic>

#include "api/export.h"
#include "api/import_plan.h"
#include "api/sample.h"
#include "eventstore/memory_event_log.h"
#include "domain/office_days.h"
#include "tests/api/import_files.h"

namespace rireki::api {
namespace {

struct World {
  std::shared_ptr<std::atomic<std::int64_t>> micros = std::make_shared<std::atomic<std::int64_t>>(Instant{day(2026, 4, 1).time_since_epoch()}.time_since_epoch().count());
  std::function<Instant()> clock = [micros = micros] { return Instant{std::chrono::microseconds{micros->load()}}; };
  MemoryEventLog log{clock};
  SeededIds ids{11};
  Office office{log, ids, clock};

  ImportReport import(std::vector<ImportSource> sources, ImportOptions options = {}, const std::function<void(double)>& progress = {}) {
    return import_files(office, Actor{}, std::move(sources), options, progress);
  }
  void with_register(const std::function<void(const Register&)>& use) {
    office.with_context([&](const DecisionContext& context) { use(context.reg); });
  }
};

std::vector<ImportSource> ward_files() {
  return {{ImportKind::kPostings, "postings.csv", kPostingsCsv, {}}, {ImportKind::kUnits, "units.csv", kUnitsCsv, {}},
          {ImportKind::kStaff, "staff.csv", kStaffCsv, {}}, {ImportKind::kPosts, "posts.csv", kPostsCsv, {}}};
}

// What an organisation looks like on a day, without ids: units by path, posts by unit, who is where by staff number.
std::vector<std::string> organisation(World& world, Day on) {
  std::vector<std::string> lines;
  const auto lists = list_register(world.log);
  world.with_register([&](const Register& reg) {
    const std::function<std::string(UnitId)> path = [&](UnitId id) -> std::string {
      const auto unit = reg.unit(id, {on});
      if (!unit) return "?";
      return (unit->parent ? path(unit->parent) + "/" : "") + unit->name + "(" + std::string(to_text(unit->level)) + " " + iso(unit->period.first) + ")";
    };
    for (const auto id : lists.units)
      if (reg.unit(id, {on})) lines.push_back("unit " + path(id));
    for (const auto id : lists.posts)
      if (const auto post = reg.post(id, {on}))
        lines.push_back("post " + path(post->unit) + " " + post->title + " " + std::to_string(post->quota) + " " + std::string(to_text(post->grade)) + (post->head ? " head " : " ") + post->function);
    for (const auto id : lists.people) {
      const auto person = reg.person(id, {on});
      const auto employment = reg.employment(id, {on});
      if (!employment) continue;
      std::string line = person->staff_number + " " + person->name.family + "|" + person->name.given + "|" + person->name.family_kana + "|" + person->name.given_kana + " " +
                         (person->birth ? iso(*person->birth) : "-") + " " + std::string(to_text(person->sex)) + " " + std::string(to_text(employment->type)) + " " + employment->exam_category + " " +
                         employment->job_category + " " + std::string(to_text(employment->grade)) + " " + iso(employment->period.first) + " " + iso(employment->period.last);
      for (const auto& posting : reg.postings(id, {on}))
        if (posting.kind != PostingKind::kCover)  // left out of these files, with the leaves that they cover
          line += " @" + path(posting.unit) + " " + reg.post(posting.post, {on})->title + " " + std::string(to_text(posting.kind)) + " " + iso(posting.period.first) + " " + iso(posting.period.last);
      lines.push_back(line);
    }
  });
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace

TEST(Import, RecordsEachFileAsOneAppendInTheOrderInWhichTheyNameEachOther) {
  World world;
  const auto report = world.import(ward_files());
  ASSERT_EQ(report.findings_count, 0u) << report.findings.front().file << report.findings.front().reason.en;
  ASSERT_EQ(report.files.size(), 4u);
  Position before = 0;
  for (const auto& file : report.files) {
    EXPECT_EQ(file.position, before + file.facts) << file.name;
    before = file.position;
  }
  EXPECT_EQ(world.log.head(), before);
}

TEST(Import, TakesTheNationalHolidaysAsTheyArePublishedAndTheMunicipalitysOwn) {
  World world;
  const std::string published = to_cp932("国民の祝日・休日月日,国民の祝日・休日名称\r\n2026/5/3,憲法記念日\r\n2026/5/6,休日\r\n2027/1/1,元日\r\n").bytes;
  const std::vector<ImportSource> files = {{ImportKind::kHolidays, "syukujitsu.csv", published, {}}, {ImportKind::kClosedDays, "own.csv", "閉庁日,名称\n令和8年8月3日,区制記念日\n", {}}};
  const auto report = world.import(files);
  ASSERT_EQ(report.findings_count, 0u) << report.findings.front().reason.en;
  EXPECT_EQ(report.files[0].facts, 2u) << "one for each year";
  world.with_register([](const Register& reg) {
    const OfficeDays office(reg);
    EXPECT_FALSE(office.is_open(day(2026, 5, 6)));
    EXPECT_FALSE(office.is_open(day(2026, 8, 3)));
    EXPECT_TRUE(office.is_open(day(2026, 5, 7)));
  });
  EXPECT_EQ(world.import(files).files[0].unchanged, 3u) << "the same again changes nothing";
  const auto wrong = world.import({{ImportKind::kHolidays, "wrong.csv", "国民の祝日・休日月日,国民の祝日・休日名称\n2026/2/30,何か\n2026/5/3,憲法記念日\n2026/5/3,二度\n", {}}});
  ASSERT_EQ(wrong.findings_count, 2u);
  EXPECT_EQ(wrong.findings[0].line, 2u);
  EXPECT_EQ(wrong.findings[1].rule, "row-twice");
}

TEST(Import, RecordsNothingInADryRunAndSaysWhatItWouldRecord) {
  World world;
  const auto report = world.import(ward_files(), {.dry_run = true});
  EXPECT_EQ(report.findings_count, 0u);
  EXPECT_EQ(report.files[0].facts, 3u);
  EXPECT_EQ(world.log.head(), 0u);
}

TEST(Import, RecordsNothingOfTheFirstFileWhenTheLastHasAFinding) {
  World world;
  auto files = ward_files();
  files[0].bytes += "99999,P1,本務,2020-04-01,\r\n";
  const auto report = world.import(files);
  ASSERT_EQ(report.findings_count, 1u);
  EXPECT_EQ(report.findings[0].rule, "known-person");
  EXPECT_EQ(report.findings[0].line, 4u);
  EXPECT_EQ(world.log.head(), 0u);
}

TEST(Import, IsPlannedAgainWhenSomebodyRecordsAFactMeanwhile) {
  World world;
  bool interfered = false;
  const auto interfere = [&](double done) {
    if (done < 0.5 || interfered) return;
    interfered = true;
    const FactEntry same_number{.id = FactId{1}, .fact = PersonRegistered{.person = PersonId{99}, .staff_number = "00002", .name = {"葛󠄀城", "彩", "カツラギ", "アヤ"}, .birth = day(1996, 1, 2), .sex = Sex::kFemale}};
    ASSERT_TRUE(world.office.record_facts(Actor{}, {same_number}, {}));
  };
  const auto report = world.import(ward_files(), {}, interfere);
  EXPECT_TRUE(interfered);
  EXPECT_EQ(report.findings_count, 0u);
  EXPECT_FALSE(report.storage);
  std::size_t registered = 0;
  ASSERT_TRUE(world.log.read(with_type("fact/person-registered"), {}, [&](const EventView&) { return ++registered > 0; }));
  EXPECT_EQ(registered, 2u) << "nobody is registered twice";
  world.with_register([&](const Register& reg) { EXPECT_TRUE(reg.employment(PersonId{99}, {day(2026, 4, 1)})); });
}

TEST(Import, BringsASampleWardBackFromItsCsvFiles) {
  World lived;
  *lived.micros = Instant{day(2020, 4, 1).time_since_epoch()}.time_since_epoch().count();  // before the ward's years
  ASSERT_TRUE(lived.office.publish(Actor{}, default_catalogue()));
  const Day until = day(2026, 11, 20);
  const auto ward = live_sample(lived.office, lived.ids, {.staff = 250, .years = 2, .seed = 3, .today = until, .set_clock = [&](Instant to) { *lived.micros = to.time_since_epoch().count(); }, .progress = {}});
  ASSERT_TRUE(ward) << ward.error().step << ": " << ward.error().refusal.rule << " " << ward.error().refusal.message.en;
  const auto lists = list_register(lived.log);
  std::vector<ExportedFile> files;
  lived.with_register([&](const Register& reg) { files = export_register(reg, lists, until, municipal_style(reg, lists, until)); });
  std::vector<ImportSource> sources;
  const ImportKind kinds[] = {ImportKind::kUnits, ImportKind::kPosts, ImportKind::kStaff, ImportKind::kPostings};
  for (std::size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ(detect_encoding(files[i].bytes), Encoding::kCp932) << files[i].name;
    EXPECT_EQ(files[i].report, "") << files[i].name;
    sources.push_back({kinds[i], files[i].name, files[i].bytes, {}});
  }
  World imported;
  const auto report = imported.import(sources);
  ASSERT_EQ(report.findings_count, 0u) << report.findings.front().file << ":" << report.findings.front().line << " " << report.findings.front().reason.en;
  const auto there = organisation(imported, until), here = organisation(lived, until);
  ASSERT_GT(here.size(), 300u);
  EXPECT_EQ(there, here);

  const auto again = imported.import(sources);
  for (const auto& file : again.files) EXPECT_EQ(file.facts, 0u) << file.name;
}

TEST(Import, KnowsItsOwnExportAgain) {
  World world;
  ASSERT_EQ(world.import(ward_files()).findings_count, 0u);
  const auto lists = list_register(world.log);
  std::vector<ExportedFile> files;
  world.with_register([&](const Register& reg) { files = export_register(reg, lists, day(2026, 4, 1), {}); });
  const auto report = world.import({{ImportKind::kUnits, "units.csv", files[0].bytes, {}}, {ImportKind::kPosts, "posts.csv", files[1].bytes, {}},
                                    {ImportKind::kStaff, "staff.csv", files[2].bytes, {}}, {ImportKind::kPostings, "postings.csv", files[3].bytes, {}}});
  ASSERT_EQ(report.findings_count, 0u) << report.findings.front().reason.en;
  for (const auto& file : report.files) {
    EXPECT_EQ(file.facts, 0u) << file.name;
    EXPECT_EQ(file.unchanged, file.rows) << file.name;
  }
}

}  // namespace rireki::api
