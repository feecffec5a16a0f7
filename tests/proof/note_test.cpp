// Signed notes and checkpoints, against the vectors published with golang.org/x/mod/sumdb/note.
#include "proof/note.h"

#include <gtest/gtest.h>

#include "proof/checkpoint.h"

namespace rireki::proof {
namespace {

const std::string kPeter = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const std::string kPeterPrivate = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const std::string kEnoch = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const std::string kText = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const std::string kPeterLine = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const std::string kEnochLine = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

std::vector<Verifier> keys(std::initializer_list<std::string> texts) {
  std::vector<Verifier> all;
  for (const auto& text : texts) all.push_back(parse_verifier(text).value());
  return all;
}
Note note_of(const std::string& signatures) { return parse_note(kText + "\n" + signatures).value(); }

TEST(NoteKey, IsReadInOneSpellingOnly) {
  EXPECT_EQ(to_text(parse_verifier(kPeter).value()), kPeter);
  EXPECT_EQ(SigningKey::parse(kPeterPrivate).value().to_text(), kPeterPrivate);
  EXPECT_EQ(SigningKey::parse(kPeterPrivate).value().verifier(), parse_verifier(kPeter).value());
  for (std::size_t from = 0; from <= kPeter.size(); ++from)
    for (std::size_t to = from; to <= kPeter.size(); ++to)
      if (from != 0 || to != kPeter.size()) ASSERT_FALSE(parse_verifier(kPeter.substr(from, to - from)));
  for (std::size_t i = 0; i < kPeter.size(); ++i) {
    auto mangled = kPeter;
    ++mangled[i];
    EXPECT_FALSE(parse_verifier(mangled)) << mangled;
  }
  for (std::size_t i = 0; i < kPeterPrivate.size(); ++i) {
    auto mangled = kPeterPrivate;
    ++mangled[i];
    EXPECT_FALSE(SigningKey::parse(mangled)) << i;
  }
  EXPECT_FALSE(parse_verifier("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==")) << "too long, with the id that would fit";
  EXPECT_FALSE(parse_verifier("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")) << "another algorithm";
  EXPECT_FALSE(parse_verifier("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")) << "hex in capitals";
}

TEST(NoteKey, OfANewPairFitsItsOther) {
  for (const auto kind : {KeyKind::kEd25519, KeyKind::kCosignature}) {
    const auto key = SigningKey::random("監査.example/w", kind);
    EXPECT_EQ(parse_verifier(to_text(key.verifier())).value(), key.verifier());
    EXPECT_EQ(SigningKey::parse(key.to_text()).value().verifier(), key.verifier());
  }
  EXPECT_FALSE(is_key_name(""));
  EXPECT_FALSE(is_key_name("a b"));
  EXPECT_FALSE(is_key_name("a+b"));
  EXPECT_FALSE(is_key_name("a\xE3\x80\x80" "b")) << "U+3000 is a space";
}

TEST(Note, IsSignedAsPublished) { EXPECT_EQ(SigningKey::parse(kPeterPrivate).value().signature_line(kText), kPeterLine); }

TEST(Note, TellsWhoSigned) {
  EXPECT_EQ(verify(note_of(kPeterLine + kEnochLine), keys({kPeter})).value().size(), 1u);
  const auto both = verify(note_of(kPeterLine + kEnochLine), keys({kPeter, kEnoch})).value();
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0].key.name, "PeterNeumann");
  EXPECT_EQ(both[1].key.name, "EnochRoot");
  EXPECT_EQ(verify(note_of(kPeterLine), keys({kEnoch})).value().size(), 0u);
  EXPECT_EQ(verify(note_of(kPeterLine + kPeterLine), keys({kPeter})).value().size(), 1u);
  EXPECT_EQ(note_of(kPeterLine + kEnochLine).whole(), kText + "\n" + kPeterLine + kEnochLine);
}

TEST(Note, WithAWrongSignatureOfAKnownKeyIsRefusedEvenBesideAGoodOne) {
  auto altered = kEnochLine;
  altered[40] = altered[40] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(verify(note_of(kPeterLine + altered), keys({kPeter, kEnoch})));
  EXPECT_EQ(verify(note_of(kPeterLine + altered), keys({kPeter})).value().size(), 1u) << "of an unknown key it is passed over";
  EXPECT_FALSE(verify(parse_note("X" + kText + "\n" + kPeterLine).value(), keys({kPeter})));
}

TEST(Note, ThatCouldBeReadInTwoWaysIsRefused) {
  std::string crs = kText + "\n" + kPeterLine;
  crs.insert(crs.find('\n'), "\r");
  std::string many;
  for (int i = 0; i < 101; ++i) many += kPeterLine;
  for (const std::string& bytes : {kText, kText + "\n", kText + "\n" + kPeterLine.substr(0, kPeterLine.size() - 1), "\x01" + kText + "\n" + kPeterLine, "\xff" + kText + "\n" + kPeterLine, crs,
                                   "\xC0\x80" + kText + "\n" + kPeterLine, "\xED\xA0\x80" + kText + "\n" + kPeterLine,
                                   kText + "\n— Bad Name x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n", kText + "\n" + kPeterLine + "Unexpected line.\n",
                                   kText + "\n" + many, kText + "\n— PeterNeumann x08gow==\n", kText + "\n— PeterNeumann x08go/ZJkuBS9UG=\n", std::string(), std::string(70'000, 'x') + "\n\n" + kPeterLine})
    EXPECT_FALSE(parse_note(bytes)) << bytes.substr(0, 80);
  EXPECT_NE(parse_note(crs).error().en.find("CR"), std::string::npos);
}

TEST(Checkpoint, IsWhatTheLogSigned) {
  const auto key = SigningKey::random("ward.example/rireki/log/1", KeyKind::kEd25519), other = SigningKey::random("city.example/rireki/log/1", KeyKind::kEd25519);
  const Checkpoint checkpoint{.origin = key.verifier().name, .size = 42, .root = sha256({"root"})};
  const std::string text = to_text(checkpoint), note = text + "\n" + key.signature_line(text);
  const auto opened = open_checkpoint(note, {key.verifier()});
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->checkpoint, checkpoint);
  EXPECT_FALSE(opened->signed_by(KeyKind::kCosignature));

  EXPECT_NE(open_checkpoint(note, {other.verifier()}).error().en.find("another log"), std::string::npos);
  const auto later = SigningKey::random(key.verifier().name, KeyKind::kEd25519);
  EXPECT_NE(open_checkpoint(note, {later.verifier()}).error().en.find("key's id"), std::string::npos);
  EXPECT_FALSE(open_checkpoint(text + "\n" + other.signature_line(text), {key.verifier(), other.verifier()})) << "the key of one log does not sign for another";
  std::string larger = note;
  larger.replace(larger.find("\n42\n"), 4, "\n43\n");
  EXPECT_NE(open_checkpoint(larger, {key.verifier()}).error().en.find("altered"), std::string::npos);
}

TEST(Checkpoint, OfNoEventsHasTheRootOfNothing) {
  EXPECT_TRUE(parse_checkpoint_text(to_text(Checkpoint{.origin = "ward.example/rireki/log/1", .size = 0, .root = empty_root()})));
  EXPECT_FALSE(parse_checkpoint_text(to_text(Checkpoint{.origin = "ward.example/rireki/log/1", .size = 0, .root = sha256({"x"})})));
}

TEST(Checkpoint, OfAFormerEpochIsOfTheSameLog) {
  EXPECT_TRUE(is_former_epoch("ward.example/rireki/log/1", "ward.example/rireki/log/2"));
  EXPECT_FALSE(is_former_epoch("ward.example/rireki/log/2", "ward.example/rireki/log/1"));
  EXPECT_FALSE(is_former_epoch("ward.example/rireki/log/1", "ward.example/rireki/log/1"));
  EXPECT_FALSE(is_former_epoch("city.example/rireki/log/1", "ward.example/rireki/log/2"));
  EXPECT_FALSE(is_former_epoch("ward.example", "ward.example/rireki/log/2"));
}

TEST(Checkpoint, TextHasOneSpelling) {
  const std::string root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  EXPECT_EQ(to_text(parse_checkpoint_text("a\n1\n" + root).value()), "a\n1\n" + root);
  EXPECT_TRUE(parse_checkpoint_text("a\n20852163\n" + root + "extension\n"));
  for (const std::string& text : {std::string(), std::string("a\n"), std::string("a\n1\n"), "\n1\n" + root, "a\n01\n" + root, "a\n-1\n" + root, "a\n+1\n" + root, "a\n1 \n" + root, "a\n18446744073709551616\n" + root,
                                  "a\n1\n" + root + "\n", "a\n1\n" + root + "x", std::string("a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n"), std::string("a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n")})
    EXPECT_FALSE(parse_checkpoint_text(text)) << text;
}

TEST(Cosignature, StatesWhenAndIsBoundToIt) {
  const auto log = SigningKey::random("ward.example/rireki/log/1", KeyKind::kEd25519), witness = SigningKey::random("audit.example/w1", KeyKind::kCosignature);
  const std::string text = to_text(Checkpoint{.origin = log.verifier().name, .size = 1, .root = sha256({"root"})});
  const auto line = witness.signature_line(text, 1'679'315'147);
  const auto opened = open_checkpoint(text + "\n" + log.signature_line(text) + line, {log.verifier(), witness.verifier()});
  ASSERT_TRUE(opened);
  ASSERT_EQ(opened->signatures.size(), 2u);
  EXPECT_EQ(opened->signatures[1].time, 1'679'315'147);
  EXPECT_TRUE(opened->signed_by(KeyKind::kCosignature));
  EXPECT_FALSE(open_checkpoint(text + "\n" + line, {log.verifier(), witness.verifier()})) << "a witness does not stand for the log";
  auto note = parse_note(text + "\n" + line).value();
  note.signatures[0].bytes[7] ^= 1;  // another second
  EXPECT_FALSE(verify(note, {witness.verifier()}));
}

TEST(InclusionProof, StandsByItself) {
  const auto key = SigningKey::random("ward.example/rireki/log/1", KeyKind::kEd25519);
  const Digest a = leaf_hash("a"), b = leaf_hash("b");
  const std::string text = to_text(Checkpoint{.origin = key.verifier().name, .size = 2, .root = node_hash(a, b)});
  const InclusionProof proof{.index = 1, .hashes = {a}, .note = text + "\n" + key.signature_line(text)};
  const auto written = to_text(proof);
  EXPECT_TRUE(written.starts_with("c2sp.org/tlog-proof@v1\nindex 1\n"));
  const auto read = parse_inclusion_proof(written);
  ASSERT_TRUE(read);
  EXPECT_EQ(to_text(*read), written);
  EXPECT_TRUE(check_inclusion(*read, "b", {key.verifier()}));
  EXPECT_FALSE(check_inclusion(*read, "c", {key.verifier()}));
  EXPECT_TRUE(parse_inclusion_proof("c2sp.org/tlog-proof@v1\nextra eA==\n" + written.substr(written.find("index"))));
  for (std::size_t cut = 0; cut < written.size(); ++cut) {
    const auto part = parse_inclusion_proof(written.substr(0, cut));
    EXPECT_FALSE(part && check_inclusion(*part, "b", {key.verifier()})) << cut;
  }
}

TEST(ExtensionRequest, IsReadAsWritten) {
  const ExtensionRequest request{.old = 7, .proof = {sha256({"1"}), sha256({"2"})}, .checkpoint = "a\n9\nroot\n"};
  const auto written = to_text(request);
  EXPECT_EQ(to_text(parse_extension_request(written).value()), written);
  for (const char* text : {"", "old 7", "old 7\n", "old 07\n\nx", "old -7\n\nx", "new 7\n\nx", "old 7\nxx\n\nx"}) EXPECT_FALSE(parse_extension_request(text)) << text;
  std::string many = "old 7\n";
  for (int i = 0; i < 64; ++i) many += hash_lines({sha256({})});
  EXPECT_FALSE(parse_extension_request(many + "\nx"));
}

}  // namespace
}  // namespace rireki::proof
