// CSV as RFC 4180 has it and as municipal systems emit it: CRLF, LF or CR, quotes with line breaks inside, trailing empty columns, a DOS
// end-of-file mark. Text in and out is UTF-8; encoding.h comes before and after.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/text/encoding.h"

namespace rireki::api {

inline constexpr std::size_t kCsvBytesMax = 64 * 1024 * 1024;
inline constexpr std::size_t kCsvRowsMax = 500'000;
inline constexpr std::size_t kCsvColumnsMax = 200;
inline constexpr std::size_t kCsvCellBytesMax = 32 * 1024;

struct CsvCell {
  std::string text;      // as written, quotes taken off
  std::size_t line = 1;  // of the file, on which the cell begins
};
struct CsvRow {
  std::size_t line = 1;
  std::vector<CsvCell> cells;
};

struct CsvError {
  std::size_t line = 1;
  std::size_t column = 1;  // number of the cell
  Text reason;
};

// Every row, blank lines left out. The separator is a comma, or a tab where the first line has tabs and no comma (Excel's "Unicode text").
// A quote is only allowed around a whole cell; a limit exceeded or a quote never closed is an error that says where it began.
Result<std::vector<CsvRow>, CsvError> read_csv(std::string_view utf8);
[[noreturn]] void throw_exception_from_error(const CsvError& error, const boost::source_location& where);

enum class CsvEncoding { kCp932, kUtf8Bom };
std::optional<CsvEncoding> parse_csv_encoding(std::string_view text);  // "cp932", "utf-8"

// What a written file does not say as it was given.
struct CsvReplacement {
  std::size_t row = 1;     // the header is row 1
  std::size_t column = 1;
  Substitution substitution;
};

// Writes CRLF rows. With `for_spreadsheet`, a cell that begins with = + - @ or a tab gets a leading apostrophe, so that a spreadsheet does not
// run it as a formula (CSV injection); a program that reads the file should be given one written without.
class CsvWriter {
 public:
  CsvWriter(CsvEncoding encoding, bool for_spreadsheet);

  void row(std::span<const std::string> cells);
  void row(std::initializer_list<std::string> cells) { row(std::span(cells.begin(), cells.size())); }

  const std::string& bytes() const { return bytes_; }
  const std::vector<CsvReplacement>& replacements() const { return replacements_; }
  std::size_t guarded() const { return guarded_; }  // how many cells got an apostrophe
  std::size_t rows() const { return rows_; }

  // The report that goes beside the file: one line per replacement, in both languages. Empty if there is nothing to report.
  std::string report() const;

 private:
  CsvEncoding encoding_;
  bool for_spreadsheet_;
  std::string bytes_;
  std::vector<CsvReplacement> replacements_;
  std::size_t rows_ = 0;
  std::size_t guarded_ = 0;
};

}  // namespace rireki::api
