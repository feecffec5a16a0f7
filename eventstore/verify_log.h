// Compares everything that proofs rest on with everything else: events with their tiles, tiles with those above them, the root with every checkpoint
// that was kept. Names what does not fit.
#pragma once

#include <atomic>

#include "eventstore/transparency_log.h"
#include "proof/note.h"

namespace rireki {

struct LogFinding {
  Position position = 0;  // of the event, or 0
  proof::Fault what;      // with its place: "tile/0/003", "position 17", "checkpoint 600"
};

struct VerifyOptions {
  std::vector<proof::Verifier> keys;             // of the log: checkpoints are checked with them; none: their signatures are not
  unsigned threads = 2;
  std::size_t findings_max = 100;                // then it ends
  std::uint64_t events_per_second = 0;           // 0: as fast as it goes
  const std::atomic<bool>* stop = nullptr;       // ends it early
  std::function<void(double)> progress;          // 0 to 1; from any of its threads
};

struct VerifyReport {
  Position events = 0;
  std::uint64_t tiles = 0, checkpoints = 0;
  std::vector<LogFinding> findings;  // by position
  bool complete = true;              // false: stopped, or too many findings
};

// Of everything that is durable at the call. `log` is the one whose bytes the leaves are of.
VerifyReport verify_log(const EventLog& log, const TransparencyLog& tree, const VerifyOptions& options);

}  // namespace rireki
