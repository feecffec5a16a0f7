#include "api/sample_ward.h"

#include <cstdio>

#include "api/sample_names.h"

namespace rireki::api {
namespace {

constexpr int kStaffPerDepartment = 125;
constexpr int kSectionsPerDepartment = 4;
constexpr int kTeamsPerSection = 3;

struct DepartmentPlan {
  const char* name;
  std::vector<const char*> sections;
  const char* category;
};

const std::vector<DepartmentPlan>& plans() {
  static const std::vector<DepartmentPlan> all = {
      {"総務部", {"総務課", "職員課", "情報政策課", "経理用地課"}, "事務"},
      {"企画部", {"企画課", "財政課", "広報広聴課", "区政改革担当課"}, "事務"},
      {"区民部", {"戸籍住民課", "税務課", "収納課", "国保年金課"}, "事務"},
      {"福祉部", {"管理課", "生活福祉課", "障害者施策推進課", "介護保険課"}, "福祉"},
      {"健康部", {"健康推進課", "生活衛生課", "保健予防課", "地域医療課"}, "保健師"},
      {"都市整備部", {"都市計画課", "建築課", "住宅課", "まちづくり推進課"}, "建築"},
      {"土木部", {"道路公園課", "計画課", "交通安全課", "維持保全担当課"}, "土木"},
      {"こども家庭部", {"子育て支援課", "保育課", "こども施策企画課", "青少年課"}, "福祉"},
      {"産業経済部", {"経済課", "商工観光課", "都市農業課", "消費生活課"}, "事務"},
      {"環境部", {"環境課", "みどり推進課", "清掃リサイクル課", "事業課"}, "事務"},
      {"教育振興部", {"教育総務課", "学務課", "教育指導課", "施設給食課"}, "事務"},
      {"地域文化部", {"地域振興課", "文化生涯学習課", "スポーツ振興課", "協働推進課"}, "事務"}};
  return all;
}

const char* const kTeams[] = {"庶務係", "管理係", "推進係", "調整係", "相談係", "計画係"};

// Draws the whole first organisation; members hold what every step needs.
class Founding {
 public:
  Founding(SampleWard& ward, std::mt19937_64& random, IdSource& ids, std::vector<FactEntry>& facts)
      : ward_(ward), random_(random), ids_(ids), facts_(facts) {}

  void add(Fact fact) { facts_.push_back({.id = ids_.make<FactId>(), .fact = std::move(fact)}); }

  UnitId unit(std::string name, UnitLevel level, UnitId parent) {
    const auto id = ids_.make<UnitId>();
    ward_.units.push_back({id, parent, level, name});
    add(UnitEstablished{.unit = id, .name = std::move(name), .level = level, .parent = parent, .from = ward_.first_day});
    return id;
  }

  std::size_t post(UnitId unit, std::string title, Grade grade, int quota, bool head, std::string category, std::string function = "", bool fiscal_year = false) {
    SamplePost post{.post = ids_.make<PostId>(), .unit = unit, .grade = grade, .head = head, .fiscal_year = fiscal_year, .quota = quota, .category = category};
    add(PostCreated{.post = post.post, .unit = unit, .title = std::move(title), .grade = grade, .job_categories = {}, .quota = quota, .head = head,
                    .function = std::move(function), .from = ward_.first_day});
    ward_.posts.push_back(std::move(post));
    return ward_.posts.size() - 1;
  }

  // The head of a unit, appointed long enough ago for the grade.
  PersonId head(std::size_t post, Grade grade, int age) {
    const int fiscal_years = age - 24 + static_cast<int>(below(random_, 3));
    const int year = int(std::chrono::year_month_day(ward_.first_day).year()) - fiscal_years;
    hire(ward_, post, EmploymentType::kRegular, grade, "I", day(year, 4, 1), kForever, age, random_, ids_, facts_);
    return ward_.people.back().person;
  }

  void department(const DepartmentPlan& plan, int staff) {
    const UnitId department = unit(plan.name, UnitLevel::kBu, UnitId{});
    const bool general_affairs = std::string_view(plan.name) == "総務部";
    const PersonId director = head(post(department, "部長", Grade::kDirector, 1, true, "事務", general_affairs ? "hr-director" : ""), Grade::kDirector, 55);
    if (general_affairs) ward_.hr_director = director;
    const int per_section = staff / kSectionsPerDepartment;
    for (const char* name : plan.sections) section(department, name, plan.category, per_section);
  }

 private:
  void section(UnitId department, const char* name, const char* category, int staff) {
    const UnitId section = unit(name, UnitLevel::kKa, department);
    const bool hr = std::string_view(name) == "職員課";
    if (std::string_view(name) == "情報政策課") ward_.home_section = section;
    if (std::string_view(name) == "経理用地課") ward_.receiving_section = section;
    const PersonId manager = head(post(section, "課長", Grade::kSectionManager, 1, true, "事務", hr ? "hr-head" : ""), Grade::kSectionManager, 50);
    if (hr) {
      ward_.hr_section = section;
      ward_.hr_head = manager;
    }
    const int per_team = std::max(4, staff / kTeamsPerSection);
    for (int team = 0; team < kTeamsPerSection; ++team) {
      const std::string team_name = hr ? (team == 0 ? "人事係" : team == 1 ? "人材育成係" : "健康管理係") : kTeams[(team * 2 + below(random_, 2)) % 6];
      this->team(section, team_name, hr && team == 2 ? "保健師" : category, per_team, hr, team);
    }
  }

  void team(UnitId section, const std::string& name, const char* category, int staff, bool hr, int number) {
    const UnitId team = unit(name, UnitLevel::kKakari, section);
    head(post(team, "係長", Grade::kTeamHead, 1, true, category), Grade::kTeamHead, 42);
    const int fiscal_year = (staff - 1) * 38 / 100;  // 4割 of a ward's staff (Nerima)
    const int regular = staff - 1 - fiscal_year;
    const std::size_t seats = post(team, "係員", Grade::kNone, regular + 2, false, category);
    for (int i = 0; i < regular; ++i) {
      const int service = static_cast<int>(below(random_, 22));
      const int year = int(std::chrono::year_month_day(ward_.first_day).year()) - service;
      const bool experienced = below(random_, 10) == 0;
      hire(ward_, seats, EmploymentType::kRegular, service >= 8 ? Grade::kSenior : Grade::kStaff, experienced ? "experienced-staff" : below(random_, 12) == 0 ? "III" : "I",
           day(year, 4, 1), kForever, 23 + service + (experienced ? 7 : 0), random_, ids_, facts_);
      if (hr && number == 0 && !ward_.hr_worker) ward_.hr_worker = ward_.people.back().person;
      if (hr && number == 2 && !ward_.nurse) ward_.nurse = ward_.people.back().person;
    }
    if (fiscal_year == 0) return;
    const std::size_t desks = post(team, "事務補助", Grade::kNone, fiscal_year, false, category, "", true);
    for (int i = 0; i < fiscal_year; ++i)
      hire(ward_, desks, EmploymentType::kFiscalYear, Grade::kNone, "fiscal-year", ward_.first_day, fiscal_year_period(rireki::fiscal_year(ward_.first_day)).last,
           30 + static_cast<int>(below(random_, 30)), random_, ids_, facts_);
  }

  SampleWard& ward_;
  std::mt19937_64& random_;
  IdSource& ids_;
  std::vector<FactEntry>& facts_;
};

}  // namespace

std::string sample_staff_number(int number) {
  char text[16];
  std::snprintf(text, sizeof text, "%08d", number);
  return text;
}

void hire(SampleWard& ward, std::size_t post, EmploymentType type, Grade grade, std::string exam_category, Day from, Day last_day, int age,
          std::mt19937_64& random, IdSource& ids, std::vector<FactEntry>& facts) {
  const auto add = [&](Fact fact) { facts.push_back({.id = ids.make<FactId>(), .fact = std::move(fact)}); };
  const Sex sex = below(random, 2) == 0 ? Sex::kFemale : Sex::kMale;
  const int year = int(std::chrono::year_month_day(std::max(from, ward.first_day)).year()) - age;
  SamplePerson person{.person = ids.make<PersonId>(), .post = ward.posts[post].post, .grade = grade, .type = type, .category = ward.posts[post].category,
                      .birth = day(year, 1 + static_cast<unsigned>(below(random, 12)), 1 + static_cast<unsigned>(below(random, 28))), .appointed = from};
  add(PersonRegistered{.person = person.person, .staff_number = sample_staff_number(ward.next_staff_number++), .name = draw_name(random, sex), .birth = person.birth, .sex = sex});
  add(Appointed{.person = person.person, .type = type, .exam_category = std::move(exam_category), .job_family = "administrative", .job_category = person.category,
                .grade = grade, .step = 1, .from = from, .last_day = last_day});
  // Where somebody worked before the ward's first day is not known to the sample: the posting begins with the ward.
  add(Posted{.person = person.person, .post = person.post, .kind = PostingKind::kMain, .from = std::max(from, ward.first_day), .last_day = kForever,
             .order_kind = from < ward.first_day ? "配置換" : "採用"});
  ward.posts[post].holders.push_back(person.person);
  ward.people.push_back(std::move(person));
}

std::vector<FactEntry> found_ward(SampleWard& ward, int staff, Day first_day, std::mt19937_64& random, IdSource& ids) {
  std::vector<FactEntry> facts;
  ward.first_day = first_day;
  Founding founding(ward, random, ids, facts);
  const UnitId office = founding.unit("区長室", UnitLevel::kBu, UnitId{});
  ward.authority = founding.head(founding.post(office, "副区長", Grade::kDirector, 1, true, "事務", "appointing-authority"), Grade::kDirector, 59);
  const int departments = std::max(1, std::min<int>(static_cast<int>(plans().size()), staff / kStaffPerDepartment));
  for (int i = 0; i < departments; ++i) founding.department(plans()[static_cast<std::size_t>(i)], staff / departments);
  return facts;
}

}  // namespace rireki::api
