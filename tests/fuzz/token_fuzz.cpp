#include <cstddef>
#include <cstdint>

#include "tests/fuzz/token_entry.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  rireki::fuzz::read_token({reinterpret_cast<const char*>(data), size});
  return 0;
}
