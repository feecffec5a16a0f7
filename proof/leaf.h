// The leaf of one event, and bundles of leaves (c2sp.org/tlog-tiles). A leaf names nobody: it holds where the event stands, when, of which coarse
// class, and the digests of its stored bytes. security.md 1.2 has the reasons.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proof/fault.h"
#include "proof/hash.h"

namespace rireki::proof {

inline constexpr std::string_view kClasses[] = {"domain", "access", "security", "key", "admin"};  // in the order of EventClass

struct Leaf {
  std::uint64_t position = 0;        // 1, 2, 3, …: one more than its index in the tree
  std::int64_t time = 0;             // microseconds since 1970-01-01 UTC
  std::uint8_t event_class = 0;      // index in kClasses
  Digest metadata{};                 // of the stored metadata bytes
  std::optional<Digest> body;        // of the stored body bytes; none: there are none
  bool operator==(const Leaf&) const = default;
};

inline constexpr std::size_t kLeafBytesMax = 256;
std::string to_text(const Leaf& leaf);
Checked<Leaf> parse_leaf(std::string_view text);  // what to_text() writes, nothing else
Digest leaf_hash(const Leaf& leaf);               // of that text

// An entry bundle: each leaf behind its length, 2 bytes, big endian. 1 to 256 of them.
std::string bundle_of(const std::vector<Leaf>& leaves);
Checked<std::vector<Leaf>> parse_bundle(std::string_view bytes);

}  // namespace rireki::proof
