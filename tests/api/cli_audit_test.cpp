// The auditor's commands as a user meets them, over a sample ward: replay, what-if, reports, checkpoints, bundles, verification.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/api/cli_program.h"

namespace rireki::api {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class AuditCommands : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TestFolder>();
    ASSERT_EQ(run(*folder_, {"sample", "--data", data(), "--staff", "200", "--years", "1", "--seed", "1"}).code, 0);
    std::istringstream lines(run(*folder_, {"events", "--data", data(), "--json"}).out);
    for (std::string line; std::getline(lines, line);) events_.push_back(json::parse(line));
  }
  static void TearDownTestSuite() {
    events_.clear();
    folder_.reset();
  }
  static std::string data() { return *folder_ / "ward"; }
  static Ran rireki(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--data", data()});
    return run(*folder_, std::move(arguments));
  }
  // The case that was opened first under a procedure, and where.
  static std::pair<std::string, std::uint64_t> first_case(const std::string& procedure) {
    for (const auto& event : events_) {
      const auto& tags = event["tags"];
      if (event["type"] != "case/opened" || std::find(tags.begin(), tags.end(), "procedure:" + procedure) == tags.end()) continue;
      for (const auto& tag : tags)
        if (const auto text = tag.get<std::string>(); text.starts_with("case:")) return {text.substr(5), event["position"]};
    }
    ADD_FAILURE() << "no " << procedure;
    return {};
  }
  static json definition(const std::string& name) { return json::parse(file_text(std::string(RIREKI_SOURCE_DIR) + "/domain/catalogue/nerima/" + name + ".json")); }

  static inline std::unique_ptr<TestFolder> folder_;
  static inline std::vector<json> events_;
};

}  // namespace

TEST_F(AuditCommands, ReplayPrintsTheStatesTheChecksAndWhatWasRecorded) {
  const auto [id, opened] = first_case("transfer");
  const auto all = rireki({"replay", "--case", id});
  ASSERT_EQ(all.code, 0) << all.err;
  for (const char* part : {"Draft → Being decided", "receiving-post-exists-on ok", "Being decided → Decided", "decided-within-grade ok", "→ Ordered", "→ "}) EXPECT_THAT(all.out, HasSubstr(part));
  const auto until = rireki({"replay", "--case", id, "--until", std::to_string(opened)});
  EXPECT_EQ(std::count(until.out.begin(), until.out.end(), '\n'), 1) << until.out;
  const auto steps = json::parse(rireki({"replay", "--case", id, "--json"}).out);
  ASSERT_TRUE(steps.is_object() || steps.is_array());

  std::string person;
  for (const auto& event : events_)
    for (const auto& tag : event["tags"])
      if (const auto text = tag.get<std::string>(); person.empty() && text.starts_with("person:")) person = text.substr(7);
  const auto life = rireki({"replay", "--person", person});
  ASSERT_EQ(life.code, 0) << life.err;
  for (const char* part : {"fact/person-registered", "fact/posted"}) EXPECT_THAT(life.out, HasSubstr(part));

  EXPECT_EQ(rireki({"replay", "--case", "c0000000000999"}).code, 1);
  EXPECT_EQ(rireki({"replay", "--case", "nothing"}).code, 2);
  EXPECT_EQ(rireki({"replay", "--person", "nobody"}).code, 2);
  EXPECT_EQ(rireki({"replay", "--case", id, "--until", "99999999"}).code, 2);
  EXPECT_EQ(rireki({"replay", "--case", id, "--until", "2999-01-01T00:00:00Z"}).code, 2);
  EXPECT_EQ(rireki({"replay"}).code, 2);
}

TEST_F(AuditCommands, ReplayUnderAnotherVersionSaysWhatWouldHaveBeenRefusedAndChangesNothing) {
  auto other = definition("transfer");
  other["version"] = 2;
  other["migrate"] = {{"1", {{"automatic", true}}}};
  const auto same = folder_->write("same.json", other.dump());
  for (auto& action : other["actions"])
    if (action["id"] == "order") action["who"] = json::array({{{"function", "appointing-authority"}}});
  const auto stricter = folder_->write("stricter.json", other.dump());
  const auto [id, opened] = first_case("transfer");
  const auto under_same = rireki({"replay", "--case", id, "--what-if", same}), under_stricter = rireki({"replay", "--case", id, "--what-if", stricter});
  ASSERT_EQ(under_same.code, 0) << under_same.err;
  ASSERT_EQ(under_stricter.code, 0) << under_stricter.err;
  EXPECT_THAT(under_same.out, Not(HasSubstr("not-entitled"))) << under_same.out;
  EXPECT_THAT(under_stricter.out, HasSubstr("not-entitled")) << under_stricter.out;
  EXPECT_EQ(rireki({"replay", "--procedure", "transfer", "--what-if", stricter}).code, 0);
  EXPECT_NE(rireki({"replay", "--case", id, "--what-if", folder_->write("broken.json", "{\"id\": \"transfer\"}")}).code, 0);
  EXPECT_EQ(rireki({"replay", "--case", id, "--what-if", *folder_ / "absent.json"}).code, 2);
  const auto now = rireki({"events", "--json"}).out;
  EXPECT_EQ(static_cast<std::size_t>(std::count(now.begin(), now.end(), '\n')), events_.size());
}

TEST_F(AuditCommands, NothingOfHealthOrHarassmentIsShownToWhoeverHoldsTheDisk) {
  const auto bodies = rireki({"events", "--bodies", "--json"});
  ASSERT_EQ(bodies.code, 0) << bodies.err;
  std::istringstream lines(bodies.out);
  std::uint64_t shown = 0, last = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto event = json::parse(line);
    ++shown;
    last = event["position"];
    if (event["type"].get<std::string>().starts_with("case/")) EXPECT_THAT(event["tags"].dump(), HasSubstr("procedure:")) << last;
    for (const char* procedure : {"line-care", "harassment-consultation"}) EXPECT_THAT(event["tags"].dump(), Not(HasSubstr(std::string("procedure:") + procedure))) << last;
    if (event["type"] == "definition/published") continue;
    for (const char* member : {"noticed_on", "signs", "what_happened"}) EXPECT_THAT(line, Not(HasSubstr(member))) << last;
  }
  EXPECT_GT(shown, 500u);
  EXPECT_LT(shown, last) << "some are left out altogether";
}

TEST_F(AuditCommands, ReportsComeAsJsonCsvAndWorkbookOnBothAxes) {
  for (const char* report : {"orders", "retroactive", "deputies", "refused", "overdue", "rights", "reads"}) {
    const auto table = rireki({"audit", report, "--format", "json"});
    ASSERT_EQ(table.code, 0) << report << table.err;
    const auto body = json::parse(table.out);
    const auto csv = rireki({"audit", report, "--format", "csv"});
    ASSERT_EQ(csv.code, 0) << csv.err;
    EXPECT_GE(std::count(csv.out.begin(), csv.out.end(), '\n'), static_cast<std::ptrdiff_t>(body["rows"].size()) + 1) << report;
    const auto book = *folder_ / (std::string(report) + ".xlsx");
    ASSERT_EQ(rireki({"audit", report, "--format", "xlsx", "--out", book}).code, 0);
    EXPECT_TRUE(file_text(book).starts_with("PK")) << report;
  }
  const auto retroactive = json::parse(rireki({"audit", "retroactive"}).out)["rows"].size();
  EXPECT_GT(retroactive, 0u);
  EXPECT_EQ(json::parse(rireki({"audit", "retroactive", "--as-of", "0"}).out)["rows"].size(), 0u);
  EXPECT_EQ(rireki({"audit", "retroactive", "--as-of", "99999999"}).code, 2);
  EXPECT_EQ(rireki({"audit", "gossip"}).code, 2);
  EXPECT_EQ(rireki({"audit", "orders", "--from", "2026-05-01", "--to", "2026-04-01"}).code, 2);
  EXPECT_EQ(rireki({"audit", "orders", "--format", "csv", "--encoding", "utf-16"}).code, 2);
}

TEST_F(AuditCommands, ACheckpointAndABundleAreHandedOutAndTheStoreIsInspected) {
  const auto note = rireki({"checkpoint"});
  ASSERT_EQ(note.code, 0) << note.err;
  EXPECT_THAT(note.out, HasSubstr("rireki/log/1\n"));
  const auto whole = *folder_ / "whole.tar", part = *folder_ / "part.tar";
  ASSERT_EQ(rireki({"bundle", "--out", whole}).code, 0);
  ASSERT_EQ(rireki({"bundle", "--out", part, "--first", "3", "--last", "9"}).code, 0);
  EXPECT_LT(std::filesystem::file_size(part), std::filesystem::file_size(whole));
  EXPECT_EQ(rireki({"bundle", "--out", *folder_ / "x.tar", "--first", "9", "--last", "3"}).code, 1);
  EXPECT_EQ(rireki({"bundle", "--out", *folder_ / "x.tar", "--first", "1", "--last", "99999999"}).code, 1);
  EXPECT_EQ(rireki({"bundle", "--out", *folder_ / "x.tar", "--size", "99999999"}).code, 2);
  EXPECT_EQ(rireki({"bundle", "--out", *folder_ / "x.tar", "--position", "99999999"}).code, 1);
  EXPECT_FALSE(std::filesystem::exists(*folder_ / "x.tar")) << "nothing half written";
  EXPECT_EQ(rireki({"bundle", "--out", *folder_ / "x.tar", "--disclose", "3"}).code, 1) << "what events say goes out by two people only";
  const auto verified = rireki({"verify", "--views"});
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
  EXPECT_EQ(rireki({"epoch", "--reason", "nothing was lost"}).code, 1) << "a log that lost nothing goes on";
}

}  // namespace rireki::api
