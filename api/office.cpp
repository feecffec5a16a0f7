#include "api/office.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <stdexcept>
#include <thread>

#include "api/tag_cache.h"
#include "domain/deadline.h"

namespace rireki::api {
namespace {

constexpr std::size_t kCasesCachedMax = 50'000;
// More than this read for one decision (a very large import) is replaced by one broader clause: "nothing at all since".
constexpr std::size_t kConditionItemsMax = 200'000;

std::string case_tag(CaseId id) { return "case:" + to_text(id); }

// A store that cannot be read is nothing a caller can act on: caught around the request.
template <class T>
void require_read(const Result<T, ReadError>& end) {
  if (!end) throw std::runtime_error("the log cannot be read: " + end.error().what);
}

std::vector<std::string> tags_without_register(const Body& body) {
  return std::visit(Overloaded{
      [](const DefinitionPublished& d) { return std::vector<std::string>{"definition", "definition:" + d.procedure}; },
      [](const AccountOpened& a) {
        std::vector<std::string> tags{"account", "account:" + to_text(a.account)};
        if (a.person) tags.push_back("account-of:" + to_text(a.person));
        return tags;
      },
      [](const RolesSet& r) { return std::vector<std::string>{"account", "account:" + to_text(r.account)}; },
      [](const AccountClosed& a) { return std::vector<std::string>{"account", "account:" + to_text(a.account)}; },
      [](const auto&) -> std::vector<std::string> { throw std::logic_error("this kind of body is recorded through decide or record_facts"); },
  }, body);
}

EventClass class_of(const Body& body) {
  if (std::holds_alternative<DefinitionPublished>(body)) return EventClass::kAdmin;
  if (std::holds_alternative<AccountOpened>(body) || std::holds_alternative<RolesSet>(body) || std::holds_alternative<AccountClosed>(body))
    return EventClass::kSecurity;
  return EventClass::kDomain;
}

NewEvent event_of(const Body& body, std::vector<std::string> tags, const Actor& actor, IdSource& ids, Id128 correlation) {
  NewEvent event{.id = ids.next128(), .type = event_type(body), .tags = std::move(tags), .event_class = class_of(body)};
  event.actor = actor.account ? to_text(actor.account) : "system";
  if (const auto* station = std::get_if<StationActed>(&body); station && station->for_person)
    event.on_behalf_of = to_text(station->for_person);
  event.correlation = correlation;
  event.body = encode(body);
  return event;
}

// Nothing of what was read has been appended since, in as many clauses as the log takes items for one.
AppendCondition unchanged_since(Position head, std::vector<QueryItem> items) {
  if (items.size() > kConditionItemsMax) {
    auto types = all_fact_types();
    for (auto& type : all_case_event_types()) types.push_back(std::move(type));
    types.emplace_back("definition/published");
    items = {QueryItem{.types = std::move(types), .tags = {}}};
  }
  AppendCondition condition;
  for (std::size_t at = 0; at < items.size(); at += kQueryItemsMax) {
    const auto begin = items.begin() + static_cast<std::ptrdiff_t>(at), end = items.begin() + static_cast<std::ptrdiff_t>(std::min(at + kQueryItemsMax, items.size()));
    condition.clauses.push_back({.fail_if = std::vector<QueryItem>(std::make_move_iterator(begin), std::make_move_iterator(end)), .after = head});
  }
  return condition;
}

std::vector<QueryItem> items_of(std::vector<std::string> tags) {
  std::vector<QueryItem> items;
  items.reserve(tags.size());
  for (auto& tag : tags) items.push_back(QueryItem{.types = {}, .tags = {std::move(tag)}});
  return items;
}

CommandError storage_error(const AppendError& error) {
  switch (error.code) {
    case AppendErrorCode::kConflict: return {.kind = CommandErrorKind::kConflict};
    case AppendErrorCode::kCommandReused: return {.kind = CommandErrorKind::kCommandReused};
    case AppendErrorCode::kBusy: return {.kind = CommandErrorKind::kBusy};
    case AppendErrorCode::kNoSpace: return {.kind = CommandErrorKind::kNoSpace};
    case AppendErrorCode::kTooLarge:
      return {.kind = CommandErrorKind::kRefused,
              .refusal = {.rule = "too-large", .source = "limits of the log",
                          .message = {"一度に記録できる量を超えています。分けて送ってください。", "This is more than can be recorded at once. Send it in parts."}}};
    case AppendErrorCode::kInvalid: case AppendErrorCode::kIo: case AppendErrorCode::kClosed: break;
  }
  return {.kind = CommandErrorKind::kStorage};
}

}  // namespace

void throw_exception_from_error(const CommandError&, const boost::source_location&) { throw std::logic_error("unchecked CommandError"); }
void throw_exception_from_error(const RecordError&, const boost::source_location&) { throw std::logic_error("unchecked RecordError"); }
void throw_exception_from_error(const PublishError&, const boost::source_location&) { throw std::logic_error("unchecked PublishError"); }

// The published definitions as of one position of the tag "definition".
struct Published {
  std::map<std::string, std::map<int, std::shared_ptr<const Definition>>> versions;
  std::map<std::string, std::string> newest_json;
};

class Reading;

struct Office::State {
  State(EventLog& the_log, IdSource& the_ids, std::function<Instant()> clock)
      : log(the_log), ids(the_ids), now(std::move(clock)), facts(the_log), cases(kCasesCachedMax), published(1) {
    retrier = std::thread([this] { run_retries(); });
  }
  ~State() {
    {
      std::lock_guard lock(retry_mutex);
      closing = true;
    }
    retry_wanted.notify_all();
    retrier.join();
  }

  std::shared_ptr<const Case> find_case(CaseId id);
  std::shared_ptr<const Published> definitions();
  std::shared_ptr<const Definition> definition(const std::string& id, int version, Day today);

  struct Attempt;
  void attempt(std::shared_ptr<Attempt> command);
  struct BulkAttempt;
  void attempt(std::shared_ptr<BulkAttempt> command);
  bool decide_rows(Reading& reading, const BulkAttempt& command, const std::map<std::size_t, CommandError>& fallen, BulkAnswer& answer, std::vector<Decision>& decisions, std::vector<Joint>& recorded);
  bool judge_together(Reading& reading, const BulkAnswer& answer, const std::vector<Joint>& recorded, std::map<std::size_t, CommandError>& fallen);
  Result<Decision, CommandError> decide(Reading& reading, const Actor& actor, CaseId id, bool of_the_clock, const ActionRequest& request, std::optional<Position> if_match);
  std::string state_at(CaseId id, Position up_to);
  CommandAnswer answer_of(const Appended& appended);
  BulkAnswer answer_of(const Appended& appended, const std::vector<BulkRow>& rows);
  struct Retry {
    std::function<void()> again, failed;
  };
  template <class Command> void retry(std::shared_ptr<Command> command);
  void run_retries();

  EventLog& log;
  IdSource& ids;
  std::function<Instant()> now;
  FactCache facts;
  TagCache<Case> cases;
  TagCache<Published> published;

  // A conflict is answered on the log's thread, where nothing may decide; the next attempt runs here.
  std::mutex retry_mutex;
  std::condition_variable retry_wanted;
  std::deque<Retry> retries;
  bool closing = false;
  std::thread retrier;
};

struct Office::State::Attempt {
  Actor actor;
  CaseId id;  // none: opens
  bool of_the_clock = false;  // no action: what has come due
  ActionRequest request;
  CommandMeta meta;
  CommandDone done;
  int conflicts = 0;
};

struct Office::State::BulkAttempt {
  Actor actor;
  std::vector<BulkRow> rows;
  BulkMode mode = BulkMode::kCheck;
  Command command;
  BulkDone done;
  int conflicts = 0;
};

// One question's register and context, and every query it asked the log, so that the condition is exactly what was read. Cases that were decided on
// in the same question are read as they will be.
class Reading {
 public:
  Reading(Office::State& state, Position head) : state_(state), head_(head), reg_(state.facts), context_(make()) {}
  const DecisionContext& context() const { return context_; }
  Register& reg() { return reg_; }
  // What is decided from here on is gathered there, to be judged with what others record.
  void gather_in(Joint& joint) { context_.joint = &joint; }
  void rests_on(QueryItem query) { queries_.push_back(std::move(query)); }

  std::shared_ptr<const Case> find_case(CaseId id) {
    rests_on({.types = {}, .tags = {case_tag(id)}});
    const auto found = planned_.find(id);
    return found == planned_.end() ? state_.find_case(id) : found->second;
  }
  // What the decision makes of its cases, for those that follow it. Its facts are overlaid already.
  void plan(const Decision& decision) {
    for (const auto& planned : decision.events)
      std::visit([&](const auto& body) {
        if constexpr (std::is_convertible_v<decltype(body), CaseEvent>) {
          auto& slot = planned_[body.case_id];
          const auto before = slot ? slot : state_.find_case(body.case_id);
          auto next = before ? std::make_shared<Case>(*before) : std::make_shared<Case>();
          apply(*next, CaseEvent(body), kPending, context_.now);
          slot = std::move(next);
        }
      }, planned.body);
  }

  std::vector<QueryItem> read() const {
    auto items = items_of(reg_.tags_read());
    items.insert(items.end(), queries_.begin(), queries_.end());
    return items;
  }
  Condition unchanged() const { return unchanged_since(head_, read()); }

 private:
  DecisionContext make() {
    const Instant now = state_.now();
    return DecisionContext{
        .reg = reg_,
        .procedures = [this, now](const std::string& id, int version) { return state_.definition(id, version, local_day(now)); },
        .cases_about = [this](const std::string& procedure, const Subject& subject) {
          return cases_of({.types = {"case/opened"}, .tags = {"procedure:" + procedure, "subject:" + subject.kind + ":" + subject.id}},
                          [&](const Case& one) { return one.procedure == procedure && one.subject == subject; });
        },
        .opened_from = [this](CaseId id) {
          return cases_of({.types = {"case/opened"}, .tags = {"opened-from:" + to_text(id)}}, [&](const Case& one) { return one.opened_from == id; });
        },
        .now = now,
        .ids = state_.ids};
  }
  // Those whose opening the query finds, and among those planned here the ones that would be found by it. In the order of their ids.
  std::vector<Case> cases_of(const QueryItem& opened, const std::function<bool(const Case&)>& wanted) {
    std::set<CaseId> ids;
    require_read(state_.log.read(std::vector{opened}, {}, [&](const EventView& event) {
      for (const auto tag : event.tags())
        if (tag.starts_with("case:"))
          if (auto id = parse<CaseId>(tag.substr(5))) ids.insert(*id);
      return true;
    }));
    rests_on(opened);
    for (const auto& [id, one] : planned_)
      if (wanted(*one)) ids.insert(id);
    std::vector<Case> cases;
    for (const auto id : ids)
      if (const auto found = find_case(id); found && wanted(*found)) cases.push_back(*found);
    return cases;
  }

  Office::State& state_;
  Position head_;
  Register reg_;
  std::vector<QueryItem> queries_;
  std::map<CaseId, std::shared_ptr<const Case>> planned_;
  DecisionContext context_;
};

std::shared_ptr<const Case> Office::State::find_case(CaseId id) {
  const std::string tag = case_tag(id);
  const Position last = log.last_with_tag(tag);
  if (last == 0) return nullptr;
  auto found = cases.get(tag, last, [&](const TagCache<Case>::Loaded& cached) {
    auto folded = cached.value ? std::make_shared<Case>(*cached.value) : std::make_shared<Case>();
    Position reached = cached.last;
    require_read(log.read(with_tag(tag), ReadOptions{.after = cached.last}, [&](const EventView& event) {
      reached = event.position();
      auto body = decode(event.body());
      if (!body) throw std::runtime_error("the event at position " + std::to_string(reached) + " cannot be decoded: " + body.error().what);
      std::visit([&](const auto& value) {
        if constexpr (std::is_convertible_v<decltype(value), CaseEvent>) apply(*folded, CaseEvent(value), reached, event.recorded_at());
      }, *body);
      return true;
    }));
    return TagCache<Case>::Loaded{std::move(folded), reached};
  });
  return found->id ? found : nullptr;
}

std::shared_ptr<const Published> Office::State::definitions() {
  return published.get("definition", log.last_with_tag("definition"), [&](const TagCache<Published>::Loaded& cached) {
    auto result = cached.value ? std::make_shared<Published>(*cached.value) : std::make_shared<Published>();
    Position reached = cached.last;
    std::vector<DefinitionPublished> added;
    require_read(log.read(with_tag("definition"), ReadOptions{.after = cached.last}, [&](const EventView& event) {
      reached = event.position();
      auto body = decode(event.body());
      if (auto* definition = body ? std::get_if<DefinitionPublished>(&*body) : nullptr) added.push_back(std::move(*definition));
      return true;
    }));
    for (const auto& definition : added) result->newest_json[definition.procedure] = definition.json;
    // Definitions name each other: the newest are loaded together, an older version beside the newest of the others. All were checked when published.
    const auto load = [&](const DefinitionPublished* older) {
      std::vector<NamedFile> files;
      for (const auto& [id, json] : result->newest_json) files.push_back({id, older && id == older->procedure ? older->json : json});
      auto loaded = load_definitions(files);
      if (!loaded) throw std::runtime_error("the published definitions no longer load: " + loaded.error().front().file + " " + loaded.error().front().reason.en);
      return std::move(*loaded);
    };
    if (!added.empty())
      for (auto& one : load(nullptr)) result->versions[one->id][one->version] = one;
    for (const auto& definition : added)
      if (!result->versions[definition.procedure].contains(definition.version))
        for (auto& one : load(&definition))
          if (one->id == definition.procedure) result->versions[one->id][one->version] = one;
    return TagCache<Published>::Loaded{std::move(result), reached};
  });
}

std::shared_ptr<const Definition> Office::State::definition(const std::string& id, int version, Day today) {
  const auto all = definitions();
  const auto found = all->versions.find(id);
  if (found == all->versions.end()) return nullptr;
  if (version != 0) {
    const auto exact = found->second.find(version);
    return exact == found->second.end() ? nullptr : exact->second;
  }
  for (auto newest = found->second.rbegin(); newest != found->second.rend(); ++newest)
    if (newest->second->from <= today && today <= newest->second->last_day) return newest->second;
  return nullptr;
}

// The state of a case as of a position.
std::string Office::State::state_at(CaseId id, Position up_to) {
  Case folded;
  require_read(log.read(with_tag(case_tag(id)), ReadOptions{.up_to = up_to}, [&](const EventView& event) {
    if (auto body = decode(event.body()))
      std::visit([&](const auto& value) {
        if constexpr (std::is_convertible_v<decltype(value), CaseEvent>) apply(folded, CaseEvent(value), event.position(), event.recorded_at());
      }, *body);
    return true;
  }));
  return folded.state;
}

CommandAnswer Office::State::answer_of(const Appended& appended) {
  CommandAnswer answer{.position = appended.last, .repeated = true};
  require_read(log.read(AllEvents{}, ReadOptions{.after = appended.first - 1, .up_to = appended.last}, [&](const EventView& event) {
    if (!event.type().starts_with("case/")) return true;
    for (const auto tag : event.tags())
      if (tag.starts_with("case:")) answer.case_id = parse<CaseId>(tag.substr(5)).value_or(CaseId{});
    return false;  // the case acted on comes before those that it opens
  }));
  if (answer.case_id) answer.state = state_at(answer.case_id, appended.last);
  return answer;
}

// Which rows a bulk carried out then: each row's events hold the row's case as their correlation, in the order of the rows.
BulkAnswer Office::State::answer_of(const Appended& appended, const std::vector<BulkRow>& rows) {
  BulkAnswer answer{.rows = {}, .recorded = true, .position = appended.last, .repeated = true};
  std::vector<std::pair<CaseId, std::set<std::string>>> carried_out;  // with the tags of its first event
  require_read(log.read(AllEvents{}, ReadOptions{.after = appended.first - 1, .up_to = appended.last}, [&](const EventView& event) {
    const CaseId id{event.correlation().low};
    if (carried_out.empty() || carried_out.back().first != id) {
      carried_out.push_back({id, {}});
      for (const auto tag : event.tags()) carried_out.back().second.emplace(tag);
    }
    return true;
  }));
  auto next = carried_out.begin();
  for (const auto& row : rows) {
    const auto& wanted = row.request;
    const bool here = next != carried_out.end() && (row.case_id ? next->first == row.case_id
                                                                : next->second.contains("procedure:" + wanted.procedure) && next->second.contains("subject:" + wanted.subject.kind + ":" + wanted.subject.id));
    if (here) answer.rows.push_back({.case_id = next->first, .state = state_at(next->first, appended.last), .error = {}});
    else answer.rows.push_back({.case_id = row.case_id, .state = {}, .error = CommandError{.kind = CommandErrorKind::kRefused, .refusal = {.rule = "not-recorded-then", .source = "Idempotency-Key",
        .message = {"この行は最初に送られたとき記録されませんでした。", "This row was not recorded when it was first sent."}, .facts = {}, .fields = {}}}});
    if (here) ++next;
  }
  return answer;
}

Result<Decision, CommandError> Office::State::decide(Reading& reading, const Actor& actor, CaseId id, bool of_the_clock, const ActionRequest& request, std::optional<Position> if_match) {
  const auto refused = [](const Refusal& refusal) { return CommandError{.kind = CommandErrorKind::kRefused, .refusal = refusal}; };
  if (!id) {
    reading.rests_on({.types = {}, .tags = {"definition:" + request.procedure}});
    auto opened = open_case(reading.context(), actor, request);
    if (!opened) return refused(opened.error());
    // An id that was drawn twice must not join two cases.
    if (log.last_with_tag(case_tag(opened->case_id)) != 0) return CommandError{.kind = CommandErrorKind::kConflict};
    reading.rests_on({.types = {}, .tags = {case_tag(opened->case_id)}});
    return std::move(*opened);
  }
  const auto state = reading.find_case(id);
  if (!state) return CommandError{.kind = CommandErrorKind::kNotFound};
  const auto definition = this->definition(state->procedure, state->version, reading.context().today());
  if (!definition || !(of_the_clock || may_read(reading.context(), *definition, *state, actor))) return CommandError{.kind = CommandErrorKind::kNotFound};
  if (if_match && *if_match != state->last) return CommandError{.kind = CommandErrorKind::kStale, .position = state->last};
  auto decided = of_the_clock ? rireki::pass_deadline(reading.context(), *definition, *state) : rireki::decide(reading.context(), *definition, *state, actor, request);
  if (!decided) return refused(decided.error());
  return std::move(*decided);
}

void Office::State::attempt(std::shared_ptr<Attempt> command) {
  if (const auto before = command->of_the_clock ? std::nullopt : log.find_command(command->meta.command.id)) {
    if (before->digest != command->meta.command.digest) return command->done(CommandError{.kind = CommandErrorKind::kCommandReused});
    return command->done(answer_of(*before));
  }
  Reading reading(*this, log.head());  // the head before anything is read: what comes after it is a conflict
  auto decision = decide(reading, command->actor, command->id, command->of_the_clock, command->request, command->meta.if_match);
  if (!decision) return command->done(decision.error());

  AppendRequest request{.condition = reading.unchanged(), .command = std::nullopt};
  if (!command->of_the_clock) request.command = command->meta.command;
  request.events.reserve(decision->events.size());
  for (auto& planned : decision->events)
    request.events.push_back(event_of(planned.body, std::move(planned.tags), command->actor, ids, Id128{0, decision->case_id.value}));
  CommandAnswer answer{.case_id = decision->case_id, .state = decision->state};
  log.append(std::move(request), [this, command, answer](Result<Appended, AppendError> appended) mutable {
    if (!appended) {
      if (appended.error().code == AppendErrorCode::kConflict && ++command->conflicts <= kConflictRetriesMax) return retry(command);
      return command->done(storage_error(appended.error()));
    }
    if (appended->repeated) return retry(command);  // sent twice at the same moment: the stored answer is read off the log's thread
    answer.position = appended->last;
    command->done(answer);
  });
}

// True if a row was refused.
bool Office::State::decide_rows(Reading& reading, const BulkAttempt& command, const std::map<std::size_t, CommandError>& fallen, BulkAnswer& answer, std::vector<Decision>& decisions,
                                std::vector<Joint>& recorded) {
  bool refused = false;
  for (std::size_t i = 0; i < command.rows.size(); ++i) {
    const auto& row = command.rows[i];
    Joint facts;
    reading.gather_in(facts);
    const std::size_t overlaid = reading.reg().overlaid();
    auto decision = fallen.contains(i) ? Result<Decision, CommandError>(fallen.at(i)) : decide(reading, command.actor, row.case_id, false, row.request, row.if_match);
    if (!decision) {
      reading.reg().undo_overlays(overlaid);
      answer.rows.push_back({.case_id = row.case_id, .state = {}, .error = decision.error()});
      refused = true;
      continue;
    }
    reading.plan(*decision);
    answer.rows.push_back({.case_id = row.case_id, .state = decision->state, .error = {}});
    decisions.push_back(std::move(*decision));
    recorded.push_back(std::move(facts));
  }
  return refused;
}

// False if a row fell, added to `fallen`.
bool Office::State::judge_together(Reading& reading, const BulkAnswer& answer, const std::vector<Joint>& recorded, std::map<std::size_t, CommandError>& fallen) {
  const std::size_t before = fallen.size();
  auto facts = recorded.begin();
  for (std::size_t i = 0; i < answer.rows.size(); ++i) {
    if (answer.rows[i].error) continue;
    auto violations = check_invariants(reading.reg(), facts->entries);
    auto refusal = violations.empty() ? check_standing(reading.reg(), facts->cancelled) : std::optional(std::move(violations.front().refusal));
    ++facts;
    if (refusal) fallen.emplace(i, CommandError{.kind = CommandErrorKind::kRefused, .refusal = std::move(*refusal)});
  }
  return fallen.size() == before;
}

void Office::State::attempt(std::shared_ptr<BulkAttempt> command) {
  if (const auto before = command->mode == BulkMode::kCheck ? std::nullopt : log.find_command(command->command.id)) {
    if (before->digest != command->command.digest) return command->done(CommandError{.kind = CommandErrorKind::kCommandReused});
    return command->done(answer_of(*before, command->rows));
  }
  // Rows are decided in order, what they record is judged together. A row that falls then takes from under the others what they stood on: the rest
  // is decided again without it.
  std::map<std::size_t, CommandError> fallen;
  std::unique_ptr<Reading> reading;
  BulkAnswer answer;
  std::vector<Decision> decisions;
  bool refused = false;
  while (true) {
    const Position head = log.head();
    reading = std::make_unique<Reading>(*this, head);
    answer = {.rows = {}, .recorded = false, .position = head, .repeated = false};
    decisions.clear();
    std::vector<Joint> recorded;
    refused = decide_rows(*reading, *command, fallen, answer, decisions, recorded);
    if (judge_together(*reading, answer, recorded, fallen)) break;
  }
  if (command->mode == BulkMode::kCheck || decisions.empty() || (refused && command->mode == BulkMode::kAll)) return command->done(answer);

  AppendRequest request{.condition = reading->unchanged(), .command = command->command};
  auto decided = decisions.begin();
  for (auto& outcome : answer.rows) {
    if (outcome.error) continue;
    if (!outcome.case_id) outcome.case_id = decided->case_id;
    for (auto& planned : decided->events) request.events.push_back(event_of(planned.body, std::move(planned.tags), command->actor, ids, Id128{0, decided->case_id.value}));
    ++decided;
  }
  answer.recorded = true;
  log.append(std::move(request), [this, command, answer = std::move(answer)](Result<Appended, AppendError> appended) mutable {
    if (!appended) {
      if (appended.error().code == AppendErrorCode::kConflict && ++command->conflicts <= kConflictRetriesMax) return retry(command);
      return command->done(storage_error(appended.error()));
    }
    if (appended->repeated) return retry(command);
    answer.position = appended->last;
    command->done(std::move(answer));
  });
}

template <class Command>
void Office::State::retry(std::shared_ptr<Command> command) {
  {
    std::lock_guard lock(retry_mutex);
    retries.push_back({[this, command] { attempt(command); }, [command] { command->done(CommandError{.kind = CommandErrorKind::kStorage}); }});
  }
  retry_wanted.notify_one();
}

void Office::State::run_retries() {
  std::unique_lock lock(retry_mutex);
  while (true) {
    retry_wanted.wait(lock, [&] { return closing || !retries.empty(); });
    if (retries.empty()) return;
    const Retry command = std::move(retries.front());
    retries.pop_front();
    lock.unlock();
    try {
      command.again();
    } catch (const std::exception&) {
      command.failed();
    }
    lock.lock();
  }
}

Office::Office(EventLog& log, IdSource& ids, std::function<Instant()> now) : state_(std::make_unique<State>(log, ids, std::move(now))) {}
Office::~Office() = default;

void Office::open(const Actor& actor, ActionRequest request, CommandMeta meta, CommandDone done) {
  state_->attempt(std::make_shared<State::Attempt>(State::Attempt{.actor = actor, .request = std::move(request), .meta = std::move(meta), .done = std::move(done)}));
}

void Office::act(const Actor& actor, CaseId id, ActionRequest request, CommandMeta meta, CommandDone done) {
  if (!id) return done(CommandError{.kind = CommandErrorKind::kNotFound});
  state_->attempt(std::make_shared<State::Attempt>(State::Attempt{.actor = actor, .id = id, .request = std::move(request), .meta = std::move(meta), .done = std::move(done)}));
}

void Office::pass_deadline(CaseId id, CommandDone done) {
  state_->attempt(std::make_shared<State::Attempt>(State::Attempt{.actor = {}, .id = id, .of_the_clock = true, .request = {}, .meta = {}, .done = std::move(done)}));
}

void Office::bulk(const Actor& actor, std::vector<BulkRow> rows, BulkMode mode, Command command, BulkDone done) {
  state_->attempt(std::make_shared<State::BulkAttempt>(State::BulkAttempt{.actor = actor, .rows = std::move(rows), .mode = mode, .command = command, .done = std::move(done)}));
}

Result<Appended, RecordError> Office::record_facts(const Actor& actor, std::vector<FactEntry> entries, const CommandMeta& meta,
                                                   const AppendCondition& also) {
  for (int conflicts = 0;; ++conflicts) {
    const Position head = state_->log.head();
    Register reg(state_->facts);
    if (auto violations = admit(reg, entries); !violations.empty()) return RecordError{.violations = std::move(violations)};
    AppendRequest request;
    if (meta.command.id) request.command = meta.command;
    request.events.reserve(entries.size());
    for (const auto& entry : entries) {
      auto tags = tags_of(entry, reg);
      request.events.push_back(event_of(entry, std::move(tags), actor, state_->ids, Id128{0, entry.case_id.value}));
    }
    AppendCondition condition = also;
    auto unchanged = unchanged_since(head, items_of(reg.tags_read()));
    condition.clauses.insert(condition.clauses.end(), std::make_move_iterator(unchanged.clauses.begin()), std::make_move_iterator(unchanged.clauses.end()));
    request.condition = std::move(condition);
    auto appended = state_->log.append(std::move(request));
    if (appended) return *appended;
    const bool retry = appended.error().code == AppendErrorCode::kConflict && appended.error().index >= also.clauses.size();
    if (!retry || conflicts >= kConflictRetriesMax) return RecordError{.storage = appended.error()};
  }
}

Result<Appended, AppendError> Office::record(const Actor& actor, const std::vector<Body>& bodies, Condition condition,
                                             std::optional<Command> command) {
  AppendRequest request{.condition = std::move(condition), .command = std::move(command)};
  for (const auto& body : bodies) request.events.push_back(event_of(body, tags_without_register(body), actor, state_->ids, Id128{}));
  return state_->log.append(std::move(request));
}

Result<PublishAnswer, PublishError> Office::publish(const Actor& actor, const std::vector<NamedFile>& files) {
  const Position head = state_->log.head();
  const auto before = state_->definitions();
  auto loaded = load_definitions(files);
  if (!loaded) return PublishError{.findings = loaded.error()};
  std::vector<Body> bodies;
  std::vector<Finding> findings;
  for (const auto& definition : *loaded) {
    const std::string json = definition->resolved.dump();
    const auto versions = before->versions.find(definition->id);
    if (versions != before->versions.end()) {
      if (const auto same = versions->second.find(definition->version); same != versions->second.end()) {
        if (same->second->resolved == definition->resolved) continue;
        findings.push_back({definition->id, "/version",
                            {"公布済みの版は変更できません。版番号を上げてください。", "A published version is never edited: raise the version."}});
        continue;
      }
      if (definition->version < versions->second.rbegin()->first) {
        findings.push_back({definition->id, "/version", {"公布済みの版より古い版番号です。", "The version is older than one already published."}});
        continue;
      }
    }
    bodies.push_back(DefinitionPublished{.procedure = definition->id, .version = definition->version, .json = json, .from = definition->from});
  }
  if (!findings.empty()) return PublishError{.findings = std::move(findings)};
  if (bodies.empty()) return PublishAnswer{};
  const std::size_t count = bodies.size();
  const auto appended = record(actor, bodies, unchanged_since(head, {QueryItem{.types = {}, .tags = {"definition"}}}), std::nullopt);
  if (!appended) return PublishError{.findings = {}, .storage = appended.error()};
  return PublishAnswer{count};
}

std::shared_ptr<const Case> Office::find_case(CaseId id) const { return state_->find_case(id); }

std::shared_ptr<const Definition> Office::definition(const std::string& id, int version) const {
  return state_->definition(id, version, local_day(state_->now()));
}

std::vector<std::shared_ptr<const Definition>> Office::definitions_in_force() const {
  std::vector<std::shared_ptr<const Definition>> in_force;
  for (const auto& [id, versions] : state_->definitions()->versions)
    if (auto definition = this->definition(id, 0)) in_force.push_back(std::move(definition));
  return in_force;
}

Basis Office::with_context(const std::function<void(const DecisionContext&)>& use) const {
  const Position head = state_->log.head();
  Reading reading(*state_, head);
  use(reading.context());
  return {head, reading.read()};
}

bool Office::stands(const Basis& basis) const {
  // An event that matches an item carries all of its tags: one of them without news is enough.
  return std::all_of(basis.items.begin(), basis.items.end(), [&](const QueryItem& item) {
    return std::any_of(item.tags.begin(), item.tags.end(), [&](const std::string& tag) { return state_->log.last_with_tag(tag) <= basis.at; });
  });
}

Instant Office::now() const { return state_->now(); }
EventLog& Office::log() const { return state_->log; }

}  // namespace rireki::api
