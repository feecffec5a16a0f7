// Accounts, their rights and the history of both, as of any moment: who may do what here, since when, and who said so.
#include "api/log_read.h"
#include "api/resources/present.h"
#include "api/resources/schema.h"

namespace rireki::api {
namespace {

using nlohmann::json;

constexpr std::size_t kSignInsShown = 20;

struct Known {
  std::string login;
  PersonId person;
  std::vector<std::string> roles;
  bool closed = false, second_factor = false;
  Instant opened{};
  std::map<TokenId, std::pair<TokenIssued, bool>> tokens;  // revoked?
  std::set<std::string> issuers;
};

Problem not_yours() {
  return refused({.rule = "not-entitled", .source = "security: accounts", .message = {"アカウントの一覧を見る役割がありません。", "Your role does not show accounts."}, .facts = {}, .fields = {}});
}

void fold(std::map<AccountId, Known>& all, const Body& body, Instant at) {
  if (const auto* opened = std::get_if<AccountOpened>(&body)) all[opened->account] = {.login = opened->login, .person = opened->person, .roles = opened->roles, .opened = at};
  else if (const auto* set = std::get_if<RolesSet>(&body)) all[set->account].roles = set->roles;
  else if (const auto* closed = std::get_if<AccountClosed>(&body)) all[closed->account].closed = true;
  else if (const auto* factor = std::get_if<SecondFactorSet>(&body)) all[factor->account].second_factor = factor->kind != "none";
  else if (const auto* issued = std::get_if<TokenIssued>(&body)) all[issued->account].tokens[issued->token] = {*issued, false};
  else if (const auto* revoked = std::get_if<TokenRevoked>(&body)) all[revoked->account].tokens[revoked->token].second = true;
  else if (const auto* linked = std::get_if<IdentityLinked>(&body)) all[linked->account].issuers.insert(linked->issuer);
}

void each_event(const Question& q, const std::string& tag, const std::function<void(const EventView&, const Body&)>& use) {
  const auto end = q.resources.office.log().read(with_tag(tag), {.up_to = q.moment.as_of}, [&](const EventView& event) {
    const auto body = decode(event);
    if (!body) throw std::runtime_error("the event at position " + std::to_string(event.position()) + " cannot be decoded");
    use(event, *body);
    return true;
  });
  require_read(end);
}

json described(const Question& q, AccountId id, const Known& one) {
  json tokens = json::array();
  for (const auto& [token, issued] : one.tokens)
    tokens.push_back({{"id", to_text(token)}, {"name", issued.first.name}, {"scopes", issued.first.scopes}, {"last_day", iso(issued.first.last_day)}, {"revoked", issued.second}});
  json row = {{"id", to_text(id)}, {"login", one.login}, {"person", person_ref(q, one.person)}, {"roles", one.roles}, {"closed", one.closed}, {"second_factor", one.second_factor}, {"tokens", std::move(tokens)},
              {"issuers", one.issuers}};
  put_time(row, "opened_at", one.opened);
  return row;
}

Result<Response, Problem> list_all(const Question& q) {
  if (!decide_access(q.actor.roles, Relation::kNone, Action::kReadAccounts)) return not_yours();
  std::map<AccountId, Known> all;
  each_event(q, "account", [&](const EventView& event, const Body& body) { fold(all, body, event.recorded_at()); });
  std::map<std::string, AccountId> by_login;
  for (const auto& [id, one] : all) by_login[one.login] = id;
  json rows = json::array();
  std::string last;
  bool more = false;
  for (auto at = by_login.upper_bound(q.after); at != by_login.end(); ++at) {
    if (rows.size() == q.limit) {
      more = true;
      break;
    }
    last = at->first;
    rows.push_back(described(q, at->second, all.at(at->second)));
  }
  return answered(q.stated({{"accounts", std::move(rows)}, {"next", more ? json(q.cursor_after(last)) : json()}}));
}

// What happened, in words that a page can show; who did it, as the log has it ("system": the machine's operator).
json told(const EventView& event, const Body& body, const Known& before) {
  json entry = {{"position", event.position()}, {"type", std::string(event.type())}, {"by", std::string(event.actor())}, {"roles", nullptr}, {"added", json::array()}, {"removed", json::array()}, {"detail", nullptr}};
  const auto change = [&](const std::vector<std::string>& roles) {
    const std::set<std::string> now(roles.begin(), roles.end()), then(before.roles.begin(), before.roles.end());
    entry["roles"] = now;
    std::set_difference(now.begin(), now.end(), then.begin(), then.end(), std::back_inserter(entry["added"].get_ref<json::array_t&>()));
    std::set_difference(then.begin(), then.end(), now.begin(), now.end(), std::back_inserter(entry["removed"].get_ref<json::array_t&>()));
  };
  if (const auto* opened = std::get_if<AccountOpened>(&body)) change(opened->roles);
  else if (const auto* set = std::get_if<RolesSet>(&body)) change(set->roles);
  else if (const auto* factor = std::get_if<SecondFactorSet>(&body)) entry["detail"] = factor->kind;
  else if (const auto* issued = std::get_if<TokenIssued>(&body)) entry["detail"] = to_text(issued->token);
  else if (const auto* revoked = std::get_if<TokenRevoked>(&body)) entry["detail"] = to_text(revoked->token);
  else if (const auto* linked = std::get_if<IdentityLinked>(&body)) entry["detail"] = linked->issuer;
  put_time(entry, "at", event.recorded_at());
  return entry;
}

Result<Response, Problem> read_one(const Question& q) {
  const auto id = parse<AccountId>(q.request.path_params.at("id"));
  // One's own is shown to everybody.
  if (!id || (*id != q.actor.account && !decide_access(q.actor.roles, Relation::kNone, Action::kReadAccounts))) return not_found();
  std::map<AccountId, Known> all;
  json history = json::array();
  each_event(q, "account:" + to_text(*id), [&](const EventView& event, const Body& body) {
    history.push_back(told(event, body, all[*id]));
    fold(all, body, event.recorded_at());
  });
  if (history.empty()) return not_found();
  json sign_ins = json::array();
  const auto end = q.resources.office.log().read(with_tag("sign-in-of:" + to_text(*id)), {.up_to = q.moment.as_of, .direction = Direction::kBackward}, [&](const EventView& event) {
    const auto body = decode(event);
    const auto* signed_in = body ? std::get_if<SignedIn>(&*body) : nullptr;
    if (!signed_in) return true;
    json row = {{"method", signed_in->method}, {"outcome", signed_in->outcome}};
    put_time(row, "at", event.recorded_at());
    sign_ins.push_back(std::move(row));
    return sign_ins.size() < kSignInsShown;
  });
  require_read(end);
  json answer = described(q, *id, all[*id]);
  answer.update({{"history", std::move(history)}, {"sign_ins", std::move(sign_ins)}});
  return answered(q.stated(std::move(answer)));
}

}  // namespace

void add_account_read_routes(std::vector<Route>& routes, ResourceContext context) {
  using namespace schema;
  const json token = object({{"id", text()}, {"name", text()}, {"scopes", list(text())}, {"last_day", day()}, {"revoked", flag()}});
  const json account = object({{"id", text()}, {"login", text()}, {"person", or_null(person())}, {"roles", list(text())}, {"closed", flag()}, {"second_factor", flag()}, {"tokens", list(token)}, {"issuers", list(text())}, {"opened_at", time()}});
  routes.push_back(reading({.path = "/api/accounts", .operation_id = "listAccounts", .summary = {"アカウントと役割（管理者、監査、個人情報保護の担当者）", "Accounts and roles, for administrators, auditors and the privacy officer"},
                            .response_schema = page("accounts", account), .problems = {403}}, context, {}, Paging::kCursor, list_all));
  const json entry = object({{"position", number()}, {"type", text()}, {"by", text()}, {"roles", or_null(list(text()))}, {"added", list(text())}, {"removed", list(text())}, {"detail", or_null(text())}, {"at", time()}});
  const json sign_in = object({{"method", text()}, {"outcome", text()}, {"at", time()}});
  routes.push_back(reading({.path = "/api/accounts/{id}", .operation_id = "readAccount", .summary = {"一つのアカウントと、権限の履歴、サインインの記録", "One account with the history of its rights and its sign-ins"},
                            .response_schema = stated(with(account, object({{"history", list(entry)}, {"sign_ins", list(sign_in)}}))), .problems = {404}}, context, {}, Paging::kNone, read_one));
}

}  // namespace rireki::api
