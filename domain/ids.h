// Strong ids: a UnitId can never stand in for a PersonId. Random 64 bits, made by the caller (domain is pure).
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "eventstore/log.h"

namespace rireki {

template <class Tag>
struct Id {
  std::uint64_t value = 0;  // 0 is never issued: "none"
  auto operator<=>(const Id&) const = default;
  explicit operator bool() const { return value != 0; }
};

struct PersonTag { static constexpr char kPrefix = 'p'; };
struct UnitTag   { static constexpr char kPrefix = 'u'; };
struct PostTag   { static constexpr char kPrefix = 't'; };
struct LeaveTag  { static constexpr char kPrefix = 'l'; };
struct CaseTag   { static constexpr char kPrefix = 'c'; };
struct FactTag   { static constexpr char kPrefix = 'f'; };
struct AccountTag { static constexpr char kPrefix = 'a'; };
struct GrantTag { static constexpr char kPrefix = 'g'; };
struct ProposalTag { static constexpr char kPrefix = 'q'; };
struct HoldTag { static constexpr char kPrefix = 'h'; };
struct TokenTag { static constexpr char kPrefix = 'k'; };

using PersonId = Id<PersonTag>;
using UnitId = Id<UnitTag>;
using PostId = Id<PostTag>;
using LeaveId = Id<LeaveTag>;
using CaseId = Id<CaseTag>;
using FactId = Id<FactTag>;        // names one fact, so that a later event can correct it
using AccountId = Id<AccountTag>;
using GrantId = Id<GrantTag>;        // one emergency access
using ProposalId = Id<ProposalTag>;  // of what takes two people
using HoldId = Id<HoldTag>;
using TokenId = Id<TokenTag>;        // names a bearer token; is not the token

// The written form everywhere (tags, JSON, URLs): prefix and 13 lower-case Crockford base-32 digits, "p0000000000001".
std::string id_text(char prefix, std::uint64_t value);
std::optional<std::uint64_t> parse_id(char prefix, std::string_view text);  // exact form only

template <class Tag>
std::string to_text(Id<Tag> id) { return id_text(Tag::kPrefix, id.value); }
template <class IdType>
std::optional<IdType> parse(std::string_view text);  // specialised for each id in ids.cpp

// 32 lower-case hex digits.
std::string to_text(const Id128& id);
std::optional<Id128> parse_id128(std::string_view text);

// Hands out ids; the application draws from a random generator, tests and the sample from a seed. Whoever serves requests needs one that is safe from
// any thread.
class IdSource {
 public:
  virtual ~IdSource() = default;
  virtual std::uint64_t next() = 0;  // never 0
  template <class IdType> IdType make() { return IdType{next()}; }
  Id128 next128() { return Id128{next(), next()}; }
};

}  // namespace rireki

template <class Tag>
struct std::hash<rireki::Id<Tag>> {
  std::size_t operator()(rireki::Id<Tag> id) const noexcept { return std::hash<std::uint64_t>{}(id.value); }
};
