// The RFC 6962 tree and its tiles, against the published reference tree and against the definition.
#include "proof/tree.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/proof/small_tree.h"

namespace rireki::proof {
namespace {

Digest of_hex(const std::string& text) {
  Digest digest;
  for (std::size_t i = 0; i < digest.size(); ++i) digest[i] = static_cast<std::uint8_t>(std::stoul(text.substr(2 * i, 2), nullptr, 16));
  return digest;
}

// Published with the Certificate Transparency reference implementation: eight entries, the hashes of every complete subtree, and every root.
const std::vector<std::string> kEntries = {"", std::string(1, '\0'), "\x10", "\x20\x21", "\x30\x31", "@ABC", "PQRSTUVW", "`abcdefghijklmno"};
const std::vector<std::vector<std::string>> kNodes = {
    {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
     "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7", "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
     "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658",
     "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f", "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1"},
    {"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
     "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"},
    {"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7", "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}};
const std::vector<std::string> kRoots = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

Hashes nodes(std::initializer_list<std::pair<unsigned, unsigned>> places) {
  Hashes hashes;
  for (const auto& [level, index] : places) hashes.push_back(of_hex(kNodes[level][index]));
  return hashes;
}

SmallTree reference() {
  SmallTree tree;
  for (const auto& entry : kEntries) tree.push(leaf_hash(entry));
  return tree;
}

TEST(Tree, RootsAreThoseOfTheReferenceTree) {
  SmallTree tree;
  EXPECT_EQ(tree.growing.root(), of_hex(kRoots[0]));
  EXPECT_EQ(tree.tiled().root(0).value(), of_hex(kRoots[0]));
  for (std::size_t size = 1; size <= kEntries.size(); ++size) {
    tree.push(leaf_hash(kEntries[size - 1]));
    EXPECT_EQ(tree.growing.root(), of_hex(kRoots[size])) << size;
    EXPECT_EQ(tree.tiled().root(size).value(), of_hex(kRoots[size])) << size;
  }
}

TEST(Tree, ProofsAreThoseOfTheReferenceTree) {
  const auto tree = reference();
  const auto tiled = tree.tiled();
  EXPECT_EQ(tiled.inclusion(0, 1).value(), Hashes{});
  EXPECT_EQ(tiled.inclusion(0, 8).value(), nodes({{0, 1}, {1, 1}, {2, 1}}));
  EXPECT_EQ(tiled.inclusion(5, 8).value(), nodes({{0, 4}, {1, 3}, {2, 0}}));
  EXPECT_EQ(tiled.inclusion(2, 3).value(), nodes({{1, 0}}));
  EXPECT_EQ(tiled.inclusion(1, 5).value(), nodes({{0, 0}, {1, 1}, {0, 4}}));
  EXPECT_EQ(tiled.consistency(1, 1).value(), Hashes{});
  EXPECT_EQ(tiled.consistency(1, 8).value(), nodes({{0, 1}, {1, 1}, {2, 1}}));
  EXPECT_EQ(tiled.consistency(6, 8).value(), nodes({{1, 2}, {1, 3}, {2, 0}}));
  EXPECT_EQ(tiled.consistency(2, 5).value(), nodes({{1, 1}, {0, 4}}));
  // RFC 9162, 2.1.5: of a tree of seven leaves.
  EXPECT_EQ(tiled.inclusion(0, 7).value().size(), 3u);
  EXPECT_EQ(tiled.inclusion(6, 7).value().size(), 2u);
  EXPECT_EQ(tiled.consistency(3, 7).value().size(), 4u);
  EXPECT_EQ(tiled.consistency(4, 7).value().size(), 1u);
  EXPECT_EQ(tiled.consistency(6, 7).value().size(), 3u);
}

TEST(Tree, EveryProofUpToAHundredLeavesHoldsAndNoCorruptedOneDoes) {
  SmallTree tree;
  std::vector<Digest> roots{empty_root()};
  for (int i = 0; i < 100; ++i) {
    tree.push(leaf_hash("entry " + std::to_string(i)));
    roots.push_back(tree.growing.root());
  }
  const auto tiled = tree.tiled();
  const auto corrupted = [](Hashes proof, std::size_t i) {
    proof[i][i % 32] ^= 1;
    return proof;
  };
  for (std::uint64_t size = 1; size <= 100; ++size)
    for (std::uint64_t at = 1; at <= size; ++at) {
      const Digest leaf = leaf_hash("entry " + std::to_string(at - 1));
      const auto inclusion = tiled.inclusion(at - 1, size).value();
      ASSERT_TRUE(verify_inclusion(at - 1, size, leaf, inclusion, roots[size]));
      for (std::size_t i = 0; i < inclusion.size(); ++i) ASSERT_FALSE(verify_inclusion(at - 1, size, leaf, corrupted(inclusion, i), roots[size])) << at << "/" << size;
      const auto consistency = tiled.consistency(at, size).value();
      ASSERT_TRUE(verify_consistency(at, size, roots[at], roots[size], consistency)) << at << "/" << size;
      for (std::size_t i = 0; i < consistency.size(); ++i) ASSERT_FALSE(verify_consistency(at, size, roots[at], roots[size], corrupted(consistency, i))) << at << "/" << size;
    }
}

TEST(Tree, AProofOfAnotherLengthPlaceOrSizeDoesNotHold) {
  const auto tree = reference();
  const Digest root = of_hex(kRoots[8]), leaf = leaf_hash(kEntries[5]);
  const auto proof = tree.tiled().inclusion(5, 8).value();
  auto longer = proof, shorter = proof;
  longer.push_back(root);
  shorter.pop_back();
  EXPECT_FALSE(verify_inclusion(5, 8, leaf, longer, root));
  EXPECT_FALSE(verify_inclusion(5, 8, leaf, shorter, root));
  EXPECT_FALSE(verify_inclusion(5, 8, leaf, {}, root));
  EXPECT_FALSE(verify_inclusion(4, 8, leaf, proof, root));
  EXPECT_FALSE(verify_inclusion(8, 8, leaf, proof, root));
  EXPECT_FALSE(verify_inclusion(0, 0, leaf, {}, empty_root()));
  const auto consistency = tree.tiled().consistency(6, 8).value();
  EXPECT_FALSE(verify_consistency(5, 8, of_hex(kRoots[6]), root, consistency));
  EXPECT_FALSE(verify_consistency(0, 8, empty_root(), root, {})) << "of nothing nothing is proved";
  EXPECT_FALSE(verify_consistency(8, 6, root, of_hex(kRoots[6]), {}));
  EXPECT_FALSE(verify_consistency(8, 8, root, root, consistency));
  EXPECT_FALSE(verify_consistency(6, 8, of_hex(kRoots[6]), root, {}));
}

RC_GTEST_PROP(Tree, OfAnySizeTilesGiveTheRootAndTheProofsOfTheDefinition, ()) {
  const auto size = *rc::gen::inRange<std::uint64_t>(1, 1400);
  SmallTree tree;
  std::vector<Digest> roots{empty_root()};
  for (std::uint64_t i = 0; i < size; ++i) {
    tree.push(leaf_hash(std::to_string(i)));
    roots.push_back(tree.growing.root());
  }
  const auto old = *rc::gen::inRange<std::uint64_t>(1, size + 1);
  const auto tiled = tree.tiled();
  RC_ASSERT(tiled.root(size).value() == roots[size]);
  RC_ASSERT(tiled.root(old).value() == roots[old]);
  RC_ASSERT(verify_consistency(old, size, roots[old], roots[size], tiled.consistency(old, size).value()));
  RC_ASSERT(verify_inclusion(old - 1, size, leaf_hash(std::to_string(old - 1)), tiled.inclusion(old - 1, size).value(), roots[size]));
}

TEST(Tree, GoesOnWhereItStood) {
  SmallTree tree;
  for (int i = 0; i < 66'000; ++i) tree.push(leaf_hash(std::to_string(i)));
  std::vector<Hashes> partials;
  for (unsigned level = 0; level < 3; ++level) partials.push_back(tree.growing.partial(level));
  auto resumed = GrowingTree::at(66'000, std::move(partials));
  EXPECT_EQ(resumed.root(), tree.growing.root());
  resumed.push(leaf_hash("next"), [](unsigned, std::uint64_t, const Hashes&) {});
  tree.push(leaf_hash("next"));
  EXPECT_EQ(resumed.root(), tree.growing.root());
  EXPECT_EQ(tree.tiled().root(66'001).value(), tree.growing.root());
}

TEST(Tile, HasTheWidthThatTheSpecificationsExampleStates) {
  EXPECT_EQ(tile_width(0, 272, 70'000), 256u);
  EXPECT_EQ(tile_width(0, 273, 70'000), 112u);
  EXPECT_EQ(tile_width(0, 274, 70'000), 0u);
  EXPECT_EQ(tile_width(1, 0, 70'000), 256u);
  EXPECT_EQ(tile_width(1, 1, 70'000), 17u);
  EXPECT_EQ(tile_width(2, 0, 70'000), 1u);
  EXPECT_EQ(tile_width(0, 0, 256), 256u);
  EXPECT_EQ(tile_width(0, 1, 256), 0u);
  EXPECT_EQ(tile_width(1, 0, 256), 1u);
}

TEST(Tile, PathHasOneSpelling) {
  const std::pair<const char*, TilePath> known[] = {{"tile/0/x001/x234/067", {false, 0, 1'234'067, 256}}, {"tile/0/000", {}}, {"tile/3/x123/456.p/255", {false, 3, 123'456, 255}}, {"tile/entries/999.p/1", {true, 0, 999, 1}}};
  for (const auto& [text, path] : known) {
    EXPECT_EQ(to_text(path), text);
    EXPECT_EQ(parse_tile_path(text).value(), path);
  }
  for (const char* text : {"", "tile", "tile/", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/8/000", "tile/-1/000", "tile/0/x000/067", "tile/0/001/067", "tile/0/x001/x067",
                           "tile/0/067.p/0", "tile/0/067.p/256", "tile/0/067.p/01", "tile/0/067.p/", "tile/0/067/", "tile/0//067", "tile/entries", "tile/entrie/000", "tile/0/x1/000", "tile/0/0a0",
                           "tile/0/x999/x999/x999/x999/x999/x999/999", " tile/0/000", "tile/0/000 "})
    EXPECT_FALSE(parse_tile_path(text)) << text;
}

TEST(Tile, OfAWrongLengthIsRefused) {
  EXPECT_FALSE(hashes_of(""));
  EXPECT_FALSE(hashes_of(std::string(31, 'x')));
  EXPECT_FALSE(hashes_of(std::string(257 * 32, 'x')));
  EXPECT_EQ(bytes_of(hashes_of(std::string(256 * 32, 'x')).value()), std::string(256 * 32, 'x'));
}

}  // namespace
}  // namespace rireki::proof
