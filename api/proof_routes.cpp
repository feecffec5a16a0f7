#include "api/proof_routes.h"

#include <atomic>

#include "api/commands.h"
#include "api/control_routes.h"
#include "api/http/problem.h"
#include "api/request_body.h"
#include "api/resources/schema.h"
#include "eventstore/audit_bundle.h"
#include "proof/text.h"

namespace rireki::api {
namespace {

using nlohmann::json;
using namespace schema;

constexpr const char* kText = "text/plain; charset=utf-8";
constexpr const char* kFindings = "audit-finding";  // the procedure whose cases are findings
constexpr int kBundlesAtOnce = 2;
constexpr std::size_t kCheckpointsListed = 200;

Problem malformed_at(const std::string& name, const proof::Fault& fault) {
  return {.status = 400, .id = "malformed", .title = {"入力の形式が正しくありません", "The request is malformed"}, .detail = {name + "：" + fault.ja, name + ": " + fault.en}};
}
Problem malformed_at(const std::string& name, const char* ja, const char* en) { return malformed_at(name, proof::Fault{ja, en}); }
// What somebody should look into at once: what proofs are made of does not fit together.
Problem damaged(const proof::Fault& fault) {
  auto problem = problem_of_kind("damaged");
  problem.detail = {fault.ja, fault.en};
  return problem;
}

template <class Use>
Handler answering(const Use& use) {
  return [use](std::shared_ptr<const Request> request, Reply reply) {
    auto answer = use(*request);
    reply(answer ? std::move(*answer) : problem(answer.error(), request->language));
  };
}

Response text_answer(std::string body) { return {.status = 200, .content_type = kText, .headers = {{"Cache-Control", "no-store"}}, .body = std::move(body), .stream = {}}; }
Response immutable_bytes(std::string body) {
  return {.status = 200, .content_type = "application/octet-stream", .headers = {{"Cache-Control", "private, max-age=31536000, immutable"}}, .body = std::move(body), .stream = {}};
}

std::optional<Problem> only_parameters(const Request& request, std::initializer_list<const char*> known) {
  for (const auto& [name, value] : request.query)
    if (std::none_of(known.begin(), known.end(), [&](const char* one) { return name == one; })) return malformed_at(name, "この条件はありません。つづりを確かめてください。", "There is no such parameter. Check its spelling.");
  return std::nullopt;
}

// A position or a size: decimal, without sign or leading zero, from `least` on. `otherwise` where it is not given.
std::optional<Problem> read_number(const Request& request, const char* name, Position least, std::optional<Position> otherwise, Position& into) {
  const auto given = request.query.find(name);
  if (given == request.query.end()) {
    if (!otherwise) return malformed_at(name, "指定してください。", "It is missing.");
    into = *otherwise;
    return std::nullopt;
  }
  const auto number = proof::parse_number(given->second);
  if (!number || *number < least)
    return malformed_at(name, proof::Fault{std::to_string(least) + "以上の整数を、符号や先頭の0を付けずに指定してください。", "Give a whole number from " + std::to_string(least) + " on, without sign or leading zero."});
  into = *number;
  return std::nullopt;
}

struct Signed {
  Position size = 0;
  std::string note;
};
Result<Signed, Problem> signed_at(const Proofs& proofs, std::optional<Position> size) {
  if (size) {
    auto note = proofs.tree().checkpoint(*size);
    if (note) return Signed{*size, std::move(*note)};
    return malformed_at("size", proof::Fault{"その大きさの署名済みチェックポイントはありません。GET /audit/checkpoints にあるものを指定してください。", "There is no signed checkpoint of that size: give one that GET /audit/checkpoints lists."});
  }
  auto note = proofs.checkpoint();
  if (!note) return damaged(note.error());
  const auto parsed = proof::parse_note(*note);
  const auto checkpoint = parsed ? proof::parse_checkpoint_text(parsed->text) : proof::Checked<proof::Checkpoint>(parsed.error());
  if (!checkpoint) return damaged(checkpoint.error());
  return Signed{checkpoint->size, std::move(*note)};
}

Route checkpoint_route(Proofs& proofs) {
  return {.method = "GET", .path = "/audit/checkpoint", .operation_id = "getCheckpoint", .summary = {"署名済みの最新のチェックポイント（c2sp.org/tlog-checkpoint）", "The last signed checkpoint (c2sp.org/tlog-checkpoint)"},
          .response_schema = text(), .response_type = kText, .problems = {400}, .handler = answering([&proofs](const Request& request) -> Result<Response, Problem> {
            if (auto p = only_parameters(request, {})) return *p;
            const auto last = signed_at(proofs, std::nullopt);
            if (!last) return last.error();
            return text_answer(last->note);
          })};
}

Route checkpoints_route(Proofs& proofs) {
  return {.method = "GET", .path = "/audit/checkpoints", .operation_id = "listCheckpoints", .summary = {"残してあるチェックポイント（監査と人事）", "The checkpoints that are kept, for auditors and HR"},
          .response_schema = object({{"checkpoints", list(object({{"size", number()}, {"time", time()}, {"note", text()}}))}, {"next", or_null(number())}}),
          .query_params = {{"from", "integer", {"この大きさから", "from this size on"}}}, .problems = {400, 403}, .handler = answering([&proofs](const Request& request) -> Result<Response, Problem> {
            Position from = 0;
            if (auto p = only_parameters(request, {"from"})) return *p;
            if (auto p = read_number(request, "from", 0, 0, from)) return *p;
            if (!decide_access(request.actor->roles, Relation::kNone, Action::kReadLog)) return problem_of(not_entitled_to_control());
            json all = json::array();
            const auto sizes = proofs.tree().checkpoints(from, kCheckpointsListed);
            for (const auto size : sizes) {
              const auto leaf = size > 0 ? proofs.tree().leaves(size, size) : proof::Checked<std::vector<proof::Leaf>>(proof::Fault{});
              all.push_back({{"size", size}, {"time", iso_utc(leaf ? Instant{std::chrono::microseconds{leaf->front().time}} : Instant{})}, {"note", proofs.tree().checkpoint(size).value_or("")}});
            }
            return json_response(200, {{"checkpoints", std::move(all)}, {"next", sizes.size() == kCheckpointsListed ? json(sizes.back() + 1) : json()}});
          })};
}

// Only what some signed checkpoint covers is given, in full or as wide as that checkpoint's tree has it.
Result<Response, Problem> tile(const Proofs& proofs, const Request& request) {
  if (auto p = only_parameters(request, {})) return *p;
  const auto path = proof::parse_tile_path(std::string_view(request.path).substr(std::string_view("/audit/").size()));
  if (!path) return not_found();
  if (path->entries && !decide_access(request.actor->roles, Relation::kNone, Action::kTakeBundle)) return problem_of(not_entitled_to_control());
  const unsigned level = path->entries ? 0 : path->level;
  const auto newest = proofs.tree().checkpoints(~Position{0}, 1, Direction::kBackward);
  if (newest.empty() || proof::tile_width(level, path->index, newest.front()) < path->width) return not_found();
  const Position end = (path->index * proof::kTileWidth + path->width) << (proof::kTileHeight * level);  // the leaves that it takes
  if (path->width < proof::kTileWidth) {
    const auto exact = proofs.tree().checkpoints(end, kCheckpointsListed);
    if (std::none_of(exact.begin(), exact.end(), [&](Position size) { return proof::tile_width(level, path->index, size) == path->width; })) return not_found();
  }
  if (path->entries) {
    const auto from = path->index * proof::kTileWidth;
    const auto leaves = proofs.tree().leaves(from + 1, from + path->width);
    return leaves ? Result<Response, Problem>(immutable_bytes(proof::bundle_of(*leaves))) : damaged(leaves.error());
  }
  const auto hashes = proofs.tree().tile(path->level, path->index, path->width);
  return hashes ? Result<Response, Problem>(immutable_bytes(proof::bytes_of(*hashes))) : damaged(hashes.error());
}

void add_tile_routes(std::vector<Route>& routes, Proofs& proofs) {
  // Up to three groups of digits, and the width of one that is not full: a billion tiles.
  const std::pair<const char*, const char*> depths[] = {{"/audit/tile/{level}/{n}", "getTile"}, {"/audit/tile/{level}/{a}/{n}", "getTileOfThousand"},
                                                        {"/audit/tile/{level}/{a}/{b}/{n}", "getTileOfMillion"}, {"/audit/tile/{level}/{a}/{b}/{c}/{n}", "getPartialTileOfMillion"}};
  for (const auto& [path, id] : depths)
    routes.push_back({.method = "GET", .path = path, .operation_id = id, .summary = {"ハッシュのタイル、葉の束（c2sp.org/tlog-tiles）。葉は監査だけ", "A tile of hashes, or a bundle of leaves (c2sp.org/tlog-tiles); leaves are for auditors"},
                      .response_schema = text(), .response_type = "application/octet-stream", .problems = {400, 403, 404}, .handler = answering([&proofs](const Request& request) { return tile(proofs, request); })});
}

Route inclusion_route(Proofs& proofs) {
  return {.method = "GET", .path = "/audit/proof/inclusion", .operation_id = "getInclusionProof", .summary = {"一件がログにあることの証明（c2sp.org/tlog-proof）", "That one event is in the log (c2sp.org/tlog-proof)"}, .response_schema = text(), .response_type = kText,
          .query_params = {{"seq", "integer", {"位置", "position of the event"}}, {"size", "integer", {"署名済みの大きさ（省略：最新）", "a size that was signed; default: the last"}}},
          .problems = {400, 404}, .handler = answering([&proofs](const Request& request) -> Result<Response, Problem> {
            Position seq = 0, size = 0;
            if (auto p = only_parameters(request, {"seq", "size"})) return *p;
            if (auto p = read_number(request, "seq", 1, std::nullopt, seq)) return *p;
            if (auto p = read_number(request, "size", 1, 0, size)) return *p;
            const auto at = signed_at(proofs, size ? std::optional(size) : std::nullopt);
            if (!at) return at.error();
            if (seq > at->size) return malformed_at("seq", proof::Fault{"署名済みの" + std::to_string(at->size) + "件より後です。", "It stands after the " + std::to_string(at->size) + " events that were signed."});
            // Whoever may not see that there is such an event is told as little as of none.
            bool visible = false;
            const auto end = proofs.office().log().read(AllEvents{}, {.after = seq - 1, .up_to = seq}, [&](const EventView& event) {
              proofs.office().with_context([&](const DecisionContext& context) { visible = may_see_event(context, proofs.office(), event, *request.actor); });
              return false;
            });
            if (!end) return damaged({end.error().what, end.error().what});
            if (!visible) return not_found();
            auto hashes = proofs.tree().tree().inclusion(seq - 1, at->size);
            if (!hashes) return damaged(hashes.error());
            return text_answer(to_text(proof::InclusionProof{.index = seq - 1, .hashes = std::move(*hashes), .note = at->note}));
          })};
}

Route leaf_route(Proofs& proofs) {
  return {.method = "GET", .path = "/audit/leaf", .operation_id = "getLeaf", .summary = {"一件の葉（監査だけ）", "The leaf of one event, for auditors"}, .response_schema = text(), .response_type = kText,
          .query_params = {{"seq", "integer", {"位置", "position of the event"}}}, .problems = {400, 403}, .handler = answering([&proofs](const Request& request) -> Result<Response, Problem> {
            Position seq = 0;
            if (auto p = only_parameters(request, {"seq"})) return *p;
            if (auto p = read_number(request, "seq", 1, std::nullopt, seq)) return *p;
            if (!decide_access(request.actor->roles, Relation::kNone, Action::kTakeBundle)) return problem_of(not_entitled_to_control());
            if (seq > proofs.tree().tree_head().size) return malformed_at("seq", "その位置はまだありません。", "There is no such position yet.");
            const auto leaves = proofs.tree().leaves(seq, seq);
            if (!leaves) return damaged(leaves.error());
            return text_answer(to_text(leaves->front()));
          })};
}

Route consistency_route(Proofs& proofs) {
  return {.method = "GET", .path = "/audit/proof/consistency", .operation_id = "getConsistencyProof", .summary = {"新しいログが古いものの続きであることの証明（ハッシュを1行ずつ）", "That the log goes on from an older one: hashes, one to a line"}, .response_schema = text(), .response_type = kText,
          .query_params = {{"old", "integer", {"古い大きさ", "the older size"}}, {"size", "integer", {"署名済みの大きさ（省略：最新）", "a size that was signed; default: the last"}}},
          .problems = {400}, .handler = answering([&proofs](const Request& request) -> Result<Response, Problem> {
            Position old = 0, size = 0;
            if (auto p = only_parameters(request, {"old", "size"})) return *p;
            if (auto p = read_number(request, "old", 1, std::nullopt, old)) return *p;
            if (auto p = read_number(request, "size", 1, 0, size)) return *p;
            const auto at = signed_at(proofs, size ? std::optional(size) : std::nullopt);
            if (!at) return at.error();
            if (old > at->size) return malformed_at("old", proof::Fault{"新しいほうの" + std::to_string(at->size) + "件を超えています。", "It is beyond the newer size, " + std::to_string(at->size) + "."});
            const auto hashes = proofs.tree().tree().consistency(old, at->size);
            if (!hashes) return damaged(hashes.error());
            return text_answer(proof::hash_lines(*hashes));
          })};
}

// Of the few bundles that are written at once: given back when nobody holds it any more, whether or not its stream ever began.
class BundlePlace {
 public:
  static std::shared_ptr<BundlePlace> take(const std::shared_ptr<std::atomic<int>>& open) {
    auto place = std::make_shared<BundlePlace>(open);
    return open->load() > kBundlesAtOnce ? nullptr : place;
  }
  explicit BundlePlace(std::shared_ptr<std::atomic<int>> open) : open_(std::move(open)) { ++*open_; }
  ~BundlePlace() { --*open_; }
  BundlePlace(const BundlePlace&) = delete;
  BundlePlace& operator=(const BundlePlace&) = delete;

 private:
  const std::shared_ptr<std::atomic<int>> open_;
};

// Written by a thread of its own, which waits for whoever reads slowly.
class BundleStream final : public LiveStream {
 public:
  BundleStream(Proofs& proofs, BundleRequest request, std::shared_ptr<StreamSink> sink, std::shared_ptr<BundlePlace> place)
      : place_(std::move(place)), writer_([&proofs, request = std::move(request), sink = std::move(sink)] {
          // A fault ends the stream before the end of the tar: whoever reads sees that it is cut off, the operator why.
          try {
            const auto written = write_bundle(proofs.office().log(), proofs.tree(), request, [&](std::string_view bytes) { return sink->send(std::string(bytes)); });
            if (!written) proofs.tell(proof::at("audit bundle", written.error()));
          } catch (const std::exception& error) {
            proofs.tell(proof::at("audit bundle", {error.what(), error.what()}));
          }
          sink->end();
        }) {}
  ~BundleStream() override { writer_.join(); }
  std::optional<std::string> heartbeat() override { return ""; }

 private:
  const std::shared_ptr<BundlePlace> place_;
  std::thread writer_;
};

// The events that a finding rests on, where the asker may read it.
Result<std::vector<Position>, Problem> positions_of(Office& office, const Actor& actor, const std::string& finding) {
  const auto id = parse<CaseId>(finding);
  const auto state = id ? office.find_case(*id) : nullptr;
  const auto definition = state && state->procedure == kFindings ? office.definition(state->procedure, state->version) : nullptr;
  bool readable = false;
  office.with_context([&](const DecisionContext& context) { readable = definition && may_read(context, *definition, *state, actor); });
  if (!readable) return not_found();
  return state->form.value("positions", std::vector<Position>{});
}

Route bundle_route(Proofs& proofs) {
  const auto open = std::make_shared<std::atomic<int>>(0);
  return {.method = "POST", .path = "/audit/bundle", .operation_id = "takeBundle",
          .summary = {"監査の束（tar）。全体、first から last まで、または指摘（finding）のもとになる記録。記録の中身は含まない（含めるときは rireki bundle --disclose と二人の承認）",
                      "An audit bundle (tar): of everything, from first to last, or of what a finding rests on. Without what events say: for that, rireki bundle --disclose and two people"},
          .people_only = true,
          .request_schema = object_schema({{"size", number()}, {"first", number()}, {"last", number()}, {"finding", text()}}, {}), .response_schema = text(), .response_type = "application/x-tar", .problems = {400, 403, 404, 503},
          .handler = answering([&proofs, open](const Request& request) -> Result<Response, Problem> {
            if (auto p = unknown_members(request.json, {"size", "first", "last", "finding"})) return *p;
            Position numbers[3] = {};
            const char* const names[3] = {"size", "first", "last"};
            for (int i = 0; i < 3; ++i) {
              const auto given = request.json.find(names[i]);
              if (given == request.json.end()) continue;
              if (!given->is_number_unsigned() || given->get<Position>() == 0) return malformed_at(names[i], "1以上の整数を送ってください。", "Send a whole number from 1 on.");
              numbers[i] = given->get<Position>();
            }
            const auto [size, first, last] = numbers;
            std::string finding;
            if (auto p = read_text(request.json, "finding", finding)) return *p;
            if (!decide_access(request.actor->roles, Relation::kNone, Action::kTakeBundle)) return problem_of(not_entitled_to_control());
            const auto at = signed_at(proofs, size ? std::optional(size) : std::nullopt);
            if (!at) return at.error();
            if ((first == 0) != (last == 0) || last < first || last > at->size)
              return malformed_at("first", proof::Fault{"first と last は1から" + std::to_string(at->size) + "までで、両方指定してください。", "Give both first and last, within 1 and " + std::to_string(at->size) + "."});
            std::vector<Position> positions;
            if (!finding.empty()) {
              auto named = positions_of(proofs.office(), *request.actor, finding);
              if (!named) return named.error();
              positions = std::move(*named);
              if (first != 0 || positions.empty() || *std::max_element(positions.begin(), positions.end()) > at->size) return malformed_at("finding", "指摘の位置が、署名された記録の中にないか、範囲と両方が指定されています。", "Its positions are not all among the signed events, or a range was given as well.");
            }
            if (positions.size() > kBundlePartMax || last - first >= kBundlePartMax)
              return malformed_at("first", proof::Fault{"一部の束は" + std::to_string(kBundlePartMax) + "件までです。全体の束を取ってください。", "A bundle of a part holds at most " + std::to_string(kBundlePartMax) + " events: take one of everything."});
            auto place = BundlePlace::take(open);
            if (!place) return problem_of_kind("busy");
            BundleRequest asked{.checkpoint = at->note, .first = first, .last = last, .positions = std::move(positions), .keys = proofs.keys(), .witnesses = {}, .discloses = {}, .openings = {}, .progress = {}};
            for (const auto& witness : proofs.witnesses()) asked.witnesses.push_back(witness.key);
            return Response{.status = 200, .content_type = "application/x-tar", .headers = {{"Cache-Control", "no-store"}, {"Content-Disposition", "attachment; filename=\"rireki-audit-" + std::to_string(at->size) + ".tar\""}}, .body = {},
                            .stream = [&proofs, asked = std::move(asked), place = std::move(place)](std::shared_ptr<StreamSink> sink) -> std::unique_ptr<LiveStream> { return std::make_unique<BundleStream>(proofs, asked, std::move(sink), place); }};
          })};
}

json witness_schema() { return object({{"name", text()}, {"key", text()}, {"size", number()}, {"at", or_null(time())}}); }
json witness_json(const WitnessState& state) {
  return {{"name", state.key.name}, {"key", to_text(state.key)}, {"size", state.size}, {"at", state.at ? json(iso_utc(*state.at)) : json()}};
}

int witness_days(const Proofs& proofs) {
  int days = kWitnessDays;
  proofs.office().with_context([&](const DecisionContext& context) {
    const auto value = context.reg.policy(kWitnessDaysPolicy, {context.today()});
    if (const auto number = value ? proof::parse_number(*value) : std::nullopt; number && *number <= 3'650) days = static_cast<int>(*number);
  });
  return days;
}

Route state_route(Proofs& proofs) {
  return {.method = "GET", .path = "/api/proofs", .operation_id = "getProofs", .summary = {"記録の証明の状態：署名、外からの確認、最後の点検", "How the records are proved: signatures, confirmations from outside, the last inspection"},
          .response_schema = object({{"origin", text()}, {"size", number()}, {"signed", number()}, {"keys", list(text())}, {"fault", or_null(text())}, {"witnesses", list(witness_schema())},
                                     {"confirmed", or_null(witness_schema())}, {"confirm_within_days", number()}, {"unconfirmed", flag()},
                                     {"verified", or_null(object({{"at", time()}, {"events", number()}, {"complete", flag()}, {"findings", list(object({{"position", or_null(number())}, {"what", text()}}))}}))}}),
          .problems = {400}, .handler = answering([&proofs](const Request& request) -> Result<Response, Problem> {
            if (auto p = only_parameters(request, {})) return *p;
            const auto last = signed_at(proofs, std::nullopt);
            const auto fault = proofs.keeper().fault();
            json keys = json::array(), witnesses = json::array(), confirmed;
            for (const auto& key : proofs.keys()) keys.push_back(to_text(key));
            std::optional<Instant> newest;
            for (const auto& state : proofs.witnesses()) {
              witnesses.push_back(witness_json(state));
              if (state.at && (!newest || *state.at > *newest)) {
                newest = state.at;
                confirmed = witness_json(state);
              }
            }
            const int days = witness_days(proofs);
            json verified;
            if (const auto seen = proofs.last_verified()) {
              verified = {{"at", iso_utc(seen->at)}, {"events", seen->report.events}, {"complete", seen->report.complete}, {"findings", json::array()}};
              for (const auto& finding : seen->report.findings)
                verified["findings"].push_back({{"position", finding.position ? json(finding.position) : json()}, {"what", request.language == Language::kJa ? finding.what.ja : finding.what.en}});
            }
            return json_response(200, {{"origin", proofs.keeper().origin()}, {"size", proofs.tree().tree_head().size}, {"signed", last ? last->size : 0}, {"keys", std::move(keys)},
                                       {"fault", fault ? json(request.language == Language::kJa ? fault->ja : fault->en) : json()}, {"witnesses", std::move(witnesses)}, {"confirmed", std::move(confirmed)},
                                       {"confirm_within_days", days}, {"unconfirmed", !newest || proofs.office().now() - *newest > std::chrono::days{days}}, {"verified", std::move(verified)}});
          })};
}

Route witness_route(Proofs& proofs, bool naming) {
  return {.method = "POST", .path = naming ? "/api/witnesses" : "/api/witnesses/removal", .operation_id = naming ? "nameWitness" : "dropWitness",
          .summary = naming ? Text{"外から確認する証人を指定する（公開鍵）", "Name a witness outside, by its public key"} : Text{"証人の指定をやめる", "Drop a witness"}, .step_up = true,
          .request_schema = strings_schema({"key"}), .response_schema = object({{"witnesses", list(witness_schema())}}), .problems = {400, 403, 422, 503},
          .handler = answering([&proofs, naming](const Request& request) -> Result<Response, Problem> {
            std::string key;
            if (auto p = read_strings(request.json, {{"key", &key}})) return *p;
            if (!decide_access(request.actor->roles, Relation::kNone, Action::kNameWitness)) return problem_of(not_entitled_to_control());
            if (const auto fault = naming ? proofs.name_witness(*request.actor, key) : proofs.drop_witness(*request.actor, key)) return malformed_at("key", *fault);
            json all = json::array();
            for (const auto& state : proofs.witnesses()) all.push_back(witness_json(state));
            return json_response(200, {{"witnesses", std::move(all)}});
          })};
}

Route request_route(Proofs& proofs) {
  return {.method = "GET", .path = "/audit/witness-request", .operation_id = "getWitnessRequest", .summary = {"証人に持っていく依頼（c2sp.org/tlog-witness add-checkpoint の本文）", "What to take to a witness: the body of add-checkpoint (c2sp.org/tlog-witness)"}, .response_schema = text(), .response_type = kText,
          .query_params = {{"seen", "integer", {"証人が最後に見た大きさ（省略：0）", "the size that the witness saw last; default: 0"}}}, .problems = {400}, .handler = answering([&proofs](const Request& request) -> Result<Response, Problem> {
            Position seen = 0;
            if (auto p = only_parameters(request, {"seen"})) return *p;
            if (auto p = read_number(request, "seen", 0, 0, seen)) return *p;
            const auto asked = proofs.request_for(seen);
            if (!asked) return malformed_at("seen", asked.error());
            return text_answer(*asked);
          })};
}

Route confirm_route(Proofs& proofs) {
  return {.method = "POST", .path = "/api/witnesses/confirmation", .operation_id = "confirmCheckpoint", .summary = {"証人の答え（署名の行）を届ける", "Bring a witness's answer: its signature lines"},
          .request_schema = strings_schema({"lines"}), .response_schema = witness_schema(), .problems = {400, 403, 503},
          .handler = answering([&proofs](const Request& request) -> Result<Response, Problem> {
            std::string lines;
            if (auto p = read_strings(request.json, {{"lines", &lines}})) return *p;
            if (!decide_access(request.actor->roles, Relation::kNone, Action::kNameWitness)) return problem_of(not_entitled_to_control());
            const auto confirmed = proofs.confirm(lines);
            if (!confirmed) return malformed_at("lines", confirmed.error());
            return json_response(200, witness_json(*confirmed));
          })};
}

}  // namespace

void add_proof_routes(std::vector<Route>& routes, Proofs& proofs) {
  routes.push_back(checkpoint_route(proofs));
  routes.push_back(checkpoints_route(proofs));
  add_tile_routes(routes, proofs);
  routes.push_back(inclusion_route(proofs));
  routes.push_back(leaf_route(proofs));
  routes.push_back(consistency_route(proofs));
  routes.push_back(bundle_route(proofs));
  routes.push_back(state_route(proofs));
  routes.push_back(witness_route(proofs, true));
  routes.push_back(witness_route(proofs, false));
  routes.push_back(request_route(proofs));
  routes.push_back(confirm_route(proofs));
}

}  // namespace rireki::api
