#include "projections/cases_view.h"

#include <algorithm>
#include <stdexcept>

#include "domain/deadline.h"
#include "projections/fact_rows.h"

namespace rireki {
namespace {

std::string version_key(const std::string& procedure, int version) { return procedure + "/" + std::to_string(version); }
std::string case_key(CaseId id) { return "c/" + to_text(id); }

template <class... Facts>
bool is_one_of(const Fact& fact) { return (std::holds_alternative<Facts>(fact) || ...); }

// What due days and units rest on, by the tag under which the register asks for it.
bool rests_on(std::string_view tag, const Body& body) {
  if (tag.starts_with("policy:"))
    return std::any_of(std::begin(kHolidayPolicies), std::end(kHolidayPolicies), [&](const char* policy) { return tag.substr(7).starts_with(policy); });
  const auto* entry = std::get_if<FactEntry>(&body);
  if (tag.starts_with("post:")) return !entry || is_one_of<PostCreated, PostChanged, PostClosed>(entry->fact);
  if (tag.starts_with("person:")) return !entry || is_one_of<LeaveStarted, LeaveChanged, LeaveEnded>(entry->fact);
  return false;
}

// The facts that this view has folded so far: what the fold may look at, and nothing else, so that it depends on events alone.
class FoldedFacts final : public FactSource {
 public:
  explicit FoldedFacts(const RowReader& rows) : rows_(rows) {}
  std::shared_ptr<const EntityFacts> facts(const std::string& tag) override {
    std::vector<FactRecord> facts;
    rows_.scan("x/" + tag + "/", "", [&](std::string_view, std::string_view value) {
      auto body = decode(value);
      if (!body) throw std::runtime_error("a fact cannot be decoded: " + body.error().what);
      FactRecord record{.position = facts.size() + 1};  // their order is all that counts
      if (auto* entry = std::get_if<FactEntry>(&*body)) record.entry = std::move(*entry);
      else record.entry = std::get<FactCancelled>(std::move(*body));
      facts.push_back(std::move(record));
      return true;
    });
    return std::make_shared<const EntityFacts>(std::move(facts));
  }

 private:
  const RowReader& rows_;
};

std::string text_at(const nlohmann::json& form, const std::string& pointer) {
  const auto at = nlohmann::json::json_pointer(pointer);
  return form.contains(at) && form.at(at).is_string() ? form.at(at).get<std::string>() : "";
}

// The keys of one kind of actor, as worklist_keys() names them. A post never moves to another unit, so that unit is known on any day; of a head
// or superior only whose it is.
void add_keys(std::set<std::string>& keys, const Case& state, const Who& who, const Register& posts) {
  const auto add_person = [&](PersonId person) {
    if (person) keys.insert("person:" + to_text(person));
  };
  if (who.kind == Who::Kind::kRole) keys.insert("role:" + who.value);
  else if (who.kind == Who::Kind::kFunction) keys.insert("function:" + who.value);
  else if (who.value == "author" || who.value == "author-in-line") add_person(state.author);
  else if (who.value == "assigned") add_person(state.assigned);
  else if (who.value == "head-of-subject-unit") keys.insert("unit-head:" + state.subject.id);
  else if (who.value == "self") keys.insert(state.subject.kind + ":" + state.subject.id);
  else if (who.value == "head-of-receiving-unit") {
    const auto post = parse<PostId>(text_at(state.form, who.pointer));
    if (const auto known = post ? posts.post_ever(*post) : std::nullopt) keys.insert("unit-head:" + to_text(known->unit));
  } else if (state.subject.kind == "person") {  // head-of-home-unit, superior-of-subject, superiors-of-subject
    keys.insert("superior-of:" + state.subject.id);
  }
}

std::set<std::string> whom_it_may_ask(const Definition& definition, const Case& state, const Register& posts) {
  std::set<std::string> keys;
  const State& here = definition.states.at(state.state);
  if (here.line) {
    std::set<std::string> approved;
    for (const auto& record : state.stations)
      if (record.round == state.round && record.outcome == StationOutcome::kApproved) approved.insert(record.station);
    for (const auto& group : here.line->groups)
      for (const auto& station : group.stations)
        if (!approved.contains(station.id))
          for (const auto& who : station.who) add_keys(keys, state, who, posts);
  } else if (!here.final()) {
    for (const auto& action : definition.actions)
      if (std::find(action.from.begin(), action.from.end(), state.state) != action.from.end())
        for (const auto& who : action.who) add_keys(keys, state, who, posts);
    for (const auto person : state.named) keys.insert("person:" + to_text(person));
  }
  for (const auto& alert : state.deadline.alerts) add_keys(keys, state, alert.to, posts);
  for (const auto& [station, holder] : state.reviews_owed) keys.insert("person:" + to_text(holder));
  return keys;
}

std::vector<UnitId> units_of(const CaseRow& row, const Register& reg) {
  std::set<UnitId> units;
  for (const auto& key : row.may_ask)
    if (const auto colon = key.find(':'); colon != key.npos)
      if (const auto unit = parse<UnitId>(std::string_view(key).substr(colon + 1))) units.insert(*unit);
  if (const auto unit = parse<UnitId>(row.state.subject.id); unit && row.state.subject.kind == "unit") units.insert(*unit);
  if (const auto post = parse<PostId>(row.state.subject.id); post && row.state.subject.kind == "post")
    if (const auto known = reg.post_ever(*post)) units.insert(known->unit);
  return {units.begin(), units.end()};
}

const std::string kOpen = "e/", kOpenBefore = "k/", kOpenKept = "K";

// The first event of a case in each stretch of positions finds out which cases are open at its beginning.
void keep_open_cases(Rows& rows, Position position) {
  const std::string stretch = sortable(position / kOpenCasesEvery);
  if (rows.get(kOpenKept) == stretch) return;
  rows.put(kOpenKept, stretch);
  std::string open;
  rows.scan(kOpen, "", [&](std::string_view key, std::string_view opened) {
    open.append(key.substr(kOpen.size())).append(" ").append(opened).append("\n");
    return true;
  });
  rows.put(kOpenBefore + newest_first(position), open);
}

std::set<std::string> index_keys(const CaseRow& row) {
  const Case& c = row.state;
  const std::string end = newest_first(row.opened) + "/" + to_text(c.id);
  std::set<std::string> keys{by_opening() + end, by_procedure(c.procedure) + end, by_state(c.procedure, c.state) + end, by_subject(c.subject) + end};
  if (c.author) keys.insert(by_party(c.author) + end);
  for (const auto person : c.named) keys.insert(by_party(person) + end);
  for (const auto& key : row.may_ask) keys.insert(by_asked(key) + end);  // a 後閲 may be owed after the end
  if (!row.open) return keys;
  if (c.assigned) keys.insert(by_assigned(c.assigned) + end);
  for (const auto unit : row.units) keys.insert(by_unit(unit) + end);
  if (row.due) keys.insert(by_due() + iso(*row.due) + "/" + end);
  if (row.next_step) keys.insert(by_next_step() + iso(*row.next_step) + "/" + end);
  return keys;
}

void put_indexes(Rows& rows, const std::set<std::string>& before, const std::set<std::string>& now) {
  for (const auto& key : before)
    if (!now.contains(key)) rows.erase(key);
  for (const auto& key : now)
    if (!before.contains(key)) rows.put(key, "");
}

}  // namespace

struct CasesView::Parsed {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<const Definition>> by_event;
};

CasesView::CasesView() : parsed_(std::make_unique<Parsed>()) {}
CasesView::~CasesView() = default;

Query CasesView::query() const {
  auto types = all_case_event_types();
  for (const char* type : {"definition/published", "fact/post-created", "fact/post-changed", "fact/post-closed", "fact/leave-started", "fact/leave-changed", "fact/leave-ended", "fact/policy-set",
                           "fact/cancelled"}) types.emplace_back(type);
  return std::vector<QueryItem>{{.types = std::move(types), .tags = {}}};
}

std::shared_ptr<const Definition> CasesView::definition(const Rows& rows, const std::string& procedure, int version) const {
  const auto event = rows.get("v/" + version_key(procedure, version));
  if (!event) return nullptr;
  {
    std::lock_guard lock(parsed_->mutex);
    if (const auto found = parsed_->by_event.find(*event); found != parsed_->by_event.end()) return found->second;
  }
  auto parsed = published_definition(rows.get("j/" + version_key(procedure, version)).value());
  std::lock_guard lock(parsed_->mutex);
  return parsed_->by_event.try_emplace(*event, std::move(parsed)).first->second;
}

void CasesView::fold_case(const EventView& event, const CaseEvent& body, bool erased, Rows& rows) const {
  const CaseId id = case_of(body);
  CaseRow row;
  std::set<std::string> before;
  if (auto stored = find_case_row(rows, id)) {
    row = std::move(*stored);
    before = index_keys(row);
  } else if (!std::holds_alternative<CaseOpened>(body)) {
    throw std::runtime_error("it belongs to a case that was never opened");
  } else {
    row.opened = event.position();
  }
  keep_open_cases(rows, event.position());
  const bool was_open = row.open && !before.empty();
  apply(row.state, body, event.position(), event.recorded_at());
  row.state.erased = row.state.erased || erased;
  const auto procedure = definition(rows, row.state.procedure, row.state.version);
  if (!procedure) throw std::runtime_error("its procedure was never published: " + version_key(row.state.procedure, row.state.version));
  if (!procedure->states.contains(row.state.state)) throw std::runtime_error("its procedure has no such state");
  FoldedFacts facts(rows);
  reckon(row, *procedure, Register(facts));
  rows.put(case_key(id), encode_row(row));
  put_indexes(rows, before, index_keys(row));
  if (row.open && !was_open) rows.put(kOpen + to_text(id), std::to_string(row.opened));
  if (!row.open && was_open) rows.erase(kOpen + to_text(id));
}

void reckon(CaseRow& row, const Definition& procedure, const Register& reg) {
  row.open = !procedure.states.at(row.state.state).final();
  row.due = row.open ? due(procedure, row.state, reg) : std::nullopt;
  const auto next = row.open ? next_step(procedure, row.state, reg) : std::nullopt;
  row.next_step = next ? std::optional(next->day) : std::nullopt;
  row.may_ask = whom_it_may_ask(procedure, row.state, reg);
  row.units = units_of(row, reg);
}

void CasesView::reckon_again(const std::vector<CaseId>& ids, Rows& rows) const {
  FoldedFacts facts(rows);
  const Register reg(facts);
  for (const auto id : ids) {
    auto row = find_case_row(rows, id);
    if (!row || !row->open) continue;
    const auto before = index_keys(*row);
    reckon(*row, *definition(rows, row->state.procedure, row->state.version), reg);
    rows.put(case_key(id), encode_row(*row));
    put_indexes(rows, before, index_keys(*row));
  }
}

void CasesView::fold(const EventView& event, Rows& rows) const {
  const auto [body, erased] = body_of(event);
  if (const auto* published = std::get_if<DefinitionPublished>(&body)) {
    rows.put("v/" + version_key(published->procedure, published->version), to_text(event.id()));
    rows.put("j/" + version_key(published->procedure, published->version), published->json);
    return;
  }
  if (std::holds_alternative<FactEntry>(body) || std::holds_alternative<FactCancelled>(body)) {
    std::vector<CaseId> touched;
    const auto add = [&](std::string_view key, std::string_view) {
      if (const auto id = parse<CaseId>(key.substr(key.rfind('/') + 1))) touched.push_back(*id);
      return true;
    };
    for (const auto tag : event.tags()) {
      if (!rests_on(tag, body)) continue;
      rows.put("x/" + std::string(tag) + "/" + sortable(event.position()), encode(body));
      if (tag.starts_with("policy:")) rows.scan(by_due(), "", add);
      if (tag.starts_with("person:")) rows.scan(by_subject({"person", std::string(tag.substr(7))}), "", add);
    }
    return reckon_again(touched, rows);
  }
  std::visit([&, is_erased = erased](const auto& one) {
    if constexpr (std::is_convertible_v<decltype(one), CaseEvent>) fold_case(event, CaseEvent(one), is_erased, rows);
  }, body);
}

OpenCases open_cases_before(const RowReader& rows, Position as_of) {
  OpenCases open;
  rows.scan(kOpenBefore, kOpenBefore + newest_first(as_of), [&](std::string_view key, std::string_view lines) {
    open.from = ~std::stoull(std::string(key.substr(kOpenBefore.size())), nullptr, 16);
    while (!lines.empty()) {
      const auto space = lines.find(' '), end = lines.find('\n');
      open.cases.emplace(parse<CaseId>(lines.substr(0, space)).value(), std::stoull(std::string(lines.substr(space + 1, end - space - 1))));
      lines.remove_prefix(end + 1);
    }
    return false;
  });
  return open;
}

std::optional<CaseRow> find_case_row(const RowReader& rows, CaseId id) {
  const auto text = rows.get(case_key(id));
  return text ? std::optional(decode_row(*text)) : std::nullopt;
}

std::string by_opening() { return "o/"; }
std::string by_procedure(const std::string& procedure) { return "p/" + procedure + "/"; }
std::string by_state(const std::string& procedure, const std::string& state) { return "q/" + procedure + "/" + state + "/"; }
std::string by_subject(const Subject& subject) { return "s/" + subject.kind + ":" + subject.id + "/"; }
std::string by_party(PersonId person) { return "n/" + to_text(person) + "/"; }
std::string by_assigned(PersonId person) { return "a/" + to_text(person) + "/"; }
std::string by_asked(const std::string& key) { return "w/" + key + "/"; }
std::string by_unit(UnitId unit) { return "u/" + to_text(unit) + "/"; }
std::string by_due() { return "d/"; }
std::string by_next_step() { return "t/"; }

std::string opened_up_to(const std::string& prefix, Position as_of) { return prefix + newest_first(as_of); }

void each_case_id(const RowReader& rows, const std::string& prefix, const std::string& after,
                  const std::function<bool(const std::string& key, CaseId id)>& visit) {
  rows.scan(prefix, after, [&](std::string_view key, std::string_view) {
    const auto id = key == after ? std::nullopt : parse<CaseId>(key.substr(key.rfind('/') + 1));
    return !id || visit(std::string(key), *id);
  });
}

void each_case(const RowReader& rows, const std::string& prefix, const std::string& after,
               const std::function<bool(const std::string& key, const CaseRow& row)>& visit) {
  each_case_id(rows, prefix, after, [&](const std::string& key, CaseId id) {
    const auto row = find_case_row(rows, id);
    return !row || visit(key, *row);
  });
}

Position opened_by_key(const std::string& key) {
  const auto end = key.rfind('/'), begin = key.rfind('/', end - 1) + 1;
  return ~std::stoull(key.substr(begin, end - begin), nullptr, 16);
}

}  // namespace rireki
