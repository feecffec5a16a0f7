// Everything that is decided about a request before its handler runs, in two steps: on the head alone, so that nobody unknown sends us a
// body, and once the body is there. No sockets here.
#pragma once

#include <variant>

#include "api/http/head.h"
#include "api/http/idempotency.h"
#include "api/http/router.h"
#include "api/http/server.h"

namespace rireki::api {

struct Admitted {
  const Route* route = nullptr;
  std::shared_ptr<Request> request;
  std::size_t body_bytes_max = 0;
  std::optional<RequestDigest> digest;  // on routes that need an Idempotency-Key: give it the body as it comes
};

class Admission {
 public:
  Admission(std::vector<Route> routes, const ServerOptions& options);

  // Host, target, route, session, same site, content type, length, key: the first that is wrong is the answer.
  Result<Admitted, Response> admit(const RequestHead& head, const Peer& peer, Instant now) const;
  // JSON and command of a request whose body has been read. A response: refused.
  std::optional<Response> complete(Admitted& admitted) const;

  static Response of(const HeadError& error);
  // Security headers that every answer carries.
  std::vector<std::pair<std::string, std::string>> standing_headers() const;

 private:
  std::optional<Response> check_session(Admitted& admitted, const RequestHead& head) const;
  std::optional<Response> check_body(Admitted& admitted, const RequestHead& head) const;
  std::optional<Response> check_peer(Request& request, const RequestHead& head, const Peer& peer) const;
  std::optional<Response> check_token(const Identity& identity, const Route& route, Language language) const;
  bool is_our_host(const std::string& host) const;

  Router router_;
  const ServerOptions& options_;
};
[[noreturn]] void throw_exception_from_error(const Response& response, const boost::source_location& where);

}  // namespace rireki::api
