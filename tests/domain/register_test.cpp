// The register and its invariants, by the examples of the catalogue's rules.
#include "fact_vector.h"

namespace rireki {
namespace {

constexpr UnitId kDepartment{1}, kSection{2}, kTeam{3};
constexpr PostId kDirectorPost{11}, kManagerPost{12}, kHeadPost{13}, kSeats{14}, kSeat{15};
constexpr PersonId kDirector{21}, kManager{22}, kHead{23}, kAiko{24}, kMori{25};
constexpr LeaveId kLeave{31};
const Day kApril = day(2024, 4, 1);
using Rules = std::vector<std::string>;

class RegisterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const Day start = day(2010, 4, 1);
    ward_.record(UnitEstablished{.unit = kDepartment, .name = "総務部", .level = UnitLevel::kBu, .parent = {}, .from = start});
    ward_.record(UnitEstablished{.unit = kSection, .name = "職員課", .level = UnitLevel::kKa, .parent = kDepartment, .from = start});
    ward_.record(UnitEstablished{.unit = kTeam, .name = "人事係", .level = UnitLevel::kKakari, .parent = kSection, .from = start});
    post(kDirectorPost, kDepartment, 1, true);
    post(kManagerPost, kSection, 1, true);
    post(kHeadPost, kTeam, 1, true);
    post(kSeats, kTeam, 3, false);
    post(kSeat, kTeam, 1, false);
    for (const auto person : {kDirector, kManager, kHead, kAiko, kMori}) employ(person);
    ward_.record(Posted{.person = kDirector, .post = kDirectorPost, .from = kApril});
    ward_.record(Posted{.person = kManager, .post = kManagerPost, .from = kApril});
    ward_.record(Posted{.person = kHead, .post = kHeadPost, .from = kApril});
    aiko_posted_ = ward_.record(Posted{.person = kAiko, .post = kSeats, .from = kApril});
  }
  void post(PostId id, UnitId unit, int quota, bool head) {
    ward_.record(PostCreated{.post = id, .unit = unit, .title = "職", .job_categories = {}, .quota = quota, .head = head, .function = {}, .from = day(2010, 4, 1)});
  }
  void employ(PersonId person, EmploymentType type = EmploymentType::kRegular, Day from = day(2015, 4, 1)) {
    ward_.record(PersonRegistered{.person = person, .staff_number = std::to_string(person.value), .name = {"見本", "職員", "ミホン", "ショクイン"}, .birth = day(1989, 4, 1)});
    ward_.record(Appointed{.person = person, .type = type, .exam_category = "I", .job_family = {}, .job_category = "事務", .term_article = {}, .term_reason = {}, .from = from});
  }
  Register reg() { return Register(ward_); }

  FactVector ward_;
  FactId aiko_posted_;
};

TEST_F(RegisterTest, KnowsUnitSuperiorAndHeadOnADay) {
  auto r = reg();
  EXPECT_EQ(r.unit_of(kAiko, {kApril}), kTeam);
  EXPECT_FALSE(r.unit_of(kAiko, {kApril - days{1}}));
  EXPECT_EQ(r.head_of(kTeam, {kApril}), kHead);
  EXPECT_EQ(r.superior_of(kAiko, {kApril}), kHead);
  EXPECT_EQ(r.superior_of(kHead, {kApril}), kManager);
  EXPECT_EQ(r.superior_of(kDirector, {kApril}), std::nullopt);
  EXPECT_TRUE(r.is_superior_of(kDirector, kAiko, {kApril}));
  EXPECT_FALSE(r.is_superior_of(kAiko, kHead, {kApril}));
  EXPECT_TRUE(r.is_within(kTeam, kDepartment, {kApril}));
}

TEST_F(RegisterTest, SkipsAVacantLevelWhenItNamesASuperior) {
  ward_.record(PostingEnded{.person = kHead, .post = kHeadPost, .last_day = day(2024, 6, 30)});
  EXPECT_EQ(reg().superior_of(kAiko, {day(2024, 7, 1)}), kManager);
}

TEST_F(RegisterTest, CountsYearsOfServiceByFiscalYear_R003) {
  EXPECT_EQ(reg().years_of_service(kAiko, {day(2015, 4, 1)}), 1);
  EXPECT_EQ(reg().years_of_service(kAiko, {day(2024, 3, 31)}), 9);
}

TEST_F(RegisterTest, ReachesAnAgeOnTheDayBeforeTheBirthday_R004) {
  EXPECT_EQ(reg().age(kAiko, {day(2024, 3, 31)}), 35);
  EXPECT_EQ(reg().age(kAiko, {day(2024, 3, 30)}), 34);
}

TEST_F(RegisterTest, AnswersAsKnownThen_R006) {
  const Position before = ward_.position();
  ward_.record(PostingEnded{.person = kAiko, .post = kSeats, .last_day = day(2024, 4, 30)});
  ward_.record(Posted{.person = kAiko, .post = kSeat, .from = day(2024, 5, 1)});
  EXPECT_EQ(reg().main_posting(kAiko, {day(2024, 5, 5), before})->post, kSeats);
  EXPECT_EQ(reg().main_posting(kAiko, {day(2024, 5, 5)})->post, kSeat);
}

TEST_F(RegisterTest, TakesACorrectionInPlaceOfWhatItReplacesAndKeepsBothReadable_R007) {
  const Position before = ward_.position();
  ward_.record(Posted{.person = kAiko, .post = kSeats, .from = day(2024, 5, 1)}, aiko_posted_);
  EXPECT_FALSE(reg().main_posting(kAiko, {kApril}));
  EXPECT_TRUE(reg().main_posting(kAiko, {kApril, before}));
  EXPECT_TRUE(reg().find_fact(aiko_posted_, "person:" + to_text(kAiko)));
}

TEST_F(RegisterTest, ForgetsACancelledFactFromThatPositionOn) {
  const Position before = ward_.position();
  ward_.cancel(aiko_posted_, "誤り");
  EXPECT_FALSE(reg().main_posting(kAiko, {kApril}));
  EXPECT_TRUE(reg().main_posting(kAiko, {kApril, before}));
}

TEST_F(RegisterTest, EndsPostingsWithEmployment_R009) {
  ward_.record(Separated{.person = kAiko, .kind = SeparationKind::kResigned, .last_day = day(2024, 6, 30)});
  EXPECT_TRUE(reg().main_posting(kAiko, {day(2024, 6, 30)}));
  EXPECT_FALSE(reg().main_posting(kAiko, {day(2024, 7, 1)}));
  EXPECT_EQ(reg().vacancy(kSeats, {day(2024, 7, 1)})->open, 3);
}

TEST_F(RegisterTest, RefusesASecondMainPost_R010) {
  EXPECT_EQ(ward_.admit({Posted{.person = kAiko, .post = kSeat, .from = kApril}}), Rules{"one-main-post"});
  EXPECT_EQ(ward_.admit({Posted{.person = kAiko, .post = kSeat, .from = day(2025, 4, 1)}, PostingEnded{.person = kAiko, .post = kSeats, .last_day = day(2025, 3, 31)}}), Rules{})
      << "the order inside a batch does not matter";
}

TEST_F(RegisterTest, RefusesAConcurrentPostWithoutAMainPost_R011) {
  EXPECT_EQ(ward_.admit({Posted{.person = kMori, .post = kSeats, .kind = PostingKind::kConcurrent, .from = kApril}}), Rules{"concurrent-needs-main"});
  ward_.record(PostingEnded{.person = kAiko, .post = kSeats, .last_day = day(2024, 6, 30)});
  EXPECT_EQ(ward_.admit({Posted{.person = kAiko, .post = kSeat, .kind = PostingKind::kConcurrent, .from = kApril, .last_day = day(2024, 9, 30)}}), Rules{"concurrent-needs-main"});
  EXPECT_EQ(ward_.admit({Posted{.person = kAiko, .post = kSeat, .kind = PostingKind::kConcurrent, .from = kApril}}), Rules{});
  EXPECT_EQ(reg().all_postings(kAiko).back().period.last, day(2024, 6, 30));
}

TEST_F(RegisterTest, KeepsAPostingInsideTheLifeOfPostAndUnit_R012) {
  EXPECT_EQ(ward_.admit({Posted{.person = kMori, .post = kSeat, .from = day(2016, 4, 1), .last_day = day(2017, 3, 31)}}), Rules{});
  EXPECT_EQ(ward_.admit({PostClosed{.post = kSeat, .last_day = day(2020, 3, 31)}}), Rules{});
  EXPECT_EQ(ward_.admit({Posted{.person = kMori, .post = kSeat, .from = day(2019, 4, 1), .last_day = day(2020, 6, 30)}}), Rules{"posting-within-post"});
  EXPECT_EQ(ward_.admit({Posted{.person = kMori, .post = PostId{99}, .from = kApril}}), Rules{"known-post"});
}

TEST_F(RegisterTest, AbolishesAUnitOnlyWhenNobodyRemains_R013) {
  EXPECT_EQ(ward_.admit({UnitAbolished{.unit = kTeam, .last_day = day(2025, 3, 31), .successor = {}}}), Rules{"unit-abolition-empty"});
  EXPECT_EQ(ward_.admit({UnitAbolished{.unit = kTeam, .last_day = day(2025, 3, 31), .successor = {}}, PostingEnded{.person = kAiko, .post = kSeats, .last_day = day(2025, 3, 31)},
                         PostingEnded{.person = kHead, .post = kHeadPost, .last_day = day(2025, 3, 31)}}), Rules{});
  EXPECT_FALSE(reg().unit(kTeam, {day(2025, 4, 1)}));
}

TEST_F(RegisterTest, ShowsAVacancyWithoutItsCause_R017) {
  ward_.record(LeaveStarted{.leave = kLeave, .person = kAiko, .kind = LeaveKind::kSick, .from = day(2024, 5, 10), .last_day = day(2024, 8, 31)});
  const auto vacancy = reg().vacancy(kSeats, {day(2024, 5, 10)});
  EXPECT_EQ(vacancy->holders, 1);
  EXPECT_EQ(vacancy->present, 0);
  EXPECT_EQ(vacancy->open, 3);
}

TEST_F(RegisterTest, RefusesTwoPeopleIntoOneSingleSeatAndNamesBoth_R054) {
  EXPECT_EQ(ward_.admit({PostingEnded{.person = kAiko, .post = kSeats, .last_day = day(2025, 3, 31)}, Posted{.person = kAiko, .post = kSeat, .from = day(2025, 4, 1)},
                         Posted{.person = kMori, .post = kSeat, .from = day(2025, 4, 1)}}), (Rules{"post-quota", "post-quota"}));
}

TEST_F(RegisterTest, KeepsACoverInsideTheLeaveItCovers_R115) {
  ward_.record(Posted{.person = kMori, .post = kSeats, .from = kApril});
  ward_.record(LeaveStarted{.leave = kLeave, .person = kHead, .kind = LeaveKind::kChildcare, .from = day(2024, 6, 1), .last_day = day(2025, 5, 31)});
  const auto cover = [](Day last) { return Posted{.person = kMori, .post = kHeadPost, .kind = PostingKind::kCover, .from = day(2024, 6, 1), .last_day = last, .covers = kLeave, .order_kind = {}, .order_number = {}}; };
  EXPECT_EQ(ward_.admit({cover(day(2025, 6, 30))}), Rules{"cover-within-leave"});
  EXPECT_EQ(ward_.admit({cover(day(2025, 5, 31))}), Rules{});
  EXPECT_EQ(reg().main_posting(kMori, {day(2024, 6, 1)})->post, kHeadPost);
  EXPECT_EQ(reg().head_of(kTeam, {day(2024, 6, 1)}), kMori);
  EXPECT_EQ(reg().vacancy(kSeats, {day(2024, 6, 1)})->present, 1) << "the gap at home is shown (R-119)";
  EXPECT_EQ(ward_.admit({LeaveChanged{.leave = kLeave, .person = kHead, .last_day = day(2024, 12, 31)}}), Rules{"cover-within-leave"});
}

TEST_F(RegisterTest, RefusesLeavesThatOverlap_R109) {
  EXPECT_EQ(ward_.admit({LeaveStarted{.leave = kLeave, .person = kAiko, .kind = LeaveKind::kCare, .from = day(2024, 6, 1), .last_day = day(2024, 6, 30)}}), Rules{});
  EXPECT_EQ(ward_.admit({LeaveStarted{.leave = LeaveId{32}, .person = kAiko, .kind = LeaveKind::kSick, .from = day(2024, 6, 30), .last_day = day(2024, 7, 30)}}), Rules{"leave-no-overlap"});
  EXPECT_EQ(ward_.admit({LeaveStarted{.leave = LeaveId{33}, .person = kAiko, .kind = LeaveKind::kSick, .from = day(2024, 9, 1), .last_day = day(2024, 8, 1)}}), Rules{"period-order"});
}

TEST_F(RegisterTest, EndsAFiscalYearAppointmentByThe31stOfMarch_R031) {
  const PersonId person{41};
  ward_.record(PersonRegistered{.person = person, .staff_number = "41", .name = {"年", "度", "", ""}});
  EXPECT_EQ(ward_.admit({Appointed{.person = person, .type = EmploymentType::kFiscalYear, .exam_category = "fiscal-year", .job_family = {}, .job_category = "事務", .term_article = {}, .term_reason = {},
                                   .from = day(2024, 10, 1), .last_day = day(2025, 9, 30)}}), Rules{"fiscal-year-term"});
}

TEST_F(RegisterTest, LimitsFixedTermsByTheirArticle_R025ToR028) {
  const PersonId person{42};
  ward_.record(PersonRegistered{.person = person, .staff_number = "42", .name = {"任", "期", "", ""}});
  const auto term = [&](std::string article, Day from, Day last, std::string reason = "") {
    return Appointed{.person = person, .type = EmploymentType::kFixedTerm, .exam_category = "fixed-term", .job_family = {}, .job_category = "事務", .term_article = article, .term_reason = reason, .from = from, .last_day = last};
  };
  EXPECT_EQ(ward_.admit({term("4", kApril, day(2025, 3, 31))}), Rules{"fixed-term-article"});
  EXPECT_EQ(ward_.admit({term("4-1", kApril, day(2028, 3, 31))}), Rules{"fixed-term-limit"});
  EXPECT_EQ(ward_.admit({term("4-1", kApril, day(2029, 4, 1), "特別の事情")}), Rules{"fixed-term-limit"});
  EXPECT_EQ(ward_.admit({term("3", day(2009, 4, 1), day(2014, 3, 31))}), Rules{}) << "the printed five-year terms load (R-027)";
  EXPECT_EQ(ward_.admit({term("4-2", kApril, day(2026, 3, 31))}), Rules{});
  EXPECT_EQ(ward_.admit({TermRenewed{.person = person, .last_day = day(2028, 3, 31), .reason = {}}}), Rules{"fixed-term-limit"});
}

TEST_F(RegisterTest, HiresOnTheFirstOfAprilUnlessThereIsAGround_R020) {
  const PersonId person{43};
  ward_.record(PersonRegistered{.person = person, .staff_number = "43", .name = {"新", "人", "", ""}});
  const Appointed july{.person = person, .exam_category = "I", .job_family = {}, .job_category = "事務", .term_article = {}, .term_reason = {}, .from = day(2024, 7, 1)};
  EXPECT_EQ(ward_.admit({july}), Rules{"hiring-on-april-1"});
  EXPECT_EQ(ward_.admit({july}, "前倒し採用"), Rules{});
}

TEST_F(RegisterTest, RefusesAPostingBeforeAppointmentOrAfterSeparation_R009) {
  EXPECT_EQ(ward_.admit({Posted{.person = kMori, .post = kSeat, .from = day(2014, 4, 1), .last_day = day(2014, 5, 1)}}), Rules{"posting-within-employment"});
  ward_.record(Separated{.person = kMori, .kind = SeparationKind::kRetired, .last_day = day(2024, 3, 31)});
  EXPECT_EQ(ward_.admit({Posted{.person = kMori, .post = kSeat, .from = kApril}}), Rules{"posting-within-employment"});
}

TEST_F(RegisterTest, RefusesAUnitUnderItselfOrUnderOneThatEndsBeforeIt) {
  const UnitId fresh{901}, ending{902};
  EXPECT_EQ(ward_.admit({UnitEstablished{.unit = fresh, .name = "室", .level = UnitLevel::kKa, .parent = fresh, .from = day(2026, 4, 1)}}), Rules{"unit-within-itself"});
  ASSERT_EQ(ward_.admit({UnitEstablished{.unit = ending, .name = "臨時室", .level = UnitLevel::kBu, .parent = {}, .from = day(2026, 4, 1)}}), Rules{});
  ASSERT_EQ(ward_.admit({UnitEstablished{.unit = fresh, .name = "担当課", .level = UnitLevel::kKa, .parent = ending, .from = day(2026, 10, 1)}}), Rules{});
  EXPECT_EQ(ward_.admit({UnitAbolished{.unit = ending, .last_day = day(2026, 6, 30), .successor = {}}}), Rules{"unit-abolition-empty"}) << "a unit is to come under it in October";
  EXPECT_EQ(ward_.admit({UnitAbolished{.unit = fresh, .last_day = day(2027, 3, 31), .successor = {}}}), Rules{});
  EXPECT_EQ(ward_.admit({UnitAbolished{.unit = ending, .last_day = day(2027, 3, 31), .successor = {}}}), Rules{});
}

TEST_F(RegisterTest, RefusesACorrectionThatTakesTheGroundFromUnderAnotherFact) {
  const FactId appointed = ward_.record(Graded{.person = kAiko, .grade = Grade::kSenior, .from = kApril});
  EXPECT_EQ(ward_.admit_entries({{.id = {77}, .fact = Graded{.person = kAiko, .grade = Grade::kSenior, .from = day(2014, 4, 1)}, .corrects = appointed, .case_id = {}, .reason = "誤記"}}),
            Rules{"graded-while-employed"});
  EXPECT_EQ(ward_.admit_entries({{.id = {78}, .fact = Graded{.person = kAiko, .grade = Grade::kSenior, .from = kApril}, .corrects = FactId{12345}, .case_id = {}, .reason = "誤記"}}),
            Rules{"corrects-known-fact"});
}

TEST_F(RegisterTest, TellsExactlyWhatADecisionRead) {
  auto r = reg();
  std::ignore = r.superior_of(kAiko, {kApril});
  const auto read = r.tags_read();
  const std::set<std::string> tags(read.begin(), read.end());
  EXPECT_TRUE(tags.contains("person:" + to_text(kAiko)));
  EXPECT_TRUE(tags.contains("unit:" + to_text(kTeam)));
  EXPECT_TRUE(tags.contains("post:" + to_text(kHeadPost)));
  EXPECT_FALSE(tags.contains("person:" + to_text(kMori)));
}

}  // namespace
}  // namespace rireki
