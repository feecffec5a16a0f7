#include "api/http/problem.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace rireki::api {
namespace {

using nlohmann::json;

const std::array kKinds = std::to_array<ProblemKind>({
    {"malformed", 400, {"入力の形式が正しくありません", "The request is malformed"},
     {"リクエストの書式、項目名または値の型が違います。detail と fields を見て直してください。",
      "Syntax, a member's name or a value's type is wrong. See detail and fields."}},
    {"bad-request", 400, {"HTTPとして正しくありません", "This is not valid HTTP"},
     {"別の意味に読める余地のあるリクエストは受け付けません。接続を閉じます。", "A request that could be read in two ways is not accepted. The connection is closed."}},
    {"idempotency-key-required", 400, {"Idempotency-Keyが必要です", "An Idempotency-Key is required"},
     {"記録する操作には、操作ごとに新しい鍵（見える文字1〜255字）をIdempotency-Keyで送ってください。同じ鍵の再送は一度だけ記録されます。",
      "Send a fresh key (1 to 255 visible characters) per action in Idempotency-Key. The same key sent again is recorded once."}},
    {"not-signed-in", 401, {"サインインが必要です", "Sign in first"},
     {"セッションがないか、終わっています。POST /api/session でサインインしてください。", "There is no session, or it has ended. Sign in with POST /api/session."}},
    {"identity-header", 400, {"本人を示すヘッダーは受け付けません", "A header that says who one is, is not accepted"},
     {"それを送れるのは、専用のソケットでつながる信頼されたプロキシだけです。プロキシの設定を管理者に確かめてください。",
      "Only the trusted proxy may send one, by its own socket. Ask the administrator how the proxy is set."}},
    {"second-factor-needed", 401, {"認証アプリの番号が要ります", "A code is needed as well"},
     {"認証アプリの6桁の番号か、回復コードを code で添えてもう一度送ってください。", "Send again with the six digits of the authenticator app, or a recovery code, as code."}},
    {"sign-on-failed", 401, {"サインオンできません", "Sign-on failed"},
     {"認証基盤の答えを確かめられないか、その人のアカウントがありません。もう一度始めるか、管理者に連絡してください。",
      "The identity provider's answer could not be verified, or there is no account for who it names. Begin again, or tell the administrator."}},
    {"step-up-required", 403, {"もう一度本人確認をしてください", "Prove again who you are"},
     {"この操作の前5分以内に、POST /api/session/step-up で確かめてください。", "Within the five minutes before this, prove it with POST /api/session/step-up."}},
    {"password-change-required", 403, {"パスワードを決めてください", "Choose a password of your own"},
     {"渡されたパスワードは、24時間以内に自分のものに変えるためだけに使えます。POST /api/session/password で変えてください。", "A password that was given to you is good for choosing your own, within 24 hours: POST /api/session/password."}},
    {"second-factor-required", 403, {"認証アプリの登録が必要です", "Register an authenticator app first"},
     {"この役割には二つ目の要素が求められています。POST /api/session/second-factor で登録すると、続けられます。", "Your office asks for a second factor. Register one with POST /api/session/second-factor, then go on."}},
    {"cannot-step-up", 403, {"本人確認の手段がありません", "There is nothing to prove it with"},
     {"認証アプリを登録するか、認証基盤でもう一度サインオンしてください。", "Register an authenticator app, or sign on again with the identity provider."}},
    {"not-for-tokens", 403, {"トークンでは行えません", "Not for tokens"},
     {"人がサインインして行う操作です。", "Somebody has to sign in to do this."}},
    {"scope-missing", 403, {"トークンの範囲の外です", "Outside the token's scopes"},
     {"必要な範囲を付けたトークンを管理者に頼んでください。", "Ask the administrator for a token with the scope that is named."}},
    {"sign-in-failed", 401, {"サインインできません", "Sign-in failed"},
     {"ログイン名かパスワードが違います。どちらかは示しません。", "Login name or password is wrong; which one is not told."}},
    {"other-site", 403, {"ほかのサイトからの操作は受け付けません", "Requests from other sites are refused"},
     {"変更する操作には、同じサイトから来た証拠が要ります。ブラウザーでは自動です。curlなどでは、Origin にこのサーバーのアドレスを書くか、"
      "サインインの答えの csrf を X-Rireki-CSRF で送ってください。",
      "An action that changes something must show that it comes from this site. Browsers do so by themselves. With curl, send this server's "
      "address as Origin, or the csrf value of the sign-in answer as X-Rireki-CSRF."}},
    {"not-entitled", 403, {"権限がありません", "You are not entitled to this"},
     {"この操作は、rule が示す決まりにより、あなたの役割や関係では行えません。", "Your role or relation does not allow this, by the rule named."}},
    {"not-found", 404, {"見つかりません", "Not found"},
     {"ないか、あなたには見えません。どちらかは示しません。", "There is none, or it is not for you to see; which of the two is not told."}},
    {"method-not-allowed", 405, {"この操作はできません", "The method is not allowed here"},
     {"この場所で使える操作はAllowにあります。", "Allow lists the methods of this resource."}},
    {"timeout", 408, {"時間内に届きませんでした", "The request did not arrive in time"},
     {"リクエストが遅すぎるか、途中で止まりました。接続を閉じます。", "The request came too slowly or stopped. The connection is closed."}},
    {"conflict", 409, {"同時に変更されました", "Changed at the same time"},
     {"少し待ってからもう一度送ってください。", "Wait a moment and send again."}},
    {"erased", 410, {"消去されました", "Erased"},
     {"案件はありましたが、内容を読む鍵が破棄されました。誰にも戻せません。", "The case existed; the key to its content was destroyed, and nobody can bring it back."}},
    {"stale", 412, {"案件は先に進んでいます", "The case has moved on"},
     {"見ていた版のあとに誰かが処理しました。読み直してから送ってください。入力は失われません。", "Somebody acted after the version you saw. Read again, then send; nothing you typed is lost."}},
    {"too-large", 413, {"大きすぎます", "Too large"},
     {"JSONは1MiB、添付は25MiBまでです。", "JSON may have 1 MiB, an attachment 25 MiB."}},
    {"target-too-long", 414, {"アドレスが長すぎます", "The address is too long"}, {"リクエスト行は8KiBまでです。", "A request line may have 8 KiB."}},
    {"unsupported-media-type", 415, {"この種類の内容は受け付けません", "This kind of content is not accepted"},
     {"Content-Type: application/json（UTF-8、圧縮なし）で送ってください。", "Send Content-Type: application/json, in UTF-8, not compressed."}},
    {"expectation-failed", 417, {"Expectに応じられません", "The expectation cannot be met"}, {"使えるのは100-continueだけです。", "Only 100-continue is known."}},
    {"misdirected", 421, {"このサーバー宛てではありません", "Not meant for this server"},
     {"Hostがこのサーバーの名前ではありません。管理者は名前をserveの設定に加えられます。", "Host is none of this server's names. The administrator can add one when serving."}},
    {"refused", 422, {"決まりにより受け付けられません", "Refused by a rule"},
     {"rule が決まりの名前、rule_source が出どころ、facts が根拠です。記録は変わっていません。", "rule names the rule, rule_source where it comes from, facts what it rests on. Nothing was recorded."}},
    {"form", 422, {"入力に誤りがあります", "The input has errors"}, {"fields が示す項目を直してください。何も記録していません。", "Mend the fields shown. Nothing was recorded."}},
    {"idempotency-key-reused", 422, {"Idempotency-Keyが使われています", "The Idempotency-Key was used before"},
     {"この鍵は別の内容で使われました。新しい鍵で送ってください。", "This key was used with other content. Send with a new key."}},
    {"password-rejected", 422, {"このパスワードは使えません", "This password cannot be used"},
     {"15文字以上（1,024バイトまで）で、推測しやすい語を除いても15文字以上にしてください。", "Use at least 15 characters (1,024 bytes at most), 15 of them outside words that are easy to guess."}},
    {"code-rejected", 422, {"番号が違います", "The code is wrong"},
     {"認証アプリの今の番号を入れてください。端末の時計も確かめてください。", "Enter the app's code of now, and check the device's clock."}},
    {"account-rejected", 422, {"アカウントをこのようにはできません", "The account cannot be so"},
     {"detail の理由を直してください。何も変わっていません。", "Mend what detail says. Nothing was changed."}},
    {"precondition-required", 428, {"見ている版を示してください", "Say which version you saw"},
     {"案件を読んだときのETagをIf-Matchで送ってください。", "Send the ETag of the case, as you read it, in If-Match."}},
    {"too-many-attempts", 429, {"試行が多すぎます", "Too many attempts"}, {"Retry-Afterの秒数を待ってください。", "Wait the seconds of Retry-After."}},
    {"too-many-streams", 429, {"ライブ更新の接続が多すぎます", "Too many live updates are open"},
     {"ほかのタブの接続を閉じるか、タブの間で一つの接続を分け合ってください。", "Close those of other tabs, or share one between tabs."}},
    {"headers-too-large", 431, {"ヘッダーが大きすぎます", "The headers are too large"}, {"ヘッダーは合わせて16KiB、100個までです。", "Headers may have 16 KiB in all and number 100."}},
    {"internal", 500, {"サーバーの誤りです", "An error of the server"},
     {"記録は壊れていません。管理者に、起きた時刻を伝えてください。", "The record is unharmed. Tell the administrator when it happened."}},
    {"damaged", 500, {"記録の証明が壊れています", "The records' proofs are damaged"},
     {"ログかその木の一部が壊れているか、書き換えられています。管理者は rireki verify で場所を確かめてください。", "Part of the log or of its tree is damaged or was altered. The administrator finds out where with rireki verify."}},
    {"not-implemented", 501, {"この操作は知りません", "The method is not known"}, {"HTTPの操作名か転送の形式が対応外です。", "The HTTP method or transfer coding is not supported."}},
    {"reading-not-recorded", 503, {"閲覧を記録できません", "The reading cannot be recorded"},
     {"秘密の記録は、閲覧の記録を残せるときだけ表示します。管理者に連絡してください。", "Confidential records are shown only when their reading can be recorded. Tell the administrator."}},
    {"sign-on-unavailable", 503, {"認証基盤に届きません", "The identity provider cannot be reached"},
     {"少し待ってもう一度試してください。続くときは管理者に連絡してください。", "Try again shortly; if it goes on, tell the administrator."}},
    {"busy", 503, {"混み合っています", "Busy"}, {"Retry-Afterの秒数を待ってもう一度送ってください。", "Wait the seconds of Retry-After and send again."}},
    {"deadline", 503, {"時間内に答えられませんでした", "No answer in time"},
     {"記録されたかどうかは分かりません。同じIdempotency-Keyでもう一度送ると、一度だけ記録されます。",
      "Whether it was recorded is unknown. Send again with the same Idempotency-Key: it is recorded once."}},
    {"shutting-down", 503, {"停止中です", "Shutting down"}, {"受け付けていません。少し待ってもう一度送ってください。", "Nothing was done. Send again shortly."}},
    {"storage", 503, {"記録できませんでした", "Could not be recorded"},
     {"同じIdempotency-Keyでもう一度送ると、一度だけ記録されます。", "Send again with the same Idempotency-Key: it is recorded once."}},
    {"http-version", 505, {"HTTP/1.1で送ってください", "Send HTTP/1.1"}, {"ほかの版は話しません。", "No other version is spoken here."}},
    {"no-space", 507, {"ディスクの空きがありません", "The disk is full"}, {"記録を止めています。閲覧はできます。", "Recording has stopped; reading goes on."}},
});

std::string html_escaped(std::string_view text) {
  std::string result;
  for (const char c : text) result += c == '&' ? std::string("&amp;") : c == '<' ? std::string("&lt;") : c == '>' ? std::string("&gt;") : c == '"' ? std::string("&quot;") : std::string(1, c);
  return result;
}

std::string section(const ProblemKind& kind) {
  const auto words = [](const char* language, const Text& title, const Text& meaning, bool ja) {
    return std::string("<section lang=\"") + language + "\"><h2>" + html_escaped(ja ? title.ja : title.en) + "</h2><p>" +
           html_escaped(ja ? meaning.ja : meaning.en) + "</p></section>";
  };
  return "<article><h1><a href=\"/problems/" + kind.id + "\">" + kind.id + "</a> (" + std::to_string(kind.status) + ")</h1>" +
         words("ja", kind.title, kind.meaning, true) + words("en", kind.title, kind.meaning, false) + "</article>";
}

json described(const ProblemKind& kind) {
  const auto both = [](const Text& text) { return json{{"ja", text.ja}, {"en", text.en}}; };
  return {{"type", "/problems/" + kind.id}, {"status", kind.status}, {"title", both(kind.title)}, {"meaning", both(kind.meaning)}};
}

Response page(const std::string& articles) {
  return {.content_type = "text/html; charset=utf-8",
          .body = "<!doctype html><html lang=\"ja\"><head><meta charset=\"utf-8\"><title>Rireki: problems</title></head><body>" + articles + "</body></html>"};
}

bool wants_html(const Request& request) {
  const auto accept = request.headers.find("accept");
  return accept != request.headers.end() && accept->second.find("text/html") != std::string::npos;
}

}  // namespace

std::span<const ProblemKind> problem_kinds() { return kKinds; }

const ProblemKind* find_problem_kind(std::string_view id) {
  const auto found = std::find_if(kKinds.begin(), kKinds.end(), [&](const ProblemKind& kind) { return kind.id == id; });
  return found == kKinds.end() ? nullptr : &*found;
}

Problem problem_of_kind(std::string_view id, Text detail) {
  const ProblemKind* kind = find_problem_kind(id);
  if (!kind) throw std::logic_error("no such kind of problem: " + std::string(id));
  return {.status = kind->status, .id = kind->id, .title = kind->title, .detail = detail.ja.empty() ? kind->meaning : std::move(detail)};
}

json problem_document(const Problem& problem, Language language) {
  const ProblemKind* kind = find_problem_kind(problem.id);
  json body = {{"type", "/problems/" + problem.id},
               {"title", in(language, kind ? kind->title : problem.title)},
               {"status", problem.status},
               {"detail", in(language, problem.detail)}};
  if (!problem.rule.empty()) body["rule"] = problem.rule;
  if (!problem.rule_source.empty()) body["rule_source"] = problem.rule_source;
  if (!problem.facts.empty()) {
    body["facts"] = json::array();
    for (const auto& [name, value] : problem.facts) body["facts"].push_back({{"name", name}, {"value", value}});
  }
  if (!problem.fields.empty()) {
    body["fields"] = json::array();
    for (const auto& field : problem.fields) body["fields"].push_back({{"pointer", field.pointer}, {"message", in(language, field.message)}});
  }
  if (problem.retry_after) body["retry"] = *problem.retry_after;
  return body;
}

Response problem(const Problem& problem, Language language) {
  Response response{.status = problem.status, .content_type = "application/problem+json"};
  response.headers.emplace_back("Content-Language", language == Language::kJa ? "ja" : "en");
  if (problem.retry_after) response.headers.emplace_back("Retry-After", std::to_string(*problem.retry_after));
  response.body = problem_document(problem, language).dump(-1, ' ', false, json::error_handler_t::replace);
  return response;
}

Response json_response(int status, const json& value) {
  return {.status = status, .body = value.dump(-1, ' ', false, json::error_handler_t::replace)};
}

Problem not_found() { return problem_of_kind("not-found"); }

Problem refused(const Refusal& refusal) {
  const char* kind = refusal.rule == "not-entitled" ? "not-entitled" : refusal.rule == "stale" ? "stale" : refusal.rule == "form" ? "form" : "refused";
  Problem problem = problem_of_kind(kind, refusal.message);
  problem.rule = refusal.rule;
  problem.rule_source = refusal.source;
  problem.facts = refusal.facts;
  problem.fields = refusal.fields;
  return problem;
}

void add_problem_routes(std::vector<Route>& routes) {
  const json kind_schema = {{"type", "object"}, {"required", {"type", "status", "title", "meaning"}}};
  routes.push_back({.method = "GET", .path = "/problems", .operation_id = "listProblems",
                    .summary = {"問題の種類の一覧", "All kinds of problem"}, .needs_session = false,
                    .response_schema = {{"type", "array"}, {"items", kind_schema}},
                    .handler = [](std::shared_ptr<const Request> request, Reply reply) {
                      if (wants_html(*request)) {
                        std::string all;
                        for (const auto& kind : kKinds) all += section(kind);
                        return reply(page(all));
                      }
                      json all = json::array();
                      for (const auto& kind : kKinds) all.push_back(described(kind));
                      reply(json_response(200, all));
                    }});
  routes.push_back({.method = "GET", .path = "/problems/{id}", .operation_id = "describeProblem",
                    .summary = {"問題の種類の説明", "What a kind of problem means"}, .needs_session = false,
                    .response_schema = kind_schema, .problems = {404},
                    .handler = [](std::shared_ptr<const Request> request, Reply reply) {
                      const ProblemKind* kind = find_problem_kind(request->path_params.at("id"));
                      if (!kind) return reply(problem(not_found(), request->language));
                      reply(wants_html(*request) ? page(section(*kind)) : json_response(200, described(*kind)));
                    }});
}

}  // namespace rireki::api
