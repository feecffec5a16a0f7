#include "api/deadline_keeper.h"

#include <pthread.h>

#include <condition_variable>
#include <future>
#include <set>
#include <thread>

#include "projections/cases_view.h"

namespace rireki::api {
namespace {

constexpr std::chrono::minutes kEvery{1};
constexpr std::chrono::seconds kViewWaitMax{30};
constexpr std::size_t kRoundMax = 1'000;  // cases looked up at once

std::vector<CaseId> cases_due(const Views& views, Day today, const std::set<CaseId>& tried) {
  std::vector<CaseId> due;
  const auto view = views.snapshot("cases");
  if (!view.rows) return due;
  each_case(*view.rows, by_next_step(), "", [&](const std::string&, const CaseRow& row) {
    if (*row.next_step > today || due.size() == kRoundMax) return false;
    if (!tried.contains(row.state.id)) due.push_back(row.state.id);
    return true;
  });
  return due;
}

Result<CommandAnswer, CommandError> pass(Office& office, CaseId id) {
  std::promise<Result<CommandAnswer, CommandError>> answered;
  auto answer = answered.get_future();
  office.pass_deadline(id, [&](Result<CommandAnswer, CommandError> result) { answered.set_value(std::move(result)); });
  return answer.get();
}

}  // namespace

std::size_t pass_deadlines(Office& office, const Views& views, const std::function<bool()>& goes_on) {
  std::size_t passed = 0;
  std::set<CaseId> tried;
  while (true) {
    if (!views.wait_for(office.log().head(), kViewWaitMax, {"cases"})) return passed;
    const auto due = cases_due(views, local_day(office.now()), tried);
    if (due.empty()) return passed;
    for (const auto id : due) {
      if (!goes_on()) return passed;
      tried.insert(id);  // refused: somebody was faster, or the view was behind; the next time looks again
      if (pass(office, id)) ++passed;
    }
  }
}

struct DeadlineKeeper::State {
  std::mutex mutex;
  std::condition_variable wake;
  bool closing = false;
  std::thread thread;
};

DeadlineKeeper::DeadlineKeeper(Office& office, const Views& views, std::function<void(const std::string&)> on_fault) : state_(std::make_unique<State>()) {
  state_->thread = std::thread([this, &office, &views, fault = std::move(on_fault)] {
    pthread_setname_np(pthread_self(), "deadlines");
    const auto goes_on = [this] {
      std::lock_guard lock(state_->mutex);
      return !state_->closing;
    };
    while (goes_on()) {
      try {
        pass_deadlines(office, views, goes_on);
      } catch (const std::exception& failed) {
        fault(failed.what());
      }
      std::unique_lock lock(state_->mutex);
      state_->wake.wait_for(lock, kEvery, [this] { return state_->closing; });
    }
  });
}

DeadlineKeeper::~DeadlineKeeper() {
  {
    std::lock_guard lock(state_->mutex);
    state_->closing = true;
  }
  state_->wake.notify_all();
  state_->thread.join();
}

}  // namespace rireki::api
