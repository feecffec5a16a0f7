#include "proof/leaf.h"

#include <algorithm>
#include <charconv>

#include "proof/text.h"
#include "proof/tree.h"

namespace rireki::proof {
namespace {

constexpr std::string_view kFirstLine = "rireki-leaf/v1";

void append_number(std::string& into, std::uint64_t number) {
  char digits[20];
  into.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_text(std::string& text, const Leaf& leaf) {
  text.append(kFirstLine).append("\nseq ");
  append_number(text, leaf.position);
  text.append("\ntime ");
  append_number(text, static_cast<std::uint64_t>(leaf.time));
  text.append("\nclass ").append(kClasses[leaf.event_class]).append("\nmeta ");
  append_base64(text, view(leaf.metadata));
  text.append("\nbody ");
  if (leaf.body) append_base64(text, view(*leaf.body));
  else text += '-';
  text += '\n';
}

}  // namespace

std::string to_text(const Leaf& leaf) {
  std::string text;
  text.reserve(kLeafBytesMax);
  append_text(text, leaf);
  return text;
}

Digest leaf_hash(const Leaf& leaf) {
  thread_local std::string bytes;  // of the last one: every event has a leaf
  bytes.assign(1, '\0');
  append_text(bytes, leaf);
  return sha256({bytes});
}

Checked<Leaf> parse_leaf(std::string_view text) {
  const Fault fault{"葉の記録の形が正しくありません。", "Not a leaf record of this form."};
  if (text.size() > kLeafBytesMax) return fault;
  Leaf leaf;
  std::string_view rest = text;
  const auto member = [&](std::string_view name) -> std::optional<std::string_view> {
    const auto line = take_line(rest);
    if (!line || !line->starts_with(name)) return std::nullopt;
    return line->substr(name.size());
  };
  const auto first = take_line(rest);
  if (!first || *first != kFirstLine) return fault;
  const auto seq = member("seq "), time = member("time "), kind = member("class "), metadata = member("meta "), body = member("body ");
  if (!seq || !time || !kind || !metadata || !body || !rest.empty()) return fault;
  const auto position = parse_number(*seq), micros = parse_number(*time);
  const auto* const known = std::find(std::begin(kClasses), std::end(kClasses), *kind);
  const auto of_metadata = digest_of_base64(*metadata);
  if (!position || *position == 0 || !micros || *micros > INT64_MAX || known == std::end(kClasses) || !of_metadata) return fault;
  leaf.position = *position;
  leaf.time = static_cast<std::int64_t>(*micros);
  leaf.event_class = static_cast<std::uint8_t>(known - std::begin(kClasses));
  leaf.metadata = *of_metadata;
  if (*body != "-") {
    leaf.body = digest_of_base64(*body);
    if (!leaf.body) return fault;
  }
  return leaf;
}

std::string bundle_of(const std::vector<Leaf>& leaves) {
  std::string bytes;
  for (const auto& leaf : leaves) {
    const auto text = to_text(leaf);
    bytes += static_cast<char>(text.size() >> 8);
    bytes += static_cast<char>(text.size());
    bytes += text;
  }
  return bytes;
}

Checked<std::vector<Leaf>> parse_bundle(std::string_view bytes) {
  const Fault cut{"葉の束が途中で切れています。", "A bundle of leaves that is cut off."};
  std::vector<Leaf> leaves;
  while (!bytes.empty()) {
    if (bytes.size() < 2) return cut;
    const std::size_t length = static_cast<std::size_t>(static_cast<unsigned char>(bytes[0])) << 8 | static_cast<unsigned char>(bytes[1]);
    if (bytes.size() - 2 < length) return cut;
    auto leaf = parse_leaf(bytes.substr(2, length));
    if (!leaf) return leaf.error();
    leaves.push_back(*leaf);
    if (leaves.size() > kTileWidth) return Fault{"葉の束に256を超える葉があります。", "A bundle with more than 256 leaves."};
    bytes.remove_prefix(2 + length);
  }
  if (leaves.empty()) return Fault{"葉の束が空です。", "An empty bundle of leaves."};
  return leaves;
}

}  // namespace rireki::proof
