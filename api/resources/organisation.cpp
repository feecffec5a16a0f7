// The organisation on a day: the tree of units with their heads and places, one unit with its posts and people, one post. Nobody is hidden because
// no branch leads to them: units whose parent is not in force stand as roots of their own, people without a post as 所属なし.
#include "api/resources/present.h"
#include "api/resources/schema.h"
#include "projections/organisation_view.h"

namespace rireki::api {
namespace {

using nlohmann::json;

struct Places {  // a vacancy never says why
  int quota = 0, holders = 0, present = 0, covered = 0, open = 0;
  void add(const Vacancy& vacancy) {
    quota += vacancy.quota;
    holders += vacancy.holders;
    present += vacancy.present;
    covered += vacancy.covered;
    open += vacancy.open;
  }
  json body() const { return {{"quota", quota}, {"holders", holders}, {"present", present}, {"covered", covered}, {"open", open}}; }
};
json places_schema() {
  return schema::object({{"quota", schema::number()}, {"holders", schema::number()}, {"present", schema::number()}, {"covered", schema::number()}, {"open", schema::number()}});
}

Places places_of(const Question& q, UnitId unit) {
  Places places;
  for (const auto& post : q.reg().posts_of(unit, q.moment))
    if (const auto vacancy = q.reg().vacancy(post.post, q.moment)) places.add(*vacancy);
  return places;
}

json head_of(const Question& q, UnitId unit) {
  const auto head = q.reg().head_of(unit, q.moment);
  return head ? person_ref(q, *head) : json();
}

json unit_words(const Question& q, const Unit& unit) {
  json body = {{"id", to_text(unit.unit)}, {"name", unit.name}, {"level", labelled(to_text(unit.level), label(unit.level), q.language())}};
  put_period(body, unit.period);
  return body;
}
json unit_words_schema() { return schema::with(schema::period(), schema::object({{"id", schema::text()}, {"name", schema::text()}, {"level", schema::named()}})); }

// --- The tree ---

json node(const Question& q, UnitId id, std::set<UnitId>& drawn) {
  drawn.insert(id);
  const auto unit = q.reg().unit(id, q.moment);
  json body = unit_words(q, *unit);
  body["head"] = head_of(q, id);
  body["places"] = places_of(q, id).body();
  body["children"] = json::array();
  for (const auto child : q.reg().children(id, q.moment))
    if (!drawn.contains(child)) body["children"].push_back(node(q, child, drawn));
  return body;
}

json unplaced(const Question& q, const RowReader& rows) {
  json people = json::array();
  for (const auto person : all_employed(rows))
    if (q.reg().employment(person, q.moment) && !q.reg().main_posting(person, q.moment) && q.may_read_person(person)) people.push_back(person_ref(q, person));
  return people;
}

Result<Response, Problem> tree(const Question& q) {
  const auto view = q.view("organisation");
  std::set<UnitId> drawn;
  json units = json::array();
  for (const auto root : q.reg().children(UnitId{}, q.moment)) units.push_back(node(q, root, drawn));
  for (const auto id : all_units(*view.rows)) {
    const auto unit = q.reg().unit(id, q.moment);
    if (!unit || drawn.contains(id) || (unit->parent && q.reg().unit(unit->parent, q.moment))) continue;
    units.push_back(node(q, id, drawn));
  }
  return answered(q.stated({{"units", std::move(units)}, {"unplaced", unplaced(q, *view.rows)}}));
}

json tree_schema() {
  // A tree: children look like their parent, which an inlined schema can only say to a depth; 部, 課 and 係 are three.
  const json unit = schema::with(unit_words_schema(), schema::object({{"head", schema::or_null(schema::person())}, {"places", places_schema()}}));
  json deepest = schema::with(unit, schema::object({{"children", schema::list(schema::any_object())}}));
  for (int level = 0; level < 2; ++level) deepest = schema::with(unit, schema::object({{"children", schema::list(std::move(deepest))}}));
  return schema::stated(schema::object({{"units", schema::list(std::move(deepest))}, {"unplaced", schema::list(schema::person())}}));
}

// --- One unit, one post ---

json holder(const Question& q, const Posting& held) {
  const auto presence = q.reg().presence(held.person, q.moment);
  json body = {{"person", person_ref(q, held.person)}, {"kind", labelled(to_text(held.kind), label(held.kind), q.language())},
               {"on_leave", presence == Presence::kOnLeave}, {"away", presence == Presence::kAway}};
  put_period(body, held.period);
  return body;
}

json post_body(const Question& q, const Post& post) {
  json body = {{"id", to_text(post.post)}, {"title", post.title}, {"unit", unit_ref(q, post.unit)}, {"grade", labelled(to_text(post.grade), label(post.grade), q.language())},
               {"job_categories", post.job_categories}, {"head", post.head}, {"function", post.function}, {"holders", json::array()}, {"concurrent", json::array()},
               {"deputies", json::array()}};
  put_period(body, post.period);
  Places places;
  if (const auto vacancy = q.reg().vacancy(post.post, q.moment)) places.add(*vacancy);
  body["places"] = places.body();
  for (const auto& held : q.reg().holders(post.post, q.moment)) body[held.kind == PostingKind::kConcurrent ? "concurrent" : "holders"].push_back(holder(q, held));
  for (const auto& deputy : q.reg().deputies(post.post, q.moment)) body["deputies"].push_back({{"person", person_ref(q, deputy.person)}, {"order", deputy.order}});
  return body;
}
json post_schema() {
  const json held = schema::with(schema::period(), schema::object({{"person", schema::or_null(schema::person())}, {"kind", schema::named()}, {"on_leave", schema::flag()}, {"away", schema::flag()}}));
  return schema::with(schema::period(),
                      schema::object({{"id", schema::text()}, {"title", schema::text()}, {"unit", schema::or_null(schema::unit())}, {"grade", schema::named()},
                                      {"job_categories", schema::list(schema::text())}, {"head", schema::flag()}, {"function", schema::text()}, {"places", places_schema()},
                                      {"holders", schema::list(held)}, {"concurrent", schema::list(held)},
                                      {"deputies", schema::list(schema::object({{"person", schema::or_null(schema::person())}, {"order", schema::number()}}))}}));
}

Result<Response, Problem> unit(const Question& q) {
  const auto id = parse<UnitId>(q.request.path_params.at("id"));
  if (!id) return not_found();
  const auto today = q.reg().unit(*id, q.moment);
  const auto known = today ? today : q.reg().unit_ever(*id, q.moment.as_of);
  if (!known) return not_found();
  json body = unit_words(q, *known);
  body["in_force"] = today.has_value();
  body["head"] = head_of(q, *id);
  body["places"] = places_of(q, *id).body();
  body["above"] = json::array();  // from the parent up
  for (UnitId up = known->parent; up;) {
    body["above"].push_back(unit_ref(q, up));
    const auto parent = q.reg().unit_ever(up, q.moment.as_of);
    up = parent ? parent->parent : UnitId{};
  }
  body["children"] = json::array();
  for (const auto child : q.reg().children(*id, q.moment)) body["children"].push_back(unit_ref(q, child));
  body["posts"] = json::array();
  for (const auto& post : q.reg().posts_of(*id, q.moment)) body["posts"].push_back(post_body(q, post));
  return answered(q.stated(std::move(body)));
}

Result<Response, Problem> post(const Question& q) {
  const auto id = parse<PostId>(q.request.path_params.at("id"));
  if (!id) return not_found();
  const auto today = q.reg().post(*id, q.moment);
  const auto known = today ? today : q.reg().post_ever(*id, q.moment.as_of);
  if (!known) return not_found();
  json body = post_body(q, *known);
  body["in_force"] = today.has_value();
  return answered(q.stated(std::move(body)));
}

}  // namespace

void add_organisation_routes(std::vector<Route>& routes, ResourceContext context) {
  routes.push_back(reading({.path = "/api/units", .operation_id = "readOrganisation",
                            .summary = {"組織図（ある日の所属、長、定数と欠員、所属なし）", "The organisation on a day: units, heads, places, people without one"},
                            .response_schema = tree_schema()},
                           context, {"organisation"}, Paging::kNone, tree));
  const json unit_schema = schema::with(unit_words_schema(),
                                        schema::object({{"in_force", schema::flag()}, {"head", schema::or_null(schema::person())}, {"places", places_schema()},
                                                        {"above", schema::list(schema::unit())}, {"children", schema::list(schema::unit())}, {"posts", schema::list(post_schema())}}));
  routes.push_back(reading({.path = "/api/units/{id}", .operation_id = "readUnit",
                            .summary = {"所属の職（ポスト）と人", "A unit with its posts and people"},
                            .response_schema = schema::stated(unit_schema), .problems = {404}},
                           context, {}, Paging::kNone, unit));
  routes.push_back(reading({.path = "/api/posts/{id}", .operation_id = "readPost",
                            .summary = {"職（ポスト）と、就いている人", "A post and who holds it"},
                            .response_schema = schema::stated(schema::with(post_schema(), schema::object({{"in_force", schema::flag()}}))), .problems = {404}},
                           context, {}, Paging::kNone, post));
}

}  // namespace rireki::api
