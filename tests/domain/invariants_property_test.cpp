// Random facts against a naive oracle that looks at every day by itself: whatever was admitted breaks no invariant on any day, and whatever was
// refused would have broken one.
#include <rapidcheck/gtest.h>

#include "domain/body.h"
#include "fact_vector.h"

namespace rireki {
namespace {

constexpr int kDays = 40;
const Day kFirst = day(2024, 4, 1);
const Day kLastDay = kFirst + days{kDays - 1};
const Day kBeyond = kLastDay + days{20};  // after every day that a fact states: stands for all that follow
constexpr UnitId kUnit{1};
const std::vector<PersonId> kPersons = {{21}, {22}, {23}};
const std::vector<std::pair<PostId, int>> kPosts = {{{11}, 1}, {{12}, 2}};

// The admitted facts as stated, with nothing folded.
struct Oracle {
  std::vector<Fact> facts;

  template <class F>
  std::vector<const F*> all() const {
    std::vector<const F*> found;
    for (const auto& fact : facts)
      if (const auto* one = std::get_if<F>(&fact)) found.push_back(one);
    return found;
  }
  bool runs(const Appointed& appointed, Day on) const {
    if (on < appointed.from || on > appointed.last_day) return false;
    for (const auto* separated : all<Separated>())
      if (separated->person == appointed.person && separated->last_day >= appointed.from && on > separated->last_day) return false;
    return true;
  }
  int employments(PersonId person, Day on) const {
    int count = 0;
    for (const auto* appointed : all<Appointed>())
      if (appointed->person == person && runs(*appointed, on)) ++count;
    return count;
  }
  bool employed(PersonId person, Day on) const { return employments(person, on) > 0; }
  bool post_stands(PostId post, Day on) const {
    for (const auto* closed : all<PostClosed>())
      if (closed->post == post && on > closed->last_day) return false;
    return on >= kFirst;
  }
  // As stated: until it was ended. An open end stops with employment.
  bool stated(const Posted& posted, Day on) const {
    if (on < posted.from || on > posted.last_day) return false;
    for (const auto* ended : all<PostingEnded>())
      if (ended->person == posted.person && ended->post == posted.post && ended->kind == posted.kind && posted.from <= ended->last_day && ended->last_day <= posted.last_day && on > ended->last_day) return false;
    if (posted.last_day != kForever) return true;
    if (posted.kind == PostingKind::kConcurrent)  // ends with the main posts that carry it
      for (Day each = posted.from; each <= on; each += days{1})
        if (!has_main(posted.person, each)) return false;
    return employed_throughout(posted.person, posted.from, on);
  }
  // An open end stops with the appointment under which the posting began: a re-hire, even without a gap, is posted anew.
  bool employed_throughout(PersonId person, Day from, Day to) const {
    for (const auto* appointed : all<Appointed>())
      if (appointed->person == person && runs(*appointed, from) && runs(*appointed, to)) return true;
    return false;
  }
  bool in_force(const Posted& posted, Day on) const { return stated(posted, on) && employed_throughout(posted.person, posted.from, on); }
  bool has_main(PersonId person, Day on) const {
    for (const auto* posted : all<Posted>())
      if (posted->person == person && posted->kind == PostingKind::kMain && in_force(*posted, on)) return true;
    return false;
  }
  std::optional<Period> leave(LeaveId id) const {
    std::optional<Period> period;
    for (const auto& fact : facts) {
      if (const auto* started = std::get_if<LeaveStarted>(&fact); started && started->leave == id) period = Period{started->from, started->last_day};
      if (const auto* changed = std::get_if<LeaveChanged>(&fact); changed && changed->leave == id && period) period->last = changed->last_day;
    }
    return period;
  }

  // The first invariant that some day breaks, or "".
  std::string broken() const {
    for (Day on = kFirst; on <= kBeyond; on += days{1}) {
      for (const auto person : kPersons) {
        int mains = 0, leaves = 0;
        for (const auto* posted : all<Posted>())
          if (posted->person == person && posted->kind == PostingKind::kMain && in_force(*posted, on)) ++mains;
        for (const auto* started : all<LeaveStarted>())
          if (started->person == person && leave(started->leave)->contains(on)) {
            ++leaves;
            if (!employed(person, on)) return "leave-within-employment";
          }
        if (mains > 1) return "one-main-post";
        if (leaves > 1) return "leave-no-overlap";
        if (employments(person, on) > 1) return "employment-no-overlap";
      }
      for (const auto& [post, quota] : kPosts) {
        int holders = 0;
        for (const auto* posted : all<Posted>())
          if (posted->post == post && posted->kind == PostingKind::kMain && in_force(*posted, on)) ++holders;
        if (holders > quota) return "post-quota";
      }
      for (const auto* posted : all<Posted>()) {
        if (!stated(*posted, on) || !employed_throughout(posted->person, posted->from, on)) continue;  // R-009 ends it
        if (!post_stands(posted->post, on)) return "posting-within-post";
        if (posted->kind == PostingKind::kConcurrent && posted->last_day != kForever && !has_main(posted->person, on)) return "concurrent-needs-main";
        if (posted->kind == PostingKind::kCover && (!leave(posted->covers) || !leave(posted->covers)->contains(on))) return "cover-within-leave";
      }
    }
    for (const auto* posted : all<Posted>()) {
      if (!employed(posted->person, posted->from)) return "posting-within-employment";
      if (posted->kind == PostingKind::kConcurrent && !has_main(posted->person, posted->from)) return "concurrent-needs-main";
    }
    return "";
  }
};

Day any_day() { return kFirst + days{*rc::gen::inRange(0, kDays)}; }
Day end_after(Day from) { return *rc::gen::inRange(0, 3) == 0 ? kForever : std::min(kLastDay, from + days{*rc::gen::inRange(0, 15)}); }

Fact any_fact(std::uint64_t& leaves) {
  const PersonId person = *rc::gen::elementOf(kPersons);
  const PostId post = (*rc::gen::elementOf(kPosts)).first;
  const Day from = any_day();
  switch (*rc::gen::inRange(0, 11)) {
    case 0: return Separated{.person = person, .kind = SeparationKind::kResigned, .last_day = from};
    case 1: return PostingEnded{.person = person, .post = post, .kind = PostingKind::kMain, .last_day = from};
    case 2: return LeaveStarted{.leave = {++leaves}, .person = person, .kind = LeaveKind::kCare, .from = from, .last_day = from + days{*rc::gen::inRange(0, 10)}};
    case 3: return LeaveChanged{.leave = {*rc::gen::inRange<std::uint64_t>(1, leaves + 2)}, .person = person, .last_day = from};
    case 4: return Posted{.person = person, .post = post, .kind = PostingKind::kConcurrent, .from = from, .last_day = end_after(from), .order_kind = {}, .order_number = {}};
    case 5: return Posted{.person = person, .post = post, .kind = PostingKind::kCover, .from = from, .last_day = from + days{*rc::gen::inRange(0, 5)}, .covers = {*rc::gen::inRange<std::uint64_t>(1, leaves + 2)}, .order_kind = {}, .order_number = {}};
    case 6: return PostClosed{.post = post, .last_day = from};
    case 7: return Appointed{.person = person, .type = EmploymentType::kReappointed, .exam_category = "selection", .job_family = {}, .job_category = "事務", .term_article = {}, .term_reason = {}, .from = from, .last_day = end_after(from)};
    default: return Posted{.person = person, .post = post, .kind = PostingKind::kMain, .from = from, .last_day = end_after(from), .order_kind = {}, .order_number = {}};
  }
}

RC_GTEST_PROP(Invariants, HoldOnEveryDayAfterWhateverWasAdmitted, ()) {
  FactVector store;
  Oracle oracle;
  const auto given = [&](Fact fact) {
    store.record(fact);
    oracle.facts.push_back(std::move(fact));
  };
  given(UnitEstablished{.unit = kUnit, .name = "課", .level = UnitLevel::kKa, .parent = {}, .from = kFirst});
  for (const auto& [post, quota] : kPosts) given(PostCreated{.post = post, .unit = kUnit, .title = "職", .job_categories = {}, .quota = quota, .function = {}, .from = kFirst});
  for (const auto person : kPersons) {
    given(PersonRegistered{.person = person, .staff_number = "1", .name = {"見本", "", "", ""}});
    given(Appointed{.person = person, .exam_category = "selection", .job_family = {}, .job_category = "事務", .term_article = {}, .term_reason = {}, .from = kFirst + days{*rc::gen::inRange(0, 10)}});
  }
  // Rules that the oracle does not model: what a fact names must exist, one person's cover, order of days.
  static const std::set<std::string> beyond = {"known-posting", "known-leave", "cover-of-the-holder", "cover-by-regular", "one-cover-at-a-time", "same-post-twice", "separated-while-employed",
                                               "period-order", "employment-no-overlap", "post-closed-empty", "post-closed-once", "leave-within-employment"};
  std::uint64_t leaves = 0;
  for (int step = 0; step < 25; ++step) {
    const Fact fact = any_fact(leaves);
    const auto rules = store.admit({fact});
    RC_LOG() << fact_type(fact) << " " << to_json(fact).dump() << (rules.empty() ? " was admitted" : " was refused by " + rules.front()) << "\n";
    Oracle with = oracle;
    with.facts.push_back(fact);
    if (rules.empty()) {
      const auto broken = with.broken();
      RC_ASSERT(broken == "");
      oracle = std::move(with);
    } else if (const auto* posted = std::get_if<Posted>(&fact); posted && rules.front() == "posting-within-employment") {
      RC_ASSERT(!with.employed_throughout(posted->person, posted->from, posted->last_day == kForever ? posted->from : posted->last_day));
    } else if (!beyond.contains(rules.front())) {
      RC_ASSERT(with.broken() != "");
    }
  }
}

// Asked as known at p, the whole history answers like the history cut at p.
RC_GTEST_PROP(Register, AnswersAsKnownThenLikeAHistoryThatEndsThere, ()) {
  FactVector store;
  std::vector<std::pair<Position, std::map<std::string, std::string>>> answers;
  const auto ask = [&](Position as_of) {
    Register reg(store);
    std::map<std::string, std::string> said;
    for (const auto person : kPersons)
      for (Day on = kFirst; on <= kLastDay; on += days{7}) {
        const auto held = reg.main_posting(person, {on, as_of});
        said[to_text(person) + iso(on)] = (held ? to_text(held->post) : "-") + std::to_string(static_cast<int>(reg.presence(person, {on, as_of})));
      }
    return said;
  };
  store.record(UnitEstablished{.unit = kUnit, .name = "課", .level = UnitLevel::kKa, .parent = {}, .from = kFirst});
  for (const auto& [post, quota] : kPosts) store.record(PostCreated{.post = post, .unit = kUnit, .title = "職", .job_categories = {}, .quota = quota, .function = {}, .from = kFirst});
  std::vector<FactId> recorded;
  for (const auto person : kPersons) recorded.push_back(store.record(Appointed{.person = person, .exam_category = "selection", .job_family = {}, .job_category = "事務", .term_article = {}, .term_reason = {}, .from = kFirst}));
  std::uint64_t leaves = 0;
  for (int step = 0; step < 12; ++step) {
    const Fact fact = any_fact(leaves);
    const auto old = *rc::gen::elementOf(recorded);
    if (*rc::gen::inRange(0, 5) == 0) store.cancel(old, "誤り");
    else recorded.push_back(store.record(fact, *rc::gen::inRange(0, 4) == 0 ? old : FactId{}));
    answers.emplace_back(store.position(), ask(kPending));
  }
  for (const auto& [position, then] : answers) RC_ASSERT(ask(position) == then);
}

}  // namespace
}  // namespace rireki
