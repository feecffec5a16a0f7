// The document and the server, side by side: every route is described, and every description holds over a socket.
#include "api/http/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/api/served_world.h"

namespace rireki::api::test {
namespace {

class OpenApi : public ServedWorld {
 protected:
  void SetUp() override {
    ServedWorld::SetUp();
    cookie_ = sign_in("worker", kHrWorker, {"staff", "hr", "privacy-officer", "auditor"}).cookie;
    account_ = ask("GET", "/api/me", {{"Cookie", cookie_}}).json()["account"];
    document_ = ask("GET", "/api/openapi.json").json();
  }

  // A path of the document as one may ask for it; the ids are of nothing.
  static std::string concrete(std::string path) {
    for (auto at = path.find('{'); at != std::string::npos; at = path.find('{')) path.replace(at, path.find('}') - at + 1, "x");
    return path;
  }
  static std::string upper(std::string text) {
    for (char& c : text) c = static_cast<char>(std::toupper(c));
    return text;
  }
  void each_operation(const std::function<void(const std::string& method, const std::string& path, const json& operation)>& visit) {
    for (const auto& [path, operations] : document_["paths"].items())
      for (const auto& [method, operation] : operations.items()) visit(upper(method), path, operation);
  }
  const json& resolved(const json& value) { return value.contains("$ref") ? document_.at(json::json_pointer(value["$ref"].get<std::string>().substr(1))) : value; }
  // It answered with this status, the operation's description has it, and the body is a Problem.
  void expect_problem(const Answer& answer, int status, const json& operation, const std::string& what) {
    EXPECT_EQ(answer.status, status) << what << ": " << answer.body;
    ASSERT_TRUE(operation["responses"].contains(std::to_string(answer.status))) << what << " is not described as answering " << answer.status;
    EXPECT_EQ(answer.header("content-type"), "application/problem+json") << what;
    EXPECT_EQ(mismatch(document_["components"]["schemas"]["Problem"], answer.json()), "") << what;
    EXPECT_EQ(answer.json()["status"], answer.status) << what;
  }

  std::string cookie_, account_;
  json document_;
};

TEST_F(OpenApi, DocumentIsWrittenForTheValidators) {
  std::ofstream(RIREKI_BINARY_DIR "/openapi.json") << document_.dump(1);
  EXPECT_EQ(document_["openapi"], "3.1.0");
}

TEST_F(OpenApi, DescribesEveryRouteAndNothingElse) {
  std::size_t described = 0;
  for (const Route& route : routes_) {
    std::string method = route.method;
    for (char& c : method) c = static_cast<char>(std::tolower(c));
    ASSERT_TRUE(document_["paths"].contains(route.path)) << route.path;
    ASSERT_TRUE(document_["paths"][route.path].contains(method)) << route.method << " " << route.path;
    EXPECT_EQ(document_["paths"][route.path][method]["operationId"], route.operation_id);
    ++described;
  }
  std::set<std::string> ids;
  each_operation([&](const auto& method, const auto& path, const json& operation) {
    EXPECT_TRUE(ids.insert(operation["operationId"].template get<std::string>()).second) << operation["operationId"];
    if (path.starts_with("/api/cases/{id}/actions/") && path != "/api/cases/{id}/actions/{action}") return;
    EXPECT_GT(described--, 0u) << method << " " << path;
  });
  EXPECT_EQ(described, 0u);
}

TEST_F(OpenApi, GivesEachActionOfAProcedureItsForm) {
  const json& order = document_["paths"]["/api/cases/{id}/actions/order"]["post"]["requestBody"]["content"]["application/json"]["schema"];
  std::set<std::string> forms;  // several procedures have an action of that name
  for (const auto& one : order.contains("anyOf") ? order["anyOf"] : json::array({order})) forms.insert(one["properties"]["form"]["$ref"].get<std::string>());
  EXPECT_TRUE(forms.contains("#/components/schemas/form.transfer.v1.order") && forms.contains("#/components/schemas/form.voyager.v2.order"));
  EXPECT_FALSE(document_["paths"]["/api/cases/{id}/actions/arrive"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"].contains("form")) << "it takes none";
  const json& open = document_["paths"]["/api/cases"]["post"]["requestBody"]["content"]["application/json"]["schema"]["oneOf"];
  std::set<std::string> procedures;
  for (const auto& one : open) {
    procedures.insert(one["properties"]["procedure"]["const"].get<std::string>());
    EXPECT_EQ(one["properties"]["form"]["$ref"].get<std::string>().find("#/components/schemas/form." + one["properties"]["procedure"]["const"].get<std::string>() + "."), 0u);
  }
  EXPECT_TRUE(procedures.contains("transfer") && procedures.contains("line-care"));
  for (const auto& definition : office_->definitions_in_force())
    for (const auto& [id, schema] : definition->forms)
      EXPECT_EQ(document_["components"]["schemas"]["form." + definition->id + ".v" + std::to_string(definition->version) + "." + id]["properties"], schema.schema()["properties"]) << id;
}

TEST_F(OpenApi, SaysWhereASessionIsNeeded) {
  each_operation([&](const auto& method, const auto& path, const json& operation) {
    if (path == "/api/session" && method == "POST") return;  // signing in itself answers 401
    const bool needed = !operation["security"].empty();
    const auto answer = ask(method, concrete(path), {{"Content-Type", "application/json"}, {"Idempotency-Key", "k"}});
    if (needed) expect_problem(answer, 401, operation, method + " " + path);
    else EXPECT_NE(answer.status, 401) << path;
  });
}

TEST_F(OpenApi, AnswersAsDescribedToRequestsFromElsewhere) {
  int checked = 0;
  each_operation([&](const auto& method, const auto& path, const json& operation) {
    if (method == "GET") return;
    expect_problem(ask(method, concrete(path), {{"Cookie", cookie_}, {"Origin", "http://elsewhere.example"}, {"Content-Type", "application/json"}}), 403, operation, method + " " + path);
    ++checked;
  });
  EXPECT_GT(checked, 5);
}

TEST_F(OpenApi, AnswersAsDescribedToBadBodiesAndMissingKeys) {
  int json_bodies = 0, keys = 0;
  each_operation([&](const auto& method, const auto& path, const json& operation) {
    std::map<std::string, std::string> headers = {{"Cookie", cookie_}, {"Sec-Fetch-Site", "same-origin"}, {"Content-Type", "application/json"}};
    const auto what = method + " " + path;
    for (const auto& parameter : operation["parameters"]) {
      if (parameter["name"] != "Idempotency-Key") continue;
      expect_problem(ask(method, concrete(path), headers), 400, operation, what);
      headers["Idempotency-Key"] = "key";
      ++keys;
    }
    if (!operation.contains("requestBody") || !operation["requestBody"]["content"].contains("application/json")) return;
    expect_problem(ask(method, concrete(path), headers, "{\"a\":1,\"a\":1}"), 400, operation, what);
    expect_problem(ask(method, concrete(path), headers, "{\"no-such-member\":1}"), 400, operation, what);
    headers["Content-Type"] = "text/plain";
    expect_problem(ask(method, concrete(path), headers, "{}"), 415, operation, what);
    headers["Content-Type"] = "application/json";
    headers["Content-Length"] = std::to_string(kJsonBodyBytesMax + 1);
    expect_problem(ask(method, concrete(path), headers), 413, operation, what);
    ++json_bodies;
  });
  EXPECT_GT(json_bodies, 4);
  EXPECT_GT(keys, 3);
}

TEST_F(OpenApi, AnswersAsDescribedForIdsOfNothing) {
  int checked = 0;
  each_operation([&](const auto& method, const auto& path, const json& operation) {
    if (method != "GET" || path.find('{') == std::string::npos) return;
    expect_problem(ask(method, concrete(path), {{"Cookie", cookie_}}), 404, operation, method + " " + path);
    ++checked;
  });
  EXPECT_GT(checked, 4);
}

TEST_F(OpenApi, AnswersReadingAsDescribed) {
  int checked = 0;
  each_operation([&](const auto& method, const auto& path, const json& operation) {
    if (method != "GET" || path.find('{') != std::string::npos || path.ends_with("/stream") || !operation["responses"].contains("200")) return;
    // What cannot be asked without saying of what.
    static const std::map<std::string, std::string> kOf = {{"/audit/proof/inclusion", "?seq=1"}, {"/audit/proof/consistency", "?old=1"}, {"/audit/leaf", "?seq=1"}, {"/api/compare", "?unit=u0000000000001"}};
    const auto of = kOf.find(path);
    const auto answer = ask(method, path + (of == kOf.end() ? "" : of->second), {{"Cookie", cookie_}});
    ASSERT_EQ(answer.status, 200) << path << answer.body;
    const json& content = operation["responses"]["200"]["content"];
    ASSERT_TRUE(content.contains(answer.header("content-type"))) << path;
    if (content.contains("application/json")) EXPECT_EQ(mismatch(content["application/json"]["schema"], answer.json()), "") << path;
    EXPECT_EQ(ask(method, path + "?no-such=1", {{"Cookie", cookie_}}).status, 400) << path;
    ++checked;
  });
  EXPECT_GT(checked, 6);
}

TEST_F(OpenApi, AnswersEveryOtherMethodWith405) {
  for (const auto& [path, operations] : document_["paths"].items()) {
    if (path.starts_with("/api/cases/{id}/actions/")) continue;  // each action is the general route
    for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}) {
      if (path.ends_with("/stream") && method == "GET") continue;  // would not end
      std::string lower = method;
      for (char& c : lower) c = static_cast<char>(std::tolower(c));
      const auto answer = ask(method, concrete(path), {{"Cookie", cookie_}});
      EXPECT_EQ(answer.status == 405, !operations.contains(lower)) << method << " " << path << " → " << answer.status;
      if (answer.status == 405) EXPECT_NE(answer.header("allow"), "") << path;
    }
  }
}

// The live stream of the whole API shows what the actor's rights show, and names it without its content.
TEST_F(OpenApi, LiveUpdatesNameWhatTheActorMaySee) {
  Client stream(server_->port());
  stream.send(request_text("GET", "/api/events/stream", {{"Cookie", cookie_}}));
  EXPECT_THAT(stream.read_until("\n\n"), testing::HasSubstr("retry:"));
  ASSERT_TRUE(accounts_->open_account({}, "unseen", kAiko, {"staff"}));  // for administrators only
  record({LeaveStarted{.leave = LeaveId{70}, .person = kAiko, .kind = LeaveKind::kSick, .from = day(2026, 6, 1), .last_day = day(2026, 6, 30)}});
  Position seen = 0;
  log_->read(with_type("fact/leave-started"), {}, [&](const EventView& event) { return seen = event.position(), true; }).value();
  const auto message = stream.read_until("\n\n");
  EXPECT_THAT(message, testing::StartsWith("id: " + std::to_string(seen) + "\ndata: "));
  const json data = json::parse(message.substr(message.find('{')));
  EXPECT_EQ(data["type"], "fact/leave-started");
  EXPECT_EQ(message.find("sick"), std::string::npos);
  EXPECT_EQ(ask("DELETE", "/api/session", {{"Cookie", cookie_}, {"Sec-Fetch-Site", "same-origin"}}).status, 204);
  EXPECT_TRUE(stream.ended()) << "signed out";
}

// Of what is recorded everything can be asked on a day and as known at a moment; before the first event nothing was known.
TEST_F(OpenApi, EveryReadOfRecordsTakesBothAxesAndKnowsNothingBeforeTheFirstEvent) {
  const std::set<std::string> of_the_present{"/api/events/stream", "/api/openapi.json", "/api/proofs", "/api/session", "/api/session/oidc/callback", "/api/sessions", "/api/sign-in-ways", "/api/cases/{id}/attachments/{sha256}", "/problems", "/problems/{id}"};
  record({LeaveStarted{.leave = LeaveId{77}, .person = kMori, .kind = LeaveKind::kChildcare, .from = day(2026, 4, 1), .last_day = day(2027, 3, 31)}});
  const auto transfer = open(hr(), "transfer", kAiko, {{"to_post", to_text(kHrClerk)}, {"effective", "2026-07-01"}, {"order_kind", "配置換"}});
  ASSERT_NO_FATAL_FAILURE(wait_for_views());
  const std::map<std::string, std::string> of_what{{"/api/people/{id}", to_text(kAiko)}, {"/api/posts/{id}", to_text(kCounterClerk)}, {"/api/units/{id}", to_text(kRegistry)}, {"/api/cases/{id}", to_text(transfer)},
                                                   {"/api/leaves/{id}", to_text(LeaveId{77})}, {"/api/procedures/{id}", "transfer"}, {"/api/accounts/{id}", account_}, {"/api/rosters/{roster}", "support"},
                                                   {"/api/replay/{position}", "30"}, {"/api/reports/{report}", "orders"}};
  int asked = 0;
  each_operation([&](const std::string& method, const std::string& path, const json& operation) {
    if (method != "GET" || path.starts_with("/audit/")) return;
    std::set<std::string> names;
    for (const auto& parameter : operation.value("parameters", json::array())) names.insert(resolved(parameter)["name"]);
    EXPECT_EQ(names.contains("as_of") && names.contains("on"), !of_the_present.contains(path)) << path;
    if (!names.contains("as_of")) return;
    std::string target = path;
    for (const auto& [prefix, id] : of_what)
      if (path.starts_with(prefix)) target = prefix.substr(0, prefix.find('{')) + id + path.substr(prefix.size());
    ASSERT_EQ(target.find('{'), std::string::npos) << "nothing to ask " << path << " about";
    if (path == "/api/compare") target += "?person=" + to_text(kAiko);
    const std::string mark = target.find('?') == std::string::npos ? "?" : "&";
    const auto then = ask("GET", target + mark + "as_of=0&on=2026-05-15", {{"Cookie", cookie_}});
    EXPECT_TRUE(then.status == 200 || then.status == 404 || then.status == 403) << target << " " << then.body;
    if (then.status == 200) EXPECT_EQ(then.json()["as_of"], 0) << target;
    if (path != "/api/me") EXPECT_EQ(then.body.find(to_text(kAiko)), std::string::npos) << target << " " << then.body;
    for (const char* name : {"渡邊", "戸籍課"}) EXPECT_EQ(then.body.find(name), std::string::npos) << target << " " << then.body;
    ++asked;
  });
  EXPECT_GE(asked, 40);
}

}  // namespace
}  // namespace rireki::api::test
