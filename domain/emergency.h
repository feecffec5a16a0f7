// Emergency access (break-glass, security.md 2.4): somebody who cannot read a case and must, reads it: this case alone, for an hour, after saying why,
// and another person looks at it afterwards. It never opens what a conflict of interest closes. Folded from "access/emergency-…" events.
#pragma once

#include <map>

#include "domain/body.h"
#include "domain/office_days.h"
#include "domain/refusal.h"

namespace rireki {

inline constexpr std::chrono::minutes kEmergencyLasts{60};
inline constexpr int kEmergencyReviewOpenDays = 3;
inline constexpr std::size_t kEmergencyReasonCharactersMin = 20;
inline constexpr std::size_t kEmergencyReasonBytesMax = 4'000;

struct EmergencyReason {
  std::string_view code;
  Text title;
};
// life 人命, safety 安全, legal 法令の期限, absence 担当者の不在.
const std::vector<EmergencyReason>& emergency_reasons();

struct Emergency {
  EmergencyOpened opened;
  Instant at{};
  std::optional<EmergencyReviewed> reviewed;
  Instant reviewed_at{};
};
struct Emergencies {
  std::map<GrantId, Emergency> all;
};
void apply(Emergencies& state, const Body& body, Instant at);

// Not run out, and not found unjustified meanwhile.
bool in_emergency(const Emergencies& state, AccountId account, CaseId id, Instant now);
Day review_due(const Emergency& one, const OfficeDays& days);

// Rules: "reason-code" "emergency-reason" "already-open" "review-open": who has not been reviewed does not open another.
std::optional<Refusal> refuses_opening(const Emergencies& state, const EmergencyOpened& wanted, Instant now);
// Rules: "unknown-grant" "already-reviewed" "second-person" "direct-report" "comment"
std::optional<Refusal> refuses_review(const Emergencies& state, const EmergencyReviewed& review, bool reports_to_opener);

}  // namespace rireki
