#include "eventstore/memory_event_log.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "eventstore/envelope.h"
#include "eventstore/form.h"

namespace rireki {
namespace {

std::vector<std::uint64_t> words(std::string_view bytes) {
  std::vector<std::uint64_t> aligned((bytes.size() + 7) / 8);
  if (!bytes.empty()) std::memcpy(aligned.data(), bytes.data(), bytes.size());
  return aligned;
}

}  // namespace

MemoryEventLog::MemoryEventLog(std::function<Instant()> clock) : clock_(std::move(clock)) {
  if (!clock_) clock_ = [] { return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()); };
}
MemoryEventLog::~MemoryEventLog() { signal_->close(); }

EventView MemoryEventLog::view(Position position) const {
  const Stored& stored = *events_[position - 1];
  return {position, {reinterpret_cast<const char*>(stored.metadata.data()), stored.metadata.size() * 8},
          {reinterpret_cast<const char*>(stored.body.data()), stored.body_bytes}};
}

std::optional<AppendError> MemoryEventLog::conflict(const AppendCondition& condition) const {
  for (std::size_t i = 0; i < condition.clauses.size(); ++i)
    for (Position p = condition.clauses[i].after; p < events_.size(); ++p)
      if (matches(condition.clauses[i].fail_if, view(p + 1)))
        return AppendError{.code = AppendErrorCode::kConflict, .index = i, .position = p + 1, .what = "an event that the condition excludes stands there"};
  return std::nullopt;
}

Result<Appended, AppendError> MemoryEventLog::try_append(AppendRequest& request) {
  if (auto fault = check_and_sort(request)) return *fault;
  std::unique_lock lock(mutex_);
  if (request.command)
    if (const auto found = commands_.find(request.command->id); found != commands_.end()) {
      if (found->second.digest != request.command->digest) return AppendError{.code = AppendErrorCode::kCommandReused};
      auto again = found->second;
      again.repeated = true;
      return again;
    }
  if (const auto* condition = std::get_if<AppendCondition>(&request.condition))
    if (auto found = conflict(*condition)) return *found;
  last_recorded_ = std::max(last_recorded_, clock_());
  std::vector<std::shared_ptr<const Stored>> stored;
  for (std::size_t i = 0; i < request.events.size(); ++i) {
    const auto& event = request.events[i];
    std::string metadata = encode_envelope(event, request.command ? request.command->id : Id128{}, event.id);
    if (auto fault = check_metadata(i, metadata.size())) return *fault;
    set_recorded_at(metadata.data(), last_recorded_);
    stored.push_back(std::make_shared<const Stored>(Stored{words(metadata), words(event.body), event.body.size()}));
  }
  Appended appended{.first = events_.size() + 1};
  for (std::size_t i = 0; i < stored.size(); ++i) {
    events_.push_back(std::move(stored[i]));
    for (const auto& tag : request.events[i].tags) last_with_tag_[tag] = events_.size();
  }
  appended.last = events_.size();
  if (request.command) {
    appended.digest = request.command->digest;
    commands_[request.command->id] = appended;
  }
  return appended;
}

void MemoryEventLog::append(AppendRequest request, std::function<void(Result<Appended, AppendError>)> done) {
  auto answer = try_append(request);
  if (answer) signal_->moved();
  done(std::move(answer));
}

Result<ReadEnd, ReadError> MemoryEventLog::read(const Query& query, const ReadOptions& options, const EventSink& sink) const {
  if (auto fault = check_query(query)) return ReadError{ReadErrorCode::kInvalidQuery, std::move(*fault)};
  std::vector<std::shared_ptr<const Stored>> events;
  {
    std::shared_lock lock(mutex_);
    events = events_;
  }
  ReadEnd end{.head = events.size(), .complete = true};
  const Position upper = std::min<Position>(options.up_to.value_or(end.head), end.head);
  std::size_t left = options.limit.value_or(~std::size_t{0});
  const bool forward = options.direction == Direction::kForward;
  for (Position step = options.after; step < upper; ++step) {
    const Position position = forward ? step + 1 : upper - (step - options.after);
    const Stored& stored = *events[position - 1];
    const EventView event(position, {reinterpret_cast<const char*>(stored.metadata.data()), stored.metadata.size() * 8},
                          {reinterpret_cast<const char*>(stored.body.data()), stored.body_bytes});
    if (!matches(query, event)) continue;
    if (left == 0) {
      end.complete = false;
      return end;
    }
    --left;
    if (!sink(event)) {
      end.complete = false;
      return end;
    }
  }
  return end;
}

Position MemoryEventLog::head() const {
  std::shared_lock lock(mutex_);
  return events_.size();
}
Position MemoryEventLog::last_with_tag(std::string_view tag) const {
  std::shared_lock lock(mutex_);
  const auto found = last_with_tag_.find(tag);
  return found == last_with_tag_.end() ? 0 : found->second;
}
std::optional<Appended> MemoryEventLog::find_command(const Id128& command) const {
  std::shared_lock lock(mutex_);
  const auto found = commands_.find(command);
  if (found == commands_.end()) return std::nullopt;
  auto appended = found->second;
  appended.repeated = true;
  return appended;
}
Position MemoryEventLog::position_at(Instant time) const {
  std::shared_lock lock(mutex_);
  Position low = 0, high = events_.size();
  while (low < high) {
    const Position middle = low + (high - low + 1) / 2;
    if (view(middle).recorded_at() <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}
Result<std::unique_ptr<Subscription>, ReadError> MemoryEventLog::subscribe(Query query, Position after, Subscriber subscriber) {
  if (auto fault = check_query(query)) return ReadError{ReadErrorCode::kInvalidQuery, std::move(*fault)};
  if (after > head()) return ReadError{ReadErrorCode::kInvalidQuery, "the subscription starts beyond head"};
  return follow(*this, signal_, std::move(query), after, std::move(subscriber));
}

}  // namespace rireki
