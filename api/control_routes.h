// What takes two people, over HTTP: proposals, their approval and carrying out, holds; and emergency access, which another person looks at afterwards.
// What there is of them is read from resources/controls.cpp.
#pragma once

#include <vector>

#include "api/accounts.h"
#include "api/erasure.h"
#include "api/http/route.h"

namespace rireki::api {

// POST /api/proposals · POST /api/proposals/{id}/decision · POST /api/proposals/{id}/execution · POST /api/holds ·
// POST /api/emergency-access · POST /api/emergency-access/{id}/review. All outlive the routes.
void add_control_routes(std::vector<Route>& routes, FourEyes& two, Erasures& erasures, Accounts& accounts);

Problem problem_of(const ControlError& error);

}  // namespace rireki::api
