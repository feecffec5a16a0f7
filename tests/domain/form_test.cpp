// Forms: what fits, and in which words it is said what does not.
#include "domain/form.h"

#include <rapidcheck/gtest.h>

#include "domain/definition.h"

namespace rireki {
namespace {

using nlohmann::json;

json field(json words, const char* title = "項目", const char* english = "Field") {
  words["title"] = title;
  words["x-title-en"] = english;
  return words;
}
json form_of(json properties, json more = json::object()) {
  json schema = {{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
  schema.update(more);
  return schema;
}
std::string english(const json& schema, const json& value, const char* at = "/f") {
  for (const auto& error : Form(schema).check(value))
    if (error.pointer == at) return error.message.en;
  return "";
}

TEST(Form, SaysByKeywordAndFieldWhatIsWrong) {
  const auto one = [](json words, json value) { return english(form_of({{"f", field(std::move(words))}}), {{"f", std::move(value)}}); };
  EXPECT_EQ(one({{"type", "string"}}, 1), "Field: Enter text.");
  EXPECT_EQ(one({{"type", "boolean"}}, "yes"), "Field: Enter true or false.");
  EXPECT_EQ(one({{"type", "integer"}}, 1.5), "Field: Enter a whole number.");
  EXPECT_EQ(one({{"type", "string"}, {"minLength", 1}}, ""), "Field: Enter something.");
  EXPECT_EQ(one({{"type", "string"}, {"minLength", 3}}, "二字"), "Field: Enter at least 3 characters.");
  EXPECT_EQ(one({{"type", "string"}, {"maxLength", 2}}, "三文字"), "Field: Enter at most 2 characters.");
  EXPECT_EQ(one({{"type", "string"}, {"format", "date"}}, "2026-02-30"), "Field: Enter a day of the calendar as 2026-04-01.");
  EXPECT_EQ(one({{"type", "string"}, {"pattern", "^t[0-9]$"}}, "tx"), "Field: This does not have the right form.");
  EXPECT_EQ(one({{"type", "integer"}, {"minimum", 1}, {"maximum", 5}}, 9), "Field: Enter a number of at least 1 and at most 5.");
  EXPECT_EQ(one({{"type", "array"}, {"maxItems", 1}}, {1, 2}), "Field: At most 1 are allowed.");
  EXPECT_EQ(one({{"type", "array"}, {"uniqueItems", true}}, {1, 1}), "Field: The same value stands twice.");
  EXPECT_EQ(one({{"const", true}}, false), "Field: The value can only be true.");
  EXPECT_EQ(one({{"enum", {"stay"}}, {"x-labels", {{"stay", {{"ja", "残留"}, {"en", "Stay"}}}}}}, "go"), "Field: Choose one of: Stay (stay)");
}

TEST(Form, KnowsTheDaysOfTheCalendar) {
  const Form form(form_of({{"f", {{"type", "string"}, {"format", "date"}}}}));
  const auto fits = [&](const std::string& day) { return form.check({{"f", day}}).empty(); };
  for (int year : {1899, 1900, 1904, 2000, 2023, 2024, 2026, 2100, 2400})
    for (int month = 0; month <= 13; ++month)
      for (int day = 0; day <= 32; ++day) {
        char text[16];
        std::snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
        EXPECT_EQ(fits(text), parse_iso(text).has_value()) << text;
      }
  EXPECT_FALSE(fits("2026-4-1"));
  EXPECT_FALSE(fits("2026-04-01 "));
  EXPECT_FALSE(form.check({{"f", 20260401}}).empty());
}

TEST(Form, SaysWhatIsMissingAndWhatIsUnknown) {
  const json schema = form_of({{"f", field({{"type", "string"}}, "発令日", "Effective date")}}, {{"required", {"f"}}});
  EXPECT_EQ(english(schema, json::object()), "Effective date is required.");
  EXPECT_EQ(Form(schema).check(json::object()).front().message.ja, "「発令日」は必須です。");
  EXPECT_EQ(english(schema, {{"f", "x"}, {"a/b", 1}}, "/a~1b"), "There is no such field.");
}

TEST(Form, NamesEveryWrongFieldAtOnceAndInLists) {
  const json schema = form_of({{"a", field({{"type", "string"}})}, {"b", field({{"type", "array"}, {"items", {{"type", "integer"}}}})}});
  std::set<std::string> pointers;
  for (const auto& error : Form(schema).check({{"a", 1}, {"b", {1, "x", 2, "y"}}})) pointers.insert(error.pointer);
  EXPECT_EQ(pointers, (std::set<std::string>{"/a", "/b/1", "/b/3"}));
}

TEST(Form, AsksUnderAConditionByTheNameOfTheField) {
  const json schema = form_of({{"consent", field({{"type", "boolean"}})}, {"whom", field({{"type", "string"}}, "相手", "Whom")}},
                              {{"if", {{"required", {"consent"}}, {"properties", {{"consent", {{"const", true}}}}}}}, {"then", {{"required", {"whom"}}}}});
  EXPECT_TRUE(Form(schema).check({{"consent", false}}).empty());
  EXPECT_EQ(english(schema, {{"consent", true}}, "/whom"), "Whom is required.");
}

TEST(Form, TakesNothingWhereAnActionHasNoForm) {
  EXPECT_TRUE(Form().check(json::object()).empty());
  EXPECT_FALSE(Form().check({{"a", 1}}).empty());
}

TEST(Form, RefusesSchemasThatAnInputCouldMakeRecurseWithoutEnd) {
  const auto pointer = [](const json& schema) {
    const auto faults = Form::faults(schema);
    return faults.empty() ? std::string("none") : faults.front().pointer;
  };
  EXPECT_EQ(pointer(form_of({{"f", {{"type", "string"}, {"pattern", "^(a|b)*c$"}}}})), "/properties/f/pattern") << "a regular expression recurses over its text";
  EXPECT_EQ(pointer(form_of({{"f", {{"type", "string"}, {"pattern", "^a{2,}$"}}}})), "/properties/f/pattern");
  EXPECT_EQ(pointer(form_of({{"f", {{"$ref", "#/$defs/list"}}}}, {{"$defs", {{"list", {{"type", "array"}, {"items", {{"$ref", "#/$defs/list"}}}}}}}})), "/$defs/list/items/$ref");
  EXPECT_EQ(pointer(form_of({{"f", {{"$ref", "#/$defs/a"}}}, {"g", {{"$ref", "#/$defs/a"}}}}, {{"$defs", {{"a", {{"type", "string"}}}}}})), "none") << "used twice";
}

TEST(Form, RefusesSchemasThatMeanSomethingElseElsewhere) {
  const auto pointer = [](const json& schema) {
    const auto faults = Form::faults(schema);
    return faults.empty() ? std::string("none") : faults.front().pointer;
  };
  EXPECT_EQ(pointer(form_of({{"f", {{"type", "string"}}}})), "none");
  EXPECT_EQ(pointer({{"contains", {{"type", "string"}}}}), "/contains");
  EXPECT_EQ(pointer({{"items", json::array({json::object()})}}), "/items") << "a tuple";
  EXPECT_EQ(pointer({{"$ref", "#/$defs/none"}}), "/$ref");
  EXPECT_EQ(pointer({{"$defs", {{"a", json::object()}}}, {"properties", {{"f", {{"$ref", "#/$defs/a"}, {"type", "string"}}}}}}), "/properties/f/$ref") << "not alone";
  EXPECT_EQ(pointer({{"pattern", "("}}), "/pattern");
  EXPECT_EQ(pointer({{"format", "email"}}), "/format") << "nobody would check it";
  EXPECT_EQ(pointer({{"type", "text"}}), "/type");
  EXPECT_EQ(pointer({{"minLength", -1}}), "/minLength");
  EXPECT_EQ(pointer({{"then", json::object()}}), "") << "then without if";
  EXPECT_EQ(pointer({{"type", "string"}, {"dependentRequired", json::object()}}), "/dependentRequired");
}

rc::Gen<json> any_value(int depth) {
  const auto leaf = rc::gen::oneOf(rc::gen::map(rc::gen::inRange(-3, 12), [](int n) { return json(n); }), rc::gen::map(rc::gen::arbitrary<bool>(), [](bool b) { return json(b); }),
                                   rc::gen::map(rc::gen::element<std::string>("", "a", "ab", "令和", "2026-04-01", "2026-02-30", "2026-13-01", "t1", "stay"), [](std::string s) { return json(s); }),
                                   rc::gen::just(json()), rc::gen::just(json(1.5)));
  if (depth == 0) return leaf;
  const auto list = rc::gen::map(rc::gen::resize(3, rc::gen::container<std::vector<json>>(any_value(depth - 1))), [](const std::vector<json>& v) { return json(v); });
  const auto object = rc::gen::map(rc::gen::resize(4, rc::gen::container<std::map<std::string, json>>(rc::gen::element<std::string>("a", "b", "c", "d", "e"), any_value(depth - 1))),
                                   [](const std::map<std::string, json>& m) { return m.empty() ? json::object() : json(m); });
  return rc::gen::oneOf(leaf, list, object);
}

rc::Gen<json> any_schema(int depth) {
  const auto words = rc::gen::elementOf(json::array({
      json::object(), {{"type", "string"}}, {{"type", "integer"}}, {{"type", {"boolean", "null"}}}, {{"type", "array"}, {"minItems", 1}}, {{"type", "object"}, {"required", {"a"}}},
      {{"enum", {"a", 1, "stay", true}}}, {{"const", "ab"}}, {{"minimum", 0}, {"exclusiveMaximum", 5}}, {{"minLength", 1}, {"maxLength", 2}}, {{"pattern", "^t[0-9]{1,9}$"}}, {{"type", "string"}, {"format", "date"}},
      {{"type", "array"}, {"uniqueItems", true}, {"maxItems", 2}}}).get<std::vector<json>>());
  if (depth == 0) return words;
  const auto inner = any_schema(depth - 1);
  const auto wrapped = [&](auto make) { return rc::gen::map(rc::gen::pair(inner, inner), make); };
  return rc::gen::oneOf(words, wrapped([](const std::pair<json, json>& p) { return json{{"type", "object"}, {"properties", {{"a", p.first}, {"b", p.second}}}, {"additionalProperties", false}}; }),
                        wrapped([](const std::pair<json, json>& p) { return json{{"properties", {{"a", p.first}}}, {"additionalProperties", p.second}}; }),
                        wrapped([](const std::pair<json, json>& p) { return json{{"items", p.first}}; }), wrapped([](const std::pair<json, json>& p) { return json{{"allOf", {p.first, p.second}}}; }),
                        wrapped([](const std::pair<json, json>& p) { return json{{"anyOf", {p.first, p.second}}}; }), wrapped([](const std::pair<json, json>& p) { return json{{"oneOf", {p.first, p.second}}}; }),
                        wrapped([](const std::pair<json, json>& p) { return json{{"not", p.first}}; }), wrapped([](const std::pair<json, json>& p) { return json{{"if", p.first}, {"then", p.second}, {"else", {{"type", "array"}}}}; }));
}

RC_GTEST_PROP(FormProperty, SaysSomethingInBothLanguagesAboutWhateverDoesNotFit, ()) {
  const json schema = *any_schema(2);
  const json value = *any_value(2);
  RC_PRE(Form::faults(schema).empty());
  const auto errors = Form(schema).check(value);
  RC_CLASSIFY(errors.empty());
  std::set<std::string> pointers;
  for (const auto& error : errors) {
    RC_ASSERT(!error.message.ja.empty() && !error.message.en.empty());
    RC_ASSERT(pointers.insert(error.pointer).second);
  }
}

}  // namespace
}  // namespace rireki
