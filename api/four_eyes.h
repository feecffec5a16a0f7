// What takes two people (security.md 2.4): proposed by one, approved by another in another session by the digest of exactly what was proposed, carried
// out afterwards. Here is what every kind has in common; what carrying out means, each kind knows (erasure.h, account_changes.h, export).
#pragma once

#include <mutex>

#include "api/office.h"
#include "domain/access_decision.h"
#include "domain/control.h"

namespace rireki::api {

struct ControlError {
  Refusal refusal;  // rule "storage": it could not be recorded or done
};
[[noreturn]] void throw_exception_from_error(const ControlError& error, const boost::source_location& where);
ControlError refused_control(const char* rule, const char* ja, const char* en);
ControlError not_entitled_to_control();
ControlError not_recorded();

// Who proposes, decides and carries out what, by role.
struct ProposalRights {
  Action propose, approve, carry_out;
};
const ProposalRights& rights_of(std::string_view kind);  // a kind of kProposalKinds

// Safe from any thread.
class FourEyes {
 public:
  explicit FourEyes(Office& office) : office_(office) {}

  Controls controls() const;
  // Proposing again what is open already gives the one there is.
  Result<ProposalId, ControlError> propose(const Actor& by, const std::string& session, const std::string& kind, const nlohmann::json& content);
  Result<bool, ControlError> decide(const Actor& by, const std::string& session, ProposalId id, bool approve, const std::string& digest, const std::string& reason);

  // Judges whether it may be carried out now, under the lock that everything here takes; do_it() appends what it must, conditional on `seen`.
  template <class Outcome>
  Result<Outcome, ControlError> carry_out(const Actor& by, ProposalId id, std::string_view kind, const std::function<Result<Outcome, ControlError>(const Proposal&, Position seen)>& do_it) {
    const std::lock_guard lock(one_at_a_time_);
    const Position seen = office_.log().head();
    const Controls state = controls();
    if (const auto found = state.proposals.find(id); found != state.proposals.end() && found->second.proposed.kind != kind) return refused_control("unknown-proposal", "その種類の提案ではありません。", "The proposal is of another kind.");
    if (auto refusal = refuses(state, by, id)) return ControlError{std::move(*refusal)};
    return do_it(state.proposals.at(id), seen);
  }

  Result<HoldId, ControlError> hold(const Actor& by, const std::string& target, const std::string& kind, const std::string& reason);
  // Of an approved proposal of kind "hold-release".
  Result<HoldId, ControlError> release(const Actor& by, ProposalId id);

  // Nothing of the controls may have changed since `seen`.
  Result<Position, ControlError> record(const Actor& by, const std::vector<Body>& bodies, Position seen);
  Office& office() const { return office_; }

 private:
  std::optional<Refusal> refuses(const Controls& state, const Actor& by, ProposalId id) const;

  Office& office_;
  std::mutex one_at_a_time_;
};

bool is_erasable(const std::string& target);  // "person:p…" or "case:c…"

}  // namespace rireki::api
