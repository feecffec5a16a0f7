// Facts (発令 and what else changes the register 台帳): typed statements with effective dates. Few kinds; each is one struct here, one
// struct in facts.capnp, one branch of the register. A fact is recorded once; a later event corrects or cancels it by its FactId.
#pragma once

#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "domain/calendar.h"
#include "domain/ids.h"
#include "domain/refusal.h"

namespace rireki {

// --- Vocabulary. Enumerations are stored by their text (to_text), so that a file or event reads by itself. ---

enum class UnitLevel { kBu, kKa, kKakari };                       // 部, 課, 係
enum class EmploymentType { kRegular, kFixedTerm, kFiscalYear, kReappointed, kSpecialPartTime };
                                                                   // 常勤, 任期付, 会計年度任用, 再任用, 特別職非常勤
enum class Sex { kFemale, kMale, kUnstated };
// 職層, from low to high (catalogue 1.2, Nerima): 係員, 主任, 係長級, 課長補佐, 課長級, 部長級. 0 is none.
enum class Grade { kNone = 0, kStaff, kSenior, kTeamHead, kDeputySectionManager, kSectionManager, kDirector };
enum class PostingKind {
  kMain,        // 本務: the main post; decides the unit one belongs to (所属)
  kConcurrent,  // 兼務: beside the main post
  kCover,       // a main post held for a set time in place of a person on leave (Voyager); the home post is kept as a right of return
  kActing,      // 職務代理: acts for a vacant post, main post unchanged
};
enum class LeaveKind { kChildcare, kCare, kSick, kStatus, kSecondedOut, kOther };  // 育児休業, 介護休暇, 病気休暇, 休職, 派遣, その他
enum class SeparationKind { kResigned, kRetired, kTermEnded, kDismissed, kDied, kTransferredOut };

#define RIREKI_ENUM_TEXT(E) std::string_view to_text(E); template <> std::optional<E> parse_enum<E>(std::string_view)
template <class E> std::optional<E> parse_enum(std::string_view text);
RIREKI_ENUM_TEXT(UnitLevel);       // "bu" "ka" "kakari"
RIREKI_ENUM_TEXT(EmploymentType);  // "regular" "fixed-term" "fiscal-year" "reappointed" "special-part-time"
RIREKI_ENUM_TEXT(Sex);             // "female" "male" "unstated"
RIREKI_ENUM_TEXT(Grade);           // "none" "staff" "senior" "team-head" "deputy-section-manager" "section-manager" "director"
RIREKI_ENUM_TEXT(PostingKind);     // "main" "concurrent" "cover" "acting"
RIREKI_ENUM_TEXT(LeaveKind);       // "childcare" "care" "sick" "status" "seconded-out" "other"
RIREKI_ENUM_TEXT(SeparationKind);  // "resigned" "retired" "term-ended" "dismissed" "died" "transferred-out"
#undef RIREKI_ENUM_TEXT
Text label(UnitLevel); Text label(EmploymentType); Text label(Sex); Text label(Grade); Text label(PostingKind);
Text label(LeaveKind); Text label(SeparationKind);  // what a page shows: 係長級 / team head level

struct PersonName {           // stored as written, never normalised (workflow.md 5.2)
  std::string family, given;
  std::string family_kana, given_kana;  // katakana
  bool operator==(const PersonName&) const = default;
};

// --- Units and posts ---
struct UnitEstablished { UnitId unit; std::string name; UnitLevel level; UnitId parent; Day from; Day planned_last = kForever; };  // parent none: top
struct UnitRenamed     { UnitId unit; std::string name; Day from; };
struct UnitAbolished   { UnitId unit; Day last_day; UnitId successor; };        // R-013; successor may be none
struct PostCreated {
  PostId post; UnitId unit; std::string title; Grade grade = Grade::kNone;      // none: any grade
  std::vector<std::string> job_categories;                                      // 職種; empty: any
  int quota = 1;                                                                // 定数: how many main holders
  bool head = false;                                                            // head of its unit (部長, 課長, 係長)
  std::string function;                                                         // office-wide function or "": "hr-head", "hr-director", "appointing-authority", …
  Day from;
};
struct PostChanged { PostId post; std::string title; int quota; Day from; };
struct PostClosed  { PostId post; Day last_day; };

// --- Persons and employment ---
struct PersonRegistered { PersonId person; std::string staff_number; PersonName name; std::optional<Day> birth; Sex sex = Sex::kUnstated; };
struct Renamed   { PersonId person; PersonName name; Day from; };
struct Appointed {
  PersonId person; EmploymentType type = EmploymentType::kRegular; std::string exam_category;  // 採用区分 "I" "III" "experienced-staff" "experienced-senior" "ice-age" "selection" "fixed-term" "fiscal-year"
  std::string job_family;      // "administrative" "skilled" "operational"
  std::string job_category;    // 職種: 事務, 土木, …
  Grade grade = Grade::kStaff; int step = 0;
  std::string term_article;    // fixed-term: "3", "4-1", "4-2"
  std::string term_reason;     // special reason for more than three years
  Day from; Day last_day = kForever;  // end of the term
};
struct TermRenewed { PersonId person; Day last_day; std::string reason; };
struct Graded      { PersonId person; Grade grade; int step = 0; Day from; };    // 昇任, 降任
struct Separated   { PersonId person; SeparationKind kind; Day last_day; };      // last day of employment

// --- Places ---
struct Posted {
  PersonId person; PostId post; PostingKind kind = PostingKind::kMain; Day from; Day last_day = kForever;
  LeaveId covers;            // kCover: the leave it covers
  std::string order_kind;    // 発令の種類: 採用, 昇任, 転任, 配置換, 兼務, 派遣, …
  std::string order_number;  // 発令番号, empty if none
};
struct PostingEnded { PersonId person; PostId post; PostingKind kind = PostingKind::kMain; Day last_day; };

// --- Absence ---
struct LeaveStarted { LeaveId leave; PersonId person; LeaveKind kind = LeaveKind::kOther; Day from; Day last_day; };  // last_day expected
struct LeaveChanged { LeaveId leave; PersonId person; Day last_day; };   // extended or shortened
struct LeaveEnded   { LeaveId leave; PersonId person; Day last_day; };   // returned on the day after
struct AwayDeclared { PersonId person; Day from; Day last_day; };        // 不在 without leave: travel, training (workflow.md 5.7)
struct DeputyNamed  { PostId post; PersonId deputy; int order = 1; std::vector<std::string> excluded_matters; Day from; Day last_day = kForever; };  // 代決

// --- Status by programme, skills, rosters ---
struct QualificationGained { PersonId person; std::string code; Day from; Day last_day = kForever; };
struct SkillStated  { PersonId person; std::string code; bool confirmed = false; Day from; };
struct RosterJoined { PersonId person; std::string roster; std::string detail_json; Day from; Day last_day = kForever; };  // "support", "voyager"
struct RosterLeft   { PersonId person; std::string roster; Day last_day; };

struct DutyCompleted { PersonId person; std::string duty; Day on; };              // what an obligation asks for was done; invited or attended is not this

// --- Figures and policies ---
struct FigureRecorded {   // a printed or reported figure of a measure (catalogue 2); never silently final
  std::string series;     // "nerima-hires"
  std::string period;     // fiscal year "2022", or "2009-2013"
  std::string category;   // row label
  std::string value;      // decimal text, or "—" (none or not done)
  std::string unit;       // "people", "percent", "units"
  std::vector<std::string> marks;  // "uncertain" (?), "about" ~, "forecast" f, "none" —
  std::string source;     // file and section
  std::map<std::string, std::string> detail;  // further columns: article, title, grade …
};
struct PolicySet { std::string policy; std::string value_json; Day from; };

using Fact = std::variant<UnitEstablished, UnitRenamed, UnitAbolished, PostCreated, PostChanged, PostClosed,
                          PersonRegistered, Renamed, Appointed, TermRenewed, Graded, Separated, Posted, PostingEnded,
                          LeaveStarted, LeaveChanged, LeaveEnded, AwayDeclared, DeputyNamed,
                          QualificationGained, SkillStated, RosterJoined, RosterLeft, FigureRecorded, PolicySet, DutyCompleted>;

// What an event with a fact holds beside the fact.
struct FactEntry {
  FactId id;
  Fact fact;
  FactId corrects;      // 訂正: this fact replaces that one from this position on; none: a new statement
  CaseId case_id;       // the case whose action recorded it; none: import or administration
  std::string reason;   // of the correction or of a departure from a wish; empty otherwise
};
struct FactCancelled {  // 取消: that fact is void from this position on; it stays readable
  FactId fact;
  CaseId case_id;
  std::string reason;
};

// The event type of a kind of fact: "fact/posted" …; FactCancelled is "fact/cancelled".
std::string fact_type(const Fact& fact);
PersonId person_of(const Fact& fact);              // whom it is about; none: a unit, a post, a policy
std::optional<Day> effective_day(const Fact& fact);  // from which day it holds; what ends holds from the day after its last one
std::vector<std::string> all_fact_types();  // with "fact/cancelled"

template <class... Ts> struct Overloaded : Ts... { using Ts::operator()...; };
template <class... Ts> Overloaded(Ts...) -> Overloaded<Ts...>;

}  // namespace rireki
