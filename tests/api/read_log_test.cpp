// Reading is an event: of confidential records before the answer leaves, of everything else in batches.
#include "api/http/target.h"
#include "tests/api/resource_world.h"

namespace rireki::api::test {
namespace {

class Reading : public ResourceWorld {
 protected:
  Reading() {
    publish();
    care_ = open(author(), "line-care", kAiko, {{"noticed_on", "2026-05-14"}, {"signs", "眠れない"}});
  }
  static Actor author() { return acting(kTeamHead, {"staff", "manager"}); }
  std::vector<RecordsViewed> viewed() {
    std::vector<RecordsViewed> all;
    log_->read(with_type("access/viewed"), {}, [&](const EventView& event) {
      EXPECT_EQ(event.actor(), "sealed");
      all.push_back(std::get<RecordsViewed>(decode(event).value()));
      return true;
    }).value();
    return all;
  }
  void later(std::chrono::seconds by) {
    std::lock_guard lock(clock_mutex_);
    now_ += by;
  }
  CaseId care_;
};

TEST_F(Reading, OfAHealthRecordIsOnRecordWhenTheAnswerLeaves) {
  ASSERT_EQ(get(author(), path(care_) + "&purpose=talk").status, 200);
  const auto reads = viewed();
  ASSERT_EQ(reads.size(), 1u);
  EXPECT_EQ(reads[0].records, std::vector<std::string>{"case:" + to_text(care_)});
  EXPECT_EQ(reads[0].key_class, "health");
  EXPECT_EQ(reads[0].by, kTeamHead);
  EXPECT_EQ(reads[0].account, author().account);
  EXPECT_EQ(reads[0].purpose, "talk");
  EXPECT_EQ(get(author(), path(care_) + "&purpose=curiosity").status, 400);
  EXPECT_EQ(reads[0].via, "case");
}

TEST_F(Reading, OfTheSameWithinFiveMinutesIsOneAndOfAnotherReaderAnother) {
  const std::string page = "/api/cases/" + to_text(care_);
  for (int i = 0; i < 3; ++i) ASSERT_EQ(get(author(), page).status, 200);
  ASSERT_EQ(get(author(), page, Language::kJa, true).status, 200);
  EXPECT_EQ(viewed().size(), 1u);
  ASSERT_EQ(get(acting(kMori, {"staff", "occupational-health"}), page).status, 200);
  EXPECT_EQ(viewed().size(), 2u);
  later(std::chrono::minutes{6});
  ASSERT_EQ(get(author(), page).status, 200);
  EXPECT_EQ(viewed().size(), 3u) << "a page that is kept is recorded too";
}

TEST_F(Reading, OfAListIsOneRecordOfAllThatItShows) {
  const CaseId other = open(author(), "line-care", kAiko, {{"noticed_on", "2026-05-15"}, {"signs", "遅刻"}});
  ASSERT_EQ(get(author(), now_of("/api/cases?procedure=line-care")).body["cases"].size(), 2u);
  const auto reads = viewed();
  ASSERT_EQ(reads.size(), 1u);
  EXPECT_EQ(std::set<std::string>(reads[0].records.begin(), reads[0].records.end()), (std::set<std::string>{"case:" + to_text(care_), "case:" + to_text(other)}));
  EXPECT_EQ(reads[0].via, "list");
}

TEST_F(Reading, OfWhoIsRefusedShowsNothingAndIsNoReading) {
  EXPECT_EQ(get(hr(), path(care_)).status, 404);
  EXPECT_EQ(get(administrator(), path(care_)).status, 404);
  EXPECT_EQ(get(hr(), now_of("/api/cases?procedure=line-care")).body["cases"].size(), 0u);
  EXPECT_TRUE(viewed().empty());
}

TEST_F(Reading, OfPersonalRecordsIsGatheredAndThenRecorded) {
  ASSERT_EQ(get(hr(), "/api/people/" + to_text(kAiko)).status, 200);
  ASSERT_EQ(get(hr(), "/api/people/" + to_text(kMori)).status, 200);
  ASSERT_EQ(get(hr(), "/api/people/" + to_text(kAiko)).status, 200);
  EXPECT_TRUE(viewed().empty());
  reads_->flush();
  const auto reads = viewed();
  ASSERT_EQ(reads.size(), 1u);
  EXPECT_EQ(reads[0].key_class, "general");
  EXPECT_EQ(reads[0].records, (std::vector<std::string>{"person:" + to_text(kAiko), "person:" + to_text(kMori)}));
  EXPECT_EQ(reads[0].by, kHrWorker);
}

TEST_F(Reading, MovesNeitherTheCaseNorAnybodyWhoActsOnIt) {
  const auto before = office_->find_case(care_)->last;
  ASSERT_EQ(get(author(), path(care_)).status, 200);
  EXPECT_EQ(office_->find_case(care_)->last, before);
  EXPECT_EQ(log_->last_with_tag("case:" + to_text(care_)), before);
}

TEST_F(Reading, IsSeenByTheReaderByThePersonConcernedAndByThePrivacyOfficer) {
  ASSERT_EQ(get(author(), path(care_)).status, 200);
  ASSERT_EQ(get(hr(), "/api/people/" + to_text(kAiko)).status, 200);
  reads_->flush();
  const auto mine = get(author(), "/api/reads/mine").body["reads"];
  ASSERT_EQ(mine.size(), 1u);
  EXPECT_EQ(mine[0]["records"], json({"case:" + to_text(care_)}));
  const auto of_aiko = get(acting(kAiko), "/api/reads/of-me").body["reads"];
  ASSERT_EQ(of_aiko.size(), 1u) << "that there is a sheet about her she does not learn here";
  EXPECT_EQ(of_aiko[0]["reader"]["id"], to_text(kHrWorker));
  EXPECT_EQ(of_aiko[0]["records"], json({"person:" + to_text(kAiko)}));
  const Actor officer = acting(kDirector, {"staff", "privacy-officer"});
  EXPECT_EQ(get(officer, "/api/reads").body["reads"].size(), 2u);
  EXPECT_EQ(get(officer, "/api/reads?record=case:" + to_text(care_)).body["reads"].size(), 1u);
  EXPECT_EQ(get(officer, "/api/reads?account=" + to_text(hr().account)).body["reads"].size(), 1u);
  for (const auto& nobody : {hr(), administrator(), author(), acting(kMori)}) EXPECT_EQ(get(nobody, "/api/reads").status, 403);
}

TEST_F(Reading, ThatIsUnusualIsPointedOutToThePrivacyOfficer) {
  set_today(day(2026, 5, 16));
  later(std::chrono::hours{13});  // 23 o'clock
  ASSERT_EQ(get(author(), path(care_)).status, 200);
  const auto alerts = get(acting(kDirector, {"staff", "privacy-officer"}), "/api/reads/alerts").body["alerts"];
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0]["kind"], "outside-hours");
  EXPECT_EQ(alerts[0]["reader"]["id"], to_text(kTeamHead));
  EXPECT_EQ(get(hr(), "/api/reads/alerts").status, 403);
}

TEST_F(Reading, TellsThePrivacyOfficerOfWhoTriesOneIdAfterTheOther) {
  const auto alerts = [&] { return get(acting(kDirector, {"staff", "privacy-officer"}), "/api/reads/alerts").body["alerts"]; };
  for (int i = 0; i < 10; ++i) EXPECT_EQ(get(acting(kMori), "/api/cases/" + to_text(CaseId{1'000u + static_cast<unsigned>(i)})).status, 404);
  EXPECT_TRUE(alerts().empty()) << "ten within an hour may be mistakes";
  EXPECT_EQ(get(acting(kMori), "/api/cases/" + to_text(CaseId{2'000})).status, 404);
  const auto told = alerts();
  EXPECT_TRUE(get(acting(kDirector, {"staff", "privacy-officer"}), "/api/reads/alerts?as_of=0").body["alerts"].empty()) << "that had not happened then";
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0]["kind"], "refused-attempts");
  EXPECT_EQ(told[0]["reader"]["id"], to_text(kMori));
  EXPECT_EQ(told[0]["count"], 11);
}

TEST_F(Reading, TellsTheSessionThatConfidentialRecordsWereShownInIt) {
  std::vector<std::string> told;
  ReadLog reads(*office_, [&](const Actor&, const std::string& session) { told.push_back(session); });
  EXPECT_TRUE(reads.record(hr(), {{"person:p0000000000001", "general"}}, {.via = "case", .purpose = {}, .session = "s1"}));
  EXPECT_TRUE(told.empty());
  EXPECT_TRUE(reads.record(hr(), {{"case:c0000000000001", "health"}}, {.via = "case", .purpose = {}, .session = "s1"}));
  EXPECT_EQ(told, std::vector<std::string>{"s1"});
  EXPECT_TRUE(reads.known_until(hr(), {{"case:c0000000000001", "health"}}, {.via = "case", .purpose = {}, .session = "s2"}));
  EXPECT_EQ(told.back(), "s2") << "also where the reading is on record already";
}

TEST_F(Reading, OfHowManyConfidentialCasesThereAreHidesTheFew_R143AndR149) {
  const auto counts = get(hr(), now_of("/api/confidential-counts"));
  ASSERT_EQ(counts.status, 200);
  EXPECT_TRUE(counts.body["sum"].is_null()) << "one sheet is one person";
  for (int i = 0; i < 6; ++i) open(author(), "line-care", kAiko, {{"noticed_on", "2026-05-15"}, {"signs", "遅刻"}});
  EXPECT_EQ(get(hr(), now_of("/api/confidential-counts")).body["sum"], 7);
  EXPECT_EQ(get(hr(), now_of("/api/confidential-counts?fiscal_year=2024")).body["sum"], 0);
  EXPECT_EQ(get(acting(kAiko), "/api/confidential-counts").status, 403);
}

TEST_F(Reading, ACaseTellsWhoCanSeeItAndWhy) {
  const auto access = get(author(), "/api/cases/" + to_text(care_) + "/access");
  ASSERT_EQ(access.status, 200);
  std::set<std::string> readers;
  for (const auto& one : access.body["readers"]) readers.insert(one["account"]);
  EXPECT_EQ(readers, (std::set<std::string>{to_text(author().account), to_text(acting(kMori).account)}));
  EXPECT_EQ(access.body["class"], "health");
  EXPECT_EQ(get(hr(), "/api/cases/" + to_text(care_) + "/access").status, 404);
  EXPECT_EQ(get(acting(kAiko), "/api/cases/" + to_text(care_) + "/access").status, 404);
}

// A log that has run out of room: reading goes on, appending does not.
class FullLog final : public EventLog {
 public:
  explicit FullLog(EventLog& log) : log_(log) {}
  using EventLog::append;
  void append(AppendRequest, std::function<void(Result<Appended, AppendError>)> done) override { done(AppendError{.code = AppendErrorCode::kNoSpace}); }
  Result<ReadEnd, ReadError> read(const Query& query, const ReadOptions& options, const EventSink& sink) const override { return log_.read(query, options, sink); }
  Position head() const override { return log_.head(); }
  Position last_with_tag(std::string_view tag) const override { return log_.last_with_tag(tag); }
  std::optional<Appended> find_command(const Id128& command) const override { return log_.find_command(command); }
  Position position_at(Instant time) const override { return log_.position_at(time); }
  Result<std::unique_ptr<Subscription>, ReadError> subscribe(Query query, Position after, Subscriber subscriber) override { return log_.subscribe(std::move(query), after, std::move(subscriber)); }

 private:
  EventLog& log_;
};

TEST_F(Reading, ShowsNothingConfidentialThatItCannotRecord) {
  wait_for_views();
  FullLog full(*log_);
  Office office(full, ids_, [this] { return now_; });
  ReadLog reads(office);
  std::vector<Route> routes;
  add_resource_routes(routes, {office, *views_, reads, [] { return std::vector<Actor>{}; }});
  const Router router(std::move(routes));
  const auto status_of = [&](const std::string& path) {
    auto request = std::make_shared<Request>();
    request->method = "GET";
    request->path = path;
    const auto target = parse_target(path);
    const auto found = router.find("GET", target->segments);
    request->path_params = std::get<Match>(found).params;
    request->actor = author();
    std::promise<Response> replied;
    std::get<Match>(found).route->handler(request, [&](Response response) { replied.set_value(std::move(response)); });
    const auto response = replied.get_future().get();
    EXPECT_EQ(response.body.find("眠れない"), std::string::npos);
    return response.status;
  };
  EXPECT_EQ(status_of("/api/cases/" + to_text(care_)), 503);
  EXPECT_EQ(status_of("/api/cases"), 503);
  EXPECT_EQ(status_of("/api/people/" + to_text(kAiko)), 200);
}

}  // namespace
}  // namespace rireki::api::test
