#include "bench/http_ceiling.h"

#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

namespace rireki::bench {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

struct CeilingServer::Parts {
  EventLog& log;
  const std::vector<std::vector<NewEvent>> batches;
  asio::io_context io;
  tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  std::atomic<std::uint64_t> ids = 0;
  std::string page;  // of a GET
  std::vector<std::thread> threads;

  asio::awaitable<void> accept() {
    for (;;) {
      tcp::socket socket = co_await acceptor.async_accept(asio::make_strand(io), asio::use_awaitable);
      socket.set_option(tcp::no_delay(true));
      const auto executor = socket.get_executor();
      asio::co_spawn(executor, serve(std::move(socket)), asio::detached);
    }
  }

  asio::awaitable<Position> append(std::vector<NewEvent> events) {
    const auto start = [this, &events](auto handler) {
      auto done = std::make_shared<decltype(handler)>(std::move(handler));
      log.append({.events = std::move(events), .condition = Unconditional{}}, [done](Result<Appended, AppendError> appended) {
        const Position last = appended.value().last;
        const auto executor = asio::get_associated_executor(*done);
        asio::post(executor, [done, last] { (*done)(last); });
      });
    };
    co_return co_await asio::async_initiate<decltype(asio::use_awaitable), void(Position)>(start, asio::use_awaitable);
  }

  asio::awaitable<void> serve(tcp::socket socket) {
    boost::beast::flat_buffer buffer;
    for (std::size_t count = 0;; ++count) {
      http::request<http::string_body> request;
      boost::system::error_code ended;
      co_await http::async_read(socket, buffer, request, asio::redirect_error(asio::use_awaitable, ended));
      if (ended) co_return;
      if (request.method() == http::verb::get) {
        http::response<http::string_body> read(http::status::ok, 11, page);
        read.set(http::field::content_type, "application/json");
        read.prepare_payload();
        co_await http::async_write(socket, read, asio::use_awaitable);
        continue;
      }
      const auto body = nlohmann::json::parse(request.body());
      if (!body.is_object()) throw std::runtime_error("the load sent no object");
      auto events = batches[count % batches.size()];
      for (auto& event : events) event.id = {1, ++ids};
      const Position position = co_await append(std::move(events));
      http::response<http::string_body> response(http::status::ok, 11);
      response.set(http::field::content_type, "application/json");
      response.body() = nlohmann::json{{"case", "c0000000000001"}, {"state", "decided"}, {"position", position}, {"repeated", false}}.dump();
      response.prepare_payload();
      co_await http::async_write(socket, response, asio::use_awaitable);
    }
  }
};

CeilingServer::CeilingServer(EventLog& log, std::vector<std::vector<NewEvent>> batches, int threads) : parts_(new Parts{.log = log, .batches = std::move(batches)}) {
  asio::co_spawn(parts_->io, parts_->accept(), asio::detached);
  for (int i = 0; i < threads; ++i) parts_->threads.emplace_back([this] { parts_->io.run(); });
}

CeilingServer::~CeilingServer() {
  parts_->io.stop();
  for (auto& thread : parts_->threads) thread.join();
}

void CeilingServer::answer_gets_with(std::string body) { parts_->page = std::move(body); }

std::uint16_t CeilingServer::port() const { return parts_->acceptor.local_endpoint().port(); }

}  // namespace rireki::bench
