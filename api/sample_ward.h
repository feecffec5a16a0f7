// The sample ward as facts: an invented organisation with posts and people on its first day. The years that follow are lived through the
// public decide path by the simulator (sample.h).
#pragma once

#include <random>
#include <vector>

#include "domain/facts.h"

namespace rireki::api {

struct SamplePost {
  PostId post;
  UnitId unit;
  Grade grade = Grade::kNone;
  bool head = false;
  bool fiscal_year = false;  // for 会計年度任用職員
  int quota = 1;
  std::string category = "事務";
  std::vector<PersonId> holders;
};

struct SampleUnit {
  UnitId unit, parent;
  UnitLevel level;
  std::string name;
};

struct SamplePerson {
  PersonId person;
  PostId post;
  Grade grade = Grade::kStaff;
  EmploymentType type = EmploymentType::kRegular;
  std::string category = "事務";
  Day birth, appointed;
  bool gone = false;
};

struct SampleAccount {
  AccountId account;
  std::string login;                       // the staff number
  std::set<std::string> roles;
};

// An account to sign in with and try things.
struct SampleDemo {
  std::string login;
  AccountId account;
  PersonId person;                         // none: an office account
  Text what;
};

struct SampleWard {
  Day first_day;
  std::vector<SampleDemo> demo;
  UnitId home_section, receiving_section;  // of the walk-through's transfer
  std::map<PersonId, SampleAccount> accounts;  // of everybody who acts; none has a password yet
  std::vector<SampleUnit> units;
  std::vector<SamplePost> posts;
  std::vector<SamplePerson> people;
  int next_staff_number = 1;
  UnitId hr_section;                       // 職員課
  PersonId hr_worker, hr_head, hr_director, authority, nurse;
};

// Draws the ward and its facts, in an order in which each names only what stands before it. `staff` people, at least 100.
std::vector<FactEntry> found_ward(SampleWard& ward, int staff, Day first_day, std::mt19937_64& random, IdSource& ids);

// A new person's registration and appointment; `post` is recorded as the main post.
void hire(SampleWard& ward, std::size_t post, EmploymentType type, Grade grade, std::string exam_category, Day from, Day last_day, int age,
          std::mt19937_64& random, IdSource& ids, std::vector<FactEntry>& facts);

// "00001234": how the sample writes staff numbers.
std::string sample_staff_number(int number);

}  // namespace rireki::api
