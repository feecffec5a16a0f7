// A small HTTP/1.1 client for measuring: many keep-alive connections, one request at a time on each, all on one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace rireki::bench {

struct LoadAnswer {
  int status = 0;
  std::string body;
};

// One connection's work: `next` gives the bytes of its next request, given the answer to the one before (none at first); "" ends it.
using Conversation = std::function<std::string(const LoadAnswer* before)>;

// Runs all conversations to their end at the same time. Returns the seconds it took; throws if a connection breaks.
double converse(std::uint16_t port, std::vector<Conversation> conversations);

}  // namespace rireki::bench
