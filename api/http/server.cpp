#include "api/http/server.h"

#include <pthread.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>
#include <thread>

#include "api/http/connection.h"

namespace rireki::api {

namespace asio = boost::asio;
using asio::ip::tcp;
using local = asio::local::stream_protocol;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr auto kAcceptRetry = std::chrono::milliseconds(50);  // after an error of accept() that is not about one connection

// One descriptor kept back: when there are none left, a waiting connection can still be taken and closed instead of spinning on it.
class SpareDescriptor {
 public:
  SpareDescriptor() { reserve(); }
  ~SpareDescriptor() { release(); }
  void reserve() { descriptor_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
  void release() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

 private:
  int descriptor_ = -1;
};

template <class Protocol>
struct Listener {
  explicit Listener(const asio::strand<asio::io_context::executor_type>& strand) : acceptor(strand), room(strand) {}
  typename Protocol::acceptor acceptor;
  asio::steady_timer room;  // cancelled when a connection goes
};

}  // namespace

void throw_exception_from_error(const ListenError& error, const boost::source_location&) { throw std::runtime_error("cannot listen: " + error.what); }

struct Server::Parts {
  Parts(std::vector<Route> routes, ServerOptions options)
      : serving(std::move(routes), std::move(options)), strand(asio::make_strand(io)), open_to_all(strand), for_proxy(strand) {}
  ~Parts() {
    if (!serving.options.identity_socket.empty()) ::unlink(serving.options.identity_socket.c_str());
  }

  std::optional<ListenError> listen();
  std::optional<ListenError> listen_for_proxy();
  template <class Protocol> void serve(Listener<Protocol>& listener);
  template <class Protocol> asio::awaitable<void> accept(Listener<Protocol>& listener);
  asio::awaitable<bool> has_room(asio::steady_timer& room);
  void take(tcp::socket socket);
  void take(local::socket socket);
  template <class Acceptor> void refuse_one(Acceptor& acceptor);

  Serving serving;
  asio::io_context io;
  asio::strand<asio::io_context::executor_type> strand;
  Listener<tcp> open_to_all;
  Listener<local> for_proxy;
  SpareDescriptor spare;
  std::uint16_t port = 0;
  int accepting = 0;        // listeners; under serving.mutex: connections may still be added
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work{io.get_executor()};
  std::vector<std::thread> threads;
  std::once_flag stopped;
};

std::optional<ListenError> Server::Parts::listen() {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(serving.options.address, error);
  if (error) return ListenError{serving.options.address + " is no address"};
  const tcp::endpoint endpoint(address, serving.options.port);
  auto& acceptor = open_to_all.acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (!error) acceptor.non_blocking(true, error);
  if (error) return ListenError{error.message(), error == asio::error::address_in_use};
  port = acceptor.local_endpoint(error).port();
  return std::nullopt;
}

std::optional<ListenError> Server::Parts::listen_for_proxy() {
  const auto& path = serving.options.identity_socket;
  if (path.string().size() >= sizeof(sockaddr_un::sun_path)) return ListenError{path.string() + " is too long for a socket: " + std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes at most"};
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISSOCK(status.st_mode)) return ListenError{path.string() + " is there and no socket"};
  ::unlink(path.c_str());  // of a server that was killed; the data folder's lock keeps a second one out
  boost::system::error_code error;
  auto& acceptor = for_proxy.acceptor;
  acceptor.open(local(), error);
  if (!error) acceptor.bind(local::endpoint(path.string()), error);
  // Open to all, since the proxy is seldom of our group: the kernel says who is at the other end, and take() asks it.
  if (!error && ::chmod(path.c_str(), 0666) != 0) error = boost::system::error_code(errno, boost::system::system_category());
  if (!error) acceptor.listen(local::acceptor::max_listen_connections, error);
  if (!error) acceptor.non_blocking(true, error);
  if (error) return ListenError{path.string() + ": " + error.message()};
  return std::nullopt;
}

asio::awaitable<bool> Server::Parts::has_room(asio::steady_timer& room) {
  for (;;) {
    {
      const std::lock_guard lock(serving.mutex);
      if (static_cast<int>(serving.open.size()) < serving.options.limits.connections) co_return true;
    }
    if (serving.draining) co_return false;
    // A connection that goes between the count and this wait posts its wake-up to this strand, so it comes after the wait began.
    room.expires_at(asio::steady_timer::time_point::max());
    co_await room.async_wait(kTuple);
  }
}

template <class Protocol>
void Server::Parts::serve(Listener<Protocol>& listener) {
  ++accepting;
  const auto ended = [this](std::exception_ptr) {
    const std::lock_guard lock(serving.mutex);
    --accepting;
    serving.gone.notify_all();
  };
  asio::co_spawn(strand, accept(listener), ended);
}

template <class Protocol>
asio::awaitable<void> Server::Parts::accept(Listener<Protocol>& listener) {
  auto& [acceptor, room] = listener;
  while (!serving.draining && co_await has_room(room)) {
    auto [error, socket] = co_await acceptor.async_accept(asio::make_strand(io), kTuple);
    if (serving.draining || error == asio::error::operation_aborted) co_return;
    if (!error) {
      take(std::move(socket));
    } else if (error == boost::system::errc::too_many_files_open || error == boost::system::errc::too_many_files_open_in_system) {
      refuse_one(acceptor);
      room.expires_after(kAcceptRetry);
      co_await room.async_wait(kTuple);
    }
  }
}

template <class Acceptor>
void Server::Parts::refuse_one(Acceptor& acceptor) {
  spare.release();
  boost::system::error_code ignored;
  typename Acceptor::protocol_type::socket socket(strand);
  acceptor.accept(socket, ignored);
  socket.close(ignored);
  spare.reserve();
}

void Server::Parts::take(tcp::socket socket) {
  boost::system::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return;  // gone already
  socket.set_option(tcp::no_delay(true), error);
  const std::string address = endpoint.address().to_string();
  const auto& proxies = serving.options.proxies;
  bool too_many = false;
  if (std::find(proxies.begin(), proxies.end(), address) == proxies.end()) {
    const std::lock_guard lock(serving.mutex);
    const auto held = serving.per_address.find(address);
    too_many = held != serving.per_address.end() && held->second >= serving.options.limits.connections_per_address;
  }
  const auto connection = Connection::accepted(std::move(socket), {.address = address}, serving);
  if (too_many) connection->refuse();
  else connection->serve();
}

// Only the users that the proxy runs as: the kernel says who is at the other end.
void Server::Parts::take(local::socket socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  const auto& users = serving.options.identity_users;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || std::find(users.begin(), users.end(), peer.uid) == users.end()) {
    if (serving.options.on_warning) serving.options.on_warning("a user that is not the proxy's connected to its socket");
    return;
  }
  Connection::accepted(std::move(socket), {.address = "proxy", .identifies = true}, serving)->serve();
}

Result<std::unique_ptr<Server>, ListenError> Server::start(std::vector<Route> routes, ServerOptions options) {
  if (options.upload_folder.empty()) options.upload_folder = std::filesystem::temp_directory_path();
  auto parts = std::make_unique<Parts>(std::move(routes), std::move(options));
  const bool with_proxy = !parts->serving.options.identity_socket.empty();
  if (auto error = parts->listen()) return *error;
  if (with_proxy)
    if (auto error = parts->listen_for_proxy()) return *error;
  Parts& p = *parts;
  p.serving.on_gone = [&p] {
    asio::post(p.strand, [&p] {
      p.open_to_all.room.cancel();
      p.for_proxy.room.cancel();
    });
  };
  p.serve(p.open_to_all);
  if (with_proxy) p.serve(p.for_proxy);
  for (int i = 0; i < p.serving.options.threads; ++i)
    p.threads.emplace_back([&p] {
      ::pthread_setname_np(::pthread_self(), "http");
      p.io.run();
    });
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() { stop(); }
std::uint16_t Server::port() const { return parts_->port; }

void Server::stop() {
  std::call_once(parts_->stopped, [this] {
    Parts& p = *parts_;
    Serving& serving = p.serving;
    serving.draining = true;
    asio::post(p.strand, [&p] {
      boost::system::error_code ignored;
      p.open_to_all.acceptor.close(ignored);
      p.for_proxy.acceptor.close(ignored);
      p.open_to_all.room.cancel();
      p.for_proxy.room.cancel();
    });
    serving.workers.close();
    const auto each = [&](void (Connection::*action)()) {
      // Taken out of the lock: a connection whose last reference this is takes the lock when it goes.
      std::vector<std::shared_ptr<Connection>> open;
      {
        const std::lock_guard lock(serving.mutex);
        for (const auto& [key, connection] : serving.open)
          if (auto held = connection.lock()) open.push_back(std::move(held));
      }
      for (const auto& connection : open) (*connection.*action)();
    };
    const auto all_gone = [&] { return p.accepting == 0 && serving.open.empty(); };
    each(&Connection::drain);
    bool gone = false;
    {
      std::unique_lock lock(serving.mutex);
      gone = serving.gone.wait_for(lock, serving.options.limits.shutdown, all_gone);
    }
    if (!gone) {
      each(&Connection::abort);
      std::unique_lock lock(serving.mutex);
      serving.gone.wait(lock, all_gone);
    }
    serving.workers.stop();
    serving.streams.stop();
    p.work.reset();
    p.io.stop();
    for (auto& thread : p.threads) thread.join();
  });
}

}  // namespace rireki::api
