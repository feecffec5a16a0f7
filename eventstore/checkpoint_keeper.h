// Has a log's checkpoints signed: at most once a second while events arrive, on demand, and when it ends. A log that is not what was signed last is
// not gone on with.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "eventstore/transparency_log.h"
#include "proof/checkpoint.h"

namespace rireki {

// Whoever holds the log's key: another process (proof/signer.h).
class CheckpointSigner {
 public:
  virtual ~CheckpointSigner() = default;
  virtual proof::Checked<std::string> sign(const proof::ExtensionRequest& request) = 0;    // the signed note
  virtual proof::Checked<std::optional<std::string>> last() = 0;                           // the one signed last, if any
  virtual proof::Checked<std::vector<proof::Verifier>> keys() = 0;                         // the present one first
};

inline constexpr std::chrono::days kCheckpointsKept{90};  // all of them; of before one a day, and those that were cosigned

struct CheckpointOptions {
  std::chrono::milliseconds every{1'000};
  std::function<Instant()> clock;                        // default: the system's
  std::function<void(const proof::Fault&)> on_fault;     // once for each new one: nothing is signed until it is over
  std::function<void(const std::vector<proof::Verifier>&)> on_keys;  // the signer signs with others than before
};

// That the log goes on from what was signed last (the high-water mark that no database of its own can give): a Fault says what is missing or altered.
std::optional<proof::Fault> check_high_water(const TransparencyLog& log, const std::optional<proof::Checkpoint>& last);

class CheckpointKeeper {
 public:
  // `log` and `signer` must outlive it.
  static proof::Checked<std::unique_ptr<CheckpointKeeper>> open(TransparencyLog& log, CheckpointSigner& signer, CheckpointOptions options);
  ~CheckpointKeeper();  // signs what is there

  // Of all events there are at the call, or more.
  proof::Checked<std::string> sign_now();
  std::vector<proof::Verifier> keys() const;
  const std::string& origin() const { return origin_; }
  std::optional<proof::Fault> fault() const;  // why nothing is being signed

  // Drops what is neither young nor the last of its day nor cosigned.
  void thin();

 private:
  CheckpointKeeper(TransparencyLog& log, CheckpointSigner& signer, CheckpointOptions options) : log_(log), signer_(signer), options_(std::move(options)) {}
  proof::Checked<std::string> sign_locked();
  proof::Checked<std::string> ask(const TreeHead& head);
  std::optional<proof::Fault> resume();
  void run();

  TransparencyLog& log_;
  CheckpointSigner& signer_;
  CheckpointOptions options_;
  std::string origin_;
  std::mutex mutex_;  // one request at a time
  mutable std::mutex told_mutex_;  // what others ask for, also while a request waits for the signer
  std::vector<proof::Verifier> keys_;
  proof::Checkpoint last_;
  std::string last_note_;
  std::optional<proof::Fault> fault_;
  std::mutex stop_mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace rireki
