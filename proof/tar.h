// Plain tar files, written so that the same content gives the same bytes, and read with nothing assumed of them (libarchive does both).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "proof/fault.h"

namespace rireki::proof {

// Takes the archive's bytes as they come; false: nobody wants them any more.
using ByteSink = std::function<bool(std::string_view)>;

// Entries must be added in the order of their names; times and owners are zero.
class TarWriter {
 public:
  explicit TarWriter(ByteSink sink);
  ~TarWriter();  // without finish() before: the archive has no end, and whoever reads it sees that it was cut off
  bool add(const std::string& name, std::string_view content);  // false: the sink wants no more
  bool finish();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// Visits each file of a tar file in order. What it gives back, if anything, ends the reading. A cut, a name that climbs, anything but plain files,
// a file of more than `most` bytes, or names out of order are faults.
std::optional<Fault> read_tar(const std::string& path, std::size_t most, const std::function<std::optional<Fault>(const std::string& name, std::string_view content)>& visit);
// The same of bytes in memory.
std::optional<Fault> read_tar_bytes(std::string_view bytes, std::size_t most, const std::function<std::optional<Fault>(const std::string& name, std::string_view content)>& visit);

}  // namespace rireki::proof
