#include "projections/organisation_view.h"

#include "projections/fact_rows.h"

namespace rireki {
namespace {

template <class IdType>
std::vector<IdType> ids_under(const RowReader& rows, std::string_view prefix) {
  std::vector<IdType> ids;
  rows.scan(prefix, "", [&](std::string_view key, std::string_view) {
    const auto id = parse<IdType>(key.substr(prefix.size(), key.find('/', prefix.size()) - prefix.size()));
    if (id && (ids.empty() || ids.back() != *id)) ids.push_back(*id);
    return true;
  });
  return ids;
}

const std::string kOrders = "o/";

bool is_order(const Fact& fact) {
  return std::visit(Overloaded{[](const Posted&) { return true; }, [](const PostingEnded&) { return true; }, [](const Appointed&) { return true; }, [](const Graded&) { return true; }, [](const Separated&) { return true; },
                               [](const LeaveStarted&) { return true; }, [](const auto&) { return false; }}, fact);
}

}  // namespace

Query OrganisationView::query() const {
  return std::vector<QueryItem>{{.types = {"fact/unit-established", "fact/post-created", "fact/appointed", "fact/posted", "fact/posting-ended", "fact/graded", "fact/separated", "fact/leave-started"}, .tags = {}}};
}

void OrganisationView::fold(const EventView& event, Rows& rows) const {
  const Body body = body_of(event).body;
  const auto* entry = std::get_if<FactEntry>(&body);
  if (!entry) return;
  const std::string fact = "/" + to_text(entry->id);
  if (const auto day = is_order(entry->fact) ? effective_day(entry->fact) : std::nullopt) rows.put(kOrders + iso(*day) + "/" + sortable(event.position()), to_text(entry->id));
  if (const auto* unit = std::get_if<UnitEstablished>(&entry->fact)) rows.put("u/" + to_text(unit->unit) + fact, "");
  if (const auto* post = std::get_if<PostCreated>(&entry->fact)) rows.put("t/" + to_text(post->post) + fact, to_text(post->unit));
  if (const auto* appointed = std::get_if<Appointed>(&entry->fact)) rows.put("e/" + to_text(appointed->person) + fact, "");
}

void each_order(const RowReader& rows, const Period& days_asked, const std::function<bool(Day day, Position position)>& visit) {
  rows.scan(kOrders, kOrders + iso(days_asked.first), [&](std::string_view key, std::string_view) {
    const auto day = parse_iso(std::string(key.substr(kOrders.size(), 10)));
    if (!day || *day > days_asked.last) return false;
    return visit(*day, std::stoull(std::string(key.substr(kOrders.size() + 11)), nullptr, 16));
  });
}

std::vector<UnitId> all_units(const RowReader& rows) { return ids_under<UnitId>(rows, "u/"); }
std::vector<PostId> all_posts(const RowReader& rows) { return ids_under<PostId>(rows, "t/"); }
std::vector<PersonId> all_employed(const RowReader& rows) { return ids_under<PersonId>(rows, "e/"); }

}  // namespace rireki
