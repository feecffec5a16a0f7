#include "domain/definition_check.h"

namespace rireki {
namespace {

using nlohmann::json;

const std::set<std::string> kOwnWords = {"x-title-en", "x-labels", "x-help", "x-widget", "x-seal", "x-readers"};
const std::set<std::string> kWidgets = {"person", "post", "unit", "date", "fiscal-year", "text-area"};
const std::set<std::string> kSealClasses = {"personnel", "health", "harassment"};

bool is_word(const json& value) { return value.is_string() && !value.get_ref<const std::string&>().empty(); }
bool is_text(const json& value) { return value.is_object() && value.size() == 2 && value.contains("ja") && value.contains("en") && is_word(value["ja"]) && is_word(value["en"]); }

class FormCheck {
 public:
  FormCheck(const std::string& file, std::vector<Finding>& findings) : file_(file), findings_(findings) {}

  // `named`: its fields are shown to people. Under if, not and their like a schema only speaks of fields that have their names elsewhere.
  void schema(const std::string& at, const json& value, bool named) {
    if (!value.is_object()) return;
    own_words(at, value);
    for (const auto& [keyword, inner] : value.items()) {
      const std::string there = at + "/" + pointer_step(keyword);
      if (keyword == "properties" && inner.is_object()) {
        for (const auto& [name, field] : inner.items()) {
          if (named) names(there + "/" + pointer_step(name), field);
          schema(there + "/" + pointer_step(name), field, named);
        }
      } else if (keyword == "items" || keyword == "additionalProperties") {
        schema(there, inner, named);
      } else if (keyword == "$defs" && inner.is_object()) {
        for (const auto& [name, part] : inner.items()) schema(there + "/" + pointer_step(name), part, named);
      } else if (keyword == "if" || keyword == "then" || keyword == "else" || keyword == "not") {
        schema(there, inner, false);
      } else if ((keyword == "allOf" || keyword == "anyOf" || keyword == "oneOf") && inner.is_array()) {
        for (std::size_t i = 0; i < inner.size(); ++i) schema(there + "/" + std::to_string(i), inner[i], false);
      }
    }
  }

 private:
  void say(const std::string& at, const char* ja, const char* en) { findings_.push_back({file_, at, {ja, en}}); }

  void names(const std::string& at, const json& field) {
    if (field.is_object() && field.contains("$ref")) return;  // named where it is defined
    if (!field.is_object() || !field.contains("title") || !field.contains("x-title-en") || !is_word(field["title"]) || !is_word(field["x-title-en"]))
      say(at, "日本語（title）と英語（x-title-en）の名前が必要です。", "A field needs its name in Japanese (title) and English (x-title-en).");
    if (!field.is_object() || !field.contains("enum") || !field["enum"].is_array()) return;
    for (const auto& choice : field["enum"])
      if (choice.is_string() && (!field.contains("x-labels") || !field["x-labels"].is_object() || !field["x-labels"].contains(choice.get<std::string>())))
        return say(at + "/x-labels", "選択肢ごとに日本語と英語の名前が必要です。", "Each choice needs its label in Japanese and English.");
  }

  void own_words(const std::string& at, const json& value) {
    for (const auto& [keyword, inner] : value.items()) {
      if (!keyword.starts_with("x-")) continue;
      const std::string there = at + "/" + keyword;
      if (!kOwnWords.contains(keyword)) say(there, "この x- の語はありません。", "There is no such x- keyword.");
      if (keyword == "x-widget" && !(inner.is_string() && kWidgets.contains(inner.get<std::string>()))) say(there, "この入力部品はありません。", "There is no such widget.");
      if (keyword == "x-seal" && !(inner.is_string() && kSealClasses.contains(inner.get<std::string>()))) say(there, "この封の区分はありません。", "There is no such class to seal under.");
      if (keyword == "x-help" && !is_text(inner)) say(there, "日本語と英語が必要です。", "Both Japanese and English are needed.");
      if (keyword == "x-labels" && inner.is_object())
        for (const auto& [choice, label] : inner.items())
          if (!is_text(label)) say(there + "/" + pointer_step(choice), "日本語と英語が必要です。", "Both Japanese and English are needed.");
    }
  }

  const std::string& file_;
  std::vector<Finding>& findings_;
};

}  // namespace

void check_form_definition(const std::string& file, const std::string& at, const json& schema, std::vector<Finding>& findings) {
  for (const auto& fault : Form::faults(schema)) findings.push_back({file, at + fault.pointer, fault.message});
  FormCheck(file, findings).schema(at, schema, true);
  if (!schema.is_object()) return;
  if (schema.value("type", json()) != "object") findings.push_back({file, at + "/type", {"様式は type: object で始めます。", "A form is an object: type object."}});
  if (schema.value("additionalProperties", json()) != false)
    findings.push_back({file, at + "/additionalProperties", {"知らない項目を受け付けない様式にしてください（additionalProperties: false）。", "A form refuses members that it does not know (additionalProperties: false)."}});
}

}  // namespace rireki
