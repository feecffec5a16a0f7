#include <stdexcept>

#include "api/office.h"
#include "api/tag_cache.h"

namespace rireki::api {

struct FactCache::State {
  State(const EventLog& the_log, std::size_t entities_max) : log(the_log), entities(entities_max) {}
  const EventLog& log;
  TagCache<EntityFacts> entities;
};

FactCache::FactCache(const EventLog& log, std::size_t entities_max) : state_(std::make_unique<State>(log, entities_max)) {}
FactCache::~FactCache() = default;

void FactCache::forget() { state_->entities.clear(); }

std::shared_ptr<const EntityFacts> FactCache::facts(const std::string& tag) {
  return state_->entities.get(tag, state_->log.last_with_tag(tag), [&](const TagCache<EntityFacts>::Loaded& cached) {
    auto facts = cached.value ? cached.value->records() : std::vector<FactRecord>{};
    Position last = cached.last;
    const auto end = state_->log.read(with_tag(tag), ReadOptions{.after = cached.last}, [&](const EventView& event) {
      last = event.position();
      auto body = decode(event);
      if (!body) throw std::runtime_error("the event at position " + std::to_string(last) + " cannot be decoded: " + body.error().what);
      FactRecord record{.position = last, .recorded_at = event.recorded_at(), .actor = std::string(event.actor())};
      if (auto* entry = std::get_if<FactEntry>(&*body)) record.entry = std::move(*entry);
      else if (auto* cancelled = std::get_if<FactCancelled>(&*body)) record.entry = std::move(*cancelled);
      else return true;
      facts.push_back(std::move(record));
      return true;
    });
    if (!end) throw std::runtime_error("the facts of " + tag + " cannot be read: " + end.error().what);
    return TagCache<EntityFacts>::Loaded{std::make_shared<const EntityFacts>(std::move(facts)), last};
  });
}

}  // namespace rireki::api
