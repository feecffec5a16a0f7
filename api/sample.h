// The sample: an invented ward that lives some years through the public decide path: yearly hires, April transfers with their approvals,
// leaves and their Voyagers, support, 1on1s, follow-ups, trainings, absences, late and cancelled orders, resignations, line-care cases, deputies,
// corrections, overdue deadlines. Deterministic: the same options give the same events.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "api/office.h"
#include "api/sample_ward.h"

namespace rireki::api {

inline constexpr int kSampleStaffMin = 100;
inline constexpr int kSampleStaffMax = 20'000;
inline constexpr int kSampleYearsMax = 10;

struct SampleOptions {
  int staff = 1000;
  int years = 3;
  std::uint64_t seed = 1;
  Day today;                                   // the last day that is lived
  std::function<void(Instant)> set_clock;      // moves the clock of the office and its log to a moment of the ward's life
  std::function<void(int done, int all)> progress;
};

struct SampleError {
  std::string step;   // what the ward was doing
  Refusal refusal;    // why it was not possible; a bug of the sample or of a rule
};
[[noreturn]] void throw_exception_from_error(const SampleError& error, const boost::source_location& where);

// On which the register is founded, some days before its first fiscal year.
Day founding_day(const SampleOptions& options);

// Requires: the log holds no facts yet and the catalogue is published. Returns the ward as it stands at the end.
Result<SampleWard, SampleError> live_sample(Office& office, IdSource& ids, const SampleOptions& options);

// Ids from a seed, so that two runs of the sample give the same events. Safe from any thread. (SplitMix64: no id comes twice.)
class SeededIds final : public IdSource {
 public:
  explicit SeededIds(std::uint64_t seed) : state_(seed * 0xd1342543de82ef95u) {}
  std::uint64_t next() override {
    std::uint64_t id = 0;
    while (id == 0) {
      id = state_.fetch_add(0x9e3779b97f4a7c15u, std::memory_order_relaxed) + 0x9e3779b97f4a7c15u;
      id = (id ^ (id >> 30)) * 0xbf58476d1ce4e5b9u;
      id = (id ^ (id >> 27)) * 0x94d049bb133111ebu;
      id ^= id >> 31;
    }
    return id;
  }

 private:
  std::atomic<std::uint64_t> state_;
};

}  // namespace rireki::api
