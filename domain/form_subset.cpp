// The subset of JSON Schema that forms may use. Everything outside it is named when a definition is loaded: a keyword that is merely not understood
// would look as if it were checked.
#include <algorithm>
#include <regex>
#include <set>

#include "domain/form.h"

namespace rireki {
namespace {

using nlohmann::json;

const std::set<std::string, std::less<>> kAnnotations = {"title", "description", "default", "readOnly", "$schema"};
const std::set<std::string, std::less<>> kTypes = {"object", "array", "string", "number", "integer", "boolean", "null"};
const std::set<std::string, std::less<>> kCounts = {"minLength", "maxLength", "minItems", "maxItems"};
const std::set<std::string, std::less<>> kNumbers = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"};
const std::set<std::string, std::less<>> kSchemas = {"items", "not", "if", "then", "else"};
const std::set<std::string, std::less<>> kSchemaLists = {"allOf", "anyOf", "oneOf"};

class SubsetCheck {
 public:
  explicit SubsetCheck(const json& root) : root_(root) {}

  std::vector<FieldError> check() {
    schema(root_, "");
    return std::move(faults_);
  }

 private:
  void fault(const std::string& at, std::string ja, std::string en) { faults_.push_back({at, {std::move(ja), std::move(en)}}); }
  void hold(bool holds, const std::string& at, const std::string& keyword) {
    if (!holds) fault(at, "様式の語「" + keyword + "」の値が正しくありません。", "The keyword '" + keyword + "' has a value that it cannot have.");
  }

  void schema(const json& here, const std::string& at) {
    if (!here.is_object()) return fault(at, "様式はオブジェクトで書いてください。", "A schema is an object here.");
    if (here.contains("$ref")) return refer(here, at);
    for (const auto& [word, value] : here.items()) keyword(word, value, at + "/" + pointer_step(word));
    if (here.contains("format") && here.contains("pattern")) fault(at + "/pattern", "format と pattern は一緒に使えません。", "format and pattern cannot stand together.");
    if ((here.contains("then") || here.contains("else")) && !here.contains("if")) fault(at, "then と else には if が必要です。", "then and else need an if.");
  }

  void refer(const json& here, const std::string& at) {
    if (here.size() != 1) fault(at + "/$ref", "$ref は単独で書いてください。", "$ref stands alone in its object.");
    const std::string target = here["$ref"].is_string() ? here["$ref"].get<std::string>() : std::string();
    const bool known = target.starts_with("#/$defs/") && root_.contains("$defs") && root_["$defs"].is_object() && root_["$defs"].contains(target.substr(8));
    if (!known) return fault(at + "/$ref", "$ref の先が $defs にありません。", "$ref points to nothing in $defs.");
    // Followed wherever it is used: a definition that comes back to itself could be made to recurse without end by an input.
    if (!following_.insert(target).second) return fault(at + "/$ref", "$ref が自分自身に戻っています。", "$ref leads back to itself.");
    if (followed_.insert(target).second) schema(root_["$defs"][target.substr(8)], "/$defs/" + pointer_step(target.substr(8)));
    following_.erase(target);
  }

  void keyword(const std::string& word, const json& value, const std::string& at) {
    if (kAnnotations.contains(word) || word.starts_with("x-")) return;
    if (word == "type") {
      for (const auto& one : value.is_array() ? value : json::array({value})) hold(one.is_string() && kTypes.contains(one.get_ref<const std::string&>()), at, word);
    } else if (word == "enum") hold(value.is_array() && !value.empty(), at, word);
    else if (word == "const") return;
    else if (word == "required") hold(value.is_array() && std::all_of(value.begin(), value.end(), [](const json& one) { return one.is_string(); }), at, word);
    else if (word == "uniqueItems") hold(value.is_boolean(), at, word);
    else if (word == "format") hold(value == "date", at, word);  // a format that merely looks checked would be believed
    else if (word == "pattern") pattern(value, at);
    else if (kCounts.contains(word)) hold(value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() >= 0), at, word);
    else if (kNumbers.contains(word)) hold(value.is_number(), at, word);
    else if (word == "additionalProperties" && value.is_boolean()) return;
    else if (kSchemas.contains(word) || word == "additionalProperties") schema(value, at);
    else if (kSchemaLists.contains(word)) {
      hold(value.is_array() && !value.empty(), at, word);
      if (value.is_array())
        for (std::size_t i = 0; i < value.size(); ++i) schema(value[i], at + "/" + std::to_string(i));
    } else if (word == "properties" || word == "$defs") {
      hold(value.is_object(), at, word);
      if (value.is_object() && word == "properties")
        for (const auto& [name, one] : value.items()) schema(one, at + "/" + pointer_step(name));
    } else fault(at, "様式に使えない語「" + word + "」です。", "The keyword '" + word + "' is outside the subset that forms may use.");
  }

  // std::regex walks a text by recursion wherever a repetition has no end: a long text could end the process.
  void pattern(const json& value, const std::string& at) {
    if (!value.is_string()) return hold(false, at, "pattern");
    const auto& text = value.get_ref<const std::string&>();
    hold(std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }), at, "pattern");
    if (text.find_first_of("*+") != std::string::npos || text.find(",}") != std::string::npos)
      fault(at, "繰り返しには上限を付けてください（* や + ではなく {0,20} のように）。", "Every repetition needs an end: write {0,20} rather than * or +.");
    try {
      std::regex compiled(text);
    } catch (const std::regex_error&) {  // std::regex's only way to say so
      hold(false, at, "pattern");
    }
  }

  const json& root_;
  std::vector<FieldError> faults_;
  std::set<std::string> following_, followed_;
};

}  // namespace

std::vector<FieldError> Form::faults(const json& schema) { return SubsetCheck(schema).check(); }

}  // namespace rireki
