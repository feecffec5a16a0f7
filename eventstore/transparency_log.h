// The log as others verify it: an RFC 6962 tree over all events, kept as tiles, and the checkpoints that were signed of it. What stands in it and
// how it is checked is proof/'s; here is where it is kept.
#pragma once

#include "eventstore/log.h"
#include "proof/leaf.h"
#include "proof/tree.h"

namespace rireki {

// The leaf of a stored event.
proof::Leaf leaf_of(const EventView& event);

struct TreeHead {
  Position size = 0;
  Digest root{};
};

// Safe from any thread. A Fault says what is damaged or missing, and where.
class TransparencyLog {
 public:
  virtual ~TransparencyLog() = default;

  virtual TreeHead tree_head() const = 0;  // over all events that are durable; from memory
  // The first `count` hashes of a tile that has as many.
  virtual proof::Checked<proof::Hashes> tile(unsigned level, std::uint64_t index, std::uint64_t count) const = 0;
  // Of the events first to last, inclusive, as they are stored now.
  virtual proof::Checked<std::vector<proof::Leaf>> leaves(Position first, Position last) const = 0;
  proof::TiledTree tree() const;

  // Signed notes, by the size they are of. Durable when it returns true.
  virtual bool keep_checkpoint(Position size, const std::string& note) = 0;
  virtual void drop_checkpoint(Position size) = 0;
  virtual std::optional<std::string> checkpoint(Position size) const = 0;
  // Sizes from `from` on for which there is one, in order; or against it, from `from` down.
  virtual std::vector<Position> checkpoints(Position from, std::size_t limit, Direction direction = Direction::kForward) const = 0;
};

}  // namespace rireki
