#include "domain/form_words.h"

#include <algorithm>
#include <set>

#include "domain/calendar.h"
#include "domain/form.h"

namespace rireki {
namespace {

using nlohmann::json;

const json* member_of(const json* schema, const char* keyword) {
  if (!schema || !schema->is_object()) return nullptr;
  const auto found = schema->find(keyword);
  return found == schema->end() ? nullptr : &*found;
}

// The schema of a value, unresolved, so that a title beside a $ref is seen; the way into it goes through what the $ref means.
const json* schema_at(const json& root, const std::vector<std::string>& steps) {
  const json* here = &root;
  for (const auto& step : steps) {
    const json* inside = resolved(root, here);
    const json* properties = member_of(inside, "properties");
    if (properties && properties->contains(step)) here = &(*properties)[step];
    else if (const json* items = member_of(inside, "items")) here = items;
    else if (const json* others = member_of(inside, "additionalProperties"); others && others->is_object()) here = others;
    else return nullptr;
  }
  return here;
}

struct Name {
  std::string ja, en;
};
Name name_of(const json& root, const json* schema, const std::string& otherwise) {
  const auto text = [&](const char* key) {
    for (const json* one : {schema, resolved(root, schema)})
      if (const json* found = member_of(one, key); found && found->is_string()) return found->get<std::string>();
    return otherwise;
  };
  return {text("title"), text("x-title-en")};
}

bool has_type(const json& value, const std::string& type) {
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer() || (value.is_number_float() && value.get<double>() == static_cast<double>(static_cast<std::int64_t>(value.get<double>())));
  if (type == "number") return value.is_number();
  if (type == "array") return value.is_array();
  return type == "null" ? value.is_null() : value.is_object();
}

Text type_words(const std::string& type) {
  if (type == "string") return {"文字列で入力してください。", "Enter text."};
  if (type == "boolean") return {"はい・いいえ（true / false）で入力してください。", "Enter true or false."};
  if (type == "integer") return {"整数で入力してください。", "Enter a whole number."};
  if (type == "number") return {"数で入力してください。", "Enter a number."};
  if (type == "array") return {"一覧で入力してください。", "Enter a list."};
  return {"項目の組（オブジェクト）で入力してください。", "Enter an object."};
}

// The choices by their labels, where the field has some.
Text choice_words(const json& schema) {
  Text list;
  const json* labels = member_of(&schema, "x-labels");
  for (const auto& value : schema["enum"]) {
    const std::string raw = value.is_string() ? value.get<std::string>() : value.dump();
    const json* label = labels ? member_of(labels, raw.c_str()) : nullptr;
    const std::string separator = list.ja.empty() ? "" : ", ";
    list.ja += separator + (label ? label->value("ja", raw) + " (" + raw + ")" : raw);
    list.en += separator + (label ? label->value("en", raw) + " (" + raw + ")" : raw);
  }
  return {"次のどれかを選んでください: " + list.ja, "Choose one of: " + list.en};
}

std::optional<Text> range_words(const json& schema, double number) {
  struct Bound {
    const char *keyword, *ja, *en;
    bool (*holds)(double number, double bound);
  };
  static constexpr Bound kBounds[] = {{"minimum", "以上", "at least ", [](double n, double b) { return n >= b; }},
                                      {"exclusiveMinimum", "より大きい", "more than ", [](double n, double b) { return n > b; }},
                                      {"maximum", "以下", "at most ", [](double n, double b) { return n <= b; }},
                                      {"exclusiveMaximum", "より小さい", "less than ", [](double n, double b) { return n < b; }}};
  Text words;
  bool outside = false;
  for (const auto& bound : kBounds) {
    const json* found = member_of(&schema, bound.keyword);
    if (!found || !found->is_number()) continue;
    outside = outside || !bound.holds(number, found->get<double>());
    words.ja += found->dump() + bound.ja;
    words.en += (words.en.empty() ? "" : " and ") + std::string(bound.en) + found->dump();
  }
  if (!outside) return std::nullopt;
  return Text{words.ja + "の数で入力してください。", "Enter a number of " + words.en + "."};
}

std::optional<Text> text_words(const json& schema, const std::string& text) {
  const auto length = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  if (const json* least = member_of(&schema, "minLength"); least && length < least->get<std::size_t>()) {
    if (text.empty()) return Text{"入力してください。", "Enter something."};
    return Text{least->dump() + "文字以上で入力してください。", "Enter at least " + least->dump() + " characters."};
  }
  if (const json* most = member_of(&schema, "maxLength"); most && length > most->get<std::size_t>())
    return Text{most->dump() + "文字以内で入力してください。", "Enter at most " + most->dump() + " characters."};
  if (member_of(&schema, "format") && !parse_iso(text)) return Text{"暦にある日付を 2026-04-01 の形で入力してください。", "Enter a day of the calendar as 2026-04-01."};
  if (member_of(&schema, "pattern")) return Text{"形が正しくありません。", "This does not have the right form."};
  return std::nullopt;
}

std::optional<Text> list_words(const json& schema, const json& list) {
  if (const json* least = member_of(&schema, "minItems"); least && list.size() < least->get<std::size_t>())
    return Text{least->dump() + "件以上必要です。", "At least " + least->dump() + " are needed."};
  if (const json* most = member_of(&schema, "maxItems"); most && list.size() > most->get<std::size_t>()) return Text{most->dump() + "件までです。", "At most " + most->dump() + " are allowed."};
  const std::set<json> distinct(list.begin(), list.end());
  if (distinct.size() < list.size() && schema.value("uniqueItems", false)) return Text{"同じものが二つあります。", "The same value stands twice."};
  return std::nullopt;
}

// What this place itself fails, its members aside; nothing if only those do. In the order in which a person would look.
std::optional<Text> own_fault(const json& schema, const json& value) {
  if (const json* type = member_of(&schema, "type")) {
    const json types = type->is_array() ? *type : json::array({*type});
    if (std::none_of(types.begin(), types.end(), [&](const json& one) { return has_type(value, one.get<std::string>()); })) return type_words(types.front().get<std::string>());
  }
  if (const json* choices = member_of(&schema, "enum"); choices && std::find(choices->begin(), choices->end(), value) == choices->end()) return choice_words(schema);
  if (const json* constant = member_of(&schema, "const"); constant && value != *constant)
    return Text{"値は " + constant->dump() + " に限ります。", "The value can only be " + constant->dump() + "."};
  if (value.is_string()) return text_words(schema, value.get_ref<const std::string&>());
  if (value.is_number()) return range_words(schema, value.get<double>());
  if (value.is_array()) return list_words(schema, value);
  return std::nullopt;
}

class Explaining {
 public:
  explicit Explaining(const json& root) : root_(root) {}

  void place(const FormFault& fault, const json& value) {
    std::string at;
    for (const auto& step : fault.steps) at += "/" + pointer_step(step);
    const json::json_pointer pointer(at);
    const json* named = schema_at(root_, fault.steps);
    const json* schema = resolved(root_, named);
    if (!schema || !value.contains(pointer)) return;
    const json& here = value[pointer];
    const Name name = at.empty() ? Name{} : name_of(root_, named, "");
    if (const auto words = own_fault(*schema, here)) return say(at, name, *words);
    const bool one_of_several = member_of(schema, "oneOf") || member_of(schema, "anyOf");
    if (!fault.missing.empty() && !one_of_several) missing(*schema, fault.missing, at);
    else if (one_of_several && here.is_object()) unless_said_within(at, name);
    unknown(*schema, here, at);
  }

  std::vector<FieldError> take() {
    for (const auto& [at, words] : several_)
      if (std::none_of(told_.begin(), told_.end(), [&, place = at](const std::string& one) { return one.starts_with(place + "/"); })) found_.push_back({at, words});
    if (found_.empty()) found_.push_back({"", {"入力が様式に合いません。", "The input does not fit the form."}});
    return std::move(found_);
  }

 private:
  void say(const std::string& at, const Name& name, const Text& words) {
    if (!told_.insert(at).second) return;
    found_.push_back({at, name.ja.empty() ? words : Text{"「" + name.ja + "」: " + words.ja, name.en + ": " + words.en}});
  }
  void missing(const json& schema, const std::string& member, const std::string& at) {
    // Under if and then a field has no name of its own: the form's is meant.
    const json* field = nullptr;
    for (const json* one : {&schema, &root_})
      if (const json* properties = member_of(one, "properties"); !field && properties) field = member_of(properties, member.c_str());
    const Name name = name_of(root_, field, member);
    const std::string there = at + "/" + pointer_step(member);
    if (told_.insert(there).second) found_.push_back({there, {"「" + name.ja + "」は必須です。", name.en + " is required."}});
  }
  void unknown(const json& schema, const json& here, const std::string& at) {
    const json* others = member_of(&schema, "additionalProperties");
    if (!here.is_object() || !others || *others != false) return;
    const json* properties = member_of(&schema, "properties");
    for (const auto& [member, value] : here.items())
      if (!properties || !properties->contains(member)) say(at + "/" + pointer_step(member), {}, {"この項目はありません。", "There is no such field."});
  }
  void unless_said_within(const std::string& at, const Name& name) {
    const Text words{"許される形のどれか一つに合わせてください。", "It must fit exactly one of the shapes that are allowed here."};
    several_.emplace(at, name.ja.empty() ? words : Text{"「" + name.ja + "」: " + words.ja, name.en + ": " + words.en});
  }

  const json& root_;
  std::vector<FieldError> found_;
  std::set<std::string> told_;
  std::map<std::string, Text> several_;
};

}  // namespace

const json* resolved(const json& root, const json* schema) {
  // A chain of references ends: forms may not refer back to themselves.
  while (schema && schema->is_object() && schema->contains("$ref")) {
    const json::json_pointer target((*schema)["$ref"].get<std::string>().substr(1));
    schema = root.contains(target) ? &root[target] : nullptr;
  }
  return schema;
}

std::vector<FieldError> explain(const json& schema, const json& value, const std::vector<FormFault>& faults) {
  Explaining explaining(schema);
  for (const auto& fault : faults) explaining.place(fault, value);
  return explaining.take();
}

}  // namespace rireki
