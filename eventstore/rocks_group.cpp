#include "eventstore/rocks_group.h"

#include <openssl/rand.h>

#include <algorithm>

#include "eventstore/form.h"
#include "eventstore/postings.h"
#include "eventstore/rocks_options.h"

namespace rireki {
namespace {

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

KnownWord look_up(const RocksStore& store, WordKind kind, std::string text) {
  const WordId id = store.words->find({kind, text});
  if (id) text = {};
  return {id, std::move(text)};
}

PreparedClause prepare(const RocksStore& store, Clause clause) {
  PreparedClause prepared{.all = std::holds_alternative<AllEvents>(clause.fail_if), .after = clause.after, .items = {}};
  if (prepared.all) return prepared;
  for (auto& item : std::get<std::vector<QueryItem>>(clause.fail_if)) {
    auto& words = prepared.items.emplace_back();
    for (auto& type : item.types) words.types.push_back(look_up(store, WordKind::kType, std::move(type)));
    for (auto& tag : item.tags) words.tags.push_back(look_up(store, WordKind::kTag, std::move(tag)));
  }
  return prepared;
}

}  // namespace

Result<std::unique_ptr<PreparedAppend>, AppendError> prepare(const RocksStore& store, AppendRequest request) try {
  auto prepared = std::make_unique<PreparedAppend>();
  const Id128 command = request.command ? request.command->id : Id128{};
  prepared->events.reserve(request.events.size());
  for (std::size_t i = 0; i < request.events.size(); ++i) {
    auto& event = request.events[i];
    auto& made = prepared->events.emplace_back();
    made.record = encode_record(event, command, draw_salt(), draw_salt());
    made.leaf.event_class = static_cast<std::uint8_t>(event.event_class);
    if (const auto body = body_of(made.record); !body.empty()) made.leaf.body = sha256({body});
    if (auto fault = check_metadata(i, metadata_of(made.record).size())) return *fault;
    prepared->bytes += made.record.size();
    made.type = look_up(store, WordKind::kType, std::move(event.type));
    for (auto& tag : event.tags) made.tags.push_back(look_up(store, WordKind::kTag, std::move(tag)));
    if (prepared->bytes > kAppendBytesMax)
      return AppendError{.code = AppendErrorCode::kTooLarge, .index = i, .what = "more than " + std::to_string(kAppendBytesMax) + " bytes with metadata"};
  }
  if (auto* condition = std::get_if<AppendCondition>(&request.condition))
    for (auto& clause : condition->clauses) prepared->clauses.push_back(prepare(store, std::move(clause)));
  prepared->command = std::move(request.command);
  return prepared;
} catch (const StorageFault& fault) {
  return AppendError{.code = AppendErrorCode::kIo, .what = fault.what()};
}

RocksGroup::RocksGroup(RocksStore& store) : store_(store), batch_(0, 0, kProtectionBytesPerKey, 0) {}

void RocksGroup::begin(Instant now) {
  head_ = store_.head.load(std::memory_order_relaxed);
  next_word_ = store_.next_word;
  recorded_at_ = std::max(now, store_.last_recorded);
  batch_.Clear();
  postings_.clear();
  staged_.clear();
  new_words_.clear();
  commands_.clear();
}

Result<Appended, AppendError> RocksGroup::stage(PreparedAppend& append) {
  if (append.command)
    if (auto answer = known(*append.command)) return std::move(*answer);
  for (std::size_t i = 0; i < append.clauses.size(); ++i)
    if (const Position at = conflict(append.clauses[i]))
      return AppendError{.code = AppendErrorCode::kConflict, .index = i, .position = at, .what = "an event that the condition excludes stands there"};
  if (auto refusal = full(append)) return std::move(*refusal);
  Appended appended{.first = head_ + 1};
  for (auto& event : append.events) stage(event);
  appended.last = head_;
  if (append.command) {
    appended.digest = append.command->digest;
    batch_.Put(store_.meta.get(), command_key(append.command->id), command_value(appended));
    commands_.emplace(append.command->id, appended);
  }
  return appended;
}

// Before everything else: a command that was appended has its answer, whatever its condition says now.
std::optional<Result<Appended, AppendError>> RocksGroup::known(const Command& command) const {
  std::optional<Appended> before;
  if (const auto staged = commands_.find(command.id); staged != commands_.end()) {
    before = staged->second;
    before->repeated = true;
  } else {
    std::string value;
    const auto status = store_.db->Get({}, store_.meta.get(), command_key(command.id), &value);
    if (status.IsNotFound()) return std::nullopt;
    if (status.ok()) before = command_of(value);
    if (!before) throw StorageFault("a command cannot be read: " + status.ToString());
  }
  if (before->digest != command.digest)
    return AppendError{.code = AppendErrorCode::kCommandReused, .what = "the command id was used before with another request"};
  return *before;
}

std::optional<AppendError> RocksGroup::full(const PreparedAppend& append) const {
  constexpr WordId kWordsOfAnEventMax = kTagsMax + 1;
  if (append.events.size() * kWordsOfAnEventMax < kWordsMax - next_word_) return std::nullopt;
  return AppendError{.code = AppendErrorCode::kTooLarge, .what = "the log knows as many different tags and types as it can"};
}

WordId RocksGroup::find(WordKind kind, KnownWord& word) const {
  if (word.id) return word.id;
  if (const auto fresh = new_words_.find(Word{kind, word.text}.key()); fresh != new_words_.end()) return word.id = fresh->second;
  return word.id = store_.words->find({kind, word.text});  // a group before this one may have brought it
}

WordId RocksGroup::find_or_add(WordKind kind, KnownWord& word) {
  if (const WordId known = find(kind, word)) return known;
  auto key = Word{kind, word.text}.key();
  batch_.Put(store_.meta.get(), key, word_value(next_word_));
  new_words_.emplace(std::move(key), next_word_);
  return word.id = next_word_++;
}

Position RocksGroup::last(WordId word) const {
  const auto staged = staged_.find(word);
  return staged != staged_.end() ? staged->second.last : store_.last_of(word);
}

void RocksGroup::post(WordId word, WordId type) {
  const auto index = static_cast<std::int32_t>(postings_.size());
  const auto [place, first] = staged_.try_emplace(word, Staged{head_, index});
  postings_.push_back({word, type, head_, first ? -1 : place->second.newest});
  place->second = {head_, index};
}

void RocksGroup::stage(PreparedEvent& event) {
  ++head_;
  set_record_time(event.record, recorded_at_);
  batch_.Put(store_.log.get(), LogKey(head_).slice(), event.record);
  event.leaf.position = head_;
  event.leaf.time = recorded_at_.time_since_epoch().count();
  event.leaf.metadata = sha256({metadata_of(event.record)});
  store_.tree->stage(batch_, event.leaf);
  const WordId type = find_or_add(WordKind::kType, event.type);
  post(type, type);
  for (auto& tag : event.tags) post(find_or_add(WordKind::kTag, tag), type);
}

// The lowest position that the clause excludes, 0 if none. Exact against the durable log and everything staged before.
Position RocksGroup::conflict(PreparedClause& clause) const {
  if (clause.after >= head_) return 0;
  if (clause.all) return clause.after + 1;
  Position lowest = 0;
  for (auto& item : clause.items)
    if (const Position at = conflict(item, clause.after); at && (!lowest || at < lowest)) lowest = at;
  return lowest;
}

Position RocksGroup::conflict(PreparedItem& item, Position after) const {
  std::vector<WordId> types, tags;
  for (auto& tag : item.tags) {
    const WordId id = find(WordKind::kTag, tag);
    if (!id || last(id) <= after) return 0;  // exact: one tag that has not come since is enough
    tags.push_back(id);
  }
  for (auto& type : item.types)
    if (const WordId id = find(WordKind::kType, type); id && last(id) > after) types.push_back(id);
  if (!item.types.empty() && types.empty()) return 0;
  if (const Position durable = search_durable(tags, types, after)) return durable;
  return search_staged(tags, types, after);
}

Position RocksGroup::search_durable(const std::vector<WordId>& tags, const std::vector<WordId>& types, Position after) const {
  const Window window{.after = after, .up_to = store_.head.load(std::memory_order_relaxed)};
  if (window.after >= window.up_to) return 0;
  Position lowest = 0;
  const auto look = [&](std::vector<WordId> words, std::vector<WordId> allowed) {
    // A word whose last durable position is not beyond `after` stands there only by what is staged.
    for (const auto word : words)
      if (store_.last_of(word) <= after) return;
    Postings postings(store_, std::move(words), std::move(allowed), window);
    if (const auto found = postings.next(); found && (!lowest || *found < lowest)) lowest = *found;
    if (auto status = postings.status(); !status.ok()) throw StorageFault("the index cannot be read: " + status.ToString());
  };
  if (!tags.empty()) look(tags, types);
  else
    for (const auto type : types) look({type}, {});
  return lowest;
}

Position RocksGroup::search_staged(const std::vector<WordId>& tags, const std::vector<WordId>& types, Position after) const {
  Position lowest = 0;
  const auto walk = [&](WordId word) {
    const auto place = staged_.find(word);
    for (auto i = place == staged_.end() ? -1 : place->second.newest; i >= 0; i = postings_[static_cast<std::size_t>(i)].before) {
      const Posting& posting = postings_[static_cast<std::size_t>(i)];
      if (posting.position <= after) break;
      const bool type_fits = types.empty() || std::find(types.begin(), types.end(), posting.type) != types.end();
      const bool tags_fit = std::all_of(tags.begin(), tags.end(), [&](WordId tag) { return tag == word || carries(posting.position, tag); });
      if (type_fits && tags_fit && (!lowest || posting.position < lowest)) lowest = posting.position;
    }
  };
  if (!tags.empty()) walk(tags.front());
  else
    for (const auto type : types) walk(type);
  return lowest;
}

bool RocksGroup::carries(Position position, WordId word) const {
  auto posting = std::lower_bound(postings_.begin(), postings_.end(), position, [](const Posting& p, Position at) { return p.position < at; });
  for (; posting != postings_.end() && posting->position == position; ++posting)
    if (posting->word == word) return true;
  return false;
}

rocksdb::Status RocksGroup::write() {
  // Sorted, so that the skip list is walked in one direction (rocks_options.cpp).
  std::sort(postings_.begin(), postings_.end(), [](const Posting& a, const Posting& b) { return std::tie(a.word, a.position) < std::tie(b.word, b.position); });
  for (const auto& posting : postings_) batch_.Put(store_.idx.get(), PostingKey(posting.word, posting.position).slice(), word_value(posting.type));
  if (next_word_ != store_.next_word) batch_.Put(store_.meta.get(), "next", word_value(next_word_));
  rocksdb::WriteOptions options;
#ifndef RIREKI_PLANT_ACK_BEFORE_SYNC  // a bug planted by tests/crash, to show that it would be found
  options.sync = true;
#endif
  return store_.db->Write(options, &batch_);
}

void RocksGroup::publish() {
  for (const auto& [key, id] : new_words_) store_.words->add(key, id);
  // Before head moves: whoever sees the new head must not see an older last position.
  for (const auto& [word, staged] : staged_) store_.last.set(word, staged.last);
  store_.next_word = next_word_;
  store_.last_recorded = recorded_at_;
  store_.head.store(head_, std::memory_order_release);
  store_.tree->publish();  // after head: whoever sees a tree finds its events
}

}  // namespace rireki
