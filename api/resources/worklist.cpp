// The worklist: what waits for me, or for my unit. Whom a case may ask is stored as roles, functions and relations; who answers to them today,
// deputies and stand-ins included, is asked of the register now, so that a successor sees the work on the morning of their first day.
#include "api/replay.h"
#include "api/resources/cases_as_of.h"
#include "api/resources/schema.h"
#include "domain/access.h"

namespace rireki::api {
namespace {

using nlohmann::json;

// A worklist is for doing; what is longer than this is looked at by filters.
constexpr std::size_t kWorklistRowsMax = 2'000;

struct Work {
  CaseRow row;
  std::shared_ptr<const Definition> definition;
  std::set<std::string> why;  // the actions that it waits for, "assigned"
};

// All keys by which a case may ask this actor: their own, and those of everything below a unit they head, since they stand in where a post there
// is vacant. More than is waiting: each case found is asked about.
std::set<std::string> keys_of(const Question& q, const Actor& actor) {
  const Moment now{q.then.today()};
  auto keys = worklist_keys(q.then.reg, actor, q.then.today());
  std::vector<UnitId> units;
  for (const auto& key : keys)
    if (key.starts_with("unit-head:"))
      if (const auto unit = parse<UnitId>(std::string_view(key).substr(10))) units.push_back(*unit);
  for (std::size_t i = 0; i < units.size(); ++i) {
    keys.insert("unit-head:" + to_text(units[i]));
    for (const auto& post : q.then.reg.posts_of(units[i], now))
      if (!post.function.empty()) keys.insert("function:" + post.function);
    for (const auto child : q.then.reg.children(units[i], now)) units.push_back(child);
  }
  return keys;
}

// What the case waits for from this actor today, by the same checks as acting: a step of the line, a way on out of the present state, a 後閲.
std::set<std::string> awaited(const Question& q, const Definition& definition, const CaseRow& row, const Actor& actor) {
  std::set<std::string> why;
  if (row.open && actor.person && row.state.assigned == actor.person) why.insert("assigned");
  for (const auto& open : open_actions(q.then, definition, row.state, actor)) {
    const auto* own = definition.action(open.action);
    const bool way_on = own && !own->from_any && own->from.size() > 0 && !definition.states.at(row.state.state).line;
    if (open.action == "approve" || open.action == "review-after" || way_on) why.insert(open.action);
  }
  // Of the deadline that holds today: one that was moved since has called nobody.
  if (row.open && row.due == row.state.deadline.due)
    for (const auto& alert : row.state.deadline.alerts)
      if (is(q.then, row.state, alert.to, actor)) why.insert(alert.handed_up ? "handed-up" : "reminded");
  return why;
}

class Gathering {
 public:
  Gathering(const Question& q, const RowReader& rows) : q_(q), rows_(rows) {}

  void add_for(const Actor& actor) {
    if (q_.of_the_past()) return add_past(actor);
    for (const auto& key : keys_of(q_, actor)) add(by_asked(key), actor);
    if (actor.person) add(by_assigned(actor.person), actor);
  }
  bool full() const { return work_.size() >= kWorklistRowsMax; }
  std::map<CaseId, Work> take() { return std::move(work_); }

 private:
  // What was open then, narrowed by the same keys: whom it could ask, as it was known.
  void add_past(const Actor& now) {
    const Actor actor = now.account ? actor_as_of(q_.resources.office, now.account, q_.moment.as_of) : now;  // with the rights of then
    if (!past_) {
      past_.emplace();
      each_open_case_as_of(q_, rows_, "", [&](const std::string&, const CaseRow& row) {
        if (readable_case(q_, row.state.id)) past_->push_back(row);
        return true;
      });
    }
    const auto keys = keys_of(q_, actor);
    for (const auto& row : *past_) {
      const bool asked = (actor.person && row.state.assigned == actor.person) || std::any_of(row.may_ask.begin(), row.may_ask.end(), [&](const std::string& key) { return keys.contains(key); });
      if (!asked) continue;
      auto definition = definition_of(q_, row.state);
      auto why = awaited(q_, *definition, row, actor);
      if (why.empty()) continue;
      work_.try_emplace(row.state.id, Work{row, std::move(definition), {}}).first->second.why.merge(why);
      if (full()) return;
    }
  }

  void add(const std::string& prefix, const Actor& actor) {
    each_case(rows_, prefix, "", [&](const std::string&, const CaseRow& row) {
      if (!asked_.insert({row.state.id, actor.person}).second) return true;
      auto definition = definition_of(q_, row.state);
      auto why = awaited(q_, *definition, row, actor);
      if (why.empty() || !may_read(q_.context, *definition, row.state, q_.actor)) return true;
      auto& work = work_.try_emplace(row.state.id, Work{row, std::move(definition), {}}).first->second;
      work.why.merge(why);
      return !full();
    });
  }

  const Question& q_;
  const RowReader& rows_;
  std::map<CaseId, Work> work_;
  std::optional<std::vector<CaseRow>> past_;
  std::set<std::pair<CaseId, PersonId>> asked_;
};

std::set<PersonId> people_of(const Question& q, UnitId unit) {
  const Moment now{q.then.today()};
  std::set<PersonId> people;
  for (const auto& post : q.then.reg.posts_of(unit, now))
    for (const auto& held : q.then.reg.holders(post.post, now)) people.insert(held.person);
  return people;
}

struct Filter {
  std::string procedure, state;
  std::optional<Day> due_by;
  bool overdue = false;
  bool takes(const Work& work, Day today) const {
    const auto& row = work.row;
    return (procedure.empty() || row.state.procedure == procedure) && (state.empty() || row.state.state == state) &&
           (!due_by || (row.due && *row.due <= *due_by)) && (!overdue || (row.due && *row.due < today));
  }
};

Result<Filter, Problem> parse_filter(const Question& q) {
  Filter filter{.procedure = q.param("procedure"), .state = q.param("state")};
  if (const auto due = q.param("due_by"); !due.empty()) {
    const auto day = parse_japanese_date(due);
    if (!day) return malformed_parameter("due_by", {day.error().ja, day.error().en});
    filter.due_by = *day;
  }
  if (const auto overdue = q.param("overdue"); !overdue.empty()) {
    if (overdue != "true" && overdue != "false") return malformed_parameter("overdue", {"trueかfalseを指定してください。", "Give true or false."});
    filter.overdue = overdue == "true";
  }
  return filter;
}

// "" and "mine": me. "unit": me and everyone of my unit, by their posts (roles of other accounts are not asked). A unit's id: everyone of it. A person's:
// what they hold, for those who hand it over when that person is away or leaves. Of all that only what the reader may read.
std::optional<Problem> gather(const Question& q, Gathering& gathering) {
  const std::string scope = q.param("scope");
  if (const auto person = parse<PersonId>(scope)) {
    if (!may_read_person(q.reg(), *person, q.actor, q.today())) return not_found();
    gathering.add_for(Actor{.person = *person});
    return std::nullopt;
  }
  if (scope.empty() || scope == "mine") {
    gathering.add_for(q.actor);
    return std::nullopt;
  }
  std::optional<UnitId> unit = scope == "unit" ? q.then.reg.unit_of(q.actor.person, {q.then.today()}) : parse<UnitId>(scope);
  if (!unit && scope == "unit") return std::nullopt;  // 所属なし: nothing
  if (!unit) return malformed_parameter("scope", {"mine、unit、所属か職員のIDのどれかを指定してください。", "Give mine, unit, or the id of a unit or a person."});
  if (scope == "unit") gathering.add_for(q.actor);
  for (const auto person : people_of(q, *unit)) gathering.add_for(Actor{.person = person});
  return std::nullopt;
}

Result<Response, Problem> worklist(const Question& q) {
  const auto filter = parse_filter(q);
  if (!filter) return filter.error();
  const auto view = q.view("cases");
  Gathering gathering(q, *view.rows);
  if (auto problem = gather(q, gathering)) return *problem;
  const bool cut = gathering.full();
  auto found = gathering.take();
  std::vector<const Work*> work;
  for (const auto& [id, one] : found)
    if (filter->takes(one, q.then.today())) work.push_back(&one);
  // The most urgent first; without a date after all that have one; then whoever waited longest.
  std::sort(work.begin(), work.end(), [](const Work* a, const Work* b) {
    const auto order = [](const Work* one) { return std::tuple(one->row.due.value_or(kForever), one->row.state.entered_at, one->row.state.id); };
    return order(a) < order(b);
  });
  json items = json::array();
  for (const auto* one : work) {
    json item = case_row(q, *one->definition, one->row);
    item["why"] = one->why;
    items.push_back(std::move(item));
  }
  Question stated = q;
  stated.moment.as_of = std::min(q.moment.as_of, view.position);
  return answered(stated.stated({{"items", std::move(items)}, {"cut", cut}}));
}

}  // namespace

void add_worklist_route(std::vector<Route>& routes, ResourceContext context) {
  json item = schema::with(case_row_schema(), schema::object({{"why", schema::list(schema::text())}}));
  routes.push_back(reading({.path = "/api/worklist", .operation_id = "readWorklist",
                            .summary = {"待っている仕事（自分の、所属の、期限の近い順）", "What waits for me or my unit, the most urgent first"},
                            .response_schema = schema::stated(schema::object({{"items", schema::list(item)}, {"cut", schema::flag()}})),
                            .query_params = {{"scope", "string", {"mine（省略時）、unit（自分の所属）、所属のID、職員のID（その人が抱えている仕事）", "mine (default), unit (my own), the id of a unit, or of a person: what they hold"}},
                                             {"procedure", "string", {"手続のID", "id of the procedure"}},
                                             {"state", "string", {"状態のID", "id of the state"}},
                                             {"due_by", "string", {"期限がこの日まで", "due on this day or before"}},
                                             {"overdue", "boolean", {"期限を過ぎたもの", "overdue only"}}},
                            .problems = {404}},
                           context, {"cases"}, Paging::kNone, worklist, Keeping::kWhileItStands));
}

}  // namespace rireki::api
