// What has happened since to those who consulted the desk, reported, or suffered: transfers, grades, ends of postings and employment within the time that
// the procedure watches over them. For whoever reads the case in full; nobody else learns that there is anything to watch.
#include "api/resources/present.h"
#include "api/resources/schema.h"
#include "domain/access.h"
#include "projections/cases_view.h"

namespace rireki::api {
namespace {

using nlohmann::json;

// The day from which an order holds that may be a detriment; none: not of that kind.
std::optional<Day> effective(const Fact& fact) {
  return std::visit(Overloaded{[](const Posted& f) { return std::optional(f.from); }, [](const PostingEnded& f) { return std::optional(f.last_day); }, [](const Graded& f) { return std::optional(f.from); },
                               [](const Separated& f) { return std::optional(f.last_day); }, [](const auto&) { return std::optional<Day>(); }}, fact);
}

Result<Response, Problem> watch(const Question& q) {
  const auto view = q.view("cases");
  json notes = json::array();
  for (const auto& definition : q.resources.office.definitions_in_force()) {
    const int months = definition->secrecy.watch.months;
    if (months == 0) continue;
    each_case(*view.rows, by_procedure(definition->id), "", [&](const std::string&, const CaseRow& row) {
      const auto own = definition_of(q, row.state);
      if (row.state.erased || row.opened > q.moment.as_of) return true;
      const auto access = access_to(q.context, *own, row.state, q.actor, Action::kRead);
      if (!access || access.in_part) return true;
      const Day from = local_day(row.state.opened_at), until = OfficeDays(q.reg()).add(from, {.months = own->secrecy.watch.months});
      for (const auto person : watched_people(*own, row.state))
        for (const auto* entry : q.reg().visible("person:" + to_text(person), q.moment.as_of)) {
          const auto day = effective(entry->fact);
          if (!day || *day < from || *day > until) continue;
          q.shows(row.state, *own);
          json note = {{"case", to_text(row.state.id)}, {"person", person_ref(q, person)}, {"fact", to_text(entry->id)}, {"type", fact_type(entry->fact)}, {"body", fact_body(q, entry->fact)}};
          put_day(note, "day", *day);
          put_day(note, "watched_until", until);
          notes.push_back(std::move(note));
        }
      return true;
    });
  }
  return answered(q.stated({{"notes", std::move(notes)}}));
}

}  // namespace

void add_watch_route(std::vector<Route>& routes, ResourceContext context) {
  using namespace schema;
  const json note = with(days({"day", "watched_until"}), object({{"case", text()}, {"person", or_null(person())}, {"fact", text()}, {"type", text()}, {"body", any_object()}}));
  routes.push_back(reading({.path = "/api/retaliation-watch", .operation_id = "watchForRetaliation",
                            .summary = {"相談・通報した人のその後の発令（相談窓口の担当者。報復を見逃さないため）", "What was ordered since about those who consulted or reported, for the desk's handlers"},
                            .response_schema = stated(object({{"notes", list(note)}}))},
                           context, {"cases"}, Paging::kNone, watch));
}

}  // namespace rireki::api
