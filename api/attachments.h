// Attached files, sealed under the key of their case: erasing the case's key erases them. The event in the log holds the SHA-256 of the content and so
// proves the file; on disk neither name nor size of a file says which it is to somebody without the keyring.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "domain/ids.h"
#include "eventstore/keyring.h"

namespace rireki::api {

inline constexpr std::size_t kAttachmentNameBytesMax = 255;

struct KeptAttachment {
  std::string sha256;  // of the content: 64 lower-case hex digits
  std::uint64_t bytes = 0;
};

class Attachments {
 public:
  // `keyring` outlives this.
  Attachments(std::filesystem::path folder, Keyring& keyring) : folder_(std::move(folder)), keyring_(&keyring) {}

  // Seals the uploaded file into the folder; file and folder are synced when it returns, so that the event that names the hash can follow.
  // None: the disk said no. The same content in the same case is kept once. `key_class`: that of the case's own events.
  std::optional<KeptAttachment> keep(CaseId id, const std::string& key_class, const std::filesystem::path& uploaded) const;

  // None if there is no such file, its key is gone, or its content no longer has that hash.
  std::optional<std::string> read(CaseId id, const std::string& sha256) const;

 private:
  std::filesystem::path place_of(CaseId id, const std::string& sha256) const;
  std::filesystem::path folder_;
  Keyring* keyring_;
};

// Does an event of the case name this hash?
bool is_attached(const EventLog& log, CaseId id, const std::string& sha256);

}  // namespace rireki::api
