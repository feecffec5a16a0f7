// Whoever signs or cosigns a log keeps what it saw of it last, and goes on from there only: the one thing that exposes a log that was rewritten,
// cut back or shown in two versions. The signer beside the log and a witness elsewhere follow the same rule (c2sp.org/tlog-witness).
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "proof/checkpoint.h"

namespace rireki::proof {

// As the specification of witnesses numbers them.
enum class ExtensionAnswer {
  kSigned = 200,
  kMalformed = 400,     // no request, or the old size is beyond the new one
  kForbidden = 403,     // no trusted key of the log signed it
  kUnknownLog = 404,
  kConflict = 409,      // not what was seen last, or the same size with another root
  kUnprovable = 422,    // the proof does not hold: it is not the log that was seen
  kNotKept = 500,       // what was seen could not be kept, so nothing is signed
};

struct Seen {
  ExtensionAnswer answer = ExtensionAnswer::kSigned;
  std::string text;   // the signature lines, or the size seen last with kConflict
  Fault fault;        // of any other answer
};

class LastSeen {
 public:
  // One file in `folder` for each log.
  explicit LastSeen(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // The note of what was seen last. A file that cannot be read is an error, never the same as none.
  Checked<std::optional<std::string>> note(const std::string& origin) const;
  Checked<std::optional<Checkpoint>> checkpoint(const std::string& origin) const;

  // Goes on to `next` if the request proves that it extends what was seen: keeps the note with what `sign` adds to it, then gives the lines.
  Seen advance(const ExtensionRequest& request, const Checkpoint& next, const std::string& note, const std::function<std::string()>& sign);

 private:
  std::filesystem::path file(const std::string& origin) const;
  std::filesystem::path folder_;
};

}  // namespace rireki::proof
