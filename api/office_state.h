// Inside the office: what its questions read, and what its commands are while they are under way. Only for office*.cpp.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <stdexcept>
#include <thread>

#include "api/log_read.h"
#include "api/office.h"
#include "api/tag_cache.h"

namespace rireki::api {

inline constexpr std::size_t kCasesCachedMax = 50'000;

inline std::string subject_tag(const Subject& subject) { return "subject:" + subject.kind + ":" + subject.id; }
inline std::string case_tag(CaseId id) { return "case:" + to_text(id); }

// Nothing of what was read has been appended since, in as many clauses as the log takes items for one.
AppendCondition unchanged_since(Position head, std::vector<QueryItem> items);
std::vector<QueryItem> items_of(std::vector<std::string> tags);
CommandError storage_error(const AppendError& error);

// The published definitions as of one position of the tag "definition".
struct Published {
  std::map<std::string, std::map<int, std::shared_ptr<const Definition>>> versions;
  std::map<std::pair<std::string, int>, Position> at;
};

class Reading;

struct Office::State {
  State(EventLog& the_log, IdSource& the_ids, std::function<Instant()> clock)
      : log(the_log), ids(the_ids), now(std::move(clock)), facts(the_log), cases(kCasesCachedMax), published(1), emergency(1) {
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
  std::shared_ptr<const Case> find_case_at(CaseId id, Position as_of);
  std::shared_ptr<const Published> definitions();
  std::shared_ptr<const Emergencies> emergencies();
  std::shared_ptr<const Definition> definition(const std::string& id, int version, Day today, Position as_of = kPending);
  Instant time_at(Position as_of);

  // The log's events of what was planned; sealed as their procedures say, where the log seals.
  NewEvent event_of(const Body& body, std::vector<std::string> tags, const Actor& actor, Id128 correlation, const CaseSealing& sealing);
  void add_events(AppendRequest& request, std::vector<PlannedEvent> planned, const Actor& actor, Id128 correlation, std::map<CaseId, std::shared_ptr<const Definition>>& opened);
  // The tags under which an opening about the subject is found.
  std::vector<QueryItem> openings_about(const std::string& procedure, const Subject& subject);

  struct Attempt;
  void attempt(std::shared_ptr<Attempt> command);
  struct BulkAttempt;
  void attempt(std::shared_ptr<BulkAttempt> command);
  bool decide_rows(Reading& reading, const BulkAttempt& command, const std::map<std::size_t, CommandError>& fallen, bool together, BulkAnswer& answer, std::vector<Decision>& decisions, std::vector<Joint>& recorded);
  bool judge_together(Reading& reading, const BulkAnswer& answer, const std::vector<Joint>& recorded, std::map<std::size_t, CommandError>& fallen);
  Result<Decision, CommandError> decide(Reading& reading, const Actor& actor, CaseId id, bool of_the_clock, const ActionRequest& request, std::optional<Position> if_match);
  std::string state_at(CaseId id, Position up_to);
  std::optional<Result<Appended, RecordError>> recorded_before(const CommandMeta& meta, std::size_t events);
  void note_refusal(const Actor& actor, CaseId id, const ActionRequest& request, const CommandError& error);
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
  TagCache<Emergencies> emergency;
  std::atomic<int> forgotten{0};
  std::mutex refusals_mutex;
  std::map<std::string, Instant> refusals;  // when each was recorded last

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
  Reading(Office::State& state, Position head) : state_(state), head_(head), reg_(state.facts), context_(make(state.now())) {}
  // As known at an earlier position; nothing is decided with it.
  Reading(Office::State& state, Position head, Position as_of, Instant at) : state_(state), head_(head), as_of_(as_of), reg_(state.facts, as_of), context_(make(at)) {}
  const DecisionContext& context() const { return context_; }
  Register& reg() { return reg_; }
  // What is decided from here on is gathered there, to be judged with what others record.
  void gather_in(Joint& joint) { context_.joint = &joint; }
  // A question, not a command: what an emergency access opens is read.
  void heed_emergencies() {
    context_.in_emergency = [this](AccountId account, CaseId id) {
      rests_on({.types = {}, .tags = {"emergency"}});
      const bool open = in_emergency(*state_.emergencies(), account, id, context_.now);
      fleeting_ |= open;
      return open;
    };
  }
  bool fleeting() const { return fleeting_; }
  void rests_on(QueryItem query) { queries_.push_back(std::move(query)); }

  std::shared_ptr<const Case> find_case(CaseId id) {
    rests_on({.types = {}, .tags = {case_tag(id)}});
    const auto found = planned_.find(id);
    if (found != planned_.end()) return found->second;
    return as_of_ == kPending ? state_.find_case(id) : state_.find_case_at(id, as_of_);
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
  DecisionContext make(Instant now) {
    return DecisionContext{
        .reg = reg_,
        .procedures = [this, now](const std::string& id, int version) { return state_.definition(id, version, local_day(now), as_of_); },
        .cases_about = [this](const std::string& procedure, const Subject& subject) {
          return cases_of(state_.openings_about(procedure, subject),
                          [&](const Case& one) { return one.procedure == procedure && one.subject == subject; });
        },
        .opened_from = [this](CaseId id) {
          return cases_of({{.types = {"case/opened"}, .tags = {"opened-from:" + to_text(id)}}}, [&](const Case& one) { return one.opened_from == id; });
        },
        .now = now,
        .ids = state_.ids};
  }
  // Those whose opening the query finds, and among those planned here the ones that would be found by it. In the order of their ids.
  std::vector<Case> cases_of(const std::vector<QueryItem>& opened, const std::function<bool(const Case&)>& wanted) {
    std::set<CaseId> ids;
    ReadOptions known;
    if (as_of_ != kPending) known.up_to = as_of_;
    require_read(state_.log.read(opened, known, [&](const EventView& event) {
      for (const auto tag : event.tags())
        if (tag.starts_with("case:"))
          if (auto id = parse<CaseId>(tag.substr(5))) ids.insert(*id);
      return true;
    }));
    for (const auto& item : opened) rests_on(item);
    for (const auto& [id, one] : planned_)
      if (wanted(*one)) ids.insert(id);
    std::vector<Case> cases;
    for (const auto id : ids)
      if (const auto found = find_case(id); found && wanted(*found)) cases.push_back(*found);
    return cases;
  }

  Office::State& state_;
  Position head_;
  Position as_of_ = kPending;  // of a question about an earlier moment
  Register reg_;
  std::vector<QueryItem> queries_;
  std::map<CaseId, std::shared_ptr<const Case>> planned_;
  bool fleeting_ = false;
  DecisionContext context_;
};

template <class Command>
void Office::State::retry(std::shared_ptr<Command> command) {
  {
    std::lock_guard lock(retry_mutex);
    retries.push_back({[this, command] { attempt(command); }, [command] { command->done(CommandError{.kind = CommandErrorKind::kStorage}); }});
  }
  retry_wanted.notify_one();
}

}  // namespace rireki::api
