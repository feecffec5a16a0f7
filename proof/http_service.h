// HTTP for the signer and the witness: small requests, one after the other, so that checking and keeping what was seen is one step.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "proof/fault.h"

namespace rireki::proof {

inline constexpr std::size_t kServiceBodyBytesMax = 128 * 1024;

struct ServiceRequest {
  std::string method, target, body;
};
struct ServiceResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};
using ServiceHandler = std::function<ServiceResponse(const ServiceRequest&)>;

// Where to listen, or where to ask: a Unix socket's path, or else address and port.
struct ServicePlace {
  std::string socket;
  std::string address = "127.0.0.1";
  unsigned short port = 0;
};

// Listens; a socket that is left over from before is replaced, for its owner and group alone.
class Service {
 public:
  static Checked<std::unique_ptr<Service>> listen(const ServicePlace& place, ServiceHandler handler);
  ~Service();
  unsigned short port() const;
  void run();               // until stop(), which any thread may call
  void run_until_signal();  // likewise, or until SIGINT or SIGTERM
  void stop();

 private:
  struct Parts;
  explicit Service(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// Asks and waits, at most ten seconds.
Checked<ServiceResponse> ask_service(const ServicePlace& place, const ServiceRequest& request);

}  // namespace rireki::proof
