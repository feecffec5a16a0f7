// The RFC 6962 tree, kept as tiles (c2sp.org/tlog-tiles): roots, proofs, and checking them. A tree of n leaves; leaf indexes count from 0.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proof/fault.h"
#include "proof/hash.h"

namespace rireki::proof {

inline constexpr unsigned kTileHeight = 8;
inline constexpr std::uint64_t kTileWidth = 1u << kTileHeight;  // hashes in a full tile; leaves in a full bundle
inline constexpr unsigned kTileLevelsMax = 8;                   // level 8 would begin at 2^64 leaves
inline constexpr std::size_t kProofHashesMax = 64;

using Hashes = std::vector<Digest>;

// How many hashes the tile at `level` with `index` has in a tree of `size` leaves: 0 to 256.
std::uint64_t tile_width(unsigned level, std::uint64_t index, std::uint64_t size);

// The first `count` hashes, 1 to 256, of a tile that has as many.
using TileSource = std::function<Checked<Hashes>(unsigned level, std::uint64_t index, std::uint64_t count)>;

// What can be asked of a tree given as tiles.
class TiledTree {
 public:
  explicit TiledTree(TileSource tiles) : tiles_(std::move(tiles)) {}
  Checked<Digest> root(std::uint64_t size) const;
  // Requires: index < size.
  Checked<Hashes> inclusion(std::uint64_t index, std::uint64_t size) const;
  // Requires: 1 <= old <= size.
  Checked<Hashes> consistency(std::uint64_t old, std::uint64_t size) const;

 private:
  Checked<Digest> node(unsigned level, std::uint64_t index) const;            // of 2^level leaves
  Checked<Digest> range(std::uint64_t first, std::uint64_t end) const;        // first: where such a subtree begins
  TileSource tiles_;
};

// The root of up to 256 hashes, as the tile above holds it if they are 256.
Digest reduce(std::span<const Digest> hashes);

// The right edge of a tree that grows: each level's tile that is not full yet.
class GrowingTree {
 public:
  // Told of each tile as it becomes full.
  using FullTile = std::function<void(unsigned level, std::uint64_t index, const Hashes& hashes)>;
  void push(const Digest& leaf, const FullTile& full);
  std::uint64_t size() const { return size_; }
  Digest root() const;
  const Hashes& partial(unsigned level) const;  // 0 to 255 hashes
  // Takes up a tree where it stands; `partials` by level.
  static GrowingTree at(std::uint64_t size, std::vector<Hashes> partials);

 private:
  std::uint64_t size_ = 0;
  std::vector<Hashes> partials_;
};

// RFC 9162, 2.1.3.2 and 2.1.4.2. `old` is at least 1; of equal sizes the proof is empty and the roots are equal.
bool verify_inclusion(std::uint64_t index, std::uint64_t size, const Digest& leaf, const Hashes& proof, const Digest& root);
bool verify_consistency(std::uint64_t old, std::uint64_t size, const Digest& old_root, const Digest& root, const Hashes& proof);

// Where tiles and bundles of leaves stand: "tile/0/x001/067.p/12", "tile/entries/003".
struct TilePath {
  bool entries = false;
  unsigned level = 0;
  std::uint64_t index = 0;
  std::uint64_t width = kTileWidth;
  bool operator==(const TilePath&) const = default;
};
std::string to_text(const TilePath& path);
Checked<TilePath> parse_tile_path(std::string_view text);  // strict: one spelling for each

std::string bytes_of(std::span<const Digest> hashes);
Checked<Hashes> hashes_of(std::string_view bytes);

}  // namespace rireki::proof
