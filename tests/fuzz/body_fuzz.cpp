// Any bytes as the body of an event: refused, or a value that is written and read again as itself.
#include <cstdlib>
#include <string_view>

#include "domain/body.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto body = rireki::decode({reinterpret_cast<const char*>(data), size});
  if (!body) return 0;
  const auto bytes = rireki::encode(*body);
  if (bytes.size() > rireki::kBodyBytesMax) return 0;  // hostile pointers may lead to one text many times; the log takes no such body
  const auto again = rireki::decode(bytes);
  if (!again || rireki::encode(*again) != bytes) std::abort();
  return 0;
}
