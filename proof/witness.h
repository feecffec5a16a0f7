// A witness: somebody outside, the auditors' office for instance, who confirms that each checkpoint it is shown goes on from the one before
// (c2sp.org/tlog-witness). Its folder:
//   key          its private key          witness.pub   its public half, for whoever runs the logs
//   logs         public keys of the logs that it follows, one to a line
//   seen-…       what it saw last of each
//   refused-…    signed checkpoints that did not go on from there: evidence, at most kRefusedKept of them
//   lock         held while what was seen changes: it may answer over HTTP and to files at once
#pragma once

#include "proof/last_seen.h"

namespace rireki::proof {

inline constexpr std::size_t kRefusedKept = 1'000;

class WitnessFolder {
 public:
  static Checked<WitnessFolder> create(const std::filesystem::path& folder, const std::string& name);
  static Checked<WitnessFolder> open(const std::filesystem::path& folder);

  const Verifier& public_key() const { return key_.verifier(); }
  const std::vector<Verifier>& logs() const { return logs_; }
  std::optional<Fault> follow(const Verifier& log_key);

  // An add-checkpoint request; the answer's text are its cosignature lines, or the size it saw last.
  Seen add_checkpoint(std::string_view request, std::int64_t now);

 private:
  WitnessFolder(std::filesystem::path folder, SigningKey key, std::vector<Verifier> logs) : folder_(std::move(folder)), key_(std::move(key)), logs_(std::move(logs)), seen_(folder_) {}
  void keep_evidence(const Checkpoint& refused, const std::string& note) const;
  std::filesystem::path folder_;
  SigningKey key_;
  std::vector<Verifier> logs_;
  LastSeen seen_;
};

}  // namespace rireki::proof
