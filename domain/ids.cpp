#include "domain/ids.h"

#include <array>

namespace rireki {
namespace {

// Crockford's base 32: no i, l, o, u, so that an id read aloud or typed is not mistaken.
constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr int kDigitsPerId = 13;

constexpr std::array<int, 256> values() {
  std::array<int, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < kDigits.size(); ++i) table[static_cast<unsigned char>(kDigits[i])] = static_cast<int>(i);
  return table;
}
constexpr auto kValues = values();

}  // namespace

std::string id_text(char prefix, std::uint64_t value) {
  std::string text(kDigitsPerId + 1, prefix);
  for (int i = kDigitsPerId; i > 0; --i, value >>= 5) text[static_cast<std::size_t>(i)] = kDigits[value & 31];
  return text;
}

std::optional<std::uint64_t> parse_id(char prefix, std::string_view text) {
  if (text.size() != kDigitsPerId + 1 || text[0] != prefix) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text.substr(1)) {
    const int digit = kValues[static_cast<unsigned char>(c)];
    if (digit < 0 || value >> 59 != 0) return std::nullopt;
    value = value << 5 | static_cast<std::uint64_t>(digit);
  }
  if (value == 0) return std::nullopt;
  return value;
}

#define RIREKI_PARSE_ID(IdType, Tag)                                          \
  template <>                                                                 \
  std::optional<IdType> parse<IdType>(std::string_view text) {                \
    const auto value = parse_id(Tag::kPrefix, text);                          \
    return value ? std::optional(IdType{*value}) : std::nullopt;              \
  }
RIREKI_PARSE_ID(PersonId, PersonTag)
RIREKI_PARSE_ID(UnitId, UnitTag)
RIREKI_PARSE_ID(PostId, PostTag)
RIREKI_PARSE_ID(LeaveId, LeaveTag)
RIREKI_PARSE_ID(CaseId, CaseTag)
RIREKI_PARSE_ID(FactId, FactTag)
RIREKI_PARSE_ID(AccountId, AccountTag)
RIREKI_PARSE_ID(GrantId, GrantTag)
RIREKI_PARSE_ID(ProposalId, ProposalTag)
RIREKI_PARSE_ID(HoldId, HoldTag)
RIREKI_PARSE_ID(TokenId, TokenTag)
#undef RIREKI_PARSE_ID

std::string to_text(const Id128& id) {
  std::string text(32, '0');
  for (int i = 0; i < 32; ++i) {
    const std::uint64_t half = i < 16 ? id.high : id.low;
    text[static_cast<std::size_t>(i)] = "0123456789abcdef"[half >> (60 - i % 16 * 4) & 15];
  }
  return text;
}

std::optional<Id128> parse_id128(std::string_view text) {
  if (text.size() != 32) return std::nullopt;
  Id128 id;
  for (std::size_t i = 0; i < 32; ++i) {
    const char c = text[i];
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return std::nullopt;
    auto& half = i < 16 ? id.high : id.low;
    half = half << 4 | static_cast<std::uint64_t>(digit);
  }
  return id;
}

}  // namespace rireki
