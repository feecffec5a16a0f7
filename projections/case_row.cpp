// The row of a case as compact JSON and back.
#include <stdexcept>

#include "domain/fields.h"
#include "projections/cases_view.h"

namespace rireki {
namespace {

using nlohmann::json;

template <class Tag>
json stored(Id<Tag> id) { return id ? json(to_text(id)) : json(""); }
json stored(Instant at) { return at.time_since_epoch().count(); }

template <class IdType>
IdType id_of(const json& row, const char* member) {
  const auto text = row.at(member).get<std::string>();
  if (text.empty()) return {};
  const auto id = parse<IdType>(text);
  if (!id) throw std::runtime_error("a row of a case holds no id where one stands");
  return *id;
}
Instant instant_of(const json& row, const char* member) { return Instant{std::chrono::microseconds{row.at(member).get<std::int64_t>()}}; }

template <class E>
E enum_of(const json& row, const char* member) {
  const auto value = parse_enum<E>(row.at(member).get<std::string>());
  if (!value) throw std::runtime_error("a row of a case holds an unknown word");
  return *value;
}

json stored(const StationRecord& record) {
  return {{"round", record.round}, {"station", record.station}, {"outcome", std::string(to_text(record.outcome))}, {"mode", std::string(to_text(record.mode))},
          {"by", stored(record.by)}, {"for", stored(record.for_person)}, {"comment", record.comment}, {"back_to", record.sent_back_to},
          {"position", record.position}, {"at", stored(record.at)}};
}
StationRecord station_of(const json& row) {
  return {.round = row.at("round").get<int>(), .station = row.at("station").get<std::string>(), .outcome = enum_of<StationOutcome>(row, "outcome"),
          .mode = enum_of<StationMode>(row, "mode"), .by = id_of<PersonId>(row, "by"), .for_person = id_of<PersonId>(row, "for"),
          .comment = row.at("comment").get<std::string>(), .sent_back_to = row.at("back_to").get<std::string>(),
          .position = row.at("position").get<Position>(), .at = instant_of(row, "at")};
}

}  // namespace

std::string encode_row(const CaseRow& row) {
  const Case& c = row.state;
  json named = json::array(), stations = json::array(), owed = json::array(), units = json::array();
  for (const auto person : c.named) named.push_back(to_text(person));
  for (const auto& record : c.stations) stations.push_back(stored(record));
  for (const auto& [station, person] : c.reviews_owed) owed.push_back({{"station", station}, {"person", stored(person)}});
  for (const auto unit : row.units) units.push_back(to_text(unit));
  return json{{"id", to_text(c.id)}, {"procedure", c.procedure}, {"version", c.version}, {"subject_kind", c.subject.kind}, {"subject_id", c.subject.id},
              {"state", c.state}, {"form", c.form}, {"author", stored(c.author)}, {"drafter", stored(c.drafter)}, {"named", named},
              {"assigned", stored(c.assigned)}, {"opened_from", stored(c.opened_from)}, {"opened_at", stored(c.opened_at)},
              {"entered_at", stored(c.entered_at)}, {"last", c.last}, {"round", c.round}, {"resume_at", c.resume_at}, {"visited", c.visited}, {"stations", stations},
              {"owed", owed}, {"opened", row.opened}, {"open", row.open}, {"due", row.due ? json(iso(*row.due)) : json()},
              {"may_ask", row.may_ask}, {"units", units}}
      .dump();
}

CaseRow decode_row(std::string_view text) {
  const json from = json::parse(text);
  CaseRow row;
  Case& c = row.state;
  c.id = id_of<CaseId>(from, "id");
  c.procedure = from.at("procedure").get<std::string>();
  c.version = from.at("version").get<int>();
  c.subject = {from.at("subject_kind").get<std::string>(), from.at("subject_id").get<std::string>()};
  c.state = from.at("state").get<std::string>();
  c.form = from.at("form");
  c.author = id_of<PersonId>(from, "author");
  c.drafter = id_of<PersonId>(from, "drafter");
  for (const auto& person : from.at("named")) c.named.insert(parse<PersonId>(person.get<std::string>()).value());
  c.assigned = id_of<PersonId>(from, "assigned");
  c.opened_from = id_of<CaseId>(from, "opened_from");
  c.opened_at = instant_of(from, "opened_at");
  c.entered_at = instant_of(from, "entered_at");
  c.last = from.at("last").get<Position>();
  c.round = from.at("round").get<int>();
  c.resume_at = from.at("resume_at").get<std::string>();
  c.visited = from.at("visited").get<std::set<std::string>>();
  for (const auto& record : from.at("stations")) c.stations.push_back(station_of(record));
  for (const auto& owed : from.at("owed")) c.reviews_owed.emplace_back(owed.at("station").get<std::string>(), id_of<PersonId>(owed, "person"));
  row.opened = from.at("opened").get<Position>();
  row.open = from.at("open").get<bool>();
  if (!from.at("due").is_null()) row.due = parse_iso(from.at("due").get<std::string>());
  row.may_ask = from.at("may_ask").get<std::set<std::string>>();
  for (const auto& unit : from.at("units")) row.units.push_back(parse<UnitId>(unit.get<std::string>()).value());
  return row;
}

}  // namespace rireki
