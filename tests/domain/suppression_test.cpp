#include "domain/suppression.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rireki {
namespace {

using Counts = std::map<std::string, int>;

TEST(SmallCounts, AreHiddenAndOneMoreWithThem_R143) {
  const auto shown = suppress({{"総務課", 3}, {"戸籍課", 12}, {"福祉課", 25}});
  EXPECT_FALSE(shown.parts.at("総務課"));
  EXPECT_FALSE(shown.parts.at("戸籍課")) << "else 40 less the others would tell it";
  EXPECT_EQ(shown.parts.at("福祉課"), 25);
  EXPECT_EQ(shown.sum, 40);
}

TEST(SmallCounts, HideTheirSumWhereThereIsNothingToHideBehind) {
  EXPECT_FALSE(suppress({{"総務課", 3}}).sum);
  EXPECT_FALSE(suppress({{"総務課", 1}, {"戸籍課", 2}}).sum);
  EXPECT_FALSE(suppress({{"総務課", 3}, {"戸籍課", 0}}).sum);
  EXPECT_EQ(suppress({{"総務課", 3}, {"戸籍課", 2}}).sum, 5);
}

TEST(SmallCounts, LeaveLargeOnesAndNobodyAsTheyAre) {
  const auto shown = suppress({{"総務課", 0}, {"戸籍課", 5}, {"福祉課", 9}});
  EXPECT_EQ(shown.parts.at("総務課"), 0);
  EXPECT_EQ(shown.parts.at("戸籍課"), 5);
  EXPECT_EQ(shown.sum, 14);
  EXPECT_EQ(suppress({}).sum, 0);
}

RC_GTEST_PROP(SmallCounts, AreNeverToldByWhatIsShown, ()) {
  Counts counts;
  const int parts = *rc::gen::inRange(0, 8);
  for (int i = 0; i < parts; ++i) counts[std::to_string(i)] = *rc::gen::resize(100, rc::gen::inRange(0, 20));
  const auto shown = suppress(counts);
  int told = 0;
  std::size_t hidden = 0;
  for (const auto& [name, count] : shown.parts) {
    if (count) {
      RC_ASSERT(*count == counts.at(name));
      RC_ASSERT(*count == 0 || *count >= kCountShownFrom);
      told += *count;
    } else {
      ++hidden;
    }
  }
  // What subtraction gives is of several parts and of enough people.
  if (shown.sum && hidden > 0) {
    RC_ASSERT(hidden >= 2u);
    RC_ASSERT(*shown.sum - told >= kCountShownFrom);
  }
  if (shown.sum && hidden == 0) RC_ASSERT(*shown.sum == told);
}

}  // namespace
}  // namespace rireki
