// The log itself, for auditors and HR: by type, tag, time and position. An event of a case or a person is shown only to those who may read that
// case or record, as everywhere.

#include "api/commands.h"
#include "api/log_read.h"
#include "api/resources/log_span.h"
#include "api/resources/schema.h"

namespace rireki::api {
namespace {

using nlohmann::json;

json event_json(const Question& q, const EventView& event) {
  json body = {{"position", event.position()}, {"id", to_text(event.id())}, {"type", std::string(event.type())}, {"tags", event.tags()},
               {"actor", std::string(event.actor())}, {"on_behalf_of", std::string(event.on_behalf_of())},
               {"command", event.command() ? json(to_text(event.command())) : json()}, {"causation", event.causation() ? json(to_text(event.causation())) : json()},
               {"correlation", event.correlation() ? json(to_text(event.correlation())) : json()}, {"schema_version", event.schema_version()}, {"body", nullptr}};
  put_time(body, "recorded_at", event.recorded_at());
  const auto decoded = decode(event);
  if (!decoded) return body;  // a kind of a later version: it stands there, unread
  body["body"] = shown_body(q, *decoded);
  return body;
}
json event_schema() {
  using namespace schema;
  return object({{"position", number()}, {"id", text()}, {"type", text()}, {"tags", list(text())}, {"actor", text()}, {"on_behalf_of", text()}, {"command", or_null(text())},
                 {"causation", or_null(text())}, {"correlation", or_null(text())}, {"schema_version", number()}, {"recorded_at", time()}, {"body", or_null(any_object())}});
}

struct Range {
  Query query = AllEvents{};
  ReadOptions options;
};

Result<Range, Problem> range_of(const Question& q) {
  Range range;
  QueryItem item;
  if (const auto type = q.param("type"); !type.empty()) item.types.push_back(type);
  if (const auto tag = q.param("tag"); !tag.empty()) item.tags.push_back(tag);
  if (!item.types.empty() || !item.tags.empty()) range.query = std::vector{item};
  const auto span = span_of(q);
  if (!span) return span.error();
  range.options = *span;
  return range;
}

Result<Response, Problem> list(const Question& q) {
  if (!decide_access(q.actor.roles, Relation::kNone, Action::kReadLog))
    return refused({.rule = "not-entitled", .source = "design: who uses it", .message = {"記録を直接読めるのは監査と人事だけです。", "Only auditors and HR read the log itself."}});
  const auto range = range_of(q);
  if (!range) return range.error();
  json events = json::array();
  Position last = 0;
  bool more = false;
  std::size_t scanned = 0;
  const auto end = q.resources.office.log().read(range->query, range->options, [&](const EventView& event) {
    if (events.size() == q.limit || ++scanned > kPageScannedMax) return !(more = true);
    last = event.position();
    if (may_see_event(q.context, q.resources.office, event, q.actor)) events.push_back(event_json(q, event));
    return true;
  });
  if (!end && end.error().code == ReadErrorCode::kInvalidQuery)
    return malformed_parameter("tag", {"種類かタグの形が正しくありません。", "The type or tag is not well-formed."});
  require_read(end);
  return answered(q.stated({{"events", std::move(events)}, {"next", more ? json(q.cursor_after(std::to_string(last))) : json()}}));
}

}  // namespace

void add_event_route(std::vector<Route>& routes, ResourceContext context) {
  routes.push_back(reading({.path = "/api/events", .operation_id = "listEvents",
                            .summary = {"記録（監査と人事。種類、タグ、時刻、位置で）", "The log, for auditors and HR, by type, tag, time and position"},
                            .response_schema = schema::page("events", event_schema()),
                            .query_params = {{"type", "string", {"出来事の種類（fact/posted など）", "type of event, as fact/posted"}},
                                             {"tag", "string", {"タグ（person:p… など）", "tag, as person:p…"}},
                                             {"after", "string", {"この位置または時刻より後", "after this position or time"}},
                                             {"up_to", "string", {"この位置または時刻まで", "up to this position or time"}},
                                             {"order", "string", {"oldest（省略時）かnewest", "oldest (default) or newest first"}}},
                            .problems = {403}},
                           context, {}, Paging::kCursor, list));
}

}  // namespace rireki::api
