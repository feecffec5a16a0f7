// Emergency access: why, for how long, how often, and who looks at it afterwards.
#include "domain/emergency.h"

#include "small_ward.h"

namespace rireki {
namespace {

using namespace std::chrono_literals;

constexpr Instant kNow{std::chrono::hours(490'000)};
const std::string kWhy = "自死のおそれがあると家族から連絡があり、主治医の連絡先が要る。";

EmergencyOpened wanted(AccountId account = AccountId{1}, CaseId id = CaseId{5}) {
  return {.grant = GrantId{7}, .case_id = id, .account = account, .by = PersonId{2}, .reason_code = "life", .reason = kWhy, .until = kNow + kEmergencyLasts};
}
std::string rule(const std::optional<Refusal>& refusal) { return refusal ? refusal->rule : ""; }

class EmergencyAccess : public ::testing::Test {
 protected:
  EmergencyAccess() { apply(state, wanted(), kNow); }
  EmergencyReviewed review(bool justified = true) const { return {.grant = GrantId{7}, .account = AccountId{9}, .by = PersonId{10}, .justified = justified, .comment = "確認した"}; }
  Emergencies state;
};

TEST(EmergencyReasons, AreOfAKindAndToldInTwentyCharacters) {
  const auto refusal = [](const char* code, const std::string& reason) {
    auto one = wanted();
    one.reason_code = code;
    one.reason = reason;
    return rule(refuses_opening({}, one, kNow));
  };
  EXPECT_EQ(refusal("life", kWhy), "");
  EXPECT_EQ(refusal("curiosity", kWhy), "reason-code");
  EXPECT_EQ(refusal("", kWhy), "reason-code");
  EXPECT_EQ(refusal("life", "一二三四五六七八九十一二三四五六七八九"), "emergency-reason") << "19 characters, although 57 bytes";
  EXPECT_EQ(refusal("life", "一二三四五六七八九十一二三四五六七八九十"), "");
  EXPECT_EQ(refusal("life", std::string(200, '.')), "emergency-reason") << "one character, again and again";
  EXPECT_EQ(refusal("life", kWhy + std::string(kEmergencyReasonBytesMax, 'x')), "emergency-reason");
}

TEST_F(EmergencyAccess, LastsAnHourForOneAccountAndOneCase) {
  EXPECT_TRUE(in_emergency(state, AccountId{1}, CaseId{5}, kNow + 59min));
  EXPECT_FALSE(in_emergency(state, AccountId{1}, CaseId{5}, kNow + 60min));
  EXPECT_FALSE(in_emergency(state, AccountId{1}, CaseId{6}, kNow));
  EXPECT_FALSE(in_emergency(state, AccountId{2}, CaseId{5}, kNow));
}

TEST_F(EmergencyAccess, IsNotOpenedAgainBeforeItWasReviewed) {
  EXPECT_EQ(rule(refuses_opening(state, wanted(), kNow + 1min)), "already-open");
  EXPECT_EQ(rule(refuses_opening(state, wanted(AccountId{1}, CaseId{6}), kNow + 1min)), "review-open");
  EXPECT_EQ(rule(refuses_opening(state, wanted(), kNow + 2h)), "review-open");
  EXPECT_EQ(rule(refuses_opening(state, wanted(AccountId{2}), kNow)), "") << "others are free to";
  apply(state, review(), kNow + 2h);
  EXPECT_EQ(rule(refuses_opening(state, wanted(), kNow + 3h)), "");
}

TEST_F(EmergencyAccess, EndsAtOnceWhenItIsFoundUnjustified) {
  apply(state, review(false), kNow + 10min);
  EXPECT_FALSE(in_emergency(state, AccountId{1}, CaseId{5}, kNow + 11min));
}

TEST_F(EmergencyAccess, IsReviewedOnceBySomebodyElseWithAWord) {
  EXPECT_EQ(rule(refuses_review(state, review(), false)), "");
  EXPECT_EQ(rule(refuses_review(state, review(), true)), "direct-report");
  auto own = review();
  own.account = AccountId{1};
  EXPECT_EQ(rule(refuses_review(state, own, false)), "second-person");
  own = review();
  own.by = PersonId{2};
  EXPECT_EQ(rule(refuses_review(state, own, false)), "second-person") << "by another account of theirs";
  auto silent = review();
  silent.comment.clear();
  EXPECT_EQ(rule(refuses_review(state, silent, false)), "comment");
  auto unknown = review();
  unknown.grant = GrantId{8};
  EXPECT_EQ(rule(refuses_review(state, unknown, false)), "unknown-grant");
  apply(state, review(), kNow);
  EXPECT_EQ(rule(refuses_review(state, review(), false)), "already-reviewed");
}

}  // namespace
}  // namespace rireki
