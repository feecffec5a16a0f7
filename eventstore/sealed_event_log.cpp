#include "eventstore/sealed_event_log.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "eventstore/envelope.h"

namespace rireki {
namespace {

constexpr std::size_t kOpeningBytes = 32;

// What a section is bound to. The parts before the type have one length each, the name ends the text: no two places give the same bytes.
std::string place_of(const Id128& event, std::uint32_t schema, const Id128& key, std::string_view type, std::string_view name) {
  std::string place = "rireki-section/v1";
  place += key_id_bytes(event);
  for (int shift = 0; shift < 32; shift += 8) place += static_cast<char>(schema >> shift);
  place += key_id_bytes(key);
  place += type;
  place += '\0';
  place += name;
  return place;
}

std::string_view commitment_text() { return "rireki-open/v1"; }

AppendError fault(AppendErrorCode code, std::size_t index, std::string what) { return {.code = code, .index = index, .what = std::move(what)}; }

bool is_id(std::string_view text) { return !text.empty() && text.size() <= kOwnerBytesMax && text.find_first_of(" \n") == text.npos; }

void draw_opening(char* into) {
  thread_local std::array<char, 32 * kOpeningBytes> drawn;
  thread_local std::size_t used = drawn.size();
  if (used == drawn.size()) {
    random_bytes(drawn.data(), drawn.size());
    used = 0;
  }
  std::copy_n(drawn.begin() + static_cast<std::ptrdiff_t>(used), kOpeningBytes, into);
  used += kOpeningBytes;
}

std::optional<AppendError> check_sections(const NewEvent& event, std::size_t index) {
  using enum AppendErrorCode;
  if (event.sections.size() > kSectionsMax) return fault(kTooLarge, index, "more than " + std::to_string(kSectionsMax) + " sections");
  for (const auto& section : event.sections)
    if (!is_id(section.name) || !is_id(section.owner) || !is_id(section.key_class)) return fault(kInvalid, index, "a section without a name, an owner or a class of 1 to 200 bytes");
  return std::nullopt;
}

}  // namespace

class SealedEventLog::Opener final : public SectionOpener {
 public:
  explicit Opener(const Keyring& keyring) : keyring_(keyring) {}
  std::optional<std::string> open(const EventView& event, const SealedSection& section) const override {
    auto opened = with_opening(event, section);
    if (opened) opened->erase(0, kOpeningBytes);
    return opened;
  }
  std::optional<std::string> with_opening(const EventView& event, const SealedSection& section) const {
    const auto key = keyring_.find(section.key);
    if (!key) return std::nullopt;
    auto opened = unseal(*key, place_of(event.id(), event.schema_version(), section.key, event.type(), section.name), section.bytes);
    if (!opened || opened->size() < kOpeningBytes) return std::nullopt;
    if (view(sha256({commitment_text(), *opened})) != section.commitment) return std::nullopt;
    return opened;
  }

 private:
  const Keyring& keyring_;
};

void throw_exception_from_error(const SealError& error, const boost::source_location&) {
  throw std::runtime_error("the log cannot be opened with this keyring: " + (error.what.empty() ? std::to_string(error.missing.size()) + " keys are missing" : error.what));
}

SealedEventLog::SealedEventLog(EventLog& log, Keyring& keyring) : log_(log), keyring_(keyring), tags_(keyring.own("tags")), opener_(std::make_shared<const Opener>(keyring)) {}
SealedEventLog::~SealedEventLog() = default;

Result<std::unique_ptr<SealedEventLog>, SealError> SealedEventLog::open(EventLog& log, Keyring& keyring) {
  SealError error;
  std::set<Id128> missing, erased;
  const Position head = log.head();
  // A keyring that has read further than there is belongs to another log, or this one was put back: everything is asked again.
  const Position after = keyring.read_up_to() > head ? 0 : keyring.read_up_to();
  const auto end = log.read(std::vector{QueryItem{.types = {kKeyCreated, kKeyErased}, .tags = {}}}, {.after = after, .up_to = head}, [&](const EventView& event) {
    const auto keys = parse_key_lines(event.body());
    if (!keys) {
      error.what = "the key event at position " + std::to_string(event.position()) + " cannot be read";
      return false;
    }
    for (const auto& key : *keys)
      if (event.type() == kKeyErased) erased.insert(key.id);
      else if (!keyring.assigned({key.id, key.whose, event.position()}) && !keyring.erased(key.id)) missing.insert(key.id);
    return true;
  });
  if (!end) error.what = end.error().what;
  for (const auto& id : erased) missing.erase(id);
  error.missing.assign(missing.begin(), missing.end());
  if (!error.what.empty() || !error.missing.empty()) return error;
  // A keyring put back from a backup still has what was erased since.
  std::erase_if(erased, [&](const Id128& id) { return !keyring.find(id); });
  if (!erased.empty())
    if (auto again = keyring.ratchet(erased, {kViewsKey}); !again) return SealError{.missing = {}, .what = again.error().what};
  keyring.read_up_to(head);
  return std::unique_ptr<SealedEventLog>(new SealedEventLog(log, keyring));
}

// What stands before the colon stays, so that a reader sees what kind of tag it is.
std::string SealedEventLog::blind(std::string_view tag) const {
  return std::string(tag.substr(0, tag.find(':') + 1)) + '~' + hex(view(hmac_sha256(tags_, {"rireki-tag/v1", tag}))).substr(0, 32);
}

void SealedEventLog::append(AppendRequest request, std::function<void(Result<Appended, AppendError>)> done) {
  std::vector<KeyLine> fresh;
  for (std::size_t i = 0; i < request.events.size(); ++i) {
    auto& event = request.events[i];
    if (event.sections.empty()) continue;
    if (auto error = check_sections(event, i)) return done(std::move(*error));
    for (const auto& section : event.sections) {
      KeyUse use;
      try {
        use = keyring_.key_for({section.owner, section.key_class});
      } catch (const std::runtime_error& failed) {
        return done(fault(AppendErrorCode::kNoSpace, i, failed.what()));
      }
      if (!use.announced && std::none_of(fresh.begin(), fresh.end(), [&](const KeyLine& one) { return one.id == use.id; }))
        fresh.push_back({use.id, {section.owner, section.key_class}, hex(view(commitment_of(use.key)))});
      std::array<char, kOpeningBytes> opening;
      draw_opening(opening.data());
      const std::string_view with_opening(opening.data(), opening.size());
      const Digest commitment = sha256({commitment_text(), with_opening, section.plaintext});
      append_section(event, section.name, use.id, view(commitment), seal(use.key, place_of(event.id, event.schema_version, use.id, event.type, section.name), {with_opening, section.plaintext}));
    }
    event.sections.clear();
  }
  if (fresh.empty()) return log_.append(std::move(request), std::move(done));
  std::array<char, kKeyIdBytes> id;
  random_bytes(id.data(), id.size());
  // First, so that the append's last position stays that of what its caller appended.
  request.events.insert(request.events.begin(), {.id = key_id_of({id.data(), id.size()}), .type = kKeyCreated, .tags = {}, .event_class = EventClass::kKey, .actor = "system", .body = key_lines(fresh)});
  log_.append(std::move(request), [&keyring = keyring_, fresh = std::move(fresh), done = std::move(done)](Result<Appended, AppendError> appended) {
    if (appended && !appended->repeated)
      for (const auto& key : fresh) keyring.assigned({key.id, key.whose, appended->first});
    done(std::move(appended));
  });
}

std::string SealedEventLog::openings(const EventView& event) const {
  std::string all;
  for (const auto& section : event.sections()) {
    const auto opened = opener_->with_opening(event, section);
    if (!opened) continue;
    all += static_cast<char>(section.name.size());
    all += section.name;
    const auto length = static_cast<std::uint32_t>(opened->size());
    all.append(reinterpret_cast<const char*>(&length), sizeof length);
    all += *opened;
  }
  return all;
}

Result<ReadEnd, ReadError> SealedEventLog::read(const Query& query, const ReadOptions& options, const EventSink& sink) const {
  return log_.read(query, options, [&](const EventView& event) { return sink(event.with(*opener_)); });
}

Result<std::unique_ptr<Subscription>, ReadError> SealedEventLog::subscribe(Query query, Position after, Subscriber subscriber) {
  subscriber.on_event = [opener = opener_, on_event = std::move(subscriber.on_event)](const EventView& event) { return on_event(event.with(*opener)); };
  return log_.subscribe(std::move(query), after, std::move(subscriber));
}

}  // namespace rireki
