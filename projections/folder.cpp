#include <stdexcept>

#include "projections/view_runner.h"

namespace rireki {

Folder::Folder(const Projection& projection, std::shared_ptr<Generation> generation, FoldLimits limits, Generation::Durability durability, RowChanges* changes)
    : projection_(projection), generation_(std::move(generation)), limits_(limits), durability_(durability), changes_(changes), rows_(*generation_),
      next_(generation_->checkpoint()) {
  next_.version = projection.version();
}

void Folder::fold(const EventView& event) {
  if (events_++ == 0) opened_ = std::chrono::steady_clock::now();
  projection_.fold(event, rows_);
  next_.last_event = event.position();
  next_.last_event_id = event.id();
}

bool Folder::full() const {
  return events_ >= limits_.events_max || rows_.bytes() >= limits_.bytes_max ||
         (events_ > 0 && std::chrono::steady_clock::now() - opened_ >= limits_.time_max);
}

void Folder::commit(Position reached) {
  next_.position = reached;
  if (changes_) changes_->mark(rows_.writes(), reached);
  generation_->commit(rows_, next_, durability_);
  rows_.clear();
  events_ = 0;
}

void Folder::redo_before(const EventLog& log, Position broken) {
  rows_.clear();
  events_ = 0;
  const Checkpoint from = generation_->checkpoint();
  next_ = from;
  next_.version = projection_.version();
  const auto end = log.read(projection_.query(), ReadOptions{.after = from.position, .up_to = broken - 1}, [&](const EventView& event) {
    fold(event);
    return true;
  });
  if (!end) throw std::runtime_error("the log cannot be read: " + end.error().what);
  commit(broken - 1);
}

}  // namespace rireki
