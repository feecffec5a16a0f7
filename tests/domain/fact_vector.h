// The register's facts from a vector: tags as the domain derives them, positions as they are recorded.
#pragma once

#include <map>
#include <memory>

#include "domain/register.h"

namespace rireki {

class FactVector final : public FactSource {
 public:
  std::shared_ptr<const EntityFacts> facts(const std::string& tag) override {
    const auto found = by_tag_.find(tag);
    return std::make_shared<const EntityFacts>(found == by_tag_.end() ? std::vector<FactRecord>{} : found->second);
  }

  // Records without asking the invariants: for what a test takes as given.
  FactId record(Fact fact, FactId corrects = {}) {
    FactEntry entry{.id = {++ids_}, .fact = std::move(fact), .corrects = corrects, .case_id = {}, .reason = {}};
    record(entry);
    return entry.id;
  }
  void record(const FactEntry& entry) {
    Register reg(*this);
    ++position_;
    for (const auto& tag : tags_of(entry, reg)) by_tag_[tag].push_back({.position = position_, .entry = entry});
  }
  void cancel(FactId fact, std::string reason) {
    ++position_;
    for (auto& [tag, records] : by_tag_) {
      const bool here = std::any_of(records.begin(), records.end(), [&](const FactRecord& r) {
        const auto* entry = std::get_if<FactEntry>(&r.entry);
        return entry && entry->id == fact;
      });
      if (here) records.push_back({.position = position_, .entry = FactCancelled{.fact = fact, .case_id = {}, .reason = reason}});
    }
  }
  // Asks the invariants first; the rules that were broken, in order of the entries, empty if all were recorded.
  std::vector<std::string> admit(std::vector<Fact> facts, std::string reason = {}) {
    std::vector<FactEntry> entries;
    for (auto& fact : facts) entries.push_back({.id = {++ids_}, .fact = std::move(fact), .corrects = {}, .case_id = {}, .reason = reason});
    return admit_entries(entries);
  }
  std::vector<std::string> admit_entries(const std::vector<FactEntry>& entries) {
    Register reg(*this);
    std::vector<std::string> rules;
    for (const auto& violation : rireki::admit(reg, entries)) rules.push_back(violation.refusal.rule);
    if (rules.empty())
      for (const auto& entry : entries) record(entry);
    return rules;
  }
  Position position() const { return position_; }
  std::uint64_t next_id() { return ++ids_; }

 private:
  std::map<std::string, std::vector<FactRecord>> by_tag_;
  Position position_ = 0;
  std::uint64_t ids_ = 1000;
};

}  // namespace rireki
