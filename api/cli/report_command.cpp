#include "api/cli/commands.h"
#include "api/report.h"
#include "api/resources/question.h"

namespace rireki::api {
namespace {

struct Options {
  std::string report;
  bool csv = false;
  std::string encoding = "utf-8", as_of;
};

ExitCode report(const Console& console, const std::string& data, const Options& options) {
  const auto info = std::find_if(all_reports().begin(), all_reports().end(), [&](const ReportInfo& one) { return one.id == options.report; });
  auto opened = open_folder(data);
  if (!opened) return fail(console, opened.error());
  std::vector<FigureRecorded> figures;
  Position as_of = opened->log->head();
  if (!options.as_of.empty())
    if (const auto problem = read_position("--as-of", options.as_of, *opened->office, as_of)) return console.fail(ExitCode::kUsage, "usage", problem->detail);
  opened->office->with_context([&](const DecisionContext& context) { figures = recorded_figures(context.reg, info->series, as_of); });
  if (figures.empty())
    return console.fail(ExitCode::kRefused, "no-figures", {"この表の数値がまだ記録されていません（系列 " + info->series + "）。rireki import --figures で取り込んでください。",
                                                           "No figures of this table are recorded yet (series " + info->series + "). Import them with rireki import --figures."});
  const auto table = make_report(*info, figures);
  if (options.csv) {
    CsvWriter writer(*parse_csv_encoding(options.encoding), true);
    write_csv(table, writer);
    std::fwrite(writer.bytes().data(), 1, writer.bytes().size(), stdout);
    if (const auto replaced = writer.report(); !replaced.empty()) console.say({replaced, replaced});
  } else if (console.json()) {
    console.print(to_json(table));
  } else {
    console.print(print_table(table, console.japanese()));
  }
  return ExitCode::kOk;
}

}  // namespace

void add_report_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("report", "記録された数値から表を出す / print tables from the recorded figures");
  const auto options = std::make_shared<Options>();
  std::vector<std::string> names;
  std::string list;
  for (const auto& one : all_reports()) {
    names.push_back(one.id);
    list += "  " + one.id + "  " + one.title.ja + " / " + one.title.en + "\n";
  }
  command->add_option("report", options->report, "表 / which table")->required()->check(CLI::IsMember(names));
  command->add_option("--as-of", options->as_of, "どこまでの記録で見るか（位置か時刻） / as known at which position or time");
  command->add_flag("--csv", options->csv, "CSV で標準出力へ（表計算用） / as CSV on stdout, for a spreadsheet");
  command->add_option("--encoding", options->encoding, "CSV の文字コード: utf-8 か cp932 / of the CSV")
      ->check([](const std::string& value) { return parse_csv_encoding(value) ? std::string() : "文字コード / no such encoding: " + value; });
  command->footer("表 / tables:\n" + list +
                  "\n"
                  "例 / examples:\n"
                  "  rireki import --figures samples/nerima-hires.csv && rireki report nerima-hires\n"
                  "  rireki report fixed-term --csv --encoding cp932 > 任期付.csv\n"
                  "\n"
                  "不確かな値には (?) が付き、計はそれに基づくことを示します。CSV で = + - @ に始まるセルには ' を付けます。\n"
                  "Uncertain figures carry (?), and totals say that they rest on them. CSV cells beginning with = + - @ get a leading '.");
  command->callback([&invocation, options] {
    invocation.chosen = [&invocation, options](const Console& console) { return report(console, invocation.data, *options); };
  });
}

}  // namespace rireki::api
