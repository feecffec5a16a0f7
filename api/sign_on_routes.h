// Signing on by somebody else's word: the identity provider's (OpenID Connect) or the trusted proxy's.
#pragma once

#include <vector>

#include "api/accounts.h"
#include "api/http/route.h"
#include "api/oidc/identity_provider.h"

namespace rireki::api {

struct SignOnWays {
  IdentityProvider* provider = nullptr;  // none: not by OIDC
  bool proxy = false;
  std::function<void(const std::string& what)> on_warning;  // why a sign-on failed, for the operator; nothing of a token
};

// GET /api/sign-in-ways · POST /api/session/oidc · GET /api/session/oidc/callback · POST /api/session/proxy
void add_sign_on_routes(std::vector<Route>& routes, Accounts& accounts, SignOnWays ways, bool behind_tls);

}  // namespace rireki::api
