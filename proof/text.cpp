#include "proof/text.h"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

namespace rireki::proof {

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  return number;
}

// By hand, into what is there already: every event's leaf has two of them.
void append_base64(std::string& into, std::string_view bytes) {
  constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t before = into.size(), whole = bytes.size() / 3 * 3;
  into.resize(before + (bytes.size() + 2) / 3 * 4, '=');
  const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
  char* to = into.data() + before;
  for (const auto* const end = from + whole; from != end; from += 3, to += 4) {
    to[0] = kLetters[from[0] >> 2];
    to[1] = kLetters[(from[0] & 3) << 4 | from[1] >> 4];
    to[2] = kLetters[(from[1] & 15) << 2 | from[2] >> 6];
    to[3] = kLetters[from[2] & 63];
  }
  if (whole == bytes.size()) return;
  const unsigned second = bytes.size() - whole == 2 ? from[1] : 0;
  to[0] = kLetters[from[0] >> 2];
  to[1] = kLetters[(from[0] & 3) << 4 | second >> 4];
  if (bytes.size() - whole == 2) to[2] = kLetters[(second & 15) << 2];
}

std::string base64(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0 || text.size() > (1u << 30)) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  if (EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size())) < 0) return std::nullopt;
  bytes.resize(bytes.size() - static_cast<std::size_t>(std::count(text.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(2, text.size())), text.end(), '=')));
  // OpenSSL lets white space and stray bits through: what is written again must be what was read.
  return base64(bytes) == text ? std::optional(std::move(bytes)) : std::nullopt;
}

std::optional<Digest> digest_of(std::string_view bytes) {
  Digest digest;
  if (bytes.size() != digest.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(digest.data()));
  return digest;
}

std::optional<Digest> digest_of_base64(std::string_view text) {
  const auto bytes = from_base64(text);
  return bytes ? digest_of(*bytes) : std::nullopt;
}

std::optional<std::string_view> take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  if (end == rest.npos) return std::nullopt;
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

}  // namespace rireki::proof
