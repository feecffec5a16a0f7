// Who supports where: the assignments that touch a day, or those of one request with its figures. Those who applied, were sent and served are three
// numbers, and the hours of those who served are added up.
#include "api/resources/cases_as_of.h"
#include <cmath>

#include "api/resources/present.h"
#include "api/resources/schema.h"
#include "domain/rules.h"
#include "projections/cases_view.h"

namespace rireki::api {
namespace {

using nlohmann::json;

json support_row(const Question& q, const Definition& definition, const Case& assignment, const Case& request) {
  json body = {{"case", to_text(assignment.id)}, {"person", subject_ref(q, assignment.subject)}, {"request", to_text(request.id)}, {"unit", subject_ref(q, request.subject)},
               {"work", form_value(assignment.form, "/work")}, {"state", case_state(q, definition, assignment)}, {"hours", form_value(assignment.form, "/hours")}, {"absent", false}};
  const Period period{form_day(assignment.form, "/from").value_or(q.moment.on), form_day(assignment.form, "/last_day").value_or(q.moment.on)};
  put_period(body, period);
  // A leave recorded since, however it came: nothing is asked of somebody on leave.
  if (const auto person = parse<PersonId>(assignment.subject.id))
    for (const auto& leave : q.reg().leaves(*person, q.moment.as_of)) body["absent"] = body["absent"] == true || leave.period.overlaps(period);
  return body;
}

bool stands(const Definition& definition, const Case& one) { return definition.states.at(one.state).kind <= StateKind::kDone; }

class Supports {
 public:
  explicit Supports(const Question& q) : q_(q) {}

  void add(const Case& assignment) {
    const auto definition = definition_of(q_, assignment);
    const auto request = q_.find_case(assignment.opened_from);
    if (!request || !readable_case(q_, assignment.id)) return;
    rows_.push_back(support_row(q_, *definition, assignment, *request));
    sent_ += stands(*definition, assignment);
    if (definition->states.at(assignment.state).kind != StateKind::kDone) return;
    ++served_;
    hours_ += form_value(assignment.form, "/hours").get<double>();
  }
  json answer(const json& asked) const {
    const json figures = {{"asked", form_value(asked, "/head_count")}, {"applicants", form_value(asked, "/applicants")}, {"sent", sent_}, {"served", served_}, {"hours", std::round(hours_ * 100) / 100}};
    return {{"supports", rows_}, {"figures", figures}};
  }

 private:
  const Question& q_;
  json rows_ = json::array();
  int sent_ = 0, served_ = 0;
  double hours_ = 0;
};

Result<Response, Problem> supports(const Question& q) {
  Supports found(q);
  if (const auto text = q.param("request"); !text.empty()) {
    const auto id = parse<CaseId>(text);
    const auto request = id ? readable_case(q, *id) : std::nullopt;
    if (!request || request->state->procedure != "support-dispatch") return not_found();
    for (const auto& one : q.then.opened_from(*id)) found.add(one);
    const auto then = q.resources.office.find_case_at(*id, q.moment.as_of);
    return then ? answered(q.stated(found.answer(then->form))) : Result<Response, Problem>(not_found());
  }
  const auto view = q.view("cases");
  each_case(*view.rows, by_procedure("support-assignment"), "", [&](const std::string&, const CaseRow& now) {
    const auto asked = case_row_as_asked(q, now);
    if (!asked) return true;
    const CaseRow& row = *asked;
    const auto from = form_day(row.state.form, "/from"), last = form_day(row.state.form, "/last_day");
    if (from && last && Period{*from, *last}.contains(q.moment.on) && stands(*definition_of(q, row.state), row.state)) found.add(row.state);
    return true;
  });
  Question stated = q;
  stated.moment.as_of = std::min(q.moment.as_of, view.position);
  return answered(stated.stated(found.answer(json())));
}

}  // namespace

void add_support_route(std::vector<Route>& routes, ResourceContext context) {
  using namespace schema;
  const json number_or_null = or_null({{"type", "number"}});
  const json row = with(period(), object({{"case", text()}, {"person", subject()}, {"request", text()}, {"unit", subject()}, {"work", or_null(text())}, {"state", case_state()},
                                          {"hours", number_or_null}, {"absent", flag()}}));
  const json figures = object({{"asked", or_null(number())}, {"applicants", or_null(number())}, {"sent", number()}, {"served", number()}, {"hours", {{"type", "number"}}}});
  routes.push_back(reading({.path = "/api/supports", .operation_id = "listSupports",
                            .summary = {"ある日にだれがどこを応援しているか。要請を指定すると、その応援者と人数・時間の集計（応募・派遣・従事は別の数）",
                                        "Who supports where on a day; of one request: who was sent, with its figures (applied, sent and served are three numbers)"},
                            .response_schema = stated(object({{"supports", list(row)}, {"figures", figures}})),
                            .query_params = {{"request", "string", {"応援要請の案件のID（省略すると on の日の応援すべて）", "id of a support request; default: all that touch the day"}}},
                            .problems = {404}},
                           context, {"cases"}, Paging::kNone, supports));
}

}  // namespace rireki::api
