// The stored metadata of an event: an Envelope (proof/envelope.capnp), encoded once on the caller's thread.
#pragma once

#include <string>

#include "eventstore/log.h"

namespace rireki {

// Standard Cap'n Proto bytes, one segment, with segment table; a multiple of 8 bytes. recordedAt is 0: only the writer knows it.
// `salt` is random, so that a digest of these bytes gives nothing away. event.tags must be sorted.
std::string encode_envelope(const NewEvent& event, const Id128& command, const Id128& salt);
void append_envelope(std::string& into, const NewEvent& event, const Id128& command, const Id128& salt);

// The body as it is stored: a clear one with its salt behind it (16 random bytes), since a digest of few or short words could be guessed; one with
// sealed sections holds randomness enough. An empty one stays empty.
void append_body(std::string& into, const NewEvent& event, const Id128& salt);

// recordedAt's place in those bytes: segment table (8), root pointer (8), then the struct's first data field.
inline constexpr std::size_t kRecordedAtOffset = 16;
void set_recorded_at(char* metadata, Instant recorded_at);

// The sealed sections of an event, as EventView::sections reads them.
inline constexpr std::size_t kKeyIdBytes = 16, kCommitmentBytes = 32;
std::string key_id_bytes(const Id128& key);
Id128 key_id_of(std::string_view bytes);  // requires kKeyIdBytes of them
// Requires: a name of at most 255 bytes, kCommitmentBytes of commitment; the clear part is in event.body already.
void append_section(NewEvent& event, std::string_view name, const Id128& key, std::string_view commitment, std::string_view sealed);

// True if every accessor of EventView stays inside these bytes, wherever they come from. The accessors themselves check no bounds: they
// are for bytes that this program wrote and whose checksum the store has verified. Requires: `metadata` is 8-byte aligned.
bool well_formed(std::string_view metadata);

}  // namespace rireki
