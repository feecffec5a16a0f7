#include "api/cli/commands.h"
#include "api/duty_list.h"
#include "api/export.h"

namespace rireki::api {
namespace {

struct Options {
  std::string on, fiscal_year, unit, status, obligation;
  bool summary = false;
};

struct Row {
  Duty duty;
  std::string number, name, unit, superior;
};

std::string name_of(const Register& reg, PersonId id, Moment at) {
  const auto person = reg.person(id, at);
  return person ? person->name.family + " " + person->name.given : "";
}

nlohmann::json to_json(const Row& row) {
  return {{"person", to_text(row.duty.person)}, {"number", row.number}, {"name", row.name}, {"unit", row.unit}, {"superior", row.superior}, {"obligation", row.duty.obligation},
          {"since", iso(row.duty.since)}, {"due", iso(row.duty.due)}, {"status", std::string(to_text(row.duty.status))}, {"done", row.duty.done ? nlohmann::json(iso(*row.duty.done)) : nlohmann::json()}};
}

void print_summary(const Console& console, const std::vector<Row>& rows) {
  std::map<std::string, std::map<DutyStatus, int>> counts;
  for (const auto& row : rows) ++counts[row.duty.obligation][row.duty.status];
  for (const auto& [obligation, by_status] : counts) {
    std::string line = obligation;
    for (const auto& [status, count] : by_status) line += "  " + (console.japanese() ? label(status).ja : label(status).en) + " " + std::to_string(count);
    console.print(line);
  }
}

ExitCode obligations(const Console& console, const std::string& data, const Options& options) {
  auto opened = open_folder(data);
  if (!opened) return fail(console, opened.error());
  Day on = local_day(opened->office->now());
  if (!options.on.empty()) {
    const auto parsed = parse_japanese_date(options.on);
    if (!parsed) return console.fail(ExitCode::kUsage, "date", {parsed.error().ja, parsed.error().en});
    on = *parsed;
  }
  DutyFilter filter{.fiscal_year = fiscal_year(on), .unit = parse<UnitId>(options.unit).value_or(UnitId{}), .obligation = options.obligation, .status = parse_duty_status(options.status)};
  if (!options.fiscal_year.empty()) filter.fiscal_year = parse_fiscal_year(options.fiscal_year).value();
  const auto lists = list_register(*opened->log);
  std::vector<Row> rows;
  opened->office->with_context([&](const DecisionContext& context) {
    const Moment at{on};
    const auto list = obligations_of_year(context.reg, filter.fiscal_year, {on});
    for (const auto person : filter.unit ? people_within(context.reg, filter.unit, at) : lists.people)
      for (const auto& duty : duties_of(context.reg, person, list, filter.fiscal_year, at)) {
        if (!filter.takes(duty)) continue;
        Row row{.duty = duty, .number = context.reg.person(person, at)->staff_number, .name = name_of(context.reg, person, at), .unit = {}, .superior = {}};
        if (const auto unit = context.reg.unit_of(person, at)) row.unit = context.reg.unit(*unit, at)->name;
        if (const auto superior = context.reg.superior_of(person, at)) row.superior = name_of(context.reg, *superior, at);
        rows.push_back(std::move(row));
      }
  });
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return std::tie(a.duty.due, a.unit, a.number, a.duty.obligation) < std::tie(b.duty.due, b.unit, b.number, b.duty.obligation); });
  if (console.json()) {
    nlohmann::json all = nlohmann::json::array();
    for (const auto& row : rows) all.push_back(to_json(row));
    console.print(nlohmann::json{{"on", iso(on)}, {"fiscal_year", filter.fiscal_year}, {"duties", std::move(all)}});
    return ExitCode::kOk;
  }
  console.print(wareki_fiscal_year(filter.fiscal_year) + "  " + wareki(on));
  if (options.summary) {
    print_summary(console, rows);
    return ExitCode::kOk;
  }
  for (const auto& row : rows)
    console.print(iso(row.duty.due) + "  " + (console.japanese() ? label(row.duty.status).ja : label(row.duty.status).en) + "  " + row.duty.obligation + "  " + row.unit + "  " + row.number + " " + row.name +
                  (row.superior.empty() ? "" : "  (" + row.superior + ")"));
  return ExitCode::kOk;
}

}  // namespace

void add_obligations_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("obligations", "義務の一覧（誰が何をいつまでに） / who owes what by when");
  const auto options = std::make_shared<Options>();
  command->add_option("--on", options->on, "この日の状況（既定は今日） / as it stands on this day (default: today)");
  command->add_option("--fiscal-year", options->fiscal_year, "年度（既定は --on の年度。先の年度は見通し） / fiscal year; a later one is a preview")
      ->check([](const std::string& value) { return parse_fiscal_year(value) ? std::string() : "年度 / no such fiscal year: " + value; });
  command->add_option("--unit", options->unit, "所属のID（その下も） / id of a unit, with those below it")
      ->check([](const std::string& value) { return parse<UnitId>(value) ? std::string() : "所属のID / not the id of a unit: " + value; });
  command->add_option("--status", options->status, "due, overdue, done, deferred, excused, missed")
      ->check([](const std::string& value) { return parse_duty_status(value) ? std::string() : "状況 / no such status: " + value; });
  command->add_option("--obligation", options->obligation, "義務のID / id of an obligation");
  command->add_flag("--summary", options->summary, "種類ごとの人数だけ / counts by kind only");
  command->footer(
      "例 / examples:\n"
      "  rireki obligations --summary\n"
      "  rireki obligations --obligation one-on-one --status overdue --on R7.11.20\n"
      "  rireki obligations --fiscal-year R9 --json\n"
      "\n"
      "期限の古い順。括弧は、その日の直属の上司です。\n"
      "The longest due first; in brackets the direct superior on that day.");
  command->callback([&invocation, options] { invocation.chosen = [&invocation, options](const Console& console) { return obligations(console, invocation.data, *options); }; });
}

}  // namespace rireki::api
