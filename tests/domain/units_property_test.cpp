// Random units and posts against a naive oracle that looks at every day by itself: nobody sits in a unit that is not there, and no unit stands
// under one that is not there.
#include <rapidcheck/gtest.h>

#include "domain/body.h"
#include "fact_vector.h"

namespace rireki {
namespace {

constexpr int kDays = 20;
const Day kFirst = day(2025, 4, 1);
const Day kBeyond = kFirst + days{kDays + 1};  // after every day that a fact states: stands for all that follow
constexpr PersonId kPerson{31};
const std::vector<UnitId> kUnits = {{1}, {2}, {3}};
const std::vector<PostId> kPosts = {{11}, {12}};

struct Oracle {
  std::vector<Fact> facts;

  template <class F>
  std::vector<const F*> all() const {
    std::vector<const F*> found;
    for (const auto& fact : facts)
      if (const auto* one = std::get_if<F>(&fact)) found.push_back(one);
    return found;
  }
  const UnitEstablished* established(UnitId unit) const {
    for (const auto* one : all<UnitEstablished>())
      if (one->unit == unit) return one;
    return nullptr;
  }
  bool unit_stands(UnitId unit, Day on) const {
    const auto* one = established(unit);
    if (!one || on < one->from) return false;
    for (const auto* abolished : all<UnitAbolished>())
      if (abolished->unit == unit && on > abolished->last_day) return false;
    return true;
  }
  bool post_stands(PostId post, Day on) const {
    for (const auto* closed : all<PostClosed>())
      if (closed->post == post && on > closed->last_day) return false;
    for (const auto* created : all<PostCreated>())
      if (created->post == post) return on >= created->from && unit_stands(created->unit, on);
    return false;
  }
  bool held(const Posted& posted, Day on) const {
    if (on < posted.from || on > posted.last_day) return false;
    for (const auto* ended : all<PostingEnded>())
      if (ended->post == posted.post && posted.from <= ended->last_day && ended->last_day <= posted.last_day && on > ended->last_day) return false;
    return true;
  }
  std::string broken() const {
    for (Day on = kFirst; on <= kBeyond; on += days{1}) {
      for (const auto* posted : all<Posted>())
        if (held(*posted, on) && !post_stands(posted->post, on)) return "somebody sits where nothing is on " + iso(on);
      for (const auto unit : kUnits)
        if (unit_stands(unit, on) && established(unit)->parent && !unit_stands(established(unit)->parent, on)) return "a unit without the one above on " + iso(on);
    }
    for (const auto* created : all<PostCreated>())
      if (!unit_stands(created->unit, created->from)) return "a post was created in a unit that is not there";
    return "";
  }
};

Fact any_fact() {
  const Day on = kFirst + days{*rc::gen::inRange(0, kDays)};
  const UnitId unit = *rc::gen::elementOf(kUnits);
  const PostId post = *rc::gen::elementOf(kPosts);
  switch (*rc::gen::inRange(0, 8)) {
    case 0:
    case 1: return UnitEstablished{.unit = unit, .name = "課", .level = UnitLevel::kKa, .parent = *rc::gen::arbitrary<bool>() ? UnitId{} : *rc::gen::elementOf(kUnits), .from = on};
    case 2: return UnitAbolished{.unit = unit, .last_day = on};
    case 3: return PostCreated{.post = post, .unit = unit, .title = "職", .job_categories = {}, .quota = 1, .function = {}, .from = on};
    case 4: return PostClosed{.post = post, .last_day = on};
    case 5: return PostingEnded{.person = kPerson, .post = post, .kind = PostingKind::kMain, .last_day = on};
    default: return Posted{.person = kPerson, .post = post, .kind = PostingKind::kMain, .from = on, .last_day = *rc::gen::arbitrary<bool>() ? kForever : on + days{*rc::gen::inRange(0, 5)}, .order_kind = {}, .order_number = {}};
  }
}

RC_GTEST_PROP(Units, AreThereWhereverSomebodySitsAndUnderTheirOwn, ()) {
  FactVector store;
  Oracle oracle;
  const auto given = [&](Fact fact) {
    store.record(fact);
    oracle.facts.push_back(std::move(fact));
  };
  given(PersonRegistered{.person = kPerson, .staff_number = "1", .name = {"見本", "", "", ""}});
  given(Appointed{.person = kPerson, .exam_category = "selection", .job_family = {}, .job_category = "事務", .term_article = {}, .term_reason = {}, .from = kFirst});
  int admitted = 0;
  for (int step = 0; step < 30; ++step) {
    const Fact fact = any_fact();
    const auto rules = store.admit({fact});
    RC_LOG() << fact_type(fact) << " " << to_json(fact).dump() << (rules.empty() ? " was admitted" : " was refused by " + rules.front()) << "\n";
    if (!rules.empty()) continue;
    oracle.facts.push_back(fact);
    ++admitted;
    const auto broken = oracle.broken();
    RC_LOG() << broken << "\n";
    RC_ASSERT(broken == "");
  }
  RC_CLASSIFY(admitted >= 4, "four or more admitted");
}

}  // namespace
}  // namespace rireki
