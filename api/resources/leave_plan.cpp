// What was planned on a leave's end: whoever moves that end looks here. Covers, vacancies, cases about the person that are open, duties that wait.
#include "api/resources/cases_as_of.h"
#include <algorithm>

#include "api/resources/present.h"
#include "api/resources/schema.h"
#include "domain/deadline.h"
#include "domain/obligations.h"
#include "domain/rules.h"
#include "projections/cases_view.h"

namespace rireki::api {
namespace {

using nlohmann::json;

json planned(const char* kind, std::string title, std::optional<Day> until, json person, json of_case) {
  json body = {{"kind", kind}, {"title", std::move(title)}, {"person", std::move(person)}, {"case", std::move(of_case)}};
  put_day(body, "until", until.value_or(kForever));
  return body;
}

json case_if_readable(const Question& q, CaseId id) { return id && readable_case(q, id) ? json(to_text(id)) : json(); }

void add_case(const Question& q, const char* kind, const Case& one, json& list) {
  const auto definition = definition_of(q, one);
  if (definition->states.at(one.state).final() || !rireki::may_read(q.context, *definition, one, q.actor)) return;
  const auto until = std::string_view(kind) == "vacancy" ? form_day(one.form, "/last_day") : due(*definition, one, q.reg());
  list.push_back(planned(kind, q.words(definition->title), until, nullptr, to_text(one.id)));
}

Result<Response, Problem> plan(const Question& q) {
  const auto id = parse<LeaveId>(q.request.path_params.at("id"));
  if (!id) return not_found();
  const auto taken = q.reg().find_leave(*id, q.moment.as_of);
  json list = json::array();
  if (!taken || !q.may_read_person(taken->person)) return not_found();
  for (const auto* entry : q.reg().visible("leave:" + to_text(*id), q.moment.as_of)) {
    const auto* posted = std::get_if<Posted>(&entry->fact);
    if (!posted || posted->kind != PostingKind::kCover || !q.may_read_person(posted->person)) continue;
    for (const auto& one : q.reg().all_postings(posted->person, q.moment.as_of))
      if (one.fact == entry->id) list.push_back(planned("cover", q.words(label(PostingKind::kCover)), one.period.last, person_ref(q, one.person), case_if_readable(q, entry->case_id)));
  }
  if (taken->case_id)
    for (const auto& one : q.then.opened_from(taken->case_id))
      if (one.procedure == "vacancy") add_case(q, "vacancy", one, list);
  each_case(*q.view("cases").rows, by_subject({"person", to_text(taken->person)}), "", [&](const std::string&, const CaseRow& now) {
    const auto row = case_row_as_asked(q, now);
    if (row && row->open && row->state.id != taken->case_id) add_case(q, "case", row->state, list);
    return true;
  });
  const auto obligations = obligations_in_force(q.reg(), q.moment);
  for (const auto& duty : duties_of(q.reg(), taken->person, obligations, fiscal_year(q.moment.on), q.moment)) {
    if (duty.status != DutyStatus::kDeferred) continue;
    const auto found = std::find_if(obligations.begin(), obligations.end(), [&](const Obligation& one) { return one.id == duty.obligation; });
    list.push_back(planned("duty", q.words(found->title), duty.due, nullptr, nullptr));
  }
  return answered(q.stated({{"leave", leave(q, *taken)}, {"person", person_ref(q, taken->person)}, {"planned", std::move(list)}}));
}

}  // namespace

void add_leave_plan_route(std::vector<Route>& routes, ResourceContext context) {
  using namespace schema;
  const json row = with(days({"until"}), object({{"kind", text()}, {"title", text()}, {"person", or_null(person())}, {"case", or_null(text())}}));
  routes.push_back(reading({.path = "/api/leaves/{id}/plan", .operation_id = "readLeavePlan",
                            .summary = {"休業の終わりを前提に計画したもの（派遣、欠員、開いている案件、延期中の義務）", "What was planned on a leave's end: covers, vacancies, open cases, deferred duties"},
                            .response_schema = stated(object({{"leave", schema::leave()}, {"person", or_null(schema::person())}, {"planned", list(row)}})), .problems = {404}},
                           context, {"cases"}, Paging::kNone, plan));
}

}  // namespace rireki::api
