// The fuzzed entry over mutated requests, in every check; libFuzzer goes on from there (tests/fuzz).
#include <gtest/gtest.h>

#include <random>

#include "tests/fuzz/request_entry.h"

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

}  // namespace rireki::fuzz
