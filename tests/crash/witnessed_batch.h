// What the killed writer appends and what it tells its witness: shared by the writer program and the test.
#pragma once

#include <string>
#include <vector>

#include "eventstore/log.h"

namespace rireki::crash {

// Sent through a pipe for every acknowledged batch; small enough for one write to be whole.
struct Acknowledged {
  std::uint64_t batch = 0;
  Position first = 0, last = 0;
};

inline std::size_t batch_size(std::uint64_t batch) { return 1 + batch * 7 % 20; }

inline Command command_of(std::uint64_t batch) { return {.id = {0xba7c4, batch}, .digest = {static_cast<std::uint8_t>(batch)}}; }

// Batch b is whole if its events 0 … n−1 stand side by side.
inline std::string body_of(std::uint64_t batch, std::size_t index) {
  return std::to_string(batch) + "/" + std::to_string(index) + "/" + std::to_string(batch_size(batch)) + std::string(batch * 31 % 700, '.');
}

inline AppendRequest request_of(std::uint64_t batch) {
  AppendRequest request{.events = {}, .condition = AppendCondition{{Clause{with_tag("batch:" + std::to_string(batch)), 0}}}, .command = command_of(batch)};
  for (std::size_t i = 0; i < batch_size(batch); ++i)
    request.events.push_back({.id = {batch, i + 1}, .type = i % 2 ? "odd" : "even", .tags = {"batch:" + std::to_string(batch), "lane:" + std::to_string(batch % 8)},
                              .body = body_of(batch, i)});
  return request;
}

}  // namespace rireki::crash
