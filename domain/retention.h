// How long records are kept (R-168, security.md 2.5): a table class → years → what then, a dated policy of the office ("retention"), and the day from
// which a record is due by it. Nothing goes by itself: what is due is proposed, approved by another person and then carried out (control.h).
#pragma once

#include <map>
#include <optional>

#include "domain/case.h"
#include "domain/definition.h"
#include "domain/register.h"

namespace rireki {

inline constexpr const char* kRetentionPolicy = "retention";
inline constexpr const char* kStaffRecordClass = "staff-record";  // of what is recorded of a person beside cases; starts with the end of employment
inline constexpr int kRetentionYearsMax = 200;

enum class AfterRetention { kErase, kArchive, kPermanent };  // archive: handed to the archive, then erased
std::string_view to_text(AfterRetention then);

struct RetentionClass {
  Text title;
  int years = 0;
  AfterRetention then = AfterRetention::kErase;
};
struct RetentionTable {
  std::map<std::string, RetentionClass> classes;
};
// {"classes": {"<class>": {"title": {"ja", "en"}, "years": 0…200, "then": "erase" | "archive" | "permanent"}}}; "note" may stand beside. The finding says where and why.
Result<RetentionTable, Finding> parse_retention(std::string_view json);
[[noreturn]] void throw_exception_from_error(const Finding& error, const boost::source_location& where);
// In force on that day; empty where the office set none.
RetentionTable retention_on(const Register& reg, const Moment& at);
const NamedFile& default_retention();  // of Nerima, mostly assumed; embedded at build time

// Counted from the first day of the fiscal year after the event, as municipal document rules do.
Day due_after(Day event, int years);

struct RetentionDue {
  std::string retention_class;
  Day began;                         // the starting event
  std::optional<Day> due;            // none: permanent, or the table has no such class
  AfterRetention then = AfterRetention::kErase;
};
// None: its starting event has not come (it is open, its person is employed, the leave has not ended).
std::optional<RetentionDue> retention_of(const Definition& definition, const Case& state, const Register& reg, const RetentionTable& table, Day today);
// Of a person's own record. None: employed, or never was.
std::optional<RetentionDue> retention_of(PersonId person, const Register& reg, const RetentionTable& table, Day today);

}  // namespace rireki
