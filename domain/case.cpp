#include "domain/case.h"

#include <algorithm>
#include <array>

#include "domain/facts.h"
#include "domain/fields.h"

namespace rireki {
namespace {

constexpr std::array<std::string_view, std::variant_size_v<CaseEvent>> kCaseEventTypes = {
    "case/opened", "case/acted", "case/station-acted", "case/pulled-back", "case/commented", "case/attached", "case/claimed", "case/assigned", "case/migrated", "case/deadline-passed", "case/corrected"};
constexpr std::array<std::string_view, 5> kOutcomes = {"approved", "refused", "sent-back", "seen", "reviewed-after"};
constexpr std::array<std::string_view, 4> kModes = {"own", "delegated", "deputy", "acting"};

template <class E, std::size_t N>
std::optional<E> find_word(const std::array<std::string_view, N>& words, std::string_view text) {
  const auto found = std::find(words.begin(), words.end(), text);
  return found == words.end() ? std::nullopt : std::optional(static_cast<E>(found - words.begin()));
}

// null: the field was left out when its form was sent again.
void merge(Case& state, const nlohmann::json& values, PersonId by, Position entry) {
  if (!values.is_object()) return;
  for (const auto& [name, value] : values.items()) {
    if (value.is_null()) {
      state.form.erase(name);
      state.writers.erase(name);
      state.written_at.erase(name);
    } else {
      state.form[name] = value;
      state.writers[name] = by;
      state.written_at[name] = entry;
    }
  }
}

void enter(Case& state, const std::string& to, PersonId by, Instant at) {
  if (to.empty() || to == state.state) return;
  state.state = to;
  state.visited.insert(to);
  state.entered_at = at;
  state.deadline = {};
  state.drafter = by;
}

void apply_station(Case& state, const StationActed& event, Position position, Instant at) {
  state.stations.push_back({event.round, event.station, event.outcome, event.mode, event.by, event.for_person, event.comment, event.sent_back_to, position, at});
  const std::pair owed{event.station, event.for_person};
  if (event.outcome == StationOutcome::kReviewedAfter) std::erase(state.reviews_owed, std::pair{event.station, event.by});
  else if (event.review_owed) state.reviews_owed.push_back(owed);
  if (event.outcome == StationOutcome::kSentBack) {
    ++state.round;
    state.resume_at = event.sent_back_to;
  }
  // A decision or a return moves the case, but whoever approved it is not the one who drafted it.
  const PersonId drafter = state.drafter;
  enter(state, event.to, event.by, at);
  state.drafter = drafter;
}

}  // namespace

std::string_view to_text(StationOutcome outcome) { return kOutcomes[static_cast<std::size_t>(outcome)]; }
std::string_view to_text(StationMode mode) { return kModes[static_cast<std::size_t>(mode)]; }
template <> std::optional<StationOutcome> parse_enum<StationOutcome>(std::string_view text) { return find_word<StationOutcome>(kOutcomes, text); }
template <> std::optional<StationMode> parse_enum<StationMode>(std::string_view text) { return find_word<StationMode>(kModes, text); }

std::string case_event_type(const CaseEvent& event) { return std::string(kCaseEventTypes[event.index()]); }
std::vector<std::string> all_case_event_types() { return {kCaseEventTypes.begin(), kCaseEventTypes.end()}; }
CaseId case_of(const CaseEvent& event) {
  return std::visit([](const auto& one) { return one.case_id; }, event);
}

PersonId sender_of(const CaseEvent& event) {
  return std::visit([](const auto& one) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(one)>, DeadlinePassed>) return PersonId{};
    else return one.by;
  }, event);
}

void apply(Case& state, const CaseEvent& event, Position position, Instant at) {
  std::visit(Overloaded{
      [&](const CaseOpened& e) {
        state.id = e.case_id;
        state.procedure = e.procedure;
        state.version = e.version;
        state.subject = e.subject;
        state.state = e.state;
        state.visited = {e.state};
        state.form = nlohmann::json::object();
        merge(state, e.form, e.by, position);
        state.author = state.drafter = e.by;
        state.named.insert(e.named.begin(), e.named.end());
        state.opened_from = e.opened_from;
        state.opened_at = state.entered_at = at;
      },
      [&](const CaseActed& e) {
        merge(state, e.form, e.by, position);
        state.named.insert(e.named.begin(), e.named.end());
        // Back where it has been, after stations had acted: what they agreed to is open again, so they are asked again.
        const bool again = !e.to.empty() && e.to != state.state && state.visited.contains(e.to);
        if (again && std::any_of(state.stations.begin(), state.stations.end(), [&](const StationRecord& one) { return one.round == state.round; })) {
          ++state.round;
          state.resume_at.clear();
        }
        enter(state, e.to, e.by, at);
      },
      [&](const StationActed& e) { apply_station(state, e, position, at); },
      [&](const PulledBack& e) {
        ++state.round;
        state.resume_at.clear();
        enter(state, e.to, e.by, at);
      },
      [&](const Commented& e) { state.remarks[position] = e.by; },
      [&](const Attached& e) { state.remarks[position] = e.by; },
      [&](const Claimed& e) { state.assigned = e.by; },
      [&](const Assigned& e) { state.assigned = e.to; },
      [&](const Migrated& e) {
        state.version = e.version;
        if (!e.to.empty() && e.to != state.state) {
          state.state = e.to;
          state.visited.insert(e.to);
          state.deadline = {};
        }
      },
      [&](const DeadlinePassed& e) {
        if (state.deadline.due != e.due) state.deadline = {.due = e.due, .steps = {}, .alerts = {}};
        state.deadline.steps.insert(e.step);
        if (e.to.is_object()) state.deadline.alerts.push_back({who_from_json(e.to), e.what == "handed-up"});
      },
      [&](const CaseCorrected& e) {
        if (e.withdrawn) state.withdrawn.insert(e.entry);
        if (!e.form.is_object()) return;
        // A member that a later entry wrote again says what that one said.
        for (const auto& [name, value] : e.form.items())
          // Whose words they are does not change by it: what only its writer reads stays theirs.
          if (const auto at = state.written_at.find(name); at != state.written_at.end() && at->second == e.entry) state.form[name] = value;
      },
  }, event);
  state.last = position;
}

}  // namespace rireki
