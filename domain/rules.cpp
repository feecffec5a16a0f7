#include "domain/rules.h"

#include <algorithm>

namespace rireki {
namespace {

using nlohmann::json;

constexpr int kMinTenureYears = 2;  // until an office sets the policy (catalogue transfer: two to three years in a post)

std::string text_of(const RuleInput& in, const char* param) {
  const auto value = form_value(in.state.form, in.params.value(param, ""));
  return value.is_string() ? value.get<std::string>() : std::string();
}
Day day_of(const RuleInput& in, const char* param) {
  return form_day(in.state.form, in.params.value(param, "")).value_or(in.context.today());
}
std::optional<PostId> post_of(const RuleInput& in) { return parse<PostId>(text_of(in, "post")); }

RuleVerdict no(const char* ja, const char* en, std::vector<std::pair<std::string, std::string>> facts = {}) { return {false, {ja, en}, std::move(facts)}; }

RuleVerdict person_employed_on(const RuleInput& in) {
  const Day at = day_of(in, "at");
  if (in.context.reg.employment(in.subject, {at})) return {};
  return no("発令日に在職していません。", "The person is not employed on the effective date.", {{"person", to_text(in.subject)}, {"effective", iso(at)}});
}

RuleVerdict receiving_post_exists_on(const RuleInput& in) {
  const Day at = day_of(in, "at");
  const auto post = post_of(in);
  if (post && in.context.reg.post(*post, {at})) return {};
  return no("発令日にそのポストがありません。", "The receiving post is not there on the effective date.", {{"post", text_of(in, "post")}, {"effective", iso(at)}});
}

// Whoever is known to leave by that day leaves the place free; two drafts for one place meet at the order (post-quota).
RuleVerdict post_free_on(const RuleInput& in) {
  const Day at = day_of(in, "at");
  const auto post = post_of(in);
  const auto held = post ? in.context.reg.post(*post, {at}) : std::nullopt;
  if (!held || in.state.form.value("concurrent", false)) return {};
  int holders = 0;
  for (const auto& one : in.context.reg.holders(*post, {at}))
    if (one.kind == PostingKind::kMain && one.person != in.subject) ++holders;
  if (holders < held->quota) return {};
  return no("発令日にポストの定数が埋まっています。", "The post is full on the effective date.", {{"post", to_text(*post)}, {"quota", std::to_string(held->quota)}, {"holders", std::to_string(holders)}, {"effective", iso(at)}});
}

RuleVerdict job_category_allowed(const RuleInput& in) {
  const Day at = day_of(in, "at");
  const auto post = post_of(in);
  const auto held = post ? in.context.reg.post(*post, {at}) : std::nullopt;
  const auto employment = in.context.reg.employment(in.subject, {at});
  if (!held || !employment || held->job_categories.empty()) return {};
  if (std::find(held->job_categories.begin(), held->job_categories.end(), employment->job_category) != held->job_categories.end()) return {};
  return no("ポストの職種に含まれない職種です。職域の拡大として理由を書いてください。", "The post does not list this job category; state why (職域の拡大).", {{"post", to_text(*post)}, {"job_category", employment->job_category}});
}

RuleVerdict min_tenure(const RuleInput& in) {
  const Day at = day_of(in, "at");
  int years = kMinTenureYears;
  if (const auto policy = in.context.reg.policy(in.params.value("policy", ""), {at})) {
    const auto value = json::parse(*policy, nullptr, false);
    if (value.is_number_integer()) years = value.get<int>();
  }
  const auto here = in.context.reg.main_posting(in.subject, {at - days{1}});
  if (!here) return {};
  const auto due = std::chrono::year_month_day{here->period.first} + std::chrono::years{years};
  const Day until = due.ok() ? Day{due} : Day{due.year() / due.month() / std::chrono::last};
  if (at >= until) return {};
  return no("今のポストの在職年数が方針より短い異動です。", "The person has been in the present post for less time than the policy asks for.",
            {{"in_post_since", iso(here->period.first)}, {"years", std::to_string(years)}, {"effective", iso(at)}});
}

RuleVerdict wish_departure_needs_reason(const RuleInput& in) {
  if (text_of(in, "wish") != "stay" || !text_of(in, "reason").empty()) return {};
  return no("本人は異動を希望していません。意向と異なる理由を書いてください。", "The person wishes to stay: say why the order departs from it.", {{"wish", "stay"}});
}

RuleVerdict retroactive_needs_reason(const RuleInput& in) {
  const Day at = day_of(in, "at");
  if (at >= in.context.today()) return {};
  return no("さかのぼる発令には理由が必要です。", "An order that reaches back needs a reason.", {{"effective", iso(at)}, {"today", iso(in.context.today())}});
}

RuleVerdict announced_before_effective(const RuleInput& in) {
  const Day at = day_of(in, "at");
  if (in.context.today() < at) return {};
  return no("内示は発令日より前に行います。", "Advance notice comes before the effective date.", {{"effective", iso(at)}, {"today", iso(in.context.today())}});
}

RuleVerdict order_after_announcement(const RuleInput& in) {
  if (in.state.state == in.params.value("announced", "announced")) return {};
  return no("内示をしていません。内示なしで発令する理由を書いてください。", "There was no advance notice: say why the order goes without it.", {{"state", in.state.state}});
}

RuleVerdict day_reached(const RuleInput& in) {
  const Day at = day_of(in, "at");
  if (in.context.today() >= at) return {};
  return no("まだその日になっていません。", "That day has not come yet.", {{"day", iso(at)}, {"today", iso(in.context.today())}});
}

// 専決: up to which grade the holder decides alone; the grade after a promotion counts.
RuleVerdict decided_within_grade(const RuleInput& in) {
  const auto limit = parse_enum<Grade>(in.params.value("up_to", "none")).value_or(Grade::kNone);
  const Day at = form_day(in.state.form, "/effective").value_or(in.context.today());
  auto grade = Grade::kNone;
  if (const auto employment = in.context.reg.employment(in.subject, {at})) grade = employment->grade;
  const auto promoted = form_value(in.state.form, "/grade");
  if (promoted.is_string()) grade = std::max(grade, parse_enum<Grade>(promoted.get<std::string>()).value_or(Grade::kNone));
  if (grade <= limit) return {};
  return no("専決の範囲を超える職層です。", "The grade is beyond what this station may decide alone.", {{"grade", std::string(to_text(grade))}, {"up_to", std::string(to_text(limit))}});
}

RuleVerdict within_consent(const RuleInput& in) {
  if (form_value(in.state.form, in.params.value("danger", "")) == true) return {};  // 生命の危険: consent is not waited for
  if (text_of(in, "consent") == "named") return {};
  return no("本人が共有に同意していません。生命の危険があるときに限り、同意なしで共有できます。", "The person has not consented. Without consent only danger to life allows sharing.", {{"consent", text_of(in, "consent")}});
}

RuleVerdict person_told(const RuleInput& in) {
  if (form_value(in.state.form, in.params.value("told", "")) == true) return {};
  return no("引き継ぐことを本人に伝えてから記録してください。", "Tell the person first that the sheet is passed on.");
}

constexpr Rule kRules[] = {
    {"person-employed-on", 1, "catalogue R-009", person_employed_on},
    {"receiving-post-exists-on", 1, "catalogue R-012", receiving_post_exists_on},
    {"post-free-on", 1, "catalogue R-054", post_free_on},
    {"job-category-allowed", 1, "catalogue R-019", job_category_allowed},
    {"min-tenure", 1, "catalogue transfer (003_d6991002e8d4ff8d.txt 第8章 I)", min_tenure},
    {"wish-departure-needs-reason", 1, "catalogue R-036", wish_departure_needs_reason},
    {"retroactive-needs-reason", 1, "catalogue R-006", retroactive_needs_reason},
    {"announced-before-effective", 1, "catalogue R-052", announced_before_effective},
    {"order-after-announcement", 1, "catalogue R-052", order_after_announcement},
    {"day-reached", 1, "catalogue R-056", day_reached},
    {"decided-within-grade", 1, "事務決裁規程 (専決)", decided_within_grade},
    {"within-consent", 1, "catalogue line-care", within_consent},
    {"person-told", 1, "catalogue R-139", person_told},
};

}  // namespace

const Rule* find_rule(std::string_view name) {
  const auto found = std::find_if(std::begin(kRules), std::end(kRules), [&](const Rule& rule) { return rule.name == name; });
  return found == std::end(kRules) ? nullptr : found;
}

json form_value(const json& form, const std::string& pointer) {
  if (pointer.size() < 2 || !form.is_object()) return json();
  const auto found = form.find(pointer.substr(1));
  return found == form.end() ? json() : *found;
}

std::optional<Day> form_day(const json& form, const std::string& pointer) {
  const auto value = form_value(form, pointer);
  return value.is_string() ? parse_iso(value.get<std::string>()) : std::nullopt;
}

}  // namespace rireki
