// Signed notes (c2sp.org/signed-note), with Ed25519 and with Ed25519 cosignatures v1 (c2sp.org/tlog-cosignature).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proof/fault.h"

namespace rireki::proof {

inline constexpr std::size_t kNoteBytesMax = 64 * 1024;
inline constexpr std::size_t kNoteSignaturesMax = 100;
inline constexpr std::size_t kKeyNameBytesMax = 255;

enum class KeyKind : std::uint8_t { kEd25519 = 1, kCosignature = 4 };

// A public key and the name it goes by: "name+hex key id+base64(kind, key)".
struct Verifier {
  std::string name;
  std::uint32_t id = 0;
  KeyKind kind = KeyKind::kEd25519;
  std::array<std::uint8_t, 32> key{};
  bool operator==(const Verifier&) const = default;
};
std::string to_text(const Verifier& key);
Checked<Verifier> parse_verifier(std::string_view text);
// One to a line; empty lines and lines that begin with # are passed over.
Checked<std::vector<Verifier>> parse_verifiers(std::string_view text);

// The private half. Wipes itself.
class SigningKey {
 public:
  static SigningKey random(std::string name, KeyKind kind);
  // "PRIVATE+KEY+name+hex key id+base64(kind, seed)", as golang.org/x/mod/sumdb/note writes it.
  static Checked<SigningKey> parse(std::string_view text);
  std::string to_text() const;
  SigningKey(const SigningKey&) = default;
  SigningKey& operator=(const SigningKey&) = default;
  ~SigningKey();

  const Verifier& verifier() const { return verifier_; }
  // A signature line over `text`, which ends with LF. `time`, in seconds since 1970, is what a cosignature states; no other kind has one.
  std::string signature_line(std::string_view text, std::int64_t time = 0) const;

 private:
  SigningKey(std::string name, KeyKind kind, const std::array<std::uint8_t, 32>& seed);
  Verifier verifier_;
  std::array<std::uint8_t, 32> seed_{};
};

// Not empty, no space, no plus.
bool is_key_name(std::string_view name);

struct NoteSignature {
  std::string name;
  std::uint32_t id = 0;
  std::string bytes;  // behind the key id
  std::string line;   // as it stood, with its LF
};
struct Note {
  std::string text;  // with its last LF
  std::vector<NoteSignature> signatures;
  std::string whole() const;
};
// Refuses whatever another reader could read in another way: control characters, what is no UTF-8, base64 that is not canonical.
Checked<Note> parse_note(std::string_view bytes);

struct VerifiedSignature {
  Verifier key;
  std::optional<std::int64_t> time;  // of a cosignature: seconds since 1970
};
std::optional<std::int64_t> cosignature_time(const NoteSignature& signature);  // what it states if it is a cosignature; none: it is too short for one
// Who of `keys` signed. A wrong signature of a key that is known refuses the whole note; those of unknown keys are passed over. Empty: nobody.
Checked<std::vector<VerifiedSignature>> verify(const Note& note, const std::vector<Verifier>& keys);

}  // namespace rireki::proof
