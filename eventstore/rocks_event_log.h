// The log on RocksDB: one writer thread, group commit with one sync, readers that never wait.
//
// Column families, split by life and access:
//   log   position (8 bytes, big endian) → record: version (1), 0 (3), metadata length (4, little endian), metadata, body
//   idx   word id (4, big endian) ‖ position (8, big endian) → word id of the event's type (4, big endian)
//         words are tags and types alike, each with an exact id; a type's own postings are the type index
//   meta  "format" → version of this layout · "next" → next word id · "t"tag and "y"type → word id ·
//         "c"command id (16) → first (8), last (8), digest (32)
//   tree  the Merkle tree: tiles, leaves, checkpoints (rocks_tree.h)
// Nothing in log, idx and tree is ever overwritten, and nothing but checkpoints between others deleted.
#pragma once

#include <filesystem>

#include "eventstore/transparency_log.h"

namespace rocksdb {
class Env;
}

namespace rireki {

enum class OpenErrorKind {
  kInUse,         // another process has the folder open
  kOtherVersion,  // written by another version of this layout; nothing was touched
  kCorrupt,       // damaged; refused rather than opened with records missing (security.md 4.3)
  kNoSpace,       // the disk is full
  kIo,            // anything else the file system said
};
struct OpenError {
  OpenErrorKind kind = OpenErrorKind::kIo;
  std::string what;
};
[[noreturn]] void throw_exception_from_error(const OpenError& error, const boost::source_location& where);

struct RocksOptions {
  std::function<Instant()> clock;                       // default: the system clock
  std::uint64_t free_bytes_min = 1024ull * 1024 * 1024; // below it appends get kNoSpace; reading goes on
  std::size_t queue_requests_max = 16'384;              // waiting appends; one more gets kBusy
  std::size_t queue_bytes_max = 256 * 1024 * 1024;
  std::size_t cache_bytes = 512 * 1024 * 1024;          // blocks and memtables together
  std::size_t log_buffer_bytes = 64 * 1024 * 1024;      // memtable of `log`; tests make both small, to get files
  std::size_t index_buffer_bytes = 8 * 1024 * 1024;     // of `idx`: small on purpose, see rocks_options.cpp
  enum class Plan { kAuto, kIndex, kScan } plan = Plan::kAuto;  // forced in tests: a plan changes the speed, never the answer
  bool inspect = false;                                 // opens although tiles or checkpoints are damaged, for verify_log(); appends are refused
  rocksdb::Env* env = nullptr;                          // fault injection in tests; must outlive the log
};

class RocksEventLog final : public EventLog {
 public:
  static Result<std::unique_ptr<RocksEventLog>, OpenError> open(const std::filesystem::path& folder, RocksOptions options = {});
  ~RocksEventLog() override;  // finishes what is queued, ends subscriptions with "closed"

  using EventLog::append;
  void append(AppendRequest request, std::function<void(Result<Appended, AppendError>)> done) override;
  Result<ReadEnd, ReadError> read(const Query& query, const ReadOptions& options, const EventSink& sink) const override;
  Position head() const override;
  Position last_with_tag(std::string_view tag) const override;
  std::optional<Appended> find_command(const Id128& command) const override;
  Position position_at(Instant time) const override;
  Result<std::unique_ptr<Subscription>, ReadError> subscribe(Query query, Position after, Subscriber subscriber) override;

  TransparencyLog& transparency() const;  // of its events; lives as long as the log

 private:
  struct Parts;
  explicit RocksEventLog(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace rireki
