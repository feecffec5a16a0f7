// One case: where it stands, its form, the line with whom it waits for, every round, what the reader may do now, and its history from the log's
// tag index (no view copies it).
#include <stdexcept>

#include "api/log_read.h"
#include "api/resources/case_rows.h"
#include "api/resources/schema.h"
#include "domain/access.h"
#include "domain/deadline.h"
#include "domain/fields.h"
#include "eventstore/keyring.h"

namespace rireki::api {
namespace {

using nlohmann::json;

json people_refs(const Question& q, const std::vector<PersonId>& people) {
  json refs = json::array();
  for (const auto person : people) refs.push_back(person_ref(q, person));
  return refs;
}

std::string_view word(StationKind kind) {
  constexpr std::string_view kWords[] = {"review", "consult", "decide", "inform"};
  return kWords[static_cast<std::size_t>(kind)];
}

json line(const Question& q, const Definition& definition, const Case& state) {
  json stations = json::array();
  for (const auto& station : line_status(q.then, definition, state))
    stations.push_back({{"id", station.station}, {"label", q.words(station.label)}, {"kind", std::string(word(station.kind))}, {"status", station.status},
                        {"holders", people_refs(q, station.holders)}, {"deputies_in_charge", people_refs(q, station.deputies_in_charge)},
                        {"vacant", station.vacant}, {"absent", station.absent}});
  return stations;
}

// The person concerned sees where the case stands and what is ordered about them, not what others wrote about them: fields that the form seals,
// words of the line and of comments are gaps ("partial": true). Everyone else who may read sees it whole.
struct View {
  bool partial = false;
  std::string words(const std::string& text) const { return partial ? "" : text; }
};
View view_of(const Question& q, const Definition& definition, const Case& state) { return {sees_in_part(q.context, definition, state, q.actor)}; }

json rounds(const Question& q, const View& view, const Case& state) {
  std::map<int, json> by_round;
  for (const auto& record : state.stations) {
    json entry = {{"station", record.station}, {"outcome", std::string(to_text(record.outcome))}, {"mode", std::string(to_text(record.mode))},
                  {"by", person_ref(q, record.by)}, {"for", person_ref(q, record.for_person)}, {"comment", view.words(record.comment)},
                  {"sent_back_to", record.sent_back_to}, {"position", record.position}};
    put_time(entry, "at", record.at);
    by_round[record.round].push_back(std::move(entry));
  }
  json all = json::array();
  for (auto& [number, entries] : by_round) all.push_back({{"round", number}, {"stations", std::move(entries)}});
  return all;
}

json actions(const Question& q, const Definition& definition, const Case& state) {
  json open = json::array();
  for (const auto& action : open_actions(q.context, definition, state, q.actor))
    open.push_back({{"id", action.action}, {"label", q.words(action.label)}, {"station", action.station}, {"mode", std::string(to_text(action.mode))},
                    {"form", action.form}, {"reason_required", action.reason_required}});
  return open;
}

// What happened, in order; the case as it stood is folded on the way.
struct Told {
  Case state;
  json history = json::array();
  json attachments = json::array();
};
Told tell(const Question& q, const View& view, const Case& now, CaseId id) {
  Told told;
  const auto end = q.resources.office.log().read(with_tag("case:" + to_text(id)), {.up_to = q.moment.as_of}, [&](const EventView& event) {
    if (!event.type().starts_with("case/")) return true;
    const auto body = decode(event);
    if (!body) throw std::runtime_error("the event at position " + std::to_string(event.position()) + " cannot be decoded");
    std::visit([&](const auto& one) {
      if constexpr (std::is_convertible_v<decltype(one), CaseEvent>) {
        apply(told.state, CaseEvent(one), event.position(), event.recorded_at());
        json entry = {{"position", event.position()}, {"type", std::string(event.type())}, {"by", person_ref(q, sender_of(one))}, {"body", visible_body(q, now, *body)}};
        put_time(entry, "at", event.recorded_at());
        told.history.push_back(std::move(entry));
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(one)>, Attached>)
          if (!view.partial) told.attachments.push_back({{"name", one.name}, {"media_type", one.media_type}, {"sha256", one.sha256}, {"bytes", one.bytes}, {"by", person_ref(q, one.by)}});
      }
    }, *body);
    return true;
  });
  require_read(end);
  return told;
}

// The day on which the first of its keys was destroyed.
std::optional<Day> erased_on(const Question& q, CaseId id) {
  std::optional<Day> on;
  const std::string owner = "case:" + to_text(id);
  const auto end = q.resources.office.log().read(with_type(kKeyErased), {.up_to = q.moment.as_of}, [&](const EventView& event) {
    for (const auto& key : parse_key_lines(event.body()).value_or(std::vector<KeyLine>{}))
      if (key.whose.owner == owner) on = local_day(event.recorded_at());
    return !on;
  });
  require_read(end);
  return on;
}

Result<Response, Problem> page(const Question& q) {
  const auto id = parse<CaseId>(q.request.path_params.at("id"));
  const auto readable = id ? readable_case(q, *id) : std::nullopt;
  if (!readable) return not_found();
  const View view = view_of(q, *readable->definition, *readable->state);
  const Told told = tell(q, view, *readable->state, *id);
  const Case& c = told.state;
  if (!c.id) return not_found();  // not opened yet at that position
  // What is left of it is its procedure and how far it had come; whoever could read it is told that it is gone.
  if (readable->state->erased) {
    const auto on = erased_on(q, *id);
    const std::string ja = on ? wareki(*on) + "に" : "", en = on ? " on " + iso(*on) : "";
    return Problem{.status = 410, .id = "erased", .title = {"消去されました", "Erased"},
                   .detail = {"この案件はありましたが、保存期間が過ぎたか請求により、" + ja + "内容を読む鍵が破棄されました。", "This case existed. The key to its content was destroyed" + en + ", after its retention or on request."},
                   .facts = on ? std::vector<std::pair<std::string, std::string>>{{"erased", iso(*on)}} : std::vector<std::pair<std::string, std::string>>{}};
  }
  if (const auto purpose = q.param("purpose"); !purpose.empty() && !readable->definition->secrecy.purposes.contains(purpose)) {
    std::string known;
    for (const auto& [one, title] : readable->definition->secrecy.purposes) known += (known.empty() ? "" : ", ") + one;
    return malformed_parameter("purpose", {"この手続の閲覧目的から選んでください（" + known + "）。", "Choose one of this procedure's purposes (" + known + ")."});
  }
  q.shows(*readable->state, *readable->definition);
  const bool as_it_is = c.last == readable->state->last;
  const auto definition = definition_of(q, c);
  json body = {{"id", to_text(c.id)},
               {"procedure", {{"id", c.procedure}, {"version", c.version}, {"title", q.words(definition->title)}}},
               {"subject", subject_ref(q, c.subject)}, {"state", case_state(q, *definition, c)}, {"form", form_of_then(q, *readable, c)}, {"partial", view.partial}, {"round", c.round},
               {"author", person_ref(q, c.author)}, {"assigned", person_ref(q, c.assigned)}, {"named", people_refs(q, {c.named.begin(), c.named.end()})},
               {"opened_from", c.opened_from && readable_case(q, c.opened_from) ? json(to_text(c.opened_from)) : json()},
               {"line", line(q, *definition, c)}, {"rounds", rounds(q, view, c)}, {"reviews_owed", json::array()},
               {"actions", as_it_is ? actions(q, *definition, c) : json::array()},  // nobody acts on the past
               {"attachments", told.attachments}, {"history", told.history}, {"position", c.last}};
  for (const auto& [station, person] : c.reviews_owed) body["reviews_owed"].push_back({{"station", station}, {"person", person_ref(q, person)}});
  put_time(body, "opened_at", c.opened_at);
  const bool open = !definition->states.at(c.state).final();
  put_due(body, q, open ? due(*definition, c, q.then.reg) : std::nullopt, open);
  Response response = answered(q.stated(std::move(body)));
  if (as_it_is) response.headers.emplace_back("ETag", "\"" + std::to_string(c.last) + "\"");
  return response;
}

json page_schema() {
  using namespace schema;
  const json station = object({{"id", text()}, {"label", text()}, {"kind", text()}, {"status", text()}, {"holders", list(person())}, {"deputies_in_charge", list(person())},
                               {"vacant", flag()}, {"absent", flag()}});
  const json record = object({{"station", text()}, {"outcome", text()}, {"mode", text()}, {"by", or_null(person())}, {"for", or_null(person())}, {"comment", text()},
                              {"sent_back_to", text()}, {"position", number()}, {"at", time()}});
  const json action = object({{"id", text()}, {"label", text()}, {"station", text()}, {"mode", text()}, {"form", text()}, {"reason_required", flag()}});
  const json attachment = object({{"name", text()}, {"media_type", text()}, {"sha256", text()}, {"bytes", number()}, {"by", or_null(person())}});
  const json entry = object({{"position", number()}, {"type", text()}, {"by", or_null(person())}, {"body", or_null(any_object())}, {"at", time()}});
  return stated(with(due(), object({{"id", text()}, {"procedure", object({{"id", text()}, {"version", number()}, {"title", text()}})}, {"subject", subject()},
                                    {"state", case_state()}, {"form", any_object()}, {"partial", flag()}, {"round", number()}, {"author", or_null(person())}, {"assigned", or_null(person())},
                                    {"named", list(person())}, {"opened_from", or_null(text())}, {"line", list(station)},
                                    {"rounds", list(object({{"round", number()}, {"stations", list(record)}}))},
                                    {"reviews_owed", list(object({{"station", text()}, {"person", or_null(person())}}))}, {"actions", list(action)},
                                    {"attachments", list(attachment)}, {"history", list(entry)}, {"position", number()}, {"opened_at", time()}})));
}

}  // namespace

void add_case_route(std::vector<Route>& routes, ResourceContext context) {
  routes.push_back(reading({.path = "/api/cases/{id}", .operation_id = "readCase",
                            .summary = {"案件（状態、フォーム、決裁ルート、履歴、いまできること）。ETagは処理のIf-Matchに使う", "A case: state, form, line, history, open actions; its ETag goes into If-Match"},
                            .response_schema = page_schema(),
                            .query_params = {{"purpose", "string", {"何のために読むか（手続が挙げる目的のID。閲覧の記録に残る）", "what it is read for: one of the procedure's purposes; kept with the record of the reading"}}},
                            .problems = {404, 410}},
                           context, {"cases"}, Paging::kNone, page, Keeping::kWhileItStands));
}

}  // namespace rireki::api
