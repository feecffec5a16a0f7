// How things look in JSON: dates with their 和暦, people and places as an id with a name, words in the reader's language. The one place that
// decides what part of a person's record a reader sees.
#pragma once

#include "api/resources/question.h"

namespace rireki::api {

// into["from"] and into["from_wareki"]; null for an open end.
void put_day(nlohmann::json& into, const std::string& name, Day day);
void put_period(nlohmann::json& into, const Period& period);  // "from" and "last_day"
void put_time(nlohmann::json& into, const std::string& name, Instant at);

std::string display(const PersonName& name);  // family and given name with one ideographic space
nlohmann::json labelled(std::string_view word, const Text& label, Language language);  // {"id", "label"}

// {"id", "name"}; the name as on the day asked for. What the directory shows to everyone: nothing else.
nlohmann::json person_ref(const Question& question, PersonId person);   // null for none
nlohmann::json unit_ref(const Question& question, UnitId unit);
nlohmann::json post_ref(const Question& question, PostId post);
nlohmann::json subject_ref(const Question& question, const Subject& subject);  // {"kind", "id", "name"}

nlohmann::json posting(const Question& question, const Posting& posting);
// The kind of a leave is a gap with a name ("kind": null, "kind_hidden": true) to those who may see only the period.
nlohmann::json leave(const Question& question, const Leave& leave);
// A fact's members with the same gap in it.
nlohmann::json fact_body(const Question& question, const Fact& fact);

// The definition of a case's version; a case whose definition is gone is a fault of ours.
std::shared_ptr<const Definition> definition_of(const Question& question, const Case& state);
// The case, if this reader may know of it.
struct ReadableCase {
  std::shared_ptr<const Case> state;
  std::shared_ptr<const Definition> definition;
};
std::optional<ReadableCase> readable_case(const Question& question, CaseId id);
bool may_read(const Question& question, const Case& state);
// What an event of a case says, as this reader may see it; `state`: the case, which the reader may read. Null for whoever sees
// the case in part and did not send it; all of it for events that are no case's.
nlohmann::json visible_body(const Question& question, const Case& state, const Body& body);

// The form as it was once, as this reader may see it who reads the case as it is now.
nlohmann::json form_of_then(const Question& question, const ReadableCase& now, const Case& then);

// Dates of "state": the label, the kind, when it was entered.
nlohmann::json case_state(const Question& question, const Definition& definition, const Case& state);
void put_due(nlohmann::json& into, const Question& question, std::optional<Day> due, bool open);  // "due", "due_wareki", "overdue"

}  // namespace rireki::api
