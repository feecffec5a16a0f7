// Rules of line care: consent, its exception, who reads.
#include "domain/rule_reading.h"

namespace rireki {
namespace {

using nlohmann::json;
using Facts = RuleFacts;
using Kind = RuleParamKind;

RuleVerdict consent_recorded(const RuleInput& in) {
  if (!text_at(in, "consent").empty()) return yes();
  return no("共有への同意を本人に聞いて記録してください。", "Ask the person whether it may be shared, and record the answer.");
}

// 生命の危険: consent is not waited for. The facts name nobody and say nothing of health: they are kept with the event.
RuleVerdict within_consent(const RuleInput& in) {
  if (any_set(in, "danger")) return yes({{"consent", "not-waited-for"}});
  const std::string consent = text_at(in, "consent");
  const Facts facts{{"consent", consent}};
  if (consent != "named") return no("本人が共有に同意していません。生命の危険があるときに限り、同意なしで共有できます。", "The person has not consented. Without consent only danger to life allows sharing.", facts);
  const auto with = value_at(in, "with");
  if (!with.is_array() || std::find(with.begin(), with.end(), value_at(in, "reader")) != with.end()) return yes(facts);
  return no("本人が同意した相手ではありません。", "The person has not consented to sharing with this reader.", facts);
}

RuleVerdict danger_to_life_exception(const RuleInput& in) {
  if (!any_set(in, "danger") || !in.reason.empty()) return yes();
  return no("同意なしで共有するには、生命の危険があると判断した理由を書いてください。", "Sharing without consent: say why life is judged to be in danger.");
}

RuleVerdict reader_in_line(const RuleInput& in) {
  const auto reader = parse<PersonId>(text_at(in, "reader"));
  if (reader && in.context.reg.is_superior_of(*reader, in.subject, {in.context.today()})) return yes();
  return no("本人の上司ではない相手です。人事の担当者でなければ共有しても読めません。", "The reader is no superior of the person: only somebody of the HR office could read it then.");
}

RuleVerdict person_told(const RuleInput& in) {
  if (value_at(in, "told") == true) return yes();
  return no("引き継ぐことを本人に伝えてから記録してください。", "Tell the person first that the sheet is passed on.");
}

constexpr RuleParam kConsent[] = {{"consent", Kind::kField}};
constexpr RuleParam kSharing[] = {{"consent", Kind::kField}, {"with", Kind::kField, false}, {"reader", Kind::kField}, {"danger", Kind::kField}};
constexpr RuleParam kDanger[] = {{"danger", Kind::kField}};
constexpr RuleParam kReader[] = {{"reader", Kind::kField}};
constexpr RuleParam kTold[] = {{"told", Kind::kField}};

const Rule kRules[] = {
    {"consent-recorded", 1, "catalogue line-care", {"共有への同意を聞いてある", "Consent was asked for"}, kConsent, consent_recorded},
    {"within-consent", 1, "catalogue line-care", {"同意の範囲で共有する", "Shared within the consent"}, kSharing, within_consent},
    {"danger-to-life-exception", 1, "catalogue line-care", {"生命の危険による例外には理由", "The exception for danger to life has a reason"}, kDanger, danger_to_life_exception},
    {"reader-in-line", 1, "catalogue R-136", {"共有の相手は上司か人事", "Shared with a superior or HR"}, kReader, reader_in_line},
    {"person-told", 1, "catalogue R-139", {"本人に伝えてある", "The person was told"}, kTold, person_told},
};

}  // namespace

std::span<const Rule> line_care_rules() { return kRules; }

}  // namespace rireki
