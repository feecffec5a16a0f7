// Obligations: who owes what by when, on any day, as known at any moment; a list, a summary by unit, and a person's own. Computed from the register,
// so that last year's list and next year's preview are the same question.
#include "api/duty_list.h"
#include "api/resources/present.h"
#include "api/resources/schema.h"
#include "projections/organisation_view.h"

namespace rireki::api {
namespace {

using nlohmann::json;

struct Asked {
  DutyFilter filter;
  Obligations obligations;
  const Obligation& named(const std::string& id) const {
    return *std::find_if(obligations.begin(), obligations.end(), [&](const Obligation& one) { return one.id == id; });
  }
};

Result<Asked, Problem> asked(const Question& q) {
  Asked asked{.filter = {.fiscal_year = fiscal_year(q.moment.on), .unit = {}, .obligation = q.param("obligation"), .status = {}}, .obligations = {}};
  if (const auto year = q.param("fiscal_year"); !year.empty()) {
    const auto parsed = parse_fiscal_year(year);
    if (!parsed || *parsed < 1950 || *parsed > 2200) return malformed_parameter("fiscal_year", {"年度を指定してください（2026、令和8年度）。", "Give a fiscal year: 2026 or 令和8年度."});
    asked.filter.fiscal_year = *parsed;
  }
  if (const auto unit = q.param("unit"); !unit.empty()) {
    const auto id = parse<UnitId>(unit);
    if (!id) return malformed_parameter("unit", {"所属のIDを指定してください。", "Give the id of a unit."});
    asked.filter.unit = *id;
  }
  if (const auto status = q.param("status"); !status.empty()) {
    asked.filter.status = parse_duty_status(status);
    if (!asked.filter.status) return malformed_parameter("status", {"due、overdue、done、deferred、excused、missedのどれかを指定してください。", "Give due, overdue, done, deferred, excused or missed."});
  }
  asked.obligations = obligations_of_year(q.reg(), asked.filter.fiscal_year, q.moment);
  if (!asked.filter.obligation.empty() && std::none_of(asked.obligations.begin(), asked.obligations.end(), [&](const Obligation& one) { return one.id == asked.filter.obligation; }))
    return malformed_parameter("obligation", {"この義務は定められていません。", "There is no such obligation."});
  return asked;
}

// Everybody who may be on the list for this reader: all, or of a unit; who reads no more than their own people sees those.
std::vector<PersonId> people_asked_for(const Question& q, const DutyFilter& filter) {
  if (filter.unit) return people_within(q.reg(), filter.unit, q.moment);
  if (decide_access(q.actor.roles, Relation::kNone, Action::kReadDuties)) {
    auto all = all_employed(*q.view("organisation").rows);
    std::sort(all.begin(), all.end());
    return all;
  }
  std::set<PersonId> own{q.actor.person};
  for (const auto& held : q.reg().postings(q.actor.person, {q.today()}))  // a head of two units sees both
    for (const auto person : people_within(q.reg(), held.unit, q.moment)) own.insert(person);
  return {own.begin(), own.end()};
}

json duty_body(const Question& q, const Asked& asked, const Duty& duty) {
  json body = {{"person", person_ref(q, duty.person)}, {"unit", nullptr}, {"superior", nullptr},
               {"obligation", {{"id", duty.obligation}, {"label", q.words(asked.named(duty.obligation).title)}}},
               {"status", labelled(to_text(duty.status), label(duty.status), q.language())}};
  if (const auto unit = q.reg().unit_of(duty.person, q.moment)) body["unit"] = unit_ref(q, *unit);
  if (const auto superior = q.reg().superior_of(duty.person, q.moment)) body["superior"] = person_ref(q, *superior);  // whose it is on that day
  put_day(body, "since", duty.since);
  put_day(body, "due", duty.due);
  put_day(body, "done", duty.done.value_or(kForever));
  return body;
}
json duty_schema() {
  return schema::with(schema::days({"since", "due", "done"}),
                      schema::object({{"person", schema::or_null(schema::person())}, {"unit", schema::or_null(schema::unit())}, {"superior", schema::or_null(schema::person())},
                                      {"obligation", schema::named()}, {"status", schema::named()}}));
}
json year_members(const Question& q, const DutyFilter& filter, json body) {
  body["fiscal_year"] = filter.fiscal_year;
  body["fiscal_year_wareki"] = wareki_fiscal_year(filter.fiscal_year);
  return q.stated(std::move(body));
}
json with_year(const json& members) { return schema::stated(schema::with(members, schema::object({{"fiscal_year", schema::number()}, {"fiscal_year_wareki", schema::text()}}))); }

Result<Response, Problem> list(const Question& q) {
  const auto wanted = asked(q);
  if (!wanted) return wanted.error();
  json duties = json::array();
  std::string last;
  bool more = false;
  std::size_t scanned = 0;
  for (const auto person : people_asked_for(q, wanted->filter)) {  // in the order of their ids
    const std::string key = to_text(person);
    if (key <= q.after) continue;
    if (duties.size() >= q.limit || ++scanned > kPageScannedMax) {
      more = true;
      break;
    }
    last = key;
    if (!q.may_read_person(person)) continue;
    for (const auto& duty : duties_of(q.reg(), person, wanted->obligations, wanted->filter.fiscal_year, q.moment))
      if (wanted->filter.takes(duty)) duties.push_back(duty_body(q, *wanted, duty));
  }
  return answered(year_members(q, wanted->filter, {{"duties", std::move(duties)}, {"next", more ? json(q.cursor_after(last)) : json()}}));
}

Result<Response, Problem> summary(const Question& q) {
  const auto wanted = asked(q);
  if (!wanted) return wanted.error();
  std::map<std::pair<UnitId, std::string>, std::map<DutyStatus, int>> counts;
  for (const auto person : people_asked_for(q, wanted->filter)) {
    if (!q.may_read_person(person)) continue;
    const auto unit = q.reg().unit_of(person, q.moment).value_or(UnitId{});
    for (const auto& duty : duties_of(q.reg(), person, wanted->obligations, wanted->filter.fiscal_year, q.moment))
      if (wanted->filter.takes(duty)) ++counts[{unit, duty.obligation}][duty.status];
  }
  json rows = json::array();
  for (const auto& [key, by_status] : counts) {
    json row = {{"unit", unit_ref(q, key.first)}, {"obligation", {{"id", key.second}, {"label", q.words(wanted->named(key.second).title)}}}};
    for (const auto status : {DutyStatus::kDue, DutyStatus::kOverdue, DutyStatus::kDone, DutyStatus::kDeferred, DutyStatus::kExcused, DutyStatus::kMissed})
      row[std::string(to_text(status))] = by_status.contains(status) ? by_status.at(status) : 0;
    rows.push_back(std::move(row));
  }
  return answered(year_members(q, wanted->filter, {{"rows", std::move(rows)}}));
}
json summary_schema() {
  return with_year(schema::object({{"rows", schema::list(schema::object({{"unit", schema::or_null(schema::unit())}, {"obligation", schema::named()}, {"due", schema::number()},
                                                                          {"overdue", schema::number()}, {"done", schema::number()}, {"deferred", schema::number()},
                                                                          {"excused", schema::number()}, {"missed", schema::number()}}))}}));
}

Result<Response, Problem> of_person(const Question& q) {
  const auto id = parse<PersonId>(q.request.path_params.at("id"));
  if (!id || !q.may_read_person(*id) || !q.reg().person(*id, q.moment)) return not_found();
  const auto wanted = asked(q);
  if (!wanted) return wanted.error();
  json duties = json::array();
  for (const auto& duty : duties_of(q.reg(), *id, wanted->obligations, wanted->filter.fiscal_year, q.moment))
    if (wanted->filter.takes(duty)) duties.push_back(duty_body(q, *wanted, duty));
  return answered(year_members(q, wanted->filter, {{"duties", std::move(duties)}}));
}

using QueryParams = decltype(Route::query_params);
const QueryParams kOfPerson = {{"fiscal_year", "string", {"年度（省略すると on の日の年度。先の年度は見通し）", "fiscal year; default: that of `on`; a later one is a preview"}},
                                           {"obligation", "string", {"義務のID", "id of the obligation"}},
                                           {"status", "string", {"due、overdue、done、deferred、excused、missed", "due, overdue, done, deferred, excused or missed"}}};
QueryParams with_unit() {
  auto params = kOfPerson;
  params.push_back({"unit", "string", {"この所属とその下", "within this unit and below"}});
  return params;
}

}  // namespace

void add_obligation_routes(std::vector<Route>& routes, ResourceContext context) {
  json page = with_year(schema::object({{"duties", schema::list(duty_schema())}, {"next", schema::or_null(schema::text())}}));
  routes.push_back(reading({.path = "/api/obligations", .operation_id = "listObligations",
                            .summary = {"義務の一覧（ある日の、所属と職員ごとの状況）", "Who owes what by when, on a day"},
                            .response_schema = page, .query_params = with_unit()},
                           context, {"organisation"}, Paging::kCursor, list));
  routes.push_back(reading({.path = "/api/obligations/summary", .operation_id = "summariseObligations",
                            .summary = {"義務の集計（所属と種類ごとの人数）", "Obligations counted by unit and kind"},
                            .response_schema = summary_schema(), .query_params = with_unit()},
                           context, {"organisation"}, Paging::kNone, summary));
  routes.push_back(reading({.path = "/api/people/{id}/obligations", .operation_id = "readObligationsOfPerson",
                            .summary = {"職員の義務", "A person's obligations"},
                            .response_schema = with_year(schema::object({{"duties", schema::list(duty_schema())}})), .query_params = kOfPerson, .problems = {404}},
                           context, {}, Paging::kNone, of_person));
}

}  // namespace rireki::api
