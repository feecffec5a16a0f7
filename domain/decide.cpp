#include "domain/decide.h"

#include <algorithm>
#include <stdexcept>

#include "domain/line.h"
#include "domain/rules.h"

namespace rireki {
namespace {

using nlohmann::json;

constexpr std::size_t kCommentBytesMax = 20'000;

Refusal refuse(const char* rule, std::string source, std::string ja, std::string en, std::vector<std::pair<std::string, std::string>> facts = {}) {
  return {.rule = rule, .source = std::move(source), .message = {std::move(ja), std::move(en)}, .facts = std::move(facts), .fields = {}};
}

std::string source_of(const Definition& definition) { return definition.source.empty() ? definition.id : definition.source.front(); }

std::vector<std::string> tags_of_case(const Case& state) {
  return {"case:" + to_text(state.id), "subject:" + state.subject.kind + ":" + state.subject.id, "procedure:" + state.procedure};
}

bool given(const json& form, const std::string& pointer) {
  const auto value = form_value(form, pointer);
  return !value.is_null() && value != false && value != "";
}

// What one action gathers on its way to a decision: the case as it will be, facts, cases it opens.
class Deciding {
 public:
  Deciding(const DecisionContext& context, const Definition& definition, Case state, const Actor& actor, const ActionRequest& request)
      : context_(context), definition_(definition), state_(std::move(state)), actor_(actor), request_(request) {}

  Result<Decision, Refusal> open(const ActionDefinition& action) {
    if (auto refusal = prepare(action)) return *refusal;
    state_.state = action.to;
    const CaseOpened event{.case_id = state_.id, .procedure = definition_.id, .version = definition_.version, .subject = state_.subject, .action = action.id, .state = action.to,
                           .form = request_.form, .by = actor_.person, .opened_from = state_.opened_from, .checks = checks_, .named = named(action)};
    return finish(action, event);
  }

  Result<Decision, Refusal> act(const ActionDefinition& action) {
    if (auto refusal = prepare(action)) return *refusal;
    const std::string from = state_.state;
    if (!action.to.empty()) state_.state = action.to;
    const CaseActed event{.case_id = state_.id, .action = action.id, .from = from, .to = action.to, .form = request_.form, .reason = request_.reason, .by = actor_.person,
                          .checks = checks_, .named = named(action)};
    return finish(action, event);
  }

 private:
  // Form, reason, rules: what may refuse. Afterwards the case's form holds what was sent.
  std::optional<Refusal> prepare(const ActionDefinition& action) {
    if (!action.form.empty()) {
      if (auto errors = definition_.forms.at(action.form).check(request_.form); !errors.empty()) {
        auto refusal = refuse("form", source_of(definition_), "入力に誤りがあります。示した項目を直してください。", "The input has errors. Mend the fields shown.");
        refusal.fields = std::move(errors);
        return refusal;
      }
    } else if (!request_.form.empty()) {
      return refuse("form", source_of(definition_), "この処理に様式はありません。", "This action has no form.");
    }
    if (action.reason_required && request_.reason.empty())
      return refuse("reason-required", source_of(definition_), "理由を書いてください。", "Give a reason.", {{"action", action.id}});
    for (const auto& [name, value] : request_.form.items()) state_.form[name] = value;
    for (const auto& use : action.rules)
      if (auto refusal = ask(use)) return refusal;
    return std::nullopt;
  }

  std::optional<Refusal> ask(const RuleUse& use) {
    const Rule& rule = *find_rule(use.rule);
    const RuleInput input{context_, definition_, state_, use.params, request_.reason, subject_person(state_).value_or(PersonId{})};
    auto verdict = rule.ask(input);
    if (!verdict.passed && !(use.warn && !request_.reason.empty())) {
      auto refusal = refuse(rule.name, rule.source, verdict.message.ja, verdict.message.en, std::move(verdict.facts));
      if (use.warn) {
        refusal.message.ja += "理由を添えれば進められます。";
        refusal.message.en += " With a reason it can go ahead.";
      }
      return refusal;
    }
    checks_.push_back({rule.name, rule.version, verdict.passed, std::move(verdict.facts)});
    return std::nullopt;
  }

  std::vector<PersonId> named(const ActionDefinition& action) const {
    std::vector<PersonId> persons;
    for (const auto& pointer : action.names_reader) {
      const auto value = form_value(request_.form, pointer);
      if (value.is_string())
        if (const auto id = parse<PersonId>(value.get<std::string>())) persons.push_back(*id);
    }
    return persons;
  }

  template <class Event>
  Result<Decision, Refusal> finish(const ActionDefinition& action, const Event& event) {
    for (const auto person : event.named)
      if (!context_.reg.person(person, {context_.today()})) return refuse("known-person", "register", "台帳にない職員です。", "The register does not know this person.", {{"person", to_text(person)}});
    Decision decision{.events = {{Body(event), tags_of_case(state_)}}, .case_id = state_.id, .state = state_.state};
    if (auto refusal = record(action, decision)) return *refusal;
    if (auto refusal = open_others(action, decision)) return *refusal;
    return decision;
  }

  // --- Effects ---
  std::optional<Refusal> record(const ActionDefinition& action, Decision& decision) {
    std::vector<FactEntry> entries;
    for (const auto& effect : action.effects) {
      if (effect.cancels) {
        if (auto refusal = cancel(decision)) return refusal;
      } else if (!effect.corrects.empty()) {
        if (auto refusal = correct(*definition_.action(effect.corrects), entries)) return refusal;
      } else if (auto refusal = plan(effect, entries)) {
        return refusal;
      }
    }
    auto violations = admit(context_.reg, entries);
    if (!violations.empty()) return violations.front().refusal;
    for (auto& entry : entries) {
      auto tags = tags_of(entry, context_.reg);
      decision.events.push_back({std::move(entry), std::move(tags)});
    }
    return std::nullopt;
  }

  std::optional<Refusal> plan(const Effect& effect, std::vector<FactEntry>& entries, FactId corrects = {}) {
    if (!effect.when.empty() && !given(state_.form, effect.when)) return std::nullopt;
    if (!effect.unless.empty() && given(state_.form, effect.unless)) return std::nullopt;
    json values = json::object();
    for (const auto& [name, source] : effect.values.items()) {
      json value = value_of(source);
      if (value.is_null() && source.contains("register") && effect.if_present) return std::nullopt;
      if (!value.is_null()) values[name] = std::move(value);
    }
    auto fact = fact_from_json(effect.fact, values);
    if (!fact) {
      auto refusal = refuse("form", source_of(definition_), "発令に必要な項目が足りません。", "A field that the order needs is missing.");
      refusal.fields = fact.error();
      return refusal;
    }
    entries.push_back({.id = context_.ids.make<FactId>(), .fact = std::move(*fact), .corrects = corrects, .case_id = state_.id, .reason = request_.reason});
    return std::nullopt;
  }

  json value_of(const json& source) {
    if (source.contains("const")) return source["const"];
    if (source.contains("subject")) return state_.subject.id;
    if (source.contains("new")) return to_text(context_.ids.make<LeaveId>());
    if (source.contains("register")) return former_main_post();
    json value = form_value(state_.form, source.value("form", ""));
    if (source.contains("days") && value.is_string())
      if (const auto day = parse_iso(value.get<std::string>())) return iso(*day + days{source["days"].get<int>()});
    return value;
  }

  // The main post on the day before the order takes effect; the one that this case itself gave does not count.
  json former_main_post() const {
    const auto subject = subject_person(state_);
    const auto effective = form_day(state_.form, "/effective");
    if (!subject || !effective) return json();
    for (const auto& one : context_.reg.all_postings(*subject))
      if (one.kind == PostingKind::kMain && one.case_id != state_.id && one.period.first < *effective && one.period.last >= *effective - days{1}) return to_text(one.post);
    return json();
  }

  // The facts of this case that still hold, with the tag under which each was found.
  std::vector<std::pair<FactEntry, std::string>> facts_of_case() const {
    std::vector<std::pair<FactEntry, std::string>> found;
    const std::string tag = state_.subject.kind + ":" + state_.subject.id;
    for (const auto* entry : context_.reg.visible(tag))
      if (entry->case_id == state_.id) found.emplace_back(*entry, tag);
    return found;
  }

  std::optional<Refusal> cancel(Decision& decision) {
    std::vector<std::string> touched;
    for (const auto& [entry, tag] : facts_of_case()) {
      auto tags = tags_of(entry, context_.reg);
      const FactCancelled cancelled{.fact = entry.id, .case_id = state_.id, .reason = request_.reason};
      context_.reg.overlay(cancelled, tags);
      touched.insert(touched.end(), tags.begin(), tags.end());
      decision.events.push_back({cancelled, std::move(tags)});
    }
    return check_standing(context_.reg, touched);
  }

  // The effects of the action again, with today's form; each corrects the fact of its kind that the case recorded.
  std::optional<Refusal> correct(const ActionDefinition& action, std::vector<FactEntry>& entries) {
    auto recorded = facts_of_case();
    for (const auto& effect : action.effects) {
      const auto old = std::find_if(recorded.begin(), recorded.end(), [&](const auto& one) { return fact_type(one.first.fact) == "fact/" + effect.fact; });
      if (old == recorded.end()) continue;
      Effect again = effect;
      // What ended then ends now too, whatever the person's main post would be called today.
      if (const auto* ended = std::get_if<PostingEnded>(&old->first.fact)) again.values["post"] = {{"const", to_text(ended->post)}};
      const std::size_t before = entries.size();
      if (auto refusal = plan(again, entries, old->first.id)) return refusal;
      if (entries.size() > before) recorded.erase(old);
    }
    if (entries.empty()) return refuse("nothing-to-correct", "catalogue R-007", "訂正する発令がありません。", "There is no order to correct.");
    return std::nullopt;
  }

  // --- Cases that this one opens ---
  std::optional<Refusal> open_others(const ActionDefinition& action, Decision& decision) {
    for (const auto& opens : action.opens) {
      if (!opens.when.empty() && !given(state_.form, opens.when)) continue;
      const auto other = context_.procedures(opens.procedure, 0);
      if (!other) return refuse("not-in-force", source_of(definition_), "続けて開く手続が施行されていません: " + opens.procedure, "The procedure to open is not in force: " + opens.procedure);
      ActionRequest request{.procedure = opens.procedure, .subject = state_.subject, .action = {}};
      for (const auto& [name, source] : opens.form.items())
        if (json value = value_of(source); !value.is_null()) request.form[name] = std::move(value);
      Case opened;
      opened.id = context_.ids.make<CaseId>();
      opened.procedure = other->id;
      opened.version = other->version;
      opened.subject = state_.subject;
      opened.author = actor_.person;
      opened.opened_from = state_.id;
      auto decided = Deciding(context_, *other, std::move(opened), actor_, request).open(*other->opening_action());
      if (!decided) return decided.error();
      decision.events.insert(decision.events.end(), std::make_move_iterator(decided->events.begin()), std::make_move_iterator(decided->events.end()));
    }
    return std::nullopt;
  }

  const DecisionContext& context_;
  const Definition& definition_;
  Case state_;
  const Actor& actor_;
  const ActionRequest& request_;
  std::vector<RuleCheck> checks_;
};

std::optional<Refusal> subject_known(const DecisionContext& context, const Definition& definition, const Subject& subject) {
  const auto unknown = [&] { return refuse("known-subject", source_of(definition), "対象が台帳にありません。", "The register does not know this subject.", {{"subject", subject.id}}); };
  if (subject.kind != definition.subject_kind) return refuse("subject-kind", source_of(definition), "この手続の対象ではありません。", "This procedure is not about that kind of subject.", {{"kind", definition.subject_kind}});
  if (subject.kind == "person") {
    const auto id = parse<PersonId>(subject.id);
    if (!id || !context.reg.person(*id, {context.today()})) return unknown();
  } else if (subject.kind == "post") {
    const auto id = parse<PostId>(subject.id);
    if (!id || !context.reg.post_ever(*id)) return unknown();
  } else if (subject.kind == "unit") {
    const auto id = parse<UnitId>(subject.id);
    if (!id || !context.reg.unit_ever(*id)) return unknown();
  }
  return std::nullopt;
}

std::optional<Refusal> already_open(const DecisionContext& context, const Definition& definition, const ActionRequest& request) {
  if (definition.open_at_once == "many") return std::nullopt;
  for (const auto& open : context.open_cases(definition.id, request.subject)) {
    if (definition.open_at_once == "one-per-fiscal-year" && fiscal_year(local_day(open.opened_at)) != fiscal_year(context.today())) continue;
    if (definition.open_at_once == "one-per-effective-date" && form_value(open.form, "/effective") != form_value(request.form, "/effective")) continue;
    return refuse("already-open", source_of(definition), "同じ対象の案件がすでに開いています。", "A case about the same subject is already open.", {{"case", to_text(open.id)}});
  }
  return std::nullopt;
}

Result<Decision, Refusal> one_event(const Case& state, Body event, std::string to = {}) {
  Decision decision{.events = {{std::move(event), tags_of_case(state)}}, .case_id = state.id, .state = to.empty() ? state.state : std::move(to)};
  return decision;
}

std::string text_member(const json& form, const char* name) {
  const auto found = form.find(name);
  return found != form.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// 後閲: the absent holder sees afterwards what was decided in their name.
Result<Decision, Refusal> review_after(const Case& state, const Actor& actor) {
  for (const auto& [station, holder] : state.reviews_owed)
    if (holder == actor.person)
      return one_event(state, StationActed{.case_id = state.id, .round = state.round, .station = station, .outcome = StationOutcome::kReviewedAfter, .mode = StationMode::kOwn, .by = actor.person,
                                           .for_person = {}, .comment = {}, .sent_back_to = {}, .to = {}});
  return refuse("not-entitled", "catalogue R-163", "後閲する代決はありません。", "There is no deputy decision for you to review.");
}

Result<Decision, Refusal> attach(const Case& state, const Actor& actor, const json& form) {
  const Attached event{.case_id = state.id, .by = actor.person, .name = text_member(form, "name"), .media_type = text_member(form, "media_type"), .sha256 = text_member(form, "sha256"),
                       .bytes = form.value("bytes", std::uint64_t{0})};
  if (event.name.empty() || event.sha256.size() != 64) return refuse("form", "attachments", "添付にはファイル名と内容のハッシュが必要です。", "An attachment needs a name and the hash of its content.");
  return one_event(state, event);
}

Result<Decision, Refusal> assign(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor, const ActionRequest& request) {
  const bool manages = actor.roles.contains("hr") || actor.roles.contains("manager") || state.assigned == actor.person;
  if (!manages) return refuse("not-entitled", source_of(definition), "担当を決められるのは人事、管理職、いまの担当者です。", "HR, managers and the present assignee assign.");
  if (request.action == "release") return one_event(state, Assigned{.case_id = state.id, .by = actor.person, .to = {}});
  const auto to = parse<PersonId>(request.target);
  if (!to || !context.reg.employment(*to, {context.today()})) return refuse("known-person", "register", "在職する職員を指定してください。", "Name somebody who is employed.", {{"target", request.target}});
  return one_event(state, Assigned{.case_id = state.id, .by = actor.person, .to = *to});
}

bool is_built_in(std::string_view action) {
  static const std::set<std::string_view> names = {"comment", "attach", "claim", "assign", "release", "approve", "refuse", "send-back", "pull-back", "seen", "review-after"};
  return names.contains(action);
}

Result<Decision, Refusal> built_in(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor, const ActionRequest& request) {
  const State& here = definition.states.at(state.state);
  if (request.action == "review-after") return review_after(state, actor);
  if (request.action == "comment") {
    const auto text = text_member(request.form, "text");
    if (text.empty() || text.size() > kCommentBytesMax) return refuse("form", source_of(definition), "コメントを書いてください（20,000バイトまで）。", "Write a comment (20,000 bytes at most).");
    return one_event(state, Commented{.case_id = state.id, .by = actor.person, .text = text});
  }
  if (request.action == "attach") return attach(state, actor, request.form);
  if (here.final()) return refuse("not-in-this-state", source_of(definition), "終わった案件です。", "The case is closed.", {{"state", state.state}});
  if (request.action == "claim") {
    if (state.assigned && state.assigned != actor.person) return refuse("already-assigned", source_of(definition), "すでに担当者がいます。", "Somebody already has this case.", {{"assigned", to_text(state.assigned)}});
    return one_event(state, Claimed{.case_id = state.id, .by = actor.person});
  }
  if (request.action == "assign" || request.action == "release") return assign(context, definition, state, actor, request);
  if (!here.line) return refuse("not-in-this-state", source_of(definition), "いまは決裁中ではありません。", "Nothing is being decided now.", {{"state", state.state}});
  if (request.action == "pull-back") {
    auto pulled = pull_back(context, definition, state, actor, request);
    if (!pulled) return pulled.error();
    const std::string to = pulled->to;
    return one_event(state, std::move(*pulled), to);
  }
  auto acted = act_at_line(context, definition, state, actor, request);
  if (!acted) return acted.error();
  std::string to = acted->to;
  // The last consent of a quorum may leave nobody to wait for: then the line is through.
  return one_event(state, std::move(*acted), std::move(to));
}

bool from_here(const ActionDefinition& action, const Case& state, const State& here) {
  if (action.opens_case || here.final()) return false;
  return action.from_any || std::find(action.from.begin(), action.from.end(), state.state) != action.from.end();
}

}  // namespace

void throw_exception_from_error(const Refusal& refusal, const boost::source_location&) { throw std::runtime_error("unchecked refusal: " + refusal.rule + " " + refusal.message.en); }

Result<Decision, Refusal> open_case(const DecisionContext& context, const Actor& actor, const ActionRequest& request) {
  const auto definition = context.procedures(request.procedure, 0);
  if (!definition) return refuse("unknown-procedure", "catalogue", "この手続は今日施行されていません。", "This procedure is not in force today.", {{"procedure", request.procedure}});
  Case state;
  state.id = context.ids.make<CaseId>();
  state.procedure = definition->id;
  state.version = definition->version;
  state.subject = request.subject;
  state.author = state.drafter = actor.person;
  const auto not_entitled = [&] { return refuse("not-entitled", source_of(*definition), "この手続を開く立場にありません。", "You are not one of those who open this procedure."); };
  // Who is not entitled learns nothing of the subject, not even whether it exists.
  if (!any_of(context, *definition, state, definition->open_who, actor)) return not_entitled();
  if (auto unknown = subject_known(context, *definition, request.subject)) return *unknown;
  if (!any_of(context, *definition, state, definition->opening_action()->who, actor)) return not_entitled();
  if (subject_person(state) == actor.person) return refuse("nobody-approves-their-own", "catalogue R-164", "自分を対象とする案件は開けません。", "Nobody opens a case about themselves here.");
  if (auto open = already_open(context, *definition, request)) return *open;
  return Deciding(context, *definition, std::move(state), actor, request).open(*definition->opening_action());
}

Result<Decision, Refusal> decide(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor, const ActionRequest& request) {
  if (is_built_in(request.action)) return built_in(context, definition, state, actor, request);
  const ActionDefinition* action = definition.action(request.action);
  if (!action) return refuse("unknown-action", source_of(definition), "この手続にない処理です。", "This procedure has no such action.", {{"action", request.action}});
  if (!from_here(*action, state, definition.states.at(state.state)))
    return refuse("not-in-this-state", source_of(definition), "いまの状態ではできない処理です。", "This cannot be done in the present state.", {{"state", state.state}, {"action", action->id}});
  if (!any_of(context, definition, state, action->who, actor))
    return refuse("not-entitled", source_of(definition), "この処理を行う立場にありません。", "You are not one of those who do this.", {{"action", action->id}});
  return Deciding(context, definition, state, actor, request).act(*action);
}

std::vector<OpenAction> open_actions(const DecisionContext& context, const Definition& definition, const Case& state, const Actor& actor) {
  std::vector<OpenAction> open;
  const State& here = definition.states.at(state.state);
  for (const auto& action : definition.actions)
    if (from_here(action, state, here) && any_of(context, definition, state, action.who, actor))
      open.push_back({action.id, action.label, "", StationMode::kOwn, action.form, action.reason_required});
  if (here.line) {
    const auto at = progress(context, state, *here.line);
    if (at.group < here.line->groups.size())
      for (const auto& station : here.line->groups[at.group].stations) {
        const auto mode = mode_at(seat_of(context, state, station), actor);
        if (!mode || (at.settled.contains(station.id) && station.kind != StationKind::kInform)) continue;
        if (station.kind == StationKind::kInform) {
          open.push_back({"seen", {"供覧", "Seen"}, station.id, *mode, "", false});
          continue;
        }
        open.push_back({"approve", station.kind == StationKind::kDecide ? Text{"決裁", "Decide"} : Text{"承認", "Approve"}, station.id, *mode, "", false});
        open.push_back({"send-back", {"差戻し", "Send back"}, station.id, *mode, "", true});
        if (station.kind != StationKind::kConsult) open.push_back({"refuse", {"否決", "Refuse"}, station.id, *mode, "", true});
      }
    if (pull_back(context, definition, state, actor, {})) open.push_back({"pull-back", {"引戻し", "Pull back"}, "", StationMode::kOwn, "", false});
  }
  for (const auto& [station, holder] : state.reviews_owed)
    if (holder == actor.person) open.push_back({"review-after", {"後閲", "Review afterwards"}, station, StationMode::kOwn, "", false});
  open.push_back({"comment", {"コメント", "Comment"}, "", StationMode::kOwn, "", false});
  return open;
}

std::vector<std::string> waiting_on(const DecisionContext& context, const Definition& definition, const Case& state) {
  std::set<std::string> keys;
  const auto add = [&](const std::vector<Who>& whos) {
    for (const auto& who : whos)
      if (auto key = waiting_key(context, state, who); !key.empty()) keys.insert(std::move(key));
  };
  const State& here = definition.states.at(state.state);
  if (here.line) {
    const auto at = progress(context, state, *here.line);
    if (at.group < here.line->groups.size())
      for (const auto& station : here.line->groups[at.group].stations)
        if (!at.settled.contains(station.id)) add(station.who);
  } else if (!here.final()) {
    for (const auto& action : definition.actions)
      if (from_here(action, state, here) && !action.from_any) add(action.who);
    for (const auto named : state.named) keys.insert("person:" + to_text(named));
  }
  if (state.assigned) keys.insert("person:" + to_text(state.assigned));
  for (const auto& [station, holder] : state.reviews_owed) keys.insert("person:" + to_text(holder));
  return {keys.begin(), keys.end()};
}

std::set<std::string> worklist_keys(const Register& reg, const Actor& actor, Day today) {
  std::set<std::string> keys;
  for (const auto& role : actor.roles) keys.insert("role:" + role);
  if (!actor.person) return keys;
  const Moment now{today};
  keys.insert("person:" + to_text(actor.person));
  const auto add_post = [&](PostId id) {
    const auto post = reg.post(id, now);
    if (!post) return;
    if (!post->function.empty()) keys.insert("function:" + post->function);
    if (!post->head) return;
    keys.insert("unit-head:" + to_text(post->unit));
    // Everybody of the unit and of the units below.
    std::vector<UnitId> units{post->unit};
    for (std::size_t i = 0; i < units.size(); ++i) {
      for (const auto child : reg.children(units[i], now)) units.push_back(child);
      for (const auto& place : reg.posts_of(units[i], now))
        for (const auto& holder : reg.holders(place.post, now))
          if (holder.person != actor.person) keys.insert("superior-of:" + to_text(holder.person));
    }
  };
  for (const auto& posting : reg.postings(actor.person, now))
    if (posting.kind != PostingKind::kConcurrent) add_post(posting.post);
  // 代決: the posts whose holder is away today and for which this person stands by.
  for (const auto* entry : reg.visible("person:" + to_text(actor.person)))
    if (const auto* named = std::get_if<DeputyNamed>(&entry->fact); named && named->deputy == actor.person && named->from <= today && today <= named->last_day)
      for (const auto& holder : reg.holders(named->post, now))
        if (const auto presence = reg.presence(holder.person, now); presence == Presence::kOnLeave || presence == Presence::kAway) add_post(named->post);
  return keys;
}

std::vector<StationStatus> line_status(const DecisionContext& context, const Definition& definition, const Case& state) {
  std::vector<StationStatus> all;
  const Line* line = nullptr;
  for (const auto& [id, one] : definition.states)
    if (one.line && (id == state.state || (!line && state.visited.contains(id)))) line = &*one.line;
  if (!line) return all;
  const bool deciding = definition.states.at(state.state).line.has_value();
  const auto at = progress(context, state, *line);
  const bool through = !deciding && state.visited.contains(line->approved);
  for (std::size_t g = 0; g < line->groups.size(); ++g)
    for (const auto& station : line->groups[g].stations) {
      const Seat seat = seat_of(context, state, station);
      StationStatus status{station.id, station.label, station.kind, seat.holders, seat.deputies, seat.vacant, seat.absent, "waiting"};
      if (at.approved.contains(station.id)) status.status = "approved";
      else if (at.settled.contains(station.id)) status.status = "skipped";
      else if (through) status.status = "struck";  // 専決により
      else if (deciding && g == at.group) status.status = "next";
      for (const auto& record : state.stations)
        if (record.round == state.round && record.station == station.id && record.outcome == StationOutcome::kRefused) status.status = "refused";
      all.push_back(std::move(status));
    }
  return all;
}

namespace {

bool is_open_day(Day day) {
  const auto weekday = std::chrono::weekday{day};
  const std::chrono::year_month_day date{day};
  const bool new_year = (date.month() == std::chrono::December && unsigned(date.day()) >= 29) || (date.month() == std::chrono::January && unsigned(date.day()) <= 3);
  return weekday != std::chrono::Saturday && weekday != std::chrono::Sunday && !new_year;
}

Day add_offset(Day from, const std::string& offset) {
  const int sign = offset.front() == '-' ? -1 : 1;
  const std::size_t digits = offset.find_first_not_of("0123456789", 1);
  const int count = std::stoi(offset.substr(1, digits - 1));
  const std::string unit = offset.substr(digits);
  if (unit == "d") return from + days{sign * count};
  if (unit == " months") {
    const auto date = std::chrono::year_month_day{from} + std::chrono::months{sign * count};
    return date.ok() ? Day{date} : Day{date.year() / date.month() / std::chrono::last};
  }
  for (int left = count; left > 0;) {  // 開庁日 count as whole days
    from += days{sign};
    if (is_open_day(from)) --left;
  }
  return from;
}

}  // namespace

std::optional<Day> due(const Definition& definition, const Case& state) {
  for (const auto& deadline : definition.deadlines) {
    if (deadline.state != state.state) continue;
    const auto anchor = deadline.anchor == "entered" ? std::optional(local_day(state.entered_at)) : form_day(state.form, deadline.anchor);
    if (!anchor) continue;
    Day day = add_offset(*anchor, deadline.offset);
    while (!deadline.roll.empty() && !is_open_day(day)) day += days{deadline.roll == "next" ? 1 : -1};
    return day;
  }
  return std::nullopt;
}

}  // namespace rireki
