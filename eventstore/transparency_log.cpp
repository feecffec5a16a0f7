#include "eventstore/transparency_log.h"

namespace rireki {

proof::Leaf leaf_of(const EventView& event) {
  proof::Leaf leaf{.position = event.position(), .time = event.recorded_at().time_since_epoch().count(), .event_class = static_cast<std::uint8_t>(event.event_class()), .metadata = sha256({event.metadata()}), .body = {}};
  if (!event.stored_body().empty()) leaf.body = sha256({event.stored_body()});
  return leaf;
}

proof::TiledTree TransparencyLog::tree() const {
  return proof::TiledTree([this](unsigned level, std::uint64_t index, std::uint64_t count) { return tile(level, index, count); });
}

}  // namespace rireki
