// Erasing for good what a person or a case has sealed: proposed by one, approved by another, carried out after some days by destroying keys
// (security.md 2.2). Before that it can be held. What was erased leaves who, when, on what ground, and that the keyring no longer has the keys.
#pragma once

#include "api/four_eyes.h"
#include "eventstore/keyring.h"

namespace rireki::api {

// Safe from any thread; one process at a time, as the keyring.
class Erasures {
 public:
  // `renew_views` builds what projections keep under a renewed key, with the withheld keys' values gone, and drops the former; false: it could not. It is
  // called between withholding the keys and destroying them. All outlive this.
  Erasures(FourEyes& two, Keyring& keyring, std::function<bool()> renew_views) : two_(two), office_(two.office()), keyring_(keyring), renew_views_(std::move(renew_views)) {}

  Result<ProposalId, ControlError> propose(const Actor& by, const std::string& session, const std::vector<std::string>& targets, const std::string& basis, const std::string& reason);
  Result<Erased, ControlError> carry_out(const Actor& by, ProposalId id);

  // What a crash left between destroying the keys and saying so is said now. How many erasures were completed. Before anybody is served.
  int complete();

 private:
  // Whose keys belong to the targets: a person's, their accounts', and those of the cases about them.
  std::set<std::string> owners_of(const std::vector<std::string>& targets) const;
  // Whatever a hold must not stand on: those, and the persons whom the cases are about.
  std::vector<std::string> touched_by(const std::vector<std::string>& targets) const;
  std::set<Id128> keys_of(const std::vector<std::string>& targets) const;
  Result<Erased, ControlError> destroy(const Actor& by, const Proposal& proposal, Position seen);
  Result<Erased, ControlError> say_erased(const Actor& by, const Proposal& proposal, const Ratchet& ratchet, Position seen);

  FourEyes& two_;
  Office& office_;
  Keyring& keyring_;
  std::function<bool()> renew_views_;
};

}  // namespace rireki::api
