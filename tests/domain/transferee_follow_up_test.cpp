// The follow-up of those who moved: when it is due, who talks, what stays between the two, what ends it.
#include "domain/access.h"
#include "domain/deadline.h"
#include "small_ward.h"

namespace rireki {
namespace {

using nlohmann::json;

class TransfereeFollowUp : public ::testing::Test, protected CaseRunner {
 protected:
  TransfereeFollowUp() { today = day(2024, 3, 1); }
  // Draft to order; leaves the transfer's case.
  void move(PostId to, const char* effective, json more = json::object()) {
    json form = transfer_form(to, effective);
    form.update(more);
    ASSERT_EQ(open(as_hr(), "transfer", kStaff, form), "");
    const CaseId transfer = current;
    ASSERT_EQ(act(as_hr(), "submit", json::object(), "方針どおり"), "") << refusal.message.en;
    for (const auto by : {kHomeManager, kNewManager, kHrHead}) {
      current = transfer;
      if (state().state == "deciding") act(as(by, {"staff", "manager"}), "approve");
    }
    ASSERT_EQ(state().state, "decided");
    ASSERT_EQ(act(as_hr(), "order", {{"order_number", "1"}}, "内示を省く"), "") << refusal.message.en;
  }
  std::vector<CaseId> follow_ups() const {
    std::vector<CaseId> found;
    for (const auto& [id, one] : cases)
      if (one.procedure == "transferee-follow-up") found.push_back(id);
    return found;
  }
  std::string due_day() { return iso(due(*definition_of(state()), state(), reg()).value()); }
  static json interview(const char* on) { return {{"held_on", on}, {"themes", {"worries"}}, {"talked", "通勤が長い"}}; }
  const Actor new_superior = as(kNewTeamHead);
};

TEST_F(TransfereeFollowUp, IsOpenedByTheOrderAndDueAfterOneThreeSixAndTwelveMonths_R132) {
  move(kNewSeats, "2024-04-01");
  ASSERT_EQ(follow_ups().size(), 1u);
  current = follow_ups().front();
  EXPECT_EQ(due_day(), "2024-05-01");
  EXPECT_EQ(act(as(kHomeTeamHead), "interview-1", interview("2024-03-01")), "not-before") << "the former superior, before the arrival";
  EXPECT_EQ(refusal.source, "catalogue R-132");
  for (const auto& [name, held, next] : {std::tuple{"interview-1", "2024-04-30", "2024-07-01"}, {"interview-3", "2024-06-28", "2024-10-01"}, {"interview-6", "2024-10-15", "2025-03-31"}}) {
    today = parse_iso(held).value();
    ASSERT_EQ(act(new_superior, name, interview(held)), "") << refusal.message.en;
    EXPECT_EQ(due_day(), next);
  }
  today = day(2025, 3, 31);
  EXPECT_EQ(act(as(kHomeTeamHead), "interview-12", interview("2025-03-31")), "not-entitled");
  EXPECT_EQ(act(new_superior, "interview-12", interview("2025-03-31")), "");
  EXPECT_EQ(state().state, "done");
}

TEST_F(TransfereeFollowUp, IsNotOpenedByAConcurrentPost) {
  move(kNewSeats, "2024-04-01", {{"concurrent", true}, {"until", "2025-03-31"}, {"order_kind", "兼務"}});
  EXPECT_TRUE(follow_ups().empty());
}

TEST_F(TransfereeFollowUp, EndsWithTheNextMoveWhichBeginsANewOne_R133) {
  move(kNewSeats, "2024-04-01");
  const CaseId first = follow_ups().front();
  today = day(2024, 9, 2);
  move(kHomeSeats, "2024-10-01");
  ASSERT_EQ(follow_ups().size(), 2u);
  EXPECT_EQ(cases.at(first).state, "not-needed");
  current = follow_ups().back() == first ? follow_ups().front() : follow_ups().back();
  EXPECT_EQ(state().state, "month-1");
  EXPECT_EQ(due_day(), "2024-11-01");
}

TEST_F(TransfereeFollowUp, WhatWasSaidStaysBetweenTheTwoWhoTalked) {
  move(kNewSeats, "2024-04-01");
  current = follow_ups().front();
  today = day(2024, 5, 1);
  ASSERT_EQ(act(new_superior, "interview-1", interview("2024-05-01")), "");
  const auto seen = [&](const Actor& actor) { return with_context([&](const DecisionContext& context) { return visible_form(context, *definition_of(state()), state(), actor, state().form, written_by(state())); }); };
  EXPECT_TRUE(seen(as(kStaff)).contains("talked"));
  EXPECT_TRUE(seen(new_superior).contains("talked"));
  EXPECT_FALSE(seen(as_hr()).contains("talked"));
  EXPECT_EQ(seen(as_hr())["held_on"], "2024-05-01");
  // Another becomes the head of that team: what the former one heard is not theirs.
  ward.facts.record(PostingEnded{.person = kNewTeamHead, .post = PostId{304}, .last_day = day(2024, 5, 31)});
  ward.facts.record(PostingEnded{.person = kHomeTeamHead, .post = PostId{303}, .last_day = day(2024, 5, 31)});
  ward.facts.record(Posted{.person = kHomeTeamHead, .post = PostId{304}, .from = day(2024, 6, 1), .order_kind = {}, .order_number = {}});
  today = day(2024, 6, 3);
  EXPECT_TRUE(reads(as(kHomeTeamHead)));
  EXPECT_FALSE(seen(as(kHomeTeamHead)).contains("talked"));
}

}  // namespace
}  // namespace rireki
