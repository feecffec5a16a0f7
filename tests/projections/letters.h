// A small projection and a log to feed it: how often each letter was seen, when last, and which were seen in a row.
#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "eventstore/memory_event_log.h"
#include "projections/views.h"

namespace rireki::testing {

struct TempFolder {
  TempFolder() {
    std::string name = RIREKI_BINARY_DIR "/tmp-views-XXXXXX";
    path = mkdtemp(name.data());
  }
  ~TempFolder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

// Rows: "n/<letter>" → count, "last/<position, 10 digits>" → letter for the last appearance of each letter only. Reads, overwrites, erases and
// scans, so that a fold across batches and restarts is put to the test. An event of type "poison" cannot be folded.
class Letters final : public Projection {
 public:
  explicit Letters(std::string name = "letters", int version = 1) : name_(std::move(name)), version_(version) {}
  std::string name() const override { return name_; }
  int version() const override { return version_; }
  Query query() const override { return std::vector<QueryItem>{{.types = {"letter"}, .tags = {}}, {.types = {"poison"}, .tags = {}}}; }
  void fold(const EventView& event, Rows& rows) const override {
    const std::string letter(event.body());
    const std::string count = "n/" + letter;
    const int before = std::stoi(rows.get(count).value_or("0"));
    rows.put(count, std::to_string(before + version_));
    std::string former;
    rows.scan("last/", "", [&](std::string_view key, std::string_view value) {
      if (value == letter) former = std::string(key);
      return former.empty();
    });
    if (!former.empty()) rows.erase(former);
    char key[32];
    std::snprintf(key, sizeof key, "last/%010llu", static_cast<unsigned long long>(event.position()));
    rows.put(key, letter);
    if (event.type() == "poison") throw std::runtime_error("unknown letter");  // after it wrote: nothing of it may stay
  }

 private:
  std::string name_;
  int version_;
};

inline NewEvent letter(std::string text, std::string type = "letter") {
  static std::atomic<std::uint64_t> ids{0};
  return {.id = {1, ++ids}, .type = std::move(type), .tags = {"t:" + text}, .body = text};
}
inline Position append(EventLog& log, std::vector<NewEvent> events) {
  return log.append({.events = std::move(events), .condition = Unconditional{}}).value().last;
}

using AllRows = std::map<std::string, std::string>;
inline AllRows rows_of(const RowReader& rows) {
  AllRows all;
  rows.scan("", "", [&](std::string_view key, std::string_view value) { return all.emplace(key, value), true; });
  return all;
}

inline std::vector<std::unique_ptr<Projection>> only(std::unique_ptr<Projection> projection) {
  std::vector<std::unique_ptr<Projection>> projections;
  projections.push_back(std::move(projection));
  return projections;
}

inline constexpr std::chrono::seconds kPatience{30};

}  // namespace rireki::testing
