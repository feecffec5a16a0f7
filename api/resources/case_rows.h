// Cases in lists: one row of a page, and the page itself.
#pragma once

#include "api/resources/present.h"
#include "projections/cases_view.h"

namespace rireki::api {

nlohmann::json case_row(const Question& question, const Definition& definition, const CaseRow& row);
nlohmann::json case_row_schema();

}  // namespace rireki::api
