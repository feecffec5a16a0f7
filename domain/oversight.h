// What is recorded about the use of the office's records themselves: who read what, emergency access, what needs two people, holds, erasures
// (security.md 2.4, 2.5). Texts and actors are sealed under the office's own key, which is never erased.
#pragma once

#include <string>
#include <vector>

#include "domain/calendar.h"
#include "domain/ids.h"

namespace rireki {

// "access/viewed": durable before the answer for health and harassment; in batches for everything else. Repeated reading of the same record within
// five minutes is one.
struct RecordsViewed {
  AccountId account;
  PersonId by;
  std::vector<std::string> records;  // "case:c…", "person:p…"
  std::string key_class;             // "general" "health" "harassment"
  std::string purpose;               // as chosen by the reader; empty: none was given
  std::string via;                   // "case" "list" "history" "attachment" "export" "emergency"
  std::string session;               // of the account, by its public id
};

// "access/emergency-opened": one case, to read, until a moment. "access/emergency-reviewed": by somebody else, afterwards.
struct EmergencyOpened { GrantId grant; CaseId case_id; AccountId account; PersonId by; std::string reason_code, reason; Instant until{}; };
struct EmergencyReviewed { GrantId grant; AccountId account; PersonId by; bool justified = false; std::string comment; };

// "control/proposed" and "control/decided": what takes two people. The decision names the digest of exactly what was proposed.
struct Proposed {
  ProposalId proposal;
  std::string kind;     // "erasure" "hold-release" "bulk-export" "account-change"
  std::string content;  // JSON: what is to be done
  std::string digest;   // SHA-256 of kind and content, hex
  AccountId account;
  PersonId by;
  std::string session;
};
struct ProposalDecided { ProposalId proposal; bool approved = false; std::string digest; AccountId account; PersonId by; std::string reason; };

// "control/carried-out": what was approved was done, where no other event says so. `outcome` names what came of it: "account:a…", "hold:h…", "files:12".
struct ProposalCarriedOut { ProposalId proposal; std::string outcome; AccountId account; PersonId by; };

// "control/hold-placed": what must not be erased, for as long as the hold stands.
struct HoldPlaced { HoldId hold; std::string target; std::string kind; std::string reason; AccountId account; PersonId by; };  // kind: "disclosure" "objection" "litigation" "audit"
struct HoldReleased { HoldId hold; std::string reason; AccountId account; PersonId by; };

// "log/key-introduced": with this key (as a verifier key of c2sp.org/signed-note) the log's checkpoints are signed from now on.
struct LogKeyIntroduced { std::string key; };
// "log/epoch-begun": signed events were lost, so this log goes on under another name; `former` is the last checkpoint of the former one.
struct LogEpochBegun { std::string origin, former; std::string reason; };
// "log/witness-named", "log/witness-dropped": whose confirmation from outside counts.
struct WitnessNamed { std::string key; AccountId account; PersonId by; };
struct WitnessDropped { std::string key; AccountId account; PersonId by; };

// "security/refused": what somebody tried and a rule said no to.
struct ActionRefused { CaseId case_id; std::string procedure, action, rule; AccountId account; PersonId by; };

// "control/correction-settled": somebody decided what becomes of what rests on a statement that was corrected.
struct CorrectionSettled {
  std::string corrected;  // "fact:f…", or "case:c…#" and the position of the entry
  std::string item;       // "case:c…", "fact:f…", "obligation:…": what rests on it
  std::string decision;   // "stands" "changed"
  std::string note;
  AccountId account;
  PersonId by;
};

// "control/erased": the keys of these are destroyed. What is left as evidence beside the "key/erased" event.
struct Erased {
  ProposalId proposal;
  std::vector<std::string> targets;  // "person:p…", "case:c…"
  std::string basis;                 // retention class, or the ground of a request
  int keys = 0;
  int epoch_before = 0, epoch = 0;   // of the keyring
  std::string keys_before_digest, keys_digest;
};

}  // namespace rireki
