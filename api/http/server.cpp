#include "api/http/server.h"

#include <pthread.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>
#include <thread>

#include "api/http/connection.h"

namespace rireki::api {

namespace asio = boost::asio;
using asio::ip::tcp;

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

}  // namespace

void throw_exception_from_error(const ListenError& error, const boost::source_location&) { throw std::runtime_error("cannot listen: " + error.what); }

struct Server::Parts {
  Parts(std::vector<Route> routes, ServerOptions options)
      : serving(std::move(routes), std::move(options)), strand(asio::make_strand(io)), acceptor(strand), room(strand) {}

  std::optional<ListenError> listen();
  asio::awaitable<void> accept_all();
  asio::awaitable<void> accept();
  asio::awaitable<bool> has_room();
  void take(tcp::socket socket);
  void refuse_one();

  Serving serving;
  asio::io_context io;
  asio::strand<asio::io_context::executor_type> strand;
  tcp::acceptor acceptor;
  asio::steady_timer room;  // cancelled when a connection goes
  SpareDescriptor spare;
  std::uint16_t port = 0;
  bool accepting = true;    // under serving.mutex: connections may still be added
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work{io.get_executor()};
  std::vector<std::thread> threads;
  std::once_flag stopped;
};

std::optional<ListenError> Server::Parts::listen() {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(serving.options.address, error);
  if (error) return ListenError{serving.options.address + " is no address"};
  const tcp::endpoint endpoint(address, serving.options.port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (!error) acceptor.non_blocking(true, error);
  if (error) return ListenError{error.message(), error == asio::error::address_in_use};
  port = acceptor.local_endpoint(error).port();
  return std::nullopt;
}

asio::awaitable<bool> Server::Parts::has_room() {
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

asio::awaitable<void> Server::Parts::accept_all() {
  co_await accept();
  const std::lock_guard lock(serving.mutex);
  accepting = false;
  serving.gone.notify_all();
}

asio::awaitable<void> Server::Parts::accept() {
  while (!serving.draining && co_await has_room()) {
    auto [error, socket] = co_await acceptor.async_accept(asio::make_strand(io), kTuple);
    if (serving.draining || error == asio::error::operation_aborted) co_return;
    if (!error) {
      take(std::move(socket));
    } else if (error == boost::system::errc::too_many_files_open || error == boost::system::errc::too_many_files_open_in_system) {
      refuse_one();
      room.expires_after(kAcceptRetry);
      co_await room.async_wait(kTuple);
    }
  }
}

void Server::Parts::refuse_one() {
  spare.release();
  boost::system::error_code ignored;
  tcp::socket socket(strand);
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
  const auto connection = Connection::accepted(std::move(socket), address, serving);
  if (too_many) connection->refuse();
  else connection->serve();
}

Result<std::unique_ptr<Server>, ListenError> Server::start(std::vector<Route> routes, ServerOptions options) {
  if (options.upload_folder.empty()) options.upload_folder = std::filesystem::temp_directory_path();
  auto parts = std::make_unique<Parts>(std::move(routes), std::move(options));
  if (auto error = parts->listen()) return *error;
  Parts& p = *parts;
  p.serving.on_gone = [&p] { asio::post(p.strand, [&p] { p.room.cancel(); }); };
  asio::co_spawn(p.strand, [&p] { return p.accept_all(); }, asio::detached);
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
      p.acceptor.close(ignored);
      p.room.cancel();
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
    const auto all_gone = [&] { return !p.accepting && serving.open.empty(); };
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
