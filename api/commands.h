// The routes that append: opening a case, acting on it, attachments, facts recorded by the HR office.
#pragma once

#include <vector>

#include "api/attachments.h"
#include "api/http/route.h"
#include "api/office.h"
#include "api/read_log.h"

namespace rireki::api {

inline constexpr std::size_t kFactsPerRequestMax = 1'000;
inline constexpr std::size_t kBulkRowsMax = 1'000;
inline constexpr std::size_t kAttachmentBytesMax = 25 * 1024 * 1024;

void add_command_routes(std::vector<Route>& routes, Office& office, const Attachments& attachments, ReadLog& reads);

void add_bulk_route(std::vector<Route>& routes, Office& office);  // the same commands, many in one append

// The problem document of a command that was not carried out.
Problem problem_of(const CommandError& error);
Problem problem_of(const RecordError& error);

// May this actor see this event (live stream, event queries)? The same decisions as every other way out.
bool may_see_event(const DecisionContext& context, const Office& office, const EventView& event, const Actor& actor);

}  // namespace rireki::api
