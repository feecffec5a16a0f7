// The directory and a person's record. The directory is a picker: name, reading, unit and post of everyone, nothing else, so that nobody needs
// the right to a record just to name a person. Staff numbers are shown to, and found by, those who may read the record.
#include "api/resources/present.h"
#include "api/resources/schema.h"
#include "projections/name_folding.h"
#include "projections/people_view.h"

namespace rireki::api {
namespace {

using nlohmann::json;

constexpr std::size_t kSearchBytesMax = 200;

json found_schema() {
  return schema::object({{"id", schema::text()}, {"name", schema::text()}, {"kana", schema::text()}, {"heading", schema::text()}, {"staff_number", schema::or_null(schema::text())},
                         {"unit", schema::or_null(schema::unit())}, {"post", schema::or_null(schema::post())}, {"maybe", schema::flag()}});
}

json found(const Question& q, const DirectoryEntry& entry, const Person& person, bool maybe) {
  json row = {{"id", to_text(entry.person)},
              {"name", display(person.name)},
              {"kana", person.name.family_kana + (person.name.given_kana.empty() ? "" : "　") + person.name.given_kana},
              {"heading", kana_heading(person.name.family_kana)},
              {"staff_number", q.may_read_person(entry.person) ? json(person.staff_number) : json()},
              {"unit", nullptr}, {"post", nullptr}, {"maybe", maybe}};
  if (const auto held = q.reg().main_posting(entry.person, q.moment)) {
    row["unit"] = unit_ref(q, held->unit);
    row["post"] = post_ref(q, held->post);
  }
  return row;
}

struct Filter {
  std::string folded;
  UnitId unit;             // within this unit or below it
  bool former = false;     // also those who are not employed on the day

  NameMatch match(const Question& q, const DirectoryEntry& entry) const {
    if (folded.empty()) return NameMatch::kExact;
    if (entry.staff_number.starts_with(folded) && q.may_read_person(entry.person)) return NameMatch::kExact;
    return matches(entry, folded);
  }
  bool has_place(const Question& q, PersonId person) const {
    if (!former && !q.reg().employment(person, q.moment)) return false;
    if (!unit) return true;
    for (const auto& held : q.reg().postings(person, q.moment))
      if (q.reg().is_within(held.unit, unit, q.moment)) return true;
    return false;
  }
};

// By what they were called as it was known then: a name that came later finds nobody.
DirectoryEntry as_known_then(const Question& q, DirectoryEntry entry) {
  entry.kana.clear();
  entry.names.clear();
  for (const auto* one : q.reg().visible("person:" + to_text(entry.person), q.moment.as_of)) {
    const auto* registered = std::get_if<PersonRegistered>(&one->fact);
    const auto* renamed = std::get_if<Renamed>(&one->fact);
    if (!registered && !renamed) continue;
    const PersonName& name = registered ? registered->name : renamed->name;
    entry.kana.insert(entry.kana.begin(), fold_name(name.family_kana + name.given_kana));
    entry.names.insert(entry.names.begin(), fold_name(name.family + name.given));
  }
  return entry;
}

// One page of those who match exactly, or of near sounds when `wanted` says so.
json page_of(const Question& q, const Filter& filter, NameMatch wanted) {
  const auto view = q.view("people");
  json people = json::array();
  std::string last;
  bool more = false;
  std::size_t scanned = 0;
  each_person(*view.rows, q.after, [&](const DirectoryEntry& now) {
    const DirectoryEntry entry = q.of_the_past() ? as_known_then(q, now) : now;
    if (people.size() == q.limit || ++scanned > kPageScannedMax) return !(more = true);
    last = entry.key;
    if (filter.match(q, entry) != wanted || !filter.has_place(q, entry.person)) return true;
    if (const auto person = q.reg().person(entry.person, q.moment)) people.push_back(found(q, entry, *person, wanted == NameMatch::kLoose));
    return true;
  });
  return q.stated({{"people", std::move(people)}, {"next", more ? json(q.cursor_after(last)) : json()}});
}

Result<Response, Problem> search(const Question& q) {
  Filter filter;
  const std::string text = q.param("q");
  if (text.size() > kSearchBytesMax) return malformed_parameter("q", {"200バイトまでです。", "200 bytes at most."});
  filter.folded = fold_name(text);
  if (const auto unit = q.param("unit"); !unit.empty()) {
    const auto id = parse<UnitId>(unit);
    if (!id) return malformed_parameter("unit", {"所属のIDを指定してください。", "Give the id of a unit."});
    filter.unit = *id;
  }
  if (const auto former = q.param("former"); !former.empty()) {
    if (former != "true" && former != "false") return malformed_parameter("former", {"trueかfalseを指定してください。", "Give true or false."});
    filter.former = former == "true";
  }
  json page = page_of(q, filter, NameMatch::kExact);
  // もしかして: near sounds, all on one page, only where nothing matches.
  if (q.after.empty() && page["people"].empty() && page["next"].is_null() && !filter.folded.empty()) {
    page = page_of(q, filter, NameMatch::kLoose);
    page["next"] = nullptr;
  }
  return answered(page);
}

json record_schema() {
  const json employment = schema::with(schema::period(), schema::with(schema::days({"first_appointed"}),
      schema::object({{"type", schema::named()}, {"exam_category", schema::text()}, {"job_family", schema::text()}, {"job_category", schema::text()}, {"grade", schema::named()},
                      {"step", schema::number()}, {"term_article", schema::text()}, {"years_of_service", schema::or_null(schema::number())}})));
  const json qualification = schema::with(schema::period(), schema::object({{"code", schema::text()}}));
  const json roster = schema::with(schema::period(), schema::object({{"roster", schema::text()}}));
  return schema::stated(schema::with(
      schema::days({"birth"}),
      schema::object({{"id", schema::text()}, {"staff_number", schema::text()}, {"name", schema::text()},
                      {"name_parts", schema::object({{"family", schema::text()}, {"given", schema::text()}, {"family_kana", schema::text()}, {"given_kana", schema::text()}})},
                      {"sex", schema::named()}, {"age", schema::or_null(schema::number())}, {"presence", schema::text()}, {"employment", schema::or_null(employment)},
                      {"unit", schema::or_null(schema::unit())}, {"superior", schema::or_null(schema::person())}, {"postings", schema::list(schema::posting())},
                      {"leave", schema::or_null(schema::leave())}, {"qualifications", schema::list(qualification)}, {"rosters", schema::list(roster)}})));
}

json employment(const Question& q, PersonId person) {
  const auto held = q.reg().employment(person, q.moment);
  if (!held) return nullptr;
  json body = {{"type", labelled(to_text(held->type), label(held->type), q.language())},
               {"exam_category", held->exam_category}, {"job_family", held->job_family}, {"job_category", held->job_category},
               {"grade", labelled(to_text(held->grade), label(held->grade), q.language())},
               {"step", held->step}, {"term_article", held->term_article}, {"years_of_service", nullptr}};
  if (const auto years = q.reg().years_of_service(person, q.moment)) body["years_of_service"] = *years;
  put_period(body, held->period);
  put_day(body, "first_appointed", held->first_appointed);
  return body;
}

std::string_view word(Presence presence) {
  constexpr std::string_view kWords[] = {"present", "on-leave", "away", "not-employed"};
  return kWords[static_cast<std::size_t>(presence)];
}

Result<Response, Problem> record(const Question& q) {
  const auto id = parse<PersonId>(q.request.path_params.at("id"));
  if (!id || !q.may_read_person(*id)) return not_found();
  const auto person = q.reg().person(*id, q.moment);
  if (!person) return not_found();
  q.shows(*id);
  const PersonName& name = person->name;
  json body = {{"id", to_text(*id)}, {"staff_number", person->staff_number}, {"name", display(name)},
               {"name_parts", {{"family", name.family}, {"given", name.given}, {"family_kana", name.family_kana}, {"given_kana", name.given_kana}}},
               {"sex", labelled(to_text(person->sex), label(person->sex), q.language())},
               {"age", nullptr}, {"presence", std::string(word(q.reg().presence(*id, q.moment)))},
               {"employment", employment(q, *id)}, {"unit", nullptr}, {"superior", nullptr}, {"leave", nullptr},
               {"postings", json::array()}, {"qualifications", json::array()}, {"rosters", json::array()}};
  put_day(body, "birth", person->birth.value_or(kForever));
  if (const auto age = q.reg().age(*id, q.moment)) body["age"] = *age;
  if (const auto unit = q.reg().unit_of(*id, q.moment)) body["unit"] = unit_ref(q, *unit);
  if (const auto superior = q.reg().superior_of(*id, q.moment)) body["superior"] = person_ref(q, *superior);
  if (const auto taken = q.reg().leave(*id, q.moment)) body["leave"] = leave(q, *taken);
  for (const auto& held : q.reg().postings(*id, q.moment)) body["postings"].push_back(posting(q, held));
  for (const auto& gained : q.reg().qualifications(*id, q.moment)) {
    json one = {{"code", gained.code}};
    put_period(one, {gained.from, gained.last_day});
    body["qualifications"].push_back(std::move(one));
  }
  for (const auto& joined : q.reg().rosters(*id, q.moment)) {
    json one = {{"roster", joined.roster}};
    put_period(one, {joined.from, joined.last_day});
    body["rosters"].push_back(std::move(one));
  }
  return answered(q.stated(std::move(body)));
}

}  // namespace

void add_people_routes(std::vector<Route>& routes, ResourceContext context) {
  routes.push_back(reading({.path = "/api/people", .operation_id = "searchPeople",
                            .summary = {"職員を探す（氏名、カナ、職員番号）", "Search people by name, kana or staff number"},
                            .response_schema = schema::page("people", found_schema()),
                            .query_params = {{"q", "string", {"氏名、カナ、職員番号の一部", "part of a name, a reading or a staff number"}},
                                             {"unit", "string", {"この所属とその下", "within this unit and below"}},
                                             {"former", "boolean", {"在職していない人も", "also those not employed on the day"}}}},
                           context, {"people"}, Paging::kCursor, search));
  routes.push_back(reading({.path = "/api/people/{id}", .operation_id = "readPerson",
                            .summary = {"職員の台帳（ある日、ある時点の記録で）", "A person's record on a day, as known at a moment"},
                            .response_schema = record_schema(),
                            .problems = {404}},
                           context, {}, Paging::kNone, record));
}

}  // namespace rireki::api
