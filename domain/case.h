// A case: one run of a procedure. Its state is the fold of its events and nothing else.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "domain/definition.h"
#include "domain/ids.h"

namespace rireki {

struct Subject {
  std::string kind;  // "person" "post" "unit" …
  std::string id;    // its written id
  bool operator==(const Subject&) const = default;
};

struct RuleCheck {            // a decision keeps the rules it rested on
  std::string rule;
  int rule_version = 1;
  bool passed = true;         // false only for a warning that was overridden with a reason
  std::vector<std::pair<std::string, std::string>> facts;
};

enum class StationOutcome { kApproved, kRefused, kSentBack, kSeen, kReviewedAfter };  // 承認, 否決, 差戻し, 供覧済, 後閲
enum class StationMode { kOwn, kDelegated, kDeputy, kActing };                        // 本人, 専決, 代決, 職務代理

// --- Case events. Types "case/opened", "case/acted", … ---
struct CaseOpened   { CaseId case_id; std::string procedure; int version = 1; Subject subject; std::string action; std::string state; nlohmann::json form; PersonId by; CaseId opened_from; std::vector<RuleCheck> checks; std::vector<PersonId> named; };
struct CaseActed    { CaseId case_id; std::string action; std::string from, to; nlohmann::json form; std::string reason; PersonId by; std::vector<RuleCheck> checks; std::vector<PersonId> named; };
struct StationActed { CaseId case_id; int round = 1; std::string station; StationOutcome outcome; StationMode mode; PersonId by; PersonId for_person; std::string comment; std::string sent_back_to; std::string to; bool review_owed = false; std::vector<RuleCheck> checks; };  // `to`: new state or ""; `checks`: of 専決
struct PulledBack   { CaseId case_id; int round = 1; PersonId by; std::string comment; std::string to; };  // 引戻し
struct Commented    { CaseId case_id; PersonId by; std::string text; };
struct Attached     { CaseId case_id; PersonId by; std::string name, media_type, sha256; std::uint64_t bytes = 0; };
struct Claimed      { CaseId case_id; PersonId by; };
struct Assigned     { CaseId case_id; PersonId by; PersonId to; };   // `to` none: released
struct Migrated     { CaseId case_id; int version = 1; std::string to; PersonId by; std::string reason; };
// A deadline passed, or what follows it came: `what` is "passed", "reminded" or "handed-up", `to` whom (as a definition writes it; null: nobody).
struct DeadlinePassed { CaseId case_id; std::string state; Day due; int step = 0; std::string what; nlohmann::json to; };
// 訂正: what an entry of this case said is replaced (members of its form) or struck out; the entry itself stays readable.
struct CaseCorrected { CaseId case_id; std::uint64_t entry = 0; nlohmann::json form; bool withdrawn = false; std::string reason; PersonId by; };
using CaseEvent = std::variant<CaseOpened, CaseActed, StationActed, PulledBack, Commented, Attached, Claimed, Assigned, Migrated, DeadlinePassed, CaseCorrected>;

std::string case_event_type(const CaseEvent& event);
std::vector<std::string> all_case_event_types();
CaseId case_of(const CaseEvent& event);
PersonId sender_of(const CaseEvent& event);  // none: the system, when a deadline passed

struct StationRecord { int round; std::string station; StationOutcome outcome; StationMode mode; PersonId by, for_person; std::string comment, sent_back_to; Position position; Instant at; };

// Whom the passing of the present deadline has brought in.
struct Alert { Who to; bool handed_up = false; bool operator==(const Alert&) const = default; };
struct DeadlineRecord {       // of the present state and due day; empty again when either changes
  Day due{};
  std::set<int> steps;        // recorded so far, 0: it passed
  std::vector<Alert> alerts;
};

struct Case {
  CaseId id;
  std::string procedure;
  int version = 1;
  Subject subject;
  std::string state;
  std::set<std::string> visited;   // every state it has been in
  nlohmann::json form = nlohmann::json::object();  // members of all forms so far, later ones win
  std::map<std::string, PersonId> writers;  // of each member of the form: who sent it last
  std::map<std::string, std::uint64_t> written_at;  // likewise, the position of that entry
  std::map<std::uint64_t, PersonId> remarks;       // comments and attachments, by the position of their entry: who made it
  std::set<std::uint64_t> withdrawn;               // those of them that were struck out
  PersonId author;                 // who opened it
  PersonId drafter;                // who brought it into the line's state last
  std::set<PersonId> named;        // named on the case
  PersonId assigned;               // claimed by or assigned to
  CaseId opened_from;
  Instant opened_at{}, entered_at{};  // entered the present state
  Position last = 0;               // position of its last event: the ETag
  int round = 1;                   // of the approval line: one more after each 差戻し and 引戻し; the earlier ones stay
  std::string resume_at;           // 差戻し to a station: this round begins there, what came before it stays approved
  std::vector<StationRecord> stations;   // of all rounds
  DeadlineRecord deadline;
  // 後閲 owed: (station, absent holder), until seen
  std::vector<std::pair<std::string, PersonId>> reviews_owed;
  bool erased = false;             // a key of it was destroyed: what was written, and perhaps by whom about whom, is gone for good
};

// Pure; never refuses. `position` and `at` are those of the stored event.
void apply(Case& state, const CaseEvent& event, Position position, Instant at);

}  // namespace rireki
