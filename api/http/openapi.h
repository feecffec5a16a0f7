// The OpenAPI 3.1 document, made from the routes that are served and the procedures in force: it cannot say what the server does not do.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "api/http/route.h"
#include "domain/definition.h"

namespace rireki::api {

using DefinitionsInForce = std::function<std::vector<std::shared_ptr<const Definition>>()>;

// Every route as an operation; beside the general action each action of a procedure as a path of its own, with the form that it takes.
nlohmann::json openapi_document(const std::vector<Route>& routes, const std::vector<std::shared_ptr<const Definition>>& definitions);

// Adds GET /api/openapi.json, which describes all of `routes` and itself: call it last. Open to everyone; the forms of the procedures are
// no secret, their cases are.
void add_openapi_route(std::vector<Route>& routes, DefinitionsInForce definitions);

// The statuses that an operation may answer with beside success: its own and those of the server's checks before it.
std::vector<int> problem_statuses(const Route& route);

}  // namespace rireki::api
