// asof.growth: reading as of one and the same early moment, with ten times the events after it beside the tenth of them.
// start.growth, memory.growth: the server's time from its start to its address, and its memory then, with ten times the events of the same people beside
// the tenth of them. The events are those of one-on-ones as the sample lives them, one case after the other.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <map>
#include <random>
#include <stdexcept>
#include <thread>

#include "api/cli/data_folder.h"
#include "api/http/router.h"
#include "api/resources/resources.h"
#include "bench/figures.h"
#include "domain/body.h"
#include "projections/all_views.h"

extern char** environ;

namespace rireki::bench {
namespace {

constexpr std::size_t kBatch = 900;
constexpr std::chrono::seconds kSettled{1};  // what a start leaves to its threads is in memory by then

std::string program() { return RIREKI_BINARY_DIR "/rireki"; }

class Child {
 public:
  explicit Child(std::vector<std::string> arguments) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    arguments.insert(arguments.begin(), program());
    std::vector<char*> argv;
    for (auto& one : arguments) argv.push_back(one.data());
    argv.push_back(nullptr);
    const int spawned = ::posix_spawn(&pid_, program().c_str(), &files, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    ::close(ends[1]);
    output_ = ends[0];
    if (spawned != 0) throw std::runtime_error("the program cannot be started: " + program());
  }
  ~Child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(output_);
  }
  void first_line() const {
    for (char c = 0; c != '\n';)
      if (::read(output_, &c, 1) != 1) throw std::runtime_error("the program ended before it said anything");
  }
  double resident_megabytes() const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
    throw std::runtime_error("no VmRSS");
  }
  void end(int signal) {
    if (signal) ::kill(pid_, signal);
    int status = 0;
    for (char ignored[4096]; ::read(output_, ignored, sizeof ignored) > 0;) {}
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("the program failed");
  }

 private:
  ::pid_t pid_ = 0;
  int output_ = -1;
};

struct Planned {
  Body body;
  std::string type;
  std::vector<std::string> tags;
};

// What was recorded with each one-on-one of the sample: its case's events, and the fact that it was held.
std::vector<std::vector<Planned>> talks_of(const EventLog& log) {
  std::map<std::string, std::vector<Planned>> by_case;
  log.read(AllEvents{}, {.bulk = true}, [&](const EventView& event) {
    if (event.type().starts_with("key/")) return true;
    const auto body = decode(event).value();
    std::string of;
    bool talk = false;
    const auto tags = event.tags();
    for (const auto tag : tags) {
      if (tag.starts_with("case:")) of = tag;
      talk = talk || tag == "procedure:one-on-one";
    }
    if (const auto* entry = std::get_if<FactEntry>(&body); entry && entry->case_id && by_case.contains("case:" + to_text(entry->case_id))) {
      of = "case:" + to_text(entry->case_id);
      talk = true;
    }
    if (talk && !of.empty()) by_case[of].push_back({body, std::string(event.type()), std::vector<std::string>(tags.begin(), tags.end())});
    return true;
  }).value();
  std::vector<std::vector<Planned>> talks;
  for (auto& [id, events] : by_case) talks.push_back(std::move(events));
  if (talks.empty()) throw std::runtime_error("the sample holds no one-on-one");
  return talks;
}

void grow(const std::filesystem::path& folder, Position until) {
  const auto opened = api::open_folder(folder).value();
  SealedEventLog* const log = opened.log.get();
  const auto sealing = opened.office->definition("one-on-one", 0)->sealing;
  const auto talks = talks_of(*log);
  std::mt19937_64 random(until);
  std::vector<NewEvent> batch;
  for (std::size_t next = 0; log->head() < until; ++next) {
    const CaseId id{random()};
    for (auto planned : talks[next % talks.size()]) {
      std::visit([&](auto& body) {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(body)>, FactEntry>) {
          body.case_id = id;
          body.id = FactId{random()};
        } else if constexpr (requires { body.case_id; }) {
          body.case_id = id;
        }
      }, planned.body);
      for (auto& tag : planned.tags)
        if (tag.starts_with("case:")) tag = "case:" + to_text(id);
      auto sealed = encode_sealed(planned.body, planned.tags, sealing);
      batch.push_back({.id = {random(), random()}, .type = planned.type, .tags = std::move(planned.tags), .actor = "system", .body = std::move(sealed.clear)});
      batch.back().sections = std::move(sealed.sections);
    }
    if (batch.size() < kBatch && log->head() + batch.size() < until) continue;
    log->append({.events = std::exchange(batch, {}), .condition = Unconditional{}, .command = std::nullopt}).value();
  }
}

struct Served {
  double milliseconds, megabytes;
};
Served serve(const std::filesystem::path& folder, bool quick) {
  Child({"rebuild", "--data", folder}).end(0);
  std::vector<double> milliseconds, megabytes;
  for (int i = 0; i < (quick ? 3 : 7); ++i) {
    std::unique_ptr<Child> server;
    milliseconds.push_back(1'000 * seconds_of([&] {
      server = std::make_unique<Child>(std::vector<std::string>{"serve", "--port", "0", "--data", folder});
      server->first_line();
    }));
    std::this_thread::sleep_for(kSettled);
    megabytes.push_back(server->resident_megabytes());
    server->end(SIGTERM);
  }
  return {median(milliseconds), median(megabytes)};
}

// Milliseconds of each question, as of `as_of`.
std::map<std::string, double> ask_as_of(const std::filesystem::path& folder, Position as_of, bool quick) {
  const auto opened = api::open_folder(folder).value();
  const auto views = Views::open(opened.view_folder(), *opened.log, all_projections(), {}, opened.view_files()).value();
  views->wait_for(opened.log->head(), std::chrono::minutes{10});
  api::ReadLog reads(*opened.office);
  std::vector<api::Route> routes;
  api::add_resource_routes(routes, {*opened.office, *views, reads, [] { return std::vector<Actor>{}; }});
  const api::Router router(std::move(routes));
  const Actor hr{.account = AccountId{1}, .person = {}, .roles = {"hr", "auditor"}};
  std::map<std::string, double> milliseconds;
  for (const char* target : {"/api/cases", "/api/cases?open=true", "/api/worklist", "/api/units", "/api/people?former=true", "/api/obligations", "/api/rosters/support", "/api/reports/orders"}) {
    auto request = std::make_shared<api::Request>();
    request->method = "GET";
    const std::string text = target;
    request->path = text.substr(0, text.find('?'));
    if (const auto mark = text.find('?'); mark != text.npos) request->query[text.substr(mark + 1, text.find('=') - mark - 1)] = text.substr(text.find('=') + 1);
    request->query["as_of"] = std::to_string(as_of);
    request->actor = hr;
    const auto match = std::get<api::Match>(router.find("GET", api::path_segments(request->path)));
    request->path_params = match.params;
    const auto once = [&] {
      return 1'000 * seconds_of([&] {
        match.route->handler(request, [&](api::Response response) {
          if (response.status != 200) throw std::runtime_error(text + " answered " + std::to_string(response.status) + " " + response.body);
        });
      });
    };
    once();  // what is folded once is kept
    std::vector<double> times;
    for (int i = 0; i < (quick ? 7 : 25); ++i) times.push_back(once());
    milliseconds[text] = median(times);
  }
  return milliseconds;
}

Figure as_of_growth(const Run& run) {
  const Position few = run.quick ? 20'000 : 100'000, many = 10 * few;
  const auto folder = run.folder / "as-of";
  Child({"sample", "--staff", "1000", "--years", "1", "--data", folder}).end(0);
  grow(folder, few);
  const Position as_of = few / 2;
  const auto before = ask_as_of(folder, as_of, run.quick);
  grow(folder, many);
  const auto after = ask_as_of(folder, as_of, run.quick);
  double sum_before = 0, sum_after = 0, worst = 0;
  std::string which;
  for (const auto& [target, ms] : after) {
    sum_before += before.at(target);
    sum_after += ms;
    if (ms / before.at(target) > worst) {
      worst = ms / before.at(target);
      which = target;
    }
  }
  char note[128];
  std::snprintf(note, sizeof note, "eight questions, %llu events beside %llu; worst %.2f: %s", static_cast<unsigned long long>(many), static_cast<unsigned long long>(few), worst, which.c_str());
  return {.name = "asof.growth", .value = sum_after, .unit = "ms", .ceiling = sum_before, .goal = 1.5, .note = note, .at_most = true};
}

}  // namespace

std::vector<Figure> growth_figures(const Run& run) {
  std::vector<Figure> figures;
  if (run.wants("asof.growth")) figures.push_back(as_of_growth(run));
  if (!run.wants("start.growth") && !run.wants("memory.growth")) return figures;
  const Position few = run.quick ? 20'000 : 100'000, many = 10 * few;
  const auto folder = run.folder / "growing";
  Child({"sample", "--staff", "1000", "--years", "1", "--data", folder}).end(0);
  grow(folder, few);
  const Served before = serve(folder, run.quick);
  grow(folder, many);
  const Served after = serve(folder, run.quick);
  const std::string note = std::to_string(many) + " events beside " + std::to_string(few);
  figures.push_back({.name = "start.growth", .value = after.milliseconds, .unit = "ms", .ceiling = before.milliseconds, .goal = 1.5, .note = note, .at_most = true});
  figures.push_back({.name = "memory.growth", .value = after.megabytes, .unit = "MiB", .ceiling = before.megabytes, .goal = 1.5, .note = note, .at_most = true});
  return figures;
}

}  // namespace rireki::bench
