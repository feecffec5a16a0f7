// A small ward over a real log and real views, and readers who call the resources as the server does. Every answer is checked against the schema
// that the route gives to OpenAPI.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <mutex>
#include <nlohmann/json.hpp>

#include "api/http/router.h"
#include "api/resources/resources.h"
#include "tests/eventstore/sealed_store.h"
#include "projections/all_views.h"

namespace rireki::api::test {

using nlohmann::json;

// "" or why `value` is not what `schema` says. In a file of its own: valijson is heavy to compile.
std::string mismatch(const json& schema, const json& value);

struct TempFolder {
  TempFolder() {
    std::string name = RIREKI_BINARY_DIR "/tmp-resources-XXXXXX";
    path = mkdtemp(name.data());
  }
  ~TempFolder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

class CountingIds final : public IdSource {
 public:
  std::uint64_t next() override { return ++last_; }

 private:
  std::atomic<std::uint64_t> last_{1'000};
};

struct Read {
  int status = 0;
  json body;
  std::string text;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string header(const std::string& name) const {
    for (const auto& [each, value] : headers)
      if (each == name) return value;
    return "";
  }
};

// 総務部 ─ 職員課 (HR); 区民部 ─ 戸籍課 ─ 窓口係. On 15 May 2026.
class ResourceWorld : public ::testing::Test {
 protected:
  ResourceWorld();

  static constexpr UnitId kAffairs{1}, kHr{2}, kCitizens{3}, kRegistry{4}, kCounter{5};
  static constexpr PostId kAffairsHead{11}, kHrHead{12}, kHrClerk{13}, kCitizensHead{14}, kRegistryHead{15}, kCounterHead{16}, kCounterClerk{17};
  static constexpr PersonId kDirector{21}, kHrManager{22}, kHrWorker{23}, kChief{24}, kManager{25}, kAiko{26}, kMori{27}, kTeamHead{28};

  static Actor acting(PersonId person, std::set<std::string> roles = {"staff"}) { return {AccountId{person.value + 100}, person, std::move(roles)}; }
  static Actor hr() { return acting(kHrWorker, {"staff", "hr"}); }
  static Actor auditor() { return {AccountId{900}, PersonId{}, {"auditor"}}; }
  static Actor administrator() { return {AccountId{901}, PersonId{}, {"administrator"}}; }

  // `target` with its query, as "/api/people?q=…" (not percent-encoded).
  Read get(const Actor& actor, const std::string& target, Language language = Language::kJa, bool made_anew = false);
  Position record(std::vector<Fact> facts);                       // through the office: the invariants hold
  Position correct(FactId fact, Fact by, const std::string& reason);
  // Commands through the office, as the POST routes give them.
  CaseId open(const Actor& actor, const std::string& procedure, PersonId subject, json form);
  CaseId open(const Actor& actor, const std::string& procedure, Subject subject, json form);
  // "" or the rule that refused.
  std::string act(const Actor& actor, CaseId id, const std::string& action, json form = json::object(), const std::string& reason = "");
  void publish();
  std::string path(CaseId id) const { return "/api/cases/" + to_text(id) + "?at_least=" + std::to_string(log_->head()); }
  std::string now_of(const std::string& path) const { return path + (path.find('?') == std::string::npos ? "?" : "&") + "at_least=" + std::to_string(log_->head()); }
  FactId last_fact() const { return last_fact_; }
  void wait_for_views();

  TempFolder folder_;
  std::mutex clock_mutex_;
  Instant now_ = std::chrono::sys_days{std::chrono::year{2026} / 5 / 15} + std::chrono::hours{1};
  void set_today(Day day);
  CountingIds ids_;
  std::unique_ptr<SealedStore> sealed_;
  SealedEventLog* log_ = nullptr;
  std::unique_ptr<Office> office_;
  std::unique_ptr<Views> views_;
  std::unique_ptr<ReadLog> reads_;
  std::unique_ptr<Router> router_;
  FactId last_fact_;

 private:
  void found();
};

}  // namespace rireki::api::test
