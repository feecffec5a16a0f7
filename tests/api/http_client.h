// A socket and nothing else: sends the bytes it is given and reads what comes, so that tests can be as rude as an attacker.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace rireki::api::test {

struct Answer {
  int status = 0;  // 0: the connection ended without an answer
  std::multimap<std::string, std::string> headers;  // lower-case names
  std::string body;
  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
  nlohmann::json json() const { return nlohmann::json::parse(body); }
  std::string problem() const { return status >= 400 ? json().value("type", "") : ""; }
};

class Client {
 public:
  explicit Client(std::uint16_t port) : Client() { connect(port); }
  Client() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (socket_ < 0) throw std::runtime_error("no socket");
  }
  Client(Client&& other) noexcept : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}
  ~Client() { close(); }

  void connect(std::uint16_t port) {
    sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("no connection");
  }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  // False: the other side has closed (which is an answer, too).
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // Reads one answer; interim answers (100) are answers. A body without a length is read to the end of the connection.
  Answer read(bool has_body = true) {
    Answer answer;
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos)
      if (!more()) return answer;
    answer.status = std::stoi(received_.substr(9, 3));
    for (auto at = received_.find("\r\n") + 2; at < end + 2;) {
      const auto line_end = received_.find("\r\n", at);
      const auto colon = received_.find(':', at);
      std::string name = received_.substr(at, colon - at);
      for (char& c : name) c = static_cast<char>(std::tolower(c));
      answer.headers.emplace(name, received_.substr(colon + 2, line_end - colon - 2));
      at = line_end + 2;
    }
    received_.erase(0, end + 4);
    if (!has_body || answer.status == 100 || answer.status == 204) return answer;
    const std::string length = answer.header("content-length");
    if (length.empty()) {
      while (more()) {}
      answer.body = std::exchange(received_, {});
      return answer;
    }
    const auto wanted = std::stoul(length);
    while (received_.size() < wanted && more()) {}
    answer.body = received_.substr(0, wanted);
    received_.erase(0, wanted);
    return answer;
  }
  // Everything up to and with `text`; "" if the connection ends before.
  std::string read_until(const std::string& text) {
    std::size_t at = 0;
    while ((at = received_.find(text)) == std::string::npos)
      if (!more()) return "";
    std::string result = received_.substr(0, at + text.size());
    received_.erase(0, at + text.size());
    return result;
  }
  bool ended() {  // waits for the other side to close; false if it says something more
    return received_.empty() && !more();
  }
  Answer ask(std::string_view request, bool has_body = true) {
    send(request);
    return read(has_body);
  }
  void finish_sending() { ::shutdown(socket_, SHUT_WR); }
  int descriptor() const { return socket_; }

 private:
  bool more() {
    char bytes[16 * 1024];
    pollfd waiting{.fd = socket_, .events = POLLIN};
    if (::poll(&waiting, 1, 30'000) != 1) throw std::runtime_error("nothing came for 30 seconds");
    const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    received_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }
  int socket_;
  std::string received_;
};

// "POST", "/api/x", {{"Cookie", "…"}}, body → bytes; Host and Content-Length are added.
inline std::string request_text(const std::string& method, const std::string& target, const std::map<std::string, std::string>& headers = {}, const std::string& body = "") {
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + body;
}

}  // namespace rireki::api::test
