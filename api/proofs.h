// What proves the log to others, for the API and the command line: its tree, its checkpoints and the keys they were signed with, the witnesses who
// confirm them from outside, and what the last look at every event found.
#pragma once

#include <map>
#include <mutex>
#include <thread>

#include "api/office.h"
#include "eventstore/checkpoint_keeper.h"
#include "eventstore/verify_log.h"

namespace rireki::api {

inline constexpr const char* kWitnessDaysPolicy = "audit.witness-days";  // after how many days without a confirmation from outside it is said so
inline constexpr int kWitnessDays = 35;

struct WitnessState {
  proof::Verifier key;
  Position size = 0;               // of what it confirmed last; 0: nothing yet
  std::optional<Instant> at;       // when, by its own clock
};

// What somebody's way of looking at every event came to.
struct LastVerified {
  Instant at{};
  VerifyReport report;
};

class Proofs {
 public:
  // All of it outlives this.
  Proofs(Office& office, TransparencyLog& tree, CheckpointKeeper& keeper, std::function<void(const proof::Fault&)> on_fault) : office_(office), tree_(tree), keeper_(keeper), on_fault_(std::move(on_fault)) {}

  Office& office() const { return office_; }
  TransparencyLog& tree() const { return tree_; }
  CheckpointKeeper& keeper() const { return keeper_; }

  // The last one that was signed, with its cosignatures; where nothing was signed yet, one of now.
  proof::Checked<std::string> checkpoint() const;
  proof::Checked<std::string> sign_now() const;
  // Every key that this log was ever signed with, the present one first, as the log itself says.
  std::vector<proof::Verifier> keys() const;

  std::vector<WitnessState> witnesses() const;
  // Whose confirmation counts, on record. A Fault: no key of a witness, or not recorded.
  std::optional<proof::Fault> name_witness(const Actor& by, const std::string& key);
  std::optional<proof::Fault> drop_witness(const Actor& by, const std::string& key);
  // What to ask a witness (proof::ExtensionRequest): of the last signed checkpoint, from what it says or is known to have seen.
  proof::Checked<std::string> request_for(Position seen) const;
  proof::Checked<std::string> request_for(const proof::Verifier& witness) const;
  // Its answer: cosignature lines over a checkpoint that is kept. Kept with it from then on.
  proof::Checked<WitnessState> confirm(const std::string& lines);

  // For whoever watches the server: something that was to be handed out is damaged.
  void tell(const proof::Fault& fault) const {
    if (on_fault_) on_fault_(fault);
  }

  void verified(LastVerified last);
  std::optional<LastVerified> last_verified() const;

 private:
  std::vector<proof::Verifier> named() const;
  proof::Checked<WitnessState> confirm_at(Position size, const std::string& lines, const std::vector<proof::Verifier>& keys);
  Office& office_;
  TransparencyLog& tree_;
  CheckpointKeeper& keeper_;
  const std::function<void(const proof::Fault&)> on_fault_;
  mutable std::mutex mutex_;
  std::optional<LastVerified> verified_;
  mutable std::map<std::string, WitnessState> confirmed_;  // by key: what is known of it, since confirmations come in here only
};

// Says with which keys the log is signed, where the log does not say so yet. False: it could not be recorded.
bool introduce_keys(Office& office, const std::vector<proof::Verifier>& keys);

// Asks witnesses by HTTP, at once and then every `every`: the prefixes of their URLs.
class WitnessPusher {
 public:
  WitnessPusher(Proofs& proofs, std::vector<std::string> urls, std::chrono::minutes every, std::function<void(const std::string& what)> on_fault);
  ~WitnessPusher();

 private:
  void run();
  std::optional<std::string> ask(const std::string& url) const;  // what went wrong
  Proofs& proofs_;
  const std::vector<std::string> urls_;
  const std::chrono::minutes every_;
  const std::function<void(const std::string&)> on_fault_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace rireki::api
