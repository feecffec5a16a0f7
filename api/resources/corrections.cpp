// What was corrected or cancelled (訂正, 取消, 遡及; R-006, R-007): what it said, what it says now, why, and what rests on it. Nothing of that changes by
// itself: it is listed until somebody says what becomes of it.

#include "api/log_read.h"
#include "api/resources/actors.h"
#include "api/resources/cases_as_of.h"
#include "api/resources/schema.h"
#include "domain/obligations.h"

namespace rireki::api {
namespace {

using nlohmann::json;

constexpr std::size_t kCorrectionsScannedMax = 500;  // for a page: of each, what rests on it is worked out
constexpr int kYearsCompared = 10;                  // before the one in which it was made

struct Settled {
  std::string decision, note, at;
  PersonId by;
};
using Settlements = std::map<std::string, Settled>;  // by item, the last word

Settlements settlements_of(const Question& q, const std::string& corrected) {
  Settlements all;
  const auto end = q.resources.office.log().read(with_tag("correction:" + corrected), {.up_to = q.moment.as_of}, [&](const EventView& event) {
    const auto body = decode(event);
    if (const auto* one = body ? std::get_if<CorrectionSettled>(&*body) : nullptr) all[one->item] = {one->decision, one->note, iso_utc(event.recorded_at()), one->by};
    return true;
  });
  require_read(end);
  return all;
}

class Items {
 public:
  Items(const Question& q, Settlements settled) : q_(q), settled_(std::move(settled)) {}

  void add(const std::string& item, const char* kind, json label, json before = nullptr, json after = nullptr) {
    const auto known = settled_.find(item);
    json decided;
    if (known != settled_.end()) decided = {{"decision", known->second.decision}, {"note", known->second.note}, {"by", person_ref(q_, known->second.by)}, {"at", known->second.at}};
    open_ += decided.is_null();
    list_.push_back({{"item", item}, {"kind", kind}, {"label", std::move(label)}, {"before", std::move(before)}, {"after", std::move(after)}, {"settled", std::move(decided)}});
  }
  void add_case(CaseId id) {
    const auto readable = readable_case(q_, id);
    if (!readable || !cases_.insert(id).second) return;
    q_.shows(*readable->state, *readable->definition);
    const auto then = q_.resources.office.find_case_at(id, q_.moment.as_of);
    add("case:" + to_text(id), "case", q_.words(readable->definition->title), nullptr, then ? case_state(q_, *definition_of(q_, *then), *then)["label"] : json());
  }
  int open() const { return open_; }
  json take() { return std::move(list_); }

 private:
  const Question& q_;
  Settlements settled_;
  std::set<CaseId> cases_;
  json list_ = json::array();
  int open_ = 0;
};

json period_text(const Period& period) { return iso(period.first) + "/" + (period.last == kForever ? "" : iso(period.last)); }

void compare_duties(const Question& q, PersonId person, Position at, const std::vector<Obligation>& obligations, int year, Day made, Items& items) {
  std::map<std::string, std::string> due;
  const auto words = [](const Duty& duty) { return std::string(to_text(duty.status)) + " " + iso(duty.due); };
  for (const auto& duty : duties_of(q.reg(), person, obligations, year, {made, at - 1})) due[duty.obligation] = words(duty);
  std::set<std::string> now;
  const auto title = [&](const std::string& id) {
    const auto found = std::find_if(obligations.begin(), obligations.end(), [&](const Obligation& one) { return one.id == id; });
    return found == obligations.end() ? id : q.words(found->title);
  };
  const auto item = [&](const std::string& id) { return "obligation:" + id + ":" + std::to_string(year); };
  for (const auto& duty : duties_of(q.reg(), person, obligations, year, {made, at})) {
    now.insert(duty.obligation);
    const auto was = due.find(duty.obligation);
    if (was == due.end() || was->second != words(duty)) items.add(item(duty.obligation), "obligation", title(duty.obligation), was == due.end() ? json() : json(was->second), words(duty));
  }
  for (const auto& [id, was] : due)
    if (!now.contains(id)) items.add(item(id), "obligation", title(id), was, nullptr);
}

// What a person's record gave just before the correction and gives just after it, where the two differ: other postings, and what was due in each fiscal
// year from the day that it touches to the day on which it was made.
void compare_person(const Question& q, PersonId person, FactId corrected, Position at, Day from, Day made, Items& items) {
  std::map<FactId, Posting> before;
  for (const auto& one : q.reg().all_postings(person, at - 1)) before.emplace(one.fact, one);
  for (const auto& one : q.reg().all_postings(person, at)) {
    const auto was = before.find(one.fact);
    if (was != before.end() && one.fact != corrected && was->second.period != one.period)
      items.add("fact:" + to_text(one.fact), "posting", post_ref(q, one.post)["title"], period_text(was->second.period), period_text(one.period));
  }
  const auto obligations = obligations_in_force(q.reg(), {made, q.moment.as_of});
  for (int year = std::max(fiscal_year(std::min(from, made)), fiscal_year(made) - kYearsCompared); year <= fiscal_year(made); ++year) compare_duties(q, person, at, obligations, year, made, items);
}

void add_covers(const Question& q, const Fact& fact, FactId corrected, Items& items) {
  std::visit([&](const auto& one) {
    if constexpr (requires { one.leave; })
      for (const auto* entry : q.reg().visible("leave:" + to_text(one.leave), q.moment.as_of)) {
        const auto* posted = std::get_if<Posted>(&entry->fact);
        if (!posted || posted->kind != PostingKind::kCover || entry->id == corrected || !q.may_read_person(posted->person)) continue;
        items.add("fact:" + to_text(entry->id), "cover", person_ref(q, posted->person)["name"], nullptr, period_text({posted->from, posted->last_day}));
        if (entry->case_id) items.add_case(entry->case_id);
      }
  }, fact);
}

std::optional<FactEntry> fact_before(const Question& q, FactId id, const EventView& event) {
  for (const auto tag : event.tags())
    if (const auto found = tag == "correction" ? std::nullopt : q.reg().find_fact(id, std::string(tag)))
      if (const auto* entry = std::get_if<FactEntry>(&found->entry)) return *entry;
  return std::nullopt;
}

// null: hidden from this reader.
json of_fact(const Question& q, const EventView& event, FactId corrected, const FactEntry* after, const std::string& reason) {
  const auto before = fact_before(q, corrected, event);
  if (!before) return nullptr;
  const PersonId person = person_of(before->fact);
  if (person && !q.may_read_person(person)) return nullptr;
  if (person) q.shows(person);
  const std::string id = "fact:" + to_text(corrected);
  Items items(q, settlements_of(q, id));
  if (before->case_id) {
    items.add_case(before->case_id);
    for (const auto& opened : q.then.opened_from(before->case_id)) items.add_case(opened.id);
  }
  add_covers(q, before->fact, corrected, items);
  const auto was = effective_day(before->fact), is = after ? effective_day(after->fact) : std::nullopt;
  const Day made = local_day(event.recorded_at());
  if (person) compare_person(q, person, corrected, event.position(), std::min(was.value_or(made), is.value_or(made)), made, items);
  json body = {{"what", after ? "corrected" : "cancelled"}, {"corrected", id}, {"type", fact_type(before->fact)}, {"person", person_ref(q, person)}, {"before", fact_body(q, before->fact)},
               {"after", after ? fact_body(q, after->fact) : json()}, {"reason", reason}, {"open", items.open()}};
  put_day(body, "effective_before", was.value_or(kForever));
  put_day(body, "effective_after", is.value_or(kForever));
  body["retroactive"] = is && *is < local_day(event.recorded_at());
  body["items"] = items.take();
  return body;
}

json of_case(const Question& q, const EventView& event, const CaseCorrected& correction) {
  const auto readable = readable_case(q, correction.case_id);
  if (!readable || readable->state->erased) return nullptr;
  const auto shown = visible_body(q, *readable->state, Body(correction));
  if (shown.is_null()) return nullptr;
  q.shows(*readable->state, *readable->definition);
  const std::string id = "case:" + to_text(correction.case_id) + "#" + std::to_string(correction.entry);
  const json after = shown.value("form", json::object());
  json before = json::object();
  if (const auto then = q.resources.office.find_case_at(correction.case_id, event.position() - 1))
    for (const json seen = form_of_then(q, *readable, *then); const auto& [name, value] : after.items()) before[name] = seen.value(name, json());
  Items items(q, settlements_of(q, id));
  for (const auto& opened : q.then.opened_from(correction.case_id)) items.add_case(opened.id);
  if (readable->state->subject.kind == "person")
    for (const auto* entry : q.reg().visible("person:" + readable->state->subject.id, q.moment.as_of))
      if (entry->case_id == correction.case_id) items.add("fact:" + to_text(entry->id), "fact", fact_type(entry->fact), nullptr, fact_body(q, entry->fact));
  json body = {{"what", correction.withdrawn ? "withdrawn" : "entry"}, {"corrected", id}, {"type", "case/corrected"}, {"person", readable->state->subject.kind == "person" ? subject_ref(q, readable->state->subject) : json()},
               {"before", std::move(before)}, {"after", after}, {"reason", shown.value("reason", "")}, {"open", items.open()}, {"retroactive", false}};
  if (body["person"].is_object()) body["person"].erase("kind");
  put_day(body, "effective_before", kForever);
  put_day(body, "effective_after", kForever);
  body["items"] = items.take();
  return body;
}

json correction(const Question& q, ActorNames& actors, const EventView& event) {
  const auto decoded = decode(event);
  if (!decoded) return nullptr;
  json body;
  if (const auto* entry = std::get_if<FactEntry>(&*decoded)) body = of_fact(q, event, entry->corrects, entry, entry->reason);
  else if (const auto* cancelled = std::get_if<FactCancelled>(&*decoded)) body = of_fact(q, event, cancelled->fact, nullptr, cancelled->reason);
  else if (const auto* corrected = std::get_if<CaseCorrected>(&*decoded)) body = of_case(q, event, *corrected);
  if (body.is_null()) return body;
  body["position"] = event.position();
  body["actor"] = actors.ref(event.actor());
  put_time(body, "recorded_at", event.recorded_at());
  return body;
}

Result<Response, Problem> listed(const Question& q) {
  if (!decide_access(q.actor.roles, Relation::kNone, Action::kReadLog))
    return refused({.rule = "not-entitled", .source = "design: who uses it", .message = {"訂正の一覧を読めるのは人事と監査です。", "HR and auditors read the list of corrections."}, .facts = {}, .fields = {}});
  const auto only_open = q.param("open");
  if (!only_open.empty() && only_open != "true" && only_open != "false") return malformed_parameter("open", {"trueかfalseを指定してください。", "Give true or false."});
  ReadOptions options{.up_to = q.moment.as_of, .direction = Direction::kBackward};
  if (!q.after.empty()) options.up_to = std::stoull(q.after) - 1;
  ActorNames actors(q);
  json rows = json::array();
  Position last = 0;
  bool more = false;
  std::size_t scanned = 0;
  const auto end = q.resources.office.log().read(with_tag("correction"), options, [&](const EventView& event) {
    if (rows.size() == q.limit || ++scanned > kCorrectionsScannedMax) return !(more = true);
    last = event.position();
    auto row = correction(q, actors, event);
    if (!row.is_null() && (only_open.empty() || (row["open"] > 0) == (only_open == "true"))) rows.push_back(std::move(row));
    return true;
  });
  require_read(end);
  return answered(q.stated({{"corrections", std::move(rows)}, {"next", more ? json(q.cursor_after(std::to_string(last))) : json()}}));
}

json row_schema() {
  using namespace schema;
  const json any = {{"anyOf", json::array({{{"type", "object"}}, {{"type", "string"}}, {{"type", "null"}}})}};
  const json settled = or_null(object({{"decision", text()}, {"note", text()}, {"by", or_null(person())}, {"at", time()}}));
  const json item = object({{"item", text()}, {"kind", text()}, {"label", or_null(text())}, {"before", any}, {"after", any}, {"settled", settled}});
  return with(days({"effective_before", "effective_after"}),
              object({{"position", number()}, {"recorded_at", time()}, {"actor", actor_schema()}, {"what", text()}, {"corrected", text()}, {"type", text()}, {"person", or_null(person())}, {"before", any}, {"after", any},
                      {"reason", text()}, {"retroactive", flag()}, {"open", number()}, {"items", schema::list(item)}}));
}

}  // namespace

void add_correction_route(std::vector<Route>& routes, ResourceContext context) {
  routes.push_back(reading({.path = "/api/corrections", .operation_id = "listCorrections",
                            .summary = {"訂正・取消と、その影響を受けるもの（人事と監査、新しい順）", "Corrections and cancellations with what rests on them, for HR and auditors, newest first"},
                            .response_schema = schema::page("corrections", row_schema()),
                            .query_params = {{"open", "boolean", {"まだ決めていないものがある（true）・ない（false）", "with something still to be decided (true), or with nothing (false)"}}}, .problems = {403}},
                           context, {"cases", "organisation"}, Paging::kCursor, listed));
}

}  // namespace rireki::api
