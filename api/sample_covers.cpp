// Voyagers who cover leaves, and the roster from which a festival is helped.
#include "api/sample_life.h"
#include "domain/candidates.h"

namespace rireki::api {
namespace {

constexpr int kStaffPerVoyager = 1'500;
constexpr int kSupportHeads = 14;

}  // namespace

void Life::send_voyagers(Day day, Day first) {
  if (!lived(day)) return;
  at(day, 10);
  auto ready = draw(100);
  for (int n = std::max(1, options_.staff / kStaffPerVoyager); n > 0 && ready.size() >= 2 && !error_; --n) {
    const auto take = [&] {
      const auto at = below(random_, ready.size());
      const auto taken = ready[at];
      ready.erase(ready.begin() + static_cast<std::ptrdiff_t>(at));
      return taken;
    };
    Dispatch one{.away = take(), .voyager = take(), .leave = {}, .dispatch = {}, .leave_id = {}, .from = first + days{91}, .last = first + days{291}};
    order_leave(one);
    certify(ward_.people[one.voyager], day);
    dispatch(one);
    for (const auto i : {one.away, one.voyager}) away_[ward_.people[i].person] = first + days{335};
    dispatches_.push_back(one);
  }
}

void Life::order_leave(Dispatch& one) {
  const auto& person = ward_.people[one.away];
  one.leave = open("apply for a leave", ward_.hr_worker, {.procedure = "childcare-leave", .subject = {"person", to_text(person.person)}, .action = {}, .form = {{"from", iso(one.from)}, {"last_day", iso(one.last)}}});
  act("submit a leave", ward_.hr_worker, one.leave, "submit");
  act("review a leave", section_head_of(person.post), one.leave, "approve");
  act("decide a leave", ward_.hr_head, one.leave, "approve");
  act("order a leave", ward_.hr_worker, one.leave, "order");
  office_.with_context([&](const DecisionContext& context) {
    for (const auto& leave : context.reg.leaves(person.person))
      if (leave.period.first == one.from) one.leave_id = leave.leave;
  });
}

void Life::certify(const SamplePerson& person, Day day) {
  ensure_account(person.person);
  if (open_case_of("voyager-certification", {"person", to_text(person.person)})) return;
  const CaseId id = open("apply as a Voyager", person.person, {.procedure = "voyager-certification", .subject = {"person", to_text(person.person)}, .action = {},
                                                               .form = {{"ground", "experience"}, {"skills", {"窓口", "会計"}}, {"from", iso(day)}, {"last_day", iso(day + days{4 * 365})}}});
  act("talk with a Voyager", superior_of(person), id, "talk", {{"talked_on", iso(day)}});
  act("certify a Voyager", ward_.hr_worker, id, "certify");
}

void Life::dispatch(Dispatch& one) {
  const auto& away = ward_.people[one.away];
  const auto& voyager = ward_.people[one.voyager];
  one.dispatch = open("propose a Voyager", ward_.hr_worker, {.procedure = "voyager", .subject = {"person", to_text(voyager.person)}, .action = {},
                                                             .form = {{"leave", to_text(one.leave_id)}, {"cover_post", to_text(away.post)}, {"from", iso(one.from)}, {"last_day", iso(one.last)}}});
  act("talk with the Voyager", ward_.hr_worker, one.dispatch, "talk-person", {{"person_agrees", true}});
  act("talk with the home unit", ward_.hr_worker, one.dispatch, "talk-home", {{"home_agrees", true}});
  act("face the gap", ward_.hr_worker, one.dispatch, "face-gap", {{"home_gap", "accepted"}});
  act("submit a dispatch", ward_.hr_worker, one.dispatch, "submit");
  const PersonId home = section_head_of(voyager.post), receiving = section_head_of(away.post);
  act("consent as the home head", home, one.dispatch, "approve");
  if (receiving != home) act("consent as the receiving head", receiving, one.dispatch, "approve");
  act("decide a dispatch", ward_.hr_head, one.dispatch, "approve");
  act("order a dispatch", ward_.hr_worker, one.dispatch, "order", {{"next_check", iso(one.from + days{30})}});
  act("leave the gap at home open", ward_.hr_worker, opened_by(one.dispatch, "vacancy"), "accept", json::object(), "係内で分担する");
}

void Life::check_voyagers(Day day) {
  if (!lived(day)) return;
  at(day, 9);
  for (const auto& one : dispatches_)
    act("check on a Voyager", superior_of(ward_.people[one.away]), one.dispatch, "check", {{"checked_on", iso(day)}, {"next_check", iso(day + days{30})}});
}

void Life::extend_voyager(Day day, Day first) {
  if (!lived(day) || dispatches_.empty()) return;
  at(day, 9);
  auto& one = dispatches_.front();
  const Day last = first + days{330};
  const auto& voyager = ward_.people[one.voyager];
  act("extend a leave", ward_.hr_worker, one.leave, "extend", {{"last_day", iso(last)}}, "保育所が決まらないため");
  act("agree to an extension", voyager.person, one.dispatch, "agree-extension", {{"extension_person", iso(last)}});
  act("agree for the home unit", section_head_of(voyager.post), one.dispatch, "agree-extension-home", {{"extension_home", iso(last)}});
  act("order an extension", ward_.hr_worker, one.dispatch, "order-extension", {{"extension_from", iso(one.last + days{1})}, {"last_day", iso(last)}});
  one.last = last;
}

void Life::return_voyagers(Day day) {
  if (!lived(day)) return;
  at(day, 9);
  for (const auto& one : dispatches_) {
    act("return a Voyager", ward_.hr_worker, one.dispatch, "return", {{"last_worked", iso(one.last)}});
    act("end a leave", ward_.hr_worker, one.leave, "return", {{"last_day", iso(one.last)}});
  }
  dispatches_.clear();
}

void Life::register_for_support(Day day) {
  if (!lived(day)) return;
  at(day, 12);
  const bool first = supporters_.empty();
  auto ready = draw(100);
  for (int n = std::max(first ? 2 * kSupportHeads : 1, options_.staff / (first ? 40 : 400)); n > 0 && !ready.empty(); --n) {
    const auto at = below(random_, ready.size());
    const PersonId person = ward_.people[ready[at]].person;
    ready.erase(ready.begin() + static_cast<std::ptrdiff_t>(at));
    if (!supporters_.insert(person).second) continue;
    ensure_account(person);
    const char* const skills[] = {"救護", "英語", "手話", "会計", "イベント運営"};
    open("register for support", person, {.procedure = "support-roster", .subject = {"person", to_text(person)}, .action = {},
                                          .form = {{"skills", {skills[below(random_, 5)]}}, {"days", "any"}, {"from", iso(day)}, {"last_day", iso(day + days{10 * 366})}}});
  }
}

void Life::ask_for_support(Day day) {
  if (!lived(day)) return;
  at(day, 9);
  const UnitId unit = ward_.receiving_section;
  const Day from = day + days{10}, last = day + days{11};
  support_ = open("ask for support", head_of(unit), {.procedure = "support-dispatch", .subject = {"unit", to_text(unit)}, .action = {},
                                                     .form = {{"work", "区民まつり（見本）"}, {"head_count", kSupportHeads}, {"skills", {"救護"}}, {"from", iso(from)}, {"last_day", iso(last)}}});
  act("call for support", ward_.hr_worker, support_, "call");
  json people = json::array();
  office_.with_context([&](const DecisionContext& context) {
    const json form = {{"from", iso(from)}, {"last_day", iso(last)}, {"work", "区民まつり（見本）"}};
    for (const auto& one : candidates(context, *context.procedures("support-assignment", 0), "support", form, {"救護"}))
      if (one.eligible && people.size() < kSupportHeads) people.push_back(to_text(one.person));
  });
  act("match support", ward_.hr_worker, support_, "match", {{"people", people}});
  for (const auto& person : people) {
    const CaseId id = open_case_of("support-assignment", {"person", person.get<std::string>()});
    const PersonId superior = superior_now(parse<PersonId>(person.get<std::string>()).value());
    if (below(random_, 6) == 0) {
      act("refuse support", superior, id, "refuse-support", json::object(), "月末の窓口のため");
    } else {
      act("consent to support", superior, id, "consent");
      assigned_.push_back(id);
    }
  }
}

void Life::end_support(Day day) {
  if (!lived(day) || !support_) return;
  at(day, 9);
  for (const auto id : assigned_) act("record support", ward_.hr_worker, id, "serve", {{"hours", 7.5}});
  act("report support", ward_.hr_worker, support_, "report", {{"applicants", kSupportHeads}, {"served", assigned_.size()}});
  assigned_.clear();
  support_ = {};
}

}  // namespace rireki::api
