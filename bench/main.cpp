#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bench/figures.h"

namespace rireki::bench {

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

namespace {

void print_header() {
  std::printf("%-20s %14s %14s %-10s %6s %6s  %s\n", "figure", "value", "ceiling", "unit", "ratio", "goal", "");
}
void print(const Figure& figure) {
  std::printf("%-20s %14.0f %14.0f %-10s %6.2f %6.2f  %-6s %s\n", figure.name.c_str(), figure.value, figure.ceiling, figure.unit.c_str(), figure.ratio(),
              figure.goal, figure.met() ? "" : figure.at_most ? "above" : "below", figure.note.c_str());
  std::fflush(stdout);
}

nlohmann::json to_json(const std::vector<Figure>& figures) {
  auto list = nlohmann::json::array();
  for (const auto& f : figures)
    list.push_back({{"name", f.name}, {"value", f.value}, {"unit", f.unit}, {"ceiling", f.ceiling}, {"ratio", f.ratio()}, {"goal", f.goal}});
  return {{"figures", std::move(list)}};
}

}  // namespace
}  // namespace rireki::bench

int main(int argc, char** argv) {
  using namespace rireki::bench;
  Run run{.folder = std::filesystem::path(RIREKI_BINARY_DIR) / "bench-data"};
  std::string json;
  CLI::App app{"Rireki's figures, each beside its ceiling measured in the same run"};
  app.add_flag("--quick", run.quick, "seconds instead of minutes; ratios are rougher");
  app.add_option("--json", json, "also write {\"figures\": [{name, value, unit, ceiling, ratio, goal}]} to this file");
  app.add_option("--only", run.only, "only figures whose name starts with this, e.g. append.durable");
  app.add_option("--data", run.folder, "folder for the data, on the disk to be measured; emptied before and after")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  std::filesystem::remove_all(run.folder);
  std::filesystem::create_directories(run.folder);
  print_header();
  std::vector<Figure> all;
  for (const auto& rows : {append_figures, read_figures, http_figures, ward_figures, growth_figures})
    for (auto& figure : rows(run)) {
      print(figure);
      all.push_back(std::move(figure));
    }
  std::filesystem::remove_all(run.folder);
  if (!json.empty()) {
    std::ofstream file(json);
    file << to_json(all).dump(2) << "\n";
    if (!file.flush()) {
      std::cerr << "cannot write " << json << "\n";
      return 1;
    }
  }
  return 0;
}
