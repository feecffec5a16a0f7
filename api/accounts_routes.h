// Signing in and out over HTTP, and the sessions one has.
#pragma once

#include <vector>

#include "api/accounts.h"
#include "api/http/server.h"

namespace rireki::api {

// POST GET DELETE /api/session · GET /api/sessions · DELETE /api/sessions/{id} · POST /api/session/password · POST /api/session/step-up ·
// POST DELETE /api/session/second-factor · POST …/confirmation · POST …/recovery-codes
//
// The cookie is __Host-rireki with Secure where a proxy speaks TLS for us. On plain loopback it is "rireki" without Secure: browsers keep
// neither a Secure cookie nor the __Host- prefix from http, except some of them for localhost.
void add_account_routes(std::vector<Route>& routes, Accounts& accounts, bool behind_tls);

Problem problem_of(const AccountError& error);
nlohmann::json described(const Account& account);  // id, login, roles, person

// A cookie of ours by its bare name. None if it is not there, or there twice: then a page of a neighbouring host may have planted one.
std::optional<std::string> cookie_of(const Request& request, const std::string& name, bool behind_tls);
std::string set_cookie(const std::string& name, const std::string& value, bool behind_tls);  // "": taken away
inline constexpr const char* kSessionCookie = "rireki";

// ServerOptions::identify and csrf_matches.
void identify_by(ServerOptions& options, Accounts& accounts);

}  // namespace rireki::api
