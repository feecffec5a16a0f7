// One file as it was handed over, read into rows whose columns have names. Everything that is wrong is a finding with its place; reading goes on
// to the end, so that one run shows all of them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/text/csv.h"
#include "domain/calendar.h"

namespace rireki::api {

inline constexpr std::size_t kFindingsShownMax = 1'000;  // more are only counted
inline constexpr std::size_t kHeaderSearchRows = 5;      // titles above the header are left out

struct ImportFinding {
  std::string file;
  std::size_t line = 0;    // 0: the file as a whole
  std::size_t column = 0;  // number of the cell; 0: the row as a whole
  std::string heading;     // of that column
  std::string rule;        // id of the rule that was broken: "known-post", "date", …
  Text reason;
};

// Collects findings up to kFindingsShownMax and counts the rest.
class Findings {
 public:
  void add(ImportFinding finding);
  const std::vector<ImportFinding>& shown() const { return shown_; }
  std::size_t count() const { return count_; }

 private:
  std::vector<ImportFinding> shown_;
  std::size_t count_ = 0;
};

struct ImportColumn {
  std::string key;
  std::vector<std::string> headings;  // accepted words, compared after fold_width(); the first is the one to show
  bool required = false;
};

class ImportFile {
 public:
  struct Row {
    std::size_t line = 1;
    const CsvRow* cells = nullptr;
  };

  // `encoding` none: detected. With findings about the file or its header there are no rows. `notes` says what was left out without harm: titles
  // above the header, columns that mean nothing here.
  static ImportFile read(std::string name, std::string_view bytes, std::optional<Encoding> encoding, const std::vector<ImportColumn>& columns,
                         bool keep_other_columns, Findings& findings, std::vector<ImportFinding>& notes);

  const std::string& name() const { return name_; }
  Encoding encoding() const { return encoding_; }
  const std::vector<Row>& rows() const { return rows_; }
  bool has(const std::string& key) const { return places_.contains(key); }
  std::size_t place(const std::string& key) const;            // number of the column, 0 if it is missing
  std::string heading(const std::string& key) const;          // as the file writes it
  std::string_view cell(const Row& row, const std::string& key) const;  // blanks at both ends taken off; "" if missing
  const std::map<std::string, std::size_t>& other_columns() const { return others_; }  // heading → number, with keep_other_columns
  std::string_view cell_at(const Row& row, std::size_t column) const;
  std::size_t line_of(const Row& row, std::size_t column) const;  // a cell may begin below its row's first line

 private:
  bool find_header(const std::vector<ImportColumn>& columns, Findings& findings, std::vector<ImportFinding>& notes);
  void place_columns(const std::vector<ImportColumn>& columns, std::size_t header, bool keep_others, Findings& findings, std::vector<ImportFinding>& notes);
  void take_rows(std::size_t header, Findings& findings);

  std::string name_;
  Encoding encoding_ = Encoding::kCp932;
  std::vector<CsvRow> csv_;
  std::size_t header_ = 0;
  std::size_t width_ = 0;  // of the header, trailing empty headings left out
  std::vector<Row> rows_;
  std::map<std::string, std::size_t> places_;
  std::map<std::string, std::string> headings_;
  std::map<std::string, std::size_t> others_;
};

// Reads one row's cells as values; each that cannot be read is a finding at its place.
class ImportRow {
 public:
  ImportRow(const ImportFile& file, const ImportFile::Row& row, Findings& findings) : file_(file), row_(row), findings_(findings) {}

  std::string text(const std::string& key, bool required = false);   // as written
  std::string code(const std::string& key, bool required = false);   // width folded: codes and numbers of staff
  std::optional<Day> date(const std::string& key, bool required = false);
  Day last_day(const std::string& key);                               // empty, 99999999 and 9999-12-31: kForever
  int count(const std::string& key, int if_empty);
  bool flag(const std::string& key);                                  // ○ 1 有 はい 長 true; empty, × 0 無 いいえ false
  template <class E>
  E word(const std::string& key, const std::map<std::string, E>& vocabulary, E if_empty, bool required = false) {
    const std::string given = code(key, required);
    if (given.empty()) return if_empty;
    if (const auto known = vocabulary.find(given); known != vocabulary.end()) return known->second;
    refuse(key, "vocabulary", unknown_word(given));
    return if_empty;
  }

  void refuse(const std::string& key, std::string rule, Text reason);  // key "": the row
  bool ok() const { return ok_; }
  std::size_t line() const { return row_.line; }

 private:
  static Text unknown_word(const std::string& given);
  bool missing(const std::string& key, std::string_view value, bool required);
  const ImportFile& file_;
  const ImportFile::Row& row_;
  Findings& findings_;
  bool ok_ = true;
};

}  // namespace rireki::api
