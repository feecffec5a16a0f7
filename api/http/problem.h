// The kinds of problem that the API answers with (RFC 9457), each with its page at /problems/<id>.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "api/http/route.h"

namespace rireki::api {

struct ProblemKind {
  std::string id;
  int status = 400;   // the usual one
  Text title;         // fixed: what a client may show above the detail
  Text meaning;       // what happened and what to do about it, for the page
};
std::span<const ProblemKind> problem_kinds();
const ProblemKind* find_problem_kind(std::string_view id);

// A problem of a kind in the table, with its status and title.
Problem problem_of_kind(std::string_view id, Text detail = {});

// GET /problems and /problems/{id}: a page for people (Accept: text/html), JSON for programs. No session needed.
void add_problem_routes(std::vector<Route>& routes);

}  // namespace rireki::api
