#include "eventstore/memory_event_log.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <random>
#include <shared_mutex>

#include "eventstore/envelope.h"
#include "eventstore/form.h"

namespace rireki {
namespace {

std::vector<std::uint64_t> words(std::string_view bytes) {
  std::vector<std::uint64_t> aligned((bytes.size() + 7) / 8);
  if (!bytes.empty()) std::memcpy(aligned.data(), bytes.data(), bytes.size());
  return aligned;
}

struct Stored {
  std::vector<std::uint64_t> metadata;  // words, for the alignment
  std::vector<std::uint64_t> body;
  std::size_t body_bytes;
  EventView view(Position position) const {
    return {position, {reinterpret_cast<const char*>(metadata.data()), metadata.size() * 8}, {reinterpret_cast<const char*>(body.data()), body_bytes}};
  }
};

}  // namespace

// What is stored, apart from the log itself: a follower may outlive it.
class MemoryEventLog::Events final : public LogReader, public TransparencyLog {
 public:
  explicit Events(std::function<Instant()> clock) : clock_(std::move(clock)) {
    if (!clock_) clock_ = [] { return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()); };
  }

  Position head() const override {
    std::shared_lock lock(mutex_);
    return events_.size();
  }

  Result<ReadEnd, ReadError> read(const Query& query, const ReadOptions& options, const EventSink& sink) const override {
    if (auto fault = check_query(query)) return ReadError{ReadErrorCode::kInvalidQuery, std::move(*fault)};
    ReadEnd end{.head = 0, .complete = true};
    std::vector<std::pair<Position, std::shared_ptr<const Stored>>> found;  // delivered without the lock: the sink may append
    {
      std::shared_lock lock(mutex_);
      end.head = events_.size();
      const Position upper = std::min<Position>(options.up_to.value_or(end.head), end.head);
      const auto wanted = options.limit.value_or(events_.size());
      for (const auto position : candidates(query, options.after, upper, options.direction)) {
        if (!matches(query, events_[position - 1]->view(position))) continue;
        if (found.size() == wanted) {
          end.complete = false;
          break;
        }
        found.emplace_back(position, events_[position - 1]);
      }
    }
    for (const auto& [position, stored] : found)
      if (!sink(stored->view(position))) {
        end.complete = false;
        break;
      }
    return end;
  }

  Result<Appended, AppendError> append(AppendRequest& request) {
    if (auto fault = check_and_sort(request)) return std::move(*fault);
    std::unique_lock lock(mutex_);
    if (request.command)
      if (const auto found = commands_.find(request.command->id); found != commands_.end()) {
        if (found->second.digest != request.command->digest)
          return AppendError{.code = AppendErrorCode::kCommandReused, .what = "the command id was used before with another request"};
        return found->second;
      }
    if (const auto* condition = std::get_if<AppendCondition>(&request.condition))
      if (auto found = conflict(*condition)) return std::move(*found);
    return store(request);
  }

  TreeHead tree_head() const override {
    std::shared_lock lock(mutex_);
    return {tree_.size(), tree_.root()};
  }
  proof::Checked<proof::Hashes> tile(unsigned level, std::uint64_t index, std::uint64_t count) const override {
    std::shared_lock lock(mutex_);
    const auto width = proof::tile_width(level, index, tree_.size());
    if (count == 0 || count > width) return proof::Fault{"まだありません。", "It does not exist yet."};
    const auto& hashes = width == proof::kTileWidth ? tiles_.at({level, index}) : tree_.partial(level);
    return proof::Hashes(hashes.begin(), hashes.begin() + static_cast<std::ptrdiff_t>(count));
  }
  proof::Checked<std::vector<proof::Leaf>> leaves(Position first, Position last) const override {
    std::shared_lock lock(mutex_);
    if (first == 0 || last < first || last > events_.size()) return proof::Fault{"まだありません。", "They do not exist yet."};
    std::vector<proof::Leaf> all;
    for (Position position = first; position <= last; ++position) all.push_back(leaf_of(events_[position - 1]->view(position)));
    return all;
  }
  bool keep_checkpoint(Position size, const std::string& note) override {
    std::unique_lock lock(mutex_);
    checkpoints_[size] = note;
    return true;
  }
  void drop_checkpoint(Position size) override {
    std::unique_lock lock(mutex_);
    checkpoints_.erase(size);
  }
  std::optional<std::string> checkpoint(Position size) const override {
    std::shared_lock lock(mutex_);
    const auto found = checkpoints_.find(size);
    return found == checkpoints_.end() ? std::nullopt : std::optional(found->second);
  }
  std::vector<Position> checkpoints(Position from, std::size_t limit, Direction direction) const override {
    std::shared_lock lock(mutex_);
    std::vector<Position> sizes;
    for (const auto& [size, note] : checkpoints_)
      if (direction == Direction::kForward ? size >= from : size <= from) sizes.push_back(size);
    if (direction == Direction::kBackward) std::reverse(sizes.begin(), sizes.end());
    sizes.resize(std::min(sizes.size(), limit));
    return sizes;
  }

  Position last_with_tag(std::string_view tag) const {
    std::shared_lock lock(mutex_);
    const auto found = by_tag_.find(tag);
    return found == by_tag_.end() ? 0 : found->second.back();
  }
  std::optional<Appended> find_command(const Id128& command) const {
    std::shared_lock lock(mutex_);
    const auto found = commands_.find(command);
    return found == commands_.end() ? std::nullopt : std::optional(found->second);
  }
  Position position_at(Instant time) const {
    std::shared_lock lock(mutex_);
    const auto later = std::upper_bound(events_.begin(), events_.end(), time, [](Instant at, const auto& event) { return at < event->view(0).recorded_at(); });
    return static_cast<Position>(later - events_.begin());
  }

 private:
  // Positions in (after, upper] that may match, in order: all, or those of each item's first tag.
  std::vector<Position> candidates(const Query& query, Position after, Position upper, Direction direction) const {
    std::vector<Position> positions;
    const auto* items = std::get_if<std::vector<QueryItem>>(&query);
    if (items && std::all_of(items->begin(), items->end(), [](const QueryItem& item) { return !item.tags.empty(); })) {
      for (const auto& item : *items)
        if (const auto found = by_tag_.find(item.tags.front()); found != by_tag_.end())
          std::copy_if(std::upper_bound(found->second.begin(), found->second.end(), after), found->second.end(), std::back_inserter(positions),
                       [&](Position p) { return p <= upper; });
      std::sort(positions.begin(), positions.end());
      positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
    } else {
      for (Position p = after; p < upper; ++p) positions.push_back(p + 1);
    }
    if (direction == Direction::kBackward) std::reverse(positions.begin(), positions.end());
    return positions;
  }

  std::optional<AppendError> conflict(const AppendCondition& condition) const {
    for (std::size_t i = 0; i < condition.clauses.size(); ++i)
      for (const auto position : candidates(condition.clauses[i].fail_if, condition.clauses[i].after, events_.size(), Direction::kForward))
        if (matches(condition.clauses[i].fail_if, events_[position - 1]->view(position)))
          return AppendError{.code = AppendErrorCode::kConflict, .index = i, .position = position, .what = "an event that the condition excludes stands there"};
    return std::nullopt;
  }

  Result<Appended, AppendError> store(const AppendRequest& request) {
    const Instant recorded_at = std::max(last_recorded_, clock_());
    std::vector<std::shared_ptr<const Stored>> stored;
    for (std::size_t i = 0; i < request.events.size(); ++i) {
      const auto& event = request.events[i];
      std::string metadata = encode_envelope(event, request.command ? request.command->id : Id128{}, {random_(), random_()});
      if (auto fault = check_metadata(i, metadata.size())) return std::move(*fault);
      set_recorded_at(metadata.data(), recorded_at);
      std::string body;
      append_body(body, event, {random_(), random_()});
      stored.push_back(std::make_shared<const Stored>(Stored{words(metadata), words(body), body.size()}));
    }
    last_recorded_ = recorded_at;
    Appended appended{.first = events_.size() + 1};
    for (std::size_t i = 0; i < stored.size(); ++i) {
      events_.push_back(std::move(stored[i]));
      tree_.push(proof::leaf_hash(leaf_of(events_.back()->view(events_.size()))), [&](unsigned level, std::uint64_t index, const proof::Hashes& hashes) { tiles_[{level, index}] = hashes; });
      for (const auto& tag : request.events[i].tags) by_tag_[tag].push_back(events_.size());
    }
    appended.last = events_.size();
    if (!request.command) return appended;
    appended.digest = request.command->digest;
    auto& kept = commands_[request.command->id] = appended;
    kept.repeated = true;  // to whoever asks again
    return appended;
  }

  std::function<Instant()> clock_;
  mutable std::shared_mutex mutex_;
  std::vector<std::shared_ptr<const Stored>> events_;
  std::map<std::string, std::vector<Position>, std::less<>> by_tag_;
  std::map<Id128, Appended> commands_;
  proof::GrowingTree tree_;
  std::map<std::pair<unsigned, std::uint64_t>, proof::Hashes> tiles_;
  std::map<Position, std::string> checkpoints_;
  std::mt19937_64 random_{std::random_device{}()};  // the salt of a log that nobody can take away
  Instant last_recorded_{};
};

MemoryEventLog::MemoryEventLog(std::function<Instant()> clock) : events_(std::make_shared<Events>(std::move(clock))) {}
MemoryEventLog::~MemoryEventLog() { signal_->close(); }

void MemoryEventLog::append(AppendRequest request, std::function<void(Result<Appended, AppendError>)> done) {
  auto answer = events_->append(request);
  if (answer) signal_->moved();
  done(std::move(answer));
}
Result<ReadEnd, ReadError> MemoryEventLog::read(const Query& query, const ReadOptions& options, const EventSink& sink) const {
  return events_->read(query, options, sink);
}
TransparencyLog& MemoryEventLog::transparency() const { return *events_; }
Position MemoryEventLog::head() const { return events_->head(); }
Position MemoryEventLog::last_with_tag(std::string_view tag) const { return events_->last_with_tag(tag); }
std::optional<Appended> MemoryEventLog::find_command(const Id128& command) const { return events_->find_command(command); }
Position MemoryEventLog::position_at(Instant time) const { return events_->position_at(time); }

Result<std::unique_ptr<Subscription>, ReadError> MemoryEventLog::subscribe(Query query, Position after, Subscriber subscriber) {
  if (auto fault = check_query(query)) return ReadError{ReadErrorCode::kInvalidQuery, std::move(*fault)};
  if (after > head()) return ReadError{ReadErrorCode::kInvalidQuery, "the subscription starts beyond head"};
  return follow(events_, signal_, std::move(query), after, std::move(subscriber));
}

}  // namespace rireki
