#include "domain/register.h"

#include <algorithm>

namespace rireki {
namespace {

std::string person_tag(PersonId id) { return "person:" + to_text(id); }
std::string post_tag(PostId id) { return "post:" + to_text(id); }
std::string unit_tag(UnitId id) { return "unit:" + to_text(id); }

// The facts of one kind among those that hold.
template <class F>
std::vector<std::pair<const F*, const FactEntry*>> of_kind(const std::vector<const FactEntry*>& facts) {
  std::vector<std::pair<const F*, const FactEntry*>> found;
  for (const auto* entry : facts)
    if (const auto* fact = std::get_if<F>(&entry->fact)) found.emplace_back(fact, entry);
  return found;
}

// The last one in force on the day: by effective date, then by position (the later record of one day wins).
template <class F>
const F* in_force(const std::vector<const FactEntry*>& facts, Day on) {
  const F* best = nullptr;
  for (const auto* entry : facts)
    if (const auto* fact = std::get_if<F>(&entry->fact); fact && fact->from <= on && (!best || fact->from >= best->from)) best = fact;
  return best;
}

Unit fold_unit(const UnitEstablished& established, const std::vector<const FactEntry*>& facts, Day on) {
  Unit unit{established.unit, established.name, established.level, established.parent, {established.from, kForever}};
  for (const auto* entry : facts) {
    if (const auto* renamed = std::get_if<UnitRenamed>(&entry->fact); renamed && renamed->unit == unit.unit && renamed->from <= on) unit.name = renamed->name;
    if (const auto* abolished = std::get_if<UnitAbolished>(&entry->fact); abolished && abolished->unit == unit.unit) unit.period.last = abolished->last_day;
  }
  return unit;
}

Post fold_post(const PostCreated& created, const std::vector<const FactEntry*>& facts, Day on) {
  Post post{created.post, created.unit, created.title, created.grade, created.job_categories, created.quota, created.head, created.function, {created.from, kForever}};
  for (const auto* entry : facts) {
    if (const auto* changed = std::get_if<PostChanged>(&entry->fact); changed && changed->post == post.post && changed->from <= on) {
      post.title = changed->title;
      post.quota = changed->quota;
    }
    if (const auto* closed = std::get_if<PostClosed>(&entry->fact); closed && closed->post == post.post) post.period.last = closed->last_day;
  }
  return post;
}

// `each` gives one visitor after the other the same records.
template <class Each>
std::vector<const FactEntry*> holding_of(const Each& each) {
  std::set<FactId> void_facts;
  each([&](const FactRecord& record) {
    if (const auto* cancelled = std::get_if<FactCancelled>(&record.entry)) void_facts.insert(cancelled->fact);
    else if (const auto& entry = std::get<FactEntry>(record.entry); entry.corrects) void_facts.insert(entry.corrects);
  });
  std::vector<const FactEntry*> holding;
  each([&](const FactRecord& record) {
    if (const auto* entry = std::get_if<FactEntry>(&record.entry); entry && !void_facts.contains(entry->id)) holding.push_back(entry);
  });
  return holding;
}

}  // namespace

EntityFacts::EntityFacts(std::vector<FactRecord> records)
    : records_(std::move(records)), holding_(holding_of([this](const auto& visit) { std::for_each(records_.begin(), records_.end(), visit); })) {}

struct Register::Entity {
  std::shared_ptr<const EntityFacts> stored;
  std::vector<FactRecord> pending;
  std::map<Position, std::vector<const FactEntry*>> holding;  // as asked so far; kPending is rebuilt after an overlay

  // Up to a position, and what is pending where it is asked for.
  template <class Visit>
  void each(Position up_to, bool with_pending, const Visit& visit) const {
    const auto& records = stored->records();
    for (auto record = records.begin(); record != records.end() && record->position <= up_to; ++record) visit(*record);
    if (with_pending)
      for (const auto& record : pending) visit(record);
  }
};

Register::Register(FactSource& source, Position as_of) : source_(source), as_of_(as_of) {}

Register::Entity& Register::entity(const std::string& tag) const {
  auto& place = entities_[tag];
  if (!place) {
    place = std::make_shared<Entity>();
    place->stored = source_.facts(tag);
  }
  return *place;
}

const std::vector<const FactEntry*>& Register::visible(const std::string& tag, Position as_of) const {
  Entity& found = entity(tag);
  const Position up_to = std::min(as_of, as_of_);
  const bool with_pending = as_of == kPending && !found.pending.empty();
  if (!with_pending && found.stored->all_up_to(up_to)) return found.stored->holding();
  const Position key = with_pending ? kPending : up_to;
  const auto asked = found.holding.find(key);
  if (asked != found.holding.end()) return asked->second;
  return found.holding.emplace(key, holding_of([&](const auto& visit) { found.each(up_to, with_pending, visit); })).first->second;
}

std::vector<std::string> Register::tags_read() const {
  std::vector<std::string> tags;
  tags.reserve(entities_.size());
  for (const auto& [tag, entity] : entities_) tags.push_back(tag);
  return tags;
}

std::optional<FactRecord> Register::find_fact(FactId id, const std::string& tag) const {
  std::optional<FactRecord> found;
  entity(tag).each(as_of_, true, [&](const FactRecord& record) {
    if (const auto* entry = std::get_if<FactEntry>(&record.entry); entry && entry->id == id) found = record;
  });
  return found;
}

void Register::overlay_at(const std::string& tag, FactRecord record) {
  Entity& touched = entity(tag);
  touched.pending.push_back(std::move(record));
  touched.holding.erase(kPending);
  overlaid_.push_back(tag);
}

void Register::overlay(const FactEntry& entry) {
  for (const auto& tag : tags_of(entry, *this)) overlay_at(tag, {.position = kPending, .entry = entry});
}

void Register::overlay(const FactCancelled& cancelled, std::span<const std::string> tags_of_the_cancelled) {
  for (const auto& tag : tags_of_the_cancelled) overlay_at(tag, {.position = kPending, .entry = cancelled});
}

void Register::undo_overlays(std::size_t down_to) {
  for (; overlaid_.size() > down_to; overlaid_.pop_back()) {
    Entity& touched = entity(overlaid_.back());
    touched.pending.pop_back();
    touched.holding.erase(kPending);
  }
}

// --- Persons ---

std::optional<Person> Register::person(PersonId id, Moment at) const {
  const auto& facts = visible(person_tag(id), at.as_of);
  const auto registered = of_kind<PersonRegistered>(facts);
  if (registered.empty()) return std::nullopt;
  const auto& first = *registered.back().first;
  Person person{id, first.staff_number, first.name, first.birth, first.sex};
  if (const auto* renamed = in_force<Renamed>(facts, at.on)) person.name = renamed->name;
  return person;
}

std::vector<Employment> Register::employments(PersonId id, Position as_of) const {
  const auto& facts = visible(person_tag(id), as_of);
  std::vector<Employment> all;
  for (const auto& [fact, entry] : of_kind<Appointed>(facts))
    all.push_back({id, fact->type, fact->exam_category, fact->job_family, fact->job_category, fact->grade, fact->step, {fact->from, fact->last_day}, fact->from, fact->term_article});
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.period.first < b.period.first; });
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto& one = all[i];
    const auto ends_here = [&](Day day) { return day >= one.period.first && (i + 1 == all.size() || day < all[i + 1].period.first); };
    for (const auto& [renewed, entry] : of_kind<TermRenewed>(facts))
      if (ends_here(one.period.last) && ends_here(renewed->last_day) && renewed->last_day > one.period.last) one.period.last = renewed->last_day;
    for (const auto& [separated, entry] : of_kind<Separated>(facts))
      if (ends_here(separated->last_day)) one.period.last = std::min(one.period.last, separated->last_day);
    // A chain of appointments of one kind without a gap is one service; a re-hire starts anew.
    if (i > 0 && all[i - 1].type == one.type && all[i - 1].period.last + days{1} == one.period.first) one.first_appointed = all[i - 1].first_appointed;
  }
  return all;
}

std::optional<Employment> Register::employment(PersonId id, Moment at) const {
  for (auto& one : employments(id, at.as_of)) {
    if (!one.period.contains(at.on)) continue;
    Day since = one.period.first;
    for (const auto& [graded, entry] : of_kind<Graded>(visible(person_tag(id), at.as_of)))
      if (graded->from >= since && graded->from <= at.on) {
        since = graded->from;
        one.grade = graded->grade;
        one.step = graded->step;
      }
    return one;
  }
  return std::nullopt;
}

// Postings as the facts say them, ended where a later fact ends them, not yet clipped.
std::vector<Posting> Register::raw_postings(const std::vector<const FactEntry*>& facts) const {
  std::vector<Posting> all;
  for (const auto& [fact, entry] : of_kind<Posted>(facts))
    all.push_back({entry->id, fact->person, fact->post, UnitId{}, fact->kind, {fact->from, fact->last_day}, fact->covers, fact->order_kind, fact->order_number, entry->case_id});
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.period.first < b.period.first; });
  for (const auto& [ended, entry] : of_kind<PostingEnded>(facts))
    for (auto& one : all)
      if (one.person == ended->person && one.post == ended->post && one.kind == ended->kind && one.period.contains(ended->last_day)) one.period.last = ended->last_day;
  return all;
}

void Register::clip_by_employment(Posting& posting, Position as_of) const {
  for (const auto& one : employments(posting.person, as_of))
    if (one.period.contains(posting.period.first)) posting.period.last = std::min(posting.period.last, one.period.last);
}

std::vector<Posting> Register::all_postings(PersonId id, Position as_of) const {
  auto all = raw_postings(visible(person_tag(id), as_of));
  for (auto& one : all) clip_by_employment(one, as_of);
  for (auto& one : all) {
    if (one.kind != PostingKind::kConcurrent && one.kind != PostingKind::kActing) continue;
    // Until the main posts, one after the other without a gap, end.
    Day covered = one.period.first - days{1};
    for (const auto& main : all)
      if (main.kind == PostingKind::kMain && main.period.first <= covered + days{1}) covered = std::max(covered, main.period.last);
    one.period.last = std::min(one.period.last, covered);
  }
  std::erase_if(all, [](const Posting& one) { return one.period.last < one.period.first; });
  return all;
}

std::vector<Posting> Register::postings(PersonId id, Moment at) const {
  auto all = all_postings(id, at.as_of);
  std::erase_if(all, [&](const Posting& one) { return !one.period.contains(at.on); });
  for (auto& one : all)
    if (const auto held = post_ever(one.post, at.as_of)) one.unit = held->unit;
  return all;
}

std::optional<Posting> Register::main_posting(PersonId id, Moment at) const {
  std::optional<Posting> found;
  for (const auto& one : postings(id, at))
    if (one.kind == PostingKind::kCover || (one.kind == PostingKind::kMain && !found)) found = one;
  return found;
}

std::vector<Leave> Register::leaves(PersonId id, Position as_of) const {
  const auto& facts = visible(person_tag(id), as_of);
  std::vector<Leave> all;
  for (const auto& [fact, entry] : of_kind<LeaveStarted>(facts)) {
    Leave leave{entry->id, fact->leave, id, fact->kind, {fact->from, fact->last_day}, entry->case_id};
    for (const auto* later : facts) {
      if (const auto* changed = std::get_if<LeaveChanged>(&later->fact); changed && changed->leave == leave.leave) leave.period.last = changed->last_day;
      if (const auto* ended = std::get_if<LeaveEnded>(&later->fact); ended && ended->leave == leave.leave) leave.period.last = ended->last_day;
    }
    all.push_back(leave);
  }
  return all;
}

std::optional<Leave> Register::find_leave(LeaveId id, Position as_of) const {
  for (const auto& [started, entry] : of_kind<LeaveStarted>(visible("leave:" + to_text(id), as_of)))
    for (const auto& leave : leaves(started->person, as_of))
      if (leave.leave == id) return leave;
  return std::nullopt;
}

std::optional<Leave> Register::leave(PersonId id, Moment at) const {
  for (const auto& one : leaves(id, at.as_of))
    if (one.period.contains(at.on)) return one;
  return std::nullopt;
}

Presence Register::presence(PersonId id, Moment at) const {
  if (!employment(id, at)) return Presence::kNotEmployed;
  if (leave(id, at)) return Presence::kOnLeave;
  for (const auto& [away, entry] : of_kind<AwayDeclared>(visible(person_tag(id), at.as_of)))
    if (away->from <= at.on && at.on <= away->last_day) return Presence::kAway;
  return Presence::kPresent;
}

std::optional<int> Register::years_of_service(PersonId id, Moment at) const {
  const auto one = employment(id, at);
  return one ? std::optional(year_of_service(one->first_appointed, at.on)) : std::nullopt;
}

std::optional<int> Register::age(PersonId id, Moment at) const {
  const auto one = person(id, at);
  return one && one->birth ? std::optional(age_on(*one->birth, at.on)) : std::nullopt;
}

std::vector<RosterJoined> Register::rosters(PersonId id, Moment at) const {
  std::vector<RosterJoined> found;
  const auto& facts = visible(person_tag(id), at.as_of);
  if (!employment(id, at)) return found;
  for (auto at_entry = facts.begin(); at_entry != facts.end(); ++at_entry) {
    const auto* joined = std::get_if<RosterJoined>(&(*at_entry)->fact);
    if (!joined) continue;
    Day last = joined->last_day;
    // Leaving ends what was entered before it; whoever enters again afterwards is on the roster again.
    for (auto later = at_entry + 1; later != facts.end(); ++later)
      if (const auto* left = std::get_if<RosterLeft>(&(*later)->fact); left && left->roster == joined->roster && left->last_day >= joined->from - days{1}) last = std::min(last, left->last_day);
    if (joined->from <= at.on && at.on <= last) found.push_back(*joined);
  }
  return found;
}

std::vector<QualificationGained> Register::qualifications(PersonId id, Moment at) const {
  std::vector<QualificationGained> found;
  for (const auto& [gained, entry] : of_kind<QualificationGained>(visible(person_tag(id), at.as_of)))
    if (gained->from <= at.on && at.on <= gained->last_day) found.push_back(*gained);
  return found;
}

// --- Units and posts ---

std::optional<Unit> Register::unit_ever(UnitId id, Position as_of) const {
  const auto& facts = visible(unit_tag(id), as_of);
  for (const auto& [fact, entry] : of_kind<UnitEstablished>(facts))
    if (fact->unit == id) return fold_unit(*fact, facts, kForever);
  return std::nullopt;
}

std::optional<Unit> Register::unit(UnitId id, Moment at) const {
  const auto& facts = visible(unit_tag(id), at.as_of);
  for (const auto& [fact, entry] : of_kind<UnitEstablished>(facts))
    if (fact->unit == id)
      if (auto folded = fold_unit(*fact, facts, at.on); folded.period.contains(at.on)) return folded;
  return std::nullopt;
}

std::vector<UnitId> Register::children(UnitId id, Moment at) const {
  std::vector<UnitId> found;
  for (const auto& [fact, entry] : of_kind<UnitEstablished>(visible(id ? "parent:" + to_text(id) : "parent:-", at.as_of)))
    if (unit(fact->unit, at)) found.push_back(fact->unit);
  return found;
}

std::vector<Post> Register::posts_of(UnitId id, Moment at) const {
  std::vector<Post> found;
  const auto& facts = visible(unit_tag(id), at.as_of);  // a post's whole life carries its unit's tag
  for (const auto& [fact, entry] : of_kind<PostCreated>(facts))
    if (auto folded = fold_post(*fact, facts, at.on); folded.period.contains(at.on)) found.push_back(std::move(folded));
  return found;
}

std::optional<Post> Register::post_ever(PostId id, Position as_of) const {
  const auto& facts = visible(post_tag(id), as_of);
  for (const auto& [fact, entry] : of_kind<PostCreated>(facts))
    return fold_post(*fact, facts, kForever);
  return std::nullopt;
}

std::optional<Post> Register::post(PostId id, Moment at) const {
  const auto& facts = visible(post_tag(id), at.as_of);
  for (const auto& [fact, entry] : of_kind<PostCreated>(facts))
    if (auto folded = fold_post(*fact, facts, at.on); folded.period.contains(at.on)) return folded;
  return std::nullopt;
}

std::vector<Posting> Register::all_holders(PostId id, const Period& during, Position as_of) const {
  const auto& facts = visible(post_tag(id), as_of);
  auto all = raw_postings(facts);
  const auto created = of_kind<PostCreated>(facts);
  std::erase_if(all, [&](const Posting& one) { return !one.period.overlaps(during); });
  for (auto& one : all) {
    clip_by_employment(one, as_of);
    if (!created.empty()) one.unit = created.front().first->unit;
  }
  std::erase_if(all, [&](const Posting& one) { return one.period.last < one.period.first || !one.period.overlaps(during); });
  return all;
}

std::vector<Posting> Register::holders(PostId id, Moment at) const { return all_holders(id, {at.on, at.on}, at.as_of); }

std::optional<Vacancy> Register::vacancy(PostId id, Moment at) const {
  const auto held = post(id, at);
  if (!held) return std::nullopt;
  Vacancy vacancy{id, held->quota, 0, 0, 0, 0};
  for (const auto& one : holders(id, at)) {
    const bool at_work = presence(one.person, at) != Presence::kOnLeave;
    if (one.kind == PostingKind::kMain) {
      ++vacancy.holders;
      const auto works_at = main_posting(one.person, at);
      if (at_work && works_at && works_at->post == id) ++vacancy.present;  // a Voyager works elsewhere
    } else if ((one.kind == PostingKind::kCover || one.kind == PostingKind::kActing) && at_work) {
      ++vacancy.covered;
    }
  }
  vacancy.open = std::max(0, vacancy.quota - vacancy.present - vacancy.covered);
  return vacancy;
}

std::vector<Post> Register::posts_with_function(std::string_view function, Moment at) const {
  std::vector<Post> found;
  for (const auto& [fact, entry] : of_kind<PostCreated>(visible("function:" + std::string(function), at.as_of)))
    if (auto one = post(fact->post, at)) found.push_back(std::move(*one));
  return found;
}

std::vector<Deputy> Register::deputies(PostId id, Moment at) const {
  std::vector<Deputy> found;
  for (const auto& [named, entry] : of_kind<DeputyNamed>(visible(post_tag(id), at.as_of)))
    if (named->from <= at.on && at.on <= named->last_day) found.push_back({named->deputy, named->order, named->excluded_matters});
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.order < b.order; });
  return found;
}

// --- Relations ---

std::optional<UnitId> Register::unit_of(PersonId id, Moment at) const {
  const auto held = main_posting(id, at);
  return held ? std::optional(held->unit) : std::nullopt;
}

std::optional<PostId> Register::head_post(UnitId id, Moment at) const {
  const auto& facts = visible(unit_tag(id), at.as_of);
  for (const auto* entry : facts)
    if (const auto* created = std::get_if<PostCreated>(&entry->fact); created && created->head && fold_post(*created, facts, at.on).period.contains(at.on)) return created->post;
  return std::nullopt;
}

std::optional<PersonId> Register::head_of(UnitId id, Moment at) const {
  const auto head = head_post(id, at);
  if (!head) return std::nullopt;
  std::optional<PersonId> on_leave, stand_in;
  for (const auto& one : holders(*head, at)) {
    const bool at_work = presence(one.person, at) != Presence::kOnLeave;
    if (one.kind == PostingKind::kMain && at_work) return one.person;
    if (one.kind == PostingKind::kMain) on_leave = one.person;
    else if (at_work) stand_in = one.person;
  }
  return stand_in ? stand_in : on_leave;
}

std::optional<PersonId> Register::superior_of(PersonId id, Moment at) const {
  auto where = unit_of(id, at);
  while (where && *where) {
    const auto head = head_of(*where, at);
    if (head && *head != id) return head;
    const auto here = unit(*where, at);  // a head, or a vacant level: the unit above
    where = here ? std::optional(here->parent) : std::nullopt;
  }
  return std::nullopt;
}

bool Register::is_superior_of(PersonId superior, PersonId of, Moment at) const {
  if (superior == of) return false;
  for (auto where = unit_of(of, at); where && *where;) {
    if (head_of(*where, at) == superior) return true;
    const auto here = unit(*where, at);
    where = here ? std::optional(here->parent) : std::nullopt;
  }
  return false;
}

bool Register::is_within(UnitId id, UnitId ancestor, Moment at) const {
  while (id) {
    if (id == ancestor) return true;
    const auto here = unit(id, at);
    if (!here) return false;
    id = here->parent;
  }
  return false;
}

std::optional<std::string> Register::policy(std::string_view name, Moment at) const {
  const auto* set = in_force<PolicySet>(visible("policy:" + std::string(name), at.as_of), at.on);
  return set ? std::optional(set->value_json) : std::nullopt;
}

// --- Tags ---

std::vector<std::string> tags_of(const Fact& fact, const Register& reg) {
  const auto person = [](PersonId id) { return person_tag(id); };
  const auto leave = [](LeaveId id) { return "leave:" + to_text(id); };
  // A post's whole life carries its unit's tag; what a post belongs to never changes.
  const auto post_and_unit = [&](PostId id) {
    std::vector<std::string> tags{post_tag(id)};
    if (const auto known = reg.post_ever(id)) tags.push_back(unit_tag(known->unit));
    return tags;
  };
  using Tags = std::vector<std::string>;
  return std::visit(Overloaded{
      [&](const UnitEstablished& f) { return Tags{unit_tag(f.unit), f.parent ? "parent:" + to_text(f.parent) : "parent:-"}; },
      [&](const UnitRenamed& f) { return Tags{unit_tag(f.unit)}; },
      [&](const UnitAbolished& f) { return f.successor ? Tags{unit_tag(f.unit), unit_tag(f.successor)} : Tags{unit_tag(f.unit)}; },
      [&](const PostCreated& f) {
        Tags tags{post_tag(f.post), unit_tag(f.unit)};
        if (!f.function.empty()) tags.push_back("function:" + f.function);
        return tags;
      },
      [&](const PostChanged& f) { return post_and_unit(f.post); },
      [&](const PostClosed& f) { return post_and_unit(f.post); },
      [&](const Posted& f) { return f.covers ? Tags{person(f.person), post_tag(f.post), leave(f.covers)} : Tags{person(f.person), post_tag(f.post)}; },
      [&](const PostingEnded& f) { return Tags{person(f.person), post_tag(f.post)}; },
      [&](const LeaveStarted& f) { return Tags{person(f.person), leave(f.leave)}; },
      [&](const LeaveChanged& f) { return Tags{person(f.person), leave(f.leave)}; },
      [&](const LeaveEnded& f) { return Tags{person(f.person), leave(f.leave)}; },
      [&](const DeputyNamed& f) { return Tags{post_tag(f.post), person(f.deputy)}; },
      [&](const RosterJoined& f) { return Tags{person(f.person), "roster:" + f.roster}; },
      [&](const RosterLeft& f) { return Tags{person(f.person), "roster:" + f.roster}; },
      [&](const FigureRecorded& f) { return Tags{"series:" + f.series}; },
      [&](const PolicySet& f) { return Tags{"policy:" + f.policy}; },
      [&](const DutyCompleted& f) { return Tags{person(f.person)}; },
      [&](const auto& f) { return Tags{person(f.person)}; },
  }, fact);
}

std::vector<std::string> tags_of(const FactEntry& entry, const Register& reg) {
  auto tags = tags_of(entry.fact, reg);
  if (!entry.corrects) return tags;
  for (const auto& tag : std::vector(tags)) {
    const auto corrected = reg.find_fact(entry.corrects, tag);
    if (!corrected) continue;
    for (auto& also : tags_of(std::get<FactEntry>(corrected->entry).fact, reg))
      if (std::find(tags.begin(), tags.end(), also) == tags.end()) tags.push_back(std::move(also));
    break;
  }
  return tags;
}

}  // namespace rireki
