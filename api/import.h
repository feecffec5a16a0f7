// Import of units, posts, staff, postings, holidays and printed figures from CSV files, as municipal systems export them.
//
// How a second import finds what the first one made. The register has no place for the codes of another system, so:
//   units and posts  get an id that is derived from the code (SHA-256 of source system and code): the same code is the same unit for ever. A
//                    code may also be an id as this program writes it, which is what its own export does.
//   people           are found by their staff number, among the registrations in the log. Their ids are random, since an id stays in the
//                    log's tags for ever and a derived one would let anybody with the staff number find them there.
// A row that says what the register already says makes no fact, so that importing a file twice changes nothing, and an import that was cut off is
// simply run again. A row that differs makes the fact that leads there (renamed, closed, graded, posting ended …), dated by
// `effective`; what no fact can lead to (another parent, another day of birth) is a finding: correct it in the register (訂正).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/import_file.h"
#include "api/office.h"

namespace rireki::api {

enum class ImportKind { kUnits, kPosts, kStaff, kPostings, kHolidays, kClosedDays, kFigures };  // holidays: national; closed days: the municipality's own
std::string_view to_text(ImportKind kind);  // "units" "posts" "staff" "postings" "holidays" "closed-days" "figures"
const std::vector<ImportColumn>& columns_of(ImportKind kind);

struct ImportSource {
  ImportKind kind;
  std::string name;   // of the file, as findings show it
  std::string bytes;
  std::optional<Encoding> encoding;  // none: detected
};

struct ImportOptions {
  bool dry_run = false;
  std::optional<Day> effective;  // from when a changed name, quota or grade holds
  std::string system = "hr";     // whose codes these are: two systems may use the same code for different units
  std::string reason;            // of a corrected figure
};

struct ImportedFile {
  ImportKind kind;
  std::string name;
  Encoding encoding = Encoding::kCp932;
  std::size_t rows = 0;
  std::size_t facts = 0;      // recorded, or to be recorded with dry_run
  std::size_t unchanged = 0;  // rows that say what the register already says
  Position position = 0;      // of its last fact, 0 if there was none
};

struct ImportReport {
  std::vector<ImportedFile> files;      // in the order of ImportKind: each may name what the ones before it bring
  std::vector<ImportFinding> findings;  // not empty: nothing was recorded
  std::size_t findings_count = 0;       // `findings` stops at kFindingsShownMax
  std::vector<ImportFinding> notes;     // what was left out without harm
  std::optional<AppendError> storage;   // the log said no: the files before it are recorded, this and the later ones are not
};

// All files are checked together before any is recorded; then each is recorded as one atomic append, on condition that no fact came
// between. `progress` is told what is being done, from 0 to 1.
ImportReport import_files(Office& office, const Actor& actor, std::vector<ImportSource> sources, const ImportOptions& options,
                          const std::function<void(double done)>& progress = {});

}  // namespace rireki::api
