// What the server accepts and how long it waits (security.md 4.1). The values are the defaults; tests shorten the times.
#pragma once

#include <chrono>
#include <cstddef>

namespace rireki::api {

inline constexpr std::size_t kRequestLineBytesMax = 8 * 1024;          // beyond: 414
inline constexpr std::size_t kHeaderBytesMax = 16 * 1024;              // all header lines together; beyond: 431
inline constexpr std::size_t kHeadersMax = 100;                        // beyond: 431
inline constexpr std::size_t kJsonBodyBytesMax = 1024 * 1024;          // beyond: 413, connection closed
inline constexpr std::size_t kUploadBytesMax = 25 * 1024 * 1024;       // likewise
inline constexpr std::size_t kChunkLineBytesMax = 16 * 1024;           // chunk size with extensions, or all trailers; beyond: 400
inline constexpr int kJsonDepthMax = 32;
inline constexpr std::size_t kJsonMembersMax = 20'000;                 // of all objects of a document together (a bulk of 1,000 rows with their forms); elements of arrays likewise
inline constexpr std::size_t kJsonStringBytesMax = 256 * 1024;
inline constexpr std::size_t kBodyBytesPerSecondMin = 1024;            // after the grace of Timeouts::body_grace
inline constexpr std::size_t kIdempotencyKeyBytesMax = 255;
inline constexpr std::size_t kStreamBufferBytesMax = 1024 * 1024;      // live updates waiting for a slow reader; beyond: their source waits

struct Limits {
  int requests_per_connection = 1'000;
  int connections = 1'024;             // beyond: the next one waits to be accepted
  int connections_per_address = 64;    // beyond: 503 with Retry-After; does not bind the proxies of ServerOptions
  std::size_t requests_waiting = 256;  // for a worker; beyond: 503 with Retry-After

  using Time = std::chrono::milliseconds;
  Time head{10'000};          // request line and headers, from the first byte
  Time body_grace{10'000};    // then kBodyBytesPerSecondMin holds
  Time body{120'000};         // the whole body
  Time idle{60'000};          // between requests
  Time write_stall{30'000};   // the other side takes nothing
  Time request{10'000};       // from the last byte of the request to the answer; beyond: 503
  Time shutdown{10'000};      // for what is running
  Time not_found{5};          // after the head: a 404 leaves no sooner, so that its time does not tell what is hidden from what is absent
  Time heartbeat{15'000};     // of live updates
};

}  // namespace rireki::api
