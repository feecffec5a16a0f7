// Lists of cases. A row that its reader may not know of is passed over before anything is counted.
#include "api/resources/cases_as_of.h"
#include "api/resources/schema.h"

namespace rireki::api {
namespace {

using nlohmann::json;

struct Filter {
  std::string prefix = by_opening();
  std::string procedure, state;
  std::optional<Subject> subject;
  std::optional<UnitId> unit;
  bool mine = false, overdue = false;
  std::optional<bool> open;

  bool takes(const CaseRow& row, PersonId me, Day today) const {
    const Case& c = row.state;
    if (unit && std::find(row.units.begin(), row.units.end(), *unit) == row.units.end()) return false;
    if (overdue && !(row.open && row.due && *row.due < today)) return false;
    return (procedure.empty() || c.procedure == procedure) && (state.empty() || c.state == state) && (!subject || c.subject == *subject) &&
           (!mine || c.author == me || c.named.contains(me)) && (!open || row.open == *open);
  }
};

Result<Filter, Problem> parse_filter(const Question& q) {
  Filter filter{.procedure = q.param("procedure"), .state = q.param("state")};
  std::optional<bool> mine, overdue;
  for (const auto& [name, into] : {std::pair{"open", &filter.open}, {"mine", &mine}, {"overdue", &overdue}})
    if (const auto text = q.param(name); !text.empty()) {
      if (text != "true" && text != "false") return malformed_parameter(name, {"trueかfalseを指定してください。", "Give true or false."});
      *into = text == "true";
    }
  filter.mine = mine.value_or(false);
  filter.overdue = overdue.value_or(false);
  if (const auto unit = q.param("unit"); !unit.empty()) {
    filter.unit = parse<UnitId>(unit);
    if (!filter.unit) return malformed_parameter("unit", {"所属のIDを指定してください。", "Give the id of a unit."});
  }
  if (const auto subject = q.param("subject"); !subject.empty()) {
    const auto colon = subject.find(':');
    if (colon == subject.npos) return malformed_parameter("subject", {"person:p… の形で指定してください。", "Give it as person:p…."});
    filter.subject = Subject{subject.substr(0, colon), subject.substr(colon + 1)};
  }
  // The narrowest index that fits; the rest is asked of each row. What changes with a case's state is indexed as of now only.
  if (q.of_the_past()) {
    if (filter.subject) filter.prefix = by_subject(*filter.subject);
    else if (filter.mine) filter.prefix = by_party(q.actor.person);
    else if (!filter.procedure.empty()) filter.prefix = by_procedure(filter.procedure);
  } else if (filter.subject) filter.prefix = by_subject(*filter.subject);
  else if (filter.mine) filter.prefix = by_party(q.actor.person);
  else if (filter.unit) filter.prefix = by_unit(*filter.unit);
  else if (filter.overdue) filter.prefix = by_due();  // the longest overdue first
  else if (!filter.procedure.empty() && !filter.state.empty()) filter.prefix = by_state(filter.procedure, filter.state);
  else if (!filter.procedure.empty()) filter.prefix = by_procedure(filter.procedure);
  return filter;
}

Result<Response, Problem> list(const Question& asked) {
  const auto filter = parse_filter(asked);
  if (!filter) return filter.error();
  const auto view = asked.view("cases");
  Question q = asked;
  q.moment.as_of = std::min(asked.moment.as_of, view.position);
  json cases = json::array();
  std::string last;
  bool more = false;
  std::size_t scanned = 0;
  const auto take = [&](const std::string& key, const CaseRow& row) {
    if (cases.size() == q.limit || ++scanned > kPageScannedMax) return !(more = true);
    last = key;
    // What was opened after the first page was read is for the next reading, so that pages do not shift.
    if (row.opened <= q.moment.as_of && filter->takes(row, q.actor.person, q.then.today())) {
      // Whoever may not know of it now learns nothing of what it was.
      const auto readable = q.of_the_past() ? readable_case(q, row.state.id) : std::nullopt;
      const auto definition = definition_of(q, row.state);
      if (q.of_the_past() ? readable.has_value() : may_read(q.context, *definition, row.state, q.actor)) cases.push_back(case_row(q, *definition, row));
    }
    return true;
  };
  if (!q.of_the_past()) each_case(*view.rows, filter->prefix, q.after, take);
  else if (filter->overdue || filter->unit || filter->open == true)
    each_open_case_as_of(q, *view.rows, q.after, take);
  else each_case_as_of(q, *view.rows, filter->prefix, q.after, take);
  return answered(q.stated({{"cases", std::move(cases)}, {"next", more ? json(q.cursor_after(last)) : json()}}));
}

}  // namespace

json case_row(const Question& q, const Definition& definition, const CaseRow& row) {
  const Case& c = row.state;
  q.shows(c, definition);
  json body = {{"id", to_text(c.id)}, {"procedure", c.procedure}, {"title", q.words(definition.title)}, {"subject", subject_ref(q, c.subject)},
               {"state", case_state(q, definition, c)}, {"assigned", person_ref(q, c.assigned)}, {"position", c.last}};
  put_time(body, "opened_at", c.opened_at);
  put_due(body, q, row.due, row.open);
  return body;
}

json case_row_schema() {
  return schema::with(schema::due(), schema::object({{"id", schema::text()}, {"procedure", schema::text()}, {"title", schema::text()}, {"subject", schema::subject()},
                                                     {"state", schema::case_state()}, {"assigned", schema::or_null(schema::person())},
                                                     {"position", schema::number()}, {"opened_at", schema::time()}}));
}

void add_case_list_route(std::vector<Route>& routes, ResourceContext context) {
  routes.push_back(reading({.path = "/api/cases", .operation_id = "listCases",
                            .summary = {"案件の一覧（見てよいものだけ、新しい順）", "Cases that you may see, newest first"},
                            .response_schema = schema::page("cases", case_row_schema()),
                            .query_params = {{"procedure", "string", {"手続のID", "id of the procedure"}},
                                             {"state", "string", {"状態のID", "id of the state"}},
                                             {"subject", "string", {"対象（person:p…）", "subject, as person:p…"}},
                                             {"unit", "string", {"関わる所属のID（進行中のもの）", "id of a unit it concerns (open cases)"}},
                                             {"overdue", "boolean", {"期限を過ぎたもの（古い順）", "overdue, the longest first"}},
                                             {"mine", "boolean", {"自分が起こした、または名前のある案件", "opened by me, or naming me"}},
                                             {"open", "boolean", {"終わっていないもの（true）、終わったもの（false）", "still open (true) or ended (false)"}}}},
                           context, {"cases"}, Paging::kCursor, list));
}

}  // namespace rireki::api
