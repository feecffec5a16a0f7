// The standing reports that auditors ask for, each as JSON, CSV and XLSX, on any day as known at any moment. Of cases and people only what the reader may
// read: a row that is hidden is left out, and a note says that there may be such.
#include <algorithm>

#include "api/duty_list.h"
#include "api/log_read.h"
#include "api/resources/actors.h"
#include "api/resources/cases_as_of.h"
#include "api/resources/schema.h"
#include "api/text/sheet.h"
#include "domain/access.h"
#include "projections/organisation_view.h"

namespace rireki::api {
namespace {

using nlohmann::json;

constexpr std::size_t kReportRowsMax = 50'000;

struct Span {
  Day from, to;             // both inclusive
  Position after = 0, up_to = 0;  // what was recorded in it, as known at the question's position
};

struct Report {
  const char* id;
  Text title;
  Action needs;
  std::vector<Text> columns;
  void (*fill)(const Question& q, const Span& span, Sheet& sheet);
};

std::string day_words(const Question& q, Day day) { return day == kForever ? "" : q.language() == Language::kJa ? iso(day) + "（" + wareki(day) + "）" : iso(day); }
std::string time_words(Instant at) { return iso_utc(at); }
std::string person_words(const Question& q, PersonId person) {
  const auto ref = person_ref(q, person);
  return ref.is_object() && ref["name"].is_string() ? ref["name"].get<std::string>() : "";
}
std::string number_words(const Question& q, PersonId person) {
  const auto known = q.reg().person(person, q.moment);
  return known && q.may_read_person(person) ? known->staff_number : "";
}
std::string name_of(const json& ref, const char* member) { return ref.is_object() && ref.value(member, json()).is_string() ? ref[member].get<std::string>() : ""; }

bool full(const Sheet& sheet) { return sheet.rows.size() > kReportRowsMax; }  // one more than is given: that there is more is known

// Who approved the case whose order it is, with how: 決裁 by its head, or in whose place.
std::string approved_by(const Question& q, CaseId id) {
  const auto readable = id ? readable_case(q, id) : std::nullopt;
  if (!readable) return "";
  const auto state = q.resources.office.find_case_at(id, q.moment.as_of);
  if (!state) return "";
  std::string all;
  for (const auto& record : state->stations) {
    if (record.outcome != StationOutcome::kApproved || record.round != state->round) continue;
    all += (all.empty() ? "" : "、") + person_words(q, record.by);
    if (record.mode == StationMode::kDeputy) all += q.words({"（代決）", " (deputy)"});
    if (record.mode == StationMode::kDelegated) all += q.words({"（専決）", " (delegated)"});
    if (record.mode == StationMode::kActing) all += q.words({"（職務代理）", " (acting)"});
  }
  return all;
}

struct OrderWords {
  std::string kind, number, place;
  PersonId person;
};
OrderWords order_words(const Question& q, const Fact& fact) {
  const auto place = [&](PostId post) {
    const auto known = q.reg().post_ever(post, q.moment.as_of);
    const auto unit = known ? q.reg().unit_ever(known->unit, q.moment.as_of) : std::nullopt;
    return (unit ? unit->name + " " : "") + (known ? known->title : "");
  };
  return std::visit(Overloaded{
      [&](const Posted& f) { return OrderWords{f.order_kind.empty() ? q.words(label(f.kind)) : f.order_kind + "（" + q.words(label(f.kind)) + "）", f.order_number, place(f.post), f.person}; },
      [&](const PostingEnded& f) { return OrderWords{q.words({"解職・免", "Relieved of a post"}) + "（" + q.words(label(f.kind)) + "）", "", place(f.post), f.person}; },
      [&](const Appointed& f) { return OrderWords{q.words({"採用", "Appointed"}) + "（" + q.words(label(f.type)) + "）", "", q.words(label(f.grade)), f.person}; },
      [&](const Graded& f) { return OrderWords{q.words({"職層", "Grade"}), "", q.words(label(f.grade)), f.person}; },
      [&](const Separated& f) { return OrderWords{q.words(label(f.kind)), "", "", f.person}; },
      [&](const LeaveStarted& f) { return OrderWords{may_read_leave_kind(q.context.reg, f.person, q.actor, q.today()) ? q.words(label(f.kind)) : q.words({"休業・休職等", "Leave"}), "", "", f.person}; },
      [](const auto&) { return OrderWords{}; }}, fact);
}

// Whether the fact holds as known at the question's position.
std::string standing(const Question& q, const FactEntry& entry, PersonId person) {
  for (const auto* one : q.reg().visible("person:" + to_text(person), q.moment.as_of))
    if (one->id == entry.id) return q.words({"有効", "in force"});
  return q.words({"訂正・取消済", "corrected or cancelled"});
}

void orders(const Question& q, const Span& span, Sheet& sheet) {
  const auto view = q.view("organisation");
  each_order(*view.rows, {span.from, span.to}, [&](Day day, Position position) {
    if (position > q.moment.as_of) return true;
    require_read(q.resources.office.log().read(AllEvents{}, {.after = position - 1, .up_to = position}, [&](const EventView& event) {
      const auto decoded = decode(event);
      const auto* entry = decoded ? std::get_if<FactEntry>(&*decoded) : nullptr;
      if (!entry) return false;
      const auto words = order_words(q, entry->fact);
      if (!q.may_read_person(words.person)) return false;
      q.shows(words.person);
      sheet.rows.push_back({day_words(q, day), words.kind, words.number, number_words(q, words.person), person_words(q, words.person), words.place, approved_by(q, entry->case_id), time_words(event.recorded_at()), standing(q, *entry, words.person),
                            std::to_string(position)});
      return false;
    }));
    return !full(sheet);
  });
}

void retroactive(const Question& q, const Span& span, Sheet& sheet) {
  std::vector<std::string> types = all_fact_types();
  std::erase(types, "fact/figure-recorded");
  std::erase(types, "fact/policy-set");
  types.emplace_back("case/corrected");
  ActorNames actors(q);
  require_read(q.resources.office.log().read(std::vector{QueryItem{.types = types, .tags = {}}}, {.after = span.after, .up_to = span.up_to}, [&](const EventView& event) {
    const auto decoded = decode(event);
    if (!decoded) return true;
    if (const auto* corrected = std::get_if<CaseCorrected>(&*decoded)) {
      const auto readable = readable_case(q, corrected->case_id);
      const json shown = readable ? visible_body(q, *readable->state, *decoded) : json();
      if (shown.is_null()) return true;
      q.shows(*readable->state, *readable->definition);
      const auto subject = subject_person(*readable->state);
      sheet.rows.push_back({time_words(event.recorded_at()), corrected->withdrawn ? q.words({"記載の取下げ", "entry withdrawn"}) : q.words({"記載の訂正", "entry corrected"}), q.words(readable->definition->title) + " " + to_text(corrected->case_id),
                            subject ? number_words(q, *subject) : "", subject ? person_words(q, *subject) : "", "", "", shown.value("reason", ""), person_words(q, corrected->by), std::to_string(event.position())});
      return !full(sheet);
    }
    const auto* entry = std::get_if<FactEntry>(&*decoded);
    const auto* cancelled = std::get_if<FactCancelled>(&*decoded);
    const Day recorded = local_day(event.recorded_at());
    const auto day = entry ? effective_day(entry->fact) : std::nullopt;
    const bool late = day && *day < recorded;
    if (!cancelled && !late && !(entry && entry->corrects)) return true;
    PersonId person = entry ? person_of(entry->fact) : PersonId{};
    for (const auto tag : event.tags())
      if (cancelled && tag.starts_with("person:")) person = parse<PersonId>(tag.substr(7)).value_or(person);
    if (person && !q.may_read_person(person)) return true;
    if (person) q.shows(person);
    const std::string what = cancelled ? q.words({"取消", "cancelled"}) : entry->corrects ? q.words({"訂正", "corrected"}) : q.words({"遡及", "retroactive"});
    const auto lag = day ? std::to_string((recorded - *day).count()) : "";
    sheet.rows.push_back({time_words(event.recorded_at()), what, std::string(event.type()), number_words(q, person), person ? person_words(q, person) : "", day ? day_words(q, *day) : "", lag, entry ? entry->reason : cancelled->reason,
                          actors.words(event.actor()), std::to_string(event.position())});
    return !full(sheet);
  }));
}

void deputies(const Question& q, const Span& span, Sheet& sheet) {
  require_read(q.resources.office.log().read(with_type("case/station-acted"), {.after = span.after, .up_to = span.up_to}, [&](const EventView& event) {
    const auto decoded = decode(event);
    const auto* acted = decoded ? std::get_if<StationActed>(&*decoded) : nullptr;
    if (!acted || acted->mode == StationMode::kOwn || acted->outcome == StationOutcome::kReviewedAfter) return true;
    const auto readable = readable_case(q, acted->case_id);
    if (!readable) return true;
    q.shows(*readable->state, *readable->definition);
    const auto then = q.resources.office.find_case_at(acted->case_id, q.moment.as_of);
    const bool owed = then && std::any_of(then->reviews_owed.begin(), then->reviews_owed.end(), [&](const auto& one) { return one.first == acted->station && one.second == acted->for_person; });
    const Text mode = acted->mode == StationMode::kDeputy ? Text{"代決", "deputy"} : acted->mode == StationMode::kDelegated ? Text{"専決", "delegated"} : Text{"職務代理", "acting"};
    sheet.rows.push_back({time_words(event.recorded_at()), q.words(readable->definition->title), to_text(acted->case_id), acted->station, person_words(q, acted->by), person_words(q, acted->for_person), q.words(mode),
                          acted->review_owed ? (owed ? q.words({"未了", "owed"}) : q.words({"済", "done"})) : "", std::to_string(event.position())});
    return !full(sheet);
  }));
}

void refusals(const Question& q, const Span& span, Sheet& sheet) {
  ActorNames actors(q);
  require_read(q.resources.office.log().read(with_type("security/refused"), {.after = span.after, .up_to = span.up_to}, [&](const EventView& event) {
    const auto decoded = decode(event);
    const auto* refused_one = decoded ? std::get_if<ActionRefused>(&*decoded) : nullptr;
    if (!refused_one || (refused_one->case_id && !readable_case(q, refused_one->case_id))) return true;
    // That somebody tried to open a secret case is as secret as one; of what is not in force nobody can tell whether it would be.
    if (!refused_one->case_id && !refused_one->procedure.empty()) {
      const auto procedure = q.definition(refused_one->procedure, 0);
      if (!procedure || procedure->secrecy.existence_secret) return true;
    }
    sheet.rows.push_back({time_words(event.recorded_at()), refused_one->account ? actors.words(to_text(refused_one->account)) : "", person_words(q, refused_one->by), refused_one->procedure, refused_one->action.empty() && !refused_one->case_id ? "open" : refused_one->action,
                          refused_one->case_id ? to_text(refused_one->case_id) : "", refused_one->rule, std::to_string(event.position())});
    return !full(sheet);
  }));
}

void overdue(const Question& q, const Span&, Sheet& sheet) {
  const auto obligations = obligations_in_force(q.reg(), q.moment);
  for (const auto person : all_employed(*q.view("organisation").rows)) {
    if (full(sheet)) return;
    if (!q.may_read_person(person)) continue;
    for (const auto& duty : duties_of(q.reg(), person, obligations, fiscal_year(q.moment.on), q.moment)) {
      if (duty.status != DutyStatus::kOverdue) continue;
      const auto named = std::find_if(obligations.begin(), obligations.end(), [&](const Obligation& one) { return one.id == duty.obligation; });
      const auto unit = q.reg().unit_of(person, q.moment);
      const auto superior = q.reg().superior_of(person, q.moment);
      sheet.rows.push_back({unit ? name_of(unit_ref(q, *unit), "name") : "", number_words(q, person), person_words(q, person), named == obligations.end() ? duty.obligation : q.words(named->title), day_words(q, duty.due),
                            std::to_string((q.moment.on - duty.due).count()), superior ? person_words(q, *superior) : ""});
    }
  }
}

void rights(const Question& q, const Span& span, Sheet& sheet) {
  ActorNames actors(q);
  const std::vector<std::string> types{"definition/published", "account/opened", "account/roles-set", "account/closed", "account/second-factor-set", "account/token-issued", "account/token-revoked", "account/identity-linked",
                                       "fact/policy-set", "log/key-introduced", "log/epoch-begun", "log/witness-named", "log/witness-dropped"};
  require_read(q.resources.office.log().read(std::vector{QueryItem{.types = types, .tags = {}}}, {.after = span.after, .up_to = span.up_to}, [&](const EventView& event) {
    const auto decoded = decode(event);
    if (!decoded) return true;
    std::string what, detail;
    std::visit([&](const auto& one) {
      using T = std::remove_cvref_t<decltype(one)>;
      if constexpr (std::is_same_v<T, DefinitionPublished>) {
        what = one.procedure + " v" + std::to_string(one.version);
        detail = iso(one.from);
      } else if constexpr (std::is_same_v<T, FactEntry>) {
        if (const auto* policy = std::get_if<PolicySet>(&one.fact)) {
          what = policy->policy;
          detail = policy->value_json.size() <= 200 ? policy->value_json + " " + iso(policy->from) : iso(policy->from);
        }
      } else if constexpr (requires { one.roles; }) {
        what = actors.words(to_text(one.account));
        for (const auto& role : one.roles) detail += (detail.empty() ? "" : ", ") + role;
      } else if constexpr (requires { one.key; }) {
        what = one.key;
      } else if constexpr (std::is_same_v<T, LogEpochBegun>) {
        what = one.origin;
        detail = one.reason;
      } else if constexpr (requires { one.account; }) {
        what = actors.words(to_text(one.account));
      }
    }, *decoded);
    sheet.rows.push_back({time_words(event.recorded_at()), std::string(event.type()), what, detail, actors.words(event.actor()), std::to_string(event.position())});
    return !full(sheet);
  }));
}

void reads(const Question& q, const Span& span, Sheet& sheet) {
  ActorNames actors(q);
  require_read(q.resources.office.log().read(with_type("access/viewed"), {.after = span.after, .up_to = span.up_to}, [&](const EventView& event) {
    const auto decoded = decode(event);
    const auto* viewed = decoded ? std::get_if<RecordsViewed>(&*decoded) : nullptr;
    if (!viewed || viewed->key_class == "general") return true;
    std::string records;
    for (const auto& record : viewed->records) records += (records.empty() ? "" : " ") + record;
    sheet.rows.push_back({time_words(event.recorded_at()), viewed->account ? actors.words(to_text(viewed->account)) : "", person_words(q, viewed->by), viewed->key_class, records, viewed->purpose, viewed->via, std::to_string(event.position())});
    return !full(sheet);
  }));
}

const std::vector<Report>& all() {
  static const Text kPosition{"位置", "position"}, kRecorded{"記録日時（UTC）", "recorded (UTC)"}, kActor{"行った者", "actor"}, kNumber{"職員番号", "staff number"}, kName{"氏名", "name"};
  static const std::vector<Report> reports = {
      {"orders", {"発令一覧（決裁した者とともに）", "Orders by date, with who approved"}, Action::kReadLog,
       {{"発令日", "from"}, {"発令の種類", "kind"}, {"発令番号", "number"}, kNumber, kName, {"所属・職", "place"}, {"決裁", "approved by"}, kRecorded, {"現在", "standing"}, kPosition}, orders},
      {"retroactive", {"遡及・訂正・取消", "Retroactive orders, corrections, cancellations"}, Action::kReadLog,
       {kRecorded, {"区分", "what"}, {"種類", "type"}, kNumber, kName, {"効力の日", "effective"}, {"遅れ（日）", "days late"}, {"理由", "reason"}, kActor, kPosition}, retroactive},
      {"deputies", {"代決・専決・職務代理", "Deputy decisions"}, Action::kReadLog,
       {kRecorded, {"手続", "procedure"}, {"案件", "case"}, {"決裁ルートの位置", "station"}, {"行った人", "by"}, {"だれに代わって", "for"}, {"区分", "mode"}, {"後閲", "review"}, kPosition}, deputies},
      {"refused", {"断られた処理", "Refused actions"}, Action::kReadRefused,
       {{"日時（UTC）", "at (UTC)"}, {"アカウント", "account"}, kName, {"手続", "procedure"}, {"処理", "action"}, {"案件", "case"}, {"決まり", "rule"}, kPosition}, refusals},
      {"overdue", {"期限を過ぎた義務", "Overdue obligations"}, Action::kReadDuties,
       {{"所属", "unit"}, kNumber, kName, {"義務", "obligation"}, {"期限", "due"}, {"超過（日）", "days over"}, {"上司", "superior"}}, overdue},
      {"rights", {"定義・規則・権限の変更", "Changes of definitions, policies and rights"}, Action::kReadAccounts,
       {kRecorded, {"種類", "type"}, {"何を", "what"}, {"内容", "detail"}, kActor, kPosition}, rights},
      {"reads", {"健康・ハラスメントの記録の閲覧", "Reads of confidential records"}, Action::kReadAllReads,
       {{"日時（UTC）", "at (UTC)"}, {"アカウント", "account"}, kName, {"区分", "class"}, {"記録", "records"}, {"目的", "purpose"}, {"方法", "via"}, kPosition}, reads},
  };
  return reports;
}

Result<Span, Problem> span_of(const Question& q) {
  Span span{.from = fiscal_year_period(fiscal_year(q.moment.on)).first, .to = q.moment.on};
  for (const auto& [name, into] : {std::pair{"from", &span.from}, {"to", &span.to}})
    if (const auto text = q.param(name); !text.empty()) {
      const auto day = parse_japanese_date(text);
      if (!day) return malformed_parameter(name, {day.error().ja, day.error().en});
      *into = *day;
    }
  if (span.to < span.from) return malformed_parameter("to", {"from より前です。", "It is before from."});
  const EventLog& log = q.resources.office.log();
  span.after = std::min(q.moment.as_of, log.position_at(start_of(span.from) - std::chrono::microseconds{1}));
  span.up_to = std::min(q.moment.as_of, log.position_at(start_of(span.to + days{1}) - std::chrono::microseconds{1}));
  return span;
}

Result<Response, Problem> listed(const Question& q) {
  json reports = json::array();
  for (const auto& one : all())
    if (decide_access(q.actor.roles, Relation::kNone, one.needs)) reports.push_back({{"id", one.id}, {"title", q.words(one.title)}});
  return answered(q.stated({{"reports", std::move(reports)}}));
}

Result<Response, Problem> report(const Question& q) {
  const auto found = std::find_if(all().begin(), all().end(), [&](const Report& one) { return one.id == q.request.path_params.at("report"); });
  if (found == all().end()) return not_found();
  if (!decide_access(q.actor.roles, Relation::kNone, found->needs))
    return refused({.rule = "not-entitled", .source = "design: who uses it", .message = {"この報告を見る役割がありません。", "Your role does not show this report."}, .facts = {}, .fields = {}});
  const auto format = q.param("format"), encoding = q.param("encoding");
  if (!format.empty() && format != "json" && format != "csv" && format != "xlsx") return malformed_parameter("format", {"json、csv、xlsx のどれかです。", "One of json, csv, xlsx."});
  const auto wanted = parse_csv_encoding(encoding.empty() ? "utf-8" : encoding);
  if (!wanted) return malformed_parameter("encoding", {"utf-8 か cp932 です。", "Either utf-8 or cp932."});
  Question stated = q;
  stated.moment.as_of = std::min(q.moment.as_of, q.view("organisation").position);  // orders come by this view
  const auto span = span_of(stated);
  if (!span) return span.error();
  const std::string as_of = std::to_string(stated.moment.as_of);
  Sheet sheet{.title = q.words(found->title), .columns = {}, .rows = {}, .notes = {}};
  for (const auto& column : found->columns) sheet.columns.push_back(q.words(column));
  found->fill(stated, *span, sheet);
  const bool cut = full(sheet);
  if (cut) sheet.rows.pop_back();
  sheet.notes.push_back(q.words({day_words(q, span->from) + " から " + day_words(q, span->to) + " まで。" + day_words(q, q.moment.on) + " 現在、位置 " + as_of + " までの記録による。",
                                 "From " + iso(span->from) + " to " + iso(span->to) + ", as on " + iso(q.moment.on) + " and as known at position " + as_of + "."}));
  sheet.notes.push_back(q.words({"読むことを許されていない案件と職員の行は含みません。", "Rows of cases and people that you may not read are left out."}));
  if (cut) sheet.notes.push_back(q.words({"5万行で切れています。期間を狭めてください。", "Cut off at 50,000 rows: narrow the span."}));
  const std::string file = std::string(found->id) + "-" + iso(span->from) + "-" + iso(span->to);
  const auto attachment = [&](const std::string& type, const std::string& extension, std::string bytes) {
    return Response{.status = 200, .content_type = type, .headers = {{"Content-Disposition", "attachment; filename=\"" + file + "." + extension + "\""}}, .body = std::move(bytes), .stream = {}};
  };
  if (format == "xlsx") return attachment("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", xlsx_of(sheet));
  if (format == "csv") {
    if (cut) return malformed_parameter("from", {"5万行を超えます。期間を狭めてください。", "It is more than 50,000 rows: narrow the span."});
    CsvWriter writer(*wanted, true);
    write_csv(sheet, writer);
    return attachment("text/csv", "csv", writer.bytes());
  }
  json body = {{"report", found->id}, {"title", sheet.title}, {"columns", sheet.columns}, {"rows", sheet.rows}, {"notes", sheet.notes}, {"cut", cut}};
  put_day(body, "from", span->from);
  put_day(body, "to", span->to);
  return answered(stated.stated(std::move(body)));
}

}  // namespace

void add_report_routes(std::vector<Route>& routes, ResourceContext context) {
  using namespace schema;
  routes.push_back(reading({.path = "/api/reports", .operation_id = "listReports", .summary = {"見られる報告の一覧", "The reports that one may see"},
                            .response_schema = stated(object({{"reports", schema::list(object({{"id", text()}, {"title", text()}}))}}))},
                           context, {}, Paging::kNone, listed));
  routes.push_back(reading({.path = "/api/reports/{report}", .operation_id = "readReport",
                            .summary = {"監査の報告（発令、遡及と訂正、代決、断られた処理、期限超過、権限の変更、秘密の閲覧）。JSON、CSV、XLSX", "A report for auditors (orders, retroactive, deputies, refused, overdue, rights, reads) as JSON, CSV or XLSX"},
                            .response_schema = stated(with(days({"from", "to"}), object({{"report", text()}, {"title", text()}, {"columns", schema::list(text())}, {"rows", schema::list(schema::list(text()))}, {"notes", schema::list(text())}, {"cut", flag()}}))),
                            .query_params = {{"from", "string", {"この日から（省略：on の年度の初日）", "from this day; default: the first of the fiscal year of `on`"}}, {"to", "string", {"この日まで（省略：on）", "to this day; default: `on`"}},
                                             {"format", "string", {"json（省略時）、csv、xlsx", "json (default), csv, xlsx"}}, {"encoding", "string", {"CSV の文字コード：utf-8（省略時）か cp932", "of the CSV: utf-8 (default) or cp932"}}},
                            .problems = {403, 404}},
                           context, {"organisation"}, Paging::kNone, report));
}

}  // namespace rireki::api
