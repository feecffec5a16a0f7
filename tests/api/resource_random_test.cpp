// After any run of commands the worklist is exactly what asking the engine about every case gives, lists show exactly what may_read allows, and the
// rebuilt view equals the live one byte for byte.
#include <random>

#include "api/deadline_keeper.h"
#include "domain/access.h"
#include "domain/deadline.h"
#include "projections/all_views.h"
#include "resource_world.h"

namespace rireki::api::test {
namespace {

class RandomRun : public ResourceWorld {
 public:
  explicit RandomRun(unsigned seed) : random_(seed) {
    publish();
    for (const auto& actor : actors())  // an earlier moment is asked with the roles of then, which are on record
      EXPECT_TRUE(office_->record({}, {AccountOpened{.account = actor.account, .login = to_text(actor.account), .person = actor.person, .roles = {actor.roles.begin(), actor.roles.end()}}}, Unconditional{}, std::nullopt));
  }
  void TestBody() override {}

  void live(int steps) {
    for (int step = 0; step < steps; ++step) {
      switch (below(8)) {
        case 0: open_transfer(); break;
        case 1: open_line_care(); break;
        case 2: change_the_register(); break;
        case 3:
          set_today(today_ += days{below(5)});
          if (below(2) == 0) pass_deadlines(*office_, *views_);
          break;
        default: act_somewhere(); break;
      }
    }
  }

  void check() {
    wait_for_views();
    for (const auto& actor : actors()) {
      std::set<std::string> readable, waiting;
      office_->with_context([&](const DecisionContext& context) {
        for (const auto id : cases_) {
          const auto state = office_->find_case(id);
          const auto definition = office_->definition(state->procedure, state->version);
          if (!may_read(context, *definition, *state, actor)) continue;
          readable.insert(to_text(id));
          if (waits_for(context, *definition, *state, actor)) waiting.insert(to_text(id));
        }
      });
      EXPECT_EQ(ids_of(get(actor, "/api/cases?limit=200").body.at("cases")), readable) << to_text(actor.person);
      EXPECT_EQ(ids_of(get(actor, "/api/worklist").body.at("items")), waiting) << to_text(actor.person);
    }
    const auto live = rows();
    ASSERT_TRUE(views_->rebuild("cases"));
    EXPECT_EQ(rows(), live);
  }
  std::size_t cases() const { return cases_.size(); }

  // Asked later of this moment, the same is answered; but for what its reader may no longer know.
  void remember_answers() {
    record({PolicySet{.policy = "a-moment", .value_json = "1", .from = today_}});  // the clock of a moment is that of its last event
    wait_for_views();
    const auto remember_one = [&](const Actor& actor, const char* target) {
      auto body = get(actor, target).body;
      const Position at = body.at("as_of");  // reading is recorded: the head moves
      answers_.push_back({at, today_, actor, target, std::move(body)});
    };
    for (const auto& actor : actors())
      for (const char* target : kAsked)
        if (actor.person || !std::string_view(target).ends_with("unit")) remember_one(actor, target);
    for (const char* target : kAskedByHr) remember_one(hr(), target);
  }
  void check_remembered() {
    wait_for_views();
    for (const auto& then : answers_) {
      std::set<std::string> readable;
      office_->with_context([&](const DecisionContext& context) {
        for (const auto id : cases_) {
          const auto state = office_->find_case(id);
          if (may_read(context, *office_->definition(state->procedure, state->version), *state, then.actor)) readable.insert(to_text(id));
        }
      });
      const std::string query = "as_of=" + std::to_string(then.at) + "&on=" + iso(then.on);
      json now = get(then.actor, then.target + (then.target.find('?') == std::string::npos ? "?" : "&") + query).body, before = then.body;
      for (const char* list : {"cases", "items"})
        if (before.contains(list)) {
          json kept = json::array();
          for (const auto& row : before[list])
            if (readable.contains(row.at("id"))) kept.push_back(row);
          before[list] = kept;
        }
      ASSERT_EQ(now, before) << then.target << " at " << then.at << " by " << to_text(then.actor.person);
    }
  }
  std::size_t answers() const { return answers_.size(); }

  // What is kept of a worklist and of a case's page is what would be read now.
  void check_kept_answers() {
    wait_for_views();
    for (const auto& actor : actors()) {
      std::vector<std::string> targets{"/api/worklist", "/api/worklist?scope=unit"};
      if (!cases_.empty()) targets.push_back("/api/cases/" + to_text(one_of(cases_)));
      for (const auto& target : targets) {
        if (!actor.person && target.ends_with("unit")) continue;
        auto kept = get(actor, target), anew = get(actor, target, Language::kJa, true);
        ASSERT_EQ(kept.status, anew.status) << target;
        for (auto* one : {&kept.body, &anew.body}) one->erase("as_of");
        EXPECT_EQ(kept.body, anew.body) << target << " of " << to_text(actor.person);
        EXPECT_EQ(kept.header("ETag"), anew.header("ETag")) << target;
      }
    }
  }

 private:
  // What it means that a case waits for somebody, without an index: a station of the line, a way on from the present state, a 後閲, an assignment.
  static bool waits_for(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor) {
    const State& here = definition.states.at(state.state);
    if (!here.final() && actor.person && state.assigned == actor.person) return true;
    if (!here.final() && due(definition, state, context.reg) == state.deadline.due)
      for (const auto& alert : state.deadline.alerts)
        if (is(context, state, alert.to, actor)) return true;
    for (const auto& open : open_actions(context, definition, state, actor)) {
      if (open.action == "approve" || open.action == "review-after") return true;
      const auto* own = definition.action(open.action);
      if (own && !here.line && std::find(own->from.begin(), own->from.end(), state.state) != own->from.end()) return true;
    }
    return false;
  }
  std::vector<Actor> actors() const {
    std::vector<Actor> all{auditor(), administrator(), hr()};
    for (const auto person : kPeople) all.push_back({AccountId{person.value + 200}, person, {"staff", "manager"}});
    all.push_back({AccountId{902}, kMori, {"staff", "occupational-health"}});
    return all;
  }
  static std::set<std::string> ids_of(const json& rows) {
    std::set<std::string> ids;
    for (const auto& row : rows) ids.insert(row.at("id").get<std::string>());
    return ids;
  }
  std::map<std::string, std::string> rows() const {
    std::map<std::string, std::string> all;
    views_->snapshot("cases").rows->scan("", "", [&](std::string_view key, std::string_view value) { return all.emplace(key, value), true; });
    return all;
  }

  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  template <class T> T one_of(const std::vector<T>& all) { return all[static_cast<std::size_t>(below(static_cast<int>(all.size())))]; }
  void remember(Result<CommandAnswer, CommandError> answer) {
    if (answer && std::find(cases_.begin(), cases_.end(), answer->case_id) == cases_.end()) cases_.push_back(answer->case_id);
  }
  template <class Send> Result<CommandAnswer, CommandError> answer_to(const Send& send) {
    std::promise<Result<CommandAnswer, CommandError>> done;
    send([&](Result<CommandAnswer, CommandError> answer) { done.set_value(std::move(answer)); });
    return done.get_future().get();
  }
  void open_case(const Actor& actor, const std::string& procedure, json form) {
    remember(answer_to([&](CommandDone done) {
      office_->open(actor, {.procedure = procedure, .subject = {"person", to_text(one_of(kPeople))}, .form = std::move(form)}, {.command = {ids_.next128()}}, std::move(done));
    }));
  }
  void open_transfer() {
    open_case(hr(), "transfer", {{"to_post", to_text(one_of(kPosts))}, {"effective", iso(today_ + days{10 + below(60)})}, {"order_kind", "配置換"}});
  }
  void open_line_care() { open_case(one_of(actors()), "line-care", {{"noticed_on", iso(today_)}, {"signs", "元気がない"}}); }
  void change_the_register() {
    const PersonId person = one_of(kPeople);
    const Day until = today_ + days{below(10)};
    std::vector<FactEntry> entries{{.id = ids_.make<FactId>()}};
    switch (below(5)) {
      case 3: entries[0].fact = PolicySet{.policy = "holidays.municipal.2026", .value_json = json{{iso(until), "休業日"}}.dump(), .from = day(2026, 1, 1)}; break;
      case 0: entries[0].fact = AwayDeclared{.person = person, .from = today_, .last_day = until}; break;
      case 1: entries[0].fact = DeputyNamed{.post = one_of(kPosts), .deputy = person, .from = today_, .last_day = until}; break;
      case 2: entries[0].fact = LeaveStarted{.leave = ids_.make<LeaveId>(), .person = person, .kind = LeaveKind::kSick, .from = today_, .last_day = until}; break;
      default: entries[0].fact = Separated{.person = person, .kind = SeparationKind::kResigned, .last_day = until}; break;
    }
    (void)office_->record_facts({}, std::move(entries), {});  // refused by an invariant now and then
  }
  // Somebody does something that is open to them; what the form asks for is not always given, and a refusal is fine.
  void act_somewhere() {
    if (cases_.empty()) return;
    const CaseId id = one_of(cases_);
    const Actor actor = one_of(actors());
    std::vector<OpenAction> open;
    office_->with_context([&](const DecisionContext& context) {
      const auto state = office_->find_case(id);
      const auto definition = office_->definition(state->procedure, state->version);
      if (may_read(context, *definition, *state, actor)) open = open_actions(context, *definition, *state, actor);
    });
    if (open.empty()) return;
    const auto action = one_of(open);
    json form = json::object();
    if (action.action == "listen") form = {{"heard_on", iso(today_)}, {"heard", "話"}, {"consent", "named"}};
    if (action.action == "share") form = {{"share_with", to_text(one_of(kPeople))}};
    if (action.action == "measure") form = {{"measure", "対策"}, {"next_review", iso(today_ + days{7})}};
    remember(answer_to([&](CommandDone done) {
      office_->act(actor, id, {.action = action.action, .form = form, .reason = "理由", .station = action.station}, {.command = {ids_.next128()}}, std::move(done));
    }));
    // An order opens cases of its own.
    const auto opened = log_->read(with_type("case/opened"), {}, [&](const EventView& event) {
      const CaseId found = std::get<CaseOpened>(decode(event).value()).case_id;
      if (std::find(cases_.begin(), cases_.end(), found) == cases_.end()) cases_.push_back(found);
      return true;
    });
    ASSERT_TRUE(opened);
  }

  struct Answered {
    Position at;
    Day on;
    Actor actor;
    std::string target;
    json body;
  };
  static constexpr const char* kAsked[] = {"/api/cases?limit=200", "/api/cases?open=true&limit=200", "/api/cases?overdue=true&limit=200", "/api/cases?mine=true&limit=200", "/api/cases?procedure=transfer&limit=200",
                                           "/api/worklist", "/api/worklist?scope=unit"};
  static constexpr const char* kAskedByHr[] = {"/api/units", "/api/people?former=true&limit=200", "/api/obligations?limit=200", "/api/covers", "/api/rosters/support"};  // who may read it all, today as then
  std::vector<Answered> answers_;
  const std::vector<PersonId> kPeople{kDirector, kHrManager, kHrWorker, kChief, kManager, kAiko, kMori, kTeamHead};
  const std::vector<PostId> kPosts{kAffairsHead, kHrHead, kHrClerk, kCitizensHead, kRegistryHead, kCounterHead, kCounterClerk};
  std::mt19937 random_;
  std::vector<CaseId> cases_;
  Day today_ = day(2026, 5, 15);
};

}  // namespace

TEST(AfterAnyRun, TheWorklistIsWhatAskingAboutEveryCaseGives) {
  std::size_t cases = 0;
  for (unsigned seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomRun run(seed);
    run.live(60);
    run.check();
    cases += run.cases();
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(cases, 150u) << "the runs must open cases to say anything";
}

TEST(AfterAnyRun, AnEarlierMomentIsAnsweredAsItWasAnsweredThen) {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomRun run(seed);
    for (int step = 0; step < 12; ++step) {
      run.live(5);
      run.remember_answers();
    }
    run.live(40);
    run.check_remembered();
    EXPECT_GT(run.answers(), 500u);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(AfterEveryStep, AKeptAnswerIsWhatWouldBeReadNow) {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomRun run(seed);
    for (int step = 0; step < 60; ++step) {
      run.live(1);
      run.check_kept_answers();
      if (::testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace rireki::api::test
