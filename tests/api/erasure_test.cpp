// Erasing a person: two people, some days, and then nothing of it is left anywhere, also not from yesterday's backup.
#include "api/erasure.h"

#include <fstream>

#include "tests/api/resource_world.h"

namespace rireki::api::test {
namespace {

namespace fs = std::filesystem;

class Erasing : public ResourceWorld {
 protected:
  Erasing() {
    publish();
    care_ = open(acting(kTeamHead, {"staff", "manager"}), "line-care", kAiko, {{"noticed_on", "2026-05-14"}, {"signs", "眠れない"}});
    wait_for_views();
  }
  Erasures erasures() {
    return Erasures(two_, *sealed_->keyring, [this] {
      sealed_->keyring->renew(kViewsKey);
      return !views_->move_to(folder_.path / ("views-" + std::to_string(++moves_)), sealed_->view_files());
    });
  }
  Actor officer() const { return acting(kDirector, {"staff", "privacy-officer"}); }
  Actor hr_officer() const { return acting(kHrWorker, {"staff", "hr"}); }
  Actor custodian() const { return {AccountId{950}, PersonId{}, {"key-custodian"}}; }
  std::string person() const { return "person:" + to_text(kAiko); }
  void days_later(int count) {
    std::lock_guard lock(clock_mutex_);
    now_ += std::chrono::hours{24 * count};
  }
  // Proposed and approved; the id.
  ProposalId approved(Erasures& erasing) {
    const auto proposed = erasing.propose(hr_officer(), "s1", {person()}, "personnel-record", "保存期間が過ぎた");
    EXPECT_TRUE(proposed) << (proposed ? "" : proposed.error().refusal.rule);
    const auto digest = two_.controls().proposals.at(*proposed).proposed.digest;
    const auto decided = two_.decide(officer(), "s2", *proposed, true, digest, "確認した");
    EXPECT_TRUE(decided) << (decided ? "" : decided.error().refusal.rule);
    return *proposed;
  }
  static std::string rule(const auto& result) { return result ? "" : result.error().refusal.rule; }

  CaseId care_;
  FourEyes two_{*office_};
  int moves_ = 0;
};

TEST_F(Erasing, TakesTwoPeopleAndSevenDays) {
  auto erasing = erasures();
  EXPECT_EQ(rule(erasing.propose(acting(kMori), "s", {person()}, "b", "r")), "not-entitled");
  EXPECT_EQ(rule(erasing.propose(hr_officer(), "s1", {"unit:u1"}, "b", "r")), "targets");
  EXPECT_EQ(rule(erasing.propose(hr_officer(), "s1", {person()}, "", "r")), "ground");
  const auto id = erasing.propose(officer(), "s1", {person()}, "personnel-record", "保存期間が過ぎた").value();
  const auto digest = two_.controls().proposals.at(id).proposed.digest;
  EXPECT_EQ(rule(two_.decide(hr_officer(), "s2", id, true, digest, "")), "not-entitled");
  EXPECT_EQ(rule(two_.decide(officer(), "s2", id, true, digest, "")), "second-person");
  EXPECT_EQ(rule(two_.decide(custodian(), "s1", id, true, digest, "")), "other-session");
  EXPECT_EQ(rule(two_.decide(custodian(), "s3", id, true, std::string(64, '0'), "")), "digest");
  EXPECT_EQ(rule(erasing.carry_out(custodian(), id)), "not-approved");
  EXPECT_EQ(rule(two_.decide(custodian(), "s3", id, true, digest, "")), "");
  EXPECT_EQ(rule(two_.decide(custodian(), "s3", id, false, digest, "")), "already-decided");
  EXPECT_EQ(rule(erasing.carry_out(custodian(), id)), "too-early");
  days_later(6);
  EXPECT_EQ(rule(erasing.carry_out(custodian(), id)), "too-early");
  days_later(1);
  EXPECT_EQ(rule(erasing.carry_out(officer(), id)), "not-entitled");
  EXPECT_EQ(rule(erasing.carry_out(custodian(), id)), "");
  EXPECT_EQ(rule(erasing.carry_out(custodian(), id)), "already-done");
}

TEST_F(Erasing, LeavesNothingInPagesInViewsOrOnTheDisk) {
  ASSERT_NE(get(hr(), "/api/people/" + to_text(kAiko)).text.find("愛子"), std::string::npos) << get(hr(), "/api/people/" + to_text(kAiko)).text;
  ASSERT_EQ(get(hr(), now_of("/api/people?q=愛子")).body["people"].size(), 1u);
  auto erasing = erasures();
  const auto id = approved(erasing);
  days_later(7);
  const auto erased = erasing.carry_out(custodian(), id);
  ASSERT_TRUE(erased) << rule(erased);
  EXPECT_GE(erased->keys, 3) << "general, and both of the sheet's";
  EXPECT_EQ(erased->epoch, erased->epoch_before + 1);
  EXPECT_NE(erased->keys_before_digest, erased->keys_digest);
  wait_for_views();
  const auto page = get(hr(), now_of("/api/people/" + to_text(kAiko)));
  EXPECT_EQ(page.text.find("愛子"), std::string::npos) << page.text;
  EXPECT_EQ(get(hr(), now_of("/api/people?q=愛子")).body["people"].size(), 0u);
  EXPECT_TRUE(office_->find_case(care_)->erased);
  EXPECT_TRUE(office_->find_case(care_)->form.empty());
  EXPECT_EQ(get(acting(kMori, {"staff", "occupational-health"}), path(care_)).status, 410) << "it existed, and is erased (R-168)";
  EXPECT_EQ(get(acting(kMori, {"staff", "occupational-health"}), path(care_)).body["facts"][0]["value"], "2026-05-22") << "on that day";
  EXPECT_EQ(get(hr(), path(care_)).status, 404) << "to others it never did";
  EXPECT_EQ(act(acting(kMori, {"staff", "occupational-health"}), care_, "measure", {{"measure", "x"}, {"next_review", "2026-06-01"}}), "erased");
  // Where she worked stays: the numbers of the past do not change.
  EXPECT_EQ(get(hr(), now_of("/api/people/" + to_text(kAiko))).body["postings"].size(), 1u);
  EXPECT_EQ(office_->definition("transfer", 0)->id, "transfer");
  // Others are as they were.
  EXPECT_EQ(get(hr(), now_of("/api/people/" + to_text(kMori))).status, 200);
}

TEST_F(Erasing, StaysErasedWithYesterdaysLogAndWithYesterdaysKeys) {
  auto erasing = erasures();
  const auto id = approved(erasing);
  days_later(7);
  sealed_->keyring->save();
  fs::copy(folder_.path / "keys", folder_.path / "keys-yesterday", fs::copy_options::recursive);
  ASSERT_TRUE(erasing.carry_out(custodian(), id));
  const auto reads_name = [&](const fs::path& keys) {
    const auto keyring = Keyring::open(keys).value();
    const auto log = SealedEventLog::open(*sealed_->store, *keyring).value();
    bool found = false;
    log->read(with_type("fact/person-registered"), {}, [&](const EventView& event) {
      const auto body = decode(event).value();
      found = found || std::get<PersonRegistered>(std::get<FactEntry>(body).fact).name.given == "愛子";
      return true;
    }).value();
    return found;
  };
  EXPECT_FALSE(reads_name(folder_.path / "keys-yesterday")) << "erased again by what the log says";
}

TEST_F(Erasing, IsBlockedByAHoldUntilAnotherReleasesIt) {
  auto erasing = erasures();
  const auto id = approved(erasing);
  days_later(7);
  EXPECT_EQ(rule(two_.hold(officer(), person(), "whim", "r")), "hold-kind");
  const auto hold = two_.hold(officer(), person(), "litigation", "係争中").value();
  EXPECT_EQ(rule(erasing.carry_out(custodian(), id)), "held");
  EXPECT_EQ(rule(erasing.propose(hr_officer(), "s1", {person()}, "b", "r")), "held");
  const auto release = two_.propose(officer(), "s1", "hold-release", {{"hold", to_text(hold)}, {"reason", "終結"}}).value();
  EXPECT_EQ(rule(two_.release(officer(), release)), "not-approved");
  const auto digest = two_.controls().proposals.at(release).proposed.digest;
  EXPECT_EQ(rule(two_.decide(officer(), "s2", release, true, digest, "")), "second-person");
  EXPECT_EQ(rule(two_.decide(hr_officer(), "s2", release, true, digest, "")), "");
  EXPECT_EQ(rule(erasing.carry_out(custodian(), release)), "unknown-proposal") << "it is of another kind";
  EXPECT_EQ(rule(erasing.carry_out(custodian(), id)), "held") << "approved is not released";
  EXPECT_EQ(rule(two_.release(officer(), release)), "");
  EXPECT_EQ(rule(two_.release(officer(), release)), "already-done");
  EXPECT_EQ(rule(erasing.carry_out(custodian(), id)), "");
}

TEST_F(Erasing, OfAPersonIsBlockedByAHoldOnACaseAboutThemAndTheOtherWayRound) {
  auto erasing = erasures();
  const std::string sheet = "case:" + to_text(care_);
  two_.hold(officer(), sheet, "audit", "監査中").value();
  EXPECT_EQ(rule(erasing.propose(hr_officer(), "s1", {person()}, "b", "r")), "held") << "erasing her takes the sheet's key";
  EXPECT_EQ(rule(erasing.propose(hr_officer(), "s1", {"person:" + to_text(kMori)}, "b", "r")), "");
  two_.hold(officer(), "person:" + to_text(kMori), "litigation", "係争中").value();
  const auto other = open(acting(kTeamHead, {"staff", "manager"}), "line-care", kAiko, {{"noticed_on", "2026-05-15"}, {"signs", "遅刻"}});
  EXPECT_EQ(rule(erasing.propose(hr_officer(), "s1", {"case:" + to_text(other)}, "b", "r")), "") << "only the sheet is held, not she";
  two_.hold(officer(), person(), "litigation", "係争中").value();
  EXPECT_EQ(rule(erasing.propose(hr_officer(), "s2", {"case:" + to_text(other)}, "b", "other reason")), "held") << "it is about her";
}

TEST_F(Erasing, ProposedTwiceIsOneProposal) {
  auto erasing = erasures();
  const auto once = erasing.propose(hr_officer(), "s1", {person()}, "b", "r").value();
  EXPECT_EQ(erasing.propose(hr_officer(), "s1", {person()}, "b", "r").value(), once);
  EXPECT_NE(erasing.propose(hr_officer(), "s1", {person()}, "b", "another").value(), once);
  days_later(8);
  EXPECT_NE(erasing.propose(hr_officer(), "s1", {person()}, "b", "r").value(), once) << "nobody decided on it in time";
}

TEST_F(Erasing, OperatorsOfTheMachineCarryOutWhatTwoDecidedAndNothingElse) {
  auto erasing = erasures();
  EXPECT_EQ(rule(erasing.propose(Actor{}, "", {person()}, "b", "r")), "not-entitled");
  const auto id = approved(erasing);
  EXPECT_EQ(rule(erasing.carry_out(Actor{}, id)), "too-early");
  days_later(7);
  EXPECT_EQ(rule(erasing.carry_out(Actor{}, id)), "");
}

TEST_F(Erasing, IsCompletedAtTheNextStartWhereACrashCutItOff) {
  auto erasing = erasures();
  const auto id = approved(erasing);
  days_later(7);
  EXPECT_EQ(erasing.complete(), 0) << "nothing was destroyed yet: it is carried out when somebody does so";
  std::set<Id128> keys;
  for (const auto& owner : {person(), "case:" + to_text(care_)})
    for (const auto& one : sealed_->keyring->keys_of(owner)) keys.insert(one);
  sealed_->keyring->ratchet(keys, {kViewsKey}).value();  // and then the power went
  EXPECT_EQ(erasing.complete(), 1);
  EXPECT_TRUE(two_.controls().proposals.at(id).done);
  EXPECT_EQ(erasing.complete(), 0);
  EXPECT_EQ(rule(erasing.carry_out(custodian(), id)), "already-done");
}

TEST_F(Erasing, StaysAsItWasWhereTheViewsCannotBeRenewed) {
  Erasures erasing(two_, *sealed_->keyring, [] { return false; });
  const auto id = approved(erasing);
  days_later(7);
  EXPECT_EQ(rule(erasing.carry_out(custodian(), id)), "storage");
  EXPECT_FALSE(two_.controls().proposals.at(id).done);
  EXPECT_EQ(get(hr(), "/api/people/" + to_text(kAiko)).body["name_parts"]["given"], "愛子");
}

}  // namespace
}  // namespace rireki::api::test
