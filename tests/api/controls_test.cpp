// Emergency access, what takes two people, accounts and retention, by the routes that an office uses.
#include "api/account_admin_routes.h"
#include "api/commands.h"
#include "api/control_routes.h"
#include "domain/emergency.h"
#include "domain/retention.h"
#include "tests/api/resource_world.h"

namespace rireki::api::test {
namespace {

const std::string kWhy = "自死のおそれがあると家族から連絡があり、本人の様子を確かめたい。";

class Controlled : public ResourceWorld {
 protected:
  Controlled() {
    publish();
    accounts_ = Accounts::open(*office_, ids_, {.folder = folder_.path, .password_cost = {.passes = 1, .memory_bytes = 8 * 1024}}).value();
    std::vector<Route> routes;
    add_control_routes(routes, two_, erasures_, *accounts_);
    add_account_admin_routes(routes, *accounts_, two_);
    commands_ = std::make_unique<Router>(std::move(routes));
  }
  Read post(const Actor& actor, const std::string& path, json body, const std::string& session = "s1") { return send("POST", actor, path, std::move(body), session); }
  Read send(const std::string& method, const Actor& actor, const std::string& path, json body = nullptr, const std::string& session = "s1") {
    auto request = std::make_shared<Request>();
    request->method = method;
    request->path = path;
    request->json = std::move(body);
    request->actor = actor;
    request->session = session;
    const auto found = commands_->find(method, path_segments(path));
    const auto& match = std::get<Match>(found);
    request->path_params = match.params;
    std::promise<Response> replied;
    match.route->handler(request, [&](Response response) { replied.set_value(std::move(response)); });
    const Response response = replied.get_future().get();
    Read read{.status = response.status, .body = response.body.empty() ? json() : json::parse(response.body), .text = response.body, .headers = response.headers};
    if (read.status == match.route->success && !match.route->response_schema.is_null()) EXPECT_EQ(mismatch(match.route->response_schema, read.body), "") << path << read.text;
    if (read.status >= 400) EXPECT_NE(std::find(match.route->problems.begin(), match.route->problems.end(), read.status), match.route->problems.end()) << path << " answers " << read.status;
    return read;
  }
  static std::string rule(const Read& read) { return read.body.is_object() ? read.body.value("rule", read.body.value("type", "")) : ""; }
  Actor officer() const { return acting(kDirector, {"staff", "privacy-officer"}); }
  static Actor nurse() { return acting(kMori, {"staff", "occupational-health"}); }
  void later(std::chrono::minutes time) {
    std::lock_guard lock(clock_mutex_);
    now_ += time;
  }
  // Approves by the digest that is listed.
  Read approved(const Actor& by, const std::string& id, const std::string& session = "s2") {
    const auto proposals = get(by, now_of("/api/proposals")).body["proposals"];
    for (const auto& one : proposals)
      if (one["id"] == id) return post(by, "/api/proposals/" + id + "/decision", {{"approve", true}, {"digest", one["digest"]}}, session);
    ADD_FAILURE() << "not listed: " << id;
    return {};
  }

  std::unique_ptr<Accounts> accounts_;
  FourEyes two_{*office_};
  Erasures erasures_{two_, *sealed_->keyring, [] { return true; }};
  std::unique_ptr<Router> commands_;
};

class EmergencyOverHttp : public Controlled {
 protected:
  EmergencyOverHttp() { care_ = open(acting(kTeamHead, {"staff", "manager"}), "line-care", kAiko, {{"noticed_on", "2026-05-14"}, {"signs", "眠れない"}}); }
  Read opened(const Actor& by, const std::string& code = "life", const std::string& why = kWhy) { return post(by, "/api/emergency-access", {{"case", to_text(care_)}, {"reason_code", code}, {"reason", why}}); }
  CaseId care_;
};

TEST_F(EmergencyOverHttp, ShowsOneCaseForAnHourToReadOnly) {
  ASSERT_EQ(get(hr(), path(care_)).status, 404) << "HR knows nothing of a line-care sheet";
  const auto granted = opened(hr());
  ASSERT_EQ(granted.status, 200) << granted.text;
  const auto page = get(hr(), path(care_));
  ASSERT_EQ(page.status, 200);
  EXPECT_EQ(page.body["form"]["signs"], "眠れない");
  EXPECT_TRUE(page.body["actions"].empty()) << page.body["actions"];
  EXPECT_EQ(act(hr(), care_, "comment", {{"text", "x"}}), "not-found") << "nothing is done by it";
  EXPECT_EQ(act(hr(), care_, "measure", {{"measure", "x"}, {"next_review", "2026-06-01"}}), "not-found");
  const auto other = open(acting(kTeamHead, {"staff", "manager"}), "line-care", kAiko, {{"noticed_on", "2026-05-15"}, {"signs", "遅刻"}});
  EXPECT_EQ(get(hr(), path(other)).status, 404) << "this case alone";
  EXPECT_EQ(get(acting(kHrManager, {"staff", "hr"}), path(care_)).status, 404) << "and this account alone";
  later(std::chrono::minutes{59});
  EXPECT_EQ(get(hr(), path(care_)).status, 200);
  later(std::chrono::minutes{1});
  EXPECT_EQ(get(hr(), path(care_)).status, 404) << "also where the page was given before";
}

TEST_F(EmergencyOverHttp, EachReadingByItIsRecordedAsSuch) {
  ASSERT_EQ(opened(hr()).status, 200);
  ASSERT_EQ(get(hr(), path(care_)).status, 200);
  const auto reads = get(officer(), now_of("/api/reads?record=case:" + to_text(care_))).body["reads"];
  ASSERT_EQ(reads.size(), 1u);
  EXPECT_EQ(reads[0]["via"], "emergency");
  EXPECT_EQ(reads[0]["class"], "health");
}

TEST_F(EmergencyOverHttp, NeedsARoleAReasonAndACaseThatOneCouldNotReadAnyway) {
  EXPECT_EQ(rule(opened(acting(kMori))), "not-entitled");
  EXPECT_EQ(rule(opened(administrator())), "not-entitled");
  EXPECT_EQ(rule(opened(hr(), "curiosity")), "reason-code");
  EXPECT_EQ(rule(opened(hr(), "life", "急ぎ")), "emergency-reason");
  EXPECT_EQ(rule(opened(nurse())), "already-readable");
  EXPECT_EQ(get(hr(), path(care_)).status, 404) << "none of that opened it";
}

TEST_F(EmergencyOverHttp, ABadReasonTellsNothingOfWhichCasesThereAre) {
  const auto ask = [&](CaseId id) { return post(hr(), "/api/emergency-access", {{"case", to_text(id)}, {"reason_code", "life"}, {"reason", "急ぎ"}}); };
  EXPECT_EQ(ask(care_).text, ask(CaseId{999'999}).text);
  EXPECT_EQ(ask(care_).status, 422);
}

TEST_F(EmergencyOverHttp, OfManyAtOneMomentNoneIsTurnedAwayForAnother) {
  std::vector<std::future<int>> asked;
  for (std::uint64_t i = 0; i < 6; ++i)
    asked.push_back(std::async(std::launch::async, [&, i] { return post({AccountId{2'000 + i}, PersonId{}, {"hr"}}, "/api/emergency-access", {{"case", to_text(care_)}, {"reason_code", "life"}, {"reason", kWhy}}).status; }));
  int opened = 0;
  for (auto& one : asked) opened += one.get() == 200;
  EXPECT_GE(opened, 5) << "each is tried again a few times";
}

TEST_F(EmergencyOverHttp, CannotOpenWhatAConflictOfInterestClosesNorTellThatItIsThere) {
  const Actor concerned = acting(kAiko, {"staff", "hr"});
  const auto refused = opened(concerned);
  EXPECT_EQ(refused.status, 404) << "one's own is not opened, whatever one's role";
  const auto absent = post(concerned, "/api/emergency-access", {{"case", to_text(CaseId{999'999})}, {"reason_code", "life"}, {"reason", kWhy}});
  EXPECT_EQ(refused.text, absent.text);
  EXPECT_EQ(refused.headers, absent.headers);
  const CaseId consulted = open(acting(kAiko), "harassment-consultation", Subject{"request", "harassment-desk"}, {{"kind", "power"}, {"story", "どなられる"}, {"accused", to_text(kHrWorker)}, {"came_by", "system"}});
  const auto party = post(hr(), "/api/emergency-access", {{"case", to_text(consulted)}, {"reason_code", "life"}, {"reason", kWhy}});
  EXPECT_EQ(party.status, 404) << "the accused, although of HR";
  EXPECT_EQ(party.text, absent.text);
  EXPECT_EQ(post(acting(kHrManager, {"staff", "hr"}), "/api/emergency-access", {{"case", to_text(consulted)}, {"reason_code", "life"}, {"reason", kWhy}}).status, 404) << "above a party";
}

TEST_F(EmergencyOverHttp, IsToldAtOnceAndReviewedBySomebodyElseInThreeOpenDays) {
  const std::string grant = opened(hr()).body["grant"];
  const auto seen_by = [&](const Actor& actor) { return get(actor, now_of("/api/emergency-access")).body["emergencies"].size(); };
  EXPECT_EQ(seen_by(officer()), 1u);
  EXPECT_EQ(seen_by(hr()), 1u) << "one's own";
  EXPECT_EQ(seen_by(acting(kTeamHead, {"staff", "manager"})), 1u) << "who is in charge of the case";
  EXPECT_EQ(seen_by(acting(kMori)), 0u);
  EXPECT_EQ(seen_by(acting(kHrManager, {"staff", "hr"})), 0u);
  bool told_officer = false, told_others = false;
  log_->read(with_type("access/emergency-opened"), {}, [&](const EventView& event) {
        office_->with_context([&](const DecisionContext& context) {
          told_officer = may_see_event(context, *office_, event, officer());
          told_others = may_see_event(context, *office_, event, acting(kMori));
        });
        return true;
      }).value();
  EXPECT_TRUE(told_officer) << "by the live updates";
  EXPECT_FALSE(told_others);
  const auto row = get(officer(), now_of("/api/emergency-access")).body["emergencies"][0];
  EXPECT_EQ(row["review_due"], "2026-05-20") << "15 May 2026 is a Friday";
  EXPECT_EQ(row["reason"], kWhy);

  later(std::chrono::minutes{90});
  EXPECT_EQ(rule(opened(hr())), "review-open");
  const std::string review = "/api/emergency-access/" + grant + "/review";
  EXPECT_EQ(rule(post(hr(), review, {{"justified", true}, {"comment", "x"}})), "not-entitled");
  EXPECT_EQ(rule(post(acting(kHrWorker, {"staff", "privacy-officer"}), review, {{"justified", true}, {"comment", "x"}})), "second-person");
  EXPECT_EQ(post(officer(), review, {{"comment", "x"}}).status, 400) << "silence is no finding";
  EXPECT_EQ(rule(post(officer(), review, {{"justified", true}, {"comment", ""}})), "comment");
  EXPECT_EQ(post(officer(), "/api/emergency-access/x/review", {{"justified", true}, {"comment", "x"}}).status, 404);
  EXPECT_EQ(post(officer(), review, {{"justified", true}, {"comment", "家族からの連絡を確認した"}}).status, 200);
  EXPECT_EQ(rule(post(officer(), review, {{"justified", false}, {"comment", "x"}})), "already-reviewed");
  EXPECT_EQ(opened(hr()).status, 200) << "and now again";
}

TEST_F(EmergencyOverHttp, FoundUnjustifiedItEndsAtOnce) {
  const std::string grant = opened(hr()).body["grant"];
  ASSERT_EQ(get(hr(), path(care_)).status, 200);
  ASSERT_EQ(post(officer(), "/api/emergency-access/" + grant + "/review", {{"justified", false}, {"comment", "理由がない"}}).status, 200);
  EXPECT_EQ(get(hr(), path(care_)).status, 404);
}

class AccountsByTwo : public Controlled {
 protected:
  static Actor second() { return {AccountId{902}, PersonId{}, {"administrator"}}; }
  std::string login_of(const Read& read) { return read.body["account"]["login"]; }
};

TEST_F(AccountsByTwo, OrdinaryAccountsAreOpenedAtOnce) {
  const auto opened = post(administrator(), "/api/accounts", {{"login", "suzuki"}, {"person", to_text(kAiko)}, {"roles", {"staff", "manager"}}});
  ASSERT_EQ(opened.status, 200) << opened.text;
  EXPECT_EQ(login_of(opened), "suzuki");
  EXPECT_FALSE(opened.body["password"].get<std::string>().empty());
  EXPECT_EQ(rule(post(administrator(), "/api/accounts", {{"login", "suzuki"}, {"roles", {"staff"}}})), "/problems/account-rejected");
  EXPECT_EQ(rule(post(hr(), "/api/accounts", {{"login", "x"}, {"roles", {"staff"}}})), "not-entitled");
  EXPECT_EQ(post(administrator(), "/api/accounts", {{"login", "x"}, {"roles", "staff"}}).status, 400);
  EXPECT_EQ(post(administrator(), "/api/accounts", {{"login", "x"}, {"roles", {"staff"}}, {"admin", true}}).status, 400) << "no member that nobody asked for";
}

TEST_F(AccountsByTwo, APowerfulRoleTakesASecondPersonAndIsThenGivenOnce) {
  const std::string id = post(administrator(), "/api/accounts", {{"login", "suzuki"}, {"person", to_text(kAiko)}, {"roles", {"staff"}}}).body["account"]["id"];
  EXPECT_EQ(post(administrator(), "/api/accounts/" + id + "/roles", {{"roles", {"staff", "harassment-handler"}}}).status, 400) << "it needs a reason";
  const auto proposed = post(administrator(), "/api/accounts/" + id + "/roles", {{"roles", {"staff", "harassment-handler"}}, {"reason", "相談員に指名"}});
  ASSERT_EQ(proposed.status, 200) << proposed.text;
  const std::string proposal = proposed.body["proposal"];
  EXPECT_FALSE(accounts_->find("suzuki")->roles.contains("harassment-handler"));
  const std::string execution = "/api/proposals/" + proposal + "/execution";
  EXPECT_EQ(rule(post(administrator(), execution, json::object())), "not-approved");
  EXPECT_EQ(rule(approved(administrator(), proposal)), "second-person");
  EXPECT_EQ(rule(approved(hr(), proposal)), "not-entitled");
  EXPECT_EQ(approved(officer(), proposal).status, 200);
  EXPECT_EQ(rule(post(officer(), execution, json::object())), "not-entitled") << "who approves does not do it";
  EXPECT_EQ(post(second(), execution, json::object()).status, 200) << "any administrator";
  EXPECT_TRUE(accounts_->find("suzuki")->roles.contains("harassment-handler"));
  EXPECT_EQ(rule(post(second(), execution, json::object())), "already-done");
  EXPECT_EQ(post(administrator(), "/api/accounts/" + id + "/roles", {{"roles", {"staff"}}}).body["proposal"], nullptr) << "taking it away is done at once";
}

TEST_F(AccountsByTwo, NobodyGetsIntoAPowerfulAccountByItsPasswordItsAppItsIdentityOrAToken) {
  const auto handler = to_text(accounts_->open_account({}, "handler", kMori, {"staff", "harassment-handler"}).value().account.id);
  const auto service = to_text(accounts_->open_account({}, "service", PersonId{}, {"hr"}, false).value().account.id);
  for (const auto& [path, body] : std::vector<std::pair<std::string, json>>{{"/api/accounts/" + handler + "/password", {{"reason", "x"}}}, {"/api/accounts/" + handler + "/second-factor-removal", {{"reason", "x"}}},
                                                                            {"/api/accounts/" + handler + "/identities", {{"issuer", "i"}, {"subject", "mine"}, {"reason", "x"}}},
                                                                            {"/api/accounts/" + service + "/tokens", {{"name", "n"}, {"scopes", {"people:read"}}, {"last_day", "2026-06-01"}, {"reason", "x"}}}}) {
    const auto proposed = post(administrator(), path, body);
    ASSERT_EQ(proposed.status, 200) << path << proposed.text;
    EXPECT_TRUE(proposed.body["proposal"].is_string()) << path;
    EXPECT_TRUE(proposed.body["password"].is_null() && proposed.body["token"].is_null()) << path;
  }
  EXPECT_FALSE(accounts_->find_identity("i", "mine"));
  const auto proposals = get(officer(), now_of("/api/proposals")).body["proposals"];
  ASSERT_EQ(proposals.size(), 4u);
  const std::string token = proposals[3]["id"];
  ASSERT_EQ(approved(officer(), token).status, 200);
  const auto done = post(administrator(), "/api/proposals/" + token + "/execution", json::object());
  ASSERT_EQ(done.status, 200) << done.text;
  EXPECT_TRUE(accounts_->identify_token(done.body["changed"]["token"]["token"].get<std::string>()));
}

TEST_F(AccountsByTwo, AnApprovalRunsOutAfterAWeek) {
  const std::string proposal = post(administrator(), "/api/accounts", {{"login", "auditor"}, {"roles", {"auditor"}}, {"reason", "監査"}}).body["proposal"];
  ASSERT_EQ(approved(officer(), proposal).status, 200);
  later(std::chrono::hours{7 * 24 + 1});
  EXPECT_EQ(rule(post(administrator(), "/api/proposals/" + proposal + "/execution", json::object())), "expired");
}

TEST_F(AccountsByTwo, RightsAndTheirHistoryAreReadAsOfAnyMoment) {
  const std::string id = post(administrator(), "/api/accounts", {{"login", "suzuki"}, {"person", to_text(kAiko)}, {"roles", {"staff"}}}).body["account"]["id"];
  const Position before = log_->head();
  ASSERT_EQ(post(administrator(), "/api/accounts/" + id + "/roles", {{"roles", {"manager", "staff"}}}).status, 200);
  const auto now = get(auditor(), now_of("/api/accounts/" + id)).body;
  EXPECT_EQ(now["roles"], json({"manager", "staff"}));
  ASSERT_EQ(now["history"].size(), 2u);
  EXPECT_EQ(now["history"][1]["added"], json({"manager"}));
  EXPECT_EQ(now["history"][1]["by"], to_text(administrator().account));
  EXPECT_EQ(get(auditor(), "/api/accounts/" + id + "?as_of=" + std::to_string(before)).body["roles"], json({"staff"}));
  EXPECT_EQ(get(auditor(), now_of("/api/accounts")).body["accounts"].size(), 1u);
  EXPECT_EQ(get(hr(), now_of("/api/accounts")).status, 403);
  EXPECT_EQ(get(hr(), now_of("/api/accounts/" + id)).status, 404);
  EXPECT_EQ(send("DELETE", administrator(), "/api/accounts/" + id + "/sessions").status, 204);
  EXPECT_EQ(post(administrator(), "/api/accounts/" + id + "/closing", json::object()).status, 204);
  EXPECT_TRUE(get(auditor(), now_of("/api/accounts/" + id)).body["closed"]);
}

class RetentionOverHttp : public Controlled {
 protected:
  void set(const std::string& table) { record({PolicySet{.policy = kRetentionPolicy, .value_json = table, .from = day(2020, 4, 1)}}); }
  std::vector<std::string> due(const Actor& actor, const std::string& more = "") {
    wait_for_views();
    std::vector<std::string> targets;
    const auto read = get(actor, now_of("/api/retention/due" + more));
    EXPECT_EQ(read.status, 200) << read.text;
    for (const auto& one : read.body["due"]) targets.push_back(one["target"]);
    return targets;
  }
};

TEST_F(RetentionOverHttp, ListsWhatIsDueByTheTableOfTheDay) {
  set(R"({"classes": {"health-record": {"title": {"ja": "健康", "en": "health"}, "years": 5, "then": "erase"}, "staff-record": {"title": {"ja": "職員", "en": "staff"}, "years": 10, "then": "erase"}}})");
  const Actor head = acting(kTeamHead, {"staff", "manager"});
  const auto care = open(head, "line-care", kAiko, {{"noticed_on", "2026-05-14"}, {"signs", "眠れない"}});
  ASSERT_EQ(act(head, care, "close", {{"became", "recovered"}}, "落ち着いた"), "");
  record({Separated{.person = kMori, .kind = SeparationKind::kResigned, .last_day = day(2026, 5, 10)}});
  EXPECT_TRUE(due(officer()).empty()) << "nothing yet";
  set_today(day(2032, 3, 31));
  EXPECT_TRUE(due(officer()).empty());
  set_today(day(2032, 4, 1));
  EXPECT_EQ(due(officer()), std::vector<std::string>{"case:" + to_text(care)}) << "5 years from the first of April after May 2026";
  set_today(day(2037, 4, 1));
  EXPECT_EQ(due(officer()), (std::vector<std::string>{"case:" + to_text(care), "person:" + to_text(kMori)}));
  EXPECT_EQ(get(acting(kAiko), "/api/retention/due").status, 403);
  const auto table = get(auditor(), now_of("/api/retention")).body;
  EXPECT_EQ(table["classes"].size(), 2u);
  EXPECT_FALSE(table["without"].empty()) << "procedures whose class the table lacks are named";
}

TEST_F(RetentionOverHttp, APersonWaitsForTheCasesAboutThem) {
  set(R"({"classes": {"health-record": {"title": {"ja": "健康", "en": "health"}, "years": 40, "then": "erase"}, "staff-record": {"title": {"ja": "職員", "en": "staff"}, "years": 0, "then": "erase"}}})");
  const Actor head = acting(kTeamHead, {"staff", "manager"});
  open(head, "line-care", kAiko, {{"noticed_on", "2026-05-14"}, {"signs", "眠れない"}});
  record({Separated{.person = kAiko, .kind = SeparationKind::kResigned, .last_day = day(2026, 5, 14)}, Separated{.person = kMori, .kind = SeparationKind::kResigned, .last_day = day(2026, 5, 14)}});
  set_today(day(2030, 4, 1));
  EXPECT_EQ(due(officer()), std::vector<std::string>{"person:" + to_text(kMori)}) << "her sheet is open";
}

TEST_F(RetentionOverHttp, AHoldIsShownAndATableWithAFaultIsRefused) {
  EXPECT_EQ(office_->record_facts({}, {{.id = ids_.make<FactId>(), .fact = PolicySet{.policy = kRetentionPolicy, .value_json = R"({"classes": {"a": 1}})", .from = day(2020, 4, 1)}, .corrects = {}, .case_id = {}, .reason = {}}}, {}).error().violations.front().refusal.rule,
            "retention-readable");
  set(R"({"classes": {"staff-record": {"title": {"ja": "職員", "en": "staff"}, "years": 0, "then": "archive"}}})");
  record({Separated{.person = kMori, .kind = SeparationKind::kResigned, .last_day = day(2026, 5, 10)}});
  ASSERT_EQ(post(officer(), "/api/holds", {{"target", "person:" + to_text(kMori)}, {"kind", "audit"}, {"reason", "監査"}}).status, 200);
  set_today(day(2027, 4, 1));
  wait_for_views();
  const auto rows = get(officer(), now_of("/api/retention/due")).body["due"];
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_TRUE(rows[0]["held"]);
  EXPECT_EQ(rows[0]["then"], "archive");
  EXPECT_EQ(rule(post(officer(), "/api/proposals", {{"kind", "erasure"}, {"targets", {"person:" + to_text(kMori)}}, {"basis", "staff-record"}, {"reason", "満了"}})), "held");
  EXPECT_EQ(post(officer(), "/api/proposals", {{"kind", "party"}, {"reason", "x"}}).status, 400);
}

}  // namespace
}  // namespace rireki::api::test
