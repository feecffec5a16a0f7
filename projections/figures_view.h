// Figures for reports: those that documents print (FigureRecorded), by series, and hires counted from the appointments themselves.
//
//   f/<fact> → key of the fact's row
//   s/<series>/<position> → the figure as JSON, in the order in which it was recorded
//   h/<fiscal year>/<exam category>/<fact> → <person>: an appointment that holds
#pragma once

#include <map>
#include <vector>

#include "domain/facts.h"
#include "projections/projection.h"

namespace rireki {

class FiguresView final : public Projection {
 public:
  std::string name() const override { return "figures"; }
  int version() const override { return 1; }
  Query query() const override;
  void fold(const EventView& event, Rows& rows) const override;
};

std::vector<std::string> all_series(const RowReader& rows);
// The figures of a series that hold, in the order of their first recording; a corrected figure keeps the place of the one it replaced.
std::vector<FigureRecorded> figures_of(const RowReader& rows, const std::string& series);
// How many were appointed in each fiscal year, by exam category.
using Hires = std::map<int, std::map<std::string, int>>;
Hires hires(const RowReader& rows);

}  // namespace rireki
