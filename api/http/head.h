// The head of an HTTP/1.1 request (RFC 9112), read strictly: whatever two programs could understand differently is refused, since
// that is how requests are smuggled past a proxy. Beast is more lenient (it joins folded lines), so it only sees heads that passed here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "eventstore/log.h"

namespace rireki::api {

struct RequestHead {
  std::string method;                          // a known method; TRACE and CONNECT are known and served nowhere
  std::string target;                          // path and query as received; an absolute target is cut to them
  std::string host;                            // lower case, with the port if there is one
  std::map<std::string, std::string> headers;  // lower-case names; repeated list headers joined by ", "
  bool keep_alive = true;
  bool chunked = false;
  std::uint64_t content_length = 0;
  bool expects_continue = false;
  bool has_body() const { return chunked || content_length > 0; }
};

struct HeadError {
  int status = 400;         // 400 408 414 417 431 501 505; the connection is closed after the answer
  std::string_view reason;  // English, fixed words, nothing of the request
};
[[noreturn]] void throw_exception_from_error(const HeadError& error, const boost::source_location& where);

// Looks for the end of the head in what was received so far. `scanned`: how much an earlier call has looked at.
//   a size      the head, with its empty line, is that many bytes long
//   none        more is needed
//   HeadError   it can no longer become a valid head (too long, a bare CR or LF, NUL …), without waiting for its end
Result<std::optional<std::size_t>, HeadError> find_head_end(std::string_view received, std::size_t scanned = 0);

// `head` ends with the empty line.
Result<RequestHead, HeadError> parse_head(std::string_view head);

}  // namespace rireki::api
