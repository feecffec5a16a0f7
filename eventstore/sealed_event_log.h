// A log that seals: what stands in an event's sections is stored under the key of its owner and class, and opened for whoever reads through this log.
// Everything else is the log below. The tree will cover what is stored, so that destroying a key leaves every proof as it is.
//
// Each section is AES-256-GCM over a random opening (32 bytes) and the text, bound to the event's id, type, schema, key and the section's name. The
// metadata holds SHA-256("rireki-open/v1", opening, text): it pins one text, and tells nothing once the key is gone.
//
// Whose a new key is, is said by an event "key/created" at the beginning of the append that uses it first; its body has a line for each key:
// id, owner, class, commitment. "key/erased" has a line for each key that is gone: id, owner, class.
#pragma once

#include "eventstore/keyring.h"

namespace rireki {

struct SealError {
  std::vector<Id128> missing;  // keys that the log uses and no event erases, and that the keyring does not have: the wrong keyring, or an old one
  std::string what;            // where the log cannot be read
};
[[noreturn]] void throw_exception_from_error(const SealError& error, const boost::source_location& where);

class SealedEventLog final : public EventLog {
 public:
  // Tells the keyring what the log says of its keys. `log` and `keyring` must outlive this one.
  static Result<std::unique_ptr<SealedEventLog>, SealError> open(EventLog& log, Keyring& keyring);
  ~SealedEventLog() override;

  using EventLog::append;
  void append(AppendRequest request, std::function<void(Result<Appended, AppendError>)> done) override;
  Result<ReadEnd, ReadError> read(const Query& query, const ReadOptions& options, const EventSink& sink) const override;
  Position head() const override { return log_.head(); }
  bool seals() const override { return true; }
  std::string blind(std::string_view tag) const override;
  Position last_with_tag(std::string_view tag) const override { return log_.last_with_tag(tag); }
  std::optional<Appended> find_command(const Id128& command) const override { return log_.find_command(command); }
  Position position_at(Instant time) const override { return log_.position_at(time); }
  Result<std::unique_ptr<Subscription>, ReadError> subscribe(Query query, Position after, Subscriber subscriber) override;

  // What opens the event's sections for somebody who has no key, as a bundle's .open file (proof/bundle.h): the random bytes and the text of each that
  // can be opened here.
  std::string openings(const EventView& event) const;

  Keyring& keyring() const { return keyring_; }

 private:
  class Opener;
  SealedEventLog(EventLog& log, Keyring& keyring);
  EventLog& log_;
  Keyring& keyring_;
  const SecretKey tags_;  // of blind tags; stays for as long as the log
  std::shared_ptr<const Opener> opener_;  // followers may outlive the log
};

}  // namespace rireki
