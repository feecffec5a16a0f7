// How many confidential cases were opened in a fiscal year, by procedure: that they exist in number, and no more.
#include "api/resources/present.h"
#include "api/resources/schema.h"
#include "domain/suppression.h"
#include "projections/cases_view.h"

namespace rireki::api {
namespace {

using nlohmann::json;

Result<Response, Problem> counts(const Question& q) {
  if (!decide_access(q.actor.roles, Relation::kNone, Action::kReadCounts))
    return refused({.rule = "not-entitled", .source = "catalogue R-149", .message = {"件数を読めるのは、人事、相談員、個人情報保護の担当者です。", "HR, the desk's handlers and the privacy officer read the counts."}});
  int year = fiscal_year(q.moment.on);
  if (const auto text = q.param("fiscal_year"); !text.empty()) {
    const auto asked = parse_fiscal_year(text);
    if (!asked) return malformed_parameter("fiscal_year", {"年度を 2026 や 令和8 の形で指定してください。", "Give the fiscal year, as 2026."});
    year = *asked;
  }
  const auto view = q.view("cases");
  std::map<std::string, int> opened;
  std::map<std::string, Text> titles;
  for (const auto& definition : q.resources.office.definitions_at({q.then.today(), q.moment.as_of})) {
    if (!definition->secrecy.existence_secret) continue;
    titles[definition->id] = definition->title;
    each_case(*view.rows, by_procedure(definition->id), "", [&, &count = opened[definition->id]](const std::string&, const CaseRow& row) {
      count += row.opened <= q.moment.as_of && fiscal_year(local_day(row.state.opened_at)) == year;
      return true;
    });
  }
  const auto shown = suppress(opened);
  const auto number = [](const std::optional<int>& count) { return count ? json(*count) : json(); };
  json rows = json::array();
  for (const auto& [procedure, count] : shown.parts) rows.push_back({{"procedure", procedure}, {"title", q.words(titles.at(procedure))}, {"opened", number(count)}});
  return answered(q.stated({{"fiscal_year", year}, {"counts", std::move(rows)}, {"sum", number(shown.sum)}, {"shown_from", kCountShownFrom}}));
}

}  // namespace

void add_confidential_count_route(std::vector<Route>& routes, ResourceContext context) {
  using namespace schema;
  routes.push_back(reading({.path = "/api/confidential-counts", .operation_id = "countConfidentialCases",
                            .summary = {"秘密の案件の年度の件数（少ない数は出さない）", "Confidential cases opened in a fiscal year; small numbers are not shown"},
                            .response_schema = stated(object({{"fiscal_year", number()}, {"counts", list(object({{"procedure", text()}, {"title", text()}, {"opened", or_null(number())}}))},
                                                              {"sum", or_null(number())}, {"shown_from", number()}})),
                            .query_params = {{"fiscal_year", "string", {"年度（省略：on の日の年度）", "fiscal year; default: that of `on`"}}},
                            .problems = {403}},
                           context, {"cases"}, Paging::kNone, counts));
}

}  // namespace rireki::api
