// What a resource is to the server: a method, a path, words for OpenAPI, and a handler. Free of Asio and Beast, so that handlers and their
// tests compile fast and never block the server's threads on storage.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "domain/decide.h"
#include "domain/refusal.h"

namespace rireki::api {

enum class Language { kJa, kEn };
inline const std::string& in(Language language, const Text& text) { return language == Language::kJa ? text.ja : text.en; }

struct Request {
  std::string method;
  std::string path;                                  // without query, percent-decoded once
  std::map<std::string, std::string> path_params;    // {id} → value
  std::map<std::string, std::string> query;          // each name at most once, else 400 before the handler
  std::map<std::string, std::string> headers;        // lower-case names
  std::string body;
  nlohmann::json json;                               // parsed body (null if none); depth, members and strings within the limits
  Language language = Language::kJa;                 // from Accept-Language
  std::optional<Actor> actor;                        // set on every route that needs a session
  std::string session;                               // key of the session in the session table (a hash), "" if none
  Command command;                                   // of the Idempotency-Key, on routes with idempotent_key
  std::string upload_file;                           // on routes with accepts_upload: where the body can be read, until the last holder of the request lets go
  int upload_descriptor = -1;                        // of that file, which has no name: nobody else finds it, a crash leaves nothing
  std::string remote_address;                        // of who asks: what a known proxy forwards, else of the connection
  std::optional<std::string> proxy_user;             // whom the trusted proxy says it is; none on every other listener
  std::string token;                                 // id of the service account's token, "" if it is not one that asks
  Instant received{};
};

// Where live updates put their bytes. Safe from any thread.
class StreamSink {
 public:
  virtual ~StreamSink() = default;
  virtual bool send(std::string bytes) = 0;  // waits while kStreamBufferBytesMax are unread; false: the connection has ended
  virtual void end() = 0;                    // what was sent is still delivered
};
// One open stream of live updates; lives as long as its connection. Created and destroyed off the server's threads.
class LiveStream {
 public:
  virtual ~LiveStream() = default;
  virtual std::optional<std::string> heartbeat() = 0;  // every Limits::heartbeat, must not block; none: the stream ends
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::function<std::unique_ptr<LiveStream>(std::shared_ptr<StreamSink>)> stream;  // given: the body is what it sends; null: nothing more comes
};

// Called exactly once, from any thread.
using Reply = std::function<void(Response)>;
using Handler = std::function<void(std::shared_ptr<const Request>, Reply)>;

struct Route {
  std::string method;                // "GET"
  std::string path;                  // "/api/cases/{id}/actions/{action}"
  std::string operation_id;          // "actOnCase"
  Text summary;
  bool needs_session = true;
  bool idempotent_key = false;       // POST that appends: Idempotency-Key required
  bool step_up = false;              // one must have proved who one is within the last minutes; nothing for a token
  bool people_only = false;          // not for a service account's token
  bool accepts_upload = false;       // any content type up to 25 MiB, streamed to a temporary file instead of `body`
  nlohmann::json request_schema;     // null: no body
  nlohmann::json response_schema;
  std::string response_type = "application/json";
  int success = 200;                 // the status of an answer that is no problem
  std::vector<std::tuple<std::string, std::string, Text>> query_params;  // name, JSON type, words
  std::vector<int> problems;         // statuses its handler may answer with beside success; what the server answers for it is known
  Handler handler;
  std::function<std::optional<Response>(const Request&)> at_once;  // asked first, on the server's own thread: from memory only; none: the handler answers
};

// What a service account's token must name to use a route: "people:read", "cases:write": the first part of the path after /api/, read for GET.
std::string scope_of(const Route& route);

// RFC 9457. `type` is a stable relative URI per kind, "/problems/<id>"; title fixed per type; no personal values in either.
struct Problem {
  int status = 400;
  std::string id;                    // "refused", "not-found", "stale", …
  Text title;
  Text detail;
  std::string rule;                  // of a refusal
  std::string rule_source;
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<FieldError> fields;
  std::optional<int> retry_after;    // seconds
};
Response problem(const Problem& problem, Language language);
nlohmann::json problem_document(const Problem& problem, Language language);  // its body: of one row of several
Response json_response(int status, const nlohmann::json& value);
Problem not_found();                 // the same words, headers and length for what may not be known to exist
Problem refused(const Refusal& refusal);  // 422, but "not-entitled" 403 where existence is known, "stale" 412 …

}  // namespace rireki::api
