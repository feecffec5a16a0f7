#include "api/resources/present.h"

#include <stdexcept>

#include "api/replay.h"
#include "domain/access.h"

namespace rireki::api {

using nlohmann::json;

void put_day(json& into, const std::string& name, Day day) {
  into[name] = day == kForever ? json() : json(iso(day));
  into[name + "_wareki"] = day == kForever ? json() : json(wareki(day));
}

void put_period(json& into, const Period& period) {
  put_day(into, "from", period.first);
  put_day(into, "last_day", period.last);
}

void put_time(json& into, const std::string& name, Instant at) { into[name] = iso_utc(at); }

std::string display(const PersonName& name) { return name.given.empty() ? name.family : name.family + "　" + name.given; }

json labelled(std::string_view word, const Text& label, Language language) { return {{"id", std::string(word)}, {"label", in(language, label)}}; }

json person_ref(const Question& question, PersonId id) {
  if (!id) return nullptr;
  const auto person = question.reg().person(id, question.moment);
  return {{"id", to_text(id)}, {"name", person ? json(display(person->name)) : json()}};
}

json unit_ref(const Question& question, UnitId id) {
  if (!id) return nullptr;
  auto unit = question.reg().unit(id, question.moment);
  if (!unit) unit = question.reg().unit_ever(id, question.moment.as_of);
  return {{"id", to_text(id)}, {"name", unit ? json(unit->name) : json()}};
}

json post_ref(const Question& question, PostId id) {
  if (!id) return nullptr;
  auto post = question.reg().post(id, question.moment);
  if (!post) post = question.reg().post_ever(id, question.moment.as_of);
  return {{"id", to_text(id)}, {"title", post ? json(post->title) : json()}};
}

json subject_ref(const Question& question, const Subject& subject) {
  json ref = {{"kind", subject.kind}, {"id", subject.id}, {"name", nullptr}};
  if (const auto person = parse<PersonId>(subject.id)) ref["name"] = person_ref(question, *person)["name"];
  else if (const auto unit = parse<UnitId>(subject.id)) ref["name"] = unit_ref(question, *unit)["name"];
  else if (const auto post = parse<PostId>(subject.id)) ref["name"] = post_ref(question, *post)["title"];
  return ref;
}

json posting(const Question& question, const Posting& held) {
  json body = {{"fact", to_text(held.fact)},
               {"post", post_ref(question, held.post)},
               {"kind", labelled(to_text(held.kind), label(held.kind), question.language())},
               {"order_kind", held.order_kind},
               {"order_number", held.order_number}};
  UnitId unit = held.unit;
  if (!unit)
    if (const auto post = question.reg().post_ever(held.post, question.moment.as_of)) unit = post->unit;
  body["unit"] = unit_ref(question, unit);
  put_period(body, held.period);
  return body;
}

json leave(const Question& question, const Leave& taken) {
  json body = {{"id", to_text(taken.leave)}};
  const bool kind_seen = may_read_leave_kind(question.reg(), taken.person, question.actor, question.today());
  body["kind"] = kind_seen ? labelled(to_text(taken.kind), label(taken.kind), question.language()) : json();
  body["kind_hidden"] = !kind_seen;
  put_period(body, taken.period);
  return body;
}

json fact_body(const Question& question, const Fact& fact) {
  json body = to_json(fact);
  if (const auto* started = std::get_if<LeaveStarted>(&fact)) {
    const bool kind_seen = may_read_leave_kind(question.reg(), started->person, question.actor, question.today());
    if (!kind_seen) body["kind"] = nullptr;
    body["kind_hidden"] = !kind_seen;
  }
  return body;
}

std::shared_ptr<const Definition> definition_of(const Question& question, const Case& state) {
  auto definition = question.definition(state.procedure, state.version);
  if (!definition) throw std::runtime_error("the definition of case " + to_text(state.id) + " is missing");
  return definition;
}

bool may_read(const Question& question, const Case& state) {
  return rireki::may_read(question.context, *definition_of(question, state), state, question.actor);
}

std::optional<ReadableCase> readable_case(const Question& question, CaseId id) {
  auto state = question.find_case(id);
  if (!state || !may_read(question, *state)) return std::nullopt;
  auto definition = definition_of(question, *state);
  return ReadableCase{std::move(state), std::move(definition)};
}

namespace {

std::string_view word(StateKind kind) {
  constexpr std::string_view kWords[] = {"draft", "waiting", "running", "done", "refused", "withdrawn", "cancelled"};
  return kWords[static_cast<std::size_t>(kind)];
}

}  // namespace

json visible_body(const Question& q, const Case& state, const Body& body) {
  const auto definition = q.definition(state.procedure, state.version);
  return definition ? body_as_seen(q.context, *definition, state, q.actor, body) : to_json(body);
}

json form_of_then(const Question& q, const ReadableCase& now, const Case& then) {
  json form = visible_form(q.context, *now.definition, *now.state, q.actor, then.form, written_by(then));
  // A version of before may have closed what the present one does not speak of.
  if (then.version != now.state->version) form = visible_form(q.context, *definition_of(q, then), *now.state, q.actor, std::move(form), written_by(then));
  return form;
}

json case_state(const Question& question, const Definition& definition, const Case& state) {
  const State& here = definition.states.at(state.state);
  json body = {{"id", here.id}, {"label", question.words(here.label)}, {"kind", std::string(word(here.kind))}, {"final", here.final()}};
  put_time(body, "entered_at", state.entered_at);
  return body;
}

void put_due(json& into, const Question& question, std::optional<Day> due, bool open) {
  put_day(into, "due", due.value_or(kForever));
  into["overdue"] = open && due && *due < question.then.today();
}

}  // namespace rireki::api
