#include "api/import_plan.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "api/import_vocabulary.h"
#include "api/log_read.h"
#include "api/text/fold.h"
#include "domain/office_days.h"

namespace rireki::api {
namespace {

// A list in one cell: 事務・福祉
std::vector<std::string> split_list(std::string_view text) {
  constexpr std::array<std::string_view, 5> separators = {"・", "、", "/", ",", ";"};
  std::vector<std::string> parts(1);
  while (!text.empty()) {
    const auto found = std::find_if(separators.begin(), separators.end(), [&](std::string_view one) { return text.starts_with(one); });
    if (found == separators.end()) {
      parts.back().push_back(text.front());
      text.remove_prefix(1);
    } else {
      parts.emplace_back();
      text.remove_prefix(found->size());
    }
  }
  for (auto& part : parts) part = std::string(trim_blanks(part));
  std::erase(parts, "");
  return parts;
}

}  // namespace

template <class IdType>
IdType id_of_code(std::string_view system, std::string_view code) {
  std::string text = "rireki import ";
  text += to_text(IdType{})[0];
  text.append(1, '\0').append(system).append(1, '\0').append(code);
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) value = value << 8 | digest[i];
  return IdType{std::max<std::uint64_t>(value, 1)};
}
template UnitId id_of_code<UnitId>(std::string_view, std::string_view);
template PostId id_of_code<PostId>(std::string_view, std::string_view);

std::map<std::string, PersonId> people_by_staff_number(const EventLog& log) {
  std::map<PersonId, std::string> numbers;  // a corrected registration comes later and wins
  const auto end = log.read(with_type("fact/person-registered"), ReadOptions{.bulk = true}, [&](const EventView& event) {
    const auto body = decode(event);
    const auto* entry = body ? std::get_if<FactEntry>(&*body) : nullptr;
    const auto* registered = entry ? std::get_if<PersonRegistered>(&entry->fact) : nullptr;
    if (!registered) throw std::runtime_error("the event at position " + std::to_string(event.position()) + " is no registration of a person");
    numbers[registered->person] = registered->staff_number;
    return true;
  });
  require_read(end);
  std::map<std::string, PersonId> people;
  for (const auto& [person, number] : numbers) people.emplace(number, person);
  return people;
}

ImportPlanner::ImportPlanner(Register& reg, IdSource& ids, std::map<std::string, PersonId> people, const ImportOptions& options)
    : reg_(reg), ids_(ids), people_(std::move(people)), options_(options) {}

PlannedImport ImportPlanner::plan(const ImportSource& source) {
  const auto file = ImportFile::read(source.name, source.bytes, source.encoding, columns_of(source.kind), source.kind == ImportKind::kFigures, findings_, notes_);
  PlannedImport planned{.file = {.kind = source.kind, .name = source.name, .encoding = file.encoding(), .rows = file.rows().size()}};
  seen_.clear();
  if (source.kind == ImportKind::kUnits) {
    plan_units(file, planned);
  } else if (source.kind == ImportKind::kHolidays || source.kind == ImportKind::kClosedDays) {
    plan_holidays(file, kHolidayPolicies[source.kind == ImportKind::kClosedDays], planned);
  } else {
    for (const auto& cells : file.rows()) {
      ImportRow row(file, cells, findings_);
      switch (source.kind) {
        case ImportKind::kPosts: plan_post(row, planned); break;
        case ImportKind::kStaff: plan_person(row, planned); break;
        case ImportKind::kPostings: plan_posting(row, planned); break;
        case ImportKind::kFigures: plan_figure(file, cells, row, planned); break;
        case ImportKind::kUnits: case ImportKind::kHolidays: case ImportKind::kClosedDays: break;
      }
    }
  }
  if (planned.entries.size() > kAppendEventsMax)
    findings_.add({source.name, 0, 0, "", "too-many-facts",
                   {"1つのファイルから記録できる事実は" + std::to_string(kAppendEventsMax) + "件までです。ファイルを分けてください。",
                    "One file may bring at most " + std::to_string(kAppendEventsMax) + " facts. Split it."}});
  admit_all(planned);
  planned.file.facts = planned.entries.size();
  return planned;
}

void ImportPlanner::add(PlannedImport& planned, std::size_t line, Fact fact, std::string reason, FactId corrects) {
  planned.entries.push_back({.id = ids_.make<FactId>(), .fact = std::move(fact), .corrects = corrects, .case_id = {}, .reason = std::move(reason)});
  planned.lines.push_back(line);
}

// The invariants speak about the state after the file, whatever the order of its rows.
void ImportPlanner::admit_all(PlannedImport& planned) {
  for (const auto& violation : admit(reg_, planned.entries)) {
    std::string rests_on;
    for (const auto& [name, value] : violation.refusal.facts) rests_on += (rests_on.empty() ? " (" : ", ") + name + " " + value;
    if (!rests_on.empty()) rests_on += ")";
    findings_.add({planned.file.name, planned.lines[violation.entry], 0, "", violation.refusal.rule,
                   {violation.refusal.message.ja + rests_on, violation.refusal.message.en + rests_on}});
  }
}

std::optional<PersonId> ImportPlanner::find_person(const std::string& staff_number) const {
  const auto known = people_.find(staff_number);
  return known == people_.end() ? std::nullopt : std::optional(known->second);
}

template <>
UnitId ImportPlanner::find_unit_or_post<UnitId>(std::string_view code) const {
  if (const auto id = parse<UnitId>(code); id && reg_.unit_ever(*id)) return *id;
  return id_of_code<UnitId>(options_.system, code);
}
template <>
PostId ImportPlanner::find_unit_or_post<PostId>(std::string_view code) const {
  if (const auto id = parse<PostId>(code); id && reg_.post_ever(*id)) return *id;
  return id_of_code<PostId>(options_.system, code);
}

std::optional<Day> ImportPlanner::effective(ImportRow& row, const std::string& key) {
  if (!options_.effective)
    row.refuse(key, "needs-effective-date", {"台帳と違います。いつからの変更か、基準日（--effective）を指定してください。", "This differs from the register. Say from when with --effective."});
  return options_.effective;
}

void ImportPlanner::differs(ImportRow& row, const std::string& key) {
  row.refuse(key, "differs-from-register", {"台帳と違います。取込みでは変えられません。台帳の訂正をしてください。", "This differs from the register, and an import cannot change it. Correct it in the register."});
}

// --- Units ---

struct ImportPlanner::UnitRow {
  std::size_t index = 0;
  std::string code, name, parent;
  UnitLevel level = UnitLevel::kKa;
  Day from;
  Day last_day = kForever;
};

// A file lists units in any order; a parent is established before its children.
void ImportPlanner::plan_units(const ImportFile& file, PlannedImport& planned) {
  std::map<std::string, UnitRow> units;
  std::vector<ImportRow> rows;
  std::vector<std::string> order;
  for (const auto& cells : file.rows()) {
    rows.emplace_back(file, cells, findings_);
    ImportRow& row = rows.back();
    UnitRow unit{.index = rows.size() - 1};
    unit.code = row.code("code", true);
    unit.name = row.text("name", true);
    unit.parent = row.code("parent");
    unit.level = row.word("level", unit_levels(), UnitLevel::kKa, true);
    unit.from = row.date("from", true).value_or(Day{});
    unit.last_day = row.last_day("last_day");
    if (!unit.code.empty() && units.contains(unit.code)) row.refuse("code", "code-twice", {"同じ所属コードの行が前にあります。", "An earlier row has the same unit code."});
    if (!row.ok()) {
      wrong_.insert('u' + unit.code);
      continue;
    }
    order.push_back(unit.code);
    units.emplace(unit.code, std::move(unit));
  }
  enum class Visit { kOpen, kDone };
  std::map<std::string, Visit> visited;
  const std::function<void(const std::string&)> visit = [&](const std::string& code) {
    const auto& unit = units.at(code);
    ImportRow& row = rows[unit.index];
    visited[code] = Visit::kOpen;
    if (const auto parent = units.find(unit.parent); parent != units.end()) {
      const auto state = visited.find(unit.parent);
      if (state == visited.end()) visit(unit.parent);
      else if (state->second == Visit::kOpen) row.refuse("parent", "parent-cycle", {"上位所属をたどると自分に戻ります。", "The parents lead back to the unit itself."});
    } else if (!unit.parent.empty() && !wrong('u', unit.parent) && !reg_.unit_ever(find_unit_or_post<UnitId>(unit.parent))) {
      row.refuse("parent", "known-unit", {"上位所属がこのファイルにも台帳にもありません。", "The parent is neither in this file nor in the register."});
    }
    visited[code] = Visit::kDone;
    if (!row.ok() || wrong('u', unit.parent)) wrong_.insert('u' + code);
    else plan_unit(unit, row, planned);
  };
  for (const auto& code : order)
    if (!visited.contains(code)) visit(code);
}

void ImportPlanner::plan_unit(const UnitRow& unit, ImportRow& row, PlannedImport& planned) {
  const UnitId id = find_unit_or_post<UnitId>(unit.code);
  const UnitId parent = unit.parent.empty() ? UnitId{} : find_unit_or_post<UnitId>(unit.parent);
  const std::size_t before = planned.entries.size();
  const auto known = reg_.unit_ever(id);
  if (!known) {
    add(planned, row.line(), UnitEstablished{.unit = id, .name = unit.name, .level = unit.level, .parent = parent, .from = unit.from});
    if (unit.last_day != kForever) add(planned, row.line(), UnitAbolished{.unit = id, .last_day = unit.last_day, .successor = {}});
    return;
  }
  if (known->level != unit.level) differs(row, "level");
  if (known->parent != parent) differs(row, "parent");
  if (known->period.first != unit.from) differs(row, "from");
  if (unit.last_day > known->period.last) differs(row, "last_day");
  if (known->name != unit.name)
    if (const auto from = effective(row, "name")) add(planned, row.line(), UnitRenamed{.unit = id, .name = unit.name, .from = *from});
  if (unit.last_day < known->period.last) add(planned, row.line(), UnitAbolished{.unit = id, .last_day = unit.last_day, .successor = {}});
  if (row.ok() && planned.entries.size() == before) ++planned.file.unchanged;
}

// --- Posts ---

void ImportPlanner::plan_post(ImportRow& row, PlannedImport& planned) {
  const std::string code = row.code("code", true);
  PostCreated post{.title = row.text("title", true), .grade = row.word("grade", grades(), Grade::kNone), .job_categories = split_list(row.text("categories")),
                   .quota = row.count("quota", 1), .head = row.flag("head"), .function = row.code("function")};
  const std::string unit = row.code("unit", true);
  post.from = row.date("from", true).value_or(Day{});
  const Day last_day = row.last_day("last_day");
  if (!code.empty() && !seen_.insert(code).second) row.refuse("code", "code-twice", {"同じポストコードの行が前にあります。", "An earlier row has the same post code."});
  post.unit = find_unit_or_post<UnitId>(unit);
  if (!unit.empty() && !wrong('u', unit) && !reg_.unit_ever(post.unit)) row.refuse("unit", "known-unit", {"台帳にない所属です。", "The register does not know this unit."});
  if (!row.ok() || wrong('u', unit)) {
    wrong_.insert('t' + code);
    return;
  }
  post.post = find_unit_or_post<PostId>(code);
  const auto known = reg_.post_ever(post.post);
  if (!known) {
    const PostId id = post.post;
    add(planned, row.line(), std::move(post));
    if (last_day != kForever) add(planned, row.line(), PostClosed{.post = id, .last_day = last_day});
    return;
  }
  const std::size_t before = planned.entries.size();
  if (known->unit != post.unit) differs(row, "unit");
  if (known->grade != post.grade) differs(row, "grade");
  if (known->head != post.head) differs(row, "head");
  if (known->period.first != post.from) differs(row, "from");
  if (last_day > known->period.last) differs(row, "last_day");
  if (known->title != post.title || known->quota != post.quota)
    if (const auto from = effective(row, known->title != post.title ? "title" : "quota"))
      add(planned, row.line(), PostChanged{.post = post.post, .title = post.title, .quota = post.quota, .from = *from});
  if (last_day < known->period.last) add(planned, row.line(), PostClosed{.post = post.post, .last_day = last_day});
  if (row.ok() && planned.entries.size() == before) ++planned.file.unchanged;
}

// --- Postings ---

void ImportPlanner::plan_posting(ImportRow& row, PlannedImport& planned) {
  const std::string number = row.code("number", true), code = row.code("post", true);
  Posted posted{.kind = row.word("kind", posting_kinds(), PostingKind::kMain, true)};
  posted.from = row.date("from", true).value_or(Day{});
  posted.last_day = row.last_day("last_day");
  posted.order_kind = row.text("order_kind");
  posted.order_number = row.text("order_number");
  if (wrong('p', number) || wrong('t', code)) return;  // its own row was refused, and says why
  const auto person = find_person(number);
  posted.post = find_unit_or_post<PostId>(code);
  if (!number.empty() && !person) row.refuse("number", "known-person", {"台帳にない職員番号です。", "The register does not know this staff number."});
  if (!code.empty() && !reg_.post_ever(posted.post)) row.refuse("post", "known-post", {"台帳にないポストです。", "The register does not know this post."});
  if (!row.ok()) return;
  posted.person = *person;
  for (const auto& held : reg_.all_postings(posted.person)) {
    if (held.post != posted.post || held.kind != posted.kind || held.period.first != posted.from) continue;
    const auto employment = reg_.employment(posted.person, {held.period.first});
    const bool open_in_both = posted.last_day == kForever && employment && held.period.last == employment->period.last;
    if (posted.last_day == held.period.last || open_in_both) ++planned.file.unchanged;
    else if (posted.last_day < held.period.last) add(planned, row.line(), PostingEnded{.person = posted.person, .post = posted.post, .kind = posted.kind, .last_day = posted.last_day});
    else differs(row, "last_day");
    return;
  }
  if (!seen_.insert(number + '\n' + code + '\n' + std::string(to_text(posted.kind)) + iso(posted.from)).second)
    return row.refuse("", "row-twice", {"同じ発令の行が前にあります。", "An earlier row says the same."});
  add(planned, row.line(), std::move(posted));
}

// --- Holidays ---

// A file is the whole truth of each year that it names: what it no longer lists is no holiday of that year any more.
void ImportPlanner::plan_holidays(const ImportFile& file, const std::string& policy, PlannedImport& planned) {
  struct Year {
    nlohmann::json days = nlohmann::json::object();
    std::size_t line = 0, rows = 0;
  };
  std::map<int, Year> years;
  for (const auto& cells : file.rows()) {
    ImportRow row(file, cells, findings_);
    const auto day = row.date("day", true);
    const std::string name = row.text("name", true);
    if (!day || !row.ok()) continue;
    auto& year = years[static_cast<int>(std::chrono::year_month_day{*day}.year())];
    if (year.rows++ == 0) year.line = row.line();
    if (year.days.contains(iso(*day))) row.refuse("day", "row-twice", {"同じ日の行が前にあります。", "An earlier row has the same day."});
    year.days[iso(*day)] = name;
  }
  for (const auto& [number, year] : years) {
    const Day first = day(number, 1, 1);
    const auto known = reg_.policy(policy + std::to_string(number), {first});
    if (known && nlohmann::json::parse(*known, nullptr, false) == year.days) planned.file.unchanged += year.rows;
    else add(planned, year.line, PolicySet{.policy = policy + std::to_string(number), .value_json = year.days.dump(), .from = first});
  }
}

// --- Figures ---

void ImportPlanner::plan_figure(const ImportFile& file, const ImportFile::Row& cells, ImportRow& row, PlannedImport& planned) {
  FigureRecorded figure{.series = row.code("series", true), .period = row.code("period", true), .category = row.text("category", true),
                        .value = row.text("value", true), .unit = row.text("unit", true), .marks = {}, .source = row.text("source", true), .detail = {}};
  for (const auto& mark : split_list(row.text("marks"))) {
    const auto known = figure_marks().find(fold_width(mark));
    if (known == figure_marks().end()) row.refuse("marks", "vocabulary", {"「" + mark + "」という印は使えません。", "The mark \"" + mark + "\" is not known here."});
    else figure.marks.push_back(known->second);
  }
  for (const auto& [heading, column] : file.other_columns())
    if (const auto value = file.cell_at(cells, column); !value.empty()) figure.detail.emplace(heading, std::string(value));
  if (!row.ok()) return;
  std::string key = figure.series + '\n' + figure.period + '\n' + figure.category;
  for (const auto& [name, value] : figure.detail) key += '\n' + name + '=' + value;
  if (!seen_.insert(key).second) return row.refuse("", "row-twice", {"同じ項目の行が前にあります。", "An earlier row has the same figure."});

  const auto forecast = [](const FigureRecorded& one) { return std::find(one.marks.begin(), one.marks.end(), "forecast") != one.marks.end(); };
  const FactEntry* replaced = nullptr;
  for (const auto* entry : reg_.visible("series:" + figure.series)) {
    const auto* known = std::get_if<FigureRecorded>(&entry->fact);
    if (!known || known->period != figure.period || known->category != figure.category || known->detail != figure.detail) continue;
    if (known->value == figure.value && known->marks == figure.marks && known->unit == figure.unit) {
      ++planned.file.unchanged;
      return;
    }
    if (!forecast(*known) || forecast(figure)) replaced = entry;  // a final value stands beside its forecast, both are kept
  }
  if (!replaced) return add(planned, row.line(), std::move(figure));
  if (options_.reason.empty())
    return row.refuse("value", "reason-required", {"記録済みの値と違います。訂正の理由（--reason）を指定してください。", "This differs from the recorded figure. Give the reason of the correction with --reason."});
  add(planned, row.line(), std::move(figure), options_.reason, replaced->id);
}

}  // namespace rireki::api
