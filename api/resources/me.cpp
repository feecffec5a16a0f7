#include "api/resources/present.h"
#include "api/resources/schema.h"

namespace rireki::api {

using nlohmann::json;

void add_me_route(std::vector<Route>& routes, ResourceContext context) {
  const json body = schema::object({{"account", schema::text()},
                                    {"roles", schema::list(schema::text())},
                                    {"person", schema::or_null(schema::person())},
                                    {"unit", schema::or_null(schema::unit())},
                                    {"postings", schema::list(schema::posting())},
                                    {"heads", schema::list(schema::unit())},
                                    {"superior", schema::or_null(schema::person())}});
  routes.push_back(reading({.path = "/api/me", .operation_id = "readMe",
                            .summary = {"サインインしている人", "Who is signed in"},
                            .response_schema = schema::stated(body)},
                           context, {}, Paging::kNone, [](const Question& q) -> Result<Response, Problem> {
    json me = {{"account", to_text(q.actor.account)}, {"roles", q.actor.roles}, {"person", nullptr}, {"unit", nullptr},
               {"postings", json::array()}, {"heads", json::array()}, {"superior", nullptr}};
    if (const PersonId person = q.actor.person) {
      me["person"] = person_ref(q, person);
      if (const auto unit = q.reg().unit_of(person, q.moment)) me["unit"] = unit_ref(q, *unit);
      for (const auto& held : q.reg().postings(person, q.moment)) {
        me["postings"].push_back(posting(q, held));
        if (q.reg().head_of(held.unit, q.moment) == person) me["heads"].push_back(unit_ref(q, held.unit));
      }
      if (const auto superior = q.reg().superior_of(person, q.moment)) me["superior"] = person_ref(q, *superior);
    }
    return answered(q.stated(std::move(me)));
  }));
}

}  // namespace rireki::api
