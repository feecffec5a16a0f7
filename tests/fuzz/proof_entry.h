#pragma once

#include <string>
#include <string_view>

namespace rireki::fuzz {

// Any bytes as each of the public formats: a key, a note, a checkpoint, a leaf, a bundle of leaves, a tile's path, its hashes, a proof, a request. What is
// read is written and is the same bytes: nothing has two spellings. Returns whether any of them was read.
bool read_formats(std::string_view bytes);
// Any bytes as an audit bundle, under the key that signed the good ones. Returns whether it held; then it is of the size that was signed.
bool read_audit_bundle(std::string_view bytes);

// Small bundles that hold, of everything and of a part, with events disclosed and an older checkpoint, to begin from.
std::string good_audit_bundle();
std::string good_part_bundle();

}  // namespace rireki::fuzz
