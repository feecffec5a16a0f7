// One row per fact that holds: a correction or a cancellation takes the row of the fact it voids away, wherever it stood. As the register
// resolves it: what was voided stays void, also if the correction itself is cancelled later.
#pragma once

#include <functional>
#include <string>

#include "domain/body.h"
#include "projections/projection.h"

namespace rireki {

// Decodes the event's body; throws for a body that cannot be decoded, which stops the projection there.
ReadBody body_of(const EventView& event);

// The text of a position that sorts like it: 16 hex digits.
std::string sortable(Position position);
// The same, newest first.
std::string newest_first(Position position);

class FactRows {
 public:
  explicit FactRows(Rows& rows) : rows_(rows) {}
  // Where a fact's row stood, if it stands: "" otherwise.
  std::string place_of(FactId fact) const;
  void stand(FactId fact, const std::string& key, const std::string& value);
  // Removes the voided fact's row and tells its key; "" if it had none (of another kind, or voided before).
  std::string remove(FactId fact);

 private:
  Rows& rows_;  // under "f/": fact id → key of its row
};

// What an event voids: the fact it corrects or cancels.
FactId voided_by(const Body& body);

}  // namespace rireki
