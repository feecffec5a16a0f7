// A person's record as one timeline: facts and cases. Folded from the log's tag index on each reading: a person's events are some tens, read in
// well under a millisecond, so that no copy of them has to be kept.
#include "api/log_read.h"
#include "api/resources/cases_as_of.h"
#include <stdexcept>

#include "api/resources/present.h"
#include "api/resources/schema.h"
#include "projections/cases_view.h"

namespace rireki::api {
namespace {

using nlohmann::json;

Day effective_of(const Fact& fact, Day recorded) {
  return std::visit([&](const auto& one) {
    if constexpr (requires { one.from; }) return one.from;
    else if constexpr (requires { one.last_day; }) return one.last_day;
    else if constexpr (requires { one.on; }) return one.on;
    else return recorded;
  }, fact);
}

struct Moments {  // what became of a fact later
  Position corrected_at = 0, cancelled_at = 0;
};

json fact_entry(const Question& q, const EventView& event, const FactEntry& entry, const Moments& later) {
  json body = {{"kind", "fact"}, {"position", event.position()}, {"type", std::string(event.type())}, {"fact", to_text(entry.id)},
               {"body", fact_body(q, entry.fact)}, {"reason", entry.reason}, {"case", nullptr},
               {"corrects", entry.corrects ? json(to_text(entry.corrects)) : json()},
               {"corrected_at", later.corrected_at ? json(later.corrected_at) : json()},
               {"cancelled_at", later.cancelled_at ? json(later.cancelled_at) : json()}};
  if (entry.case_id && readable_case(q, entry.case_id)) body["case"] = to_text(entry.case_id);
  put_time(body, "recorded_at", event.recorded_at());
  put_day(body, "effective", effective_of(entry.fact, local_day(event.recorded_at())));
  return body;
}

std::vector<json> facts_about(const Question& q, PersonId person) {
  const std::string tag = "person:" + to_text(person);
  const ReadOptions known{.up_to = q.moment.as_of};
  std::map<FactId, Moments> later;
  const auto each = [&](const std::function<void(const EventView&, const Body&)>& use) {
    const auto end = q.resources.office.log().read(with_tag(tag), known, [&](const EventView& event) {
      if (!event.type().starts_with("fact/")) return true;
      const auto body = decode(event);
      if (!body) throw std::runtime_error("the event at position " + std::to_string(event.position()) + " cannot be decoded");
      use(event, *body);
      return true;
    });
    require_read(end);
  };
  each([&](const EventView& event, const Body& body) {
    if (const auto* entry = std::get_if<FactEntry>(&body); entry && entry->corrects) later[entry->corrects].corrected_at = event.position();
    if (const auto* cancelled = std::get_if<FactCancelled>(&body)) later[cancelled->fact].cancelled_at = event.position();
  });
  std::vector<json> entries;
  each([&](const EventView& event, const Body& body) {
    if (const auto* entry = std::get_if<FactEntry>(&body)) entries.push_back(fact_entry(q, event, *entry, later[entry->id]));
  });
  return entries;
}

std::vector<json> cases_about(const Question& q, PersonId person) {
  const auto view = q.view("cases");
  std::vector<json> entries;
  each_case(*view.rows, by_subject({"person", to_text(person)}), "", [&](const std::string&, const CaseRow& now) {
    const auto asked = case_row_as_asked(q, now);
    if (!asked || !may_read(q, now.state)) return true;
    const CaseRow& row = *asked;
    const auto definition = definition_of(q, row.state);
    q.shows(row.state, *definition);
    json body = {{"kind", "case"}, {"position", row.opened}, {"case", to_text(row.state.id)}, {"procedure", row.state.procedure},
                 {"title", q.words(definition->title)}, {"state", case_state(q, *definition, row.state)}};
    put_time(body, "recorded_at", row.state.opened_at);
    put_day(body, "effective", local_day(row.state.opened_at));
    entries.push_back(std::move(body));
    return true;
  });
  return entries;
}

Result<Response, Problem> timeline(const Question& q) {
  const auto id = parse<PersonId>(q.request.path_params.at("id"));
  if (!id || !q.may_read_person(*id) || !q.reg().person(*id, q.moment)) return not_found();
  q.shows(*id);
  auto entries = facts_about(q, *id);
  for (auto& one : cases_about(q, *id)) entries.push_back(std::move(one));
  std::sort(entries.begin(), entries.end(), [](const json& a, const json& b) {
    return std::pair(a["effective"].get<std::string>(), a["position"].get<Position>()) < std::pair(b["effective"].get<std::string>(), b["position"].get<Position>());
  });
  return answered(q.stated({{"person", person_ref(q, *id)}, {"entries", std::move(entries)}}));
}

json entry_schema() {
  const json common = schema::with(schema::days({"effective"}), schema::object({{"position", schema::number()}, {"recorded_at", schema::time()}}));
  const json only = [](const char* kind) { return json{{"type", "string"}, {"enum", {kind}}}; }("fact");
  json fact = schema::with(common, schema::object({{"kind", only}, {"type", schema::text()}, {"fact", schema::text()}, {"body", schema::any_object()}, {"reason", schema::text()},
                                                   {"case", schema::or_null(schema::text())}, {"corrects", schema::or_null(schema::text())},
                                                   {"corrected_at", schema::or_null(schema::number())}, {"cancelled_at", schema::or_null(schema::number())}}));
  json opened = schema::with(common, schema::object({{"kind", {{"type", "string"}, {"enum", {"case"}}}}, {"case", schema::text()}, {"procedure", schema::text()},
                                                     {"title", schema::text()}, {"state", schema::case_state()}}));
  return {{"anyOf", json::array({std::move(fact), std::move(opened)})}};
}

}  // namespace

void add_timeline_route(std::vector<Route>& routes, ResourceContext context) {
  routes.push_back(reading({.path = "/api/people/{id}/timeline", .operation_id = "readTimeline",
                            .summary = {"職員の履歴（事実と案件をひとつに）", "A person's record as one timeline of facts and cases"},
                            .response_schema = schema::stated(schema::object({{"person", schema::person()}, {"entries", schema::list(entry_schema())}})),
                            .problems = {404}},
                           context, {"cases"}, Paging::kNone, timeline));
}

}  // namespace rireki::api
