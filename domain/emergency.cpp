#include "domain/emergency.h"

#include <algorithm>

namespace rireki {
namespace {

Refusal refuse(const char* rule, const char* ja, const char* en, std::vector<std::pair<std::string, std::string>> facts = {}) {
  return {.rule = rule, .source = "security: emergency access", .message = {ja, en}, .facts = std::move(facts), .fields = {}};
}

// Of UTF-8, spaces at the ends and repetitions of one character not counted: twenty dots are no reason.
std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  std::string_view before;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
    const auto here = text.substr(at, end - at);
    if (here != before) ++count;
    before = here;
    at = end;
  }
  return count;
}

}  // namespace

const std::vector<EmergencyReason>& emergency_reasons() {
  static const std::vector<EmergencyReason> reasons = {{"life", {"人の生命・身体の危険", "danger to somebody's life or body"}},
                                                       {"safety", {"職場の安全の確保", "safety at the workplace"}},
                                                       {"legal", {"法令の期限", "a deadline set by law"}},
                                                       {"absence", {"担当者の不在で止められない手続", "those in charge are absent and it cannot wait"}}};
  return reasons;
}

void apply(Emergencies& state, const Body& body, Instant at) {
  if (const auto* opened = std::get_if<EmergencyOpened>(&body)) {
    state.all[opened->grant] = {.opened = *opened, .at = at, .reviewed = {}};
  } else if (const auto* reviewed = std::get_if<EmergencyReviewed>(&body)) {
    auto& one = state.all[reviewed->grant];
    one.reviewed = *reviewed;
    one.reviewed_at = at;
  }
}

bool in_emergency(const Emergencies& state, AccountId account, CaseId id, Instant now) {
  return std::any_of(state.all.begin(), state.all.end(), [&](const auto& each) {
    const Emergency& one = each.second;
    return one.opened.account == account && one.opened.case_id == id && now < one.opened.until && (!one.reviewed || one.reviewed->justified);
  });
}

Day review_due(const Emergency& one, const OfficeDays& days) { return days.add(local_day(one.at), {.open_days = kEmergencyReviewOpenDays}); }

std::optional<Refusal> refuses_opening(const Emergencies& state, const EmergencyOpened& wanted, Instant now) {
  const auto& reasons = emergency_reasons();
  if (std::none_of(reasons.begin(), reasons.end(), [&](const EmergencyReason& one) { return one.code == wanted.reason_code; }))
    return refuse("reason-code", "理由の区分は life、safety、legal、absence のどれかです。", "The reason code is one of life, safety, legal, absence.");
  if (characters(wanted.reason) < kEmergencyReasonCharactersMin || wanted.reason.size() > kEmergencyReasonBytesMax)
    return refuse("emergency-reason", "なぜ必要かを20文字以上（4,000バイトまで）で書いてください。", "Say why in at least 20 characters (4,000 bytes at most).");
  if (in_emergency(state, wanted.account, wanted.case_id, now)) return refuse("already-open", "この案件の緊急閲覧はまだ有効です。", "Emergency access to this case is still open.");
  for (const auto& [id, one] : state.all)
    if (one.opened.account == wanted.account && !one.reviewed)
      return refuse("review-open", "前の緊急閲覧の事後確認が済んでいません。個人情報保護の担当者に連絡してください。", "An earlier emergency access of yours has not been reviewed. Ask the privacy officer.", {{"grant", to_text(id)}});
  return std::nullopt;
}

std::optional<Refusal> refuses_review(const Emergencies& state, const EmergencyReviewed& review, bool reports_to_opener) {
  const auto found = state.all.find(review.grant);
  if (found == state.all.end()) return refuse("unknown-grant", "その緊急閲覧はありません。", "There is no such emergency access.");
  const Emergency& one = found->second;
  if (one.reviewed) return refuse("already-reviewed", "事後確認は済んでいます。", "It has been reviewed.");
  if (review.account == one.opened.account || (review.by && review.by == one.opened.by)) return refuse("second-person", "閲覧した人とは別の人が確認してください。", "Somebody other than who opened it must review it.");
  if (reports_to_opener) return refuse("direct-report", "閲覧した人の直属の部下は確認できません。", "Somebody who reports to who opened it cannot review it.");
  if (review.comment.empty() || review.comment.size() > kEmergencyReasonBytesMax) return refuse("comment", "確認したことを書いてください（4,000バイトまで）。", "Say what you found (4,000 bytes at most).");
  return std::nullopt;
}

}  // namespace rireki
