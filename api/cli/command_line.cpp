#include "api/cli/command_line.h"

#include <exception>

#include "api/cli/commands.h"
#include "domain/obligations.h"
#include "domain/retention.h"

namespace rireki::api {
namespace {

constexpr const char* kAbout =
    "Rireki 履歴: 自治体の人事手続と記録 / HR workflow and case tracker for municipalities.\n"
    "Every HR action is an event that is appended once and never changed.";
constexpr const char* kFooter =
    "はじめての方へ / a first session:\n"
    "  rireki sample --data data                 見本の区を作る / create a sample ward\n"
    "  rireki serve --data data                  http://127.0.0.1:8080\n"
    "  rireki init --data data                   空の台帳を作る / start with an empty register\n"
    "  rireki import --data data --units units.csv --posts posts.csv --staff staff.csv --postings postings.csv --dry-run\n"
    "\n"
    "終了コード / exit codes:\n"
    "  0 できた / done    1 規則または指摘により何も変えなかった / refused or findings, nothing changed\n"
    "  2 使い方の誤り / wrong usage    3 実行できない（使用中・ポート・ディスク・別の版） / cannot run (in use, port, disk, other version)\n"
    "\n"
    "各コマンドの説明 / help of a command: rireki COMMAND --help";

}  // namespace

ExitCode fail(const Console& console, const AppendError& error) {
  if (error.code == AppendErrorCode::kNoSpace)
    return console.fail(ExitCode::kCannotRun, "no-space", {"ディスクの空きが1GiBに足りないため、記録しませんでした。空きを作って、もう一度実行してください。", "Nothing was recorded: the disk has less than 1 GiB left. Make room and run it again."});
  if (error.code == AppendErrorCode::kConflict)
    return console.fail(ExitCode::kRefused, "conflict", {"ほかの記録と重なりました。もう一度実行してください。", "Something else was recorded meanwhile. Run it again."});
  return console.fail(ExitCode::kCannotRun, std::string(name(error.code)), {"ログに記録できませんでした（" + error.what + "）。", "The log could not record it (" + error.what + ")."});
}

Actor command_line_actor() { return Actor{.account = {}, .person = {}, .roles = {"hr", "auditor"}}; }

// The list of obligations and the table of retention that come with the program, where none was ever set: afterwards they are the office's own.
ExitCode set_policies(const Console& console, Office& office) {
  std::vector<FactEntry> entries;
  office.with_context([&](const DecisionContext& context) {
    for (const auto& [policy, content] : {std::pair{kObligationsPolicy, &default_obligations().content}, {kRetentionPolicy, &default_retention().content}})
      if (context.reg.visible("policy:" + std::string(policy)).empty())
        entries.push_back({.id = context.ids.make<FactId>(), .fact = PolicySet{.policy = policy, .value_json = *content, .from = day(2015, 4, 1)}, .corrects = {}, .case_id = {}, .reason = {}});
  });
  if (entries.empty()) return ExitCode::kOk;
  const auto recorded = office.record_facts(Actor{}, entries, {});
  if (recorded) return ExitCode::kOk;
  if (recorded.error().storage) return fail(console, *recorded.error().storage);
  const auto refusal = recorded.error().violations.front().refusal;
  return console.fail(ExitCode::kRefused, refusal.rule, refusal.message);
}

ExitCode publish_catalogue(const Console& console, Office& office) {
  const auto published = office.publish(Actor{}, default_catalogue());
  if (published) return set_policies(console, office);
  if (published.error().storage) return fail(console, *published.error().storage);
  for (const auto& finding : published.error().findings)
    console.say({finding.file + " " + finding.pointer + ": " + finding.reason.ja, finding.file + " " + finding.pointer + ": " + finding.reason.en});
  return console.fail(ExitCode::kRefused, "catalogue", {"手続の定義を公布できませんでした。", "The procedures could not be published."});
}

int run_command_line(int argc, const char* const* argv) {
  Invocation invocation;
  CLI::App app(kAbout, "rireki");
  app.footer(kFooter);
  app.require_subcommand(1);
  app.fallthrough();
  app.option_defaults()->always_capture_default();
  app.add_option("--data", invocation.data, "データフォルダー / data folder")->envname("RIREKI_DATA");
  app.add_flag("--json", invocation.json, "結果を JSON で / results as JSON on stdout");
  app.add_option("--lang", invocation.language, "言葉: ja か en（既定は環境） / words: ja or en (default: the locale)")->check(CLI::IsMember({"ja", "en"}));
  add_serve_command(app, invocation);
  add_init_command(app, invocation);
  add_import_command(app, invocation);
  add_export_command(app, invocation);
  add_rebuild_command(app, invocation);
  add_events_command(app, invocation);
  add_user_command(app, invocation);
  add_sample_command(app, invocation);
  add_report_command(app, invocation);
  add_obligations_command(app, invocation);
  add_read_command(app, invocation);
  add_keyring_command(app, invocation);
  add_proposals_command(app, invocation);
  add_verify_command(app, invocation);
  add_proof_commands(app, invocation);
  add_replay_command(app, invocation);
  add_audit_command(app, invocation);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? static_cast<int>(ExitCode::kOk) : static_cast<int>(ExitCode::kUsage);
  }
  const Console console(invocation.language, invocation.json);
  try {
    return static_cast<int>(invocation.chosen(console));
  } catch (const std::exception& error) {
    return static_cast<int>(console.fail(ExitCode::kCannotRun, "fault", {std::string("続けられません: ") + error.what(), std::string("This cannot go on: ") + error.what()}));
  }
}

}  // namespace rireki::api
