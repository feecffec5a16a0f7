// Who read what (security.md 2.4). Reading health or harassment records is an event, durable before the answer leaves; reading everything else is
// gathered and recorded in batches. Reading the same again within five minutes is the same reading.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "api/http/route.h"
#include "api/office.h"
#include "domain/reading_alerts.h"

namespace rireki::api {

inline constexpr std::chrono::minutes kSameReading{5};
inline constexpr std::chrono::seconds kGatheredFor{10};     // reads of the general class: what a crash may lose
inline constexpr std::size_t kGatheredMax = 1'000;
inline constexpr std::size_t kRecordsPerEventMax = 12;      // each is a tag
inline constexpr std::size_t kReadingsRememberedMax = 200'000;

// One record that an answer shows.
struct Shown {
  std::string record;     // "case:c…", "person:p…"
  std::string key_class;  // "general" "health" "harassment"
  bool confidential() const { return key_class != "general"; }
  auto operator<=>(const Shown&) const = default;
};
Shown shown_case(const Case& state, const Definition& definition);

// How it was read.
struct ReadingOf {
  std::string via;      // "case" "list" "history" "attachment" "export" "emergency"
  std::string purpose;  // as the reader chose; may be empty
  std::string session;  // public id; empty: the command line
};

ReadingOf reading_of(const Request& request, std::string via);
Problem reading_not_recorded();  // 503: nothing was shown

// Safe from any thread. What is gathered is recorded when this goes.
class ReadLog {
 public:
  // `confidential_shown` is told whenever health or harassment records are about to be shown; by session, as ReadingOf names it.
  using ConfidentialShown = std::function<void(const Actor& actor, const std::string& session)>;
  explicit ReadLog(Office& office, ConfidentialShown confidential_shown = {});
  ~ReadLog();

  // Given: all confidential ones are on record from the last minutes, so the answer may leave at once; until when that holds of all of it. Gathers the
  // others.
  std::optional<Instant> known_until(const Actor& actor, const std::set<Shown>& shown, const ReadingOf& how);
  // Records what is not; true once it is durable. False: it could not be recorded, and nothing may be shown.
  [[nodiscard]] bool record(const Actor& actor, const std::set<Shown>& shown, const ReadingOf& how);
  // Records what is gathered now.
  void flush();

  // Somebody asked for a record and was told that there is none. Kept in memory for a day: whoever tries ids shows in the alerts.
  void refused(const Actor& actor);
  std::vector<ReadingAlert> refused_often() const;

 private:
  struct Reader {
    Actor actor;
    ReadingOf how;
  };
  static std::string key_of(const Actor& actor, const Shown& one);
  std::optional<Instant> recorded_at(const std::string& key, Instant now) const;  // none: not within the last minutes
  void remember(const std::string& key, Instant now);
  Instant gather(const Actor& actor, const Shown& one, const ReadingOf& how, Instant now);
  void run();

  Office& office_;
  const ConfidentialShown confidential_shown_;
  mutable std::mutex mutex_;
  std::condition_variable wanted_;
  std::unordered_map<std::string, Instant> remembered_;                         // when it was last recorded
  std::map<std::string, std::pair<Reader, std::set<std::string>>> gathered_;  // by account and session
  std::size_t gathered_count_ = 0;
  struct Refusals {
    PersonId by;
    std::deque<Instant> at;                                                     // of the last hour
    std::optional<ReadingAlert> alert;                                          // the last one
  };
  std::map<AccountId, Refusals> refusals_;
  bool closing_ = false;
  std::thread recorder_;
};

}  // namespace rireki::api
