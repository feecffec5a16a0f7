#include "domain/line.h"

#include <algorithm>

#include "domain/rules.h"

namespace rireki {
namespace {

Refusal refuse(const char* rule, const char* source, const char* ja, const char* en, std::vector<std::pair<std::string, std::string>> facts = {}) {
  return {.rule = rule, .source = source, .message = {ja, en}, .facts = std::move(facts), .fields = {}};
}

bool contains(const std::vector<PersonId>& all, PersonId one) { return std::find(all.begin(), all.end(), one) != all.end(); }

std::optional<UnitId> receiving_unit(const DecisionContext& context, const Case& state, const std::string& pointer) {
  const auto value = form_value(state.form, pointer);
  const auto post = value.is_string() ? parse<PostId>(value.get<std::string>()) : std::nullopt;
  const auto held = post ? context.reg.post_ever(*post) : std::nullopt;
  return held ? deciding_unit(context.reg, held->unit, context.today()) : std::nullopt;
}
std::optional<UnitId> home_unit(const DecisionContext& context, const Case& state) {
  const auto subject = subject_person(state);
  const auto unit = subject ? context.reg.unit_of(*subject, {context.today()}) : std::nullopt;
  return unit ? deciding_unit(context.reg, *unit, context.today()) : std::nullopt;
}
// The posts that a who means, where it means posts.
std::vector<PostId> posts_of(const DecisionContext& context, const Case& state, const Who& who) {
  std::vector<PostId> posts;
  if (who.kind == Who::Kind::kFunction)
    for (const auto& post : context.reg.posts_with_function(who.value, {context.today()})) posts.push_back(post.post);
  if (who.kind == Who::Kind::kRelation) {
    const auto unit = who.value == "head-of-receiving-unit" ? receiving_unit(context, state, who.pointer) : who.value == "head-of-home-unit" ? home_unit(context, state) : std::nullopt;
    if (unit)
      if (const auto head = context.reg.head_post(*unit, {context.today()})) posts.push_back(*head);
  }
  return posts;
}

// Above a vacant post, or one whose holder is concerned: the head of the unit above.
std::optional<PersonId> next_superior(const Register& reg, PostId post, const std::set<PersonId>& excluded, Day today) {
  const auto held = reg.post_ever(post);
  auto where = held ? std::optional(held->unit) : std::nullopt;
  while (where && *where) {
    const auto head = reg.head_of(*where, {today});
    if (head && !excluded.contains(*head) && reg.presence(*head, {today}) == Presence::kPresent) return head;
    const auto unit = reg.unit(*where, {today});
    where = unit ? std::optional(unit->parent) : std::nullopt;
  }
  return std::nullopt;
}

void add_post(Seat& seat, const DecisionContext& context, const Case& state, const Station& station, PostId post) {
  const Moment today{context.today()};
  std::set<PersonId> excluded;
  if (const auto subject = subject_person(state)) excluded.insert(*subject);
  if (station.kind == StationKind::kDecide) excluded.insert(state.drafter);
  bool someone_there = false;
  std::vector<PersonId> holders;
  for (const auto& one : context.reg.holders(post, today)) {
    if (excluded.contains(one.person)) continue;
    const bool there = context.reg.presence(one.person, today) == Presence::kPresent;
    if (one.kind == PostingKind::kMain) holders.push_back(one.person);
    else if (one.kind != PostingKind::kConcurrent && there) seat.stand_ins.push_back(one.person);
    someone_there = someone_there || (there && one.kind != PostingKind::kConcurrent);
  }
  seat.holders.insert(seat.holders.end(), holders.begin(), holders.end());
  if (someone_there) return;
  if (holders.empty()) {  // 欠員: the rules of 代決 do not apply
    seat.vacant = true;
    if (const auto superior = next_superior(context.reg, post, excluded, context.today())) seat.stand_ins.push_back(*superior);
    return;
  }
  seat.absent = true;  // 不在
  if (!station.deputy_allowed) return;
  for (const auto& deputy : context.reg.deputies(post, today)) {
    if (excluded.contains(deputy.person) || context.reg.presence(deputy.person, today) != Presence::kPresent) continue;
    if (!station.matter.empty() && std::find(deputy.excluded_matters.begin(), deputy.excluded_matters.end(), station.matter) != deputy.excluded_matters.end()) {
      seat.matter_excluded = true;
      continue;
    }
    seat.deputies.push_back(deputy.person);
    return;  // in order: the first who is there
  }
}

Result<const Station*, Refusal> station_for(const DecisionContext& context, const Case& state, const Line& line, const LineProgress& at, const Actor& actor, const ActionRequest& request) {
  bool excluded_matter = false;
  for (const auto& station : line.groups.at(at.group).stations) {
    if (!request.station.empty() && station.id != request.station) continue;
    if (at.settled.contains(station.id) && station.kind != StationKind::kInform) continue;
    const Seat seat = seat_of(context, state, station);
    if (mode_at(seat, actor)) return &station;
    excluded_matter = excluded_matter || (seat.matter_excluded && seat.deputies.empty());
  }
  if (actor.person && (actor.person == subject_person(state) || actor.person == state.drafter))
    return refuse("nobody-approves-their-own", "catalogue R-164", "自分に関する案件、自分が起案した案件は承認できません。", "Nobody approves what concerns them or what they drafted.");
  if (excluded_matter)
    return refuse("deputy-excluded-matter", "事務決裁規程 (代決)", "この件は代決できません。決裁者の戻りを待つか、上位者が決裁します。", "A deputy may not decide this matter: wait for the holder or ask the superior.");
  return refuse("not-entitled", "approval line", "いま処理する席に着いていません。", "You do not sit at the station that acts now.");
}

}  // namespace

std::optional<PersonId> subject_person(const Case& state) {
  return state.subject.kind == "person" ? parse<PersonId>(state.subject.id) : std::nullopt;
}

std::optional<UnitId> deciding_unit(const Register& reg, UnitId id, Day today) {
  auto unit = reg.unit(id, {today});
  if (!unit) unit = reg.unit_ever(id);  // a unit that comes into being on the day of the order
  if (!unit) return std::nullopt;
  return unit->level == UnitLevel::kKakari && unit->parent ? unit->parent : unit->unit;
}

bool is(const DecisionContext& context, const Definition& definition, const Case& state, const Who& who, const Actor& actor) {
  if (who.kind == Who::Kind::kRole) return actor.roles.contains(who.value);
  if (!actor.person) return false;
  const Moment today{context.today()};
  const auto subject = subject_person(state);
  if (who.kind == Who::Kind::kFunction || who.value == "head-of-receiving-unit" || who.value == "head-of-home-unit") {
    for (const auto post : posts_of(context, state, who))
      for (const auto& one : context.reg.holders(post, today))
        if (one.person == actor.person && one.kind != PostingKind::kConcurrent) return true;
    return false;
  }
  if (who.value == "self") return subject == actor.person;
  if (who.value == "author") return state.author == actor.person;
  if (who.value == "author-in-line") return state.author == actor.person && subject && context.reg.is_superior_of(actor.person, *subject, today);
  if (who.value == "named-on-case") return state.named.contains(actor.person);
  if (who.value == "assigned") return state.assigned == actor.person;
  if (who.value == "superior-of-subject") return subject && context.reg.superior_of(*subject, today) == actor.person;
  if (who.value == "superiors-of-subject") return subject && context.reg.is_superior_of(actor.person, *subject, today);
  (void)definition;
  return false;
}

bool any_of(const DecisionContext& context, const Definition& definition, const Case& state, const std::vector<Who>& whos, const Actor& actor) {
  return std::any_of(whos.begin(), whos.end(), [&](const Who& who) { return is(context, definition, state, who, actor); });
}

Seat seat_of(const DecisionContext& context, const Case& state, const Station& station) {
  Seat seat;
  for (const auto& who : station.who) {
    if (who.kind == Who::Kind::kRole) seat.roles.insert(who.value);
    for (const auto post : posts_of(context, state, who)) add_post(seat, context, state, station, post);
    if (who.value == "superior-of-subject")
      if (const auto subject = subject_person(state))
        if (const auto superior = context.reg.superior_of(*subject, {context.today()})) seat.holders.push_back(*superior);
  }
  return seat;
}

std::optional<StationMode> mode_at(const Seat& seat, const Actor& actor) {
  if (actor.person && contains(seat.holders, actor.person)) return StationMode::kOwn;
  if (actor.person && contains(seat.stand_ins, actor.person)) return StationMode::kActing;
  if (actor.person && contains(seat.deputies, actor.person)) return StationMode::kDeputy;
  for (const auto& role : seat.roles)
    if (actor.roles.contains(role)) return StationMode::kOwn;
  return std::nullopt;
}

const Station* find_station(const Line& line, std::string_view id, std::size_t* group) {
  for (std::size_t g = 0; g < line.groups.size(); ++g)
    for (const auto& station : line.groups[g].stations)
      if (station.id == id) {
        if (group) *group = g;
        return &station;
      }
  return nullptr;
}

LineProgress progress(const DecisionContext& context, const Case& state, const Line& line) {
  LineProgress at;
  std::set<PersonId> approvers;
  for (const auto& record : state.stations)
    if (record.round == state.round && record.outcome == StationOutcome::kApproved) {
      at.settled.insert(record.station);
      at.approved.insert(record.station);
      approvers.insert(record.by);
    }
  std::size_t resume = 0;
  if (!state.resume_at.empty()) find_station(line, state.resume_at, &resume);
  for (at.group = 0; at.group < line.groups.size(); ++at.group) {
    const auto& group = line.groups[at.group];
    int settled = 0, needed = 0;
    for (const auto& station : group.stations) {
      if (station.kind == StationKind::kInform) continue;  // 供覧 holds nothing up
      ++needed;
      bool done = at.settled.contains(station.id) || at.group < resume;
      if (!done && station.kind != StationKind::kDecide) {
        const Seat seat = seat_of(context, state, station);
        // Nobody is asked twice: whoever drafted or already approved this round is not asked again to consent.
        done = seat.holders.size() == 1 && (seat.holders.front() == state.drafter || approvers.contains(seat.holders.front()));
        done = done || (seat.holders.empty() && seat.stand_ins.empty() && seat.roles.empty());  // there is nobody to ask
      }
      if (done) {
        at.settled.insert(station.id);
        ++settled;
      }
    }
    if (settled < (group.quorum > 0 ? std::min(group.quorum, needed) : needed)) return at;
  }
  return at;
}

bool final_here(const DecisionContext& context, const Definition& definition, const Case& state, const Line& line, std::size_t group, const Station& station) {
  if (station.kind != StationKind::kDecide) return false;
  if (station.limit) {
    const Rule* rule = find_rule(station.limit->rule);
    const RuleInput input{context, definition, state, station.limit->params, "", subject_person(state).value_or(PersonId{})};
    if (rule && rule->ask(input).passed) return true;
  }
  for (std::size_t later = group + 1; later < line.groups.size(); ++later)
    for (const auto& other : line.groups[later].stations)
      if (other.kind == StationKind::kDecide) return false;
  return true;
}

Result<StationActed, Refusal> act_at_line(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor, const ActionRequest& request) {
  const Line& line = *definition.states.at(state.state).line;
  const LineProgress at = progress(context, state, line);
  if (at.group >= line.groups.size()) return refuse("not-in-this-state", "approval line", "この決裁は終わっています。", "This line has been walked to its end.");
  const auto station = station_for(context, state, line, at, actor, request);
  if (!station) return station.error();
  const Seat seat = seat_of(context, state, **station);
  StationActed event{.case_id = state.id, .round = state.round, .station = (*station)->id, .outcome = StationOutcome::kApproved, .mode = *mode_at(seat, actor), .by = actor.person,
                     .for_person = {}, .comment = request.reason, .sent_back_to = {}, .to = {}};
  if (event.mode == StationMode::kDeputy) {
    event.for_person = seat.holders.front();  // both names are in the event
    event.review_owed = (*station)->review_after;
  }
  if (request.action == "seen") {
    event.outcome = StationOutcome::kSeen;
    return event;
  }
  if (request.action == "send-back") {
    if (request.reason.empty()) return refuse("reason-required", "catalogue R-165", "差戻しには理由が必要です。", "Sending back needs a reason.");
    event.outcome = StationOutcome::kSentBack;
    event.sent_back_to = request.target;
    if (request.target.empty()) event.to = line.sent_back;
    else {
      std::size_t target = 0;
      if (!find_station(line, request.target, &target) || target >= at.group)
        return refuse("unknown-station", "approval line", "差し戻す先は、前の席か起案者です。", "Send back to an earlier station or to the drafter.", {{"target", request.target}});
    }
    return event;
  }
  if (request.action == "refuse") {
    if ((*station)->kind != StationKind::kDecide && (*station)->kind != StationKind::kReview)
      return refuse("not-entitled", "approval line", "合議の席では否決できません。意見を添えて差し戻してください。", "A consulted unit does not refuse: send back with an opinion.");
    if (request.reason.empty()) return refuse("reason-required", "approval line", "否決には理由が必要です。", "Refusing needs a reason.");
    event.outcome = StationOutcome::kRefused;
    event.to = line.refused;
    return event;
  }
  if (final_here(context, definition, state, line, at.group, **station)) {
    event.to = line.approved;
    const bool struck = at.group + 1 < line.groups.size();
    if (struck && event.mode == StationMode::kOwn) event.mode = StationMode::kDelegated;  // 専決: the stations above are struck through
  }
  return event;
}

Result<PulledBack, Refusal> pull_back(const DecisionContext&, const Definition& definition, const Case& state, const Actor& actor, const ActionRequest& request) {
  const Line& line = *definition.states.at(state.state).line;
  if (!actor.person || actor.person != state.drafter)
    return refuse("not-entitled", "catalogue 1.4 (引戻し)", "引き戻せるのは起案者だけです。", "Only the drafter pulls back.");
  for (const auto& record : state.stations)
    if (record.round == state.round)
      return refuse("too-late-to-pull-back", "catalogue 1.4 (引戻し)", "すでに次の席が処理しています。", "The next station has already acted.", {{"by", to_text(record.by)}, {"at", iso_utc(record.at)}});
  return PulledBack{.case_id = state.id, .round = state.round, .by = actor.person, .comment = request.reason, .to = line.sent_back};
}

std::string waiting_key(const DecisionContext& context, const Case& state, const Who& who) {
  if (who.kind == Who::Kind::kRole) return "role:" + who.value;
  if (who.kind == Who::Kind::kFunction) return "function:" + who.value;
  const auto person = [](PersonId id) { return id ? "person:" + to_text(id) : std::string(); };
  if (who.value == "head-of-receiving-unit" || who.value == "head-of-home-unit") {
    const auto unit = who.value == "head-of-receiving-unit" ? receiving_unit(context, state, who.pointer) : home_unit(context, state);
    return unit ? "unit-head:" + to_text(*unit) : std::string();
  }
  if (who.value == "author" || who.value == "author-in-line") return person(state.author);
  if (who.value == "assigned") return person(state.assigned);
  const auto subject = subject_person(state);
  if (who.value == "self") return subject ? person(*subject) : std::string();
  if (who.value == "superior-of-subject" || who.value == "superiors-of-subject") return subject ? "superior-of:" + to_text(*subject) : std::string();
  return {};
}

}  // namespace rireki
