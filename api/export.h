// The register on one day as the CSV files that an import reads, and events as JSON lines.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/office.h"
#include "api/text/csv.h"

namespace rireki::api {

struct ExportStyle {
  CsvEncoding encoding = CsvEncoding::kUtf8Bom;
  bool for_spreadsheet = false;                     // guards against formulas (CsvWriter)
  bool wareki = false;                              // dates as 令和8年4月1日; else 2026-04-01
  std::function<std::string(UnitId)> unit_code;     // default: the id, which an import knows again
  std::function<std::string(PostId)> post_code;
};

struct ExportedFile {
  std::string name;    // "units.csv" …
  std::string bytes;
  std::size_t rows = 0;
  std::string report;  // what the encoding could not write, "" if nothing
};

// Everything that was ever entered, in the order in which it was first recorded.
struct RegisterLists {
  std::vector<UnitId> units;
  std::vector<PostId> posts;
  std::vector<PersonId> people;
};
RegisterLists list_register(const EventLog& log);

// Units, posts, staff and postings in force on that day. Covers are left out: they need the leave they cover, which these files have no
// place for. `progress` from 0 to 1.
std::vector<ExportedFile> export_register(const Register& reg, const RegisterLists& lists, Day on, const ExportStyle& style,
                                          const std::function<void(double)>& progress = {});

// One event as JSON. Without `with_body` only its envelope: ids, types, times.
nlohmann::json event_json(const EventView& event, bool with_body);

// Codes as a municipality numbers its units: two digits per level, in the order of the list ("01", "0101", "010101"); posts "P0001".
ExportStyle municipal_style(const Register& reg, const RegisterLists& lists, Day on);

}  // namespace rireki::api
