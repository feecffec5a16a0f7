#include "projections/name_folding.h"

#include <unordered_map>
#include <vector>

namespace rireki {
namespace {

constexpr char32_t kProlonged = U'ー';

constexpr char32_t kReplacement = 0xfffd;

// Decodes UTF-8; each byte that is none becomes U+FFFD, so that dropping what stands between two halves never joins them.
std::u32string decode(std::string_view text) {
  std::u32string points;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = byte < 0x80 ? 1 : (byte >> 5) == 6 ? 2 : (byte >> 4) == 14 ? 3 : (byte >> 3) == 30 ? 4 : 0;
    char32_t point = length == 1 ? byte : length == 0 ? 0 : byte & (0x7f >> length);
    bool whole = length != 0 && i + length <= text.size();
    for (std::size_t k = 1; whole && k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      whole = (next & 0xc0) == 0x80;
      point = point << 6 | (next & 0x3f);
    }
    constexpr char32_t kShortest[] = {0, 0, 0x80, 0x800, 0x10000};
    whole = whole && point >= kShortest[length] && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
    points.push_back(whole ? point : kReplacement);
    i += whole ? length : 1;
  }
  return points;
}
std::string encode(const std::u32string& points) {
  std::string text;
  for (const char32_t p : points) {
    if (p < 0x80) text.push_back(static_cast<char>(p));
    else if (p < 0x800) text += {static_cast<char>(0xc0 | p >> 6), static_cast<char>(0x80 | (p & 0x3f))};
    else if (p < 0x10000) text += {static_cast<char>(0xe0 | p >> 12), static_cast<char>(0x80 | (p >> 6 & 0x3f)), static_cast<char>(0x80 | (p & 0x3f))};
    else text += {static_cast<char>(0xf0 | p >> 18), static_cast<char>(0x80 | (p >> 12 & 0x3f)), static_cast<char>(0x80 | (p >> 6 & 0x3f)), static_cast<char>(0x80 | (p & 0x3f))};
  }
  return text;
}

// Each group's first member stands for the others. Compatibility ideographs are written as escapes: an editor that applies NFC would
// replace them and make the line say nothing.
const std::vector<std::u32string>& variant_groups() {
  static const std::vector<std::u32string> groups = {
      U"高髙", U"崎\uFA11嵜碕", U"辺邉邊", U"斉齊斎齋", U"沢澤", U"浜濱濵", U"広廣", U"桜櫻", U"国國", U"島嶋嶌", U"徳德", U"恵惠", U"真眞",
      U"応應", U"栄榮", U"滝瀧", U"竜龍", U"寿壽", U"実實", U"学學", U"円圓", U"曽曾", U"会會", U"寛寬", U"吉𠮷", U"渕淵渊", U"塚\uFA10", U"神\uFA19",
      U"隆\uF9DC", U"僧\uFA31", U"晴\uFA12", U"猪\uFA16", U"益\uFA17", U"礼\uFA18禮", U"祥\uFA1A", U"福\uFA1B", U"靖\uFA1C", U"精\uFA1D", U"羽\uFA1E",
      U"諸\uFA22", U"逸\uFA25", U"都\uFA26", U"飯\uFA2A", U"館\uFA2C", U"鶴\uFA2D", U"海\uFA45", U"朗\uFA92", U"郎\uFA2E", U"富冨", U"峰峯",
      U"桧檜", U"関關", U"黒黑", U"静靜", U"鉄鐵", U"豊豐", U"条條", U"薮藪", U"籠篭", U"祐\uFA4F", U"凛凜", U"遥遙", U"亜亞"};
  return groups;
}
const std::unordered_map<char32_t, char32_t>& variants() {
  static const auto table = [] {
    std::unordered_map<char32_t, char32_t> map;
    for (const auto& group : variant_groups())
      for (const char32_t member : group)
        if (member != group.front()) map.emplace(member, group.front());
    return map;
  }();
  return table;
}

// Half-width katakana U+FF66 to U+FF9D, in order.
constexpr std::u32string_view kWidened = U"ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";
constexpr std::u32string_view kVoiced = U"かがきぎくぐけげこごさざしじすずせぜそぞただちぢつづてでとどはばひびふぶへべほぼうゔ";  // pairs
constexpr std::u32string_view kHalfVoiced = U"はぱひぴふぷへぺほぽ";
constexpr std::u32string_view kSmall = U"あぁいぃうぅえぇおぉつっやゃゆゅよょわゎかゕけゖ";

char32_t second_of_pair(std::u32string_view pairs, char32_t first) {
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2)
    if (pairs[i] == first) return pairs[i + 1];
  return 0;
}
char32_t first_of_pair(std::u32string_view pairs, char32_t second) {
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2)
    if (pairs[i + 1] == second) return pairs[i];
  return 0;
}

char32_t fold_point(char32_t p) {
  if (p >= 0xff01 && p <= 0xff5e) p -= 0xfee0;               // full-width ASCII
  if (p >= 0xff66 && p <= 0xff9d) p = kWidened[p - 0xff66];
  if (p >= U'ァ' && p <= U'ヶ') return p - 0x60;              // katakana to hiragana
  if (p >= 'A' && p <= 'Z') return p + 32;
  const auto found = variants().find(p);
  return found == variants().end() ? p : found->second;
}

bool is_dropped(char32_t p) {
  return p == ' ' || p == 0x3000 || p == 0xa0 || p == '\t' || (p >= 0xfe00 && p <= 0xfe0f) || (p >= 0xe0100 && p <= 0xe01ef);
}

char32_t loosened(char32_t p) {
  if (const auto plain = first_of_pair(kVoiced, p)) return plain;
  if (const auto plain = first_of_pair(kHalfVoiced, p)) return plain;
  if (const auto large = first_of_pair(kSmall, p)) return large;
  return p;
}

// The vowel that ー lengthens after this kana.
char32_t vowel_of(char32_t kana) {
  constexpr std::pair<char32_t, std::u32string_view> kRows[] = {
      {U'あ', U"あかさたなはまやらわ"}, {U'い', U"いきしちにひみり"}, {U'う', U"うくすつぬふむゆる"}, {U'え', U"えけせてねへめれ"}, {U'お', U"おこそとのほもよろを"}};
  for (const auto& [vowel, row] : kRows)
    if (row.find(kana) != row.npos) return vowel;
  return 0;
}

std::u32string folded_points(std::string_view text) {
  std::u32string folded;
  for (const char32_t p : decode(text)) {
    if (is_dropped(p)) continue;
    const bool voiced = p == 0xff9e || p == 0x3099 || p == 0x309b, half_voiced = p == 0xff9f || p == 0x309a || p == 0x309c;
    if (voiced || half_voiced) {  // a mark of its own after the kana, as half-width text and decomposed text have it
      const auto marked = folded.empty() ? 0 : second_of_pair(voiced ? kVoiced : kHalfVoiced, folded.back());
      if (marked) folded.back() = marked;
      continue;
    }
    folded.push_back(fold_point(p));
  }
  return folded;
}

std::u32string by_sound(std::string_view kana) {
  std::u32string sound;
  for (const char32_t p : folded_points(kana)) {
    if (p == kProlonged) {
      if (const auto vowel = sound.empty() ? 0 : vowel_of(sound.back())) sound.push_back(vowel);
    } else {
      sound.push_back(loosened(p));
    }
  }
  return sound;
}

}  // namespace

std::string fold_name(std::string_view text) { return encode(folded_points(text)); }

std::string loosen(std::string_view folded) {
  std::u32string loose;
  for (const char32_t p : decode(folded))
    if (p != kProlonged) loose.push_back(loosened(p));
  return encode(loose);
}

std::string reading_key(std::string_view family_kana, std::string_view given_kana) {
  return encode(by_sound(family_kana)) + ' ' + encode(by_sound(given_kana)) + '\x01' + fold_name(family_kana) + ' ' + fold_name(given_kana);
}

std::string kana_heading(std::string_view kana) {
  constexpr std::u32string_view kRows[] = {U"あいうえお", U"かきくけこ", U"さしすせそ", U"たちつてと", U"なにぬねの", U"はひふへほ", U"まみむめも", U"やゆよ", U"らりるれろ", U"わをん"};
  const auto sound = by_sound(kana);
  for (const auto row : kRows)
    if (!sound.empty() && row.find(sound.front()) != row.npos) return encode(std::u32string(1, row.front()));
  return "他";
}

}  // namespace rireki
