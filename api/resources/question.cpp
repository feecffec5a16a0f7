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
  Instant at{};  // of as_of, where it was given
  bool by_time = false;
  std::size_t limit = kPageRowsDefault;
  Position at_least = 0;
  std::string after;
};

}  // namespace

std::optional<Problem> read_position(const std::string& name, const std::string& text, const Office& office, Position& into, Instant* at) {
  const auto time = parse_iso_utc(text);
  if (time && *time > office.now()) return malformed_parameter(name, {"その時刻はまだ来ていません。", "That time has not come yet."});
  if (const auto position = whole_number(text)) {
    const Position head = office.log().head();
    if (*position > head) return malformed_parameter(name, {"その位置はまだありません（最後は" + std::to_string(head) + "です）。", "There is no such position yet: the last is " + std::to_string(head) + "."});
    into = *position;
  } else if (time) into = office.log().position_at(*time);
  else return malformed_parameter(name, {"位置の番号か、2026-04-01T00:00:00Z の形の時刻を指定してください。", "Give a position, or a time as 2026-04-01T00:00:00Z."});
  if (at) *at = time ? *time : office.time_at(into);
  return std::nullopt;
}

namespace {

Result<Parsed, Problem> parse(const Request& request, const Office& office, Day today) {
  const EventLog& log = office.log();
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
    if (auto problem = read_position("as_of", *text, office, parsed.moment.as_of, &parsed.at)) return *problem;
    parsed.by_time = !whole_number(*text);
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

// Rows as they are read, with what was asked of them.
class RecordedRows final : public RowReader {
 public:
  RecordedRows(std::string view, Generation::Snapshot snapshot, std::shared_ptr<AnswerBasis> basis) : view_(std::move(view)), snapshot_(std::move(snapshot)), basis_(std::move(basis)) {}
  std::optional<std::string> get(std::string_view key) const override {
    basis_->rows.push_back({view_, std::string(key), false, snapshot_.position});
    return snapshot_.rows->get(key);
  }
  void scan(std::string_view prefix, std::string_view from, const std::function<bool(std::string_view key, std::string_view value)>& visit) const override {
    basis_->rows.push_back({view_, std::string(prefix), true, snapshot_.position});
    snapshot_.rows->scan(prefix, from, visit);
  }

 private:
  std::string view_;
  Generation::Snapshot snapshot_;
  std::shared_ptr<AnswerBasis> basis_;
};

// The same session of the same account with the same roles, language, path and filters. How far the answer must reach is asked of the answer.
std::string kept_question(const Request& request) {
  std::string text = question_of(request) + "\n" + request.session + "\n" + to_text(request.actor->person) + (request.language == Language::kJa ? "\nja" : "\nen");
  for (const auto& role : request.actor->roles) text += "\n" + role;
  return text;
}

// A reader may ask for the answer to be made anew (RFC 9111 5.2.1.4); of an earlier moment, or in the middle of a list, none is kept.
bool may_be_kept(const Request& request) {
  const auto control = request.headers.find("cache-control");
  return !given(request, "as_of") && !given(request, "cursor") && (control == request.headers.end() || control->second.find("no-cache") == std::string::npos);
}

// By what way a route shows its records: the page of one, or many at once.
std::string via_of(const Route& route) {
  if (route.path.find('{') == route.path.npos) return route.path == "/api/events" ? "history" : "list";
  return route.path.ends_with("/timeline") ? "history" : "case";
}

Result<Response, Problem> ask(const Route& route, const ResourceContext& resources, const std::vector<std::string>& views, const Answer& answer, const Request& request, AnswerCache* answers) {
  if (auto problem = unknown_parameter(request, route)) return *problem;
  const auto parsed = parse(request, resources.office, local_day(resources.office.now()));
  if (!parsed) return parsed.error();
  const bool keeps = answers && may_be_kept(request);
  // What comes from the log itself is never behind; only a position that does not exist yet cannot be reached.
  if (parsed->at_least > resources.office.log().head() || !reached(resources.views, parsed->at_least, views)) return not_ready();
  Result<Response, Problem> result = not_ready();
  bool fleeting = false;
  const auto basis = std::make_shared<AnswerBasis>();
  basis->as_of = parsed->moment.as_of;
  basis->forgotten = resources.office.times_forgotten();
  try {
    auto read = resources.office.with_context([&](const DecisionContext& context) {
      basis->today = context.today();
      const auto give = [&](const DecisionContext& then) {
        result = answer(Question{.request = request, .resources = resources, .context = context, .then = then, .actor = *request.actor, .moment = parsed->moment,
                                 .limit = parsed->limit, .after = parsed->after, .basis = basis});
      };
      // Nothing recorded since: of a day that has gone by it is the past all the same.
      const bool past = given(request, "as_of") && (parsed->moment.as_of < resources.office.log().head() || (parsed->by_time && local_day(parsed->at) < context.today()));
      if (past) resources.office.with_context_at(parsed->moment.as_of, parsed->at, give);
      else give(context);
    });
    basis->log.at = std::min(parsed->moment.as_of, read.at);
    basis->log.items.insert(basis->log.items.end(), std::make_move_iterator(read.items.begin()), std::make_move_iterator(read.items.end()));
    const bool views_were_there = std::all_of(basis->rows.begin(), basis->rows.end(), [&](const auto& one) { return one.at >= basis->log.at; });
    fleeting = read.fleeting;
    if (keeps && result && views_were_there && !fleeting) answers->keep(kept_question(request), *result, *basis);
  } catch (const NotReady&) {
    return not_ready();
  }
  if (!result && result.error().status == 404) resources.reads.refused(*request.actor);
  if (result && !resources.reads.record(*request.actor, basis->shown, reading_of(request, fleeting ? "emergency" : via_of(route)))) return reading_not_recorded();
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
  const Position position = snapshot.position;
  return {std::make_shared<RecordedRows>(name, std::move(snapshot), basis), position};
}

std::shared_ptr<const Case> Question::find_case(CaseId id) const {
  basis->log.items.push_back({.types = {}, .tags = {"case:" + to_text(id)}});
  return resources.office.find_case(id);
}

std::shared_ptr<const Definition> Question::definition(const std::string& procedure, int version) const {
  if (std::none_of(basis->log.items.begin(), basis->log.items.end(), [](const QueryItem& item) { return item.tags.front() == "definition"; }))
    basis->log.items.push_back({.types = {}, .tags = {"definition"}});
  return version == 0 ? then.procedures(procedure, 0) : resources.office.definition(procedure, version);
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

Route reading(Route route, ResourceContext resources, std::vector<std::string> views, Paging paging, Answer answer, Keeping keeping) {
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
  const auto answers = keeping == Keeping::kWhileItStands ? std::make_shared<AnswerCache>(resources.office, resources.views) : nullptr;
  if (answers)
    route.at_once = [answers, described, resources](const Request& request) -> std::optional<Response> {
      if (!may_be_kept(request)) return std::nullopt;
      const auto* at_least = given(request, "at_least");
      const auto position = at_least ? whole_number(*at_least) : Position{0};
      const auto kept = position ? answers->find(kept_question(request), *position) : nullptr;
      if (!kept) return std::nullopt;
      if (kept->read_until.load(std::memory_order_relaxed) <= resources.office.now()) {
        const auto until = resources.reads.known_until(*request.actor, kept->basis.shown, reading_of(request, via_of(*described)));
        if (!until) return std::nullopt;
        kept->read_until.store(*until, std::memory_order_relaxed);
      }
      return kept->response;
    };
  route.handler = [described, resources, views = std::move(views), answer = std::move(answer), answers](std::shared_ptr<const Request> request, Reply reply) {
    auto result = ask(*described, resources, views, answer, *request, answers.get());
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
