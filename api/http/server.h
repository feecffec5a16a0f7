// The HTTP/1.1 server: Boost.Beast on Asio coroutines, one strand per connection. Limits and times stand in limits.h. It knows routes
// and not what they do; who is asking is told by ServerOptions::identify.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/http/limits.h"
#include "api/http/route.h"

namespace rireki::api {

struct Identity {
  Actor actor;
  std::string session;              // key in the session table; "" of a token
  bool stepped_up = false;          // proved who it is within the last minutes
  std::string must;                 // the kind of problem that says what one must do first: until then only /api/session… is open
  std::string token;                // id of a service account's token
  std::vector<std::string> scopes;  // of the token
};

// Where a connection comes from.
struct Peer {
  std::string address;
  bool identifies = false;          // by the socket of the trusted proxy: it says who somebody is
};

// What is worth a line in the operator's log; nothing of the content, no address with ids in it.
struct Answered {
  std::string operation_id;  // "" if no route was found
  int status = 0;
  std::chrono::microseconds took{};
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;             // 0: any free one, see Server::port()
  int threads = 2;                       // that read, parse and write
  int workers = 8;                       // that run handlers, which may wait for storage
  // Names (without port) that Host may give; empty: the loopback names and `address`. Others get 421: without this a page that points its
  // own name at 127.0.0.1 could talk to us (DNS rebinding).
  std::vector<std::string> hosts;
  // Addresses of proxies in front: Limits::connections_per_address does not bind them, and X-Forwarded-For is read from them, from the right to the
  // first that is none of them.
  std::vector<std::string> proxies;
  // A Unix socket for the proxy that signs people in (security.md 3.3), for processes of these users only. Every request there must carry the header,
  // once, with a login name; on the other listener it, and the usual headers of that kind, are refused.
  std::filesystem::path identity_socket;
  std::string identity_header;           // lower case
  std::vector<unsigned> identity_users;
  bool behind_tls = false;               // a proxy speaks TLS for us: origins are https, HSTS is sent
  std::filesystem::path upload_folder;   // for bodies of routes with accepts_upload; default: the system's temporary folder
  Limits limits;

  // None: no session, or it has ended. Called on the server's threads: must not block.
  std::function<std::optional<Identity>(const Request&)> identify;
  std::function<bool(const std::string& session, const std::string& token)> csrf_matches;
  std::function<Instant()> now;                        // default: the system clock
  std::function<void(const Answered&)> on_answered;    // any thread
  std::function<void(const std::string& what)> on_warning;  // an attack, or a proxy that is set wrongly; nothing of the request; any thread
  std::function<void(const std::string& what)> on_fault;  // a broken invariant was caught around a request; any thread
};

struct ListenError { std::string what; bool in_use = false; };
[[noreturn]] void throw_exception_from_error(const ListenError& error, const boost::source_location& where);

class Server {
 public:
  // Listens and serves when it returns.
  static Result<std::unique_ptr<Server>, ListenError> start(std::vector<Route> routes, ServerOptions options);
  ~Server();  // stop()

  std::uint16_t port() const;
  // Stops accepting, answers what is queued with 503, lets what runs finish (Limits::shutdown), ends live updates, closes. Blocks. From
  // any thread but the server's; again is harmless.
  void stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace rireki::api
