// The fuzzed entry over mutated requests, in every check; libFuzzer goes on from there (tests/fuzz).
#include <gtest/gtest.h>

#include <random>

#include "domain/ids.h"
#include "tests/fuzz/request_entry.h"
#include "tests/fuzz/token_entry.h"

namespace rireki::fuzz {

TEST(MutatedRequests, AreReadOrRefusedAndNothingElse) {
  const std::string request =
      "POST /api/cases/c0000000000001/actions/order?at_least=1 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept-Language: ja,en;q=0.5\r\nContent-Length: 64\r\n\r\n"
      R"({"form":{"effective":"2026-04-01","list":[1,-2.5e3,true,null]},"reason":"\u5c65\n"})";
  ASSERT_TRUE(read_request(request));
  constexpr unsigned kSeed = 20261120;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937 random(kSeed);
  using namespace std::string_literals;
  const std::string telling = "\r\n\t \0:/%?&=+\"\\{}[],;#.\x7f\x80\xc0\xff"s;
  int read = 0, refused = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string bytes = request;
    for (int changes = 1 + static_cast<int>(random() % 3); changes > 0 && !bytes.empty(); --changes) {
      const auto at = random() % bytes.size();
      switch (random() % 4) {
        case 0: bytes[at] = telling[random() % telling.size()]; break;
        case 1: bytes.insert(at, 1, telling[random() % telling.size()]); break;
        case 2: bytes.erase(at, 1 + random() % 4); break;
        default: bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 40));
      }
    }
    ++(read_request(bytes) ? read : refused);
  }
  EXPECT_GT(read, 1'000);
  EXPECT_GT(refused, 1'000);
}

TEST(MutatedCredentials, AreReadOrRefusedAndNothingElse) {
  const std::string whose = to_text(AccountId{1}), digest(64, 'a');
  const std::string good = "rireki-credentials 2\n" + whose + " password $argon2id$x\n" + whose + " totp 00ff 55\n" + whose + " recovery " + digest + "\n" + whose + " token " + to_text(TokenId{7}) + " " + digest + "\n";
  ASSERT_TRUE(read_credentials(good));
  std::mt19937 random(20261121);
  int read = 0, refused = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string bytes = good;
    for (int changes = 1 + static_cast<int>(random() % 2); changes > 0; --changes) {
      const auto at = random() % bytes.size();
      if (random() % 3) bytes[at] = static_cast<char>(random() % 3 ? 32 + random() % 95 : random());
      else bytes.erase(at, 1 + random() % 40);
      if (bytes.empty()) break;
    }
    ++(read_credentials(bytes) ? read : refused);
  }
  EXPECT_GT(read, 1'000);
  EXPECT_GT(refused, 1'000);
}

TEST(MutatedTokens, NeverVerifyAndMutatedKeySetsAreReadOrRefused) {
  const std::string samples[] = {R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})",
                                 R"({"iss":"https://idp.example","aud":["rireki"],"sub":"a","exp":4000,"iat":3600,"nonce":"n","auth_time":1,"azp":"rireki"})",
                                 "eyJhbGciOiJFZERTQSIsImtpZCI6ImEifQ.eyJzdWIiOiJhIn0.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"};
  ASSERT_TRUE(read_token(samples[0]));
  std::mt19937 random(20261121);
  int read = 0, refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = samples[round % 3];
    for (int changes = 1 + static_cast<int>(random() % 3); changes > 0 && !bytes.empty(); --changes) {
      const auto at = random() % bytes.size();
      if (random() % 2) bytes[at] = static_cast<char>(32 + random() % 95);
      else bytes.erase(at, 1 + random() % 6);
    }
    ++(read_token(bytes) ? read : refused);
  }
  EXPECT_GT(read, 100);
  EXPECT_GT(refused, 1'000);
}

}  // namespace rireki::fuzz
