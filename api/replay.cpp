#include "api/replay.h"

#include <algorithm>
#include <stdexcept>

namespace rireki::api {
namespace {

void require(const Result<ReadEnd, ReadError>& end) {
  if (!end) throw std::runtime_error("the log cannot be read: " + end.error().what);
}

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
    request.form = acted->form;
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
  require(office.log().read(AllEvents{}, {.after = command->first - 1, .up_to = command->last}, [&](const EventView& one) {
    if (one.type().starts_with("fact/")) positions.push_back(one.position());
    return true;
  }));
  return positions;
}

void replay(const Office& office, const std::string& tag, Position until, const std::function<bool(const ReplayStep&)>& visit) {
  std::map<CaseId, std::shared_ptr<const Case>> cases;
  require(office.log().read(with_tag(tag), {.up_to = until}, [&](const EventView& event) {
    const auto body = decode(event);
    if (!body) return true;  // of a later version: it stands there, unread
    ReplayStep step{.position = event.position(), .at = event.recorded_at(), .type = std::string(event.type()), .actor = std::string(event.actor()), .body = *body, .tags = {}, .before = nullptr, .after = nullptr, .checks = checks_of(*body), .recorded = {}};
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

Actor actor_as_of(const Office& office, AccountId account, Position as_of) {
  Actor actor{.account = account, .person = {}, .roles = {}};
  require(office.log().read(with_tag("account:" + to_text(account)), {.up_to = as_of}, [&](const EventView& event) {
    const auto body = decode(event);
    if (!body) return true;
    if (const auto* opened = std::get_if<AccountOpened>(&*body)) {
      actor.person = opened->person;
      actor.roles = {opened->roles.begin(), opened->roles.end()};
    } else if (const auto* set = std::get_if<RolesSet>(&*body)) {
      actor.roles = {set->roles.begin(), set->roles.end()};
    } else if (std::holds_alternative<AccountClosed>(*body)) {
      actor.roles.clear();
    }
    return true;
  }));
  return actor;
}

std::optional<Actor> maker_of(const Office& office, const ReplayStep& step) {
  if (const auto account = parse<AccountId>(step.actor)) return actor_as_of(office, *account, step.position);
  // Who acts in a case whose existence is secret stands in its sealed part: the person, whose account is found by them.
  const PersonId person = by_of(step.body);
  if (!person) return std::nullopt;
  std::optional<AccountId> account;
  require(office.log().read(with_tag("account-of:" + to_text(person)), {.up_to = step.position}, [&](const EventView& event) {
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

std::vector<WhatIfStep> replay_under(const Office& office, CaseId id, const std::shared_ptr<const Definition>& definition, Position until) {
  std::vector<WhatIfStep> steps;
  const auto judge = [&](WhatIfStep step, const ActionRequest& request, std::shared_ptr<const Case> from, const std::optional<Actor>& maker, bool was_refused) {
    step.outcome = WhatIf::kUnknown;
    if (maker && (!from || (!from->erased && definition->states.contains(from->state)))) {
      office.with_context_at(step.position - 1, [&](const DecisionContext& context) {
        DecisionContext under = context;
        // Whatever asks for this procedure is given the other version of it.
        under.procedures = [&](const std::string& wanted, int version) { return wanted == definition->id && (version == 0 || version == definition->version) ? definition : context.procedures(wanted, version); };
        if (from) {
          auto moved = *from;
          moved.version = definition->version;
          const auto decided = decide(under, *definition, moved, *maker, request);
          if (!decided) step.outcome = was_refused ? WhatIf::kStillRefused : WhatIf::kRefused, step.refusal = decided.error();
          else step.outcome = was_refused ? WhatIf::kAllowed : decided->state == step.then ? WhatIf::kSame : WhatIf::kElsewhere, step.state = decided->state;
        } else {
          const auto decided = open_case(under, *maker, request);
          if (!decided) step.outcome = WhatIf::kRefused, step.refusal = decided.error();
          else step.outcome = decided->state == step.then ? WhatIf::kSame : WhatIf::kElsewhere, step.state = decided->state;
        }
        // What was left out of the form when it was refused is not known: as far as the form it came.
        if (was_refused && step.refusal.rule == "form") step.outcome = WhatIf::kAllowed;
      });
    }
    steps.push_back(std::move(step));
  };
  replay(office, "case:" + to_text(id), until, [&](const ReplayStep& step) {
    if (!step.after) return true;
    std::optional<ActionRequest> request;
    std::visit([&](const auto& value) {
      if constexpr (std::is_convertible_v<decltype(value), CaseEvent>) request = request_of(CaseEvent(value));
    }, step.body);
    if (!request) return true;
    const auto* opened = std::get_if<CaseOpened>(&step.body);
    if (opened && opened->opened_from) return true;  // another case opened it, by its own definition
    judge({.position = step.position, .case_id = id, .action = request->action.empty() ? "open" : request->action, .outcome = {}, .refusal = {}, .state = {}, .then = step.after->state}, *request, step.before, maker_of(office, step), false);
    return true;
  });
  require(office.log().read(with_tag("refused"), {.up_to = until}, [&](const EventView& event) {
    const auto body = decode(event);
    const auto* refused = body ? std::get_if<ActionRefused>(&*body) : nullptr;
    if (!refused || refused->case_id != id) return true;
    ActionRequest request;
    request.action = refused->action;
    request.reason = "-";
    const auto from = office.find_case_at(id, event.position() - 1);
    if (from) judge({.position = event.position(), .case_id = id, .action = refused->action, .outcome = {}, .refusal = {}, .state = {}, .then = from->state}, request, from, actor_as_of(office, refused->account, event.position()), true);
    return true;
  }));
  std::sort(steps.begin(), steps.end(), [](const WhatIfStep& a, const WhatIfStep& b) { return a.position < b.position; });
  return steps;
}

}  // namespace rireki::api
