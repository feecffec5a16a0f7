#include "api/text/sheet.h"

#include <sys/mman.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace rireki::api {
namespace {

constexpr std::size_t kCellBytesMax = 32'000;  // a cell has 32,767 characters
constexpr double kNarrow = 10, kWide = 48;

// Characters as wide as two letters, roughly.
double width_of(const std::string& text) {
  double width = 0;
  for (const char c : text) width += (static_cast<unsigned char>(c) & 0xc0) == 0x80 ? 0.5 : 1;
  return width;
}

}  // namespace

void write_csv(const Sheet& sheet, CsvWriter& writer) {
  writer.row(sheet.columns);
  for (const auto& row : sheet.rows) writer.row(row);
}

// In memory throughout: nothing of it gets a name on disk.
std::string xlsx_of(const Sheet& sheet) {
  const int file = ::memfd_create("sheet", MFD_CLOEXEC);
  if (file < 0) throw std::runtime_error("no memory for a workbook");
  struct Closed {
    int file;
    ~Closed() { ::close(file); }
  } const closed{file};
  std::error_code ignored;
  std::string scratch = std::filesystem::exists("/dev/shm", ignored) ? "/dev/shm" : "";
  lxw_workbook_options options = {.constant_memory = LXW_FALSE, .tmpdir = scratch.empty() ? nullptr : scratch.data(), .use_zip64 = LXW_FALSE};
  lxw_workbook* book = workbook_new_opt(("/proc/self/fd/" + std::to_string(file)).c_str(), &options);
  if (!book) throw std::runtime_error("a workbook cannot be begun");
  lxw_worksheet* page = workbook_add_worksheet(book, nullptr);
  lxw_format* bold = workbook_add_format(book);
  format_set_bold(bold);
  lxw_format* wrapped = workbook_add_format(book);
  format_set_text_wrap(wrapped);
  format_set_align(wrapped, LXW_ALIGN_VERTICAL_TOP);
  lxw_row_t at = 0;
  worksheet_write_string(page, at++, 0, sheet.title.c_str(), bold);
  for (const auto& note : sheet.notes) worksheet_write_string(page, at++, 0, note.c_str(), nullptr);
  ++at;
  const lxw_row_t heading = at;
  std::vector<double> widths(sheet.columns.size(), kNarrow);
  const auto put = [&](const std::vector<std::string>& cells, lxw_format* format) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      worksheet_write_string(page, at, static_cast<lxw_col_t>(i), cells[i].size() <= kCellBytesMax ? cells[i].c_str() : cells[i].substr(0, kCellBytesMax).c_str(), format);
      if (i < widths.size()) widths[i] = std::clamp(width_of(cells[i]) + 2, widths[i], kWide);
    }
    ++at;
  };
  put(sheet.columns, bold);
  for (const auto& row : sheet.rows) put(row, wrapped);
  for (std::size_t i = 0; i < widths.size(); ++i) worksheet_set_column(page, static_cast<lxw_col_t>(i), static_cast<lxw_col_t>(i), widths[i], nullptr);
  worksheet_freeze_panes(page, heading + 1, 0);
  if (!sheet.rows.empty() && !sheet.columns.empty()) worksheet_autofilter(page, heading, 0, at - 1, static_cast<lxw_col_t>(sheet.columns.size() - 1));
  worksheet_set_landscape(page);
  worksheet_repeat_rows(page, heading, heading);
  if (const auto error = workbook_close(book); error != LXW_NO_ERROR) throw std::runtime_error(std::string("a workbook cannot be made: ") + lxw_strerror(error));
  std::string bytes(static_cast<std::size_t>(::lseek(file, 0, SEEK_END)), '\0');
  for (std::size_t got = 0; got < bytes.size();) {
    const auto part = ::pread(file, bytes.data() + got, bytes.size() - got, static_cast<off_t>(got));
    if (part <= 0) throw std::runtime_error("a workbook cannot be read back");
    got += static_cast<std::size_t>(part);
  }
  return bytes;
}

}  // namespace rireki::api
