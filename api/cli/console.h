// What the command line says, to people and to programs: sentences in the reader's language on stderr, results on stdout, JSON with --json.
#pragma once

#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

#include "domain/refusal.h"

namespace rireki::api {

// Documented in --help; scripts rely on them.
enum class ExitCode {
  kOk = 0,
  kRefused = 1,    // a rule said no, or an import has findings; nothing was changed
  kUsage = 2,      // the command line itself is wrong
  kCannotRun = 3,  // the folder is in use, of another version or missing, the port is taken, the disk is full
};

class Console {
 public:
  // `language`: "ja", "en", or "" for what LC_ALL, LC_MESSAGES and LANG say.
  explicit Console(const std::string& language, bool json);

  bool json() const { return json_; }
  bool japanese() const { return japanese_; }
  const std::string& words(const Text& text) const { return japanese_ ? text.ja : text.en; }

  void say(const Text& text) const;                        // a sentence, stderr; silent with --json
  void print(const std::string& line) const;               // the result, stdout
  void print(const nlohmann::json& value) const;           // one line, stdout
  ExitCode fail(ExitCode code, const std::string& problem, const Text& text) const;  // says why; with --json {"problem", "detail"} on stdout

 private:
  bool json_;
  bool japanese_;
};

inline constexpr std::chrono::seconds kProgressAfter{2};  // shorter work shows nothing
inline constexpr std::chrono::seconds kProgressLineEvery{5};

// A bar on a terminal, a line now and then elsewhere; on stderr, and only once the work has taken kProgressAfter.
class Progress {
 public:
  Progress(const Console& console, Text what);
  ~Progress();  // ends the bar's line

  void at(double done);  // 0 to 1; safe from any thread

 private:
  const Console& console_;
  const Text what_;
  const bool terminal_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point begun_, drawn_;
  bool shown_ = false;
};

}  // namespace rireki::api
