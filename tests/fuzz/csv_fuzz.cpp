// Any bytes, in every encoding and as CSV: no crash, no sanitizer finding, and what was read is written and read the same again.
#include <cstdint>
#include <cstdlib>

#include "api/text/csv.h"
#include "api/text/fold.h"

using namespace rireki::api;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::vector<std::vector<std::string>> texts(const std::vector<CsvRow>& rows) {
  std::vector<std::vector<std::string>> out;
  for (const auto& row : rows) {
    auto& cells = out.emplace_back();
    for (const auto& cell : row.cells) cells.push_back(cell.text);
  }
  return out;
}

void reads_back(const std::vector<std::vector<std::string>>& rows) {
  CsvWriter writer(CsvEncoding::kUtf8Bom, false);
  writer.row({"a", "b"});  // the first line decides the separator
  for (const auto& row : rows) writer.row(row);
  const auto text = to_utf8(writer.bytes(), Encoding::kUtf8);
  require(text.has_value());
  const auto again = read_csv(*text);
  require(again.has_value());
  auto cells = texts(*again);
  cells.erase(cells.begin());
  require(cells == rows);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)detect_encoding(bytes);
  for (const auto encoding : {Encoding::kUtf8, Encoding::kCp932, Encoding::kUtf16LittleEndian, Encoding::kUtf16BigEndian}) {
    const auto text = to_utf8(bytes, encoding);
    if (!text) continue;
    require(is_valid_utf8(*text));
    (void)fold_width(*text);
    (void)fold_reading(*text);
    (void)private_use_in(*text);
    (void)display_width(*text);
    const auto written = to_cp932(*text);
    require(to_utf8(written.bytes, Encoding::kCp932).has_value());
    if (written.substitutions.empty()) require(*to_utf8(written.bytes, Encoding::kCp932) == *text);
    if (const auto rows = read_csv(*text)) reads_back(texts(*rows));
  }
  return 0;
}
