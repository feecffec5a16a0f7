#include "projections/views.h"

#include <algorithm>
#include <future>
#include <mutex>

#include "projections/view_runner.h"

namespace rireki {
namespace {

class FollowingViews final : public Views {
 public:
  FollowingViews(std::unique_ptr<ViewStore> store, EventLog& log, std::vector<std::unique_ptr<Projection>> projections, FoldLimits limits)
      : store_(std::move(store)) {
    for (auto& projection : projections) {
      auto runner = std::make_shared<ViewRunner>(log, *store_, std::move(projection), limits, moved_);
      runners_.emplace(runner->name(), std::move(runner));
    }
    for (const auto& [name, runner] : runners_) runner->start();
  }
  ~FollowingViews() override {
    for (const auto& [name, runner] : runners_) runner->close();
  }

  std::vector<ViewStatus> status() const override {
    std::vector<ViewStatus> all;
    for (const auto& [name, runner] : runners_) all.push_back(runner->status());
    return all;
  }

  Position position(const std::string& view) const override { return find(view).position(); }

  bool wait_for(Position position, std::chrono::milliseconds timeout, const std::vector<std::string>& views) const override {
    const auto wanted = [&](const std::string& name) { return views.empty() || std::find(views.begin(), views.end(), name) != views.end(); };
    bool reached = true, hopeless = false;
    const auto look = [&] {
      reached = true;
      for (const auto& [name, runner] : runners_) {
        if (!wanted(name) || runner->reached(position)) continue;
        reached = false;
        hopeless = hopeless || runner->stopped();
      }
      return reached || hopeless;
    };
    if (look()) return reached;
    std::unique_lock lock(moved_->mutex);
    moved_->changed.wait_for(lock, timeout, look);
    return reached;
  }

  Generation::Snapshot snapshot(const std::string& view) const override { return find(view).snapshot(); }

  bool changed_since(const std::string& view, std::string_view key, bool is_prefix, Position position) const override { return find(view).changes().since(key, is_prefix, position); }

  Result<Position, ViewError> rebuild(const std::string& view, const OnProgress& progress) override {
    const auto found = runners_.find(view);
    if (found == runners_.end()) return ViewError{ViewErrorCode::kUnknown, "there is no view " + view};
    return found->second->rebuild(progress);
  }

  std::optional<ViewError> move_to(const std::filesystem::path& folder, std::shared_ptr<rocksdb::Env> files) override {
    std::set<std::string> names;
    for (const auto& [name, runner] : runners_) names.insert(name);
    auto next = ViewStore::open(folder, names, std::move(files));
    if (!next) return next.error();
    std::vector<ViewRunner*> moved;
    for (const auto& [name, runner] : runners_) {
      if (auto built = runner->move_to(**next); !built) {
        for (auto* back : moved) std::ignore = back->move_to(*store_);
        return built.error();
      }
      moved.push_back(runner.get());
    }
    store_ = std::move(*next);  // readers of the former hold its rows until they have read
    return std::nullopt;
  }

 private:
  ViewRunner& find(const std::string& view) const {
    const auto found = runners_.find(view);
    if (found == runners_.end()) throw std::logic_error("there is no view " + view);
    return *found->second;
  }

  // Runners hold generations of the store, so they go first.
  std::unique_ptr<ViewStore> store_;
  std::shared_ptr<ViewsMoved> moved_ = std::make_shared<ViewsMoved>();
  std::map<std::string, std::shared_ptr<ViewRunner>> runners_;
};

}  // namespace

Result<std::unique_ptr<Views>, ViewError> Views::open(const std::filesystem::path& folder, EventLog& log,
                                                      std::vector<std::unique_ptr<Projection>> projections, FoldLimits limits,
                                                      std::shared_ptr<rocksdb::Env> files) {
  std::set<std::string> names;
  for (const auto& projection : projections) names.insert(projection->name());
  auto store = ViewStore::open(folder, names, std::move(files));
  if (!store) return store.error();
  return std::unique_ptr<Views>(std::make_unique<FollowingViews>(std::move(*store), log, std::move(projections), limits));
}

Result<Position, ViewError> Views::rebuild_all(const OnProgress& progress) {
  std::mutex telling;
  const OnProgress told = [&](const RebuildProgress& at) {
    std::lock_guard lock(telling);
    return !progress || progress(at);
  };
  std::vector<std::future<Result<Position, ViewError>>> builds;
  for (const auto& view : status()) builds.push_back(std::async(std::launch::async, [this, &told, name = view.view] { return rebuild(name, told); }));
  Result<Position, ViewError> reached = Position{0};
  for (auto& build : builds) {
    auto built = build.get();
    if (reached) reached = built ? std::min(*reached == 0 ? *built : *reached, *built) : std::move(built);
  }
  return reached;
}

}  // namespace rireki
