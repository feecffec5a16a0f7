// The register (台帳): what the facts say on any date, as known at any position. Loaded entity by entity and lazily, so that a
// decision reads, and is conditional on, only the persons, posts and units it asked about.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "domain/facts.h"

namespace rireki {

// One fact as recorded. Corrections and cancellations are resolved by the register, per `as of`.
struct FactRecord {
  Position position = 0;      // kPending in an overlay that is not yet appended
  Instant recorded_at{};
  std::string actor;
  std::variant<FactEntry, FactCancelled> entry;
};
inline constexpr Position kPending = ~Position{0};

// All facts that carry one entity's tag, in order of position; immutable once made.
class EntityFacts {
 public:
  explicit EntityFacts(std::vector<FactRecord> records = {});
  EntityFacts(const EntityFacts&) = delete;  // what holds points into the records
  EntityFacts& operator=(const EntityFacts&) = delete;

  const std::vector<FactRecord>& records() const { return records_; }
  // Those that hold: neither corrected nor cancelled by one of them.
  const std::vector<const FactEntry*>& holding() const { return holding_; }
  bool all_up_to(Position as_of) const { return records_.empty() || records_.back().position <= as_of; }

 private:
  const std::vector<FactRecord> records_;
  const std::vector<const FactEntry*> holding_;
};

// Where the register gets an entity's facts: the log (through a cache) in the program, a vector in tests.
class FactSource {
 public:
  virtual ~FactSource() = default;
  // All facts with this tag at or below head. Tags: "person:p…" (all about them, their postings and leaves), "post:t…" (its life, its
  // postings and deputies), "unit:u…" (its own life and its posts, not the postings: those are found through the posts, so that an order
  // in a large unit conflicts with nobody else's), "parent:u…" (child units), "function:hr-head" (posts with that function),
  // "leave:l…" (its life and its covers), "roster:support", "policy:…", "series:…".
  virtual std::shared_ptr<const EntityFacts> facts(const std::string& tag) = 0;
};

// On which day, as known at which position ("as known now" by default).
struct Moment {
  Day on;
  Position as_of = kPending;
};

struct Employment {
  PersonId person; EmploymentType type; std::string exam_category, job_family, job_category; Grade grade; int step;
  Period period;        // appointment to separation or end of term
  Day first_appointed;  // of the current, unbroken employment: counts years of service
  std::string term_article;
};
// `unit` is filled by postings(), main_posting() and holders(); the lists of all times leave it out, so as not to read every post ever held.
struct Posting {
  FactId fact; PersonId person; PostId post; UnitId unit; PostingKind kind; Period period;  // clipped by the end of employment and of the main post
  LeaveId covers; std::string order_kind, order_number; CaseId case_id;
};
struct Leave { FactId fact; LeaveId leave; PersonId person; LeaveKind kind; Period period; CaseId case_id; };
struct Unit { UnitId unit; std::string name; UnitLevel level; UnitId parent; Period period; };
struct Post { PostId post; UnitId unit; std::string title; Grade grade; std::vector<std::string> job_categories; int quota; bool head; std::string function; Period period; };
struct Person { PersonId person; std::string staff_number; PersonName name; std::optional<Day> birth; Sex sex; };
struct Deputy { PersonId person; int order; std::vector<std::string> excluded_matters; };
enum class Presence { kPresent, kOnLeave, kAway, kNotEmployed };  // 不在 is kOnLeave or kAway
struct Vacancy { PostId post; int quota; int holders; int present; int covered; int open; };  // open = quota − present − covered, at least 0

class Register {
 public:
  // What was recorded after `as_of` it does not know: at every question below "as known now" is as known then.
  explicit Register(FactSource& source, Position as_of = kPending);

  // Persons
  std::optional<Person> person(PersonId, Moment) const;
  std::optional<Employment> employment(PersonId, Moment) const;   // on that day
  std::vector<Employment> employments(PersonId, Position as_of = kPending) const;
  std::vector<Posting> postings(PersonId, Moment) const;          // in force on that day
  std::vector<Posting> all_postings(PersonId, Position as_of = kPending) const;  // ordered by first day
  std::optional<Posting> main_posting(PersonId, Moment) const;    // kCover before kMain: where they work today
  std::optional<Leave> leave(PersonId, Moment) const;
  std::vector<Leave> leaves(PersonId, Position as_of = kPending) const;
  std::optional<Leave> find_leave(LeaveId, Position as_of = kPending) const;
  Presence presence(PersonId, Moment) const;
  std::optional<int> years_of_service(PersonId, Moment) const;
  std::optional<int> age(PersonId, Moment) const;
  std::vector<RosterJoined> rosters(PersonId, Moment) const;      // ends with leave of the roster and with employment
  std::vector<QualificationGained> qualifications(PersonId, Moment) const;

  // Units and posts
  std::optional<Unit> unit(UnitId, Moment) const;                 // in force on that day
  std::optional<Unit> unit_ever(UnitId, Position as_of = kPending) const;
  std::vector<UnitId> children(UnitId, Moment) const;
  std::vector<Post> posts_of(UnitId, Moment) const;
  std::optional<Post> post(PostId, Moment) const;
  std::optional<Post> post_ever(PostId, Position as_of = kPending) const;
  std::vector<Posting> holders(PostId, Moment) const;             // main, cover and acting, in force that day
  std::vector<Posting> all_holders(PostId, const Period& during, Position as_of = kPending) const;  // whose period touches `during`
  std::optional<Vacancy> vacancy(PostId, Moment) const;           // no cause
  std::vector<Post> posts_with_function(std::string_view function, Moment) const;
  std::vector<Deputy> deputies(PostId, Moment) const;             // in order

  // Relations, computed from posts on the day, never stored
  std::optional<UnitId> unit_of(PersonId, Moment) const;          // of the main post
  std::optional<PostId> head_post(UnitId, Moment) const;
  std::optional<PersonId> head_of(UnitId, Moment) const;          // holder of the head post; a cover or acting holder before a holder on leave
  std::optional<PersonId> superior_of(PersonId, Moment) const;    // head of the own unit; for a head, of the unit above; skips vacant levels
  bool is_superior_of(PersonId superior, PersonId of, Moment) const;  // any head up the line
  bool is_within(UnitId unit, UnitId ancestor, Moment) const;     // itself or below

  // Policies: the value in force on that day, as JSON text
  std::optional<std::string> policy(std::string_view name, Moment) const;

  // A fact among those of one tag, whether or not it was corrected or cancelled since.
  std::optional<FactRecord> find_fact(FactId, const std::string& tag) const;
  // The facts of one tag that hold as of a position (not corrected, not cancelled), in order of position. Good until an overlay touches the tag.
  const std::vector<const FactEntry*>& visible(const std::string& tag, Position as_of = kPending) const;

  // Adds a fact that is decided but not yet appended, so that later checks of the same decision see it. Loads what it touches.
  void overlay(const FactEntry& entry);
  void overlay(const FactCancelled& cancelled, std::span<const std::string> tags_of_the_cancelled);

  // How much is overlaid, and back to that: a decision that was refused leaves no trace in those that follow it.
  std::size_t overlaid() const { return overlaid_.size(); }
  void undo_overlays(std::size_t down_to);

  // Which tags were asked for since construction: the append condition of a decision is exactly these.
  std::vector<std::string> tags_read() const;

 private:
  struct Entity;
  Entity& entity(const std::string& tag) const;
  void overlay_at(const std::string& tag, FactRecord record);
  std::vector<Posting> raw_postings(const std::vector<const FactEntry*>& facts) const;
  void clip_by_employment(Posting& posting, Position as_of) const;
  FactSource& source_;
  Position as_of_;
  mutable std::unordered_map<std::string, std::shared_ptr<Entity>> entities_;
  std::vector<std::string> overlaid_;  // tags, in the order in which they were overlaid
};

// Tags of a fact, derived here and nowhere else. Needs the register for what the fact does not say (the unit of a post; for a
// correction or a cancellation also the tags of the fact it replaces).
std::vector<std::string> tags_of(const Fact& fact, const Register& reg);
std::vector<std::string> tags_of(const FactEntry& entry, const Register& reg);  // with those of the fact it corrects

// The invariants: they hold whichever way a fact comes. Checks the state after `entries` (already overlaid) of every person, post
// and unit they touch; the first violated rule of each entry is returned, in order of entries. Rules by id:
//   known-person known-unit known-post known-leave   what a fact names exists
//   one-main-post  concurrent-needs-main  posting-within-post  unit-abolition-empty
//   posting-within-employment  employment-no-overlap  leave-no-overlap  leave-within-employment
//   cover-within-leave  cover-by-regular  post-quota  quota-positive  period-order (last day before first)
//   fiscal-year-term  fixed-term-article  fixed-term-limit  hiring-on-april-1
//   job-category-allowed is a warning of the transfer procedure, not an invariant
struct Violation { std::size_t entry; Refusal refusal; };
std::vector<Violation> check_invariants(const Register& reg, std::span<const FactEntry> entries);

// Overlays `entries` on `reg` and checks: what every write of facts goes through.
std::vector<Violation> admit(Register& reg, std::span<const FactEntry> entries);

// After a cancellation was overlaid: does everything else that these tags' persons, posts and units hold still stand?
std::optional<Refusal> check_standing(const Register& reg, std::span<const std::string> tags);

}  // namespace rireki
