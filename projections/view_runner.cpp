#include "projections/view_runner.h"

#include <nlohmann/json.hpp>

namespace rireki {
namespace {

// Without a matching event the position is written now and then, so that a restart need not read all of them again.
constexpr Position kIdlePositionsMax = 4'096;
// A build reads on beside the live view until it is this near to the head; only the rest is read while the view stands still.
constexpr Position kNearHead = 1'000;
// A store that is damaged again right after it was repaired is not mended by a third try.
constexpr int kRepairsMax = 1;

// What stopped a fold, without event data: our own errors hold none, but a JSON error quotes what it read.
std::string cannot_be_folded(Position position, const std::exception& broken) {
  const auto* json = dynamic_cast<const nlohmann::json::exception*>(&broken);
  return "the event at position " + std::to_string(position) + " cannot be folded: " + (json ? "JSON error " + std::to_string(json->id) : std::string(broken.what()));
}

// Tells the runner when the rows cannot be read, whoever found out.
class WatchedRows final : public RowReader {
  template <class Read>
  auto watched(const Read& read) const {
    try {
      return read();
    } catch (const ViewDamaged&) {
      if (const auto runner = runner_.lock()) runner->damaged();
      throw;
    }
  }

 public:
  WatchedRows(std::shared_ptr<const RowReader> rows, std::weak_ptr<ViewRunner> runner) : rows_(std::move(rows)), runner_(std::move(runner)) {}
  std::optional<std::string> get(std::string_view key) const override {
    return watched([&] { return rows_->get(key); });
  }
  void scan(std::string_view prefix, std::string_view from,
            const std::function<bool(std::string_view key, std::string_view value)>& visit) const override {
    watched([&] { rows_->scan(prefix, from, visit); });
  }

 private:
  std::shared_ptr<const RowReader> rows_;
  std::weak_ptr<ViewRunner> runner_;
};

}  // namespace

ViewRunner::ViewRunner(EventLog& log, ViewStore& store, std::unique_ptr<Projection> projection, FoldLimits limits, std::shared_ptr<ViewsMoved> moved)
    : log_(log), store_(&store), projection_(std::move(projection)), name_(projection_->name()), limits_(limits), moved_(std::move(moved)) {}

ViewRunner::~ViewRunner() = default;

void ViewRunner::start() {
  auto stored = store_->live(name_);
  const bool good = stored && stored->checkpoint().version == projection_->version() && belongs_to_this_log(stored->checkpoint());
  {
    std::lock_guard lock(mutex_);
    if (good) live_ = std::move(stored);
    else ask_for_build();
  }
  builder_ = std::thread([this] { run_builder(); });
  if (good) follow();
}

void ViewRunner::close() {
  closing_ = true;
  {
    std::lock_guard lock(mutex_);
    build_asked_.notify_all();
  }
  if (builder_.joinable()) builder_.join();
  stop_following();
}

bool ViewRunner::belongs_to_this_log(const Checkpoint& checkpoint) const {
  if (checkpoint.position > log_.head()) return false;
  if (checkpoint.last_event == 0) return true;
  bool same = false;
  const auto end = log_.read(AllEvents{}, ReadOptions{.after = checkpoint.last_event - 1, .up_to = checkpoint.last_event}, [&](const EventView& event) {
    same = event.id() == checkpoint.last_event_id;
    return false;
  });
  return end && same;
}

ViewStatus ViewRunner::status() const {
  std::lock_guard lock(mutex_);
  return {.view = name_, .version = projection_->version(), .state = state_, .rebuilding = building_ && state_ != ViewState::kBuilding,
          .position = position_, .stopped_at = stopped_at_, .reason = reason_};
}

Generation::Snapshot ViewRunner::snapshot() {
  const Position reached = position_;  // read first: the rows of everything up to here are committed
  std::shared_ptr<Generation> live;
  {
    std::lock_guard lock(mutex_);
    if (state_ != ViewState::kBuilding) live = live_;
  }
  if (!live) return {};
  Generation::Snapshot snapshot;
  try {
    snapshot = live->snapshot();
  } catch (const ViewDamaged&) {
    damaged();
    throw;
  }
  snapshot.rows = std::make_shared<WatchedRows>(std::move(snapshot.rows), weak_from_this());
  snapshot.position = std::max(snapshot.position, reached);
  return snapshot;
}

void ViewRunner::damaged() {
  std::lock_guard lock(mutex_);
  if (build_wanted_ || building_) return;
  if (repairs_++ >= kRepairsMax) return stop(0, "the store of this view is damaged again after it was repaired");
  ask_for_build();
}

Result<Position, ViewError> ViewRunner::rebuild(const OnProgress& progress) { return build(progress, Purpose::kAgain); }

Result<Position, ViewError> ViewRunner::move_to(ViewStore& store) {
  ViewStore* former = nullptr;
  {
    std::lock_guard one_at_a_time(build_mutex_);
    former = std::exchange(store_, &store);
  }
  auto built = build({}, Purpose::kAgain);
  if (built) return built;
  std::lock_guard one_at_a_time(build_mutex_);
  store_ = former;  // its rows are still the live ones
  return built;
}

void ViewRunner::ask_for_build() {
  build_wanted_ = true;
  build_asked_.notify_all();
}

void ViewRunner::run_builder() {
  std::unique_lock lock(mutex_);
  while (true) {
    build_asked_.wait(lock, [&] { return closing_ || build_wanted_; });
    if (closing_) return;
    build_wanted_ = false;
    lock.unlock();
    const auto built = build({}, Purpose::kFirst);
    lock.lock();
    if (!built && built.error().code != ViewErrorCode::kCancelled && state_ != ViewState::kStopped)
      stop(0, built.error().what);
  }
}

std::optional<ViewError> ViewRunner::fold_to_head(Folder& folder, const OnProgress& progress) {
  const Position head = log_.head();
  bool go_on = true;
  Position folding = 0;
  try {
    const auto end = log_.read(projection_->query(), ReadOptions{.after = folder.committed(), .up_to = head, .bulk = true}, [&](const EventView& event) {
      folding = event.position();
      folder.fold(event);
      if (!folder.full()) return true;
      folder.commit(event.position());
      go_on = !closing_ && (!progress || progress({name_, RebuildProgress::Phase::kFolding, event.position(), head}));
      return go_on;
    });
    if (!end) return ViewError{ViewErrorCode::kStopped, "the log cannot be read: " + end.error().what};
    if (!go_on) return ViewError{ViewErrorCode::kCancelled, "cancelled"};
    folding = 0;
    folder.commit(head);
  } catch (const ViewDamaged& damaged) {
    return ViewError{ViewErrorCode::kIo, damaged.what()};
  } catch (const std::exception& broken) {
    folder.redo_before(log_, folding);
    return ViewError{ViewErrorCode::kStopped, cannot_be_folded(folding, broken)};
  }
  if (progress && !progress({name_, RebuildProgress::Phase::kFolding, head, head})) return ViewError{ViewErrorCode::kCancelled, "cancelled"};
  return std::nullopt;
}

void ViewRunner::abandon(const std::shared_ptr<Generation>& next, bool paused) {
  try {
    if (next) store_->discard(next);
  } catch (const ViewDamaged&) {
    // It stays behind as a leftover and goes at the next start.
  }
  bool resume = false;
  {
    std::lock_guard lock(mutex_);
    resume = paused && live_ && state_ == ViewState::kFollowing;
  }
  if (resume && !closing_) follow();
}

void ViewRunner::go_live(std::shared_ptr<Generation> next, Position reached, const std::optional<ViewError>& stopped) {
  store_->swap(name_, next);
  {
    std::lock_guard lock(mutex_);
    live_ = std::move(next);
    changes_.mark_all(reached);
    position_ = reached;  // before the state: who waits for the one then sees the other
    build_wanted_ = false;
    state_ = ViewState::kFollowing;
    stopped_at_ = 0;
    reason_.clear();
    if (stopped) stop(reached + 1, stopped->what);
  }
  moved_->notify();
}

Result<Position, ViewError> ViewRunner::build(const OnProgress& progress, Purpose purpose) {
  std::lock_guard one_at_a_time(build_mutex_);
  building_ = true;
  struct Done {
    std::atomic<bool>& building;
    ~Done() { building = false; }
  } done{building_};
  const auto tell = [&](RebuildProgress::Phase phase, Position reached) {
    if (progress) progress({name_, phase, reached, log_.head()});
  };
  std::shared_ptr<Generation> next;
  std::optional<ViewError> error;
  bool paused = false;
  try {
    next = store_->begin(name_);
    Folder folder(*projection_, next, limits_, Generation::Durability::kBuilding);
    do error = fold_to_head(folder, progress);
    while (!error && log_.head() - folder.committed() > kNearHead);
    // A first build that meets a broken event keeps what is whole before it: there is nothing better to show.
    const auto presentable = [&] { return !error || (purpose == Purpose::kFirst && error->code == ViewErrorCode::kStopped); };
    if (presentable()) {
      stop_following();
      paused = true;
      if (!error) error = fold_to_head(folder, progress);
    }
    if (presentable()) {
      const Position reached = folder.committed();
      tell(RebuildProgress::Phase::kSwapping, reached);
      go_live(next, reached, error);
      tell(RebuildProgress::Phase::kSwapped, reached);
      if (error) return *error;
      follow();
      return reached;
    }
  } catch (const ViewDamaged& damaged) {
    error = {ViewErrorCode::kIo, damaged.what()};
  } catch (const std::exception& failed) {
    error = {ViewErrorCode::kStopped, failed.what()};
  }
  abandon(next, paused);
  return *error;
}

void ViewRunner::follow() {
  std::uint64_t epoch = 0;
  Position from = 0;
  {
    std::lock_guard lock(mutex_);
    epoch = ++epoch_;
    folder_ = std::make_unique<Folder>(*projection_, live_, limits_, Generation::Durability::kLive, &changes_);
    from = folder_->committed();
    state_ = ViewState::kFollowing;
  }
  reach(from);
  const auto self = shared_from_this();  // a callback that outlasts the end of its subscription still finds the runner
  auto subscribed = log_.subscribe(projection_->query(), from,
                                   {.on_event = [self, epoch](const EventView& event) { return self->on_event(epoch, event); },
                                    .on_caught_up = [self, epoch](Position position) { self->on_caught_up(epoch, position); },
                                    .on_end = [self, epoch](std::string_view reason) {
                                      std::lock_guard lock(self->mutex_);
                                      if (epoch == self->epoch_ && reason != "closed") self->stop(0, "the log cannot be read");
                                    }});
  if (!subscribed) {
    std::lock_guard lock(mutex_);
    return stop(0, "the log cannot be followed: " + subscribed.error().what);
  }
  std::lock_guard lock(subscription_mutex_);
  subscription_ = std::move(*subscribed);
}

void ViewRunner::stop_following() {
  {
    std::lock_guard lock(mutex_);
    ++epoch_;
    try {
      if (folder_ && state_ == ViewState::kFollowing && !folder_->pending()) folder_->commit(position_);
    } catch (const ViewDamaged&) {
      // Only the position of events that matched nothing: they are read again.
    }
    folder_.reset();
  }
  std::lock_guard lock(subscription_mutex_);
  subscription_.reset();
}

bool ViewRunner::on_event(std::uint64_t epoch, const EventView& event) {
  std::lock_guard lock(mutex_);
  if (epoch != epoch_) return false;
  try {
    try {
      folder_->fold(event);
      if (folder_->full()) {
        folder_->commit(event.position());
        reach(event.position());
      }
      return true;
    } catch (const ViewDamaged&) {
      throw;
    } catch (const std::exception& broken) {
      folder_->redo_before(log_, event.position());
      reach(event.position() - 1);
      stop(event.position(), cannot_be_folded(event.position(), broken));
    }
  } catch (const ViewDamaged& damage) {
    if (repairs_++ < kRepairsMax) ask_for_build();
    else stop(0, damage.what());
  } catch (const std::exception& failed) {
    stop(0, failed.what());
  }
  return false;
}

void ViewRunner::on_caught_up(std::uint64_t epoch, Position position) {
  std::lock_guard lock(mutex_);
  if (epoch != epoch_ || state_ != ViewState::kFollowing) return;
  try {
    if (folder_->pending() || position - folder_->committed() >= kIdlePositionsMax) folder_->commit(position);
    reach(position);
  } catch (const ViewDamaged& damage) {
    if (repairs_++ < kRepairsMax) ask_for_build();
    else stop(0, damage.what());
  }
}

void ViewRunner::stop(Position at, std::string reason) {
  state_ = ViewState::kStopped;
  stopped_at_ = at;
  reason_ = std::move(reason);
  moved_->notify();
}

void ViewRunner::reach(Position position) {
  position_ = position;
  moved_->notify();
}

}  // namespace rireki
