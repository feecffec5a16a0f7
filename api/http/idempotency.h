// Idempotency-Key → the command id that the log keeps (workflow.md 1.6). The same key and content again gives the first answer; the key is
// the account's own, so that nobody can meet or guess another's.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "domain/ids.h"

namespace rireki::api {

bool is_idempotency_key(std::string_view key);  // 1 to 255 visible ASCII characters

// Collects the digest of a request: SHA-256 over method, target (path and query) and body, kept apart by NUL, which neither of the first two can hold.
class RequestDigest {
 public:
  RequestDigest(std::string_view method, std::string_view target);
  RequestDigest(RequestDigest&&) noexcept;
  ~RequestDigest();
  void add_body(std::string_view piece);
  // Ends it. The id is the first 16 bytes of SHA-256(account id ‖ key); the written account id has a fixed length.
  Command command(AccountId account, std::string_view key);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace rireki::api
