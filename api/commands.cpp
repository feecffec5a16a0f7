#include "api/commands.h"

#include <charconv>

#include "api/request_body.h"
#include "domain/access.h"

namespace rireki::api {
namespace {

using nlohmann::json;

// The ETag of a case is the position of its last event, as a strong tag.
struct IfMatch {
  bool given = false;
  bool readable = true;
  std::optional<Position> position;  // none with "*"
};
IfMatch if_match(const Request& request) {
  const auto found = request.headers.find("if-match");
  if (found == request.headers.end()) return {};
  std::string_view text = found->second;
  if (text == "*") return {.given = true};
  Position position = 0;
  if (text.size() < 3 || text.front() != '"' || text.back() != '"') return {.given = true, .readable = false};
  text = text.substr(1, text.size() - 2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), position);
  if (error != std::errc{} || end != text.data() + text.size()) return {.given = true, .readable = false};
  return {.given = true, .position = position};
}

CommandDone answer_with(std::shared_ptr<const Request> request, Reply reply, int status) {
  return [request = std::move(request), reply = std::move(reply), status](Result<CommandAnswer, CommandError> answer) {
    if (!answer) return reply(problem(problem_of(answer.error()), request->language));
    Response response = json_response(status, json{{"case", to_text(answer->case_id)},
                                                   {"state", answer->state},
                                                   {"position", answer->position},
                                                   {"repeated", answer->repeated}});
    if (status == 201) response.headers.emplace_back("Location", "/api/cases/" + to_text(answer->case_id));
    reply(std::move(response));
  };
}

const json& command_answer_schema() {
  static const json schema = {{"type", "object"},
                              {"required", {"case", "state", "position", "repeated"}},
                              {"properties",
                               {{"case", {{"type", "string"}}},
                                {"state", {{"type", "string"}}},
                                {"position", {{"type", "integer"}, {"description", "read with ?at_least= to see this change"}}},
                                {"repeated", {{"type", "boolean"}, {"description", "this command had been carried out before"}}}}}};
  return schema;
}

Route open_route(Office& office) {
  json properties = action_properties();
  properties.update(opening_properties());
  return {.method = "POST", .path = "/api/cases", .operation_id = "openCase",
          .summary = {"手続を起こす", "Open a case"},
          .idempotent_key = true,
          .request_schema = {{"type", "object"}, {"required", {"procedure", "subject"}}, {"properties", properties}, {"additionalProperties", false}},
          .response_schema = command_answer_schema(), .success = 201,
          .problems = {400, 403, 404, 409, 422, 503, 507},
          .handler = [&office](std::shared_ptr<const Request> request, Reply reply) {
            const json& body = request->json;
            const auto fail = [&](const Problem& p) { reply(problem(p, request->language)); };
            if (auto p = unknown_members(body, {"procedure", "subject", "form", "reason", "station", "target"})) return fail(*p);
            ActionRequest wanted;
            if (auto p = read_opening(body, wanted)) return fail(*p);
            if (auto p = read_action(body, wanted)) return fail(*p);
            office.open(*request->actor, std::move(wanted), {.command = request->command}, answer_with(request, std::move(reply), 201));
          }};
}

Route act_route(Office& office) {
  return {.method = "POST", .path = "/api/cases/{id}/actions/{action}", .operation_id = "actOnCase",
          .summary = {"手続を進める（承認、差戻し、発令など）", "Act on a case (approve, send back, order, …)"},
          .idempotent_key = true,
          .request_schema = {{"type", "object"}, {"properties", action_properties()}, {"additionalProperties", false}},
          .response_schema = command_answer_schema(),
          .problems = {400, 403, 404, 409, 412, 422, 428, 503, 507},
          .handler = [&office](std::shared_ptr<const Request> request, Reply reply) {
            const auto fail = [&](const Problem& p) { reply(problem(p, request->language)); };
            const json& body = request->json.is_null() ? json::object() : request->json;
            if (auto p = unknown_members(body, {"form", "reason", "station", "target"})) return fail(*p);
            ActionRequest wanted;
            wanted.action = request->path_params.at("action");
            if (auto p = read_action(body, wanted)) return fail(*p);
            const auto id = parse<CaseId>(request->path_params.at("id"));
            if (!id) return fail(not_found());
            const IfMatch match = if_match(*request);
            if (!match.readable) return fail(malformed("", {"If-MatchはETagの値をそのまま送ってください。", "Send If-Match exactly as the ETag was given."}));
            // Saying or attaching something changes no state: nothing typed is refused because somebody else acted meanwhile.
            if (!match.given && wanted.action != "comment")
              return fail({.status = 428, .id = "precondition-required",
                           .title = {"見ている版を示してください", "Say which version you saw"},
                           .detail = {"案件を読んだときのETagをIf-Matchで送ってください。", "Send the ETag of the case, as you read it, in If-Match."}});
            office.act(*request->actor, *id, std::move(wanted), {.command = request->command, .if_match = match.position},
                       answer_with(request, std::move(reply), 200));
          }};
}

// The case and its procedure, where this reader may know of all of it. The person concerned does not see what others attached.
struct CaseRead {
  std::shared_ptr<const Case> state;
  std::shared_ptr<const Definition> definition;
};
enum class Seen { kInPart, kInFull };
std::optional<CaseRead> readable_case(const Office& office, const Request& request, Seen wanted) {
  const auto id = parse<CaseId>(request.path_params.at("id"));
  const auto state = id ? office.find_case(*id) : nullptr;
  if (!state) return std::nullopt;
  std::optional<CaseRead> found;
  office.with_context([&](const DecisionContext& context) {
    const auto definition = office.definition(state->procedure, state->version);
    if (definition && access_to(context, *definition, *state, *request.actor, Action::kRead) &&
        (wanted == Seen::kInPart || !sees_in_part(context, *definition, *state, *request.actor)))
      found = {state, definition};
  });
  return found;
}

Route attach_route(Office& office, const Attachments& attachments) {
  return {.method = "POST", .path = "/api/cases/{id}/attachments", .operation_id = "attachToCase",
          .summary = {"案件に添付する", "Attach a file to a case"},
          .idempotent_key = true, .accepts_upload = true,
          .response_schema = command_answer_schema(), .success = 201,
          .query_params = {{"name", "string", {"ファイル名", "file name"}}},
          .problems = {400, 403, 404, 413, 422, 503, 507},
          .handler = [&office, attachments](std::shared_ptr<const Request> request, Reply reply) {
            const auto fail = [&](const Problem& p) { reply(problem(p, request->language)); };
            const auto readable = readable_case(office, *request, Seen::kInPart);  // whoever consulted the desk adds what they have
            const auto name = request->query.find("name");
            if (!readable) return fail(not_found());
            if (name == request->query.end() || name->second.empty() || name->second.size() > kAttachmentNameBytesMax)
              return fail(malformed("", {"ファイル名をnameで指定してください（255バイトまで）。", "Give the file's name as ?name= (255 bytes at most)."}));
            const auto kept = attachments.keep(readable->state->id, readable->definition->sealing.key_class, request->upload_file);
            if (!kept) return fail(problem_of(CommandError{.kind = CommandErrorKind::kNoSpace}));
            const auto type = request->headers.find("content-type");
            ActionRequest wanted{.action = "attach",
                                 .form = {{"name", name->second},
                                          {"media_type", type == request->headers.end() ? "application/octet-stream" : type->second},
                                          {"sha256", kept->sha256},
                                          {"bytes", kept->bytes}}};
            office.act(*request->actor, readable->state->id, std::move(wanted), {.command = request->command}, answer_with(request, std::move(reply), 201));
          }};
}

Route download_route(Office& office, const Attachments& attachments, ReadLog& reads) {
  return {.method = "GET", .path = "/api/cases/{id}/attachments/{sha256}", .operation_id = "readAttachment",
          .summary = {"添付を読む", "Read an attachment"},
          .problems = {404},
          .handler = [&office, attachments, &reads](std::shared_ptr<const Request> request, Reply reply) {
            const auto fail = [&] { reply(problem(not_found(), request->language)); };
            const auto readable = readable_case(office, *request, Seen::kInFull);
            const std::string& wanted = request->path_params.at("sha256");
            if (!readable || !is_attached(office.log(), readable->state->id, wanted)) return fail();
            auto content = attachments.read(readable->state->id, wanted);
            if (!content) return fail();
            if (!reads.record(*request->actor, {shown_case(*readable->state, *readable->definition)}, reading_of(*request, "attachment")))
              return reply(problem(reading_not_recorded(), request->language));
            reply({.status = 200, .content_type = "application/octet-stream",
                   .headers = {{"Content-Disposition", "attachment"}, {"Content-Security-Policy", "sandbox"}},
                   .body = std::move(*content)});
          }};
}

// One member of {"facts": […]} → an entry; pointers of errors stand under /facts/<index>.
Result<FactEntry, std::vector<FieldError>> entry_of(const json& value, std::size_t index, IdSource& ids) {
  const std::string base = "/facts/" + std::to_string(index);
  const auto one = [&](std::string pointer, Text message) { return std::vector<FieldError>{{base + pointer, std::move(message)}}; };
  if (auto problem = unknown_members(value, {"kind", "fact", "corrects", "reason"})) return one(problem->fields.front().pointer, problem->detail);
  if (!value.contains("kind") || !value["kind"].is_string()) return one("/kind", {"事実の種類を指定してください。", "Name the kind of fact."});
  auto fact = fact_from_json(value["kind"].get<std::string>(), value.value("fact", json::object()));
  if (!fact) {
    auto errors = fact.error();
    for (auto& error : errors) error.pointer = base + (error.pointer == "/kind" ? "" : "/fact") + error.pointer;
    return errors;
  }
  FactEntry entry{.id = ids.make<FactId>(), .fact = std::move(*fact)};
  std::string corrects;
  if (auto problem = read_text(value, "corrects", corrects)) return one("/corrects", problem->detail);
  if (auto problem = read_text(value, "reason", entry.reason)) return one("/reason", problem->detail);
  if (!corrects.empty()) {
    const auto id = parse<FactId>(corrects);
    if (!id) return one("/corrects", {"訂正する事実のIDではありません。", "This is not the id of a fact."});
    if (entry.reason.empty()) return one("/reason", {"訂正には理由が必要です（R-007）。", "A correction needs a reason (R-007)."});
    entry.corrects = *id;
  }
  return entry;
}

Route facts_route(Office& office) {
  return {.method = "POST", .path = "/api/facts", .operation_id = "recordFacts",
          .summary = {"台帳に事実を記録する（人事）", "Record facts in the register (HR)"},
          .idempotent_key = true,
          .request_schema = {{"type", "object"}, {"required", {"facts"}}, {"additionalProperties", false},
                             {"properties",
                              {{"facts",
                                {{"type", "array"}, {"minItems", 1}, {"maxItems", kFactsPerRequestMax},
                                 {"items",
                                  {{"type", "object"}, {"required", {"kind", "fact"}}, {"additionalProperties", false},
                                   {"properties", {{"kind", {{"type", "string"}}}, {"fact", {{"type", "object"}}}, {"corrects", {{"type", "string"}}}, {"reason", {{"type", "string"}}}}}}}}}}}},
          .response_schema = {{"type", "object"}, {"required", {"first", "last", "facts"}},
                              {"properties", {{"first", {{"type", "integer"}}}, {"last", {{"type", "integer"}}}, {"repeated", {{"type", "boolean"}}},
                                              {"facts", {{"type", "array"}, {"items", {{"type", "string"}}}}}}}},
          .success = 201,
          .problems = {400, 403, 409, 422, 503, 507},
          .handler = [&office](std::shared_ptr<const Request> request, Reply reply) {
            const auto fail = [&](const Problem& p) { reply(problem(p, request->language)); };
            if (!decide_access(request->actor->roles, Relation::kNone, Action::kRecordFacts))
              return fail(refused({.rule = "not-entitled", .source = "catalogue staff-record: HR writes",
                                   .message = {"台帳に直接記録できるのは人事だけです。", "Only the HR office records facts directly."}}));
            const json& body = request->json;
            if (auto p = unknown_members(body, {"facts"})) return fail(*p);
            const auto list = body.find("facts");
            if (list == body.end() || !list->is_array() || list->empty() || list->size() > kFactsPerRequestMax)
              return fail(malformed("/facts", {"1件から1,000件までの事実を送ってください。", "Send 1 to 1,000 facts."}));
            std::vector<FactEntry> entries;
            std::vector<FieldError> errors;
            office.with_context([&](const DecisionContext& context) {
              for (std::size_t i = 0; i < list->size(); ++i) {
                auto entry = entry_of((*list)[i], i, context.ids);
                if (entry) entries.push_back(std::move(*entry));
                else for (const auto& error : entry.error()) errors.push_back(error);
              }
            });
            if (!errors.empty())
              return fail({.status = 422, .id = "form", .title = {"入力に誤りがあります", "The input has errors"},
                           .detail = {"示した項目を直してください。何も記録していません。", "Mend the fields shown. Nothing was recorded."}, .fields = std::move(errors)});
            json ids = json::array();
            for (const auto& entry : entries) ids.push_back(to_text(entry.id));
            const auto appended = office.record_facts(*request->actor, std::move(entries), {.command = request->command});
            if (!appended) return fail(problem_of(appended.error()));
            json answer = {{"first", appended->first}, {"last", appended->last}, {"repeated", appended->repeated}};
            answer["facts"] = appended->repeated ? json::array() : std::move(ids);
            reply(json_response(201, answer));
          }};
}

Route cancel_route(Office& office) {
  const json row = {{"type", "object"}, {"required", {"fact", "of", "reason"}}, {"additionalProperties", false},
                         {"properties", {{"fact", {{"type", "string"}}}, {"of", {{"type", "string"}}}, {"reason", {{"type", "string"}}}}}};
  return {.method = "POST", .path = "/api/facts/cancellations", .operation_id = "cancelFacts",
          .summary = {"事実を取り消す（人事。取り消したものは読めるまま残る）", "Cancel facts (HR); what is cancelled stays readable"},
          .idempotent_key = true,
          .request_schema = {{"type", "object"}, {"required", {"facts"}}, {"additionalProperties", false}, {"properties", {{"facts", {{"type", "array"}, {"minItems", 1}, {"maxItems", kFactsPerRequestMax}, {"items", row}}}}}},
          .response_schema = {{"type", "object"}, {"required", {"first", "last", "repeated"}}, {"properties", {{"first", {{"type", "integer"}}}, {"last", {{"type", "integer"}}}, {"repeated", {{"type", "boolean"}}}}}},
          .success = 201,
          .problems = {400, 403, 409, 422, 503, 507},
          .handler = [&office](std::shared_ptr<const Request> request, Reply reply) {
            const auto fail = [&](const Problem& p) { reply(problem(p, request->language)); };
            if (auto p = unknown_members(request->json, {"facts"})) return fail(*p);
            if (!decide_access(request->actor->roles, Relation::kNone, Action::kRecordFacts))
              return fail(refused({.rule = "not-entitled", .source = "catalogue staff-record: HR writes", .message = {"取り消せるのは人事だけです。", "Only the HR office cancels facts."}, .facts = {}, .fields = {}}));
            const auto list = request->json.find("facts");
            if (list == request->json.end() || !list->is_array() || list->empty() || list->size() > kFactsPerRequestMax)
              return fail(malformed("/facts", {"1件から1,000件までの事実を送ってください。", "Send 1 to 1,000 facts."}));
            std::vector<Office::Cancellation> cancellations;
            for (std::size_t i = 0; i < list->size(); ++i) {
              const std::string base = "/facts/" + std::to_string(i);
              const json& one = (*list)[i];
              std::string fact;
              Office::Cancellation cancellation;
              if (auto p = unknown_members(one, {"fact", "of", "reason"})) return fail(malformed(base + p->fields.front().pointer, p->detail));
              for (const auto& [name, into] : {std::pair{"fact", &fact}, {"of", &cancellation.of}, {"reason", &cancellation.reason}})
                if (read_text(one, name, *into) || into->empty()) return fail(malformed(base + "/" + name, {"文字列で書いてください。", "Send it as a string."}));
              const auto id = parse<FactId>(fact);
              if (!id) return fail(malformed(base + "/fact", {"事実のIDではありません。", "This is not the id of a fact."}));
              cancellation.fact = *id;
              cancellations.push_back(std::move(cancellation));
            }
            const auto appended = office.cancel_facts(*request->actor, cancellations, {.command = request->command});
            if (!appended) return fail(problem_of(appended.error()));
            reply(json_response(201, {{"first", appended->first}, {"last", appended->last}, {"repeated", appended->repeated}}));
          }};
}

}  // namespace

Problem problem_of(const CommandError& error) {
  switch (error.kind) {
    case CommandErrorKind::kRefused: return refused(error.refusal);
    case CommandErrorKind::kNotFound: return not_found();
    case CommandErrorKind::kStale:
      return {.status = 412, .id = "stale", .title = {"案件は先に進んでいます", "The case has moved on"},
              .detail = {"見ていた版のあとに誰かが処理しました。入力はそのままで、案件を読み直してからもう一度送ってください。",
                         "Somebody acted after the version you saw. Read the case again and send once more; nothing you typed is lost."},
              .facts = {{"position", std::to_string(error.position)}}};
    case CommandErrorKind::kConflict:
      return {.status = 409, .id = "conflict", .title = {"同時に変更されました", "Changed at the same time"},
              .detail = {"同じ職員・ポストに変更が続いています。少し待ってからもう一度送ってください。", "The same persons or posts keep changing. Wait a moment and send again."},
              .retry_after = 1};
    case CommandErrorKind::kCommandReused:
      return {.status = 422, .id = "idempotency-key-reused", .title = {"Idempotency-Keyが使われています", "The Idempotency-Key was used before"},
              .detail = {"この鍵は別の内容で使われました。新しい鍵で送ってください。", "This key was used with other content. Send with a new key."}};
    case CommandErrorKind::kBusy:
      return {.status = 503, .id = "busy", .title = {"混み合っています", "Busy"},
              .detail = {"処理待ちがいっぱいです。少し待ってからもう一度送ってください。", "Too many commands are waiting. Try again shortly."}, .retry_after = 1};
    case CommandErrorKind::kNoSpace:
      return {.status = 507, .id = "no-space", .title = {"ディスクの空きがありません", "The disk is full"},
              .detail = {"記録を止めています。閲覧はできます。管理者に連絡してください。", "Recording has stopped; reading goes on. Tell the administrator."}};
    case CommandErrorKind::kStorage: break;
  }
  return {.status = 503, .id = "storage", .title = {"記録できませんでした", "Could not be recorded"},
          .detail = {"記録されたかどうか確かめられません。同じIdempotency-Keyでもう一度送ると、一度だけ記録されます。",
                     "Whether it was recorded is unknown. Send again with the same Idempotency-Key: it is recorded once."},
          .retry_after = 5};
}

Problem problem_of(const RecordError& error) {
  if (error.storage) {
    switch (error.storage->code) {
      case AppendErrorCode::kConflict: return problem_of(CommandError{.kind = CommandErrorKind::kConflict});
      case AppendErrorCode::kCommandReused: return problem_of(CommandError{.kind = CommandErrorKind::kCommandReused});
      case AppendErrorCode::kBusy: return problem_of(CommandError{.kind = CommandErrorKind::kBusy});
      case AppendErrorCode::kNoSpace: return problem_of(CommandError{.kind = CommandErrorKind::kNoSpace});
      default: return problem_of(CommandError{.kind = CommandErrorKind::kStorage});
    }
  }
  Problem all = refused(error.violations.front().refusal);
  for (const auto& violation : error.violations)
    all.fields.push_back({"/facts/" + std::to_string(violation.entry),
                          {violation.refusal.message.ja + "（" + violation.refusal.rule + "）", violation.refusal.message.en + " (" + violation.refusal.rule + ")"}});
  return all;
}

bool may_see_event(const DecisionContext& context, const Office& office, const EventView& event, const Actor& actor) {
  if (event.type().starts_with("account/")) return decide_access(actor.roles, Relation::kNone, Action::kManageAccounts).allowed;
  // The privacy officer learns of an emergency access at once, and so do those in charge of the case.
  if (event.type().starts_with("access/emergency")) {
    if (decide_access(actor.roles, Relation::kNone, Action::kReviewEmergency)) return true;
    const auto body = decode(event);
    const auto* opened = body ? std::get_if<EmergencyOpened>(&*body) : nullptr;
    const auto state = opened ? office.find_case(opened->case_id) : nullptr;
    const auto definition = state ? office.definition(state->procedure, state->version) : nullptr;
    DecisionContext without = context;
    without.in_emergency = nullptr;
    return opened && (opened->account == actor.account || (definition && may_read(without, *definition, *state, actor)));
  }
  bool seen = false;
  for (const auto tag : event.tags()) {
    if (tag.starts_with("case:")) {
      const auto id = parse<CaseId>(tag.substr(5));
      const auto state = id ? office.find_case(*id) : nullptr;
      const auto definition = state ? office.definition(state->procedure, state->version) : nullptr;
      if (!definition || !may_read(context, *definition, *state, actor)) return false;
      seen = true;
    } else if (tag.starts_with("person:")) {
      const auto id = parse<PersonId>(tag.substr(7));
      if (!id || !may_read_person(context.reg, *id, actor, context.today())) return false;
      seen = true;
    } else if (tag.starts_with("unit:") || tag.starts_with("post:") || tag == "definition" || tag.starts_with("series:") || tag.starts_with("policy:")) {
      seen = true;  // public inside the municipality, unless a person or a case is named beside it
    }
  }
  return seen;
}

void add_command_routes(std::vector<Route>& routes, Office& office, const Attachments& attachments, ReadLog& reads) {
  routes.push_back(open_route(office));
  routes.push_back(act_route(office));
  routes.push_back(attach_route(office, attachments));
  routes.push_back(download_route(office, attachments, reads));
  routes.push_back(facts_route(office));
  routes.push_back(cancel_route(office));
}

}  // namespace rireki::api
