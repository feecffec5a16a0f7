// What has happened since to those who consulted the desk, reported, or suffered: transfers, grades, ends of postings and employment within the time that
// the procedure watches over them. For whoever reads the case in full; nobody else learns that there is anything to watch.
#include "api/resources/cases_as_of.h"
#include "api/resources/schema.h"
#include "domain/access.h"
#include "projections/cases_view.h"

namespace rireki::api {
namespace {

using nlohmann::json;

bool may_be_a_detriment(const Fact& fact) {
  return std::visit(Overloaded{[](const Posted&) { return true; }, [](const PostingEnded&) { return true; }, [](const Graded&) { return true; }, [](const Separated&) { return true; }, [](const auto&) { return false; }}, fact);
}

Result<Response, Problem> watch(const Question& q) {
  const auto view = q.view("cases");
  json notes = json::array();
  for (const auto& definition : q.resources.office.definitions_at({q.then.today(), q.moment.as_of})) {
    const int months = definition->secrecy.watch.months;
    if (months == 0) continue;
    each_case(*view.rows, by_procedure(definition->id), "", [&](const std::string&, const CaseRow& now) {
      const auto asked = case_row_as_asked(q, now);
      if (now.state.erased || now.opened > q.moment.as_of || !asked) return true;
      const CaseRow& row = *asked;
      const auto own = definition_of(q, row.state);
      const auto access = access_to(q.context, *definition_of(q, now.state), now.state, q.actor, Action::kRead);
      if (!access || access.in_part) return true;
      const Day from = local_day(row.state.opened_at), until = OfficeDays(q.reg()).add(from, {.months = own->secrecy.watch.months});
      for (const auto person : watched_people(*own, row.state))
        for (const auto* entry : q.reg().visible("person:" + to_text(person), q.moment.as_of)) {
          const auto day = may_be_a_detriment(entry->fact) ? effective_day(entry->fact) : std::nullopt;
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
