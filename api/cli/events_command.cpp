#include "api/cli/commands.h"
#include "api/commands.h"
#include "api/export.h"
#include "api/replay.h"

namespace rireki::api {
namespace {

struct Options {
  std::vector<std::string> types, tags;
  Position after = 0, up_to = 0;
  std::string since, until;
  std::size_t limit = 0;
  bool newest_first = false, bodies = false;
};

// A time, or a day (the whole of it, as the municipality's calendar has it).
std::optional<Instant> moment(const std::string& text, bool end_of_day) {
  if (const auto exact = parse_iso_utc(text)) return exact;
  const auto day = parse_japanese_date(text);
  if (!day) return std::nullopt;
  return start_of(*day + days{end_of_day ? 1 : 0}) - std::chrono::microseconds{1};
}

ExitCode run(const Console& console, const std::string& data, const Options& options) {
  auto opened = open_folder(data);
  if (!opened) return fail(console, opened.error());
  for (const Position position : {options.after, options.up_to})
    if (position > opened->log->head())
      return console.fail(ExitCode::kUsage, "usage", {"位置 " + std::to_string(position) + " はまだありません（最後は " + std::to_string(opened->log->head()) + "）。", "There is no position " + std::to_string(position) + " yet: the last is " + std::to_string(opened->log->head()) + "."});
  ReadOptions read{.after = options.after, .up_to = options.up_to == 0 ? opened->log->head() : options.up_to,
                   .direction = options.newest_first ? Direction::kBackward : Direction::kForward, .bulk = true};
  for (const auto& [text, end] : {std::pair{options.since, false}, std::pair{options.until, true}}) {
    if (text.empty()) continue;
    const auto at = moment(text, end);
    if (!at) return console.fail(ExitCode::kUsage, "usage", {"時刻または日付が読めません: " + text, "This is neither a time nor a date: " + text});
    const Position position = opened->log->position_at(*at);
    if (end) read.up_to = std::min(*read.up_to, position);
    else read.after = std::max(read.after, position);
  }
  const Query query = options.types.empty() && options.tags.empty() ? Query{AllEvents{}} : Query{std::vector{QueryItem{.types = options.types, .tags = options.tags}}};
  const Actor reader = command_line_actor();
  std::size_t shown = 0;
  std::optional<ReadError> error;
  opened->office->with_context([&](const DecisionContext& context) {
    const auto end = opened->log->read(query, read, [&](const EventView& event) {
      if (!may_see_event(context, *opened->office, event, reader)) return true;
      auto out = event_json(event, false);
      if (options.bodies) {
        const auto body = decode(event);
        if (!body) throw std::runtime_error("the event at position " + std::to_string(event.position()) + " cannot be decoded: " + body.error().what);
        out["body"] = body_as_seen(context, *opened->office, reader, *body);
      }
      console.print(out);
      return ++shown != options.limit;
    });
    if (!end) error = end.error();
  });
  if (!error) return ExitCode::kOk;
  return error->code == ReadErrorCode::kInvalidQuery
             ? console.fail(ExitCode::kUsage, "usage", {"問い合わせが正しくありません: " + error->what, "The query is not valid: " + error->what})
             : console.fail(ExitCode::kCannotRun, "corrupt", {"ログを読めません: " + error->what, "The log cannot be read: " + error->what});
}

}  // namespace

void add_events_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("events", "事象を種類・タグ・時刻・位置で探す / query events by type, tag, time, position");
  const auto options = std::make_shared<Options>();
  command->add_option("--type", options->types, "種類（どれか） / types, any of them");
  command->add_option("--tag", options->tags, "タグ（すべて） / tags, all of them");
  command->add_option("--after", options->after, "この位置より後 / after this position");
  command->add_option("--up-to", options->up_to, "この位置まで / up to and with this position");
  command->add_option("--since", options->since, "この日時から記録された / recorded from this time or day on");
  command->add_option("--until", options->until, "この日時までに記録された / recorded until this time or day");
  command->add_option("--limit", options->limit, "最大の件数 / at most so many");
  command->add_flag("--newest-first", options->newest_first, "新しい順 / newest first");
  command->add_flag("--bodies", options->bodies, "本文（個人の値を含む）も / with bodies, which hold personal values");
  command->footer(
      "例 / examples:\n"
      "  rireki events --type fact/posted --limit 10 --newest-first --bodies\n"
      "  rireki events --tag person:p0000000000001 --since 2026-04-01\n"
      "  rireki events --tag case:c0000000000001\n"
      "\n"
      "1件を1行の JSON で出します。存在を秘する案件の事象と、人事が読めない項目は出しません。\n"
      "One JSON object per line, without events of cases whose existence is secret and without what the HR office does not read.");
  command->callback([&invocation, options] { invocation.chosen = [&invocation, options](const Console& console) { return run(console, invocation.data, *options); }; });
}

}  // namespace rireki::api
