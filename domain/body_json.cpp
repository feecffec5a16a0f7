#include <stdexcept>

#include "domain/body.h"
#include "domain/fields.h"

namespace rireki {
namespace {

using nlohmann::json;

class JsonWriter {
 public:
  template <class T> void operator()(const char* name, const T& value, Seal = Seal::kClear) { object[name] = of(value); }
  template <class T> void optional(const char* name, const T& value, Seal = Seal::kClear) { object[name] = of(value); }
  json object = json::object();

 private:
  template <class Tag> json of(Id<Tag> id) { return id ? json(to_text(id)) : json(); }
  json of(Day day) { return day == kForever ? json() : json(iso(day)); }
  json of(Instant at) { return iso_utc(at); }
  json of(const std::optional<Day>& day) { return day ? json(iso(*day)) : json(); }
  template <class E> requires std::is_enum_v<E> json of(E value) { return std::string(to_text(value)); }
  json of(const std::vector<PersonId>& ids) {
    json list = json::array();
    for (const auto id : ids) list.push_back(to_text(id));
    return list;
  }
  json of(const std::vector<std::pair<std::string, std::string>>& pairs) {
    json map = json::object();
    for (const auto& [name, value] : pairs) map[name] = value;
    return map;
  }
  json of(const std::vector<RuleCheck>& checks) {
    json list = json::array();
    for (const auto& check : checks) {
      JsonWriter each;
      describe(each, check);
      list.push_back(std::move(each.object));
    }
    return list;
  }
  template <class T> requires std::is_constructible_v<json, T> && (!std::is_enum_v<T>) json of(const T& value) { return value; }
};

// Facts only: whoever sends an unknown, missing or ill-typed member is told each one.
class JsonReader {
 public:
  explicit JsonReader(const json& from) : from_(from) {}
  template <class T> void operator()(const char* name, T& value, Seal = Seal::kClear) { take(name, value, true); }
  template <class T> void optional(const char* name, T& value, Seal = Seal::kClear) { take(name, value, false); }
  std::vector<FieldError> finish() {
    for (const auto& [name, value] : from_.items())
      if (!known_.contains(name)) errors_.push_back({"/" + name, {"この項目はありません。", "There is no such member."}});
    return std::move(errors_);
  }

 private:
  template <class T> void take(const char* name, T& value, bool required) {
    known_.insert(name);
    const auto found = from_.find(name);
    if (found == from_.end() || found->is_null()) {
      if (required) errors_.push_back({std::string("/") + name, {"必須の項目です。", "This member is required."}});
      return;
    }
    if (const auto fault = read(*found, value)) errors_.push_back({std::string("/") + name, *fault});
  }
  using Fault = std::optional<Text>;
  template <class Tag> Fault read(const json& from, Id<Tag>& id) {
    const auto parsed = from.is_string() ? parse<Id<Tag>>(from.get<std::string>()) : std::nullopt;
    if (!parsed) return Text{"IDの形が正しくありません。", "This is not an id of the right kind."};
    id = *parsed;
    return std::nullopt;
  }
  Fault read(const json& from, Day& day) {
    const auto parsed = from.is_string() ? parse_iso(from.get<std::string>()) : std::nullopt;
    if (!parsed) return Text{"日付は 2026-04-01 の形で送ってください。", "Send the day as 2026-04-01."};
    day = *parsed;
    return std::nullopt;
  }
  Fault read(const json& from, std::optional<Day>& day) { return read(from, day.emplace()); }
  Fault read(const json& from, std::string& text) {
    if (!from.is_string()) return Text{"文字列で送ってください。", "Send a string."};
    text = from.get<std::string>();
    return std::nullopt;
  }
  Fault read(const json& from, bool& value) {
    if (!from.is_boolean()) return Text{"true か false で送ってください。", "Send true or false."};
    value = from.get<bool>();
    return std::nullopt;
  }
  Fault read(const json& from, int& value) {
    if (!from.is_number_integer() || from.get<std::int64_t>() < 0 || from.get<std::int64_t>() > 1'000'000) return Text{"0から1000000までの整数で送ってください。", "Send a whole number from 0 to 1000000."};
    value = from.get<int>();
    return std::nullopt;
  }
  template <class E> requires std::is_enum_v<E> Fault read(const json& from, E& value) {
    const auto parsed = from.is_string() ? parse_enum<E>(from.get<std::string>()) : std::nullopt;
    if (!parsed) return Text{"この値は使えません。", "This value is not one of those allowed."};
    value = *parsed;
    return std::nullopt;
  }
  Fault read(const json& from, std::vector<std::string>& texts) {
    if (!from.is_array()) return Text{"文字列の配列で送ってください。", "Send an array of strings."};
    for (const auto& one : from) {
      if (!one.is_string()) return Text{"文字列の配列で送ってください。", "Send an array of strings."};
      texts.push_back(one.get<std::string>());
    }
    return std::nullopt;
  }
  Fault read(const json& from, std::map<std::string, std::string>& pairs) {
    if (!from.is_object()) return Text{"文字列を値とするオブジェクトで送ってください。", "Send an object of strings."};
    for (const auto& [name, value] : from.items()) {
      if (!value.is_string()) return Text{"文字列を値とするオブジェクトで送ってください。", "Send an object of strings."};
      pairs[name] = value.get<std::string>();
    }
    return std::nullopt;
  }

  const json& from_;
  std::set<std::string> known_;
  std::vector<FieldError> errors_;
};

template <std::size_t I = 0>
Result<Fact, std::vector<FieldError>> fact_of(std::string_view kind, const json& value) {
  if constexpr (I == std::variant_size_v<Fact>) {
    return std::vector<FieldError>{{"/kind", {"この種類の事実はありません。", "There is no such kind of fact."}}};
  } else {
    std::variant_alternative_t<I, Fact> fact{};
    if (fact_type(Fact(std::in_place_index<I>, fact)) != "fact/" + std::string(kind)) return fact_of<I + 1>(kind, value);
    if (!value.is_object()) return std::vector<FieldError>{{"", {"オブジェクトで送ってください。", "Send an object."}}};
    JsonReader reader(value);
    describe(reader, fact);
    if (auto errors = reader.finish(); !errors.empty()) return errors;
    return Fact(std::in_place_index<I>, std::move(fact));
  }
}

template <class T>
json members_of(const T& value) {
  JsonWriter writer;
  describe(writer, value);
  return std::move(writer.object);
}

}  // namespace

json to_json(const Fact& fact) {
  return std::visit([](const auto& one) { return members_of(one); }, fact);
}

json to_json(const Body& body) {
  return std::visit([](const auto& one) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(one)>, FactEntry>) {
      json entry = {{"id", to_text(one.id)}, {"fact", to_json(one.fact)}};
      if (one.corrects) entry["corrects"] = to_text(one.corrects);
      if (one.case_id) entry["case"] = to_text(one.case_id);
      if (!one.reason.empty()) entry["reason"] = one.reason;
      return entry;
    } else {
      return members_of(one);
    }
  }, body);
}

Result<Fact, std::vector<FieldError>> fact_from_json(std::string_view kind, const json& value) { return fact_of(kind, value); }

void throw_exception_from_error(const std::vector<FieldError>& errors, const boost::source_location&) {
  throw std::runtime_error("unchecked field errors, first at " + (errors.empty() ? std::string("?") : errors.front().pointer));
}

}  // namespace rireki
