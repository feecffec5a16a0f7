// Many commands in one append: decided one after the other, judged together, recorded as one.
#include "api/office_state.h"

namespace rireki::api {
namespace {

constexpr int kRoundsTogetherMax = 8;

}  // namespace

// Which rows a bulk carried out then: each row's events hold the row's case as their correlation, in the order of the rows.
BulkAnswer Office::State::answer_of(const Appended& appended, const std::vector<BulkRow>& rows) {
  BulkAnswer answer{.rows = {}, .recorded = true, .position = appended.last, .repeated = true};
  std::vector<std::pair<CaseId, std::set<std::string>>> carried_out;  // with the tags of its first event
  require_read(log.read(AllEvents{}, ReadOptions{.after = appended.first - 1, .up_to = appended.last}, [&](const EventView& event) {
    const CaseId id{event.correlation().low};
    if (!id) return true;  // of the keys that the append was the first to use
    if (carried_out.empty() || carried_out.back().first != id) {
      carried_out.push_back({id, {}});
      for (const auto tag : event.tags()) carried_out.back().second.emplace(tag);
    }
    return true;
  }));
  auto next = carried_out.begin();
  for (const auto& row : rows) {
    const auto& wanted = row.request;
    const bool here = next != carried_out.end() && (row.case_id ? next->first == row.case_id
                                                                : next->second.contains("procedure:" + wanted.procedure) && (next->second.contains(subject_tag(wanted.subject)) || next->second.contains(log.blind(subject_tag(wanted.subject)))));
    if (here) answer.rows.push_back({.case_id = next->first, .state = state_at(next->first, appended.last), .error = {}});
    else answer.rows.push_back({.case_id = row.case_id, .state = {}, .error = CommandError{.kind = CommandErrorKind::kRefused, .refusal = {.rule = "not-recorded-then", .source = "Idempotency-Key",
        .message = {"この行は最初に送られたとき記録されませんでした。", "This row was not recorded when it was first sent."}, .facts = {}, .fields = {}}}});
    if (here) ++next;
  }
  return answer;
}

// True if a row was refused.
bool Office::State::decide_rows(Reading& reading, const BulkAttempt& command, const std::map<std::size_t, CommandError>& fallen, bool together, BulkAnswer& answer,
                                std::vector<Decision>& decisions, std::vector<Joint>& recorded) {
  bool refused = false;
  for (std::size_t i = 0; i < command.rows.size(); ++i) {
    const auto& row = command.rows[i];
    Joint facts;
    if (together) reading.gather_in(facts);
    const std::size_t overlaid = reading.reg().overlaid();
    auto decision = fallen.contains(i) ? Result<Decision, CommandError>(fallen.at(i)) : decide(reading, command.actor, row.case_id, false, row.request, row.if_match);
    if (!decision) {
      reading.reg().undo_overlays(overlaid);
      answer.rows.push_back({.case_id = row.case_id, .state = {}, .error = decision.error()});
      refused = true;
      continue;
    }
    reading.plan(*decision);
    answer.rows.push_back({.case_id = row.case_id, .state = decision->state, .error = {}});
    decisions.push_back(std::move(*decision));
    recorded.push_back(std::move(facts));
  }
  return refused;
}

// False if a row fell, added to `fallen`.
bool Office::State::judge_together(Reading& reading, const BulkAnswer& answer, const std::vector<Joint>& recorded, std::map<std::size_t, CommandError>& fallen) {
  const std::size_t before = fallen.size();
  auto facts = recorded.begin();
  for (std::size_t i = 0; i < answer.rows.size(); ++i) {
    if (answer.rows[i].error) continue;
    auto violations = check_invariants(reading.reg(), facts->entries);
    auto refusal = violations.empty() ? check_standing(reading.reg(), facts->cancelled) : std::optional(std::move(violations.front().refusal));
    ++facts;
    if (refusal) fallen.emplace(i, CommandError{.kind = CommandErrorKind::kRefused, .refusal = std::move(*refusal)});
  }
  return fallen.size() == before;
}

void Office::State::attempt(std::shared_ptr<BulkAttempt> command) {
  if (const auto before = command->mode == BulkMode::kCheck ? std::nullopt : log.find_command(command->command.id)) {
    if (before->digest != command->command.digest) return command->done(CommandError{.kind = CommandErrorKind::kCommandReused});
    return command->done(answer_of(*before, command->rows));
  }
  // Rows are decided in order, what they record is judged together. A row that falls then takes from under the others what they stood on: the rest
  // is decided again without it. Where they fall one after the other without end in sight, each is judged by itself.
  std::map<std::size_t, CommandError> fallen;
  std::unique_ptr<Reading> reading;
  BulkAnswer answer;
  std::vector<Decision> decisions;
  bool refused = false;
  for (int round = 0;; ++round) {
    const bool together = round < kRoundsTogetherMax;
    const Position head = log.head();
    reading = std::make_unique<Reading>(*this, head);
    answer = {.rows = {}, .recorded = false, .position = head, .repeated = false};
    decisions.clear();
    std::vector<Joint> recorded;
    refused = decide_rows(*reading, *command, fallen, together, answer, decisions, recorded);
    if (!together || judge_together(*reading, answer, recorded, fallen)) break;
  }
  if (command->mode != BulkMode::kCheck)
    for (std::size_t i = 0; i < answer.rows.size(); ++i)
      if (answer.rows[i].error) note_refusal(command->actor, command->rows[i].case_id, command->rows[i].request, *answer.rows[i].error);
  if (command->mode == BulkMode::kCheck || decisions.empty() || (refused && command->mode == BulkMode::kAll)) return command->done(answer);

  AppendRequest request{.condition = reading->unchanged(), .command = command->command};
  auto decided = decisions.begin();
  std::map<CaseId, std::shared_ptr<const Definition>> opened;
  for (auto& outcome : answer.rows) {
    if (outcome.error) continue;
    if (!outcome.case_id) outcome.case_id = decided->case_id;
    add_events(request, std::move(decided->events), command->actor, Id128{0, decided->case_id.value}, opened);
    ++decided;
  }
  answer.recorded = true;
  log.append(std::move(request), [this, command, answer = std::move(answer)](Result<Appended, AppendError> appended) mutable {
    if (!appended) {
      if (appended.error().code == AppendErrorCode::kConflict && ++command->conflicts <= kConflictRetriesMax) return retry(command);
      return command->done(storage_error(appended.error()));
    }
    if (appended->repeated) return retry(command);
    answer.position = appended->last;
    command->done(std::move(answer));
  });
}

void Office::bulk(const Actor& actor, std::vector<BulkRow> rows, BulkMode mode, Command command, BulkDone done) {
  state_->attempt(std::make_shared<State::BulkAttempt>(State::BulkAttempt{.actor = actor, .rows = std::move(rows), .mode = mode, .command = command, .done = std::move(done)}));
}

}  // namespace rireki::api
