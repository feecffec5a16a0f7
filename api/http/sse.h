// Live updates: GET /api/events/stream, Server-Sent Events (HTML standard 9.2). Each event that the actor may see becomes one message:
//
//   id: <position>
//   data: <what `visible` made of it, JSON>
//
// A client that comes back with Last-Event-ID goes on exactly behind it; without it (and without ?after=) the stream begins now. Now and
// then an id without data moves the client past events that it may not see, so that a return does not read them all again.
// A stream ends at sign-out, when its session runs out, and when the server stops.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "api/http/route.h"

namespace rireki::api {

inline constexpr int kStreamsMax = 256;         // each has a thread of its own that follows the log
inline constexpr int kStreamsPerSessionMax = 4;
inline constexpr int kReconnectMs = 3'000;      // retry:
inline constexpr Position kProgressEvery = 256; // positions without a visible event before an id is sent alone

// What the actor may see of an event, as JSON; none: nothing. Asked for every event, at the time it is delivered.
using VisibleEvent = std::function<std::optional<nlohmann::json>(const EventView& event, const Actor& actor)>;

class EventStreams {
 public:
  // `is_alive`: does the session still run? Neither is called on the server's network threads but for `is_alive`, which must not block.
  EventStreams(EventLog& log, VisibleEvent visible, std::function<bool(const std::string& session)> is_alive);
  ~EventStreams();  // requires: the server that has the route has stopped

  Route route();
  void end_session(const std::string& session);  // from any thread
  int open() const;

 private:
  class Stream;
  struct Place;  // one of kStreamsMax
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace rireki::api
