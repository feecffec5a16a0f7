#include <filesystem>
#include <map>
#include <numeric>

#include "api/cli/commands.h"
#include "projections/all_views.h"
#include "projections/views.h"

namespace rireki::api {
namespace {

ExitCode fail(const Console& console, const ViewError& error) {
  switch (error.code) {
    case ViewErrorCode::kInUse: return console.fail(ExitCode::kCannotRun, "in-use", {"ビューは別のプログラムが使っています。", "The views are in use by another process."});
    case ViewErrorCode::kUnknown: return console.fail(ExitCode::kUsage, "usage", {"その名前のビューはありません。", "There is no view of that name."});
    case ViewErrorCode::kStopped:
      return console.fail(ExitCode::kCannotRun, "stopped", {"作り直せない事象があります（" + error.what + "）。前のビューはそのままです。", "An event could not be folded (" + error.what + "). The former view stays."});
    case ViewErrorCode::kIo: case ViewErrorCode::kCancelled: break;
  }
  return console.fail(ExitCode::kCannotRun, "io", {"ビューのフォルダーを使えません（" + error.what + "）。", "The folder of the views cannot be used (" + error.what + ")."});
}

using Rows = std::vector<std::pair<std::string, std::string>>;
Rows rows_of(const Views& views, const std::string& view) {
  Rows rows;
  views.snapshot(view).rows->scan("", "", [&](std::string_view key, std::string_view value) {
    rows.emplace_back(key, value);
    return true;
  });
  return rows;
}

ExitCode rebuild(const Console& console, const std::string& data, const std::string& view, bool only_compare) {
  auto opened = open_folder(data);
  if (!opened) return fail(console, opened.error());
  auto views = Views::open(opened->view_folder(), *opened->log, all_projections(), {}, opened->view_files());
  if (!views) return fail(console, views.error());
  if (only_compare) {
    views->reset();
    const auto same = compare_views(console, *opened);
    if (!same) return console.fail(ExitCode::kCannotRun, "stopped", same.error());
    if (*same) return ExitCode::kOk;
    return console.fail(ExitCode::kRefused, "views-differ", {"作り直すと違うビューがあります。rireki rebuild で作り直してください。", "A view differs from what the log gives. Rebuild it with rireki rebuild."});
  }
  std::map<std::string, double> done;  // of each view that is built
  for (const auto& status : (*views)->status())
    if (view.empty() || status.view == view) done[status.view] = 0;
  if (done.empty()) return fail(console, ViewError{ViewErrorCode::kUnknown, view});
  nlohmann::json out = nlohmann::json::array();
  Progress progress(console, {"作り直しています", "rebuilding"});
  const auto begun = std::chrono::steady_clock::now();
  const OnProgress told = [&](const RebuildProgress& at) {
    done[at.view] = at.head == 0 ? 1 : static_cast<double>(at.position) / static_cast<double>(at.head);
    progress.at(std::accumulate(done.begin(), done.end(), 0.0, [](double sum, const auto& one) { return sum + one.second; }) / static_cast<double>(done.size()));
    if (at.phase != RebuildProgress::Phase::kSwapped) return true;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    out.push_back({{"view", at.view}, {"position", at.position}, {"seconds", seconds}});
    char took[32];
    std::snprintf(took, sizeof took, "%.1f s", seconds);
    if (!console.json()) console.print(at.view + ": " + std::to_string(at.position) + ", " + took);
    return true;
  };
  const auto reached = view.empty() ? (*views)->rebuild_all(told) : (*views)->rebuild(view, told);
  if (!reached) return fail(console, reached.error());
  if (console.json()) console.print(out);
  return ExitCode::kOk;
}

}  // namespace

Result<bool, Text> compare_views(const Console& console, OpenFolder& opened) {
  const auto folder = opened.folder.root / "views-compared";
  std::filesystem::remove_all(folder);
  struct Removed {
    std::filesystem::path folder;
    ~Removed() {
      std::error_code ignored;
      std::filesystem::remove_all(folder, ignored);
    }
  } const removed{folder};
  const auto live = Views::open(opened.view_folder(), *opened.log, all_projections(), {}, opened.view_files());
  const auto anew = Views::open(folder, *opened.log, all_projections(), {}, opened.view_files());
  for (const auto* views : {&live, &anew})
    if (!*views) return Text{"ビューを開けません（" + views->error().what + "）。", "The views cannot be opened (" + views->error().what + ")."};
  const Position head = opened.log->head();
  for (const auto* views : {&live, &anew})
    if (!(**views)->wait_for(head, std::chrono::hours{1})) return Text{"ビューが最後まで作れません。", "A view could not be built to the end."};
  bool same = true;
  nlohmann::json out = nlohmann::json::array();
  for (const auto& status : (*live)->status()) {
    const Rows before = rows_of(**live, status.view), after = rows_of(**anew, status.view);
    const bool equal = before == after;
    same = same && equal;
    out.push_back({{"view", status.view}, {"position", head}, {"rows", after.size()}, {"same", equal}});
    if (!console.json()) console.print(status.view + ": " + std::to_string(after.size()) + (console.japanese() ? (equal ? " 行、同じ" : " 行、違いあり") : equal ? " rows, the same" : " rows, different"));
  }
  if (console.json()) console.print(out);
  return same;
}

void add_rebuild_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("rebuild", "ビューをログから作り直す / rebuild views from the log");
  const auto view = std::make_shared<std::string>();
  const auto only_compare = std::make_shared<bool>(false);
  auto* named = command->add_option("view", *view, "ビューの名前（既定はすべて） / name of the view (default: all)");
  command->add_flag("--compare", *only_compare, "作り直した結果と今のビューを一行ずつ比べる（入れ替えない） / compare every row with a rebuild, and swap nothing")->excludes(named);
  command->footer(
      "例 / examples:\n"
      "  rireki rebuild\n"
      "  rireki rebuild people\n"
      "  rireki rebuild --compare\n"
      "\n"
      "今のビューの横に作り、できてから入れ替えます。途中で止めても今のビューはそのままです。\n"
      "Builds beside the live view and swaps when done; stopped halfway, the live one stays as it is.");
  command->callback([&invocation, view, only_compare] {
    invocation.chosen = [&invocation, view, only_compare](const Console& console) { return rebuild(console, invocation.data, *view, *only_compare); };
  });
}

}  // namespace rireki::api
