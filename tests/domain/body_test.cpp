// Stored bytes: what is written is read back, the same value gives the same bytes, and bytes once written stay readable for ever (tests/golden).
#include <rapidcheck/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "domain/body.h"
#include "domain/fields.h"

namespace rireki {
namespace {

// One value of every kind, fixed for ever: tests/golden/ holds their bytes.
std::vector<Body> one_of_each() {
  const auto fact = [](Fact f) { return Body(FactEntry{.id = {7}, .fact = std::move(f), .corrects = {8}, .case_id = {9}, .reason = "誤記のため"}); };
  const Day from = day(2026, 4, 1), last = day(2027, 3, 31);
  const PersonName name{"髙橋", "﨑子", "タカハシ", "サキコ"};
  const RuleCheck check{"min-tenure", 2, false, {{"years", "1"}}};
  return {
      fact(UnitEstablished{{1}, "職員課", UnitLevel::kKa, {2}, from, last}), fact(UnitRenamed{{1}, "人事課", from}), fact(UnitAbolished{{1}, last, {3}}),
      fact(PostCreated{{4}, {1}, "課長", Grade::kSectionManager, {"事務", "ICT"}, 2, true, "hr-head", from}), fact(PostChanged{{4}, "担当課長", 3, from}), fact(PostClosed{{4}, last}),
      fact(PersonRegistered{{5}, "00001234", name, day(1989, 4, 1), Sex::kFemale}), fact(Renamed{{5}, name, from}),
      fact(Appointed{{5}, EmploymentType::kFixedTerm, "fixed-term", "administrative", "事務", Grade::kSenior, 6, "4-1", "特別の事情", from, last}),
      fact(TermRenewed{{5}, last, "更新"}), fact(Graded{{5}, Grade::kDirector, 1, from}), fact(Separated{{5}, SeparationKind::kRetired, last}),
      fact(Posted{{5}, {4}, PostingKind::kCover, from, last, {6}, "派遣", "令8-12"}), fact(PostingEnded{{5}, {4}, PostingKind::kConcurrent, last}),
      fact(LeaveStarted{{6}, {5}, LeaveKind::kChildcare, from, last}), fact(LeaveChanged{{6}, {5}, last}), fact(LeaveEnded{{6}, {5}, last}), fact(AwayDeclared{{5}, from, last}),
      fact(DeputyNamed{{4}, {5}, 2, {"personnel"}, from, kForever}), fact(QualificationGained{{5}, "保健師", from, kForever}), fact(SkillStated{{5}, "英語", true, from}),
      fact(RosterJoined{{5}, "support", R"({"days":2})", from, last}), fact(RosterLeft{{5}, "support", last}),
      fact(FigureRecorded{"nerima-hires", "2022", "I", "61", "people", {"uncertain"}, "000 取組1", {{"column", "1"}}}), fact(PolicySet{"transfer.min-years", "2", from}), fact(DutyCompleted{{5}, "one-on-one", from}),
      FactCancelled{{7}, {9}, "発令取消"},
      CaseOpened{{9}, "transfer", 1, {"person", "p0000000000005"}, "draft", "draft", {{"to_post", "t0000000000004"}}, {5}, {10}, {check}, {PersonId{11}}},
      CaseActed{{9}, "submit", "draft", "deciding", {{"a", 1}}, "理由", {5}, {check}, {PersonId{11}}},
      StationActed{{9}, 2, "hr-head", StationOutcome::kSentBack, StationMode::kDeputy, {5}, {12}, "差戻し", "home-head", "draft", true, {{"decided-within-grade", 1, false, {{"grade", "team-head"}}}}}, PulledBack{{9}, 1, {5}, "引戻し", "draft"},
      Commented{{9}, {5}, "コメント"}, Attached{{9}, {5}, "写し.pdf", "application/pdf", std::string(64, 'a'), 1234}, Claimed{{9}, {5}}, Assigned{{9}, {5}, {13}},
      Migrated{{9}, 2, "draft", {5}, "新版"}, DefinitionPublished{"transfer", 1, "{}", from}, AccountOpened{{14}, "00001234", {5}, {"staff", "hr"}}, RolesSet{{14}, {"staff"}}, AccountClosed{{14}},
      DeadlinePassed{{9}, "ordered", from, 1, "handed-up", {{"role", "hr"}}},
      SecondFactorSet{{14}, "totp"}, TokenIssued{{14}, {15}, "給与システム", {"read:people"}, last}, TokenRevoked{{14}, {15}}, IdentityLinked{{14}, "https://id.example.lg.jp", "s-1"},
      SignedIn{{14}, "password", "ok"}, RecordsViewed{{14}, {5}, {"case:c0000000000009"}, "health", "面談準備", "case", "s1"},
      EmergencyOpened{{16}, {9}, {14}, {5}, "life", "本人と連絡が取れず、生命の危険があるため", Instant{std::chrono::microseconds{1'767'225'600'000'000}}},
      EmergencyReviewed{{16}, {17}, {18}, true, "やむを得ない"}, Proposed{{19}, "erasure", R"({"targets":["person:p0000000000005"]})", std::string(64, 'b'), {14}, {5}, "s1"},
      ProposalDecided{{19}, true, std::string(64, 'b'), {17}, {18}, "確認した"}, HoldPlaced{{20}, "person:p0000000000005", "litigation", "係争中", {14}, {5}},
      HoldReleased{{20}, "終結", {17}, {18}}, Erased{{19}, {"person:p0000000000005"}, "health-record", 3, 1, 2, std::string(64, 'c'), std::string(64, 'd')}, ProposalCarriedOut{{19}, "account:a0000000000017", {17}, {18}},
      CaseCorrected{{9}, 41, {{"from", "2026-04-15"}}, true, "日付の誤り", {5}}, LogKeyIntroduced{"ward.example/rireki/log/1+00000000+AQ=="}, LogEpochBegun{"ward.example/rireki/log/2", "note", "控えから戻した"},
      WitnessNamed{"audit.example+00000000+BA==", {17}, {18}}, WitnessDropped{"audit.example+00000000+BA==", {17}, {18}}, ActionRefused{{9}, "transfer", "order", "one-main-post", {14}, {5}},
      CorrectionSettled{"fact:f0000000000007", "case:c0000000000009", "stands", "そのまま", {14}, {5}}};
}

std::string file_name(const Body& body) {
  std::string type = event_type(body);
  std::replace(type.begin(), type.end(), '/', '-');
  return std::string(RIREKI_SOURCE_DIR) + "/tests/golden/body-" + type + "-v1.bin";
}
std::optional<std::string> read_file(const std::string& name) {
  std::ifstream in(name, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(Body, HasOneExampleOfEveryKindOfEvent) {
  std::set<std::string> types;
  for (const auto& body : one_of_each()) types.insert(event_type(body));
  for (const auto& type : all_fact_types()) EXPECT_TRUE(types.contains(type)) << type;
  for (const auto& type : all_case_event_types()) EXPECT_TRUE(types.contains(type)) << type;
  EXPECT_EQ(types.size(), std::variant_size_v<Fact> + std::variant_size_v<Body> - 1);
}

TEST(Body, ReadsBackWhatItWrote) {
  for (const auto& body : one_of_each()) {
    const auto again = decode(encode(body));
    ASSERT_TRUE(again) << event_type(body) << ": " << again.error().what;
    EXPECT_EQ(to_json(*again), to_json(body)) << event_type(body);
    EXPECT_EQ(event_type(*again), event_type(body));
    EXPECT_EQ(encode(*again), encode(body)) << event_type(body);
  }
}

TEST(Body, KeepsATextWholeWhateverStandsInIt) {
  using namespace std::string_literals;
  const FactEntry entry{.id = {1}, .fact = Renamed{.person = {5}, .name = {"区\0民"s, "花\0"s, "", ""}, .from = day(2026, 4, 1)}, .corrects = {}, .case_id = {}, .reason = "誤\0記"s};
  const auto again = std::get<FactEntry>(decode(encode(entry)).value());
  EXPECT_EQ(again.reason, entry.reason);
  EXPECT_EQ(to_json(again.fact), to_json(entry.fact));
  const CaseActed acted{.case_id = {9}, .action = "order", .from = "a", .to = "b", .form = nlohmann::json::object(), .reason = "x\0y"s, .by = {5}, .checks = {{.rule = "r", .facts = {{"n"s, "v\0w"s}}}}};
  EXPECT_EQ(to_json(decode(encode(acted)).value()), to_json(Body(acted)));
}

// A missing file is written on the first run and then kept: a change of the stored form must never go unseen.
TEST(Body, KeepsTheBytesOfEveryKindForEver) {
  for (const auto& body : one_of_each()) {
    const auto golden = read_file(file_name(body));
    if (!golden) {
      std::ofstream(file_name(body), std::ios::binary) << encode(body);
      ADD_FAILURE() << file_name(body) << " was missing and has been written; look at it and commit it";
      continue;
    }
    EXPECT_EQ(encode(body), *golden) << event_type(body) << ": the stored form changed";
    const auto old = decode(*golden);
    ASSERT_TRUE(old) << event_type(body);
    EXPECT_EQ(to_json(*old), to_json(body)) << event_type(body);
  }
}

TEST(Body, TakesFactsFromTheJsonItGives) {
  for (const auto& body : one_of_each())
    if (const auto* entry = std::get_if<FactEntry>(&body)) {
      const auto again = fact_from_json(fact_type(entry->fact).substr(5), to_json(entry->fact));
      ASSERT_TRUE(again) << fact_type(entry->fact) << " " << again.error().front().pointer;
      EXPECT_EQ(to_json(*again), to_json(entry->fact));
    }
}

TEST(Body, NamesEveryWrongMemberOfAFact) {
  const auto wrong = fact_from_json("posted", {{"person", "x"}, {"from", "2026-02-30"}, {"kind", "nowhere"}, {"colour", "red"}});
  ASSERT_FALSE(wrong);
  std::set<std::string> pointers;
  for (const auto& error : wrong.error()) {
    pointers.insert(error.pointer);
    EXPECT_FALSE(error.message.ja.empty());
    EXPECT_FALSE(error.message.en.empty());
  }
  EXPECT_EQ(pointers, (std::set<std::string>{"/person", "/post", "/from", "/kind", "/colour"}));
  EXPECT_EQ(fact_from_json("no-such-kind", nlohmann::json::object()).error().front().pointer, "/kind");
}

TEST(Body, AnswersHostileBytesWithAnError) {
  EXPECT_FALSE(decode(""));
  EXPECT_FALSE(decode("1234567"));
  std::mt19937_64 random(1);
  for (const auto& body : one_of_each()) {
    const std::string good = encode(body);
    for (std::size_t cut = 0; cut < good.size(); cut += 8) std::ignore = decode(good.substr(0, cut));
    for (int i = 0; i < 200; ++i) {
      std::string bad = good;
      for (int flips = 0; flips < 3; ++flips) bad[random() % bad.size()] = static_cast<char>(random());
      if (const auto read = decode(bad)) std::ignore = to_json(*read).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    }
  }
}

RC_GTEST_PROP(Body, NeverFallsOverAnyBytes, (const std::vector<std::uint8_t>& bytes)) {
  std::ignore = decode(std::string(bytes.begin(), bytes.end()));
}

}  // namespace
}  // namespace rireki
