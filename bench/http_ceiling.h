// The least that a durable command over HTTP can cost: Beast reads a POST, nlohmann parses its JSON, the log appends events of the same
// bytes without a condition, the answer waits for their sync. No limits, no session, no decision. Of reading: a GET answered with bytes made before.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "eventstore/log.h"

namespace rireki::bench {

class CeilingServer {
 public:
  // The n-th request of a connection appends `batches[n % size]`.
  CeilingServer(EventLog& log, std::vector<std::vector<NewEvent>> batches, int threads);
  ~CeilingServer();
  std::uint16_t port() const;
  void answer_gets_with(std::string body);  // while nothing is asked

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace rireki::bench
