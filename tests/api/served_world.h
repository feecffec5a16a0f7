// The world of ResourceWorld behind a real server: every route that the product has, over a socket.
#pragma once

#include "api/api.h"
#include "tests/api/http_client.h"
#include "tests/api/resource_world.h"
#include "tests/eventstore/folder_signer.h"

namespace rireki::api::test {

class ServedWorld : public ResourceWorld {
 protected:
  struct Session {
    std::string cookie, csrf;
  };

  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(publish());
    ASSERT_NO_FATAL_FAILURE(wait_for_views());
    accounts_ = Accounts::open(*office_, ids_, {.folder = folder_.path, .password_cost = {.passes = 1, .memory_bytes = 8 * 1024}}).value();
    two_ = std::make_unique<FourEyes>(*office_);
    erasures_ = std::make_unique<Erasures>(*two_, *sealed_->keyring, [] { return true; });
    keeper_ = CheckpointKeeper::open(sealed_->store->transparency(), signer_, {}).value();
    proofs_ = std::make_unique<Proofs>(*office_, sealed_->store->transparency(), *keeper_, nullptr);
    api_ = std::make_unique<Api>(*office_, *accounts_, *views_, Attachments(folder_.path / "attachments", *sealed_->keyring), *two_, *erasures_, SignOnWays{}, *proofs_, false);
    routes_ = api_->routes();
    ServerOptions options{.port = 0};
    api_->identify(options);
    server_ = Server::start(routes_, options).value();
  }
  void TearDown() override { server_.reset(); }

  Answer ask(const std::string& method, const std::string& target, const std::map<std::string, std::string>& headers = {}, const std::string& body = "") {
    return Client(server_->port()).ask(request_text(method, target, headers, body));
  }
  // An account of this person is opened, and signs in.
  Session sign_in(const std::string& login, PersonId person, const std::set<std::string>& roles) {
    const auto opened = accounts_->open_account({}, login, person, roles).value();
    const auto answer = ask("POST", "/api/session", {{"Content-Type", "application/json"}}, json{{"login", login}, {"password", opened.password}}.dump());
    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto cookie = answer.header("set-cookie");
    return {.cookie = cookie.substr(0, cookie.find(';')), .csrf = answer.json()["csrf"]};
  }
  Answer read(const Session& by, const std::string& target) { return ask("GET", target, {{"Cookie", by.cookie}}); }
  Answer post(const Session& by, const std::string& target, const json& body, const std::string& key = "") {
    std::map<std::string, std::string> headers{{"Cookie", by.cookie}, {"X-Rireki-CSRF", by.csrf}, {"Content-Type", "application/json"}, {"Connection", "close"}};
    if (!key.empty()) headers["Idempotency-Key"] = key;
    return ask("POST", target, headers, body.dump());
  }

  std::vector<Route> routes_;
  std::unique_ptr<Accounts> accounts_;
  std::unique_ptr<FourEyes> two_;
  std::unique_ptr<Erasures> erasures_;
  QuietSigner signer_{folder_.path / "signer"};
  std::unique_ptr<CheckpointKeeper> keeper_;
  std::unique_ptr<Proofs> proofs_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<Server> server_;
};

}  // namespace rireki::api::test
