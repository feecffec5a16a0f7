#include "resource_world.h"

namespace rireki::api::test {

ResourceWorld::ResourceWorld() {
  const auto clock = [this] {
    std::lock_guard lock(clock_mutex_);
    return now_;
  };
  sealed_ = std::make_unique<SealedStore>(folder_.path, RocksOptions{.clock = clock, .free_bytes_min = 0, .cache_bytes = 8 * 1024 * 1024});
  log_ = sealed_->log.get();
  office_ = std::make_unique<Office>(*log_, ids_, clock);
  found();
  views_ = Views::open(folder_.path / "views", *log_, all_projections(), {}, sealed_->view_files()).value();
  std::vector<Route> routes;
  reads_ = std::make_unique<ReadLog>(*office_);
  add_resource_routes(routes, {*office_, *views_, *reads_, [] {
                                 return std::vector<Actor>{hr(), acting(kTeamHead, {"staff", "manager"}), acting(kAiko), acting(kMori, {"staff", "occupational-health"}), auditor(), administrator()};
                               }});
  router_ = std::make_unique<Router>(std::move(routes));
  wait_for_views();
}

void ResourceWorld::set_today(Day day) {
  std::lock_guard lock(clock_mutex_);
  now_ = Instant{day.time_since_epoch()} + std::chrono::hours{1};  // 10 o'clock in Japan
}

void ResourceWorld::wait_for_views() { ASSERT_TRUE(views_->wait_for(log_->head(), std::chrono::seconds(30))); }

Position ResourceWorld::record(std::vector<Fact> facts) {
  std::vector<FactEntry> entries;
  for (auto& fact : facts) entries.push_back({.id = last_fact_ = ids_.make<FactId>(), .fact = std::move(fact)});
  const auto recorded = office_->record_facts({}, std::move(entries), {});
  if (!recorded) {
    ADD_FAILURE() << "not recorded: " << (recorded.error().violations.empty() ? recorded.error().storage->what : recorded.error().violations.front().refusal.rule);
    return 0;
  }
  return recorded->last;
}

Position ResourceWorld::correct(FactId fact, Fact by, const std::string& reason) {
  const auto recorded = office_->record_facts({}, {{.id = last_fact_ = ids_.make<FactId>(), .fact = std::move(by), .corrects = fact, .reason = reason}}, {});
  EXPECT_TRUE(recorded);
  return recorded ? recorded->last : 0;
}

void ResourceWorld::publish() { ASSERT_TRUE(office_->publish({}, default_catalogue())); }

CaseId ResourceWorld::open(const Actor& actor, const std::string& procedure, PersonId subject, json form) { return open(actor, procedure, Subject{"person", to_text(subject)}, std::move(form)); }

CaseId ResourceWorld::open(const Actor& actor, const std::string& procedure, Subject subject, json form) {
  std::promise<Result<CommandAnswer, CommandError>> done;
  office_->open(actor, {.procedure = procedure, .subject = std::move(subject), .form = std::move(form)}, {.command = {ids_.next128()}},
                [&](Result<CommandAnswer, CommandError> answer) { done.set_value(std::move(answer)); });
  const auto answer = done.get_future().get();
  if (!answer) ADD_FAILURE() << procedure << " not opened: " << answer.error().refusal.rule << " " << (answer.error().refusal.fields.empty() ? "" : answer.error().refusal.fields[0].pointer);
  return answer ? answer->case_id : CaseId{};
}

std::string ResourceWorld::act(const Actor& actor, CaseId id, const std::string& action, json form, const std::string& reason) {
  std::promise<Result<CommandAnswer, CommandError>> done;
  office_->act(actor, id, {.action = action, .form = std::move(form), .reason = reason}, {.command = {ids_.next128()}},
               [&](Result<CommandAnswer, CommandError> answer) { done.set_value(std::move(answer)); });
  const auto answer = done.get_future().get();
  return answer ? "" : answer.error().kind == CommandErrorKind::kRefused ? answer.error().refusal.rule : "not-found";
}

void ResourceWorld::found() {
  const Day begin = day(2020, 4, 1);
  record({UnitEstablished{.unit = kAffairs, .name = "総務部", .level = UnitLevel::kBu, .from = begin},
          UnitEstablished{.unit = kHr, .name = "職員課", .level = UnitLevel::kKa, .parent = kAffairs, .from = begin},
          UnitEstablished{.unit = kCitizens, .name = "区民部", .level = UnitLevel::kBu, .from = begin},
          UnitEstablished{.unit = kRegistry, .name = "戸籍課", .level = UnitLevel::kKa, .parent = kCitizens, .from = begin},
          UnitEstablished{.unit = kCounter, .name = "窓口係", .level = UnitLevel::kKakari, .parent = kRegistry, .from = begin}});
  record({PostCreated{.post = kAffairsHead, .unit = kAffairs, .title = "総務部長", .head = true, .function = "hr-director", .from = begin},
          PostCreated{.post = kHrHead, .unit = kHr, .title = "職員課長", .head = true, .function = "hr-head", .from = begin},
          PostCreated{.post = kHrClerk, .unit = kHr, .title = "主事", .quota = 2, .from = begin},
          PostCreated{.post = kCitizensHead, .unit = kCitizens, .title = "区民部長", .head = true, .from = begin},
          PostCreated{.post = kRegistryHead, .unit = kRegistry, .title = "戸籍課長", .head = true, .from = begin},
          PostCreated{.post = kCounterHead, .unit = kCounter, .title = "窓口係長", .head = true, .from = begin},
          PostCreated{.post = kCounterClerk, .unit = kCounter, .title = "主事", .quota = 3, .from = begin}});
  struct Member { PersonId person; const char *number, *family, *given, *family_kana, *given_kana; PostId post; Grade grade; };
  const Member members[] = {{kDirector, "00000021", "上田", "修", "ウエダ", "オサム", kAffairsHead, Grade::kDirector},
                            {kHrManager, "00000022", "大野", "薫", "オオノ", "カオル", kHrHead, Grade::kSectionManager},
                            {kHrWorker, "00000023", "加藤", "潤", "カトウ", "ジュン", kHrClerk, Grade::kStaff},
                            {kChief, "00000024", "髙橋", "恵", "タカハシ", "メグミ", kCitizensHead, Grade::kDirector},
                            {kManager, "00000025", "田中", "一郎", "タナカ", "イチロウ", kRegistryHead, Grade::kSectionManager},
                            {kAiko, "00000026", "渡邊", "愛子", "ワタナベ", "アイコ", kCounterClerk, Grade::kStaff},
                            {kMori, "00000027", "森", "健", "モリ", "ケン", kCounterClerk, Grade::kStaff},
                            {kTeamHead, "00000028", "山本", "純", "ヤマモト", "ジュン", kCounterHead, Grade::kTeamHead}};
  for (const auto& m : members)
    record({PersonRegistered{.person = m.person, .staff_number = m.number, .name = {m.family, m.given, m.family_kana, m.given_kana}, .birth = day(1985, 6, 1)},
            Appointed{.person = m.person, .exam_category = "I", .job_family = "administrative", .job_category = "事務", .grade = m.grade, .from = begin},
            Posted{.person = m.person, .post = m.post, .from = begin, .order_kind = "採用"}});
}

Read ResourceWorld::get(const Actor& actor, const std::string& target, Language language, bool made_anew) {
  auto request = std::make_shared<Request>();
  request->method = "GET";
  const auto mark = target.find('?');
  request->path = target.substr(0, mark);
  for (std::size_t at = mark; at != std::string::npos;) {
    const auto end = target.find('&', at + 1), equals = target.find('=', at);
    request->query[target.substr(at + 1, equals - at - 1)] = target.substr(equals + 1, end == std::string::npos ? end : end - equals - 1);
    at = end;
  }
  request->language = language;
  request->actor = actor;
  const auto found = router_->find("GET", path_segments(request->path));
  const auto* match = std::get_if<Match>(&found);
  if (!match) {
    ADD_FAILURE() << "no route for " << request->path;
    return {};
  }
  request->path_params = match->params;
  if (made_anew) request->headers["cache-control"] = "no-cache";
  std::promise<Response> replied;
  auto kept = match->route->at_once ? match->route->at_once(*request) : std::nullopt;
  if (kept) replied.set_value(std::move(*kept));
  else match->route->handler(request, [&](Response response) { replied.set_value(std::move(response)); });
  Response response = replied.get_future().get();
  Read read{.status = response.status, .body = json::parse(response.body, nullptr, false), .text = response.body, .headers = response.headers};
  if (read.status == 200 && response.content_type == "application/json") {
    EXPECT_EQ(mismatch(match->route->response_schema, read.body), "") << target << "\n" << read.body.dump(1);
  } else if (read.status != 200) {
    EXPECT_NE(std::find(match->route->problems.begin(), match->route->problems.end(), read.status), match->route->problems.end())
        << target << " answers " << read.status << ", which its description does not name";
  }
  return read;
}

}  // namespace rireki::api::test
