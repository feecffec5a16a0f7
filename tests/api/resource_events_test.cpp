#include "resource_world.h"

namespace rireki::api::test {
namespace {

class Events : public ResourceWorld {};

}  // namespace

TEST_F(Events, AreForAuditorsAndHrOnly) {
  EXPECT_EQ(get(acting(kManager, {"staff", "manager"}), "/api/events").status, 403);
  EXPECT_EQ(get(administrator(), "/api/events").status, 403);
  EXPECT_EQ(get(hr(), "/api/events").status, 200);
  EXPECT_EQ(get(auditor(), "/api/events").status, 200);
}

TEST_F(Events, AreFoundByTypeTagAndPosition) {
  const auto postings = get(auditor(), "/api/events?type=fact/posted").body["events"];
  EXPECT_EQ(postings.size(), 8u);
  const auto aiko = get(auditor(), "/api/events?tag=person:" + to_text(kAiko)).body["events"];
  ASSERT_EQ(aiko.size(), 3u);
  EXPECT_EQ(aiko[1]["body"]["fact"]["exam_category"], "I");
  const auto both = get(auditor(), "/api/events?type=fact/posted&tag=person:" + to_text(kAiko)).body["events"];
  EXPECT_EQ(both.size(), 1u);
  const auto part = get(auditor(), "/api/events?after=2&up_to=4").body["events"];
  ASSERT_EQ(part.size(), 2u);
  EXPECT_EQ(part[0]["position"], 3);
  EXPECT_EQ(get(auditor(), "/api/events?up_to=2020-01-01T00:00:00Z").body["events"].size(), 0u);
  EXPECT_EQ(get(auditor(), "/api/events?after=yesterday").status, 400);
}

TEST_F(Events, ComeInPagesInEitherOrder) {
  for (const std::string order : {"oldest", "newest"}) {
    std::vector<Position> seen;
    json next;
    do {
      const auto page = get(auditor(), "/api/events?limit=7&order=" + order + (next.is_null() ? "" : "&cursor=" + next.get<std::string>())).body;
      for (const auto& event : page["events"]) seen.push_back(event["position"]);
      next = page["next"];
    } while (!next.is_null());
    if (order == "newest") std::reverse(seen.begin(), seen.end());
    std::vector<Position> all;  // but for those that say whose the keys are: they tell that there is a case
    log_->read(AllEvents{}, {}, [&](const EventView& event) {
      if (event.event_class() != EventClass::kKey) all.push_back(event.position());
      return true;
    }).value();
    EXPECT_EQ(seen, all);
  }
}

TEST_F(Events, HideTheKindOfALeaveFromThoseWhoMayNotReadIt) {
  record({LeaveStarted{.leave = LeaveId{70}, .person = kAiko, .kind = LeaveKind::kSick, .from = day(2026, 5, 1), .last_day = day(2026, 6, 30)}});
  EXPECT_EQ(get(hr(), "/api/events?type=fact/leave-started").body["events"][0]["body"]["fact"]["kind"], "sick");
  EXPECT_EQ(get(auditor(), "/api/events?type=fact/leave-started").text.find("sick"), std::string::npos);
}

TEST_F(Events, OfAccountsAreNotShownHere) {
  ASSERT_TRUE(office_->record({}, {AccountOpened{.account = AccountId{77}, .login = "aiko", .person = kAiko, .roles = {"staff"}}}, Unconditional{}, std::nullopt));
  EXPECT_EQ(get(auditor(), "/api/events?type=account/opened").body["events"].size(), 0u);
}

}  // namespace rireki::api::test
