// The fuzzed entries over mutated keyrings and key events, in every check; libFuzzer goes on from there (tests/fuzz).
#include <gtest/gtest.h>

#include "eventstore/keyring_file.h"
#include "tests/fuzz/mutation.h"
#include "tests/fuzz/secrets_entry.h"

namespace rireki::fuzz {
TEST(MutatedKeyEvents, AreReadOrRefusedAndNothingElse) {
  const std::string good = key_lines({{.id = {1, 2}, .whose = {"person:p0000000000001", "health"}, .commitment = std::string(64, 'a')}, {.id = {3, 4}, .whose = {"case:c0000000000002", "general"}, .commitment = {}}});
  ASSERT_TRUE(read_key_lines(good));
  const auto [read, refused] = mutate(good, 50'000, read_key_lines);
  EXPECT_GT(read, 100);
  EXPECT_GT(refused, 1'000);
}

TEST(MutatedKeyrings, AreReadOrRefusedAndNothingElse) {
  KeyBlocks blocks(1, *SecretKey::of(std::string(32, 'k')));
  blocks.add_key({1, 2}, SecretKey::random());
  blocks.add_assignment({.id = {1, 2}, .whose = {"person:p0000000000001", "health"}, .at = 7});
  blocks.add_position(9);
  blocks.add_erased({3, 4});
  const std::string block = blocks.close();
  const std::string entries = block.substr(4, block.size() - 4 - 32);
  ASSERT_TRUE(read_keyring(entries));
  const auto [read, refused] = mutate(entries, 20'000, read_keyring);
  EXPECT_GT(read, 10);
  EXPECT_GT(refused, 1'000);
}

}  // namespace rireki::fuzz
