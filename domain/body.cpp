#include "domain/body.h"

#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <cstring>
#include <limits>
#include <stdexcept>

#include "domain/body.capnp.h"
#include "domain/fields.h"

namespace rireki {
namespace {

using capnp::DynamicList;
using capnp::DynamicStruct;
using capnp::DynamicValue;

constexpr std::int32_t kNotKnown = std::numeric_limits<std::int32_t>::min();
constexpr std::uint64_t kTraversalWordsMax = 2 * kBodyBytesMax / 8;  // hostile bytes cannot make a reader walk further
constexpr int kNestingMax = 8;

// The union members of stored Body that are not facts, in the order of rireki::Body after FactEntry. New kinds stand at the union's end, whatever
// they are, so that what is stored keeps its number: the union is read by name.
constexpr const char* kMembers[] = {"factCancelled", "caseOpened", "caseActed", "caseStationActed", "casePulledBack", "caseCommented", "caseAttached", "caseClaimed",
                                    "caseAssigned", "caseMigrated", "definitionPublished", "accountOpened", "accountRolesSet", "accountClosed", "caseDeadlinePassed"};
static_assert(std::size(kMembers) + 1 == std::variant_size_v<Body>);

// "fact/unit-established" is stored as unitEstablished.
std::string member_of(std::string_view fact_type) {
  std::string name;
  bool upper = false;
  for (const char c : fact_type.substr(fact_type.find('/') + 1)) {
    if (c != '-') name += upper ? static_cast<char>(c - 'a' + 'A') : c;
    upper = c == '-';
  }
  return name;
}

// Which alternative a member of the stored union is.
struct Members {
  struct Alternative {
    bool is_fact = false;
    std::size_t index = 0;  // in Fact, or in rireki::Body
  };
  std::vector<Alternative> by_discriminant;
  std::vector<capnp::StructSchema::Field> facts;  // by index in Fact
  Members() {
    const capnp::StructSchema schema = capnp::Schema::from<stored::Body>();
    by_discriminant.resize(schema.getUnionFields().size());
    const auto types = all_fact_types();
    for (std::size_t i = 0; i < std::variant_size_v<Fact>; ++i) {
      facts.push_back(schema.getFieldByName(member_of(types[i]).c_str()));
      by_discriminant[facts.back().getProto().getDiscriminantValue()] = {true, i};
    }
    for (std::size_t i = 0; i < std::size(kMembers); ++i) by_discriminant[schema.getFieldByName(kMembers[i]).getProto().getDiscriminantValue()] = {false, i + 1};
  }
};
const Members& members() {
  static const Members all;
  return all;
}

std::string_view view(capnp::Text::Reader text) { return {text.begin(), text.size()}; }
// With its length: by its c_str() a text would end at the first NUL in it.
capnp::Text::Reader text_of(const std::string& text) { return {text.data(), text.size()}; }
std::int32_t stored_day(Day day) { return static_cast<std::int32_t>(day.time_since_epoch().count()); }

struct Unreadable {  // thrown and caught inside decode
  std::string what;
};

Day day_of(std::int32_t stored) {
  if (stored > stored_day(kForever) || stored < stored_day(day(1800, 1, 1))) throw Unreadable{"a day out of range"};
  return Day{days{stored}};
}

// Writes the members of one struct, in the order of fields.h, which is the order of body.capnp.
class Writer {
 public:
  explicit Writer(DynamicStruct::Builder into) : into_(into), fields_(into.getSchema().getFields()) {}
  template <class T> void operator()(const char*, const T& value) { put(value); }
  template <class T> void optional(const char*, const T& value) { put(value); }

 private:
  capnp::StructSchema::Field next() { return fields_[index_++]; }
  template <class Tag> void put(Id<Tag> id) { into_.set(next(), id.value); }
  void put(Day day) { into_.set(next(), stored_day(day)); }
  void put(const std::optional<Day>& day) { into_.set(next(), day ? stored_day(*day) : kNotKnown); }
  void put(const std::string& text) { into_.set(next(), text_of(text)); }
  void put(bool value) { into_.set(next(), value); }
  void put(int value) { into_.set(next(), value); }
  void put(std::uint64_t value) { into_.set(next(), value); }
  void put(const nlohmann::json& value) { put(value.dump()); }
  template <class E> requires std::is_enum_v<E> void put(E value) { put(std::string(to_text(value))); }
  void put(const std::vector<std::string>& texts) {
    auto list = into_.init(next(), static_cast<unsigned>(texts.size())).as<DynamicList>();
    for (unsigned i = 0; i < texts.size(); ++i) list.set(i, text_of(texts[i]));
  }
  void put(const std::vector<PersonId>& ids) {
    auto list = into_.init(next(), static_cast<unsigned>(ids.size())).as<DynamicList>();
    for (unsigned i = 0; i < ids.size(); ++i) list.set(i, ids[i].value);
  }
  template <class Pairs> void put_pairs(const Pairs& pairs) {
    auto list = into_.init(next(), static_cast<unsigned>(pairs.size())).as<DynamicList>();
    unsigned i = 0;
    for (const auto& [name, value] : pairs) {
      auto pair = list[i++].as<DynamicStruct>();
      pair.set("name", text_of(name));
      pair.set("value", text_of(value));
    }
  }
  void put(const std::map<std::string, std::string>& pairs) { put_pairs(pairs); }
  void put(const std::vector<std::pair<std::string, std::string>>& pairs) { put_pairs(pairs); }
  void put(const std::vector<RuleCheck>& checks) {
    auto list = into_.init(next(), static_cast<unsigned>(checks.size())).as<DynamicList>();
    for (unsigned i = 0; i < checks.size(); ++i) {
      Writer each(list[i].as<DynamicStruct>());
      describe(each, checks[i]);
    }
  }

  DynamicStruct::Builder into_;
  capnp::StructSchema::FieldList fields_;
  unsigned index_ = 0;
};

class Reader {
 public:
  explicit Reader(DynamicStruct::Reader from) : from_(from), fields_(from.getSchema().getFields()) {}
  template <class T> void operator()(const char*, T& value) { take(value); }
  template <class T> void optional(const char*, T& value) { take(value); }

 private:
  DynamicValue::Reader next() { return from_.get(fields_[index_++]); }
  template <class Tag> void take(Id<Tag>& id) { id.value = next().as<std::uint64_t>(); }
  void take(Day& day) { day = day_of(next().as<std::int32_t>()); }
  void take(std::optional<Day>& day) {
    const auto stored = next().as<std::int32_t>();
    day = stored == kNotKnown ? std::nullopt : std::optional(day_of(stored));
  }
  void take(std::string& text) { text = view(next().as<capnp::Text>()); }
  void take(bool& value) { value = next().as<bool>(); }
  void take(int& value) { value = next().as<std::int32_t>(); }
  void take(std::uint64_t& value) { value = next().as<std::uint64_t>(); }
  void take(nlohmann::json& value) {
    value = nlohmann::json::parse(view(next().as<capnp::Text>()), nullptr, false);
    if (value.is_discarded()) throw Unreadable{"a form that is not JSON"};
  }
  template <class E> requires std::is_enum_v<E> void take(E& value) {
    const auto known = parse_enum<E>(view(next().as<capnp::Text>()));
    if (!known) throw Unreadable{"a word that this version does not know"};
    value = *known;
  }
  void take(std::vector<std::string>& texts) {
    for (const auto text : next().as<DynamicList>()) texts.emplace_back(view(text.as<capnp::Text>()));
  }
  void take(std::vector<PersonId>& ids) {
    for (const auto id : next().as<DynamicList>()) ids.push_back({id.as<std::uint64_t>()});
  }
  template <class Add> void take_pairs(const Add& add) {
    for (const auto one : next().as<DynamicList>()) {
      const auto pair = one.as<DynamicStruct>();
      add(std::string(view(pair.get("name").as<capnp::Text>())), std::string(view(pair.get("value").as<capnp::Text>())));
    }
  }
  void take(std::map<std::string, std::string>& pairs) {
    take_pairs([&](std::string name, std::string value) { pairs[std::move(name)] = std::move(value); });
  }
  void take(std::vector<std::pair<std::string, std::string>>& pairs) {
    take_pairs([&](std::string name, std::string value) { pairs.emplace_back(std::move(name), std::move(value)); });
  }
  void take(std::vector<RuleCheck>& checks) {
    for (const auto one : next().as<DynamicList>()) {
      Reader each(one.as<DynamicStruct>());
      describe(each, checks.emplace_back());
    }
  }

  DynamicStruct::Reader from_;
  capnp::StructSchema::FieldList fields_;
  unsigned index_ = 0;
};

template <class Variant, std::size_t I = 0>
Variant read_alternative(std::size_t index, DynamicStruct::Reader from) {
  if constexpr (I == std::variant_size_v<Variant>) {
    throw Unreadable{"an unknown kind"};
  } else {
    if (index != I) return read_alternative<Variant, I + 1>(index, from);
    std::variant_alternative_t<I, Variant> value{};
    Reader reader(from);
    describe(reader, value);
    return Variant(std::in_place_index<I>, std::move(value));
  }
}

// Body's alternatives after FactEntry; the index counts from 1.
template <std::size_t I = 1>
Body read_other(std::size_t index, DynamicStruct::Reader from) {
  if constexpr (I == std::variant_size_v<Body>) {
    throw Unreadable{"an unknown kind"};
  } else {
    if (index != I) return read_other<I + 1>(index, from);
    std::variant_alternative_t<I, Body> value{};
    Reader reader(from);
    describe(reader, value);
    return Body(std::in_place_index<I>, std::move(value));
  }
}

std::string bytes_of(capnp::MallocMessageBuilder& message) {
  const auto segments = message.getSegmentsForOutput();
  if (segments.size() == 1) {
    const auto bytes = capnp::messageToFlatArray(segments);
    return {reinterpret_cast<const char*>(bytes.asBytes().begin()), bytes.asBytes().size()};
  }
  // One segment always, so that the same value gives the same bytes however large it is.
  capnp::MallocMessageBuilder whole(static_cast<unsigned>(message.sizeInWords()) + 1);
  whole.setRoot(message.getRoot<stored::Body>().asReader());
  const auto bytes = capnp::messageToFlatArray(whole.getSegmentsForOutput());
  return {reinterpret_cast<const char*>(bytes.asBytes().begin()), bytes.asBytes().size()};
}

Body read_body(stored::Body::Reader stored) {
  const auto which = static_cast<std::size_t>(stored.which());
  DynamicStruct::Reader dynamic = stored;
  const auto member = dynamic.which();
  KJ_IF_MAYBE(field, member) {
    const auto from = dynamic.get(*field).as<DynamicStruct>();
    if (which >= members().by_discriminant.size()) throw Unreadable{"an unknown kind"};
    const auto alternative = members().by_discriminant[which];
    if (!alternative.is_fact) return read_other(alternative.index, from);
    return FactEntry{.id = {stored.getFactId()}, .fact = read_alternative<Fact>(alternative.index, from), .corrects = {stored.getCorrects()},
                     .case_id = {stored.getCaseId()}, .reason = std::string(view(stored.getReason()))};
  }
  throw Unreadable{"an unknown kind"};
}

}  // namespace

std::string event_type(const Body& body) {
  return std::visit(Overloaded{
      [](const FactEntry& entry) { return fact_type(entry.fact); },
      [](const FactCancelled&) { return std::string("fact/cancelled"); },
      [](const DefinitionPublished&) { return std::string("definition/published"); },
      [](const AccountOpened&) { return std::string("account/opened"); },
      [](const RolesSet&) { return std::string("account/roles-set"); },
      [](const AccountClosed&) { return std::string("account/closed"); },
      [](const auto& event) { return case_event_type(CaseEvent(event)); },
  }, body);
}

std::string encode(const Body& body) {
  capnp::MallocMessageBuilder message(256);
  auto root = message.initRoot<stored::Body>();
  DynamicStruct::Builder dynamic = root;
  if (const auto* entry = std::get_if<FactEntry>(&body)) {
    root.setFactId(entry->id.value);
    root.setCorrects(entry->corrects.value);
    root.setCaseId(entry->case_id.value);
    if (!entry->reason.empty()) root.setReason(text_of(entry->reason));
    const auto field = members().facts[entry->fact.index()];
    Writer writer(dynamic.init(field).as<DynamicStruct>());
    std::visit([&](const auto& fact) { describe(writer, fact); }, entry->fact);
  } else {
    Writer writer(dynamic.init(kMembers[body.index() - 1]).as<DynamicStruct>());
    std::visit([&](const auto& event) {
      if constexpr (!std::is_same_v<std::remove_cvref_t<decltype(event)>, FactEntry>) describe(writer, event);
    }, body);
  }
  return bytes_of(message);
}

Result<Body, DecodeError> decode(std::string_view body) {
  if (body.size() % 8 != 0 || body.size() < 16) return DecodeError{"not a whole number of words"};
  std::vector<std::uint64_t> aligned;
  const auto* words = reinterpret_cast<const capnp::word*>(body.data());
  if (reinterpret_cast<std::uintptr_t>(body.data()) % 8 != 0) {
    aligned.resize(body.size() / 8);
    std::memcpy(aligned.data(), body.data(), body.size());
    words = reinterpret_cast<const capnp::word*>(aligned.data());
  }
  try {
    capnp::ReaderOptions options;
    options.traversalLimitInWords = kTraversalWordsMax;
    options.nestingLimit = kNestingMax;
    capnp::FlatArrayMessageReader message(kj::arrayPtr(words, body.size() / 8), options);
    return read_body(message.getRoot<stored::Body>());
  } catch (const kj::Exception& malformed) {
    return DecodeError{std::string("malformed: ") + malformed.getDescription().cStr()};
  } catch (const Unreadable& unreadable) {
    return DecodeError{unreadable.what};
  }
}

void throw_exception_from_error(const DecodeError& error, const boost::source_location&) { throw std::runtime_error("unchecked decode error: " + error.what); }

}  // namespace rireki
