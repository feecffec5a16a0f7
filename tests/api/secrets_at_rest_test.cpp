// Whoever administers the machine and has every file but the keyring reads no name, no illness and no report, and does not learn whom a secret case
// is about or who wrote it.
#include <fstream>

#include "api/attachments.h"
#include "tests/api/resource_world.h"

namespace rireki::api::test {
namespace {

namespace fs = std::filesystem;

class AtRest : public ResourceWorld {
 protected:
  AtRest() { publish(); }
  static constexpr const char* kSecrets[] = {"眠れないと話していた", "田中さんと共有", "相子", "アイコ", "毎朝の打合せを見直す", "届いた診断書の中身", "shindansho.pdf"};
  static std::string bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // Whoever opens the files with RocksDB, decompressed, but has no key.
  std::string everything_in_the_log() {
    std::string all;
    sealed_->store->read(AllEvents{}, {}, [&](const EventView& event) {
      all += event.metadata();
      all += event.stored_body();
      return true;
    }).value();
    return all;
  }
};

TEST_F(AtRest, NoFileHoldsWhatIsSealed) {
  record({Renamed{.person = kAiko, .name = {"高橋", "相子", "タカハシ", "アイコ"}, .from = day(2026, 5, 1)}});
  record({LeaveStarted{.leave = LeaveId{70}, .person = kAiko, .kind = LeaveKind::kSick, .from = day(2026, 6, 1), .last_day = day(2026, 6, 30)}});
  const CaseId care = open(acting(kTeamHead, {"staff", "manager"}), "line-care", kAiko, {{"noticed_on", "2026-05-14"}, {"signs", "眠れないと話していた"}});
  ASSERT_TRUE(care);
  ASSERT_EQ(act(acting(kTeamHead, {"staff", "manager"}), care, "comment", {{"text", "田中さんと共有"}}), "");
  const fs::path uploaded = folder_.path / "uploaded";
  std::ofstream(uploaded) << "届いた診断書の中身";
  const Attachments attachments(folder_.path / "attachments", *sealed_->keyring);
  const auto kept = attachments.keep(care, "health", uploaded).value();
  fs::remove(uploaded);
  EXPECT_EQ(attachments.read(care, kept.sha256), "届いた診断書の中身");
  EXPECT_FALSE(attachments.read(CaseId{1}, kept.sha256)) << "another case's key opens it not, nor is it found";
  ASSERT_EQ(get(acting(kTeamHead, {"staff", "manager"}), path(care)).status, 200);
  wait_for_views();

  const std::string log = everything_in_the_log();
  EXPECT_NE(log.find("case/opened"), log.npos);
  for (const char* secret : kSecrets) EXPECT_EQ(log.find(secret), log.npos) << secret;
  sealed_->store->read(with_type("fact/leave-started"), {}, [&](const EventView& event) {
    EXPECT_EQ(event.stored_body().find("sick"), std::string_view::npos) << "what a leave is for is health";
    return true;
  }).value();
  views_.reset();
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_.path)) {
    if (!entry.is_regular_file() || entry.path().string().find("/keys/") != std::string::npos) continue;
    ++files;
    const std::string bytes = bytes_of(entry.path());
    for (const char* secret : kSecrets) EXPECT_EQ(bytes.find(secret), bytes.npos) << secret << " in " << entry.path();
    if (entry.path().string().find("/views/") != std::string::npos) EXPECT_EQ(bytes.find("line-care"), bytes.npos) << entry.path();
  }
  EXPECT_GT(files, 10u);
}

TEST_F(AtRest, OfASecretCaseTheLogSaysNeitherWhomItIsAboutNorWhoActs) {
  const CaseId care = open(acting(kTeamHead, {"staff", "manager"}), "line-care", kAiko, {{"noticed_on", "2026-05-14"}, {"signs", "眠れない"}});
  ASSERT_TRUE(care);
  std::size_t events = 0;
  sealed_->store->read(with_tag("case:" + to_text(care)), {}, [&](const EventView& event) {
    ++events;
    const std::string bytes = std::string(event.metadata()) + std::string(event.stored_body());
    EXPECT_EQ(bytes.find(to_text(kAiko)), bytes.npos);
    EXPECT_EQ(bytes.find(to_text(kTeamHead)), bytes.npos);
    EXPECT_EQ(bytes.find(to_text(AccountId{kTeamHead.value + 100})), bytes.npos);
    const auto clear = decode(event);
    EXPECT_FALSE(std::get<CaseOpened>(*clear).by) << "also in binary";
    EXPECT_EQ(std::get<CaseOpened>(*clear).subject.id, "");
    return true;
  }).value();
  EXPECT_EQ(events, 1u);
  const auto opened = office_->find_case(care);
  EXPECT_EQ(opened->author, kTeamHead);
  EXPECT_EQ(opened->subject.id, to_text(kAiko));
}

TEST_F(AtRest, ASecretCaseIsFoundByItsSubjectWhereARuleAsks) {
  const CaseId care = open(acting(kTeamHead, {"staff", "manager"}), "line-care", kAiko, {{"noticed_on", "2026-05-14"}, {"signs", "眠れない"}});
  office_->with_context([&](const DecisionContext& context) {
    const auto about = context.cases_about("line-care", {"person", to_text(kAiko)});
    ASSERT_EQ(about.size(), 1u);
    EXPECT_EQ(about.front().id, care);
    EXPECT_TRUE(context.cases_about("line-care", {"person", to_text(kMori)}).empty());
  });
}

TEST_F(AtRest, ACaseWhoseKeyIsGoneIsKnownAsErasedAndSaysNothing) {
  const CaseId care = open(acting(kTeamHead, {"staff", "manager"}), "line-care", kAiko, {{"noticed_on", "2026-05-14"}, {"signs", "眠れない"}});
  const auto ids = sealed_->keyring->keys_of("case:" + to_text(care));
  EXPECT_EQ(ids.size(), 2u) << "what was written, and who is concerned";
  sealed_->keyring->ratchet({ids.begin(), ids.end()}, {}).value();
  Office fresh(*log_, ids_, [this] { return now_; });
  const auto state = fresh.find_case(care);
  ASSERT_TRUE(state);
  EXPECT_TRUE(state->erased);
  EXPECT_EQ(state->procedure, "line-care");
  EXPECT_EQ(state->state, "noticed");
  EXPECT_TRUE(state->form.empty());
  EXPECT_FALSE(state->author);
}

}  // namespace
}  // namespace rireki::api::test
