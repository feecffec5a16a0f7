// Small counts do not reveal people: below a set number a count is not shown, nor can it be told by subtracting others from their sum.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace rireki {

inline constexpr int kCountShownFrom = 5;

struct ShownCounts {
  std::map<std::string, std::optional<int>> parts;  // none: not shown
  std::optional<int> sum;
};
// Hides every count from 1 to below `from`, and, where that would leave fewer than `from` people to be told by subtraction, further parts, smallest first;
// the sum itself where even all hidden parts are too few. Nothing is nobody: 0 is shown.
ShownCounts suppress(const std::map<std::string, int>& counts, int from = kCountShownFrom);

}  // namespace rireki
