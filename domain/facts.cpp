#include "domain/facts.h"

#include <array>
#include <span>

namespace rireki {
namespace {

template <class E>
struct Word {
  E value;
  std::string_view text;
  const char* ja;
  const char* en;
};

// The one table of each enumeration: stored text and words for people.
constexpr Word<UnitLevel> kUnitLevels[] = {{UnitLevel::kBu, "bu", "部", "department"}, {UnitLevel::kKa, "ka", "課", "section"}, {UnitLevel::kKakari, "kakari", "係", "team"}};
constexpr Word<EmploymentType> kEmploymentTypes[] = {{EmploymentType::kRegular, "regular", "常勤", "regular"},
    {EmploymentType::kFixedTerm, "fixed-term", "任期付", "fixed-term"}, {EmploymentType::kFiscalYear, "fiscal-year", "会計年度任用", "fiscal-year"},
    {EmploymentType::kReappointed, "reappointed", "再任用", "re-appointed"}, {EmploymentType::kSpecialPartTime, "special-part-time", "特別職非常勤", "special-service part-time"}};
constexpr Word<Sex> kSexes[] = {{Sex::kFemale, "female", "女", "female"}, {Sex::kMale, "male", "男", "male"}, {Sex::kUnstated, "unstated", "未記入", "unstated"}};
constexpr Word<Grade> kGrades[] = {{Grade::kNone, "none", "職層なし", "no grade"}, {Grade::kStaff, "staff", "係員", "staff"}, {Grade::kSenior, "senior", "主任", "senior staff"},
    {Grade::kTeamHead, "team-head", "係長級", "team head level"}, {Grade::kDeputySectionManager, "deputy-section-manager", "課長補佐", "deputy section manager"},
    {Grade::kSectionManager, "section-manager", "課長級", "section manager level"}, {Grade::kDirector, "director", "部長級", "director level"}};
constexpr Word<PostingKind> kPostingKinds[] = {{PostingKind::kMain, "main", "本務", "main post"}, {PostingKind::kConcurrent, "concurrent", "兼務", "concurrent post"},
    {PostingKind::kCover, "cover", "庁内派遣", "cover"}, {PostingKind::kActing, "acting", "職務代理", "acting"}};
constexpr Word<LeaveKind> kLeaveKinds[] = {{LeaveKind::kChildcare, "childcare", "育児休業", "childcare leave"}, {LeaveKind::kCare, "care", "介護休暇", "care leave"},
    {LeaveKind::kSick, "sick", "病気休暇", "sick leave"}, {LeaveKind::kStatus, "status", "休職", "status leave"},
    {LeaveKind::kSecondedOut, "seconded-out", "派遣", "seconded out"}, {LeaveKind::kOther, "other", "その他の休暇", "other leave"}};
constexpr Word<SeparationKind> kSeparationKinds[] = {{SeparationKind::kResigned, "resigned", "退職", "resigned"}, {SeparationKind::kRetired, "retired", "定年退職", "retired"},
    {SeparationKind::kTermEnded, "term-ended", "任期満了", "term ended"}, {SeparationKind::kDismissed, "dismissed", "免職", "dismissed"},
    {SeparationKind::kDied, "died", "死亡", "died"}, {SeparationKind::kTransferredOut, "transferred-out", "転出", "transferred out"}};

template <class E>
const Word<E>& word_of(std::span<const Word<E>> words, E value) {
  for (const auto& word : words)
    if (word.value == value) return word;
  return words.front();  // decode refuses unknown texts, so there is no other value
}

}  // namespace

#define RIREKI_ENUM(E, words)                                                                   \
  std::string_view to_text(E value) { return word_of(std::span<const Word<E>>(words), value).text; } \
  Text label(E value) {                                                                          \
    const auto& word = word_of(std::span<const Word<E>>(words), value);                          \
    return {word.ja, word.en};                                                                   \
  }                                                                                              \
  template <>                                                                                    \
  std::optional<E> parse_enum<E>(std::string_view text) {                                        \
    for (const auto& word : words)                                                               \
      if (word.text == text) return word.value;                                                  \
    return std::nullopt;                                                                         \
  }
RIREKI_ENUM(UnitLevel, kUnitLevels)
RIREKI_ENUM(EmploymentType, kEmploymentTypes)
RIREKI_ENUM(Sex, kSexes)
RIREKI_ENUM(Grade, kGrades)
RIREKI_ENUM(PostingKind, kPostingKinds)
RIREKI_ENUM(LeaveKind, kLeaveKinds)
RIREKI_ENUM(SeparationKind, kSeparationKinds)
#undef RIREKI_ENUM

namespace {

// In the order of the variant.
constexpr std::array<std::string_view, std::variant_size_v<Fact>> kFactKinds = {
    "unit-established", "unit-renamed", "unit-abolished", "post-created", "post-changed", "post-closed", "person-registered", "renamed", "appointed",
    "term-renewed", "graded", "separated", "posted", "posting-ended", "leave-started", "leave-changed", "leave-ended", "away-declared", "deputy-named",
    "qualification-gained", "skill-stated", "roster-joined", "roster-left", "figure-recorded", "policy-set", "duty-completed"};

}  // namespace

std::string fact_type(const Fact& fact) { return "fact/" + std::string(kFactKinds[fact.index()]); }

PersonId person_of(const Fact& fact) {
  return std::visit([](const auto& one) {
    if constexpr (requires { one.person; }) return one.person;
    else return PersonId{};
  }, fact);
}

std::optional<Day> effective_day(const Fact& fact) {
  return std::visit([](const auto& one) -> std::optional<Day> {
    if constexpr (requires { one.from; }) return one.from;
    else if constexpr (requires { one.last_day; }) return one.last_day + days{1};
    else if constexpr (requires { one.on; }) return one.on;
    else return std::nullopt;
  }, fact);
}

std::vector<std::string> all_fact_types() {
  std::vector<std::string> types;
  for (const auto kind : kFactKinds) types.push_back("fact/" + std::string(kind));
  types.push_back("fact/cancelled");
  return types;
}

}  // namespace rireki
