// What an auditor takes away over HTTP, and what they are told where they ask for something that is not there.
#include <gmock/gmock.h>

#include "proof/bundle.h"
#include "proof/text.h"
#include "proof/witness.h"
#include "tests/api/served_world.h"

namespace rireki::api::test {
namespace {

using ::testing::HasSubstr;

class ProofsOverHttp : public ServedWorld {
 protected:
  void SetUp() override {
    ServedWorld::SetUp();
    auditor_ = sign_in("auditor", {}, {"auditor"});
    hr_ = sign_in("hr", kHrWorker, {"staff", "hr"});
  }
  // The size that was signed.
  Position sign() {
    const auto note = proofs_->sign_now();
    EXPECT_TRUE(note);
    return proof::parse_checkpoint_text(proof::parse_note(*note)->text)->size;
  }
  std::vector<proof::Verifier> keys() { return signer_.keys().value(); }
  // 400, and in words of both languages what is wrong with which parameter.
  void expect_told(const Answer& answer, const std::string& what) {
    EXPECT_EQ(answer.status, 400) << what << ": " << answer.body;
    EXPECT_EQ(answer.problem(), "/problems/malformed") << what;
    EXPECT_GT(answer.json().value("detail", "").size(), 10u) << what;
  }
  Answer bundle(const json& asked) { return post(auditor_, "/audit/bundle", asked); }
  proof::BundleReport checked(const Answer& answer, std::vector<std::string> older = {}) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.header("content-type"), "application/x-tar");
    auto report = proof::check_bundle_bytes(answer.body, {.keys = keys(), .older = std::move(older), .progress = {}});
    if (!report) {
      ADD_FAILURE() << report.error().en;
      return {};
    }
    return *report;
  }
  CaseId finding(const std::vector<Position>& positions) {
    return open(auditor(), "audit-finding", Subject{"unit", to_text(kRegistry)}, {{"heading", "発令の根拠"}, {"finding", "決裁の写しがない"}, {"weight", "minor"}, {"positions", positions}});
  }

  Session auditor_, hr_;
};

}  // namespace

TEST_F(ProofsOverHttp, OneEventIsProvedToWhoeverMaySeeItAndTheLogGoesOnFromWhatWasKept) {
  const auto kept = proofs_->sign_now().value();
  const Position old = proof::parse_checkpoint_text(proof::parse_note(kept)->text)->size;
  record({PolicySet{.policy = "a-moment", .value_json = "1", .from = day(2026, 5, 1)}});
  const Position head = sign();
  const auto proof = read(auditor_, "/audit/proof/inclusion?seq=3"), leaf = read(auditor_, "/audit/leaf?seq=3");
  ASSERT_EQ(proof.status, 200) << proof.body;
  ASSERT_EQ(leaf.status, 200) << leaf.body;
  const auto opened = proof::check_inclusion(proof::parse_inclusion_proof(proof.body).value(), leaf.body, keys());
  ASSERT_TRUE(opened) << opened.error().en;
  EXPECT_EQ(opened->checkpoint.size, head);
  EXPECT_FALSE(proof::check_inclusion(proof::parse_inclusion_proof(proof.body).value(), read(auditor_, "/audit/leaf?seq=4").body, keys()));
  const auto steps = read(auditor_, "/audit/proof/consistency?old=" + std::to_string(old) + "&size=" + std::to_string(head));
  ASSERT_EQ(steps.status, 200) << steps.body;
  EXPECT_THAT(read(auditor_, "/audit/checkpoints?from=" + std::to_string(old)).body, HasSubstr(json(kept).dump()));
  EXPECT_EQ(read(hr_, "/audit/leaf?seq=3").status, 403) << "leaves are for auditors";
}

TEST_F(ProofsOverHttp, WhatIsNotThereIsNamed) {
  const Position head = sign();
  const std::string at = std::to_string(head);
  for (const std::string target : {"/audit/proof/inclusion", "/audit/proof/inclusion?seq=0", "/audit/proof/inclusion?seq=01", "/audit/proof/inclusion?seq=-1", "/audit/proof/inclusion?seq=99999999", "/audit/proof/inclusion?seq=18446744073709551616",
                                   "/audit/proof/inclusion?seq=1&size=99999999", "/audit/proof/inclusion?sequence=1", "/audit/proof/consistency?old=0", "/audit/proof/consistency?old=99999999", "/audit/proof/consistency?old=1&size=99999998",
                                   "/audit/leaf?seq=0", "/audit/leaf?seq=99999999", "/audit/checkpoint?size=3", "/audit/checkpoints?from=x", "/audit/witness-request?seen=x"})
    expect_told(read(auditor_, target), target);
  for (const std::string target : {"/audit/tile/0/999", "/audit/tile/7/000", "/audit/tile/9/000", "/audit/tile/0/000.p/300", "/audit/tile/0/000.p/0", "/audit/tile/entries/x", "/audit/tile/0/x001"})
    EXPECT_EQ(read(auditor_, target).status, 404) << target;
  for (const json asked : {json{{"size", 99999999}}, json{{"size", 0}}, json{{"size", "1"}}, json{{"first", 1}}, json{{"first", 5}, {"last", 4}}, json{{"first", 1}, {"last", 99999999}}, json{{"positions", {1}}}})
    expect_told(bundle(asked), asked.dump());
  EXPECT_EQ(post(hr_, "/audit/bundle", json::object()).status, 403);
  EXPECT_EQ(ask("GET", "/audit/checkpoint").status, 401);
  expect_told(bundle({{"size", head + 1}}), "a size that was never signed, " + at);
}

TEST_F(ProofsOverHttp, ABundleIsTheSameBytesEveryTimeAndHoldsByItself) {
  const auto kept = proofs_->sign_now().value();
  const Position old = proof::parse_checkpoint_text(proof::parse_note(kept)->text)->size;
  record({PolicySet{.policy = "a-moment", .value_json = "1", .from = day(2026, 5, 1)}});
  const Position head = sign();
  const auto first = bundle({{"size", head}}), again = bundle({{"size", head}});
  EXPECT_EQ(first.body, again.body);
  EXPECT_THAT(first.header("content-disposition"), HasSubstr("rireki-audit-" + std::to_string(head) + ".tar"));
  const auto whole = checked(first, {kept});
  EXPECT_TRUE(whole.whole);
  EXPECT_EQ(whole.leaves, head);
  EXPECT_GE(whole.older, 1u);
  EXPECT_EQ(whole.disclosed, 0u) << "nothing that events say";
  EXPECT_EQ(checked(bundle({{"size", old}})).checkpoint.checkpoint.size, old) << "as it was signed then";
  const auto part = checked(bundle({{"first", 2}, {"last", 5}}));
  EXPECT_EQ(part.first, 2u);
  EXPECT_EQ(part.last, 5u);
  auto altered = first.body;
  altered[altered.size() / 2] ^= 1;
  EXPECT_FALSE(proof::check_bundle_bytes(altered, {.keys = keys(), .older = {}, .progress = {}}));
  EXPECT_FALSE(proof::check_bundle_bytes(std::string_view(first.body).substr(0, first.body.size() / 2), {.keys = keys(), .older = {}, .progress = {}}));
}

TEST_F(ProofsOverHttp, AFindingIsACaseAndIsExportedWithTheProofsOfWhatItRestsOn) {
  const auto id = finding({3, 5});
  const std::string name = to_text(id);
  EXPECT_EQ(get(hr(), path(id)).status, 404) << "while it is looked into, the office does not know of it";
  EXPECT_EQ(get(acting(kManager, {"staff", "manager"}), path(id)).status, 404);
  EXPECT_EQ(get(auditor(), path(id)).status, 200);
  sign();
  const auto proofs = checked(bundle({{"finding", name}}));
  EXPECT_FALSE(proofs.whole);
  EXPECT_EQ(proofs.leaves, 2u);
  expect_told(bundle({{"finding", name}, {"first", 1}, {"last", 2}}), "a finding and a range");
  EXPECT_EQ(bundle({{"finding", "c0000000000999"}}).status, 404);
  const auto transfer = open(hr(), "transfer", kAiko, {{"to_post", to_text(kHrClerk)}, {"effective", "2026-07-01"}, {"order_kind", "配置換"}});
  EXPECT_EQ(bundle({{"finding", to_text(transfer)}}).status, 404) << "that is no finding";

  EXPECT_EQ(act(auditor(), id, "ask", {{"question", "写しはどこにありますか"}, {"answer_by", "2026-06-15"}}), "");
  EXPECT_EQ(get(hr(), path(id)).status, 200) << "asked, it answers";
  EXPECT_EQ(act(hr(), id, "answer", {{"answer", "綴りの誤り。写しを戻した"}}), "");
  EXPECT_EQ(act(hr(), id, "close", {{"measure", "よい"}}), "not-entitled") << "who is asked does not settle it";
  EXPECT_EQ(act(auditor(), id, "close", {{"measure", "写しを確認した"}}), "");
  EXPECT_EQ(get(auditor(), path(id)).body["state"]["id"], "closed");

  const auto beyond = finding({99'999'999});
  expect_told(bundle({{"finding", to_text(beyond)}}), "positions that are not signed");
}

TEST_F(ProofsOverHttp, AWitnessNamedByTheAuditorConfirmsFromOutside) {
  const auto folder = folder_.path / "witness";
  ASSERT_TRUE(proof::WitnessFolder::create(folder, "audit.example"));
  auto witness = proof::WitnessFolder::open(folder).value();
  ASSERT_FALSE(witness.follow(keys().front()));
  const std::string key = to_text(witness.public_key());
  EXPECT_EQ(post(hr_, "/api/witnesses", {{"key", key}}).status, 403) << "whoever runs the log does not choose who watches it";
  expect_told(post(auditor_, "/api/witnesses", {{"key", "audit.example+00000000+AAAA"}}), "no key");
  expect_told(post(auditor_, "/api/witnesses", {{"key", to_text(keys().front())}}), "the log's own key");
  ASSERT_EQ(post(auditor_, "/api/witnesses", {{"key", key}}).status, 200);
  sign();
  auto state = read(hr_, "/api/proofs").json();
  EXPECT_EQ(state["unconfirmed"], true);
  EXPECT_TRUE(state["confirmed"].is_null());

  const auto request = read(auditor_, "/audit/witness-request");
  ASSERT_EQ(request.status, 200) << request.body;
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(office_->now().time_since_epoch()).count();
  const auto seen = witness.add_checkpoint(request.body, now);
  ASSERT_EQ(seen.answer, proof::ExtensionAnswer::kSigned) << seen.fault.en;
  expect_told(post(auditor_, "/api/witnesses/confirmation", {{"lines", "— audit.example AAAA\n"}}), "no signature");
  auto forged = seen.text;
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  expect_told(post(auditor_, "/api/witnesses/confirmation", {{"lines", forged}}), "a forged signature");
  ASSERT_EQ(post(auditor_, "/api/witnesses/confirmation", {{"lines", seen.text}}).status, 200);
  state = read(hr_, "/api/proofs").json();
  EXPECT_EQ(state["unconfirmed"], false);
  EXPECT_EQ(state["confirmed"]["name"], "audit.example");
  EXPECT_THAT(read(auditor_, "/audit/checkpoints").body, HasSubstr("audit.example"));

  {
    const std::lock_guard lock(clock_mutex_);
    now_ += std::chrono::days{kWitnessDays + 1};
  }
  auditor_ = sign_in("auditor-2", {}, {"auditor"});  // the former session ended long ago
  EXPECT_EQ(read(auditor_, "/api/proofs").json()["unconfirmed"], true) << "nobody outside has seen it for too long";
  ASSERT_EQ(post(auditor_, "/api/witnesses/removal", {{"key", key}}).status, 200);
  EXPECT_TRUE(read(auditor_, "/api/proofs").json()["witnesses"].empty());
  expect_told(post(auditor_, "/api/witnesses/removal", {{"key", key}}), "it is not named any more");
}

}  // namespace rireki::api::test
