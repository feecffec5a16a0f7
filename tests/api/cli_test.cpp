// The command line as a user meets it: the program is started, its exit code and output are read.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "eventstore/rocks_event_log.h"
#include "tests/api/cli_program.h"
#include "tests/api/import_files.h"

namespace rireki::api {
namespace {

using nlohmann::json;

class CommandLine : public ::testing::Test {
 protected:
  TestFolder folder_;
  const std::string data_ = folder_ / "data";

  Ran rireki(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--data", data_});
    return run(folder_, std::move(arguments));
  }
  std::vector<std::string> import_arguments(const std::string& postings = kPostingsCsv) {
    return {"import", "--units", folder_.write("units.csv", kUnitsCsv), "--posts", folder_.write("posts.csv", kPostsCsv),
            "--staff", folder_.write("staff.csv", kStaffCsv), "--postings", folder_.write("postings.csv", postings)};
  }
  std::size_t events() {
    const auto ran = rireki({"events"});
    return static_cast<std::size_t>(std::count(ran.out.begin(), ran.out.end(), '\n'));
  }
};

}  // namespace

TEST_F(CommandLine, TeachesWithHelpAndExamples) {
  const auto help = rireki({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_NE(help.out.find("exit codes"), std::string::npos);
  for (const auto* command : {"serve", "init", "import", "export", "rebuild", "events", "user", "sample", "report", "obligations", "read"}) {
    const auto one = rireki({command, "--help"});
    EXPECT_EQ(one.code, 0) << command;
    EXPECT_NE(one.out.find("examples:"), std::string::npos) << command;
  }
}

TEST_F(CommandLine, SaysWhoOwesWhatOnAnyDay) {
  ASSERT_EQ(rireki({"init"}).code, 0);
  ASSERT_EQ(rireki(import_arguments()).code, 0);
  const auto all = json::parse(rireki({"obligations", "--fiscal-year", "2026", "--on", "2026-07-01", "--json"}).out);
  ASSERT_FALSE(all["duties"].empty());
  for (const auto& one : all["duties"]) EXPECT_TRUE(one["due"].is_string() && one["number"].is_string() && one["status"].is_string()) << one;
  const auto overdue = json::parse(rireki({"obligations", "--obligation", "one-on-one", "--status", "overdue", "--on", "2026-07-01", "--json"}).out)["duties"];
  ASSERT_FALSE(overdue.empty());
  for (const auto& one : overdue) EXPECT_EQ(one["due"], "2026-06-30");
  EXPECT_TRUE(json::parse(rireki({"obligations", "--obligation", "one-on-one", "--status", "overdue", "--on", "2026-06-30", "--json"}).out)["duties"].empty());
  const auto summary = rireki({"obligations", "--summary", "--on", "R8.7.1"});
  EXPECT_NE(summary.out.find("one-on-one  Overdue " + std::to_string(overdue.size())), std::string::npos) << summary.out;
  EXPECT_EQ(rireki({"obligations", "--status", "forgotten"}).code, 2);
  EXPECT_EQ(rireki({"obligations", "--unit", "everywhere"}).code, 2);
  EXPECT_EQ(rireki({"obligations", "--on", "tomorrow"}).code, 2);
}

TEST_F(CommandLine, ReadsWhatHttpAnswersWithoutAServer) {
  ASSERT_EQ(rireki({"init"}).code, 0);
  ASSERT_EQ(rireki(import_arguments()).code, 0);
  const auto people = rireki({"read", "people?limit=200", "--json"});
  ASSERT_EQ(people.code, 0) << people.err;
  const auto first = json::parse(people.out)["people"][0]["id"].get<std::string>();
  EXPECT_EQ(json::parse(rireki({"read", "/api/people/" + first}).out)["id"], first);
  EXPECT_EQ(json::parse(rireki({"read", "covers?on=R8.10.1", "--json"}).out)["on"], "2026-10-01");
  EXPECT_EQ(rireki({"read", "covers?on=soon"}).code, 2);
  EXPECT_EQ(rireki({"read", "secrets"}).code, 2);
  const auto absent = rireki({"read", "people/p0000000000009"});
  EXPECT_EQ(absent.code, 1);
  EXPECT_FALSE(absent.err.empty());
}

TEST_F(CommandLine, ComparesTheViewsWithARebuildRowByRow) {
  ASSERT_EQ(rireki({"init"}).code, 0);
  ASSERT_EQ(rireki(import_arguments()).code, 0);
  const auto compared = rireki({"rebuild", "--compare", "--json"});
  ASSERT_EQ(compared.code, 0) << compared.err;
  std::map<std::string, std::size_t> rows;
  for (const auto& one : json::parse(compared.out)) {
    EXPECT_EQ(one["same"], true) << one;
    rows[one["view"]] = one["rows"];
  }
  EXPECT_GT(rows["people"], 0u);
  EXPECT_TRUE(rows.contains("cases"));
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(data_) / "views-compared"));
  EXPECT_EQ(rireki({"rebuild", "people", "--compare"}).code, 2);
}

TEST_F(CommandLine, ExitsWithTwoForWrongUsage) {
  EXPECT_EQ(rireki({}).code, 2);
  EXPECT_EQ(rireki({"fly"}).code, 2);
  EXPECT_EQ(rireki({"report", "unknown"}).code, 2);
  EXPECT_EQ(rireki({"import", "--units", folder_ / "absent.csv"}).code, 2);
  EXPECT_EQ(rireki({"import"}).code, 2);
  EXPECT_EQ(rireki({"sample", "--staff", "5"}).code, 2);
  ASSERT_EQ(rireki({"init"}).code, 0);
  EXPECT_EQ(rireki({"events", "--since", "8.4.1"}).code, 2);
  EXPECT_EQ(rireki({"export", "--on", "yesterday"}).code, 2);
}

TEST_F(CommandLine, BacksUpTheKeysAndPutsThemBackWhereTheyAreLost) {
  ASSERT_EQ(rireki({"init"}).code, 0);
  ASSERT_EQ(rireki({"user", "add", "tanaka", "--role", "staff"}).code, 0);
  const std::string recovery = data_ + "-recovery", file = data_ + "-keys.sealed", keys = data_ + ".keys";
  ASSERT_EQ(rireki({"keyring", "recovery-key", "--out", recovery}).code, 0);
  ASSERT_EQ(rireki({"keyring", "backup", "--out", file, "--for", recovery + ".pub"}).code, 0);
  const auto restored = [&](const std::string& from, const std::string& one, const std::string& other) { return rireki({"keyring", "restore", "--from", from, "--key", one, "--key", other}).code; };
  EXPECT_EQ(restored(file, recovery + ".1", recovery + ".2"), 1) << "there is one";
  std::filesystem::rename(keys, keys + ".lost");
  const auto missing = rireki({"user", "list"});
  EXPECT_EQ(missing.code, 3);
  EXPECT_NE(missing.err.find(keys), std::string::npos) << "says where it should be";
  EXPECT_EQ(restored(file, recovery + ".1", recovery + ".pub"), 1) << "the public half opens nothing";
  EXPECT_EQ(rireki({"keyring", "restore", "--from", file, "--key", recovery + ".1"}).code, 2) << "one alone";
  EXPECT_EQ(restored(file, recovery + ".1", recovery + ".1"), 1) << "one twice";
  EXPECT_EQ(restored(recovery + ".1", recovery + ".1", recovery + ".2"), 1) << "no backup";
  ASSERT_EQ(restored(file, recovery + ".2", recovery + ".1"), 0) << "in either order";
  EXPECT_NE(rireki({"user", "list"}).out.find("tanaka"), std::string::npos);
  ASSERT_EQ(rireki({"keyring", "rotate"}).code, 0);
  EXPECT_NE(rireki({"keyring", "show", "--json"}).out.find("\"epoch\":2"), std::string::npos);
  EXPECT_NE(rireki({"user", "list"}).out.find("tanaka"), std::string::npos);
}

TEST_F(CommandLine, KeepsTheKeysWhereItIsTold) {
  const std::string keys = data_ + "-elsewhere", root = data_ + "-root";
  ASSERT_EQ(rireki({"init", "--keyring", keys, "--root", root}).code, 0);
  EXPECT_TRUE(std::filesystem::exists(root));
  EXPECT_FALSE(std::filesystem::exists(keys + "/root"));
  EXPECT_FALSE(std::filesystem::exists(data_ + ".keys"));
  EXPECT_EQ(rireki({"user", "list"}).code, 0);
  std::filesystem::remove(root);
  EXPECT_EQ(rireki({"user", "list"}).code, 3);
}

TEST_F(CommandLine, ExitsWithThreeWhereThereIsNoFolderOrOneOfAnotherVersion) {
  const auto missing = rireki({"events"});
  EXPECT_EQ(missing.code, 3);
  EXPECT_NE(missing.err.find("rireki init"), std::string::npos);
  ASSERT_EQ(rireki({"init"}).code, 0);
  std::ofstream(data_ + "/format") << "rireki 3\n";
  for (const auto* command : {"events", "serve", "init", "rebuild"}) {
    const auto other = rireki({command});
    EXPECT_EQ(other.code, 3) << command;
    EXPECT_NE(other.err.find("version 3"), std::string::npos) << other.err;
  }
}

TEST_F(CommandLine, ExitsWithThreeWhileTheFolderIsInUse) {
  ASSERT_EQ(rireki({"init"}).code, 0);
  const auto held = RocksEventLog::open(data_ + "/log");
  ASSERT_TRUE(held);
  const auto ran = rireki({"events", "--json"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_EQ(json::parse(ran.out)["problem"], "in-use");
}

TEST_F(CommandLine, ExitsWithThreeWhenThePortIsTaken) {
  ASSERT_EQ(rireki({"init"}).code, 0);
  const int taken = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(taken, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::listen(taken, 1), 0);
  ASSERT_EQ(::getsockname(taken, reinterpret_cast<sockaddr*>(&address), &length), 0);
  const auto ran = rireki({"serve", "--port", std::to_string(ntohs(address.sin_port)), "--json"});
  ::close(taken);
  EXPECT_EQ(ran.code, 3);
  EXPECT_EQ(json::parse(ran.out)["problem"], "port-taken");
}

// A real small disk; only root may mount one.
TEST_F(CommandLine, ExitsWithThreeOnAFullDiskAndGoesOnOnceThereIsRoom) {
  std::filesystem::create_directories(data_);
  if (::mount("tmpfs", data_.c_str(), "tmpfs", 0, "size=24m") != 0) GTEST_SKIP() << "no right to mount a small disk";
  struct Mounted {
    const std::string& at;
    ~Mounted() { ::umount2(at.c_str(), MNT_DETACH); }
  } mounted{data_};
  const auto full = rireki({"init"});
  EXPECT_EQ(full.code, 3) << full.err;
  EXPECT_NE(full.err.find("less than 1 GiB left"), std::string::npos) << full.err;
  ASSERT_EQ(::mount("tmpfs", data_.c_str(), "tmpfs", MS_REMOUNT, "size=2g"), 0);
  EXPECT_EQ(rireki({"init"}).code, 0);
  const auto events = rireki({"events", "--json"});
  EXPECT_EQ(events.code, 0);

  ASSERT_EQ(::mount("tmpfs", data_.c_str(), "tmpfs", MS_REMOUNT, "size=512m"), 0);
  EXPECT_EQ(rireki(import_arguments()).code, 3);
  EXPECT_EQ(rireki({"events", "--json"}).out, events.out) << "reading goes on, nothing was half recorded";
  ASSERT_EQ(::mount("tmpfs", data_.c_str(), "tmpfs", MS_REMOUNT, "size=2g"), 0);
  EXPECT_EQ(rireki(import_arguments()).code, 0);
}

TEST_F(CommandLine, TellsTheAdministratorsPasswordOnceAndMayBeRepeated) {
  const auto first = rireki({"init", "--json"});
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_GE(json::parse(first.out)["password"].get<std::string>().size(), 15u);
  const auto second = rireki({"init", "--json"});
  EXPECT_EQ(second.code, 0);
  EXPECT_TRUE(json::parse(second.out)["password"].is_null());
}

TEST_F(CommandLine, ListsFindingsAsFileLineAndColumnAndExitsWithOne) {
  ASSERT_EQ(rireki({"init"}).code, 0);
  const auto before = events();
  const auto ran = rireki(import_arguments("職員番号,ポスト,本務兼務,開始日,終了日\n1,P1,専務,8.4.1,\n"));
  EXPECT_EQ(ran.code, 1);
  EXPECT_NE(ran.out.find("postings.csv:2:3: "), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("postings.csv:2:4: "), std::string::npos) << ran.out;
  EXPECT_EQ(events(), before);
}

TEST_F(CommandLine, ChangesNothingInADryRun) {
  ASSERT_EQ(rireki({"init"}).code, 0);
  const auto before = events();
  auto arguments = import_arguments();
  arguments.push_back("--dry-run");
  EXPECT_EQ(rireki(arguments).code, 0);
  EXPECT_EQ(events(), before);
  arguments.back() = "--json";
  const auto ran = rireki(arguments);
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(json::parse(ran.out)["files"][2]["facts"], 4);
  EXPECT_GT(events(), before);
}

TEST_F(CommandLine, ExportsFilesThatItReadsAgainAndReportsWhatTheEncodingLacks) {
  ASSERT_EQ(rireki({"init"}).code, 0);
  ASSERT_EQ(rireki(import_arguments()).code, 0);
  const std::string out = folder_ / "out";
  ASSERT_EQ(rireki({"export", "--out", out, "--on", "R8.4.1", "--events"}).code, 0);
  EXPECT_NE(file_text(out + "/staff.csv.replaced.txt").find("葛󠄀"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(out + "/units.csv.replaced.txt"));
  EXPECT_EQ(rireki({"import", "--units", out + "/units.csv", "--posts", out + "/posts.csv", "--postings", out + "/postings.csv"}).code, 0);
  std::istringstream lines(file_text(out + "/events.jsonl"));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) EXPECT_TRUE(json::parse(line).contains("body"));
  EXPECT_EQ(count, events());
}

TEST_F(CommandLine, FindsEventsByTypePositionAndTime) {
  ASSERT_EQ(rireki({"init"}).code, 0);
  ASSERT_EQ(rireki(import_arguments()).code, 0);
  const auto posted = rireki({"events", "--type", "fact/posted", "--limit", "1", "--newest-first"});
  EXPECT_EQ(posted.code, 0);
  const auto event = json::parse(posted.out);
  EXPECT_EQ(event["type"], "fact/posted");
  EXPECT_FALSE(event.contains("body"));
  EXPECT_EQ(rireki({"events", "--after", std::to_string(event["position"].get<int>())}).out, "");
  EXPECT_EQ(rireki({"events", "--until", "2020-01-01"}).out, "");
  EXPECT_NE(rireki({"events", "--since", "令和2年1月1日"}).out, "");
}

TEST_F(CommandLine, OpensChangesAndClosesAccounts) {
  ASSERT_EQ(rireki({"init"}).code, 0);
  ASSERT_EQ(rireki(import_arguments()).code, 0);
  const auto added = rireki({"user", "add", "tanaka", "--person", "00002", "--role", "staff", "--json"});
  ASSERT_EQ(added.code, 0) << added.out << added.err;
  EXPECT_FALSE(json::parse(added.out)["password"].get<std::string>().empty());
  EXPECT_EQ(rireki({"user", "add", "tanaka", "--role", "staff"}).code, 1);
  EXPECT_EQ(rireki({"user", "add", "other", "--person", "99999", "--role", "staff"}).code, 1);
  EXPECT_EQ(rireki({"user", "add", "other", "--role", "king"}).code, 2);
  const auto roles = rireki({"user", "roles", "tanaka", "--role", "staff", "--role", "manager", "--json"});
  EXPECT_EQ(json::parse(roles.out)["roles"], json({"manager", "staff"}));
  EXPECT_EQ(rireki({"user", "close", "tanaka"}).code, 0);
  EXPECT_EQ(rireki({"user", "password", "tanaka"}).code, 1);
  EXPECT_EQ(rireki({"user", "close", "nobody"}).code, 1);
  EXPECT_NE(rireki({"user", "list"}).out.find("tanaka"), std::string::npos);
}

TEST_F(CommandLine, LeavesPowerfulRolesAndBulkExportsToTwoPeopleOnceThereAreTwo) {
  ASSERT_EQ(rireki({"init"}).code, 0) << "with the first administrator";
  ASSERT_EQ(rireki({"user", "add", "hr", "--role", "hr"}).code, 0) << "nobody could approve it yet";
  ASSERT_EQ(rireki({"export", "--out", data_ + "-before"}).code, 0);
  ASSERT_EQ(rireki({"user", "add", "officer", "--role", "privacy-officer"}).code, 0);
  for (const std::vector<std::string>& alone : std::vector<std::vector<std::string>>{{"user", "add", "spy", "--role", "auditor"}, {"user", "password", "hr"}, {"user", "link", "hr", "--issuer", "i", "--subject", "s"}, {"user", "roles", "admin", "--role", "hr"}, {"export", "--out", data_ + "-after"}, {"export", "--events"}}) {
    const auto refused = rireki(alone);
    EXPECT_EQ(refused.code, 1) << alone[1];
    EXPECT_NE(refused.err.find("two people"), std::string::npos) << refused.err;
  }
  EXPECT_FALSE(std::filesystem::exists(data_ + "-after"));
  EXPECT_EQ(rireki({"user", "add", "staff", "--role", "staff"}).code, 0);
  EXPECT_EQ(rireki({"user", "roles", "hr", "--role", "staff"}).code, 0) << "taking a role away needs nobody else";
  EXPECT_EQ(rireki({"user", "close", "admin"}).code, 0);
  EXPECT_EQ(rireki({"user", "add", "admin2", "--role", "administrator"}).code, 0) << "with the last administrator gone the operator begins again";
  EXPECT_EQ(rireki({"proposals", "list"}).code, 0);
  EXPECT_EQ(rireki({"proposals", "carry-out", "j0000000000001"}).code, 1);
}

TEST_F(CommandLine, GivesTokensToServiceAccounts) {
  ASSERT_EQ(rireki({"init"}).code, 0);
  ASSERT_EQ(rireki({"user", "add", "payroll", "--role", "staff", "--no-password"}).code, 0);
  const auto issued = rireki({"user", "token", "payroll", "--name", "給与", "--scope", "people:read", "--days", "10", "--json"});
  ASSERT_EQ(issued.code, 0) << issued.err;
  EXPECT_EQ(json::parse(issued.out)["token"].get<std::string>().substr(0, 4), "rrk_");
  EXPECT_EQ(rireki({"user", "token", "payroll", "--name", "x", "--scope", "all", "--days", "10"}).code, 1);
  EXPECT_EQ(rireki({"user", "revoke-token", "payroll", "--token", json::parse(issued.out)["id"]}).code, 0);
  EXPECT_EQ(rireki({"user", "revoke-token", "payroll", "--token", json::parse(issued.out)["id"]}).code, 1);
  const auto accounts = rireki({"read", "accounts", "--json"});
  ASSERT_EQ(accounts.code, 0) << accounts.err;
  EXPECT_TRUE(json::parse(accounts.out)["accounts"][1]["tokens"][0]["revoked"]);
  EXPECT_EQ(rireki({"read", "retention"}).code, 0);
  EXPECT_EQ(rireki({"read", "retention/due"}).code, 0);
  EXPECT_EQ(rireki({"read", "emergency-access"}).code, 0);
  EXPECT_EQ(rireki({"read", "keys"}).code, 0);
}

TEST_F(CommandLine, PrintsAReportOnlyOnceItsFiguresAreThere) {
  ASSERT_EQ(rireki({"init"}).code, 0);
  EXPECT_EQ(rireki({"report", "nerima-hires"}).code, 1);
  const std::string sample = std::string(RIREKI_SOURCE_DIR) + "/samples/nerima-hires.csv";
  ASSERT_EQ(rireki({"import", "--figures", sample}).code, 0);
  ASSERT_EQ(rireki({"import", "--figures", sample}).code, 0);
  const auto table = rireki({"report", "nerima-hires", "--json"});
  EXPECT_EQ(table.code, 0);
  EXPECT_EQ(json::parse(table.out)["totals"][0][1], (json{{"value", "81"}, {"marks", {"uncertain"}}}));
  EXPECT_NE(rireki({"report", "nerima-hires", "--csv"}).out.find("81 (?)"), std::string::npos);
}

TEST_F(CommandLine, RebuildsViews) {
  ASSERT_EQ(rireki({"init"}).code, 0);
  ASSERT_EQ(rireki(import_arguments()).code, 0);
  const auto ran = rireki({"rebuild", "--json"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  for (const auto& view : json::parse(ran.out)) EXPECT_GT(view["position"].get<int>(), 0);
  EXPECT_EQ(rireki({"rebuild", "people"}).code, 0);
  EXPECT_EQ(rireki({"rebuild", "nothing"}).code, 2);
}

TEST_F(CommandLine, ServesUntilItIsToldToStop) {
  ASSERT_EQ(rireki({"init"}).code, 0);
  Program server(folder_, {"serve", "--port", "0", "--json", "--data", data_});
  const auto line = server.first_line();
  ASSERT_NE(line, "");
  const int port = json::parse(line)["port"];
  const int client = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(static_cast<std::uint16_t>(port)), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  EXPECT_EQ(::connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const std::string request = "GET /api/me HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
  EXPECT_EQ(::write(client, request.data(), request.size()), static_cast<ssize_t>(request.size()));
  char answer[16] = {};
  EXPECT_GT(::read(client, answer, 12), 0);
  EXPECT_EQ(std::string(answer, 12), "HTTP/1.1 401");
  ::close(client);
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait().code, 0);
}

TEST_F(CommandLine, CreatesTheSameSampleWardFromTheSameSeed) {
  const std::string other = folder_ / "other";
  const std::vector<std::string> ward = {"sample", "--staff", "130", "--years", "2", "--seed", "5", "--until", "2026-05-31"};
  auto first = ward, second = ward;
  first.insert(first.end(), {"--data", data_, "--csv", folder_ / "csv"});
  second.insert(second.end(), {"--data", other});
  ASSERT_EQ(run(folder_, first).code, 0);
  ASSERT_EQ(run(folder_, second).code, 0);
  const auto here = run(folder_, {"events", "--bodies", "--data", data_}).out, there = run(folder_, {"events", "--bodies", "--data", other}).out;
  EXPECT_GT(here.size(), 100'000u);
  EXPECT_TRUE(here == there) << "events differ";
  EXPECT_NE(here.find("\"recorded_at\":\"2026-04-0"), std::string::npos) << "recorded on the days that were lived";

  struct stat accounts{};
  ASSERT_EQ(::stat((data_ + "/sample-accounts.txt").c_str(), &accounts), 0);
  EXPECT_EQ(accounts.st_mode & 0777, 0600u);
  EXPECT_NE(file_text(data_ + "/sample-accounts.txt"), file_text(other + "/sample-accounts.txt")) << "passwords are random";
  EXPECT_EQ(run(folder_, first).code, 1) << "never over a register that is there";
}

}  // namespace rireki::api
