// The office: where a command meets the log. Reads what the decision needs, decides, appends under exactly that condition, retries a few
// times on conflict, answers. Joins eventstore, domain and projections; knows nothing of HTTP.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "domain/decide.h"
#include "domain/emergency.h"
#include "eventstore/log.h"

namespace rireki::api {

inline constexpr int kConflictRetriesMax = 5;

struct CommandMeta {
  Command command;                   // id and digest of the request: the same again returns the first answer
  std::optional<Position> if_match;  // the case's last position that the caller saw
};

struct CommandAnswer {
  CaseId case_id;
  std::string state;
  Position position = 0;             // of the last event appended: read with at_least to see it
  bool repeated = false;
};

enum class CommandErrorKind { kRefused, kNotFound, kStale, kConflict, kCommandReused, kBusy, kNoSpace, kStorage };
struct CommandError {
  CommandErrorKind kind = CommandErrorKind::kRefused;
  Refusal refusal;                   // kRefused
  Position position = 0;             // kStale: the case's last position now
};
[[noreturn]] void throw_exception_from_error(const CommandError& error, const boost::source_location& where);
using CommandDone = std::function<void(Result<CommandAnswer, CommandError>)>;

// Bulk: many commands decided one after the other, each on what those before it leave, and recorded in one append.
enum class BulkMode {
  kCheck,  // nothing is recorded
  kAll,    // all, or none if one is refused
  kEach,   // those that pass
};
struct BulkRow {
  CaseId case_id;                    // none: opens
  ActionRequest request;
  std::optional<Position> if_match;
};
struct BulkOutcome {
  CaseId case_id;                    // none where a case was not opened, or only checked
  std::string state;
  std::optional<CommandError> error; // why this row was not carried out (kAll: could not have been)
};
struct BulkAnswer {
  std::vector<BulkOutcome> rows;     // in the order of the request
  bool recorded = false;             // false: nothing was
  Position position = 0;             // of the last event appended; where nothing was, what the rows were checked against
  bool repeated = false;
};
using BulkDone = std::function<void(Result<BulkAnswer, CommandError>)>;

// The facts of an entity, folded from the log by its tag and kept while the tag's last position stays the same. Thread-safe; bounded.
class FactCache final : public FactSource {
 public:
  explicit FactCache(const EventLog& log, std::size_t entities_max = 200'000);
  ~FactCache() override;
  std::shared_ptr<const EntityFacts> facts(const std::string& tag) override;
  void forget();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What a question read of the log, and the head before it did: its answer stands for as long as nothing of that is appended.
struct Basis {
  Position at = 0;
  std::vector<QueryItem> items;
  bool fleeting = false;  // an emergency access opened some of it: it ends by itself
};

struct RecordError {
  std::vector<Violation> violations;       // each names the index of its fact; empty: the storage said no
  std::optional<AppendError> storage;
};
[[noreturn]] void throw_exception_from_error(const RecordError& error, const boost::source_location& where);

struct PublishAnswer {
  std::size_t published = 0;  // how many were new
};
struct PublishError {
  std::vector<Finding> findings;           // empty: the storage said no
  std::optional<AppendError> storage;
};
[[noreturn]] void throw_exception_from_error(const PublishError& error, const boost::source_location& where);

class Office {
 public:
  // `now` is the server's clock and never moves back; `ids` must be safe from any thread.
  Office(EventLog& log, IdSource& ids, std::function<Instant()> now);
  ~Office();

  // Decides and appends. `done` is called once; on the log's thread or this one.
  void open(const Actor& actor, ActionRequest request, CommandMeta meta, CommandDone done);
  void act(const Actor& actor, CaseId id, ActionRequest request, CommandMeta meta, CommandDone done);

  // The same decisions as open() and act(), row by row, a refused row leaving no trace in the next.
  void bulk(const Actor& actor, std::vector<BulkRow> rows, BulkMode mode, Command command, BulkDone done);

  // Records what has come due of the case's deadline, each step once, as the system: refused with "nothing-due" where there is nothing to record.
  void pass_deadline(CaseId id, CommandDone done);

  // Facts without a procedure (import, administration): all or none, checked by the invariants, conditional on nothing of what
  // the check read having been recorded since. `also` must hold beside that: what the caller read before it made the entries; broken, it is a
  // conflict at once, since only the caller can read again.
  Result<Appended, RecordError> record_facts(const Actor& actor, std::vector<FactEntry> entries, const CommandMeta& meta,
                                             const AppendCondition& also = {});
  // 取消: facts are void from now on, and stay readable. All or none; `of` is a tag of the fact ("person:p…"), under which it is found.
  struct Cancellation {
    FactId fact;
    std::string of, reason;
  };
  Result<Appended, RecordError> cancel_facts(const Actor& actor, const std::vector<Cancellation>& cancellations, const CommandMeta& meta);
  // Definitions and accounts: bodies whose tags do not depend on the register.
  Result<Appended, AppendError> record(const Actor& actor, const std::vector<Body>& bodies, Condition condition, std::optional<Command> command);

  // Publishes the definitions that are not published yet. A published version is never edited: changed content under the same version
  // is a finding. All or none.
  Result<PublishAnswer, PublishError> publish(const Actor& actor, const std::vector<NamedFile>& files);

  // Reading. A case is folded from its tag; null if there is none.
  std::shared_ptr<const Case> find_case(CaseId id) const;
  std::shared_ptr<const Definition> definition(const std::string& id, int version) const;  // version 0: in force today
  std::vector<std::shared_ptr<const Definition>> definitions_in_force() const;
  // The same on a day, as known at a position.
  std::shared_ptr<const Definition> definition_at(const std::string& id, int version, const Moment& moment) const;
  std::vector<std::shared_ptr<const Definition>> definitions_at(const Moment& moment) const;
  // All emergency access there ever was, as of now.
  std::shared_ptr<const Emergencies> emergencies() const;
  // Calls `use` with a register and a context at this moment. The register is good for one question, not to be kept. Gives what was read with them.
  Basis with_context(const std::function<void(const DecisionContext&)>& use) const;
  // The same at an earlier position: facts, cases and definitions as they were known then; `at`: what the clock said.
  void with_context_at(Position as_of, Instant at, const std::function<void(const DecisionContext&)>& use) const;
  std::shared_ptr<const Case> find_case_at(CaseId id, Position as_of) const;
  Instant time_at(Position as_of) const;  // of the last event up to there
  // False where something of it may have been appended since; from memory, no event is read.
  bool stands(const Basis& basis) const;

  // Forgets everything folded so far: keys were withheld, and what they opened must not stay in memory. `times_forgotten` says that it happened.
  void forget();
  int times_forgotten() const;

  Instant now() const;
  EventLog& log() const;

 private:
  friend class Reading;  // one question's reads, in office.cpp
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rireki::api
