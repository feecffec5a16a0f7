// The log in memory: same answers as the RocksDB engine (one conformance suite), nothing survives. For the domain's tests.
#pragma once

#include "eventstore/follower.h"
#include "eventstore/transparency_log.h"

namespace rireki {

class MemoryEventLog final : public EventLog {
 public:
  explicit MemoryEventLog(std::function<Instant()> clock = {});  // default: the system clock
  ~MemoryEventLog() override;

  using EventLog::append;
  void append(AppendRequest request, std::function<void(Result<Appended, AppendError>)> done) override;
  Result<ReadEnd, ReadError> read(const Query& query, const ReadOptions& options, const EventSink& sink) const override;
  Position head() const override;
  Position last_with_tag(std::string_view tag) const override;
  std::optional<Appended> find_command(const Id128& command) const override;
  Position position_at(Instant time) const override;
  Result<std::unique_ptr<Subscription>, ReadError> subscribe(Query query, Position after, Subscriber subscriber) override;
  TransparencyLog& transparency() const;

 private:
  class Events;
  std::shared_ptr<Events> events_;
  std::shared_ptr<HeadSignal> signal_ = std::make_shared<HeadSignal>();
};

}  // namespace rireki
