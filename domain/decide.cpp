#include "domain/decide.h"

#include <algorithm>
#include <stdexcept>

#include "domain/access.h"
#include "domain/decide_built_in.h"
#include "domain/decide_effects.h"
#include "domain/rules.h"

namespace rireki {
namespace {

using nlohmann::json;

constexpr std::size_t kReasonBytesMax = 20'000;

Refusal refuse(const char* rule, std::string source, std::string ja, std::string en, std::vector<std::pair<std::string, std::string>> facts = {}) {
  return {.rule = rule, .source = std::move(source), .message = {std::move(ja), std::move(en)}, .facts = std::move(facts), .fields = {}};
}

std::optional<Refusal> already_open(const DecisionContext& context, const Definition& definition, const ActionRequest& request) {
  if (definition.open_at_once == "many") return std::nullopt;
  for (const auto& open : open_cases(context, definition.id, request.subject)) {
    if (definition.open_at_once == "one-per-fiscal-year" && fiscal_year(local_day(open.opened_at)) != fiscal_year(context.today())) continue;
    if (definition.open_at_once == "one-per-effective-date" && form_value(open.form, "/effective") != form_value(request.form, "/effective")) continue;
    return refuse("already-open", definition.source.front(), "同じ対象の案件がすでに開いています。", "A case about the same subject is already open.", {{"case", to_text(open.id)}});
  }
  return std::nullopt;
}

std::optional<Refusal> subject_known(const DecisionContext& context, const Definition& definition, const Subject& subject) {
  const auto unknown = [&] { return refuse("known-subject", definition.source.front(), "対象が台帳にありません。", "The register does not know this subject.", {{"subject", subject.id}}); };
  if (subject.kind != definition.subject_kind) return refuse("subject-kind", definition.source.front(), "この手続の対象ではありません。", "This procedure is not about that kind of subject.", {{"kind", definition.subject_kind}});
  if (subject.kind == "person") {
    const auto id = parse<PersonId>(subject.id);
    if (!id || !context.reg.person(*id, {context.today()})) return unknown();
  } else if (subject.kind == "post") {
    const auto id = parse<PostId>(subject.id);
    if (!id || !context.reg.post_ever(*id)) return unknown();
  } else if (subject.kind == "unit") {
    const auto id = parse<UnitId>(subject.id);
    if (!id || !context.reg.unit_ever(*id)) return unknown();
  }
  return std::nullopt;
}

// The open cases of a procedure that stand in this relation to the case (Acts::target).
std::vector<Case> related_cases(const DecisionContext& context, const Case& state, const std::string& procedure, const std::string& relation) {
  std::vector<Case> found;
  const auto add = [&](const std::vector<Case>& cases, const auto& wanted) {
    for (const auto& one : cases)
      if (one.procedure == procedure && one.id != state.id && wanted(one) && std::none_of(found.begin(), found.end(), [&](const Case& other) { return other.id == one.id; })) found.push_back(one);
  };
  const auto any = [](const Case&) { return true; };
  if (relation == "about-subject") {
    add(open_cases(context, procedure, state.subject), any);
  } else if (relation == "opened-here") {
    add(context.opened_from(state.id), any);
  } else if (relation == "opened-with-leave") {
    const auto named = form_value(state.form, "/leave");
    const auto id = named.is_string() ? parse<LeaveId>(named.get_ref<const std::string&>()) : std::nullopt;
    if (const auto leave = id ? context.reg.find_leave(*id) : std::nullopt; leave && leave->case_id) add(context.opened_from(leave->case_id), any);
  } else if (relation == "covers-of-leave") {
    const auto leave = value_of(context, state, {{"register", "leave-of-case"}});
    if (leave.is_string())
      for (const auto* entry : context.reg.visible("leave:" + leave.get<std::string>()))
        if (const auto* posted = std::get_if<Posted>(&entry->fact))
          add(open_cases(context, procedure, {"person", to_text(posted->person)}), [&](const Case& one) { return one.id == entry->case_id; });
  }
  return found;
}

// What one action gathers on its way to a decision: the case as it will be, facts, cases it opens.
class Deciding {
 public:
  Deciding(const DecisionContext& context, const Definition& definition, Case state, const Actor& actor, const ActionRequest& request)
      : context_(context), definition_(definition), state_(std::move(state)), actor_(actor), request_(request) {}

  Result<Decision, Refusal> open(const ActionDefinition& action) {
    if (auto refusal = prepare(action)) return std::move(*refusal);
    state_.state = action.to;
    CaseOpened event{.case_id = state_.id, .procedure = definition_.id, .version = definition_.version, .subject = state_.subject, .action = action.id, .state = action.to,
                     .form = request_.form, .by = actor_.person, .opened_from = state_.opened_from, .checks = std::move(checks_), .named = named(action)};
    return finish(action, std::move(event));
  }

  Result<Decision, Refusal> act(const ActionDefinition& action) {
    if (auto refusal = prepare(action)) return std::move(*refusal);
    std::string from = state_.state;
    if (!action.to.empty()) state_.state = action.to;
    CaseActed event{.case_id = state_.id, .action = action.id, .from = std::move(from), .to = action.to, .form = std::move(sent_), .reason = request_.reason, .by = actor_.person,
                    .checks = std::move(checks_), .named = named(action)};
    return finish(action, std::move(event));
  }

 private:
  // Form, reason, rules: what may refuse. Afterwards the case's form holds what was sent.
  std::optional<Refusal> prepare(const ActionDefinition& action) {
    if (auto refusal = check_form(action)) return refusal;
    if (action.reason_required && request_.reason.empty() && !by_other_case_)
      return refuse("reason-required", definition_.source.front(), "理由を書いてください。", "Give a reason.", {{"action", action.id}});
    if (request_.reason.size() > kReasonBytesMax)
      return refuse("form", definition_.source.front(), "理由は20,000バイトまでです。", "A reason has 20,000 bytes at most.");
    for (const auto& use : action.rules)
      if (auto refusal = ask(use)) return refusal;
    return std::nullopt;
  }

  std::optional<Refusal> check_form(const ActionDefinition& action) {
    static const Form none;
    const auto found = definition_.forms.find(action.form);
    const Form& form = found == definition_.forms.end() ? none : found->second;
    if (auto errors = form.check(request_.form); !errors.empty()) {
      auto refusal = refuse("form", definition_.source.front(), "入力に誤りがあります。示した項目を直してください。", "The input has errors. Mend the fields shown.");
      refusal.fields = std::move(errors);
      return refusal;
    }
    sent_ = request_.form;
    for (const auto& [name, value] : sent_.items()) state_.form[name] = value;
    // A form is sent whole: what stood in it before and is left out now is gone, and the event says so.
    if (const auto fields = form.schema().find("properties"); fields != form.schema().end())
      for (const auto& [name, field] : fields->items())
        if (!request_.form.contains(name) && state_.form.erase(name) > 0) sent_[name] = nullptr;
    return std::nullopt;
  }

  std::optional<Refusal> ask(const RuleUse& use) {
    const Rule& rule = *find_rule(use.rule);
    auto verdict = rule.ask({context_, definition_, state_, use.params, request_.reason, subject_person(state_).value_or(PersonId{}), actor_.person});
    if (!verdict.passed && !(use.warn && !request_.reason.empty())) {
      auto refusal = refuse(rule.name, rule.source, verdict.message.ja, verdict.message.en, std::move(verdict.facts));
      if (use.warn) {
        refusal.message.ja += "理由を添えれば進められます。";
        refusal.message.en += " With a reason it can go ahead.";
      }
      return refusal;
    }
    checks_.push_back({rule.name, rule.version, verdict.passed, std::move(verdict.facts)});
    return std::nullopt;
  }

  std::vector<PersonId> named(const ActionDefinition& action) const {
    std::vector<PersonId> persons;
    for (const auto& pointer : action.names_reader) {
      const auto value = form_value(request_.form, pointer);
      for (const auto& one : value.is_array() ? value : json::array({value}))
        if (one.is_string())
          if (const auto id = parse<PersonId>(one.get_ref<const std::string&>())) persons.push_back(*id);
    }
    return persons;
  }

  template <class Event>
  Result<Decision, Refusal> finish(const ActionDefinition& action, Event event) {
    for (const auto person : event.named)
      if (!context_.reg.person(person, {context_.today()})) return refuse("known-person", "register", "台帳にない職員です。", "The register does not know this person.", {{"person", to_text(person)}});
    Decision decision{.events = {}, .case_id = state_.id, .state = state_.state};
    auto tags = tags_of_case(state_);
    if constexpr (std::is_same_v<Event, CaseOpened>)
      if (event.opened_from) tags.push_back("opened-from:" + to_text(event.opened_from));
    decision.events.push_back({Body(std::move(event)), std::move(tags)});
    if (auto refusal = act_on_others(action, true, decision)) return std::move(*refusal);
    if (auto refusal = record_effects(context_, definition_, state_, action, request_.reason, decision)) return std::move(*refusal);
    if (auto refusal = act_on_others(action, false, decision)) return std::move(*refusal);
    if (auto refusal = open_others(action, decision)) return std::move(*refusal);
    return decision;
  }

  std::optional<Refusal> open_others(const ActionDefinition& action, Decision& decision) {
    for (const auto& opens : action.opens) {
      if (!applies(state_.form, opens.when, opens.unless)) continue;
      const json items = opens.for_each.empty() ? json::array({json()}) : form_value(state_.form, opens.for_each);
      for (const auto& item : items)
        if (auto refusal = open_other(opens, item, decision)) return refusal;
    }
    return std::nullopt;
  }

  std::optional<Refusal> open_other(const Opens& opens, const json& item, Decision& decision) {
    const auto other = context_.procedures(opens.procedure, 0);
    if (!other) return refuse("not-in-force", definition_.source.front(), "続けて開く手続が施行されていません: " + opens.procedure, "The procedure to open is not in force: " + opens.procedure, {{"procedure", opens.procedure}});
    const auto value = [&](const json& source) { return source.contains("item") ? item : value_of(context_, state_, source); };
    ActionRequest request{.procedure = opens.procedure, .subject = state_.subject, .action = {}};
    if (!opens.subject_kind.empty()) {
      const json id = value(opens.subject_id);
      if (id.is_null() && opens.if_present) return std::nullopt;
      request.subject = {opens.subject_kind, id.is_string() ? id.get<std::string>() : std::string()};
      if (auto refusal = subject_known(context_, *other, request.subject)) return refusal;
    }
    for (const auto& [name, source] : opens.form.items())
      if (json given = value(source); !given.is_null()) request.form[name] = std::move(given);
    if (!opens.ends_earlier.empty()) {
      if (auto refusal = end_earlier(opens, request.subject, decision)) return refusal;
    } else if (auto refusal = already_open(context_, *other, request)) {
      return refusal;
    }
    Case opened;
    opened.id = context_.ids.make<CaseId>();
    opened.procedure = other->id;
    opened.version = other->version;
    opened.subject = request.subject;
    opened.author = actor_.person;
    opened.opened_from = state_.id;
    auto decided = Deciding(context_, *other, std::move(opened), actor_, request).open(*other->opening_action());
    if (!decided) {
      Refusal refusal = decided.error();
      if (!item.is_null()) refusal.facts.emplace_back("item", item.is_string() ? item.get<std::string>() : item.dump());  // which of the list
      return refusal;
    }
    decision.events.insert(decision.events.end(), std::make_move_iterator(decided->events.begin()), std::make_move_iterator(decided->events.end()));
    return std::nullopt;
  }

  std::optional<Refusal> end_earlier(const Opens& opens, const Subject& subject, Decision& decision) {
    for (const auto& earlier : open_cases(context_, opens.procedure, subject))
      if (auto refusal = act_on(earlier, opens.ends_earlier, json::object(), decision)) return refusal;
    return std::nullopt;
  }

  // Passed over where its version has no such action, or not in its present state.
  std::optional<Refusal> act_on(const Case& other, const std::string& name, json form, Decision& decision) {
    const auto definition = context_.procedures(other.procedure, other.version);
    const auto* action = definition ? definition->action(name) : nullptr;
    if (!action || !possible_from(*action, definition->states.at(other.state))) return std::nullopt;
    const ActionRequest request{.procedure = {}, .subject = {}, .action = name, .form = std::move(form)};
    Deciding deciding(context_, *definition, other, actor_, request);
    deciding.by_other_case_ = true;
    auto decided = deciding.act(*action);
    if (!decided) return std::move(decided.error());
    decision.events.insert(decision.events.end(), std::make_move_iterator(decided->events.begin()), std::make_move_iterator(decided->events.end()));
    return std::nullopt;
  }

  std::optional<Refusal> act_on_others(const ActionDefinition& action, bool first, Decision& decision) {
    for (const auto& acts : action.acts) {
      if (acts.first != first) continue;
      json form = json::object();
      for (const auto& [name, source] : acts.form.items())
        if (json given = value_of(context_, state_, source); !given.is_null()) form[name] = std::move(given);
      for (const auto& other : related_cases(context_, state_, acts.procedure, acts.target)) {
        const std::size_t overlaid = context_.reg.overlaid();
        const Joint gathered = context_.joint ? *context_.joint : Joint{};
        auto refusal = act_on(other, acts.action, form, decision);
        if (refusal && !acts.if_possible) return refusal;
        if (!refusal) continue;
        context_.reg.undo_overlays(overlaid);
        if (context_.joint) *context_.joint = gathered;
      }
    }
    return std::nullopt;
  }

  const DecisionContext& context_;
  const Definition& definition_;
  Case state_;
  const Actor& actor_;
  const ActionRequest& request_;
  bool by_other_case_ = false;
  json sent_;
  std::vector<RuleCheck> checks_;
};

// The person concerned acts only where the procedure says so; whoever else is not one of `whos` has no standing.
Refusal no_standing(const DecisionContext& context, const Definition& definition, const Case& state, const std::vector<Who>& whos, const Actor& actor, const std::string& action) {
  if (actor.person && subject_person(state) == actor.person && any_of(context, state, whos, actor))
    return refuse("nobody-approves-their-own", "catalogue R-164", "自分に関する案件は自分では進められません。", "Nobody moves a case about themselves here.", {{"action", action}});
  return refuse("not-entitled", definition.source.front(), "この処理を行う立場にありません。", "You are not one of those who do this.", {{"action", action}});
}

}  // namespace

void throw_exception_from_error(const Refusal& refusal, const boost::source_location&) { throw std::runtime_error("unchecked refusal: " + refusal.rule + " " + refusal.message.en); }

std::vector<Case> open_cases(const DecisionContext& context, const std::string& procedure, const Subject& subject) {
  auto cases = context.cases_about(procedure, subject);
  std::erase_if(cases, [&](const Case& one) {
    const auto definition = context.procedures(one.procedure, one.version);
    return !definition || definition->states.at(one.state).final();
  });
  return cases;
}

Result<Decision, Refusal> open_case(const DecisionContext& context, const Actor& actor, const ActionRequest& request) {
  const auto definition = context.procedures(request.procedure, 0);
  if (!definition) return refuse("unknown-procedure", "catalogue", "この手続は今日施行されていません。", "This procedure is not in force today.", {{"procedure", request.procedure}});
  const ActionDefinition& opening = *definition->opening_action();
  Case state;
  state.id = context.ids.make<CaseId>();
  state.procedure = definition->id;
  state.version = definition->version;
  state.subject = request.subject;
  state.author = state.drafter = actor.person;
  // Who is not entitled learns nothing of the subject, not even whether it exists.
  for (const auto* whos : {&definition->open_who, &opening.who})
    if (!entitled(context, *definition, state, *whos, actor)) return no_standing(context, *definition, state, *whos, actor, opening.id);
  if (auto unknown = subject_known(context, *definition, request.subject)) return std::move(*unknown);
  if (auto open = already_open(context, *definition, request)) return std::move(*open);
  return Deciding(context, *definition, std::move(state), actor, request).open(opening);
}

Result<Decision, Refusal> decide(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor, const ActionRequest& request) {
  if (is_built_in(request.action)) return decide_built_in(context, definition, state, actor, request);
  const ActionDefinition* action = definition.action(request.action);
  if (!action) return refuse("unknown-action", definition.source.front(), "この手続にない処理です。", "This procedure has no such action.", {{"action", request.action}});
  if (!possible_from(*action, definition.states.at(state.state)))
    return refuse("not-in-this-state", definition.source.front(), "いまの状態ではできない処理です。", "This cannot be done in the present state.", {{"state", state.state}, {"action", action->id}});
  if (!may_read(context, definition, state, actor) || !entitled(context, definition, state, action->who, actor))
    return no_standing(context, definition, state, action->who, actor, action->id);
  return Deciding(context, definition, state, actor, request).act(*action);
}

}  // namespace rireki
