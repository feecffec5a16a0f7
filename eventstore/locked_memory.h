// Room for keys: not swapped out and not part of a core dump, as far as the system lets us.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "eventstore/cipher.h"

namespace rireki {

class LockedKeys {
 public:
  using Place = std::uint32_t;
  LockedKeys() = default;
  LockedKeys(const LockedKeys&) = delete;
  LockedKeys& operator=(const LockedKeys&) = delete;
  ~LockedKeys();

  Place put(const SecretKey& key);
  SecretKey get(Place place) const;
  void wipe(Place place);  // zeroes; the place is given out again

 private:
  using Bytes = std::array<char, 32>;
  static constexpr std::size_t kPerChunk = 2'048;  // 64 KiB
  Bytes& at(Place place) const { return chunks_[place / kPerChunk][place % kPerChunk]; }
  std::vector<Bytes*> chunks_;
  std::vector<Place> free_;
  Place next_ = 0;
};

}  // namespace rireki
