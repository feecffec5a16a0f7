#include "api/read_log.h"

#include <algorithm>

namespace rireki::api {
namespace {

constexpr std::size_t kSessionIdChars = 16;  // of a session's key: enough to tell one from another, of no use to whoever reads it

// Events of at most kRecordsPerEventMax records each.
void add_events(std::vector<Body>& bodies, const Actor& actor, const std::set<std::string>& records, const std::string& key_class, const ReadingOf& how) {
  RecordsViewed viewed{.account = actor.account, .by = actor.person, .records = {}, .key_class = key_class, .purpose = how.purpose, .via = how.via, .session = how.session};
  for (const auto& record : records) {
    viewed.records.push_back(record);
    if (viewed.records.size() < kRecordsPerEventMax) continue;
    bodies.emplace_back(viewed);
    viewed.records.clear();
  }
  if (!viewed.records.empty()) bodies.emplace_back(std::move(viewed));
}

}  // namespace

Shown shown_case(const Case& state, const Definition& definition) { return {"case:" + to_text(state.id), definition.sealing.key_class}; }

ReadingOf reading_of(const Request& request, std::string via) {
  const auto purpose = request.query.find("purpose");
  return {.via = std::move(via), .purpose = purpose == request.query.end() ? "" : purpose->second, .session = request.token.empty() ? request.session.substr(0, kSessionIdChars) : request.token};
}

Problem reading_not_recorded() {
  return {.status = 503, .id = "reading-not-recorded", .title = {"閲覧を記録できません", "The reading cannot be recorded"},
          .detail = {"秘密の記録は、閲覧の記録を残せるときだけ表示します。管理者に連絡してください。", "Confidential records are shown only when their reading can be recorded. Tell the administrator."}, .retry_after = 5};
}

ReadLog::ReadLog(Office& office, ConfidentialShown confidential_shown) : office_(office), confidential_shown_(std::move(confidential_shown)), recorder_([this] { run(); }) {}

ReadLog::~ReadLog() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wanted_.notify_all();
  recorder_.join();
  flush();  // what came while the last batch was on its way
}

std::string ReadLog::key_of(const Actor& actor, const Shown& one) { return to_text(actor.account) + " " + one.key_class + " " + one.record; }

std::optional<Instant> ReadLog::recorded_at(const std::string& key, Instant now) const {
  const auto found = remembered_.find(key);
  return found != remembered_.end() && now - found->second < kSameReading ? std::optional(found->second) : std::nullopt;
}

void ReadLog::remember(const std::string& key, Instant now) {
  remembered_[key] = now;
  if (remembered_.size() > kReadingsRememberedMax) std::erase_if(remembered_, [&](const auto& one) { return now - one.second >= kSameReading; });
}

// When it was recorded, or is to be.
Instant ReadLog::gather(const Actor& actor, const Shown& one, const ReadingOf& how, Instant now) {
  const std::string key = key_of(actor, one);
  if (const auto before = recorded_at(key, now)) return *before;
  remember(key, now);
  auto& [reader, records] = gathered_[to_text(actor.account) + " " + how.session + " " + how.via];
  if (records.empty()) reader = {actor, how};
  gathered_count_ += records.insert(one.record).second;
  if (gathered_count_ >= kGatheredMax) wanted_.notify_all();
  return now;
}

std::optional<Instant> ReadLog::known_until(const Actor& actor, const std::set<Shown>& shown, const ReadingOf& how) {
  const Instant now = office_.now();
  Instant until = now + kSameReading;
  if (shown.empty()) return until;
  if (confidential_shown_ && std::any_of(shown.begin(), shown.end(), [](const Shown& one) { return one.confidential(); })) confidential_shown_(actor, how.session);
  std::lock_guard lock(mutex_);
  for (const auto& one : shown) {
    if (!one.confidential()) continue;
    const auto recorded = recorded_at(key_of(actor, one), now);
    if (!recorded) return std::nullopt;
    until = std::min(until, *recorded + kSameReading);
  }
  for (const auto& one : shown)
    if (!one.confidential()) until = std::min(until, gather(actor, one, how, now) + kSameReading);
  return until;
}

bool ReadLog::record(const Actor& actor, const std::set<Shown>& shown, const ReadingOf& how) {
  if (known_until(actor, shown, how)) return true;
  const Instant now = office_.now();
  std::map<std::string, std::set<std::string>> fresh;  // by class
  std::vector<std::string> keys;
  {
    std::lock_guard lock(mutex_);
    for (const auto& one : shown) {
      if (!one.confidential()) {
        gather(actor, one, how, now);
        continue;
      }
      auto key = key_of(actor, one);
      if (recorded_at(key, now)) continue;
      fresh[one.key_class].insert(one.record);
      keys.push_back(std::move(key));
    }
  }
  std::vector<Body> bodies;
  for (const auto& [key_class, records] : fresh) add_events(bodies, actor, records, key_class, how);
  if (!office_.record(actor, bodies, Unconditional{}, std::nullopt)) return false;
  std::lock_guard lock(mutex_);
  for (const auto& key : keys) remember(key, now);  // only now: another answer must not leave on a record that is not durable yet
  return true;
}

void ReadLog::flush() {
  decltype(gathered_) taken;
  {
    std::lock_guard lock(mutex_);
    taken.swap(gathered_);
    gathered_count_ = 0;
  }
  std::vector<Body> bodies;
  for (const auto& [who, one] : taken) add_events(bodies, one.first.actor, one.second, "general", one.first.how);
  if (bodies.empty()) return;
  // A full disk: what was gathered is lost, and the server's health shows why; nobody waits for it.
  std::ignore = office_.record({}, bodies, Unconditional{}, std::nullopt);
}

void ReadLog::refused(const Actor& actor) {
  const Instant now = office_.now();
  std::lock_guard lock(mutex_);
  auto& mine = refusals_[actor.account];
  mine.by = actor.person;
  mine.at.push_back(now);
  while (mine.at.front() <= now - std::chrono::hours{1}) mine.at.pop_front();
  if (mine.at.size() > static_cast<std::size_t>(kRefusalsAnHourMax)) mine.alert = ReadingAlert{AlertKind::kRefused, actor.account, actor.person, now, static_cast<int>(mine.at.size())};
  if (mine.at.size() > kGatheredMax) mine.at.pop_front();
}

std::vector<ReadingAlert> ReadLog::refused_often() const {
  const Instant since = office_.now() - std::chrono::hours{24};
  std::lock_guard lock(mutex_);
  std::vector<ReadingAlert> alerts;
  for (const auto& [account, mine] : refusals_)
    if (mine.alert && mine.alert->at > since) alerts.push_back(*mine.alert);
  return alerts;
}

void ReadLog::run() {
  std::unique_lock lock(mutex_);
  while (!closing_) {
    wanted_.wait_for(lock, kGatheredFor, [&] { return closing_ || gathered_count_ >= kGatheredMax; });
    lock.unlock();
    flush();
    lock.lock();
  }
}

}  // namespace rireki::api
