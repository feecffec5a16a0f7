// Who read what: one's own readings, who read one's own records, and all of them for the privacy officer and the auditor, with what is unusual. And of
// one case: who can see it, and why.
#include "api/log_read.h"
#include "api/read_log.h"
#include "api/replay.h"
#include "api/resources/present.h"
#include "api/resources/schema.h"
#include "domain/access.h"
#include "domain/reading_alerts.h"
#include "projections/cases_view.h"

namespace rireki::api {
namespace {

using nlohmann::json;

constexpr std::size_t kTagsAskedMax = 1'000;  // of a query of the log

std::string tag_of_reader(const Question& q, AccountId account) { return q.resources.office.log().blind("reads-by:" + to_text(account)); }
std::string tag_of_record(const Question& q, const std::string& record) { return q.resources.office.log().blind("read-of:" + record); }

// Reading one's colleagues' reading is reading too, but of the office's affairs: no case's words are in it.
json row(const Question& q, const EventView& event, const RecordsViewed& viewed, const std::function<bool(const std::string&)>& shown) {
  json records = json::array();
  for (const auto& record : viewed.records)
    if (shown(record)) records.push_back(record);
  json body = {{"position", event.position()}, {"reader", person_ref(q, viewed.by)}, {"account", viewed.account ? json(to_text(viewed.account)) : json()}, {"records", std::move(records)},
               {"class", viewed.key_class}, {"purpose", viewed.purpose}, {"via", viewed.via}};
  put_time(body, "at", event.recorded_at());
  return body;
}
json row_schema() {
  using namespace schema;
  return object({{"position", number()}, {"reader", or_null(person())}, {"account", or_null(text())}, {"records", list(text())}, {"class", text()}, {"purpose", text()}, {"via", text()}, {"at", time()}});
}

RecordsViewed viewed_of(const EventView& event) {
  auto body = decode(event);
  auto* viewed = body ? std::get_if<RecordsViewed>(&*body) : nullptr;
  if (!viewed) throw std::runtime_error("the reading at position " + std::to_string(event.position()) + " cannot be decoded");
  return std::move(*viewed);
}

// Newest first, by pages.
Result<Response, Problem> page_of(const Question& q, std::vector<QueryItem> items, const std::function<bool(const std::string&)>& shown) {
  json reads = json::array();
  bool more = false;
  Position last = 0;
  std::size_t scanned = 0;
  if (items.empty()) return answered(q.stated({{"reads", std::move(reads)}, {"next", nullptr}}));
  ReadOptions options{.up_to = q.moment.as_of, .direction = Direction::kBackward};
  if (!q.after.empty()) options.up_to = std::stoull(q.after) - 1;
  const auto end = q.resources.office.log().read(std::move(items), options, [&](const EventView& event) {
    if (reads.size() == q.limit || ++scanned > kPageScannedMax) return !(more = true);
    last = event.position();
    auto one = row(q, event, viewed_of(event), shown);
    if (!one["records"].empty()) reads.push_back(std::move(one));
    return true;
  });
  require_read(end);
  return answered(q.stated({{"reads", std::move(reads)}, {"next", more ? json(q.cursor_after(std::to_string(last))) : json()}}));
}

QueryItem item(std::string tag) { return {.types = {"access/viewed"}, .tags = {std::move(tag)}}; }
bool any_record(const std::string&) { return true; }

Result<Response, Problem> mine(const Question& q) { return page_of(q, {item(tag_of_reader(q, q.actor.account))}, any_record); }

// Of records about oneself those that one may know of: a secret case's readers are told by the privacy officer, on a request for disclosure.
Result<Response, Problem> of_me(const Question& q) {
  std::set<std::string> records;
  if (q.actor.person) records.insert("person:" + to_text(q.actor.person));
  const auto view = q.view("cases");
  each_case(*view.rows, by_subject({"person", to_text(q.actor.person)}), "", [&](const std::string&, const CaseRow& row) {
    if (may_read(q, row.state)) records.insert("case:" + to_text(row.state.id));
    return records.size() < kTagsAskedMax;
  });
  std::vector<QueryItem> items;
  for (const auto& record : records) items.push_back(item(tag_of_record(q, record)));
  return page_of(q, std::move(items), [&](const std::string& record) { return records.contains(record); });
}

Problem not_for_you() {
  return refused({.rule = "not-entitled", .source = "security: the log of reads", .message = {"閲覧の記録を読めるのは、個人情報保護の担当者と監査だけです。", "Only the privacy officer and auditors read the record of readings."}});
}

Result<Response, Problem> all(const Question& q) {
  if (!decide_access(q.actor.roles, Relation::kNone, Action::kReadAllReads)) return not_for_you();
  if (const auto record = q.param("record"); !record.empty()) return page_of(q, {item(tag_of_record(q, record))}, any_record);
  if (const auto account = q.param("account"); !account.empty()) {
    const auto id = parse<AccountId>(account);
    if (!id) return malformed_parameter("account", {"アカウントのIDを指定してください。", "Give the id of an account."});
    return page_of(q, {item(tag_of_reader(q, *id))}, any_record);
  }
  return page_of(q, {item("access")}, any_record);
}

// Does the reading concern somebody of the reader's own unit who does not report to them?
bool is_of_own_unit(const Question& q, const RecordsViewed& viewed, Instant at) {
  const Moment then{local_day(at)};
  const auto unit = viewed.by ? q.reg().unit_of(viewed.by, then) : std::nullopt;
  if (!unit) return false;
  return std::any_of(viewed.records.begin(), viewed.records.end(), [&](const std::string& record) {
    const auto id = record.starts_with("case:") ? parse<CaseId>(record.substr(5)) : std::nullopt;
    const auto state = id ? q.find_case(*id) : nullptr;
    const auto subject = state ? subject_person(*state) : std::nullopt;
    return subject && *subject != viewed.by && q.reg().unit_of(*subject, then) == unit && !q.reg().is_superior_of(viewed.by, *subject, then);
  });
}

// Of the last 24 hours before now, or before the time asked for.
Result<Response, Problem> alerts(const Question& q) {
  if (!decide_access(q.actor.roles, Relation::kNone, Action::kReadAllReads)) return not_for_you();
  std::vector<ReadingSeen> seen;
  const EventLog& log = q.resources.office.log();
  const Position after = log.position_at(q.then.now - std::chrono::hours{24});
  const auto end = log.read(with_type("access/viewed"), {.after = after, .up_to = q.moment.as_of}, [&](const EventView& event) {
    auto viewed = viewed_of(event);
    const bool confidential = viewed.key_class != "general", own = confidential && is_of_own_unit(q, viewed, event.recorded_at());
    seen.push_back({.account = viewed.account, .by = viewed.by, .at = event.recorded_at(), .records = std::move(viewed.records), .confidential = confidential, .of_own_unit = own});
    return true;
  });
  require_read(end);
  json found = json::array();
  auto unusual = reading_alerts(seen);
  for (const auto& alert : q.resources.reads.refused_often())
    if (alert.at <= q.then.now) unusual.push_back(alert);
  for (const auto& alert : unusual) {
    json one = {{"kind", std::string(to_text(alert.kind))}, {"reader", person_ref(q, alert.by)}, {"account", alert.account ? json(to_text(alert.account)) : json()}, {"count", alert.count}};
    put_time(one, "at", alert.at);
    found.push_back(std::move(one));
  }
  return answered(q.stated({{"alerts", std::move(found)}}));
}

// Everybody with an account who could read the case today, and why. For those who read it in full themselves.
Result<Response, Problem> who_sees(const Question& q) {
  const auto id = parse<CaseId>(q.request.path_params.at("id"));
  const auto readable = id ? readable_case(q, *id) : std::nullopt;
  if (!readable || sees_in_part(q.context, *readable->definition, *readable->state, q.actor)) return not_found();
  json readers = json::array();
  const auto state = q.of_the_past() ? q.resources.office.find_case_at(*id, q.moment.as_of) : readable->state;
  if (!state) return not_found();  // not opened yet at that position
  const auto definition = definition_of(q, *state);
  for (const auto& actor : q.of_the_past() ? actors_as_of(q.resources.office, q.moment.as_of) : q.resources.actors()) {
    const auto access = access_to(q.then, *definition, *state, actor, Action::kRead);
    if (!access) continue;
    readers.push_back({{"account", to_text(actor.account)}, {"person", person_ref(q, actor.person)}, {"roles", actor.roles}, {"in_part", access.in_part}, {"reason", std::string(access.reason)}});
  }
  q.shows(*readable->state, *readable->definition);
  return answered(q.stated({{"readers", std::move(readers)}, {"class", readable->definition->secrecy.reading_class}, {"existence_secret", readable->definition->secrecy.existence_secret}}));
}

}  // namespace

void add_read_routes(std::vector<Route>& routes, ResourceContext context) {
  using namespace schema;
  routes.push_back(reading({.path = "/api/reads", .operation_id = "listReads",
                            .summary = {"閲覧の記録（個人情報保護の担当者と監査）", "The record of readings, for the privacy officer and auditors"},
                            .response_schema = page("reads", row_schema()),
                            .query_params = {{"record", "string", {"何が読まれたか（case:c…、person:p…）", "what was read, as case:c… or person:p…"}},
                                             {"account", "string", {"だれが読んだか（アカウントのID）", "who read, by account"}}},
                            .problems = {403}},
                           context, {}, Paging::kCursor, all));
  routes.push_back(reading({.path = "/api/reads/mine", .operation_id = "listMyReads",
                            .summary = {"自分が読んだもの", "What I read"}, .response_schema = page("reads", row_schema())},
                           context, {}, Paging::kCursor, mine));
  routes.push_back(reading({.path = "/api/reads/of-me", .operation_id = "listReadsOfMe",
                            .summary = {"自分の記録をだれが読んだか", "Who read my records"}, .response_schema = page("reads", row_schema())},
                           context, {"cases"}, Paging::kCursor, of_me));
  routes.push_back(reading({.path = "/api/reads/alerts", .operation_id = "listReadingAlerts",
                            .summary = {"この24時間のふだんと違う閲覧（個人情報保護の担当者と監査）", "Unusual reading within 24 hours, for the privacy officer and auditors"},
                            .response_schema = stated(object({{"alerts", list(object({{"kind", text()}, {"reader", or_null(person())}, {"account", or_null(text())}, {"count", number()}, {"at", time()}}))}})),
                            .problems = {403}},
                           context, {}, Paging::kNone, alerts));
  const json reader = object({{"account", text()}, {"person", or_null(person())}, {"roles", list(text())}, {"in_part", flag()}, {"reason", text()}});
  routes.push_back(reading({.path = "/api/cases/{id}/access", .operation_id = "readCaseAccess",
                            .summary = {"この案件をだれが、なぜ読めるか", "Who can see this case, and why"},
                            .response_schema = stated(object({{"readers", list(reader)}, {"class", text()}, {"existence_secret", flag()}})), .problems = {404}},
                           context, {}, Paging::kNone, who_sees));
}

}  // namespace rireki::api
