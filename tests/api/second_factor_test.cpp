// Codes of authenticator apps and recovery codes.
#include "api/second_factor.h"

#include <gtest/gtest.h>

#include <set>

namespace rireki::api {
namespace {

using namespace std::chrono_literals;

const std::string kSecret = "12345678901234567890";  // RFC 6238, appendix B

TEST(TimeCodes, AreThoseOfTheStandard) {
  for (const auto& [seconds, code] : {std::pair{59ll, "287082"}, {1'111'111'109ll, "081804"}, {1'111'111'111ll, "050471"}, {1'234'567'890ll, "005924"}, {2'000'000'000ll, "279037"}, {20'000'000'000ll, "353130"}})
    EXPECT_EQ(totp_code(kSecret, totp_step(Instant{std::chrono::seconds(seconds)})), code) << seconds;
}

TEST(TimeCodes, FitOneStepEitherSideAndOnce) {
  const Instant now{1'000'000'000s};
  const auto step = totp_step(now);
  for (int aside : {-1, 0, 1}) EXPECT_EQ(totp_matches(kSecret, totp_code(kSecret, step + aside), now, 0), step + aside);
  for (int aside : {-2, 2}) EXPECT_FALSE(totp_matches(kSecret, totp_code(kSecret, step + aside), now, 0)) << aside;
  EXPECT_FALSE(totp_matches(kSecret, totp_code(kSecret, step), now, step)) << "it was used";
  EXPECT_FALSE(totp_matches(kSecret, totp_code(kSecret, step - 1), now, step)) << "an earlier one does not count any more";
  for (const char* odd : {"", "12345", "1234567", "12345a", "-12345", "١٢٣"}) EXPECT_FALSE(totp_matches(kSecret, odd, now, 0)) << odd;
}

TEST(TimeCodes, AreSharedAsAppsReadThem) {
  EXPECT_EQ(base32("12345678901234567890"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  EXPECT_EQ(base32("f"), "MY");
  EXPECT_EQ(base32("foobar"), "MZXW6YTBOI");
  EXPECT_EQ(totp_uri(kSecret, "a.b@c"), "otpauth://totp/Rireki:a.b%40c?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Rireki&algorithm=SHA1&digits=6&period=30");
  EXPECT_EQ(new_totp_secret().size(), kTotpSecretBytes);
  EXPECT_NE(new_totp_secret(), new_totp_secret());
}

TEST(RecoveryCodes, AreLongRandomAndTypedLoosely) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const auto code = new_recovery_code();
    EXPECT_EQ(code.size(), 28u) << "24 letters of 5 bits, four hyphens";
    EXPECT_TRUE(seen.insert(code).second);
    EXPECT_FALSE(looks_like_totp(code));
  }
  EXPECT_EQ(recovery_digest("abcde-fghij"), recovery_digest("ABCDE fghij"));
  EXPECT_NE(recovery_digest("abcde-fghij"), recovery_digest("abcde-fghik"));
}

}  // namespace
}  // namespace rireki::api
