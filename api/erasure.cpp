#include "api/erasure.h"

#include <algorithm>
#include <stdexcept>

namespace rireki::api {
namespace {

ErasureError refused(const char* rule, const char* ja, const char* en) { return {{.rule = rule, .source = "security: erasure", .message = {ja, en}, .facts = {}, .fields = {}}}; }
ErasureError not_entitled() { return refused("not-entitled", "この操作を行う役割がありません。", "Your role does not allow this."); }
ErasureError storage() { return refused("storage", "記録できませんでした。", "It could not be recorded."); }

constexpr std::string_view kHoldKinds[] = {"disclosure", "objection", "litigation", "audit"};

std::string digest_of(const std::string& kind, const std::string& content) { return hex(view(sha256({kind, "\n", content}))); }

bool is_target(const std::string& target) {
  return (target.starts_with("person:") && parse<PersonId>(target.substr(7))) || (target.starts_with("case:") && parse<CaseId>(target.substr(5)));
}

}  // namespace

void throw_exception_from_error(const ErasureError& error, const boost::source_location&) { throw std::logic_error("unchecked ErasureError: " + error.refusal.rule); }

Controls Erasures::controls() const {
  Controls state;
  const auto end = office_.log().read(with_tag("control"), {}, [&](const EventView& event) {
    if (const auto body = decode(event)) apply(state, *body, event.recorded_at());
    return true;
  });
  if (!end) throw std::runtime_error("the log cannot be read: " + end.error().what);
  return state;
}

Result<Position, ErasureError> Erasures::record(const Actor& by, const std::vector<Body>& bodies, Position seen) {
  const auto appended = office_.record(by, bodies, AppendCondition{{Clause{with_tag("control"), seen}}}, std::nullopt);
  if (appended) return appended->last;
  if (appended.error().code == AppendErrorCode::kConflict) return refused("conflict", "同時に変更されました。読み直してください。", "It changed at the same time. Read it again.");
  return storage();
}

Result<ProposalId, ErasureError> Erasures::propose(const Actor& by, const std::string& session, const std::vector<std::string>& targets, const std::string& basis, const std::string& reason) {
  if (!decide_access(by.roles, Relation::kNone, Action::kProposeErasure)) return not_entitled();
  const std::lock_guard lock(one_at_a_time_);
  if (targets.empty() || targets.size() > kErasureTargetsMax || !std::all_of(targets.begin(), targets.end(), is_target))
    return refused("targets", "消すものを person:p… か case:c… で1件から1,000件まで指定してください。", "Name 1 to 1,000 targets, as person:p… or case:c….");
  if (basis.empty() || reason.empty()) return refused("ground", "根拠と理由を書いてください。", "Give the ground and the reason.");
  const Position seen = office_.log().head();
  const Controls state = controls();
  if (auto refusal = held(state, targets)) return ErasureError{std::move(*refusal)};
  if (keys_of(targets).empty()) return refused("nothing-sealed", "封じた記録がないか、すでに消えています。", "Nothing of it is sealed, or it is erased already.");
  Proposed proposed{.proposal = {}, .kind = "erasure", .content = nlohmann::json{{"targets", targets}, {"basis", basis}, {"reason", reason}}.dump(), .digest = {}, .account = by.account, .by = by.person, .session = session};
  office_.with_context([&](const DecisionContext& context) { proposed.proposal = context.ids.make<ProposalId>(); });
  proposed.digest = digest_of(proposed.kind, proposed.content);
  const auto recorded = record(by, {proposed}, seen);
  return recorded ? Result<ProposalId, ErasureError>(proposed.proposal) : recorded.error();
}

Result<bool, ErasureError> Erasures::decide(const Actor& by, const std::string& session, ProposalId id, bool approve, const std::string& digest, const std::string& reason) {
  if (!decide_access(by.roles, Relation::kNone, Action::kApproveErasure)) return not_entitled();
  const std::lock_guard lock(one_at_a_time_);
  const Position seen = office_.log().head();
  const Controls state = controls();
  const ProposalDecided decided{.proposal = id, .approved = approve, .digest = digest, .account = by.account, .by = by.person, .reason = reason};
  bool reports = false;
  if (const auto found = state.proposals.find(id); found != state.proposals.end() && by.person && found->second.proposed.by)
    office_.with_context([&](const DecisionContext& context) { reports = context.reg.superior_of(by.person, {context.today()}) == found->second.proposed.by; });
  if (auto refusal = refuses_decision(state, decided, session, reports, office_.now())) return ErasureError{std::move(*refusal)};
  const auto recorded = record(by, {decided}, seen);
  return recorded ? Result<bool, ErasureError>(true) : recorded.error();
}

std::set<std::string> Erasures::owners_of(const std::vector<std::string>& targets) const {
  std::set<std::string> owners(targets.begin(), targets.end());
  const EventLog& log = office_.log();
  for (const auto& target : targets) {
    if (!target.starts_with("person:")) continue;
    const std::string about = "subject:" + target;
    const auto end = log.read(std::vector{QueryItem{.types = {"case/opened"}, .tags = {about}}, QueryItem{.types = {"case/opened"}, .tags = {log.blind(about)}},
                                          QueryItem{.types = {"account/opened"}, .tags = {"account-of:" + target.substr(7)}}}, {}, [&](const EventView& event) {
      for (const auto tag : event.tags())
        if (tag.starts_with("case:") || tag.starts_with("account:")) owners.emplace(tag);
      return true;
    });
    if (!end) throw std::runtime_error("the log cannot be read: " + end.error().what);
  }
  return owners;
}

std::set<Id128> Erasures::keys_of(const std::vector<std::string>& targets) const {
  std::set<Id128> keys;
  for (const auto& owner : owners_of(targets))
    for (const auto& id : keyring_.keys_of(owner)) keys.insert(id);
  return keys;
}

// First which keys are gone, so that a keyring put back from a backup is erased again; then what that was.
Result<Erased, ErasureError> Erasures::say_erased(const Actor& by, const Proposal& proposal, const Ratchet& ratchet, Position seen) {
  const auto owners = owners_of(targets_of(proposal.proposed));
  std::vector<KeyLine> gone;
  const auto end = office_.log().read(with_type(kKeyCreated), {}, [&](const EventView& event) {
    for (auto& key : parse_key_lines(event.body()).value_or(std::vector<KeyLine>{}))
      if (owners.contains(key.whose.owner) && keyring_.erased(key.id)) {
        key.commitment.clear();
        gone.push_back(std::move(key));
      }
    return true;
  });
  if (!end) throw std::runtime_error("the log cannot be read: " + end.error().what);
  NewEvent event{.type = kKeyErased, .tags = {}, .event_class = EventClass::kKey, .actor = by.account ? to_text(by.account) : "system", .body = key_lines(gone)};
  office_.with_context([&](const DecisionContext& context) { event.id = context.ids.next128(); });
  std::vector<NewEvent> events;
  events.push_back(std::move(event));
  if (!gone.empty() && !office_.log().append({.events = std::move(events), .condition = Unconditional{}, .command = std::nullopt})) return storage();
  const auto content = nlohmann::json::parse(proposal.proposed.content);
  const Erased erased{.proposal = proposal.proposed.proposal, .targets = targets_of(proposal.proposed), .basis = content.value("basis", ""), .keys = static_cast<int>(gone.size()),
                      .epoch_before = static_cast<int>(ratchet.epoch_before), .epoch = static_cast<int>(ratchet.epoch), .keys_before_digest = hex(view(ratchet.keys_before)),
                      .keys_digest = hex(view(ratchet.keys))};
  const auto recorded = record(by, {erased}, seen);
  return recorded ? Result<Erased, ErasureError>(erased) : recorded.error();
}

// Withheld, so that nothing folds or reads them any more; forgotten; what was folded replaced; destroyed; said. A crash before the keys are destroyed
// leaves everything as it was, one after it is completed at the next start.
Result<Erased, ErasureError> Erasures::carry_out(const Actor& by, ProposalId id) {
  if (!decide_access(by.roles, Relation::kNone, Action::kTurnKeys)) return not_entitled();
  const std::lock_guard lock(one_at_a_time_);
  const Position seen = office_.log().head();
  const Controls state = controls();
  int delay = kErasureDelayDays;
  office_.with_context([&](const DecisionContext& context) {
    if (const auto set = context.reg.policy(kErasureDelayPolicy, {context.today()}))
      if (const auto days = nlohmann::json::parse(*set, nullptr, false); days.is_number_integer() && days >= 0) delay = days.get<int>();
  });
  if (auto refusal = refuses_execution(state, id, delay, office_.now())) return ErasureError{std::move(*refusal)};
  const Proposal& proposal = state.proposals.at(id);
  const auto keys = keys_of(targets_of(proposal.proposed));
  keyring_.withhold(keys);
  office_.forget();
  const auto as_it_was = [&] {
    keyring_.release(keys);
    office_.forget();
    return storage();
  };
  if (!renew_views_()) return as_it_was();
  const auto ratchet = keyring_.ratchet(keys, {});
  if (!ratchet) return as_it_was();
  return say_erased(by, proposal, *ratchet, seen);
}

int Erasures::complete() {
  int completed = 0;
  const Controls state = controls();
  for (const auto& [id, proposal] : state.proposals) {
    if (proposal.done || !proposal.decided || !proposal.decided->approved || proposal.proposed.kind != "erasure") continue;
    // Approved, and nothing of it is left: the keys were destroyed and it was never said.
    if (!keys_of(targets_of(proposal.proposed)).empty()) continue;
    const Ratchet now{.epoch_before = keyring_.epoch() - 1, .epoch = keyring_.epoch()};
    if (say_erased({}, proposal, now, office_.log().head())) ++completed;
  }
  return completed;
}

Result<HoldId, ErasureError> Erasures::hold(const Actor& by, const std::string& target, const std::string& kind, const std::string& reason) {
  if (!decide_access(by.roles, Relation::kNone, Action::kHold)) return not_entitled();
  const std::lock_guard lock(one_at_a_time_);
  if (!is_target(target)) return refused("targets", "保全するものを person:p… か case:c… で指定してください。", "Name what is held, as person:p… or case:c….");
  if (std::find(std::begin(kHoldKinds), std::end(kHoldKinds), kind) == std::end(kHoldKinds))
    return refused("hold-kind", "保全の種類は disclosure、objection、litigation、audit のどれかです。", "A hold is of kind disclosure, objection, litigation or audit.");
  if (reason.empty()) return refused("ground", "理由を書いてください。", "Give the reason.");
  const Position seen = office_.log().head();
  HoldPlaced placed{.hold = {}, .target = target, .kind = kind, .reason = reason, .account = by.account, .by = by.person};
  office_.with_context([&](const DecisionContext& context) { placed.hold = context.ids.make<HoldId>(); });
  const auto recorded = record(by, {placed}, seen);
  return recorded ? Result<HoldId, ErasureError>(placed.hold) : recorded.error();
}

// Another than who placed it (four eyes).
Result<bool, ErasureError> Erasures::release(const Actor& by, HoldId id, const std::string& reason) {
  if (!decide_access(by.roles, Relation::kNone, Action::kHold)) return not_entitled();
  const std::lock_guard lock(one_at_a_time_);
  const Position seen = office_.log().head();
  const Controls state = controls();
  const auto found = state.holds.find(id);
  if (found == state.holds.end() || found->second.released) return refused("unknown-hold", "その保全はありません。", "There is no such hold.");
  if (found->second.placed.account == by.account) return refused("second-person", "保全した人とは別の人が解除してください。", "Somebody other than who placed it must release it.");
  if (reason.empty()) return refused("ground", "理由を書いてください。", "Give the reason.");
  const auto recorded = record(by, {HoldReleased{.hold = id, .reason = reason, .account = by.account, .by = by.person}}, seen);
  return recorded ? Result<bool, ErasureError>(true) : recorded.error();
}

}  // namespace rireki::api
