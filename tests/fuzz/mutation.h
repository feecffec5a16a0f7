// A few random changes to good bytes, many times over, with one seed: what a fuzzer does at length, in every check.
#pragma once

#include <random>
#include <string>
#include <utility>

namespace rireki::fuzz {

// How many of the mutated bytes `read` took, and how many it refused.
template <class Read>
std::pair<int, int> mutate(const std::string& good, int rounds, const Read& read) {
  constexpr unsigned kSeed = 20261121;
  std::mt19937 random(kSeed);
  int accepted = 0, refused = 0;
  for (int round = 0; round < rounds; ++round) {
    std::string bytes = good;
    for (int changes = 1 + static_cast<int>(random() % 3); changes > 0 && !bytes.empty(); --changes) {
      const auto at = random() % bytes.size();
      switch (random() % 4) {
        case 0: bytes[at] = static_cast<char>(random()); break;
        case 1: bytes.insert(at, 1, static_cast<char>(random())); break;
        case 2: bytes.erase(at, 1 + random() % 20); break;
        default: bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 100));
      }
    }
    ++(read(bytes) ? accepted : refused);
  }
  return {accepted, refused};
}

}  // namespace rireki::fuzz
