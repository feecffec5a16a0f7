// The second factor (security.md 3.2): time-based codes of an authenticator app (RFC 6238: SHA-1, six digits, 30 s) and recovery codes for when the
// app is lost. Pure: time comes in, nothing is kept here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/log.h"

namespace rireki::api {

inline constexpr std::chrono::seconds kCodeStep{30};
inline constexpr std::int64_t kCodeStepsAside = 1;   // a clock may be one step off, either way
inline constexpr std::size_t kTotpSecretBytes = 20;
inline constexpr std::size_t kRecoveryCodes = 10;

std::string new_totp_secret();
std::int64_t totp_step(Instant now);
std::string totp_code(std::string_view secret, std::int64_t step);
// The step that the code belongs to. None: wrong, or not later than `last_used`: a code counts once.
std::optional<std::int64_t> totp_matches(std::string_view secret, std::string_view code, Instant now, std::int64_t last_used);

std::string base32(std::string_view bytes);  // RFC 4648, without padding: how apps take a secret by hand
// otpauth://totp/…, what the QR code holds.
std::string totp_uri(std::string_view secret, const std::string& login);

// 120 random bits in five groups of letters and digits that cannot be mistaken for each other.
std::string new_recovery_code();
// SHA-256 of what was typed, hex: capitals, spaces and hyphens do not count. That many bits need no slow hash.
std::string recovery_digest(std::string_view code);
bool looks_like_totp(std::string_view code);  // six digits

}  // namespace rireki::api
