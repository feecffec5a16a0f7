#include "api/four_eyes.h"

#include <algorithm>
#include <stdexcept>

#include "api/log_read.h"
#include "eventstore/keyring.h"

namespace rireki::api {
namespace {

constexpr std::string_view kHoldKinds[] = {"disclosure", "objection", "litigation", "audit"};

std::string digest_of_proposal(const std::string& kind, const std::string& content) { return hex(view(sha256({kind, "\n", content}))); }

}  // namespace

void throw_exception_from_error(const ControlError& error, const boost::source_location&) { throw std::logic_error("unchecked ControlError: " + error.refusal.rule); }

ControlError refused_control(const char* rule, const char* ja, const char* en) {
  return {{.rule = rule, .source = "security: four eyes", .message = {ja, en}, .facts = {}, .fields = {}}};
}
ControlError not_entitled_to_control() { return refused_control("not-entitled", "この操作を行う役割がありません。", "Your role does not allow this."); }
ControlError not_recorded() { return refused_control("storage", "記録できませんでした。", "It could not be recorded."); }

const ProposalRights& rights_of(std::string_view kind) {
  static const std::map<std::string_view, ProposalRights> rights = {
      {"erasure", {Action::kProposeErasure, Action::kApproveErasure, Action::kTurnKeys}},
      {"hold-release", {Action::kHold, Action::kHold, Action::kHold}},
      {"account-change", {Action::kManageAccounts, Action::kApproveAccounts, Action::kManageAccounts}},
      {"bulk-export", {Action::kProposeExport, Action::kApproveExport, Action::kProposeExport}},
  };
  return rights.at(kind);
}

bool is_erasable(const std::string& target) {
  return (target.starts_with("person:") && parse<PersonId>(target.substr(7))) || (target.starts_with("case:") && parse<CaseId>(target.substr(5)));
}

Controls FourEyes::controls() const {
  Controls state;
  const auto end = office_.log().read(with_tag("control"), {}, [&](const EventView& event) {
    if (const auto body = decode(event)) apply(state, *body, event.recorded_at());
    return true;
  });
  require_read(end);
  return state;
}

Result<Position, ControlError> FourEyes::record(const Actor& by, const std::vector<Body>& bodies, Position seen) {
  const auto appended = office_.record(by, bodies, AppendCondition{{Clause{with_tag("control"), seen}}}, std::nullopt);
  if (appended) return appended->last;
  if (appended.error().code == AppendErrorCode::kConflict) return refused_control("conflict", "同時に変更されました。読み直してください。", "It changed at the same time. Read it again.");
  return not_recorded();
}

Result<ProposalId, ControlError> FourEyes::propose(const Actor& by, const std::string& session, const std::string& kind, const nlohmann::json& content) {
  if (!decide_access(by.roles, Relation::kNone, rights_of(kind).propose)) return not_entitled_to_control();
  const std::lock_guard lock(one_at_a_time_);
  const Position seen = office_.log().head();
  const Controls state = controls();
  Proposed proposed{.proposal = {}, .kind = kind, .content = content.dump(), .digest = {}, .account = by.account, .by = by.person, .session = session};
  proposed.digest = digest_of_proposal(kind, proposed.content);
  if (const auto open = same_open(state, proposed.digest, office_.now())) return *open;
  if (kind == "erasure")
    if (auto refusal = held(state, targets_of(proposed))) return ControlError{std::move(*refusal)};
  if (kind == "hold-release") {
    const auto id = parse<HoldId>(content.value("hold", ""));
    const auto found = id ? state.holds.find(*id) : state.holds.end();
    if (found == state.holds.end() || found->second.released) return refused_control("unknown-hold", "その保全はありません。", "There is no such hold.");
  }
  office_.with_context([&](const DecisionContext& context) { proposed.proposal = context.ids.make<ProposalId>(); });
  const auto recorded = record(by, {proposed}, seen);
  return recorded ? Result<ProposalId, ControlError>(proposed.proposal) : recorded.error();
}

Result<bool, ControlError> FourEyes::decide(const Actor& by, const std::string& session, ProposalId id, bool approve, const std::string& digest, const std::string& reason) {
  const std::lock_guard lock(one_at_a_time_);
  const Position seen = office_.log().head();
  const Controls state = controls();
  const auto found = state.proposals.find(id);
  if (found == state.proposals.end()) return refused_control("unknown-proposal", "その提案はありません。", "There is no such proposal.");
  const Proposed& proposed = found->second.proposed;
  if (!decide_access(by.roles, Relation::kNone, rights_of(proposed.kind).approve)) return not_entitled_to_control();
  bool reports = false;
  if (by.person && proposed.by) office_.with_context([&](const DecisionContext& context) { reports = context.reg.superior_of(by.person, {context.today()}) == proposed.by; });
  const ProposalDecided decided{.proposal = id, .approved = approve, .digest = digest, .account = by.account, .by = by.person, .reason = reason};
  if (auto refusal = refuses_decision(state, decided, session, reports, office_.now())) return ControlError{std::move(*refusal)};
  const auto recorded = record(by, {decided}, seen);
  return recorded ? Result<bool, ControlError>(true) : recorded.error();
}

std::optional<Refusal> FourEyes::refuses(const Controls& state, const Actor& by, ProposalId id) const {
  int delay = kErasureDelayDays;
  office_.with_context([&](const DecisionContext& context) {
    if (const auto set = context.reg.policy(kErasureDelayPolicy, {context.today()}))
      if (const auto days = nlohmann::json::parse(*set, nullptr, false); days.is_number_integer() && days >= 0) delay = days.get<int>();
  });
  // Nobody's account is the machine's operator, who may carry out what two others decided.
  if (const auto found = state.proposals.find(id); found != state.proposals.end() && by.account && !decide_access(by.roles, Relation::kNone, rights_of(found->second.proposed.kind).carry_out))
    return not_entitled_to_control().refusal;
  return refuses_execution(state, id, delay, office_.now());
}

Result<HoldId, ControlError> FourEyes::hold(const Actor& by, const std::string& target, const std::string& kind, const std::string& reason) {
  if (!decide_access(by.roles, Relation::kNone, Action::kHold)) return not_entitled_to_control();
  const std::lock_guard lock(one_at_a_time_);
  if (!is_erasable(target)) return refused_control("targets", "保全するものを person:p… か case:c… で指定してください。", "Name what is held, as person:p… or case:c….");
  if (std::find(std::begin(kHoldKinds), std::end(kHoldKinds), kind) == std::end(kHoldKinds))
    return refused_control("hold-kind", "保全の種類は disclosure、objection、litigation、audit のどれかです。", "A hold is of kind disclosure, objection, litigation or audit.");
  if (reason.empty()) return refused_control("ground", "理由を書いてください。", "Give the reason.");
  const Position seen = office_.log().head();
  HoldPlaced placed{.hold = {}, .target = target, .kind = kind, .reason = reason, .account = by.account, .by = by.person};
  office_.with_context([&](const DecisionContext& context) { placed.hold = context.ids.make<HoldId>(); });
  const auto recorded = record(by, {placed}, seen);
  return recorded ? Result<HoldId, ControlError>(placed.hold) : recorded.error();
}

Result<HoldId, ControlError> FourEyes::release(const Actor& by, ProposalId id) {
  return carry_out<HoldId>(by, id, "hold-release", [&](const Proposal& proposal, Position seen) -> Result<HoldId, ControlError> {
    const auto content = nlohmann::json::parse(proposal.proposed.content);
    const auto hold = parse<HoldId>(content.value("hold", ""));
    if (!hold) return refused_control("unknown-hold", "その保全はありません。", "There is no such hold.");
    const auto recorded = record(by, {HoldReleased{.hold = *hold, .reason = content.value("reason", ""), .account = by.account, .by = by.person},
                                      ProposalCarriedOut{.proposal = id, .outcome = "hold:" + to_text(*hold), .account = by.account, .by = by.person}}, seen);
    return recorded ? Result<HoldId, ControlError>(*hold) : recorded.error();
  });
}

}  // namespace rireki::api
