#include "api/api.h"

#include "api/account_admin_routes.h"
#include "api/accounts_routes.h"
#include "api/commands.h"
#include "api/control_routes.h"
#include "api/export.h"
#include "api/http/openapi.h"
#include "api/http/problem.h"
#include "api/proof_routes.h"
#include "api/resources/resources.h"

namespace rireki::api {
namespace {

// A live update says that something happened and to what; what exactly is read from its resource, with everything that may be hidden there.
VisibleEvent seen_by_rights(const Office& office) {
  return [&office](const EventView& event, const Actor& actor) -> std::optional<nlohmann::json> {
    bool visible = false;
    office.with_context([&](const DecisionContext& context) { visible = may_see_event(context, office, event, actor); });
    if (!visible) return std::nullopt;
    return event_json(event, false);
  };
}

}  // namespace

Api::Api(Office& office, Accounts& accounts, Views& views, const Attachments& attachments, FourEyes& two, Erasures& erasures, const SignOnWays& ways, Proofs& proofs, bool behind_tls)
    : accounts_(accounts), reads_(std::make_unique<ReadLog>(office, [&accounts](const Actor& actor, const std::string& session) { accounts.sessions().showed_confidential(actor.account, session); })), streams_(office.log(), seen_by_rights(office), [&accounts](const std::string& session) { return accounts.sessions().find(session, accounts.now()).has_value(); }) {
  accounts.sessions().on_end([this](const std::string& session) { streams_.end_session(session); });
  add_problem_routes(routes_);
  add_account_routes(routes_, accounts, behind_tls);
  add_sign_on_routes(routes_, accounts, ways, behind_tls);
  add_command_routes(routes_, office, attachments, *reads_);
  add_bulk_route(routes_, office);
  add_control_routes(routes_, two, erasures, accounts);
  add_account_admin_routes(routes_, accounts, two);
  add_resource_routes(routes_, {office, views, *reads_, [&accounts] { return accounts.actors(); }});
  add_proof_routes(routes_, proofs);
  routes_.push_back(streams_.route());
  add_openapi_route(routes_, [&office] { return office.definitions_in_force(); });
}

void Api::identify(ServerOptions& options) const { identify_by(options, accounts_); }

}  // namespace rireki::api
