#include <rapidcheck/gtest.h>

#include "api/text/encoding.h"
#include "api/text/fold.h"

namespace rireki::api {
namespace {

std::string cp932(const std::string& utf8) {
  const auto out = to_cp932(utf8);
  EXPECT_TRUE(out.substitutions.empty()) << utf8;
  return out.bytes;
}
std::string back(const std::string& bytes) { return to_utf8(bytes, Encoding::kCp932).value(); }

}  // namespace

// The table of what ICU, glibc and Windows disagree about.
TEST(Cp932, WritesTheCodesThatWindowsWritesForIbmExtensions) {
  EXPECT_EQ(cp932("髙"), "\xfb\xfc");
  EXPECT_EQ(cp932("﨑"), "\xfa\xb1");
  EXPECT_EQ(cp932("①㈱Ⅰ"), "\x87\x40\x87\x8a\x87\x54");
  EXPECT_EQ(cp932("～"), "\x81\x60");
}

TEST(Cp932, ReadsBothCodesOfACharacterThatHasTwo) {
  EXPECT_EQ(back("\xee\xe0"), "髙");
  EXPECT_EQ(back("\xfb\xfc"), "髙");
  EXPECT_EQ(back("\xed\x95"), "﨑");
  EXPECT_EQ(back("\xfa\xb1"), "﨑");
}

TEST(Cp932, KeepsBackslashAndTildeAsTheyAre) {
  EXPECT_EQ(cp932("\\~"), "\\~");
  EXPECT_EQ(back("\\~"), "\\~");
}

TEST(Cp932, WritesTheLookAlikeOfWhatTheTableRefusesAndSaysSo) {
  const std::vector<std::tuple<std::string, std::string, std::string>> table = {
      {"〜", "～", "\x81\x60"}, {"−", "－", "\x81\x7c"}, {"‖", "∥", "\x81\x61"}, {"—", "―", "\x81\x5c"}, {"¬", "￢", "\x81\xca"}, {"¥", "￥", "\x81\x8f"}};
  for (const auto& [given, written, bytes] : table) {
    const auto out = to_cp932(given);
    EXPECT_EQ(out.bytes, bytes) << given;
    EXPECT_EQ(out.substitutions, (std::vector<Substitution>{{given, written}})) << given;
    EXPECT_EQ(back(out.bytes), written) << given;
  }
}

TEST(Cp932, WritesAGetaForWhatItDoesNotHave) {
  for (const std::string character : {"鷗", "\U00020BB7"}) {
    const auto out = to_cp932("あ" + character + "い");
    EXPECT_EQ(back(out.bytes), "あ〓い");
    EXPECT_EQ(out.substitutions, (std::vector<Substitution>{{character, "〓"}}));
  }
}

TEST(Cp932, NeverDropsAVariationSelectorInSilence) {
  const auto out = to_cp932("葛󠄀城");
  EXPECT_EQ(back(out.bytes), "葛城");
  EXPECT_EQ(out.substitutions, (std::vector<Substitution>{{"葛󠄀", "葛"}}));
}

TEST(Cp932, DoesNotWritePrivateUseCharacters) {
  EXPECT_EQ(back(to_cp932("\xEE\x80\x80").bytes), "〓");  // U+E000 would be F040, another house's 外字
}

TEST(Cp932, DoesNotNormaliseNames) {
  for (const std::string name : {"\uFA19", "\uFA10", "\uF9DC", "\uFA31", "\uFA11"})  // NFC would change the first four
    EXPECT_EQ(to_utf8(name, Encoding::kUtf8).value(), name);
  EXPECT_EQ(back(cp932("\uFA19\uFA10\uF9DC\uFA11")), "\uFA19\uFA10\uF9DC\uFA11");
}

TEST(Decoding, SaysOnWhichLineTheBytesStopBeingText) {
  const auto sjis = to_utf8("abc\r\n\x82\xa0\r\n\x82", Encoding::kCp932);
  ASSERT_FALSE(sjis);
  EXPECT_EQ(sjis.error().line, 3u);
  const auto utf8 = to_utf8("あ\nい\xff\n", Encoding::kUtf8);
  ASSERT_FALSE(utf8);
  EXPECT_EQ(utf8.error().line, 2u);
}

TEST(Decoding, GuessesByBomThenByValidUtf8ThenCp932) {
  EXPECT_EQ(detect_encoding("\xEF\xBB\xBF" "abc"), Encoding::kUtf8);
  EXPECT_EQ(detect_encoding("所属"), Encoding::kUtf8);
  EXPECT_EQ(detect_encoding("abc"), Encoding::kCp932);
  EXPECT_EQ(detect_encoding(cp932("所属コード")), Encoding::kCp932);
  EXPECT_EQ(detect_encoding(std::string_view("\xFF\xFE" "a\0", 4)), Encoding::kUtf16LittleEndian);
  EXPECT_EQ(detect_encoding(std::string_view("\xFE\xFF\0a", 4)), Encoding::kUtf16BigEndian);
}

TEST(Decoding, ReadsUtf16OfBothOrders) {
  EXPECT_EQ(to_utf8(std::string("\xFF\xFE\x40\x62\x3D\xD8\x00\xDE", 8), Encoding::kUtf16LittleEndian).value(), "所😀");
  EXPECT_EQ(to_utf8(std::string("\xFE\xFF\x62\x40", 4), Encoding::kUtf16BigEndian).value(), "所");
  EXPECT_FALSE(to_utf8(std::string("\xFE\xFF\xD8\x00", 4), Encoding::kUtf16BigEndian));
}

TEST(Decoding, KeepsASurrogatePairThatFallsOnABufferBorder) {
  for (std::size_t before : {65'534u, 65'535u, 65'536u, 65'537u}) {
    std::string utf16 = "\xFF\xFE", utf8;
    for (std::size_t i = 0; i < before; ++i) utf16 += std::string("a\0", 2), utf8 += 'a';
    utf16 += std::string("\x3D\xD8\x00\xDE", 4);
    utf8 += "😀";
    EXPECT_EQ(to_utf8(utf16, Encoding::kUtf16LittleEndian).value(), utf8) << before;
  }
}

RC_GTEST_PROP(Cp932, WhateverIsWrittenReadsBackAsItWasWithItsSubstitutions, ()) {
  const auto characters = *rc::gen::container<std::vector<std::string>>(
      rc::gen::element<std::string>("a", "あ", "髙", "鷗", "〜", "葛󠄀", "\\", "①", "𠮷", "ｱ", "\uFA19", "¥", "\r\n", "é"));
  std::string text, expected;
  for (const auto& c : characters) text += c;
  const auto out = to_cp932(text);
  std::size_t next = 0;
  for (const auto& c : characters) {
    const bool replaced = next < out.substitutions.size() && out.substitutions[next].character == c;
    expected += replaced ? out.substitutions[next++].written : c;
  }
  RC_ASSERT(next == out.substitutions.size());
  RC_ASSERT(to_utf8(out.bytes, Encoding::kCp932).value() == expected);
}

RC_GTEST_PROP(Decoding, NeverFailsOtherwiseThanByAnErrorAndGivesValidUtf8, (const std::vector<std::uint8_t>& data)) {
  const std::string bytes(data.begin(), data.end());
  for (const auto encoding : {Encoding::kUtf8, Encoding::kCp932, Encoding::kUtf16LittleEndian, Encoding::kUtf16BigEndian})
    if (const auto text = to_utf8(bytes, encoding)) RC_ASSERT(is_valid_utf8(*text));
}

TEST(Folding, FoldsCodesAndReadingsButReportsWhatIsNoReading) {
  EXPECT_EQ(fold_width("　０１２Ａ "), "012A");
  EXPECT_EQ(fold_width("Ⅰ類"), "I類");
  EXPECT_EQ(fold_reading("ﾔﾏﾀﾞ"), "ヤマダ");
  EXPECT_EQ(fold_reading("やまだ"), "ヤマダ");
  EXPECT_EQ(fold_reading("サイトー　"), "サイトー");
  EXPECT_EQ(fold_reading("山田"), std::nullopt);
}

TEST(Folding, FindsPrivateUseCharacters) {
  EXPECT_EQ(private_use_in("山\xEE\x80\x81田"), "U+E001");
  EXPECT_EQ(private_use_in("葛󠄀城"), std::nullopt);
}

TEST(Folding, CountsTerminalColumns) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("所属"), 4u);
  EXPECT_EQ(display_width("葛󠄀"), 2u);
  EXPECT_EQ(display_width("ｱ"), 1u);
}

}  // namespace rireki::api
