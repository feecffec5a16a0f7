#include "domain/control.h"

#include <algorithm>

namespace rireki {
namespace {

Refusal refuse(const char* rule, const char* ja, const char* en, std::vector<std::pair<std::string, std::string>> facts = {}) {
  return {.rule = rule, .source = "security: four eyes", .message = {ja, en}, .facts = std::move(facts), .fields = {}};
}

}  // namespace

void apply(Controls& state, const Body& body, Instant at) {
  if (const auto* proposed = std::get_if<Proposed>(&body)) {
    state.proposals[proposed->proposal] = {.proposed = *proposed, .at = at, .decided = {}};
  } else if (const auto* decided = std::get_if<ProposalDecided>(&body)) {
    auto& proposal = state.proposals[decided->proposal];
    proposal.decided = *decided;
    proposal.decided_at = at;
  } else if (const auto* erased = std::get_if<Erased>(&body)) {
    state.proposals[erased->proposal].done = true;
  } else if (const auto* carried_out = std::get_if<ProposalCarriedOut>(&body)) {
    state.proposals[carried_out->proposal].done = true;
  } else if (const auto* placed = std::get_if<HoldPlaced>(&body)) {
    state.holds[placed->hold] = {.placed = *placed, .at = at, .released = {}};
  } else if (const auto* released = std::get_if<HoldReleased>(&body)) {
    state.holds[released->hold].released = *released;
  }
}

std::optional<Refusal> refuses_decision(const Controls& state, const ProposalDecided& decision, const std::string& session, bool reports_to_proposer, Instant now) {
  const auto found = state.proposals.find(decision.proposal);
  if (found == state.proposals.end()) return refuse("unknown-proposal", "その提案はありません。", "There is no such proposal.");
  const auto& [id, proposal] = *found;
  if (proposal.decided) return refuse("already-decided", "すでに決まっています。", "It has been decided.");
  if (now - proposal.at > kProposalValid) return refuse("expired", "提案から7日を過ぎました。もう一度提案してください。", "It is more than seven days old. Propose it again.");
  if (decision.account == proposal.proposed.account || (decision.by && decision.by == proposal.proposed.by))
    return refuse("second-person", "提案した人とは別の人が決めてください。", "Somebody other than the proposer must decide.");
  if (!session.empty() && session == proposal.proposed.session) return refuse("other-session", "提案とは別のセッションで決めてください。", "Decide in another session than the proposal's.");
  if (reports_to_proposer) return refuse("direct-report", "提案した人の直属の部下は決められません。", "Somebody who reports to the proposer cannot decide.");
  if (decision.digest != proposal.proposed.digest) return refuse("digest", "提案の内容と違います。読み直してから決めてください。", "That is not what was proposed. Read it again, then decide.", {{"digest", proposal.proposed.digest}});
  return std::nullopt;
}

std::optional<Refusal> refuses_execution(const Controls& state, ProposalId id, int delay_days, Instant now) {
  const auto found = state.proposals.find(id);
  if (found == state.proposals.end()) return refuse("unknown-proposal", "その提案はありません。", "There is no such proposal.");
  const Proposal& proposal = found->second;
  if (proposal.done) return refuse("already-done", "すでに行いました。", "It has been done.");
  if (!proposal.decided || !proposal.decided->approved) return refuse("not-approved", "承認されていません。", "It is not approved.");
  if (proposal.proposed.kind != "erasure")
    return now - proposal.decided_at > kProposalValid ? std::optional(refuse("expired", "承認から7日を過ぎました。もう一度提案してください。", "It was approved more than seven days ago. Propose it again.")) : std::nullopt;
  const Instant from = proposal.decided_at + std::chrono::hours{24 * delay_days};
  if (now < from) return refuse("too-early", "承認から実行までの日数が過ぎていません。", "The days between approval and execution are not over.", {{"from", iso(local_day(from))}});
  return held(state, targets_of(proposal.proposed));
}

std::optional<ProposalId> same_open(const Controls& state, const std::string& digest, Instant now) {
  for (const auto& [id, proposal] : state.proposals)
    if (!proposal.decided && proposal.proposed.digest == digest && now - proposal.at <= kProposalValid) return id;
  return std::nullopt;
}

std::optional<Refusal> held(const Controls& state, const std::vector<std::string>& targets) {
  for (const auto& [id, hold] : state.holds)
    if (!hold.released && std::find(targets.begin(), targets.end(), hold.placed.target) != targets.end())
      return refuse("held", "保全されている記録は消せません。", "What is held cannot be erased.", {{"hold", to_text(id)}, {"kind", hold.placed.kind}});
  return std::nullopt;
}

std::vector<std::string> targets_of(const Proposed& proposed) {
  const auto content = nlohmann::json::parse(proposed.content, nullptr, false);
  const auto targets = content.is_object() ? content.value("targets", nlohmann::json::array()) : nlohmann::json::array();
  return targets.is_array() ? targets.get<std::vector<std::string>>() : std::vector<std::string>{};
}

}  // namespace rireki
