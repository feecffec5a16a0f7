// A figure is what Rireki reaches beside a ceiling measured in the same run: absolute figures drift from machine to machine, ratios do not.
// To add a row: write a function that returns its figures, declare it here, call it in main.cpp.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rireki::bench {

struct Figure {
  std::string name;     // e.g. "append.durable.16"
  double value = 0;     // what Rireki reaches
  std::string unit;     // "events/s"; more is better
  double ceiling = 0;   // what the parts below can do for the same work, same unit, same run
  double goal = 0;      // of value / ceiling
  std::string note;     // e.g. "p99 1.5 ms"; for the reader of the table only
  bool at_most = false; // value and ceiling are of two sizes, and the ratio stays below the goal
  bool met() const { return at_most ? ratio() <= goal : ratio() >= goal; }
  double ratio() const { return ceiling > 0 ? value / ceiling : 0; }
};

struct Run {
  std::filesystem::path folder;  // on the disk that is measured; empty at the start, removed afterwards
  bool quick = false;            // seconds instead of minutes; ratios are rougher
  std::string only;              // only figures whose name starts so; empty: all
  bool wants(std::string_view name) const { return only.empty() || name.starts_with(only); }
};

double seconds_of(const std::function<void()>& work);
double median(std::vector<double> values);

std::vector<Figure> append_figures(const Run& run);  // append.durable.*, append.condition, append.tree, verify.rate
std::vector<Figure> read_figures(const Run& run);    // read.tag50, replay.decoded
std::vector<Figure> http_figures(const Run& run);    // http.command, http.read.*, seal.command
std::vector<Figure> ward_figures(const Run& run);    // rebuild.all, obligations.date, access.decision, bulk.orders
std::vector<Figure> growth_figures(const Run& run);  // start.growth, memory.growth, asof.growth

}  // namespace rireki::bench
