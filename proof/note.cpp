#include "proof/note.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "proof/hash.h"
#include "proof/text.h"

namespace rireki::proof {
namespace {

constexpr std::string_view kDash = "\xE2\x80\x94 ";  // U+2014 and a space
constexpr std::string_view kPrivate = "PRIVATE+KEY+";
constexpr std::size_t kSignatureBytes = 64;

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

std::uint32_t key_id(std::string_view name, KeyKind kind, std::string_view key) {
  const char byte = static_cast<char>(kind);
  const auto digest = sha256({name, "\n", {&byte, 1}, key});
  return static_cast<std::uint32_t>(digest[0]) << 24 | static_cast<std::uint32_t>(digest[1]) << 16 | static_cast<std::uint32_t>(digest[2]) << 8 | digest[3];
}

std::string big_endian(std::uint64_t number, int bytes) {
  std::string text;
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) text += static_cast<char>(number >> shift);
  return text;
}
std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

std::string_view view_of(const std::array<std::uint8_t, 32>& key) { return {reinterpret_cast<const char*>(key.data()), key.size()}; }

// The code points of UTF-8, strictly: no overlong form, no surrogate. None: not UTF-8.
std::optional<std::vector<char32_t>> code_points(std::string_view text) {
  std::vector<char32_t> points;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    if (length == 0 || text.size() - i < length) return std::nullopt;
    char32_t point = length == 1 ? lead : lead & (0x7f >> length);
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if (next >> 6 != 2) return std::nullopt;
      point = point << 6 | (next & 0x3f);
    }
    constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kLeast[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return std::nullopt;
    points.push_back(point);
    i += length;
  }
  return points;
}

bool is_space(char32_t point) {  // Unicode's White_Space
  return (point >= 9 && point <= 13) || point == 0x20 || point == 0x85 || point == 0xa0 || point == 0x1680 || (point >= 0x2000 && point <= 0x200a) || point == 0x2028 ||
         point == 0x2029 || point == 0x202f || point == 0x205f || point == 0x3000;
}

std::string message_of(KeyKind kind, std::string_view text, std::int64_t time) {
  if (kind == KeyKind::kEd25519) return std::string(text);
  return "cosignature/v1\ntime " + std::to_string(time) + "\n" + std::string(text);
}

std::optional<std::string> ed25519_sign(const std::array<std::uint8_t, 32>& seed, std::string_view message) {
  const std::unique_ptr<EVP_PKEY, FreeKey> key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  const std::unique_ptr<EVP_MD_CTX, FreeKey> context(EVP_MD_CTX_new());
  std::string signature(kSignatureBytes, '\0');
  std::size_t length = signature.size();
  if (!key || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length, reinterpret_cast<const unsigned char*>(message.data()), message.size()) != 1)
    return std::nullopt;
  return signature;
}

bool ed25519_verify(const std::array<std::uint8_t, 32>& public_key, std::string_view message, std::string_view signature) {
  const std::unique_ptr<EVP_PKEY, FreeKey> key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, public_key.data(), public_key.size()));
  const std::unique_ptr<EVP_MD_CTX, FreeKey> context(EVP_MD_CTX_new());
  return key && signature.size() == kSignatureBytes && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(), reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
}

struct KeyText {
  std::string name;
  std::uint32_t id = 0;
  KeyKind kind{};
  std::array<std::uint8_t, 32> bytes{};
};

// "name+hex+base64(kind, 32 bytes)": of a public key the key, of a private one its seed.
Checked<KeyText> parse_key(std::string_view text) {
  const Fault fault{"鍵の書き方が正しくありません。名前+16進8桁+base64 の形です。", "Not a key: it is written name+eight hex digits+base64."};
  const auto first = text.find('+'), second = first == text.npos ? text.npos : text.find('+', first + 1);
  if (second == text.npos || !is_key_name(text.substr(0, first))) return fault;
  const auto digits = text.substr(first + 1, second - first - 1);
  const auto bytes = from_base64(text.substr(second + 1));
  if (digits.size() != 8 || digits.find_first_not_of("0123456789abcdef") != digits.npos || !bytes || bytes->size() != 33) return fault;
  KeyText key{.name = std::string(text.substr(0, first))};
  key.id = static_cast<std::uint32_t>(std::stoul(std::string(digits), nullptr, 16));
  if ((*bytes)[0] != static_cast<char>(KeyKind::kEd25519) && (*bytes)[0] != static_cast<char>(KeyKind::kCosignature))
    return Fault{"この種類の鍵は扱えません。Ed25519（種類1と4）の鍵を指定してください。", "A key of a kind that is not known here: Ed25519 of kinds 1 and 4 are."};
  key.kind = static_cast<KeyKind>((*bytes)[0]);
  std::copy(bytes->begin() + 1, bytes->end(), reinterpret_cast<char*>(key.bytes.data()));
  return key;
}

const Fault kWrongId{"鍵の番号が鍵と合いません。書き写しを確かめてください。", "The key's id does not belong to the key: check how it was copied."};

}  // namespace

bool is_key_name(std::string_view name) {
  if (name.empty() || name.size() > kKeyNameBytesMax || name.find('+') != name.npos) return false;
  const auto points = code_points(name);
  return points && std::none_of(points->begin(), points->end(), [](char32_t point) { return is_space(point) || point < 0x20; });
}

std::string to_text(const Verifier& key) {
  return key.name + "+" + hex(big_endian(key.id, 4)) + "+" + base64(std::string(1, static_cast<char>(key.kind)) + std::string(view_of(key.key)));
}

Checked<Verifier> parse_verifier(std::string_view text) {
  auto key = parse_key(text);
  if (!key) return key.error();
  if (key->id != key_id(key->name, key->kind, view_of(key->bytes))) return kWrongId;
  return Verifier{.name = std::move(key->name), .id = key->id, .kind = key->kind, .key = key->bytes};
}

Checked<std::vector<Verifier>> parse_verifiers(std::string_view text) {
  std::vector<Verifier> keys;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    auto key = parse_verifier(line);
    if (!key) return key.error();
    keys.push_back(std::move(*key));
  }
  if (keys.empty()) return Fault{"公開鍵がありません。", "There is no public key."};
  return keys;
}

SigningKey::SigningKey(std::string name, KeyKind kind, const std::array<std::uint8_t, 32>& seed) : seed_(seed) {
  verifier_ = {.name = std::move(name), .id = 0, .kind = kind, .key = {}};
  const std::unique_ptr<EVP_PKEY, FreeKey> key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed_.data(), seed_.size()));
  std::size_t length = verifier_.key.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), verifier_.key.data(), &length) != 1) throw std::runtime_error("OpenSSL: Ed25519 failed");
  verifier_.id = key_id(verifier_.name, kind, view_of(verifier_.key));
}
SigningKey::~SigningKey() { OPENSSL_cleanse(seed_.data(), seed_.size()); }

SigningKey SigningKey::random(std::string name, KeyKind kind) {
  std::array<std::uint8_t, 32> seed{};
  if (RAND_bytes(seed.data(), static_cast<int>(seed.size())) != 1) throw std::runtime_error("the system gives no random bytes");
  return {std::move(name), kind, seed};
}

Checked<SigningKey> SigningKey::parse(std::string_view text) {
  if (!text.starts_with(kPrivate)) return Fault{"秘密鍵ではありません。", "Not a private key."};
  auto key = parse_key(text.substr(kPrivate.size()));
  if (!key) return key.error();
  SigningKey made(std::move(key->name), key->kind, key->bytes);
  if (made.verifier_.id != key->id) return kWrongId;
  return made;
}

std::string SigningKey::to_text() const {
  return std::string(kPrivate) + verifier_.name + "+" + hex(big_endian(verifier_.id, 4)) + "+" + base64(std::string(1, static_cast<char>(verifier_.kind)) + std::string(view_of(seed_)));
}

std::string SigningKey::signature_line(std::string_view text, std::int64_t time) const {
  const auto signature = ed25519_sign(seed_, message_of(verifier_.kind, text, time));
  if (!signature) throw std::runtime_error("OpenSSL: Ed25519 failed");
  std::string bytes = big_endian(verifier_.id, 4);
  if (verifier_.kind == KeyKind::kCosignature) bytes += big_endian(static_cast<std::uint64_t>(time), 8);
  return std::string(kDash) + verifier_.name + " " + base64(bytes + *signature) + "\n";
}

std::string Note::whole() const {
  std::string all = text + "\n";
  for (const auto& signature : signatures) all += signature.line;
  return all;
}

Checked<Note> parse_note(std::string_view bytes) {
  if (bytes.size() > kNoteBytesMax) return Fault{"署名付きの記録が大きすぎます（64KiBまで）。", "A note of more than 64 KiB."};
  if (std::any_of(bytes.begin(), bytes.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; }))
    return Fault{"署名付きの記録に制御文字（CRなど）があります。改行がLFだけのまま渡されたか確かめてください。", "A note with a control character such as CR: check that its lines still end with LF alone."};
  if (!code_points(bytes)) return Fault{"署名付きの記録がUTF-8ではありません。", "A note that is not UTF-8."};
  const auto split = bytes.rfind("\n\n");
  if (split == bytes.npos) return Fault{"署名付きの記録ではありません（本文と署名を分ける空行がありません）。", "Not a signed note: the empty line before the signatures is missing."};
  Note note{.text = std::string(bytes.substr(0, split + 1)), .signatures = {}};
  auto rest = bytes.substr(split + 2);
  const Fault malformed{"署名の行の形が正しくありません。", "A signature line that is not of the form of one."};
  if (rest.empty()) return Fault{"署名がありません。", "A note without a signature."};
  while (!rest.empty()) {
    const auto line = take_line(rest);
    if (!line) return Fault{"署名の行が途中で切れています。", "A signature line that is cut off."};
    if (!line->starts_with(kDash)) return malformed;
    const auto words = line->substr(kDash.size());
    const auto space = words.find(' ');
    if (space == words.npos || !is_key_name(words.substr(0, space))) return malformed;
    const auto signature = from_base64(words.substr(space + 1));
    if (!signature || signature->size() < 5) return malformed;
    if (note.signatures.size() == kNoteSignaturesMax) return Fault{"署名が100を超えています。", "A note with more than 100 signatures."};
    note.signatures.push_back({.name = std::string(words.substr(0, space)), .id = static_cast<std::uint32_t>(big_endian(std::string_view(*signature).substr(0, 4))), .bytes = signature->substr(4), .line = std::string(*line) + "\n"});
  }
  return note;
}

std::optional<std::int64_t> cosignature_time(const NoteSignature& signature) {
  return signature.bytes.size() > 8 ? std::optional(static_cast<std::int64_t>(big_endian(std::string_view(signature.bytes).substr(0, 8)))) : std::nullopt;
}

Checked<std::vector<VerifiedSignature>> verify(const Note& note, const std::vector<Verifier>& keys) {
  std::vector<VerifiedSignature> verified;
  for (const auto& signature : note.signatures) {
    const auto key = std::find_if(keys.begin(), keys.end(), [&](const Verifier& one) { return one.name == signature.name && one.id == signature.id; });
    if (key == keys.end()) continue;
    if (std::any_of(verified.begin(), verified.end(), [&](const VerifiedSignature& one) { return one.key == *key; })) continue;
    std::string_view bytes = signature.bytes;
    std::optional<std::int64_t> time;
    if (key->kind == KeyKind::kCosignature && bytes.size() > 8) {
      time = static_cast<std::int64_t>(big_endian(bytes.substr(0, 8)));
      bytes.remove_prefix(8);
    }
    const bool has_its_time = (key->kind == KeyKind::kCosignature) == time.has_value() && time.value_or(0) >= 0;
    if (!has_its_time || !ed25519_verify(key->key, message_of(key->kind, note.text, time.value_or(0)), bytes))
      return Fault{"「" + key->name + "」の署名が正しくありません。記録が書き換えられたか、途中で壊れています。", "The signature of " + key->name + " is wrong: the note was altered or damaged."};
    verified.push_back({.key = *key, .time = time});
  }
  return verified;
}

}  // namespace rireki::proof
