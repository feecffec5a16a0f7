#include "domain/rules.h"

#include <algorithm>

namespace rireki {
namespace {

using nlohmann::json;
using Facts = std::vector<std::pair<std::string, std::string>>;
using Kind = RuleParamKind;

constexpr int kMinTenureYears = 2;  // until an office sets the policy (catalogue transfer: three workplaces in about ten years)

std::string pointer_of(const RuleInput& in, const char* param) {
  const auto found = in.params.find(param);
  return found != in.params.end() && found->is_string() ? found->get<std::string>() : std::string();
}
json value_at(const RuleInput& in, const char* param) { return form_value(in.state.form, pointer_of(in, param)); }
std::string text_at(const RuleInput& in, const char* param) {
  const auto value = value_at(in, param);
  return value.is_string() ? value.get<std::string>() : std::string();
}
bool is_set(const json& value) { return !value.is_null() && value != false && value != ""; }
bool any_set(const RuleInput& in, const char* param) {
  const auto found = in.params.find(param);
  if (found == in.params.end()) return false;
  for (const auto& one : found->is_array() ? *found : json::array({*found}))
    if (one.is_string() && is_set(form_value(in.state.form, one.get<std::string>()))) return true;
  return false;
}
Day day_at(const RuleInput& in, const char* param) { return form_day(in.state.form, pointer_of(in, param)).value_or(in.context.today()); }
std::optional<PostId> post_at(const RuleInput& in) { return parse<PostId>(text_at(in, "post")); }

RuleVerdict yes(Facts facts = {}) { return {true, {}, std::move(facts)}; }
RuleVerdict no(const char* ja, const char* en, Facts facts = {}) { return {false, {ja, en}, std::move(facts)}; }

// --- Transfer ---

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

// Whoever is known to leave by that day leaves the place free; two drafts for one place meet at the order (post-quota).
RuleVerdict post_free_on(const RuleInput& in) {
  if (any_set(in, "unless")) return yes();
  const Day at = day_at(in, "at");
  const auto post = post_at(in);
  const auto held = post ? in.context.reg.post(*post, {at}) : std::nullopt;
  if (!held) return no("発令日にそのポストがありません。", "The receiving post is not there on the effective date.", {{"post", text_at(in, "post")}, {"effective", iso(at)}});
  int holders = 0;
  for (const auto& one : in.context.reg.holders(*post, {at}))
    if (one.kind == PostingKind::kMain && one.person != in.subject) ++holders;
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

RuleVerdict not_before(const RuleInput& in) {
  const Day at = day_at(in, "at"), from = day_at(in, "from");
  const Facts facts{{"day", iso(at)}, {"from", iso(from)}};
  if (at >= from) return yes(facts);
  return no("始まりの日より前の日付です。", "The day is before the one it starts from.", facts);
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

// --- Line care ---

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

// --- 1on1 ---

constexpr int kOneOnOneYears[] = {1, 9};  // 集中育成期間

RuleVerdict service_year_within(const RuleInput& in) {
  int from = kOneOnOneYears[0], to = kOneOnOneYears[1];
  if (const auto policy = in.context.reg.policy(pointer_of(in, "policy"), {in.context.today()})) {
    const auto value = json::parse(*policy, nullptr, false);
    if (value.is_array() && value.size() == 2 && value[0].is_number_integer() && value[1].is_number_integer()) from = value[0], to = value[1];
  }
  const int year = in.context.reg.years_of_service(in.subject, {in.context.today()}).value_or(0);
  const Facts facts{{"year_of_service", std::to_string(year)}, {"from", std::to_string(from)}, {"to", std::to_string(to)}};
  if (from <= year && year <= to) return yes(facts);
  return no("対象の勤続年数ではありません。", "The person's year of service is not one that this is held in.", facts);
}

// The pair is the employee and the head of the team on the day of the meeting.
RuleVerdict superior_on_day(const RuleInput& in) {
  const Day at = day_at(in, "at");
  const auto superior = in.context.reg.superior_of(in.subject, {at});
  const Facts facts{{"day", iso(at)}, {"superior", superior ? to_text(*superior) : ""}};
  if (superior && superior == in.actor) return yes(facts);
  return no("その日の直属の上司ではありません。取りやめにして、新しい上司が立て直してください。", "You were not the person's direct superior on that day. Call it off; the new superior plans another.", facts);
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
constexpr RuleParam kAtFrom[] = {{"at", Kind::kField}, {"from", Kind::kField}};
constexpr RuleParam kPolicyOnly[] = {{"policy", Kind::kPolicy}};
constexpr RuleParam kConsent[] = {{"consent", Kind::kField}};
constexpr RuleParam kSharing[] = {{"consent", Kind::kField}, {"with", Kind::kField, false}, {"reader", Kind::kField}, {"danger", Kind::kField}};
constexpr RuleParam kDanger[] = {{"danger", Kind::kField}};
constexpr RuleParam kReader[] = {{"reader", Kind::kField}};
constexpr RuleParam kTold[] = {{"told", Kind::kField}};

const Rule kRules[] = {
    {"effective-date-present", 1, "catalogue R-006", {"発令日がある", "There is an effective date"}, kAt, effective_date_present},
    {"person-employed-on", 1, "catalogue R-009", {"発令日に在職している", "Employed on the effective date"}, kAt, person_employed_on},
    {"receiving-post-exists-on", 1, "catalogue R-012", {"発令日に異動先のポストがある", "The receiving post exists on the effective date"}, kPostAtUnless, receiving_post_exists_on},
    {"post-free-on", 1, "catalogue R-054", {"発令日に異動先の定数に空きがある", "The receiving post has room on the effective date"}, kPostAtUnless, post_free_on},
    {"no-second-full-time-post", 1, "catalogue R-010", {"常勤の職は一つ", "One full-time post at a time"}, kAtUnless, no_second_full_time_post},
    {"concurrent-post-held", 1, "catalogue R-011", {"解く兼務がある", "The concurrent post to end is held"}, kPostAtWhen, concurrent_post_held},
    {"job-category-allowed", 1, "catalogue R-019", {"ポストの職種に合う", "The job category fits the post"}, kPostAtUnless, job_category_allowed},
    {"min-tenure", 1, "catalogue transfer (003_d6991002e8d4ff8d.txt 第8章 I)", {"在職年数が方針に足りる", "Long enough in the present post"}, kTenure, min_tenure},
    {"wish-departure-needs-reason", 1, "catalogue R-036", {"意向と異なる異動には理由", "A departure from a wish has a reason"}, kWish, wish_departure_needs_reason},
    {"retroactive-needs-reason", 1, "catalogue R-006", {"さかのぼる発令には理由", "A retroactive order has a reason"}, kAt, retroactive_needs_reason},
    {"announcement-after-decision", 1, "catalogue R-052", {"内示は決裁の後、発令日の前", "Notice after the decision, before the effective date"}, kNotice, announcement_after_decision},
    {"order-after-announcement", 1, "catalogue R-052", {"内示の後に発令", "The order follows the notice"}, kAnnounced, order_after_announcement},
    {"day-reached", 1, "catalogue R-056", {"その日になっている", "The day has come"}, kAt, day_reached},
    {"not-before", 1, "catalogue R-132", {"始まりの日より前ではない", "Not before it starts"}, kAtFrom, not_before},
    {"decided-within-grade", 1, "事務決裁規程 (専決)", {"専決できる職層", "Within the grade of the delegation"}, kGradeLimit, decided_within_grade},
    {"consent-recorded", 1, "catalogue line-care", {"共有への同意を聞いてある", "Consent was asked for"}, kConsent, consent_recorded},
    {"within-consent", 1, "catalogue line-care", {"同意の範囲で共有する", "Shared within the consent"}, kSharing, within_consent},
    {"danger-to-life-exception", 1, "catalogue line-care", {"生命の危険による例外には理由", "The exception for danger to life has a reason"}, kDanger, danger_to_life_exception},
    {"reader-in-line", 1, "catalogue R-136", {"共有の相手は上司か人事", "Shared with a superior or HR"}, kReader, reader_in_line},
    {"service-year-within", 1, "catalogue R-061", {"対象の勤続年数である", "Within the years of service"}, kPolicyOnly, service_year_within},
    {"superior-on-day", 1, "catalogue R-062", {"その日の直属の上司である", "The direct superior on that day"}, kAt, superior_on_day},
    {"person-told", 1, "catalogue R-139", {"本人に伝えてある", "The person was told"}, kTold, person_told},
};

}  // namespace

std::span<const Rule> all_rules() { return kRules; }

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
  return value.is_string() ? parse_iso(value.get_ref<const std::string&>()) : std::nullopt;
}

}  // namespace rireki
