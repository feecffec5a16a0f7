#include "api/sample.h"

#include <future>
#include <stdexcept>

#include "api/sample_life.h"

namespace rireki::api {

Day founding_day(const SampleOptions& options) { return fiscal_year_period(fiscal_year(options.today) - options.years + 1).first - days{20}; }

Result<SampleWard, SampleError> Life::live() {
  const int last_year = fiscal_year(options_.today);
  const int first_year = last_year - options_.years + 1;
  at(founding_day(options_), 9);
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

void Life::live_year(int year) {
  const Period span = fiscal_year_period(year);
  register_for_support(span.first + days{20});
  order_late(span.first + days{25}, span);
  line_care_cases(span.first + days{30});
  consult_the_desk(span.first + days{30});
  audit(span.first + days{45});
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

bool Life::lived(Day day) const { return day <= options_.today && !error_; }

void Life::at(Day day, int hour) {
  steps_ = 0;
  morning_ = Instant{day.time_since_epoch() + std::chrono::hours{hour - 9}};
  options_.set_clock(morning_);
}

void Life::next_step() { options_.set_clock(morning_ + std::chrono::seconds{15} * ++steps_); }

Actor Life::actor(PersonId person) {
  const auto& account = ward_.accounts.at(person);
  return {account.account, person, account.roles};
}

Command Life::command() { return {.id = ids_.next128()}; }

void Life::record(const char* step, std::vector<FactEntry> facts) {
  if (error_ || facts.empty()) return;
  next_step();
  const auto done = office_.record_facts(actor(ward_.hr_worker), std::move(facts), {.command = command()});
  if (done) return;
  if (done.error().storage) throw std::runtime_error("the sample could not be recorded: " + done.error().storage->what);
  error_ = SampleError{step, done.error().violations.front().refusal};
}

std::optional<CommandAnswer> Life::wait(const char* step, const std::function<void(CommandDone)>& send) {
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

CaseId Life::open(const char* step, PersonId by, ActionRequest request) {
  const auto answer = wait(step, [&](CommandDone done) { office_.open(actor(by), std::move(request), {.command = command()}, std::move(done)); });
  return answer ? answer->case_id : CaseId{};
}

void Life::act(const char* step, PersonId by, CaseId id, std::string action, json form, std::string reason) {
  wait(step, [&](CommandDone done) {
    office_.act(actor(by), id, {.action = std::move(action), .form = std::move(form), .reason = std::move(reason)}, {.command = command()}, std::move(done));
  });
}

FactEntry Life::entry(Fact fact) { return {.id = ids_.make<FactId>(), .fact = std::move(fact)}; }

std::size_t Life::post_index(PostId post) const {
  return static_cast<std::size_t>(std::find_if(ward_.posts.begin(), ward_.posts.end(), [&](const SamplePost& p) { return p.post == post; }) - ward_.posts.begin());
}

PersonId Life::head_of(UnitId unit) const {
  for (const auto& post : ward_.posts)
    if (post.unit == unit && post.head) return post.holders.front();
  return {};
}

bool Life::movable(const SamplePerson& person) const {
  return !person.gone && person.type == EmploymentType::kRegular && !ward_.posts[post_index(person.post)].head && person.person != ward_.hr_worker &&
         person.person != ward_.nurse && !away_.contains(person.person);
}

std::vector<std::size_t> Life::draw(int percent) {
  std::vector<std::size_t> drawn;
  for (std::size_t i = 0; i < ward_.people.size(); ++i)
    if (movable(ward_.people[i]) && below(random_, 100) < static_cast<std::uint64_t>(percent)) drawn.push_back(i);
  return drawn;
}

void Life::open_account(PersonId person, std::set<std::string> roles, std::string login, Text what) {
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

void Life::open_accounts() {
  open_account(ward_.hr_worker, {"staff", "hr"}, "hr", {"人事担当", "HR case worker"});
  open_account(ward_.hr_head, {"staff", "manager", "hr"}, "hr-head", {"職員課長（決裁）", "head of the HR section, decides"});
  open_account(ward_.hr_director, {"staff", "manager", "hr"}, "hr-director", {"総務部長", "director in charge of HR"});
  open_account(ward_.authority, {"staff", "manager"}, "authority", {"副区長（任命権者）", "appointing authority"});
  open_account(ward_.nurse, {"staff", "occupational-health", "harassment-handler"}, "nurse", {"保健師（産業保健、ハラスメント相談員）", "occupational health, harassment handler"});
  open_account(head_of(ward_.home_section), {"staff", "manager"}, "home-head", {"情報政策課長（現所属長）", "head of the home section"});
  open_account(head_of(ward_.receiving_section), {"staff", "manager", "harassment-handler"}, "receiving-head", {"経理用地課長（受入れ所属長、ハラスメント相談員）", "head of the receiving section, harassment handler"});
  for (const auto& post : ward_.posts)
    if (post.head && !ward_.accounts.contains(post.holders.front())) open_account(post.holders.front(), {"staff", "manager"});
  open_account(PersonId{}, {"auditor"}, "auditor", {"監査", "auditor"});
  open_account(PersonId{}, {"privacy-officer"}, "privacy", {"個人情報保護の担当者", "privacy officer"});
  open_account(PersonId{}, {"key-custodian"}, "custodian", {"鍵の管理者", "key custodian"});
  open_account(PersonId{}, {"administrator"}, "admin", {"システム管理者", "system administrator"});
}

void Life::open_staff_accounts() {
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

std::vector<FactEntry> Life::deputies() {
  std::vector<FactEntry> facts;
  for (const auto& unit : ward_.units) {
    if (unit.level != UnitLevel::kKa) continue;
    const auto team = std::find_if(ward_.units.begin(), ward_.units.end(), [&](const SampleUnit& u) { return u.parent == unit.unit; });
    const auto post = std::find_if(ward_.posts.begin(), ward_.posts.end(), [&](const SamplePost& p) { return p.unit == unit.unit && p.head; });
    facts.push_back(entry(DeputyNamed{.post = post->post, .deputy = head_of(team->unit), .order = 1, .excluded_matters = {}, .from = ward_.first_day}));
  }
  return facts;
}

PersonId Life::section_head_of(PostId post) const {
  UnitId unit = ward_.posts[post_index(post)].unit;
  for (const auto& one : ward_.units)
    if (one.unit == unit && one.level == UnitLevel::kKakari) unit = one.parent;
  return head_of(unit);
}

PersonId Life::superior_of(const SamplePerson& person) const { return head_of(ward_.posts[post_index(person.post)].unit); }

PersonId Life::superior_now(PersonId person) {
  PersonId superior;
  office_.with_context([&](const DecisionContext& context) { superior = context.reg.superior_of(person, {context.today()}).value_or(PersonId{}); });
  return superior;
}

int Life::year_of(const SamplePerson& person, Day day) const { return year_of_service(person.appointed, day); }

CaseId Life::open_case_of(const std::string& procedure, const Subject& subject) {
  CaseId found;
  office_.with_context([&](const DecisionContext& context) {
    Instant opened{};
    for (const auto& one : open_cases(context, procedure, subject))
      if (one.opened_at >= opened) found = one.id, opened = one.opened_at;
  });
  return found;
}

CaseId Life::opened_by(CaseId id, const std::string& procedure) {
  CaseId found;
  office_.with_context([&](const DecisionContext& context) {
    for (const auto& one : context.opened_from(id))
      if (one.procedure == procedure) found = one.id;
  });
  return found;
}

void Life::ensure_account(PersonId person) {
  if (!ward_.accounts.contains(person)) open_account(person, {"staff"});
}

void throw_exception_from_error(const SampleError&, const boost::source_location&) { throw std::logic_error("unchecked SampleError"); }

Result<SampleWard, SampleError> live_sample(Office& office, IdSource& ids, const SampleOptions& options) { return Life(office, ids, options).live(); }

}  // namespace rireki::api
