#include "api/office_state.h"

#include "domain/deadline.h"
#include "domain/decide_built_in.h"

namespace rireki::api {
namespace {

// More than this read for one decision (a very large import) is replaced by one broader clause: "nothing at all since".
constexpr std::size_t kConditionItemsMax = 200'000;

constexpr const char* kSealedActor = "sealed";

constexpr std::chrono::minutes kSameRefusal{5};
constexpr std::size_t kRefusalsRemembered = 10'000;

std::vector<std::string> tags_without_register(const Body& body, const EventLog& log) {
  return std::visit(Overloaded{
      [](const DefinitionPublished& d) { return std::vector<std::string>{"definition", "definition:" + d.procedure}; },
      [](const AccountOpened& a) {
        std::vector<std::string> tags{"account", "account:" + to_text(a.account)};
        if (a.person) tags.push_back("account-of:" + to_text(a.person));
        return tags;
      },
      [](const SignedIn& s) { return std::vector<std::string>{"sign-in", "sign-in-of:" + to_text(s.account)}; },
      // Of a secret record neither that somebody reads it nor who does so can be told from the files.
      [&](const RecordsViewed& viewed) {
        std::vector<std::string> tags{"access", log.blind("reads-by:" + to_text(viewed.account))};
        for (const auto& record : viewed.records) tags.push_back(log.blind("read-of:" + record));
        return tags;
      },
      [](const EmergencyOpened& e) { return std::vector<std::string>{"emergency", "emergency:" + to_text(e.grant)}; },
      [](const EmergencyReviewed& e) { return std::vector<std::string>{"emergency", "emergency:" + to_text(e.grant)}; },
      [](const HoldPlaced& h) { return std::vector<std::string>{"control", "hold:" + to_text(h.hold)}; },
      [](const HoldReleased& h) { return std::vector<std::string>{"control", "hold:" + to_text(h.hold)}; },
      [](const LogKeyIntroduced&) { return std::vector<std::string>{"log-keys"}; },
      [](const LogEpochBegun&) { return std::vector<std::string>{"log-keys"}; },
      [](const WitnessNamed&) { return std::vector<std::string>{"witnesses"}; },
      [](const WitnessDropped&) { return std::vector<std::string>{"witnesses"}; },
      [](const ActionRefused&) { return std::vector<std::string>{"refused"}; },
      [](const CorrectionSettled& settled) { return std::vector<std::string>{"corrections", "correction:" + settled.corrected}; },
      [](const auto& one) -> std::vector<std::string> {
        if constexpr (requires { one.proposal; }) return {"control", "proposal:" + to_text(one.proposal)};
        else if constexpr (requires { one.account; }) return {"account", "account:" + to_text(one.account)};
        else throw std::logic_error("this kind of body is recorded through decide or record_facts");
      },
  }, body);
}

EventClass class_of(const Body& body) {
  if (std::holds_alternative<DefinitionPublished>(body)) return EventClass::kAdmin;
  const std::string type = event_type(body);
  if (type.starts_with("log/")) return EventClass::kKey;
  if (type.starts_with("account/") || type.starts_with("control/") || type.starts_with("security/")) return EventClass::kSecurity;
  return type.starts_with("access/") ? EventClass::kAccess : EventClass::kDomain;
}

}  // namespace

NewEvent Office::State::event_of(const Body& body, std::vector<std::string> tags, const Actor& actor, Id128 correlation, const CaseSealing& sealing) {
  NewEvent event{.id = ids.next128(), .type = event_type(body), .tags = std::move(tags), .event_class = class_of(body)};
  const auto* entry = std::get_if<FactEntry>(&body);
  if ((entry && entry->corrects) || std::holds_alternative<FactCancelled>(body) || std::holds_alternative<CaseCorrected>(body)) event.tags.emplace_back("correction");
  event.correlation = correlation;
  event.actor = actor.account ? to_text(actor.account) : "system";
  if (const auto* station = std::get_if<StationActed>(&body); station && station->for_person) event.on_behalf_of = to_text(station->for_person);
  if (!log.seals()) {
    event.body = encode(body);
    return event;
  }
  auto sealed = encode_sealed(body, event.tags, sealing);
  event.body = std::move(sealed.clear);
  event.sections = std::move(sealed.sections);
  if (event.event_class == EventClass::kAccess) event.actor = kSealedActor;
  if (sealing.parties) {  // whom it is about and who acts is in a section
    event.actor = kSealedActor;
    event.on_behalf_of.clear();
    for (auto& tag : event.tags)
      if (tag.starts_with("subject:")) tag = log.blind(tag);
  }
  return event;
}

void Office::State::add_events(AppendRequest& request, std::vector<PlannedEvent> planned, const Actor& actor, Id128 correlation, std::map<CaseId, std::shared_ptr<const Definition>>& opened) {
  const Day today = local_day(now());
  static const CaseSealing of_facts;
  for (auto& one : planned) {
    std::shared_ptr<const Definition> procedure;
    std::visit([&](const auto& event) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(event)>, CaseOpened>) {
        procedure = opened[event.case_id] = definition(event.procedure, event.version, today);
      } else if constexpr (std::is_convertible_v<decltype(event), CaseEvent>) {
        auto& known = opened[event.case_id];
        if (!known)
          if (const auto state = find_case(event.case_id)) known = definition(state->procedure, state->version, today);
        procedure = known;
      }
    }, one.body);
    request.events.push_back(event_of(one.body, std::move(one.tags), actor, correlation, procedure ? procedure->sealing : of_facts));
  }
}

std::vector<QueryItem> Office::State::openings_about(const std::string& procedure, const Subject& subject) {
  std::vector<QueryItem> items{{.types = {"case/opened"}, .tags = {"procedure:" + procedure, subject_tag(subject)}}};
  const auto all = definitions();
  const auto versions = all->versions.find(procedure);
  if (!log.seals() || versions == all->versions.end()) return items;
  const auto hides = [](const auto& version) { return version.second->sealing.parties; };
  if (std::any_of(versions->second.begin(), versions->second.end(), hides)) items.push_back({.types = {"case/opened"}, .tags = {"procedure:" + procedure, log.blind(subject_tag(subject))}});
  if (std::all_of(versions->second.begin(), versions->second.end(), hides)) items.erase(items.begin());
  return items;
}

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

void throw_exception_from_error(const CommandError&, const boost::source_location&) { throw std::logic_error("unchecked CommandError"); }
void throw_exception_from_error(const RecordError&, const boost::source_location&) { throw std::logic_error("unchecked RecordError"); }
void throw_exception_from_error(const PublishError&, const boost::source_location&) { throw std::logic_error("unchecked PublishError"); }

std::shared_ptr<const Case> Office::State::find_case(CaseId id) {
  const std::string tag = case_tag(id);
  const Position last = log.last_with_tag(tag);
  if (last == 0) return nullptr;
  auto found = cases.get(tag, last, [&](const TagCache<Case>::Loaded& cached) {
    auto folded = cached.value ? std::make_shared<Case>(*cached.value) : std::make_shared<Case>();
    Position reached = cached.last;
    require_read(log.read(with_tag(tag), ReadOptions{.after = cached.last}, [&](const EventView& event) {
      reached = event.position();
      auto read = read_body(event);
      if (!read) throw std::runtime_error("the event at position " + std::to_string(reached) + " cannot be decoded: " + read.error().what);
      std::visit([&](const auto& value) {
        if constexpr (std::is_convertible_v<decltype(value), CaseEvent>) apply(*folded, CaseEvent(value), reached, event.recorded_at());
      }, read->body);
      folded->erased = folded->erased || read->erased;
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
    require_read(log.read(with_tag("definition"), ReadOptions{.after = cached.last}, [&](const EventView& event) {
      reached = event.position();
      auto body = decode(event);
      if (const auto* definition = body ? std::get_if<DefinitionPublished>(&*body) : nullptr)
        result->versions[definition->procedure][definition->version] = published_definition(definition->json), result->at[{definition->procedure, definition->version}] = reached;
      return true;
    }));
    return TagCache<Published>::Loaded{std::move(result), reached};
  });
}

std::shared_ptr<const Emergencies> Office::State::emergencies() {
  return emergency.get("emergency", log.last_with_tag("emergency"), [&](const TagCache<Emergencies>::Loaded& cached) {
    auto result = cached.value ? std::make_shared<Emergencies>(*cached.value) : std::make_shared<Emergencies>();
    Position reached = cached.last;
    require_read(log.read(with_tag("emergency"), ReadOptions{.after = cached.last}, [&](const EventView& event) {
      reached = event.position();
      if (const auto body = decode(event)) apply(*result, *body, event.recorded_at());
      return true;
    }));
    return TagCache<Emergencies>::Loaded{std::move(result), reached};
  });
}

std::shared_ptr<const Definition> Office::State::definition(const std::string& id, int version, Day today, Position as_of) {
  const auto all = definitions();
  const auto found = all->versions.find(id);
  if (found == all->versions.end()) return nullptr;
  const auto known = [&](int one) { return all->at.at({id, one}) <= as_of; };
  if (version != 0) {
    const auto exact = found->second.find(version);
    return exact == found->second.end() || !known(version) ? nullptr : exact->second;
  }
  for (auto newest = found->second.rbegin(); newest != found->second.rend(); ++newest)
    if (newest->second->from <= today && today <= newest->second->last_day && known(newest->first)) return newest->second;
  return nullptr;
}

std::shared_ptr<const Case> Office::State::find_case_at(CaseId id, Position as_of) {
  const auto now = find_case(id);
  if (!now || now->last <= as_of) return now;
  auto folded = std::make_shared<Case>();
  require_read(log.read(with_tag(case_tag(id)), ReadOptions{.up_to = as_of}, [&](const EventView& event) {
    if (auto read = read_body(event)) {
      std::visit([&](const auto& value) {
        if constexpr (std::is_convertible_v<decltype(value), CaseEvent>) apply(*folded, CaseEvent(value), event.position(), event.recorded_at());
      }, read->body);
      folded->erased = folded->erased || read->erased;
    }
    return true;
  }));
  return folded->id ? folded : nullptr;
}

Instant Office::State::time_at(Position as_of) {
  Instant at{};
  if (as_of == 0) return at;
  require_read(log.read(AllEvents{}, ReadOptions{.after = as_of - 1, .up_to = as_of}, [&](const EventView& event) {
    at = event.recorded_at();
    return false;
  }));
  return at;
}

// The state of a case as of a position.
std::string Office::State::state_at(CaseId id, Position up_to) {
  const auto found = find_case_at(id, up_to);
  return found ? found->state : "";
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
  if (state->erased)
    return refused({.rule = "erased", .source = "catalogue R-168", .message = {"消去された案件です。処理はできません。", "The case was erased: nothing more can be done with it."}, .facts = {}, .fields = {}});
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
  if (!decision) {
    if (!command->of_the_clock) note_refusal(command->actor, command->id, command->request, decision.error());
    return command->done(decision.error());
  }

  AppendRequest request{.condition = reading.unchanged(), .command = std::nullopt};
  if (!command->of_the_clock) request.command = command->meta.command;
  std::map<CaseId, std::shared_ptr<const Definition>> opened;
  add_events(request, std::move(decision->events), command->actor, Id128{0, decision->case_id.value}, opened);
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

// What somebody tried and a rule did not allow is on record: without waiting, and the same again within minutes only once. A form that was not filled in
// well is nothing anybody tried.
void Office::State::note_refusal(const Actor& actor, CaseId id, const ActionRequest& request, const CommandError& error) {
  if (error.kind != CommandErrorKind::kRefused || !actor.account || error.refusal.rule == "form" || error.refusal.rule == "reason-required") return;
  const auto known = id ? find_case(id) : nullptr;
  // A name that no definition has says nothing, and could be anything.
  const auto all = definitions();
  const auto versions = all->versions.find(known ? known->procedure : request.procedure);
  const bool is_procedure = versions != all->versions.end();
  const std::string procedure = is_procedure ? versions->first : "";
  const bool is_action = is_built_in(request.action) || (is_procedure && std::any_of(versions->second.begin(), versions->second.end(), [&](const auto& version) { return version.second->action(request.action) != nullptr; }));
  const std::string action = is_action ? request.action : "";
  const std::string key = to_text(actor.account) + "/" + to_text(id) + "/" + procedure + "/" + action + "/" + error.refusal.rule;
  {
    const std::lock_guard lock(refusals_mutex);
    if (refusals.size() > kRefusalsRemembered) refusals.clear();
    auto& at = refusals[key];
    if (at != Instant{} && now() - at < kSameRefusal) return;
    at = now();
  }
  const ActionRefused body{.case_id = id, .procedure = procedure, .action = action, .rule = error.refusal.rule, .account = actor.account, .by = actor.person};
  AppendRequest append{.events = {event_of(body, tags_without_register(body, log), Actor{}, Id128{}, {})}, .condition = Unconditional{}, .command = std::nullopt};
  log.append(std::move(append), [](Result<Appended, AppendError>) {});
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

Result<Appended, AppendError> Office::record(const Actor& actor, const std::vector<Body>& bodies, Condition condition,
                                             std::optional<Command> command) {
  AppendRequest request{.condition = std::move(condition), .command = std::move(command)};
  for (const auto& body : bodies) request.events.push_back(state_->event_of(body, tags_without_register(body, state_->log), actor, Id128{}, {}));
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

std::shared_ptr<const Definition> Office::definition_at(const std::string& id, int version, const Moment& moment) const { return state_->definition(id, version, moment.on, moment.as_of); }

std::vector<std::shared_ptr<const Definition>> Office::definitions_in_force() const { return definitions_at({local_day(state_->now()), kPending}); }
std::vector<std::shared_ptr<const Definition>> Office::definitions_at(const Moment& moment) const {
  std::vector<std::shared_ptr<const Definition>> in_force;
  for (const auto& [id, versions] : state_->definitions()->versions)
    if (auto definition = definition_at(id, 0, moment)) in_force.push_back(std::move(definition));
  return in_force;
}

std::shared_ptr<const Emergencies> Office::emergencies() const { return state_->emergencies(); }

Basis Office::with_context(const std::function<void(const DecisionContext&)>& use) const {
  const Position head = state_->log.head();
  Reading reading(*state_, head);
  reading.heed_emergencies();
  use(reading.context());
  return {head, reading.read(), reading.fleeting()};
}

void Office::with_context_at(Position as_of, Instant at, const std::function<void(const DecisionContext&)>& use) const {
  Reading reading(*state_, state_->log.head(), as_of, at);
  use(reading.context());
}
std::shared_ptr<const Case> Office::find_case_at(CaseId id, Position as_of) const { return state_->find_case_at(id, as_of); }
Instant Office::time_at(Position as_of) const { return state_->time_at(as_of); }

bool Office::stands(const Basis& basis) const {
  // An event that matches an item carries all of its tags: one of them without news is enough.
  return std::all_of(basis.items.begin(), basis.items.end(), [&](const QueryItem& item) {
    return std::any_of(item.tags.begin(), item.tags.end(), [&](const std::string& tag) { return state_->log.last_with_tag(tag) <= basis.at; });
  });
}

void Office::forget() {
  ++state_->forgotten;  // first: an answer that is made meanwhile is not kept as one of today
  state_->facts.forget();
  state_->cases.clear();
}
int Office::times_forgotten() const { return state_->forgotten; }

Instant Office::now() const { return state_->now(); }
EventLog& Office::log() const { return state_->log; }

}  // namespace rireki::api
