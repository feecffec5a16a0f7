#include <cstddef>
#include <cstdint>

#include "tests/fuzz/proof_entry.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  rireki::fuzz::read_formats(bytes);
  rireki::fuzz::read_audit_bundle(bytes);
  return 0;
}
