#include <future>

#include "api/accounts.h"
#include "api/cli/commands.h"
#include "api/http/router.h"
#include "api/resources/resources.h"
#include "projections/all_views.h"

namespace rireki::api {
namespace {

struct Options {
  std::string report, out, format = "json", from, to, on, as_of, encoding;
};

// The same reports as GET /api/reports/{report}, from a folder that no server holds open.
ExitCode audit(const Console& console, const std::string& data, const Options& options) {
  auto opened = open_folder(data);
  if (!opened) return fail(console, opened.error());
  auto views = Views::open(opened->view_folder(), *opened->log, all_projections(), {}, opened->view_files());
  if (!views) return console.fail(ExitCode::kCannotRun, "views", {"ビューを開けません（" + views.error().what + "）。", "The views cannot be opened (" + views.error().what + ")."});
  (*views)->wait_for(opened->log->head(), std::chrono::minutes{10});
  std::vector<Route> routes;
  ReadLog reads(*opened->office);
  add_report_routes(routes, {*opened->office, **views, reads, [] { return std::vector<Actor>{}; }});
  const Router router(std::move(routes));
  const auto match = std::get<Match>(router.find("GET", {"api", "reports", options.report}));
  auto request = std::make_shared<Request>();
  request->method = "GET";
  request->path = "/api/reports/" + options.report;
  request->path_params = match.params;
  request->language = console.japanese() ? Language::kJa : Language::kEn;
  request->actor = command_line_actor();
  request->query["format"] = options.format;
  for (const auto& [name, value] : {std::pair{"from", &options.from}, {"to", &options.to}, {"on", &options.on}, {"as_of", &options.as_of}, {"encoding", &options.encoding}})
    if (!value->empty()) request->query[name] = *value;
  std::promise<Response> replied;
  match.route->handler(request, [&](Response response) { replied.set_value(std::move(response)); });
  const Response response = replied.get_future().get();
  if (response.status != 200) {
    const auto body = nlohmann::json::parse(response.body);
    const auto detail = body.value("detail", body.value("title", ""));
    return console.fail(response.status == 400 || response.status == 404 ? ExitCode::kUsage : ExitCode::kRefused, body.value("rule", std::to_string(response.status)), {detail, detail});
  }
  if (!options.out.empty()) {
    const auto written = write_file(options.out, response.body);
    if (!written) return fail(console, written.error());
    if (!console.json()) console.print(options.out);
    return ExitCode::kOk;
  }
  std::fwrite(response.body.data(), 1, response.body.size(), stdout);
  if (options.format == "json") std::fputs("\n", stdout);
  return ExitCode::kOk;
}

}  // namespace

void add_audit_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("audit", "監査の報告を出す / reports for auditors");
  const auto options = std::make_shared<Options>();
  command->add_option("report", options->report, "orders、retroactive、deputies、refused、overdue、rights、reads")->required();
  command->add_option("--format", options->format, "json、csv、xlsx")->check(CLI::IsMember({"json", "csv", "xlsx"}));
  command->add_option("--out", options->out, "書くファイル（省略すると標準出力） / file to write; default: stdout");
  command->add_option("--from", options->from, "この日から / from this day");
  command->add_option("--to", options->to, "この日まで / to this day");
  command->add_option("--on", options->on, "いつ現在か / on which day");
  command->add_option("--as-of", options->as_of, "どこまでの記録で見るか（位置か時刻） / as known at which position or time");
  command->add_option("--encoding", options->encoding, "CSV の文字コード / of the CSV: utf-8, cp932");
  command->footer(
      "例 / examples:\n"
      "  rireki audit orders --from R8.4.1 --to R8.4.1 --format xlsx --out orders.xlsx\n"
      "  rireki audit retroactive --format csv --encoding cp932 --out 遡及.csv\n"
      "  rireki audit overdue --on 2026-03-31 --as-of 2026-04-05T00:00:00Z\n"
      "\n"
      "  orders 発令と決裁した者 / orders with who approved   retroactive 遡及・訂正・取消 / retroactive, corrections\n"
      "  deputies 代決・専決 / deputy decisions   refused 断られた処理 / refused actions   overdue 期限を過ぎた義務 / overdue obligations\n"
      "  rights 定義・規則・権限の変更 / definitions, policies, rights   reads 秘密の記録の閲覧 / reads of confidential records");
  command->callback([&invocation, options] { invocation.chosen = [&invocation, options](const Console& console) { return audit(console, invocation.data, *options); }; });
}

}  // namespace rireki::api
