#include <fstream>

#include "api/account_changes.h"
#include "api/cli/commands.h"
#include "api/commands.h"
#include "api/export.h"
#include "api/log_read.h"

namespace rireki::api {
namespace {

struct Options {
  std::string out = "export";
  std::string on, encoding = "cp932";
  std::string proposal;
  bool for_spreadsheet = false, wareki = false, events = false;
};

// One JSON line per event that the command line may see, in order of position.
Result<std::size_t, FolderError> write_events(const Console& console, const OpenFolder& opened, const std::filesystem::path& path) {
  const std::filesystem::path part = path.string() + ".part";
  std::size_t written = 0;
  {
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    Progress progress(console, {"事象の書出し", "events"});
    const auto head = opened.log->head();
    const Actor reader = command_line_actor();
    opened.office->with_context([&](const DecisionContext& context) {
      const auto end = opened.log->read(AllEvents{}, ReadOptions{.up_to = head, .bulk = true}, [&](const EventView& event) {
        if (event.position() % 1024 == 0) progress.at(static_cast<double>(event.position()) / static_cast<double>(head));
        if (!may_see_event(context, *opened.office, event, reader)) return true;
        out << event_json(event, true).dump() << '\n';
        ++written;
        return out.good();
      });
      require_read(end);
    });
    if (!out.flush()) return FolderError{"io", {path.string() + " に書けません（ディスクの空きを確かめてください）。", path.string() + " cannot be written (is the disk full?)."}};
  }
  std::error_code error;
  std::filesystem::rename(part, path, error);
  if (error) return FolderError{"io", {path.string() + " に書けません（" + error.message() + "）。", path.string() + " cannot be written (" + error.message() + ")."}};
  return written;
}

ExitCode write_all(const Console& console, OpenFolder& opened, const Options& options) {
  Day on = local_day(opened.office->now());
  if (!options.on.empty()) {
    const auto day = parse_japanese_date(options.on);
    if (!day) return console.fail(ExitCode::kUsage, "usage", {"--on: " + day.error().ja, "--on: " + day.error().en});
    on = *day;
  }
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  if (error) return console.fail(ExitCode::kCannotRun, "io", {options.out + " を作れません（" + error.message() + "）。", options.out + " cannot be created (" + error.message() + ")."});

  const ExportStyle style{.encoding = *parse_csv_encoding(options.encoding), .for_spreadsheet = options.for_spreadsheet, .wareki = options.wareki, .unit_code = {}, .post_code = {}};
  std::vector<ExportedFile> files;
  {
    Progress progress(console, {"台帳の書出し", "register"});
    const auto lists = list_register(*opened.log);
    opened.office->with_context([&](const DecisionContext& context) { files = export_register(context.reg, lists, on, style, [&](double done) { progress.at(done); }); });
  }
  nlohmann::json out{{"on", iso(on)}, {"files", nlohmann::json::array()}};
  for (const auto& file : files) {
    const auto path = std::filesystem::path(options.out) / file.name;
    if (const auto written = write_file(path, file.bytes); !written) return fail(console, written.error());
    const auto report = path.string() + ".replaced.txt";
    std::filesystem::remove(report, error);
    if (!file.report.empty())
      if (const auto written = write_file(report, file.report); !written) return fail(console, written.error());
    out["files"].push_back({{"name", path.string()}, {"rows", file.rows}, {"replaced", file.report.empty() ? nlohmann::json() : nlohmann::json(report)}});
    if (console.json()) continue;
    const std::string rows = std::to_string(file.rows);
    console.print(console.words({path.string() + ": " + rows + "行", path.string() + ": " + rows + " rows"}));
    if (!file.report.empty()) console.say({"この文字コードにない文字を書き換えました: " + report, "Characters that the encoding lacks were replaced: " + report});
  }
  if (options.events) {
    const auto path = std::filesystem::path(options.out) / "events.jsonl";
    const auto written = write_events(console, opened, path);
    if (!written) return fail(console, written.error());
    out["files"].push_back({{"name", path.string()}, {"rows", *written}, {"replaced", nullptr}});
    if (!console.json()) console.print(path.string() + ": " + std::to_string(*written));
  }
  if (console.json()) console.print(out);
  return ExitCode::kOk;
}


// That it was exported is on record, as all reading is.
bool on_record(Office& office, const std::string& what) {
  return office.record(Actor{}, {RecordsViewed{.account = {}, .by = {}, .records = {"export:" + what}, .key_class = "general", .purpose = {}, .via = "export", .session = {}}}, Unconditional{}, std::nullopt).has_value();
}

ExitCode run(const Console& console, const std::string& data, const Options& options) {
  auto opened = open_folder(data);
  if (!opened) return fail(console, opened.error());
  const std::string what = options.events ? "events" : "register";
  const auto not_recorded_here = [&] { return console.fail(ExitCode::kCannotRun, "storage", {"書出しを記録できないので、行いません。", "Nothing is exported: it could not be recorded."}); };
  if (options.proposal.empty()) {
    auto accounts = Accounts::open(*opened->office, *opened->ids, opened->accounts());
    if (!accounts) return console.fail(ExitCode::kCannotRun, "credentials", accounts.error().message);
    if (two_people_can(**accounts, rights_of("bulk-export")))
      return console.fail(ExitCode::kRefused, "two-people",
                          {"一括の書出しは二人で決めます。人事か監査が POST /api/proposals（kind: bulk-export, what: " + what + "）で提案し、別の人が承認したあと、--proposal ID を付けてください。",
                           "A bulk export takes two people: HR or an auditor proposes it by POST /api/proposals (kind: bulk-export, what: " + what + "), somebody else approves it, then add --proposal ID."});
    return on_record(*opened->office, what) ? write_all(console, *opened, options) : not_recorded_here();
  }
  FourEyes two(*opened->office);
  const auto exported = two.carry_out<ExitCode>(Actor{}, parse<ProposalId>(options.proposal).value_or(ProposalId{}), "bulk-export", [&](const Proposal& proposal, Position seen) -> Result<ExitCode, ControlError> {
    if (nlohmann::json::parse(proposal.proposed.content).value("what", "") != what)
      return refused_control("other-export", "承認された書出しと違います（--events の有無を確かめてください）。", "That is not what was approved (see whether --events belongs to it).");
    const auto said = two.record(Actor{}, {ProposalCarriedOut{.proposal = proposal.proposed.proposal, .outcome = "export:" + what, .account = {}, .by = {}}}, seen);
    if (!said) return said.error();
    return on_record(*opened->office, what) ? write_all(console, *opened, options) : not_recorded_here();
  });
  if (!exported) return console.fail(exported.error().refusal.rule == "storage" ? ExitCode::kCannotRun : ExitCode::kRefused, exported.error().refusal.rule, exported.error().refusal.message);
  return *exported;
}

}  // namespace

void add_export_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("export", "ある日の台帳を CSV に、事象を JSON 行に書き出す / write the register on a date as CSV, events as JSON lines");
  const auto options = std::make_shared<Options>();
  command->add_option("--out", options->out, "書き出すフォルダー / folder to write to");
  command->add_option("--on", options->on, "いつ現在か（既定は今日） / on which day (default: today)");
  command->add_option("--encoding", options->encoding, "文字コード: cp932 か utf-8 / of the CSV files")
      ->check([](const std::string& value) { return parse_csv_encoding(value) ? std::string() : "文字コード / no such encoding: " + value; });
  command->add_flag("--wareki", options->wareki, "日付を和暦で / dates in Japanese eras");
  command->add_flag("--for-spreadsheet", options->for_spreadsheet, "= + - @ に始まるセルに ' を付ける / put ' before cells that a spreadsheet would run");
  command->add_option("--proposal", options->proposal, "承認された書出しの提案 / the approved proposal to export");
  command->add_flag("--events", options->events, "events.jsonl も書く / also write events.jsonl");
  command->footer(
      "例 / examples:\n"
      "  rireki export --out 台帳 --on R8.4.1\n"
      "  rireki export --out backup --encoding utf-8 --events\n"
      "\n"
      "units.csv, posts.csv, staff.csv, postings.csv は rireki import で読めます。CP932 にない文字は似た字か〓で書き、ファイルごとの\n"
      ".replaced.txt に行・列・字を残します。存在を秘する案件は書き出しません。\n"
      "承認できる人がそろったら、一括の書出しは二人で決めます：提案と承認は HTTP、行うのは --proposal で。\n"
      "As soon as two people could decide a bulk export, they do: proposed and approved over HTTP, carried out with --proposal.\n"
      "The files can be read by rireki import. What CP932 lacks is written as a look-alike or 〓 and listed in FILE.replaced.txt. Cases whose\n"
      "existence is secret are not exported.");
  command->callback([&invocation, options] { invocation.chosen = [&invocation, options](const Console& console) { return run(console, invocation.data, *options); }; });
}

}  // namespace rireki::api
