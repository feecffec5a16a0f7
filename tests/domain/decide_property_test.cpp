// Random walks over every procedure of the catalogue: what a page offers is what decide accepts, no state outside the definition is reached, the stored
// events give the same case back, and what was said before stays said.
#include <rapidcheck/gtest.h>

#include "small_ward.h"

namespace rireki {
namespace {

using nlohmann::json;

const std::set<std::string> kNoStanding = {"not-entitled", "not-in-this-state", "nobody-approves-their-own", "holder-present", "holder-vacant", "deputy-excluded-matter", "too-late-to-pull-back"};

std::vector<Actor> actors() {
  return {as_hr(), as(kHrSecond, {"staff", "hr"}), as(kNewManager, {"staff", "manager"}), as(kHomeManager, {"staff", "manager"}), as(kHomeTeamHead), as(kNewTeamHead), as(kHrHead), as(kHrDirector), as(kMayor),
          as(kStaff), as(kNurse, {"staff", "occupational-health"}), as(kDeputyPerson), as(kDeputyPerson, {"auditor"}), as(kHrSecond, {"hr", "administrator"})};
}

json form_for(const std::string& id) {
  if (id == "draft") return transfer_form(kNewSeats, *rc::gen::element<const char*>("2026-03-15", "2026-04-01"));
  if (id == "intent") return {{"wish", *rc::gen::element<std::string>("stay", "move", "none")}};
  if (id == "correct") return {{"effective", *rc::gen::element<const char*>("2026-03-20", "2026-06-01")}};
  if (id == "noticed") return {{"noticed_on", "2026-03-01"}, {"signs", "元気がない"}};
  if (id == "heard") return {{"heard_on", "2026-03-01"}, {"heard", "眠れない"}, {"consent", *rc::gen::element<std::string>("none", "named")}};
  if (id == "share") return {{"share_with", to_text(*rc::gen::element(kHomeManager, kHrSecond))}};
  if (id == "measures") return {{"measure", "残業をしない"}, {"next_review", "2026-04-01"}};
  if (id == "review") return {{"review", "落ち着いた"}, {"next_review", "2026-05-01"}};
  if (id == "note") return {{"note", "訂正"}};
  if (id == "pass-on") return {{"new_superior", to_text(kNewTeamHead)}, {"person_told", true}};
  return json::object();
}

json as_json(const Case& c) {
  json stations = json::array();
  for (const auto& one : c.stations) stations.push_back({one.round, one.station, static_cast<int>(one.outcome), static_cast<int>(one.mode), to_text(one.by), to_text(one.for_person), one.comment, one.sent_back_to, one.position});
  json named = json::array(), owed = json::array();
  for (const auto person : c.named) named.push_back(to_text(person));
  for (const auto& [station, person] : c.reviews_owed) owed.push_back({station, to_text(person)});
  return {to_text(c.id), c.procedure, c.version, c.subject.id, c.state, c.visited, c.form, to_text(c.author), to_text(c.drafter), named, to_text(c.assigned), to_text(c.opened_from), c.last, c.round, c.resume_at, stations, owed};
}

// Every action of the definition and of the line, by every actor: offered if and only if nothing about who or where refuses it.
void offers_are_exact(CaseRunner& run) {
  const auto& definition = *run.definition(run.state().procedure);
  std::vector<std::string> actions = {"approve", "send-back", "refuse", "pull-back", "seen", "review-after", "comment"};
  for (const auto& action : definition.actions) actions.push_back(action.id);
  for (const auto& actor : actors()) {
    std::set<std::string> offered;
    for (const auto& one : run.offered(actor)) offered.insert(one.action);
    if (!run.reads(actor)) RC_ASSERT(std::none_of(offered.begin(), offered.end(), [](const std::string& one) { return one != "review-after"; }));
    for (const auto& action : actions) {
      const auto rule = run.with_context([&](const DecisionContext& context) {
        const auto decided = decide(context, definition, run.state(), actor, {.procedure = {}, .subject = {}, .action = action, .reason = "理由"});
        return decided ? std::string() : decided.error().rule;
      });
      RC_LOG() << action << " by " << to_text(actor.person) << " in " << run.state().state << ": " << rule << "\n";
      RC_ASSERT(offered.contains(action) == !kNoStanding.contains(rule));
    }
  }
}

void walk(CaseRunner& run, int steps) {
  const CaseId id = run.current;
  for (int step = 0; step < steps; ++step) {
    offers_are_exact(run);
    const auto all = actors();
    const auto& actor = all[*rc::gen::inRange<std::size_t>(0, all.size())];
    const auto offered = run.offered(actor);
    const auto before = as_json(run.state());
    const auto said = run.history.at(id).size();
    if (!offered.empty()) {
      const auto& chosen = offered[*rc::gen::inRange<std::size_t>(0, offered.size())];
      const json form = chosen.action == "comment" ? json{{"text", "確認しました"}} : form_for(chosen.form);
      const auto rule = run.act(actor, chosen.action, form, "理由");
      RC_LOG() << chosen.action << ": " << rule << "\n";
      RC_ASSERT(!kNoStanding.contains(rule) && rule != "form");
      run.current = id;
      if (!rule.empty()) RC_ASSERT(as_json(run.state()) == before);
    }
    if (*rc::gen::inRange(0, 5) == 0) run.today += days{*rc::gen::inRange(1, 15)};
    if (*rc::gen::inRange(0, 12) == 0) run.ward.facts.record(AwayDeclared{.person = *rc::gen::element(kHrHead, kNewManager, kHomeTeamHead), .from = run.today, .last_day = run.today + days{5}});
    RC_ASSERT(run.definition(run.state().procedure)->states.contains(run.state().state));
    RC_ASSERT(run.history.at(id).size() >= said);
    for (const auto& [other, state] : run.cases) RC_ASSERT(as_json(run.replayed(other)) == as_json(state));
    RC_ASSERT(run.state().round >= 1);
  }
}

RC_GTEST_PROP(DecideProperty, ATransferOffersExactlyWhatItAcceptsAndReplaysToTheSame, ()) {
  CaseRunner run;
  run.ward.facts.record(DeputyNamed{.post = kHrHeadPost, .deputy = kDeputyPerson, .order = 1, .excluded_matters = {}, .from = SmallWard::kStart});
  if (*rc::gen::arbitrary<bool>()) run.ward.facts.record(PostingEnded{.person = kNewManager, .post = kNewManagerPost, .last_day = day(2026, 1, 31)});
  const auto drafter = *rc::gen::element(as_hr(), as(kHrHead, {"staff", "hr"}));
  RC_ASSERT(run.open(drafter, "transfer", kStaff, transfer_form()) == "");
  walk(run, 14);
}

RC_GTEST_PROP(DecideProperty, ALineCareSheetOffersExactlyWhatItAcceptsAndReplaysToTheSame, ()) {
  CaseRunner run;
  RC_ASSERT(run.open(as(kHomeTeamHead), "line-care", kStaff, form_for("noticed")) == "");
  walk(run, 10);
}

// Whatever happened, at most one main post on any day, and before the order the one it had.
RC_GTEST_PROP(DecideProperty, NoWalkLeavesAPersonInTwoMainPostsOrInNone, ()) {
  CaseRunner run;
  RC_ASSERT(run.open(as_hr(), "transfer", kStaff, transfer_form()) == "");
  const CaseId id = run.current;
  for (const auto& [actor, action] : std::vector<std::pair<Actor, const char*>>{{as_hr(), "submit"}, {as(kNewManager), "approve"}, {as(kHomeManager), "approve"}, {as(kHrHead), "approve"}, {as_hr(), "order"}}) {
    RC_ASSERT(run.act(actor, action, json::object(), "理由") == "");
    run.current = id;
  }
  for (int step = 0; step < 5; ++step) {
    const std::string action = *rc::gen::element<std::string>("correct", "correct", "cancel", "arrive");
    const std::string rule = run.act(as_hr(), action, action == "correct" ? json{{"effective", iso(day(2026, 2, 1) + days{*rc::gen::inRange(0, 200)})}} : json::object(), "理由");
    RC_LOG() << action << " " << rule << "\n";
    run.current = id;
    for (Day on = day(2026, 1, 1); on < day(2026, 12, 1); on += days{1}) {
      const auto held = run.reg().postings(kStaff, {on});
      RC_ASSERT(held.size() == 1u);
    }
    if (run.state().state == "cancelled") RC_ASSERT(run.reg().main_posting(kStaff, {day(2026, 12, 1)})->post == kHomeSeats);
  }
}

}  // namespace
}  // namespace rireki
