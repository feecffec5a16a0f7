// Loading: the format's schema first, then what a schema cannot say. All findings of all files are reported at once, and nothing is loaded unless
// there are none.
#include "domain/definition.h"

#include <algorithm>
#include <stdexcept>

#include "domain/body.h"
#include "domain/rules.h"

namespace rireki {
namespace {

using nlohmann::json;

const std::set<std::string> kRoles = {"staff", "manager", "hr", "occupational-health", "auditor", "administrator"};
const std::set<std::string> kRelations = {"self", "author", "author-in-line", "named-on-case", "superior-of-subject", "superiors-of-subject",
                                          "head-of-home-unit", "head-of-receiving-unit", "assigned"};
// The subset in which draft 7 and 2020-12 mean the same (workflow.md 3.5).
const std::set<std::string> kFormKeywords = {"type", "properties", "required", "additionalProperties", "items", "enum", "const", "minimum", "maximum", "exclusiveMinimum",
                                             "exclusiveMaximum", "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "allOf", "anyOf", "oneOf", "not",
                                             "if", "then", "else", "format", "title", "description", "default", "readOnly", "$ref", "$defs"};

// Before a form is compiled: words outside the subset, fields without both names.
void check_form_words(const std::string& file, const std::string& at, const json& schema, std::vector<Finding>& findings) {
  if (!schema.is_object()) return;
  for (const auto& [keyword, value] : schema.items()) {
    if (!kFormKeywords.contains(keyword) && !keyword.starts_with("x-"))
      findings.push_back({file, at + "/" + keyword, {"様式に使えない語「" + keyword + "」です。", "The keyword '" + keyword + "' is outside the subset that forms may use."}});
    if (keyword == "properties" && value.is_object())
      for (const auto& [name, field] : value.items()) {
        check_form_words(file, at + "/properties/" + name, field, findings);
        if (!field.is_object() || !field.contains("title") || !field.contains("x-title-en"))
          findings.push_back({file, at + "/properties/" + name, {"日本語（title）と英語（x-title-en）の名前が必要です。", "A field needs its name in Japanese (title) and English (x-title-en)."}});
      }
    if (keyword == "items" || keyword == "not" || keyword == "if" || keyword == "then" || keyword == "else") check_form_words(file, at + "/" + keyword, value, findings);
  }
}

Text text(const json& value) { return {value.at("ja"), value.at("en")}; }

std::vector<Who> whos(const json& value) {
  std::vector<Who> all;
  for (const auto& one : value) {
    Who who;
    if (one.contains("role")) who = {Who::Kind::kRole, one["role"], ""};
    else if (one.contains("relation")) who = {Who::Kind::kRelation, one["relation"], one.value("pointer", "")};
    else who = {Who::Kind::kFunction, one.value("function", ""), ""};
    all.push_back(std::move(who));
  }
  return all;
}
std::vector<Who> whos(const json& object, const char* member) { return object.contains(member) ? whos(object[member]) : std::vector<Who>{}; }

RuleUse rule_use(const json& value) { return {value.at("rule"), value.value("params", json::object()), value.value("mode", "hard") == "warn"}; }

Station station(const json& value) {
  static const std::map<std::string, StationKind> kinds = {{"review", StationKind::kReview}, {"consult", StationKind::kConsult}, {"decide", StationKind::kDecide}, {"inform", StationKind::kInform}};
  Station one{.id = value.at("id"), .label = text(value.at("title")), .kind = kinds.at(value.at("kind")), .who = whos(value.at("who")), .limit = std::nullopt,
              .deputy_allowed = value.value("deputy", true), .matter = value.value("matter", ""), .review_after = value.value("review_after", true)};
  if (value.contains("limit")) one.limit = rule_use(value["limit"]);
  return one;
}

Line line(const json& value) {
  Line one{.id = value.at("id"), .label = text(value.at("title")), .groups = {}, .approved = value.at("approved"), .refused = value.at("refused"), .sent_back = value.at("sent_back")};
  for (const auto& group : value.at("groups")) {
    StationGroup parsed{.stations = {}, .quorum = group.value("quorum", 0)};
    for (const auto& each : group.at("stations")) parsed.stations.push_back(station(each));
    one.groups.push_back(std::move(parsed));
  }
  return one;
}

State state(const std::string& id, const json& value) {
  static const std::map<std::string, StateKind> kinds = {{"draft", StateKind::kDraft}, {"waiting", StateKind::kWaiting}, {"running", StateKind::kRunning}, {"done", StateKind::kDone},
                                                         {"refused", StateKind::kRefused}, {"withdrawn", StateKind::kWithdrawn}, {"cancelled", StateKind::kCancelled}};
  State one{.id = id, .label = text(value.at("title")), .kind = kinds.at(value.at("kind")), .seen_by_subject = value.value("seen_by_subject", true), .line = std::nullopt};
  if (value.contains("line")) one.line = line(value["line"]);
  return one;
}

ActionDefinition action(const json& value) {
  ActionDefinition one;
  one.id = value.at("id");
  one.label = text(value.at("title"));
  one.opens_case = value.value("opens_case", false);
  one.from_any = value.contains("from") && value["from"].is_string();
  if (value.contains("from") && !one.from_any) one.from = value["from"].get<std::vector<std::string>>();
  one.to = value.value("to", "");
  one.form = value.value("form", "");
  one.who = whos(value, "who");
  if (value.contains("rules")) for (const auto& rule : value["rules"]) one.rules.push_back(rule_use(rule));
  if (value.contains("effects"))
    for (const auto& effect : value["effects"])
      one.effects.push_back({.fact = effect.value("fact", ""), .values = effect.value("values", json::object()), .when = effect.value("when", ""), .unless = effect.value("unless", ""),
                             .if_present = effect.value("if_present", false), .cancels = effect.contains("cancel"), .corrects = effect.value("correct", "")});
  if (value.contains("opens"))
    for (const auto& opens : value["opens"]) one.opens.push_back({opens.at("case"), opens.value("when", ""), opens.value("form", json::object())});
  one.reason_required = value.value("reason_required", false);
  one.bulk = value.value("bulk", "");
  one.future_dated = value.value("future_dated", false);
  if (value.contains("confirm")) one.confirm = text(value["confirm"]);
  if (value.contains("names_reader")) one.names_reader = value["names_reader"].get<std::set<std::string>>();
  return one;
}

Definition parse(const json& file) {
  Definition d;
  d.id = file.at("id");
  d.version = file.at("version");
  d.status = file["in_force"].value("status", "decided");
  d.from = parse_iso(file["in_force"].at("from").get<std::string>()).value_or(day(1, 1, 1));
  d.last_day = file["in_force"].contains("to") ? parse_iso(file["in_force"]["to"].get<std::string>()).value_or(kForever) : kForever;
  d.title = text(file.at("title"));
  if (file.contains("help")) d.help = text(file["help"]);
  d.source = file.at("source").get<std::vector<std::string>>();
  d.subject_kind = file["subject"].at("kind");
  d.open_at_once = file["subject"].value("open_at_once", "many");
  d.open_who = whos(file["opens"], "who");
  if (file["opens"].contains("by")) d.opened_by = file["opens"]["by"].get<std::vector<std::string>>();
  for (const auto& [id, value] : file.at("states").items()) d.states[id] = state(id, value);
  for (const auto& value : file.at("actions")) d.actions.push_back(action(value));
  for (const auto& [id, schema] : file.at("forms").items()) d.forms[id] = Form(schema);
  if (file.contains("deadlines"))
    for (const auto& value : file["deadlines"])
      d.deadlines.push_back({value.at("state"), value.at("anchor"), value.at("offset"), value.value("roll", ""), value.value("pause", std::vector<std::string>{}), value.value("then", json::array())});
  const auto& secrecy = file.at("secrecy");
  d.secrecy = {secrecy.at("class"), secrecy.value("existence_secret", false), secrecy.value("secret_until", ""), whos(secrecy, "readers"), whos(secrecy, "never")};
  d.retention_class = file["retention"].at("class");
  d.retention_starts = file["retention"].at("starts");
  d.migrate = file.value("migrate", json());
  d.notices = file.value("notices", json());
  if (file.contains("effects_allowed")) d.effects_allowed = file["effects_allowed"].get<std::vector<std::string>>();
  d.resolved = file;
  return d;
}

// What the schema cannot say about one file.
class Checker {
 public:
  Checker(const Definition& d, const std::string& file, const std::set<std::string>& procedures, std::vector<Finding>& findings)
      : d_(d), file_(file), procedures_(procedures), findings_(findings) {}

  void check() {
    if (std::count_if(d_.actions.begin(), d_.actions.end(), [](const auto& a) { return a.opens_case; }) != 1)
      say("/actions", "案件を開く処理（opens_case）はちょうど一つです。", "Exactly one action opens the case (opens_case).");
    for (const auto& [id, state] : d_.states)
      if (state.line) check_line("/states/" + id + "/line", *state.line);
    std::set<std::string> ids;
    for (std::size_t i = 0; i < d_.actions.size(); ++i) check_action("/actions/" + std::to_string(i), d_.actions[i], ids);
    check_ways();
    check_whos("/opens/who", d_.open_who);
    check_whos("/secrecy/readers", d_.secrecy.readers);
    check_whos("/secrecy/never", d_.secrecy.never);
    if (!d_.secrecy.secret_until.empty()) known_state("/secrecy/secret_until", d_.secrecy.secret_until);
    for (std::size_t i = 0; i < d_.opened_by.size(); ++i) known_procedure("/opens/by/" + std::to_string(i), d_.opened_by[i]);
    for (std::size_t i = 0; i < d_.deadlines.size(); ++i) {
      const std::string at = "/deadlines/" + std::to_string(i);
      known_state(at + "/state", d_.deadlines[i].state);
      if (d_.deadlines[i].anchor != "entered" && !field_exists(d_.deadlines[i].anchor)) say(at + "/anchor", "期限の起点となる項目がどの様式にもありません。", "No form has the field from which the deadline counts.");
    }
    if (d_.migrate.is_object())
      for (const auto& [version, map] : d_.migrate.items())
        if (map.is_object() && map.contains("states"))
          for (const auto& [from, to] : map["states"].items())
            if (!to.is_string() || !d_.states.contains(to.get<std::string>())) say("/migrate/" + version + "/states/" + from, "移す先の状態がありません。", "The state to move to does not exist.");
  }

 private:
  void say(std::string pointer, std::string ja, std::string en) { findings_.push_back({file_, std::move(pointer), {std::move(ja), std::move(en)}}); }
  void known_state(const std::string& at, const std::string& id) {
    if (!d_.states.contains(id)) say(at, "状態「" + id + "」がありません。", "There is no state '" + id + "'.");
  }
  void known_procedure(const std::string& at, const std::string& id) {
    if (!procedures_.contains(id)) say(at, "手続「" + id + "」がありません。", "There is no procedure '" + id + "'.");
  }
  bool field_exists(const std::string& pointer) const {
    for (const auto& [id, form] : d_.forms)
      if (pointer.size() > 1 && form.schema().contains("properties") && form.schema()["properties"].contains(pointer.substr(1))) return true;
    return false;
  }
  void known_field(const std::string& at, const std::string& pointer) {
    if (!pointer.empty() && !field_exists(pointer)) say(at, "項目 " + pointer + " がどの様式にもありません。", "No form has the field " + pointer + ".");
  }
  bool sealed(const std::string& pointer) const {
    for (const auto& [id, form] : d_.forms)
      if (pointer.size() > 1 && form.schema().contains("properties") && form.schema()["properties"].contains(pointer.substr(1)) &&
          form.schema()["properties"][pointer.substr(1)].contains("x-seal"))
        return true;
    return false;
  }

  void check_whos(const std::string& at, const std::vector<Who>& list) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto& who = list[i];
      const std::string here = at + "/" + std::to_string(i);
      if (who.kind == Who::Kind::kRole && !kRoles.contains(who.value)) say(here + "/role", "役割「" + who.value + "」はありません。", "There is no role '" + who.value + "'.");
      if (who.kind == Who::Kind::kRelation && !kRelations.contains(who.value)) say(here + "/relation", "関係「" + who.value + "」はありません。", "There is no relation '" + who.value + "'.");
      if (who.value == "head-of-receiving-unit") {
        if (who.pointer.empty()) say(here, "受入れ先のポストの項目（pointer）が必要です。", "The relation needs the field of the receiving post (pointer).");
        known_field(here + "/pointer", who.pointer);
      }
    }
  }

  void check_rule(const std::string& at, const RuleUse& use) {
    if (!find_rule(use.rule)) say(at + "/rule", "規則「" + use.rule + "」はありません。", "There is no rule '" + use.rule + "'.");
    for (const auto& [name, value] : use.params.items())
      if (value.is_string() && value.get<std::string>().starts_with("/")) known_field(at + "/params/" + name, value);
  }

  void check_line(const std::string& at, const Line& line) {
    bool decides = false;
    std::set<std::string> ids;
    for (std::size_t g = 0; g < line.groups.size(); ++g) {
      const auto& group = line.groups[g];
      if (group.quorum > static_cast<int>(group.stations.size())) say(at + "/groups/" + std::to_string(g) + "/quorum", "定足数が席の数を超えています。", "The quorum is larger than the number of stations.");
      for (std::size_t s = 0; s < group.stations.size(); ++s) {
        const auto& station = group.stations[s];
        const std::string here = at + "/groups/" + std::to_string(g) + "/stations/" + std::to_string(s);
        if (!ids.insert(station.id).second) say(here + "/id", "席のIDが重なります。", "Two stations have the same id.");
        if (station.who.empty()) say(here + "/who", "席に着く人が決まっていません。", "Nobody can take this station.");
        decides = decides || station.kind == StationKind::kDecide;
        check_whos(here + "/who", station.who);
        if (station.limit) check_rule(here + "/limit", *station.limit);
      }
    }
    if (!decides) say(at, "決裁する席がありません。", "The line has no station that decides.");
    known_state(at + "/approved", line.approved);
    known_state(at + "/refused", line.refused);
    known_state(at + "/sent_back", line.sent_back);
  }

  void check_effect(const std::string& at, const Effect& effect) {
    if (effect.cancels || !effect.corrects.empty()) {
      if (!effect.corrects.empty() && !d_.action(effect.corrects)) say(at + "/correct", "訂正する処理がありません。", "There is no action whose facts this would correct.");
      return;
    }
    const auto types = all_fact_types();
    if (std::find(types.begin(), types.end(), "fact/" + effect.fact) == types.end()) say(at + "/fact", "事実「" + effect.fact + "」はありません。", "There is no kind of fact '" + effect.fact + "'.");
    else {
      // An empty fact names its members; a value for any other would be refused at every action.
      const auto unknown = fact_from_json(effect.fact, effect.values);
      if (!unknown)
        for (const auto& error : unknown.error())
          if (error.message.en == "There is no such member." || error.message.en == "This member is required.") say(at + "/values" + error.pointer, error.message.ja, error.message.en);
    }
    if (d_.effects_allowed && std::find(d_.effects_allowed->begin(), d_.effects_allowed->end(), effect.fact) == d_.effects_allowed->end())
      say(at + "/fact", "この手続が記録してよい事実ではありません。", "This procedure may not record this kind of fact (effects_allowed).");
    known_field(at + "/when", effect.when);
    known_field(at + "/unless", effect.unless);
    for (const auto& [name, value] : effect.values.items())
      if (value.contains("form")) {
        known_field(at + "/values/" + name, value["form"]);
        if (sealed(value["form"])) say(at + "/values/" + name, "封じた項目を台帳の事実に写すことはできません。", "A sealed field may not be copied into a fact of the register.");
      }
  }

  void check_action(const std::string& at, const ActionDefinition& action, std::set<std::string>& ids) {
    static const std::set<std::string> built_in = {"comment", "attach", "claim", "assign", "release", "approve", "refuse", "send-back", "pull-back", "seen", "review-after"};
    if (!ids.insert(action.id).second) say(at + "/id", "処理のIDが重なります。", "Two actions have the same id.");
    if (built_in.contains(action.id)) say(at + "/id", "この処理はどの手続にも備わっています。", "Every procedure has this action already.");
    if (!action.opens_case && !action.from_any && action.from.empty()) say(at + "/from", "どの状態から行えるかを書いてください。", "Say from which states this can be done.");
    if (!action.opens_case && action.who.empty()) say(at + "/who", "行える人がいません。", "Nobody can do this.");
    for (std::size_t i = 0; i < action.from.size(); ++i) {
      known_state(at + "/from/" + std::to_string(i), action.from[i]);
      if (d_.states.contains(action.from[i]) && d_.states.at(action.from[i]).final()) say(at + "/from/" + std::to_string(i), "終わった状態からは処理できません。", "A final state has no actions.");
    }
    if (!action.to.empty()) known_state(at + "/to", action.to);
    if (action.opens_case && action.to.empty()) say(at + "/to", "開いた案件の状態が必要です。", "The state of the opened case is missing.");
    if (!action.form.empty() && !d_.forms.contains(action.form)) say(at + "/form", "様式「" + action.form + "」がありません。", "There is no form '" + action.form + "'.");
    check_whos(at + "/who", action.who);
    const bool only_self = !action.who.empty() && std::all_of(action.who.begin(), action.who.end(), [&](const Who& who) { return std::find(d_.secrecy.never.begin(), d_.secrecy.never.end(), who) != d_.secrecy.never.end(); });
    if (only_self) say(at + "/who", "行える人がすべて除かれています。", "Everybody who could do this is excluded.");
    for (std::size_t i = 0; i < action.rules.size(); ++i) check_rule(at + "/rules/" + std::to_string(i), action.rules[i]);
    for (std::size_t i = 0; i < action.effects.size(); ++i) check_effect(at + "/effects/" + std::to_string(i), action.effects[i]);
    for (std::size_t i = 0; i < action.opens.size(); ++i) known_procedure(at + "/opens/" + std::to_string(i) + "/case", action.opens[i].procedure);
    for (const auto& pointer : action.names_reader) known_field(at + "/names_reader", pointer);
  }

  // Every state is reached, and each that is not final can be left.
  void check_ways() {
    std::map<std::string, std::set<std::string>> ways;
    std::set<std::string> reached;
    for (const auto& action : d_.actions) {
      if (action.opens_case) reached.insert(action.to);
      else if (action.from_any) {
        for (const auto& [id, state] : d_.states)
          if (!state.final() && !action.to.empty()) ways[id].insert(action.to);
      } else if (!action.to.empty())
        for (const auto& from : action.from) ways[from].insert(action.to);
    }
    for (const auto& [id, state] : d_.states)
      if (state.line) ways[id].insert({state.line->approved, state.line->refused, state.line->sent_back});
    for (std::size_t before = 0; before != reached.size();) {
      before = reached.size();
      for (const auto& id : std::set(reached)) reached.insert(ways[id].begin(), ways[id].end());
    }
    for (const auto& [id, state] : d_.states) {
      if (!reached.contains(id)) say("/states/" + id, "この状態に至る道がありません。", "No way leads to this state.");
      if (!state.final() && std::all_of(ways[id].begin(), ways[id].end(), [&, here = id](const std::string& to) { return to == here; })) say("/states/" + id, "この状態から先へ進めません。", "There is no way out of this state.");
    }
  }

  const Definition& d_;
  const std::string& file_;
  const std::set<std::string>& procedures_;
  std::vector<Finding>& findings_;
};

}  // namespace

const ActionDefinition* Definition::action(std::string_view id) const {
  const auto found = std::find_if(actions.begin(), actions.end(), [&](const auto& one) { return one.id == id; });
  return found == actions.end() ? nullptr : &*found;
}
const ActionDefinition* Definition::opening_action() const {
  const auto found = std::find_if(actions.begin(), actions.end(), [](const auto& one) { return one.opens_case; });
  return found == actions.end() ? nullptr : &*found;
}

Result<std::vector<std::shared_ptr<const Definition>>, std::vector<Finding>> load_definitions(const std::vector<NamedFile>& files) {
  static const Form format(procedure_schema());
  std::vector<Finding> findings;
  std::vector<std::pair<std::string, std::shared_ptr<const Definition>>> parsed;
  std::set<std::string> procedures;
  for (const auto& file : files) {
    json content;
    try {
      content = json::parse(file.content);
    } catch (const json::parse_error& error) {
      findings.push_back({file.name, "", {"JSONとして読めません（" + std::to_string(error.byte) + "バイト目）。", "Not JSON, at byte " + std::to_string(error.byte) + "."}});
      continue;
    }
    const auto faults = format.check(content);
    for (const auto& fault : faults) findings.push_back({file.name, fault.pointer, fault.message});
    if (content.is_object() && content.contains("id") && content["id"].is_string() && !procedures.insert(content["id"]).second)
      findings.push_back({file.name, "/id", {"同じIDの手続が二つあります。", "Two procedures have this id."}});
    if (!faults.empty()) continue;
    const std::size_t before = findings.size();
    for (const auto& [id, form] : content["forms"].items()) {
      check_form_words(file.name, "/forms/" + id, form, findings);
      if (findings.size() == before && !Form::compiles(form))
        findings.push_back({file.name, "/forms/" + id, {"様式がJSON Schemaとして正しくありません。", "The form is not a valid JSON Schema."}});
    }
    if (findings.size() == before) parsed.emplace_back(file.name, std::make_shared<const Definition>(parse(content)));
  }
  for (const auto& [name, definition] : parsed) Checker(*definition, name, procedures, findings).check();
  if (!findings.empty()) return findings;
  std::vector<std::shared_ptr<const Definition>> loaded;
  for (auto& [name, definition] : parsed) loaded.push_back(std::move(definition));
  return loaded;
}

void throw_exception_from_error(const std::vector<Finding>& findings, const boost::source_location&) {
  throw std::runtime_error("unchecked findings, first: " + (findings.empty() ? std::string("?") : findings.front().file + findings.front().pointer + " " + findings.front().reason.en));
}

}  // namespace rireki
