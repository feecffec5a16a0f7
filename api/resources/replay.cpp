// The auditor's desk: step through what happened with the state before and after each event, see what a decision rested on and what its maker could see,
// compare two moments. Of cases and records only what the reader may read.
#include "api/log_read.h"
#include "api/replay.h"

#include <algorithm>

#include "api/commands.h"
#include "api/resources/actors.h"
#include "api/resources/cases_as_of.h"
#include "api/resources/log_span.h"
#include "api/resources/schema.h"
#include "domain/access.h"

namespace rireki::api {
namespace {

using nlohmann::json;

constexpr std::size_t kEventsOfAComparison = 1'000;

Problem not_for_you() {
  return refused({.rule = "not-entitled", .source = "design: who uses it", .message = {"履歴をたどれるのは監査と人事です。", "Auditors and HR step through history."}, .facts = {}, .fields = {}});
}
bool may_replay(const Question& q) { return static_cast<bool>(decide_access(q.actor.roles, Relation::kNone, Action::kReadLog)); }

std::optional<CaseId> case_of_event(const EventView& event) {
  for (const auto tag : event.tags())
    if (tag.starts_with("case:")) return parse<CaseId>(tag.substr(5));
  return std::nullopt;
}
std::string person_of_event(const EventView& event) {
  for (const auto tag : event.tags()) {
    if (tag.starts_with("person:")) return std::string(tag.substr(7));
    if (tag.starts_with("subject:person:")) return std::string(tag.substr(15));
  }
  return "";
}

json label_of(const Question& q, const std::shared_ptr<const Case>& state) { return state ? case_state(q, *definition_of(q, *state), *state)["label"] : json(); }

json fact_state_schema() { return schema::or_null(schema::any_object()); }

// --- The list ---

json step_row(const Question& q, ActorNames& actors, const EventView& event) {
  json row = {{"position", event.position()}, {"type", std::string(event.type())}, {"actor", actors.ref(event.actor())}, {"case", nullptr}, {"title", nullptr}, {"before", nullptr}, {"after", nullptr}, {"person", nullptr}};
  put_time(row, "recorded_at", event.recorded_at());
  if (const auto person = parse<PersonId>(person_of_event(event))) row["person"] = person_ref(q, *person);
  if (const auto id = case_of_event(event); id && event.type().starts_with("case/")) {
    const auto readable = readable_case(q, *id);
    if (!readable) return nullptr;
    q.shows(*readable->state, *readable->definition);
    row["case"] = to_text(*id);
    row["title"] = q.words(readable->definition->title);
    row["before"] = label_of(q, q.resources.office.find_case_at(*id, event.position() - 1));
    row["after"] = label_of(q, q.resources.office.find_case_at(*id, event.position()));
  }
  return row;
}

Result<Response, Problem> listed(const Question& q) {
  if (!may_replay(q)) return not_for_you();
  Query query = AllEvents{};
  const auto id_of = [&](const char* name, auto parse_id, Text what) -> std::optional<Problem> {
    if (const auto text = q.param(name); !text.empty() && !parse_id(text)) return malformed_parameter(name, std::move(what));
    return std::nullopt;
  };
  if (auto p = id_of("person", [](const std::string& text) { return parse<PersonId>(text).has_value(); }, {"職員のIDを指定してください。", "Give the id of a person."})) return *p;
  if (auto p = id_of("case", [](const std::string& text) { return parse<CaseId>(text).has_value(); }, {"案件のIDを指定してください。", "Give the id of a case."})) return *p;
  if (auto p = id_of("actor", [](const std::string& text) { return parse<AccountId>(text).has_value(); }, {"アカウントのIDを指定してください。", "Give the id of an account."})) return *p;
  const std::string person = q.param("person"), of_case = q.param("case"), procedure = q.param("procedure"), actor = q.param("actor"), type = q.param("type");
  std::vector<QueryItem> items;
  const auto types = type.empty() ? std::vector<std::string>{} : std::vector<std::string>{type};
  if (!of_case.empty()) items = {{.types = types, .tags = {"case:" + of_case}}};
  else if (!person.empty()) items = {{.types = types, .tags = {"person:" + person}}, {.types = types, .tags = {"subject:person:" + person}}};
  else if (!procedure.empty()) items = {{.types = types, .tags = {"procedure:" + procedure}}};
  else if (!types.empty()) items = {{.types = types, .tags = {}}};
  if (!items.empty()) query = items;
  const auto span = span_of(q);
  if (!span) return span.error();
  ActorNames actors(q);
  json steps = json::array();
  Position last = 0;
  bool more = false;
  std::size_t scanned = 0;
  const auto end = q.resources.office.log().read(query, *span, [&](const EventView& event) {
    if (steps.size() == q.limit || ++scanned > kPageScannedMax) return !(more = true);
    last = event.position();
    const bool wanted = (actor.empty() || event.actor() == actor) && (procedure.empty() || event.has_tag("procedure:" + procedure)) &&
                        (person.empty() || event.has_tag("person:" + person) || event.has_tag("subject:person:" + person));
    if (!wanted || !may_see_event(q.context, q.resources.office, event, q.actor)) return true;
    auto row = step_row(q, actors, event);
    if (!row.is_null()) steps.push_back(std::move(row));
    return true;
  });
  if (!end && end.error().code == ReadErrorCode::kInvalidQuery) return malformed_parameter("type", {"種類か手続の形が正しくありません。", "The type or procedure is not well-formed."});
  require_read(end);
  return answered(q.stated({{"steps", std::move(steps)}, {"next", more ? json(q.cursor_after(std::to_string(last))) : json()}}));
}

// --- One step ---

// What changed between two values, member by member.
json differences(const json& before, const json& after) {
  json changed = json::array();
  const json patches = json::diff(before, after);
  for (const auto& patch : patches) {
    const json::json_pointer at(patch["path"].get<std::string>());
    const bool added = patch["op"] == "add";
    changed.push_back({{"member", patch["path"]}, {"before", !added && before.contains(at) ? before.at(at) : json()}, {"after", patch.value("value", json())}});
  }
  return changed;
}
json differences_schema() {
  return schema::list({{"type", "object"}, {"properties", {{"member", schema::text()}, {"before", json::object()}, {"after", json::object()}}}, {"required", {"member", "before", "after"}}, {"additionalProperties", false}});
}

// A person's record on a day as known at a position: what the register said, in short.
json record_of(const Question& q, PersonId person, const Moment& moment) {
  const Register& reg = q.reg();
  json body = {{"name", nullptr}, {"unit", nullptr}, {"employment", nullptr}, {"grade", nullptr}, {"postings", json::array()}, {"leave", nullptr}, {"rosters", json::array()}, {"qualifications", json::array()}};
  if (const auto known = reg.person(person, moment)) body["name"] = display(known->name);
  if (const auto unit = reg.unit_of(person, moment))
    if (const auto named = reg.unit(*unit, moment)) body["unit"] = named->name;
  if (const auto held = reg.employment(person, moment)) {
    body["employment"] = iso(held->period.first) + "/" + (held->period.last == kForever ? "" : iso(held->period.last));
    body["grade"] = q.words(label(held->grade));
  }
  for (const auto& one : reg.postings(person, moment)) {
    const auto post = reg.post_ever(one.post, moment.as_of);
    body["postings"].push_back({{"post", post ? post->title : to_text(one.post)}, {"kind", q.words(label(one.kind))}, {"from", iso(one.period.first)}, {"last_day", one.period.last == kForever ? json() : json(iso(one.period.last))}});
  }
  if (const auto taken = reg.leave(person, moment)) body["leave"] = iso(taken->period.first) + "/" + iso(taken->period.last);
  for (const auto& one : reg.rosters(person, moment)) body["rosters"].push_back(one.roster);
  for (const auto& one : reg.qualifications(person, moment)) body["qualifications"].push_back(one.code);
  return body;
}

struct Stepped {
  ReplayStep step;
  std::optional<ReadableCase> readable;  // of an event of a case
  std::string tag;                       // through which its neighbours are found
  json body;
};

// The event at that position, if this reader may see it.
std::optional<Stepped> step_at(const Question& q) {
  const auto text = q.request.path_params.at("position");
  Position position = 0;
  if (text.empty() || text.size() > 19 || text.find_first_not_of("0123456789") != text.npos || (position = std::stoull(text)) == 0 || position > q.moment.as_of) return std::nullopt;
  std::optional<Stepped> found;
  require_read(q.resources.office.log().read(AllEvents{}, {.after = position - 1, .up_to = position}, [&](const EventView& event) {
    if (!may_see_event(q.context, q.resources.office, event, q.actor)) return false;
    const auto decoded = decode(event);
    if (!decoded) return false;
    Stepped one{.step = {.position = position, .at = event.recorded_at(), .type = std::string(event.type()), .actor = std::string(event.actor()), .body = *decoded, .tags = {}, .before = nullptr, .after = nullptr, .checks = {}, .recorded = {}}, .tag = {}, .body = nullptr};
    for (const auto tag : event.tags()) one.step.tags.emplace_back(tag);
    one.body = shown_body(q, *decoded);
    const auto id = event.type().starts_with("case/") ? case_of_event(event) : std::nullopt;
    if (id) {
      auto readable = readable_case(q, *id);
      if (!readable) return false;
      q.shows(*readable->state, *readable->definition);
      one.readable = readable;
      one.tag = "case:" + to_text(*id);
      one.step.before = q.resources.office.find_case_at(*id, position - 1);
      one.step.after = q.resources.office.find_case_at(*id, position);
      // What the rules rested on is part of what the case says.
      if (!one.body.is_null()) std::visit([&](const auto& value) { if constexpr (requires { value.checks; }) one.step.checks = value.checks; }, *decoded);
      one.step.recorded = recorded_with(q.resources.office, event);
    } else {
      if (const auto person = person_of_event(event); !person.empty()) {
        one.tag = "person:" + person;
        if (const auto known = parse<PersonId>(person)) q.shows(*known);
      }
      else if (!one.step.tags.empty()) one.tag = one.step.tags.front();
    }
    found = std::move(one);
    return false;
  }));
  return found;
}

json neighbour(const Question& q, const std::string& tag, Position position, Direction direction) {
  if (tag.empty()) return nullptr;
  json at;
  ReadOptions options{.up_to = q.moment.as_of, .direction = direction};
  if (direction == Direction::kForward) options.after = position;
  else options.up_to = position - 1;
  require_read(q.resources.office.log().read(with_tag(tag), options, [&](const EventView& event) {
    if (!may_see_event(q.context, q.resources.office, event, q.actor)) return true;
    at = event.position();
    return false;
  }));
  return at;
}

json side(const Question& q, const ReadableCase& now, const std::shared_ptr<const Case>& then) {
  if (!then) return nullptr;
  return {{"state", then->state}, {"label", case_state(q, *definition_of(q, *then), *then)["label"]}, {"form", form_of_then(q, now, *then)}};
}

Result<Response, Problem> step(const Question& q) {
  if (!may_replay(q)) return not_for_you();
  const auto found = step_at(q);
  if (!found) return not_found();
  const auto& one = found->step;
  json checks = json::array();
  for (const auto& check : one.checks) {
    json facts = json::array();
    for (const auto& [name, value] : check.facts) facts.push_back({{"name", name}, {"value", value}});
    checks.push_back({{"rule", check.rule}, {"version", check.rule_version}, {"passed", check.passed}, {"facts", std::move(facts)}});
  }
  json before, after;
  if (found->readable) before = side(q, *found->readable, one.before), after = side(q, *found->readable, one.after);
  json changed = one.after ? differences(before.is_null() ? json::object() : before["form"], after["form"]) : json::array();
  // Of a fact about somebody: their record on the day from which it holds, just before it was known and just after.
  if (const auto person = one.after || !found->tag.starts_with("person:") ? std::nullopt : parse<PersonId>(found->tag.substr(7)); person && q.may_read_person(*person)) {
    const auto* entry = std::get_if<FactEntry>(&one.body);
    const Day on = (entry ? effective_day(entry->fact) : std::nullopt).value_or(local_day(one.at));
    before = record_of(q, *person, {on, one.position - 1});
    after = record_of(q, *person, {on, one.position});
    changed = differences(before, after);
  }
  json recorded = json::array();
  for (const auto position : one.recorded) recorded.push_back(position);
  json body = {{"position", one.position}, {"type", one.type}, {"actor", ActorNames(q).ref(one.actor)}, {"tags", one.tags}, {"body", found->body}, {"case", one.after ? json(to_text(one.after->id)) : json()}, {"before", before}, {"after", after},
               {"changed", std::move(changed)}, {"checks", std::move(checks)}, {"recorded", std::move(recorded)}, {"previous", neighbour(q, found->tag, one.position, Direction::kBackward)},
               {"next", neighbour(q, found->tag, one.position, Direction::kForward)}};
  put_time(body, "recorded_at", one.at);
  return answered(q.stated(std::move(body)));
}

// --- What its maker could see ---

Result<Response, Problem> maker(const Question& q) {
  if (!may_replay(q)) return not_for_you();
  const auto found = step_at(q);
  if (!found) return not_found();
  const auto& one = found->step;
  const auto who = maker_of(q.resources.office, one);
  json body = {{"position", one.position}, {"account", nullptr}, {"person", nullptr}, {"roles", json::array()}, {"unit", nullptr}, {"head_of", json::array()}, {"case", nullptr}, {"record", nullptr}, {"had_read", json::array()}};
  put_time(body, "at", one.at);
  if (!who) return answered(q.stated(std::move(body)));
  if (who->account) body["account"] = to_text(who->account);
  body["person"] = person_ref(q, who->person);
  body["roles"] = who->roles;
  q.resources.office.with_context_at(one.position - 1, one.at, [&](const DecisionContext& then) {
    if (who->person) {
      if (const auto unit = then.reg.unit_of(who->person, {then.today()})) body["unit"] = unit_ref(q, *unit);
      for (const auto& held : then.reg.postings(who->person, {then.today()}))
        if (const auto post = then.reg.post(held.post, {then.today()}); post && post->head) body["head_of"].push_back(unit_ref(q, post->unit));
    }
    if (one.before) {
      const auto definition = definition_of(q, *one.before);
      const auto access = access_to(then, *definition, *one.before, *who, Action::kRead);
      json open = json::array();
      for (const auto& action : open_actions(then, *definition, *one.before, *who)) open.push_back({{"id", action.action}, {"label", q.words(action.label)}, {"station", action.station}});
      // The form as they saw it, of which this reader sees no more than they may see themselves.
      const json seen = visible_form(then, *definition, *one.before, *who, one.before->form, written_by(*one.before)), mine = form_of_then(q, *found->readable, *one.before);
      json form = json::object();
      for (const auto& [name, value] : mine.items())
        if (seen.contains(name)) form[name] = seen[name];
      body["case"] = {{"allowed", access.allowed}, {"in_part", access.in_part}, {"reason", std::string(access.reason)}, {"state", label_of(q, one.before)}, {"form", std::move(form)}, {"open", std::move(open)}};
    }
    std::optional<PersonId> about;
    for (const auto& tag : one.tags) {
      if (tag.starts_with("person:")) about = parse<PersonId>(tag.substr(7));
      if (tag.starts_with("subject:person:")) about = parse<PersonId>(tag.substr(15));
    }
    if (about && q.may_read_person(*about)) {
      q.shows(*about);
      body["record"] = {{"person", person_ref(q, *about)}, {"readable", may_read_person(then.reg, *about, *who, then.today())}, {"leave_kind", may_read_leave_kind(then.reg, *about, *who, then.today())},
                        {"record", record_of(q, *about, {then.today(), one.position - 1})}};
    }
  });
  // What they had in fact looked at on that day and the one before.
  if (who->account && decide_access(q.actor.roles, Relation::kNone, Action::kReadAllReads))
    require_read(q.resources.office.log().read(with_tag(q.resources.office.log().blind("reads-by:" + to_text(who->account))), {.up_to = one.position, .direction = Direction::kBackward}, [&](const EventView& event) {
      if (one.at - event.recorded_at() > std::chrono::hours{48} || body["had_read"].size() >= kEventsOfAComparison) return false;
      const auto decoded = decode(event);
      const auto* viewed = decoded ? std::get_if<RecordsViewed>(&*decoded) : nullptr;
      if (!viewed) return true;
      for (const auto& record : viewed->records) {
        json read = {{"record", record}, {"via", viewed->via}};
        put_time(read, "at", event.recorded_at());
        body["had_read"].push_back(std::move(read));
      }
      return true;
    }));
  return answered(q.stated(std::move(body)));
}

// --- Two moments ---

struct Compared {
  json before, after;
  std::vector<std::string> tags;  // by which the events between are found
};

json unit_state(const Question& q, UnitId unit, const Moment& moment, std::set<std::string>& tags) {
  const auto known = q.reg().unit(unit, moment);
  json body = {{"name", known ? json(known->name) : json()}, {"head", nullptr}, {"posts", json::object()}};
  tags.insert("unit:" + to_text(unit));
  if (const auto head = q.reg().head_of(unit, moment)) body["head"] = person_ref(q, *head)["name"];
  for (const auto& post : q.reg().posts_of(unit, moment)) {
    tags.insert("post:" + to_text(post.post));
    json holders = json::array();
    for (const auto& held : q.reg().holders(post.post, moment)) {
      tags.insert("person:" + to_text(held.person));
      const auto known = q.reg().person(held.person, moment);
      holders.push_back((known ? display(known->name) : to_text(held.person)) + "（" + q.words(label(held.kind)) + "）");
    }
    body["posts"][to_text(post.post)] = {{"title", post.title}, {"quota", post.quota}, {"holders", std::move(holders)}};
  }
  return body;
}

Result<Compared, Problem> compared(const Question& q, const Moment& from, const Moment& to) {
  Compared both;
  const std::string person = q.param("person"), unit = q.param("unit"), of_case = q.param("case");
  if (static_cast<int>(!person.empty()) + static_cast<int>(!unit.empty()) + static_cast<int>(!of_case.empty()) != 1)
    return malformed_parameter("person", {"person、unit、case のどれか一つを指定してください。", "Give one of person, unit and case."});
  if (!person.empty()) {
    const auto id = parse<PersonId>(person);
    if (!id || !q.may_read_person(*id)) return not_found();
    q.shows(*id);
    both.before = record_of(q, *id, from);
    both.after = record_of(q, *id, to);
    both.tags = {"person:" + person, "subject:person:" + person};
  } else if (!unit.empty()) {
    const auto id = parse<UnitId>(unit);
    if (!id || (!q.reg().unit_ever(*id, from.as_of) && !q.reg().unit_ever(*id, to.as_of))) return not_found();
    std::set<std::string> tags;
    both.before = unit_state(q, *id, from, tags);
    both.after = unit_state(q, *id, to, tags);
    both.tags.assign(tags.begin(), tags.end());
  } else {
    const auto id = parse<CaseId>(of_case);
    const auto readable = id ? readable_case(q, *id) : std::nullopt;
    if (!readable) return not_found();
    q.shows(*readable->state, *readable->definition);
    both.before = side(q, *readable, q.resources.office.find_case_at(*id, from.as_of));
    both.after = side(q, *readable, q.resources.office.find_case_at(*id, to.as_of));
    both.tags = {"case:" + of_case};
  }
  return both;
}

Result<Response, Problem> compare(const Question& q) {
  if (!may_replay(q)) return not_for_you();
  Moment from{q.moment.on, q.moment.as_of}, to{q.moment.on, q.moment.as_of};
  for (const auto& [name, into] : {std::pair{"from_on", &from.on}, {"to_on", &to.on}})
    if (const auto text = q.param(name); !text.empty()) {
      const auto day = parse_japanese_date(text);
      if (!day) return malformed_parameter(name, {day.error().ja, day.error().en});
      *into = *day;
    }
  for (const auto& [name, into] : {std::pair{"from_as_of", &from.as_of}, {"to_as_of", &to.as_of}})
    if (const auto text = q.param(name); !text.empty()) {
      if (auto problem = read_position(name, text, q.resources.office, *into)) return *problem;
      *into = std::min(*into, q.moment.as_of);
    }
  auto both = compared(q, from, to);
  if (!both) return both.error();
  const auto [first, last] = std::minmax(from.as_of, to.as_of);
  ActorNames actors(q);
  json events = json::array();
  bool cut = false;
  std::vector<QueryItem> items;
  for (const auto& tag : both->tags) items.push_back({.types = {}, .tags = {tag}});
  if (first < last)
    require_read(q.resources.office.log().read(items, {.after = first, .up_to = last}, [&](const EventView& event) {
      if (events.size() >= kEventsOfAComparison) return !(cut = true);
      if (!may_see_event(q.context, q.resources.office, event, q.actor)) return true;
      auto row = step_row(q, actors, event);
      if (!row.is_null()) events.push_back(std::move(row));
      return true;
    }));
  const auto moment = [](const Moment& one) {
    json body = {{"as_of", one.as_of}};
    put_day(body, "on", one.on);
    return body;
  };
  return answered(q.stated({{"from", moment(from)}, {"to", moment(to)}, {"before", both->before}, {"after", both->after},
                            {"changed", differences(both->before.is_null() ? json::object() : both->before, both->after.is_null() ? json::object() : both->after)}, {"events", std::move(events)}, {"cut", cut}}));
}

json step_row_schema() {
  using namespace schema;
  return object({{"position", number()}, {"recorded_at", time()}, {"type", text()}, {"actor", actor_schema()}, {"case", or_null(text())}, {"title", or_null(text())}, {"before", or_null(text())}, {"after", or_null(text())}, {"person", or_null(schema::person())}});
}

}  // namespace

void add_replay_routes(std::vector<Route>& routes, ResourceContext context) {
  using namespace schema;
  routes.push_back(reading({.path = "/api/replay", .operation_id = "listSteps",
                            .summary = {"出来事を順にたどる（監査と人事。期間、人、案件、手続、行った人で）", "Step through what happened, for auditors and HR: by span, person, case, procedure, actor"},
                            .response_schema = schema::page("steps", step_row_schema()),
                            .query_params = {{"person", "string", {"職員のID", "id of a person"}}, {"case", "string", {"案件のID", "id of a case"}}, {"procedure", "string", {"手続のID", "id of a procedure"}},
                                             {"actor", "string", {"行ったアカウントのID", "id of the account that acted"}}, {"type", "string", {"出来事の種類", "type of event"}},
                                             {"after", "string", {"この位置または時刻より後", "after this position or time"}}, {"up_to", "string", {"この位置または時刻まで", "up to this position or time"}},
                                             {"order", "string", {"oldest（省略時）かnewest", "oldest (default) or newest first"}}},
                            .problems = {403}},
                           context, {}, Paging::kCursor, listed));
  const json check = object({{"rule", text()}, {"version", number()}, {"passed", flag()}, {"facts", schema::list(object({{"name", text()}, {"value", text()}}))}});
  routes.push_back(reading({.path = "/api/replay/{position}", .operation_id = "readStep",
                            .summary = {"一つの出来事：前と後、変わったもの、判断の根拠、記録した事実", "One event: before and after, what changed, what the decision rested on, what it recorded"},
                            .response_schema = stated(object({{"position", number()}, {"recorded_at", time()}, {"type", text()}, {"actor", actor_schema()}, {"tags", schema::list(text())}, {"body", or_null(any_object())}, {"case", or_null(text())},
                                                              {"before", fact_state_schema()}, {"after", fact_state_schema()}, {"changed", differences_schema()}, {"checks", schema::list(check)}, {"recorded", schema::list(number())},
                                                              {"previous", or_null(number())}, {"next", or_null(number())}})),
                            .problems = {403, 404}},
                           context, {}, Paging::kNone, step));
  const json unit_named = or_null(schema::unit());
  const json seen_case = object({{"allowed", flag()}, {"in_part", flag()}, {"reason", text()}, {"state", or_null(text())}, {"form", any_object()}, {"open", schema::list(object({{"id", text()}, {"label", text()}, {"station", text()}}))}});
  const json seen_record = object({{"person", or_null(schema::person())}, {"readable", flag()}, {"leave_kind", flag()}, {"record", any_object()}});
  routes.push_back(reading({.path = "/api/replay/{position}/maker", .operation_id = "readMaker",
                            .summary = {"その判断をした人が、その時に見えたもの（役割、所属、案件、記録、実際に読んだもの）", "What the maker of a decision could see then: roles, place, the case, the record, and what they had in fact read"},
                            .response_schema = stated(object({{"position", number()}, {"at", time()}, {"account", or_null(text())}, {"person", or_null(schema::person())}, {"roles", schema::list(text())}, {"unit", unit_named}, {"head_of", schema::list(unit_named)},
                                                              {"case", or_null(seen_case)}, {"record", or_null(seen_record)}, {"had_read", schema::list(object({{"record", text()}, {"via", text()}, {"at", time()}}))}})),
                            .problems = {403, 404}},
                           context, {}, Paging::kNone, maker));
  const json moment = with(days({"on"}), object({{"as_of", number()}}));
  routes.push_back(reading({.path = "/api/compare", .operation_id = "compareMoments",
                            .summary = {"二つの時点を比べる（人・所属・案件）。何が、どの出来事で変わったか", "Compare two moments of a person, a unit or a case: what changed, by which events"},
                            .response_schema = stated(object({{"from", moment}, {"to", moment}, {"before", or_null(any_object())}, {"after", or_null(any_object())}, {"changed", differences_schema()}, {"events", schema::list(step_row_schema())}, {"cut", flag()}})),
                            .query_params = {{"person", "string", {"職員のID", "id of a person"}}, {"unit", "string", {"所属のID", "id of a unit"}}, {"case", "string", {"案件のID", "id of a case"}},
                                             {"from_on", "string", {"一つ目の時点の日", "the first moment's day"}}, {"from_as_of", "string", {"一つ目の時点で知られていた位置か時刻", "as known at which position or time, for the first"}},
                                             {"to_on", "string", {"二つ目の時点の日", "the second moment's day"}}, {"to_as_of", "string", {"二つ目の時点で知られていた位置か時刻", "as known at which position or time, for the second"}}},
                            .problems = {403, 404}},
                           context, {}, Paging::kNone, compare));
}

}  // namespace rireki::api
