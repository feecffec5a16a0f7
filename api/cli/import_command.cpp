#include "api/cli/commands.h"
#include "api/import.h"

namespace rireki::api {
namespace {

struct Options {
  std::map<ImportKind, std::vector<std::string>> files;
  std::string encoding, effective;
  ImportOptions import;
};

nlohmann::json to_json(const ImportFinding& finding) {
  return {{"file", finding.file}, {"line", finding.line}, {"column", finding.column}, {"heading", finding.heading}, {"rule", finding.rule},
          {"reason", {{"ja", finding.reason.ja}, {"en", finding.reason.en}}}};
}

nlohmann::json to_json(const ImportReport& report, bool dry_run) {
  nlohmann::json out{{"dry_run", dry_run}, {"files", nlohmann::json::array()}, {"findings", nlohmann::json::array()}, {"findings_count", report.findings_count}, {"notes", nlohmann::json::array()}};
  for (const auto& file : report.files)
    out["files"].push_back({{"kind", to_text(file.kind)}, {"name", file.name}, {"encoding", to_text(file.encoding)}, {"rows", file.rows}, {"facts", file.facts},
                            {"unchanged", file.unchanged}, {"position", file.position}});
  for (const auto& finding : report.findings) out["findings"].push_back(to_json(finding));
  for (const auto& note : report.notes) out["notes"].push_back(to_json(note));
  return out;
}

// file:line:column, as compilers write it, so that editors can jump there.
std::string line_of(const Console& console, const ImportFinding& finding) {
  std::string place = finding.file;
  if (finding.line > 0) place += ":" + std::to_string(finding.line);
  if (finding.column > 0) place += ":" + std::to_string(finding.column);
  return place + ": " + (finding.heading.empty() ? "" : finding.heading + ": ") + console.words(finding.reason) + " [" + finding.rule + "]";
}

ExitCode show(const Console& console, const ImportReport& report, bool dry_run) {
  if (console.json()) console.print(to_json(report, dry_run));
  else {
    for (const auto& note : report.notes) console.say({line_of(console, note), line_of(console, note)});
    for (const auto& finding : report.findings) console.print(line_of(console, finding));
    if (report.findings_count > report.findings.size()) {
      const auto more = std::to_string(report.findings_count - report.findings.size());
      console.print(console.words({"ほかに " + more + " 件", "and " + more + " more"}));
    }
    for (const auto& file : report.files) {
      const std::string facts = std::to_string(file.facts), rows = std::to_string(file.rows), same = std::to_string(file.unchanged), encoding(to_text(file.encoding));
      console.print(console.words({file.name + "（" + encoding + "）: " + rows + "行、新しい事実 " + facts + "件、変わらない行 " + same + "行",
                                   file.name + " (" + encoding + "): " + rows + " rows, " + facts + " new facts, " + same + " rows unchanged"}));
    }
  }
  if (report.findings_count > 0) {
    const auto count = std::to_string(report.findings_count);
    console.say({count + " 件の指摘があります。何も記録していません。", count + " findings. Nothing was recorded."});
    return ExitCode::kRefused;
  }
  if (dry_run) console.say({"試しに読みました。何も記録していません。", "This was a dry run. Nothing was recorded."});
  return ExitCode::kOk;
}

ExitCode import(const Console& console, const std::string& data, const Options& options) {
  ImportOptions import = options.import;
  if (!options.effective.empty()) {
    const auto day = parse_japanese_date(options.effective);
    if (!day) return console.fail(ExitCode::kUsage, "usage", {"--effective: " + day.error().ja, "--effective: " + day.error().en});
    import.effective = *day;
  }
  std::vector<ImportSource> sources;
  for (const auto& [kind, files] : options.files)
    for (const auto& file : files) {
      auto bytes = read_file(file);
      if (!bytes) return fail(console, bytes.error());
      sources.push_back({kind, file, std::move(*bytes), options.encoding.empty() ? std::nullopt : parse_encoding(options.encoding)});
    }
  if (sources.empty())
    return console.fail(ExitCode::kUsage, "usage", {"取り込むファイルを1つは指定してください（rireki import --help）。", "Name at least one file to import (rireki import --help)."});
  auto opened = open_folder(data);
  if (!opened) return fail(console, opened.error());
  ImportReport report;
  {
    Progress progress(console, {"取込み", "import"});
    report = import_files(*opened->office, Actor{}, std::move(sources), import, [&](double done) { progress.at(done); });
  }
  const auto shown = show(console, report, import.dry_run);
  return report.storage ? fail(console, *report.storage) : shown;
}

}  // namespace

void add_import_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("import", "CSV から所属・ポスト・職員・発令・祝日・数値を取り込む / import units, posts, staff, postings, holidays and figures from CSV");
  const auto options = std::make_shared<Options>();
  const auto file = [&](const char* name, ImportKind kind, const char* columns) { command->add_option(name, options->files[kind], columns)->check(CLI::ExistingFile); };
  file("--units", ImportKind::kUnits, "所属コード,所属名,上位所属コード,階層,設置日,廃止日");
  file("--posts", ImportKind::kPosts, "ポストコード,ポスト名,所属コード,定数,職層,長,職種,役割,設置日,廃止日");
  file("--staff", ImportKind::kStaff, "職員番号,氏名(姓),氏名(名),フリガナ,生年月日,性別,採用区分,任用区分,職種,職層,採用日,任期末,任期付根拠,事由,退職日,退職事由");
  file("--postings", ImportKind::kPostings, "職員番号,ポスト,本務兼務,開始日,終了日,発令の種類,発令番号");
  file("--holidays", ImportKind::kHolidays, "国民の祝日・休日月日,国民の祝日・休日名称 （内閣府の一覧のまま / as the Cabinet Office publishes it）");
  file("--closed-days", ImportKind::kClosedDays, "閉庁日,名称 （自治体の休業日 / the municipality's own）");
  file("--figures", ImportKind::kFigures, "系列,年度,項目,値,単位,印,出典,…");
  command->add_flag("--dry-run", options->import.dry_run, "読んで確かめるだけ / check only, record nothing");
  command->add_option("--encoding", options->encoding, "文字コード（既定は自動判定） / cp932, utf-8, utf-16le, utf-16be (default: detected)")
      ->check([](const std::string& value) { return parse_encoding(value) ? std::string() : "文字コード / no such encoding: " + value; });
  command->add_option("--effective", options->effective, "変わった名称・定数・職層の基準日 / from when changed names, quotas and grades hold");
  command->add_option("--system", options->import.system, "コードを付けたシステムの名前 / whose codes the files use");
  command->add_option("--reason", options->import.reason, "記録済みの数値を訂正する理由 / why recorded figures are corrected");
  command->footer(
      "例 / examples:\n"
      "  rireki import --units 所属.csv --posts ポスト.csv --staff 職員.csv --postings 発令.csv --dry-run\n"
      "  rireki import --staff 職員.csv --effective R8.4.1\n"
      "  rireki import --holidays samples/national-holidays.csv\n"
      "  rireki import --figures samples/nerima-hires.csv\n"
      "\n"
      "CP932 でも UTF-8 でも、和暦でも西暦でも読みます。廃止日・終了日・任期末はその日までを含みます。誤りは全部まとめて\n"
      "「ファイル:行:列」で示し、1件でもあれば何も記録しません。同じファイルをもう一度取り込んでも変わりません。\n"
      "Reads CP932 or UTF-8, Japanese eras or western dates. Last days are included. All errors are listed as file:line:column, and\n"
      "with any of them nothing is recorded; each file is recorded whole or not at all. Importing a file twice changes nothing.");
  command->callback([&invocation, options] {
    invocation.chosen = [&invocation, options](const Console& console) { return import(console, invocation.data, *options); };
  });
}

}  // namespace rireki::api
