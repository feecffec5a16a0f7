// Rows of the staff file: a person is registered once; each row is one employment.
#include <algorithm>

#include "api/import_plan.h"
#include "api/import_vocabulary.h"
#include "api/text/fold.h"

namespace rireki::api {
namespace {

// A reading in one column: "ヤマダ　タロウ" → family, given.
std::optional<std::pair<std::string, std::string>> split_reading(const std::string& reading) {
  const auto blank = reading.find(' ');
  if (blank == std::string::npos) return std::nullopt;
  const auto rest = trim_blanks(std::string_view(reading).substr(blank));
  if (rest.empty() || rest.find(' ') != std::string_view::npos) return std::nullopt;
  return std::pair{reading.substr(0, blank), std::string(rest)};
}

void read_reading(ImportRow& row, PersonName& name) {
  const auto folded = [&](const std::string& key) -> std::string {
    const std::string given = row.text(key);
    const auto reading = fold_reading(given);
    if (!reading) row.refuse(key, "reading", {"フリガナはカタカナで書いてください。", "A reading is written in kana."});
    return reading.value_or("");
  };
  name.family_kana = folded("family_kana");
  name.given_kana = folded("given_kana");
  const std::string whole = folded("kana");
  if (whole.empty() || !name.family_kana.empty()) return;
  if (const auto parts = split_reading(whole)) std::tie(name.family_kana, name.given_kana) = *parts;
  else row.refuse("kana", "reading", {"フリガナは姓と名の間に空白を1つ置いてください。", "Put one blank between the family and the given name."});
}

}  // namespace

void ImportPlanner::plan_person(ImportRow& row, PlannedImport& planned) {
  const std::string number = row.code("number", true);
  PersonRegistered person{.staff_number = number};
  person.name = {.family = row.text("family", true), .given = row.text("given", true), .family_kana = {}, .given_kana = {}};
  read_reading(row, person.name);
  person.birth = row.date("birth");
  person.sex = row.word("sex", sexes(), Sex::kUnstated);
  Appointed appointed{.type = row.word("type", employment_types(), EmploymentType::kRegular, true),
                      .exam_category = row.word("exam_category", exam_categories(), std::string(), true),
                      .job_family = "administrative",
                      .job_category = row.text("job_category", true),
                      .grade = row.word("grade", grades(), Grade::kNone),
                      .term_article = row.code("article"),
                      .term_reason = row.text("ground")};
  appointed.from = row.date("from", true).value_or(Day{});
  appointed.last_day = row.last_day("last_day");
  if (row.ok() && !seen_.insert(number + '\n' + iso(appointed.from)).second)
    row.refuse("number", "row-twice", {"同じ職員番号と採用日の行が前にあります。", "An earlier row has the same staff number and day of appointment."});
  if (!row.ok()) {
    wrong_.insert('p' + number);
    return;
  }
  if (!find_person(number)) {
    person.person = ids_.make<PersonId>();
    people_.emplace(number, person.person);
    const PersonId id = person.person;
    registered_.emplace(id, person.name);
    add(planned, row.line(), std::move(person));
    return plan_employment(id, std::move(appointed), row, planned);
  }
  const PersonId id = *find_person(number);
  const std::size_t before = planned.entries.size();
  if (const auto above = registered_.find(id); above != registered_.end()) {
    if (above->second != person.name)
      row.refuse("family", "same-number-other-name", {"前の行では同じ職員番号に別の氏名があります。", "An earlier row gives this staff number another name."});
  } else if (const auto known = reg_.person(id, {kForever})) {
    if (person.birth && known->birth && *person.birth != *known->birth) differs(row, "birth");
    if (person.sex != Sex::kUnstated && person.sex != known->sex) differs(row, "sex");
    if (person.name != known->name)
      if (const auto from = effective(row, "family")) add(planned, row.line(), Renamed{.person = id, .name = person.name, .from = *from});
  }
  plan_employment(id, std::move(appointed), row, planned);
  if (row.ok() && planned.entries.size() == before) ++planned.file.unchanged;
}

void ImportPlanner::plan_employment(PersonId person, Appointed appointed, ImportRow& row, PlannedImport& planned) {
  appointed.person = person;
  const auto separated = row.date("separated");
  const auto kind = row.word("separation", separation_kinds(), SeparationKind::kResigned);
  const auto separate = [&] { if (separated) add(planned, row.line(), Separated{.person = person, .kind = kind, .last_day = *separated}); };
  const auto employments = reg_.employments(person);
  const auto known = std::find_if(employments.begin(), employments.end(), [&](const Employment& one) { return one.period.first == appointed.from; });
  if (known == employments.end()) {
    const std::string ground = appointed.term_reason;  // also what R-020 asks for when a hire is not of 1 April
    if (appointed.type != EmploymentType::kFixedTerm) appointed.term_reason.clear();
    add(planned, row.line(), std::move(appointed), ground);
    return separate();
  }
  if (known->type != appointed.type) differs(row, "type");
  if (known->exam_category != appointed.exam_category) differs(row, "exam_category");
  if (known->job_category != appointed.job_category) differs(row, "job_category");
  const auto latest = reg_.employment(person, {known->period.last});
  if (latest && latest->grade != appointed.grade)
    if (const auto from = effective(row, "grade")) add(planned, row.line(), Graded{.person = person, .grade = appointed.grade, .from = *from});
  if (separated && *separated != known->period.last) {
    if (*separated < known->period.last) separate();
    else differs(row, "separated");
  }
  if (!separated && appointed.last_day > known->period.last && appointed.last_day != kForever)
    add(planned, row.line(), TermRenewed{.person = person, .last_day = appointed.last_day, .reason = appointed.term_reason});
}

}  // namespace rireki::api
