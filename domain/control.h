// What takes two people (security.md 2.4), and what must not be erased: folded from the "control/…" events, judged without a look at anything else.
#pragma once

#include <map>
#include <optional>

#include "domain/body.h"
#include "domain/refusal.h"

namespace rireki {

inline constexpr std::chrono::hours kProposalValid{7 * 24};       // an approval comes within
// What takes two people. Releasing a hold, changing who has a powerful role or gets into such an account, taking many records out, destroying keys.
inline constexpr std::string_view kProposalKinds[] = {"erasure", "hold-release", "account-change", "bulk-export"};
inline constexpr const char* kErasureDelayPolicy = "erasure.delay-days";  // between approval and erasure; 7 where the office set none
inline constexpr int kErasureDelayDays = 7;
inline constexpr std::size_t kErasureTargetsMax = 1'000;

struct Proposal {
  Proposed proposed;
  Instant at{};
  std::optional<ProposalDecided> decided;
  Instant decided_at{};
  bool done = false;               // what was approved was carried out
};
struct Hold {
  HoldPlaced placed;
  Instant at{};
  std::optional<HoldReleased> released;
};
struct Controls {
  std::map<ProposalId, Proposal> proposals;
  std::map<HoldId, Hold> holds;
};
void apply(Controls& state, const Body& body, Instant at);

// SHA-256 is not the domain's: whoever proposes brings the digest of kind and content, whoever decides names it again.
// Rules: "unknown-proposal" "already-decided" "second-person" "other-session" "direct-report" "digest" "expired" "not-approved" "too-early" "held" "already-done"
std::optional<Refusal> refuses_decision(const Controls& state, const ProposalDecided& decision, const std::string& session, bool reports_to_proposer, Instant now);
// `delay_days` of an erasure; everything else is carried out within the days that a proposal is valid for ("expired").
std::optional<Refusal> refuses_execution(const Controls& state, ProposalId id, int delay_days, Instant now);
// One of the same content that is not decided and still valid: proposing it again changes nothing.
std::optional<ProposalId> same_open(const Controls& state, const std::string& digest, Instant now);
// A hold on one of these that stands.
std::optional<Refusal> held(const Controls& state, const std::vector<std::string>& targets);

// Of a proposal to erase: {"targets": ["person:p…", "case:c…"], "basis": "…", "reason": "…"}.
std::vector<std::string> targets_of(const Proposed& proposed);

}  // namespace rireki
