// Every view of the program: what Views::open is given.
#pragma once

#include "projections/cases_view.h"
#include "projections/figures_view.h"
#include "projections/organisation_view.h"
#include "projections/people_view.h"

namespace rireki {

inline std::vector<std::unique_ptr<Projection>> all_projections() {
  std::vector<std::unique_ptr<Projection>> all;
  all.push_back(std::make_unique<CasesView>());
  all.push_back(std::make_unique<PeopleView>());
  all.push_back(std::make_unique<OrganisationView>());
  all.push_back(std::make_unique<FiguresView>());
  return all;
}

}  // namespace rireki
