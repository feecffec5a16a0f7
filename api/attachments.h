// Attached files, kept by the SHA-256 of their content in the data folder; the event in the log holds the hash and so proves the file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "domain/ids.h"
#include "eventstore/log.h"

namespace rireki::api {

inline constexpr std::size_t kAttachmentNameBytesMax = 255;

struct KeptAttachment {
  std::string sha256;  // 64 lower-case hex digits
  std::uint64_t bytes = 0;
};

// Moves the uploaded file into the folder under its hash; file and folder are synced when it returns, so that the event that names
// the hash can follow. None: the disk said no. The same content is kept once.
std::optional<KeptAttachment> keep_attachment(const std::filesystem::path& folder, const std::filesystem::path& uploaded);

// None if there is no such file or its content no longer has that hash.
std::optional<std::string> read_attachment(const std::filesystem::path& folder, const std::string& sha256);

// Does an event of the case name this hash?
bool is_attached(const EventLog& log, CaseId id, const std::string& sha256);

}  // namespace rireki::api
