#include "bench/http_load.h"

#include <boost/asio.hpp>
#include <chrono>
#include <stdexcept>

namespace rireki::bench {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

std::size_t content_length(std::string_view head) {
  const auto at = head.find("Content-Length: ");
  return at == std::string_view::npos ? 0 : std::stoul(std::string(head.substr(at + 16, 12)));
}

asio::awaitable<void> hold(tcp::socket socket, Conversation conversation) {
  std::string received;
  LoadAnswer answer;
  for (std::string request = conversation(nullptr); !request.empty(); request = conversation(&answer)) {
    co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
    const auto head = co_await asio::async_read_until(socket, asio::dynamic_buffer(received), "\r\n\r\n", asio::use_awaitable);
    const auto whole = head + content_length(std::string_view(received).substr(0, head));
    if (received.size() < whole) co_await asio::async_read(socket, asio::dynamic_buffer(received), asio::transfer_exactly(whole - received.size()), asio::use_awaitable);
    answer.status = std::stoi(received.substr(9, 3));
    answer.body = received.substr(head, whole - head);
    received.erase(0, whole);
  }
}

}  // namespace

double converse(std::uint16_t port, std::vector<Conversation> conversations) {
  asio::io_context io;
  std::exception_ptr broken;
  for (auto& conversation : conversations) {
    tcp::socket socket(io);
    socket.connect({asio::ip::address_v4::loopback(), port});
    socket.set_option(tcp::no_delay(true));
    asio::co_spawn(io, hold(std::move(socket), std::move(conversation)), [&](std::exception_ptr error) {
      if (error) broken = error;
    });
  }
  const auto start = std::chrono::steady_clock::now();
  io.run();
  if (broken) std::rethrow_exception(broken);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace rireki::bench
