// SHA-256, and the hashes of an RFC 6962 tree: a leaf is hashed behind 0x00, two nodes behind 0x01, so that neither can stand for the other.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace rireki {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(std::initializer_list<std::string_view> parts);
std::string_view view(const Digest& digest);
std::string hex(std::string_view bytes);  // lower case

namespace proof {

Digest leaf_hash(std::string_view entry);
Digest node_hash(const Digest& left, const Digest& right);
const Digest& empty_root();  // of the tree without leaves: SHA-256 of nothing

}  // namespace proof
}  // namespace rireki
