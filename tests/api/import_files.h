// Files of a small ward, as a municipal system exports them.
#pragma once

#include <string>

namespace rireki::api {

inline const std::string kUnitsCsv =
    "所属コード,所属名,上位所属コード,階層,設置日,廃止日\r\n"
    "0101,職員課,01,課,平成27年4月1日,\r\n"
    "01,総務部,,部,H27.4.1,\r\n"
    "０１０１０１,人事係,0101,係,2015/4/1,99999999\r\n";
inline const std::string kPostsCsv =
    "ポストコード,ポスト名,所属コード,定数,職層,長,設置日\r\n"
    "P1,職員課長,0101,1,課長級,○,20150401\r\n"
    "P2,係員,010101,３,,,平成27年4月1日\r\n";
inline const std::string kStaffCsv =
    "職員番号,氏名（姓）,氏名（名）,フリガナ,生年月日,性別,採用区分,任用区分,職種,職層,採用日,任期末\r\n"
    "00001,髙橋,直樹,ﾀｶﾊｼ ﾅｵｷ,昭和45年5月1日,男,Ⅰ類,常勤,事務,課長級,平成5年4月1日,\r\n"
    "00002,葛󠄀城,彩,カツラギ　アヤ,H8.1.2,女,Ⅲ類,正規,事務,係員,平成31年4月1日,\r\n";
inline const std::string kPostingsCsv =
    "職員番号,ポスト,本務兼務,開始日,終了日\r\n"
    "00001,P1,本務,令和2年4月1日,\r\n"
    "00002,P2,本務,令和元年10月1日,\r\n";

}  // namespace rireki::api
