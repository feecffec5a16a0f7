#include "domain/candidates.h"

#include <algorithm>

#include "domain/rules.h"

namespace rireki {
namespace {

using nlohmann::json;

std::set<std::string> brought(const RosterJoined& entry) {
  std::set<std::string> words;
  const json detail = json::parse(entry.detail_json, nullptr, false);
  if (!detail.is_object()) return words;
  for (const char* member : {"skills", "licences", "fields"})
    for (const auto& word : detail.value(member, json::array()))
      if (word.is_string()) words.insert(word.get<std::string>());
  return words;
}

}  // namespace

std::vector<RosterJoined> entered(const Register& reg, const std::string& roster, Moment at) {
  std::map<PersonId, RosterJoined> found;
  for (const auto* entry : reg.visible("roster:" + roster, at.as_of)) {
    const auto* joined = std::get_if<RosterJoined>(&entry->fact);
    if (!joined || found.contains(joined->person)) continue;
    for (const auto& one : reg.rosters(joined->person, at))
      if (one.roster == roster) found.emplace(one.person, one);
  }
  std::vector<RosterJoined> all;
  for (auto& [person, one] : found) all.push_back(std::move(one));
  return all;
}

std::vector<Candidate> candidates(const DecisionContext& context, const Definition& procedure, const std::string& roster, const json& form, const std::vector<std::string>& wanted) {
  const ActionDefinition& opening = *procedure.opening_action();
  std::vector<Candidate> all;
  for (const auto& entry : entered(context.reg, roster, {form_day(form, "/from").value_or(context.today())})) {
    Candidate candidate{.person = entry.person, .eligible = true, .checks = {}, .matching = {}};
    Case asked;
    asked.procedure = procedure.id;
    asked.version = procedure.version;
    asked.subject = {"person", to_text(entry.person)};
    asked.form = form;
    static const std::string no_reason;
    for (const auto& use : opening.rules) {
      const Rule& rule = *find_rule(use.rule);
      const auto verdict = rule.ask({context, procedure, asked, use.params, no_reason, entry.person, {}});
      candidate.checks.push_back({rule.name, rule.source, verdict.passed, verdict.message});
      candidate.eligible = candidate.eligible && (verdict.passed || use.warn);
    }
    const auto words = brought(entry);
    for (const auto& word : wanted)
      if (words.contains(word)) candidate.matching.push_back(word);
    all.push_back(std::move(candidate));
  }
  std::sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
    return std::tuple(!a.eligible, -static_cast<int>(a.matching.size()), a.person) < std::tuple(!b.eligible, -static_cast<int>(b.matching.size()), b.person);
  });
  return all;
}

}  // namespace rireki
