#include "api/report.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <set>

#include "api/text/fold.h"

namespace rireki::api {
namespace {

constexpr std::string_view kUncertain = "uncertain";

bool has_mark(const std::vector<std::string>& marks, std::string_view mark) { return std::find(marks.begin(), marks.end(), mark) != marks.end(); }

// What a document prints for a mark.
std::string with_marks(const ReportCell& cell) {
  std::string text = (has_mark(cell.marks, "about") ? "~" : "") + cell.text;
  if (has_mark(cell.marks, "forecast")) text += " f";
  if (has_mark(cell.marks, kUncertain)) text += " (?)";
  return text;
}

// A sum that carries the marks of what it rests on. Only whole numbers are summed; "—" counts nothing.
class Sum {
 public:
  void add(const FigureRecorded& figure) {
    if (has_mark(figure.marks, "none")) return;
    long long value = 0;
    const auto& text = figure.value;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) whole_ = false;
    sum_ += value;
    for (const auto& mark : figure.marks) marks_.insert(mark);
  }
  ReportCell cell() const { return {whole_ ? std::to_string(sum_) : "", {marks_.begin(), marks_.end()}}; }
  bool uncertain() const { return marks_.contains(std::string(kUncertain)); }

 private:
  long long sum_ = 0;
  bool whole_ = true;
  std::set<std::string> marks_;
};

const Text kRestsOnUncertain = {"計は計算したもので、不確かな値（?）に基づきます。", "Totals are computed and rest on uncertain figures (?)."};
const Text kTotalsComputed = {"計は計算したものです。", "Totals are computed."};

template <class Key>
std::vector<Key> in_order_of_first(const std::vector<FigureRecorded>& figures, const std::function<Key(const FigureRecorded&)>& key) {
  std::vector<Key> keys;
  for (const auto& figure : figures)
    if (const Key one = key(figure); std::find(keys.begin(), keys.end(), one) == keys.end()) keys.push_back(one);
  return keys;
}

std::string detail(const FigureRecorded& figure, const std::string& name) {
  const auto found = figure.detail.find(name);
  return found == figure.detail.end() ? "" : found->second;
}

// Categories down, fiscal years across; a remark stands behind its figure, as printed.
struct YearTable {
  Text category;
  bool totals = true;
  Text note = {};
};
void by_category_and_year(const YearTable& shape, const std::vector<FigureRecorded>& figures, ReportTable& table) {
  const auto years = in_order_of_first<std::string>(figures, [](const auto& figure) { return figure.period; });
  const auto categories = in_order_of_first<std::string>(figures, [](const auto& figure) { return figure.category; });
  table.headings.push_back(shape.category);
  bool years_uncertain = false;
  for (const auto& year : years) table.headings.push_back({year + "年度", "FY" + year});
  std::vector<Sum> sums(years.size());
  for (const auto& category : categories) {
    std::vector<ReportCell> row(years.size() + 1);
    row[0].text = category;
    for (const auto& figure : figures) {
      if (figure.category != category) continue;
      const auto column = static_cast<std::size_t>(std::find(years.begin(), years.end(), figure.period) - years.begin());
      const auto remark = detail(figure, "備考");
      row[column + 1] = {figure.value + (remark.empty() ? "" : "（" + remark + "）"), figure.marks};
      sums[column].add(figure);
      years_uncertain = years_uncertain || has_mark(figure.marks, kUncertain);
    }
    table.rows.push_back(std::move(row));
  }
  if (shape.totals) {
    std::vector<ReportCell> total{{"計", {}}};
    for (const auto& sum : sums) total.push_back(sum.cell());
    table.totals.push_back(std::move(total));
    table.notes.push_back(years_uncertain ? kRestsOnUncertain : kTotalsComputed);
  }
  if (!shape.note.ja.empty()) table.notes.push_back(shape.note);
}

// One line per appointment, totals per article.
void fixed_term(const std::vector<FigureRecorded>& figures, ReportTable& table) {
  table.headings = {{"条", "article"}, {"職", "title"}, {"人数", "people"}, {"任期（年度）", "term (fiscal years)"}, {"職種", "job category"}, {"職層", "grade"}, {"備考", "note"}};
  std::map<std::string, Sum> by_article;
  Sum all;
  for (const auto& figure : figures) {
    const std::string article = detail(figure, "条");
    table.rows.push_back({{article, {}}, {figure.category, {}}, {figure.value, figure.marks}, {figure.period, {}}, {detail(figure, "職種"), {}}, {detail(figure, "職層"), {}}, {detail(figure, "備考"), {}}});
    by_article[article].add(figure);
    all.add(figure);
  }
  for (const auto& [article, sum] : by_article) table.totals.push_back({{article, {}}, {"計", {}}, sum.cell(), {}, {}, {}, {}});
  table.totals.push_back({{}, {"計", {}}, all.cell(), {}, {}, {}, {}});
  table.notes.push_back(all.uncertain() ? kRestsOnUncertain : kTotalsComputed);
}

// The names of each year's units; a year that is printed as "none" shows —.
void units_by_year(const std::vector<FigureRecorded>& figures, ReportTable& table) {
  table.headings = {{"年度", "fiscal year"}, {"組織", "units"}};
  bool uncertain = false;
  for (const auto& year : in_order_of_first<std::string>(figures, [](const auto& figure) { return figure.period; })) {
    ReportCell names;
    std::set<std::string> marks;
    for (const auto& figure : figures) {
      if (figure.period != year) continue;
      names.text += (names.text.empty() ? "" : "、") + figure.category;
      for (const auto& mark : figure.marks)
        if (mark == kUncertain) marks.insert(mark);
    }
    uncertain = uncertain || !marks.empty();
    table.rows.push_back({{year, {marks.begin(), marks.end()}}, std::move(names)});
  }
  if (uncertain) table.notes.push_back({"年度の境は原文から確かでありません（?）。", "Where one year ends and the next begins is not certain in the source (?)."});
}

void by_period(const std::vector<FigureRecorded>& figures, ReportTable& table) {
  table.headings = {{"時期", "period"}, {"応援", "support"}, {"応募人数", "applicants"}};
  Sum all;
  for (const auto& figure : figures) {
    table.rows.push_back({{figure.period, {}}, {figure.category, {}}, {figure.value, figure.marks}});
    all.add(figure);
  }
  table.totals.push_back({{}, {"計", {}}, all.cell()});
  table.notes.push_back(all.uncertain() ? kRestsOnUncertain : kTotalsComputed);
  table.notes.push_back({"実績の一部です。", "This is a part of the record (partial)."});
  table.notes.push_back({"応募した人数で、派遣した人数や従事した人数ではありません。", "These are applicants, not those who were sent or who served."});
}

// Categories down, one value each.
struct PlainTable {
  Text category, value;
  Text note = {};
};
void by_category(const PlainTable& shape, const std::vector<FigureRecorded>& figures, ReportTable& table) {
  table.headings = {shape.category, shape.value};
  Sum all;
  for (const auto& figure : figures) {
    table.rows.push_back({{figure.category, {}}, {figure.value, figure.marks}});
    all.add(figure);
  }
  table.totals.push_back({{"計", {}}, all.cell()});
  table.notes.push_back(all.uncertain() ? kRestsOnUncertain : kTotalsComputed);
  if (!shape.note.ja.empty()) table.notes.push_back(shape.note);
}

using Fill = std::function<void(const std::vector<FigureRecorded>&, ReportTable&)>;
struct Layout {
  ReportInfo info;
  Fill fill;
};
Fill years(YearTable shape) {
  return [shape = std::move(shape)](const auto& figures, auto& table) { by_category_and_year(shape, figures, table); };
}
Fill plain(PlainTable shape) {
  return [shape = std::move(shape)](const auto& figures, auto& table) { by_category(shape, figures, table); };
}

const std::vector<Layout>& layouts() {
  static const std::vector<Layout> all = {
      {{"nerima-hires", "nerima-hires", {"採用者数（4月1日、一般事務、試験区分別）", "Hires of 1 April by exam category (clerical work)"}},
       years({.category = {"採用区分", "exam category"},
              .note = {"どの年度・区分の値かが原文から確かでありません（読み A: 左が新しい年度）。", "Which year and row a figure belongs to is not certain in the source (reading A: from new to old)."}})},
      {{"fixed-term", "nerima-fixed-term", {"任期付職員の採用", "Fixed-term appointments"}}, fixed_term},
      {{"new-units", "nerima-new-units", {"主な新設組織", "Main new units"}}, units_by_year},
      {{"support-roster", "nerima-support-roster", {"応援登録制度の応募人数", "Applicants to the support roster"}}, by_period},
      {{"seconded-out", "nerima-seconded-out", {"派遣職員数（2023年4月1日、関係団体を除く）", "Staff seconded out on 2023-04-01 (affiliated bodies excluded)"}}, plain({.category = {"派遣先", "host"}, .value = {"人数", "people"}})},
      {{"family-support", "nerima-family-support", {"両立支援制度を利用しなかった理由（2022年度調査、複数回答、％）", "Why family support was not used (survey of FY2022, several answers, percent)"}},
       plain({.category = {"理由", "reason"}, .value = {"割合", "share"}, .note = {"複数回答のため、計は100を超えます。", "Several answers could be given, so that the total exceeds 100."}})},
      {{"mental-trouble", "nerima-mental-trouble", {"メンタル不調の経験がある職員の割合（年代別、％）", "Staff who have experienced mental trouble, by age (percent)"}}, years({.category = {"年代", "age"}, .totals = false})},
      {{"kiyose-training", "kiyose-training", {"清瀬市の研修受講者数", "Kiyose: attendance of trainings"}},
       years({.category = {"研修", "course"}, .totals = false, .note = {"「f」は予測値、「—」は実施なしです。", "f: forecast; —: not carried out."}})}};
  return all;
}

}  // namespace

const std::vector<ReportInfo>& all_reports() {
  static const std::vector<ReportInfo> reports = [] {
    std::vector<ReportInfo> all;
    for (const auto& layout : layouts()) all.push_back(layout.info);
    return all;
  }();
  return reports;
}

std::vector<FigureRecorded> recorded_figures(const Register& reg, const std::string& series, Position as_of) {
  const std::string tag = "series:" + series;
  std::vector<std::pair<Position, FigureRecorded>> placed;
  for (const auto* entry : reg.visible(tag, as_of)) {
    const auto* figure = std::get_if<FigureRecorded>(&entry->fact);
    if (!figure) continue;
    FactId first = entry->id;
    for (auto record = reg.find_fact(first, tag); record;) {
      const auto& stated = std::get<FactEntry>(record->entry);
      if (!stated.corrects) {
        placed.emplace_back(record->position, *figure);
        break;
      }
      first = stated.corrects;
      record = reg.find_fact(first, tag);
    }
  }
  std::stable_sort(placed.begin(), placed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<FigureRecorded> figures;
  for (auto& [position, figure] : placed) figures.push_back(std::move(figure));
  return figures;
}

ReportTable make_report(const ReportInfo& info, const std::vector<FigureRecorded>& figures) {
  ReportTable table{.id = info.id, .title = info.title};
  std::find_if(layouts().begin(), layouts().end(), [&](const Layout& one) { return one.info.id == info.id; })->fill(figures, table);
  table.sources = in_order_of_first<std::string>(figures, [](const auto& figure) { return figure.source; });
  return table;
}

std::string print_table(const ReportTable& table, bool japanese) {
  const auto words = [&](const Text& text) { return japanese ? text.ja : text.en; };
  std::vector<std::vector<std::string>> lines(1);
  for (const auto& heading : table.headings) lines[0].push_back(words(heading));
  for (const auto* part : {&table.rows, &table.totals})
    for (const auto& row : *part) {
      lines.emplace_back();
      for (const auto& cell : row) lines.back().push_back(with_marks(cell));
    }
  std::vector<std::size_t> widths(table.headings.size());
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], display_width(line[i]));
  std::string out = words(table.title) + "\n\n";
  for (const auto& line : lines) {
    std::string printed;
    for (std::size_t i = 0; i < line.size(); ++i) printed += line[i] + std::string(widths[i] - display_width(line[i]) + 2, ' ');
    out += printed.substr(0, printed.find_last_not_of(' ') + 1) + "\n";
  }
  out += "\n";
  for (const auto& note : table.notes) out += words(note) + "\n";
  for (const auto& source : table.sources) out += (japanese ? "出典: " : "Source: ") + source + "\n";
  return out;
}

nlohmann::json to_json(const ReportTable& table) {
  const auto text = [](const Text& words) { return nlohmann::json{{"ja", words.ja}, {"en", words.en}}; };
  const auto rows = [](const std::vector<std::vector<ReportCell>>& given) {
    auto all = nlohmann::json::array();
    for (const auto& row : given) {
      auto cells = nlohmann::json::array();
      for (const auto& cell : row) cells.push_back({{"value", cell.text}, {"marks", cell.marks}});
      all.push_back(std::move(cells));
    }
    return all;
  };
  nlohmann::json out{{"report", table.id}, {"title", text(table.title)}, {"headings", nlohmann::json::array()}, {"rows", rows(table.rows)},
                     {"totals", rows(table.totals)}, {"notes", nlohmann::json::array()}, {"sources", table.sources}};
  for (const auto& heading : table.headings) out["headings"].push_back(text(heading));
  for (const auto& note : table.notes) out["notes"].push_back(text(note));
  return out;
}

void write_csv(const ReportTable& table, CsvWriter& writer) {
  std::vector<std::string> line;
  for (const auto& heading : table.headings) line.push_back(heading.ja);
  writer.row(line);
  for (const auto* part : {&table.rows, &table.totals})
    for (const auto& row : *part) {
      line.clear();
      for (const auto& cell : row) line.push_back(with_marks(cell));
      writer.row(line);
    }
  for (const auto& note : table.notes) writer.row({"# " + note.ja});
}

}  // namespace rireki::api
