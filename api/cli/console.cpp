#include "api/cli/console.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace rireki::api {
namespace {

constexpr int kBarWidth = 30;
constexpr std::chrono::milliseconds kRedrawEvery{100};

bool locale_is_japanese() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (const char* value = std::getenv(name); value && *value) return std::string_view(value).starts_with("ja");
  return false;
}

}  // namespace

Console::Console(const std::string& language, bool json) : json_(json), japanese_(language.empty() ? locale_is_japanese() : language == "ja") {}

void Console::say(const Text& text) const {
  if (!json_) std::fprintf(stderr, "%s\n", words(text).c_str());
}

void Console::print(const std::string& line) const { std::printf("%s\n", line.c_str()); }

void Console::print(const nlohmann::json& value) const { std::printf("%s\n", value.dump().c_str()); }

ExitCode Console::fail(ExitCode code, const std::string& problem, const Text& text) const {
  if (json_) print(nlohmann::json{{"problem", problem}, {"detail", words(text)}});
  else std::fprintf(stderr, "rireki: %s\n", words(text).c_str());
  return code;
}

Progress::Progress(const Console& console, Text what)
    : console_(console), what_(std::move(what)), terminal_(::isatty(STDERR_FILENO) != 0), begun_(std::chrono::steady_clock::now()), drawn_(begun_) {}

Progress::~Progress() {
  if (shown_ && terminal_) std::fprintf(stderr, "\n");
}

void Progress::at(double done) {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (console_.json() || now - begun_ < kProgressAfter) return;
  if (shown_ && now - drawn_ < (terminal_ ? kRedrawEvery : std::chrono::milliseconds(kProgressLineEvery)) && done < 1) return;
  shown_ = true;
  drawn_ = now;
  const int percent = static_cast<int>(100 * std::clamp(done, 0.0, 1.0));
  if (!terminal_) {
    std::fprintf(stderr, "%s: %d%%\n", console_.words(what_).c_str(), percent);
    return;
  }
  const int filled = percent * kBarWidth / 100;
  std::fprintf(stderr, "\r%s [%s%s] %3d%%", console_.words(what_).c_str(), std::string(static_cast<std::size_t>(filled), '#').c_str(),
               std::string(static_cast<std::size_t>(kBarWidth - filled), ' ').c_str(), percent);
  std::fflush(stderr);
}

}  // namespace rireki::api
