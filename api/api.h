// The whole API: the routes that `rireki serve` serves, joined in one place, so that the OpenAPI document and its test see the same.
#pragma once

#include <vector>

#include "api/accounts.h"
#include "api/attachments.h"
#include "api/erasure.h"
#include "api/http/server.h"
#include "api/http/sse.h"
#include "api/office.h"
#include "api/proofs.h"
#include "api/read_log.h"
#include "api/sign_on_routes.h"
#include "projections/views.h"

namespace rireki::api {

class Api {
 public:
  // All of it outlives this, and this outlives the server.
  Api(Office& office, Accounts& accounts, Views& views, const Attachments& attachments, FourEyes& two, Erasures& erasures, const SignOnWays& ways, Proofs& proofs, bool behind_tls);

  std::vector<Route> routes() const { return routes_; }
  // Tells the server who is asking.
  void identify(ServerOptions& options) const;
  int streams_open() const { return streams_.open(); }

 private:
  Accounts& accounts_;
  std::unique_ptr<ReadLog> reads_;
  EventStreams streams_;
  std::vector<Route> routes_;
};

}  // namespace rireki::api
