#include "proof/http_service.h"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/version.hpp>
#include <chrono>
#include <future>

namespace rireki::proof {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Local = asio::local::stream_protocol;

constexpr auto kPatience = std::chrono::seconds(10);

template <class Protocol>
using Stream = beast::basic_stream<Protocol>;

template <class Protocol>
asio::awaitable<void> serve(Stream<Protocol> stream, const ServiceHandler& handler) {
  beast::flat_buffer buffer;
  for (bool open = true; open;) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(kServiceBodyBytesMax);
    stream.expires_after(kPatience);
    boost::system::error_code error;
    co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
    ServiceResponse answer;
    if (error == http::error::body_limit) answer = {.status = 413, .body = "too large\n"};
    else if (error) co_return;
    else answer = handler({.method = std::string(parser.get().method_string()), .target = std::string(parser.get().target()), .body = std::move(parser.get().body())});
    http::response<http::string_body> response(static_cast<http::status>(answer.status), parser.get().version());
    response.set(http::field::content_type, answer.content_type);
    response.keep_alive(!error && parser.get().keep_alive());
    response.body() = std::move(answer.body);
    response.prepare_payload();
    open = response.keep_alive();
    stream.expires_after(kPatience);
    co_await http::async_write(stream, response, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
  }
}

template <class Protocol>
asio::awaitable<void> accept(typename Protocol::acceptor& acceptor, const ServiceHandler& handler) {
  while (acceptor.is_open()) {
    boost::system::error_code error;
    auto socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (error) continue;
    asio::co_spawn(acceptor.get_executor(), serve<Protocol>(Stream<Protocol>(std::move(socket)), handler), asio::detached);
  }
}

Fault fault_of(const std::string& where, const boost::system::error_code& error) { return {where + "：" + error.message(), where + ": " + error.message()}; }

template <class Protocol>
asio::awaitable<ServiceResponse> ask(typename Protocol::endpoint endpoint, const ServiceRequest& request, const std::string& host) {
  Stream<Protocol> stream(co_await asio::this_coro::executor);
  stream.expires_after(kPatience);
  co_await stream.async_connect(endpoint, asio::use_awaitable);
  http::request<http::string_body> asked(http::string_to_verb(request.method), request.target, 11);
  asked.set(http::field::host, host);
  asked.body() = request.body;
  asked.prepare_payload();
  co_await http::async_write(stream, asked, asio::use_awaitable);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kServiceBodyBytesMax);
  co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
  co_return ServiceResponse{.status = static_cast<int>(parser.get().result_int()), .content_type = std::string(parser.get()[http::field::content_type]), .body = std::move(parser.get().body())};
}

}  // namespace

struct Service::Parts {
  asio::io_context context{1};
  ServiceHandler handler;
  std::string socket;
  std::optional<tcp::acceptor> tcp_acceptor;
  std::optional<Local::acceptor> local_acceptor;
};

Service::Service(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Service::~Service() {
  if (!parts_->socket.empty()) ::unlink(parts_->socket.c_str());
}

Checked<std::unique_ptr<Service>> Service::listen(const ServicePlace& place, ServiceHandler handler) {
  auto parts = std::make_unique<Parts>();
  parts->handler = std::move(handler);
  boost::system::error_code error;
  if (place.socket.empty()) {
    const auto address = asio::ip::make_address(place.address, error);
    if (error) return fault_of(place.address, error);
    parts->tcp_acceptor.emplace(parts->context);
    const tcp::endpoint endpoint(address, place.port);
    parts->tcp_acceptor->open(endpoint.protocol(), error);
    if (!error) parts->tcp_acceptor->set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) parts->tcp_acceptor->bind(endpoint, error);
    if (!error) parts->tcp_acceptor->listen(asio::socket_base::max_listen_connections, error);
    if (error) return fault_of(place.address + ":" + std::to_string(place.port), error);
    asio::co_spawn(parts->context, accept<tcp>(*parts->tcp_acceptor, parts->handler), asio::detached);
  } else {
    if (place.socket.size() > 100) return Fault{"ソケットのパスが長すぎます（100バイトまで）：" + place.socket, "The socket's path is too long, at most 100 bytes: " + place.socket};
    struct stat found {};
    if (::stat(place.socket.c_str(), &found) == 0 && S_ISSOCK(found.st_mode)) ::unlink(place.socket.c_str());
    parts->local_acceptor.emplace(parts->context);
    parts->local_acceptor->open(Local(), error);
    const auto before = ::umask(0117);
    if (!error) parts->local_acceptor->bind(Local::endpoint(place.socket), error);
    ::umask(before);
    if (!error) parts->local_acceptor->listen(asio::socket_base::max_listen_connections, error);
    if (error) return fault_of(place.socket, error);
    parts->socket = place.socket;
    asio::co_spawn(parts->context, accept<Local>(*parts->local_acceptor, parts->handler), asio::detached);
  }
  return std::unique_ptr<Service>(new Service(std::move(parts)));
}

unsigned short Service::port() const { return parts_->tcp_acceptor ? parts_->tcp_acceptor->local_endpoint().port() : 0; }
void Service::run() { parts_->context.run(); }
void Service::run_until_signal() {
  asio::signal_set signals(parts_->context, SIGINT, SIGTERM);
  signals.async_wait([this](const boost::system::error_code&, int) { parts_->context.stop(); });
  run();
}
void Service::stop() { parts_->context.stop(); }

Checked<ServiceResponse> ask_service(const ServicePlace& place, const ServiceRequest& request) {
  asio::io_context context{1};
  std::future<ServiceResponse> answer;
  const std::string where = place.socket.empty() ? place.address + ":" + std::to_string(place.port) : place.socket;
  try {
    if (place.socket.empty()) answer = asio::co_spawn(context, ask<tcp>(tcp::endpoint(asio::ip::make_address(place.address), place.port), request, where), asio::use_future);
    else answer = asio::co_spawn(context, ask<Local>(Local::endpoint(place.socket), request, "localhost"), asio::use_future);
    context.run();
    return answer.get();
  } catch (const boost::system::system_error& error) {
    return fault_of(where, error.code());
  }
}

}  // namespace rireki::proof
