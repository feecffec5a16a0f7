// Signing in and out over HTTP, and the sessions one has.
#pragma once

#include <vector>

#include "api/accounts.h"
#include "api/http/server.h"

namespace rireki::api {

// POST GET DELETE /api/session · GET /api/sessions · DELETE /api/sessions/{id} · POST /api/session/password
//
// The cookie is __Host-rireki with Secure where a proxy speaks TLS for us. On plain loopback it is "rireki" without Secure: browsers keep
// neither a Secure cookie nor the __Host- prefix from http, except some of them for localhost.
void add_account_routes(std::vector<Route>& routes, Accounts& accounts, bool behind_tls);

// ServerOptions::identify and csrf_matches.
void identify_by(ServerOptions& options, Accounts& accounts);

}  // namespace rireki::api
