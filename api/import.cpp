#include "api/import.h"

#include <algorithm>

#include "api/import_plan.h"

namespace rireki::api {
namespace {

constexpr int kReplansMax = 3;

struct Plan {
  Position head = 0;
  std::vector<PlannedImport> files;
};

Plan plan(Office& office, const std::vector<ImportSource>& sources, const ImportOptions& options, ImportReport& report,
          const std::function<void(double)>& progress) {
  Plan made{.head = office.log().head(), .files = {}};
  office.with_context([&](const DecisionContext& context) {
    ImportPlanner planner(context.reg, context.ids, people_by_staff_number(office.log()), options);
    for (const auto& source : sources) {
      made.files.push_back(planner.plan(source));
      progress(0.5 * static_cast<double>(made.files.size()) / static_cast<double>(sources.size()));
    }
    report.findings = planner.findings().shown();
    report.findings_count = planner.findings().count();
    report.notes = planner.notes();
  });
  for (const auto& file : made.files) report.files.push_back(file.file);
  return made;
}

AppendCondition no_fact_after(Position position) {
  return {{Clause{.fail_if = std::vector{QueryItem{.types = all_fact_types(), .tags = {}}}, .after = position}}};
}

}  // namespace

ImportReport import_files(Office& office, const Actor& actor, std::vector<ImportSource> sources, const ImportOptions& options,
                          const std::function<void(double done)>& progress) {
  const auto tell = [&](double done) { if (progress) progress(done); };
  std::stable_sort(sources.begin(), sources.end(), [](const auto& a, const auto& b) { return a.kind < b.kind; });
  for (int replans = 0;; ++replans) {
    ImportReport report;
    const Plan made = plan(office, sources, options, report, tell);
    if (report.findings_count > 0 || options.dry_run) return report;
    Position read_until = made.head;
    bool again = false;
    for (std::size_t i = 0; i < made.files.size() && !again; ++i) {
      tell(0.5 + 0.5 * static_cast<double>(i) / static_cast<double>(made.files.size()));
      if (made.files[i].entries.empty()) continue;
      const auto appended = office.record_facts(actor, made.files[i].entries, {}, no_fact_after(read_until));
      if (appended) {
        report.files[i].position = read_until = appended->last;
        continue;
      }
      // Somebody else recorded a fact meanwhile: what was planned may no longer hold. Files already recorded come out unchanged.
      again = replans < kReplansMax && (!appended.error().storage || appended.error().storage->code == AppendErrorCode::kConflict);
      if (again) continue;
      report.storage = appended.error().storage.value_or(AppendError{.code = AppendErrorCode::kConflict, .what = "the register changed during the import"});
      return report;
    }
    if (!again) {
      tell(1);
      return report;
    }
  }
}

}  // namespace rireki::api
