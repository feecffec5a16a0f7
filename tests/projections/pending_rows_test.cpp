#include <rapidcheck/gtest.h>

#include "projections/view_store.h"

using namespace rireki;

namespace {

class MapRows final : public Rows {
 public:
  std::optional<std::string> get(std::string_view key) const override {
    const auto found = rows.find(key);
    return found == rows.end() ? std::nullopt : std::optional(found->second);
  }
  void scan(std::string_view prefix, std::string_view from,
            const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    for (auto row = rows.lower_bound(std::max(prefix, from)); row != rows.end() && row->first.starts_with(prefix); ++row)
      if (!visit(row->first, row->second)) return;
  }
  void put(std::string_view key, std::string_view value) override { rows.insert_or_assign(std::string(key), std::string(value)); }
  void erase(std::string_view key) override { rows.erase(std::string(key)); }
  std::map<std::string, std::string, std::less<>> rows;
};

std::vector<std::pair<std::string, std::string>> scanned(const RowReader& rows, const std::string& prefix, const std::string& from, std::size_t most) {
  std::vector<std::pair<std::string, std::string>> seen;
  rows.scan(prefix, from, [&](std::string_view key, std::string_view value) {
    seen.emplace_back(key, value);
    return seen.size() < most;
  });
  return seen;
}

rc::Gen<std::string> short_key() { return rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab/"))); }

}  // namespace

RC_GTEST_PROP(PendingRows, ReadLikeRowsThatWereWrittenAtOnce, ()) {
  MapRows committed, expected;
  for (const auto& key : *rc::gen::container<std::vector<std::string>>(short_key())) committed.put(key, "old " + key);
  expected.rows = committed.rows;
  PendingRows pending(committed);
  const int steps = *rc::gen::inRange(0, 40);
  for (int step = 0; step < steps; ++step) {
    const auto key = *short_key();
    if (*rc::gen::arbitrary<bool>()) {
      pending.put(key, std::to_string(step));
      expected.put(key, std::to_string(step));
    } else {
      pending.erase(key);
      expected.erase(key);
    }
    RC_ASSERT(pending.get(key) == expected.get(key));
    const auto prefix = *short_key();
    const auto from = *rc::gen::oneOf(rc::gen::just(std::string()), rc::gen::map(short_key(), [&](std::string rest) { return prefix + rest; }));
    const auto most = *rc::gen::inRange<std::size_t>(1, 8);
    RC_ASSERT(scanned(pending, prefix, from, most) == scanned(expected, prefix, from, most));
  }
}

TEST(PendingRows, CountTheBytesTheyHold) {
  MapRows committed;
  PendingRows pending(committed);
  pending.put("key", "value");
  EXPECT_EQ(pending.bytes(), 8u);
  pending.put("key", "v");
  EXPECT_EQ(pending.bytes(), 4u);
  pending.erase("key");
  EXPECT_EQ(pending.bytes(), 3u);
  pending.clear();
  EXPECT_EQ(pending.bytes(), 0u);
}
