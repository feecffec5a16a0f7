// Rules of leaves, the gaps they open, and the Voyagers who cover them. What a rule looked at names posts, leaves and days, never why somebody is away
//
#include "domain/rule_reading.h"

namespace rireki {
namespace {

using Kind = RuleParamKind;

constexpr days kCheckedWithin{31};
constexpr days kLongestDispatch{3 * 366};  // 育児休業 ends with the third birthday; what is longer is no cover

// The leave that a field names, as it stands now.
std::optional<Leave> leave_named(const RuleInput& in) {
  const auto id = parse<LeaveId>(text_at(in, "leave"));
  return id ? in.context.reg.find_leave(*id) : std::nullopt;
}

// The leave that this case ordered.
std::optional<Leave> leave_of_case(const RuleInput& in) {
  for (const auto& leave : in.context.reg.leaves(in.subject))
    if (leave.case_id == in.state.id) return leave;
  return std::nullopt;
}

// The end of what the subject covers of that leave; none: nothing.
std::optional<Day> cover_end(const RuleInput& in, LeaveId leave) {
  std::optional<Day> last;
  for (const auto& one : in.context.reg.all_postings(in.subject))
    if (one.kind == PostingKind::kCover && one.covers == leave) last = std::max(last.value_or(one.period.last), one.period.last);
  return last;
}

// --- Leaves ---

RuleVerdict in_order(const RuleInput& in) {
  const Day from = day_at(in, "from"), until = day_at(in, "until");
  const RuleFacts facts{{"from", iso(from)}, {"until", iso(until)}};
  if (from <= until) return yes(facts);
  return no("最後の日が最初の日より前です。", "The last day is before the first.", facts);
}

RuleVerdict leave_end_moves(const RuleInput& in, bool (*right)(Day now, Day then), const char* ja, const char* en) {
  const auto leave = leave_of_case(in);
  if (!leave) return no("この案件で発令した休業がありません。", "This case has ordered no leave.");
  const Day until = day_at(in, "until");
  const RuleFacts facts{{"ends", iso(leave->period.last)}, {"until", iso(until)}};
  if (until < leave->period.first) return no("休業が始まる前の日付です。", "The day is before the leave begins.", facts);
  return right(leave->period.last, until) ? yes(facts) : no(ja, en, facts);
}
RuleVerdict leave_end_later(const RuleInput& in) {
  return leave_end_moves(in, [](Day now, Day then) { return then > now; }, "延長の終わりは、いまの終わりより後です。", "An extension ends after the present end.");
}
RuleVerdict leave_end_earlier(const RuleInput& in) {
  return leave_end_moves(in, [](Day now, Day then) { return then < now; }, "短くするときの終わりは、いまの終わりより前です。", "What is shortened ends before the present end.");
}
RuleVerdict leave_end_not_later(const RuleInput& in) {
  return leave_end_moves(in, [](Day now, Day then) { return then <= now; }, "休業の終わりより後です。先に延長してください。", "That is after the leave's end: extend it first.");
}

// --- Voyagers ---

RuleVerdict regular_employee(const RuleInput& in) {
  const Day at = day_at(in, "at");
  const auto employment = in.context.reg.employment(in.subject, {at});
  const RuleFacts facts{{"on", iso(at)}, {"type", employment ? std::string(to_text(employment->type)) : "none"}};
  if (employment && employment->type == EmploymentType::kRegular) return yes(facts);
  return no("ボイジャーになれるのは、その日に在職する正規職員だけです。", "Only a regular employee of that day can be a Voyager.", facts);
}

RuleVerdict leave_covered(const RuleInput& in) {
  const auto leave = leave_named(in);
  const auto post = parse<PostId>(text_at(in, "post"));
  const Day from = day_at(in, "from");
  const RuleFacts facts{{"post", text_at(in, "post")}, {"from", iso(from)}};
  if (!leave) return no("その休業は台帳にありません。", "The register knows no such leave.", facts);
  if (!leave->period.contains(from)) return no("その日は休業の期間に入っていません。", "The leave does not hold on that day.", facts);
  for (const auto& one : in.context.reg.postings(leave->person, {from}))
    if (one.kind == PostingKind::kMain && one.post == post) return yes(facts);
  return no("休む人のポストではありません。決まった期間空く正規のポストだけを代われます。", "It is not the post of the person on leave: only a regular post vacant for a set time is covered.", facts);
}

RuleVerdict cover_inside_leave(const RuleInput& in) {
  const auto leave = leave_named(in);
  const Day until = day_at(in, "until");
  if (!leave) return no("その休業は台帳にありません。", "The register knows no such leave.");
  const RuleFacts facts{{"leave_ends", iso(leave->period.last)}, {"until", iso(until)}};
  if (until <= leave->period.last) return yes(facts);
  return no("派遣は、代わる休業の終わりまでです。", "A dispatch ends no later than the leave it covers.", facts);
}

RuleVerdict certified_throughout(const RuleInput& in) {
  const Day from = day_at(in, "from"), until = day_at(in, "until");
  if (until < from || until - from > kLongestDispatch) return no("期間が正しくありません。", "The period is not a possible one.", {{"from", iso(from)}, {"until", iso(until)}});
  for (Day day = from; day <= until; day += days{1}) {
    const auto rosters = in.context.reg.rosters(in.subject, {day});
    if (std::none_of(rosters.begin(), rosters.end(), [](const RosterJoined& one) { return one.roster == "voyager"; }))
      return no("派遣の間ずっと認定されている必要があります。", "The certification must be in force on every day of the dispatch.", {{"day", iso(day)}});
  }
  return yes({{"from", iso(from)}, {"until", iso(until)}});
}

RuleVerdict in_one_place(const RuleInput& in) {
  const Period period{day_at(in, "from"), day_at(in, "until")};
  for (const auto& leave : in.context.reg.leaves(in.subject))
    if (leave.period.overlaps(period)) return no("その間に休業や派遣の期間があります。", "The person is on leave or seconded meanwhile.", {{"from", iso(leave.period.first)}, {"until", iso(leave.period.last)}});
  for (const auto& one : in.context.reg.all_postings(in.subject))
    if (one.kind == PostingKind::kCover && one.period.overlaps(period) && one.case_id != in.state.id)
      return no("その間に別の派遣があります。", "The person covers another post meanwhile.", {{"post", to_text(one.post)}, {"until", iso(one.period.last)}});
  const auto employment = in.context.reg.employment(in.subject, {period.first});
  if (!employment || employment->period.last < period.last) return no("その間ずっと在職していません。", "The person is not employed for all of that time.", {{"until", iso(period.last)}});
  return yes();
}

RuleVerdict all_agreed(const RuleInput& in) {
  const bool person = value_at(in, "person") == true, home = value_at(in, "home") == true;
  const RuleFacts facts{{"person", person ? "agreed" : "not-agreed"}, {"home", home ? "agreed" : "not-agreed"}};
  if (person && home) return yes(facts);
  return no("本人と元の所属の両方が応じてから進めます。", "Both the person and the home unit agree first.", facts);
}

// Each says until which day they agree: an agreement to an earlier offer is none to this one, and nobody is sent for longer.
RuleVerdict agreed_until(const RuleInput& in) {
  const Day until = day_at(in, "until");
  const auto person = form_day(in.state.form, pointer_of(in, "person")), home = form_day(in.state.form, pointer_of(in, "home"));
  const RuleFacts facts{{"until", iso(until)}, {"person", person ? iso(*person) : "none"}, {"home", home ? iso(*home) : "none"}};
  if (person && home && until <= *person && until <= *home) return yes(facts);
  return no("本人と元の所属の両方が、その日までの延長に応じてから発令します。", "Both the person and the home unit agree to an extension until that day first.", facts);
}

// The gap that the dispatch opens at home, on its first day: what it says there is what whoever decides has seen.
RuleVerdict home_gap_faced(const RuleInput& in) {
  const Day from = day_at(in, "from");
  RuleFacts facts{{"faced", text_at(in, "gap")}, {"from", iso(from)}, {"until", iso(day_at(in, "until"))}};
  for (const auto& one : in.context.reg.postings(in.subject, {from}))
    if (one.kind == PostingKind::kMain) {
      facts.emplace_back("home_post", to_text(one.post));
      if (const auto vacancy = in.context.reg.vacancy(one.post, {from})) {
        facts.emplace_back("quota", std::to_string(vacancy->quota));
        facts.emplace_back("present_after", std::to_string(std::max(0, vacancy->present - 1)));
      }
    }
  if (!text_at(in, "gap").empty()) return yes(facts);
  return no("現所属に空きができます。手当てするか空けたままにするかを決めてください。", "The dispatch opens a gap at home: decide whether it is covered or left open.", facts);
}

RuleVerdict cover_ends(const RuleInput& in, bool earlier_only) {
  const auto leave = leave_named(in);
  const auto covered = leave ? cover_end(in, leave->leave) : std::nullopt;
  if (!covered) return no("代わっている休業がありません。", "The person covers no leave here.");
  const Day until = day_at(in, "until");
  const RuleFacts facts{{"cover_ends", iso(*covered)}, {"until", iso(until)}};
  if (until < *covered || (!earlier_only && until == *covered)) return yes(facts);
  return no("派遣の終わりより後の日です。長くするときは延長を打診します。", "That is after the end of the dispatch: an extension is offered and agreed to.", facts);
}
RuleVerdict cover_ends_earlier(const RuleInput& in) { return cover_ends(in, true); }
RuleVerdict cover_ends_by_then(const RuleInput& in) { return cover_ends(in, false); }

// The home unit's answer, whichever it is, is theirs to give; a refusal says why.
RuleVerdict refusal_with_reason(const RuleInput& in) {
  if (value_at(in, "agrees") == true || !in.reason.empty()) return yes();
  return no("応じないときは、理由を添えてください。", "Whoever does not agree gives a reason.");
}

// Within a month and a few days of the last check, or of the first day.
RuleVerdict checked_monthly(const RuleInput& in) {
  const Day last = std::max(day_at(in, "after"), in.context.today()), next = day_at(in, "next");
  const RuleFacts facts{{"after", iso(last)}, {"next", iso(next)}};
  if (next > day_at(in, "after") && next <= last + kCheckedWithin) return yes(facts);
  return no("次の確認日は、前の確認（または派遣の初日）の後、31日以内にしてください。", "The next check comes after the last, or the first day, and within 31 days.", facts);
}

RuleVerdict leave_grew(const RuleInput& in) {
  const auto leave = leave_named(in);
  const auto covered = leave ? cover_end(in, leave->leave) : std::nullopt;
  if (!covered) return no("代わっている休業がありません。", "The person covers no leave here.");
  const Day until = day_at(in, "until");
  const RuleFacts facts{{"leave_ends", iso(leave->period.last)}, {"cover_ends", iso(*covered)}, {"until", iso(until)}};
  if (until > *covered && until <= leave->period.last) return yes(facts);
  return no("延長できるのは、いまの派遣の終わりより後、休業の終わりまでです。", "An extension ends after the present dispatch, and no later than the leave.", facts);
}

RuleVerdict extension_joins(const RuleInput& in) {
  const auto leave = leave_named(in);
  const auto covered = leave ? cover_end(in, leave->leave) : std::nullopt;
  const Day from = day_at(in, "from");
  if (covered && from == *covered + days{1}) return yes({{"from", iso(from)}});
  return no("延長は、いまの派遣の翌日から続きます。", "The extension joins the dispatch without a gap.", {{"from", iso(from)}, {"cover_ends", covered ? iso(*covered) : ""}});
}

RuleVerdict return_post_exists(const RuleInput& in) {
  const Day first = day_at(in, "at") + days{1};
  const auto successor = parse<PostId>(text_at(in, "successor"));
  if (successor) {
    if (in.context.reg.post(*successor, {first})) return yes({{"post", to_text(*successor)}});
    return no("その日にそのポストがありません。", "That post is not there on that day.", {{"post", to_text(*successor)}, {"on", iso(first)}});
  }
  for (const auto& one : in.context.reg.postings(in.subject, {first}))
    if (one.kind == PostingKind::kMain && in.context.reg.post(one.post, {first})) return yes({{"post", to_text(one.post)}});
  return no("戻る元のポストがありません。戻る先のポストを指定してください。", "The home post is gone: name the post to return to.", {{"on", iso(first)}});
}

constexpr RuleParam kPeriod[] = {{"from", Kind::kField}, {"until", Kind::kField}};
constexpr RuleParam kUntil[] = {{"until", Kind::kField}};
constexpr RuleParam kAt[] = {{"at", Kind::kField}};
constexpr RuleParam kCovered[] = {{"leave", Kind::kField}, {"post", Kind::kField}, {"from", Kind::kField}};
constexpr RuleParam kInside[] = {{"leave", Kind::kField}, {"until", Kind::kField}};
constexpr RuleParam kAnswer[] = {{"agrees", Kind::kField}};
constexpr RuleParam kChecks[] = {{"after", Kind::kField}, {"next", Kind::kField}};
constexpr RuleParam kJoins[] = {{"leave", Kind::kField}, {"from", Kind::kField}};
constexpr RuleParam kAgreed[] = {{"person", Kind::kField}, {"home", Kind::kField}};
constexpr RuleParam kAgreedUntil[] = {{"person", Kind::kField}, {"home", Kind::kField}, {"until", Kind::kField}};
constexpr RuleParam kGap[] = {{"gap", Kind::kField}, {"from", Kind::kField}, {"until", Kind::kField}};
constexpr RuleParam kReturn[] = {{"successor", Kind::kField}, {"at", Kind::kField}};

const Rule kRules[] = {
    {"leave-ends-after-start", 1, "catalogue R-109", {"休業は始まってから終わる", "A leave ends after it starts"}, kPeriod, in_order},
    {"period-in-order", 1, "catalogue R-104", {"期間の順", "A period ends after it starts"}, kPeriod, in_order},
    {"leave-end-later", 1, "catalogue R-110", {"延長は後ろへ", "An extension ends later"}, kUntil, leave_end_later},
    {"leave-end-earlier", 1, "catalogue R-110", {"短縮は前へ", "A shortening ends earlier"}, kUntil, leave_end_earlier},
    {"leave-end-not-later", 1, "catalogue R-110", {"休業の終わりまでに復帰", "Back by the end of the leave"}, kUntil, leave_end_not_later},
    {"regular-employee", 1, "catalogue R-112", {"正規職員である", "A regular employee"}, kAt, regular_employee},
    {"leave-covered", 1, "catalogue R-112", {"休業で空くポストである", "A post vacant through that leave"}, kCovered, leave_covered},
    {"certified-throughout", 1, "catalogue R-114", {"期間を通じて認定されている", "Certified on every day"}, kPeriod, certified_throughout},
    {"cover-inside-leave", 1, "catalogue R-115", {"休業の期間に収まる", "Inside the leave"}, kInside, cover_inside_leave},
    {"in-one-place", 1, "catalogue R-116", {"一度に一か所", "In one place at a time"}, kPeriod, in_one_place},
    {"all-agreed", 1, "catalogue R-117", {"本人と元の所属が応じている", "The person and the home unit agree"}, kAgreed, all_agreed},
    {"agreed-until", 1, "catalogue R-117", {"その日までの延長に応じている", "Both agree until that day"}, kAgreedUntil, agreed_until},
    {"cover-ends-earlier", 1, "catalogue R-117", {"派遣の終わりより前", "Before the dispatch ends"}, kInside, cover_ends_earlier},
    {"cover-ends-by-then", 1, "catalogue R-118", {"派遣の終わりまで", "No later than the dispatch ends"}, kInside, cover_ends_by_then},
    {"refusal-with-reason", 1, "catalogue voyager, R-107", {"断るときは理由", "A refusal says why"}, kAnswer, refusal_with_reason},
    {"checked-monthly", 1, "catalogue voyager", {"月ごとの確認", "Checked every month"}, kChecks, checked_monthly},
    {"leave-grew", 1, "catalogue R-117", {"休業が延びている", "The leave has grown"}, kInside, leave_grew},
    {"extension-joins", 1, "catalogue R-117, R-109", {"延長は続きから", "The extension joins"}, kJoins, extension_joins},
    {"return-post-exists", 1, "catalogue R-118", {"戻るポストがある", "There is a post to return to"}, kReturn, return_post_exists},
    {"home-gap-faced", 1, "catalogue R-119", {"現所属の空きを決めてある", "The gap at home is faced"}, kGap, home_gap_faced},
};

}  // namespace

std::span<const Rule> cover_rules() { return kRules; }

}  // namespace rireki
