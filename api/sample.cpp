#include "api/sample.h"

#include <algorithm>
#include <future>
#include <stdexcept>

#include "api/sample_names.h"
#include "domain/candidates.h"

namespace rireki::api {
namespace {

using nlohmann::json;

// Per cent of the regular staff without a head's post, in a year.
constexpr int kMovedPercent = 12;
constexpr int kResignedPercent = 2;
constexpr int kLeavePercent = 3;
constexpr int kLineCarePercent = 1;
constexpr int kRetirementAge = 61;
constexpr int kOneOnOnePercent = 70;     // of those in their first nine years
constexpr int kFollowedUpPercent = 60;   // of those who moved
constexpr int kTrainedPercent = 85;
constexpr int kStaffPerVoyager = 1'500;
constexpr int kSupportHeads = 14;

// Lives the years step by step, in order of time; stops at the first refusal, which is a bug of the sample or of a rule.
class Life {
 public:
  Life(Office& office, IdSource& ids, const SampleOptions& options)
      : office_(office), ids_(ids), options_(options), random_(options.seed) {}

  Result<SampleWard, SampleError> live() {
    const int last_year = fiscal_year(options_.today);
    const int first_year = last_year - options_.years + 1;
    at(fiscal_year_period(first_year).first - days{20}, 9);
    auto facts = found_ward(ward_, options_.staff, fiscal_year_period(first_year).first, random_, ids_);
    open_accounts();
    record("found the ward", std::move(facts));
    record("name deputies", deputies());
    for (int year = first_year; year <= last_year && !error_; ++year) {
      if (options_.progress) options_.progress(year - first_year, options_.years);
      live_year(year);
    }
    if (error_) return *error_;
    at(options_.today, 9);
    open_staff_accounts();
    if (options_.progress) options_.progress(options_.years, options_.years);
    return std::move(ward_);
  }

 private:
  struct Move {
    std::size_t person, to;
    CaseId id;
  };

  void live_year(int year) {
    const Period span = fiscal_year_period(year);
    register_for_support(span.first + days{20});
    order_late(span.first + days{25}, span);
    line_care_cases(span.first + days{30});
    follow_up(span.first + days{31});
    send_voyagers(span.first + days{45}, span.first);
    leaves(span.first + days{60});
    pass_deadlines(span.first + days{123});
    check_voyagers(span.first + days{125});
    absences(span.first + days{150});
    end_absences(span.first + days{160});
    one_on_ones(span.first + days{172});
    ask_for_support(span.first + days{185});
    correct_a_leave(span.first + days{200});
    end_support(span.first + days{202});
    extend_voyager(span.first + days{260}, span.first);
    const Day april = span.last + days{1};
    if (april > options_.today) return;
    auto moves = drafts(april - days{75}, april);
    train(april - days{60});
    approvals(april - days{30}, moves);
    return_voyagers(span.first + days{335});
    leavers(april - days{16}, span.last);
    announce_and_order(april - days{12}, moves);
    newcomers(april - days{6}, april);
    arrivals(april + days{1}, moves);
  }

  // --- Time and recording ---
  bool lived(Day day) const { return day <= options_.today && !error_; }
  void at(Day day, int hour) {
    steps_ = 0;
    morning_ = Instant{day.time_since_epoch() + std::chrono::hours{hour - 9}};
    options_.set_clock(morning_);
  }
  void next_step() { options_.set_clock(morning_ + std::chrono::seconds{15} * ++steps_); }

  Actor actor(PersonId person) {
    const auto& account = ward_.accounts.at(person);
    return {account.account, person, account.roles};
  }
  Command command() { return {.id = ids_.next128()}; }

  void record(const char* step, std::vector<FactEntry> facts) {
    if (error_ || facts.empty()) return;
    next_step();
    const auto done = office_.record_facts(actor(ward_.hr_worker), std::move(facts), {.command = command()});
    if (done) return;
    if (done.error().storage) throw std::runtime_error("the sample could not be recorded: " + done.error().storage->what);
    error_ = SampleError{step, done.error().violations.front().refusal};
  }

  std::optional<CommandAnswer> wait(const char* step, const std::function<void(CommandDone)>& send) {
    if (error_) return std::nullopt;
    next_step();
    std::promise<Result<CommandAnswer, CommandError>> answered;
    send([&](Result<CommandAnswer, CommandError> answer) { answered.set_value(std::move(answer)); });
    const auto answer = answered.get_future().get();
    if (answer) return *answer;
    if (answer.error().kind == CommandErrorKind::kStorage) throw std::runtime_error("the sample could not be recorded");
    auto refusal = answer.error().refusal;
    if (answer.error().kind == CommandErrorKind::kNotFound) refusal.rule = "not-found";
    error_ = SampleError{step, std::move(refusal)};
    return std::nullopt;
  }
  CaseId open(const char* step, PersonId by, ActionRequest request) {
    const auto answer = wait(step, [&](CommandDone done) { office_.open(actor(by), std::move(request), {.command = command()}, std::move(done)); });
    return answer ? answer->case_id : CaseId{};
  }
  void act(const char* step, PersonId by, CaseId id, std::string action, json form = json::object(), std::string reason = "") {
    wait(step, [&](CommandDone done) {
      office_.act(actor(by), id, {.action = std::move(action), .form = std::move(form), .reason = std::move(reason)}, {.command = command()}, std::move(done));
    });
  }

  // --- Who is where ---
  FactEntry entry(Fact fact) { return {.id = ids_.make<FactId>(), .fact = std::move(fact)}; }
  std::size_t post_index(PostId post) const {
    return static_cast<std::size_t>(std::find_if(ward_.posts.begin(), ward_.posts.end(), [&](const SamplePost& p) { return p.post == post; }) - ward_.posts.begin());
  }
  PersonId head_of(UnitId unit) const {
    for (const auto& post : ward_.posts)
      if (post.unit == unit && post.head) return post.holders.front();
    return {};
  }
  bool movable(const SamplePerson& person) const {
    return !person.gone && person.type == EmploymentType::kRegular && !ward_.posts[post_index(person.post)].head && person.person != ward_.hr_worker &&
           person.person != ward_.nurse && !away_.contains(person.person);
  }
  std::vector<std::size_t> draw(int percent) {
    std::vector<std::size_t> drawn;
    for (std::size_t i = 0; i < ward_.people.size(); ++i)
      if (movable(ward_.people[i]) && below(random_, 100) < static_cast<std::uint64_t>(percent)) drawn.push_back(i);
    return drawn;
  }

  void open_account(PersonId person, std::set<std::string> roles, std::string login = "", Text what = {}) {
    if (login.empty()) {
      const auto found = std::find_if(ward_.people.begin(), ward_.people.end(), [&](const SamplePerson& p) { return p.person == person; });
      login = sample_staff_number(static_cast<int>(found - ward_.people.begin()) + 1);
    }
    const SampleAccount account{ids_.make<AccountId>(), login, std::move(roles)};
    const AccountOpened event{.account = account.account, .login = login, .person = person, .roles = {account.roles.begin(), account.roles.end()}};
    if (const auto done = office_.record(Actor{}, {event}, Unconditional{}, std::nullopt); !done)
      throw std::runtime_error("an account of the sample could not be recorded: " + done.error().what);
    if (person) ward_.accounts[person] = account;
    if (!what.ja.empty()) ward_.demo.push_back({login, account.account, person, std::move(what)});
  }

  // Everybody who acts in these years; those to sign in with have a login that says what they are.
  void open_accounts() {
    open_account(ward_.hr_worker, {"staff", "hr"}, "hr", {"人事担当", "HR case worker"});
    open_account(ward_.hr_head, {"staff", "manager", "hr"}, "hr-head", {"職員課長（決裁）", "head of the HR section, decides"});
    open_account(ward_.hr_director, {"staff", "manager", "hr"}, "hr-director", {"総務部長", "director in charge of HR"});
    open_account(ward_.authority, {"staff", "manager"}, "authority", {"副区長（任命権者）", "appointing authority"});
    open_account(ward_.nurse, {"staff", "occupational-health"}, "nurse", {"保健師（産業保健）", "occupational health"});
    open_account(head_of(ward_.home_section), {"staff", "manager"}, "home-head", {"情報政策課長（現所属長）", "head of the home section"});
    open_account(head_of(ward_.receiving_section), {"staff", "manager"}, "receiving-head", {"経理用地課長（受入れ所属長）", "head of the receiving section"});
    for (const auto& post : ward_.posts)
      if (post.head && !ward_.accounts.contains(post.holders.front())) open_account(post.holders.front(), {"staff", "manager"});
    open_account(PersonId{}, {"auditor"}, "auditor", {"監査", "auditor"});
    open_account(PersonId{}, {"administrator"}, "admin", {"システム管理者", "system administrator"});
  }

  // At the end of the years: one of the home section's staff to be moved, their team head, a colleague.
  void open_staff_accounts() {
    for (const auto& unit : ward_.units) {
      if (unit.parent != ward_.home_section) continue;
      std::vector<PersonId> here;
      for (const auto& person : ward_.people)
        if (movable(person) && ward_.posts[post_index(person.post)].unit == unit.unit) here.push_back(person.person);
      if (here.size() < 2) continue;
      const PersonId head = head_of(unit.unit);
      ward_.demo.push_back({ward_.accounts.at(head).login, ward_.accounts.at(head).account, head, {"staffの係長", "team head of 'staff'"}});
      open_account(here[0], {"staff"}, "staff", {"情報政策課の職員", "one of the home section's staff"});
      open_account(here[1], {"staff"}, "colleague", {"その同僚", "a colleague of 'staff'"});
      return;
    }
  }

  // 代決: the first team head of a section stands in for its manager.
  std::vector<FactEntry> deputies() {
    std::vector<FactEntry> facts;
    for (const auto& unit : ward_.units) {
      if (unit.level != UnitLevel::kKa) continue;
      const auto team = std::find_if(ward_.units.begin(), ward_.units.end(), [&](const SampleUnit& u) { return u.parent == unit.unit; });
      const auto post = std::find_if(ward_.posts.begin(), ward_.posts.end(), [&](const SamplePost& p) { return p.unit == unit.unit && p.head; });
      facts.push_back(entry(DeputyNamed{.post = post->post, .deputy = head_of(team->unit), .order = 1, .excluded_matters = {}, .from = ward_.first_day}));
    }
    return facts;
  }

  // --- The year ---
  void line_care_cases(Day day) {
    if (!lived(day)) return;
    at(day, 10);
    for (const auto i : draw(kLineCarePercent)) {
      const auto& person = ward_.people[i];
      const PersonId superior = head_of(ward_.posts[post_index(person.post)].unit);
      line_care(superior, person.person, day);
    }
  }
  void line_care(PersonId superior, PersonId subject, Day day) {
    const CaseId id = open("notice signs", superior,
                           {.procedure = "line-care", .subject = {"person", to_text(subject)}, .action = {}, .form = {{"noticed_on", iso(day)}, {"signs", "遅刻が続き、口数が少ない（見本）"}}});
    if (below(random_, 4) == 0) return;
    act("listen", superior, id, "listen", {{"heard_on", iso(day)}, {"heard", "業務が重なり眠れない（見本）"}, {"consent", below(random_, 3) == 0 ? "none" : "named"}});
    act("take measures", ward_.nurse, id, "measure", {{"measure", "担当業務の調整と産業医面談（見本）"}, {"next_review", iso(day + days{28})}});
  }

  void leaves(Day day) {
    if (!lived(day)) return;
    at(day, 11);
    std::vector<FactEntry> facts;
    for (const auto i : draw(kLeavePercent)) {
      const auto& person = ward_.people[i];
      const LeaveId leave = ids_.make<LeaveId>();
      const Day from = day + days{10 + static_cast<int>(below(random_, 40))};
      const int length = 60 + static_cast<int>(below(random_, 240));
      facts.push_back(entry(LeaveStarted{.leave = leave, .person = person.person, .kind = below(random_, 3) == 0 ? LeaveKind::kSick : LeaveKind::kChildcare,
                                         .from = from, .last_day = from + days{length}}));
      away_[person.person] = from + days{length};
      last_leave_ = {leave, person.person, from + days{length}};
    }
    record("start leaves", std::move(facts));
  }

  void absences(Day day) {
    if (!lived(day)) return;
    at(day, 9);
    for (const auto& post : ward_.posts) {
      if (!post.head || post.grade != Grade::kSectionManager || below(random_, 5) != 0) continue;
      const PersonId head = post.holders.front();
      absences_.push_back({head, open("declare an absence", head, {.procedure = "absence", .subject = {"person", to_text(head)}, .action = {},
                                                                   .form = {{"from", iso(day + days{3})}, {"last_day", iso(day + days{7})}, {"where", "travel"}}})});
    }
  }
  void end_absences(Day day) {
    if (!lived(day)) return;
    at(day, 9);
    for (const auto& [head, id] : absences_)
      if (below(random_, 3) > 0) act("confirm a return", head, id, "confirm-back");  // some forget
    absences_.clear();
  }

  // A leave turned out longer than recorded: the extension is a fact of its own.
  void correct_a_leave(Day day) {
    if (!lived(day) || !last_leave_.person || last_leave_.last_day < day) return;
    at(day, 15);
    record("extend a leave", {entry(LeaveChanged{.leave = last_leave_.leave, .person = last_leave_.person, .last_day = last_leave_.last_day + days{30}})});
    away_[last_leave_.person] = last_leave_.last_day + days{30};
    last_leave_ = {};
  }

  std::vector<Move> drafts(Day day, Day april) {
    if (!lived(day)) return {};
    at(day, 13);
    std::erase_if(away_, [&](const auto& one) { return one.second < day; });
    std::vector<Move> moves;
    std::map<std::size_t, int> taken;
    for (const auto i : draw(kMovedPercent)) {
      const auto& person = ward_.people[i];
      const auto from = post_index(person.post);
      for (int tries = 0; tries < 20; ++tries) {
        const auto to = static_cast<std::size_t>(below(random_, ward_.posts.size()));
        const auto& post = ward_.posts[to];
        if (to == from || post.head || post.fiscal_year || post.category != person.category || post.unit == ward_.posts[from].unit) continue;
        if (static_cast<int>(post.holders.size()) + taken[to] >= post.quota) continue;
        ++taken[to];
        moves.push_back({i, to, draft_transfer(person, post, april)});
        moving_.push_back(i);
        break;
      }
    }
    return moves;
  }
  CaseId draft_transfer(const SamplePerson& person, const SamplePost& to, Day april) {
    const CaseId id = open("draft a transfer", ward_.hr_worker,
                           {.procedure = "transfer", .subject = {"person", to_text(person.person)}, .action = {},
                            .form = {{"to_post", to_text(to.post)}, {"effective", iso(april)}, {"order_kind", "配置換"}}});
    const char* const wishes[] = {"move", "move", "none", "stay"};
    const std::string wish = wishes[below(random_, 4)];
    act("record a wish", ward_.hr_worker, id, "intent", {{"wish", wish}});
    json form = json::object();
    if (wish == "stay") form["departure_reason"] = "受入れ所属の欠員を補うため";
    act("submit a transfer", ward_.hr_worker, id, "submit", std::move(form), "在職年数にかかわらず、体制の見直しによる");
    return id;
  }

  PersonId section_head_of(PostId post) const {
    UnitId unit = ward_.posts[post_index(post)].unit;
    for (const auto& one : ward_.units)
      if (one.unit == unit && one.level == UnitLevel::kKakari) unit = one.parent;
    return head_of(unit);
  }

  void approvals(Day day, std::vector<Move>& moves) {
    if (!lived(day)) return;
    at(day, 10);
    for (auto& move : moves) {
      const PersonId receiving = section_head_of(ward_.posts[move.to].post), home = section_head_of(ward_.people[move.person].post);
      if (below(random_, 12) == 0) {  // 差戻し and a second round
        act("send a transfer back", receiving, move.id, "send-back", json::object(), "受入れの時期を確かめたい");
        act("submit again", ward_.hr_worker, move.id, "submit", {{"departure_reason", "受入れ所属と調整済み"}}, "調整済み");
      }
      act("consent as the receiving head", receiving, move.id, "approve");
      if (home != receiving) act("consent as the home head", home, move.id, "approve");
      act("decide as the HR head", ward_.hr_head, move.id, "approve");
    }
  }

  void announce_and_order(Day day, std::vector<Move>& moves) {
    if (!lived(day)) return;
    at(day, 9);
    for (auto& move : moves) act("announce a transfer", ward_.hr_worker, move.id, "announce");
    at(day + days{6}, 9);
    int number = 0;
    for (auto& move : moves) {
      auto& person = ward_.people[move.person];
      act("order a transfer", ward_.hr_worker, move.id, "order", {{"order_number", std::to_string(++number)}});
      std::erase(ward_.posts[post_index(person.post)].holders, person.person);
      person.post = ward_.posts[move.to].post;
      ward_.posts[move.to].holders.push_back(person.person);
    }
  }

  void arrivals(Day day, std::vector<Move>& moves) {
    if (!lived(day)) return;
    at(day, 9);
    for (auto& move : moves) act("confirm an arrival", section_head_of(ward_.posts[move.to].post), move.id, "arrive");
    moved_.clear();
    for (const auto& move : moves) moved_.push_back(move.person);
    moving_.clear();
  }

  void leavers(Day day, Day last_day) {
    if (!lived(day)) return;
    at(day, 16);
    std::vector<FactEntry> facts;
    const auto drawn = draw(kResignedPercent);
    for (std::size_t i = 0; i < ward_.people.size(); ++i) {
      auto& person = ward_.people[i];
      const bool term_over = !person.gone && person.type == EmploymentType::kFiscalYear;
      const bool retires = movable(person) && age_on(person.birth, last_day) >= kRetirementAge;
      const bool resigns = std::find(drawn.begin(), drawn.end(), i) != drawn.end();
      const bool moving = std::find(moving_.begin(), moving_.end(), i) != moving_.end();
      if (moving || !(term_over || retires || resigns)) continue;
      person.gone = true;
      std::erase(ward_.posts[post_index(person.post)].holders, person.person);
      // A fiscal-year appointment ends by its own term; the others are separated.
      if (!term_over)
        facts.push_back(entry(Separated{.person = person.person, .kind = retires ? SeparationKind::kRetired : SeparationKind::kResigned, .last_day = last_day}));
    }
    record("separate leavers", std::move(facts));
  }

  void newcomers(Day day, Day april) {
    if (!lived(day)) return;
    at(day, 10);
    std::vector<FactEntry> facts;
    const std::size_t posts = ward_.posts.size();
    for (std::size_t p = 0; p < posts; ++p) {
      const auto& post = ward_.posts[p];
      if (post.head) continue;
      const int wanted = post.fiscal_year ? post.quota : post.quota - 2;
      while (static_cast<int>(ward_.posts[p].holders.size()) < wanted) {
        if (post.fiscal_year)
          hire(ward_, p, EmploymentType::kFiscalYear, Grade::kNone, "fiscal-year", april, fiscal_year_period(fiscal_year(april)).last, 40, random_, ids_, facts);
        else
          hire(ward_, p, EmploymentType::kRegular, Grade::kStaff, below(random_, 8) == 0 ? "III" : below(random_, 8) == 0 ? "experienced-staff" : "I", april, kForever,
               22 + static_cast<int>(below(random_, 6)), random_, ids_, facts);
      }
    }
    record("appoint newcomers", std::move(facts));
  }

  // --- Talks, trainings, deadlines ---
  PersonId superior_of(const SamplePerson& person) const { return head_of(ward_.posts[post_index(person.post)].unit); }
  // Where they work today: of a Voyager, in the covered post.
  PersonId superior_now(PersonId person) {
    PersonId superior;
    office_.with_context([&](const DecisionContext& context) { superior = context.reg.superior_of(person, {context.today()}).value_or(PersonId{}); });
    return superior;
  }
  int year_of(const SamplePerson& person, Day day) const { return year_of_service(person.appointed, day); }

  void one_on_ones(Day day) {
    if (!lived(day)) return;
    at(day, 9);
    for (const auto i : draw(kOneOnOnePercent)) {
      const auto& person = ward_.people[i];
      const PersonId superior = superior_of(person);
      if (!superior || year_of(person, day) > 9) continue;
      const CaseId id = open("plan a 1on1", superior, {.procedure = "one-on-one", .subject = {"person", to_text(person.person)}, .action = {}, .form = {{"planned_on", iso(day)}}});
      act("hold a 1on1", superior, id, "hold", {{"held_on", iso(day)}, {"themes", {"ability", "medium-term"}}, {"talked", "今後伸ばしたい力について（見本）"}});
      if (below(random_, 2) == 0) act("conclude a 1on1", superior, id, "conclude", {{"next_step", "研修に申し込む（見本）"}});
    }
  }

  void follow_up(Day day) {
    if (!lived(day)) return;
    at(day, 9);
    for (const auto i : moved_) {
      const auto& person = ward_.people[i];
      const auto found = open_case_of("transferee-follow-up", {"person", to_text(person.person)});
      if (!found) continue;
      follow_ups_.push_back(found);
      if (below(random_, 100) < kFollowedUpPercent) act("talk with somebody who moved", superior_of(person), found, "interview-1", {{"held_on", iso(day)}, {"themes", {"worries", "work"}}});
    }
  }

  void train(Day day) {
    if (!lived(day)) return;
    at(day, 9);
    std::vector<FactEntry> facts;
    for (const auto i : draw(kTrainedPercent)) {
      const auto& person = ward_.people[i];
      const int year = year_of(person, day);
      if (year == 2) facts.push_back(entry(DutyCompleted{.person = person.person, .duty = "resilience-training", .on = day}));
      if (year <= 4) facts.push_back(entry(DutyCompleted{.person = person.person, .duty = "step-up-training", .on = day}));
    }
    record("complete trainings", std::move(facts));
  }

  // What the server does by itself while it runs.
  void pass_deadlines(Day day) {
    if (!lived(day)) return;
    at(day, 4);
    for (const auto id : follow_ups_) {
      std::promise<void> answered;
      office_.pass_deadline(id, [&](const auto&) { answered.set_value(); });  // refused where nothing is due
      answered.get_future().get();
    }
    follow_ups_.clear();
  }

  // The one opened last.
  CaseId open_case_of(const std::string& procedure, const Subject& subject) {
    CaseId found;
    office_.with_context([&](const DecisionContext& context) {
      Instant opened{};
      for (const auto& one : open_cases(context, procedure, subject))
        if (one.opened_at >= opened) found = one.id, opened = one.opened_at;
    });
    return found;
  }
  CaseId opened_by(CaseId id, const std::string& procedure) {
    CaseId found;
    office_.with_context([&](const DecisionContext& context) {
      for (const auto& one : context.opened_from(id))
        if (one.procedure == procedure) found = one.id;
    });
    return found;
  }
  void ensure_account(PersonId person) {
    if (!ward_.accounts.contains(person)) open_account(person, {"staff"});
  }

  // --- Late and cancelled orders ---
  void order_late(Day day, const Period& year) {
    if (!lived(day)) return;
    const auto drawn = draw(100);
    if (drawn.size() < 2) return;
    at(day, 13);
    const auto& person = ward_.people[drawn[below(random_, drawn.size())]];
    const auto& beside = ward_.people[drawn[below(random_, drawn.size())]];
    if (beside.post == person.post) return;
    const CaseId id = open("draft a late order", ward_.hr_worker, {.procedure = "transfer", .subject = {"person", to_text(person.person)}, .action = {},
                                                                   .form = {{"to_post", to_text(beside.post)}, {"effective", iso(day - days{15})}, {"order_kind", "兼務"}, {"concurrent", true}, {"until", iso(year.last)}}});
    act("submit a late order", ward_.hr_worker, id, "submit", json::object(), "四月当初からの応援を発令し忘れたため");
    const PersonId receiving = section_head_of(beside.post), home = section_head_of(person.post);
    act("consent as the receiving head", receiving, id, "approve");
    if (home != receiving) act("consent as the home head", home, id, "approve");
    act("decide as the HR head", ward_.hr_head, id, "approve");
    act("order late", ward_.hr_worker, id, "order", json::object(), "遡及のため内示なし");
    if (below(random_, 2) == 0) act("cancel an order", ward_.hr_worker, id, "cancel", json::object(), "兼務先との調整がつかないため");
  }

  // --- Leaves that are covered ---
  struct Dispatch {
    std::size_t away, voyager;
    CaseId leave, dispatch;
    LeaveId leave_id;
    Day from, last;
  };
  void send_voyagers(Day day, Day first) {
    if (!lived(day)) return;
    at(day, 10);
    auto ready = draw(100);
    for (int n = std::max(1, options_.staff / kStaffPerVoyager); n > 0 && ready.size() >= 2 && !error_; --n) {
      const auto take = [&] {
        const auto at = below(random_, ready.size());
        const auto taken = ready[at];
        ready.erase(ready.begin() + static_cast<std::ptrdiff_t>(at));
        return taken;
      };
      Dispatch one{.away = take(), .voyager = take(), .leave = {}, .dispatch = {}, .leave_id = {}, .from = first + days{91}, .last = first + days{291}};
      order_leave(one);
      certify(ward_.people[one.voyager], day);
      dispatch(one);
      for (const auto i : {one.away, one.voyager}) away_[ward_.people[i].person] = first + days{335};
      dispatches_.push_back(one);
    }
  }
  void order_leave(Dispatch& one) {
    const auto& person = ward_.people[one.away];
    one.leave = open("apply for a leave", ward_.hr_worker, {.procedure = "childcare-leave", .subject = {"person", to_text(person.person)}, .action = {}, .form = {{"from", iso(one.from)}, {"last_day", iso(one.last)}}});
    act("submit a leave", ward_.hr_worker, one.leave, "submit");
    act("review a leave", section_head_of(person.post), one.leave, "approve");
    act("decide a leave", ward_.hr_head, one.leave, "approve");
    act("order a leave", ward_.hr_worker, one.leave, "order");
    office_.with_context([&](const DecisionContext& context) {
      for (const auto& leave : context.reg.leaves(person.person))
        if (leave.period.first == one.from) one.leave_id = leave.leave;
    });
  }
  void certify(const SamplePerson& person, Day day) {
    ensure_account(person.person);
    if (open_case_of("voyager-certification", {"person", to_text(person.person)})) return;
    const CaseId id = open("apply as a Voyager", person.person, {.procedure = "voyager-certification", .subject = {"person", to_text(person.person)}, .action = {},
                                                                 .form = {{"ground", "experience"}, {"skills", {"窓口", "会計"}}, {"from", iso(day)}, {"last_day", iso(day + days{4 * 365})}}});
    act("talk with a Voyager", superior_of(person), id, "talk", {{"talked_on", iso(day)}});
    act("certify a Voyager", ward_.hr_worker, id, "certify");
  }
  void dispatch(Dispatch& one) {
    const auto& away = ward_.people[one.away];
    const auto& voyager = ward_.people[one.voyager];
    one.dispatch = open("propose a Voyager", ward_.hr_worker, {.procedure = "voyager", .subject = {"person", to_text(voyager.person)}, .action = {},
                                                               .form = {{"leave", to_text(one.leave_id)}, {"cover_post", to_text(away.post)}, {"from", iso(one.from)}, {"last_day", iso(one.last)}}});
    act("talk with the Voyager", ward_.hr_worker, one.dispatch, "talk-person", {{"person_agrees", true}});
    act("talk with the home unit", ward_.hr_worker, one.dispatch, "talk-home", {{"home_agrees", true}});
    act("face the gap", ward_.hr_worker, one.dispatch, "face-gap", {{"home_gap", "accepted"}});
    act("submit a dispatch", ward_.hr_worker, one.dispatch, "submit");
    const PersonId home = section_head_of(voyager.post), receiving = section_head_of(away.post);
    act("consent as the home head", home, one.dispatch, "approve");
    if (receiving != home) act("consent as the receiving head", receiving, one.dispatch, "approve");
    act("decide a dispatch", ward_.hr_head, one.dispatch, "approve");
    act("order a dispatch", ward_.hr_worker, one.dispatch, "order", {{"next_check", iso(one.from + days{30})}});
    act("leave the gap at home open", ward_.hr_worker, opened_by(one.dispatch, "vacancy"), "accept", json::object(), "係内で分担する");
  }
  void check_voyagers(Day day) {
    if (!lived(day)) return;
    at(day, 9);
    for (const auto& one : dispatches_)
      act("check on a Voyager", superior_of(ward_.people[one.away]), one.dispatch, "check", {{"checked_on", iso(day)}, {"next_check", iso(day + days{30})}});
  }
  void extend_voyager(Day day, Day first) {
    if (!lived(day) || dispatches_.empty()) return;
    at(day, 9);
    auto& one = dispatches_.front();
    const Day last = first + days{330};
    const auto& voyager = ward_.people[one.voyager];
    act("extend a leave", ward_.hr_worker, one.leave, "extend", {{"last_day", iso(last)}}, "保育所が決まらないため");
    act("agree to an extension", voyager.person, one.dispatch, "agree-extension", {{"extension_person", iso(last)}});
    act("agree for the home unit", section_head_of(voyager.post), one.dispatch, "agree-extension-home", {{"extension_home", iso(last)}});
    act("order an extension", ward_.hr_worker, one.dispatch, "order-extension", {{"extension_from", iso(one.last + days{1})}, {"last_day", iso(last)}});
    one.last = last;
  }
  void return_voyagers(Day day) {
    if (!lived(day)) return;
    at(day, 9);
    for (const auto& one : dispatches_) {
      act("return a Voyager", ward_.hr_worker, one.dispatch, "return", {{"last_worked", iso(one.last)}});
      act("end a leave", ward_.hr_worker, one.leave, "return", {{"last_day", iso(one.last)}});
    }
    dispatches_.clear();
  }

  // --- Support ---
  void register_for_support(Day day) {
    if (!lived(day)) return;
    at(day, 12);
    const bool first = supporters_.empty();
    auto ready = draw(100);
    for (int n = std::max(first ? 2 * kSupportHeads : 1, options_.staff / (first ? 40 : 400)); n > 0 && !ready.empty(); --n) {
      const auto at = below(random_, ready.size());
      const PersonId person = ward_.people[ready[at]].person;
      ready.erase(ready.begin() + static_cast<std::ptrdiff_t>(at));
      if (!supporters_.insert(person).second) continue;
      ensure_account(person);
      const char* const skills[] = {"救護", "英語", "手話", "会計", "イベント運営"};
      open("register for support", person, {.procedure = "support-roster", .subject = {"person", to_text(person)}, .action = {},
                                            .form = {{"skills", {skills[below(random_, 5)]}}, {"days", "any"}, {"from", iso(day)}, {"last_day", iso(day + days{10 * 366})}}});
    }
  }
  void ask_for_support(Day day) {
    if (!lived(day)) return;
    at(day, 9);
    const UnitId unit = ward_.receiving_section;
    const Day from = day + days{10}, last = day + days{11};
    support_ = open("ask for support", head_of(unit), {.procedure = "support-dispatch", .subject = {"unit", to_text(unit)}, .action = {},
                                                       .form = {{"work", "区民まつり（見本）"}, {"head_count", kSupportHeads}, {"skills", {"救護"}}, {"from", iso(from)}, {"last_day", iso(last)}}});
    act("call for support", ward_.hr_worker, support_, "call");
    json people = json::array();
    office_.with_context([&](const DecisionContext& context) {
      const json form = {{"from", iso(from)}, {"last_day", iso(last)}, {"work", "区民まつり（見本）"}};
      for (const auto& one : candidates(context, *context.procedures("support-assignment", 0), "support", form, {"救護"}))
        if (one.eligible && people.size() < kSupportHeads) people.push_back(to_text(one.person));
    });
    act("match support", ward_.hr_worker, support_, "match", {{"people", people}});
    for (const auto& person : people) {
      const CaseId id = open_case_of("support-assignment", {"person", person.get<std::string>()});
      const PersonId superior = superior_now(parse<PersonId>(person.get<std::string>()).value());
      if (below(random_, 6) == 0) {
        act("refuse support", superior, id, "refuse-support", json::object(), "月末の窓口のため");
      } else {
        act("consent to support", superior, id, "consent");
        assigned_.push_back(id);
      }
    }
  }
  void end_support(Day day) {
    if (!lived(day) || !support_) return;
    at(day, 9);
    for (const auto id : assigned_) act("record support", ward_.hr_worker, id, "serve", {{"hours", 7.5}});
    act("report support", ward_.hr_worker, support_, "report", {{"applicants", kSupportHeads}, {"served", assigned_.size()}});
    assigned_.clear();
    support_ = {};
  }

  Office& office_;
  IdSource& ids_;
  const SampleOptions& options_;
  std::mt19937_64 random_;
  SampleWard ward_;
  std::map<PersonId, Day> away_;          // on leave until
  std::vector<std::size_t> moving_;       // who has a transfer under way
  std::vector<std::size_t> moved_;        // who moved this April
  std::vector<CaseId> follow_ups_, assigned_;
  std::vector<std::pair<PersonId, CaseId>> absences_;
  std::vector<Dispatch> dispatches_;
  std::set<PersonId> supporters_;
  CaseId support_;
  struct { LeaveId leave; PersonId person; Day last_day; } last_leave_{};
  std::optional<SampleError> error_;
  Instant morning_{};
  int steps_ = 0;
};

}  // namespace

void throw_exception_from_error(const SampleError&, const boost::source_location&) { throw std::logic_error("unchecked SampleError"); }

Result<SampleWard, SampleError> live_sample(Office& office, IdSource& ids, const SampleOptions& options) { return Life(office, ids, options).live(); }

}  // namespace rireki::api
