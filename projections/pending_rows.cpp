#include "projections/view_store.h"

namespace rireki {

void PendingRows::set(std::string_view key, std::optional<std::string> value) {
  const std::size_t size = value ? value->size() : 0;
  auto found = writes_.find(key);
  if (found == writes_.end()) {
    bytes_ += key.size() + size;
    writes_.emplace(std::string(key), std::move(value));
    return;
  }
  bytes_ += size;
  bytes_ -= found->second ? found->second->size() : 0;
  found->second = std::move(value);
}

void PendingRows::put(std::string_view key, std::string_view value) { set(key, std::string(value)); }
void PendingRows::erase(std::string_view key) { set(key, std::nullopt); }

void PendingRows::clear() {
  writes_.clear();
  bytes_ = 0;
}

std::optional<std::string> PendingRows::get(std::string_view key) const {
  if (const auto found = writes_.find(key); found != writes_.end()) return found->second;
  return committed_.get(key);
}

void PendingRows::scan(std::string_view prefix, std::string_view from,
                       const std::function<bool(std::string_view key, std::string_view value)>& visit) const {
  auto pending = writes_.lower_bound(std::max(prefix, from));
  const auto in_range = [&] { return pending != writes_.end() && std::string_view(pending->first).starts_with(prefix); };
  bool go_on = true;
  // Visits the pending rows that stand before `key` (all that are left when there is none).
  const auto visit_pending_before = [&](std::optional<std::string_view> key) {
    for (; go_on && in_range() && (!key || pending->first < *key); ++pending)
      if (pending->second) go_on = visit(pending->first, *pending->second);
  };
  committed_.scan(prefix, from, [&](std::string_view key, std::string_view value) {
    visit_pending_before(key);
    if (!go_on) return false;
    if (in_range() && pending->first == key) {  // overwritten or erased
      if (pending->second) go_on = visit(key, *pending->second);
      ++pending;
    } else {
      go_on = visit(key, value);
    }
    return go_on;
  });
  if (go_on) visit_pending_before(std::nullopt);
}

}  // namespace rireki
