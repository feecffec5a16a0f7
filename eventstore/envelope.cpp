#include "eventstore/envelope.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "eventstore/envelope.capnp.h"

namespace rireki {
namespace {

static_assert(std::endian::native == std::endian::little, "recordedAt is patched as little-endian bytes");

// Only for bytes that this program wrote and whose checksum the store verified: no bounds are checked. The pointer skips the segment
// table of the one segment.
stored::Envelope::Reader open(std::string_view metadata) {
  return capnp::readMessageUnchecked<stored::Envelope>(reinterpret_cast<const capnp::word*>(metadata.data()) + 1);
}

std::string_view view(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

}  // namespace

std::string encode_envelope(const NewEvent& event, const Id128& command, const Id128& salt) {
  capnp::MallocMessageBuilder message(512);
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
  root.setType(event.type);
  auto tags = root.initTags(static_cast<unsigned>(event.tags.size()));
  for (unsigned i = 0; i < tags.size(); ++i) tags.set(i, event.tags[i]);
  root.setActor(event.actor);
  if (!event.on_behalf_of.empty()) root.setOnBehalfOf(event.on_behalf_of);
  const auto segments = message.getSegmentsForOutput();
  if (segments.size() == 1) {
    const auto bytes = capnp::messageToFlatArray(segments);
    return {reinterpret_cast<const char*>(bytes.asBytes().begin()), bytes.asBytes().size()};
  }
  // Long tags needed a second segment: copied into one, since readers skip the table of exactly one.
  capnp::MallocMessageBuilder whole(static_cast<unsigned>(message.sizeInWords()) + 1);
  whole.setRoot(root.asReader());
  const auto bytes = capnp::messageToFlatArray(whole.getSegmentsForOutput());
  return {reinterpret_cast<const char*>(bytes.asBytes().begin()), bytes.asBytes().size()};
}

void set_recorded_at(char* metadata, Instant recorded_at) {
  const std::int64_t micros = recorded_at.time_since_epoch().count();
  std::memcpy(metadata + kRecordedAtOffset, &micros, sizeof micros);
}

Id128 EventView::id() const { const auto e = open(metadata_); return {e.getIdHigh(), e.getIdLow()}; }
std::string_view EventView::type() const { return view(open(metadata_).getType()); }
std::vector<std::string_view> EventView::tags() const {
  const auto stored = open(metadata_).getTags();
  std::vector<std::string_view> tags;
  tags.reserve(stored.size());
  for (const auto tag : stored) tags.push_back(view(tag));
  return tags;
}
bool EventView::has_tag(std::string_view tag) const {
  for (const auto stored : open(metadata_).getTags())
    if (view(stored) == tag) return true;
  return false;
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
