// The organisation: which units, posts and people there are at all, so that a chart can be drawn on any date and nobody is hidden because no
// branch of the tree leads to them. Their facts are not copied here: the log's tag index, read through the office's cache, is as fast as a row
// and answers "as known at" exactly, and the register resolves it in one place.
//
//   u/<unit>/<fact> → ""      an establishment
//   t/<post>/<fact> → <unit>  a creation
//   e/<person>/<fact> → ""    an appointment
// Those that were corrected or cancelled stay: of an earlier moment they are asked for as well, and the register says what holds.
#pragma once

#include <functional>
#include <vector>

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

}  // namespace rireki
