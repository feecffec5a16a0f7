// The approval line by itself: parallel stations and quorum, 専決, 代決, 欠員, 供覧, rounds. A small procedure with the line each test asks for.
#include "small_ward.h"

namespace rireki {
namespace {

using nlohmann::json;

json station(const char* id, const char* kind, json who, json more = json::object()) {
  json one = {{"id", id}, {"title", {{"ja", id}, {"en", id}}}, {"kind", kind}, {"who", json::array({std::move(who)})}};
  one.update(more);
  return one;
}
json function(const char* name) { return {{"function", name}}; }
json relation(const char* name) { return {{"relation", name}}; }
json role(const char* name) { return {{"role", name}}; }
json group(std::initializer_list<json> stations, int quorum = 0) {
  json one = {{"stations", json::array()}};
  for (const auto& each : stations) one["stations"].push_back(each);
  if (quorum > 0) one["quorum"] = quorum;
  return one;
}
const json kMayorDecides = group({station("mayor", "decide", function("appointing-authority"))});

json minutes(json groups) {
  const json hr = json::array({role("hr")}), text = {{"ja", "伺い"}, {"en", "Proposal"}};
  return {{"id", "proposal"}, {"version", 1}, {"in_force", {{"from", "2015-04-01"}}}, {"title", text}, {"source", {"test"}}, {"subject", {{"kind", "person"}}},
          {"opens", {{"who", hr}}}, {"secrecy", {{"class", "personnel"}, {"readers", hr}, {"told", json::array({relation("self")})}}}, {"retention", {{"class", "order"}, {"starts", "completion"}}},
          {"states",
           {{"draft", {{"title", text}, {"kind", "draft"}}}, {"done", {{"title", text}, {"kind", "done"}}}, {"refused", {{"title", text}, {"kind", "refused"}}}, {"agreed", {{"title", text}, {"kind", "running"}}},
            {"deciding", {{"title", text}, {"kind", "waiting"}, {"line", {{"id", "line"}, {"title", text}, {"groups", std::move(groups)}, {"approved", "agreed"}, {"refused", "refused"}, {"sent_back", "draft"}}}}}}},
          {"actions",
           {{{"id", "open"}, {"title", text}, {"opens_case", true}, {"to", "draft"}, {"form", "words"}, {"who", hr}},
            {{"id", "write"}, {"title", text}, {"from", {"draft"}}, {"form", "words"}, {"who", hr}},
            {{"id", "note"}, {"title", text}, {"from", "any"}, {"form", "words"}, {"who", hr}},
            {{"id", "submit"}, {"title", text}, {"from", {"draft"}}, {"to", "deciding"}, {"who", hr}},
            {{"id", "reopen"}, {"title", text}, {"from", {"agreed"}}, {"to", "draft"}, {"who", hr}},
            {{"id", "finish"}, {"title", text}, {"from", {"agreed"}}, {"to", "done"}, {"who", hr}}}},
          {"forms", {{"words", {{"type", "object"}, {"additionalProperties", false}, {"properties", {{"words", {{"type", "string"}, {"title", "文"}, {"x-title-en", "Words"}}}}}}}}}};
}

class LineTest : public ::testing::Test, protected CaseRunner {
 protected:
  void submitted(json groups, const Actor& drafter = as_hr()) {
    auto loaded = load_definitions({{"proposal.json", minutes(std::move(groups)).dump()}});
    ASSERT_TRUE(loaded) << loaded.error().front().pointer << " " << loaded.error().front().reason.en;
    definitions.push_back(loaded->front());
    ASSERT_EQ(open(drafter, "proposal", kStaff, {{"words", "案"}}), "") << refusal.message.en;
    ASSERT_EQ(act(drafter, "submit"), "");
  }
  void away(PersonId person) { ward.facts.record(AwayDeclared{.person = person, .from = today, .last_day = today + days{3}}); }
  void gone(PersonId person, PostId post) { ward.facts.record(PostingEnded{.person = person, .post = post, .last_day = today - days{1}}); }
  void deputy(PostId post, PersonId person, int order, std::vector<std::string> excluded = {}) {
    ward.facts.record(DeputyNamed{.post = post, .deputy = person, .order = order, .excluded_matters = std::move(excluded), .from = SmallWard::kStart});
  }
  static constexpr PostId kMayorPost{301}, kDirectorPost{302};
};

// --- Order, parallel, quorum ---

TEST_F(LineTest, WaitsForAQuorumOfAParallelGroupAndNoLonger) {
  submitted({group({station("a", "consult", relation("head-of-home-unit")), station("b", "consult", function("hr-head")), station("c", "consult", function("hr-director"))}, 2), kMayorDecides});
  EXPECT_EQ(act(as(kHrHead), "approve"), "");
  EXPECT_EQ(act(as(kMayor), "approve"), "not-entitled");
  EXPECT_EQ(act(as(kHrDirector), "approve"), "");
  EXPECT_EQ(act(as(kHomeManager), "approve"), "not-entitled") << "two of three were enough";
  EXPECT_EQ(act(as(kMayor), "approve"), "");
  EXPECT_EQ(state().state, "agreed");
  EXPECT_EQ(stations(), (std::map<std::string, std::string>{{"a", "struck"}, {"b", "approved"}, {"c", "approved"}, {"mayor", "approved"}}));
}

TEST_F(LineTest, WaitsForEveryDeciderOfAParallelGroup) {
  submitted({group({station("head", "decide", function("hr-head")), station("director", "decide", function("hr-director"))})});
  EXPECT_EQ(act(as(kHrHead), "approve"), "");
  EXPECT_EQ(state().state, "deciding");
  EXPECT_EQ(act(as(kHrDirector), "approve"), "");
  EXPECT_EQ(state().state, "agreed");
}

TEST_F(LineTest, ADelegatedDecisionStillWaitsForThoseAskedBesideIt) {
  const json limit = {{"limit", {{"rule", "decided-within-grade"}, {"params", {{"up_to", "senior"}, {"at", "/words"}}}}}};
  submitted({group({station("head", "decide", function("hr-head"), limit), station("home", "consult", relation("head-of-home-unit"))}), kMayorDecides});
  EXPECT_EQ(act(as(kHrHead), "approve"), "");
  EXPECT_EQ(state().state, "deciding");
  EXPECT_EQ(act(as(kHomeManager), "approve"), "");
  EXPECT_EQ(state().state, "agreed") << "専決";
  EXPECT_EQ(stations().at("mayor"), "struck");
}

TEST_F(LineTest, KeepsTheRuleThatMadeADecisionFinal_R167) {
  const json limit = {{"limit", {{"rule", "decided-within-grade"}, {"params", {{"up_to", "senior"}, {"at", "/words"}}}}}};
  submitted({group({station("head", "decide", function("hr-head"), limit)}), kMayorDecides});
  ASSERT_EQ(act(as(kHrHead), "approve"), "");
  const auto event = std::get<StationActed>(decode(history.at(current).back().body).value());
  ASSERT_EQ(event.checks.size(), 1u);
  EXPECT_EQ(event.checks.front().rule, "decided-within-grade");
  EXPECT_TRUE(event.checks.front().passed);
  EXPECT_EQ(event.mode, StationMode::kDelegated);
}

TEST_F(LineTest, RefusesAtAReviewOrADecisionButNotWhereOnlyConsulted) {
  submitted({group({station("home", "consult", relation("head-of-home-unit"))}), group({station("head", "review", function("hr-head"))}), kMayorDecides});
  EXPECT_EQ(act(as(kHomeManager), "refuse", {}, "反対"), "not-entitled");
  EXPECT_EQ(act(as(kHomeManager), "approve"), "");
  EXPECT_EQ(act(as(kHrHead), "refuse"), "reason-required");
  EXPECT_EQ(act(as(kHrHead), "refuse", {}, "時期尚早"), "");
  EXPECT_EQ(state().state, "refused");
  EXPECT_EQ(stations().at("head"), "refused");
  EXPECT_EQ(act(as(kMayor), "approve"), "not-in-this-state");
}

// --- Who sits there ---

TEST_F(LineTest, DeputiesStandInInTheirOrder) {
  deputy(kMayorPost, kHrDirector, 1);
  deputy(kMayorPost, kHrHead, 2);
  submitted({kMayorDecides});
  away(kMayor);
  EXPECT_EQ(act(as(kHrHead), "approve"), "not-entitled") << "the first in order is there";
  EXPECT_FALSE(offers(as(kHrHead), "approve"));
  away(kHrDirector);
  EXPECT_TRUE(offers(as(kHrHead), "approve"));
  EXPECT_EQ(act(as(kHrHead), "approve"), "");
  EXPECT_EQ(state().stations.back().for_person, kMayor);
  EXPECT_EQ(state().reviews_owed, (std::vector<std::pair<std::string, PersonId>>{{"mayor", kMayor}}));
}

TEST_F(LineTest, ADeputyForWhomTheMatterIsExcludedLeavesItToTheNext) {
  deputy(kMayorPost, kHrDirector, 1, {"personnel"});
  deputy(kMayorPost, kHrHead, 2);
  submitted({group({station("mayor", "decide", function("appointing-authority"), {{"matter", "personnel"}})})});
  away(kMayor);
  EXPECT_EQ(act(as(kHrDirector), "approve"), "deputy-excluded-matter");
  EXPECT_EQ(act(as(kHrHead), "approve"), "");
}

TEST_F(LineTest, AnActingHolderSitsAtAVacantPost) {
  gone(kHrHead, kHrHeadPost);
  ward.facts.record(Posted{.person = kHrSecond, .post = kHrHeadPost, .kind = PostingKind::kActing, .from = today, .order_kind = {}, .order_number = {}});
  submitted({group({station("head", "decide", function("hr-head"))})});
  EXPECT_EQ(act(as(kHrDirector), "approve"), "not-entitled") << "somebody acts for the head: the superior need not";
  EXPECT_EQ(act(as(kHrSecond), "approve"), "");
  EXPECT_EQ(state().stations.back().mode, StationMode::kActing);
}

TEST_F(LineTest, TheNextSuperiorWhoIsThereSitsAtAVacantPost) {
  gone(kHomeManager, kHomeManagerPost);
  ward.hold(PersonId{160}, ward.post({310}, UnitId{3}, 1, true), Grade::kDirector);  // 部長
  submitted({group({station("home", "consult", relation("head-of-home-unit"))}), kMayorDecides});
  EXPECT_EQ(with_context([&](const DecisionContext& context) { return waiting_on(context, *definition("proposal"), state()); }).front(), "person:" + to_text(PersonId{160}))
      << "the worklist finds whoever stands in";
  EXPECT_EQ(act(as(PersonId{160}), "approve"), "");
  EXPECT_EQ(state().stations.back().mode, StationMode::kActing);
  EXPECT_EQ(state().stations.back().for_person, PersonId{});
}

TEST_F(LineTest, AStationWithNobodyIsPassedOverUnlessItIsTheLastToDecide) {
  gone(kHrHead, kHrHeadPost);
  gone(kHrDirector, kDirectorPost);
  submitted({group({station("head", "consult", function("hr-head"))}), group({station("director", "decide", function("hr-director"))}), kMayorDecides});
  EXPECT_EQ(stations(), (std::map<std::string, std::string>{{"director", "skipped"}, {"head", "skipped"}, {"mayor", "next"}}));
  gone(kMayor, kMayorPost);
  EXPECT_EQ(stations().at("mayor"), "next") << "somebody has to decide: the case waits until the post is filled";
  EXPECT_EQ(act(as(kHrSecond), "approve"), "not-entitled");
}

TEST_F(LineTest, TheSuperiorOfThePersonConcernedSitsByTheirPostWithItsDeputies) {
  deputy(PostId{303}, kDeputyPerson, 1);
  submitted({group({station("superior", "review", relation("superior-of-subject"))}), kMayorDecides});
  away(kHomeTeamHead);
  EXPECT_EQ(act(as(kDeputyPerson), "approve"), "");
  EXPECT_EQ(state().stations.back().mode, StationMode::kDeputy);
  EXPECT_EQ(state().stations.back().for_person, kHomeTeamHead);
}

TEST_F(LineTest, ARoleTakesAStationButNeverItsDrafterOrTheSamePersonTwice_R164) {
  submitted({group({station("first", "review", role("hr"))}), group({station("second", "decide", role("hr"))})});
  EXPECT_EQ(act(as(kHrSecond, {"hr"}), "approve"), "");
  EXPECT_EQ(act(as(kHrSecond, {"hr"}), "approve"), "nobody-approves-their-own") << "where two must agree the second is another";
  EXPECT_EQ(act(as_hr(), "approve"), "nobody-approves-their-own") << "the drafter";
  EXPECT_EQ(act(as(kStaff, {"hr"}), "approve"), "nobody-approves-their-own") << "the person concerned";
  EXPECT_EQ(act({AccountId{1}, PersonId{}, {"hr"}}, "approve"), "not-entitled") << "a service is nobody";
  EXPECT_EQ(act(as(kNurse, {"hr"}), "approve"), "");
  EXPECT_EQ(state().state, "agreed");
}

TEST_F(LineTest, WhoeverOpenedItDoesNotDecideItEvenIfAnotherSubmitted) {
  auto loaded = load_definitions({{"proposal.json", minutes({group({station("head", "decide", function("hr-head"))})}).dump()}});
  definitions.push_back(loaded->front());
  ASSERT_EQ(open(as(kHrHead, {"hr"}), "proposal", kStaff, json::object()), "");
  ASSERT_EQ(act(as_hr(), "submit"), "");
  EXPECT_EQ(act(as(kHrHead, {"hr"}), "approve"), "nobody-approves-their-own");
  EXPECT_EQ(act(as(kHrDirector), "approve"), "") << "the next superior decides";
}

TEST_F(LineTest, OnePersonAtStationsThatFollowEachOtherApprovesOnceAndIsRecordedAtEach) {
  gone(kHrHead, kHrHeadPost);  // the director acts there too
  submitted({group({station("head", "decide", function("hr-head"))}), group({station("director", "decide", function("hr-director"))})});
  EXPECT_EQ(act(as(kHrDirector), "approve"), "");
  EXPECT_EQ(state().state, "agreed");
  ASSERT_EQ(state().stations.size(), 2u);
  EXPECT_EQ(state().stations[0].mode, StationMode::kActing);
  EXPECT_EQ(state().stations[1].mode, StationMode::kOwn);
}

TEST_F(LineTest, WhoeverDraftedOrAgreedBeforeIsNotAskedToAgreeAgain) {
  submitted({group({station("first", "consult", function("hr-head"))}), group({station("other", "review", function("hr-director"))}), group({station("again", "consult", function("hr-head"))}), kMayorDecides});
  EXPECT_EQ(act(as(kHrHead), "approve"), "");
  EXPECT_EQ(act(as(kHrDirector), "approve"), "");
  EXPECT_EQ(stations().at("again"), "skipped");
  EXPECT_EQ(act(as(kMayor), "approve"), "");
}

// --- 供覧 ---

TEST_F(LineTest, CirculationHoldsNothingUpAndIsSeenWhenever) {
  submitted({group({station("circulated", "inform", relation("head-of-home-unit"))}), kMayorDecides});
  EXPECT_EQ(act(as(kMayor), "approve"), "");
  EXPECT_EQ(state().state, "agreed");
  EXPECT_TRUE(reads(as(kHomeManager)));
  EXPECT_EQ(act(as(kHomeManager), "seen"), "");
  EXPECT_EQ(stations().at("circulated"), "seen");
  EXPECT_EQ(act(as(kHomeManager), "seen"), "not-entitled") << "once";
  EXPECT_EQ(act(as(kNewManager), "seen"), "not-entitled");
}

// --- Rounds ---

TEST_F(LineTest, SentBackToAStationResumesThereAndKeepsWhatCameBefore) {
  submitted({group({station("home", "consult", relation("head-of-home-unit"))}), group({station("head", "review", function("hr-head"))}), kMayorDecides});
  ASSERT_EQ(act(as(kHomeManager), "approve"), "");
  ASSERT_EQ(act(as(kHrHead), "approve"), "");
  EXPECT_EQ(act(as(kMayor), "send-back", {}, "数字を確かめる", "mayor"), "unknown-station") << "only to an earlier one";
  EXPECT_EQ(act(as(kMayor), "send-back", {}, "数字を確かめる", "head"), "");
  EXPECT_EQ(state().round, 2);
  EXPECT_EQ(stations(), (std::map<std::string, std::string>{{"home", "approved"}, {"head", "next"}, {"mayor", "sent-back"}}));
  EXPECT_EQ(act(as_hr(), "pull-back"), "too-late-to-pull-back") << "the round rests on those who agreed before";
  EXPECT_EQ(act(as(kHrHead), "approve"), "");
  EXPECT_EQ(act(as(kMayor), "approve"), "");
  EXPECT_EQ(state().stations.size(), 5u);
}

TEST_F(LineTest, ATextThatIsTakenUpAgainAfterTheDecisionIsAgreedAgain) {
  submitted({group({station("home", "consult", relation("head-of-home-unit"))}), kMayorDecides});
  ASSERT_EQ(act(as(kHomeManager), "approve"), "");
  ASSERT_EQ(act(as(kMayor), "approve"), "");
  ASSERT_EQ(act(as_hr(), "reopen"), "");
  ASSERT_EQ(act(as_hr(), "write", {{"words", "別の案"}}), "");
  ASSERT_EQ(act(as_hr(), "submit"), "");
  EXPECT_EQ(state().round, 2);
  EXPECT_EQ(act(as(kMayor), "approve"), "not-entitled");
  EXPECT_EQ(act(as(kHomeManager), "approve"), "");
  EXPECT_EQ(act(as(kMayor), "approve"), "");
}

TEST_F(LineTest, TheTextStandsWhileItIsDecided) {
  submitted({kMayorDecides});
  EXPECT_FALSE(offers(as_hr(), "note"));
  EXPECT_EQ(act(as_hr(), "note", {{"words", "差し替え"}}), "not-in-this-state");
  EXPECT_EQ(act(as_hr(), "pull-back"), "");
  EXPECT_EQ(act(as_hr(), "note", {{"words", "差し替え"}}), "");
}

TEST_F(LineTest, AFormSentAgainWithoutAFieldClearsItAndTheEventsSaySo) {
  submitted({kMayorDecides});
  ASSERT_EQ(act(as_hr(), "pull-back"), "");
  EXPECT_EQ(state().form, (json{{"words", "案"}}));
  ASSERT_EQ(act(as_hr(), "write"), "");
  EXPECT_EQ(state().form, json::object());
  EXPECT_EQ(std::get<CaseActed>(decode(history.at(current).back().body).value()).form, (json{{"words", nullptr}}));
}

TEST_F(LineTest, RefusesAStationThatTheLineDoesNotHave) {
  submitted({kMayorDecides});
  const auto rule = with_context([&](const DecisionContext& context) {
    return decide(context, *definition("proposal"), state(), as(kMayor), {.procedure = {}, .subject = {}, .action = "approve", .station = "nowhere"}).error().rule;
  });
  EXPECT_EQ(rule, "unknown-station");
}

}  // namespace
}  // namespace rireki
