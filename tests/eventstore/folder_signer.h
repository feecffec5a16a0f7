#pragma once

#include <atomic>

#include "eventstore/checkpoint_keeper.h"
#include "proof/signer.h"

namespace rireki {

// The signer's own folder, made where it is not there, asked without a process between.
class QuietSigner final : public CheckpointSigner {
 public:
  explicit QuietSigner(std::filesystem::path folder) : folder_(std::move(folder)) { (void)proof::SignerFolder::create(folder_, "ward.example/rireki/log/1"); }
  proof::Checked<std::string> sign(const proof::ExtensionRequest& request) override {
    ++asked;
    if (silent) return proof::Fault{"署名者が応答しません。", "The signer does not answer."};
    auto seen = opened().sign(request, 0);
    if (seen.answer != proof::ExtensionAnswer::kSigned) return seen.fault;
    if (answers_lost > 0 && answers_lost--) return proof::Fault{"答えが届きません。", "The answer was lost."};
    return {boost::system::in_place_value, std::move(seen.text)};
  }
  proof::Checked<std::optional<std::string>> last() override { return opened().last_seen().note(opened().origin()); }
  proof::Checked<std::vector<proof::Verifier>> keys() override { return opened().public_keys(); }
  proof::SignerFolder opened() const { return proof::SignerFolder::open(folder_).value(); }
  std::atomic<bool> silent{false};      // does nothing
  std::atomic<int> answers_lost{0};     // of these the work is done and nobody hears of it
  std::atomic<int> asked{0};

 private:
  std::filesystem::path folder_;
};

}  // namespace rireki
