// Rules of transfers and of their approval line.
#include "domain/rule_reading.h"

namespace rireki {
namespace {

using nlohmann::json;
using Facts = RuleFacts;
using Kind = RuleParamKind;

constexpr int kMinTenureYears = 2;  // until an office sets the policy (catalogue transfer: three workplaces in about ten years)

RuleVerdict effective_date_present(const RuleInput& in) {
  if (const auto day = form_day(in.state.form, pointer_of(in, "at"))) return yes({{"effective", iso(*day)}});
  return no("発令日がありません。", "There is no effective date.");
}

RuleVerdict person_employed_on(const RuleInput& in) {
  const Day at = day_at(in, "at");
  const Facts facts{{"person", to_text(in.subject)}, {"effective", iso(at)}};
  if (in.context.reg.employment(in.subject, {at})) return yes(facts);
  return no("発令日に在職していません。", "The person is not employed on the effective date.", facts);
}

RuleVerdict receiving_post_exists_on(const RuleInput& in) {
  if (any_set(in, "unless")) return yes();
  const Day at = day_at(in, "at");
  const auto post = post_at(in);
  const Facts facts{{"post", text_at(in, "post")}, {"effective", iso(at)}};
  if (post && in.context.reg.post(*post, {at})) return yes(facts);
  return no("発令日にそのポストがありません。", "The receiving post is not there on the effective date.", facts);
}

// Is a transfer of the holder under way that takes them out of the post by that day?
bool about_to_leave(const RuleInput& in, PersonId holder, PostId post, Day at) {
  for (const auto& move : open_cases(in.context, in.definition.id, {"person", to_text(holder)})) {
    const auto effective = form_day(move.form, "/effective");
    if (effective && *effective <= at && form_value(move.form, "/to_post") != to_text(post) && !is_set(form_value(move.form, "/concurrent")) && !is_set(form_value(move.form, "/concurrent_end"))) return true;
  }
  return false;
}

// Whoever is known to leave by that day, or is to be moved as well, leaves the place free: people who change places are planned side by side. Two for one
// place meet at the order (post-quota).
RuleVerdict post_free_on(const RuleInput& in) {
  if (any_set(in, "unless")) return yes();
  const Day at = day_at(in, "at");
  const auto post = post_at(in);
  const auto held = post ? in.context.reg.post(*post, {at}) : std::nullopt;
  if (!held) return no("発令日にそのポストがありません。", "The receiving post is not there on the effective date.", {{"post", text_at(in, "post")}, {"effective", iso(at)}});
  int holders = 0;
  for (const auto& one : in.context.reg.holders(*post, {at}))
    if (one.kind == PostingKind::kMain && one.person != in.subject) ++holders;
  if (holders >= held->quota)
    for (const auto& one : in.context.reg.holders(*post, {at}))
      if (one.kind == PostingKind::kMain && one.person != in.subject && about_to_leave(in, one.person, *post, at)) --holders;
  const Facts facts{{"post", to_text(*post)}, {"quota", std::to_string(held->quota)}, {"holders", std::to_string(holders)}, {"effective", iso(at)}};
  if (holders < held->quota) return yes(facts);
  return no("発令日にポストの定数が埋まっています。", "The post is full on the effective date.", facts);
}

// The order ends the main post that is held the day before; one that another order gives later would be a second.
RuleVerdict no_second_full_time_post(const RuleInput& in) {
  if (any_set(in, "unless")) return yes();
  const Day at = day_at(in, "at");
  for (const auto& one : in.context.reg.all_postings(in.subject))
    if (one.kind == PostingKind::kMain && one.period.first >= at && one.case_id != in.state.id)
      return no("発令日以後に別の本務の発令があります。常勤の職は一つに限ります。", "Another main post begins on or after the effective date: nobody holds two full-time posts.",
                {{"post", to_text(one.post)}, {"from", iso(one.period.first)}, {"effective", iso(at)}});
  return yes({{"effective", iso(at)}});
}

RuleVerdict concurrent_post_held(const RuleInput& in) {
  if (!any_set(in, "when")) return yes();
  const Day at = day_at(in, "at");
  const auto post = post_at(in);
  const Facts facts{{"post", text_at(in, "post")}, {"effective", iso(at)}};
  for (const auto& one : in.context.reg.postings(in.subject, {at - days{1}}))
    if (one.kind == PostingKind::kConcurrent && one.post == post) return yes(facts);
  return no("その職の兼務を命じられていません。", "The person does not hold that post concurrently.", facts);
}

RuleVerdict job_category_allowed(const RuleInput& in) {
  if (any_set(in, "unless")) return yes();
  const Day at = day_at(in, "at");
  const auto post = post_at(in);
  const auto held = post ? in.context.reg.post(*post, {at}) : std::nullopt;
  const auto employment = in.context.reg.employment(in.subject, {at});
  if (!held || !employment || held->job_categories.empty()) return yes();
  const Facts facts{{"post", to_text(*post)}, {"job_category", employment->job_category}};
  if (std::find(held->job_categories.begin(), held->job_categories.end(), employment->job_category) != held->job_categories.end()) return yes(facts);
  return no("ポストの職種に含まれない職種です。職域の拡大として理由を書いてください。", "The post does not list this job category; state why (職域の拡大).", facts);
}

Day years_after(Day from, int years) {
  const auto date = std::chrono::year_month_day{from} + std::chrono::years{years};
  return date.ok() ? Day{date} : Day{date.year() / date.month() / std::chrono::last};
}

RuleVerdict min_tenure(const RuleInput& in) {
  if (any_set(in, "unless")) return yes();
  const Day at = day_at(in, "at");
  int years = kMinTenureYears;
  if (const auto policy = in.context.reg.policy(pointer_of(in, "policy"), {at})) {
    const auto value = json::parse(*policy, nullptr, false);
    if (value.is_number_integer()) years = value.get<int>();
  }
  const auto here = in.context.reg.main_posting(in.subject, {at - days{1}});
  if (!here) return yes({{"years", std::to_string(years)}});
  const Facts facts{{"in_post_since", iso(here->period.first)}, {"years", std::to_string(years)}, {"effective", iso(at)}};
  if (at >= years_after(here->period.first, years)) return yes(facts);
  return no("今のポストの在職年数が方針より短い異動です。", "The person has been in the present post for less time than the policy asks for.", facts);
}

RuleVerdict wish_departure_needs_reason(const RuleInput& in) {
  const std::string wish = text_at(in, "wish");
  if (wish != "stay" || !text_at(in, "reason").empty()) return yes({{"wish", wish}});
  return no("本人は異動を希望していません。意向と異なる理由を書いてください。", "The person wishes to stay: say why the order departs from it.", {{"wish", wish}});
}

RuleVerdict retroactive_needs_reason(const RuleInput& in) {
  const Day at = day_at(in, "at");
  const Facts facts{{"effective", iso(at)}, {"today", iso(in.context.today())}};
  if (at >= in.context.today()) return yes(facts);
  return no("さかのぼる発令には理由が必要です。", "An order that reaches back needs a reason.", facts);
}

// The case entered its present state when it was decided; notice is given that day or later, and before the order takes effect.
RuleVerdict announcement_after_decision(const RuleInput& in) {
  const Day effective = day_at(in, "at"), on = day_at(in, "on"), decided = local_day(in.state.entered_at);
  const Facts facts{{"decided", iso(decided)}, {"announced", iso(on)}, {"effective", iso(effective)}};
  if (on < decided) return no("内示は決裁の後に行います。", "Advance notice comes after the decision.", facts);
  if (on >= effective) return no("内示は発令日より前に行います。", "Advance notice comes before the effective date.", facts);
  if (on > in.context.today()) return no("内示の日が先の日付です。", "The day of the notice has not come yet.", facts);
  return yes(facts);
}

RuleVerdict order_after_announcement(const RuleInput& in) {
  const Facts facts{{"state", in.state.state}};
  if (in.state.state == pointer_of(in, "announced")) return yes(facts);
  return no("内示をしていません。内示なしで発令する理由を書いてください。", "There was no advance notice: say why the order goes without it.", facts);
}

RuleVerdict day_reached(const RuleInput& in) {
  const Day at = day_at(in, "at");
  const Facts facts{{"day", iso(at)}, {"today", iso(in.context.today())}};
  if (in.context.today() >= at) return yes(facts);
  return no("まだその日になっていません。", "That day has not come yet.", facts);
}

// 専決: up to which grade the holder decides alone; the grade after a promotion counts.
RuleVerdict decided_within_grade(const RuleInput& in) {
  const auto limit = parse_enum<Grade>(pointer_of(in, "up_to")).value_or(Grade::kNone);
  auto grade = Grade::kNone;
  if (const auto employment = in.context.reg.employment(in.subject, {day_at(in, "at")})) grade = employment->grade;
  const auto promoted = value_at(in, "grade");
  if (promoted.is_string()) grade = std::max(grade, parse_enum<Grade>(promoted.get_ref<const std::string&>()).value_or(Grade::kNone));
  const Facts facts{{"grade", std::string(to_text(grade))}, {"up_to", std::string(to_text(limit))}};
  if (grade <= limit) return yes(facts);
  return no("専決の範囲を超える職層です。", "The grade is beyond what this station may decide alone.", facts);
}

constexpr RuleParam kAt[] = {{"at", Kind::kField}};
constexpr RuleParam kPostAtUnless[] = {{"post", Kind::kField}, {"at", Kind::kField}, {"unless", Kind::kFields, false}};
constexpr RuleParam kPostAtWhen[] = {{"post", Kind::kField}, {"at", Kind::kField}, {"when", Kind::kFields}};
constexpr RuleParam kAtUnless[] = {{"at", Kind::kField}, {"unless", Kind::kFields, false}};
constexpr RuleParam kTenure[] = {{"at", Kind::kField}, {"policy", Kind::kPolicy}, {"unless", Kind::kFields, false}};
constexpr RuleParam kWish[] = {{"wish", Kind::kField}, {"reason", Kind::kField}};
constexpr RuleParam kNotice[] = {{"at", Kind::kField}, {"on", Kind::kField, false}};
constexpr RuleParam kAnnounced[] = {{"announced", Kind::kState}};
constexpr RuleParam kGradeLimit[] = {{"up_to", Kind::kGrade}, {"at", Kind::kField}, {"grade", Kind::kField, false}};

const Rule kRules[] = {
    {"effective-date-present", 1, "catalogue R-006", {"発令日がある", "There is an effective date"}, kAt, effective_date_present},
    {"person-employed-on", 1, "catalogue R-009", {"発令日に在職している", "Employed on the effective date"}, kAt, person_employed_on},
    {"receiving-post-exists-on", 1, "catalogue R-012", {"発令日に異動先のポストがある", "The receiving post exists on the effective date"}, kPostAtUnless, receiving_post_exists_on},
    {"post-free-on", 2, "catalogue R-054", {"発令日に異動先の定数に空きがある", "The receiving post has room on the effective date"}, kPostAtUnless, post_free_on},
    {"no-second-full-time-post", 1, "catalogue R-010", {"常勤の職は一つ", "One full-time post at a time"}, kAtUnless, no_second_full_time_post},
    {"concurrent-post-held", 1, "catalogue R-011", {"解く兼務がある", "The concurrent post to end is held"}, kPostAtWhen, concurrent_post_held},
    {"job-category-allowed", 1, "catalogue R-019", {"ポストの職種に合う", "The job category fits the post"}, kPostAtUnless, job_category_allowed},
    {"min-tenure", 1, "catalogue transfer (003_d6991002e8d4ff8d.txt 第8章 I)", {"在職年数が方針に足りる", "Long enough in the present post"}, kTenure, min_tenure},
    {"wish-departure-needs-reason", 1, "catalogue R-036", {"意向と異なる異動には理由", "A departure from a wish has a reason"}, kWish, wish_departure_needs_reason},
    {"retroactive-needs-reason", 1, "catalogue R-006", {"さかのぼる発令には理由", "A retroactive order has a reason"}, kAt, retroactive_needs_reason},
    {"announcement-after-decision", 1, "catalogue R-052", {"内示は決裁の後、発令日の前", "Notice after the decision, before the effective date"}, kNotice, announcement_after_decision},
    {"order-after-announcement", 1, "catalogue R-052", {"内示の後に発令", "The order follows the notice"}, kAnnounced, order_after_announcement},
    {"day-reached", 1, "catalogue R-056", {"その日になっている", "The day has come"}, kAt, day_reached},
    {"decided-within-grade", 1, "事務決裁規程 (専決)", {"専決できる職層", "Within the grade of the delegation"}, kGradeLimit, decided_within_grade},
};

}  // namespace

std::span<const Rule> transfer_rules() { return kRules; }

}  // namespace rireki
