// A small ward for the procedures' tests: two departments, a section each with a team, an HR section with its functions, and whoever acts.
#pragma once

#include <algorithm>

#include "domain/decide.h"
#include "fact_vector.h"

namespace rireki {

class CountingIds final : public IdSource {
 public:
  std::uint64_t next() override { return ++last_; }

 private:
  std::uint64_t last_ = 1'000'000;
};

inline constexpr PersonId kHrWorker{101}, kHrHead{102}, kHrDirector{103}, kMayor{104}, kHomeManager{105}, kHomeTeamHead{106}, kNewManager{107}, kNewTeamHead{108}, kStaff{109}, kNurse{110},
    kDeputyPerson{111}, kHrSecond{112};
inline constexpr PostId kHomeSeats{201}, kNewSeats{202}, kHrSeats{203}, kNewManagerPost{204}, kHomeManagerPost{205}, kHrHeadPost{206};

class SmallWard {
 public:
  SmallWard() {
    const UnitId office = unit(1, UnitLevel::kBu, {}), general = unit(2, UnitLevel::kBu, {}), welfare = unit(3, UnitLevel::kBu, {});
    const UnitId hr = unit(4, UnitLevel::kKa, general), home = unit(5, UnitLevel::kKa, welfare), other = unit(6, UnitLevel::kKa, welfare);
    const UnitId hr_team = unit(7, UnitLevel::kKakari, hr), home_team = unit(8, UnitLevel::kKakari, home), new_team = unit(9, UnitLevel::kKakari, other);
    hold(kMayor, post({301}, office, 1, true, "appointing-authority"), Grade::kDirector);
    hold(kHrDirector, post({302}, general, 1, true, "hr-director"), Grade::kDirector);
    hold(kHrHead, post(kHrHeadPost, hr, 1, true, "hr-head"), Grade::kSectionManager);
    hold(kHomeManager, post(kHomeManagerPost, home, 1, true), Grade::kSectionManager);
    hold(kNewManager, post(kNewManagerPost, other, 1, true), Grade::kSectionManager);
    hold(kHomeTeamHead, post({303}, home_team, 1, true), Grade::kTeamHead);
    hold(kNewTeamHead, post({304}, new_team, 1, true), Grade::kTeamHead);
    post(kHrSeats, hr_team, 5, false);
    post(kHomeSeats, home_team, 5, false);
    post(kNewSeats, new_team, 1, false);
    hold(kHrWorker, kHrSeats);
    hold(kHrSecond, kHrSeats);
    hold(kNurse, kHrSeats);
    hold(kStaff, kHomeSeats);
    hold(kDeputyPerson, kHomeSeats);
  }

  UnitId unit(std::uint64_t id, UnitLevel level, UnitId parent) {
    facts.record(UnitEstablished{.unit = {id}, .name = "所属" + std::to_string(id), .level = level, .parent = parent, .from = kStart});
    return {id};
  }
  PostId post(PostId id, UnitId unit, int quota, bool head, std::string function = {}) {
    facts.record(PostCreated{.post = id, .unit = unit, .title = "職", .job_categories = {}, .quota = quota, .head = head, .function = std::move(function), .from = kStart});
    return id;
  }
  void hold(PersonId person, PostId post, Grade grade = Grade::kStaff) {
    facts.record(PersonRegistered{.person = person, .staff_number = std::to_string(person.value), .name = {"見本", "職員", "", ""}});
    facts.record(Appointed{.person = person, .exam_category = "I", .job_family = {}, .job_category = "事務", .grade = grade, .term_article = {}, .term_reason = {}, .from = kStart});
    facts.record(Posted{.person = person, .post = post, .from = kStart, .order_kind = {}, .order_number = {}});
  }

  static constexpr Day kStart = day(2015, 4, 1);
  FactVector facts;
};

inline Actor as(PersonId person, std::set<std::string> roles = {"staff"}) { return {AccountId{person.value}, person, std::move(roles)}; }
inline Actor as_hr() { return as(kHrWorker, {"staff", "hr"}); }

// Runs cases through decide and apply, and records what they say.
class CaseRunner {
 public:
  SmallWard ward;
  CountingIds ids;
  Day today = day(2026, 3, 1);
  std::map<CaseId, Case> cases;
  std::vector<std::shared_ptr<const Definition>> definitions = load_definitions(default_catalogue()).value();
  Position position = 0;
  struct Stored {
    std::string body;
    Position position;
    Instant at;
  };
  std::map<CaseId, std::vector<Stored>> history;

  // Version 0: the newest.
  std::shared_ptr<const Definition> definition(const std::string& id, int version = 0) const {
    std::shared_ptr<const Definition> found;
    for (const auto& one : definitions)
      if (one->id == id && (version == 0 ? !found || one->version > found->version : one->version == version)) found = one;
    return found;
  }
  std::shared_ptr<const Definition> definition_of(const Case& one) const { return definition(one.procedure, one.version); }
  std::vector<Case> cases_where(const std::function<bool(const Case&)>& wanted) const {
    std::vector<Case> found;
    for (const auto& [id, one] : cases)
      if (wanted(one)) found.push_back(one);
    return found;
  }
  template <class Use>
  auto with_context(const Use& use) {
    Register reg(ward.facts);
    const DecisionContext context{.reg = reg,
                                  .procedures = [&](const std::string& id, int version) { return definition(id, version); },
                                  .cases_about = [&](const std::string& procedure, const Subject& subject) {
                                    return cases_where([&](const Case& one) { return one.procedure == procedure && one.subject == subject; });
                                  },
                                  .opened_from = [&](CaseId id) { return cases_where([&](const Case& one) { return one.opened_from == id; }); },
                                  .now = Instant{today.time_since_epoch()} + std::chrono::hours{3},
                                  .ids = ids};
    return use(context);
  }
  // The rule that refused, or "".
  std::string open(const Actor& actor, std::string procedure, PersonId subject, nlohmann::json form) {
    return open(actor, std::move(procedure), Subject{"person", to_text(subject)}, std::move(form));
  }
  std::string open(const Actor& actor, std::string procedure, const Subject& subject, nlohmann::json form) {
    return with_context([&](const DecisionContext& context) {
      return take(context, open_case(context, actor, {.procedure = std::move(procedure), .subject = subject, .action = {}, .form = std::move(form)}));
    });
  }
  // The newest case of a procedure; none if there is none.
  CaseId opened_last(const std::string& procedure) const {
    CaseId last;
    for (const auto& [id, one] : cases)
      if (one.procedure == procedure) last = id;
    return last;
  }
  std::string act(const Actor& actor, std::string action, nlohmann::json form = nlohmann::json::object(), std::string reason = "", std::string target = "") {
    return with_context([&](const DecisionContext& context) {
      const Case& state = cases.at(current);
      if (form.is_null()) form = nlohmann::json::object();  // {} in a test
      return take(context, decide(context, *definition_of(state), state, actor,
                                  {.procedure = {}, .subject = {}, .action = std::move(action), .form = std::move(form), .reason = std::move(reason), .station = {}, .target = std::move(target)}));
    });
  }
  bool reads(const Actor& actor) {
    return with_context([&](const DecisionContext& context) { return may_read(context, *definition_of(cases.at(current)), cases.at(current), actor); });
  }
  const Case& state() const { return cases.at(current); }
  // The case folded again from the bytes that were stored of it.
  Case replayed(CaseId id) const {
    Case state;
    for (const auto& stored : history.at(id)) {
      const auto body = decode(stored.body).value();
      std::visit([&](const auto& event) {
        if constexpr (std::is_convertible_v<decltype(event), CaseEvent>) apply(state, CaseEvent(event), stored.position, stored.at);
      }, body);
    }
    return state;
  }
  std::vector<OpenAction> offered(const Actor& actor) {
    return with_context([&](const DecisionContext& context) { return open_actions(context, *definition_of(state()), state(), actor); });
  }
  bool offers(const Actor& actor, std::string_view action) {
    const auto all = offered(actor);
    return std::any_of(all.begin(), all.end(), [&](const OpenAction& one) { return one.action == action; });
  }
  // The status of every station of the line by its id.
  std::map<std::string, std::string> stations() {
    std::map<std::string, std::string> found;
    for (const auto& one : with_context([&](const DecisionContext& context) { return line_status(context, *definition_of(state()), state()); })) found[one.station] = one.status;
    return found;
  }
  Register reg() { return Register(ward.facts); }
  CaseId current;

  std::string take(const DecisionContext& context, const Result<Decision, Refusal>& decision) {
    if (!decision) {
      refusal = decision.error();
      return refusal.rule;
    }
    current = decision->case_id;
    for (const auto& planned : decision->events) {
      ++position;
      std::visit([&](const auto& event) {
        using Event = std::remove_cvref_t<decltype(event)>;
        if constexpr (std::is_same_v<Event, FactEntry>) ward.facts.record(event);
        else if constexpr (std::is_same_v<Event, FactCancelled>) ward.facts.cancel(event.fact, event.reason);
        else if constexpr (std::is_convertible_v<Event, CaseEvent>) {
          apply(cases[event.case_id], event, position, context.now);
          history[event.case_id].push_back({encode(event), position, context.now});
        }
      }, planned.body);
    }
    return "";
  }
  Refusal refusal;
};

inline nlohmann::json transfer_form(PostId to = kNewSeats, const char* effective = "2026-04-01") {
  return {{"to_post", to_text(to)}, {"effective", effective}, {"order_kind", "配置換"}};
}

}  // namespace rireki
