#include "api/import_vocabulary.h"

namespace rireki::api {
namespace {

// A kind's own words (its text in files, its Japanese label) and the other names it goes by.
template <class E>
std::map<std::string, E> with_labels(std::initializer_list<E> values, std::map<std::string, E> others) {
  for (const E value : values) {
    others.emplace(std::string(to_text(value)), value);
    others.emplace(label(value).ja, value);
  }
  return others;
}

}  // namespace

const std::map<std::string, UnitLevel>& unit_levels() {
  static const auto words = with_labels({UnitLevel::kBu, UnitLevel::kKa, UnitLevel::kKakari},
                                        {{"1", UnitLevel::kBu}, {"2", UnitLevel::kKa}, {"3", UnitLevel::kKakari}, {"部級", UnitLevel::kBu}, {"課級", UnitLevel::kKa}, {"係級", UnitLevel::kKakari}});
  return words;
}

const std::map<std::string, Grade>& grades() {
  static const auto words = with_labels({Grade::kStaff, Grade::kSenior, Grade::kTeamHead, Grade::kDeputySectionManager, Grade::kSectionManager, Grade::kDirector},
                                        {{"主事", Grade::kStaff}, {"係長", Grade::kTeamHead}, {"課長補佐", Grade::kDeputySectionManager}, {"課長補佐級", Grade::kDeputySectionManager},
                                         {"課長", Grade::kSectionManager}, {"部長", Grade::kDirector}, {"なし", Grade::kNone}, {"-", Grade::kNone}});
  return words;
}

const std::map<std::string, Sex>& sexes() {
  static const auto words = with_labels({Sex::kFemale, Sex::kMale, Sex::kUnstated},
                                        {{"女", Sex::kFemale}, {"女性", Sex::kFemale}, {"男", Sex::kMale}, {"男性", Sex::kMale}, {"1", Sex::kMale}, {"2", Sex::kFemale}, {"0", Sex::kUnstated}, {"9", Sex::kUnstated}});
  return words;
}

const std::map<std::string, std::string>& exam_categories() {
  static const std::map<std::string, std::string> words = {
      {"I類", "I"}, {"I", "I"}, {"1類", "I"}, {"III類", "III"}, {"III", "III"}, {"3類", "III"},
      {"経験者(係員)", "experienced-staff"}, {"experienced-staff", "experienced-staff"}, {"経験者(主任)", "experienced-senior"}, {"experienced-senior", "experienced-senior"},
      {"就職氷河期世代", "ice-age"}, {"就職氷河期", "ice-age"}, {"ice-age", "ice-age"}, {"選考", "selection"}, {"selection", "selection"},
      {"任期付", "fixed-term"}, {"fixed-term", "fixed-term"}, {"会計年度任用", "fiscal-year"}, {"fiscal-year", "fiscal-year"}};
  return words;
}

const std::map<std::string, EmploymentType>& employment_types() {
  static const auto words = with_labels(
      {EmploymentType::kRegular, EmploymentType::kFixedTerm, EmploymentType::kFiscalYear, EmploymentType::kReappointed, EmploymentType::kSpecialPartTime},
      {{"常勤", EmploymentType::kRegular}, {"常勤職員", EmploymentType::kRegular}, {"正規", EmploymentType::kRegular}, {"正規職員", EmploymentType::kRegular},
       {"任期付", EmploymentType::kFixedTerm}, {"任期付職員", EmploymentType::kFixedTerm}, {"会計年度任用", EmploymentType::kFiscalYear}, {"会計年度任用職員", EmploymentType::kFiscalYear},
       {"再任用", EmploymentType::kReappointed}, {"再任用職員", EmploymentType::kReappointed}, {"特別職非常勤", EmploymentType::kSpecialPartTime}});
  return words;
}

const std::map<std::string, PostingKind>& posting_kinds() {
  static const auto words = with_labels({PostingKind::kMain, PostingKind::kConcurrent, PostingKind::kActing},
                                        {{"本務", PostingKind::kMain}, {"主務", PostingKind::kMain}, {"1", PostingKind::kMain}, {"兼務", PostingKind::kConcurrent}, {"併任", PostingKind::kConcurrent}, {"2", PostingKind::kConcurrent}});
  return words;
}

const std::map<std::string, SeparationKind>& separation_kinds() {
  static const auto words = with_labels({SeparationKind::kResigned, SeparationKind::kRetired, SeparationKind::kTermEnded, SeparationKind::kDismissed, SeparationKind::kDied, SeparationKind::kTransferredOut},
                                        {{"普通退職", SeparationKind::kResigned}, {"自己都合", SeparationKind::kResigned}, {"定年退職", SeparationKind::kRetired}, {"定年", SeparationKind::kRetired},
                                         {"任期満了", SeparationKind::kTermEnded}, {"免職", SeparationKind::kDismissed}, {"死亡", SeparationKind::kDied}, {"転出", SeparationKind::kTransferredOut}});
  return words;
}

const std::map<std::string, std::string>& figure_marks() {
  static const std::map<std::string, std::string> words = {{"?", "uncertain"}, {"(?)", "uncertain"}, {"不確か", "uncertain"}, {"uncertain", "uncertain"}, {"~", "about"}, {"約", "about"}, {"about", "about"},
                                                           {"f", "forecast"}, {"予測", "forecast"}, {"予定", "forecast"}, {"forecast", "forecast"}, {"—", "none"}, {"―", "none"}, {"none", "none"}};
  return words;
}

std::string exported(UnitLevel level) { return label(level).ja; }
std::string exported(Grade grade) { return grade == Grade::kNone ? "" : label(grade).ja; }
std::string exported(Sex sex) { return label(sex).ja; }
std::string exported(EmploymentType type) { return label(type).ja; }
std::string exported(PostingKind kind) { return label(kind).ja; }
std::string exported(SeparationKind kind) { return label(kind).ja; }
std::string exported_exam_category(const std::string& category) {
  static const std::map<std::string, std::string> words = {{"I", "Ⅰ類"}, {"III", "Ⅲ類"}, {"experienced-staff", "経験者（係員）"}, {"experienced-senior", "経験者（主任）"},
                                                           {"ice-age", "就職氷河期世代"}, {"selection", "選考"}, {"fixed-term", "任期付"}, {"fiscal-year", "会計年度任用"}};
  const auto known = words.find(category);
  return known == words.end() ? category : known->second;
}

}  // namespace rireki::api
