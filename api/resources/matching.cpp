// Rosters, who of them could be chosen with reasons, and the covers that run: what HR looks at when a post falls vacant or a unit asks for help.
#include <algorithm>
#include <sstream>

#include "api/resources/present.h"
#include "api/resources/schema.h"
#include "domain/candidates.h"

namespace rireki::api {
namespace {

using nlohmann::json;

Problem hr_only() {
  return refused({.rule = "not-entitled", .source = "catalogue voyager, support-dispatch: HR matches",
                  .message = {"候補を見られるのは人事だけです。", "Only the HR office sees candidates."}, .facts = {}, .fields = {}});
}

json check_schema() { return schema::object({{"rule", schema::text()}, {"source", schema::text()}, {"passed", schema::flag()}, {"message", schema::or_null(schema::text())}}); }
json candidate_schema() {
  return schema::object({{"person", schema::or_null(schema::person())}, {"unit", schema::or_null(schema::unit())}, {"eligible", schema::flag()}, {"post", schema::or_null(schema::post())},
                         {"quota", schema::or_null(schema::number())}, {"present_without", schema::or_null(schema::number())},
                         {"matching", schema::list(schema::text())}, {"checks", schema::list(check_schema())}});
}
json body_of(const Question& q, const std::vector<Candidate>& all, Day from) {
  json list = json::array();
  for (const auto& one : all) {
    json checks = json::array();
    for (const auto& check : one.checks) checks.push_back({{"rule", check.rule}, {"source", check.source}, {"passed", check.passed}, {"message", check.passed ? json() : json(q.words(check.message))}});
    json body = {{"person", person_ref(q, one.person)}, {"unit", nullptr}, {"eligible", one.eligible}, {"matching", one.matching}, {"checks", std::move(checks)}};
    if (const auto unit = q.reg().unit_of(one.person, q.moment)) body["unit"] = unit_ref(q, *unit);
    // The gap it would open where they work now: how many of how many would be there without them.
    body.update({{"post", nullptr}, {"quota", nullptr}, {"present_without", nullptr}});
    if (const auto held = q.reg().main_posting(one.person, {from, q.moment.as_of}))
      if (const auto vacancy = q.reg().vacancy(held->post, {from, q.moment.as_of}))
        body.update({{"post", post_ref(q, held->post)}, {"quota", vacancy->quota}, {"present_without", std::max(0, vacancy->present + vacancy->covered - 1)}});
    list.push_back(std::move(body));
  }
  return list;
}

std::vector<std::string> words_of(const json& list) { return list.is_array() ? list.get<std::vector<std::string>>() : std::vector<std::string>{}; }

// For the whole leave and the main post of whoever takes it, unless the question says otherwise.
Result<Response, Problem> voyagers(const Question& q) {
  if (!decide_access(q.actor.roles, Relation::kNone, Action::kMatchPeople)) return hr_only();
  const auto id = parse<LeaveId>(q.request.path_params.at("id"));
  const auto taken = id ? q.reg().find_leave(*id, q.moment.as_of) : std::nullopt;
  const auto procedure = q.definition("voyager", 0);
  if (!taken || !procedure) return not_found();
  json form = {{"leave", to_text(*id)}, {"from", iso(taken->period.first)}, {"last_day", iso(taken->period.last)}};
  for (const char* name : {"from", "last_day"}) {
    if (q.param(name).empty()) continue;
    const auto day = parse_japanese_date(q.param(name));
    if (!day) return malformed_parameter(name, {day.error().ja, day.error().en});
    form[name] = iso(*day);
  }
  for (const auto& one : q.reg().postings(taken->person, {taken->period.first, q.moment.as_of}))
    if (one.kind == PostingKind::kMain) form["cover_post"] = to_text(one.post);
  if (const auto post = q.param("post"); !post.empty()) {
    if (!parse<PostId>(post)) return malformed_parameter("post", {"代わるポストのIDを指定してください。", "Give the id of the post to cover."});
    form["cover_post"] = post;
  }
  std::vector<std::string> wanted;
  for (std::istringstream words(q.param("skills")); !words.eof();) {
    std::string word;
    std::getline(words, word, ',');
    if (!word.empty()) wanted.push_back(std::move(word));
  }
  return answered(q.stated({{"candidates", body_of(q, candidates(q.then, *procedure, "voyager", form, wanted), parse_iso(form["from"].get<std::string>()).value())}}));
}

Result<Response, Problem> supporters(const Question& q) {
  if (!decide_access(q.actor.roles, Relation::kNone, Action::kMatchPeople)) return hr_only();
  const auto id = parse<CaseId>(q.request.path_params.at("id"));
  const auto request = id ? readable_case(q, *id) : std::nullopt;
  if (!request || request->state->procedure != "support-dispatch") return not_found();
  const auto procedure = q.definition("support-assignment", 0);
  if (!procedure) return not_found();
  const auto then = q.resources.office.find_case_at(*id, q.moment.as_of);
  if (!then) return not_found();  // not opened yet at that position
  const json& asked = then->form;
  const json form = {{"from", asked["from"]}, {"last_day", asked["last_day"]}, {"work", asked["work"]}};
  return answered(q.stated({{"candidates", body_of(q, candidates(q.then, *procedure, "support", form, words_of(asked.value("skills", json()))), parse_iso(asked["from"].get<std::string>()).value())}, {"head_count", asked["head_count"]}}));
}

Result<Response, Problem> roster(const Question& q) {
  const std::string& name = q.request.path_params.at("roster");
  if (name != "support" && name != "voyager") return not_found();
  json entries = json::array();
  for (const auto& one : entered(q.reg(), name, q.moment)) {
    if (!q.may_read_person(one.person)) continue;
    const json detail = json::parse(one.detail_json, nullptr, false);
    json entry = {{"person", person_ref(q, one.person)}, {"unit", nullptr}, {"detail", detail.is_object() ? detail : json::object()}};
    if (const auto unit = q.reg().unit_of(one.person, q.moment)) entry["unit"] = unit_ref(q, *unit);
    put_period(entry, {one.from, one.last_day});
    entries.push_back(std::move(entry));
  }
  return answered(q.stated({{"entries", std::move(entries)}}));
}

// A leave that ends later now than when its cover was ordered asks for a decision; one that was always longer than its cover does not.
bool grew_since(const Question& q, const Posting& cover, const Leave& leave) {
  const auto ordered = q.reg().find_fact(cover.fact, "leave:" + to_text(leave.leave));
  if (!ordered) return false;
  for (const auto& then : q.reg().leaves(leave.person, ordered->position))
    if (then.leave == leave.leave) return then.period.last < leave.period.last;
  return false;
}

// Whoever was ever a Voyager: their covers that end on the day or later, and what a leave that has moved asks to decide.
Result<Response, Problem> covers(const Question& q) {
  std::set<PersonId> people;
  for (const auto* entry : q.reg().visible("roster:voyager", q.moment.as_of))
    if (const auto* joined = std::get_if<RosterJoined>(&entry->fact)) people.insert(joined->person);
  json list = json::array();
  for (const auto person : people) {
    if (!q.may_read_person(person)) continue;
    std::map<LeaveId, Posting> last;  // an extension is a posting of its own: the last one of each leave ends the cover
    std::map<LeaveId, Day> first;
    for (const auto& one : q.reg().all_postings(person, q.moment.as_of))
      if (one.kind == PostingKind::kCover) {
        first.try_emplace(one.covers, one.period.first);
        last.insert_or_assign(one.covers, one);
      }
    for (const auto& [id, cover] : last) {
      if (cover.period.last < q.moment.on) continue;
      const auto leave = q.reg().find_leave(id, q.moment.as_of);
      json body = {{"person", person_ref(q, person)}, {"post", post_ref(q, cover.post)}, {"home_post", nullptr}, {"leave", to_text(id)}};
      put_period(body, {first.at(id), cover.period.last});
      put_day(body, "leave_ends", leave ? leave->period.last : kForever);
      body["to_decide"] = leave && leave->period.last > cover.period.last && grew_since(q, cover, *leave) ? json("offer-extension") : json();
      for (const auto& one : q.reg().postings(person, {cover.period.first, q.moment.as_of}))
        if (one.kind == PostingKind::kMain) body["home_post"] = post_ref(q, one.post);
      list.push_back(std::move(body));
    }
  }
  return answered(q.stated({{"covers", std::move(list)}}));
}

}  // namespace

void add_matching_routes(std::vector<Route>& routes, ResourceContext context) {
  routes.push_back(reading({.path = "/api/covers", .operation_id = "listCovers",
                            .summary = {"ボイジャーの派遣（ある日以後の期間、代わる休業の終わり、決めること）", "Voyagers' covers from a day on, with the end of the leave they cover and what is to be decided"},
                            .response_schema = schema::stated(schema::object({{"covers", schema::list(schema::with(schema::with(schema::period(), schema::days({"leave_ends"})),
                                schema::object({{"person", schema::or_null(schema::person())}, {"post", schema::or_null(schema::post())}, {"home_post", schema::or_null(schema::post())},
                                                {"leave", schema::text()}, {"to_decide", schema::or_null(schema::text())}})))}}))},
                           context, {}, Paging::kNone, covers));
  routes.push_back(reading({.path = "/api/leaves/{id}/candidates", .operation_id = "listVoyagerCandidates",
                            .summary = {"ボイジャーの候補と理由（人事）", "Who could cover, with reasons (HR)"},
                            .response_schema = schema::stated(schema::object({{"candidates", schema::list(candidate_schema())}})),
                            .query_params = {{"post", "string", {"代わるポストのID（省略すると休む人の本務）", "id of the post; default: the main post of the person on leave"}},
                                             {"from", "string", {"最初の日（省略すると休業の）", "first day; default: the leave's"}}, {"last_day", "string", {"最後の日（省略すると休業の）", "last day; default: the leave's"}},
                                             {"skills", "string", {"求める技能（読点でなくコンマで区切る）。合うものが多い順に並ぶ", "wanted skills, joined by commas: who brings more of them comes first"}}},
                            .problems = {403, 404}},
                           context, {}, Paging::kNone, voyagers));
  routes.push_back(reading({.path = "/api/cases/{id}/candidates", .operation_id = "listSupportCandidates",
                            .summary = {"応援要請の候補と理由（人事）", "Who of the roster could support, with reasons (HR)"},
                            .response_schema = schema::stated(schema::object({{"candidates", schema::list(candidate_schema())}, {"head_count", schema::number()}})),
                            .problems = {403, 404}},
                           context, {}, Paging::kNone, supporters));
  routes.push_back(reading({.path = "/api/rosters/{roster}", .operation_id = "readRoster",
                            .summary = {"名簿（support 応援登録、voyager ボイジャー）のある日の登録", "A roster (support, voyager) on a day"},
                            .response_schema = schema::stated(schema::object({{"entries", schema::list(schema::with(schema::period(),
                                schema::object({{"person", schema::or_null(schema::person())}, {"unit", schema::or_null(schema::unit())}, {"detail", schema::any_object()}})))}})),
                            .problems = {404}},
                           context, {}, Paging::kNone, roster));
}

}  // namespace rireki::api
