// The signer of one log: a process of its own, with the log's key, that signs a checkpoint only if it extends the last one it signed. Whoever takes
// over the server cannot make it sign another history; and what it signed last is a high-water mark outside the database.
//
// Its folder, which belongs to it alone and never lies in the data folder:
//   keys      private keys, one to a line, the newest first; behind a space: the second since 1970 after which it signs no more
//   log.pub   their public halves: handed over on paper
//   seen-…    the last checkpoint that was signed
//   former/   log.pub of the log's former epochs: their private keys are gone
//   lock      held while keys or what was seen change
#pragma once

#include <map>

#include "proof/last_seen.h"

namespace rireki::proof {

inline constexpr std::int64_t kFormerKeySigns = 90 * 86'400;  // seconds that a replaced key signs beside the new one

class SignerFolder {
 public:
  // A new folder with a key for `origin`, "<host>/rireki/log/1".
  static Checked<SignerFolder> create(const std::filesystem::path& folder, const std::string& origin);
  static Checked<SignerFolder> open(const std::filesystem::path& folder);

  const std::string& origin() const { return keys_.front().key.verifier().name; }
  std::vector<Verifier> public_keys() const;
  const LastSeen& last_seen() const { return seen_; }
  std::string last_note() const;  // "" if nothing was signed yet

  // A checkpoint's text, without signature, and the proof from what was signed last; the signed note.
  Seen sign(const ExtensionRequest& request, std::int64_t now);

  // A new key beside the present one, which signs on for kFormerKeySigns.
  Checked<Verifier> rotate(std::int64_t now);
  // A new log in the place of one that was lost in part: another origin, another key, nothing signed.
  Checked<Verifier> begin_epoch();

 private:
  struct Key {
    SigningKey key;
    std::int64_t until = 0;  // 0: without end
  };
  SignerFolder(std::filesystem::path folder, std::vector<Key> keys) : folder_(std::move(folder)), keys_(std::move(keys)), seen_(folder_) {}
  std::optional<Fault> save() const;
  std::filesystem::path folder_;
  std::vector<Key> keys_;
  LastSeen seen_;
};

}  // namespace rireki::proof
