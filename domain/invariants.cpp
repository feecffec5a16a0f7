// The invariants of the register: what holds whichever way a fact comes. Each looks at the state after the batch, so that the order inside a batch
// does not matter and a correction is judged like a first statement.
#include <algorithm>

#include "domain/obligations.h"
#include "domain/retention.h"
#include "domain/register.h"

namespace rireki {
namespace {

using Verdict = std::optional<Refusal>;
using Facts = std::vector<std::pair<std::string, std::string>>;

Refusal refuse(const char* rule, const char* source, const char* ja, const char* en, Facts facts) {
  return {.rule = rule, .source = source, .message = {ja, en}, .facts = std::move(facts), .fields = {}};
}

Verdict in_order(Day first, Day last) {
  if (first <= last) return std::nullopt;
  return refuse("period-order", "catalogue 1.5", "終わりの日が始めの日より前です。", "The last day comes before the first.", {{"first_day", iso(first)}, {"last_day", iso(last)}});
}

Verdict known_person(const Register& reg, PersonId id, Day on) {
  if (reg.person(id, {on})) return std::nullopt;
  return refuse("known-person", "register", "台帳にない職員です。", "The register does not know this person.", {{"person", to_text(id)}});
}

Verdict employed(const Register& reg, PersonId id, const Period& during, const char* rule) {
  if (auto unknown = known_person(reg, id, during.first)) return unknown;
  const auto one = reg.employment(id, {during.first});
  // An open end is clipped by the end of employment; a stated one must lie inside it.
  if (one && (during.last == kForever || during.last <= one->period.last)) return std::nullopt;
  Facts facts{{"person", to_text(id)}, {"first_day", iso(during.first)}, {"last_day", iso(during.last)}};
  if (one) facts.emplace_back("employed_until", iso(one->period.last));
  return refuse(rule, "catalogue R-009", "その期間に在職していません。", "The person is not employed during that time.", std::move(facts));
}

Verdict post_in_life(const Register& reg, PostId id, const Period& during) {
  const auto post = reg.post_ever(id);
  if (!post) return refuse("known-post", "register", "台帳にないポストです。", "The register does not know this post.", {{"post", to_text(id)}});
  const auto unit = reg.unit_ever(post->unit);
  Period life = post->period;
  if (unit) life = {std::max(life.first, unit->period.first), std::min(life.last, unit->period.last)};
  if (during.within(life)) return std::nullopt;
  return refuse("posting-within-post", "catalogue R-012", "ポストまたは所属が置かれている期間の外です。", "The posting does not lie inside the life of its post and unit.",
                {{"post", to_text(id)}, {"post_from", iso(life.first)}, {"post_until", iso(life.last)}, {"first_day", iso(during.first)}, {"last_day", iso(during.last)}});
}

// one place at a time.
Verdict one_place(const Register& reg, const Posting& wanted) {
  for (const auto& other : reg.all_postings(wanted.person)) {
    if (other.fact == wanted.fact || other.kind != wanted.kind || !other.period.overlaps(wanted.period)) continue;
    const Facts facts{{"person", to_text(wanted.person)}, {"post", to_text(wanted.post)}, {"first_day", iso(wanted.period.first)},
                      {"other_post", to_text(other.post)}, {"other_first_day", iso(other.period.first)}, {"other_last_day", iso(other.period.last)}};
    if (wanted.kind == PostingKind::kMain)
      return refuse("one-main-post", "catalogue R-010", "本務のポストが重なります。先に今のポストの終わりを定めてください。", "Two main posts overlap. End the present one first.", facts);
    if (wanted.kind == PostingKind::kCover)
      return refuse("one-cover-at-a-time", "catalogue R-116", "庁内派遣の期間が重なります。", "Two covers of one person overlap.", facts);
    if (other.post == wanted.post)
      return refuse("same-post-twice", "register", "同じポストへの兼務が重なります。", "The same concurrent post overlaps itself.", facts);
  }
  return std::nullopt;
}

Verdict concurrent_needs_main(const Register& reg, const Posted& wanted) {
  if (wanted.kind != PostingKind::kConcurrent && wanted.kind != PostingKind::kActing) return std::nullopt;
  Day covered = wanted.from - days{1};
  for (const auto& main : reg.all_postings(wanted.person))
    if (main.kind == PostingKind::kMain && main.period.first <= covered + days{1}) covered = std::max(covered, main.period.last);
  if (covered >= wanted.from && (wanted.last_day == kForever || wanted.last_day <= covered)) return std::nullopt;
  return refuse("concurrent-needs-main", "catalogue R-011", "兼務の期間のすべてに本務のポストが必要です。", "A concurrent post needs a main post on every day of its life.",
                {{"person", to_text(wanted.person)}, {"post", to_text(wanted.post)}, {"main_until", iso(covered)}, {"last_day", iso(wanted.last_day)}});
}

// 定数: how many hold the post as their main one on the fullest day of the period.
Verdict post_quota(const Register& reg, PostId id, const Period& during) {
  const auto holders = reg.all_holders(id, during);
  for (const auto& at : holders) {
    if (at.kind != PostingKind::kMain) continue;
    const Day fullest = std::max(at.period.first, during.first);  // the count only rises on a first day
    const auto count = std::count_if(holders.begin(), holders.end(), [&](const Posting& one) { return one.kind == PostingKind::kMain && one.period.contains(fullest); });
    const auto post = reg.post(id, {fullest});
    if (!post || count <= post->quota) continue;
    return refuse("post-quota", "catalogue R-054", "ポストの定数を超えます。", "More people would hold the post than its quota allows.",
                  {{"post", to_text(id)}, {"quota", std::to_string(post->quota)}, {"holders", std::to_string(count)}, {"day", iso(fullest)}});
  }
  return std::nullopt;
}

Verdict cover_within_leave(const Register& reg, const Posted& wanted) {
  if (wanted.kind != PostingKind::kCover) return std::nullopt;
  const auto covered = reg.find_leave(wanted.covers);
  if (!covered) return refuse("known-leave", "catalogue R-112", "代わりを務める休業がありません。", "There is no leave that this would cover.", {{"leave", to_text(wanted.covers)}});
  Facts facts{{"leave_first_day", iso(covered->period.first)}, {"leave_last_day", iso(covered->period.last)}, {"first_day", iso(wanted.from)}, {"last_day", iso(wanted.last_day)}};
  if (!Period{wanted.from, wanted.last_day}.within(covered->period))
    return refuse("cover-within-leave", "catalogue R-115", "派遣の期間が休業の期間に収まりません。", "The cover does not lie inside the leave it covers.", std::move(facts));
  const auto held = reg.all_postings(covered->person);
  const bool same_post = std::any_of(held.begin(), held.end(), [&](const Posting& p) { return p.kind == PostingKind::kMain && p.post == wanted.post && p.period.contains(wanted.from); });
  if (!same_post) return refuse("cover-of-the-holder", "catalogue R-112", "休業する職員のポストではありません。", "The person on leave does not hold this post.", std::move(facts));
  const auto employment = reg.employment(wanted.person, {wanted.from});
  if (!employment || employment->type != EmploymentType::kRegular)
    return refuse("cover-by-regular", "catalogue R-112", "庁内派遣は常勤職員に限ります。", "Only regular employees cover a leave as Voyagers.", {{"person", to_text(wanted.person)}});
  return std::nullopt;
}

Posted as_ended(const Register& reg, const Posted& stated);
Posted with_last_day(Posted posted, Day last_day) {
  posted.last_day = last_day;
  return posted;
}

// --- One check per kind of fact ---

// A unit stands only while the one above it stands.
Verdict parent_throughout(const Register& reg, UnitId id, UnitId parent) {
  if (!parent) return std::nullopt;
  const auto unit = reg.unit_ever(id), above = reg.unit_ever(parent);
  if (above && unit && above->period.contains(unit->period.first) && unit->period.last <= above->period.last) return std::nullopt;
  const Day missing = above && unit && above->period.contains(unit->period.first) ? above->period.last + days{1} : unit ? unit->period.first : kForever;
  return refuse("known-unit", "register", "上位の所属がその日にありません。", "The parent unit is not there on that day.", {{"unit", to_text(parent)}, {"day", iso(missing)}});
}

Verdict check(const Register& reg, const UnitEstablished& f, const FactEntry& entry) {
  if (auto bad = in_order(f.from, f.planned_last)) return bad;
  for (const auto* other : reg.visible("unit:" + to_text(f.unit)))
    if (const auto* twice = std::get_if<UnitEstablished>(&other->fact); twice && twice->unit == f.unit && other->id != entry.id)
      return refuse("unit-established-once", "register", "すでに設置されている所属です。", "This unit was established before.", {{"unit", to_text(f.unit)}});
  if (f.parent == f.unit) return refuse("unit-within-itself", "register", "所属を自分自身の下に置くことはできません。", "A unit cannot stand under itself.", {{"unit", to_text(f.unit)}});
  return parent_throughout(reg, f.unit, f.parent);
}
Verdict unit_there(const Register& reg, UnitId unit, Day on) {
  if (reg.unit(unit, {on})) return std::nullopt;
  return refuse("known-unit", "register", "その日にない所属です。", "The unit is not there on that day.", {{"unit", to_text(unit)}, {"day", iso(on)}});
}
Verdict check(const Register& reg, const UnitRenamed& f, const FactEntry&) { return unit_there(reg, f.unit, f.from); }
Verdict check(const Register& reg, const UnitAbolished& f, const FactEntry& entry) {
  for (const auto* other : reg.visible("unit:" + to_text(f.unit)))
    if (const auto* twice = std::get_if<UnitAbolished>(&other->fact); twice && twice->unit == f.unit && other->id != entry.id)
      return refuse("unit-abolished-once", "register", "すでに廃止日が決まっています。訂正として記録してください。", "The unit has a last day already. Record a correction of it.", {{"unit", to_text(f.unit)}});
  const auto unit = reg.unit_ever(f.unit);
  if (!unit) return unit_there(reg, f.unit, f.last_day);
  if (auto bad = in_order(unit->period.first, f.last_day)) return bad;
  const Period after{f.last_day + days{1}, kForever};
  Facts remaining;
  for (const auto* entry : reg.visible("unit:" + to_text(f.unit)))
    if (const auto* created = std::get_if<PostCreated>(&entry->fact)) {
      if (created->from > f.last_day) remaining.emplace_back("post", to_text(created->post));  // a post that is held by nobody otherwise ends with its unit
      for (const auto& one : reg.all_holders(created->post, after)) remaining.emplace_back("person", to_text(one.person));
    }
  for (const auto* entry : reg.visible("parent:" + to_text(f.unit)))
    if (const auto* below = std::get_if<UnitEstablished>(&entry->fact))
      if (const auto child = reg.unit_ever(below->unit); child && child->period.last > f.last_day) remaining.emplace_back("unit", to_text(below->unit));
  if (!remaining.empty())
    return refuse("unit-abolition-empty", "catalogue R-013", "廃止の後も残る職員、ポストまたは下位の所属があります。", "People, posts or units would remain after the abolition.", std::move(remaining));
  if (auto bad = parent_throughout(reg, f.unit, unit->parent)) return bad;
  return f.successor ? unit_there(reg, f.successor, after.first) : std::nullopt;
}
Verdict check(const Register& reg, const PostCreated& f, const FactEntry& entry) {
  if (f.quota < 1) return refuse("quota-positive", "register", "定数は1以上です。", "A quota is at least 1.", {{"quota", std::to_string(f.quota)}});
  for (const auto* other : reg.visible("post:" + to_text(f.post)))
    if (std::holds_alternative<PostCreated>(other->fact) && other->id != entry.id)
      return refuse("post-created-once", "register", "すでに置かれているポストです。", "This post was created before.", {{"post", to_text(f.post)}});
  return unit_there(reg, f.unit, f.from);
}
Verdict check(const Register& reg, const PostChanged& f, const FactEntry&) {
  if (f.quota < 1) return refuse("quota-positive", "register", "定数は1以上です。", "A quota is at least 1.", {{"quota", std::to_string(f.quota)}});
  if (auto bad = post_in_life(reg, f.post, {f.from, f.from})) return bad;
  return post_quota(reg, f.post, {f.from, kForever});
}
Verdict check(const Register& reg, const PostClosed& f, const FactEntry& entry) {
  for (const auto* other : reg.visible("post:" + to_text(f.post)))
    if (std::holds_alternative<PostClosed>(other->fact) && other->id != entry.id)
      return refuse("post-closed-once", "register", "すでに廃止日が決まっています。訂正として記録してください。", "The post has a last day already. Record a correction of it.", {{"post", to_text(f.post)}});
  const auto post = reg.post_ever(f.post);
  if (!post) return post_in_life(reg, f.post, {f.last_day, f.last_day});
  if (auto bad = in_order(post->period.first, f.last_day)) return bad;
  const auto remaining = reg.all_holders(f.post, {f.last_day + days{1}, kForever});
  if (remaining.empty()) return std::nullopt;
  return refuse("post-closed-empty", "catalogue R-012", "廃止の後もポストに残る職員がいます。", "Somebody would still hold the post after it is closed.", {{"person", to_text(remaining.front().person)}});
}

Verdict check(const Register& reg, const PersonRegistered& f, const FactEntry& entry) {
  if (f.staff_number.empty() || f.name.family.empty())
    return refuse("person-named", "catalogue staff-record", "職員番号と氏名が必要です。", "A staff number and a name are required.", {});
  for (const auto* other : reg.visible("person:" + to_text(f.person)))
    if (std::holds_alternative<PersonRegistered>(other->fact) && other->id != entry.id)
      return refuse("person-registered-once", "register", "すでに登録されている職員です。", "This person was registered before.", {{"person", to_text(f.person)}});
  return std::nullopt;
}
Verdict check(const Register& reg, const Renamed& f, const FactEntry&) { return known_person(reg, f.person, f.from); }

constexpr int kArticle3YearsMax = 5;         // R-027 (law)
constexpr int kArticle4YearsMax = 3;
constexpr int kArticle4YearsWithReasonMax = 5;

Verdict fixed_term(const Appointed& f, Day first, Day last, bool reason) {
  const bool article4 = f.term_article == "4-1" || f.term_article == "4-2";
  if (f.term_article != "3" && !article4)
    return refuse("fixed-term-article", "catalogue R-025", "任期付採用には第3条か、第4条の理由（4-1, 4-2）が必要です。", "A fixed-term appointment names Article 3, or Article 4 with its ground (4-1, 4-2).", {{"article", f.term_article}});
  const int years = !article4 ? kArticle3YearsMax : reason ? kArticle4YearsWithReasonMax : kArticle4YearsMax;
  const auto date = std::chrono::year_month_day{first};
  auto limit = date + std::chrono::years{years};
  const Day limit_day = limit.ok() ? Day{limit} - days{1} : Day{limit.year() / limit.month() / std::chrono::last};
  if (last <= limit_day) return std::nullopt;
  return refuse("fixed-term-limit", article4 ? "catalogue R-026" : "catalogue R-027", "任期の上限を超えます。", "The term is longer than the limit.",
                {{"first_day", iso(first)}, {"last_day", iso(last)}, {"limit", iso(limit_day)}});
}
Verdict check(const Register& reg, const Appointed& f, const FactEntry& entry) {
  if (auto bad = known_person(reg, f.person, f.from)) return bad;
  if (auto bad = in_order(f.from, f.last_day)) return bad;
  const auto all = reg.employments(f.person);
  const auto mine = std::find_if(all.begin(), all.end(), [&](const Employment& one) { return one.period.first == f.from; });
  const auto overlapping = std::count_if(all.begin(), all.end(), [&](const Employment& one) { return mine != all.end() && one.period.overlaps(mine->period); });
  if (overlapping > 1)
    return refuse("employment-no-overlap", "register", "在職期間が重なります。", "Two employments overlap.", {{"person", to_text(f.person)}, {"first_day", iso(f.from)}});
  if (f.type == EmploymentType::kFiscalYear && f.last_day > fiscal_year_period(fiscal_year(f.from)).last)
    return refuse("fiscal-year-term", "catalogue R-031", "会計年度任用の任期はその年度の3月31日までです。", "A fiscal-year appointment ends on 31 March of its fiscal year at the latest.",
                  {{"first_day", iso(f.from)}, {"last_day", iso(f.last_day)}});
  if (f.type == EmploymentType::kFixedTerm)
    if (auto bad = fixed_term(f, f.from, f.last_day, !f.term_reason.empty())) return bad;
  const std::chrono::month_day date{std::chrono::year_month_day{f.from}.month(), std::chrono::year_month_day{f.from}.day()};
  const bool batch = f.type == EmploymentType::kRegular && (f.exam_category == "I" || f.exam_category == "III" || f.exam_category == "ice-age");
  if (batch && date != std::chrono::April / 1 && entry.reason.empty())
    return refuse("hiring-on-april-1", "catalogue R-020", "この採用区分の採用日は4月1日です。ほかの日には理由が必要です。", "Hires of this category take effect on 1 April; another day needs a ground.", {{"first_day", iso(f.from)}});
  return std::nullopt;
}
Verdict check(const Register& reg, const TermRenewed& f, const FactEntry&) {
  for (const auto* entry : reg.visible("person:" + to_text(f.person)))
    if (const auto* appointed = std::get_if<Appointed>(&entry->fact); appointed && appointed->type == EmploymentType::kFixedTerm && appointed->from <= f.last_day && appointed->last_day < f.last_day)
      return fixed_term(*appointed, appointed->from, f.last_day, !appointed->term_reason.empty() || !f.reason.empty());
  return refuse("known-term", "catalogue R-028", "更新できる任期がありません。", "There is no term that this would renew.", {{"person", to_text(f.person)}, {"last_day", iso(f.last_day)}});
}
Verdict check(const Register& reg, const Graded& f, const FactEntry&) { return employed(reg, f.person, {f.from, f.from}, "graded-while-employed"); }
Verdict check(const Register& reg, const Separated& f, const FactEntry&) {
  if (auto bad = employed(reg, f.person, {f.last_day, f.last_day}, "separated-while-employed")) return bad;
  for (const auto* entry : reg.visible("person:" + to_text(f.person)))
    if (const auto* later = std::get_if<Posted>(&entry->fact); later && later->from > f.last_day && !reg.employment(f.person, {later->from}))
      return refuse("posting-within-employment", "catalogue R-009", "退職の後に始まる発令があります。先に取り消してください。", "A posting begins after the end of employment. Cancel it first.",
                    {{"post", to_text(later->post)}, {"first_day", iso(later->from)}});
  return std::nullopt;
}

// The posting as stated, ended where another fact ends it: what it claims, before employment or a main post clips an open end.
Posted as_ended(const Register& reg, const Posted& stated) {
  Posted posted = stated;
  for (const auto* entry : reg.visible("person:" + to_text(stated.person)))
    if (const auto* ended = std::get_if<PostingEnded>(&entry->fact);
        ended && ended->post == posted.post && ended->kind == posted.kind && Period{posted.from, posted.last_day}.contains(ended->last_day))
      posted.last_day = ended->last_day;
  return posted;
}

// `standing`: recorded before, and judged again because something under it changed. The end of employment then ends it, also where
// it was stated to last longer; a new posting is not stated to last longer.
Verdict check_posted(const Register& reg, const Posted& stated, const FactEntry& entry, bool standing) {
  if (auto bad = in_order(stated.from, stated.last_day)) return bad;
  const Posted f = as_ended(reg, stated);
  const Period wanted{f.from, f.last_day};
  if (auto bad = employed(reg, f.person, standing ? Period{f.from, f.from} : wanted, "posting-within-employment")) return bad;
  Posting posting{entry.id, f.person, f.post, UnitId{}, f.kind, wanted, f.covers, "", "", {}};
  for (const auto& one : reg.all_postings(f.person))
    if (one.fact == entry.id) posting.period = one.period;  // with an open end clipped
  if (auto bad = post_in_life(reg, f.post, {f.from, std::min(f.last_day, posting.period.last)})) return bad;
  if (auto bad = one_place(reg, posting)) return bad;
  if (auto bad = concurrent_needs_main(reg, standing && f.last_day > posting.period.last ? with_last_day(f, posting.period.last) : f)) return bad;
  if (auto bad = cover_within_leave(reg, f)) return bad;
  return f.kind == PostingKind::kMain ? post_quota(reg, f.post, posting.period) : std::nullopt;
}
Verdict check(const Register& reg, const Posted& f, const FactEntry& entry) { return check_posted(reg, f, entry, false); }
Verdict check(const Register& reg, const PostingEnded& f, const FactEntry&) {
  for (const auto* entry : reg.visible("person:" + to_text(f.person)))
    if (const auto* posted = std::get_if<Posted>(&entry->fact); posted && posted->post == f.post && posted->kind == f.kind && Period{posted->from, posted->last_day}.contains(f.last_day)) {
      if (f.kind != PostingKind::kMain) return std::nullopt;
      // What the main post carried: an open end ends with it, a stated one asks for a decision.
      for (const auto* other : reg.visible("person:" + to_text(f.person)))
        if (const auto* stated = std::get_if<Posted>(&other->fact)) {
          Posted concurrent = as_ended(reg, *stated);
          const auto employment = reg.employment(f.person, {concurrent.from});
          if (employment && concurrent.last_day != kForever) concurrent.last_day = std::min(concurrent.last_day, employment->period.last);
          if (auto bad = concurrent_needs_main(reg, concurrent)) return bad;
        }
      return std::nullopt;
    }
  return refuse("known-posting", "register", "終わらせる発令がありません。", "There is no posting that this would end.", {{"person", to_text(f.person)}, {"post", to_text(f.post)}, {"last_day", iso(f.last_day)}});
}

Verdict leave_stands(const Register& reg, PersonId person, LeaveId id) {
  const auto all = reg.leaves(person);
  const auto found = std::find_if(all.begin(), all.end(), [&](const Leave& one) { return one.leave == id; });
  if (found == all.end()) return refuse("known-leave", "register", "台帳にない休業です。", "The register does not know this leave.", {{"leave", to_text(id)}});
  if (auto bad = in_order(found->period.first, found->period.last)) return bad;
  if (auto bad = employed(reg, person, found->period, "leave-within-employment")) return bad;
  for (const auto& other : all)
    if (other.leave != id && other.period.overlaps(found->period))
      return refuse("leave-no-overlap", "catalogue R-109", "休業の期間が重なります。", "Two leaves of one person overlap.",
                    {{"first_day", iso(found->period.first)}, {"last_day", iso(found->period.last)}, {"other_first_day", iso(other.period.first)}, {"other_last_day", iso(other.period.last)}});
  for (const auto* entry : reg.visible("leave:" + to_text(id)))
    if (const auto* cover = std::get_if<Posted>(&entry->fact))
      if (auto bad = cover_within_leave(reg, as_ended(reg, *cover))) return bad;
  return std::nullopt;
}
Verdict check(const Register& reg, const LeaveStarted& f, const FactEntry&) { return leave_stands(reg, f.person, f.leave); }
Verdict check(const Register& reg, const LeaveChanged& f, const FactEntry&) { return leave_stands(reg, f.person, f.leave); }
Verdict check(const Register& reg, const LeaveEnded& f, const FactEntry&) { return leave_stands(reg, f.person, f.leave); }
Verdict check(const Register& reg, const AwayDeclared& f, const FactEntry&) {
  if (auto bad = in_order(f.from, f.last_day)) return bad;
  return employed(reg, f.person, {f.from, f.last_day}, "away-within-employment");
}
Verdict check(const Register& reg, const DeputyNamed& f, const FactEntry&) {
  if (auto bad = in_order(f.from, f.last_day)) return bad;
  if (auto bad = post_in_life(reg, f.post, {f.from, f.from})) return bad;
  return employed(reg, f.deputy, {f.from, f.from}, "deputy-employed");
}
Verdict check(const Register& reg, const QualificationGained& f, const FactEntry&) {
  if (auto bad = in_order(f.from, f.last_day)) return bad;
  return known_person(reg, f.person, f.from);
}
Verdict check(const Register& reg, const SkillStated& f, const FactEntry&) { return known_person(reg, f.person, f.from); }
Verdict check(const Register& reg, const RosterJoined& f, const FactEntry&) {
  if (auto bad = in_order(f.from, f.last_day)) return bad;
  return employed(reg, f.person, {f.from, f.from}, "roster-while-employed");
}
Verdict check(const Register& reg, const RosterLeft& f, const FactEntry&) {
  for (const auto* entry : reg.visible("person:" + to_text(f.person)))
    if (const auto* joined = std::get_if<RosterJoined>(&entry->fact); joined && joined->roster == f.roster && joined->from <= f.last_day + days{1}) return std::nullopt;
  return refuse("known-roster-entry", "catalogue R-102", "登録がありません。", "There is no roster entry that this would end.", {{"person", to_text(f.person)}});
}
Verdict check(const Register&, const FigureRecorded& f, const FactEntry&) {
  if (!f.series.empty() && !f.period.empty() && !f.category.empty() && !f.value.empty()) return std::nullopt;
  return refuse("figure-complete", "catalogue R-024", "系列、期間、項目、値が必要です。", "A figure needs its series, period, category and value.", {});
}
Verdict check(const Register&, const PolicySet& f, const FactEntry&) {
  if (f.policy == kObligationsPolicy)
    if (const auto loaded = load_obligations({f.policy, f.value_json}); !loaded) {
      const auto first = loaded.error().front();
      auto refusal = refuse("obligations-readable", "catalogue R-068", "義務の一覧に誤りがあります: ", "The list of obligations has a fault: ", {{"pointer", first.pointer}});
      refusal.message.ja += first.pointer + " " + first.reason.ja;
      refusal.message.en += first.pointer + " " + first.reason.en;
      return refusal;
    }
  if (f.policy == kRetentionPolicy)
    if (const auto table = parse_retention(f.value_json); !table) {
      auto refusal = refuse("retention-readable", "catalogue R-168", "保存期間の表に誤りがあります: ", "The retention table has a fault: ", {{"pointer", table.error().pointer}});
      refusal.message.ja += table.error().pointer + " " + table.error().reason.ja;
      refusal.message.en += table.error().pointer + " " + table.error().reason.en;
      return refusal;
    }
  // A word misspelt here would leave a door open that everybody takes for shut.
  if (f.policy == "accounts.second-factor")
    if (const auto value = nlohmann::json::parse(f.value_json, nullptr, false); value != "optional" && value != "privileged" && value != "all")
      return refuse("second-factor-policy", "security: second factor", "「optional」「privileged」「all」のどれかです。", "One of \"optional\", \"privileged\", \"all\".", {{"policy", f.policy}});
  if (!f.policy.empty() && nlohmann::json::accept(f.value_json)) return std::nullopt;
  return refuse("policy-value", "catalogue R-005", "方針の名前とJSONの値が必要です。", "A policy needs a name and a JSON value.", {{"policy", f.policy}});
}

Verdict check(const Register& reg, const DutyCompleted& f, const FactEntry&) {
  if (f.duty.empty()) return refuse("known-duty", "catalogue R-069", "どの義務かを指定してください。", "Name the duty that was completed.", {});
  return employed(reg, f.person, {f.on, f.on}, "duty-while-employed");
}

Verdict check(const Register& reg, const FactEntry& entry) {
  return std::visit([&](const auto& fact) { return check(reg, fact, entry); }, entry.fact);
}

// Facts that can take the ground from under others of the same persons, posts and units.
bool undermines(const FactEntry& entry) {
  return entry.corrects || std::holds_alternative<Separated>(entry.fact) || std::holds_alternative<TermRenewed>(entry.fact);
}

}  // namespace

std::optional<Refusal> check_standing(const Register& reg, std::span<const std::string> tags) {
  for (const auto& tag : tags) {
    if (!tag.starts_with("person:") && !tag.starts_with("post:") && !tag.starts_with("unit:") && !tag.starts_with("leave:")) continue;
    for (const auto* entry : reg.visible(tag)) {
      const auto* posted = std::get_if<Posted>(&entry->fact);
      if (auto bad = posted ? check_posted(reg, *posted, *entry, true) : check(reg, *entry)) return bad;
    }
  }
  return std::nullopt;
}

std::vector<Violation> check_invariants(const Register& reg, std::span<const FactEntry> entries) {
  std::vector<Violation> violations;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const FactEntry& entry = entries[i];
    auto verdict = [&]() -> Verdict {
      if (entry.corrects) {
        bool known = false;
        for (const auto& tag : tags_of(entry, reg))
          if (const auto corrected = reg.find_fact(entry.corrects, tag)) known = std::get<FactEntry>(corrected->entry).fact.index() == entry.fact.index();
        if (!known)
          return refuse("corrects-known-fact", "catalogue R-007", "訂正する事実が同じ対象・同じ種類にありません。", "There is no fact of that kind and subject to correct.", {{"corrects", to_text(entry.corrects)}});
      }
      if (auto bad = check(reg, entry)) return bad;
      if (!undermines(entry)) return std::nullopt;
      return check_standing(reg, tags_of(entry, reg));
    }();
    if (verdict) violations.push_back({i, std::move(*verdict)});
  }
  return violations;
}

std::vector<Violation> admit(Register& reg, std::span<const FactEntry> entries) {
  for (const auto& entry : entries) reg.overlay(entry);
  return check_invariants(reg, entries);
}

}  // namespace rireki
