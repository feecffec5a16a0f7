// Rules of the harassment desk: nothing beyond the person's wish, two members for an alert, a neutral person who delivers it.
#include "domain/rule_reading.h"

namespace rireki {
namespace {

using Kind = RuleParamKind;

// what may be done follows the wish; danger to life is the exception, and is recorded as such. The facts say no more than the words of the wish.
RuleVerdict within_wish(const RuleInput& in, std::initializer_list<std::string_view> allowing, const char* ja, const char* en) {
  const std::string wish = text_at(in, "wish");
  if (any_set(in, "danger")) return yes({{"wish", wish}, {"danger", "to-life"}});
  const bool allowed = std::find(allowing.begin(), allowing.end(), wish) != allowing.end();
  return allowed ? yes({{"wish", wish}}) : no(ja, en, {{"wish", wish}});
}

RuleVerdict wish_allows_warning(const RuleInput& in) {
  return within_wish(in, {"warn", "mediate", "investigate"}, "相談した人は、相手への注意を望んでいません。", "The person does not wish that the other be warned.");
}
RuleVerdict wish_allows_mediation(const RuleInput& in) {
  return within_wish(in, {"mediate"}, "相談した人は、間に入ることを望んでいません。", "The person does not wish for mediation.");
}
RuleVerdict wish_allows_inquiry(const RuleInput& in) {
  return within_wish(in, {"investigate"}, "相談した人は、調査を望んでいません。生命の危険があるときに限り始められます。", "The person does not wish for an inquiry. Without the wish only danger to life allows it.");
}

RuleVerdict both_told(const RuleInput& in) {
  return value_at(in, "told") == true ? yes() : no("結果を双方に伝えてから記録してください。", "Tell both sides the outcome first.");
}
RuleVerdict victim_wishes(const RuleInput& in) {
  return value_at(in, "wish") == true ? yes() : no("本人が望んだときに限り、相談へ移せます。", "It becomes a consultation only where the victim wishes it.");
}

// whoever agrees is not the one who proposed.
RuleVerdict second_member(const RuleInput& in) {
  const std::string pointer = pointer_of(in, "field");
  const auto proposer = pointer.empty() ? in.state.writers.end() : in.state.writers.find(pointer.substr(1));
  if (in.actor && proposer != in.state.writers.end() && proposer->second != in.actor) return yes();
  return no("案を作った担当者とは別の担当者が同意してください。", "A handler other than the one who proposed it must agree.");
}

// the first report an advisory, a second by another person a warning; another choice has a reason.
RuleVerdict level_fits(const RuleInput& in) {
  const auto reports = value_at(in, "reports");
  const std::string usual = reports.is_number_integer() && reports.get<int>() > 1 ? "warning" : "advisory";
  const RuleFacts facts{{"usual", usual}};
  if (text_at(in, "level") == usual) return yes(facts);
  return no("はじめての通報は注意報、別の人からの二度目は警報が目安です。違えるときは理由を書いてください。", "A first report is usually an advisory, a second by another person a warning. Give a reason to differ.", facts);
}

// nobody from whose standing the actor could guess who told or who suffers it.
RuleVerdict neutral_deliverer(const RuleInput& in) {
  const auto deliverer = parse<PersonId>(text_at(in, "deliverer"));
  const Moment today{in.context.today()};
  if (!deliverer || !in.context.reg.employment(*deliverer, today)) return no("伝える人は在職する職員から選んでください。", "Choose somebody employed to deliver it.");
  for (const char* party : {"accused", "victim"}) {
    const auto person = parse<PersonId>(text_at(in, party));
    if (!person) continue;
    if (person == deliverer || in.context.reg.is_superior_of(*deliverer, *person, today) || in.context.reg.is_superior_of(*person, *deliverer, today))
      return no("伝える人は、当事者でも、その上司や部下でもない人にしてください。", "Whoever delivers it is no party, nor above or below one.");
  }
  if (deliverer == in.state.author) return no("知らせた人が伝えることはできません。", "Whoever reported it cannot deliver it.");
  return yes();
}

constexpr RuleParam kWish[] = {{"wish", Kind::kField}, {"danger", Kind::kField}};
constexpr RuleParam kTold[] = {{"told", Kind::kField}};
constexpr RuleParam kVictim[] = {{"wish", Kind::kField}};
constexpr RuleParam kSecond[] = {{"field", Kind::kField}};
constexpr RuleParam kLevel[] = {{"level", Kind::kField}, {"reports", Kind::kField}};
constexpr RuleParam kDeliverer[] = {{"deliverer", Kind::kField}, {"accused", Kind::kField}, {"victim", Kind::kField, false}};

const Rule kRules[] = {
    {"wish-allows-warning", 1, "catalogue R-148", {"望みの範囲で注意する", "Warned within the wish"}, kWish, wish_allows_warning},
    {"wish-allows-mediation", 1, "catalogue R-148", {"望みの範囲で間に入る", "Mediated within the wish"}, kWish, wish_allows_mediation},
    {"wish-allows-inquiry", 1, "catalogue R-148", {"望みの範囲で調べる", "Inquired within the wish"}, kWish, wish_allows_inquiry},
    {"both-told", 1, "catalogue harassment-consultation", {"双方に伝えてある", "Both were told"}, kTold, both_told},
    {"victim-wishes", 1, "catalogue harassment-third-party-report", {"本人が望んでいる", "The victim wishes it"}, kVictim, victim_wishes},
    {"second-member", 1, "catalogue R-155", {"二人目は別の担当者", "The second is another handler"}, kSecond, second_member},
    {"level-fits", 1, "catalogue R-153", {"段階の目安", "The usual level"}, kLevel, level_fits},
    {"neutral-deliverer", 1, "catalogue R-155", {"中立の人が伝える", "Delivered by somebody neutral"}, kDeliverer, neutral_deliverer},
};

}  // namespace

std::span<const Rule> harassment_rules() { return kRules; }

}  // namespace rireki
