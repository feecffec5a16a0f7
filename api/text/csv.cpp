#include "api/text/csv.h"

#include <algorithm>
#include <stdexcept>

namespace rireki::api {
namespace {

constexpr char kDosEndOfFile = 0x1A;

// One pass over the bytes; every separator is ASCII, so UTF-8 needs no decoding here.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {
    const std::string_view first = text_.substr(0, text_.find_first_of("\r\n"));
    separator_ = first.find(',') == std::string_view::npos && first.find('\t') != std::string_view::npos ? '\t' : ',';
  }

  Result<std::vector<CsvRow>, CsvError> read() {
    if (text_.size() > kCsvBytesMax) return too_large("ファイル", "file", kCsvBytesMax, "バイト", "bytes");
    while (at_ < text_.size() && !at_end_mark()) {
      CsvRow row{.line = line_, .cells = {}};
      const bool quoted = text_[at_] == '"';  // "" alone is a row of one empty cell
      if (auto error = read_row(row)) return *error;
      column_ = 1;
      if (!quoted && row.cells.size() == 1 && row.cells[0].text.empty()) continue;
      if (rows_.size() == kCsvRowsMax) return too_large("行数", "number of rows", kCsvRowsMax, "行", "rows");
      rows_.push_back(std::move(row));
    }
    return std::move(rows_);
  }

 private:
  bool at_end_mark() const { return text_[at_] == kDosEndOfFile && at_ + 1 == text_.size(); }
  bool at_line_break() const { return at_ < text_.size() && (text_[at_] == '\r' || text_[at_] == '\n'); }
  void skip_line_break() {
    if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
    ++at_;
    ++line_;
  }

  std::optional<CsvError> read_row(CsvRow& row) {
    while (true) {
      if (row.cells.size() == kCsvColumnsMax) return too_large("列数", "number of columns", kCsvColumnsMax, "列", "columns");
      column_ = row.cells.size() + 1;
      CsvCell cell{.text = {}, .line = line_};
      if (auto error = at_ < text_.size() && text_[at_] == '"' ? read_quoted(cell) : read_plain(cell)) return error;
      row.cells.push_back(std::move(cell));
      if (at_ == text_.size() || at_end_mark()) return std::nullopt;
      if (at_line_break()) {
        skip_line_break();
        return std::nullopt;
      }
      ++at_;  // the separator
    }
  }

  std::optional<CsvError> read_plain(CsvCell& cell) {
    const std::size_t start = at_;
    while (at_ < text_.size() && text_[at_] != separator_ && !at_line_break() && !at_end_mark()) {
      if (text_[at_] == '"')
        return error_at(cell.line, {"引用符（\"）がセルの途中にあります。セル全体を引用符で囲み、中の引用符は2つ重ねてください。",
                                    "A quote stands in the middle of a cell. Quote the whole cell and double the quotes inside."});
      if (text_[at_] == '\0') return error_at(line_, {"文字ではないバイト（NUL）があります。CSVファイルではないようです。", "There is a NUL byte: this does not look like a CSV file."});
      ++at_;
    }
    if (at_ - start > kCsvCellBytesMax) return too_large("セル", "cell", kCsvCellBytesMax, "バイト", "bytes");
    cell.text = text_.substr(start, at_ - start);
    return std::nullopt;
  }

  std::optional<CsvError> read_quoted(CsvCell& cell) {
    ++at_;
    while (true) {
      if (at_ == text_.size()) return error_at(cell.line, {"ここで始まる引用符（\"）が閉じられていません。", "The quote that begins here is never closed."});
      if (text_[at_] == '"') {
        ++at_;
        if (at_ == text_.size() || text_[at_] != '"') break;
        cell.text.push_back('"');
        ++at_;
      } else if (at_line_break()) {
        const std::size_t start = at_;
        skip_line_break();
        cell.text.append(text_.substr(start, at_ - start));
      } else if (text_[at_] == '\0') {
        return error_at(line_, {"文字ではないバイト（NUL）があります。CSVファイルではないようです。", "There is a NUL byte: this does not look like a CSV file."});
      } else {
        cell.text.push_back(text_[at_++]);
      }
      if (cell.text.size() > kCsvCellBytesMax) return too_large("セル", "cell", kCsvCellBytesMax, "バイト", "bytes");
    }
    if (at_ < text_.size() && text_[at_] != separator_ && !at_line_break() && !at_end_mark())
      return error_at(line_, {"閉じた引用符（\"）の後に文字があります。", "There is text after the closing quote."});
    return std::nullopt;
  }

  CsvError error_at(std::size_t line, Text reason) const { return {line, column_, std::move(reason)}; }
  CsvError too_large(const char* what_ja, const char* what_en, std::size_t limit, const char* unit_ja, const char* unit_en) const {
    return error_at(line_, {std::string(what_ja) + "が上限（" + std::to_string(limit) + unit_ja + "）を超えています。",
                            std::string("The ") + what_en + " exceeds the limit of " + std::to_string(limit) + " " + unit_en + "."});
  }

  std::string_view text_;
  char separator_ = ',';
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t column_ = 1;
  std::vector<CsvRow> rows_;
};

bool looks_like_formula(const std::string& cell) { return !cell.empty() && std::string_view("=+-@\t\r").find(cell[0]) != std::string_view::npos; }

}  // namespace

void throw_exception_from_error(const CsvError&, const boost::source_location&) { throw std::logic_error("unchecked CsvError"); }

Result<std::vector<CsvRow>, CsvError> read_csv(std::string_view utf8) { return Reader(utf8).read(); }

std::optional<CsvEncoding> parse_csv_encoding(std::string_view text) {
  const auto encoding = parse_encoding(text);
  if (encoding == Encoding::kCp932) return CsvEncoding::kCp932;
  if (encoding == Encoding::kUtf8) return CsvEncoding::kUtf8Bom;
  return std::nullopt;
}

CsvWriter::CsvWriter(CsvEncoding encoding, bool for_spreadsheet) : encoding_(encoding), for_spreadsheet_(for_spreadsheet) {
  if (encoding_ == CsvEncoding::kUtf8Bom) bytes_ = "\xEF\xBB\xBF";
}

void CsvWriter::row(std::span<const std::string> cells) {
  ++rows_;
  std::size_t column = 0;
  for (const auto& given : cells) {
    ++column;
    std::string cell = given;
    if (for_spreadsheet_ && looks_like_formula(cell)) {
      cell.insert(cell.begin(), '\'');
      ++guarded_;
    }
    if (encoding_ == CsvEncoding::kCp932) {
      auto converted = to_cp932(cell);
      for (auto& one : converted.substitutions) replacements_.push_back({rows_, column, std::move(one)});
      cell = std::move(converted.bytes);
    }
    if (column > 1) bytes_.push_back(',');
    // Safe on CP932 bytes as well: no second byte of a character is a quote, a comma or a line break. An only, empty cell is quoted, since a blank
    // line would be no row; so are cells with outer blanks, which other programs trim.
    const bool quote = cell.find_first_of("\",\r\n\t") != std::string::npos || (cell.empty() && cells.size() == 1) ||
                       (!cell.empty() && (cell.front() == ' ' || cell.back() == ' ' || cell.back() == kDosEndOfFile));
    if (!quote) {
      bytes_ += cell;
      continue;
    }
    bytes_.push_back('"');
    for (const char c : cell) {
      if (c == '"') bytes_.push_back('"');
      bytes_.push_back(c);
    }
    bytes_.push_back('"');
  }
  bytes_ += "\r\n";
}

std::string CsvWriter::report() const {
  std::string out;
  for (const auto& one : replacements_)
    out += std::to_string(one.row) + "行 " + std::to_string(one.column) + "列: 「" + one.substitution.character + "」を「" + one.substitution.written +
           "」で書きました / row " + std::to_string(one.row) + ", column " + std::to_string(one.column) + ": \"" + one.substitution.character +
           "\" written as \"" + one.substitution.written + "\"\n";
  return out;
}

}  // namespace rireki::api
