// Corrections and cancellations as the HR office sends them.
#include <gmock/gmock.h>

#include "tests/api/served_world.h"

namespace rireki::api::test {
namespace {

class CorrectionsOverHttp : public ServedWorld {
 protected:
  void SetUp() override {
    ServedWorld::SetUp();
    hr_ = sign_in("hr", kHrWorker, {"staff", "hr"});
    manager_ = sign_in("manager", kManager, {"staff", "manager"});
  }
  json cancellation(const std::string& reason) const { return {{"facts", json::array({{{"fact", to_text(last_fact_)}, {"of", "person:" + to_text(kAiko)}, {"reason", reason}}})}}; }
  Session hr_, manager_;
};

}  // namespace

TEST_F(CorrectionsOverHttp, AFactIsCancelledOnceWithItsReasonHoweverOftenItIsSent) {
  record({AwayDeclared{.person = kAiko, .from = day(2026, 6, 1), .last_day = day(2026, 6, 10)}});
  const std::string path = "/api/facts/cancellations";
  EXPECT_EQ(post(manager_, path, cancellation("中止"), "k-1").status, 403);
  EXPECT_EQ(post(hr_, path, cancellation("中止")).status, 400) << "without a key nobody could send it again safely";
  EXPECT_EQ(post(hr_, path, cancellation(""), "k-2").status, 400);
  EXPECT_EQ(post(hr_, path, {{"facts", json::array()}}, "k-3").status, 400);
  EXPECT_EQ(post(hr_, path, {{"facts", json::array({{{"fact", "f"}, {"of", "person:x"}, {"reason", "x"}}})}}, "k-4").status, 400);
  for (const json one : {json("x"), json{{"fact", 1}, {"of", "person:x"}, {"reason", "x"}}, json{{"fact", "f"}, {"of", "person:x"}, {"reason", "x"}, {"why", "x"}}}) {
    const auto answer = post(hr_, path, {{"facts", json::array({one})}}, "k-7");
    EXPECT_EQ(answer.status, 400) << one;
    EXPECT_THAT(answer.body, ::testing::HasSubstr("/facts/0")) << "says which";
  }
  const auto first = post(hr_, path, cancellation("中止"), "k-5"), again = post(hr_, path, cancellation("中止"), "k-5");
  ASSERT_EQ(first.status, 201) << first.body;
  ASSERT_EQ(again.status, 201) << again.body;
  EXPECT_EQ(again.json()["last"], first.json()["last"]);
  EXPECT_EQ(again.json()["repeated"], true);
  EXPECT_EQ(post(hr_, path, cancellation("別の理由"), "k-5").status, 422) << "the key belongs to other words";
  const auto late = post(hr_, path, cancellation("もう一度"), "k-6");
  EXPECT_EQ(late.status, 422) << late.body;
  EXPECT_THAT(late.body, ::testing::HasSubstr("unknown-fact"));
}

TEST_F(CorrectionsOverHttp, WhatRestsOnACorrectionIsSettledByTheHrOfficeInWords) {
  record({Separated{.person = kAiko, .kind = SeparationKind::kResigned, .last_day = day(2026, 8, 31)}});
  correct(last_fact_, Separated{.person = kAiko, .kind = SeparationKind::kResigned, .last_day = day(2026, 7, 31)}, "届の日付の読み違い");
  const auto listed = read(hr_, "/api/corrections?open=true&at_least=" + std::to_string(log_->head())).json()["corrections"];
  ASSERT_EQ(listed.size(), 1u);
  const json decision = {{"corrected", listed[0]["corrected"]}, {"item", listed[0]["items"][0]["item"]}, {"decision", "stands"}, {"note", "後任は7月から"}};
  const std::string path = "/api/corrections/settlement";
  EXPECT_EQ(post(manager_, path, decision).status, 403);
  for (const auto& [member, value] : std::map<std::string, json>{{"corrected", "fact:f0000000000000"}, {"item", "anything"}, {"decision", "perhaps"}, {"note", ""}}) {
    auto wrong = decision;
    wrong[member] = value;
    const auto answer = post(hr_, path, wrong);
    EXPECT_EQ(answer.status, 400) << member;
    EXPECT_THAT(answer.body, ::testing::HasSubstr(member)) << "says where";
  }
  const auto settled = post(hr_, path, decision);
  ASSERT_EQ(settled.status, 200) << settled.body;
  const auto now = read(hr_, "/api/corrections?at_least=" + std::to_string(settled.json()["position"].get<Position>())).json()["corrections"][0];
  EXPECT_EQ(now["open"], listed[0]["open"].get<int>() - 1);
}

}  // namespace rireki::api::test
