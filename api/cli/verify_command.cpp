#include "api/cli/commands.h"
#include "api/cli/log_signer.h"
#include "projections/all_views.h"

namespace rireki::api {
namespace {

// What is damaged is looked at as well: it opens what a server would refuse to.
ExitCode verify(const Console& console, const std::string& data, bool views) {
  const DataFolder folder{data};
  if (!is_finished(folder.root))
    return console.fail(ExitCode::kCannotRun, "no-data-folder", {"データフォルダー " + data + " がありません。", "There is no data folder at " + data + "."});
  VerifyReport report;
  std::vector<LogFinding> beside;  // of the signer
  double seconds = 0;
  {
    const auto log = RocksEventLog::open(folder.log(), RocksOptions{.inspect = true});
    if (!log) return console.fail(ExitCode::kCannotRun, log.error().kind == OpenErrorKind::kInUse ? "in-use" : "corrupt",
                                  {"ログを開けません（" + log.error().what + "）。サーバーが動いているときは GET /api/proofs で見られます。", "The log cannot be opened (" + log.error().what + "). While the server runs, GET /api/proofs shows its own inspection."});
    const auto place = signer_place(folder);
    std::vector<proof::Verifier> keys;
    if (place && *place) {
      const auto last = last_signed(**place);
      if (!last) return fail(console, last.error());
      if (const auto fault = check_high_water((*log)->transparency(), *last)) beside.push_back({0, *fault});
    }
    // The keys that the log itself introduced; that they are the right ones is for whoever has them on paper to say.
    const auto end = (*log)->read(with_tag("log-keys"), {}, [&](const EventView& event) {
      const auto body = decode(event);
      const auto* introduced = body ? std::get_if<LogKeyIntroduced>(&*body) : nullptr;
      if (const auto key = introduced ? proof::parse_verifier(introduced->key) : proof::Checked<proof::Verifier>(proof::Fault{})) keys.push_back(*key);
      return true;
    });
    if (!end) keys.clear();
    Progress progress(console, {"点検しています", "verifying"});
    const auto begun = std::chrono::steady_clock::now();
    report = verify_log(**log, (*log)->transparency(), {.keys = std::move(keys), .threads = 2, .findings_max = 100, .events_per_second = 0, .stop = nullptr, .progress = [&](double done) { progress.at(done); }});
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  }
  report.findings.insert(report.findings.begin(), beside.begin(), beside.end());
  bool views_same = true;
  if (views && report.findings.empty()) {
    auto opened = open_folder(data);
    if (!opened) return fail(console, opened.error());
    const auto compared = compare_views(console, *opened);
    if (!compared) return console.fail(ExitCode::kCannotRun, "views", compared.error());
    views_same = *compared;
  }
  nlohmann::json out{{"events", report.events}, {"tiles", report.tiles}, {"checkpoints", report.checkpoints}, {"seconds", seconds}, {"complete", report.complete}, {"findings", nlohmann::json::array()}};
  if (views) out["views_same"] = report.findings.empty() ? nlohmann::json(views_same) : nlohmann::json();
  for (const auto& finding : report.findings) {
    out["findings"].push_back({{"position", finding.position ? nlohmann::json(finding.position) : nlohmann::json()}, {"what", console.words({finding.what.ja, finding.what.en})}});
    if (!console.json()) console.print(console.words({finding.what.ja, finding.what.en}));
  }
  if (console.json()) console.print(out);
  const std::string events = std::to_string(report.events), tiles = std::to_string(report.tiles), checkpoints = std::to_string(report.checkpoints);
  char took[64];
  std::snprintf(took, sizeof took, "%.1f s", seconds);
  console.say({events + " 件の記録、タイル " + tiles + " 枚、チェックポイント " + checkpoints + " 枚を点検しました（" + took + "）。", events + " events, " + tiles + " tiles, " + checkpoints + " checkpoints were verified (" + took + ")."});
  if (report.findings.empty() && views_same) {
    console.say({"問題は見つかりませんでした。", "Nothing wrong was found."});
    return ExitCode::kOk;
  }
  if (!views_same) return console.fail(ExitCode::kRefused, "views-differ", {"ログと違うビューがあります。rireki rebuild で作り直してください。", "A view differs from what the log gives. Rebuild it with rireki rebuild."});
  return console.fail(ExitCode::kRefused, "altered", {"壊れているか書き換えられたものがあります。", "Something is damaged or was altered."});
}

}  // namespace

void add_verify_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("verify", "記録が書かれたままか、すべて点検する / inspect that every event is as it was written");
  const auto views = std::make_shared<bool>(false);
  command->add_flag("--views", *views, "ビューも作り直して比べる / compare the views with a rebuild as well");
  command->footer(
      "例 / examples:\n"
      "  rireki verify --data data\n"
      "  rireki verify --data data --views\n"
      "\n"
      "記録と木、木と署名済みのチェックポイント、署名者の覚えを比べ、合わないものを名指しします。サーバーを止めて行います（動いている間はサーバー自身が点検します）。\n"
      "ここで合っていても、署名の鍵を持つ人がすべてを書き直せば合います。監査する人は rireki-verify で手元のチェックポイントと比べてください。\n"
      "Compares events with the tree, the tree with signed checkpoints, and both with what the signer remembers. The server must be stopped; while it\n"
      "runs it inspects by itself. Whoever holds the signing key could rewrite everything so that it fits: auditors compare with their own checkpoint.");
  command->callback([&invocation, views] { invocation.chosen = [&invocation, views](const Console& console) { return verify(console, invocation.data, *views); }; });
}

}  // namespace rireki::api
