#include "proof/leaf.h"

#include <gtest/gtest.h>

#include "proof/tree.h"

namespace rireki::proof {
namespace {

Leaf sample(std::uint64_t position) { return {.position = position, .time = 1'775'001'600'000'000, .event_class = 1, .metadata = sha256({"m"}), .body = sha256({"b"})}; }

TEST(Leaf, IsWrittenAsSpecified) {
  EXPECT_EQ(to_text(sample(7)), "rireki-leaf/v1\nseq 7\ntime 1775001600000000\nclass access\nmeta YsZqel3XDDFGYYBjw0TlMebUtZ43mAhEPOlis6vWPFo=\nbody PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0=\n");
  auto bodiless = sample(7);
  bodiless.body.reset();
  EXPECT_TRUE(to_text(bodiless).ends_with("\nbody -\n"));
  EXPECT_EQ(parse_leaf(to_text(bodiless)).value(), bodiless);
}

TEST(Leaf, ThatIsNotExactlySoIsRefused) {
  const auto text = to_text(sample(7));
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_FALSE(parse_leaf(text.substr(0, i))) << i;
    auto altered = text;
    altered[i] ^= 0x20;
    const auto read = parse_leaf(altered);
    if (read) EXPECT_EQ(to_text(*read), altered) << "what is accepted is said in one way only";
  }
  EXPECT_FALSE(parse_leaf(text + "\n"));
  for (const auto& [from, to] : {std::pair{"seq 7", "seq 0"}, {"seq 7", "seq 07"}, {"class access", "class other"}, {"time 1", "time -1"}}) {
    auto altered = text;
    altered.replace(altered.find(from), std::string(from).size(), to);
    EXPECT_FALSE(parse_leaf(altered)) << to;
  }
}

TEST(Bundle, HoldsLeavesInOrder) {
  std::vector<Leaf> leaves;
  for (std::uint64_t i = 1; i <= 256; ++i) leaves.push_back(sample(i));
  const auto bytes = bundle_of(leaves);
  EXPECT_EQ(parse_bundle(bytes).value(), leaves);
  EXPECT_EQ(static_cast<std::size_t>(bytes[1]) & 0xff, to_text(leaves[0]).size()) << "big endian, two bytes";
  EXPECT_FALSE(parse_bundle(bytes.substr(0, bytes.size() - 1)));
  EXPECT_FALSE(parse_bundle(bytes.substr(0, 1)));
  EXPECT_FALSE(parse_bundle(""));
  leaves.push_back(sample(257));
  EXPECT_FALSE(parse_bundle(bundle_of(leaves))) << "more than a tile holds";
}

}  // namespace
}  // namespace rireki::proof
