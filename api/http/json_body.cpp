#include "api/http/json_body.h"

#include "api/http/limits.h"

namespace rireki::api {
namespace {

using nlohmann::json;

// Builds the value and counts while it reads, so that nothing beyond a limit is ever built.
class LimitedReader final : public nlohmann::json_sax<json> {
 public:
  json value;
  JsonError error;

  bool null() override { return put(nullptr); }
  bool boolean(bool v) override { return put(v); }
  bool number_integer(number_integer_t v) override { return put(v); }
  bool number_unsigned(number_unsigned_t v) override { return put(v); }
  bool number_float(number_float_t v, const string_t&) override { return put(v); }
  bool string(string_t& v) override { return short_enough(v) && put(std::move(v)); }
  bool binary(binary_t&) override { return refuse({"JSONではありません。", "This is not JSON."}); }
  bool start_object(std::size_t) override { return enter(json::object()); }
  bool start_array(std::size_t) override { return enter(json::array()); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }

  bool key(string_t& name) override {
    if (++members_ > kJsonMembersMax) return refuse({"項目が多すぎます（20,000まで）。", "There are too many members (20,000 at most)."});
    if (!short_enough(name)) return false;
    if (open_.back()->contains(name)) return refuse({"同じ名前の項目が二つあります。", "A member name stands twice."});
    names_.back() = std::move(name);
    return true;
  }

  bool parse_error(std::size_t at, const std::string&, const nlohmann::detail::exception&) override {
    const std::string place = std::to_string(at);
    return refuse({"JSONの書式が正しくありません（" + place + "バイト目）。", "The JSON is malformed (at byte " + place + ")."});
  }

 private:
  bool refuse(Text reason) {
    for (std::size_t i = 0; i + 1 < open_.size(); ++i) error.pointer += "/" + (open_[i]->is_array() ? std::to_string(open_[i]->size() - 1) : escaped(names_[i]));
    error.reason = std::move(reason);
    return false;
  }
  static std::string escaped(const std::string& name) {  // RFC 6901
    std::string text;
    for (const char c : name) text += c == '~' ? std::string("~0") : c == '/' ? std::string("~1") : std::string(1, c);
    return text;
  }
  bool short_enough(const std::string& text) {
    return text.size() <= kJsonStringBytesMax || refuse({"文字列が長すぎます（256KiBまで）。", "A string is too long (256 KiB at most)."});
  }
  json* place(json&& v) {
    if (open_.empty()) return &(value = std::move(v));
    json& parent = *open_.back();
    if (parent.is_object()) return &(parent[names_.back()] = std::move(v));
    parent.push_back(std::move(v));
    return &parent.back();
  }
  bool countable() {
    if (open_.empty() || open_.back()->is_object() || ++elements_ <= kJsonMembersMax) return true;
    return refuse({"配列の要素が多すぎます（20,000まで）。", "There are too many array elements (20,000 at most)."});
  }
  bool put(json&& v) { return countable() && place(std::move(v)); }
  bool enter(json&& v) {
    if (!countable()) return false;
    if (open_.size() >= kJsonDepthMax) return refuse({"入れ子が深すぎます（32まで）。", "It is nested too deeply (32 at most)."});
    // A child's address holds while it is open: its parent grows only after it was left.
    open_.push_back(place(std::move(v)));
    names_.emplace_back();
    return true;
  }
  bool leave() {
    open_.pop_back();
    names_.pop_back();
    return true;
  }

  std::vector<json*> open_;
  std::vector<std::string> names_;
  std::size_t members_ = 0;
  std::size_t elements_ = 0;
};

}  // namespace

void throw_exception_from_error(const JsonError& error, const boost::source_location&) { throw std::logic_error("unchecked JSON: " + error.reason.en); }

Result<json, JsonError> parse_json(std::string_view text) {
  LimitedReader reader;
  if (!json::sax_parse(text, &reader)) return {boost::system::in_place_error, std::move(reader.error)};
  return {boost::system::in_place_value, std::move(reader.value)};  // spelled out: json converts to and from nearly anything
}

}  // namespace rireki::api
