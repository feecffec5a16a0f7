// The power goes while a person is being erased: whenever it goes, the next start finds them erased and said so, or as they were and still approved.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "tests/api/cli_program.h"
#include "tests/api/http_client.h"

namespace rireki::api {
namespace {

using nlohmann::json;
using test::Answer;
using test::Client;
using test::request_text;

class Office {
 public:
  Office(const TestFolder& folder, const std::string& data) : program_(folder, {"serve", "--data", data, "--port", "0", "--json"}) {
    const auto line = program_.first_line();
    if (line.empty()) throw std::runtime_error("it does not start: " + program_.wait().err);
    port_ = json::parse(line)["port"];
    std::istringstream accounts(file_text(data + "/sample-accounts.txt"));
    for (std::string row; std::getline(accounts, row);) {
      std::istringstream words(row);
      std::string login, password;
      if (std::getline(words, login, '\t') && std::getline(words, password, '\t')) passwords_[login] = password;
    }
  }
  void sign_in(const std::string& login) {
    const auto answer = Client(port_).ask(request_text("POST", "/api/session", {{"Content-Type", "application/json"}}, json{{"login", login}, {"password", passwords_.at(login)}}.dump()));
    if (answer.status != 200) throw std::runtime_error("not signed in: " + answer.body);
    cookies_[login] = answer.header("set-cookie").substr(0, answer.header("set-cookie").find(';'));
  }
  Answer get(const std::string& login, const std::string& target) { return Client(port_).ask(request_text("GET", target, {{"Cookie", cookies_.at(login)}})); }
  std::string post_text(const std::string& login, const std::string& target, const json& body, const std::string& key = "") {
    std::map<std::string, std::string> headers = {{"Cookie", cookies_.at(login)}, {"Origin", "http://127.0.0.1"}, {"Content-Type", "application/json"}};
    if (!key.empty()) headers["Idempotency-Key"] = key;
    return request_text("POST", target, headers, body.dump());
  }
  Answer post(const std::string& login, const std::string& target, const json& body, const std::string& key = "") { return Client(port_).ask(post_text(login, target, body, key)); }
  Client connect() const { return Client(port_); }
  void end(int signal) {
    program_.signal(signal);
    program_.wait();
  }

 private:
  Program program_;
  std::uint16_t port_ = 0;
  std::map<std::string, std::string> passwords_, cookies_;
};

TEST(ErasureCutOff, IsDoneOrUndoneAtTheNextStartWheneverThePowerGoes) {
  const TestFolder folder;
  const std::string ready = folder / "ready", data = folder / "data";
  ASSERT_EQ(run(folder, {"sample", "--data", ready, "--staff", "130", "--years", "2", "--seed", "5", "--until", "2026-05-31"}).code, 0);
  std::string person, name, proposal;
  std::chrono::microseconds whole{};
  const auto copy = [&](const std::string& from, const std::string& to) {
    for (const char* part : {"", ".keys", ".signer"}) {
      std::filesystem::remove_all(to + part);
      std::filesystem::copy(from + part, to + part, std::filesystem::copy_options::recursive);
    }
    std::ofstream(to + "/keyring") << to + ".keys\n";
    std::ofstream(to + "/signer") << "folder " + to + ".signer\n";
  };
  {
    Office office(folder, ready);
    for (const char* login : {"hr", "privacy", "staff"}) office.sign_in(login);
    person = office.get("staff", "/api/me").json()["person"]["id"];
    name = office.get("hr", "/api/people/" + person).json()["name"];
    ASSERT_EQ(office.post("hr", "/api/facts", {{"facts", {{{"kind", "policy-set"}, {"fact", {{"policy", "erasure.delay-days"}, {"value_json", "0"}, {"from", "2020-04-01"}}}}}}}, "policy").status, 201);
    const auto proposed = office.post("hr", "/api/proposals", {{"kind", "erasure"}, {"targets", {"person:" + person}}, {"basis", "staff-record"}, {"reason", "満了"}});
    ASSERT_EQ(proposed.status, 200) << proposed.body;
    proposal = proposed.json()["proposal"];
    const std::string digest = office.get("privacy", "/api/proposals").json()["proposals"][0]["digest"];
    ASSERT_EQ(office.post("privacy", "/api/proposals/" + proposal + "/decision", {{"approve", true}, {"digest", digest}}).status, 200);
    office.end(SIGTERM);
  }
  const std::string execution = "/api/proposals/" + proposal + "/execution";
  {
    copy(ready, data);
    Office office(folder, data);
    office.sign_in("custodian");
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_EQ(office.post("custodian", execution, json::object()).status, 200);
    whole = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
    office.end(SIGTERM);
  }
  int done = 0, undone = 0;
  constexpr int kRounds = 16;
  for (int round = 0; round < kRounds; ++round) {
    copy(ready, data);
    {
      Office office(folder, data);
      office.sign_in("custodian");
      auto client = office.connect();
      client.send(office.post_text("custodian", execution, json::object()));
      std::this_thread::sleep_for(round == kRounds - 1 ? whole * 5 : whole * round / (kRounds - 2));  // from at once to well after
      office.end(SIGKILL);
    }
    Office office(folder, data);
    for (const char* login : {"hr", "privacy", "custodian"}) office.sign_in(login);
    const auto listed = office.get("privacy", "/api/proposals").json();
    const std::string state = listed["proposals"][0]["state"];
    const auto page = office.get("hr", "/api/people/" + person);
    ASSERT_EQ(page.status, 200) << page.body;
    const bool readable = page.body.find(name) != std::string::npos;
    SCOPED_TRACE("killed after " + std::to_string((whole * round / (kRounds - 2)).count()) + " us of " + std::to_string(whole.count()) + ": " + state);
    if (state == "done") {
      ++done;
      EXPECT_FALSE(readable);
    } else {
      ++undone;
      EXPECT_EQ(state, "approved");
      EXPECT_TRUE(readable) << "nothing was destroyed without being said";
      EXPECT_EQ(office.post("custodian", execution, json::object()).status, 200) << "and it can be carried out now";
    }
    office.end(SIGTERM);
  }
  EXPECT_GT(done, 0);
  EXPECT_GT(undone, 0);
}

}  // namespace
}  // namespace rireki::api
