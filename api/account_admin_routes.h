// Administering accounts over HTTP: each of these asks who one is again, and what gives power takes a second person (account_changes.h).
#pragma once

#include <vector>

#include "api/account_changes.h"
#include "api/http/route.h"

namespace rireki::api {

// POST /api/accounts · POST /api/accounts/{id}/roles · …/password · …/second-factor-removal · …/identities · …/tokens · …/closing ·
// DELETE /api/accounts/{id}/tokens/{token} · DELETE /api/accounts/{id}/sessions. What accounts there are is read from resources/accounts.cpp.
void add_account_admin_routes(std::vector<Route>& routes, Accounts& accounts, FourEyes& two);

nlohmann::json described(const AccountChanged& changed);

}  // namespace rireki::api
