// One view at work: follows the log on its own subscription, builds itself anew when it must, stops alone when an event cannot be folded.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "projections/row_changes.h"
#include "projections/views.h"

namespace rireki {

// Where callers wait for any view to move.
struct ViewsMoved {
  std::mutex mutex;
  std::condition_variable changed;
  void notify() {
    { std::lock_guard lock(mutex); }
    changed.notify_all();
  }
};

// Folds events into one generation, in batches.
class Folder {
 public:
  // `changes`: told of every row, where the generation is the live one.
  Folder(const Projection& projection, std::shared_ptr<Generation> generation, FoldLimits limits, Generation::Durability durability, RowChanges* changes = nullptr);
  void fold(const EventView& event);   // throws what the projection throws, and ViewDamaged
  bool full() const;
  void commit(Position reached);       // everything up to `reached` has been folded
  bool pending() const { return !rows_.writes().empty() || next_.last_event != generation_->checkpoint().last_event; }
  Position committed() const { return generation_->checkpoint().position; }
  // After a fold that threw: forgets the open batch and folds the log again up to the event before, so that no half of an event stays.
  void redo_before(const EventLog& log, Position broken);

 private:
  const Projection& projection_;
  std::shared_ptr<Generation> generation_;
  FoldLimits limits_;
  Generation::Durability durability_;
  RowChanges* changes_;
  PendingRows rows_;
  Checkpoint next_;
  std::size_t events_ = 0;
  std::chrono::steady_clock::time_point opened_;
};

class ViewRunner : public std::enable_shared_from_this<ViewRunner> {
 public:
  ViewRunner(EventLog& log, ViewStore& store, std::unique_ptr<Projection> projection, FoldLimits limits, std::shared_ptr<ViewsMoved> moved);
  ~ViewRunner();

  void start();  // follows what is there if it is good, builds in the background if not
  void close();  // ends every thread's work; called before the last reference goes

  const std::string& name() const { return name_; }
  ViewStatus status() const;
  Position position() const { return position_; }
  // No lock: asked by those who wait for a move.
  bool reached(Position position) const { return state_ != ViewState::kBuilding && position_ >= position; }
  bool stopped() const { return state_ == ViewState::kStopped; }
  Generation::Snapshot snapshot();
  const RowChanges& changes() const { return changes_; }
  Result<Position, ViewError> rebuild(const OnProgress& progress);
  // Builds the view in another store and follows it there; the former store is left alone. It must outlive this.
  Result<Position, ViewError> move_to(ViewStore& store);
  void damaged();  // the store could not be read: built anew in the background, once

 private:
  enum class Purpose { kFirst, kAgain };  // kFirst: there are no rows to keep, so a broken event leaves those before it
  Result<Position, ViewError> build(const OnProgress& progress, Purpose purpose);
  void abandon(const std::shared_ptr<Generation>& next, bool paused);  // the former rows stay; goes on following if that was paused
  void go_live(std::shared_ptr<Generation> next, Position reached, const std::optional<ViewError>& stopped);
  // Reads and folds until the end of the log; an error when it was cancelled or could not.
  std::optional<ViewError> fold_to_head(Folder& folder, const OnProgress& progress);
  bool belongs_to_this_log(const Checkpoint& checkpoint) const;
  void follow();
  void stop_following();
  bool on_event(std::uint64_t epoch, const EventView& event);
  void on_caught_up(std::uint64_t epoch, Position position);
  void stop(Position at, std::string reason);  // mutex_ held
  void ask_for_build();                        // mutex_ held
  void run_builder();
  void reach(Position position);

  EventLog& log_;
  ViewStore* store_;                 // changed with build_mutex_ held
  const std::unique_ptr<Projection> projection_;
  const std::string name_;
  const FoldLimits limits_;
  const std::shared_ptr<ViewsMoved> moved_;

  std::atomic<Position> position_{0};
  RowChanges changes_;
  std::atomic<bool> closing_{false};
  std::atomic<bool> building_{false};
  std::atomic<ViewState> state_{ViewState::kBuilding};  // written with mutex_ held

  mutable std::mutex mutex_;  // what follows
  Position stopped_at_ = 0;
  std::string reason_;
  std::shared_ptr<Generation> live_;
  std::unique_ptr<Folder> folder_;   // of the subscription
  std::uint64_t epoch_ = 0;          // a callback of a subscription that was ended finds another number and does nothing
  bool build_wanted_ = false;
  int repairs_ = 0;
  std::condition_variable build_asked_;

  std::mutex build_mutex_;           // one build at a time; the next waits
  std::mutex subscription_mutex_;    // never taken with mutex_ held: ending a subscription waits for its callback
  std::unique_ptr<Subscription> subscription_;
  std::thread builder_;
};

}  // namespace rireki
