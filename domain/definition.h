// Procedures (手続) as data: one run of a definition is a case. Format: workflow.md 3.3, described and checked by
// domain/catalogue/procedure.schema.json; loaded from domain/catalogue/<municipality>/*.json; published into the log as events.
// No expression language: whatever matters is a named rule in C++ with a test (domain/rules.h).
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "domain/calendar.h"
#include "domain/office_days.h"
#include "domain/form.h"
#include "domain/refusal.h"
#include "domain/sealing.h"

namespace rireki {

// Who may act, open, read or approve: one of these; a list of them is joined by "or". Exclusions always win.
struct Who {
  enum class Kind { kRole, kRelation, kFunction };
  Kind kind = Kind::kRole;
  // kRole: of the account (access_decision.h)
  // kRelation: "self" (the subject; who is the subject acts only where "self" is named) "author" "author-in-line" (while a superior of the subject)
  //            "named-on-case" "named-in-line" (named, while a superior of the subject) "named-hr" (named, of the HR office) "assigned"
  //            "superior-of-subject" (direct) "superiors-of-subject" (up the line)
  //            "head-of-home-unit" (where they work) "head-of-return-unit" (of the main post, which a Voyager keeps) "head-of-receiving-unit" (unit of the post at form pointer `pointer`)
  //            "head-of-subject-unit" (of the unit that the case is about, or of one above it)
  //            "writer" (who sent the value; only of a form's field)
  //            "named-in-form" (one of those that the field at `pointer` names) "chain-of-form" (above or below one of them in the line)
  // kFunction: holder of a post with that function: "hr-head" "hr-director" "appointing-authority"
  std::string value;
  std::string pointer;  // for relations that need a form value, e.g. "/to_post"
  std::string as_role;  // of a relation: only of those who have this role beside it ("as": a handler who is above a party); empty: of everybody
  bool operator==(const Who&) const = default;
};
nlohmann::json to_json(const Who& who);    // as a definition writes it
Who who_from_json(const nlohmann::json& value);

struct RuleUse {
  std::string rule;         // name in the rule table
  nlohmann::json params;    // constants, or {"policy": name}
  bool warn = false;        // warn: passes with a reason given by the actor; else hard
};

enum class StationKind { kReview, kConsult, kDecide, kInform };  // 審査, 合議, 決裁, 供覧 (供覧 never holds a decision up)
struct Station {
  std::string id;
  Text label;
  StationKind kind = StationKind::kReview;
  std::vector<Who> who;
  std::optional<RuleUse> limit;   // 専決: where this rule passes, the decision is final here and later stations are struck through
  bool deputy_allowed = true;     // 代決 by the named deputies of the holder's post while the holder is absent
  std::string matter;             // named in DeputyNamed::excluded_matters: a deputy may not decide it
  bool review_after = true;       // 後閲 owed to the absent holder
};
struct StationGroup {             // one station, or several in parallel
  std::vector<Station> stations;
  int quorum = 0;                 // how many must approve; 0: all
};
struct Line {                     // 決裁ルート
  std::string id;
  Text label;
  std::vector<StationGroup> groups;  // in order
  std::string approved, refused, sent_back;  // state that each outcome leads to (sent_back: to the drafter)
};

enum class StateKind { kDraft, kWaiting, kRunning, kDone, kRefused, kWithdrawn, kCancelled };
struct State {
  std::string id;
  Text label;
  StateKind kind = StateKind::kRunning;
  bool seen_by_subject = true;
  std::optional<Line> line;
  bool final() const { return kind >= StateKind::kDone; }
};

struct Effect {
  std::string fact;        // kind of fact, "posted" …
  // field → {"form": "/pointer", "days": -1} | {"const": …} | {"subject": true} | {"new": "leave"} | {"json": ["/pointer", …]} (those fields as JSON text)
  //       | {"register": "main-post-of-subject", "before": "/pointer"} (on the day before; "on": on that day) | {"register": "leave-of-case"} (the leave
  //       that this case recorded)
  nlohmann::json values;
  std::vector<std::string> when;    // pointers of form fields: only if each is there and not false
  std::vector<std::string> unless;  // not if any is there and not false
  bool if_present = false; // left out where a value of the register is not there (a person without a post has none to end)
  bool cancels = false;    // instead of recording: cancels every fact that the case recorded
  std::string ends_on;     // instead: what the case posted ends on the day of that field; a posting that would begin later is cancelled
  std::string corrects;    // instead: the effects of that action again, with today's form, as corrections of the facts it recorded
};
struct Opens {
  std::string procedure;   // opened in the same append
  std::vector<std::string> when;    // as of an effect
  std::vector<std::string> unless;
  nlohmann::json form;     // values of its opening form, same sources as Effect::values
  std::string for_each;      // pointer of a list: one case for each of its items, which a source {"item": true} gives; empty: one case
  std::string subject_kind;  // of what it is about, with where its id comes from; empty: the subject of this case
  nlohmann::json subject_id;
  std::string ends_earlier;  // the action that closes those of them about the same subject that are still open; empty: they go on
  bool if_present = false;   // left out where the register does not have the subject (a person without a post leaves none vacant)
};
// What an action does to other cases that are open, in the same append and in the name of whoever acts. Cases in whose state that action is not
// possible are passed over. Its reason stays with the action: other people read the other case.
struct Acts {
  std::string procedure, action;
  std::string target;        // which cases: "opened-here" | "opened-with-leave" (by the case that ordered the leave at /leave) | "covers-of-leave" (that
                             // sent somebody to cover the leave that this case ordered) | "about-subject"
  nlohmann::json form;       // same sources as Effect::values
  bool first = false;        // before this action records its own facts: what rests on them ends first
  bool if_possible = false;  // a case whose rules refuse goes on as it is; else the whole action is refused
};

struct ActionDefinition {
  std::string id;
  Text label;
  bool opens_case = false;            // exactly one action of a definition
  bool from_any = false;              // any state that is not final
  std::vector<std::string> from;
  std::string to;                     // empty: state stays
  std::string form;                   // id in Definition::forms; empty: no form
  std::vector<Who> who;               // empty: only other cases do this
  std::vector<std::string> by;        // procedures whose actions do this to a case (Acts)
  std::vector<RuleUse> rules;
  std::vector<Effect> effects;
  std::vector<Opens> opens;
  std::vector<Acts> acts;
  bool reason_required = false;
  std::string bulk;                   // "" "each" "all-or-none" "each-or-all"
  bool future_dated = false;
  std::optional<Text> confirm;
  std::set<std::string> names_reader; // pointers of form fields whose persons become "named-on-case"
};

struct DeadlineStep {        // what follows a deadline: each is recorded once
  Offset after;            // from the deadline; a reminder may come before it
  bool hand_up = false;    // handed up to `to`, whose worklist shows it until the case moves on; else they are reminded
  Who to;
};
struct Deadline {
  std::string state;
  std::string anchor;      // "entered" or a form pointer of a date
  Offset offset;
  std::string roll;        // "", "next", "previous": to an open day
  bool pauses_on_leave = false;  // stands still while the subject is on leave. One sent back begins anew where the anchor is "entered".
  std::vector<DeadlineStep> steps;
};

// Whose transfers and other orders the case's readers are told of, lest somebody pays for having spoken.
struct Watch {
  std::vector<std::vector<std::string>> people;  // of each list the first that is there: a form pointer, or "author"
  int months = 0;                                // from the opening; 0: nobody is watched over
};

struct Secrecy {
  std::string reading_class = "personnel";   // "public" "personnel" "health" "harassment"
  bool existence_secret = false;             // only `readers` may know of it: not even a seat in a line opens it
  std::string secret_until;                  // state from which those of `told` may know; empty: from the beginning
  std::vector<Who> readers;                  // who reads it from the beginning, beside the stations of the line as it reaches them
  std::vector<Who> told;                     // who else reads it once secret_until, or any state that the subject sees, was reached
  std::vector<Who> in_part;                  // who else sees where it stands, and what they wrote themselves
  std::vector<Who> never;                    // wins over everything
  std::map<std::string, Text> purposes;      // what one may say one reads it for; empty: nothing is asked
  Watch watch;
};

struct Definition {
  std::string id;
  int version = 1;
  std::string status = "decided";            // "draft" (案) or "decided"
  Day from; Day last_day = kForever;         // in force
  Text title, help;
  std::vector<std::string> source;
  std::string subject_kind = "person";       // person post unit request vacancy roster
  std::string open_at_once = "many";         // one | many | one-per-fiscal-year | one-per-effective-date
  std::vector<Who> open_who;
  std::vector<std::string> opened_by;        // other procedures or facts
  std::map<std::string, State> states;
  std::vector<ActionDefinition> actions;     // in the order of the file
  std::map<std::string, Form> forms;
  std::map<std::string, std::vector<Who>> field_readers;  // x-readers of form fields: who sees the value, beside nobody else who may read the case
  std::vector<Deadline> deadlines;
  Secrecy secrecy;
  CaseSealing sealing;                       // follows from secrecy and the x-seal of form fields
  std::string retention_class, retention_starts;
  nlohmann::json migrate, notices;
  std::optional<std::vector<std::string>> effects_allowed;  // given: only these kinds of fact may be recorded
  nlohmann::json resolved;                   // the whole file as loaded

  const ActionDefinition* action(std::string_view id) const;
  const ActionDefinition* opening_action() const;
};

// One finding of the loader: file, JSON pointer, reason. All are reported at once and nothing is loaded.
struct Finding {
  std::string file, pointer;
  Text reason;
};

struct NamedFile { std::string name; std::string content; };

// Parses and checks a set of definitions that belong together (they may name each other).
Result<std::vector<std::shared_ptr<const Definition>>, std::vector<Finding>> load_definitions(const std::vector<NamedFile>& files);
[[noreturn]] void throw_exception_from_error(const std::vector<Finding>& findings, const boost::source_location& where);

// One as it was published. It was checked then, beside those that were published with it, and is not judged again beside those that came later.
// Throws where the text is none.
std::shared_ptr<const Definition> published_definition(const std::string& json);

// The JSON Schema of the format itself, embedded at build time from domain/catalogue/procedure.schema.json.
const nlohmann::json& procedure_schema();

// The definitions that come with the program (domain/catalogue/nerima), embedded at build time.
const std::vector<NamedFile>& default_catalogue();

}  // namespace rireki
