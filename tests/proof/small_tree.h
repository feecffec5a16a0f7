// A whole tree in memory: its right edge, and every tile that became full.
#pragma once

#include <map>

#include "proof/tree.h"

namespace rireki::proof {

struct SmallTree {
  GrowingTree growing;
  std::map<std::pair<unsigned, std::uint64_t>, Hashes> full;

  void push(const Digest& leaf) {
    growing.push(leaf, [&](unsigned level, std::uint64_t index, const Hashes& hashes) { full[{level, index}] = hashes; });
  }
  TiledTree tiled() const {
    return TiledTree([this](unsigned level, std::uint64_t index, std::uint64_t) -> Checked<Hashes> {
      const auto found = full.find({level, index});
      return found != full.end() ? found->second : growing.partial(level);
    });
  }
};

}  // namespace rireki::proof
