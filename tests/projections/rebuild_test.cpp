// Rebuilt equals live, byte for byte, for the views of the program, after random runs of facts with corrections, cancellations and restarts.
#include <rapidcheck/gtest.h>

#include "facts.h"
#include "projections/figures_view.h"
#include "projections/organisation_view.h"
#include "projections/people_view.h"

using namespace rireki;
using namespace rireki::testing;

namespace {

std::vector<std::unique_ptr<Projection>> views_of_facts() {
  std::vector<std::unique_ptr<Projection>> all;
  all.push_back(std::make_unique<PeopleView>());
  all.push_back(std::make_unique<OrganisationView>());
  all.push_back(std::make_unique<FiguresView>());
  return all;
}

Fact any_fact() {
  const PersonId person{*rc::gen::inRange<std::uint64_t>(1, 6)};
  const Day from = day(2024, 1, 1) + days{*rc::gen::inRange(0, 1500)};
  const auto name = *rc::gen::elementOf(std::vector<PersonName>{{"髙橋", "愛", "タカハシ", "アイ"}, {"高橋", "健", "タカハシ", "ケン"}, {"", "", "", ""}, {"渡邊", "優", "ワタナベ", "ユウ"}});
  switch (*rc::gen::inRange(0, 6)) {
    case 0: return PersonRegistered{.person = person, .staff_number = std::to_string(person.value), .name = name};
    case 1: return Renamed{person, name, from};
    case 2: return Appointed{.person = person, .exam_category = *rc::gen::elementOf(std::vector<std::string>{"I", "III", "a/b"}), .from = from};
    case 3: return FigureRecorded{.series = *rc::gen::elementOf(std::vector<std::string>{"s", "t/u"}), .period = "2024", .category = "I", .value = "1"};
    case 4: return UnitEstablished{.unit = UnitId{person.value}, .name = "課", .from = from};
    default: return PostCreated{.post = PostId{person.value}, .unit = UnitId{1}, .title = "係員", .from = from};
  }
}

std::map<std::string, AllRows> all_rows(const Views& views) {
  std::map<std::string, AllRows> all;
  for (const auto& view : views.status()) all[view.view] = rows_of(*views.snapshot(view.view).rows);
  return all;
}

}  // namespace

RC_GTEST_PROP(ViewsOfFacts, RebuiltEqualLiveAfterAnyRun, ()) {
  MemoryEventLog log;
  TempFolder folder;
  const FoldLimits limits{.events_max = *rc::gen::inRange<std::size_t>(1, 6)};
  auto views = Views::open(folder.path, log, views_of_facts(), limits).value();
  std::uint64_t facts = 0;
  const int steps = *rc::gen::inRange(1, 25);
  for (int step = 0; step < steps; ++step) {
    const int what = *rc::gen::inRange(0, 10);
    const std::uint64_t earlier = facts == 0 ? 0 : *rc::gen::inRange<std::uint64_t>(1, facts + 1);
    if (what == 0) {
      views.reset();
      views = Views::open(folder.path, log, views_of_facts(), limits).value();
    } else if (what < 3 && earlier) {
      record(log, FactCancelled{.fact = FactId{earlier}, .reason = "r"});
    } else {
      record(log, stated(++facts, any_fact(), what < 5 ? earlier : 0));
    }
  }
  RC_ASSERT(views->wait_for(log.head(), kPatience));
  const auto live = all_rows(*views);
  RC_ASSERT(views->rebuild_all().has_value());
  RC_ASSERT(all_rows(*views) == live);
}
