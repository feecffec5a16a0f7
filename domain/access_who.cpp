#include <algorithm>

#include "domain/access.h"
#include "domain/rules.h"

namespace rireki {
namespace {

std::optional<UnitId> receiving_unit(const DecisionContext& context, const Case& state, const std::string& pointer) {
  const auto value = form_value(state.form, pointer);
  const auto post = value.is_string() ? parse<PostId>(value.get_ref<const std::string&>()) : std::nullopt;
  const auto held = post ? context.reg.post_ever(*post) : std::nullopt;
  return held ? deciding_unit(context.reg, held->unit, context.today()) : std::nullopt;
}

std::optional<UnitId> home_unit(const DecisionContext& context, const Case& state) {
  const auto subject = subject_person(state);
  const auto unit = subject ? context.reg.unit_of(*subject, {context.today()}) : std::nullopt;
  return unit ? deciding_unit(context.reg, *unit, context.today()) : std::nullopt;
}

// Where the main post is kept while its holder covers another.
std::optional<UnitId> return_unit(const DecisionContext& context, const Case& state) {
  const auto subject = subject_person(state);
  if (!subject) return std::nullopt;
  for (const auto& one : context.reg.postings(*subject, {context.today()}))
    if (one.kind == PostingKind::kMain) return deciding_unit(context.reg, one.unit, context.today());
  return std::nullopt;
}

// The head's post above a person, held or vacant; for a head, that of the unit above.
std::optional<PostId> superior_post(const Register& reg, PersonId person, Moment now) {
  for (auto where = reg.unit_of(person, now); where && *where;) {
    if (const auto head = reg.head_post(*where, now)) {
      const auto holders = reg.holders(*head, now);
      if (std::none_of(holders.begin(), holders.end(), [&](const Posting& one) { return one.person == person; })) return head;
    }
    const auto unit = reg.unit(*where, now);
    where = unit ? std::optional(unit->parent) : std::nullopt;
  }
  return std::nullopt;
}

bool holds_one_of(const Register& reg, const std::vector<PostId>& posts, PersonId person, Moment now) {
  for (const auto post : posts)
    for (const auto& one : reg.holders(post, now))
      if (one.person == person && one.kind != PostingKind::kConcurrent) return true;
  return false;
}

// The heads' posts of a unit and of all above it.
std::vector<PostId> heads_above(const Register& reg, std::optional<UnitId> unit, Moment now) {
  std::vector<PostId> heads;
  while (unit && *unit) {
    if (const auto head = reg.head_post(*unit, now)) heads.push_back(*head);
    const auto here = reg.unit(*unit, now);
    unit = here ? std::optional(here->parent) : std::nullopt;
  }
  return heads;
}

// The people that a form's field names, one or a list.
std::vector<PersonId> people_in_form(const Case& state, const std::string& pointer) {
  std::vector<PersonId> people;
  const auto add = [&](const nlohmann::json& one) {
    if (const auto id = one.is_string() ? parse<PersonId>(one.get_ref<const std::string&>()) : std::nullopt) people.push_back(*id);
  };
  const auto value = form_value(state.form, pointer);
  add(value);
  if (value.is_array()) std::for_each(value.begin(), value.end(), add);
  return people;
}

bool relates(const DecisionContext& context, const Case& state, const Who& who, const Actor& actor) {
  const Moment today{context.today()};
  const std::string& relation = who.value;
  const auto subject = subject_person(state);
  const auto in_line = [&] { return subject && context.reg.is_superior_of(actor.person, *subject, today); };
  if (relation == "self") return subject == actor.person;
  if (relation == "named-in-form" || relation == "chain-of-form") {
    const auto people = people_in_form(state, who.pointer);
    return std::any_of(people.begin(), people.end(), [&](PersonId person) {
      if (relation == "named-in-form") return person == actor.person;
      return context.reg.is_superior_of(actor.person, person, today) || context.reg.is_superior_of(person, actor.person, today);
    });
  }
  if (relation == "author") return state.author == actor.person;
  if (relation == "author-in-line") return state.author == actor.person && in_line();  // the relation ends with the line
  if (relation == "named-on-case") return state.named.contains(actor.person);
  if (relation == "named-in-line") return state.named.contains(actor.person) && in_line();
  if (relation == "named-hr") return state.named.contains(actor.person) && actor.roles.contains("hr");
  if (relation == "assigned") return state.assigned == actor.person;
  if (relation == "superior-of-subject") return subject && context.reg.superior_of(*subject, today) == actor.person;
  if (relation == "superiors-of-subject") return in_line();
  if (relation == "head-of-subject-unit") return holds_one_of(context.reg, heads_above(context.reg, parse<UnitId>(state.subject.id), today), actor.person, today);
  return holds_one_of(context.reg, posts_meant(context, state, who), actor.person, today);  // head-of-home-unit, head-of-return-unit, head-of-receiving-unit
}

}  // namespace

std::vector<PersonId> watched_people(const Definition& definition, const Case& state) {
  std::vector<PersonId> people;
  for (const auto& alternatives : definition.secrecy.watch.people)
    for (const auto& one : alternatives) {
      const auto found = one == "author" ? (state.author ? std::vector{state.author} : std::vector<PersonId>{}) : people_in_form(state, one);
      if (found.empty()) continue;
      people.insert(people.end(), found.begin(), found.end());
      break;
    }
  std::sort(people.begin(), people.end());
  people.erase(std::unique(people.begin(), people.end()), people.end());
  return people;
}

std::optional<PersonId> subject_person(const Case& state) {
  return state.subject.kind == "person" ? parse<PersonId>(state.subject.id) : std::nullopt;
}

std::optional<UnitId> deciding_unit(const Register& reg, UnitId id, Day today) {
  auto unit = reg.unit(id, {today});
  if (!unit) unit = reg.unit_ever(id);  // a unit that comes into being on the day of the order
  if (!unit) return std::nullopt;
  return unit->level == UnitLevel::kKakari && unit->parent ? unit->parent : unit->unit;
}

std::optional<UnitId> unit_meant(const DecisionContext& context, const Case& state, const Who& who) {
  if (who.kind != Who::Kind::kRelation) return std::nullopt;
  if (who.value == "head-of-receiving-unit") return receiving_unit(context, state, who.pointer);
  if (who.value == "head-of-return-unit") return return_unit(context, state);
  return who.value == "head-of-home-unit" ? home_unit(context, state) : std::nullopt;
}

std::vector<PostId> posts_meant(const DecisionContext& context, const Case& state, const Who& who) {
  const Moment today{context.today()};
  std::vector<PostId> posts;
  if (who.kind == Who::Kind::kFunction) {
    for (const auto& post : context.reg.posts_with_function(who.value, today)) posts.push_back(post.post);
  } else if (const auto unit = unit_meant(context, state, who)) {
    if (const auto head = context.reg.head_post(*unit, today)) posts.push_back(*head);
  } else if (who.kind == Who::Kind::kRelation && who.value == "superior-of-subject") {
    const auto subject = subject_person(state);
    if (const auto post = subject ? superior_post(context.reg, *subject, today) : std::nullopt) posts.push_back(*post);
  }
  return posts;
}

bool is(const DecisionContext& context, const Case& state, const Who& who, const Actor& actor) {
  if (who.kind == Who::Kind::kRole) return actor.roles.contains(who.value);
  if (!actor.person || (!who.as_role.empty() && !actor.roles.contains(who.as_role))) return false;
  if (who.kind == Who::Kind::kFunction) return holds_one_of(context.reg, posts_meant(context, state, who), actor.person, {context.today()});
  return relates(context, state, who, actor);
}

bool any_of(const DecisionContext& context, const Case& state, const std::vector<Who>& whos, const Actor& actor) {
  return std::any_of(whos.begin(), whos.end(), [&](const Who& who) { return is(context, state, who, actor); });
}

bool entitled(const DecisionContext& context, const Definition& definition, const Case& state, const std::vector<Who>& whos, const Actor& actor) {
  // The person concerned acts only where the procedure says so of them.
  const bool self = actor.person && subject_person(state) == actor.person;
  const bool named = self ? std::any_of(whos.begin(), whos.end(), [](const Who& who) { return who.kind == Who::Kind::kRelation && who.value == "self"; }) : any_of(context, state, whos, actor);
  if (!named) return false;
  const Relation who = Relation::kEntitled | (any_of(context, state, definition.secrecy.never, actor) ? Relation::kExcluded : Relation::kNone);
  return decide_access(actor.roles, who, Action::kAct, {.reading_class = definition.secrecy.reading_class}).allowed;
}

std::string waiting_key(const DecisionContext& context, const Case& state, const Who& who) {
  if (who.kind == Who::Kind::kRole) return "role:" + who.value;
  if (who.kind == Who::Kind::kFunction) return "function:" + who.value;
  const auto person = [](PersonId id) { return id ? "person:" + to_text(id) : std::string(); };
  if (who.value == "head-of-receiving-unit" || who.value == "head-of-home-unit" || who.value == "head-of-return-unit") {
    const auto unit = unit_meant(context, state, who);
    return unit ? "unit-head:" + to_text(*unit) : std::string();
  }
  if (who.value == "head-of-subject-unit") return "unit-head:" + state.subject.id;
  if (who.value == "author" || who.value == "author-in-line") return person(state.author);
  if (who.value == "assigned") return person(state.assigned);
  const auto subject = subject_person(state);
  if (who.value == "self") return subject ? person(*subject) : std::string();
  if (who.value == "superior-of-subject" || who.value == "superiors-of-subject") return subject ? "superior-of:" + to_text(*subject) : std::string();
  return {};
}

}  // namespace rireki
