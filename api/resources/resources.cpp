#include "api/resources/resources.h"

namespace rireki::api {

void add_resource_routes(std::vector<Route>& routes, ResourceContext context) {
  add_me_route(routes, context);
  add_people_routes(routes, context);
  add_timeline_route(routes, context);
  add_organisation_routes(routes, context);
  add_case_list_route(routes, context);
  add_case_route(routes, context);
  add_worklist_route(routes, context);
  add_procedure_routes(routes, context);
  add_obligation_routes(routes, context);
  add_matching_routes(routes, context);
  add_leave_plan_route(routes, context);
  add_support_route(routes, context);
  add_read_routes(routes, context);
  add_control_read_routes(routes, context);
  add_account_read_routes(routes, context);
  add_watch_route(routes, context);
  add_confidential_count_route(routes, context);
  add_correction_route(routes, context);
  add_replay_routes(routes, context);
  add_report_routes(routes, context);
  add_event_route(routes, context);
}

}  // namespace rireki::api
