// Lets deadlines pass: finds by the cases' view what has come due and has the office record it. Nothing rests on the view or on this clock for
// correctness: the office decides each on the log, and records it once.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/office.h"
#include "projections/views.h"

namespace rireki::api {

// Records everything whose day has come, the longest due first, and returns of how many cases. `goes_on` is asked between two cases.
std::size_t pass_deadlines(Office& office, const Views& views, const std::function<bool()>& goes_on = [] { return true; });

// Does so at once and then every minute, on a thread of its own, until destroyed.
class DeadlineKeeper {
 public:
  // `on_fault` is told what went wrong, in English and without event data; the next minute tries again.
  DeadlineKeeper(Office& office, const Views& views, std::function<void(const std::string&)> on_fault);
  ~DeadlineKeeper();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rireki::api
