// Live updates over the real server, followed from a real log.
#include "api/http/sse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "api/accounts_sessions.h"
#include "api/http/server.h"
#include "eventstore/memory_event_log.h"
#include "tests/api/http_client.h"

namespace rireki::api {
namespace {

using namespace std::chrono_literals;
using test::Client;
using test::request_text;

class LiveUpdates : public testing::Test {
 protected:
  void SetUp() override {
    options.port = 0;
    options.limits.heartbeat = 20ms;
  }
  void start() {
    options.identify = [this](const Request& request) -> std::optional<Identity> {
      const auto token = request.headers.find("cookie");
      auto session = token == request.headers.end() ? std::nullopt : sessions.seen(token->second, now);
      if (!session) return std::nullopt;
      return Identity{Actor{.account = session->account}, session->key};
    };
    sessions.on_end([this](const std::string& key) { streams.end_session(key); });
    server = Server::start({streams.route()}, options).value();
  }
  std::string token() { return sessions.begin(AccountId{1}, now, 0)->token; }
  Client follow(const std::string& token, const std::string& query = "", std::map<std::string, std::string> headers = {}) {
    if (!server) start();
    headers["Cookie"] = token;
    Client client(server->port());
    client.send(request_text("GET", "/api/events/stream" + query, headers));
    return client;
  }
  // The message whose data follows, without heartbeats.
  std::string next(Client& client) {
    for (;;) {
      const std::string message = client.read_until("\n\n");
      if (message != ":\n\n") return message;
    }
  }
  void expect_begun(Client& client) {
    const std::string head = client.read_until("\r\n\r\n");
    EXPECT_THAT(head, testing::StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(head, testing::HasSubstr("Content-Type: text/event-stream\r\n"));
    EXPECT_THAT(head, testing::HasSubstr("Cache-Control: no-store\r\n"));
    EXPECT_EQ(next(client), "retry: 3000\n\n");
  }
  Position append(const std::string& type, const std::string& tag = "open") {
    return log.append({.events = {{.id = {1, ++made}, .type = type, .tags = {tag}}}, .condition = Unconditional{}})->last;
  }

  MemoryEventLog log;
  std::uint64_t made = 0;
  std::atomic<Instant> now{Instant(std::chrono::hours(500'000))};
  Sessions sessions;
  EventStreams streams{log,
                       [](const EventView& event, const Actor&) -> std::optional<nlohmann::json> {
                         if (event.has_tag("secret")) return std::nullopt;
                         return nlohmann::json{{"type", event.type()}};
                       },
                       [this](const std::string& key) { return sessions.find(key, now).has_value(); }};
  ServerOptions options;
  std::unique_ptr<Server> server;
};

TEST_F(LiveUpdates, BringWhatHappensFromNowOn) {
  append("before");
  Client client = follow(token());
  expect_begun(client);
  append("one");
  append("two");
  EXPECT_EQ(next(client), "id: 2\ndata: {\"type\":\"one\"}\n\n");
  EXPECT_EQ(next(client), "id: 3\ndata: {\"type\":\"two\"}\n\n");
}

TEST_F(LiveUpdates, GoOnExactlyBehindTheLastEventSeen) {
  for (const char* type : {"one", "two", "three"}) append(type);
  Client client = follow(token(), "?after=0", {{"Last-Event-ID", "1"}});
  expect_begun(client);
  EXPECT_EQ(next(client), "id: 2\ndata: {\"type\":\"two\"}\n\n");
  EXPECT_EQ(next(client), "id: 3\ndata: {\"type\":\"three\"}\n\n");
}

TEST_F(LiveUpdates, ShowNothingThatTheActorMayNotSee) {
  append("hidden", "secret");
  append("shown");
  Client client = follow(token(), "?after=0");
  expect_begun(client);
  EXPECT_EQ(next(client), "id: 2\ndata: {\"type\":\"shown\"}\n\n");
}

TEST_F(LiveUpdates, MoveTheReaderPastWhatItMayNotSee) {
  for (Position i = 0; i < kProgressEvery; ++i) append("hidden", "secret");
  Client client = follow(token(), "?after=0");
  expect_begun(client);
  EXPECT_EQ(next(client), "id: 256\n\n");
}

TEST_F(LiveUpdates, AreNarrowedByTypeAndTag) {
  append("a", "x");
  append("b", "x");
  append("a", "y");
  Client client = follow(token(), "?after=0&type=a&tag=y");
  expect_begun(client);
  EXPECT_EQ(next(client), "id: 3\ndata: {\"type\":\"a\"}\n\n");
}

TEST_F(LiveUpdates, RefuseAPositionThatIsNone) {
  for (const char* query : {"?after=1", "?after=x", "?after=-1", "?after=18446744073709551616"}) EXPECT_EQ(follow(token(), query).read().status, 400) << query;
  EXPECT_EQ(streams.open(), 0);
}

TEST_F(LiveUpdates, BeatWhenNothingHappens) {
  Client client = follow(token());
  expect_begun(client);
  EXPECT_EQ(client.read_until("\n\n"), ":\n\n");
  EXPECT_EQ(client.read_until("\n\n"), ":\n\n");
}

TEST_F(LiveUpdates, EndAtSignOut) {
  options.limits.heartbeat = 1h;
  const auto mine = token();
  Client client = follow(mine), other = follow(token());
  expect_begun(client);
  expect_begun(other);
  sessions.end(sessions.seen(mine, now)->key);
  EXPECT_TRUE(client.ended());
  append("after");
  EXPECT_EQ(next(other), "id: 1\ndata: {\"type\":\"after\"}\n\n") << "another session goes on";
}

TEST_F(LiveUpdates, EndWhenTheSessionRunsOutAlthoughNothingHappens) {
  Client client = follow(token());
  expect_begun(client);
  now = now.load() + 30min;
  while (!client.read_until("\n\n").empty()) {}
  EXPECT_TRUE(client.ended());
}

TEST_F(LiveUpdates, EndWhenTheServerStops) {
  options.limits.heartbeat = 1h;
  Client client = follow(token());
  expect_begun(client);
  server->stop();
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(streams.open(), 0);
}

TEST_F(LiveUpdates, AreAFewPerSession) {
  const auto mine = token();
  std::vector<Client> held;
  for (int i = 0; i < kStreamsPerSessionMax; ++i) {
    held.push_back(follow(mine));
    expect_begun(held.back());
  }
  EXPECT_EQ(follow(mine).read().problem(), "/problems/too-many-streams");
  Client other = follow(token());
  expect_begun(other);
  held.clear();
  // A place comes free when the server has noticed that its reader went.
  for (;;) {
    Client again = follow(mine);
    if (again.read_until("\r\n\r\n").starts_with("HTTP/1.1 200")) break;
  }
}

TEST_F(LiveUpdates, WaitForASlowReaderWithoutLosingAnything) {
  const std::string type = std::string(90, 't');
  const int many = 60'000;  // several times what the buffers in between hold
  for (int i = 0; i < many; ++i) append(type);
  Client client = follow(token(), "?after=0");
  expect_begun(client);
  for (int i = 1; i <= many; ++i) ASSERT_EQ(next(client), "id: " + std::to_string(i) + "\ndata: {\"type\":\"" + type + "\"}\n\n");
}

TEST_F(LiveUpdates, LetGoOfAReaderThatTakesNothing) {
  options.limits.write_stall = 100ms;
  const std::string type = std::string(90, 't');
  for (int i = 0; i < 100'000; ++i) append(type);
  Client client = follow(token(), "?after=0");
  expect_begun(client);
  while (streams.open() > 0) std::this_thread::yield();
}

TEST_F(LiveUpdates, NeedASession) {
  EXPECT_EQ(follow("nobody").read().status, 401);
}

}  // namespace
}  // namespace rireki::api
