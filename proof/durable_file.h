// Small files that must be there after a power cut: keys, and what a signer or a witness saw last.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "proof/fault.h"

namespace rireki::proof {

// Written whole or not at all: a temporary file, sync, rename, sync of the folder. For the owner only. 0, or the system's error number.
int write_durably(const std::filesystem::path& path, std::string_view bytes);

// Of at most `most` bytes.
Checked<std::string> read_file(const std::filesystem::path& path, std::size_t most);

// Held by one process at a time, from construction on, which waits for it. Where the folder cannot be written it is not held: nothing can be changed there.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int file_;
};

}  // namespace rireki::proof
