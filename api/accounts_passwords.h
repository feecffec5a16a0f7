// Passwords (security.md 3.2): which are accepted, how they are hashed, and how many at once.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/refusal.h"

namespace rireki::api {

inline constexpr std::size_t kPasswordCharactersMin = 15;         // alone
inline constexpr std::size_t kPasswordCharactersMinOfTwo = 8;     // beside a second factor
inline constexpr std::size_t kPasswordBytesMax = 1'024;
inline constexpr int kHashesAtOnceMax = 4;                 // 64 MiB each: more would make signing in an attack on memory
inline constexpr std::size_t kHashesWaitingMax = 32;

// None: accepted. Else why not. There is no rule about kinds of characters; but what is easy to guess does not count towards the length:
// common words, `context_words` (the product, the municipality, the login name), runs ("1234", "aaaa") and repetitions.
std::optional<Text> password_finding(std::string_view password, const std::vector<std::string>& context_words, std::size_t characters_min = kPasswordCharactersMin);

// Four groups of five characters, 100 random bits, none easily confused with another.
std::string random_password();

struct PasswordCost {
  unsigned long long passes = 3;
  std::size_t memory_bytes = 64ull * 1024 * 1024;
};

// Argon2id by libsodium (one lane), PHC strings. Safe from any thread.
class PasswordHasher {
 public:
  explicit PasswordHasher(PasswordCost cost);
  ~PasswordHasher();

  std::string hash(std::string_view password) const;  // throws std::bad_alloc if the memory is not there
  bool verify(const std::string& phc, std::string_view password) const;
  bool needs_rehash(const std::string& phc) const;    // made at another cost
  // What an unknown login name is verified against: the same cost, never a match.
  const std::string& of_nobody() const { return of_nobody_; }

  // Runs `work` (which hashes or verifies) on one of the few threads for it. False: too many wait.
  [[nodiscard]] bool submit(std::function<void()> work, std::function<void()> refuse);

 private:
  struct Pool;
  PasswordCost cost_;
  std::string of_nobody_;
  std::unique_ptr<Pool> pool_;
};

}  // namespace rireki::api
