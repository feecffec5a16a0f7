#include "eventstore/rocks_writer.h"

#include <openssl/rand.h>
#include <sys/statvfs.h>

#include <algorithm>

#include "eventstore/envelope.h"
#include "eventstore/form.h"

namespace rireki {
namespace {

constexpr auto kSpaceAskedEvery = std::chrono::milliseconds{200};

// 16 random bytes per event, drawn for many events at once: a call of the generator costs as much as encoding an event.
Id128 draw_salt() {
  thread_local std::array<Id128, 64> drawn;
  thread_local std::size_t used = drawn.size();
  if (used == drawn.size()) {
    if (RAND_bytes(reinterpret_cast<unsigned char*>(drawn.data()), sizeof drawn) != 1) throw std::runtime_error("no random bytes");
    used = 0;
  }
  return drawn[used++];
}

AppendError error(AppendErrorCode code, std::string what) { return {.code = code, .what = std::move(what)}; }

}  // namespace

// What the group has staged so far, beside what is durable. A refusal leaves nothing staged.
class RocksWriter::Group {
 public:
  explicit Group(RocksStore& store) : store_(store), head_(store.head.load()), next_word_(store.next_word), batch_(0, 0, 8, 0) {}

  void stage(Pending& pending, std::size_t index, const std::vector<Pending>& group) {
    if (pending.command)
      if (auto answer = known_command(*pending.command, group)) {
        pending.answer = std::move(*answer);
        return;
      }
    if (const auto* condition = std::get_if<AppendCondition>(&pending.condition))
      for (std::size_t i = 0; i < condition->clauses.size(); ++i)
        if (const Position at = conflict(condition->clauses[i])) {
          pending.answer = AppendError{.code = AppendErrorCode::kConflict, .index = i, .position = at, .what = "an event that the condition excludes stands there"};
          return;
        }
    Appended appended{.first = head_ + 1};
    for (auto& event : pending.events) stage(event);
    appended.last = head_;
    if (pending.command) {
      appended.digest = pending.command->digest;
      batch_.Put(store_.meta.get(), command_key(pending.command->id), command_value(appended));
      commands_[pending.command->id] = index;
    }
    pending.answer = appended;
  }

  bool empty() const { return head_ == store_.head.load(); }
  Position head() const { return head_; }

  rocksdb::Status write() {
    std::sort(postings_.begin(), postings_.end());
    for (const auto& [key, type] : postings_) batch_.Put(store_.idx.get(), key, word_value(type));
    if (next_word_ != store_.next_word) batch_.Put(store_.meta.get(), "next", word_value(next_word_));
    rocksdb::WriteOptions options;
    options.sync = true;
    return store_.db->Write(options, &batch_);
  }

  // After the batch is durable and before head moves: whoever sees the new head must not see an older last position.
  void publish() {
    for (const auto& [word, id] : new_words_) store_.words->add(word, id);
    for (const auto& [word, position] : last_) store_.last.set(word, position);
    store_.next_word = next_word_;
    store_.last_recorded = recorded_at_;
    store_.head.store(head_, std::memory_order_release);
  }

  void set_recorded_at(Instant now) { recorded_at_ = std::max(now, store_.last_recorded); }

 private:
  struct StagedEvent {
    Position position;
    WordId type;
    std::vector<WordId> tags;
  };

  std::optional<Result<Appended, AppendError>> known_command(const Command& command, const std::vector<Pending>& group) const {
    std::optional<Appended> before;
    if (const auto staged = commands_.find(command.id); staged != commands_.end()) {
      before = **group[staged->second].answer;
      before->repeated = true;
    } else {
      std::string value;
      if (store_.db->Get({}, store_.meta.get(), command_key(command.id), &value).ok()) before = command_of(value);
    }
    if (!before) return std::nullopt;
    if (before->digest != command.digest) return error(AppendErrorCode::kCommandReused, "the command id was used before with another request");
    return *before;
  }

  WordId find(const std::string& word) const {
    if (const auto staged = new_words_.find(word); staged != new_words_.end()) return staged->second;
    return store_.words->find(word);
  }
  WordId find_or_add(const std::string& word) {
    if (const WordId known = find(word)) return known;
    batch_.Put(store_.meta.get(), word, word_value(next_word_));
    return new_words_[word] = next_word_++;
  }
  Position last(WordId word) const {
    const auto staged = last_.find(word);
    return staged != last_.end() ? staged->second : store_.last_of(word);
  }

  void stage(PreparedEvent& event) {
    const Position position = ++head_;
    StagedEvent staged{.position = position, .type = find_or_add(type_word(event.type)), .tags = {}};
    rireki::set_recorded_at(event.record.data() + kRecordHeaderBytes, recorded_at_);
    batch_.Put(store_.log.get(), log_key(position), event.record);
    postings_.emplace_back(posting_key(staged.type, position), staged.type);
    last_[staged.type] = position;
    for (const auto& tag : event.tags) {
      const WordId id = find_or_add(tag_word(tag));
      staged.tags.push_back(id);
      postings_.emplace_back(posting_key(id, position), staged.type);
      last_[id] = position;
    }
    staged_.push_back(std::move(staged));
  }

  // The lowest position that the clause excludes, 0 if none. Exact against the durable log and everything staged before.
  Position conflict(const Clause& clause) const {
    if (clause.after >= head_) return 0;
    const auto* items = std::get_if<std::vector<QueryItem>>(&clause.fail_if);
    if (!items) return clause.after + 1;
    Position lowest = 0;
    for (const auto& item : *items)
      if (const Position at = conflict(item, clause.after); at && (!lowest || at < lowest)) lowest = at;
    return lowest;
  }

  Position conflict(const QueryItem& item, Position after) const {
    std::vector<WordId> types, tags;
    for (const auto& type : item.types)
      if (const WordId id = find(type_word(type)); id && last(id) > after) types.push_back(id);
    if (!item.types.empty() && types.empty()) return 0;  // none of the types has come since
    for (const auto& tag : item.tags) {
      const WordId id = find(tag_word(tag));
      if (!id || last(id) <= after) return 0;            // exact: one missing tag is enough
      tags.push_back(id);
    }
    return search(tags, types, after);
  }

  // Only reached where every last position lies beyond `after`: for a single word that already is the conflict.
  Position search(const std::vector<WordId>& tags, const std::vector<WordId>& types, Position after) const {
    const Position durable = store_.head.load();
    Position lowest = 0;
    const auto look = [&](std::vector<WordId> words, std::vector<WordId> allowed) {
      if (after >= durable) return;
      Postings postings(store_, std::move(words), std::move(allowed), after, durable, Direction::kForward);
      if (const auto found = postings.next(); found && (!lowest || *found < lowest)) lowest = *found;
      if (!postings.status().ok()) throw std::runtime_error("the index cannot be read: " + postings.status().ToString());
    };
    if (!tags.empty()) look(tags, types);
    else
      for (const auto type : types) look({type}, {});
    if (lowest) return lowest;
    for (const auto& event : staged_) {
      if (event.position <= after) continue;
      const bool type_fits = types.empty() || std::find(types.begin(), types.end(), event.type) != types.end();
      const bool tags_fit = std::all_of(tags.begin(), tags.end(), [&](WordId tag) { return std::find(event.tags.begin(), event.tags.end(), tag) != event.tags.end(); });
      if (type_fits && tags_fit) return event.position;
    }
    return 0;
  }

  RocksStore& store_;
  Position head_;
  WordId next_word_;
  Instant recorded_at_{};
  rocksdb::WriteBatch batch_;
  std::vector<std::pair<std::string, WordId>> postings_;
  std::vector<StagedEvent> staged_;
  std::unordered_map<WordId, Position> last_;
  std::unordered_map<std::string, WordId> new_words_;
  std::map<Id128, std::size_t> commands_;  // → index of the request in the group
};

RocksWriter::RocksWriter(RocksStore& store, std::shared_ptr<HeadSignal> signal)
    : store_(store), signal_(std::move(signal)), thread_([this] { run(); }) {}

RocksWriter::~RocksWriter() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wanted_.notify_all();
  thread_.join();
}

std::optional<AppendError> RocksWriter::prepare(AppendRequest request, Pending& pending) const {
  const Id128 command = request.command ? request.command->id : Id128{};
  pending.events.reserve(request.events.size());
  for (std::size_t i = 0; i < request.events.size(); ++i) {
    auto& event = request.events[i];
    const std::string metadata = encode_envelope(event, command, draw_salt());
    if (auto fault = check_metadata(i, metadata.size())) return fault;
    PreparedEvent prepared{.record = encode_record(metadata, event.body), .type = std::move(event.type), .tags = std::move(event.tags)};
    pending.bytes += prepared.record.size();
    pending.events.push_back(std::move(prepared));
  }
  if (pending.bytes > kAppendBytesMax)
    return error(AppendErrorCode::kTooLarge, "more than " + std::to_string(kAppendBytesMax) + " bytes with metadata");
  pending.condition = std::move(request.condition);
  pending.command = std::move(request.command);
  return std::nullopt;
}

void RocksWriter::submit(AppendRequest request, Done done) {
  Pending pending;
  if (auto fault = prepare(std::move(request), pending)) return done(std::move(*fault));
  pending.done = std::move(done);
  std::optional<AppendError> refused;
  {
    std::lock_guard lock(mutex_);
    if (closing_ || failed_) refused = error(AppendErrorCode::kClosed, failed_ ? "a write failed before; open the log again" : "the log is closing");
    else if (queue_.size() >= store_.options.queue_requests_max || queued_bytes_ + pending.bytes > store_.options.queue_bytes_max)
      refused = error(AppendErrorCode::kBusy, "too many appends are waiting");
    else {
      queued_bytes_ += pending.bytes;
      queue_.push_back(std::move(pending));
    }
  }
  if (refused) return pending.done(std::move(*refused));
  wanted_.notify_one();
}

bool RocksWriter::space_left() {
  const auto now = std::chrono::steady_clock::now();
  if (now - space_asked_ < kSpaceAskedEvery) return space_known_;
  space_asked_ = now;
  struct statvfs disk {};
  space_known_ = ::statvfs(store_.folder.c_str(), &disk) != 0 || disk.f_bavail * disk.f_frsize >= store_.options.free_bytes_min;
  return space_known_;
}

void RocksWriter::run() {
  std::vector<Pending> group;
  while (true) {
    group.clear();
    {
      std::unique_lock lock(mutex_);
      wanted_.wait(lock, [&] { return closing_ || !queue_.empty(); });
      if (queue_.empty()) return;
      std::size_t bytes = 0;
      while (!queue_.empty() && group.size() < kGroupRequestsMax && (group.empty() || bytes + queue_.front().bytes <= kGroupBytesMax)) {
        bytes += queue_.front().bytes;
        group.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
      queued_bytes_ -= bytes;
    }
    commit(group);
    for (auto& pending : group) pending.done(std::move(*pending.answer));
  }
}

void RocksWriter::commit(std::vector<Pending>& group) {
  const auto refuse_all = [&](AppendErrorCode code, const std::string& what) {
    for (auto& pending : group) pending.answer = error(code, what);
  };
  if (failed_) return refuse_all(AppendErrorCode::kClosed, "a write failed before; open the log again");
  if (!space_left()) return refuse_all(AppendErrorCode::kNoSpace, "less free space than the guard asks for");
  Group staged(store_);
  staged.set_recorded_at(store_.options.clock());
  try {
    for (std::size_t i = 0; i < group.size(); ++i) staged.stage(group[i], i, group);
  } catch (const std::exception& unreadable) {
    return refuse_all(AppendErrorCode::kIo, unreadable.what());  // nothing was written
  }
  if (staged.empty()) return;
  const auto status = staged.write();
  if (!status.ok()) {
    // Never retried: after a failed sync the kernel may have dropped the pages (security.md 4.3).
    std::lock_guard lock(mutex_);
    failed_ = true;
    return refuse_all(AppendErrorCode::kIo, status.ToString());
  }
  staged.publish();
  signal_->moved();
}

}  // namespace rireki
