// Acts at the line: 承認, 差戻し, 否決, 供覧, 引戻し.
#include <algorithm>

#include "domain/line.h"
#include "domain/rules.h"

namespace rireki {
namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;

Refusal refuse(const char* rule, const char* source, const char* ja, const char* en, Facts facts = {}) {
  return {.rule = rule, .source = source, .message = {ja, en}, .facts = std::move(facts), .fields = {}};
}

constexpr const char* kLine = "workflow.md 5.7 (決裁)";

bool is_act(const StationRecord& record) { return record.outcome != StationOutcome::kSeen && record.outcome != StationOutcome::kReviewedAfter; }

StationActed event_at(const Case& state, const Station& station, const Seat& seat, const Actor& actor, StationOutcome outcome, std::string comment) {
  StationActed event{.case_id = state.id, .round = state.round, .station = station.id, .outcome = outcome, .mode = *mode_at(seat, actor), .by = actor.person,
                     .for_person = {}, .comment = std::move(comment), .sent_back_to = {}, .to = {}, .checks = {}};
  if (event.mode == StationMode::kDeputy) {
    event.for_person = seat.holders.front();  // both names are in the event
    event.review_owed = station.review_after;
  }
  return event;
}

// Somebody who could act here on another day, or on another case, hears why not today.
Refusal not_seated(const DecisionContext& context, const Case& state, const std::vector<const Station*>& waiting, const Actor& actor) {
  if (!actor.person) return refuse("not-entitled", kLine, "承認できるのは職員です。", "A person approves, never a service.");
  if (actor.person == subject_person(state))
    return refuse("nobody-approves-their-own", "catalogue R-164", "自分に関する案件は承認できません。", "Nobody approves what concerns them.");
  for (const auto* station : waiting) {
    const Seat seat = seat_of(context, state, *station);
    bool post_holder = false, deputy = false;
    for (const auto& who : station->who) {
      post_holder = post_holder || is(context, state, who, actor);
      for (const auto post : posts_meant(context, state, who))
        for (const auto& named : context.reg.deputies(post, {context.today()})) deputy = deputy || named.person == actor.person;
    }
    if (post_holder) return refuse("nobody-approves-their-own", "catalogue R-164", "自分が起案した案件や、すでに承認した案件を重ねて承認することはできません。", "Nobody decides what they drafted, or approves a second time.", {{"station", station->id}});
    if (!deputy) continue;
    if (seat.absent && seat.matter_excluded) return refuse("deputy-excluded-matter", "事務決裁規程 (代決)", "この件は代決できません。決裁者の戻りを待ってください。", "A deputy may not decide this matter: wait for the holder.", {{"station", station->id}, {"matter", station->matter}});
    if (seat.absent && !station->deputy_allowed) return refuse("deputy-excluded-matter", "事務決裁規程 (代決)", "この席は代決できません。決裁者の戻りを待ってください。", "Nobody decides for the holder of this station: wait for them.", {{"station", station->id}});
    if (seat.absent) return refuse("not-entitled", kLine, "先の順位の代決者がいます。", "A deputy who comes before you is there.", {{"station", station->id}, {"deputy", seat.deputies.empty() ? "" : to_text(seat.deputies.front())}});
    if (seat.vacant) return refuse("holder-vacant", kLine, "欠員の職に代決はありません。職務代理か上位の職が決裁します。", "A vacant post has no deputies: an acting holder or the next superior decides.", {{"station", station->id}});
    return refuse("holder-present", kLine, "決裁者が在席しているので代決できません。", "The holder is there: a deputy decides only while they are absent.", {{"station", station->id}});
  }
  return refuse("not-entitled", kLine, "いま処理する席に着いていません。", "You do not sit at the station that acts now.");
}

Result<const Station*, Refusal> station_for(const DecisionContext& context, const Case& state, const Line& line, const LineProgress& at, const Actor& actor, const ActionRequest& request) {
  if (!request.station.empty() && !find_station(line, request.station))
    return refuse("unknown-station", kLine, "この決裁にない席です。", "This line has no such station.", {{"station", request.station}});
  std::vector<const Station*> waiting;
  for (const auto& station : line.groups.at(at.group).stations) {
    if (station.kind == StationKind::kInform || at.settled.contains(station.id)) continue;
    if (!request.station.empty() && station.id != request.station) continue;
    waiting.push_back(&station);
    if (mode_at(seat_of(context, state, station), actor)) return &station;
  }
  return not_seated(context, state, waiting, actor);
}

bool last_that_decides(const Line& line, std::size_t group) {
  for (std::size_t later = group + 1; later < line.groups.size(); ++later)
    for (const auto& station : line.groups[later].stations)
      if (station.kind == StationKind::kDecide) return false;
  return true;
}

// What the approvals so far amount to, after one more in `group`. 専決: where a deciding station's limit passes, its decision is final.
struct Outcome {
  bool approved = false;
  bool struck = false;  // the stations above are struck through
  std::vector<RuleCheck> checks;
};
Outcome outcome_of(const DecisionContext& context, const Definition& definition, const Case& state, const Line& line, std::size_t group) {
  Outcome outcome;
  const auto at = progress(context, state, line);
  if (at.group <= group) return outcome;
  outcome.approved = at.group == line.groups.size();
  for (const auto& station : line.groups[group].stations) {
    const bool decided = std::any_of(state.stations.begin(), state.stations.end(), [&](const StationRecord& record) {
      return record.round == state.round && record.station == station.id && record.outcome == StationOutcome::kApproved;
    });
    if (station.kind != StationKind::kDecide || !decided) continue;
    outcome.approved = outcome.approved || last_that_decides(line, group);
    if (outcome.approved || !station.limit) continue;
    const Rule& rule = *find_rule(station.limit->rule);
    auto verdict = rule.ask({context, definition, state, station.limit->params, "", subject_person(state).value_or(PersonId{})});
    outcome.checks.push_back({rule.name, rule.version, verdict.passed, std::move(verdict.facts)});
    outcome.approved = outcome.struck = verdict.passed;
  }
  return outcome;
}

// One approval, and again at each following station of its kind at which the same person is the only one who can act.
std::vector<StationActed> approve(const DecisionContext& context, const Definition& definition, const Case& given, const Line& line, const Station* station, const Actor& actor,
                                  const ActionRequest& request) {
  std::vector<StationActed> events;
  Case state = given;
  while (station) {
    std::size_t group = 0;
    find_station(line, station->id, &group);
    StationActed event = event_at(state, *station, seat_of(context, state, *station), actor, StationOutcome::kApproved, request.reason);
    apply(state, event, state.last, context.now);
    auto outcome = outcome_of(context, definition, state, line, group);
    event.checks = std::move(outcome.checks);
    if (outcome.approved) event.to = line.approved;
    if (outcome.struck && event.mode == StationMode::kOwn) event.mode = StationMode::kDelegated;
    events.push_back(std::move(event));
    if (outcome.approved) break;
    const bool decided = station->kind == StationKind::kDecide;
    station = nullptr;
    const auto at = progress(context, state, line);
    for (const auto& next : line.groups[at.group].stations) {
      if (next.kind == StationKind::kInform || at.settled.contains(next.id)) continue;
      if (next.kind == StationKind::kDecide && !decided) continue;  // to agree is not to decide
      const Seat seat = seat_of(context, state, next);
      if (seat.only(actor.person) && mode_at(seat, actor)) station = &next;
    }
  }
  return events;
}

Result<StationActed, Refusal> send_back(const Line& line, std::size_t group, StationActed event, const ActionRequest& request) {
  if (request.reason.empty()) return refuse("reason-required", "catalogue R-165", "差戻しには理由が必要です。", "Sending back needs a reason.");
  event.sent_back_to = request.target;
  if (request.target.empty()) {
    event.to = line.sent_back;
    return event;
  }
  std::size_t target = 0;
  const Station* station = find_station(line, request.target, &target);
  if (!station || target >= group || station->kind == StationKind::kInform)
    return refuse("unknown-station", kLine, "差し戻す先は、前の席か起案者です。", "Send back to an earlier station or to the drafter.", {{"target", request.target}});
  return event;
}

}  // namespace

Result<std::vector<StationActed>, Refusal> act_at_line(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor, const ActionRequest& request) {
  if (request.action == "seen") {
    for (const auto* station : unseen(context, definition, state, actor))
      if (request.station.empty() || station->id == request.station)
        return std::vector{event_at(state, *station, seat_of(context, state, *station), actor, StationOutcome::kSeen, request.reason)};
    return refuse("not-entitled", kLine, "あなたに供覧されていません。", "Nothing is circulated to you here.");
  }
  const Line& line = *definition.states.at(state.state).line;
  const LineProgress at = progress(context, state, line);
  if (at.group >= line.groups.size()) return refuse("not-in-this-state", kLine, "この決裁は終わっています。", "This line has been walked to its end.");
  const auto station = station_for(context, state, line, at, actor, request);
  if (!station) return station.error();
  if (request.action == "approve") return approve(context, definition, state, line, *station, actor, request);

  const Seat seat = seat_of(context, state, **station);
  if (request.action == "send-back") {
    auto event = send_back(line, at.group, event_at(state, **station, seat, actor, StationOutcome::kSentBack, request.reason), request);
    if (!event) return event.error();
    return std::vector{std::move(*event)};
  }
  if ((*station)->kind == StationKind::kConsult)
    return refuse("not-entitled", kLine, "合議の席では否決できません。意見を添えて差し戻してください。", "A consulted unit does not refuse: send back with an opinion.");
  if (request.reason.empty()) return refuse("reason-required", kLine, "否決には理由が必要です。", "Refusing needs a reason.");
  StationActed event = event_at(state, **station, seat, actor, StationOutcome::kRefused, request.reason);
  event.to = line.refused;
  return std::vector{std::move(event)};
}

Result<PulledBack, Refusal> pull_back(const Definition& definition, const Case& state, const Actor& actor, const ActionRequest& request) {
  const Line& line = *definition.states.at(state.state).line;
  if (!actor.person || actor.person != state.drafter)
    return refuse("not-entitled", "catalogue 1.4 (引戻し)", "引き戻せるのは起案者だけです。", "Only the drafter pulls back.");
  // Once somebody has acted on the text it is too late; a round that resumed at a station rests on those before it.
  for (const auto& record : state.stations)
    if (is_act(record) && (record.round == state.round || !state.resume_at.empty()))
      return refuse("too-late-to-pull-back", "catalogue 1.4 (引戻し)", "すでに次の席が処理しています。", "The next station has already acted.",
                    {{"by", to_text(record.by)}, {"at", iso_utc(record.at)}, {"station", record.station}});
  return PulledBack{.case_id = state.id, .round = state.round, .by = actor.person, .comment = request.reason, .to = line.sent_back};
}

std::vector<StationStatus> line_status(const DecisionContext& context, const Definition& definition, const Case& state) {
  std::vector<StationStatus> all;
  const Line* line = line_of(definition, state);
  if (!line) return all;
  const bool deciding = definition.states.at(state.state).line.has_value();
  const bool through = !deciding && state.visited.contains(line->approved);
  const auto at = progress(context, state, *line);
  for (std::size_t g = 0; g < line->groups.size(); ++g)
    for (const auto& station : line->groups[g].stations) {
      const Seat seat = seat_of(context, state, station);
      StationStatus status{station.id, station.label, station.kind, seat.holders, seat.deputies, seat.vacant, seat.absent, "waiting"};
      const StationRecord* last = nullptr;  // of this round; or what an earlier round left standing
      for (const auto& record : state.stations)
        if (record.station == station.id && is_act(record)) last = &record;
      const bool stands = last && (last->round == state.round || at.settled.contains(station.id));
      const auto seen = [&](const StationRecord& record) { return record.station == station.id && record.outcome == StationOutcome::kSeen; };
      if (std::any_of(state.stations.begin(), state.stations.end(), seen)) status.status = "seen";
      else if (last && last->outcome == StationOutcome::kSentBack && last->round + 1 == state.round) status.status = "sent-back";
      else if (stands && last->outcome == StationOutcome::kRefused) status.status = "refused";
      else if (stands && last->outcome == StationOutcome::kApproved) status.status = "approved";
      else if (through) status.status = "struck";  // 専決により
      else if (at.settled.contains(station.id)) status.status = "skipped";
      else if (deciding && g <= at.group) status.status = "next";
      all.push_back(std::move(status));
    }
  return all;
}

}  // namespace rireki
