// From rows to facts: what each row of an import would change in the register. Plans only; import.h records.
#pragma once

#include <map>
#include <set>

#include "api/import.h"

namespace rireki::api {

// The unit or post that a code of another system stands for.
template <class IdType>
IdType id_of_code(std::string_view system, std::string_view code);

// Staff number → person, of every registration in the log.
std::map<std::string, PersonId> people_by_staff_number(const EventLog& log);

struct PlannedImport {
  ImportedFile file;
  std::vector<FactEntry> entries;
  std::vector<std::size_t> lines;  // of the row that each entry comes from
};

// What the files planned so far have in common. `reg` is overlaid with every file's facts, so that later files may name them.
class ImportPlanner {
 public:
  ImportPlanner(Register& reg, IdSource& ids, std::map<std::string, PersonId> people, const ImportOptions& options);

  PlannedImport plan(const ImportSource& source);
  const Findings& findings() const { return findings_; }
  const std::vector<ImportFinding>& notes() const { return notes_; }

 private:
  struct UnitRow;
  void plan_units(const ImportFile& file, PlannedImport& planned);
  void plan_unit(const UnitRow& unit, ImportRow& row, PlannedImport& planned);
  void plan_post(ImportRow& row, PlannedImport& planned);
  void plan_person(ImportRow& row, PlannedImport& planned);
  void plan_employment(PersonId person, Appointed appointed, ImportRow& row, PlannedImport& planned);
  void plan_posting(ImportRow& row, PlannedImport& planned);
  void plan_holidays(const ImportFile& file, const std::string& policy, PlannedImport& planned);
  void plan_figure(const ImportFile& file, const ImportFile::Row& cells, ImportRow& row, PlannedImport& planned);

  void add(PlannedImport& planned, std::size_t line, Fact fact, std::string reason = "", FactId corrects = {});
  void admit_all(PlannedImport& planned);
  template <class IdType> IdType find_unit_or_post(std::string_view code) const;
  std::optional<PersonId> find_person(const std::string& staff_number) const;
  bool wrong(char kind, const std::string& code) const { return wrong_.contains(kind + code); }
  std::optional<Day> effective(ImportRow& row, const std::string& key);
  void differs(ImportRow& row, const std::string& key);

  Register& reg_;
  IdSource& ids_;
  std::map<std::string, PersonId> people_;
  const ImportOptions& options_;
  Findings findings_;
  std::vector<ImportFinding> notes_;
  std::set<std::string> wrong_;  // kind and code of what a refused row would have brought: rows that name it are not refused once more
  std::set<std::string> seen_;   // kind and key of the rows of this file
  std::map<PersonId, PersonName> registered_;  // by this import, under which name
};

}  // namespace rireki::api
