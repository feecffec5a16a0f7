// The views as the program sees them: opened over a log, each followed live on its own subscription, rebuilt when they must be.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "projections/view_store.h"

namespace rireki {

// Bounds of one committed batch: whichever is reached first.
struct FoldLimits {
  std::size_t events_max = 10'000;
  std::size_t bytes_max = 8 * 1024 * 1024;
  std::chrono::milliseconds time_max{200};
};

enum class ViewState {
  kBuilding,   // no rows to read yet: first start, a raised version, or the former rows were lost
  kFollowing,
  kStopped,    // broken: see `stopped_at` and `reason`; the rows up to the event before stay readable
};
struct ViewStatus {
  std::string view;
  int version = 0;
  ViewState state = ViewState::kBuilding;
  bool rebuilding = false;   // a new generation is being built beside the live one
  Position position = 0;     // folded up to here
  Position stopped_at = 0;   // the event that could not be folded, 0: the store failed
  std::string reason;        // English, for operators; holds no event data
};

struct RebuildProgress {
  enum class Phase { kFolding, kSwapping, kSwapped };
  std::string view;
  Phase phase = Phase::kFolding;
  Position position = 0;  // folded up to here
  Position head = 0;      // of the log when the phase began
};
// Called between two batches on the thread that builds; false cancels (ignored once swapping).
using OnProgress = std::function<bool(const RebuildProgress&)>;

// Safe from any thread.
class Views {
 public:
  // Opens the folder and follows the log with every projection. Views that were never built, were lost or damaged, belong to another log, or
  // whose projection's version differs are built in the background; the call does not wait for them.
  static Result<std::unique_ptr<Views>, ViewError> open(const std::filesystem::path& folder, EventLog& log,
                                                        std::vector<std::unique_ptr<Projection>> projections, FoldLimits limits = {},
                                                        std::shared_ptr<rocksdb::Env> files = nullptr);
  virtual ~Views() = default;

  virtual std::vector<ViewStatus> status() const = 0;  // by name
  virtual Position position(const std::string& view) const = 0;  // 0 while it is being built

  // Waits until the view can be read and has folded `position`; false after `timeout`, and at once when the view has stopped before it. `views` empty: all.
  virtual bool wait_for(Position position, std::chrono::milliseconds timeout, const std::vector<std::string>& views = {}) const = 0;

  // The rows as of one moment; `rows` is null while the view is being built for the first time.
  virtual Generation::Snapshot snapshot(const std::string& view) const = 0;

  // May a row with this key (or under this prefix) have changed since the view stood at `position`? No false "no"; from memory.
  virtual bool changed_since(const std::string& view, std::string_view key, bool is_prefix, Position position) const = 0;

  // Builds the view anew beside the live one and swaps; a crash at any moment leaves the former or the new one, whole. Returns when swapped.
  virtual Result<Position, ViewError> rebuild(const std::string& view, const OnProgress& progress = {}) = 0;
  // Builds every view anew in another folder and gives the former store up: for what must not stay on the disk. On an error all stay where they were.
  virtual std::optional<ViewError> move_to(const std::filesystem::path& folder, std::shared_ptr<rocksdb::Env> files) = 0;
  // All at once, each on a thread of its own; `progress` is called by one of them at a time. The first error by name, when all have ended.
  Result<Position, ViewError> rebuild_all(const OnProgress& progress = {});
};

}  // namespace rireki
