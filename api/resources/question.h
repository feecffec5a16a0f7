// One question to a resource: who asks, on which day, as known when, and how far the views must have come. Parsed, checked and waited for in
// one place, so that every resource takes the same parameters and states its moment in the answer.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "api/resources/answer_cache.h"
#include "api/resources/resources.h"
#include "domain/access_decision.h"

namespace rireki::api {

inline constexpr std::chrono::milliseconds kAtLeastWaitMax{2'000};
inline constexpr int kAtLeastWaitersMax = 4;  // each holds one of the server's working threads
inline constexpr std::size_t kPageRowsDefault = 50;
inline constexpr std::size_t kPageRowsMax = 200;
// Rows looked at for one page: whoever may see few of many gets a short page and a cursor, not a slow answer.
inline constexpr std::size_t kPageScannedMax = 5'000;

struct Question {
  const Request& request;
  const ResourceContext& resources;
  const DecisionContext& context;   // today's register and clock: what decides about access
  const DecisionContext& then;      // as known at the position that was asked for, its clock the one of that moment; the same as `context` for now
  const Actor& actor;
  Moment moment;                    // the day and position that were asked for
  std::size_t limit = kPageRowsDefault;
  std::string after;                // where the page begins, from the cursor; "" at the first page
  std::shared_ptr<AnswerBasis> basis = std::make_shared<AnswerBasis>();  // filled by what is read below, beside what the register reads

  const Register& reg() const { return context.reg; }
  Day today() const { return context.today(); }
  bool of_the_past() const { return &then != &context; }
  Language language() const { return request.language; }
  const std::string& words(const Text& text) const { return in(request.language, text); }
  std::string param(const std::string& name) const;   // "" if not given
  bool may_read_person(PersonId person) const { return rireki::may_read_person(context.reg, person, actor, today()); }
  Generation::Snapshot view(const std::string& name) const;  // throws NotReady while the view is being built
  std::shared_ptr<const Case> find_case(CaseId id) const;
  std::shared_ptr<const Definition> definition(const std::string& procedure, int version) const;  // version 0: the one in force, on the day of `then`
  // The answer shows this: its reader leaves a record of it. Whoever puts a case or a person's record into an answer says so.
  void shows(const Case& state, const Definition& definition) const { basis->shown.insert(shown_case(state, definition)); }
  void shows(PersonId person) const { basis->shown.insert({"person:" + to_text(person), "general"}); }

  // An answer that states its moment: "on", "on_wareki", "as_of".
  nlohmann::json stated(nlohmann::json answer) const;
  // A cursor for the page that begins after `key`, with this question's filters and position.
  std::string cursor_after(const std::string& key) const;
};

using Answer = std::function<Result<Response, Problem>(const Question&)>;
[[noreturn]] void throw_exception_from_error(const Problem& problem, const boost::source_location& where);

// What a resource takes beside on, as_of and at_least.
enum class Paging { kNone, kCursor };
// Whether the answer may be given again. Only where everything it is read from is read through the question: its register, its context, its views,
// find_case and definition; of the log itself only the events of a case that find_case gave.
enum class Keeping { kNever, kWhileItStands };

// A GET route: adds the common parameters to `route`, checks them, waits for `views`, asks `answer`, replies.
Route reading(Route route, ResourceContext resources, std::vector<std::string> views, Paging paging, Answer answer, Keeping keeping = Keeping::kNever);

// A position that there is, or the last one at a point of time that has come; `at`, if asked for: that time, or when the event at the position was recorded.
std::optional<Problem> read_position(const std::string& name, const std::string& text, const Office& office, Position& into, Instant* at = nullptr);
Problem malformed_parameter(const std::string& name, Text detail);
Problem not_ready();  // 503: the views have not come as far as was asked
Response answered(const nlohmann::json& value);

}  // namespace rireki::api
