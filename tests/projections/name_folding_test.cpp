#include "projections/name_folding.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

using namespace rireki;

TEST(NameFolding, TakesHiraganaKatakanaAndHalfWidthKanaAsOne) {
  EXPECT_EQ(fold_name("タナカ"), "たなか");
  EXPECT_EQ(fold_name("ﾀﾅｶ"), "たなか");
  EXPECT_EQ(fold_name("たなか"), "たなか");
  EXPECT_EQ(fold_name("ｶﾞｷﾞｸﾞﾊﾟﾋﾟ"), "がぎぐぱぴ");
  EXPECT_EQ(fold_name("か\u3099"), "が") << "a mark of its own, as decomposed text has it";
  EXPECT_EQ(fold_name("ヴ"), "ゔ");
}

TEST(NameFolding, TakesVariantsOfACharacterAsOne) {
  EXPECT_EQ(fold_name("髙橋"), fold_name("高橋"));
  EXPECT_EQ(fold_name("山\uFA11"), fold_name("山崎"));
  EXPECT_EQ(fold_name("渡邊"), fold_name("渡辺"));
  EXPECT_EQ(fold_name("渡邉"), fold_name("渡辺"));
  EXPECT_EQ(fold_name("齋藤"), fold_name("斉藤"));
  EXPECT_EQ(fold_name("齊藤"), fold_name("斎藤"));
  EXPECT_EQ(fold_name("𠮷田"), fold_name("吉田"));
  EXPECT_EQ(fold_name("\uFA19谷"), fold_name("神谷"));
  EXPECT_EQ(fold_name("葛\U000E0100飾"), fold_name("葛飾")) << "variation selectors are dropped";
  EXPECT_NE(fold_name("太郎"), fold_name("太朗")) << "two names, not two ways to write one";
}

TEST(NameFolding, DropsSpacesAndNarrowsLettersAndDigits) {
  EXPECT_EQ(fold_name("田中　太郎"), "田中太郎");
  EXPECT_EQ(fold_name("Ｔａｎａｋａ ０１"), "tanaka01");
}

TEST(NameFolding, FindsNearSoundsByTheLooseKey) {
  EXPECT_EQ(loosen(fold_name("サイトー")), loosen(fold_name("さいと")));
  EXPECT_EQ(loosen(fold_name("やまさき")), loosen(fold_name("ヤマザキ")));
  EXPECT_EQ(loosen(fold_name("しょうじ")), loosen(fold_name("しようし")));
}

TEST(NameFolding, SortsByTheReading) {
  const std::vector<std::pair<std::string, std::string>> in_order = {
      {"アオキ", "ハナ"}, {"イトウ", "アイ"}, {"イトウ", "イチロウ"}, {"カトウ", "ケン"}, {"ガトウ", "ケン"}, {"サトウ", "アキ"}, {"ショウジ", "ミキ"}, {"シヨウジ", "ミキ"},
      {"スズキ", "アキ"}, {"タカ", "ユウ"}, {"タカハシ", "アキ"}, {"ハラ", "リョウ"}, {"バラ", "リョウ"}, {"ワタナベ", "ユイ"}};
  std::vector<std::string> keys;
  for (const auto& [family, given] : in_order) keys.push_back(reading_key(family, given));
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end())) << "voiced and small kana count only where the plain ones are alike";
  EXPECT_EQ(reading_key("さとう", "あき"), reading_key("ｻﾄｳ", "アキ"));
}

TEST(NameFolding, HeadsAListWithTheFifthSounds) {
  EXPECT_EQ(kana_heading("アオキ"), "あ");
  EXPECT_EQ(kana_heading("ガトウ"), "か");
  EXPECT_EQ(kana_heading("ﾊﾟﾝ"), "は");
  EXPECT_EQ(kana_heading("ヤマダ"), "や");
  EXPECT_EQ(kana_heading("ワタナベ"), "わ");
  EXPECT_EQ(kana_heading("Smith"), "他");
  EXPECT_EQ(kana_heading(""), "他");
}

TEST(NameFolding, NeverJoinsHalvesOfBrokenTextIntoACharacter) {
  EXPECT_EQ(fold_name("\xC0\t\xB1"), "\uFFFD\uFFFD");
  EXPECT_EQ(fold_name("\xE3 \x81\x82"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(fold_name("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD") << "a surrogate";
}

RC_GTEST_PROP(NameFolding, OfAnyBytesIsDoneOnceAndForAll, (const std::string& bytes)) {
  RC_ASSERT(fold_name(fold_name(bytes)) == fold_name(bytes));
}
