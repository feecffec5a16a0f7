#include "api/http/head.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "api/http/limits.h"

namespace rireki::api {
namespace {

constexpr std::array<std::string_view, 9> kMethods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"};

// A header that says one thing may stand once. Those missing here are lists by definition or of no meaning to us.
constexpr std::array<std::string_view, 21> kOnce = {
    "authorization", "content-encoding", "content-length", "content-type", "cookie", "date", "expect", "host", "idempotency-key",
    "if-match", "if-none-match", "last-event-id", "origin", "referer", "sec-fetch-site", "transfer-encoding", "user-agent", "x-rireki-csrf",
    "max-forwards", "if-modified-since", "if-unmodified-since"};

HeadError bad(std::string_view reason) { return {400, reason}; }

bool is_token(std::string_view text) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || kMarks.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool list_contains(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (lower(trimmed(list.substr(0, comma))) == wanted) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

// uri-host [ ":" port ]: a name, an IPv4 address or a bracketed IPv6 address; never with a user in front.
bool is_host(std::string_view text) {
  if (text.empty() || text.size() > 255) return false;
  std::string_view port;
  if (text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos || text.substr(1, end - 1).find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return false;
    port = text.substr(end + 1);
  } else {
    const auto colon = text.find(':');
    const auto name = text.substr(0, colon);
    if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") != std::string_view::npos) return false;
    port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
  }
  if (port.empty()) return true;
  return port.front() == ':' && port.size() >= 2 && port.size() <= 6 && port.substr(1).find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<HeadError> read_request_line(std::string_view line, RequestHead& head, std::string& authority) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || line.find(' ', first + 1) != last) return bad("the request line is not: method, target, version");
  const auto method = line.substr(0, first);
  std::string_view target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!is_token(method)) return bad("the method is not a token");
  if (version != "HTTP/1.1") return version.starts_with("HTTP/") ? HeadError{505, "HTTP/1.1 is spoken here"} : bad("the version is not HTTP/1.1");
  if (std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end()) return HeadError{501, "the method is not known"};
  const bool visible = std::all_of(target.begin(), target.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '#' && c != '\\'; });
  if (target.empty() || !visible) return bad("the target holds characters that a target may not hold");
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (lower(target.substr(0, scheme.size())) != scheme) continue;
    target.remove_prefix(scheme.size());
    const auto slash = std::min(target.find_first_of("/?"), target.size());
    authority = lower(target.substr(0, slash));
    if (!is_host(authority)) return bad("the absolute target has no valid host");
    target.remove_prefix(slash);
    head.target = target.starts_with("/") ? std::string(target) : "/" + std::string(target);
  }
  if (head.target.empty()) {
    if (target.front() != '/') return bad("the target is no path");
    head.target = target;
  }
  head.method = method;
  return std::nullopt;
}

std::optional<HeadError> read_header_line(std::string_view line, RequestHead& head) {
  if (line.front() == ' ' || line.front() == '\t') return bad("a header is folded over several lines");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return bad("a header line has no colon");
  const auto raw_name = line.substr(0, colon);
  if (!is_token(raw_name)) return bad("a header's name is not a token");  // also a space before the colon
  const std::string name = lower(raw_name);
  const auto value = trimmed(line.substr(colon + 1));
  const bool printable = std::all_of(value.begin(), value.end(), [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); });
  if (!printable) return bad("a header's value holds control characters");
  const auto [place, is_new] = head.headers.try_emplace(name, value);
  if (is_new) return std::nullopt;
  if (std::find(kOnce.begin(), kOnce.end(), name) != kOnce.end()) return bad("a header that may stand once is repeated");
  place->second.append(", ").append(value);
  return std::nullopt;
}

// RFC 9112, section 6: which body follows. Anything that leaves a doubt is refused.
std::optional<HeadError> read_framing(RequestHead& head) {
  const auto length = head.headers.find("content-length");
  if (const auto coding = head.headers.find("transfer-encoding"); coding != head.headers.end()) {
    if (length != head.headers.end()) return bad("Transfer-Encoding and Content-Length stand together");
    if (lower(coding->second) != "chunked") return HeadError{501, "the only transfer coding understood is one final chunked"};
    head.chunked = true;
  } else if (length != head.headers.end()) {
    const std::string& text = length->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), head.content_length);
    if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos || error != std::errc{} || end != text.data() + text.size())
      return bad("Content-Length is not one number");
  }
  return std::nullopt;
}

std::optional<HeadError> read_meaning(RequestHead& head, const std::string& authority) {
  const auto host = head.headers.find("host");
  if (host == head.headers.end()) return bad("there is no Host");
  if (!is_host(host->second)) return bad("Host is no host");
  head.host = lower(host->second);
  if (!authority.empty() && authority != head.host) return bad("the absolute target names another host than Host");
  if (auto error = read_framing(head)) return error;
  if (const auto expect = head.headers.find("expect"); expect != head.headers.end()) {
    if (lower(expect->second) != "100-continue") return HeadError{417, "the expectation is not known"};
    head.expects_continue = true;
  }
  if (const auto connection = head.headers.find("connection"); connection != head.headers.end())
    head.keep_alive = !list_contains(connection->second, "close");
  return std::nullopt;
}

}  // namespace

void throw_exception_from_error(const HeadError& error, const boost::source_location&) { throw std::logic_error("unchecked head: " + std::string(error.reason)); }

Result<std::optional<std::size_t>, HeadError> find_head_end(std::string_view received, std::size_t scanned) {
  // One step back: the byte before decides whether a LF stands alone.
  std::size_t line_end = scanned > 0 ? scanned - 1 : 0;
  const std::size_t most = kRequestLineBytesMax + kHeaderBytesMax;
  const std::string_view head = received.substr(0, most + 4);
  for (; line_end < head.size(); ++line_end) {
    const char c = head[line_end];
    if (c == '\0') return bad("there is a NUL");
    if (c == '\n' && (line_end == 0 || head[line_end - 1] != '\r')) return bad("a line ends with a bare LF");
    if (c == '\r' && line_end + 1 < head.size() && head[line_end + 1] != '\n') return bad("there is a bare CR");
    if (c != '\n') continue;
    if (line_end == 1) return bad("there is no request line");
    if (line_end >= 3 && head[line_end - 2] == '\n') return std::optional(line_end + 1);
  }
  const auto first_line = std::min(received.find("\r\n"), received.size());
  if (first_line > kRequestLineBytesMax) return HeadError{414, "the request line is too long"};
  if (received.size() > most) return HeadError{431, "the headers are too long"};
  return std::optional<std::size_t>{};
}

Result<RequestHead, HeadError> parse_head(std::string_view bytes) {
  RequestHead head;
  std::string authority;
  auto line_end = bytes.find("\r\n");
  if (line_end == std::string_view::npos || !bytes.ends_with("\r\n\r\n")) return bad("the head does not end with an empty line");
  if (line_end > kRequestLineBytesMax) return HeadError{414, "the request line is too long"};
  if (auto error = read_request_line(bytes.substr(0, line_end), head, authority)) return *error;
  bytes.remove_prefix(line_end + 2);
  if (bytes.size() > kHeaderBytesMax) return HeadError{431, "the headers are too long"};
  for (std::size_t count = 1; (line_end = bytes.find("\r\n")) != 0; ++count) {
    if (line_end == std::string_view::npos) return bad("a header line does not end");
    if (count > kHeadersMax) return HeadError{431, "there are too many headers"};
    if (auto error = read_header_line(bytes.substr(0, line_end), head)) return *error;
    bytes.remove_prefix(line_end + 2);
  }
  if (bytes.size() != 2) return bad("something follows the empty line");
  if (auto error = read_meaning(head, authority)) return *error;
  return head;
}

}  // namespace rireki::api
