#include "proof/tree.h"

#include <algorithm>
#include <bit>

#include "proof/text.h"

namespace rireki::proof {
namespace {

// The largest power of two smaller than n; n > 1.
std::uint64_t split(std::uint64_t n) { return std::bit_floor(n - 1); }

}  // namespace

std::uint64_t tile_width(unsigned level, std::uint64_t index, std::uint64_t size) {
  const std::uint64_t hashes = size >> (kTileHeight * level);
  if (index > hashes / kTileWidth) return 0;
  return std::min(kTileWidth, hashes - index * kTileWidth);
}

Digest reduce(std::span<const Digest> hashes) {
  if (hashes.size() == 1) return hashes.front();
  const auto left = split(hashes.size());
  return node_hash(reduce(hashes.first(left)), reduce(hashes.subspan(left)));
}

Checked<Digest> TiledTree::node(unsigned level, std::uint64_t index) const {
  const unsigned tile_level = level / kTileHeight;
  const std::uint64_t count = 1ull << (level % kTileHeight), first = index * count;
  auto hashes = tiles_(tile_level, first / kTileWidth, first % kTileWidth + count);
  if (!hashes) return hashes.error();
  return reduce(std::span(*hashes).subspan(first % kTileWidth, count));
}

Checked<Digest> TiledTree::range(std::uint64_t first, std::uint64_t end) const {
  const std::uint64_t count = end - first;
  if (std::has_single_bit(count)) return node(static_cast<unsigned>(std::countr_zero(count)), first / count);
  const auto left = range(first, first + split(count));
  if (!left) return left;
  const auto right = range(first + split(count), end);
  return right ? node_hash(*left, *right) : right;
}

Checked<Digest> TiledTree::root(std::uint64_t size) const { return size == 0 ? Checked<Digest>(empty_root()) : range(0, size); }

// RFC 6962, 2.1.1: from the root downwards, so turned around at the end.
Checked<Hashes> TiledTree::inclusion(std::uint64_t index, std::uint64_t size) const {
  Hashes proof;
  for (std::uint64_t first = 0, end = size; end - first > 1;) {
    const std::uint64_t middle = first + split(end - first);
    const auto sibling = index < middle ? range(middle, end) : range(first, middle);
    if (!sibling) return sibling.error();
    proof.push_back(*sibling);
    (index < middle ? end : first) = middle;
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

// RFC 6962, 2.1.2, likewise.
Checked<Hashes> TiledTree::consistency(std::uint64_t old, std::uint64_t size) const {
  Hashes proof;
  std::uint64_t first = 0, end = size;
  while (end != old) {
    const std::uint64_t middle = first + split(end - first);
    const auto sibling = old <= middle ? range(middle, end) : range(first, middle);
    if (!sibling) return sibling.error();
    proof.push_back(*sibling);
    (old <= middle ? end : first) = middle;
  }
  if (first != 0) {  // the old tree is not a subtree that its reader knows
    const auto last = range(first, end);
    if (!last) return last.error();
    proof.push_back(*last);
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

void GrowingTree::push(const Digest& leaf, const FullTile& full) {
  Digest hash = leaf;
  ++size_;
  for (unsigned level = 0;; ++level) {
    if (partials_.size() <= level) partials_.emplace_back().reserve(kTileWidth);
    Hashes& tile = partials_[level];
    tile.push_back(hash);
    if (tile.size() < kTileWidth) return;
    full(level, (size_ >> (kTileHeight * (level + 1))) - 1, tile);
    hash = reduce(tile);
    tile.clear();
  }
}

Digest GrowingTree::root() const {
  if (size_ == 0) return empty_root();
  bool any = false;
  Digest root{};
  for (const auto& tile : partials_) {  // from the right edge to the left
    std::span<const Digest> rest = tile;
    while (!rest.empty()) {
      const std::size_t count = 1ull << std::countr_zero(rest.size());
      const Digest part = reduce(rest.last(count));
      root = any ? node_hash(part, root) : part;
      any = true;
      rest = rest.first(rest.size() - count);
    }
  }
  return root;
}

const Hashes& GrowingTree::partial(unsigned level) const {
  static const Hashes none;
  return level < partials_.size() ? partials_[level] : none;
}

GrowingTree GrowingTree::at(std::uint64_t size, std::vector<Hashes> partials) {
  GrowingTree tree;
  tree.size_ = size;
  tree.partials_ = std::move(partials);
  return tree;
}

bool verify_inclusion(std::uint64_t index, std::uint64_t size, const Digest& leaf, const Hashes& proof, const Digest& root) {
  if (index >= size) return false;
  std::uint64_t node = index, last = size - 1;
  Digest hash = leaf;
  for (const auto& sibling : proof) {
    if (last == 0) return false;
    if (node % 2 == 1 || node == last) {
      hash = node_hash(sibling, hash);
      while (node % 2 == 0 && node != 0) node >>= 1, last >>= 1;
    } else {
      hash = node_hash(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == root;
}

bool verify_consistency(std::uint64_t old, std::uint64_t size, const Digest& old_root, const Digest& root, const Hashes& proof) {
  if (old == 0 || old > size) return false;
  if (old == size) return proof.empty() && old_root == root;
  Hashes path = proof;
  if (std::has_single_bit(old)) path.insert(path.begin(), old_root);
  if (path.empty()) return false;
  std::uint64_t node = old - 1, last = size - 1;
  while (node % 2 == 1) node >>= 1, last >>= 1;
  Digest old_hash = path.front(), hash = path.front();
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (last == 0) return false;
    if (node % 2 == 1 || node == last) {
      old_hash = node_hash(path[i], old_hash);
      hash = node_hash(path[i], hash);
      while (node % 2 == 0 && node != 0) node >>= 1, last >>= 1;
    } else {
      hash = node_hash(hash, path[i]);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && old_hash == old_root && hash == root;
}

std::string to_text(const TilePath& path) {
  std::string number;
  std::uint64_t rest = path.index;
  do {
    const auto group = std::to_string(1000 + rest % 1000).substr(1);
    number = number.empty() ? group : "x" + group + "/" + number;
    rest /= 1000;
  } while (rest > 0);
  std::string text = "tile/" + (path.entries ? std::string("entries") : std::to_string(path.level)) + "/" + number;
  if (path.width < kTileWidth) text += ".p/" + std::to_string(path.width);
  return text;
}

Checked<TilePath> parse_tile_path(std::string_view text) {
  const Fault fault{"タイルの場所の書き方が正しくありません。tile/0/x001/067 や tile/entries/003.p/12 の形です。", "Not the place of a tile: it is written tile/0/x001/067, or tile/entries/003.p/12."};
  TilePath path;
  const std::string given(text);
  if (!text.starts_with("tile/")) return fault;
  text.remove_prefix(5);
  const auto slash = text.find('/');
  if (slash == text.npos) return fault;
  const auto level = text.substr(0, slash);
  text.remove_prefix(slash + 1);
  path.entries = level == "entries";
  if (!path.entries) {
    const auto number = parse_number(level);
    if (!number || *number >= kTileLevelsMax) return fault;
    path.level = static_cast<unsigned>(*number);
  }
  if (const auto partial = text.find(".p/"); partial != text.npos) {
    const auto width = parse_number(text.substr(partial + 3));
    if (!width || *width == 0 || *width >= kTileWidth) return fault;
    path.width = *width;
    text = text.substr(0, partial);
  }
  for (std::size_t groups = 0; !text.empty(); ++groups) {
    const auto next = text.find('/');
    auto group = text.substr(0, next);
    text.remove_prefix(next == text.npos ? text.size() : next + 1);
    if (next != text.npos && (group.empty() || group.front() != 'x')) return fault;
    if (next != text.npos) group.remove_prefix(1);
    if (group.size() != 3 || groups == 6 || !std::all_of(group.begin(), group.end(), [](char c) { return c >= '0' && c <= '9'; })) return fault;
    path.index = path.index * 1000 + static_cast<std::uint64_t>((group[0] - '0') * 100 + (group[1] - '0') * 10 + (group[2] - '0'));
  }
  return to_text(path) == given ? Checked<TilePath>(path) : fault;
}

std::string bytes_of(std::span<const Digest> hashes) { return {reinterpret_cast<const char*>(hashes.data()), hashes.size() * sizeof(Digest)}; }

Checked<Hashes> hashes_of(std::string_view bytes) {
  if (bytes.empty() || bytes.size() % sizeof(Digest) != 0 || bytes.size() > kTileWidth * sizeof(Digest))
    return Fault{"タイルの長さが正しくありません。", "A tile of a wrong length."};
  Hashes hashes(bytes.size() / sizeof(Digest));
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(hashes.data()));
  return hashes;
}

}  // namespace rireki::proof
