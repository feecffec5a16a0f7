// Cross-site request forgery (security.md 3.4). An action that changes something must show that it comes from our own pages, or from a
// program that was given the session's token:
//   Sec-Fetch-Site present      it must be same-origin, or none (typed by the user); browsers set it and pages cannot
//   else Origin present         it must be this server's address: http://<Host> (https behind TLS)
//   else X-Rireki-CSRF present  it must be the token that the sign-in answer gave (an HMAC of the session)
//   else                        refused, except signing in, where no session can be abused: what can reach us without Origin or
//                               Sec-Fetch-Site and with Content-Type: application/json is no browser
// With curl the simplest way is -H "Origin: http://127.0.0.1:8080": whoever writes the command line is not a page of another site.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace rireki::api {

struct SiteEvidence {
  const std::map<std::string, std::string>& headers;
  std::string origin;   // ours, "http://127.0.0.1:8080"
  std::string session;  // "" if none
};
bool is_same_site(const SiteEvidence& evidence, const std::function<bool(const std::string& session, const std::string& token)>& csrf_matches);

}  // namespace rireki::api
