// The organisation: which units, posts and people there are at all, so that a chart can be drawn on any date and nobody is hidden because no
// branch of the tree leads to them. Their facts are not copied here: the log's tag index, read through the office's cache, is as fast as a row
// and answers "as known at" exactly, and the register resolves it in one place.
//
//   u/<unit>/<fact> → ""      an establishment
//   t/<post>/<fact> → <unit>  a creation
//   e/<person>/<fact> → ""    an appointment
//   o/<day>/<position> → <fact> an order (発令): a posting, its end, an appointment, a grade, a separation, a leave, by the day from which it holds
// Those that were corrected or cancelled stay: of an earlier moment they are asked for as well, and the register says what holds.
#pragma once

#include <functional>
#include <vector>

#include "domain/calendar.h"
#include "domain/ids.h"
#include "projections/projection.h"

namespace rireki {

class OrganisationView final : public Projection {
 public:
  std::string name() const override { return "organisation"; }
  int version() const override { return 2; }
  Query query() const override;
  void fold(const EventView& event, Rows& rows) const override;
};

// In order of their ids; each once, whenever they were or will be in force.
std::vector<UnitId> all_units(const RowReader& rows);
std::vector<PostId> all_posts(const RowReader& rows);
std::vector<PersonId> all_employed(const RowReader& rows);
// The positions of the orders that hold from a day in `days`, by day; those that were corrected or cancelled since among them.
void each_order(const RowReader& rows, const Period& days, const std::function<bool(Day day, Position position)>& visit);

}  // namespace rireki
