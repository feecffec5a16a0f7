#include <cstddef>
#include <cstdint>

#include "tests/fuzz/request_entry.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  rireki::fuzz::read_request({reinterpret_cast<const char*>(data), size});
  return 0;
}
