// The log's proofs over HTTP (security.md 1.5): checkpoints, tiles and leaves as c2sp.org/tlog-tiles has them under /audit, proofs, bundles, and the
// witnesses who confirm from outside.
#pragma once

#include "api/http/route.h"
#include "api/proofs.h"

namespace rireki::api {

// `proofs` outlives the routes.
void add_proof_routes(std::vector<Route>& routes, Proofs& proofs);

}  // namespace rireki::api
