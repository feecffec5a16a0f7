// The fields of every fact and event, named once. JSON, stored bytes and reading them back all walk these lists, so that adding a field is
// adding one line here and one in body.capnp. A visitor v is called as v("name", member) or v.optional("name", member): an optional
// member may be left out of JSON. Names are those of facts.h in snake_case; body.capnp has them in camelCase.
//
// A third argument says how a field is sealed in a log that seals (body.h): an erased one reads as empty.
#pragma once

#include "domain/body.h"

namespace rireki {

template <class V, class F> void describe_name(V& v, F& name) {
  using enum Seal;
  v("family", name.family, kPerson); v("given", name.given, kPerson); v.optional("family_kana", name.family_kana, kPerson); v.optional("given_kana", name.given_kana, kPerson);
}

// F is the struct or a const of it: the same list serves reading and writing.
#define RIREKI_FIELDS(Struct) template <class V, class F> requires std::same_as<std::remove_const_t<F>, Struct> void describe(V& v, F& f)
using enum Seal;

RIREKI_FIELDS(UnitEstablished) { v("unit", f.unit); v("name", f.name); v("level", f.level); v.optional("parent", f.parent); v("from", f.from); v.optional("planned_last", f.planned_last); }
RIREKI_FIELDS(UnitRenamed) { v("unit", f.unit); v("name", f.name); v("from", f.from); }
RIREKI_FIELDS(UnitAbolished) { v("unit", f.unit); v("last_day", f.last_day); v.optional("successor", f.successor); }
RIREKI_FIELDS(PostCreated) {
  v("post", f.post); v("unit", f.unit); v("title", f.title); v.optional("grade", f.grade); v.optional("job_categories", f.job_categories);
  v.optional("quota", f.quota); v.optional("head", f.head); v.optional("function", f.function); v("from", f.from);
}
RIREKI_FIELDS(PostChanged) { v("post", f.post); v("title", f.title); v("quota", f.quota); v("from", f.from); }
RIREKI_FIELDS(PostClosed) { v("post", f.post); v("last_day", f.last_day); }
RIREKI_FIELDS(PersonRegistered) { v("person", f.person); v("staff_number", f.staff_number, kPerson); describe_name(v, f.name); v.optional("birth", f.birth, kPerson); v.optional("sex", f.sex, kPerson); }
RIREKI_FIELDS(Renamed) { v("person", f.person); describe_name(v, f.name); v("from", f.from); }
RIREKI_FIELDS(Appointed) {
  v("person", f.person); v("type", f.type); v("exam_category", f.exam_category); v.optional("job_family", f.job_family); v("job_category", f.job_category);
  v("grade", f.grade); v.optional("step", f.step); v.optional("term_article", f.term_article); v.optional("term_reason", f.term_reason, kPerson);
  v("from", f.from); v.optional("last_day", f.last_day);
}
RIREKI_FIELDS(TermRenewed) { v("person", f.person); v("last_day", f.last_day); v.optional("reason", f.reason, kPerson); }
RIREKI_FIELDS(Graded) { v("person", f.person); v("grade", f.grade); v.optional("step", f.step); v("from", f.from); }
RIREKI_FIELDS(Separated) { v("person", f.person); v("kind", f.kind); v("last_day", f.last_day); }
RIREKI_FIELDS(Posted) {
  v("person", f.person); v("post", f.post); v.optional("kind", f.kind); v("from", f.from); v.optional("last_day", f.last_day); v.optional("covers", f.covers);
  v.optional("order_kind", f.order_kind); v.optional("order_number", f.order_number);
}
RIREKI_FIELDS(PostingEnded) { v("person", f.person); v("post", f.post); v.optional("kind", f.kind); v("last_day", f.last_day); }
RIREKI_FIELDS(LeaveStarted) { v("leave", f.leave); v("person", f.person); v("kind", f.kind, kHealth); v("from", f.from); v("last_day", f.last_day); }
RIREKI_FIELDS(LeaveChanged) { v("leave", f.leave); v("person", f.person); v("last_day", f.last_day); }
RIREKI_FIELDS(LeaveEnded) { v("leave", f.leave); v("person", f.person); v("last_day", f.last_day); }
RIREKI_FIELDS(AwayDeclared) { v("person", f.person); v("from", f.from); v("last_day", f.last_day); }
RIREKI_FIELDS(DeputyNamed) {
  v("post", f.post); v("deputy", f.deputy); v.optional("order", f.order); v.optional("excluded_matters", f.excluded_matters); v("from", f.from); v.optional("last_day", f.last_day);
}
RIREKI_FIELDS(QualificationGained) { v("person", f.person); v("code", f.code); v("from", f.from); v.optional("last_day", f.last_day); }
RIREKI_FIELDS(SkillStated) { v("person", f.person); v("code", f.code); v.optional("confirmed", f.confirmed); v("from", f.from); }
RIREKI_FIELDS(RosterJoined) { v("person", f.person); v("roster", f.roster); v.optional("detail_json", f.detail_json, kPerson); v("from", f.from); v.optional("last_day", f.last_day); }
RIREKI_FIELDS(RosterLeft) { v("person", f.person); v("roster", f.roster); v("last_day", f.last_day); }
RIREKI_FIELDS(DutyCompleted) { v("person", f.person); v("duty", f.duty); v("on", f.on); }
RIREKI_FIELDS(FigureRecorded) {
  v("series", f.series); v("period", f.period); v("category", f.category); v("value", f.value); v.optional("unit", f.unit); v.optional("marks", f.marks);
  v.optional("source", f.source); v.optional("detail", f.detail);
}
RIREKI_FIELDS(PolicySet) { v("policy", f.policy); v("value_json", f.value_json); v("from", f.from); }

RIREKI_FIELDS(FactCancelled) { v("fact", f.fact); v.optional("case_id", f.case_id); v("reason", f.reason, kPerson); }
RIREKI_FIELDS(CaseOpened) {
  v("case_id", f.case_id); v("procedure", f.procedure); v("version", f.version); v("subject_kind", f.subject.kind, kParties); v("subject_id", f.subject.id, kParties); v("action", f.action);
  v("state", f.state); v("form", f.form, kCase); v("by", f.by, kParties); v.optional("opened_from", f.opened_from); v.optional("checks", f.checks, kCase); v.optional("named", f.named, kParties);
}
RIREKI_FIELDS(CaseActed) {
  v("case_id", f.case_id); v("action", f.action); v("from", f.from); v("to", f.to); v("form", f.form, kCase); v.optional("reason", f.reason, kCase); v("by", f.by, kParties);
  v.optional("checks", f.checks, kCase); v.optional("named", f.named, kParties);
}
RIREKI_FIELDS(StationActed) {
  v("case_id", f.case_id); v("round", f.round); v("station", f.station); v("outcome", f.outcome); v("mode", f.mode); v("by", f.by, kParties); v.optional("for_person", f.for_person, kParties);
  v.optional("comment", f.comment, kCase); v.optional("sent_back_to", f.sent_back_to); v.optional("to", f.to); v.optional("review_owed", f.review_owed); v.optional("checks", f.checks, kCase);
}
RIREKI_FIELDS(PulledBack) { v("case_id", f.case_id); v("round", f.round); v("by", f.by, kParties); v.optional("comment", f.comment, kCase); v("to", f.to); }
RIREKI_FIELDS(Commented) { v("case_id", f.case_id); v("by", f.by, kParties); v("text", f.text, kCase); }
RIREKI_FIELDS(Attached) { v("case_id", f.case_id); v("by", f.by, kParties); v("name", f.name, kCase); v("media_type", f.media_type); v("sha256", f.sha256); v("bytes", f.bytes); }
RIREKI_FIELDS(Claimed) { v("case_id", f.case_id); v("by", f.by, kParties); }
RIREKI_FIELDS(Assigned) { v("case_id", f.case_id); v("by", f.by, kParties); v.optional("to", f.to, kParties); }
RIREKI_FIELDS(Migrated) { v("case_id", f.case_id); v("version", f.version); v("to", f.to); v("by", f.by, kParties); v.optional("reason", f.reason, kCase); }
RIREKI_FIELDS(DeadlinePassed) { v("case_id", f.case_id); v("state", f.state); v("due", f.due); v("step", f.step); v("what", f.what); v.optional("to", f.to, kParties); }
RIREKI_FIELDS(DefinitionPublished) { v("procedure", f.procedure); v("version", f.version); v("json", f.json); v("from", f.from); }
RIREKI_FIELDS(AccountOpened) { v("account", f.account); v("login", f.login, kAccount); v.optional("person", f.person); v("roles", f.roles); }
RIREKI_FIELDS(RolesSet) { v("account", f.account); v("roles", f.roles); }
RIREKI_FIELDS(AccountClosed) { v("account", f.account); }
RIREKI_FIELDS(SecondFactorSet) { v("account", f.account); v("kind", f.kind); }
RIREKI_FIELDS(TokenIssued) { v("account", f.account); v("token", f.token); v("name", f.name); v("scopes", f.scopes); v("last_day", f.last_day); }
RIREKI_FIELDS(TokenRevoked) { v("account", f.account); v("token", f.token); }
RIREKI_FIELDS(IdentityLinked) { v("account", f.account); v("issuer", f.issuer); v("subject", f.subject, kAccount); }
RIREKI_FIELDS(SignedIn) { v("account", f.account); v("method", f.method); v("outcome", f.outcome); }
RIREKI_FIELDS(RecordsViewed) {
  v("account", f.account, kOffice); v("by", f.by, kOffice); v("records", f.records, kOffice); v("key_class", f.key_class); v("purpose", f.purpose, kOffice); v("via", f.via);
  v("session", f.session, kOffice);
}
RIREKI_FIELDS(EmergencyOpened) {
  v("grant", f.grant); v("case_id", f.case_id, kOffice); v("account", f.account, kOffice); v("by", f.by, kOffice); v("reason_code", f.reason_code); v("reason", f.reason, kOffice);
  v("until", f.until);
}
RIREKI_FIELDS(EmergencyReviewed) { v("grant", f.grant); v("account", f.account, kOffice); v("by", f.by, kOffice); v("justified", f.justified); v("comment", f.comment, kOffice); }
RIREKI_FIELDS(Proposed) {
  v("proposal", f.proposal); v("kind", f.kind); v("content", f.content, kOffice); v("digest", f.digest); v("account", f.account); v("by", f.by); v("session", f.session, kOffice);
}
RIREKI_FIELDS(ProposalDecided) {
  v("proposal", f.proposal); v("approved", f.approved); v("digest", f.digest); v("account", f.account); v("by", f.by); v("reason", f.reason, kOffice);
}
RIREKI_FIELDS(HoldPlaced) { v("hold", f.hold); v("target", f.target, kOffice); v("kind", f.kind); v("reason", f.reason, kOffice); v("account", f.account); v("by", f.by); }
RIREKI_FIELDS(HoldReleased) { v("hold", f.hold); v("reason", f.reason, kOffice); v("account", f.account); v("by", f.by); }
RIREKI_FIELDS(Erased) {
  v("proposal", f.proposal); v("targets", f.targets); v("basis", f.basis); v("keys", f.keys); v("epoch_before", f.epoch_before); v("epoch", f.epoch);
  v("keys_before_digest", f.keys_before_digest); v("keys_digest", f.keys_digest);
}
RIREKI_FIELDS(ProposalCarriedOut) { v("proposal", f.proposal); v("outcome", f.outcome); v("account", f.account); v("by", f.by); }
RIREKI_FIELDS(CaseCorrected) {
  v("case_id", f.case_id); v("entry", f.entry); v.optional("form", f.form, kCase); v.optional("withdrawn", f.withdrawn); v("reason", f.reason, kCase); v("by", f.by, kParties);
}
RIREKI_FIELDS(LogKeyIntroduced) { v("key", f.key); }
RIREKI_FIELDS(LogEpochBegun) { v("origin", f.origin); v("former", f.former); v("reason", f.reason); }
RIREKI_FIELDS(WitnessNamed) { v("key", f.key); v("account", f.account); v("by", f.by); }
RIREKI_FIELDS(WitnessDropped) { v("key", f.key); v("account", f.account); v("by", f.by); }
RIREKI_FIELDS(ActionRefused) {
  v("case_id", f.case_id, kOffice); v("procedure", f.procedure, kOffice); v("action", f.action, kOffice); v("rule", f.rule); v("account", f.account, kOffice); v("by", f.by, kOffice);
}
RIREKI_FIELDS(CorrectionSettled) {
  v("corrected", f.corrected); v("item", f.item); v("decision", f.decision); v("note", f.note, kOffice); v("account", f.account); v("by", f.by);
}
RIREKI_FIELDS(RuleCheck) { v("rule", f.rule); v("rule_version", f.rule_version); v("passed", f.passed); v("facts", f.facts); }
#undef RIREKI_FIELDS

std::string_view to_text(StationOutcome);  // "approved" "refused" "sent-back" "seen" "reviewed-after"
std::string_view to_text(StationMode);     // "own" "delegated" "deputy" "acting"
template <> std::optional<StationOutcome> parse_enum<StationOutcome>(std::string_view);
template <> std::optional<StationMode> parse_enum<StationMode>(std::string_view);

}  // namespace rireki
