#include "eventstore/locked_memory.h"

#include <openssl/crypto.h>
#include <sys/mman.h>

#include <cstring>
#include <new>
#include <tuple>

namespace rireki {

LockedKeys::~LockedKeys() {
  for (auto* chunk : chunks_) {
    OPENSSL_cleanse(chunk, kPerChunk * sizeof(Bytes));
    ::munmap(chunk, kPerChunk * sizeof(Bytes));
  }
}

LockedKeys::Place LockedKeys::put(const SecretKey& key) {
  Place place = next_;
  if (!free_.empty()) {
    place = free_.back();
    free_.pop_back();
  } else {
    if (place / kPerChunk == chunks_.size()) {
      void* chunk = ::mmap(nullptr, kPerChunk * sizeof(Bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (chunk == MAP_FAILED) throw std::bad_alloc();
      std::ignore = ::mlock(chunk, kPerChunk * sizeof(Bytes));  // may be more than the process is allowed to lock: then it is swappable
      std::ignore = ::madvise(chunk, kPerChunk * sizeof(Bytes), MADV_DONTDUMP);
      chunks_.push_back(static_cast<Bytes*>(chunk));
    }
    ++next_;
  }
  std::memcpy(at(place).data(), key.bytes().data(), sizeof(Bytes));
  return place;
}

SecretKey LockedKeys::get(Place place) const { return *SecretKey::of({at(place).data(), sizeof(Bytes)}); }

void LockedKeys::wipe(Place place) {
  OPENSSL_cleanse(at(place).data(), sizeof(Bytes));
  free_.push_back(place);
}

}  // namespace rireki
