#include "api/text/encoding.h"

#include <unicode/ucnv.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

namespace rireki::api {
namespace {

// The canonical name: ICU's aliases "shift_jis" and "windows-31j" may point elsewhere in another release, and other tables read 0x5C as ¥.
constexpr const char* kCp932Converter = "ibm-943_P15A-2003";
constexpr std::string_view kUtf8Bom = "\xEF\xBB\xBF";
constexpr std::string_view kUtf16LeBom = "\xFF\xFE";
constexpr std::string_view kUtf16BeBom = "\xFE\xFF";
constexpr std::string_view kGeta = "〓";  // 〓, the printer's mark for a sort that is not in the case

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;

// Stops at whatever the table does not hold: neither replaced nor best-fitted.
Converter open_converter(const char* name) {
  UErrorCode status = U_ZERO_ERROR;
  Converter converter(ucnv_open(name, &status));
  if (U_FAILURE(status)) throw std::runtime_error(std::string("ICU has no converter ") + name);
  ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
  ucnv_setFromUCallBack(converter.get(), UCNV_FROM_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
  ucnv_setFallback(converter.get(), false);
  return converter;
}

void append_utf8(std::string& out, UChar32 c) {
  std::array<char, U8_MAX_LENGTH> buffer;
  std::int32_t length = 0;
  U8_APPEND_UNSAFE(buffer.data(), length, c);
  out.append(buffer.data(), static_cast<std::size_t>(length));
}

void append_utf8(std::string& out, const std::u16string& text) {
  for (std::size_t i = 0; i < text.size();) {
    UChar32 c = 0;
    U16_NEXT(text.data(), i, text.size(), c);
    append_utf8(out, c);
  }
}

std::size_t line_at(std::string_view bytes, std::size_t offset, std::size_t unit) {
  std::size_t line = 1;
  for (std::size_t i = 0; i + unit <= std::min(offset, bytes.size()); i += unit)
    if (bytes[i] == '\n' || (unit == 2 && bytes[i + 1] == '\n' && bytes[i] == 0)) ++line;
  return line;
}

DecodeTextError not_in(Encoding encoding, std::size_t line) {
  const std::string name(to_text(encoding));
  return {line, {"この位置のバイトは " + name + " の文字ではありません。文字コードの指定を確かめてください。",
                 "The bytes here are no character of " + name + ". Check the encoding."}};
}

Result<std::string, DecodeTextError> decode_with(const char* name, Encoding encoding, std::string_view bytes) {
  const auto converter = open_converter(name);
  std::string out;
  out.reserve(bytes.size() * 3 / 2);
  std::u16string buffer(64 * 1024, u'\0');
  const char* source = bytes.data();
  const char* const end = source + bytes.size();
  UErrorCode status = U_BUFFER_OVERFLOW_ERROR;
  std::u16string carried;  // a first surrogate at the end of a full buffer
  while (status == U_BUFFER_OVERFLOW_ERROR) {
    status = U_ZERO_ERROR;
    UChar* target = buffer.data();
    ucnv_toUnicode(converter.get(), &target, buffer.data() + buffer.size(), &source, end, nullptr, true, &status);
    carried.append(buffer.data(), static_cast<std::size_t>(target - buffer.data()));
    std::u16string next;
    if (!carried.empty() && U16_IS_LEAD(carried.back()) && status == U_BUFFER_OVERFLOW_ERROR) {
      next = carried.back();
      carried.pop_back();
    }
    append_utf8(out, carried);
    carried = next;
  }
  if (U_FAILURE(status))
    return not_in(encoding, line_at(bytes, static_cast<std::size_t>(source - bytes.data()), encoding == Encoding::kCp932 ? 1 : 2));
  return out;
}

// The characters that ICU's table refuses although Windows has a look-alike for them; never ¥ → 0x5C, which is a backslash (workflow.md 5.4).
constexpr std::array<std::pair<UChar32, UChar32>, 6> kLookAlikes = {{{0x301C, 0xFF5E},    // 〜 → ～
                                                                    {0x2212, 0xFF0D},    // − → －
                                                                    {0x2016, 0x2225},    // ‖ → ∥
                                                                    {0x2014, 0x2015},    // — → ―
                                                                    {0x00AC, 0xFFE2},    // ¬ → ￢
                                                                    {0x00A5, 0xFFE5}}};  // ¥ → ￥

// Codes of the whole Basic Multilingual Plane, 0 for none. A character has a code only if reading that code gives the same character:
// that keeps out every best-fit mapping, and 外字 (private use) mean something else in every house.
class Cp932Table {
 public:
  Cp932Table() : codes_(0x10000, 0) {
    const auto converter = open_converter(kCp932Converter);
    for (UChar32 c = 1; c < 0x10000; ++c) {
      if (U_IS_SURROGATE(c) || u_charType(c) == U_PRIVATE_USE_CHAR || u_charType(c) == U_UNASSIGNED) continue;
      const UChar unit = static_cast<UChar>(c);
      std::array<char, 8> bytes;
      UErrorCode status = U_ZERO_ERROR;
      const std::int32_t length = ucnv_fromUChars(converter.get(), bytes.data(), bytes.size(), &unit, 1, &status);
      if (U_FAILURE(status) || length < 1 || length > 2) continue;
      std::array<UChar, 4> back;
      const std::int32_t units = ucnv_toUChars(converter.get(), back.data(), back.size(), bytes.data(), length, &status);
      if (U_FAILURE(status) || units != 1 || back[0] != unit) continue;
      codes_[static_cast<std::size_t>(c)] = static_cast<std::uint16_t>(length == 1 ? static_cast<unsigned char>(bytes[0])
                                                                                   : static_cast<unsigned char>(bytes[0]) << 8 | static_cast<unsigned char>(bytes[1]));
    }
  }
  std::uint16_t code(UChar32 c) const { return c < 0x10000 ? codes_[static_cast<std::size_t>(c)] : 0; }

 private:
  std::vector<std::uint16_t> codes_;
};

const Cp932Table& cp932_table() {
  static const Cp932Table table;
  return table;
}

void append_code(std::string& out, std::uint16_t code) {
  if (code > 0xFF) out.push_back(static_cast<char>(code >> 8));
  out.push_back(static_cast<char>(code & 0xFF));
}

// Selectors and other characters that show nothing by themselves: converters drop them in silence, so they are looked for first.
bool is_invisible(UChar32 c) { return u_hasBinaryProperty(c, UCHAR_VARIATION_SELECTOR) || u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT); }

}  // namespace

void throw_exception_from_error(const DecodeTextError&, const boost::source_location&) { throw std::logic_error("unchecked DecodeTextError"); }

std::string_view to_text(Encoding encoding) {
  switch (encoding) {
    case Encoding::kUtf8: return "utf-8";
    case Encoding::kCp932: return "cp932";
    case Encoding::kUtf16LittleEndian: return "utf-16le";
    case Encoding::kUtf16BigEndian: return "utf-16be";
  }
  return "";
}

std::optional<Encoding> parse_encoding(std::string_view text) {
  std::string name(text);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return c == '_' ? '-' : static_cast<char>(std::tolower(c)); });
  if (name == "utf-8" || name == "utf8") return Encoding::kUtf8;
  if (name == "cp932" || name == "shift-jis" || name == "sjis" || name == "windows-31j" || name == "ms932") return Encoding::kCp932;
  if (name == "utf-16le" || name == "utf-16") return Encoding::kUtf16LittleEndian;
  if (name == "utf-16be") return Encoding::kUtf16BigEndian;
  return std::nullopt;
}

bool is_valid_utf8(std::string_view bytes) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  for (std::size_t i = 0; i < bytes.size();) {
    UChar32 c = 0;
    U8_NEXT(data, i, bytes.size(), c);
    if (c < 0) return false;
  }
  return true;
}

Encoding detect_encoding(std::string_view bytes) {
  if (bytes.starts_with(kUtf8Bom)) return Encoding::kUtf8;
  if (bytes.starts_with(kUtf16LeBom)) return Encoding::kUtf16LittleEndian;
  if (bytes.starts_with(kUtf16BeBom)) return Encoding::kUtf16BigEndian;
  const bool multibyte = std::any_of(bytes.begin(), bytes.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  return multibyte && is_valid_utf8(bytes) ? Encoding::kUtf8 : Encoding::kCp932;
}

Result<std::string, DecodeTextError> to_utf8(std::string_view bytes, Encoding encoding) {
  switch (encoding) {
    case Encoding::kUtf8: {
      if (bytes.starts_with(kUtf8Bom)) bytes.remove_prefix(kUtf8Bom.size());
      const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
      for (std::size_t i = 0; i < bytes.size();) {
        const std::size_t start = i;
        UChar32 c = 0;
        U8_NEXT(data, i, bytes.size(), c);
        if (c < 0) return not_in(encoding, line_at(bytes, start, 1));
      }
      return std::string(bytes);
    }
    case Encoding::kCp932: return decode_with(kCp932Converter, encoding, bytes);
    case Encoding::kUtf16LittleEndian:
      if (bytes.starts_with(kUtf16LeBom)) bytes.remove_prefix(kUtf16LeBom.size());
      return decode_with("UTF-16LE", encoding, bytes);
    case Encoding::kUtf16BigEndian:
      if (bytes.starts_with(kUtf16BeBom)) bytes.remove_prefix(kUtf16BeBom.size());
      return decode_with("UTF-16BE", encoding, bytes);
  }
  return not_in(encoding, 1);
}

Cp932Text to_cp932(std::string_view utf8) {
  const auto& table = cp932_table();
  static const std::uint16_t geta = table.code(0x3013);
  Cp932Text out;
  out.bytes.reserve(utf8.size());
  std::string shown;  // the last character written, for a selector that follows it
  const auto* data = reinterpret_cast<const std::uint8_t*>(utf8.data());
  for (std::size_t i = 0; i < utf8.size();) {
    const std::size_t start = i;
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(data, i, utf8.size(), c);
    const std::string character(utf8.substr(start, i - start));
    if (const auto code = c == 0 ? 0 : table.code(c); code != 0) {
      append_code(out.bytes, code);
      shown = character;
      continue;
    }
    if (is_invisible(c)) {
      if (!out.substitutions.empty() && out.substitutions.back().character == shown)
        out.substitutions.back().character += character;  // a base that was itself replaced: one entry for both
      else
        out.substitutions.push_back({shown + character, shown});
      continue;
    }
    const auto look_alike = std::find_if(kLookAlikes.begin(), kLookAlikes.end(), [&](const auto& pair) { return pair.first == c; });
    std::string written(kGeta);
    if (look_alike != kLookAlikes.end()) {
      written.clear();
      append_utf8(written, look_alike->second);
      append_code(out.bytes, table.code(look_alike->second));
    } else {
      append_code(out.bytes, geta);
    }
    out.substitutions.push_back({character, written});
    shown = character;
  }
  return out;
}

}  // namespace rireki::api
