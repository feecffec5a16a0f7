// Tables that documents print, given back from the recorded figures. A figure's marks go with it wherever it appears; totals are computed and
// say when they rest on an uncertain figure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "api/text/csv.h"
#include "domain/register.h"

namespace rireki::api {

struct ReportCell {
  std::string text;
  std::vector<std::string> marks;  // as FigureRecorded::marks
  bool operator==(const ReportCell&) const = default;
};

struct ReportTable {
  std::string id;
  Text title;
  std::vector<Text> headings;
  std::vector<std::vector<ReportCell>> rows;    // each as long as `headings`
  std::vector<std::vector<ReportCell>> totals;  // likewise; computed, printed nowhere
  std::vector<Text> notes;
  std::vector<std::string> sources;
};

struct ReportInfo {
  std::string id;      // "nerima-hires"
  std::string series;  // whose figures it shows
  Text title;
};
const std::vector<ReportInfo>& all_reports();

// The figures of a series that hold, in the order of their first recording: a corrected figure keeps its place.
std::vector<FigureRecorded> recorded_figures(const Register& reg, const std::string& series, Position as_of = kPending);

// `id` is one of all_reports(). No figures give a table without rows.
ReportTable make_report(const ReportInfo& info, const std::vector<FigureRecorded>& figures);

std::string print_table(const ReportTable& table, bool japanese);  // for a terminal: columns aligned, marks behind the figures
nlohmann::json to_json(const ReportTable& table);
void write_csv(const ReportTable& table, CsvWriter& writer);       // marks behind the figures

}  // namespace rireki::api
