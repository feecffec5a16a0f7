#include "api/replay.h"

#include <algorithm>

#include "api/log_read.h"
#include "domain/access.h"

namespace rireki::api {
namespace {

std::optional<CaseId> case_tag_of(const EventView& event) {
  for (const auto tag : event.tags())
    if (tag.starts_with("case:")) return parse<CaseId>(tag.substr(5));
  return std::nullopt;
}

std::vector<RuleCheck> checks_of(const Body& body) {
  return std::visit([](const auto& one) -> std::vector<RuleCheck> {
    if constexpr (requires { one.checks; }) return one.checks;
    else return {};
  }, body);
}

PersonId by_of(const Body& body) {
  return std::visit([](const auto& one) -> PersonId {
    if constexpr (requires { { one.by } -> std::convertible_to<PersonId>; }) return one.by;
    else return {};
  }, body);
}

// The request that this event came from, as far as the event says; none for what no definition has a say in.
std::optional<ActionRequest> request_of(const CaseEvent& event) {
  ActionRequest request;
  if (const auto* opened = std::get_if<CaseOpened>(&event)) {
    request.procedure = opened->procedure;
    request.subject = opened->subject;
    request.form = opened->form;
    return request;
  }
  if (const auto* acted = std::get_if<CaseActed>(&event)) {
    request.action = acted->action;
    for (const auto& [name, value] : acted->form.items())
      if (!value.is_null()) request.form[name] = value;  // null: it was left out when the form was sent again
    request.reason = acted->reason;
    return request;
  }
  if (const auto* station = std::get_if<StationActed>(&event)) {
    constexpr const char* kActions[] = {"approve", "refuse", "send-back", "seen", "review-after"};
    request.action = kActions[static_cast<std::size_t>(station->outcome)];
    request.station = station->station;
    request.reason = station->comment;
    request.target = station->sent_back_to;
    return request;
  }
  if (const auto* pulled = std::get_if<PulledBack>(&event)) {
    request.action = "pull-back";
    request.reason = pulled->comment;
    return request;
  }
  return std::nullopt;
}

}  // namespace

std::vector<Position> recorded_with(const Office& office, const EventView& event) {
  std::vector<Position> positions;
  const auto command = event.command() ? office.log().find_command(event.command()) : std::nullopt;
  if (!command) return positions;
  require_read(office.log().read(AllEvents{}, {.after = command->first - 1, .up_to = command->last}, [&](const EventView& one) {
    if (one.type().starts_with("fact/") && one.correlation() == event.correlation()) positions.push_back(one.position());
    return true;
  }));
  return positions;
}

void replay(const Office& office, const std::string& tag, Position until, const std::function<bool(const ReplayStep&)>& visit) {
  std::map<CaseId, std::shared_ptr<const Case>> cases;
  require_read(office.log().read(with_tag(tag), {.up_to = until}, [&](const EventView& event) {
    const auto body = decode(event);
    if (!body) return true;  // of a later version: it stands there, unread
    ReplayStep step{.position = event.position(), .at = event.recorded_at(), .type = std::string(event.type()), .actor = std::string(event.actor()), .command = event.command(), .correlation = CaseId{event.correlation().low}, .body = *body, .tags = {}, .before = nullptr, .after = nullptr, .checks = checks_of(*body), .recorded = {}};
    for (const auto one : event.tags()) step.tags.emplace_back(one);
    std::visit([&](const auto& value) {
      if constexpr (std::is_convertible_v<decltype(value), CaseEvent>) {
        auto& known = cases[value.case_id];
        if (!known && !std::holds_alternative<CaseOpened>(*body)) known = office.find_case_at(value.case_id, event.position() - 1);
        step.before = known;
        auto next = known ? std::make_shared<Case>(*known) : std::make_shared<Case>();
        apply(*next, CaseEvent(value), event.position(), event.recorded_at());
        step.after = known = std::move(next);
        step.recorded = recorded_with(office, event);
      }
    }, *body);
    return visit(step);
  }));
}

namespace {

// Accounts under one tag as of a position; those that were closed are left out.
std::map<AccountId, Actor> accounts_under(const Office& office, const std::string& tag, Position as_of) {
  std::map<AccountId, Actor> all;
  require_read(office.log().read(with_tag(tag), {.up_to = as_of}, [&](const EventView& event) {
    const auto body = decode(event);
    if (!body) return true;
    if (const auto* opened = std::get_if<AccountOpened>(&*body)) all[opened->account] = {.account = opened->account, .person = opened->person, .roles = {opened->roles.begin(), opened->roles.end()}};
    else if (const auto* set = std::get_if<RolesSet>(&*body)) all[set->account].roles = {set->roles.begin(), set->roles.end()};
    else if (const auto* closed = std::get_if<AccountClosed>(&*body)) all.erase(closed->account);
    return true;
  }));
  return all;
}

}  // namespace

Actor actor_as_of(const Office& office, AccountId account, Position as_of) {
  const auto known = accounts_under(office, "account:" + to_text(account), as_of);
  return known.empty() ? Actor{.account = account, .person = {}, .roles = {}} : known.begin()->second;
}

std::vector<Actor> actors_as_of(const Office& office, Position as_of) {
  std::vector<Actor> actors;
  for (auto& [id, actor] : accounts_under(office, "account", as_of)) actors.push_back(std::move(actor));
  return actors;
}

nlohmann::json body_as_seen(const DecisionContext& context, const Definition& definition, const Case& now, const Actor& actor, const Body& body) {
  nlohmann::json shown = to_json(body);
  PersonId sent_by;
  std::visit([&](const auto& one) {
    if constexpr (std::is_convertible_v<decltype(one), CaseEvent>) sent_by = sender_of(one);
  }, body);
  if (sees_in_part(context, definition, now, actor) && (subject_person(now) == actor.person || sent_by != actor.person)) return nullptr;
  if (shown.contains("form")) shown["form"] = visible_form(context, definition, now, actor, std::move(shown["form"]), written_by(sent_by));
  return shown;
}

std::optional<Actor> maker_of(const Office& office, const ReplayStep& step) {
  if (const auto account = parse<AccountId>(step.actor)) return actor_as_of(office, *account, step.position);
  // Who acts in a case whose existence is secret stands in its sealed part: the person, whose account is found by them.
  const PersonId person = by_of(step.body);
  if (!person) return std::nullopt;
  std::optional<AccountId> account;
  require_read(office.log().read(with_tag("account-of:" + to_text(person)), {.up_to = step.position}, [&](const EventView& event) {
    const auto body = decode(event);
    if (const auto* opened = body ? std::get_if<AccountOpened>(&*body) : nullptr) account = opened->account;
    return true;
  }));
  return account ? std::optional(actor_as_of(office, *account, step.position)) : std::optional(Actor{.account = {}, .person = person, .roles = {"staff"}});
}

std::string_view to_text(WhatIf outcome) {
  constexpr std::string_view kWords[] = {"same", "refused", "elsewhere", "allowed", "still-refused", "unknown"};
  return kWords[static_cast<std::size_t>(outcome)];
}

Result<std::shared_ptr<const Definition>, std::vector<Finding>> load_version(const Office& office, const NamedFile& file) {
  const auto id_in = [](const NamedFile& one) {
    const auto json = nlohmann::json::parse(one.content, nullptr, false);
    return json.is_object() ? json.value("id", "") : "";
  };
  const std::string id = id_in(file);
  std::vector<NamedFile> files{file};
  std::set<std::string> known{id};
  for (const auto& one : default_catalogue())
    if (known.insert(id_in(one)).second) files.push_back(one);
  for (const auto& definition : office.definitions_in_force())
    if (known.insert(definition->id).second) files.push_back({definition->id + ".json", definition->resolved.dump()});
  auto loaded = load_definitions(files);
  if (!loaded) return loaded.error();
  for (auto& definition : *loaded)
    if (definition->id == id) return std::move(definition);
  return std::vector<Finding>{{file.name, "/id", {"手続のIDがありません。", "It has no id of a procedure."}}};
}

Refusals refusals_until(const Office& office, Position until) {
  Refusals all;
  require_read(office.log().read(with_tag("refused"), {.up_to = until}, [&](const EventView& event) {
    const auto body = decode(event);
    if (const auto* refused = body ? std::get_if<ActionRefused>(&*body) : nullptr; refused && refused->case_id) all[refused->case_id].push_back({event.position(), event.recorded_at(), *refused});
    return true;
  }));
  return all;
}

nlohmann::json body_as_seen(const DecisionContext& context, const Office& office, const Actor& actor, const Body& body) {
  return std::visit([&](const auto& one) -> nlohmann::json {
    if constexpr (std::is_convertible_v<decltype(one), CaseEvent>) {
      const auto now = office.find_case(one.case_id);
      const auto definition = now ? office.definition(now->procedure, now->version) : nullptr;
      return definition && may_read(context, *definition, *now, actor) ? body_as_seen(context, *definition, *now, actor, body) : nlohmann::json();
    } else {
      auto shown = to_json(body);
      // A fact comes from a case that may be secret.
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(one)>, FactEntry>)
        if (const auto from = one.case_id ? office.find_case(one.case_id) : nullptr) {
          const auto definition = office.definition(from->procedure, from->version);
          if (!definition || !may_read(context, *definition, *from, actor)) shown.erase("case");
        }
      return shown;
    }
  }, body);
}

namespace {

// One action of a case as it was decided, or refused.
struct Judged {
  Position position = 0;
  Instant at{};
  ActionRequest request;
  std::shared_ptr<const Case> from;
  std::string then;            // the state that it led to
  std::optional<Actor> maker;
  std::string refused_by;      // the rule; "" where it was carried out
  Id128 command;               // that it was part of
};

class UnderAnother {
 public:
  UnderAnother(const Office& office, CaseId id, std::shared_ptr<const Definition> definition) : office_(office), id_(id), definition_(std::move(definition)) {}

  WhatIfStep judge(const Judged& one) const {
    WhatIfStep step{.position = one.position, .case_id = id_, .action = one.request.action.empty() ? "open" : one.request.action, .outcome = WhatIf::kUnknown, .refusal = {}, .state = {}, .then = one.then};
    if (!one.maker || (one.from && (one.from->erased || !definition_->states.contains(one.from->state)))) return step;
    auto decided = decide_again(one, one.request);
    if (one.refused_by.empty()) {
      // People who change places are judged together by what all of them record; none of them could go alone.
      if (!decided && beside_others(one.command)) decided = decide_again(one, one.request, true);
      if (!decided) step.refusal = decided.error();
      else step.state = decided->state;
      step.outcome = !decided ? WhatIf::kRefused : decided->state == step.then ? WhatIf::kSame : WhatIf::kElsewhere;
      return step;
    }
    // Of what was refused neither its form nor its reason was kept: what depends on them is not known.
    if (!decided && decided.error().rule == "reason-required") {
      auto with_reason = one.request;
      with_reason.reason = "-";
      decided = decide_again(one, with_reason);
    }
    const auto* action = definition_->action(one.request.action);
    if (!decided && decided.error().rule != "form") step.outcome = WhatIf::kStillRefused, step.refusal = decided.error();
    else if (decided && (!action || action->form.empty())) step.outcome = WhatIf::kAllowed, step.state = decided->state;
    return step;
  }

 private:
  bool beside_others(Id128 command) const {
    const auto appended = command ? office_.log().find_command(command) : std::nullopt;
    bool others = false;
    if (appended) require_read(office_.log().read(AllEvents{}, {.after = appended->first - 1, .up_to = appended->last}, [&](const EventView& event) {
      others = event.correlation().low != 0 && CaseId{event.correlation().low} != id_;
      return !others;
    }));
    return others;
  }
  Result<Decision, Refusal> decide_again(const Judged& one, const ActionRequest& request, bool jointly = false) const {
    Result<Decision, Refusal> decided = Refusal{};
    Joint joint;
    office_.with_context_at(one.position - 1, one.at, [&](const DecisionContext& context) {
      DecisionContext under = context;
      if (jointly) under.joint = &joint;
      // Whatever asks for this procedure is given the other version of it.
      under.procedures = [&](const std::string& wanted, int version) { return wanted == definition_->id && (version == 0 || version == definition_->version) ? definition_ : context.procedures(wanted, version); };
      if (!one.from) {
        decided = open_case(under, *one.maker, request);
        return;
      }
      auto moved = *one.from;
      moved.version = definition_->version;
      decided = decide(under, *definition_, moved, *one.maker, request);
    });
    return decided;
  }

  const Office& office_;
  const CaseId id_;
  const std::shared_ptr<const Definition> definition_;
};

}  // namespace

std::vector<WhatIfStep> replay_under(const Office& office, CaseId id, const std::shared_ptr<const Definition>& definition, Position until, const Refusals& refusals) {
  const UnderAnother other(office, id, definition);
  std::vector<Judged> acts;
  Id128 command;
  replay(office, "case:" + to_text(id), until, [&](const ReplayStep& step) {
    if (!step.after) return true;
    // One command may leave several events: it is judged once, by where the last of them led.
    if (step.command && step.command == command && !acts.empty()) {
      acts.back().then = step.after->state;
      return true;
    }
    command = {};
    std::optional<ActionRequest> request;
    std::visit([&](const auto& value) {
      if constexpr (std::is_convertible_v<decltype(value), CaseEvent>) request = request_of(CaseEvent(value));
    }, step.body);
    // What another case opened or did here is decided by that case's definition.
    const auto* opened = std::get_if<CaseOpened>(&step.body);
    if (!request || (opened && opened->opened_from) || (step.correlation && step.correlation != id)) return true;
    command = step.command;
    acts.push_back({.position = step.position, .at = step.at, .request = *request, .from = step.before, .then = step.after->state, .maker = maker_of(office, step), .refused_by = {}, .command = step.command});
    return true;
  });
  if (const auto refused = refusals.find(id); refused != refusals.end())
    for (const auto& one : refused->second) {
      const auto from = office.find_case_at(id, one.position - 1);
      if (one.position > until || !from || one.what.action.empty()) continue;
      ActionRequest request;
      request.action = one.what.action;
      acts.push_back({.position = one.position, .at = one.at, .request = std::move(request), .from = from, .then = from->state, .maker = actor_as_of(office, one.what.account, one.position), .refused_by = one.what.rule, .command = {}});
    }
  std::sort(acts.begin(), acts.end(), [](const Judged& a, const Judged& b) { return a.position < b.position; });
  std::vector<WhatIfStep> steps;
  for (const auto& one : acts) steps.push_back(other.judge(one));
  return steps;
}

}  // namespace rireki::api
