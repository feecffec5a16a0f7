#include "api/sample_names.h"

#include <array>
#include <string_view>

namespace rireki::api {
namespace {

struct Written {
  std::string_view kanji;
  std::string_view kana;
};

constexpr std::array kFamilies = {
    Written{"佐藤", "サトウ"}, Written{"鈴木", "スズキ"}, Written{"高橋", "タカハシ"}, Written{"田中", "タナカ"}, Written{"伊藤", "イトウ"},
    Written{"渡辺", "ワタナベ"}, Written{"渡邊", "ワタナベ"}, Written{"山本", "ヤマモト"}, Written{"中村", "ナカムラ"}, Written{"小林", "コバヤシ"},
    Written{"加藤", "カトウ"}, Written{"吉田", "ヨシダ"}, Written{"山田", "ヤマダ"}, Written{"佐々木", "ササキ"}, Written{"山口", "ヤマグチ"},
    Written{"松本", "マツモト"}, Written{"井上", "イノウエ"}, Written{"木村", "キムラ"}, Written{"林", "ハヤシ"}, Written{"斎藤", "サイトウ"},
    Written{"齋藤", "サイトウ"}, Written{"清水", "シミズ"}, Written{"山崎", "ヤマザキ"}, Written{"阿部", "アベ"}, Written{"森", "モリ"},
    Written{"池田", "イケダ"}, Written{"橋本", "ハシモト"}, Written{"石川", "イシカワ"}, Written{"山下", "ヤマシタ"}, Written{"小川", "オガワ"},
    Written{"石井", "イシイ"}, Written{"長谷川", "ハセガワ"}, Written{"後藤", "ゴトウ"}, Written{"岡田", "オカダ"}, Written{"近藤", "コンドウ"},
    Written{"前田", "マエダ"}, Written{"藤田", "フジタ"}, Written{"遠藤", "エンドウ"}, Written{"青木", "アオキ"}, Written{"坂本", "サカモト"},
    Written{"村上", "ムラカミ"}, Written{"太田", "オオタ"}, Written{"金子", "カネコ"}, Written{"藤井", "フジイ"}, Written{"福田", "フクダ"},
    Written{"西村", "ニシムラ"}, Written{"三浦", "ミウラ"}, Written{"竹内", "タケウチ"}, Written{"中川", "ナカガワ"}, Written{"岡本", "オカモト"},
    Written{"松田", "マツダ"}, Written{"原田", "ハラダ"}, Written{"中野", "ナカノ"}, Written{"小野", "オノ"}, Written{"田村", "タムラ"},
    Written{"藤原", "フジワラ"}, Written{"中山", "ナカヤマ"}, Written{"石田", "イシダ"}, Written{"小島", "コジマ"}, Written{"和田", "ワダ"},
    Written{"髙橋", "タカハシ"}, Written{"渡邉", "ワタナベ"}, Written{"菅原", "スガワラ"}, Written{"平野", "ヒラノ"}, Written{"大塚", "オオツカ"}};

constexpr std::array kFemale = {
    Written{"陽菜", "ヒナ"}, Written{"結衣", "ユイ"}, Written{"美咲", "ミサキ"}, Written{"葵", "アオイ"}, Written{"さくら", "サクラ"},
    Written{"愛子", "アイコ"}, Written{"恵子", "ケイコ"}, Written{"由美", "ユミ"}, Written{"真由美", "マユミ"}, Written{"久美子", "クミコ"},
    Written{"裕子", "ユウコ"}, Written{"智子", "トモコ"}, Written{"香織", "カオリ"}, Written{"麻衣", "マイ"}, Written{"千尋", "チヒロ"},
    Written{"彩", "アヤ"}, Written{"舞", "マイ"}, Written{"遥", "ハルカ"}, Written{"七海", "ナナミ"}, Written{"優子", "ユウコ"},
    Written{"直美", "ナオミ"}, Written{"明美", "アケミ"}, Written{"里奈", "リナ"}, Written{"瞳", "ヒトミ"}, Written{"奈緒", "ナオ"}};

constexpr std::array kMale = {
    Written{"翔太", "ショウタ"}, Written{"大輔", "ダイスケ"}, Written{"健太", "ケンタ"}, Written{"蓮", "レン"}, Written{"大翔", "ヒロト"},
    Written{"拓也", "タクヤ"}, Written{"直樹", "ナオキ"}, Written{"和也", "カズヤ"}, Written{"誠", "マコト"}, Written{"学", "マナブ"},
    Written{"隆", "タカシ"}, Written{"浩", "ヒロシ"}, Written{"哲也", "テツヤ"}, Written{"健一", "ケンイチ"}, Written{"剛", "ツヨシ"},
    Written{"亮", "リョウ"}, Written{"悠斗", "ユウト"}, Written{"一郎", "イチロウ"}, Written{"雄大", "ユウダイ"}, Written{"達也", "タツヤ"},
    Written{"修", "オサム"}, Written{"豊", "ユタカ"}, Written{"陸", "リク"}, Written{"純", "ジュン"}, Written{"徹", "トオル"}};

}  // namespace

std::uint64_t below(std::mt19937_64& random, std::uint64_t bound) { return random() % bound; }

PersonName draw_name(std::mt19937_64& random, Sex sex) {
  const Written family = kFamilies[below(random, kFamilies.size())];
  const Written given = sex == Sex::kFemale ? kFemale[below(random, kFemale.size())] : kMale[below(random, kMale.size())];
  return {std::string(family.kanji), std::string(given.kanji), std::string(family.kana), std::string(given.kana)};
}

}  // namespace rireki::api
