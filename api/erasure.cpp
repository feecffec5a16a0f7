#include "api/erasure.h"

#include "api/log_read.h"

#include <algorithm>

namespace rireki::api {

Result<ProposalId, ControlError> Erasures::propose(const Actor& by, const std::string& session, const std::vector<std::string>& targets, const std::string& basis, const std::string& reason) {
  if (!decide_access(by.roles, Relation::kNone, Action::kProposeErasure)) return not_entitled_to_control();
  if (targets.empty() || targets.size() > kErasureTargetsMax || !std::all_of(targets.begin(), targets.end(), is_erasable))
    return refused_control("targets", "消すものを person:p… か case:c… で1件から1,000件まで指定してください。", "Name 1 to 1,000 targets, as person:p… or case:c….");
  if (basis.empty() || reason.empty()) return refused_control("ground", "根拠と理由を書いてください。", "Give the ground and the reason.");
  if (keys_of(targets).empty()) return refused_control("nothing-sealed", "封じた記録がないか、すでに消えています。", "Nothing of it is sealed, or it is erased already.");
  if (auto refusal = held(two_.controls(), touched_by(targets))) return ControlError{std::move(*refusal)};
  return two_.propose(by, session, "erasure", {{"targets", targets}, {"basis", basis}, {"reason", reason}});
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
    require_read(end);
  }
  return owners;
}

std::vector<std::string> Erasures::touched_by(const std::vector<std::string>& targets) const {
  auto touched = owners_of(targets);
  for (const auto& target : targets)
    if (const auto id = target.starts_with("case:") ? parse<CaseId>(target.substr(5)) : std::nullopt)
      if (const auto state = office_.find_case(*id); state && state->subject.kind == "person") touched.insert("person:" + state->subject.id);
  return {touched.begin(), touched.end()};
}

std::set<Id128> Erasures::keys_of(const std::vector<std::string>& targets) const {
  std::set<Id128> keys;
  for (const auto& owner : owners_of(targets))
    for (const auto& id : keyring_.keys_of(owner)) keys.insert(id);
  return keys;
}

// First which keys are gone, so that a keyring put back from a backup is erased again; then what that was.
Result<Erased, ControlError> Erasures::say_erased(const Actor& by, const Proposal& proposal, const Ratchet& ratchet, Position seen) {
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
  require_read(end);
  NewEvent event{.type = kKeyErased, .tags = {}, .event_class = EventClass::kKey, .actor = by.account ? to_text(by.account) : "system", .body = key_lines(gone)};
  office_.with_context([&](const DecisionContext& context) { event.id = context.ids.next128(); });
  std::vector<NewEvent> events;
  events.push_back(std::move(event));
  if (!gone.empty() && !office_.log().append({.events = std::move(events), .condition = Unconditional{}, .command = std::nullopt})) return not_recorded();
  const auto content = nlohmann::json::parse(proposal.proposed.content);
  const Erased erased{.proposal = proposal.proposed.proposal, .targets = targets_of(proposal.proposed), .basis = content.value("basis", ""), .keys = static_cast<int>(gone.size()),
                      .epoch_before = static_cast<int>(ratchet.epoch_before), .epoch = static_cast<int>(ratchet.epoch), .keys_before_digest = hex(view(ratchet.keys_before)),
                      .keys_digest = hex(view(ratchet.keys))};
  const auto recorded = two_.record(by, {erased}, seen);
  return recorded ? Result<Erased, ControlError>(erased) : recorded.error();
}

// Withheld, so that nothing folds or reads them any more; forgotten; what was folded replaced; destroyed; said. A crash before the keys are destroyed
// leaves everything as it was, one after it is completed at the next start.
Result<Erased, ControlError> Erasures::carry_out(const Actor& by, ProposalId id) {
  return two_.carry_out<Erased>(by, id, "erasure", [&](const Proposal& proposal, Position seen) { return destroy(by, proposal, seen); });
}

Result<Erased, ControlError> Erasures::destroy(const Actor& by, const Proposal& proposal, Position seen) {
  if (auto refusal = held(two_.controls(), touched_by(targets_of(proposal.proposed)))) return ControlError{std::move(*refusal)};
  const auto keys = keys_of(targets_of(proposal.proposed));
  keyring_.withhold(keys);
  office_.forget();
  const auto as_it_was = [&] {
    keyring_.release(keys);
    office_.forget();
    return not_recorded();
  };
  if (!renew_views_()) return as_it_was();
  const auto ratchet = keyring_.ratchet(keys, {});
  if (!ratchet) return as_it_was();
  return say_erased(by, proposal, *ratchet, seen);
}

int Erasures::complete() {
  int completed = 0;
  const Controls state = two_.controls();
  for (const auto& [id, proposal] : state.proposals) {
    if (proposal.done || !proposal.decided || !proposal.decided->approved || proposal.proposed.kind != "erasure") continue;
    // Approved, and nothing of it is left: the keys were destroyed and it was never said.
    if (!keys_of(targets_of(proposal.proposed)).empty()) continue;
    const Ratchet now{.epoch_before = keyring_.epoch() - 1, .epoch = keyring_.epoch()};
    if (say_erased({}, proposal, now, office_.log().head())) ++completed;
  }
  return completed;
}

}  // namespace rireki::api
