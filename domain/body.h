// The body of every event the domain writes, as Cap'n Proto (domain/body.capnp) and back.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "domain/case.h"
#include "domain/facts.h"
#include "domain/oversight.h"
#include "domain/sealing.h"
#include "eventstore/log.h"

namespace rireki {

struct DefinitionPublished { std::string procedure; int version = 1; std::string json; Day from; };    // "definition/published"
struct AccountOpened  { AccountId account; std::string login; PersonId person; std::vector<std::string> roles; };  // "account/opened"; never a password
struct RolesSet       { AccountId account; std::vector<std::string> roles; };                          // "account/roles-set"
struct AccountClosed  { AccountId account; };                                                          // "account/closed"
struct SecondFactorSet { AccountId account; std::string kind; };                                       // "account/second-factor-set": "totp" or "none"; never a secret
struct TokenIssued  { AccountId account; TokenId token; std::string name; std::vector<std::string> scopes; Day last_day; };  // "account/token-issued"
struct TokenRevoked { AccountId account; TokenId token; };                                             // "account/token-revoked"
struct IdentityLinked { AccountId account; std::string issuer, subject; };                             // "account/identity-linked": whoever the issuer calls so
struct SignedIn { AccountId account; std::string method, outcome; };                                   // "account/signed-in": "password" "oidc" "proxy"; "ok" "refused"

using Body = std::variant<FactEntry, FactCancelled, CaseOpened, CaseActed, StationActed, PulledBack, Commented, Attached, Claimed,
                          Assigned, Migrated, DefinitionPublished, AccountOpened, RolesSet, AccountClosed, DeadlinePassed,
                          SecondFactorSet, TokenIssued, TokenRevoked, IdentityLinked, SignedIn, RecordsViewed, EmergencyOpened, EmergencyReviewed, Proposed,
                          ProposalDecided, HoldPlaced, HoldReleased, Erased, ProposalCarriedOut, CaseCorrected, LogKeyIntroduced, LogEpochBegun,
                          WitnessNamed, WitnessDropped, ActionRefused, CorrectionSettled>;

std::string event_type(const Body& body);

// Cap'n Proto bytes, one segment with segment table, canonical for the same value.
std::string encode(const Body& body);

// The same for a log that seals: the clear part, and a section for each seal that the body has something for. `tags`: the event's, whose person owns
// what a cancellation says.
struct SealedBody {
  std::string clear;
  std::vector<Section> sections;
};
SealedBody encode_sealed(const Body& body, const std::vector<std::string>& tags, const CaseSealing& sealing);

// `body` is any bytes: truncated, hostile or of an unknown kind they give an error, never more.
struct DecodeError { std::string what; };
Result<Body, DecodeError> decode(std::string_view body);
// An event of either kind of log. `erased`: a key is gone, so that sealed fields are empty.
struct ReadBody {
  Body body;
  bool erased = false;
};
Result<ReadBody, DecodeError> read_body(const EventView& event);
Result<Body, DecodeError> decode(const EventView& event);
[[noreturn]] void throw_exception_from_error(const DecodeError& error, const boost::source_location& where);

// JSON of a fact or event for HTTP and exports, and facts back from JSON (effects, fact files). Dates ISO, ids as text,
// member names as in facts.h. Unknown or missing members are FieldErrors.
nlohmann::json to_json(const Fact& fact);
nlohmann::json to_json(const Body& body);
Result<Fact, std::vector<FieldError>> fact_from_json(std::string_view kind, const nlohmann::json& value);  // kind without "fact/"
[[noreturn]] void throw_exception_from_error(const std::vector<FieldError>& errors, const boost::source_location& where);

}  // namespace rireki
