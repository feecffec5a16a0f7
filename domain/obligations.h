// Obligations (義務): what must happen for a set of people by a date; as data, with their rules. Who is due is computed from the register on the
// reference day, never stored; only completion, a fact of its own, meets a duty.
#pragma once

#include "domain/definition.h"
#include "domain/office_days.h"
#include "domain/register.h"

namespace rireki {

inline constexpr const char* kObligationsPolicy = "obligations";  // the policy that holds the list in force

struct Range {
  int first, last;
  bool contains(int value) const { return first <= value && value <= last; }
};
struct Population {             // all that are given must hold
  std::optional<Range> years_of_service, age;
  std::set<EmploymentType> types;
  std::set<Grade> grades;
  std::set<std::string> job_categories;
  UnitId unit;
  std::optional<bool> on_leave;
  int moved_within_months = 0;
  std::string qualification, without_qualification;
};
enum class DutyCause { kFiscalYear, kAppointment, kReturn, kMove, kPromotion };
struct Obligation {
  std::string id;
  Text title;
  std::vector<std::string> source;
  Population population;
  DutyCause each = DutyCause::kFiscalYear;
  std::set<LeaveKind> leave_kinds;   // kReturn; empty: any
  std::chrono::month_day due_on{};   // kFiscalYear
  Offset due_after;                  // of an event
  bool carried_over = false;
  bool deferred_on_leave = true;
};
using Obligations = std::vector<Obligation>;

// Parses and checks a list; all findings at once, none of it is used unless there are none.
Result<Obligations, std::vector<Finding>> load_obligations(const NamedFile& file);
const nlohmann::json& obligations_schema();
const NamedFile& default_obligations();           // those of Nerima, embedded at build time
Obligations obligations_in_force(const Register& reg, Moment at);  // empty if no list was ever set
// The list by which a year is judged on a day: of that day where it lies in the year, else the last of a past year, the first of one to come.
Obligations obligations_of_year(const Register& reg, int fiscal_year, Moment at);

enum class DutyStatus {
  kDue,       // its day has not passed
  kOverdue,
  kDone,
  kDeferred,  // waits for the end of a leave
  kExcused,   // the whole year on leave
  kMissed,    // the year ended without it, and it is not carried over
};
std::string_view to_text(DutyStatus status);      // "due" "overdue" "done" "deferred" "excused" "missed"
Text label(DutyStatus status);

struct Duty {
  std::string obligation;
  PersonId person;
  Day since;                   // the year's first day (or that of appointment), or that of the event
  Day due;                     // after deferral
  DutyStatus status = DutyStatus::kDue;
  std::optional<Day> done;
};

// A person's duties of a fiscal year, with those carried over into it, as they stand on a day. Nobody has duties of a year in which they were not
// employed, nor any that are still open after their last day.
std::vector<Duty> duties_of(const Register& reg, PersonId person, const Obligations& obligations, int fiscal_year, Moment at);

}  // namespace rireki
