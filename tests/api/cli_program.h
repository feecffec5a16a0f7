// Runs the program itself.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace rireki::api {

inline std::string file_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// A folder of its own for one test, removed after it.
class TestFolder {
 public:
  TestFolder() {
    std::string pattern = (std::filesystem::path(RIREKI_BINARY_DIR) / "cli-XXXXXX").string();
    if (!::mkdtemp(pattern.data())) throw std::runtime_error("mkdtemp");
    path_ = pattern;
  }
  ~TestFolder() { std::error_code ignored; std::filesystem::remove_all(path_, ignored); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return *this / name;
  }

 private:
  std::filesystem::path path_;
};

struct Ran {
  int code = -1;        // exit code; -1: ended by a signal
  std::string out, err;
};

class Program {
 public:
  // Starts `rireki` with these arguments in English; its output goes to files beside `folder`.
  Program(const TestFolder& folder, std::vector<std::string> arguments) : out_(folder / "stdout"), err_(folder / "stderr") {
    arguments.insert(arguments.begin(), (std::filesystem::path(RIREKI_BINARY_DIR) / "rireki").string());
    arguments.insert(arguments.end(), {"--lang", "en"});
    std::vector<char*> argv;
    for (auto& one : arguments) argv.push_back(one.data());
    argv.push_back(nullptr);
    std::filesystem::remove(out_);
    pid_ = ::fork();
    if (pid_ != 0) return;
    if (!std::freopen(out_.c_str(), "w", stdout) || !std::freopen(err_.c_str(), "w", stderr)) ::_exit(126);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  void signal(int number) const { ::kill(pid_, number); }
  Ran wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, file_text(out_), file_text(err_)};
  }
  // The first whole line of its standard output, "" if it ended before.
  std::string first_line() const {
    for (siginfo_t ended{}; ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == 0;) {
      const auto text = file_text(out_);
      if (const auto end = text.find('\n'); end != std::string::npos) return text.substr(0, end);
      ::usleep(1'000);
    }
    return "";
  }

 private:
  std::filesystem::path out_, err_;
  ::pid_t pid_ = -1;
};

inline Ran run(const TestFolder& folder, std::vector<std::string> arguments) { return Program(folder, std::move(arguments)).wait(); }

}  // namespace rireki::api
