#include "api/http/connection.h"

#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>

#include "api/http/problem.h"

namespace rireki::api {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr auto kLinger = std::chrono::seconds(1);  // for the other side to read the answer before a close with unread input resets it
constexpr std::size_t kLingerBytesMax = 1024 * 1024;
constexpr int kStreamsPending = 4'096;             // starts and ends of live updates
constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

Response kind(std::string_view id, Language language = Language::kJa) { return problem(problem_of_kind(id), language); }

Response try_again(std::string_view id, Language language) {
  Problem busy = problem_of_kind(id);
  busy.retry_after = 1;
  return problem(busy, language);
}

// RFC 9110, 5.6.7, as Date wants it.
std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[40];
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[parts.tm_wday], parts.tm_mday, kMonths[parts.tm_mon],
                parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return text;
}

// The body of a request on its way: into memory, or into a file on routes with accepts_upload.
class BodySink {
 public:
  BodySink(Admitted& admitted, const std::filesystem::path& folder) : admitted_(admitted) {
    if (!admitted.route->accepts_upload) return;
    std::string path = (folder / "rireki-upload-XXXXXX").string();
    file_ = ::mkostemp(path.data(), O_CLOEXEC);
    failed_ = file_ < 0 || ::unlink(path.c_str()) != 0;
    admitted.request->upload_descriptor = file_;
    if (!failed_) admitted.request->upload_file = "/proc/self/fd/" + std::to_string(file_);
  }
  BodySink(const BodySink&) = delete;
  void take(std::string_view piece) {
    if (admitted_.digest) admitted_.digest->add_body(piece);
    if (!admitted_.route->accepts_upload) {
      admitted_.request->body.append(piece);
      return;
    }
    while (!failed_ && !piece.empty()) {
      const auto written = ::write(file_, piece.data(), piece.size());
      if (written < 0 && errno != EINTR) failed_ = true;
      if (written > 0) piece.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  bool failed() const { return failed_; }

 private:
  Admitted& admitted_;
  int file_ = -1;
  bool failed_ = false;
};

}  // namespace

Serving::Serving(std::vector<Route> routes, ServerOptions given)
    : options(std::move(given)),
      admission(std::move(routes), options),
      standing_headers(admission.standing_headers()),
      workers(options.workers, options.limits.requests_waiting),
      streams(1, kStreamsPending) {}

class Connection::Slot {
 public:
  Slot(Serving& serving, std::string address) : serving_(serving), address_(std::move(address)) {}
  void taken_by(const std::shared_ptr<Connection>& connection) {
    const std::lock_guard lock(serving_.mutex);
    connection_ = connection.get();
    serving_.open.emplace(connection_, connection);
    ++serving_.per_address[address_];
  }
  ~Slot() {
    const std::lock_guard lock(serving_.mutex);
    if (serving_.open.erase(connection_) == 0) return;
    if (--serving_.per_address[address_] == 0) serving_.per_address.erase(address_);
    if (serving_.on_gone) serving_.on_gone();
    serving_.gone.notify_all();  // under the lock: whoever waits may destroy `serving` once it is released
  }

 private:
  Serving& serving_;
  std::string address_;
  Connection* connection_ = nullptr;
};

// An answer on its way from whichever thread gives it. Outlives the connection where the handler does.
struct Connection::Pending {
  std::weak_ptr<Connection> connection;
  std::atomic<bool> answered = false;
  Response response;
  bool ready = false;  // only on the strand
};

class Connection::Sink final : public StreamSink, public std::enable_shared_from_this<Sink> {
 public:
  explicit Sink(std::weak_ptr<Connection> connection) : connection_(std::move(connection)) {}
  bool send(std::string bytes) override {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return ended_ || waiting_.empty() || waiting_.size() + bytes.size() <= kStreamBufferBytesMax; });
    if (ended_) return false;
    waiting_ += bytes;
    wake();
    return true;
  }
  void end() override {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    room_.notify_all();
    wake();
  }
  std::string take() {
    const std::lock_guard lock(mutex_);
    woken_ = false;
    room_.notify_all();
    return std::exchange(waiting_, {});
  }
  bool ended() const {
    const std::lock_guard lock(mutex_);
    return ended_ && waiting_.empty();
  }

 private:
  void wake() {
    if (std::exchange(woken_, true)) return;
    if (const auto connection = connection_.lock()) connection->post([](Connection& c) { c.wake_.cancel(); });
  }
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::weak_ptr<Connection> connection_;
  std::string waiting_;
  bool ended_ = false;
  bool woken_ = false;
};

std::shared_ptr<Connection> Connection::accepted(Socket socket, Peer peer, Serving& serving) {
  auto slot = std::make_unique<Slot>(serving, peer.address);
  Slot& taken = *slot;
  std::shared_ptr<Connection> connection(new Connection(std::move(socket), std::move(slot), std::move(peer), serving));
  taken.taken_by(connection);
  return connection;
}

Connection::Connection(Socket socket, std::unique_ptr<Slot> slot, Peer peer, Serving& serving)
    : slot_(std::move(slot)),
      serving_(serving),
      peer_(std::move(peer)),
      socket_(std::move(socket)),
      deadline_(socket_.get_executor()),
      wake_(socket_.get_executor()) {}

void Connection::serve() {
  asio::co_spawn(socket_.get_executor(), [self = shared_from_this()] { return self->run(); }, asio::detached);
}

void Connection::refuse() {
  const auto answer = [](std::shared_ptr<Connection> self) -> Async<void> {
    Response busy = try_again("busy", Language::kJa);
    co_await self->write(std::move(busy), false, false);
    co_await self->linger();
  };
  asio::co_spawn(socket_.get_executor(), [answer, self = shared_from_this()] { return answer(self); }, asio::detached);
}

void Connection::post(std::function<void(Connection&)> action) {
  asio::post(socket_.get_executor(), [self = shared_from_this(), action = std::move(action)] { action(*self); });
}

void Connection::drain() {
  post([](Connection& c) {
    boost::system::error_code closed_already;
    if (c.idle_) c.socket_.cancel(closed_already);
    c.wake_.cancel();  // live updates end; who waits for an answer waits on
  });
}

void Connection::abort() {
  post([](Connection& c) {
    boost::system::error_code ignored;
    c.socket_.close(ignored);
    c.deadline_.cancel();
    c.wake_.cancel();
  });
}

// Lazy: a deadline that moves later costs nothing until the timer set for the earlier one wakes.
void Connection::deadline_at(Clock::time_point at) {
  deadline_time_ = at;
  timed_out_ = false;
  if (at < deadline_waits_for_) wait_for_deadline(at);
}

void Connection::wait_for_deadline(Clock::time_point at) {
  deadline_waits_for_ = at;
  deadline_.expires_at(at);
  deadline_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (error) return;
    self->deadline_waits_for_ = Clock::time_point::max();
    if (self->deadline_time_ == Clock::time_point::max()) return;
    if (Clock::now() < self->deadline_time_) return self->wait_for_deadline(self->deadline_time_);
    self->timed_out_ = true;
    boost::system::error_code ignored;
    self->socket_.cancel(ignored);
  });
}

Connection::Async<bool> Connection::read_more() {
  const auto [error, bytes] = co_await socket_.async_read_some(asio::buffer(chunk_), kTuple);
  in_.append(chunk_.data(), bytes);
  co_return !error;
}

Connection::Async<void> Connection::run() {
  for (int served = 1; !serving_.draining; ++served) {
    auto head = co_await read_head();
    if (!head) break;
    if (!*head) {
      // Named, not written into the co_await: g++ 12 destroys the temporaries of a conditional there twice.
      Response refused = Admission::of(head->error());
      co_await write(std::move(refused), false, false);
      break;
    }
    if (!co_await serve_one(**head, served < serving_.options.limits.requests_per_connection)) break;
  }
  co_await linger();
}

Connection::Async<std::optional<Result<RequestHead, HeadError>>> Connection::read_head() {
  const Limits& limits = serving_.options.limits;
  deadline_at(Clock::now() + limits.idle);
  bool begun = false;
  for (std::size_t scanned = 0;;) {
    const auto end = find_head_end(in_, scanned);
    if (!end) co_return end.error();
    if (*end) {
      head_text_ = in_.substr(0, **end);
      in_.erase(0, **end);
      idle_ = false;
      co_return parse_head(head_text_);
    }
    scanned = in_.size();
    idle_ = in_.empty();
    if (!idle_ && !std::exchange(begun, true)) deadline_at(Clock::now() + limits.head);
    if (idle_ && serving_.draining) co_return std::nullopt;
    if (!co_await read_more()) {
      if (timed_out_ && begun) co_return HeadError{408, "the head did not arrive in time"};
      co_return std::nullopt;
    }
  }
}

Connection::Async<bool> Connection::serve_one(const RequestHead& head, bool may_keep_alive) {
  const auto began = Clock::now();
  const bool head_only = head.method == "HEAD";
  const Instant now = serving_.options.now ? serving_.options.now() : std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  auto admitted = serving_.admission.admit(head, peer_, now);
  Response response;
  bool body_read = !head.has_body();
  if (!admitted) {
    response = admitted.error();
  } else if (serving_.draining) {
    response = try_again("shutting-down", admitted->request->language);
  } else {
    const Language language = admitted->request->language;
    const Body body = co_await read_body(head, *admitted);
    body_read = body == Body::kComplete;
    switch (body) {
      case Body::kGone: co_return false;
      case Body::kTooLarge: response = kind("too-large", language); break;
      case Body::kMalformed: response = kind("bad-request", language); break;
      case Body::kTimeout: response = kind("timeout", language); break;
      case Body::kNoSpace: response = kind("no-space", language); break;
      case Body::kComplete:
        if (auto refused = serving_.admission.complete(*admitted)) response = std::move(*refused);
        else response = co_await handled(*admitted);
    }
  }
  // What may not be known to exist takes more steps to find hidden than what is not there takes to miss: both are answered at one moment.
  if (admitted && response.status == 404) {
    wake_.expires_at(began + serving_.options.limits.not_found);
    co_await wake_.async_wait(kTuple);
  }
  if (serving_.options.on_answered)
    serving_.options.on_answered({admitted ? admitted->route->operation_id : "", response.status, std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began)});
  if (response.stream) {
    co_await stream(std::move(response), head_only);
    co_return false;
  }
  const bool keep_alive = may_keep_alive && head.keep_alive && body_read && !serving_.draining;
  co_return co_await write(std::move(response), head_only, keep_alive) && keep_alive;
}

Connection::Async<Connection::Body> Connection::read_body(const RequestHead& head, Admitted& admitted) {
  if (!head.has_body()) co_return Body::kComplete;
  const Limits& limits = serving_.options.limits;
  BodySink sink(admitted, serving_.options.upload_folder);
  if (sink.failed()) co_return Body::kNoSpace;
  if (head.expects_continue && !co_await write_all("HTTP/1.1 100 Continue\r\n\r\n")) co_return Body::kGone;

  boost::system::error_code error;
  http::request_parser<http::buffer_body> parser;
  parser.header_limit(kRequestLineBytesMax + kHeaderBytesMax);
  parser.body_limit(admitted.body_bytes_max);
  parser.put(asio::buffer(head_text_), error);
  if (error || !parser.is_header_done()) co_return Body::kMalformed;

  const auto began = Clock::now();
  std::size_t received = 0;
  std::array<char, 16 * 1024> piece;
  while (!parser.is_done()) {
    parser.get().body() = {piece.data(), piece.size(), true};
    const std::size_t used = in_.empty() ? 0 : parser.put(asio::buffer(in_), error);
    in_.erase(0, used);
    received += used;
    sink.take({piece.data(), piece.size() - parser.get().body().size});
    if (sink.failed()) co_return Body::kNoSpace;
    if (error == http::error::body_limit) co_return Body::kTooLarge;
    if (error && error != http::error::need_buffer && error != http::error::need_more) co_return Body::kMalformed;
    if (parser.is_done() || used > 0) continue;
    if (in_.size() > kChunkLineBytesMax) co_return Body::kMalformed;
    // The slowest that is allowed: nothing in the grace, then kBodyBytesPerSecondMin.
    const auto earned = std::chrono::milliseconds(received * 1000 / kBodyBytesPerSecondMin);
    deadline_at(began + std::min<Limits::Time>(limits.body, limits.body_grace + earned));
    if (!co_await read_more()) co_return timed_out_ ? Body::kTimeout : Body::kGone;
  }
  deadline_at(Clock::time_point::max());
  co_return Body::kComplete;
}

// From memory; where that fails, the handler finds out why.
std::optional<Response> Connection::at_once(const Admitted& admitted) const {
  if (!admitted.route->at_once) return std::nullopt;
  try {
    return admitted.route->at_once(*admitted.request);
  } catch (const std::exception& broken) {
    if (serving_.options.on_fault) serving_.options.on_fault(broken.what());
    return std::nullopt;
  }
}

Connection::Async<Response> Connection::handled(Admitted& admitted) {
  if (auto kept = at_once(admitted)) co_return std::move(*kept);
  deadline_at(Clock::time_point::max());
  const auto pending = std::make_shared<Pending>();
  pending->connection = weak_from_this();
  const Reply reply = [pending](Response response) {
    if (pending->answered.exchange(true)) return;
    const auto connection = pending->connection.lock();
    if (!connection) return;
    pending->response = std::move(response);
    connection->post([pending](Connection& c) {
      pending->ready = true;
      c.wake_.cancel();
    });
  };
  const Language language = admitted.request->language;
  const auto expires = Clock::now() + serving_.options.limits.request;
  const auto run = [route = admitted.route, request = admitted.request, reply, expires, &serving = serving_] {
    if (Clock::now() > expires) return;  // its 503 has been sent: do not begin what nobody waits for
    try {
      route->handler(request, reply);
    } catch (const std::exception& broken) {
      if (serving.options.on_fault) serving.options.on_fault(broken.what());
      reply(kind("internal", request->language));
    }
  };
  if (!serving_.workers.submit({run, [reply, language] { reply(try_again("shutting-down", language)); }}))
    co_return try_again(serving_.draining ? "shutting-down" : "busy", language);
  admitted.request.reset();
  while (!pending->ready && socket_.is_open() && Clock::now() < expires) {
    wake_.expires_at(expires);
    co_await wake_.async_wait(kTuple);
  }
  if (pending->ready) co_return std::move(pending->response);
  co_return try_again("deadline", language);
}

template <class Message>
static void fill(Message& message, const Response& response, const Serving& serving, bool keep_alive) {
  message.set(http::field::date, http_date());
  message.set(http::field::content_type, response.content_type);
  for (const auto& [name, value] : serving.standing_headers) message.set(name, value);
  bool first_of_name = true;  // a handler's header replaces the standing one; Set-Cookie may stand several times
  for (const auto& [name, value] : response.headers) {
    first_of_name = std::none_of(response.headers.begin(), response.headers.end(), [&, n = &name](const auto& other) { return &other.first < n && other.first == *n; });
    if (first_of_name) message.set(name, value);
    else message.insert(name, value);
  }
  if (!keep_alive) message.set(http::field::connection, "close");
}

Connection::Async<bool> Connection::write_message(auto& message) {
  http::response_serializer<typename std::decay_t<decltype(message)>::body_type> serializer(message);
  while (!serializer.is_done()) {
    deadline_at(Clock::now() + serving_.options.limits.write_stall);
    const auto [error, bytes] = co_await http::async_write_some(socket_, serializer, kTuple);
    if (error) co_return false;
  }
  deadline_at(Clock::time_point::max());
  co_return true;
}

Connection::Async<bool> Connection::write(Response response, bool head_only, bool keep_alive) {
  const auto status = static_cast<http::status>(response.status);
  if (head_only || response.status == 204) {
    http::response<http::empty_body> message(status, 11);
    fill(message, response, serving_, keep_alive);
    if (response.status == 204) message.erase(http::field::content_type);
    else message.content_length(response.body.size());
    co_return co_await write_message(message);
  }
  http::response<http::string_body> message(status, 11);
  fill(message, response, serving_, keep_alive);
  message.content_length(response.body.size());
  message.body() = std::move(response.body);
  co_return co_await write_message(message);
}

Connection::Async<bool> Connection::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    deadline_at(Clock::now() + serving_.options.limits.write_stall);
    const auto [error, written] = co_await socket_.async_write_some(asio::buffer(bytes), kTuple);
    if (error) co_return false;
    bytes.remove_prefix(written);
  }
  deadline_at(Clock::time_point::max());
  co_return true;
}

// Live updates: the body ends with the connection.
Connection::Async<void> Connection::stream(Response response, bool head_only) {
  http::response<http::empty_body> head(static_cast<http::status>(response.status), 11);
  fill(head, response, serving_, false);
  if (!co_await write_message(head) || head_only) co_return;

  // Started and ended by the threads for streams; this coroutine must not wait for storage.
  struct Started {
    std::unique_ptr<LiveStream> live;
    bool ready = false;  // only on the strand
  };
  const auto sink = std::make_shared<Sink>(weak_from_this());
  const auto started = std::make_shared<Started>();
  const auto start = [self = shared_from_this(), source = std::move(response.stream), sink, started] {
    started->live = source(sink);
    self->post([started](Connection& c) {
      started->ready = true;
      c.wake_.cancel();
    });
  };
  const auto refused = [self = shared_from_this(), started] {
    self->post([started](Connection& c) {
      started->ready = true;
      c.wake_.cancel();
    });
  };
  if (!serving_.streams.submit({start, refused})) co_return;
  while (!started->ready) {
    wake_.expires_at(Clock::time_point::max());
    co_await wake_.async_wait(kTuple);
  }
  if (!started->live) co_return;
  asio::co_spawn(socket_.get_executor(), [self = shared_from_this(), sink] { return self->watch_for_end(sink); }, asio::detached);
  co_await pump(sink, *started->live);
  sink->end();
  const auto let_go = [started] { started->live.reset(); };
  if (!serving_.streams.submit({let_go, let_go})) let_go();
}

Connection::Async<void> Connection::pump(std::shared_ptr<Sink> sink, LiveStream& live) {
  auto next_beat = Clock::now() + serving_.options.limits.heartbeat;
  while (!serving_.draining && socket_.is_open()) {
    if (const std::string bytes = sink->take(); !bytes.empty()) {
      if (!co_await write_all(bytes)) co_return;
      continue;
    }
    if (sink->ended()) co_return;
    if (Clock::now() >= next_beat) {
      next_beat += serving_.options.limits.heartbeat;
      const auto beat = live.heartbeat();
      if (!beat || !co_await write_all(*beat)) co_return;
      continue;
    }
    wake_.expires_at(next_beat);
    co_await wake_.async_wait(kTuple);
  }
}

// Whoever reads updates has nothing to say; the end of their side ends the stream.
Connection::Async<void> Connection::watch_for_end(std::shared_ptr<Sink> sink) {
  co_await socket_.async_read_some(asio::buffer(chunk_), kTuple);
  sink->end();
}

Connection::Async<void> Connection::linger() {
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  deadline_at(Clock::now() + kLinger);
  for (std::size_t dropped = 0; dropped < kLingerBytesMax && socket_.is_open();) {
    const auto [error, bytes] = co_await socket_.async_read_some(asio::buffer(chunk_), kTuple);
    if (error) break;
    dropped += bytes;
  }
  socket_.close(ignored);
  deadline_.cancel();
}

}  // namespace rireki::api
