// What concerns the records as such: what takes two people, holds, emergency access, keys, retention and what is due by it.
#include "api/log_read.h"
#include "domain/control.h"

#include "api/resources/cases_as_of.h"
#include "api/resources/schema.h"
#include "domain/access.h"
#include "domain/emergency.h"
#include "domain/retention.h"
#include "eventstore/keyring.h"
#include "projections/cases_view.h"
#include "projections/people_view.h"

namespace rireki::api {
namespace {

using nlohmann::json;

bool may(const Question& q, Action action) { return decide_access(q.actor.roles, Relation::kNone, action).allowed; }

// Whoever may propose, approve, hold or see the keys sees what was proposed; to everybody else there is nothing.
bool sees_controls(const Question& q) {
  for (const auto action : {Action::kProposeErasure, Action::kApproveErasure, Action::kHold, Action::kShowKeys, Action::kManageAccounts, Action::kApproveAccounts, Action::kProposeExport, Action::kApproveExport})
    if (may(q, action)) return true;
  return false;
}

void each_event(const Question& q, const Query& query, const std::function<void(const EventView&)>& use) {
  const auto end = q.resources.office.log().read(query, {.up_to = q.moment.as_of}, [&](const EventView& event) {
    use(event);
    return true;
  });
  require_read(end);
}

Controls controls(const Question& q) {
  Controls state;
  each_event(q, with_tag("control"), [&](const EventView& event) {
    if (const auto body = decode(event)) apply(state, *body, event.recorded_at());
  });
  return state;
}

json account_or_null(AccountId id) { return id ? json(to_text(id)) : json(); }

Result<Response, Problem> proposals(const Question& q) {
  json all = json::array();
  if (sees_controls(q))
    for (const auto& [id, one] : controls(q).proposals) {
      const auto content = json::parse(one.proposed.content, nullptr, false);
      json row = {{"id", to_text(id)}, {"kind", one.proposed.kind}, {"content", content.is_discarded() ? json() : content}, {"digest", one.proposed.digest}, {"proposed_by", to_text(one.proposed.account)},
                  {"state", "proposed"}, {"decided_by", nullptr}, {"decided_at", nullptr}, {"decision_reason", nullptr}};
      put_time(row, "proposed_at", one.at);
      if (one.decided) {
        row.update({{"state", one.done ? "done" : one.decided->approved ? "approved" : "refused"}, {"decided_by", account_or_null(one.decided->account)}, {"decision_reason", one.decided->reason}});
        put_time(row, "decided_at", one.decided_at);
      } else if (q.context.now - one.at > kProposalValid) {
        row["state"] = "expired";
      }
      all.push_back(std::move(row));
    }
  return answered(q.stated({{"proposals", std::move(all)}}));
}

Result<Response, Problem> holds(const Question& q) {
  json all = json::array();
  if (sees_controls(q))
    for (const auto& [id, one] : controls(q).holds) {
      json row = {{"id", to_text(id)}, {"target", one.placed.target}, {"kind", one.placed.kind}, {"reason", one.placed.reason}, {"placed_by", to_text(one.placed.account)}, {"released", one.released.has_value()}};
      put_time(row, "placed_at", one.at);
      all.push_back(std::move(row));
    }
  return answered(q.stated({{"holds", std::move(all)}}));
}

// To the privacy officer all of it; to everybody their own, and what concerned cases that they read without it: those in charge of a case learn at once.
Result<Response, Problem> emergencies(const Question& q) {
  const bool reviewer = may(q, Action::kReviewEmergency) || may(q, Action::kReadAllReads);
  Emergencies state;
  each_event(q, with_tag("emergency"), [&](const EventView& event) {
    if (const auto body = decode(event)) apply(state, *body, event.recorded_at());
  });
  DecisionContext without = q.context;
  without.in_emergency = nullptr;
  const auto in_charge = [&](CaseId id) {
    const auto found = q.find_case(id);
    return found && may_read(without, *definition_of(q, *found), *found, q.actor);
  };
  const OfficeDays days(q.reg());
  json all = json::array();
  for (const auto& [id, one] : state.all) {
    if (!reviewer && one.opened.account != q.actor.account && !in_charge(one.opened.case_id)) continue;
    const Day due = review_due(one, days);
    json row = {{"id", to_text(id)}, {"case", to_text(one.opened.case_id)}, {"account", to_text(one.opened.account)}, {"by", person_ref(q, one.opened.by)}, {"reason_code", one.opened.reason_code},
                {"reason", one.opened.reason}, {"active", in_emergency(state, one.opened.account, one.opened.case_id, q.context.now)}, {"reviewed", one.reviewed.has_value()},
                {"justified", one.reviewed ? json(one.reviewed->justified) : json()}, {"comment", one.reviewed ? json(one.reviewed->comment) : json()}, {"reviewed_by", one.reviewed ? account_or_null(one.reviewed->account) : json()},
                {"review_overdue", !one.reviewed && q.today() > due}};
    put_time(row, "at", one.at);
    put_time(row, "until", one.opened.until);
    put_day(row, "review_due", due);
    all.push_back(std::move(row));
  }
  return answered(q.stated({{"emergencies", std::move(all)}}));
}

// What the log says of keys: how many of each class were made and destroyed. Never a key, and not whose.
Result<Response, Problem> keys(const Question& q) {
  if (!may(q, Action::kShowKeys))
    return refused({.rule = "not-entitled", .source = "security: keys", .message = {"鍵の状態を見る役割がありません。", "Your role does not show keys."}, .facts = {}, .fields = {}});
  std::map<std::string, std::pair<int, int>> counts;
  each_event(q, std::vector{QueryItem{.types = {kKeyCreated, kKeyErased}, .tags = {}}}, [&](const EventView& event) {
    for (const auto& key : parse_key_lines(event.body()).value_or(std::vector<KeyLine>{})) {
      auto& [created, erased] = counts[key.whose.key_class];
      ++(event.type() == kKeyCreated ? created : erased);
    }
  });
  json classes = json::array();
  for (const auto& [name, count] : counts) classes.push_back({{"class", name}, {"created", count.first}, {"erased", count.second}});
  json erasures = json::array();
  each_event(q, std::vector{QueryItem{.types = {"control/erased"}, .tags = {}}}, [&](const EventView& event) {
    const auto body = decode(event);
    const auto* erased = body ? std::get_if<Erased>(&*body) : nullptr;
    if (!erased) return;
    json row = {{"proposal", to_text(erased->proposal)}, {"targets", erased->targets}, {"basis", erased->basis}, {"keys", erased->keys}, {"epoch_before", erased->epoch_before}, {"epoch", erased->epoch},
                {"keys_before_digest", erased->keys_before_digest}, {"keys_digest", erased->keys_digest}};
    put_time(row, "at", event.recorded_at());
    erasures.push_back(std::move(row));
  });
  return answered(q.stated({{"classes", std::move(classes)}, {"erasures", std::move(erasures)}}));
}

Problem no_retention() {
  return refused({.rule = "not-entitled", .source = "catalogue R-168", .message = {"保存期間の一覧を見る役割がありません。", "Your role does not show what is due."}, .facts = {}, .fields = {}});
}

Result<Response, Problem> retention(const Question& q) {
  const auto table = retention_on(q.reg(), q.moment);
  json classes = json::array(), without = json::array();
  for (const auto& [name, one] : table.classes)
    classes.push_back({{"id", name}, {"label", q.words(one.title)}, {"years", one.then == AfterRetention::kPermanent ? json() : json(one.years)}, {"then", std::string(to_text(one.then))}});
  for (const auto& definition : q.resources.office.definitions_at({q.then.today(), q.moment.as_of}))
    if (!table.classes.contains(definition->retention_class)) without.push_back({{"procedure", definition->id}, {"class", definition->retention_class}});
  return answered(q.stated({{"classes", std::move(classes)}, {"without", std::move(without)}}));
}

// `touched`: the target and what goes with it or it is about; a hold on any of them blocks its erasure.
json due_row(const Question& q, const Controls& state, const std::string& target, const std::vector<std::string>& touched, const RetentionDue& one) {
  json row = {{"target", target}, {"class", one.retention_class}, {"then", std::string(to_text(one.then))}, {"held", held(state, touched).has_value()}};
  put_day(row, "began", one.began);
  put_day(row, "due", *one.due);
  return row;
}

// A person's record goes with the cases about them, so it waits for the last of those.
bool cases_allow(const Question& q, const RowReader& cases, PersonId person, const RetentionTable& table, std::vector<std::string>& touched) {
  bool allow = true;
  each_case(cases, by_subject({"person", to_text(person)}), "", [&](const std::string&, const CaseRow& now) {
    const auto asked = now.opened > q.moment.as_of ? std::nullopt : case_row_as_asked(q, now);
    if (!asked || now.state.erased) return true;
    const CaseRow& row = *asked;
    touched.push_back("case:" + to_text(row.state.id));
    const auto one = retention_of(*definition_of(q, row.state), row.state, q.reg(), table, q.moment.on);
    return allow = one && one->due && *one->due <= q.moment.on;
  });
  return allow;
}

// First the cases, newest first, then the people, in the order of their reading; a cursor says where in which of the two a page ends.
Result<Response, Problem> due_now(const Question& q) {
  if (!may(q, Action::kReadRetention)) return no_retention();
  const auto cases = q.view("cases"), people = q.view("people");
  const auto table = retention_on(q.reg(), q.moment);
  const Controls state = controls(q);
  const bool privacy = may(q, Action::kReadAllReads);
  json rows = json::array();
  std::string next;
  std::size_t scanned = 0;
  const auto full = [&] { return rows.size() == q.limit || scanned++ >= kPageScannedMax; };
  const bool in_people = q.after.starts_with("p ");
  std::string last;
  if (!in_people)
    each_case(*cases.rows, by_opening(), q.after.empty() ? "" : q.after.substr(2), [&](const std::string& key, const CaseRow& now) {
      if (full()) {
        next = "c " + last;
        return false;
      }
      last = key;
      const auto asked = now.opened > q.moment.as_of ? std::nullopt : case_row_as_asked(q, now);
      if (!asked || asked->open || now.state.erased) return true;
      const CaseRow& row = *asked;
      const auto definition = definition_of(q, row.state);
      const auto one = retention_of(*definition, row.state, q.reg(), table, q.moment.on);
      if (!one || !one->due || *one->due > q.moment.on) return true;
      // That a secret case is there is told only to those who may know it, and to the privacy officer.
      if (definition->secrecy.existence_secret && !privacy && !access_to(q.context, *definition_of(q, now.state), now.state, q.actor, Action::kKnow)) return true;
      const std::string target = "case:" + to_text(row.state.id);
      const auto subject = subject_person(row.state);
      rows.push_back(due_row(q, state, target, subject ? std::vector{target, "person:" + to_text(*subject)} : std::vector{target}, *one));
      return true;
    });
  if (next.empty()) {
    std::string at = in_people ? q.after.substr(2) : "";
    each_person(*people.rows, at, [&](const DirectoryEntry& entry) {
      if (full()) {
        next = "p " + at;
        return false;
      }
      at = entry.key;
      const auto one = retention_of(entry.person, q.reg(), table, q.moment.on);
      std::vector<std::string> touched = {"person:" + to_text(entry.person)};
      if (one && one->due && *one->due <= q.moment.on && cases_allow(q, *cases.rows, entry.person, table, touched)) rows.push_back(due_row(q, state, touched.front(), touched, *one));
      return true;
    });
  }
  return answered(q.stated({{"due", std::move(rows)}, {"next", next.empty() ? json() : json(q.cursor_after(next))}}));
}

}  // namespace

void add_control_read_routes(std::vector<Route>& routes, ResourceContext context) {
  using namespace schema;
  const json proposal = object({{"id", text()}, {"kind", text()}, {"content", or_null(any_object())}, {"digest", text()}, {"proposed_by", text()}, {"proposed_at", time()}, {"state", text()},
                                {"decided_by", or_null(text())}, {"decided_at", or_null(time())}, {"decision_reason", or_null(text())}});
  routes.push_back(reading({.path = "/api/proposals", .operation_id = "listProposals", .summary = {"二人で行うことの提案", "What takes two people, as proposed"},
                            .response_schema = stated(object({{"proposals", list(proposal)}}))}, context, {}, Paging::kNone, proposals));
  const json hold = object({{"id", text()}, {"target", text()}, {"kind", text()}, {"reason", text()}, {"placed_by", text()}, {"placed_at", time()}, {"released", flag()}});
  routes.push_back(reading({.path = "/api/holds", .operation_id = "listHolds", .summary = {"消去を止めているもの", "What is held from being erased"},
                            .response_schema = stated(object({{"holds", list(hold)}}))}, context, {}, Paging::kNone, holds));
  const json emergency = with(days({"review_due"}), object({{"id", text()}, {"case", text()}, {"account", text()}, {"by", or_null(person())}, {"reason_code", text()}, {"reason", text()}, {"at", time()}, {"until", time()},
                                {"active", flag()}, {"reviewed", flag()}, {"justified", or_null(flag())}, {"comment", or_null(text())}, {"reviewed_by", or_null(text())}, {"review_overdue", flag()}}));
  routes.push_back(reading({.path = "/api/emergency-access", .operation_id = "listEmergencyAccess", .summary = {"緊急閲覧と事後確認（自分のもの、担当する案件のもの。個人情報保護の担当者にはすべて）", "Emergency access and its review: one's own, of cases in one's charge, all to the privacy officer"},
                            .response_schema = stated(object({{"emergencies", list(emergency)}}))}, context, {}, Paging::kNone, emergencies));
  const json erasure = object({{"proposal", text()}, {"targets", list(text())}, {"basis", text()}, {"keys", number()}, {"epoch_before", number()}, {"epoch", number()}, {"keys_before_digest", text()}, {"keys_digest", text()}, {"at", time()}});
  routes.push_back(reading({.path = "/api/keys", .operation_id = "listKeys", .summary = {"鍵の数と、破棄した記録", "How many keys there are, and what was erased"},
                            .response_schema = stated(object({{"classes", list(object({{"class", text()}, {"created", number()}, {"erased", number()}}))}, {"erasures", list(erasure)}})), .problems = {403}}, context, {}, Paging::kNone, keys));
  routes.push_back(reading({.path = "/api/retention", .operation_id = "readRetention", .summary = {"保存期間の表", "The table of retention"},
                            .response_schema = stated(object({{"classes", list(object({{"id", text()}, {"label", text()}, {"years", or_null(number())}, {"then", text()}}))}, {"without", list(object({{"procedure", text()}, {"class", text()}}))}}))},
                           context, {}, Paging::kNone, retention));
  const json due = with(days({"began", "due"}), object({{"target", text()}, {"class", text()}, {"then", text()}, {"held", flag()}}));
  routes.push_back(reading({.path = "/api/retention/due", .operation_id = "listRetentionDue", .summary = {"保存期間が過ぎたもの", "What is due for erasure or the archive"},
                            .response_schema = page("due", due), .problems = {403}}, context, {"cases", "people"}, Paging::kCursor, due_now));
}

}  // namespace rireki::api
