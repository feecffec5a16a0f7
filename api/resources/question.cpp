#include "api/resources/question.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <stdexcept>

#include "api/resources/cursor.h"

namespace rireki::api {
namespace {

using nlohmann::json;

std::atomic<int> waiters{0};
struct Waiter {
  const bool admitted = waiters.fetch_add(1) < kAtLeastWaitersMax;
  ~Waiter() { waiters.fetch_sub(1); }
};

struct NotReady {};  // thrown by Question::view, caught in reading()

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

const std::string* given(const Request& request, const std::string& name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? nullptr : &found->second;
}

// What a cursor belongs to: path, account and filters, not the page's size nor how far the views must be.
std::string question_of(const Request& request) {
  std::string text = request.path + "\n" + to_text(request.actor->account);
  for (const auto& [name, value] : request.query)
    if (name != "cursor" && name != "limit" && name != "at_least") text += "\n" + name + "=" + value;
  return text;
}

std::optional<Problem> unknown_parameter(const Request& request, const Route& route) {
  for (const auto& [name, value] : request.query) {
    const bool known = std::any_of(route.query_params.begin(), route.query_params.end(), [&](const auto& param) { return std::get<0>(param) == name; });
    if (!known) return malformed_parameter(name, {"この条件はありません。つづりを確かめてください。", "There is no such parameter. Check its spelling."});
  }
  return std::nullopt;
}

struct Parsed {
  Moment moment;
  std::size_t limit = kPageRowsDefault;
  Position at_least = 0;
  std::string after;
};

}  // namespace

std::optional<Problem> read_position(const std::string& name, const std::string& text, const EventLog& log, Position& into) {
  if (const auto position = whole_number(text)) into = *position;
  else if (const auto time = parse_iso_utc(text)) into = log.position_at(*time);
  else return malformed_parameter(name, {"位置の番号か、2026-04-01T00:00:00Z の形の時刻を指定してください。", "Give a position, or a time as 2026-04-01T00:00:00Z."});
  return std::nullopt;
}

namespace {

Result<Parsed, Problem> parse(const Request& request, const EventLog& log, Day today) {
  Parsed parsed{.moment = {today, log.head()}};
  if (const auto* text = given(request, "at_least")) {
    const auto position = whole_number(*text);
    if (!position) return malformed_parameter("at_least", {"位置の番号を指定してください。", "Give a position."});
    parsed.at_least = *position;
  }
  if (const auto* text = given(request, "limit")) {
    const auto limit = whole_number(*text);
    if (!limit || *limit < 1 || *limit > kPageRowsMax) return malformed_parameter("limit", {"1から200までで指定してください。", "Give 1 to 200."});
    parsed.limit = *limit;
  }
  if (const auto* text = given(request, "on")) {
    const auto on = parse_japanese_date(*text);
    if (!on) return malformed_parameter("on", {on.error().ja, on.error().en});
    parsed.moment.on = *on;
  }
  if (const auto* text = given(request, "as_of")) {
    const Position head = parsed.moment.as_of;
    if (auto problem = read_position("as_of", *text, log, parsed.moment.as_of)) return *problem;
    if (parsed.moment.as_of > head) return malformed_parameter("as_of", {"その位置はまだありません。", "There is no such position yet."});
  }
  if (const auto* text = given(request, "cursor")) {
    const auto cursor = unseal(*text, question_of(request));
    if (!cursor)
      return malformed_parameter("cursor", {"このカーソルは使えません。条件を変えたか、サーバーが再起動しました。最初の頁から読み直してください。",
                                            "This cursor cannot be used: the filters changed or the server was restarted. Begin at the first page."});
    parsed.after = cursor->after;
    parsed.moment.as_of = cursor->as_of;
    parsed.moment.on = parse_iso(cursor->on).value_or(today);
  }
  return parsed;
}

bool reached(const Views& views, Position position, const std::vector<std::string>& wanted) {
  if (wanted.empty() || views.wait_for(position, std::chrono::milliseconds(0), wanted)) return true;
  const Waiter waiter;
  return waiter.admitted && views.wait_for(position, kAtLeastWaitMax, wanted);
}

Result<Response, Problem> ask(const Route& route, const ResourceContext& resources, const std::vector<std::string>& views, const Answer& answer, const Request& request) {
  if (auto problem = unknown_parameter(request, route)) return *problem;
  const auto parsed = parse(request, resources.office.log(), local_day(resources.office.now()));
  if (!parsed) return parsed.error();
  // What comes from the log itself is never behind; only a position that does not exist yet cannot be reached.
  if (parsed->at_least > resources.office.log().head() || !reached(resources.views, parsed->at_least, views)) return not_ready();
  Result<Response, Problem> result = not_ready();
  try {
    resources.office.with_context([&](const DecisionContext& context) {
      result = answer(Question{.request = request, .resources = resources, .context = context, .actor = *request.actor, .moment = parsed->moment,
                               .limit = parsed->limit, .after = parsed->after});
    });
  } catch (const NotReady&) {
    return not_ready();
  }
  return result;
}

}  // namespace

std::string Question::param(const std::string& name) const {
  const auto* value = given(request, name);
  return value ? *value : "";
}

Generation::Snapshot Question::view(const std::string& name) const {
  auto snapshot = resources.views.snapshot(name);
  if (!snapshot.rows) throw NotReady{};
  return snapshot;
}

json Question::stated(json answer) const {
  answer["on"] = iso(moment.on);
  answer["on_wareki"] = wareki(moment.on);
  answer["as_of"] = moment.as_of;
  return answer;
}

std::string Question::cursor_after(const std::string& key) const {
  return seal({.after = key, .as_of = moment.as_of, .on = iso(moment.on), .question = question_of(request)});
}

Route reading(Route route, ResourceContext resources, std::vector<std::string> views, Paging paging, Answer answer) {
  route.method = "GET";
  route.query_params.emplace_back("on", "string", Text{"いつの時点か（年月日、和暦も可。省略：今日）", "on which day (also as a Japanese date; default: today)"});
  route.query_params.emplace_back("as_of", "string", Text{"どこまでの記録で見るか（位置か時刻。省略：現在）", "as known at which position or time (default: now)"});
  route.query_params.emplace_back("at_least", "integer", Text{"少なくともこの位置まで反映してから答える", "answer only when this position is included"});
  if (paging == Paging::kCursor) {
    route.query_params.emplace_back("limit", "integer", Text{"1頁の件数（1〜200、省略：50）", "rows per page (1 to 200, default 50)"});
    route.query_params.emplace_back("cursor", "string", Text{"次の頁（前の答えの next）", "the next page (next of the answer before)"});
  }
  for (const int status : {400, 401, 503})
    if (std::find(route.problems.begin(), route.problems.end(), status) == route.problems.end()) route.problems.push_back(status);
  std::sort(route.problems.begin(), route.problems.end());
  const auto described = std::make_shared<const Route>(route);  // the handler's own copy, without a handler
  route.handler = [described, resources, views = std::move(views), answer = std::move(answer)](std::shared_ptr<const Request> request, Reply reply) {
    auto result = ask(*described, resources, views, answer, *request);
    reply(result ? std::move(*result) : problem(result.error(), request->language));
  };
  return route;
}

Problem malformed_parameter(const std::string& name, Text detail) {
  return {.status = 400, .id = "malformed",
          .title = {"入力の形式が正しくありません", "The request is malformed"},
          .detail = {name + "：" + detail.ja, name + ": " + detail.en}};
}

Problem not_ready() {
  return {.status = 503, .id = "busy", .title = {"混み合っています", "Busy"},
          .detail = {"一覧への反映が追いついていません。少し待ってもう一度読んでください。", "The views have not caught up yet. Read again shortly."},
          .retry_after = 1};
}

Response answered(const json& value) { return json_response(200, value); }

void throw_exception_from_error(const Problem& problem, const boost::source_location&) { throw std::logic_error("unchecked Problem " + problem.id); }

}  // namespace rireki::api
