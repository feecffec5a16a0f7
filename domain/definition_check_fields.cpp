#include <algorithm>

#include "domain/decide_built_in.h"
#include "domain/definition_check.h"
#include "domain/fields.h"
#include "domain/rules.h"

namespace rireki {
namespace {

using nlohmann::json;

// The members of a kind of fact, from the same list that its JSON and its bytes come from.
struct FactMembers {
  std::set<std::string> all, required;
  template <class T> void operator()(const char* name, T&, Seal = Seal::kClear) {
    all.insert(name);
    required.insert(name);
  }
  template <class T> void optional(const char* name, T&, Seal = Seal::kClear) { all.insert(name); }
};
template <std::size_t I = 0>
std::optional<FactMembers> members_of(const std::string& kind) {
  if constexpr (I == std::variant_size_v<Fact>) {
    return std::nullopt;
  } else {
    std::variant_alternative_t<I, Fact> fact{};
    if (fact_type(Fact(fact)) != "fact/" + kind) return members_of<I + 1>(kind);
    FactMembers members;
    describe(members, fact);
    return members;
  }
}

using Fields = std::set<std::string>;

// After a form was sent: its required fields are there; its others may have been left out, whatever stood in them before.
Fields after(Fields fields, const Form* form) {
  if (!form) return fields;
  if (const auto properties = form->schema().find("properties"); properties != form->schema().end())
    for (const auto& [name, field] : properties->items()) {
      if (form->required(name)) fields.insert(name);
      else fields.erase(name);
    }
  return fields;
}

class FieldCheck {
 public:
  FieldCheck(const Definition& d, const std::string& file, const DefinitionsById& all, std::vector<Finding>& findings) : d_(d), file_(file), all_(all), findings_(findings) {}

  void check() {
    find_present();
    for (const auto& [id, state] : d_.states)
      if (state.line) check_line("/states/" + id + "/line", *state.line);
    for (std::size_t i = 0; i < d_.actions.size(); ++i) check_action("/actions/" + std::to_string(i), d_.actions[i]);
    check_whos("/opens/who", d_.open_who);
    check_whos("/secrecy/readers", d_.secrecy.readers);
    check_whos("/secrecy/told", d_.secrecy.told);
    for (std::size_t i = 0; i < d_.secrecy.watch.people.size(); ++i)
      for (const auto& one : d_.secrecy.watch.people[i])
        if (one != "author") known("/secrecy/watch/people/" + std::to_string(i), one);
    check_field_readers();
    if (d_.effects_allowed)
      for (std::size_t i = 0; i < d_.effects_allowed->size(); ++i)
        if (!members_of((*d_.effects_allowed)[i])) say("/effects_allowed/" + std::to_string(i), "事実「" + (*d_.effects_allowed)[i] + "」はありません。", "There is no kind of fact '" + (*d_.effects_allowed)[i] + "'.");
    for (std::size_t i = 0; i < d_.deadlines.size(); ++i) check_anchor("/deadlines/" + std::to_string(i) + "/anchor", d_.deadlines[i]);
  }

 private:
  void say(std::string pointer, std::string ja, std::string en) { findings_.push_back({file_, std::move(pointer), {std::move(ja), std::move(en)}}); }

  const Form* form_of(const ActionDefinition& action) const {
    const auto found = d_.forms.find(action.form);
    return found == d_.forms.end() ? nullptr : &found->second;
  }
  bool exists(const std::string& pointer) const {
    for (const auto& [id, form] : d_.resolved["forms"].items())
      if (pointer.size() > 1 && form.is_object() && form.contains("properties") && form["properties"].is_object() && form["properties"].contains(pointer.substr(1))) return true;
    return false;
  }
  bool sealed(const std::string& pointer) const {
    return pointer.size() > 1 && std::any_of(d_.forms.begin(), d_.forms.end(), [&](const auto& one) { return one.second.sealed(std::string_view(pointer).substr(1)); });
  }
  bool known(const std::string& at, const std::string& pointer) {
    if (pointer.starts_with("/") && exists(pointer)) return true;
    say(at, "項目 " + pointer + " がどの様式にもありません。", "No form has the field " + pointer + ".");
    return false;
  }
  void known_and_open(const std::string& at, const std::string& pointer) {
    if (known(at, pointer) && sealed(pointer)) say(at, "封じた項目をここで使うことはできません。", "A sealed field cannot be used here.");
  }
  void check_whos(const std::string& at, const std::vector<Who>& list) {
    for (std::size_t i = 0; i < list.size(); ++i)
      if (!list[i].pointer.empty()) known_and_open(at + "/" + std::to_string(i) + "/pointer", list[i].pointer);
  }

  // A field is the same value in whichever form it was sent: were it kept from somebody in one form only, it would not be kept at all.
  void check_field_readers() {
    for (const auto& [id, form] : d_.forms) {
      const json fields = form.schema().value("properties", json::object());
      for (const auto& [name, field] : fields.items()) {
        const auto readers = d_.field_readers.find(name);
        if (readers == d_.field_readers.end()) continue;
        const std::string at = "/forms/" + pointer_step(id) + "/properties/" + pointer_step(name) + "/x-readers";
        const json here = field.value("x-readers", json());
        for (const auto& [other_id, other] : d_.forms)
          if (other.has(name) && other.schema()["properties"][name].value("x-readers", json()) != here)
            say(at, "同じ項目を別の様式でも同じ人に限ってください: " + other_id, "The same field in another form is kept for others: " + other_id);
        if (readers->second.empty()) say(at, "読める人を一人以上挙げてください。", "Name at least one who may read it.");
      }
    }
  }

  // --- Which fields are there for certain in each state: those that every way to it fills. ---

  void arrive(const std::string& state, Fields fields, bool& more) {
    if (!d_.states.contains(state)) return;
    const auto [place, first] = present_.try_emplace(state, fields);
    if (first) {
      more = true;
      return;
    }
    Fields both;
    std::set_intersection(place->second.begin(), place->second.end(), fields.begin(), fields.end(), std::inserter(both, both.end()));
    more = more || both.size() != place->second.size();
    place->second = std::move(both);
  }
  void find_present() {
    for (bool more = true; more;) {
      more = false;
      for (const auto& action : d_.actions) {
        if (action.opens_case) arrive(action.to, after({}, form_of(action)), more);
        for (const auto& [id, state] : d_.states)
          if (const auto here = present_.find(id); here != present_.end() && possible_from(action, state)) arrive(action.to.empty() ? id : action.to, after(here->second, form_of(action)), more);
      }
      for (const auto& [id, state] : d_.states)
        if (const auto here = present_.find(id); state.line && here != present_.end())
          for (const auto& to : {state.line->approved, state.line->refused, state.line->sent_back}) arrive(to, Fields(here->second), more);
    }
  }
  // While the action is decided: its form has been sent.
  Fields at_action(const ActionDefinition& action) const {
    if (action.opens_case) return after({}, form_of(action));
    std::optional<Fields> fields;
    for (const auto& [id, state] : d_.states) {
      const auto here = present_.find(id);
      if (here == present_.end() || !possible_from(action, state)) continue;
      const Fields these = after(here->second, form_of(action));
      if (!fields) {
        fields = these;
        continue;
      }
      Fields both;
      std::set_intersection(fields->begin(), fields->end(), these.begin(), these.end(), std::inserter(both, both.end()));
      fields = std::move(both);
    }
    return fields.value_or(Fields{});
  }

  void check_anchor(const std::string& at, const Deadline& deadline) {
    if (deadline.anchor == "entered" || !known(at, deadline.anchor)) return;
    if (sealed(deadline.anchor)) say(at, "封じた項目をここで使うことはできません。", "A sealed field cannot be used here.");
    const auto here = present_.find(deadline.state);
    if (here != present_.end() && !here->second.contains(deadline.anchor.substr(1)))
      say(at, "この状態で期限の起点が入力されていないことがあります。", "In this state the field from which the deadline counts may be missing.");
  }

  // --- Rules ---

  void check_rule(const std::string& at, const RuleUse& use) {
    const Rule* rule = find_rule(use.rule);
    if (!rule) return say(at + "/rule", "規則「" + use.rule + "」はありません。", "There is no rule '" + use.rule + "'.");
    for (const auto& param : rule->params)
      if (param.required && !use.params.contains(param.name)) say(at + "/params", "規則の引数「" + std::string(param.name) + "」がありません。", "The rule's parameter '" + std::string(param.name) + "' is missing.");
    for (const auto& [name, value] : use.params.items()) {
      const auto param = std::find_if(rule->params.begin(), rule->params.end(), [&, wanted = name](const RuleParam& one) { return wanted == one.name; });
      if (param == rule->params.end()) say(at + "/params/" + pointer_step(name), "この規則に引数「" + name + "」はありません。", "The rule has no parameter '" + name + "'.");
      else check_param(at + "/params/" + name, *param, value);
    }
  }
  void check_param(const std::string& at, const RuleParam& param, const json& value) {
    if (param.kind == RuleParamKind::kFields && value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i) known_and_open(at + "/" + std::to_string(i), value[i].is_string() ? value[i].get<std::string>() : std::string());
      return;
    }
    const std::string text = value.is_string() ? value.get<std::string>() : std::string();
    if (param.kind == RuleParamKind::kField || param.kind == RuleParamKind::kFields) known_and_open(at, text);
    else if (param.kind == RuleParamKind::kState && !d_.states.contains(text)) say(at, "状態「" + text + "」がありません。", "There is no state '" + text + "'.");
    else if (param.kind == RuleParamKind::kGrade && !parse_enum<Grade>(text)) say(at, "職層「" + text + "」はありません。", "There is no grade '" + text + "'.");
    else if (text.empty()) say(at, "方針の名前が必要です。", "The name of a policy is needed.");
  }

  void check_line(const std::string& at, const Line& line) {
    for (std::size_t g = 0; g < line.groups.size(); ++g)
      for (std::size_t s = 0; s < line.groups[g].stations.size(); ++s) {
        const std::string here = at + "/groups/" + std::to_string(g) + "/stations/" + std::to_string(s);
        check_whos(here + "/who", line.groups[g].stations[s].who);
        if (line.groups[g].stations[s].limit) check_rule(here + "/limit", *line.groups[g].stations[s].limit);
      }
  }

  // --- Actions ---

  void check_action(const std::string& at, const ActionDefinition& action) {
    check_whos(at + "/who", action.who);
    for (std::size_t i = 0; i < action.rules.size(); ++i) check_rule(at + "/rules/" + std::to_string(i), action.rules[i]);
    const Fields present = at_action(action);
    for (std::size_t i = 0; i < action.effects.size(); ++i) check_effect(at + "/effects/" + std::to_string(i), action.effects[i], present);
    for (std::size_t i = 0; i < action.opens.size(); ++i) check_opens(at + "/opens/" + std::to_string(i), action.opens[i], present);
    for (std::size_t i = 0; i < action.acts.size(); ++i) check_acts(at + "/acts/" + std::to_string(i), action.acts[i], present);
    for (const auto& pointer : action.names_reader) known_and_open(at + "/names_reader", pointer);
  }

  // `needed`: without this value the action would always be refused.
  void check_source(const std::string& at, const json& source, bool needed, bool may_be_sealed, const Fields& present) {
    for (const char* name : {"form", "before", "on"}) {
      if (!source.contains(name) || !source[name].is_string()) continue;
      const std::string pointer = source[name];
      if (!known(at, pointer)) continue;
      if (!may_be_sealed && sealed(pointer)) say(at, "封じた項目を台帳の事実や開いた案件に写すことはできません。", "A sealed field may not be copied into a fact or into another case in the open.");
      if (needed && !present.contains(pointer.substr(1))) say(at, "項目 " + pointer + " が入力されていないことがあります。", "The field " + pointer + " may be missing here.");
    }
    if (source.contains("json"))
      for (const auto& pointer : source["json"])
        if (pointer.is_string() && known(at, pointer) && sealed(pointer)) say(at, "封じた項目を台帳の事実や開いた案件に写すことはできません。", "A sealed field may not be copied into a fact or into another case in the open.");
    if (source.value("register", "") == "main-post-of-subject" && source.contains("before") == source.contains("on"))
      say(at, "どの日の前か（before）、どの日か（on）のどちらか一つを項目で示してください。", "Name the field that says before which day (before) or on which day (on), one of them.");
  }

  void check_effect(const std::string& at, const Effect& effect, const Fields& present) {
    if (effect.cancels) return;
    if (!effect.ends_on.empty()) {
      known_and_open(at + "/on", effect.ends_on);
      if (!present.contains(effect.ends_on.substr(1))) say(at + "/on", "項目 " + effect.ends_on + " が入力されていないことがあります。", "The field " + effect.ends_on + " may be missing here.");
      return;
    }
    if (!effect.corrects.empty()) {
      const auto* corrected = d_.action(effect.corrects);
      if (!corrected || corrected->effects.empty()) say(at + "/correct", "訂正する処理がありません。", "There is no action whose facts this would correct.");
      return;
    }
    for (const auto& [name, pointers] : {std::pair{"when", &effect.when}, {"unless", &effect.unless}})
      for (const auto& pointer : *pointers) known_and_open(at + "/" + name, pointer);
    const auto members = members_of(effect.fact);
    if (!members) return say(at + "/fact", "事実「" + effect.fact + "」はありません。", "There is no kind of fact '" + effect.fact + "'.");
    if (d_.effects_allowed && std::find(d_.effects_allowed->begin(), d_.effects_allowed->end(), effect.fact) == d_.effects_allowed->end())
      say(at + "/fact", "この手続が記録してよい事実ではありません。", "This procedure may not record this kind of fact (effects_allowed).");
    Fields given = present;
    for (const auto& pointer : effect.when) given.insert(pointer.substr(std::min<std::size_t>(1, pointer.size())));
    json constants = json::object();
    for (const auto& name : members->required)
      if (!effect.values.contains(name)) say(at + "/values/" + name, "事実のこの項目は必須です。", "The fact requires this member.");
    for (const auto& [name, source] : effect.values.items()) {
      const std::string here = at + "/values/" + pointer_step(name);
      if (!members->all.contains(name)) say(here, "事実にこの項目はありません。", "The fact has no such member.");
      if (!source.is_object()) continue;
      check_source(here, source, members->required.contains(name), false, given);
      if (source.contains("const")) constants[name] = source["const"];
    }
    if (const auto fact = fact_from_json(effect.fact, constants); !fact)
      for (const auto& error : fact.error())
        if (constants.contains(error.pointer.substr(std::min<std::size_t>(1, error.pointer.size())))) say(at + "/values" + error.pointer, error.message.ja, error.message.en);
  }

  void check_opens(const std::string& at, const Opens& opens, const Fields& present) {
    for (const auto& pointer : opens.when) known_and_open(at + "/when", pointer);
    for (const auto& pointer : opens.unless) known_and_open(at + "/unless", pointer);
    if (!opens.for_each.empty()) known_and_open(at + "/for_each", opens.for_each);
    const auto check_item = [&](const std::string& where, const json& source) {
      if (source.contains("item") && opens.for_each.empty()) say(where, "item は for_each と共に使います。", "item stands only beside for_each.");
    };
    if (!opens.subject_kind.empty()) {
      check_source(at + "/subject/id", opens.subject_id, true, false, present);
      check_item(at + "/subject/id", opens.subject_id);
    }
    for (const auto& [name, source] : opens.form.items()) check_item(at + "/form/" + pointer_step(name), source);
    const auto found = all_.find(opens.procedure);
    if (found == all_.end()) return;
    for (const auto* other : found->second) {
      if (const auto* opening = other->opening_action()) check_handed_over(at, opens.form, *other, *opening, present);
    }
  }

  void check_acts(const std::string& at, const Acts& acts, const Fields& present) {
    if (acts.target == "opened-with-leave") known_and_open(at + "/on", "/leave");
    const auto found = all_.find(acts.procedure);
    if (found == all_.end()) return;
    for (const auto* other : found->second)
      if (const auto* action = other->action(acts.action)) check_handed_over(at, acts.form, *other, *action, present);
  }

  // The form of another procedure's action, filled from here.
  void check_handed_over(const std::string& at, const json& given, const Definition& other, const ActionDefinition& action, const Fields& present) {
    const auto form = other.forms.find(action.form);
    for (const auto& [name, source] : given.items()) {
      const bool has = form != other.forms.end() && form->second.has(name);
      if (!has) say(at + "/form/" + pointer_step(name), "相手の手続の様式にこの項目はありません。", "That procedure's form has no such field.");
      check_source(at + "/form/" + pointer_step(name), source, has && form->second.required(name), has && form->second.sealed(name), present);
    }
    if (form == other.forms.end()) return;
    for (const auto& name : form->second.schema().value("required", json::array()))
      if (!given.contains(name.get<std::string>())) say(at + "/form/" + pointer_step(name.get<std::string>()), "相手の手続の様式はこの項目を必須としています。", "That procedure's form requires this field.");
  }

  const Definition& d_;
  const std::string& file_;
  const DefinitionsById& all_;
  std::vector<Finding>& findings_;
  std::map<std::string, Fields> present_;
};

}  // namespace

void check_fields(const Definition& definition, const std::string& file, const DefinitionsById& all, std::vector<Finding>& findings) {
  FieldCheck(definition, file, all, findings).check();
}

}  // namespace rireki
