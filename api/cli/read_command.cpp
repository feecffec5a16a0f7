#include <future>

#include "api/accounts.h"
#include "api/cli/commands.h"
#include "api/http/router.h"
#include "api/http/target.h"
#include "api/resources/resources.h"
#include "projections/all_views.h"

namespace rireki::api {
namespace {

ExitCode no_such(const Console& console, const std::string& path) {
  return console.fail(ExitCode::kUsage, "path", {"読めるものがありません: " + path + "（rireki read --help に一覧があります）。", "There is nothing to read at " + path + " (rireki read --help lists what there is)."});
}

// The same answers as GET over HTTP, from a folder that no server holds open.
ExitCode read(const Console& console, const std::string& data, std::string path) {
  if (!path.starts_with("/")) path = "/api/" + path;
  const auto target = parse_target(path);
  if (!target) return no_such(console, path);
  auto opened = open_folder(data);
  if (!opened) return fail(console, opened.error());
  auto views = Views::open(opened->view_folder(), *opened->log, all_projections(), {}, opened->view_files());
  if (!views) return console.fail(ExitCode::kCannotRun, "views", {"ビューを開けません（" + views.error().what + "）。", "The views cannot be opened (" + views.error().what + ")."});
  (*views)->wait_for(opened->log->head(), std::chrono::minutes{10});
  auto accounts = Accounts::open(*opened->office, *opened->ids, opened->accounts());
  if (!accounts) return console.fail(ExitCode::kCannotRun, "credentials", accounts.error().message);
  std::vector<Route> routes;
  ReadLog reads(*opened->office);
  add_resource_routes(routes, {*opened->office, **views, reads, [&accounts] { return (*accounts)->actors(); }});
  const Router router(std::move(routes));
  const auto found = router.find("GET", target->segments);
  const auto* match = std::get_if<Match>(&found);
  if (!match) return no_such(console, path);
  auto request = std::make_shared<Request>();
  request->method = "GET";
  request->path = target->path;
  request->path_params = match->params;
  request->query = target->query;
  request->language = console.japanese() ? Language::kJa : Language::kEn;
  request->actor = command_line_actor();
  std::promise<Response> replied;
  match->route->handler(request, [&](Response response) { replied.set_value(std::move(response)); });
  const Response response = replied.get_future().get();
  if (response.status == 200 && response.content_type.find("json") == std::string::npos) {
    std::fwrite(response.body.data(), 1, response.body.size(), stdout);
    return ExitCode::kOk;
  }
  const auto body = nlohmann::json::parse(response.body);
  if (response.status == 200) {
    if (console.json()) console.print(body);
    else console.print(body.dump(2));
    return ExitCode::kOk;
  }
  const auto detail = body.value("detail", body.value("title", ""));
  return console.fail(response.status == 400 ? ExitCode::kUsage : ExitCode::kRefused, body.value("rule", std::to_string(response.status)), {detail, detail});
}

}  // namespace

void add_read_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("read", "一覧や案件を JSON で読む / read any resource as JSON, without a server");
  const auto path = std::make_shared<std::string>();
  command->add_option("path", *path, "HTTP と同じパスと条件 / path and filters as over HTTP")->required();
  command->footer(
      "例 / examples:\n"
      "  rireki read covers                                   派遣と、決めること / covers, and what is to be decided\n"
      "  rireki read 'rosters/support?on=R8.10.1'             名簿 / a roster\n"
      "  rireki read 'supports?on=2026-10-17'                 応援 / who supports where\n"
      "  rireki read leaves/l…/candidates                     候補と理由 / candidates with reasons\n"
      "  rireki read leaves/l…/plan                           休業の終わりを前提にしたもの / what rests on a leave's end\n"
      "  rireki read 'cases?overdue=true&limit=200'           期限を過ぎた案件 / overdue cases\n"
      "  rireki read cases/c…                                 案件 / one case\n"
      "\n"
      "監査と人事が見てよい範囲で答えます。サーバーが使っているフォルダーは読めません（HTTP で読んでください）。\n"
      "It answers with what auditors and HR may see. A folder that a server holds open is read over HTTP.");
  command->callback([&invocation, path] { invocation.chosen = [&invocation, path](const Console& console) { return read(console, invocation.data, *path); }; });
}

}  // namespace rireki::api
