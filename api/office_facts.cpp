// Facts that are recorded and cancelled without a case: by import, and by the HR office at its desk.
#include "api/office_state.h"

namespace rireki::api {

// What the same command recorded when it came first; sent again it may not be admitted any more. None: it did not come before.
std::optional<Result<Appended, RecordError>> Office::State::recorded_before(const CommandMeta& meta, std::size_t events) {
  const auto before = meta.command.id ? log.find_command(meta.command.id) : std::nullopt;
  if (!before) return std::nullopt;
  if (before->digest != meta.command.digest) return RecordError{.storage = AppendError{.code = AppendErrorCode::kCommandReused}};
  return Appended{.first = before->last - events + 1, .last = before->last, .repeated = true};
}

Result<Appended, RecordError> Office::record_facts(const Actor& actor, std::vector<FactEntry> entries, const CommandMeta& meta,
                                                   const AppendCondition& also) {
  for (int conflicts = 0;; ++conflicts) {
    if (const auto before = state_->recorded_before(meta, entries.size())) return *before;
    const Position head = state_->log.head();
    Register reg(state_->facts);
    if (auto violations = admit(reg, entries); !violations.empty()) return RecordError{.violations = std::move(violations)};
    AppendRequest request;
    if (meta.command.id) request.command = meta.command;
    request.events.reserve(entries.size());
    for (const auto& entry : entries) {
      auto tags = tags_of(entry, reg);
      request.events.push_back(state_->event_of(entry, std::move(tags), actor, Id128{0, entry.case_id.value}, {}));
    }
    AppendCondition condition = also;
    auto unchanged = unchanged_since(head, items_of(reg.tags_read()));
    condition.clauses.insert(condition.clauses.end(), std::make_move_iterator(unchanged.clauses.begin()), std::make_move_iterator(unchanged.clauses.end()));
    request.condition = std::move(condition);
    auto appended = state_->log.append(std::move(request));
    if (appended) {
      appended->first = appended->last - entries.size() + 1;  // what stands before them says whose new keys are
      return *appended;
    }
    const bool retry = appended.error().code == AppendErrorCode::kConflict && appended.error().index >= also.clauses.size();
    if (!retry || conflicts >= kConflictRetriesMax) return RecordError{.storage = appended.error()};
  }
}

Result<Appended, RecordError> Office::cancel_facts(const Actor& actor, const std::vector<Cancellation>& cancellations, const CommandMeta& meta) {
  for (int conflicts = 0;; ++conflicts) {
    if (const auto before = state_->recorded_before(meta, cancellations.size())) return *before;
    const Position head = state_->log.head();
    Register reg(state_->facts);
    AppendRequest request;
    if (meta.command.id) request.command = meta.command;
    std::vector<std::string> touched;
    for (std::size_t i = 0; i < cancellations.size(); ++i) {
      const auto& one = cancellations[i];
      const auto& holding = reg.visible(one.of);
      const auto found = std::find_if(holding.begin(), holding.end(), [&](const FactEntry* entry) { return entry->id == one.fact; });
      if (found == holding.end())
        return RecordError{.violations = {{i, {.rule = "unknown-fact", .source = "catalogue R-007", .message = {"取り消せるその事実はありません。すでに訂正か取消しがされていないか確かめてください。", "There is no such fact that holds: see whether it was corrected or cancelled already."},
                                               .facts = {{"fact", to_text(one.fact)}, {"of", one.of}}, .fields = {}}}}};
      auto tags = tags_of(**found, reg);
      const FactCancelled cancelled{.fact = one.fact, .case_id = {}, .reason = one.reason};
      reg.overlay(cancelled, tags);
      touched.insert(touched.end(), tags.begin(), tags.end());
      request.events.push_back(state_->event_of(cancelled, std::move(tags), actor, Id128{}, {}));
    }
    if (auto refusal = check_standing(reg, touched)) return RecordError{.violations = {{0, std::move(*refusal)}}};
    request.condition = unchanged_since(head, items_of(reg.tags_read()));
    const std::size_t count = request.events.size();
    auto appended = state_->log.append(std::move(request));
    if (appended) {
      appended->first = appended->last - count + 1;
      return *appended;
    }
    if (appended.error().code != AppendErrorCode::kConflict || conflicts >= kConflictRetriesMax) return RecordError{.violations = {}, .storage = appended.error()};
  }
}

}  // namespace rireki::api
