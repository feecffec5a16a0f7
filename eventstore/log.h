// The log: values and one abstract class. All that domain and projections see of storage.
// Semantics: Dynamic Consistency Boundary (dcb.events); where the specification is silent, the choice stands here.
#pragma once

#include <array>
#include <boost/container/small_vector.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rireki {

// The one alias for "a value or a named error". Errors are values; exceptions are for what no caller can act on.
template <class T, class E>
using Result = boost::system::result<T, E>;

// A point of recorded time, UTC.
using Instant = std::chrono::sys_time<std::chrono::microseconds>;

// 1, 2, 3, … without gaps; the last position is the log's size. 0 stands before everything.
using Position = std::uint64_t;

// 128 bits, random: the identity of an event or of a command. All zero: none.
struct Id128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Id128&) const = default;
  explicit operator bool() const { return high != 0 || low != 0; }
};

// Limits of the log, enforced by append() before anything is written.
inline constexpr std::size_t kMetadataBytesMax = 64 * 1024;  // the encoded envelope of one event
inline constexpr std::size_t kBodyBytesMax = 1024 * 1024;    // the body of one event
inline constexpr std::size_t kTagsMax = 16;                  // per event
inline constexpr std::size_t kTagBytesMax = 200;             // 1 to 200 bytes, no control characters
inline constexpr std::size_t kTypeBytesMax = 100;            // 1 to 100 bytes, no control characters
inline constexpr std::size_t kAppendEventsMax = 65'536;      // per append
inline constexpr std::size_t kAppendBytesMax = 64 * 1024 * 1024;
inline constexpr std::size_t kQueryItemsMax = 1'024;         // per query or clause list

// Coarse kind of an event, the only kind that its leaf in the Merkle tree shows (transparency_log.h).
enum class EventClass : std::uint8_t { kDomain = 0, kAccess = 1, kSecurity = 2, kKey = 3, kAdmin = 4 };

// Values that are stored sealed: unreadable in the files, and for ever once the key of their owner and class is destroyed (sealed_event_log.h).
// Name, owner and class are ids ("case:c…", "health").
struct Section {
  std::string name;
  std::string owner;
  std::string key_class;
  std::string plaintext;
};
inline constexpr std::size_t kSectionsMax = 8;  // per event
// The same as it lies in the body, behind the clear part.
struct SealedSection {
  std::string_view name;
  Id128 key;
  std::string_view commitment;  // 32 bytes: SHA-256 over the opening, which pins what the section says whatever key somebody may come up with
  std::string_view bytes;       // nonce (12), ciphertext, tag (16)
};

// An event as a caller hands it over. Types and tags are stored for ever: ids only, never personal data.
// Text in actor, on_behalf_of, causation and correlation are ids as well.
struct NewEvent {
  Id128 id;                        // chosen by the caller (ids come in as arguments)
  std::string type;                // e.g. "fact/posted"
  std::vector<std::string> tags;   // e.g. "person:…"; no tag twice; stored sorted
  EventClass event_class = EventClass::kDomain;
  std::uint32_t schema_version = 1;  // of the body
  std::string actor;               // account or service that acted
  std::string on_behalf_of;        // 代決: for whom; empty: nobody
  Id128 causation;                 // event that led to this one
  Id128 correlation;               // what belongs together across cases
  std::string body;                // bytes, written once, never re-encoded
  std::vector<Section> sections;   // only for a log that seals; any other refuses them
  // Filled by the log that seals: how much of the body is clear, and 16 bytes of key id and 32 of commitment for each section behind it.
  std::uint32_t clear_bytes = 0;
  std::string key_ids, commitments;
};

class EventView;
class SectionOpener {
 public:
  virtual ~SectionOpener() = default;
  // None: the key was destroyed, or the section is not what was sealed.
  virtual std::optional<std::string> open(const EventView& event, const SealedSection& section) const = 0;
};

using TagList = boost::container::small_vector<std::string_view, kTagsMax>;  // on the stack: a replay looks at every event's tags

// One stored event while it is being looked at. Owns nothing: valid only inside the read callback that got it.
// Each accessor decodes its field from the stored metadata without copying. The pointers are 8-byte aligned.
class EventView {
 public:
  EventView(Position position, std::string_view metadata, std::string_view body, const SectionOpener* opener = nullptr)
      : position_(position), metadata_(metadata), body_(body), opener_(opener) {}
  EventView with(const SectionOpener& opener) const { return {position_, metadata_, body_, &opener}; }
  EventView of(std::string_view metadata, std::string_view body) const { return {position_, metadata, body, opener_}; }  // other bytes in its place

  Position position() const { return position_; }
  std::string_view metadata() const { return metadata_; }  // stored bytes: Cap'n Proto Envelope, one segment, with segment table
  std::string_view stored_body() const { return body_; }   // stored bytes
  std::string_view body() const;                           // of these, the clear part
  using SectionList = boost::container::small_vector<SealedSection, 2>;
  SectionList sections() const;                            // behind it, in the order in which they were handed over
  std::optional<std::string> unsealed(const SealedSection& section) const { return opener_ ? opener_->open(*this, section) : std::nullopt; }

  Id128 id() const;
  std::string_view type() const;
  TagList tags() const;  // sorted
  bool has_tag(std::string_view tag) const;
  Instant recorded_at() const;                 // set by the log, never moves back
  EventClass event_class() const;
  std::uint32_t schema_version() const;
  std::string_view actor() const;
  std::string_view on_behalf_of() const;
  Id128 command() const;
  Id128 causation() const;
  Id128 correlation() const;

 private:
  Position position_;
  std::string_view metadata_;
  std::string_view body_;
  const SectionOpener* opener_;
};

// Matches an event whose type is one of `types` (if any are given) and that carries all of `tags`.
// An item with neither is refused: it would silently turn a narrow boundary into the whole log.
struct QueryItem {
  std::vector<std::string> types;
  std::vector<std::string> tags;
};

// "All" is its own variant; an empty list of items is refused.
struct AllEvents {};
using Query = std::variant<AllEvents, std::vector<QueryItem>>;  // items are joined by OR

Query with_tag(std::string tag);
Query with_type(std::string type);

enum class Direction { kForward, kBackward };

struct ReadOptions {
  Position after = 0;                                  // exclusive
  std::optional<Position> up_to;                       // inclusive; default: head at the call ("as known at")
  std::optional<std::size_t> limit;                    // 0 is allowed: nothing
  Direction direction = Direction::kForward;
  bool bulk = false;                                   // replay: read ahead, leave the cache alone
};

struct ReadEnd {
  Position head = 0;      // the log's head when the read began, whatever the query matched
  bool complete = false;  // false: stopped by limit or by the callback; then head is no valid `after`
};

// Append lands only if no event that matches fail_if stands after `after` (exclusive; may be beyond head).
struct Clause {
  Query fail_if;
  Position after = 0;
};
struct AppendCondition {
  std::vector<Clause> clauses;  // all must hold; at least one
};
// Spelled out, so that nobody appends blindly by leaving out an argument.
struct Unconditional {};
using Condition = std::variant<Unconditional, AppendCondition>;

// The same command again returns the first answer, whatever its condition says now, also after a restart.
struct Command {
  Id128 id;
  std::array<std::uint8_t, 32> digest{};  // SHA-256 of the request; the same id with another digest is an error
};

struct AppendRequest {
  std::vector<NewEvent> events;
  Condition condition;
  std::optional<Command> command;
};

struct Appended {
  Position first = 0;
  Position last = 0;
  bool repeated = false;  // the command had been appended before; nothing new was written
  std::array<std::uint8_t, 32> digest{};  // of the command's request, where there was a command
};

enum class AppendErrorCode {
  kConflict,         // an event matching clauses[index].fail_if stands at `position`; nothing written; read and decide again
  kInvalid,          // events[index] or a query breaks the form (`what` says how); nothing written
  kTooLarge,         // a limit of this header is exceeded (`what` names it); nothing written
  kCommandReused,    // the command id was used before with another digest; nothing written
  kBusy,             // the queue is full; nothing written; try again later
  kNoSpace,          // the disk guard refuses writes; nothing written; reading goes on
  kIo,               // may or may not be on disk; every later append fails until the log is reopened
  kClosed,           // the log is shutting down or has failed before; nothing written
};

struct AppendError {
  AppendErrorCode code = AppendErrorCode::kInvalid;
  std::size_t index = 0;
  Position position = 0;
  std::string what;  // English, for logs and operators; holds no event data
};
std::string_view name(AppendErrorCode code);  // "conflict", "invalid", …

enum class ReadErrorCode { kInvalidQuery, kCorrupt, kClosed };
struct ReadError {
  ReadErrorCode code = ReadErrorCode::kInvalidQuery;
  std::string what;
};

// A live subscription. Destroying it ends it (waits for a running callback at most 1 s of callback time).
class Subscription {
 public:
  virtual ~Subscription() = default;
};

// Called with every matching event in order, each exactly once. Return false to end the subscription.
using EventSink = std::function<bool(const EventView&)>;

// Called on the subscription's thread.
struct Subscriber {
  EventSink on_event;
  // Everything up to `position` has been delivered, also when nothing matched: store it as the checkpoint.
  std::function<void(Position position)> on_caught_up;
  // The subscription ended by itself: "closed" (log closed) or "corrupt".
  std::function<void(std::string_view reason)> on_end;
};

// The log. Safe from any thread. Readers never wait for the writer.
class EventLog {
 public:
  virtual ~EventLog() = default;

  // Appends request.events as one unit, whole or not at all. `done` is called exactly once, on the log's thread or
  // on the caller's; it must not block. When it is given an Appended, the events survive kill -9 and a power cut and
  // are visible to every reader.
  virtual void append(AppendRequest request, std::function<void(Result<Appended, AppendError>)> done) = 0;

  // Same, waiting for the answer.
  [[nodiscard]] Result<Appended, AppendError> append(AppendRequest request);

  // Calls `sink` for every match in order of position (or against it); ends early if it returns false.
  // Events appended while the read runs are not delivered.
  [[nodiscard]] virtual Result<ReadEnd, ReadError> read(const Query& query, const ReadOptions& options,
                                                        const EventSink& sink) const = 0;

  virtual Position head() const = 0;

  // Whether sections are sealed: whoever encodes an event asks, since any other log refuses them.
  virtual bool seals() const { return false; }
  // A tag that says what this one says, to whoever asks this log, and nothing to whoever only has its files.
  virtual std::string blind(std::string_view tag) const { return std::string(tag); }

  // Position of the newest event with this tag at or below head, 0 if none. From memory, no event is read.
  virtual Position last_with_tag(std::string_view tag) const = 0;

  // The answer a command got, if it was appended.
  virtual std::optional<Appended> find_command(const Id128& command) const = 0;

  // Position of the last event recorded at or before `time` (0: none).
  virtual Position position_at(Instant time) const = 0;

  // Catches up from `after`, then follows live, without gap or duplicate. `after` beyond head: ReadErrorCode::kInvalidQuery.
  [[nodiscard]] virtual Result<std::unique_ptr<Subscription>, ReadError> subscribe(Query query, Position after,
                                                                                  Subscriber subscriber) = 0;
};

}  // namespace rireki

// Found by boost::system::result::value(): a caller that did not check has a bug of ours.
namespace rireki {
[[noreturn]] void throw_exception_from_error(const AppendError& error, const boost::source_location& where);
[[noreturn]] void throw_exception_from_error(const ReadError& error, const boost::source_location& where);
}  // namespace rireki
