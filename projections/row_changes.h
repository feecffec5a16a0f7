// When rows of a view last changed, by the parts of their keys: whoever keeps an answer asks whether what it was read from still stands.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>

#include "projections/view_store.h"

namespace rireki {

// Of a key "w/role:hr/0017/c3" the parts "", "w/", "w/role:hr/", "w/role:hr/0017/" and the whole key. Remembered by hash: two that fall together make
// an answer look changed that is not, never the other way. Safe from any thread; one marks at a time.
class RowChanges {
 public:
  // Before the rows are committed, so that whoever sees them finds them marked.
  void mark(const PendingRows::Writes& writes, Position reached) {
    for (const auto& [key, value] : writes) {
      mark_part({}, reached);
      for (std::size_t slash = key.find('/'); slash != key.npos; slash = key.find('/', slash + 1)) mark_part(std::string_view(key).substr(0, slash + 1), reached);
      mark_part(key, reached);
    }
  }
  // Everything may be another: rows were built anew.
  void mark_all(Position reached) { floor_.store(reached, std::memory_order_release); }

  // Was a row with this key, or under this prefix, written after `position`? A prefix that ends inside a part is answered for all rows.
  bool since(std::string_view part, bool is_prefix, Position position) const {
    if (is_prefix && !part.ends_with('/')) part = {};
    return floor_.load(std::memory_order_acquire) > position || slot(part).load(std::memory_order_acquire) > position;
  }

 private:
  static constexpr std::size_t kSlots = 1 << 16;
  std::atomic<Position>& slot(std::string_view part) const { return (*slots_)[std::hash<std::string_view>{}(part) % kSlots]; }
  void mark_part(std::string_view part, Position reached) { slot(part).store(reached, std::memory_order_release); }

  std::unique_ptr<std::array<std::atomic<Position>, kSlots>> slots_ = std::make_unique<std::array<std::atomic<Position>, kSlots>>();
  std::atomic<Position> floor_{0};
};

}  // namespace rireki
