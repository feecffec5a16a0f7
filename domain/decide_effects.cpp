#include "domain/decide_effects.h"

#include <algorithm>

#include "domain/access.h"
#include "domain/rules.h"

namespace rireki {
namespace {

using nlohmann::json;

// The main post on the day before the order takes effect; the one that this case itself gave does not count.
json former_main_post(const DecisionContext& context, const Case& state, const std::string& before) {
  const auto subject = subject_person(state);
  const auto effective = form_day(state.form, before);
  if (!subject || !effective) return json();
  for (const auto& one : context.reg.all_postings(*subject))
    if (one.kind == PostingKind::kMain && one.case_id != state.id && one.period.first < *effective && one.period.last >= *effective - days{1}) return to_text(one.post);
  return json();
}

json main_post_on(const DecisionContext& context, const Case& state, const std::string& on) {
  const auto subject = subject_person(state);
  const auto day = form_day(state.form, on);
  if (!subject || !day) return json();
  for (const auto& one : context.reg.postings(*subject, {*day}))
    if (one.kind == PostingKind::kMain) return to_text(one.post);
  return json();
}

json leave_of_case(const DecisionContext& context, const Case& state) {
  for (const auto* entry : context.reg.visible(state.subject.kind + ":" + state.subject.id))
    if (const auto* started = std::get_if<LeaveStarted>(&entry->fact); started && entry->case_id == state.id) return to_text(started->leave);
  return json();
}

class Recording {
 public:
  Recording(const DecisionContext& context, const Definition& definition, const Case& state, const ActionDefinition& action, const std::string& reason)
      : context_(context), definition_(definition), state_(state), action_(action), reason_(reason) {}

  std::optional<Refusal> record(Decision& decision) {
    for (const auto& effect : action_.effects) {
      if (effect.cancels) {
        if (auto refusal = cancel(facts_of_case(), decision)) return refusal;
      } else if (!effect.ends_on.empty()) {
        if (auto refusal = end_postings(form_day(state_.form, effect.ends_on).value_or(context_.today()), decision)) return refusal;
      } else if (!effect.corrects.empty()) {
        if (auto refusal = correct(*definition_.action(effect.corrects))) return refusal;
      } else if (auto refusal = plan(effect, {})) {
        return refusal;
      }
    }
    if (entries_.empty()) return std::nullopt;
    if (context_.joint) {
      for (const auto& entry : entries_) context_.reg.overlay(entry);
      context_.joint->entries.insert(context_.joint->entries.end(), entries_.begin(), entries_.end());
    } else if (auto violations = admit(context_.reg, entries_); !violations.empty()) {
      return std::move(violations.front().refusal);
    }
    for (auto& entry : entries_) {
      auto tags = tags_of(entry, context_.reg);
      decision.events.push_back({std::move(entry), std::move(tags)});
    }
    return std::nullopt;
  }

 private:
  Refusal refuse(const char* rule, std::string source, const char* ja, const char* en, std::vector<std::pair<std::string, std::string>> facts = {}) const {
    return {.rule = rule, .source = std::move(source), .message = {ja, en}, .facts = std::move(facts), .fields = {}};
  }

  std::optional<Refusal> plan(const Effect& effect, FactId corrects) {
    if (!applies(state_.form, effect.when, effect.unless)) return std::nullopt;
    json values = json::object();
    for (const auto& [name, source] : effect.values.items()) {
      json value = value_of(context_, state_, source);
      if (value.is_null() && source.contains("register") && effect.if_present) return std::nullopt;
      if (source.contains("new")) value = to_text(context_.ids.make<LeaveId>());
      if (!value.is_null()) values[name] = std::move(value);
    }
    const auto from = form_day(values, "/from");
    if (from && *from > context_.today() && !action_.future_dated)
      return refuse("not-future-dated", definition_.source.front(), "先の日付で発令する処理ではありません。", "This action does not take a future date.", {{"from", iso(*from)}, {"today", iso(context_.today())}});
    auto fact = fact_from_json(effect.fact, values);
    if (!fact) {
      auto refusal = refuse("form", definition_.source.front(), "発令に必要な項目が足りません。", "A field that the order needs is missing.");
      refusal.fields = fact.error();
      return refusal;
    }
    entries_.push_back({.id = context_.ids.make<FactId>(), .fact = std::move(*fact), .corrects = corrects, .case_id = state_.id, .reason = reason_});
    return std::nullopt;
  }

  // Where the facts of this case are found: with its subject and with whomever and whatever its forms name.
  std::vector<std::string> tags_named() const {
    std::vector<std::string> tags{state_.subject.kind + ":" + state_.subject.id};
    const auto add = [&](const json& value) {
      if (!value.is_string()) return;
      const auto& text = value.get_ref<const std::string&>();
      if (parse<PersonId>(text)) tags.push_back("person:" + text);
      else if (parse<PostId>(text)) tags.push_back("post:" + text);
      else if (parse<UnitId>(text)) tags.push_back("unit:" + text);
      else if (parse<LeaveId>(text)) tags.push_back("leave:" + text);
    };
    for (const auto& [name, value] : state_.form.items()) {
      add(value);
      if (value.is_array()) std::for_each(value.begin(), value.end(), add);
    }
    return tags;
  }

  // The facts of this case that still hold; those of the subject first, in the order of their recording.
  std::vector<FactEntry> facts_of_case() const {
    std::vector<FactEntry> found;
    for (const auto& tag : tags_named())
      for (const auto* entry : context_.reg.visible(tag))
        if (entry->case_id == state_.id && std::none_of(found.begin(), found.end(), [&](const FactEntry& one) { return one.id == entry->id; })) found.push_back(*entry);
    return found;
  }

  std::optional<Refusal> end_postings(Day last, Decision& decision) {
    std::vector<FactEntry> never_begun;
    for (const auto& entry : facts_of_case()) {
      const auto* posted = std::get_if<Posted>(&entry.fact);
      if (!posted) continue;
      if (posted->from > last) {
        never_begun.push_back(entry);
        continue;
      }
      const auto all = context_.reg.all_postings(posted->person);
      const auto held = std::find_if(all.begin(), all.end(), [&](const Posting& one) { return one.fact == entry.id; });
      if (held == all.end() || held->period.last <= last) continue;
      entries_.push_back({.id = context_.ids.make<FactId>(), .fact = PostingEnded{.person = posted->person, .post = posted->post, .kind = posted->kind, .last_day = last}, .corrects = {},
                          .case_id = state_.id, .reason = reason_});
    }
    return cancel(never_begun, decision);
  }

  std::optional<Refusal> cancel(const std::vector<FactEntry>& entries, Decision& decision) {
    std::vector<std::string> touched;
    for (const auto& entry : entries) {
      auto tags = tags_of(entry, context_.reg);
      const FactCancelled cancelled{.fact = entry.id, .case_id = state_.id, .reason = reason_};
      context_.reg.overlay(cancelled, tags);
      touched.insert(touched.end(), tags.begin(), tags.end());
      decision.events.push_back({cancelled, std::move(tags)});
    }
    if (!context_.joint) return check_standing(context_.reg, touched);
    context_.joint->cancelled.insert(context_.joint->cancelled.end(), touched.begin(), touched.end());
    return std::nullopt;
  }

  // The effects of the action again, with today's form; each corrects the fact of its kind that the case recorded.
  std::optional<Refusal> correct(const ActionDefinition& action) {
    auto recorded = facts_of_case();
    for (const auto& effect : action.effects) {
      const auto old = std::find_if(recorded.begin(), recorded.end(), [&](const auto& one) { return fact_type(one.fact) == "fact/" + effect.fact; });
      if (old == recorded.end()) continue;
      Effect again = effect;
      // What ended then ends now too, whatever the person's main post would be called today.
      if (const auto* ended = std::get_if<PostingEnded>(&old->fact)) again.values["post"] = {{"const", to_text(ended->post)}};
      const std::size_t before = entries_.size();
      if (auto refusal = plan(again, old->id)) return refusal;
      if (entries_.size() > before) recorded.erase(old);
    }
    if (entries_.empty()) return refuse("nothing-to-correct", "catalogue R-007", "訂正する発令がありません。", "There is no order to correct.");
    return std::nullopt;
  }

  const DecisionContext& context_;
  const Definition& definition_;
  const Case& state_;
  const ActionDefinition& action_;
  const std::string& reason_;
  std::vector<FactEntry> entries_;
};

}  // namespace

json value_of(const DecisionContext& context, const Case& state, const json& source) {
  if (source.contains("const")) return source["const"];
  if (source.contains("subject")) return state.subject.id;
  if (source.contains("json")) {
    json fields = json::object();
    for (const auto& pointer : source["json"])
      if (json field = form_value(state.form, pointer.get<std::string>()); !field.is_null()) fields[pointer.get<std::string>().substr(1)] = std::move(field);
    return fields.dump();
  }
  if (source.contains("register") && source["register"] == "leave-of-case") return leave_of_case(context, state);
  if (source.contains("register") && source.contains("on")) return main_post_on(context, state, source["on"].get<std::string>());
  if (source.contains("register")) return former_main_post(context, state, source.value("before", ""));
  json value = form_value(state.form, source.value("form", ""));
  if (source.contains("days") && value.is_string())
    if (const auto day = parse_iso(value.get_ref<const std::string&>())) return iso(*day + days{source["days"].get<int>()});
  return value;
}

bool applies(const json& form, const std::vector<std::string>& when, const std::vector<std::string>& unless) {
  const auto given = [&](const std::string& pointer) {
    const auto value = form_value(form, pointer);
    return !value.is_null() && value != false && value != "";
  };
  return std::all_of(when.begin(), when.end(), given) && std::none_of(unless.begin(), unless.end(), given);
}

std::optional<Refusal> record_effects(const DecisionContext& context, const Definition& definition, const Case& state, const ActionDefinition& action, const std::string& reason,
                                      Decision& decision) {
  return action.effects.empty() ? std::nullopt : Recording(context, definition, state, action, reason).record(decision);
}

}  // namespace rireki
