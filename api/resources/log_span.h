// The log as a request asks for it: from where to where in which order, and of each event no more than its reader may see.
#pragma once

#include "api/resources/present.h"

namespace rireki::api {

// By the parameters after, up_to (each a position or a time) and order, and where the cursor says that the page goes on: the position of its last row.
Result<ReadOptions, Problem> span_of(const Question& question);

// null: of a case that this reader may not see, or not this of it.
nlohmann::json shown_body(const Question& question, const Body& body);

}  // namespace rireki::api
