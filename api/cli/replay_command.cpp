#include "api/cli/commands.h"
#include "api/replay.h"
#include "api/resources/question.h"
#include "domain/access.h"

namespace rireki::api {
namespace {

using nlohmann::json;

struct Options {
  std::string until, of_case, person, procedure, what_if;
};

// Of cases, what the operator may read of them: health and harassment records stay closed to whoever has only the machine, and are not even named.
class Telling {
 public:
  Telling(const Console& console, const Office& office) : console_(console), office_(office) {}

  // What changed in a case, as it may be read; null: nothing of it.
  void tell(const ReplayStep& step) {
    office_.with_context([&](const DecisionContext& context) {
      if (step.after) tell_case(context, step);
      else tell_fact(context, step);
    });
  }
  json take() { return std::move(told_); }

 private:
  json begun(const ReplayStep& step) const { return {{"position", step.position}, {"at", iso_utc(step.at)}, {"type", step.type}, {"actor", step.actor}, {"checks", json::array()}, {"recorded", step.recorded}}; }
  std::string line_of(const ReplayStep& step) const { return std::to_string(step.position) + "  " + iso_utc(step.at) + "  " + step.type; }

  void tell_fact(const DecisionContext& context, const ReplayStep& step) {
    json one = begun(step);
    one["body"] = body_as_seen(context, office_, reader_, step.body);
    if (!console_.json()) {
      console_.print(line_of(step));
      if (const auto* entry = std::get_if<FactEntry>(&step.body)) console_.print("    " + to_json(entry->fact).dump());
    }
    told_.push_back(std::move(one));
  }

  void tell_case(const DecisionContext& context, const ReplayStep& step) {
    const auto now = office_.find_case(step.after->id);
    const auto definition = now ? office_.definition(now->procedure, now->version) : nullptr;
    if (!definition || now->erased || !may_read(context, *definition, *now, reader_)) return;
    const auto form = [&](const std::shared_ptr<const Case>& then) { return then ? visible_form(context, *definition, *now, reader_, then->form, written_by(*then)) : json::object(); };
    const auto label = [&](const std::string& state) { return definition->states.contains(state) ? console_.words(definition->states.at(state).label) : state; };
    json one = begun(step);
    std::string line = line_of(step);
    one["case"] = to_text(step.after->id);
    one["state"] = {{"before", step.before ? json(step.before->state) : json()}, {"after", step.after->state}};
    one["changed"] = json::object();
    for (const json before = form(step.before), after = form(step.after); const auto& [name, value] : after.items())
      if (before.value(name, json()) != value) one["changed"][name] = {{"before", before.value(name, json())}, {"after", value}};
    one["body"] = body_as_seen(context, *definition, *now, reader_, step.body);
    std::visit([&](const auto& value) {
      if constexpr (std::is_convertible_v<decltype(value), CaseEvent>)
        if (const PersonId by = sender_of(CaseEvent(value))) {
          one["by"] = to_text(by);
          if (const auto known = context.reg.person(by, {local_day(step.at)})) line += "  " + known->name.family + " " + known->name.given;
        }
    }, step.body);
    line += "  " + console_.words(definition->title) + "：" + (step.before ? label(step.before->state) + " → " : "") + label(step.after->state);
    if (!console_.json()) console_.print(line);
    if (!one["body"].is_null()) tell_checks(step, one);
    if (!console_.json())
      for (const auto position : step.recorded) console_.print("    → " + std::to_string(position));
    told_.push_back(std::move(one));
  }

  void tell_checks(const ReplayStep& step, json& one) const {
    for (const auto& check : step.checks) {
      json facts = json::object();
      std::string rested;
      for (const auto& [name, value] : check.facts) {
        facts[name] = value;
        rested += (rested.empty() ? "" : ", ") + name + "=" + value;
      }
      one["checks"].push_back({{"rule", check.rule}, {"passed", check.passed}, {"facts", facts}});
      if (!console_.json()) console_.print("    " + check.rule + (check.passed ? " ok" : console_.words({" 理由を付けて越えた", " passed over with a reason"})) + (rested.empty() ? "" : "  (" + rested + ")"));
    }
  }

  const Console& console_;
  const Office& office_;
  const Actor reader_ = command_line_actor();
  json told_ = json::array();
};

bool open_to_operator(const Office& office, CaseId id) {
  const auto state = office.find_case(id);
  const auto definition = state && !state->erased ? office.definition(state->procedure, state->version) : nullptr;
  bool readable = false;
  office.with_context([&](const DecisionContext& context) { readable = definition && may_read(context, *definition, *state, command_line_actor()); });
  return readable;
}

ExitCode what_if(const Console& console, const Office& office, const Options& options, const std::vector<CaseId>& cases, Position until) {
  const auto text = read_file(options.what_if);
  if (!text) return fail(console, text.error());
  const auto loaded = load_version(office, {std::filesystem::path(options.what_if).filename().string(), *text});
  if (!loaded) {
    for (const auto& finding : loaded.error()) console.say({finding.file + " " + finding.pointer + ": " + finding.reason.ja, finding.file + " " + finding.pointer + ": " + finding.reason.en});
    return console.fail(ExitCode::kRefused, "definition", {"この定義は読み込めません。", "This definition cannot be loaded."});
  }
  const auto& definition = *loaded;
  std::map<std::string, int> counts;
  json out{{"definition", definition->id}, {"version", definition->version}, {"cases", 0}, {"steps", json::array()}};
  int decided = 0;
  const auto refusals = refusals_until(office, until);
  for (const auto id : cases) {
    const auto state = office.find_case(id);
    if (!state || state->procedure != definition->id || !open_to_operator(office, id)) continue;
    ++decided;
    for (const auto& step : replay_under(office, id, definition, until, refusals)) {
      ++counts[std::string(to_text(step.outcome))];
      if (step.outcome == WhatIf::kSame) continue;
      json one{{"position", step.position}, {"case", to_text(id)}, {"action", step.action}, {"outcome", to_text(step.outcome)}, {"rule", step.refusal.rule}, {"state", step.state}, {"then", step.then}};
      if (!console.json()) {
        std::string line = std::to_string(step.position) + "  " + to_text(id) + "  " + step.action + "  " + std::string(to_text(step.outcome));
        if (!step.refusal.rule.empty()) line += "  " + step.refusal.rule + "：" + console.words(step.refusal.message);
        else if (!step.state.empty() && step.state != step.then) line += "  " + step.then + " / " + step.state;
        console.print(line);
      }
      out["steps"].push_back(std::move(one));
    }
  }
  out["cases"] = decided;
  out["counts"] = counts;
  if (console.json()) {
    console.print(out);
    return ExitCode::kOk;
  }
  std::string told;
  for (const auto& [outcome, count] : counts) told += (told.empty() ? "" : ", ") + outcome + " " + std::to_string(count);
  const std::string all = std::to_string(decided);
  console.say({all + " 件の案件を定義 " + definition->id + " v" + std::to_string(definition->version) + " で判断し直しました（" + told + "）。何も変えていません。",
               all + " cases were decided again under " + definition->id + " v" + std::to_string(definition->version) + " (" + told + "). Nothing was changed."});
  return ExitCode::kOk;
}

ExitCode run(const Console& console, const std::string& data, const Options& options) {
  auto opened = open_folder(data);
  if (!opened) return fail(console, opened.error());
  const Office& office = *opened->office;
  Position until = opened->log->head();
  if (!options.until.empty())
    if (const auto problem = read_position("--until", options.until, office, until)) return console.fail(ExitCode::kUsage, "usage", problem->detail);
  std::vector<CaseId> cases;
  if (const auto id = parse<CaseId>(options.of_case)) cases.push_back(*id);
  if (!options.procedure.empty()) {
    const auto end = opened->log->read(std::vector{QueryItem{.types = {"case/opened"}, .tags = {"procedure:" + options.procedure}}}, {.up_to = until}, [&](const EventView& event) {
      for (const auto tag : event.tags())
        if (tag.starts_with("case:"))
          if (const auto id = parse<CaseId>(tag.substr(5))) cases.push_back(*id);
      return true;
    });
    if (!end) return console.fail(ExitCode::kCannotRun, "corrupt", {"ログを読めません。", "The log cannot be read."});
  }
  if (!options.what_if.empty()) {
    if (cases.empty()) return console.fail(ExitCode::kUsage, "usage", {"--what-if には --case か --procedure を指定してください。", "With --what-if give --case or --procedure."});
    return what_if(console, office, options, cases, until);
  }
  const auto person = parse<PersonId>(options.person);
  if (cases.size() != 1 && !person) return console.fail(ExitCode::kUsage, "usage", {"--case c… か --person p… を指定してください。", "Give --case c… or --person p…."});
  Telling telling(console, office);
  const auto show = [&](const ReplayStep& step) {
    telling.tell(step);
    return true;
  };
  if (person) {
    // Their facts, and what was done in cases about them.
    std::map<Position, ReplayStep> steps;
    const auto gather = [&](const ReplayStep& step) {
      steps.emplace(step.position, step);
      return true;
    };
    replay(office, "person:" + to_text(*person), until, gather);
    replay(office, "subject:person:" + to_text(*person), until, gather);
    for (const auto& [position, step] : steps) show(step);
  } else {
    replay(office, "case:" + to_text(cases.front()), until, show);
  }
  const json out = telling.take();
  if (out.empty()) return console.fail(ExitCode::kRefused, "not-found", {"そこまでの記録はありません。", "There is nothing up to there."});
  if (console.json()) console.print(out);
  return ExitCode::kOk;
}

}  // namespace

void add_replay_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("replay", "案件や人の履歴を、判断と根拠とともにたどる / step through what a case or a person went through");
  const auto options = std::make_shared<Options>();
  command->add_option("--until", options->until, "この位置か時刻まで / up to this position or time");
  auto* one = command->add_option("--case", options->of_case, "案件 / the case");
  auto* person = command->add_option("--person", options->person, "職員 / the person")->excludes(one);
  command->add_option("--procedure", options->procedure, "この手続のすべての案件（--what-if とともに） / all cases of this procedure, with --what-if")->excludes(one)->excludes(person);
  command->add_option("--what-if", options->what_if, "手続の定義のファイル。同じ処理をこの版で判断し直す / a definition: the same actions decided under it")->check(CLI::ExistingFile);
  command->footer(
      "例 / examples:\n"
      "  rireki replay --case c0000000000009\n"
      "  rireki replay --person p0000000000005 --until 2026-04-05T00:00:00Z\n"
      "  rireki replay --procedure transfer --what-if transfer-v3.json\n"
      "\n"
      "読むだけで、何も変えません。健康・ハラスメントの案件は、ここには出ません。\n"
      "It reads and changes nothing. Cases of health and harassment are not shown here.");
  command->callback([&invocation, options] { invocation.chosen = [&invocation, options](const Console& console) { return run(console, invocation.data, *options); }; });
}

}  // namespace rireki::api
