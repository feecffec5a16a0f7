#include "projections/people_view.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "projections/fact_rows.h"
#include "projections/name_folding.h"

namespace rireki {
namespace {

using nlohmann::json;

// By effective date, the registration first: so the last row is the name that holds from the latest day on.
std::string row_of(PersonId person, std::optional<Day> from, Position position) {
  return "n/" + to_text(person) + "/" + (from ? iso(*from) : "0000-00-00") + "/" + sortable(position);
}

json stored(const PersonName& name) {
  return {{"family", name.family}, {"given", name.given}, {"family_kana", name.family_kana}, {"given_kana", name.given_kana}};
}

// "n/<person>/…" → <person>
std::string person_of(const std::string& key) { return key.substr(2, key.find('/', 2) - 2); }

void erase_index(Rows& rows, const std::string& person) {
  const std::string pointer = "i/" + person;
  if (const auto key = rows.get(pointer)) {
    rows.erase(*key);
    rows.erase(pointer);
  }
}

// Makes the one index row of a person from the facts that hold.
void index(Rows& rows, const std::string& person) {
  erase_index(rows, person);
  json kana = json::array(), names = json::array();
  std::string number, reading;
  rows.scan("n/" + person + "/", "", [&](std::string_view, std::string_view value) {
    const json fact = json::parse(value);
    const auto text = [&](const char* member) { return fact.at(member).get<std::string>(); };
    number = fact.value("number", number);
    reading = reading_key(text("family_kana"), text("given_kana"));
    kana.insert(kana.begin(), fold_name(text("family_kana") + text("given_kana")));
    names.insert(names.begin(), fold_name(text("family") + text("given")));
    return true;
  });
  if (names.empty()) return;
  const std::string key = "r/" + reading + '\x01' + names.front().get<std::string>() + '\x01' + number + "/" + person;
  rows.put(key, json{{"number", number}, {"kana", kana}, {"names", names}}.dump());
  rows.put("i/" + person, key);
}

bool any_contains(const std::vector<std::string>& texts, const std::string& part) {
  return std::any_of(texts.begin(), texts.end(), [&](const std::string& text) { return text.find(part) != text.npos; });
}

}  // namespace

Query PeopleView::query() const {
  return std::vector<QueryItem>{{.types = {"fact/person-registered", "fact/renamed", "fact/cancelled"}, .tags = {}}};
}

void PeopleView::fold(const EventView& event, Rows& rows) const {
  const auto [body, erased] = body_of(event);
  FactRows facts(rows);
  if (const FactId gone = voided_by(body))
    if (const auto place = facts.remove(gone); !place.empty()) index(rows, person_of(place));
  const auto* entry = std::get_if<FactEntry>(&body);
  if (!entry || erased) return;  // somebody erased has no name to be found by
  PersonId person;
  std::optional<Day> from;
  json row;
  if (const auto* registered = std::get_if<PersonRegistered>(&entry->fact)) {
    person = registered->person;
    row = stored(registered->name);
    row["number"] = registered->staff_number;
  } else if (const auto* renamed = std::get_if<Renamed>(&entry->fact)) {
    person = renamed->person;
    from = renamed->from;
    row = stored(renamed->name);
  } else {
    return;
  }
  facts.stand(entry->id, row_of(person, from, event.position()), row.dump());
  index(rows, to_text(person));
}

NameMatch matches(const DirectoryEntry& entry, const std::string& folded) {
  if (any_contains(entry.kana, folded) || any_contains(entry.names, folded)) return NameMatch::kExact;
  const std::string loose = loosen(folded);
  if (loose.empty()) return NameMatch::kNo;
  for (const auto& kana : entry.kana)
    if (loosen(kana).find(loose) != std::string::npos) return NameMatch::kLoose;
  return NameMatch::kNo;
}

void each_person(const RowReader& rows, const std::string& after, const std::function<bool(const DirectoryEntry&)>& visit) {
  rows.scan("r/", after, [&](std::string_view key, std::string_view value) {
    if (key == after) return true;
    const json row = json::parse(value);
    const auto person = parse<PersonId>(key.substr(key.rfind('/') + 1));
    return !person || visit({.person = *person, .key = std::string(key), .staff_number = row.at("number").get<std::string>(),
                             .kana = row.at("kana").get<std::vector<std::string>>(), .names = row.at("names").get<std::vector<std::string>>()});
  });
}

}  // namespace rireki
