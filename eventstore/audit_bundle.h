// Writes audit bundles (proof/bundle.h has the format). Two of the same range at the same checkpoint are the same bytes.
#pragma once

#include "eventstore/transparency_log.h"
#include "proof/checkpoint.h"
#include "proof/tar.h"

namespace rireki {

inline constexpr std::size_t kBundlePartMax = 65'536;         // positions of a part; of more, everything is taken
inline constexpr std::size_t kBundleCheckpointsMax = 10'000;  // the newest ones that are kept

struct BundleRequest {
  std::string checkpoint;                    // the signed note that it is of
  Position first = 0, last = 0;              // a part of the log; both 0: everything, with its tiles
  std::vector<Position> positions;           // or just these
  std::vector<proof::Verifier> keys, witnesses;
  std::function<bool(const EventView&)> discloses;        // of which events the stored bytes are shown; none: of no event
  std::function<std::string(const EventView&)> openings;  // and what opens them (SealedEventLog::openings); none: nothing is opened
  std::function<void(double)> progress;                   // 0 to 1
};

// false: the sink wanted no more.
proof::Checked<bool> write_bundle(const EventLog& log, const TransparencyLog& tree, const BundleRequest& request, const proof::ByteSink& sink);

}  // namespace rireki
