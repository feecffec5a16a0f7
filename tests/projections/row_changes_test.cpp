// What changed since: by whole keys and by the parts before each slash.
#include "projections/row_changes.h"

namespace rireki {
namespace {

struct NoRows final : RowReader {
  std::optional<std::string> get(std::string_view) const override { return std::nullopt; }
  void scan(std::string_view, std::string_view, const std::function<bool(std::string_view, std::string_view)>&) const override {}
};

TEST(RowChanges, AreFoundByTheKeyAndByEveryPrefixThatEndsAtASlash) {
  const NoRows none;
  PendingRows rows(none);
  rows.put("w/role:hr/0017/c3", "");
  rows.erase("c/c9");
  RowChanges changes;
  changes.mark(rows.writes(), 5);
  for (const char* prefix : {"", "w/", "w/role:hr/", "w/role:hr/0017/", "c/"}) {
    EXPECT_TRUE(changes.since(prefix, true, 4)) << prefix;
    EXPECT_FALSE(changes.since(prefix, true, 5)) << prefix;
  }
  EXPECT_TRUE(changes.since("c/c9", false, 4)) << "erasing is a change";
  EXPECT_FALSE(changes.since("w/role:staff/", true, 4));
  EXPECT_FALSE(changes.since("c/c8", false, 4));
  EXPECT_TRUE(changes.since("w/ro", true, 4)) << "inside a part: anything may have changed";
}

TEST(RowChanges, AreEverythingAfterABuild) {
  RowChanges changes;
  EXPECT_FALSE(changes.since("a/b", false, 0));
  changes.mark_all(7);
  EXPECT_TRUE(changes.since("a/b", false, 6));
  EXPECT_FALSE(changes.since("a/b", false, 7));
}

}  // namespace
}  // namespace rireki
