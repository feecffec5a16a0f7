#include "api/resources/log_span.h"

#include <algorithm>

#include "api/commands.h"
#include "api/replay.h"

namespace rireki::api {

using nlohmann::json;

Result<ReadOptions, Problem> span_of(const Question& q) {
  Position after = 0, up_to = q.moment.as_of;
  for (const auto& [name, into] : {std::pair{"after", &after}, {"up_to", &up_to}})
    if (const auto text = q.param(name); !text.empty())
      if (auto problem = read_position(name, text, q.resources.office, *into)) return *problem;
  const auto order = q.param("order");
  if (!order.empty() && order != "oldest" && order != "newest") return malformed_parameter("order", {"oldestかnewestを指定してください。", "Give oldest or newest."});
  const bool newest = order == "newest";
  up_to = std::min(up_to, q.moment.as_of);
  if (!q.after.empty()) {
    const Position reached = std::stoull(q.after);
    if (newest) up_to = reached - 1;
    else after = reached;
  }
  return ReadOptions{.after = after, .up_to = up_to, .direction = newest ? Direction::kBackward : Direction::kForward};
}

json shown_body(const Question& q, const Body& body) {
  json shown = body_as_seen(q.context, q.resources.office, q.actor, body);
  std::visit([&](const auto& one) {
    if constexpr (std::is_convertible_v<decltype(one), CaseEvent>)
      if (const auto readable = readable_case(q, one.case_id)) q.shows(*readable->state, *readable->definition);
  }, body);
  if (const auto* entry = std::get_if<FactEntry>(&body)) shown["fact"] = fact_body(q, entry->fact);
  return shown;
}

}  // namespace rireki::api
