// Where views are kept: a RocksDB instance of its own, beside the log's and never inside it. Each build of a view is a generation: one column
// family that holds the rows and, in the same family and the same batch, the position they reach. Nothing here is ever synced except a
// swap: whatever a power cut takes away is folded again, and since a batch is whole or absent and families recover to one prefix of the
// write-ahead log, rows are never ahead of, or apart from, their position.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>

#include "projections/projection.h"

namespace rocksdb {
class Env;
}

namespace rireki {

// The store cannot be read or written: thrown, since a fold or a page can do nothing about it. The runner rebuilds the view.
struct ViewDamaged : std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum class ViewErrorCode {
  kInUse,      // another process holds the folder
  kIo,         // the folder cannot be read or written (permission, disk full)
  kUnknown,    // no view has that name
  kStopped,    // an event could not be folded (`what` names its position), or the log could not be read; the former rows stay
  kCancelled,  // the progress callback said stop; the former rows stay
};
struct ViewError {
  ViewErrorCode code = ViewErrorCode::kIo;
  std::string what;  // English, for operators; holds no event data
};
[[noreturn]] void throw_exception_from_error(const ViewError& error, const boost::source_location& where);

// How far a generation has come. The id of the last event folded ties the rows to one log: after another log was put in its place
// (a restore), the event at that position has another id and the view is rebuilt.
struct Checkpoint {
  int version = 0;
  Position position = 0;    // everything up to here is folded
  Position last_event = 0;  // position of the last event that matched, 0: none yet
  Id128 last_event_id;
  bool operator==(const Checkpoint&) const = default;
};

// Writes that are not yet committed, over the rows that are.
class PendingRows final : public Rows {
 public:
  explicit PendingRows(const RowReader& committed) : committed_(committed) {}
  std::optional<std::string> get(std::string_view key) const override;
  void scan(std::string_view prefix, std::string_view from,
            const std::function<bool(std::string_view key, std::string_view value)>& visit) const override;
  void put(std::string_view key, std::string_view value) override;
  void erase(std::string_view key) override;

  using Writes = std::map<std::string, std::optional<std::string>, std::less<>>;  // none: erased
  const Writes& writes() const { return writes_; }
  std::size_t bytes() const { return bytes_; }
  void clear();

 private:
  void set(std::string_view key, std::optional<std::string> value);
  const RowReader& committed_;
  Writes writes_;
  std::size_t bytes_ = 0;
};

// One build of one view. Safe from any thread; one thread at a time commits.
class Generation : public RowReader {
 public:
  virtual const Checkpoint& checkpoint() const = 0;  // for the committing thread
  // kLive: through the write-ahead log. kBuilding: past it; lost in a crash unless flush() returned.
  enum class Durability { kLive, kBuilding };
  virtual void commit(const PendingRows& rows, const Checkpoint& reached, Durability durability) = 0;
  virtual void flush() = 0;
  // A frozen state of the rows, with the position they reach. Stays readable after the generation was replaced.
  struct Snapshot {
    std::shared_ptr<const RowReader> rows;
    Position position = 0;
  };
  virtual Snapshot snapshot() const = 0;
};

class ViewStore {
 public:
  // Opens or creates the folder; a store that is damaged beyond opening is emptied, since it can be rebuilt. Generations that nobody points to
  // (a rebuild that a crash cut short, views that no longer exist) are removed. `emptied` tells whether the former store was given up.
  // `files`: through which its files are read and written (encrypted ones); none: as they are.
  static Result<std::unique_ptr<ViewStore>, ViewError> open(const std::filesystem::path& folder, const std::set<std::string>& views, std::shared_ptr<rocksdb::Env> files = nullptr);
  virtual ~ViewStore() = default;

  virtual bool emptied() const = 0;
  virtual std::shared_ptr<Generation> live(const std::string& view) const = 0;  // null: never built, or lost
  virtual std::shared_ptr<Generation> begin(const std::string& view) = 0;       // a new, empty generation, live for nobody
  // From here on, also after a power cut, `next` is the view's live generation. The former one goes when its last reader has gone.
  virtual void swap(const std::string& view, std::shared_ptr<Generation> next) = 0;
  virtual void discard(std::shared_ptr<Generation> generation) = 0;
};

}  // namespace rireki
