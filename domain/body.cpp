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
                                    "caseAssigned", "caseMigrated", "definitionPublished", "accountOpened", "accountRolesSet", "accountClosed", "caseDeadlinePassed",
                                    "accountSecondFactorSet", "accountTokenIssued", "accountTokenRevoked", "accountIdentityLinked", "accountSignedIn", "accessViewed",
                                    "accessEmergencyOpened", "accessEmergencyReviewed", "controlProposed", "controlDecided", "controlHoldPlaced", "controlHoldReleased",
                                    "controlErased", "controlCarriedOut", "caseCorrected", "logKeyIntroduced", "logEpochBegun", "logWitnessNamed", "logWitnessDropped", "securityRefused",
                                    "controlCorrectionSettled"};
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

// Which fields a struct is written with or read for: all, those in the clear, those under one seal. Whether kParties is in the clear depends on the
// procedure; a reader takes them from wherever they are.
class Part {
 public:
  static Part whole() { return Part(~0u); }
  static Part clear(bool with_parties) { return Part(bit(Seal::kClear) | (with_parties ? bit(Seal::kParties) : 0)); }
  static Part under(Seal seal) { return Part(bit(seal)); }
  Part with(Seal seal) const { return Part(seals_ | bit(seal)); }
  bool has(Seal seal) const { return (seals_ & bit(seal)) != 0; }

 private:
  explicit Part(unsigned seals) : seals_(seals) {}
  static unsigned bit(Seal seal) { return 1u << static_cast<unsigned>(seal); }
  unsigned seals_;
};

// Writes the members of one struct, in the order of fields.h, which is the order of body.capnp.
class Writer {
 public:
  Writer(DynamicStruct::Builder into, Part part) : into_(into), fields_(into.getSchema().getFields()), part_(part) {}
  template <class T> void operator()(const char*, const T& value, Seal seal = Seal::kClear) {
    if (!part_.has(seal)) return void(++index_);
    says_something_ = says_something_ || !empty(value);
    put(value);
  }
  template <class T> void optional(const char* name, const T& value, Seal seal = Seal::kClear) { (*this)(name, value, seal); }
  bool says_something() const { return says_something_; }

 private:
  // What reads as empty where it was never written.
  template <class T> static bool empty(const T& value) {
    if constexpr (std::is_same_v<T, nlohmann::json>) return value.is_null() || (value.is_object() && value.empty());
    else if constexpr (requires { value.empty(); }) return value.empty();
    else if constexpr (requires { value.value; }) return !value;
    else return false;
  }
  capnp::StructSchema::Field next() { return fields_[index_++]; }
  template <class Tag> void put(Id<Tag> id) { into_.set(next(), id.value); }
  void put(Day day) { into_.set(next(), stored_day(day)); }
  void put(const std::optional<Day>& day) { into_.set(next(), day ? stored_day(*day) : kNotKnown); }
  void put(const std::string& text) { into_.set(next(), text_of(text)); }
  void put(bool value) { into_.set(next(), value); }
  void put(int value) { into_.set(next(), value); }
  void put(std::uint64_t value) { into_.set(next(), value); }
  void put(Instant at) { into_.set(next(), static_cast<std::int64_t>(at.time_since_epoch().count())); }
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
      Writer each(list[i].as<DynamicStruct>(), Part::whole());
      describe(each, checks[i]);
    }
  }

  DynamicStruct::Builder into_;
  capnp::StructSchema::FieldList fields_;
  Part part_;
  unsigned index_ = 0;
  bool says_something_ = false;
};

class Reader {
 public:
  Reader(DynamicStruct::Reader from, Part part) : from_(from), fields_(from.getSchema().getFields()), part_(part) {}
  template <class T> void operator()(const char*, T& value, Seal seal = Seal::kClear) {
    if (!part_.has(seal)) return void(++index_);
    take(value);
  }
  template <class T> void optional(const char* name, T& value, Seal seal = Seal::kClear) { (*this)(name, value, seal); }

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
  void take(Instant& at) { at = Instant{std::chrono::microseconds{next().as<std::int64_t>()}}; }
  void take(nlohmann::json& value) {
    const auto text = view(next().as<capnp::Text>());
    if (text.empty()) return void(value = nullptr);  // never written here
    value = nlohmann::json::parse(text, nullptr, false);
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
      Reader each(one.as<DynamicStruct>(), Part::whole());
      describe(each, checks.emplace_back());
    }
  }

  DynamicStruct::Reader from_;
  capnp::StructSchema::FieldList fields_;
  Part part_;
  unsigned index_ = 0;
};

// An empty value of one alternative.
template <class Variant, std::size_t I = 0>
Variant alternative(std::size_t index) {
  if constexpr (I == std::variant_size_v<Variant>) {
    throw Unreadable{"an unknown kind"};
  } else {
    return index == I ? Variant(std::in_place_index<I>) : alternative<Variant, I + 1>(index);
  }
}

// Calls `use` with the struct that describe() knows: the fact of an entry, or the body itself.
template <class Some, class Use>
void with_fields(Some& body, const Use& use) {
  std::visit([&](auto& one) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(one)>, FactEntry>) std::visit(use, one.fact);
    else use(one);
  }, body);
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

capnp::StructSchema::Field member_of(const Body& body) {
  const auto* entry = std::get_if<FactEntry>(&body);
  return entry ? members().facts[entry->fact.index()] : capnp::Schema::from<stored::Body>().getFieldByName(kMembers[body.index() - 1]);
}

// The part's bytes; none if none of its fields says anything. An entry's ids are in the clear part, its reason is its person's.
std::optional<std::string> encode_part(const Body& body, Part part) {
  capnp::MallocMessageBuilder message(256);
  auto root = message.initRoot<stored::Body>();
  bool says_something = false;
  if (const auto* entry = std::get_if<FactEntry>(&body)) {
    if (part.has(Seal::kClear)) {
      root.setFactId(entry->id.value);
      root.setCorrects(entry->corrects.value);
      root.setCaseId(entry->case_id.value);
    }
    if (part.has(Seal::kPerson) && !entry->reason.empty()) {
      root.setReason(text_of(entry->reason));
      says_something = true;
    }
  }
  Writer writer(DynamicStruct::Builder(root).init(member_of(body)).as<DynamicStruct>(), part);
  with_fields(body, [&](const auto& one) { describe(writer, one); });
  if (!part.has(Seal::kClear) && !says_something && !writer.says_something()) return std::nullopt;
  return bytes_of(message);
}

// Reads the part into `body`, or, where it is the first, makes the body of what is stored.
void read_part(stored::Body::Reader stored, Part part, std::optional<Body>& body) {
  const auto which = static_cast<std::size_t>(stored.which());
  DynamicStruct::Reader dynamic = stored;
  const auto member = dynamic.which();
  KJ_IF_MAYBE(field, member) {
    if (which >= members().by_discriminant.size()) throw Unreadable{"an unknown kind"};
    const auto kind = members().by_discriminant[which];
    if (!body) body = kind.is_fact ? Body(FactEntry{.fact = alternative<Fact>(kind.index)}) : alternative<Body>(kind.index);
    else if (kind.is_fact ? body->index() != 0 || std::get<FactEntry>(*body).fact.index() != kind.index : body->index() != kind.index) throw Unreadable{"a section of another kind"};
    if (auto* entry = std::get_if<FactEntry>(&*body)) {
      if (part.has(Seal::kClear)) {
        entry->id = {stored.getFactId()};
        entry->corrects = {stored.getCorrects()};
        entry->case_id = {stored.getCaseId()};
      }
      if (part.has(Seal::kPerson) || stored.hasReason()) entry->reason = std::string(view(stored.getReason()));
    }
    const auto from = dynamic.get(*field).template as<DynamicStruct>();
    with_fields(*body, [&](auto& one) {
      Reader reader(from, part);
      describe(reader, one);
    });
    return;
  }
  throw Unreadable{"an unknown kind"};
}

std::optional<DecodeError> decode_part(std::string_view bytes, Part part, std::optional<Body>& body) {
  if (bytes.size() % 8 != 0 || bytes.size() < 16) return DecodeError{"not a whole number of words"};
  std::vector<std::uint64_t> aligned;
  const auto* words = reinterpret_cast<const capnp::word*>(bytes.data());
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % 8 != 0) {
    aligned.resize(bytes.size() / 8);
    std::memcpy(aligned.data(), bytes.data(), bytes.size());
    words = reinterpret_cast<const capnp::word*>(aligned.data());
  }
  try {
    capnp::ReaderOptions options;
    options.traversalLimitInWords = kTraversalWordsMax;
    options.nestingLimit = kNestingMax;
    capnp::FlatArrayMessageReader message(kj::arrayPtr(words, bytes.size() / 8), options);
    read_part(message.getRoot<stored::Body>(), part, body);
    return std::nullopt;
  } catch (const kj::Exception& malformed) {
    return DecodeError{std::string("malformed: ") + malformed.getDescription().cStr()};
  } catch (const Unreadable& unreadable) {
    return DecodeError{unreadable.what};
  }
}

constexpr std::pair<Seal, std::string_view> kSectionNames[] = {
    {Seal::kPerson, "person"}, {Seal::kHealth, "health"}, {Seal::kCase, "case"}, {Seal::kParties, "parties"}, {Seal::kAccount, "account"}, {Seal::kOffice, "office"}};
constexpr std::string_view kFormSection = "form:";  // and the class: form fields that are sealed under another than the case's, as JSON

nlohmann::json* form_in(Body& body) {
  if (auto* opened = std::get_if<CaseOpened>(&body)) return &opened->form;
  if (auto* acted = std::get_if<CaseActed>(&body)) return &acted->form;
  if (auto* corrected = std::get_if<CaseCorrected>(&body)) return &corrected->form;
  return nullptr;
}

// Whose the body's sealed values are: of a fact the person it is about.
struct Owners {
  std::string person, of_case, account;
  std::string office = "office";
};
Owners owners_of(const Body& body, const std::vector<std::string>& tags) {
  Owners owners;
  std::visit(Overloaded{[&](const FactEntry& entry) {
                          std::visit([&](const auto& fact) {
                            if constexpr (requires { fact.person; }) owners.person = "person:" + to_text(fact.person);
                          }, entry.fact);
                        },
                        [&](const FactCancelled&) {
                          for (const auto& tag : tags)
                            if (tag.starts_with("person:")) owners.person = tag;
                        },
                        [&](const auto& event) {
                          if constexpr (std::is_convertible_v<decltype(event), CaseEvent>) owners.of_case = "case:" + to_text(event.case_id);
                          else if constexpr (requires { event.account; }) owners.account = "account:" + to_text(event.account);
                        }},
             body);
  return owners;
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
      [](const SecondFactorSet&) { return std::string("account/second-factor-set"); },
      [](const TokenIssued&) { return std::string("account/token-issued"); },
      [](const TokenRevoked&) { return std::string("account/token-revoked"); },
      [](const IdentityLinked&) { return std::string("account/identity-linked"); },
      [](const SignedIn&) { return std::string("account/signed-in"); },
      [](const RecordsViewed&) { return std::string("access/viewed"); },
      [](const EmergencyOpened&) { return std::string("access/emergency-opened"); },
      [](const EmergencyReviewed&) { return std::string("access/emergency-reviewed"); },
      [](const Proposed&) { return std::string("control/proposed"); },
      [](const ProposalDecided&) { return std::string("control/decided"); },
      [](const HoldPlaced&) { return std::string("control/hold-placed"); },
      [](const HoldReleased&) { return std::string("control/hold-released"); },
      [](const Erased&) { return std::string("control/erased"); },
      [](const ProposalCarriedOut&) { return std::string("control/carried-out"); },
      [](const LogKeyIntroduced&) { return std::string("log/key-introduced"); },
      [](const LogEpochBegun&) { return std::string("log/epoch-begun"); },
      [](const WitnessNamed&) { return std::string("log/witness-named"); },
      [](const WitnessDropped&) { return std::string("log/witness-dropped"); },
      [](const ActionRefused&) { return std::string("security/refused"); },
      [](const CorrectionSettled&) { return std::string("control/correction-settled"); },
      [](const auto& event) { return case_event_type(CaseEvent(event)); },
  }, body);
}

std::string key_class_of(std::string_view reading_class) {
  return std::string(reading_class == "health" || reading_class == "harassment" ? reading_class : "general");
}

std::string encode(const Body& body) { return *encode_part(body, Part::whole()); }

SealedBody encode_sealed(const Body& given, const std::vector<std::string>& tags, const CaseSealing& sealing) {
  const Owners owners = owners_of(given, tags);
  SealedBody sealed;
  Body body = given;
  std::map<std::string, nlohmann::json> apart;
  if (auto* form = form_in(body); form && !sealing.field_classes.empty()) {
    for (const auto& [field, key_class] : sealing.field_classes)
      if (const auto value = form->find(field); value != form->end()) {
        apart[key_class][field] = std::move(*value);
        form->erase(field);
      }
  }
  const auto under = [&](Seal seal, std::string_view name, const std::string& owner, const std::string& key_class) {
    if (owner.empty()) return;
    if (auto part = encode_part(body, Part::under(seal))) sealed.sections.push_back({std::string(name), owner, key_class, std::move(*part)});
  };
  Part clear = Part::clear(!sealing.parties);
  if (owners.person.empty()) clear = clear.with(Seal::kPerson);  // about a unit or a post
  for (const auto& [seal, name] : kSectionNames) switch (seal) {
      case Seal::kPerson: under(seal, name, owners.person, "general"); break;
      case Seal::kHealth: under(seal, name, owners.person, "health"); break;
      case Seal::kCase: under(seal, name, owners.of_case, sealing.key_class); break;
      case Seal::kParties:
        if (sealing.parties) under(seal, name, owners.of_case, "parties");
        break;
      case Seal::kAccount: under(seal, name, owners.account, "general"); break;
      case Seal::kOffice: under(seal, name, owners.office, "general"); break;
      case Seal::kClear: break;
    }
  // After the case's own section: a reader puts them into the form that stands there.
  for (const auto& [key_class, fields] : apart) sealed.sections.push_back({std::string(kFormSection) + key_class, owners.of_case, key_class, fields.dump()});
  // Without a section the clear part is read as a whole: what is sealed but says nothing must then stand in it.
  sealed.clear = *encode_part(body, sealed.sections.empty() ? Part::whole() : clear);
  return sealed;
}

Result<Body, DecodeError> decode(std::string_view bytes) {
  std::optional<Body> body;
  if (auto error = decode_part(bytes, Part::whole(), body)) return *error;
  return std::move(*body);
}

Result<ReadBody, DecodeError> read_body(const EventView& event) {
  const auto sections = event.sections();
  std::optional<Body> body;
  if (auto error = decode_part(event.body(), sections.empty() ? Part::whole() : Part::clear(true), body)) return *error;
  bool erased = false;
  for (const auto& section : sections) {
    const auto text = event.unsealed(section);
    if (!text) {
      erased = true;
      continue;
    }
    if (section.name.starts_with(kFormSection)) {
      auto fields = nlohmann::json::parse(*text, nullptr, false);
      auto* form = form_in(*body);
      if (!form || !fields.is_object()) return DecodeError{"a form section of another kind"};
      if (!form->is_object()) *form = nlohmann::json::object();
      form->update(fields);
      continue;
    }
    for (const auto& [seal, name] : kSectionNames)
      if (name == section.name)
        if (auto error = decode_part(*text, Part::under(seal), body)) return *error;
  }
  return ReadBody{std::move(*body), erased};
}

Result<Body, DecodeError> decode(const EventView& event) {
  auto read = read_body(event);
  if (!read) return read.error();
  return std::move(read->body);
}

void throw_exception_from_error(const DecodeError& error, const boost::source_location&) { throw std::runtime_error("unchecked decode error: " + error.what); }

}  // namespace rireki
