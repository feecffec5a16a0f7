// The words of municipal systems for what the register enumerates, width folded ("Ⅰ類" is "I類").
#pragma once

#include <map>
#include <string>

#include "domain/facts.h"

namespace rireki::api {

const std::map<std::string, UnitLevel>& unit_levels();            // 部 課 係
const std::map<std::string, Grade>& grades();                     // 係員 主任 係長級 …
const std::map<std::string, Sex>& sexes();
const std::map<std::string, std::string>& exam_categories();      // 採用区分 → Appointed::exam_category
const std::map<std::string, EmploymentType>& employment_types();  // 任用区分
const std::map<std::string, PostingKind>& posting_kinds();        // 本務 兼務
const std::map<std::string, SeparationKind>& separation_kinds();  // 退職事由
const std::map<std::string, std::string>& figure_marks();         // ? ~ f — → FigureRecorded::marks

// The word that an export writes: read again, it gives the same value.
std::string exported(UnitLevel level);
std::string exported(Grade grade);
std::string exported(Sex sex);
std::string exported(EmploymentType type);
std::string exported(PostingKind kind);
std::string exported(SeparationKind kind);
std::string exported_exam_category(const std::string& category);

}  // namespace rireki::api
