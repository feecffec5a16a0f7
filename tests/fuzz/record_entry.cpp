#include "tests/fuzz/record_entry.h"

#include "eventstore/envelope.h"
#include "eventstore/rocks_codec.h"

namespace rireki::fuzz {

bool decode_record(std::string_view bytes) {
  std::vector<std::uint64_t> aligned;
  const auto event = open_record(1, bytes, aligned);
  if (!event || !well_formed(event->metadata())) return false;
  // Every byte that an accessor hands out is touched, so that a sanitizer sees one that lies outside.
  std::size_t sum = event->body().size();
  const auto touch = [&](std::string_view text) {
    for (const char c : text) sum += static_cast<unsigned char>(c);
  };
  touch(event->type());
  touch(event->actor());
  touch(event->on_behalf_of());
  touch(event->body());
  for (const auto& section : event->sections()) {
    touch(section.name);
    touch(section.commitment);
    touch(section.bytes);
  }
  for (const auto tag : event->tags()) {
    touch(tag);
    sum += event->has_tag(tag);
  }
  sum += event->id().low + event->command().low + event->causation().low + event->correlation().low;
  sum += event->schema_version() + static_cast<std::size_t>(event->event_class()) + static_cast<std::size_t>(event->recorded_at().time_since_epoch().count());
  volatile std::size_t keep = sum;
  static_cast<void>(keep);
  return true;
}

}  // namespace rireki::fuzz
