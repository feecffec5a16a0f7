// Erasing for good what a person or a case has sealed: proposed by one, approved by another, carried out after some days by destroying keys
// (security.md 2.2). Before that it can be held. What was erased leaves who, when, on what ground, and that the keyring no longer has the keys.
#pragma once

#include <mutex>

#include "api/office.h"
#include "domain/access_decision.h"
#include "domain/control.h"
#include "eventstore/keyring.h"

namespace rireki::api {

struct ErasureError {
  Refusal refusal;                         // rule "storage": it could not be recorded or done
};
[[noreturn]] void throw_exception_from_error(const ErasureError& error, const boost::source_location& where);

// Safe from any thread; one process at a time, as the keyring.
class Erasures {
 public:
  // `renew_views` builds what projections keep under a renewed key, with the withheld keys' values gone, and drops the former; false: it could not. It is
  // called between withholding the keys and destroying them. All outlive this.
  Erasures(Office& office, Keyring& keyring, std::function<bool()> renew_views) : office_(office), keyring_(keyring), renew_views_(std::move(renew_views)) {}

  Controls controls() const;

  Result<ProposalId, ErasureError> propose(const Actor& by, const std::string& session, const std::vector<std::string>& targets, const std::string& basis, const std::string& reason);
  Result<bool, ErasureError> decide(const Actor& by, const std::string& session, ProposalId id, bool approve, const std::string& digest, const std::string& reason);
  Result<Erased, ErasureError> carry_out(const Actor& by, ProposalId id);
  Result<HoldId, ErasureError> hold(const Actor& by, const std::string& target, const std::string& kind, const std::string& reason);
  Result<bool, ErasureError> release(const Actor& by, HoldId id, const std::string& reason);

  // What a crash left between destroying the keys and saying so is said now. How many erasures were completed. Before anybody is served.
  int complete();

 private:
  // Whose keys belong to the targets: a person's, their accounts', and those of the cases about them.
  std::set<std::string> owners_of(const std::vector<std::string>& targets) const;
  std::set<Id128> keys_of(const std::vector<std::string>& targets) const;
  Result<Position, ErasureError> record(const Actor& by, const std::vector<Body>& bodies, Position seen);
  Result<Erased, ErasureError> say_erased(const Actor& by, const Proposal& proposal, const Ratchet& ratchet, Position seen);

  Office& office_;
  Keyring& keyring_;
  std::function<bool()> renew_views_;
  std::mutex one_at_a_time_;  // a hold is placed before or after an erasure, never during one
};

}  // namespace rireki::api
