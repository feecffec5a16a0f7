// Figures of a ward that has lived ten years: rebuilding its views, its obligations on a date, a thousand orders at once.
#include <condition_variable>
#include <future>
#include <mutex>
#include <stdexcept>

#include "api/sample.h"
#include "bench/figures.h"
#include "domain/access.h"
#include "domain/obligations.h"
#include "tests/eventstore/sealed_store.h"
#include "projections/all_views.h"
#include "projections/views.h"

namespace rireki::bench {
namespace {

using namespace rireki::api;
using nlohmann::json;

constexpr std::size_t kOrders = 1'000;
constexpr std::size_t kAppenders = 128;
const Day kToday = day(2026, 11, 20);

// The ward lives before the measurement, on a log whose clock it moves.
class TenYears {
 public:
  TenYears(const std::filesystem::path& folder, bool quick)
      : folder_(folder), log_(folder, {.clock = [this] { return now_.load(); }, .free_bytes_min = 0}), office_(*log_, ids_, [this] { return now_.load(); }) {
    office_.publish({}, default_catalogue()).value();
    SampleOptions options{.staff = quick ? 1'000 : 7'100, .years = quick ? 3 : 10, .seed = 1, .today = kToday, .set_clock = [this](Instant to) { now_ = to; }, .progress = {}};
    const auto ward = live_sample(office_, ids_, options);
    if (!ward) throw std::runtime_error("the ward stopped at: " + ward.error().step);
    for (const auto& person : ward->people) people_.push_back(person.person);
  }
  const EventLog& log() const { return *log_; }
  const Office& office() const { return office_; }
  const std::vector<PersonId>& people() const { return people_; }

  // Seconds to fold every view from nothing.
  double rebuild() {
    if (!views_) {
      views_ = Views::open(folder_ / "views", *log_, all_projections(), {}, log_.view_files()).value();
      if (!views_->wait_for(log_->head(), std::chrono::minutes{10})) throw std::runtime_error("the views were not built");
    }
    return seconds_of([&] { views_->rebuild_all().value(); });
  }

 private:
  std::filesystem::path folder_;
  std::atomic<Instant> now_{Instant{}};
  SeededIds ids_{1};
  SealedStore log_;
  Office office_;
  std::unique_ptr<Views> views_;
  std::vector<PersonId> people_;
};

double decoded_pass(const EventLog& log) {
  std::uint64_t sum = 0;
  const double seconds = seconds_of([&] {
    log.read(AllEvents{}, {.bulk = true}, [&](const EventView& event) {
      sum += event.type().size() + event.id().low + event.tags().size() + static_cast<std::uint64_t>(event.recorded_at().time_since_epoch().count()) + event.body().size();
      return true;
    }).value();
  });
  if (sum == 0) throw std::runtime_error("nothing replayed");
  return seconds;
}

Figure rebuild_all(const Run& run, TenYears& ward) {
  std::vector<double> ours, ceiling;
  const auto views = static_cast<double>(all_projections().size());
  const auto events = static_cast<double>(ward.log().head());
  for (int slice = 0; slice < (run.quick ? 2 : 5); ++slice) {
    ours.push_back(events / ward.rebuild());
    ceiling.push_back(events / decoded_pass(ward.log()));
  }
  return {"rebuild.all", median(ours), "events/s", median(ceiling), 0.3, std::to_string(static_cast<int>(views)) + " views, " + std::to_string(ward.log().head()) + " events"};
}

Figure obligations_on_a_date(const Run& run, const TenYears& ward) {
  std::vector<double> ours, ceiling;
  std::size_t duties = 0, seen = 0;
  ward.office().with_context([&](const DecisionContext& context) {
    const Register& reg = context.reg;
    const auto list = load_obligations(default_obligations()).value();
    const Moment at{kToday};
    const auto owed = [&] {
      duties = 0;
      for (const auto person : ward.people()) duties += duties_of(reg, person, list, fiscal_year(kToday), at).size();
    };
    const auto plain = [&] {
      for (const auto person : ward.people()) seen += reg.employment(person, at).has_value() + reg.main_posting(person, at).has_value() + reg.leaves(person).size();
    };
    owed();  // reads what both need
    plain();
    for (int slice = 0; slice < (run.quick ? 5 : 15); ++slice) {
      ours.push_back(static_cast<double>(ward.people().size()) / seconds_of(owed));
      ceiling.push_back(static_cast<double>(ward.people().size()) / seconds_of(plain));
    }
  });
  if (seen == 0) throw std::runtime_error("nobody is employed");
  return {"obligations.date", median(ours), "people/s", median(ceiling), 0.3, std::to_string(duties) + " duties of " + std::to_string(ward.people().size()) + " people"};
}

// --- A thousand orders ---

// Two sections, a thousand posts in each; everybody of one moves to the other.
class Movers {
 public:
  explicit Movers(const std::filesystem::path& folder) : log_(folder, {.free_bytes_min = 0}), office_(*log_, ids_, [] { return Instant{kToday.time_since_epoch()}; }) {
    office_.publish({}, default_catalogue()).value();
    const UnitId top = unit({}, UnitLevel::kBu);
    const UnitId hr = unit(top, UnitLevel::kKa), home = unit(top, UnitLevel::kKa), receiving = unit(top, UnitLevel::kKa);
    hr_head_ = employed(post(hr, true, "hr-head"), Grade::kSectionManager);
    worker_ = employed(post(hr, false), Grade::kStaff);
    home_head_ = employed(post(home, true), Grade::kSectionManager);
    receiving_head_ = employed(post(receiving, true), Grade::kSectionManager);
    for (std::size_t i = 0; i < kOrders; ++i) {
      people_.push_back(employed(post(home, false), Grade::kStaff));
      posts_.push_back(post(receiving, false));
    }
    for (std::size_t at = 0; at < facts_.size(); at += 900)
      office_.record_facts({}, {facts_.begin() + static_cast<std::ptrdiff_t>(at), facts_.begin() + static_cast<std::ptrdiff_t>(std::min(at + 900, facts_.size()))}, {}).value();
  }

  // Seconds of the orders' append, with their decisions; from draft to decision before.
  double order() {
    std::vector<BulkRow> drafts;
    for (std::size_t i = 0; i < kOrders; ++i)
      drafts.push_back({.case_id = {}, .request = {.procedure = "transfer", .subject = {"person", to_text(people_[i])}, .action = {},
                                                   .form = {{"to_post", to_text(posts_[i])}, {"effective", "2027-04-01"}, {"order_kind", "配置換"}}}, .if_match = {}});
    std::vector<CaseId> cases;
    for (const auto& row : bulk(worker_, {"staff", "hr"}, std::move(drafts)).rows) cases.push_back(row.case_id);
    act(worker_, {"staff", "hr"}, cases, "submit");
    for (const auto head : {receiving_head_, home_head_, hr_head_}) act(head, {"staff", "manager"}, cases, "approve");
    before_ = log_->head();
    return seconds_of([&] { act(worker_, {"staff", "hr"}, cases, "order"); });
  }

  // What the orders appended, as events to append again.
  std::vector<NewEvent> ordered() const {
    std::vector<NewEvent> events;
    log_->read(AllEvents{}, {.after = before_}, [&](const EventView& event) {
      NewEvent copy{.type = std::string(event.type()), .actor = std::string(event.actor()), .body = std::string(event.stored_body())};
      for (const auto tag : event.tags()) copy.tags.emplace_back(tag);
      events.push_back(std::move(copy));
      return true;
    }).value();
    return events;
  }

 private:
  FactEntry entry(Fact fact) { return {.id = ids_.make<FactId>(), .fact = std::move(fact), .corrects = {}, .case_id = {}, .reason = {}}; }
  UnitId unit(UnitId parent, UnitLevel level) {
    const auto id = ids_.make<UnitId>();
    facts_.push_back(entry(UnitEstablished{.unit = id, .name = "所属", .level = level, .parent = parent, .from = day(2015, 4, 1)}));
    return id;
  }
  PostId post(UnitId unit, bool head, std::string function = {}) {
    const auto id = ids_.make<PostId>();
    facts_.push_back(entry(PostCreated{.post = id, .unit = unit, .title = "職", .job_categories = {}, .head = head, .function = std::move(function), .from = day(2015, 4, 1)}));
    return id;
  }
  PersonId employed(PostId post, Grade grade) {
    const auto id = ids_.make<PersonId>();
    facts_.push_back(entry(PersonRegistered{.person = id, .staff_number = std::to_string(++number_), .name = {"区", "民", "ク", "ミン"}, .birth = day(1985, 6, 1)}));
    facts_.push_back(entry(Appointed{.person = id, .exam_category = "I", .job_family = "administrative", .job_category = "事務", .grade = grade, .term_article = {}, .term_reason = {}, .from = day(2015, 4, 1)}));
    facts_.push_back(entry(Posted{.person = id, .post = post, .from = day(2015, 4, 1), .order_kind = "採用", .order_number = {}}));
    return id;
  }
  BulkAnswer bulk(PersonId by, std::set<std::string> roles, std::vector<BulkRow> rows) {
    std::promise<Result<BulkAnswer, CommandError>> answered;
    office_.bulk({AccountId{by.value}, by, std::move(roles)}, std::move(rows), BulkMode::kAll, {.id = ids_.next128()}, [&](auto answer) { answered.set_value(std::move(answer)); });
    auto answer = answered.get_future().get().value();
    for (const auto& row : answer.rows)
      if (row.error) throw std::runtime_error("a row was refused: " + row.error->refusal.rule);
    return answer;
  }
  void act(PersonId by, std::set<std::string> roles, const std::vector<CaseId>& cases, const std::string& action) {
    std::vector<BulkRow> rows;
    for (const auto id : cases) rows.push_back({.case_id = id, .request = {.procedure = {}, .subject = {}, .action = action, .form = json::object(), .reason = "定期異動"}, .if_match = {}});
    bulk(by, std::move(roles), std::move(rows));
  }

  SeededIds ids_{7};
  SealedStore log_;
  Office office_;
  PersonId hr_head_, worker_, home_head_, receiving_head_;
  std::vector<PersonId> people_;
  std::vector<PostId> posts_;
  std::vector<FactEntry> facts_;
  int number_ = 10'000'000;
  Position before_ = 0;
};

// The same events one by one, 128 on their way at a time.
double append_singly(EventLog& log, std::vector<NewEvent> events) {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t on_the_way = 0;
  return seconds_of([&] {
    for (auto& event : events) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return on_the_way < kAppenders; });
      ++on_the_way;
      lock.unlock();
      log.append({.events = {std::move(event)}, .condition = Unconditional{}, .command = std::nullopt}, [&](Result<Appended, AppendError> appended) {
        if (!appended) throw std::runtime_error(appended.error().what);
        const std::lock_guard held(mutex);
        --on_the_way;
        changed.notify_all();
      });
    }
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return on_the_way == 0; });
  });
}

Figure bulk_orders(const Run& run) {
  std::vector<double> ours, ceiling;
  std::size_t events = 0;
  for (int slice = 0; slice < (run.quick ? 1 : 3); ++slice) {
    Movers movers(run.folder / ("movers" + std::to_string(slice)));
    const double seconds = movers.order();
    const auto same = movers.ordered();
    events = same.size();
    ours.push_back(static_cast<double>(events) / seconds);
    const auto log = RocksEventLog::open(run.folder / ("singly" + std::to_string(slice)), {.free_bytes_min = 0}).value();
    ceiling.push_back(static_cast<double>(events) / append_singly(*log, same));
  }
  char note[64];
  std::snprintf(note, sizeof note, "%.0f orders/s, %zu events of %zu orders", median(ours) * static_cast<double>(kOrders) / static_cast<double>(events), events, kOrders);
  return {"bulk.orders", median(ours), "events/s", median(ceiling), 0.3, note};
}

// The decision itself beside the two microseconds that it may take; with the relations worked out from the register, in the note.
Figure access_decision(const TenYears& ward) {
  constexpr int kDecisions = 10'000'000;
  const Roles roles{"staff", "manager"};
  std::uint64_t allowed = 0;
  const double seconds = seconds_of([&] {
    for (int i = 0; i < kDecisions; ++i)
      allowed += decide_access(roles, static_cast<Relation>(i & 0x3ff), static_cast<Action>(i % kActions), {.reading_class = "health", .existence_secret = (i & 1) != 0}).allowed;
  });
  std::vector<std::shared_ptr<const Case>> cases;
  ward.log().read(with_type("case/opened"), {.limit = 500, .direction = Direction::kBackward}, [&](const EventView& event) {
    for (const auto tag : event.tags())
      if (tag.starts_with("case:")) cases.push_back(ward.office().find_case(*parse<CaseId>(tag.substr(5))));
    return true;
  }).value();
  int asked = 0;
  double worked_out = 0;
  for (int round = 0; round < 2; ++round)  // the first one warms
    ward.office().with_context([&](const DecisionContext& context) {
      asked = 0;
      worked_out = seconds_of([&] {
        for (const auto& one : cases)
          for (std::size_t p = 0; p < 10; ++p, ++asked)
            allowed += access_to(context, *ward.office().definition(one->procedure, one->version), *one, Actor{.account = {p + 1}, .person = ward.people()[p * 37], .roles = roles}, Action::kRead).allowed;
      });
    });
  char note[96];
  std::snprintf(note, sizeof note, "%.0f ns; %.1f us with the relations (%llu allowed)", 1e9 * seconds / kDecisions, 1e6 * worked_out / asked, static_cast<unsigned long long>(allowed));
  return {"access.decision", kDecisions / seconds, "decisions/s", 500'000, 1, note};
}

}  // namespace

std::vector<Figure> ward_figures(const Run& run) {
  std::vector<Figure> figures;
  if (run.wants("rebuild.all") || run.wants("obligations.date") || run.wants("access.decision")) {
    TenYears ward(run.folder / "ten-years", run.quick);
    if (run.wants("rebuild.all")) figures.push_back(rebuild_all(run, ward));
    if (run.wants("access.decision")) figures.push_back(access_decision(ward));
    if (run.wants("obligations.date")) figures.push_back(obligations_on_a_date(run, ward));
  }
  if (run.wants("bulk.orders")) figures.push_back(bulk_orders(run));
  return figures;
}

}  // namespace rireki::bench
