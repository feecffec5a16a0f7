// Reads every #include against the drawing in ARCHITECTURE.md. Linking alone does not stop the include of a header that needs no symbol.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

struct Include {
  std::string file;
  int line;
  std::string header;
};

std::vector<Include> includes_under(const std::string& folder) {
  static const std::regex include(R"(^\s*#\s*include\s*[<"]([^">]+)[">])");
  std::vector<Include> found;
  const std::filesystem::path root = RIREKI_SOURCE_DIR;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
    const auto extension = entry.path().extension();
    if (extension != ".h" && extension != ".cpp") continue;
    std::ifstream in(entry.path());
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
      std::smatch match;
      if (std::regex_search(line, match, include)) found.push_back({std::filesystem::relative(entry.path(), root), number, match[1]});
    }
  }
  return found;
}

bool starts_with_any(const std::string& text, const std::vector<std::string>& starts) {
  for (const auto& start : starts)
    if (text.rfind(start, 0) == 0) return true;
  return false;
}

const std::vector<std::string> kOurFolders = {"proof/", "eventstore/", "domain/", "projections/", "api/", "web/", "bench/", "tests/"};

// `folder` may include of ours only what starts with one of `allowed`, and nothing that starts with one of `forbidden`.
void expect_only(const std::string& folder, const std::vector<std::string>& allowed, const std::vector<std::string>& forbidden) {
  const auto all = includes_under(folder);
  ASSERT_FALSE(all.empty()) << folder << " was not found: the test would prove nothing";
  for (const auto& one : all) {
    if (starts_with_any(one.header, kOurFolders))
      EXPECT_TRUE(starts_with_any(one.header, allowed)) << one.file << ":" << one.line << " includes " << one.header << ", which the drawing forbids";
    EXPECT_FALSE(starts_with_any(one.header, forbidden)) << one.file << ":" << one.line << " includes " << one.header;
  }
}

}  // namespace

TEST(Layering, DomainSeesOfStorageOnlyTheLogAndNothingOfFilesThreadsOrTheNetwork) {
  expect_only("domain", {"domain/", "eventstore/log.h"},
              {"rocksdb", "boost/asio", "boost/beast", "fstream", "filesystem", "iostream", "cstdio", "unistd.h", "fcntl.h", "thread", "openssl", "sodium", "unicode/"});
}

TEST(Layering, ProofsAreCheckedWithoutTheLogOrItsEngine) {
  expect_only("proof", {"proof/"}, {"rocksdb", "nlohmann", "sodium"});
}

TEST(Layering, TheLogKnowsNothingAboveIt) {
  expect_only("eventstore", {"eventstore/", "proof/"}, {"boost/asio", "boost/beast", "nlohmann"});
}

TEST(Layering, ProjectionsSeeTheDomainAndTheLog) {
  expect_only("projections", {"projections/", "domain/", "eventstore/log.h"}, {"boost/asio", "boost/beast"});
}

TEST(Layering, OnlyMainAndTheCommandLineJoinTheEngines) {
  for (const auto& one : includes_under("api")) {
    if (one.file.rfind("api/cli/", 0) == 0 || one.file == "api/main.cpp") continue;
    // What is sealed beside the log asks the keyring: attached files, erasure. Proofs ask the log's tree.
    static const std::set<std::string> known = {"eventstore/log.h", "eventstore/keyring.h", "eventstore/transparency_log.h", "eventstore/checkpoint_keeper.h", "eventstore/verify_log.h", "eventstore/audit_bundle.h"};
    if (one.header.rfind("eventstore/", 0) == 0) EXPECT_TRUE(known.contains(one.header)) << one.file << ":" << one.line << " includes " << one.header;
    EXPECT_NE(one.header.rfind("rocksdb", 0), 0u) << one.file << ":" << one.line << " includes " << one.header;
  }
}

TEST(Layering, DomainReadsNoClockAndDrawsNoRandomNumber) {
  const std::regex forbidden(R"(_clock::now|random_device|std::rand\b|getenv)");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(std::filesystem::path(RIREKI_SOURCE_DIR) / "domain")) {
    if (entry.path().extension() != ".cpp" && entry.path().extension() != ".h") continue;
    std::ifstream in(entry.path());
    std::string line;
    for (int number = 1; std::getline(in, line); ++number)
      EXPECT_FALSE(std::regex_search(line, forbidden)) << entry.path() << ":" << number << ": " << line;
  }
}
