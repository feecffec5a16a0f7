@0xd1f5a0c4b7e93216;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("rireki::stored");

# The stored metadata of one event. Written once, never re-encoded: never renumber, reuse or retype a field; add at the end.
struct Envelope {
  # Microseconds since 1970-01-01 UTC. First field on purpose: the writer sets it in the encoded bytes, at byte 16
  # (segment table 8, root pointer 8), since only the writer knows the time and everything else is encoded before.
  recordedAt    @0 :Int64;
  idHigh        @1 :UInt64;
  idLow         @2 :UInt64;
  commandHigh   @3 :UInt64;
  commandLow    @4 :UInt64;
  causationHigh @5 :UInt64;
  causationLow  @6 :UInt64;
  correlationHigh @7 :UInt64;
  correlationLow  @8 :UInt64;
  # 16 random bytes: type, tags and actor could be guessed from a bare digest, and the Merkle leaf will hold one.
  saltHigh      @9 :UInt64;
  saltLow       @10 :UInt64;
  schemaVersion @11 :UInt32;
  eventClass    @12 :UInt8;      # 0 domain, 1 access, 2 security, 3 key, 4 admin
  type          @13 :Text;
  tags          @14 :List(Text); # sorted bytewise, no duplicate
  actor         @15 :Text;
  onBehalfOf    @16 :Text;
  # Of the sealed sections in the body (security.md 1.2), in their order: 32 bytes of commitment and 16 of key id (big endian) each.
  commitments   @17 :Data;
  keyIds        @18 :Data;
  clearBytes    @19 :UInt32;     # how much of the body is clear: behind it stand its sections, or else 16 bytes of salt
}
