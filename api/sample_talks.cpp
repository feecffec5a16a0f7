// What goes on beside the orders: talks, trainings, leaves, absences.
#include <future>

#include "api/sample_life.h"

namespace rireki::api {
namespace {

// Per cent of the regular staff without a head's post, in a year.
constexpr int kLeavePercent = 3;
constexpr int kLineCarePercent = 1;
constexpr int kOneOnOnePercent = 70;     // of those in their first nine years
constexpr int kFollowedUpPercent = 60;   // of those who moved
constexpr int kTrainedPercent = 85;

}  // namespace

void Life::line_care_cases(Day day) {
  if (!lived(day)) return;
  at(day, 10);
  for (const auto i : draw(kLineCarePercent)) {
    const auto& person = ward_.people[i];
    const PersonId superior = head_of(ward_.posts[post_index(person.post)].unit);
    line_care(superior, person.person, day);
  }
}

void Life::line_care(PersonId superior, PersonId subject, Day day) {
  const CaseId id = open("notice signs", superior,
                         {.procedure = "line-care", .subject = {"person", to_text(subject)}, .action = {}, .form = {{"noticed_on", iso(day)}, {"signs", "遅刻が続き、口数が少ない（見本）"}}});
  if (below(random_, 4) == 0) return;
  act("listen", superior, id, "listen", {{"heard_on", iso(day)}, {"heard", "業務が重なり眠れない（見本）"}, {"consent", below(random_, 3) == 0 ? "none" : "named"}});
  act("take measures", ward_.nurse, id, "measure", {{"measure", "担当業務の調整と産業医面談（見本）"}, {"next_review", iso(day + days{28})}});
}

void Life::leaves(Day day) {
  if (!lived(day)) return;
  at(day, 11);
  std::vector<FactEntry> facts;
  for (const auto i : draw(kLeavePercent)) {
    const auto& person = ward_.people[i];
    const LeaveId leave = ids_.make<LeaveId>();
    const Day from = day + days{10 + static_cast<int>(below(random_, 40))};
    const int length = 60 + static_cast<int>(below(random_, 240));
    facts.push_back(entry(LeaveStarted{.leave = leave, .person = person.person, .kind = below(random_, 3) == 0 ? LeaveKind::kSick : LeaveKind::kChildcare,
                                       .from = from, .last_day = from + days{length}}));
    away_[person.person] = from + days{length};
    last_leave_ = {leave, person.person, from + days{length}};
  }
  record("start leaves", std::move(facts));
}

void Life::absences(Day day) {
  if (!lived(day)) return;
  at(day, 9);
  for (const auto& post : ward_.posts) {
    if (!post.head || post.grade != Grade::kSectionManager || below(random_, 5) != 0) continue;
    const PersonId head = post.holders.front();
    absences_.push_back({head, open("declare an absence", head, {.procedure = "absence", .subject = {"person", to_text(head)}, .action = {},
                                                                 .form = {{"from", iso(day + days{3})}, {"last_day", iso(day + days{7})}, {"where", "travel"}}})});
  }
}

void Life::end_absences(Day day) {
  if (!lived(day)) return;
  at(day, 9);
  for (const auto& [head, id] : absences_)
    if (below(random_, 3) > 0) act("confirm a return", head, id, "confirm-back");  // some forget
  absences_.clear();
}

void Life::correct_a_leave(Day day) {
  if (!lived(day) || !last_leave_.person || last_leave_.last_day < day) return;
  at(day, 15);
  record("extend a leave", {entry(LeaveChanged{.leave = last_leave_.leave, .person = last_leave_.person, .last_day = last_leave_.last_day + days{30}})});
  away_[last_leave_.person] = last_leave_.last_day + days{30};
  last_leave_ = {};
}

void Life::one_on_ones(Day day) {
  if (!lived(day)) return;
  at(day, 9);
  for (const auto i : draw(kOneOnOnePercent)) {
    const auto& person = ward_.people[i];
    const PersonId superior = superior_of(person);
    if (!superior || year_of(person, day) > 9) continue;
    const CaseId id = open("plan a 1on1", superior, {.procedure = "one-on-one", .subject = {"person", to_text(person.person)}, .action = {}, .form = {{"planned_on", iso(day)}}});
    act("hold a 1on1", superior, id, "hold", {{"held_on", iso(day)}, {"themes", {"ability", "medium-term"}}, {"talked", "今後伸ばしたい力について（見本）"}});
    if (below(random_, 2) == 0) act("conclude a 1on1", superior, id, "conclude", {{"next_step", "研修に申し込む（見本）"}});
  }
}

void Life::follow_up(Day day) {
  if (!lived(day)) return;
  at(day, 9);
  for (const auto i : moved_) {
    const auto& person = ward_.people[i];
    const auto found = open_case_of("transferee-follow-up", {"person", to_text(person.person)});
    if (!found) continue;
    follow_ups_.push_back(found);
    if (below(random_, 100) < kFollowedUpPercent) act("talk with somebody who moved", superior_of(person), found, "interview-1", {{"held_on", iso(day)}, {"themes", {"worries", "work"}}});
  }
}

void Life::train(Day day) {
  if (!lived(day)) return;
  at(day, 9);
  std::vector<FactEntry> facts;
  for (const auto i : draw(kTrainedPercent)) {
    const auto& person = ward_.people[i];
    const int year = year_of(person, day);
    if (year == 2) facts.push_back(entry(DutyCompleted{.person = person.person, .duty = "resilience-training", .on = day}));
    if (year <= 4) facts.push_back(entry(DutyCompleted{.person = person.person, .duty = "step-up-training", .on = day}));
  }
  record("complete trainings", std::move(facts));
}

void Life::pass_deadlines(Day day) {
  if (!lived(day)) return;
  at(day, 4);
  for (const auto id : follow_ups_) {
    std::promise<void> answered;
    office_.pass_deadline(id, [&](const auto&) { answered.set_value(); });  // refused where nothing is due
    answered.get_future().get();
  }
  follow_ups_.clear();
}

}  // namespace rireki::api
