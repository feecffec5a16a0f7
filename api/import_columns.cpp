// The columns of each kind of file with the headings that municipal systems give them, width folded; the first is what an export writes.
#include "api/import.h"

namespace rireki::api {

std::string_view to_text(ImportKind kind) {
  switch (kind) {
    case ImportKind::kUnits: return "units";
    case ImportKind::kPosts: return "posts";
    case ImportKind::kStaff: return "staff";
    case ImportKind::kPostings: return "postings";
    case ImportKind::kHolidays: return "holidays";
    case ImportKind::kClosedDays: return "closed-days";
    case ImportKind::kFigures: return "figures";
  }
  return "";
}

const std::vector<ImportColumn>& columns_of(ImportKind kind) {
  static const std::vector<ImportColumn> units = {
      {"code", {"所属コード", "組織コード", "部署コード"}, true}, {"name", {"所属名", "所属名称", "組織名", "組織名称"}, true},
      {"parent", {"上位所属コード", "親所属コード", "上位組織コード"}, true}, {"level", {"階層", "所属区分", "組織階層"}, true},
      {"from", {"設置日", "設置年月日"}, true}, {"last_day", {"廃止日", "廃止年月日"}, false}};
  static const std::vector<ImportColumn> posts = {
      {"code", {"ポストコード", "職コード"}, true}, {"title", {"ポスト名", "ポスト名称", "職名"}, true}, {"unit", {"所属コード", "組織コード"}, true},
      {"quota", {"定数"}, true}, {"grade", {"職層"}, false}, {"head", {"長", "所属長"}, false}, {"categories", {"職種"}, false},
      {"function", {"役割"}, false}, {"from", {"設置日", "設置年月日"}, true}, {"last_day", {"廃止日", "廃止年月日"}, false}};
  static const std::vector<ImportColumn> staff = {
      {"number", {"職員番号", "職員コード"}, true}, {"family", {"氏名(姓)", "姓", "氏"}, true}, {"given", {"氏名(名)", "名"}, true},
      {"family_kana", {"フリガナ(姓)", "フリガナ姓", "セイ", "カナ(姓)"}, false}, {"given_kana", {"フリガナ(名)", "フリガナ名", "メイ", "カナ(名)"}, false},
      {"kana", {"フリガナ", "氏名カナ", "カナ氏名"}, false}, {"birth", {"生年月日"}, false}, {"sex", {"性別"}, false},
      {"exam_category", {"採用区分"}, true}, {"type", {"任用区分"}, true}, {"job_category", {"職種"}, true}, {"grade", {"職層"}, false},
      {"from", {"採用日", "採用年月日"}, true}, {"last_day", {"任期末", "任期終了日"}, false}, {"article", {"任期付根拠"}, false},
      {"ground", {"事由", "採用事由"}, false}, {"separated", {"退職日", "退職年月日"}, false}, {"separation", {"退職事由"}, false}};
  static const std::vector<ImportColumn> postings = {
      {"number", {"職員番号", "職員コード"}, true}, {"post", {"ポスト", "ポストコード", "職コード"}, true},
      {"kind", {"本務兼務", "本務・兼務", "本務/兼務", "本務兼務区分"}, true}, {"from", {"開始日", "発令日", "開始年月日"}, true},
      {"last_day", {"終了日", "終了年月日"}, false}, {"order_kind", {"発令の種類", "発令区分"}, false}, {"order_number", {"発令番号"}, false}};
  static const std::vector<ImportColumn> holidays = {  // the Cabinet Office's list (内閣府) as it is
      {"day", {"国民の祝日・休日月日", "祝日", "月日"}, true}, {"name", {"国民の祝日・休日名称", "名称"}, true}};
  static const std::vector<ImportColumn> closed_days = {{"day", {"閉庁日", "休業日"}, true}, {"name", {"名称", "理由"}, true}};
  static const std::vector<ImportColumn> figures = {
      {"series", {"系列"}, true}, {"period", {"年度", "期間"}, true}, {"category", {"項目", "区分"}, true}, {"value", {"値"}, true},
      {"unit", {"単位"}, true}, {"marks", {"印"}, true}, {"source", {"出典"}, true}};
  switch (kind) {
    case ImportKind::kUnits: return units;
    case ImportKind::kPosts: return posts;
    case ImportKind::kStaff: return staff;
    case ImportKind::kPostings: return postings;
    case ImportKind::kHolidays: return holidays;
    case ImportKind::kClosedDays: return closed_days;
    case ImportKind::kFigures: return figures;
  }
  return units;
}

}  // namespace rireki::api
