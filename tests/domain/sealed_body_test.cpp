// Every kind of event, sealed and read back: the same with the keys, and without them nothing but what says who, where and when.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "domain/body.h"
#include "eventstore/memory_event_log.h"
#include "eventstore/sealed_event_log.h"
#include "tests/domain/fact_vector.h"

namespace rireki {
namespace {

class SealedBodies : public ::testing::Test {
 protected:
  SealedBodies() {
    std::string name = RIREKI_BINARY_DIR "/sealed-bodies-XXXXXX";
    folder_ = mkdtemp(name.data());
    keyring_ = Keyring::create(folder_ / "keys").value();
    log_ = SealedEventLog::open(store_, *keyring_).value();
  }
  ~SealedBodies() override {
    log_.reset();
    keyring_.reset();
    std::filesystem::remove_all(folder_);
  }
  // As it is read back, and as it is read without the keys.
  std::pair<ReadBody, ReadBody> there_and_back(const Body& body, const CaseSealing& sealing, std::vector<std::string> tags = {"person:p0000000000005"}) {
    auto sealed = encode_sealed(body, tags, sealing);
    NewEvent event{.id = {1, ++ids_}, .type = event_type(body), .tags = std::move(tags), .actor = "a", .body = std::move(sealed.clear), .sections = std::move(sealed.sections)};
    const Position at = log_->append({{std::move(event)}, Unconditional{}, std::nullopt}).value().last;
    std::optional<ReadBody> with, without;
    const ReadOptions one{.after = at - 1, .up_to = at};
    log_->read(AllEvents{}, one, [&](const EventView& stored) { return with = read_body(stored).value(), true; }).value();
    store_.read(AllEvents{}, one, [&](const EventView& stored) { return without = read_body(stored).value(), true; }).value();
    return {*with, *without};
  }

  std::filesystem::path folder_;
  MemoryEventLog store_;
  std::unique_ptr<Keyring> keyring_;
  std::unique_ptr<SealedEventLog> log_;
  std::uint64_t ids_ = 0;
};

Body person() {
  return FactEntry{.id = {1}, .fact = PersonRegistered{{5}, "00001234", {"山田", "花子", "ヤマダ", "ハナコ"}, day(1989, 4, 1), Sex::kFemale}, .reason = "採用"};
}

TEST_F(SealedBodies, OfAPersonKeepWhoAndLoseTheNameWithTheKey) {
  const auto [with, without] = there_and_back(person(), {});
  EXPECT_EQ(to_json(with.body), to_json(person()));
  EXPECT_FALSE(with.erased);
  EXPECT_TRUE(without.erased);
  const auto& entry = std::get<FactEntry>(without.body);
  const auto& fact = std::get<PersonRegistered>(entry.fact);
  EXPECT_EQ(entry.id, FactId{1});
  EXPECT_EQ(fact.person, PersonId{5});
  EXPECT_EQ(fact.name, PersonName{});
  EXPECT_EQ(fact.staff_number, "");
  EXPECT_FALSE(fact.birth);
  EXPECT_EQ(entry.reason, "");
}

TEST_F(SealedBodies, OfALeaveKeepItsPeriodAndLoseWhatItIsFor) {
  const Body leave = FactEntry{.id = {1}, .fact = LeaveStarted{{6}, {5}, LeaveKind::kSick, day(2026, 4, 1), day(2026, 6, 30)}};
  const auto [with, without] = there_and_back(leave, {});
  EXPECT_EQ(to_json(with.body), to_json(leave));
  const auto& fact = std::get<LeaveStarted>(std::get<FactEntry>(without.body).fact);
  EXPECT_EQ(fact.from, day(2026, 4, 1));
  EXPECT_EQ(fact.last_day, day(2026, 6, 30));
  EXPECT_EQ(fact.kind, LeaveKind::kOther);
}

TEST_F(SealedBodies, OfACaseLoseWhatWasWrittenAndOfASecretOneAlsoWho) {
  const Body opened = CaseOpened{{9}, "line-care", 1, {"person", "p0000000000005"}, "notice", "noticed", {{"signs", "眠れない"}}, {5}, {}, {{.rule = "r", .facts = {{"age", "37"}}}}, {PersonId{11}}};
  for (const bool parties : {false, true}) {
    const auto [with, without] = there_and_back(opened, {.key_class = "health", .parties = parties, .field_classes = {}});
    EXPECT_EQ(to_json(with.body), to_json(opened)) << parties;
    const auto& read = std::get<CaseOpened>(without.body);
    EXPECT_EQ(read.procedure, "line-care");
    EXPECT_EQ(read.state, "noticed");
    EXPECT_TRUE(read.form.is_null());
    EXPECT_TRUE(read.checks.empty());
    EXPECT_EQ(read.by, parties ? PersonId{} : PersonId{5});
    EXPECT_EQ(read.subject.id, parties ? "" : "p0000000000005");
    EXPECT_EQ(read.named.size(), parties ? 0u : 1u);
  }
}

TEST_F(SealedBodies, SealFieldsOfAnotherClassUnderAKeyOfTheirOwn) {
  const Body acted = CaseActed{{9}, "order", "a", "b", {{"to_post", "t1"}, {"illness", "腰痛"}, {"gone", nullptr}}, "理由", {5}, {}, {}};
  const auto [with, without] = there_and_back(acted, {.key_class = "general", .parties = false, .field_classes = {{"illness", "health"}, {"gone", "health"}, {"absent", "health"}}});
  EXPECT_EQ(to_json(with.body), to_json(acted));
  const auto health = keyring_->key_for({"case:" + to_text(CaseId{9}), "health"}).id;
  keyring_->withhold({health});
  std::optional<ReadBody> after;
  log_->read(with_type("case/acted"), {}, [&](const EventView& stored) { return after = read_body(stored).value(), true; }).value();
  EXPECT_TRUE(after->erased);
  EXPECT_EQ(std::get<CaseActed>(after->body).form, (nlohmann::json{{"to_post", "t1"}}));
  EXPECT_EQ(std::get<CaseActed>(after->body).reason, "理由");
}

TEST_F(SealedBodies, OfUnitsAndOrdersHaveNothingToSeal) {
  for (const Body& body : {Body(FactEntry{.id = {1}, .fact = UnitRenamed{{1}, "人事課", day(2026, 4, 1)}, .corrects = {}, .case_id = {}, .reason = "誤記"}),
                           Body(FactEntry{.id = {2}, .fact = PostClosed{{4}, day(2026, 4, 1)}}), Body(Claimed{{9}, {5}}), Body(RolesSet{{14}, {"staff"}})}) {
    const auto [with, without] = there_and_back(body, {});
    EXPECT_EQ(to_json(with.body), to_json(body));
    EXPECT_EQ(to_json(without.body), to_json(body)) << event_type(body);
    EXPECT_FALSE(without.erased);
  }
}

RC_GTEST_FIXTURE_PROP(SealedBodies, ComeBackWhateverStandsInThem, (std::string family, std::string given, std::string comment, bool parties)) {
  const Body renamed = FactEntry{.id = {1}, .fact = Renamed{.person = {5}, .name = {family, given, "", ""}, .from = day(2026, 4, 1)}, .corrects = {}, .case_id = {}, .reason = comment};
  RC_ASSERT(std::get<Renamed>(std::get<FactEntry>(there_and_back(renamed, {}).first.body).fact).name == (PersonName{family, given, "", ""}));
  const auto commented = there_and_back(Commented{{9}, {5}, comment}, {.key_class = "harassment", .parties = parties, .field_classes = {}}).first;
  RC_ASSERT(std::get<Commented>(commented.body).text == comment);
  RC_ASSERT(std::get<Commented>(commented.body).by == PersonId{5});
}

}  // namespace
}  // namespace rireki
