// What this server asks of others, by libcurl: the identity provider's documents and tokens, a witness's confirmation. Certificates are verified,
// nothing is followed, 5 seconds, 64 KiB.
#pragma once

#include <string>
#include <vector>

#include "eventstore/log.h"

namespace rireki::api {

inline constexpr long kFetchMilliseconds = 5'000;
inline constexpr std::size_t kFetchBytesMax = 64 * 1024;

struct Fetch {
  std::string url;               // https, or http of a loopback address
  std::string form;              // application/x-www-form-urlencoded: a POST; "": a GET
  std::string text;              // text/plain: likewise a POST
  bool signed_by_itself = false; // what is asked and answered needs no secret channel: http will do
  std::string user, password;    // HTTP Basic, as they are to be sent; "": none
};
struct FetchError {
  std::string what;              // English, for the operator; nothing that was sent
};
[[noreturn]] void throw_exception_from_error(const FetchError& error, const boost::source_location& where);
struct Fetched {
  int status = 0;
  std::string body;
};
Result<Fetched, FetchError> fetch(const Fetch& wanted);

struct Url {
  std::string scheme, host, port, path;  // host in lower case; port "" where none is given
  std::string origin() const { return scheme + "://" + host + (port.empty() ? "" : ":" + port); }
};
// An absolute http or https URL without user and fragment. None: anything else.
std::optional<Url> parse_url(const std::string& text);
bool is_loopback(const Url& url);
std::string form_encoded(std::string_view text);

}  // namespace rireki::api
