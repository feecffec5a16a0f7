// The resources that are read: who am I, people, units, posts, cases, the worklist, procedures, events. Every way out asks may_read or
// may_read_person, and what may not be known to exist answers like what does not exist. Nothing here writes.
#pragma once

#include <vector>

#include "api/http/route.h"
#include "api/office.h"
#include "api/read_log.h"
#include "projections/views.h"

namespace rireki::api {

struct ResourceContext {
  Office& office;
  Views& views;
  ReadLog& reads;  // told what is shown, before it is
  std::function<std::vector<Actor>()> actors;  // everybody with an account that is open, by account
};

// Both outlive the routes.
void add_resource_routes(std::vector<Route>& routes, ResourceContext context);

// By resource; add_resource_routes calls them all.
void add_me_route(std::vector<Route>& routes, ResourceContext context);
void add_people_routes(std::vector<Route>& routes, ResourceContext context);
void add_timeline_route(std::vector<Route>& routes, ResourceContext context);
void add_organisation_routes(std::vector<Route>& routes, ResourceContext context);
void add_case_list_route(std::vector<Route>& routes, ResourceContext context);
void add_case_route(std::vector<Route>& routes, ResourceContext context);
void add_worklist_route(std::vector<Route>& routes, ResourceContext context);
void add_procedure_routes(std::vector<Route>& routes, ResourceContext context);
void add_obligation_routes(std::vector<Route>& routes, ResourceContext context);
void add_matching_routes(std::vector<Route>& routes, ResourceContext context);
void add_leave_plan_route(std::vector<Route>& routes, ResourceContext context);
void add_support_route(std::vector<Route>& routes, ResourceContext context);
void add_read_routes(std::vector<Route>& routes, ResourceContext context);
void add_control_read_routes(std::vector<Route>& routes, ResourceContext context);
void add_account_read_routes(std::vector<Route>& routes, ResourceContext context);
void add_watch_route(std::vector<Route>& routes, ResourceContext context);
void add_confidential_count_route(std::vector<Route>& routes, ResourceContext context);
void add_correction_route(std::vector<Route>& routes, ResourceContext context);
void add_replay_routes(std::vector<Route>& routes, ResourceContext context);
void add_report_routes(std::vector<Route>& routes, ResourceContext context);
void add_event_route(std::vector<Route>& routes, ResourceContext context);

}  // namespace rireki::api
