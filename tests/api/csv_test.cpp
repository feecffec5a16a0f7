#include "api/text/csv.h"

#include <rapidcheck/gtest.h>

namespace rireki::api {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows texts(const std::vector<CsvRow>& rows) {
  Rows out;
  for (const auto& row : rows) {
    out.emplace_back();
    for (const auto& cell : row.cells) out.back().push_back(cell.text);
  }
  return out;
}
Rows read(std::string_view text) { return texts(read_csv(text).value()); }
CsvError error_of(std::string_view text) {
  const auto rows = read_csv(text);
  EXPECT_FALSE(rows);
  return rows ? CsvError{} : rows.error();
}

}  // namespace

TEST(Csv, ReadsRowsWhateverEndsALine) {
  const Rows expected{{"a", "b"}, {"c", "d"}};
  for (const auto* text : {"a,b\r\nc,d\r\n", "a,b\nc,d", "a,b\rc,d\r", "a,b\r\n\r\nc,d\x1a"}) EXPECT_EQ(read(text), expected) << text;
}

TEST(Csv, KeepsQuotesCommasAndLineBreaksInsideACell) { EXPECT_EQ(read("\"a,\"\"b\"\"\r\nc\",d"), (Rows{{"a,\"b\"\r\nc", "d"}})); }

TEST(Csv, KeepsTrailingEmptyColumns) { EXPECT_EQ(read("a,,\r\n,,\r\n"), (Rows{{"a", "", ""}, {"", "", ""}})); }

TEST(Csv, ReadsTabsWhereTheFirstLineHasNoComma) { EXPECT_EQ(read("a\tb\nc\td,e"), (Rows{{"a", "b"}, {"c", "d,e"}})); }

TEST(Csv, CountsTheLinesOfTheFileAlsoInsideQuotes) {
  const auto rows = read_csv("h\r\n\"x\r\ny\",z\r\n\r\nlast").value();
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1].line, 2u);
  EXPECT_EQ(rows[1].cells[1].line, 3u);
  EXPECT_EQ(rows[2].line, 5u);
}

TEST(Csv, SaysWhereAQuoteWasNeverClosed) {
  const auto error = error_of("a,b\nc,\"d\ne\nf");
  EXPECT_EQ(error.line, 2u);
  EXPECT_EQ(error.column, 2u);
}

TEST(Csv, RefusesAQuoteInTheMiddleOfACellAndTextAfterOne) {
  EXPECT_EQ(error_of("a,b\"c\"").column, 2u);
  EXPECT_EQ(error_of("\"a\"b").column, 1u);
}

TEST(Csv, RefusesWhatExceedsItsLimits) {
  EXPECT_EQ(error_of("a\n" + std::string(kCsvCellBytesMax + 1, 'x')).line, 2u);
  EXPECT_EQ(read(std::string(kCsvCellBytesMax, 'x')).size(), 1u);
  EXPECT_EQ(error_of(std::string(kCsvColumnsMax, ',')).line, 1u);
  std::string rows;
  for (std::size_t i = 0; i <= kCsvRowsMax; ++i) rows += "a\n";
  EXPECT_EQ(error_of(rows).line, kCsvRowsMax + 2);  // seen once the row too many was read
  EXPECT_EQ(error_of(std::string(kCsvBytesMax + 1, '\n')).line, 1u);
}

TEST(CsvWriter, GuardsAgainstFormulasOnlyForASpreadsheet) {
  for (const std::string cell : {"=1+1", "+1", "-1", "@x", "\tx"}) {
    CsvWriter guarded(CsvEncoding::kCp932, true);
    guarded.row({cell});
    EXPECT_EQ(read(guarded.bytes()), (Rows{{"'" + cell}}));
    EXPECT_EQ(guarded.guarded(), 1u);
    CsvWriter plain(CsvEncoding::kCp932, false);
    plain.row({cell});
    EXPECT_EQ(read(plain.bytes()), (Rows{{cell}}));
  }
}

TEST(CsvWriter, ReportsRowColumnAndCharacterOfWhatItReplaced) {
  CsvWriter writer(CsvEncoding::kCp932, false);
  writer.row({"職員番号", "氏名"});
  EXPECT_EQ(writer.report(), "");
  writer.row({"1", "森鷗外"});
  ASSERT_EQ(writer.replacements().size(), 1u);
  EXPECT_EQ(writer.replacements()[0].row, 2u);
  EXPECT_EQ(writer.replacements()[0].column, 2u);
  EXPECT_NE(writer.report().find("2行 2列: 「鷗」を「〓」"), std::string::npos) << writer.report();
}

TEST(CsvWriter, WritesUtf8WithABomAndReplacesNothing) {
  CsvWriter writer(CsvEncoding::kUtf8Bom, false);
  writer.row({"葛󠄀城", "鷗"});
  EXPECT_EQ(detect_encoding(writer.bytes()), Encoding::kUtf8);
  EXPECT_EQ(read(to_utf8(writer.bytes(), Encoding::kUtf8).value()), (Rows{{"葛󠄀城", "鷗"}}));
  EXPECT_TRUE(writer.replacements().empty());
}

RC_GTEST_PROP(Csv, WhatIsWrittenReadsBackTheSame, ()) {
  const auto cell = rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
                                     "a", ",", "\"", "\r\n", "\n", "\r", " ", "　", "あ", "ソ", "表", "\t", "=", "\x1a")),
                                 [](const std::vector<std::string>& parts) {
                                   std::string out;
                                   for (const auto& part : parts) out += part;
                                   return out;
                                 });
  const auto rows = *rc::gen::container<Rows>(rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(cell)));
  for (const auto encoding : {CsvEncoding::kCp932, CsvEncoding::kUtf8Bom}) {
    CsvWriter writer(encoding, false);
    writer.row({"見出し", "二"});  // the first line decides the separator
    for (const auto& row : rows) writer.row(row);
    const auto text = to_utf8(writer.bytes(), detect_encoding(writer.bytes()));
    RC_ASSERT(text.has_value());
    auto back = read_csv(*text);
    RC_ASSERT(back.has_value());
    auto read_rows = texts(*back);
    read_rows.erase(read_rows.begin());
    RC_ASSERT(read_rows == rows);
  }
}

RC_GTEST_PROP(Csv, AnyTextGivesRowsOrAnErrorThatNamesALineOfIt, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::element('a', ',', '"', '\r', '\n', '\t', '\0', '\x1a', '\xe3'));
  const auto rows = read_csv(text);
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n') + std::count(text.begin(), text.end(), '\r')) + 1;
  if (!rows) RC_ASSERT(rows.error().line >= 1u && rows.error().line <= lines);
  if (rows)
    for (const auto& row : *rows) RC_ASSERT(row.line <= lines && !row.cells.empty());
}

}  // namespace rireki::api
