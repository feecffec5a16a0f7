#include "api/import_file.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "api/text/fold.h"

namespace rireki::api {
namespace {

std::string folded_heading(std::string_view text) {
  std::string folded = fold_width(text);
  std::erase_if(folded, [](char c) { return c == ' ' || c == '\n' || c == '\r'; });
  return folded;
}

bool all_blank(const CsvRow& row) {
  return std::all_of(row.cells.begin(), row.cells.end(), [](const CsvCell& cell) { return trim_blanks(cell.text).empty(); });
}

// Which of the columns' keys a row names, if it is read as a header.
std::set<std::string> keys_named(const CsvRow& row, const std::vector<ImportColumn>& columns) {
  std::set<std::string> keys;
  for (const auto& cell : row.cells) {
    const std::string heading = folded_heading(cell.text);
    for (const auto& column : columns)
      if (std::find(column.headings.begin(), column.headings.end(), heading) != column.headings.end()) keys.insert(column.key);
  }
  return keys;
}

bool is_sum_row(const CsvRow& row) {
  static const std::set<std::string> words = {"合計", "小計", "総計", "計"};
  for (const auto& cell : row.cells) {
    const std::string text = folded_heading(cell.text);
    if (!text.empty()) return words.contains(text);
  }
  return false;
}

}  // namespace

void Findings::add(ImportFinding finding) {
  ++count_;
  if (shown_.size() < kFindingsShownMax) shown_.push_back(std::move(finding));
}

ImportFile ImportFile::read(std::string name, std::string_view bytes, std::optional<Encoding> encoding, const std::vector<ImportColumn>& columns,
                            bool keep_other_columns, Findings& findings, std::vector<ImportFinding>& notes) {
  ImportFile file;
  file.name_ = std::move(name);
  file.encoding_ = encoding.value_or(detect_encoding(bytes));
  if (bytes.size() > kCsvBytesMax) {
    findings.add({file.name_, 0, 0, "", "file-size", {"ファイルが大きすぎます（上限64MiB）。分けてください。", "The file is too large (64 MiB at most). Split it."}});
    return file;
  }
  const auto text = to_utf8(bytes, file.encoding_);
  if (!text) {
    findings.add({file.name_, text.error().line, 0, "", "encoding", text.error().reason});
    return file;
  }
  auto rows = read_csv(*text);
  if (!rows) {
    findings.add({file.name_, rows.error().line, rows.error().column, "", "csv", rows.error().reason});
    return file;
  }
  file.csv_ = std::move(*rows);
  if (!file.find_header(columns, findings, notes)) return file;
  const std::size_t before = findings.count();
  file.place_columns(columns, file.header_, keep_other_columns, findings, notes);
  if (findings.count() == before) file.take_rows(file.header_, findings);
  return file;
}

bool ImportFile::find_header(const std::vector<ImportColumn>& columns, Findings& findings, std::vector<ImportFinding>& notes) {
  if (csv_.empty()) {
    findings.add({name_, 0, 0, "", "header", {"ファイルが空です。", "The file is empty."}});
    return false;
  }
  std::size_t best = 0, best_named = 0;
  for (std::size_t i = 0; i < std::min(kHeaderSearchRows, csv_.size()); ++i)
    if (const auto named = keys_named(csv_[i], columns).size(); named > best_named) best = i, best_named = named;
  const auto named = keys_named(csv_[best], columns);
  std::string missing;
  for (const auto& column : columns)
    if (column.required && !named.contains(column.key)) missing += (missing.empty() ? "" : "、") + column.headings.front();
  if (!missing.empty()) {
    findings.add({name_, csv_[best].line, 0, "", "header", {"見出しに次の列がありません: " + missing, "The header lacks these columns: " + missing}});
    return false;
  }
  for (std::size_t i = 0; i < best; ++i)
    notes.push_back({name_, csv_[i].line, 0, "", "above-header", {"見出しより上の行は取り込みません。", "Lines above the header are left out."}});
  header_ = best;
  return true;
}

void ImportFile::place_columns(const std::vector<ImportColumn>& columns, std::size_t header, bool keep_others, Findings& findings,
                               std::vector<ImportFinding>& notes) {
  const CsvRow& row = csv_[header];
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    const std::string heading = folded_heading(row.cells[i].text);
    if (heading.empty()) continue;
    width_ = i + 1;
    const auto column = std::find_if(columns.begin(), columns.end(), [&](const ImportColumn& one) {
      return std::find(one.headings.begin(), one.headings.end(), heading) != one.headings.end();
    });
    const bool known = column != columns.end();
    if (known ? places_.contains(column->key) : others_.contains(heading)) {
      findings.add({name_, row.cells[i].line, i + 1, heading, "header-twice", {"同じ意味の見出しが2つあります。", "Two headings name the same column."}});
    } else if (known) {
      places_[column->key] = i + 1;
      headings_[column->key] = heading;
    } else {
      others_[heading] = i + 1;
      if (!keep_others) notes.push_back({name_, row.line, i + 1, heading, "unknown-column", {"この列は取り込みません。", "This column is left out."}});
    }
  }
}

void ImportFile::take_rows(std::size_t header, Findings& findings) {
  std::vector<std::string> headings;
  for (const auto& cell : csv_[header].cells) headings.push_back(folded_heading(cell.text));
  for (std::size_t i = header + 1; i < csv_.size(); ++i) {
    const CsvRow& row = csv_[i];
    if (all_blank(row)) continue;
    std::size_t same = 0;
    for (std::size_t c = 0; c < std::min(headings.size(), row.cells.size()); ++c)
      if (!headings[c].empty() && headings[c] == folded_heading(row.cells[c].text)) ++same;
    if (same > 1 && same * 2 > places_.size()) {
      findings.add({name_, row.line, 0, "", "header-twice", {"見出しの行がもう一度あります。1行だけにしてください。", "The header stands here again. Keep one only."}});
      continue;
    }
    if (is_sum_row(row)) {
      findings.add({name_, row.line, 0, "", "sum-row", {"合計の行は取り込めません。削除してください。", "A row of totals cannot be imported. Remove it."}});
      continue;
    }
    for (std::size_t c = 0; c < row.cells.size(); ++c) {
      const auto& cell = row.cells[c];
      const std::string heading = c < headings.size() ? headings[c] : "";
      if (c >= width_ && !trim_blanks(cell.text).empty())
        findings.add({name_, cell.line, c + 1, "", "too-many-cells", {"見出しのない列に値があります。列がずれていないか確かめてください。", "There is a value in a column without a heading. Check whether the row is shifted."}});
      else if (const auto private_use = private_use_in(cell.text))
        findings.add({name_, cell.line, c + 1, heading, "private-use",
                      {"外字（" + *private_use + "）があります。庁外では別の字になります。行政事務標準文字か代替の字で書いてください。",
                       "There is a private-use character (" + *private_use + "), which means something else elsewhere. Write the standard character or its substitute."}});
    }
    rows_.push_back({row.line, &row});
  }
}

std::size_t ImportFile::place(const std::string& key) const {
  const auto found = places_.find(key);
  return found == places_.end() ? 0 : found->second;
}

std::string ImportFile::heading(const std::string& key) const {
  const auto found = headings_.find(key);
  return found == headings_.end() ? "" : found->second;
}

std::string_view ImportFile::cell_at(const Row& row, std::size_t column) const {
  return column == 0 || column > row.cells->cells.size() ? std::string_view{} : trim_blanks(row.cells->cells[column - 1].text);
}

std::string_view ImportFile::cell(const Row& row, const std::string& key) const { return cell_at(row, place(key)); }

std::size_t ImportFile::line_of(const Row& row, std::size_t column) const {
  return column == 0 || column > row.cells->cells.size() ? row.line : row.cells->cells[column - 1].line;
}

// --- One row ---

Text ImportRow::unknown_word(const std::string& given) {
  return {"「" + given + "」という言葉は使えません。", "The word \"" + given + "\" is not known here."};
}

void ImportRow::refuse(const std::string& key, std::string rule, Text reason) {
  ok_ = false;
  const std::size_t column = key.empty() ? 0 : file_.place(key);
  findings_.add({file_.name(), file_.line_of(row_, column), column, file_.heading(key), std::move(rule), std::move(reason)});
}

bool ImportRow::missing(const std::string& key, std::string_view value, bool required) {
  if (!value.empty()) return false;
  if (required) refuse(key, "required", {"値が必要です。", "A value is required."});
  return true;
}

std::string ImportRow::text(const std::string& key, bool required) {
  const auto value = file_.cell(row_, key);
  missing(key, value, required);
  return std::string(value);
}

std::string ImportRow::code(const std::string& key, bool required) {
  const std::string value = fold_width(file_.cell(row_, key));
  missing(key, value, required);
  return value;
}

std::optional<Day> ImportRow::date(const std::string& key, bool required) {
  const auto value = file_.cell(row_, key);
  if (missing(key, value, required)) return std::nullopt;
  const auto day = parse_japanese_date(value);
  if (day) return *day;
  refuse(key, "date", {day.error().ja, day.error().en});
  return std::nullopt;
}

Day ImportRow::last_day(const std::string& key) {
  const std::string value = fold_width(file_.cell(row_, key));
  if (value.empty() || value == "99999999" || value == "9999-12-31" || value == "9999/12/31" || value == "99991231") return kForever;
  // Ends were printed years ahead, in an era that has ended since (平成33年3月31日).
  const auto day = parse_japanese_date(value, true);
  if (day) return *day;
  refuse(key, "date", {day.error().ja, day.error().en});
  return kForever;
}

int ImportRow::count(const std::string& key, int if_empty) {
  const std::string value = code(key);
  if (value.empty()) return if_empty;
  int number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error == std::errc{} && end == value.data() + value.size() && number >= 0) return number;
  refuse(key, "number", {"「" + value + "」は数ではありません。", "\"" + value + "\" is not a number."});
  return if_empty;
}

bool ImportRow::flag(const std::string& key) {
  static const std::map<std::string, bool> words = {{"○", true}, {"〇", true}, {"◯", true}, {"1", true}, {"有", true}, {"はい", true}, {"長", true}, {"true", true},
                                                    {"×", false}, {"0", false}, {"無", false}, {"いいえ", false}, {"-", false}, {"false", false}};
  return word(key, words, false);
}

}  // namespace rireki::api
