#include "domain/retention.h"

#include <stdexcept>

#include "domain/access.h"

namespace rireki {
namespace {

using nlohmann::json;

std::optional<AfterRetention> parse_then(const std::string& text) {
  for (const auto one : {AfterRetention::kErase, AfterRetention::kArchive, AfterRetention::kPermanent})
    if (to_text(one) == text) return one;
  return std::nullopt;
}

// The last day of the last employment, where it lies in the past.
std::optional<Day> employment_ended(PersonId person, const Register& reg, Day today) {
  const auto employments = reg.employments(person);
  if (employments.empty()) return std::nullopt;
  std::optional<Day> last;
  for (const auto& one : employments) {
    if (one.period.last >= today) return std::nullopt;
    last = last ? std::max(*last, one.period.last) : one.period.last;
  }
  return last;
}

RetentionDue due_of(const std::string& retention_class, Day began, const RetentionTable& table) {
  RetentionDue found{.retention_class = retention_class, .began = began, .due = {}};
  const auto rule = table.classes.find(retention_class);
  if (rule == table.classes.end()) return found;
  found.then = rule->second.then;
  if (found.then != AfterRetention::kPermanent) found.due = due_after(began, rule->second.years);
  return found;
}

}  // namespace

std::string_view to_text(AfterRetention then) {
  constexpr std::string_view kNames[] = {"erase", "archive", "permanent"};
  return kNames[static_cast<std::size_t>(then)];
}

void throw_exception_from_error(const Finding& error, const boost::source_location&) { throw std::logic_error("unchecked Finding at " + error.pointer); }

Result<RetentionTable, Finding> parse_retention(std::string_view text) {
  const auto finding = [](std::string pointer, const char* ja, const char* en) { return Finding{.file = kRetentionPolicy, .pointer = std::move(pointer), .reason = {ja, en}}; };
  const auto parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object()) return finding("", "JSONのオブジェクトで書いてください。", "Write a JSON object.");
  for (const auto& [name, value] : parsed.items())
    if (name != "classes" && name != "note") return finding("/" + name, "この項目はありません。", "There is no such member.");
  const auto classes = parsed.find("classes");
  if (classes == parsed.end() || !classes->is_object()) return finding("/classes", "区分の表がありません。", "The table of classes is missing.");
  RetentionTable table;
  for (const auto& [name, one] : classes->items()) {
    const std::string at = "/classes/" + name;
    if (!one.is_object()) return finding(at, "オブジェクトで書いてください。", "Write an object.");
    for (const auto& [member, value] : one.items())
      if (member != "title" && member != "years" && member != "then") return finding(at + "/" + member, "この項目はありません。", "There is no such member.");
    RetentionClass found;
    const auto title = one.find("title");
    if (title == one.end() || !title->is_object() || !title->contains("ja") || !title->contains("en") || !(*title)["ja"].is_string() || !(*title)["en"].is_string())
      return finding(at + "/title", "日本語と英語の名前が要ります。", "It needs a title in Japanese and English.");
    found.title = {(*title)["ja"].get<std::string>(), (*title)["en"].get<std::string>()};
    const auto then = one.find("then");
    const auto known = then != one.end() && then->is_string() ? parse_then(then->get<std::string>()) : std::nullopt;
    if (!known) return finding(at + "/then", "erase、archive、permanent のどれかです。", "One of erase, archive, permanent.");
    found.then = *known;
    const auto years = one.find("years");
    if (found.then != AfterRetention::kPermanent) {
      if (years == one.end() || !years->is_number_integer() || *years < 0 || *years > kRetentionYearsMax) return finding(at + "/years", "0から200までの年数です。", "A number of years from 0 to 200.");
      found.years = years->get<int>();
    } else if (years != one.end()) {
      return finding(at + "/years", "永年には年数を書きません。", "What is permanent has no years.");
    }
    table.classes.emplace(name, std::move(found));
  }
  return table;
}

RetentionTable retention_on(const Register& reg, const Moment& at) {
  const auto set = reg.policy(kRetentionPolicy, at);
  auto table = set ? parse_retention(*set) : Result<RetentionTable, Finding>(RetentionTable{});
  return table ? std::move(*table) : RetentionTable{};
}

Day due_after(Day event, int years) { return fiscal_year_period(fiscal_year(event) + 1 + years).first; }

std::optional<RetentionDue> retention_of(const Definition& definition, const Case& state, const Register& reg, const RetentionTable& table, Day today) {
  const auto here = definition.states.find(state.state);
  if (here == definition.states.end() || !here->second.final()) return std::nullopt;
  std::optional<Day> began = local_day(state.entered_at);
  // Whichever starting event, an open case is kept, and one that goes on after it is kept from its own end.
  if (definition.retention_starts == "end-of-employment") {
    const auto subject = subject_person(state);
    const auto ended = subject ? employment_ended(*subject, reg, today) : began;
    if (!ended) return std::nullopt;
    began = std::max(*began, *ended);
  } else if (definition.retention_starts == "end-of-leave") {
    const auto id = state.subject.kind == "leave" ? parse<LeaveId>(state.subject.id) : std::nullopt;
    const auto leave = id ? reg.find_leave(*id) : std::nullopt;
    if (leave && leave->period.last >= today) return std::nullopt;
    if (leave) began = std::max(*began, leave->period.last);
  }
  return due_of(definition.retention_class, *began, table);
}

std::optional<RetentionDue> retention_of(PersonId person, const Register& reg, const RetentionTable& table, Day today) {
  const auto ended = employment_ended(person, reg, today);
  return ended ? std::optional(due_of(kStaffRecordClass, *ended, table)) : std::nullopt;
}

}  // namespace rireki
