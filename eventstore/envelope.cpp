#include "eventstore/envelope.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "proof/envelope.capnp.h"
#include "proof/leaf.h"

namespace rireki {
namespace {

static_assert(std::endian::native == std::endian::little, "recordedAt is patched as little-endian bytes");

// Only for bytes that this program wrote and whose checksum the store verified: no bounds are checked. The pointer skips the segment
// table of the one segment.
stored::Envelope::Reader open(std::string_view metadata) {
  return capnp::readMessageUnchecked<stored::Envelope>(reinterpret_cast<const capnp::word*>(metadata.data()) + 1);
}

// With its length: by its c_str() a text would end at the first NUL in it.
capnp::Text::Reader text_of(const std::string& text) { return {text.data(), text.size()}; }
capnp::Data::Reader data_of(const std::string& bytes) { return {reinterpret_cast<const capnp::byte*>(bytes.data()), bytes.size()}; }
std::string_view view(capnp::Data::Reader data) { return {reinterpret_cast<const char*>(data.begin()), data.size()}; }
std::string_view view(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

std::size_t words_of(std::size_t text_bytes) { return text_bytes / 8 + 1; }  // with its final NUL

std::size_t words_needed(const NewEvent& event) {
  constexpr std::size_t kRootWords = 1 + stored::Envelope::_capnpPrivate::dataWordSize + stored::Envelope::_capnpPrivate::pointerCount;
  std::size_t words = kRootWords + words_of(event.type.size()) + event.tags.size() + words_of(event.actor.size()) + words_of(event.on_behalf_of.size());
  for (const auto& tag : event.tags) words += words_of(tag.size());
  return words + words_of(event.commitments.size()) + words_of(event.key_ids.size());
}

// A Cap'n Proto pointer as it lies in the bytes (capnproto.org/encoding.html). Only what an Envelope can hold is known here.
class StoredWords {
 public:
  StoredWords(const char* begin, std::size_t count) : begin_(begin), count_(count) {}
  std::uint64_t at(std::size_t word) const {
    std::uint64_t value = 0;
    std::memcpy(&value, begin_ + word * 8, 8);
    return value;
  }
  // Index of the word that the pointer in `word` leads to, if `size` words from there lie inside.
  std::optional<std::size_t> target(std::size_t word, std::size_t size) const {
    const auto offset = static_cast<std::int32_t>(static_cast<std::uint32_t>(at(word))) >> 2;
    const auto index = static_cast<std::int64_t>(word) + 1 + offset;
    if (index < 0 || index > static_cast<std::int64_t>(count_) || size > count_ - static_cast<std::size_t>(index)) return std::nullopt;
    return static_cast<std::size_t>(index);
  }
  // Without a check, for bytes that were written here: the words that the pointer in `word` leads to, and how many elements it says are there.
  std::size_t follow(std::size_t word) const { return word + 1 + static_cast<std::size_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(static_cast<std::uint32_t>(at(word))) >> 2)); }
  std::size_t elements(std::size_t word) const { return at(word) >> 35; }
  std::string_view text(std::size_t word) const { return at(word) == 0 ? std::string_view() : std::string_view(begin_ + follow(word) * 8, elements(word) - 1); }  // without its final NUL
  bool bytes_or_null(std::size_t word, bool text) const {
    if (at(word) == 0) return true;
    const std::uint64_t pointer = at(word);
    const std::size_t bytes = pointer >> 35;
    if ((pointer & 3) != 1 || (pointer >> 32 & 7) != 2) return false;
    const auto start = target(word, (bytes + 7) / 8);
    return start && (!text || (bytes > 0 && begin_[*start * 8 + bytes - 1] == '\0'));
  }
  bool texts_or_null(std::size_t word) const {
    if (at(word) == 0) return true;
    const std::uint64_t pointer = at(word);
    const std::size_t texts = pointer >> 35;
    if ((pointer & 3) != 1 || (pointer >> 32 & 7) != 6) return false;
    const auto start = target(word, texts);
    if (!start) return false;
    for (std::size_t i = 0; i < texts; ++i)
      if (!bytes_or_null(*start + i, true)) return false;
    return true;
  }

 private:
  const char* begin_;
  std::size_t count_;
};

// In the order of envelope.capnp; later versions may add more.
enum StoredPointer : std::size_t { kType, kTags, kActor, kOnBehalfOf, kCommitments, kKeyIds, kKnown };

}  // namespace

std::string key_id_bytes(const Id128& key) {
  std::string bytes;
  for (const auto half : {key.high, key.low})
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(half >> shift);
  return bytes;
}
Id128 key_id_of(std::string_view bytes) {
  Id128 key;
  for (std::size_t i = 0; i < kKeyIdBytes; ++i) {
    std::uint64_t& half = i < 8 ? key.high : key.low;
    half = half << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return key;
}

void append_section(NewEvent& event, std::string_view name, const Id128& key, std::string_view commitment, std::string_view sealed) {
  if (event.key_ids.empty()) event.clear_bytes = static_cast<std::uint32_t>(event.body.size());
  event.key_ids += key_id_bytes(key);
  event.commitments += commitment;
  event.body += static_cast<char>(name.size());
  event.body += name;
  const auto length = static_cast<std::uint32_t>(sealed.size());
  event.body.append(reinterpret_cast<const char*>(&length), sizeof length);
  event.body += sealed;
}

std::string encode_envelope(const NewEvent& event, const Id128& command, const Id128& salt) {
  std::string bytes;
  append_envelope(bytes, event, command, salt);
  return bytes;
}

void append_envelope(std::string& into, const NewEvent& event, const Id128& command, const Id128& salt) {
  // One segment that is large enough from the start, since readers skip the table of exactly one. The builder hands it back zeroed.
  thread_local std::vector<std::uint64_t> segment;
  segment.resize(std::max(segment.size(), words_needed(event)));
  capnp::MallocMessageBuilder message(kj::arrayPtr(reinterpret_cast<capnp::word*>(segment.data()), segment.size()));
  auto root = message.initRoot<stored::Envelope>();
  root.setIdHigh(event.id.high);
  root.setIdLow(event.id.low);
  root.setCommandHigh(command.high);
  root.setCommandLow(command.low);
  root.setCausationHigh(event.causation.high);
  root.setCausationLow(event.causation.low);
  root.setCorrelationHigh(event.correlation.high);
  root.setCorrelationLow(event.correlation.low);
  root.setSaltHigh(salt.high);
  root.setSaltLow(salt.low);
  root.setSchemaVersion(event.schema_version);
  root.setEventClass(static_cast<std::uint8_t>(event.event_class));
  root.setType(text_of(event.type));
  auto tags = root.initTags(static_cast<unsigned>(event.tags.size()));
  for (unsigned i = 0; i < tags.size(); ++i) tags.set(i, text_of(event.tags[i]));
  root.setActor(text_of(event.actor));
  if (!event.on_behalf_of.empty()) root.setOnBehalfOf(text_of(event.on_behalf_of));
  if (!event.key_ids.empty()) {
    root.setCommitments(data_of(event.commitments));
    root.setKeyIds(data_of(event.key_ids));
    root.setClearBytes(event.clear_bytes);
  } else {
    root.setClearBytes(static_cast<std::uint32_t>(event.body.size()));
  }
  const auto segments = message.getSegmentsForOutput();
  KJ_ASSERT(segments.size() == 1);
  const auto bytes = segments[0].asBytes();
  const std::uint32_t table[2] = {0, static_cast<std::uint32_t>(segments[0].size())};
  into.append(reinterpret_cast<const char*>(table), sizeof table);
  into.append(reinterpret_cast<const char*>(bytes.begin()), bytes.size());
}

void append_body(std::string& into, const NewEvent& event, const Id128& salt) {
  into += event.body;
  if (event.key_ids.empty() && !event.body.empty()) into += key_id_bytes(salt);
}

void set_recorded_at(char* metadata, Instant recorded_at) {
  const std::int64_t micros = recorded_at.time_since_epoch().count();
  std::memcpy(metadata + kRecordedAtOffset, &micros, sizeof micros);
}

bool well_formed(std::string_view metadata) {
  if (metadata.size() < 16 || metadata.size() % 8 != 0) return false;
  std::uint32_t table[2];
  std::memcpy(table, metadata.data(), sizeof table);
  const StoredWords words(metadata.data() + 8, metadata.size() / 8 - 1);
  if (table[0] != 0 || table[1] != metadata.size() / 8 - 1) return false;
  const std::uint64_t root = words.at(0);
  const std::size_t data = root >> 32 & 0xffff, pointers = root >> 48;
  if (root == 0 || (root & 3) != 0) return false;
  const auto start = words.target(0, data + pointers);
  if (!start) return false;
  for (std::size_t i = 0; i < std::min<std::size_t>(pointers, kKnown); ++i) {
    const std::size_t word = *start + data + i;
    if (i == kTags ? !words.texts_or_null(word) : !words.bytes_or_null(word, i != kCommitments && i != kKeyIds)) return false;
  }
  return open(metadata).getEventClass() < std::size(proof::kClasses);
}

Id128 EventView::id() const { const auto e = open(metadata_); return {e.getIdHigh(), e.getIdLow()}; }
std::string_view EventView::type() const { return view(open(metadata_).getType()); }
// By hand, since a replay looks at the tags of every event: Cap'n Proto's lists of texts took a quarter of its time.
TagList EventView::tags() const {
  TagList tags;
  const StoredWords words(metadata_.data() + 8, metadata_.size() / 8 - 1);
  const std::uint64_t root = words.at(0);
  const std::size_t list = words.follow(0) + (root >> 32 & 0xffff) + kTags;  // behind the data words of the root
  if (root >> 48 <= kTags || words.at(list) == 0) return tags;
  const std::size_t first = words.follow(list), count = words.elements(list);
  for (std::size_t i = 0; i < count; ++i) tags.push_back(words.text(first + i));
  return tags;
}
bool EventView::has_tag(std::string_view tag) const {
  for (const auto stored : open(metadata_).getTags())
    if (view(stored) == tag) return true;
  return false;
}

std::string_view EventView::body() const {
  const auto envelope = open(metadata_);
  // Neither of the two: written before clear bodies were salted.
  return envelope.hasKeyIds() || envelope.getClearBytes() > 0 ? body_.substr(0, envelope.getClearBytes()) : body_;
}
// In the body behind the clear part, for each: length of its name (1), name, length (4, little endian), bytes. Ends where the bytes end: the log's
// checksum says that they are ours, a fuzzer that others do no harm.
EventView::SectionList EventView::sections() const {
  SectionList sections;
  const auto envelope = open(metadata_);
  if (!envelope.hasKeyIds()) return sections;
  const std::string_view keys = view(envelope.getKeyIds()), commitments = view(envelope.getCommitments());
  std::string_view rest = body_.substr(std::min<std::size_t>(envelope.getClearBytes(), body_.size()));
  for (std::size_t i = 0; (i + 1) * kKeyIdBytes <= keys.size() && (i + 1) * kCommitmentBytes <= commitments.size() && !rest.empty(); ++i) {
    const std::size_t name_bytes = static_cast<unsigned char>(rest.front());
    if (rest.size() < 1 + name_bytes + 4) return sections;
    SealedSection section{.name = rest.substr(1, name_bytes), .key = key_id_of(keys.substr(i * kKeyIdBytes, kKeyIdBytes)), .commitment = commitments.substr(i * kCommitmentBytes, kCommitmentBytes), .bytes = {}};
    std::uint32_t length = 0;
    std::memcpy(&length, rest.data() + 1 + name_bytes, sizeof length);
    rest.remove_prefix(1 + name_bytes + 4);
    if (length > rest.size()) return sections;
    section.bytes = rest.substr(0, length);
    rest.remove_prefix(length);
    sections.push_back(section);
  }
  return sections;
}

Instant EventView::recorded_at() const { return Instant{std::chrono::microseconds{open(metadata_).getRecordedAt()}}; }
EventClass EventView::event_class() const { return static_cast<EventClass>(open(metadata_).getEventClass()); }
std::uint32_t EventView::schema_version() const { return open(metadata_).getSchemaVersion(); }
std::string_view EventView::actor() const { return view(open(metadata_).getActor()); }
std::string_view EventView::on_behalf_of() const { return view(open(metadata_).getOnBehalfOf()); }
Id128 EventView::command() const { const auto e = open(metadata_); return {e.getCommandHigh(), e.getCommandLow()}; }
Id128 EventView::causation() const { const auto e = open(metadata_); return {e.getCausationHigh(), e.getCausationLow()}; }
Id128 EventView::correlation() const { const auto e = open(metadata_); return {e.getCorrelationHigh(), e.getCorrelationLow()}; }

}  // namespace rireki
