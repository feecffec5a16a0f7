// What takes two people, over HTTP: proposals to erase, their approval and carrying out, holds.
#pragma once

#include <vector>

#include "api/erasure.h"
#include "api/http/route.h"

namespace rireki::api {

// GET POST /api/proposals · POST /api/proposals/{id}/decision · POST /api/proposals/{id}/execution · GET POST /api/holds · POST /api/holds/{id}/release
// `erasures` outlives the routes.
void add_erasure_routes(std::vector<Route>& routes, Erasures& erasures);

}  // namespace rireki::api
