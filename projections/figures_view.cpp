#include "projections/figures_view.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "projections/fact_rows.h"

namespace rireki {
namespace {

// Series and categories are free text: a "/" in one must not reach into its neighbour.
std::string segment(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '/' || c == '%') escaped += c == '/' ? "%2f" : "%25";
    else escaped.push_back(c);
  }
  return escaped;
}
std::string unescaped(std::string_view segment) {
  std::string text;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] != '%') {
      text.push_back(segment[i]);
      continue;
    }
    text.push_back(segment.substr(i, 3) == "%2f" ? '/' : '%');
    i += 2;
  }
  return text;
}

}  // namespace

Query FiguresView::query() const {
  return std::vector<QueryItem>{{.types = {"fact/figure-recorded", "fact/appointed", "fact/cancelled"}, .tags = {}}};
}

void FiguresView::fold(const EventView& event, Rows& rows) const {
  const Body body = body_of(event).body;
  FactRows facts(rows);
  std::string former;
  if (const FactId gone = voided_by(body)) former = facts.remove(gone);
  const auto* entry = std::get_if<FactEntry>(&body);
  if (!entry) return;
  if (const auto* figure = std::get_if<FigureRecorded>(&entry->fact)) {
    const std::string series = "s/" + segment(figure->series) + "/";
    facts.stand(entry->id, former.starts_with(series) ? former : series + sortable(event.position()), to_json(entry->fact).dump());
  } else if (const auto* appointed = std::get_if<Appointed>(&entry->fact)) {
    const std::string year = std::to_string(fiscal_year(appointed->from));
    facts.stand(entry->id, "h/" + year + "/" + segment(appointed->exam_category) + "/" + to_text(entry->id), to_text(appointed->person));
  }
}

std::vector<std::string> all_series(const RowReader& rows) {
  std::vector<std::string> all;
  rows.scan("s/", "", [&](std::string_view key, std::string_view) {
    auto series = unescaped(key.substr(2, key.rfind('/') - 2));
    if (all.empty() || all.back() != series) all.push_back(std::move(series));
    return true;
  });
  return all;
}

std::vector<FigureRecorded> figures_of(const RowReader& rows, const std::string& series) {
  std::vector<FigureRecorded> figures;
  rows.scan("s/" + segment(series) + "/", "", [&](std::string_view, std::string_view value) {
    auto fact = fact_from_json("figure-recorded", nlohmann::json::parse(value));
    if (!fact) throw std::runtime_error("a row of figures cannot be read");
    figures.push_back(std::get<FigureRecorded>(std::move(*fact)));
    return true;
  });
  return figures;
}

Hires hires(const RowReader& rows) {
  Hires counts;
  rows.scan("h/", "", [&](std::string_view key, std::string_view) {
    const auto year_end = key.find('/', 2), category_end = key.find('/', year_end + 1);
    int year = 0;
    std::from_chars(key.data() + 2, key.data() + year_end, year);
    ++counts[year][unescaped(key.substr(year_end + 1, category_end - year_end - 1))];
    return true;
  });
  return counts;
}

}  // namespace rireki
