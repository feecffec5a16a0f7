// One connection: reads requests one after the other, has them answered, writes. Runs as one coroutine on its own strand; what other
// threads want of it (an answer, an update, the end) is posted there.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <map>
#include <mutex>

#include "api/http/admission.h"
#include "api/http/workers.h"

namespace rireki::api {

class Connection;

// What all connections of a server share.
struct Serving {
  explicit Serving(std::vector<Route> routes, ServerOptions given);

  const ServerOptions options;
  const Admission admission;
  const std::vector<std::pair<std::string, std::string>> standing_headers;
  Workers workers;
  Workers streams;  // starts and ends live updates, both of which may wait for storage
  std::atomic<bool> draining = false;

  std::mutex mutex;
  std::condition_variable gone;                             // a connection went
  std::function<void()> on_gone;                            // likewise, for the one who accepts
  std::map<Connection*, std::weak_ptr<Connection>> open;
  std::map<std::string, int> per_address;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;  // TCP, or the Unix socket of the trusted proxy

  // Counted in `serving` until the socket is closed and the last reference gone.
  static std::shared_ptr<Connection> accepted(Socket socket, Peer peer, Serving& serving);

  void serve();   // starts; the coroutine keeps the connection alive
  void refuse();  // answers 503 unasked and closes: too many connections from this address
  // From any thread:
  void drain();   // close now if idle, else after the running request
  void abort();   // close now

 private:
  class Slot;
  class Sink;
  struct Pending;
  enum class Body { kComplete, kTooLarge, kMalformed, kTimeout, kNoSpace, kGone };
  using Clock = std::chrono::steady_clock;
  template <class T> using Async = boost::asio::awaitable<T>;

  Connection(Socket socket, std::unique_ptr<Slot> slot, Peer peer, Serving& serving);

  Async<void> run();
  Async<bool> serve_one(const RequestHead& head, bool may_keep_alive);  // false: close
  Async<std::optional<Result<RequestHead, HeadError>>> read_head();     // none: gone, or idle for too long
  Async<Body> read_body(const RequestHead& head, Admitted& admitted);
  std::optional<Response> at_once(const Admitted& admitted) const;
  Async<Response> handled(Admitted& admitted);
  Async<bool> write(Response response, bool head_only, bool keep_alive);
  Async<bool> write_message(auto& message);
  Async<void> stream(Response response, bool head_only);
  Async<void> pump(std::shared_ptr<Sink> sink, LiveStream& live);
  Async<void> watch_for_end(std::shared_ptr<Sink> sink);
  Async<bool> read_more();
  Async<bool> write_all(std::string_view bytes);
  Async<void> linger();
  void deadline_at(Clock::time_point at);
  void wait_for_deadline(Clock::time_point at);
  void post(std::function<void(Connection&)> action);

  std::unique_ptr<Slot> slot_;  // first, so released last: the socket is closed by then
  Serving& serving_;
  const Peer peer_;
  Socket socket_;
  boost::asio::steady_timer deadline_;
  boost::asio::steady_timer wake_;          // ends the wait for an answer or an update
  Clock::time_point deadline_time_ = Clock::time_point::max();
  Clock::time_point deadline_waits_for_ = Clock::time_point::max();
  bool timed_out_ = false;                  // the deadline cancelled what the socket was doing
  bool idle_ = true;                        // between requests
  std::string head_text_;
  std::string in_;                          // received and not used yet
  std::array<char, 16 * 1024> chunk_;
};

}  // namespace rireki::api
