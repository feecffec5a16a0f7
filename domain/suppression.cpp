#include "domain/suppression.h"

#include <algorithm>
#include <vector>

namespace rireki {

ShownCounts suppress(const std::map<std::string, int>& counts, int from) {
  ShownCounts shown;
  int sum = 0, hidden = 0;
  std::size_t hidden_parts = 0;
  std::vector<std::pair<int, std::string>> large;
  for (const auto& [name, count] : counts) {
    sum += count;
    const bool small = count > 0 && count < from;
    shown.parts[name] = small ? std::nullopt : std::optional(count);
    if (small) {
      hidden += count;
      ++hidden_parts;
    } else if (count > 0) {
      large.emplace_back(count, name);
    }
  }
  shown.sum = sum;
  if (hidden_parts == 0) return shown;
  // One hidden part is told exactly by subtraction, several too few people together nearly so: the smallest of the others goes with them.
  std::sort(large.begin(), large.end());
  for (const auto& [count, name] : large) {
    if (hidden_parts > 1 && hidden >= from) break;
    shown.parts[name] = std::nullopt;
    hidden += count;
    ++hidden_parts;
  }
  if (hidden < from || hidden_parts < 2) shown.sum = std::nullopt;
  return shown;
}

}  // namespace rireki
