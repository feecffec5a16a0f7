// A table for people: as CSV (csv.h) or as a workbook that a spreadsheet opens (libxlsxwriter). Every cell is text: a staff number keeps its zeros, and
// nothing is taken for a formula.
#pragma once

#include <string>
#include <vector>

#include "api/text/csv.h"

namespace rireki::api {

struct Sheet {
  std::string title;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> notes;  // under the table: what it is of, as known when
};

void write_csv(const Sheet& sheet, CsvWriter& writer);  // the table alone
std::string xlsx_of(const Sheet& sheet);                // throws std::runtime_error where it cannot be made

}  // namespace rireki::api
