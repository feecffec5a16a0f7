#include "domain/obligations.h"

#include <algorithm>

#include "domain/form.h"

namespace rireki {
namespace {

using nlohmann::json;

// --- Loading ---

std::optional<Range> range_of(const json& value, const char* name) {
  const auto found = value.find(name);
  return found == value.end() ? std::nullopt : std::optional(Range{(*found)[0].get<int>(), (*found)[1].get<int>()});
}
template <class E>
std::set<E> words_of(const json& value, const char* name) {
  std::set<E> words;
  for (const auto& one : value.value(name, json::array())) words.insert(parse_enum<E>(one.get<std::string>()).value());
  return words;
}

Population population_of(const json& value) {
  Population population{.years_of_service = range_of(value, "years_of_service"), .age = range_of(value, "age"), .types = words_of<EmploymentType>(value, "types"),
                        .grades = words_of<Grade>(value, "grades"), .job_categories = value.value("job_categories", std::set<std::string>{}),
                        .unit = parse<UnitId>(value.value("unit", "")).value_or(UnitId{}), .on_leave = {}, .moved_within_months = value.value("moved_within_months", 0),
                        .qualification = value.value("qualification", ""), .without_qualification = value.value("without_qualification", "")};
  if (value.contains("on_leave")) population.on_leave = value["on_leave"].get<bool>();
  return population;
}

DutyCause cause_of(const std::string& word) {
  constexpr std::pair<std::string_view, DutyCause> kCauses[] = {{"fiscal-year", DutyCause::kFiscalYear}, {"appointment", DutyCause::kAppointment}, {"return", DutyCause::kReturn},
                                                               {"move", DutyCause::kMove}, {"promotion", DutyCause::kPromotion}};
  return std::find_if(std::begin(kCauses), std::end(kCauses), [&](const auto& one) { return one.first == word; })->second;
}

// What follows the schema; the rest is for check().
Obligation obligation_of(const json& value) {
  Obligation obligation{.id = value["id"], .title = {value["title"]["ja"], value["title"]["en"]}, .source = value["source"], .population = population_of(value["population"]),
                        .each = cause_of(value["each"]), .leave_kinds = words_of<LeaveKind>(value, "leave_kinds"), .due_on = {}, .due_after = {},
                        .carried_over = value.value("carried_over", false), .deferred_on_leave = value.value("deferred_on_leave", true)};
  if (const auto month_day = value["due"].value("month_day", ""); !month_day.empty())
    obligation.due_on = std::chrono::month{static_cast<unsigned>(std::stoi(month_day))} / std::stoi(month_day.substr(3));
  if (const auto offset = parse_offset(value["due"].value("offset", ""))) obligation.due_after = *offset;
  return obligation;
}

class ListCheck {
 public:
  explicit ListCheck(const std::string& file) : file_(file) {}
  void check(std::size_t index, const json& written, const Obligation& one) {
    at_ = "/" + std::to_string(index);
    if (!ids_.insert(one.id).second) say("/id", "同じIDの義務が前にあります。", "An earlier obligation has this id.");
    const bool yearly = one.each == DutyCause::kFiscalYear;
    if (yearly != written["due"].contains("month_day"))
      say("/due", "年度ごとの義務は月日（month_day）、出来事による義務は期間（offset）で期限を書きます。", "A duty of each fiscal year has a month_day, one of an event an offset.");
    if (yearly && written["due"].contains("month_day") && !one.due_on.ok()) say("/due/month_day", "その月日はありません。", "There is no such day.");
    if (one.each != DutyCause::kReturn && !one.leave_kinds.empty()) say("/leave_kinds", "休業の種類は return の義務だけに書きます。", "Kinds of leave belong to an obligation of each return.");
    for (const auto& [name, range] : {std::pair{"years_of_service", &one.population.years_of_service}, {"age", &one.population.age}})
      if (*range && (*range)->first > (*range)->last) say(std::string("/population/") + name, "範囲の始まりが終わりより大きくなっています。", "The range begins after its end.");
  }
  std::vector<Finding> findings;

 private:
  void say(const std::string& pointer, std::string ja, std::string en) { findings.push_back({file_, at_ + pointer, {std::move(ja), std::move(en)}}); }
  const std::string& file_;
  std::string at_;
  std::set<std::string> ids_;
};

// --- Who is due ---

Day months_before(Day day, int months) {
  const auto date = std::chrono::year_month_day{day} - std::chrono::months{months};
  return date.ok() ? Day{date} : Day{date.year() / date.month() / std::chrono::last};
}

bool belongs(const Register& reg, PersonId person, const Population& who, Moment at) {
  const auto held = reg.employment(person, at);
  if (!held) return false;
  const Employment& employment = *held;
  if (!who.types.empty() && !who.types.contains(employment.type)) return false;
  if (!who.grades.empty() && !who.grades.contains(employment.grade)) return false;
  if (!who.job_categories.empty() && !who.job_categories.contains(employment.job_category)) return false;
  if (who.years_of_service && !who.years_of_service->contains(year_of_service(employment.first_appointed, at.on))) return false;
  if (who.age) {
    const auto age = reg.age(person, at);
    if (!age || !who.age->contains(*age)) return false;
  }
  if (who.unit) {
    const auto unit = reg.unit_of(person, at);
    if (!unit || !reg.is_within(*unit, who.unit, at)) return false;
  }
  if (who.on_leave && reg.leave(person, at).has_value() != *who.on_leave) return false;
  if (who.moved_within_months > 0) {
    const auto main = reg.main_posting(person, at);
    if (!main || main->period.first <= months_before(at.on, who.moved_within_months) || main->period.first == employment.first_appointed) return false;
  }
  const auto holds = [&](const std::string& code) {
    const auto all = reg.qualifications(person, at);
    return std::any_of(all.begin(), all.end(), [&](const QualificationGained& one) { return one.code == code; });
  };
  if (!who.qualification.empty() && !holds(who.qualification)) return false;
  return who.without_qualification.empty() || !holds(who.without_qualification);
}

// One person's duties, with what they rest on read once.
class Reckoning {
 public:
  Reckoning(const Register& reg, PersonId person, Moment at) : reg_(reg), person_(person), at_(at), office_(reg), employments_(reg.employments(person, at.as_of)) {
    leaves_ = reg.leaves(person, at.as_of);
    std::sort(leaves_.begin(), leaves_.end(), [](const Leave& a, const Leave& b) { return a.period < b.period; });
    for (const auto& leave : leaves_) {  // one that begins when another ends is the same absence
      if (!away_.empty() && (away_.back().last == kForever || leave.period.first <= away_.back().last + days{1})) away_.back().last = std::max(away_.back().last, leave.period.last);
      else away_.push_back(leave.period);
    }
    for (const auto* entry : reg.visible("person:" + to_text(person), at.as_of))
      if (const auto* done = std::get_if<DutyCompleted>(&entry->fact)) completed_.push_back(done);
  }

  void add(const Obligation& obligation, int year, std::vector<Duty>& into) const {
    if (obligation.each == DutyCause::kFiscalYear) add_yearly(obligation, year, into);
    else add_events(obligation, fiscal_year_period(year), into);
  }

 private:
  const Employment* employed(Day on) const {
    const auto found = std::find_if(employments_.begin(), employments_.end(), [&](const Employment& one) { return one.period.contains(on); });
    return found == employments_.end() ? nullptr : &*found;
  }
  // Employed in the year: on its first day, or from a later one.
  const Employment* employed_in(const Period& year) const {
    const auto found = std::find_if(employments_.begin(), employments_.end(), [&](const Employment& one) { return one.period.overlaps(year); });
    return found == employments_.end() ? nullptr : &*found;
  }

  void add_yearly(const Obligation& obligation, int year, std::vector<Duty>& into) const {
    const Period whole = fiscal_year_period(year);
    const Employment* employment = employed_in(whole);
    if (!employment) return;
    const Day reference = std::max(whole.first, employment->period.first);
    // Most people are past the years that most duties ask about: said before the register is asked for the rest.
    const auto& years = obligation.population.years_of_service;
    if (years && !years->contains(year_of_service(employment->first_appointed, reference))) return;
    if (!belongs(reg_, person_, obligation.population, {reference, at_.as_of})) return;
    const auto month = obligation.due_on.month();
    const std::chrono::year calendar_year{month < std::chrono::April ? year + 1 : year};
    const auto date = calendar_year / month / obligation.due_on.day();
    const Day due = date.ok() ? Day{date} : Day{calendar_year / month / std::chrono::last};
    judge(obligation, reference, due < reference ? whole.last : due, whole, into);  // whoever came after the day has the rest of the year
  }

  void add_events(const Obligation& obligation, const Period& year, std::vector<Duty>& into) const {
    for (const Day event : events(obligation)) {
      if (!year.contains(event) || !belongs(reg_, person_, obligation.population, {event, at_.as_of})) continue;
      judge(obligation, event, office_.add(event, obligation.due_after), {event, kForever}, into);
    }
  }

  std::set<Day> events(const Obligation& obligation) const {
    std::set<Day> days_of;
    if (obligation.each == DutyCause::kAppointment)
      for (const auto& one : employments_) days_of.insert(one.period.first);
    if (obligation.each == DutyCause::kReturn)
      for (const auto& leave : leaves_)
        if (leave.period.last != kForever && (obligation.leave_kinds.empty() || obligation.leave_kinds.contains(leave.kind))) days_of.insert(leave.period.last + days{1});
    if (obligation.each == DutyCause::kMove)
      for (const auto& one : reg_.all_postings(person_, at_.as_of))
        if ((one.kind == PostingKind::kMain || one.kind == PostingKind::kCover) && !std::any_of(employments_.begin(), employments_.end(), [&](const Employment& e) { return e.period.first == one.period.first; }))
          days_of.insert(one.period.first);
    if (obligation.each == DutyCause::kPromotion)
      for (const auto* entry : reg_.visible("person:" + to_text(person_), at_.as_of))
        if (const auto* graded = std::get_if<Graded>(&entry->fact)) {
          const auto before = reg_.employment(person_, {graded->from - days{1}, at_.as_of});
          if (before && before->grade < graded->grade) days_of.insert(graded->from);
        }
    return days_of;
  }

  // `window`: in which completion counts, and the time to which a leave defers it; after it a duty is missed, unless it is carried over.
  void judge(const Obligation& obligation, Day since, Day due, const Period& window, std::vector<Duty>& into) const {
    Duty duty{.obligation = obligation.id, .person = person_, .since = since, .due = due, .status = DutyStatus::kDue, .done = {}};
    std::optional<Day> back;  // last day of the leaves that defer it
    if (obligation.deferred_on_leave)
      for (const auto& leave : away_)
        if (leave.contains(duty.due)) {  // falls in a leave: due after the return, as long as the leave had left of the time for it
          back = leave.last;
          if (leave.last == kForever) break;
          duty.due = leave.last + (duty.due - std::max(since, leave.first)) + days{1};
        }
    const Day last = obligation.carried_over ? kForever : std::max(window.last, duty.due);
    for (const auto* one : completed_)
      if (one->duty == obligation.id && since <= one->on && one->on <= std::min(last, at_.on)) duty.done = std::min(duty.done.value_or(one->on), one->on);
    // Where the duty is of that year alone; one that is carried over waits for the return.
    const bool whole_year = obligation.deferred_on_leave && !obligation.carried_over && window.last != kForever && std::any_of(away_.begin(), away_.end(), [&](const Period& one) { return Period{since, window.last}.within(one); });
    if (duty.done) duty.status = DutyStatus::kDone;
    else if (!employed(at_.on) && at_.on >= since) return;  // nobody owes anything once they have left
    else if (whole_year) duty.status = DutyStatus::kExcused;
    else if (back && at_.on <= *back) duty.status = DutyStatus::kDeferred;
    else if (at_.on <= duty.due) duty.status = DutyStatus::kDue;
    else duty.status = at_.on > last ? DutyStatus::kMissed : DutyStatus::kOverdue;
    into.push_back(std::move(duty));
  }

  const Register& reg_;
  PersonId person_;
  Moment at_;
  OfficeDays office_;
  std::vector<Employment> employments_;
  std::vector<Leave> leaves_;
  std::vector<Period> away_;  // the leaves, joined
  std::vector<const DutyCompleted*> completed_;
};

bool still_owed(const Duty& duty, Day year_begins) {
  return duty.status == DutyStatus::kDone ? *duty.done >= year_begins : duty.status != DutyStatus::kExcused && duty.status != DutyStatus::kMissed;
}

constexpr int kDeferredYearsMax = 3;  // a childcare leave's longest
constexpr int kCarriedYearsMax = 10;  // a duty older than that is a matter for a decision, not for a list

}  // namespace

Result<Obligations, std::vector<Finding>> load_obligations(const NamedFile& file) {
  static const Form format(obligations_schema());
  const json content = json::parse(file.content, nullptr, false);
  if (content.is_discarded()) return std::vector<Finding>{{file.name, "", {"JSONとして読めません。", "This is not JSON."}}};
  std::vector<Finding> findings;
  for (const auto& fault : format.check(content)) findings.push_back({file.name, fault.pointer, fault.message});
  if (!findings.empty()) return findings;
  Obligations all;
  ListCheck check(file.name);
  for (std::size_t i = 0; i < content.size(); ++i) {
    all.push_back(obligation_of(content[i]));
    check.check(i, content[i], all.back());
  }
  if (!check.findings.empty()) return std::move(check.findings);
  return all;
}

Obligations obligations_in_force(const Register& reg, Moment at) {
  const auto set = reg.policy(kObligationsPolicy, at);
  if (!set) return {};
  auto loaded = load_obligations({kObligationsPolicy, *set});
  return loaded ? std::move(*loaded) : Obligations{};
}

Obligations obligations_of_year(const Register& reg, int fiscal_year, Moment at) {
  const Period year = fiscal_year_period(fiscal_year);
  return obligations_in_force(reg, {std::clamp(at.on, year.first, year.last), at.as_of});
}

std::string_view to_text(DutyStatus status) {
  constexpr std::string_view kWords[] = {"due", "overdue", "done", "deferred", "excused", "missed"};
  return kWords[static_cast<std::size_t>(status)];
}

Text label(DutyStatus status) {
  static const Text kLabels[] = {{"これから", "Due"}, {"期限超過", "Overdue"}, {"済", "Done"}, {"延期（休業）", "Deferred (leave)"}, {"免除（休業）", "Excused (leave)"}, {"未実施で終了", "Missed"}};
  return kLabels[static_cast<std::size_t>(status)];
}

std::vector<Duty> duties_of(const Register& reg, PersonId person, const Obligations& obligations, int fiscal_year, Moment at) {
  const Reckoning reckoning(reg, person, at);
  std::vector<Duty> duties;
  for (const auto& obligation : obligations) {
    const Day begins = fiscal_year_period(fiscal_year).first;
    for (int year = fiscal_year - (obligation.carried_over ? kCarriedYearsMax : kDeferredYearsMax); year < fiscal_year; ++year) {
      std::vector<Duty> earlier;
      reckoning.add(obligation, year, earlier);
      for (auto& duty : earlier)  // carried over, or deferred into this year
        if (still_owed(duty, begins) && (obligation.carried_over || duty.due >= begins)) duties.push_back(std::move(duty));
    }
    reckoning.add(obligation, fiscal_year, duties);
  }
  return duties;
}

}  // namespace rireki
