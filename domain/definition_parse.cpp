#include "domain/access_decision.h"
#include "domain/definition_parse.h"

#include <algorithm>

namespace rireki {
namespace {

using nlohmann::json;

// --- Text → JSON ---

// Where the parser is, to name members that stand twice.
class Places {
 public:
  explicit Places(const NamedFile& file, std::vector<Finding>& findings) : file_(file), findings_(findings) {}

  bool operator()(int, json::parse_event_t event, json& parsed) {
    using E = json::parse_event_t;
    if (event == E::object_start || event == E::array_start) frames_.push_back({.array = event == E::array_start, .step = next_step(), .key = {}, .keys = {}});
    else if (event == E::object_end || event == E::array_end) frames_.pop_back();
    else if (event == E::value) next_step();
    else if (event == E::key) key(parsed.get<std::string>());
    return true;
  }

 private:
  struct Frame {
    bool array;
    std::string step;
    std::size_t next = 0;
    std::string key;
    std::set<std::string> keys;
  };

  std::string next_step() {
    if (frames_.empty()) return {};
    Frame& in = frames_.back();
    return "/" + (in.array ? std::to_string(in.next++) : pointer_step(in.key));
  }
  void key(std::string name) {
    Frame& in = frames_.back();
    in.key = std::move(name);
    if (in.keys.insert(in.key).second) return;
    std::string at;
    for (const auto& frame : frames_) at += frame.step;
    findings_.push_back({file_.name, at + "/" + pointer_step(in.key), {"同じ名前が二度あります。", "This name stands twice."}});
  }

  const NamedFile& file_;
  std::vector<Finding>& findings_;
  std::vector<Frame> frames_;
};

// --- JSON → Definition ---

const json kNothing;

const json& member(const json& value, const char* name) {
  if (!value.is_object()) return kNothing;
  const auto found = value.find(name);
  return found == value.end() ? kNothing : *found;
}
std::string text_of(const json& value, const char* name, std::string otherwise = {}) {
  const json& found = member(value, name);
  return found.is_string() ? found.get<std::string>() : std::move(otherwise);
}
bool flag_of(const json& value, const char* name, bool otherwise = false) {
  const json& found = member(value, name);
  return found.is_boolean() ? found.get<bool>() : otherwise;
}
int number_of(const json& value, const char* name, int otherwise) {
  const json& found = member(value, name);
  return found.is_number_integer() ? found.get<int>() : otherwise;
}
// One text, or a list of them.
std::vector<std::string> texts_of(const json& value, const char* name) {
  const json& found = member(value, name);
  if (found.is_string()) return {found.get<std::string>()};
  std::vector<std::string> all;
  if (found.is_array())
    for (const auto& one : found)
      if (one.is_string()) all.push_back(one.get<std::string>());
  return all;
}
Text words_of(const json& value, const char* name) { return {text_of(member(value, name), "ja"), text_of(member(value, name), "en")}; }
const json kNoMembers = json::object(), kNoItems = json::array();
const json& object_of(const json& value, const char* name) { return member(value, name).is_object() ? member(value, name) : kNoMembers; }
const json& list_of(const json& value, const char* name) { return member(value, name).is_array() ? member(value, name) : kNoItems; }
template <class E, std::size_t N>
E enum_of(const json& value, const char* name, const std::pair<const char*, E> (&words)[N]) {
  const std::string text = text_of(value, name);
  for (const auto& [word, meaning] : words)
    if (text == word) return meaning;
  return words[0].second;
}

std::vector<Who> whos_of(const json& value, const char* name) {
  std::vector<Who> all;
  for (const auto& one : list_of(value, name)) all.push_back(who_from_json(one));
  return all;
}

// A step names whom it tells by a word: a role, a function or a relation.
DeadlineStep step_of(const json& value) {
  static const std::set<std::string> roles(std::begin(kRoles), std::end(kRoles)), functions = {"hr-head", "hr-director", "appointing-authority"};
  DeadlineStep step{.after = parse_offset(text_of(value, "after", "+1d")).value_or(Offset{.days = 1}), .hand_up = value.contains("hand_up"), .to = {}};
  step.to.value = text_of(value, step.hand_up ? "hand_up" : "remind");
  step.to.kind = roles.contains(step.to.value) ? Who::Kind::kRole : functions.contains(step.to.value) ? Who::Kind::kFunction : Who::Kind::kRelation;
  step.to.pointer = text_of(value, "pointer");
  return step;
}

Deadline deadline_of(const json& value) {
  const auto pauses = texts_of(value, "pause");
  Deadline deadline{.state = text_of(value, "state"), .anchor = text_of(value, "anchor"), .offset = parse_offset(text_of(value, "offset")).value_or(Offset{}), .roll = text_of(value, "roll"),
                    .pauses_on_leave = std::find(pauses.begin(), pauses.end(), "subject-on-leave") != pauses.end(), .steps = {}};
  for (const auto& step : list_of(value, "then")) deadline.steps.push_back(step_of(step));
  return deadline;
}

RuleUse rule_of(const json& value) { return {text_of(value, "rule"), object_of(value, "params"), text_of(value, "mode") == "warn"}; }

Station station_of(const json& value) {
  constexpr std::pair<const char*, StationKind> kinds[] = {{"review", StationKind::kReview}, {"consult", StationKind::kConsult}, {"decide", StationKind::kDecide}, {"inform", StationKind::kInform}};
  Station station{.id = text_of(value, "id"), .label = words_of(value, "title"), .kind = enum_of(value, "kind", kinds), .who = whos_of(value, "who"), .limit = std::nullopt,
                  .deputy_allowed = flag_of(value, "deputy", true), .matter = text_of(value, "matter"), .review_after = flag_of(value, "review_after", true)};
  if (value.contains("limit")) station.limit = rule_of(value["limit"]);
  return station;
}

Line line_of(const json& value) {
  Line line{.id = text_of(value, "id"), .label = words_of(value, "title"), .groups = {}, .approved = text_of(value, "approved"), .refused = text_of(value, "refused"), .sent_back = text_of(value, "sent_back")};
  for (const auto& group : list_of(value, "groups")) {
    StationGroup parsed{.stations = {}, .quorum = number_of(group, "quorum", 0)};
    for (const auto& station : list_of(group, "stations")) parsed.stations.push_back(station_of(station));
    line.groups.push_back(std::move(parsed));
  }
  return line;
}

State state_of(const std::string& id, const json& value) {
  constexpr std::pair<const char*, StateKind> kinds[] = {{"running", StateKind::kRunning}, {"draft", StateKind::kDraft}, {"waiting", StateKind::kWaiting}, {"done", StateKind::kDone},
                                                         {"refused", StateKind::kRefused}, {"withdrawn", StateKind::kWithdrawn}, {"cancelled", StateKind::kCancelled}};
  State state{.id = id, .label = words_of(value, "title"), .kind = enum_of(value, "kind", kinds), .seen_by_subject = flag_of(value, "seen_by_subject", true), .line = std::nullopt};
  if (member(value, "line").is_object()) state.line = line_of(value["line"]);
  return state;
}

Effect effect_of(const json& value) {
  return {.fact = text_of(value, "fact"), .values = object_of(value, "values"), .when = texts_of(value, "when"), .unless = texts_of(value, "unless"),
          .if_present = flag_of(value, "if_present"), .cancels = value.contains("cancel"), .ends_on = value.contains("end") ? text_of(value, "on") : "", .corrects = text_of(value, "correct")};
}

ActionDefinition action_of(const json& value) {
  ActionDefinition action;
  action.id = text_of(value, "id");
  action.label = words_of(value, "title");
  action.opens_case = flag_of(value, "opens_case");
  action.from_any = member(value, "from").is_string();
  if (!action.from_any) action.from = texts_of(value, "from");
  action.to = text_of(value, "to");
  action.form = text_of(value, "form");
  action.who = whos_of(value, "who");
  for (const auto& rule : list_of(value, "rules")) action.rules.push_back(rule_of(rule));
  for (const auto& effect : list_of(value, "effects")) action.effects.push_back(effect_of(effect));
  for (const auto& opens : list_of(value, "opens")) action.opens.push_back({text_of(opens, "case"), texts_of(opens, "when"), texts_of(opens, "unless"), object_of(opens, "form"), text_of(opens, "for_each"),
                                                                      text_of(member(opens, "subject"), "kind"), object_of(member(opens, "subject"), "id"), text_of(opens, "ends_earlier"), flag_of(opens, "if_present")});
  for (const auto& acts : list_of(value, "acts"))
    action.acts.push_back({text_of(acts, "case"), text_of(acts, "action"), text_of(acts, "on"), object_of(acts, "form"), flag_of(acts, "first"), flag_of(acts, "if_possible")});
  action.by = texts_of(value, "by");
  action.reason_required = flag_of(value, "reason_required");
  action.bulk = text_of(value, "bulk");
  action.future_dated = flag_of(value, "future_dated");
  if (value.contains("confirm")) action.confirm = words_of(value, "confirm");
  for (auto& pointer : texts_of(value, "names_reader")) action.names_reader.insert(std::move(pointer));
  return action;
}

}  // namespace

json parse_file(const NamedFile& file, std::vector<Finding>& findings) {
  try {
    Places places(file, findings);
    return json::parse(file.content, [&](int depth, json::parse_event_t event, json& parsed) { return places(depth, event, parsed); });
  } catch (const json::parse_error& error) {
    const std::size_t read = std::min(error.byte > 0 ? error.byte - 1 : 0, file.content.size());
    const auto start = file.content.begin();
    const auto line = 1 + std::count(start, start + static_cast<std::ptrdiff_t>(read), '\n');
    const std::size_t before = read == 0 ? std::string::npos : file.content.rfind('\n', read - 1);
    const std::size_t column = before == std::string::npos ? read + 1 : read - before;
    const std::string l = std::to_string(line), c = std::to_string(column);
    findings.push_back({file.name, "", {"JSONとして読めません（" + l + "行" + c + "バイト目）。", "Not JSON at line " + l + ", byte " + c + "."}});
    return json();
  }
}

Definition parse_definition(const json& content) {
  Definition d;
  d.id = text_of(content, "id");
  d.version = number_of(content, "version", 1);
  const json& in_force = member(content, "in_force");
  d.status = text_of(in_force, "status", "decided");
  d.from = parse_iso(text_of(in_force, "from")).value_or(day(1, 1, 1));
  d.last_day = parse_iso(text_of(in_force, "to")).value_or(kForever);
  d.title = words_of(content, "title");
  d.help = words_of(content, "help");
  d.source = texts_of(content, "source");
  d.subject_kind = text_of(member(content, "subject"), "kind");
  d.open_at_once = text_of(member(content, "subject"), "open_at_once", "many");
  d.open_who = whos_of(member(content, "opens"), "who");
  d.opened_by = texts_of(member(content, "opens"), "by");
  for (const auto& [id, value] : object_of(content, "states").items()) d.states[id] = state_of(id, value);
  for (const auto& value : list_of(content, "actions")) d.actions.push_back(action_of(value));
  for (const auto& [id, schema] : object_of(content, "forms").items()) {
    if (Form::faults(schema).empty()) d.forms[id] = Form(schema);
    for (const auto& [name, field] : object_of(schema, "properties").items())
      if (field.is_object() && field.contains("x-readers")) d.field_readers[name] = whos_of(field, "x-readers");
  }
  for (const auto& value : list_of(content, "deadlines"))
    d.deadlines.push_back(deadline_of(value));
  const json& secrecy = member(content, "secrecy");
  d.secrecy = {text_of(secrecy, "class"), flag_of(secrecy, "existence_secret"), text_of(secrecy, "secret_until"), whos_of(secrecy, "readers"), whos_of(secrecy, "told"), whos_of(secrecy, "in_part"), whos_of(secrecy, "never"), {}, {}};
  for (const auto& [id, title] : object_of(secrecy, "purposes").items()) d.secrecy.purposes[id] = words_of(secrecy["purposes"], id.c_str());
  const json& watch = member(secrecy, "watch");
  for (const auto& one : list_of(watch, "people"))
    d.secrecy.watch.people.push_back(texts_of({{"any_of", one}}, "any_of"));
  if (const auto& months = member(watch, "months"); months.is_number_integer()) d.secrecy.watch.months = months.get<int>();
  d.sealing = {.key_class = key_class_of(d.secrecy.reading_class), .parties = d.secrecy.existence_secret, .field_classes = {}};
  for (const auto& [id, form] : d.forms)
    for (const auto& [name, field] : object_of(form.schema(), "properties").items())
      if (const auto seal = form.seal_class(name); !seal.empty() && key_class_of(seal) != d.sealing.key_class) d.sealing.field_classes[name] = key_class_of(seal);
  d.retention_class = text_of(member(content, "retention"), "class");
  d.retention_starts = text_of(member(content, "retention"), "starts");
  d.migrate = member(content, "migrate");
  d.notices = member(content, "notices");
  if (member(content, "effects_allowed").is_array()) d.effects_allowed = texts_of(content, "effects_allowed");
  d.resolved = content;
  return d;
}

json to_json(const Who& who) {
  const char* kind = who.kind == Who::Kind::kRole ? "role" : who.kind == Who::Kind::kFunction ? "function" : "relation";
  json value{{kind, who.value}};
  if (!who.pointer.empty()) value["pointer"] = who.pointer;
  if (!who.as_role.empty()) value["as"] = who.as_role;
  return value;
}

Who who_from_json(const json& value) {
  if (value.contains("role")) return {Who::Kind::kRole, text_of(value, "role"), {}, {}};
  if (value.contains("relation")) return {Who::Kind::kRelation, text_of(value, "relation"), text_of(value, "pointer"), text_of(value, "as")};
  return {Who::Kind::kFunction, text_of(value, "function"), {}, {}};
}

}  // namespace rireki
