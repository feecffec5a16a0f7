// Where the signer of a data folder's log is, and asking it. The file `signer` in the data folder says so in one line: "folder ../data.signer", the
// signer's own folder, in which case rireki-signer is started as a process of its own when it is needed; or "socket /run/rireki/signer", on which one
// that another user runs is asked.
#pragma once

#include <sys/types.h>

#include "api/cli/data_folder.h"
#include "api/proofs.h"

namespace rireki::api {

inline constexpr const char* kDefaultOrigin = "localhost/rireki/log/1";

// None: the folder names no signer yet.
Result<std::optional<SignerPlace>, FolderError> signer_place(const DataFolder& folder);
// Names it in the folder, and makes its folder with a key for `origin` where it is one that is not there yet.
std::optional<FolderError> place_signer(const DataFolder& folder, const SignerPlace& place, const std::string& origin);
// What it signed last; the log must go on from there.
Result<std::optional<proof::Checkpoint>, FolderError> last_signed(const SignerPlace& place);

class LogSigner final : public CheckpointSigner {
 public:
  static Result<std::unique_ptr<LogSigner>, FolderError> reach(const SignerPlace& place);
  ~LogSigner() override;  // ends the process that was started
  proof::Checked<std::string> sign(const proof::ExtensionRequest& request) override;
  proof::Checked<std::optional<std::string>> last() override;
  proof::Checked<std::vector<proof::Verifier>> keys() override;

 private:
  LogSigner() = default;
  std::filesystem::path socket_, temporary_;
  ::pid_t child_ = 0;
};

// An open folder's proofs: its signer is reached, its keys are on record, the log goes on from what was signed.
struct OpenProofs {
  std::unique_ptr<LogSigner> signer;
  std::unique_ptr<CheckpointKeeper> keeper;
  std::unique_ptr<Proofs> proofs;
};
Result<OpenProofs, FolderError> open_proofs(OpenFolder& opened, std::function<void(const proof::Fault&)> on_fault = {});

}  // namespace rireki::api
