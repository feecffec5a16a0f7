#include "eventstore/rocks_event_log.h"

#include "eventstore/form.h"
#include "eventstore/rocks_writer.h"

namespace rireki {

namespace {

// A follower's hold on the store: a callback that does not return keeps the store open, not the log.
class StoreReader final : public LogReader {
 public:
  explicit StoreReader(std::shared_ptr<const RocksStore> store) : store_(std::move(store)) {}
  Position head() const override { return store_->head.load(std::memory_order_acquire); }
  Result<ReadEnd, ReadError> read(const Query& query, const ReadOptions& options, const EventSink& sink) const override {
    return read_store(*store_, query, options, sink);
  }

 private:
  std::shared_ptr<const RocksStore> store_;
};

}  // namespace

struct RocksEventLog::Parts {
  std::shared_ptr<RocksStore> store;
  std::shared_ptr<HeadSignal> signal = std::make_shared<HeadSignal>();
  std::unique_ptr<RocksWriter> writer;
};

Result<std::unique_ptr<RocksEventLog>, OpenError> RocksEventLog::open(const std::filesystem::path& folder, RocksOptions options) {
  if (!options.clock) options.clock = [] { return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()); };
  auto store = open_store(folder, std::move(options));
  if (!store) return store.error();
  auto parts = std::make_unique<Parts>();
  parts->store = std::move(*store);
  parts->writer = std::make_unique<RocksWriter>(*parts->store, parts->signal);
  return std::unique_ptr<RocksEventLog>(new RocksEventLog(std::move(parts)));
}

RocksEventLog::RocksEventLog(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
RocksEventLog::~RocksEventLog() {
  parts_->writer.reset();   // the last group is committed
  parts_->signal->close();  // subscribers are given it and end
}

void RocksEventLog::append(AppendRequest request, std::function<void(Result<Appended, AppendError>)> done) {
  if (parts_->store->options.inspect) return done(AppendError{.code = AppendErrorCode::kClosed, .what = "the log is open for inspection only"});
  if (auto fault = check_and_sort(request)) return done(std::move(*fault));
  auto prepared = prepare(*parts_->store, std::move(request));
  if (!prepared) return done(std::move(prepared.error()));
  parts_->writer->submit(std::move(*prepared), std::move(done));
}

Result<ReadEnd, ReadError> RocksEventLog::read(const Query& query, const ReadOptions& options, const EventSink& sink) const {
  return read_store(*parts_->store, query, options, sink);
}

Position RocksEventLog::head() const { return parts_->store->head.load(std::memory_order_acquire); }

TransparencyLog& RocksEventLog::transparency() const { return *parts_->store->tree; }

Position RocksEventLog::last_with_tag(std::string_view tag) const {
  const WordId word = parts_->store->words->find({WordKind::kTag, tag});
  return word ? parts_->store->last_of(word) : 0;
}

std::optional<Appended> RocksEventLog::find_command(const Id128& command) const {
  std::string value;
  if (!parts_->store->db->Get({}, parts_->store->meta.get(), command_key(command), &value).ok()) return std::nullopt;
  auto found = command_of(value);
  if (found && found->last > head()) return std::nullopt;  // written, not yet published
  return found;
}

Position RocksEventLog::position_at(Instant time) const {
  Position low = 0, high = head();
  while (low < high) {
    const Position middle = low + (high - low + 1) / 2;
    Instant recorded{};
    const auto end = read(AllEvents{}, ReadOptions{.after = middle - 1, .up_to = middle}, [&](const EventView& event) {
      recorded = event.recorded_at();
      return true;
    });
    if (!end) throw std::runtime_error("the log cannot be read: " + end.error().what);
    if (recorded <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}

Result<std::unique_ptr<Subscription>, ReadError> RocksEventLog::subscribe(Query query, Position after, Subscriber subscriber) {
  if (auto fault = check_query(query)) return ReadError{ReadErrorCode::kInvalidQuery, std::move(*fault)};
  if (after > head()) return ReadError{ReadErrorCode::kInvalidQuery, "the subscription starts beyond head"};
  return follow(std::make_shared<StoreReader>(parts_->store), parts_->signal, std::move(query), after, std::move(subscriber));
}

}  // namespace rireki
