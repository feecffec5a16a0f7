// rireki-verify: for whoever audits. Checks bundles, checkpoints and proofs with the log's public key alone, and is the witness outside.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <iostream>

#include "proof/bundle.h"
#include "proof/durable_file.h"
#include "proof/http_service.h"
#include "proof/text.h"
#include "proof/witness.h"

namespace {

using namespace rireki::proof;

enum Exit { kHolds = 0, kDoesNotHold = 1, kUsage = 2, kCannotRun = 3 };
constexpr std::size_t kSmall = 4 * 1024 * 1024;

std::int64_t now() { return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

int fail(int code, const Fault& fault) {
  std::cerr << fault.ja << "\n" << fault.en << "\n";
  return code;
}
void say(const std::string& ja, const std::string& en) { std::cout << ja << "\n  " << en << "\n"; }

Checked<std::vector<Verifier>> keys_of(const std::vector<std::string>& files) {
  std::vector<Verifier> keys;
  for (const auto& file : files) {
    const auto text = read_file(file, kSmall);
    if (!text) return text.error();
    auto parsed = parse_verifiers(*text);
    if (!parsed) return at(file, parsed.error());
    keys.insert(keys.end(), parsed->begin(), parsed->end());
  }
  return keys;
}

std::string time_text(std::int64_t seconds) {
  char text[32];
  std::tm utc{};
  const std::time_t time = seconds;
  ::gmtime_r(&time, &utc);
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

void show(const SignedCheckpoint& signed_one) {
  const auto& checkpoint = signed_one.checkpoint;
  say("ログ " + checkpoint.origin + "、" + std::to_string(checkpoint.size) + "件、根 " + base64(rireki::view(checkpoint.root)), "log " + checkpoint.origin + ", " + std::to_string(checkpoint.size) + " events, root " + base64(rireki::view(checkpoint.root)));
  for (const auto& one : signed_one.signatures)
    if (one.time) say("証人 " + one.key.name + " が " + time_text(*one.time) + " に確認", "confirmed by witness " + one.key.name + " at " + time_text(*one.time));
    else say("署名 " + one.key.name + "（鍵 " + to_text(one.key).substr(one.key.name.size() + 1, 8) + "）", "signed by " + one.key.name + " (key " + to_text(one.key).substr(one.key.name.size() + 1, 8) + ")");
}

struct Options {
  std::vector<std::string> keys, witnesses, older;
  std::string file, leaf, old_note, new_note, proof, state, folder, name, log_key, out;
  unsigned short port = 8090;
  std::string address = "127.0.0.1";
};

int check_bundle_file(const Options& options) {
  auto keys = keys_of(options.keys);
  if (!keys) return fail(kCannotRun, keys.error());
  if (const auto witnesses = keys_of(options.witnesses); !witnesses) return fail(kCannotRun, witnesses.error());
  else keys->insert(keys->end(), witnesses->begin(), witnesses->end());
  BundleCheck check{.keys = *keys, .older = {}, .progress = {}};
  auto older = options.older;
  std::error_code ignored;
  if (!options.state.empty() && std::filesystem::exists(options.state, ignored)) older.push_back(options.state);
  for (const auto& file : older) {
    auto note = read_file(file, kSmall);
    if (!note) return fail(kCannotRun, note.error());
    check.older.push_back(std::move(*note));
  }
  auto shown = std::chrono::steady_clock::now();
  check.progress = [&](std::uint64_t done, std::uint64_t all) {
    if (std::chrono::steady_clock::now() - shown < std::chrono::seconds(2)) return;
    shown = std::chrono::steady_clock::now();
    std::cerr << done << " / " << all << "\n";
  };
  const auto report = check_bundle(options.file, check);
  if (!report) return fail(kDoesNotHold, report.error());
  show(report->checkpoint);
  const std::string leaves = std::to_string(report->leaves);
  if (report->whole) say("すべての葉 " + leaves + " 件とタイル " + std::to_string(report->tiles) + " 枚が根と合います。", "All " + leaves + " leaves and " + std::to_string(report->tiles) + " tiles give the root.");
  else say(leaves + " 件の所在が証明されています（位置 " + std::to_string(report->first) + " から " + std::to_string(report->last) + " まで）。", leaves + " events are proved to be in the log, within positions " + std::to_string(report->first) + " and " + std::to_string(report->last) + ".");
  if (report->disclosed > 0)
    say("開示された " + std::to_string(report->disclosed) + " 件は記録されたままです（封を開いた部分 " + std::to_string(report->opened) + "）。", std::to_string(report->disclosed) + " disclosed events are as recorded (" + std::to_string(report->opened) + " sections opened).");
  if (report->older > 0) say("以前のチェックポイント " + std::to_string(report->older) + " 枚の続きです。", "It goes on from " + std::to_string(report->older) + " older checkpoints.");
  if (check.older.empty()) say("注意：手元に残したチェックポイントと比べていません（--older か --state）。", "Note: it was not compared with a checkpoint that you kept (--older or --state).");
  for (const auto& [created, erased] : report->erased_keys) say("位置 " + std::to_string(created) + " の鍵は位置 " + std::to_string(erased) + " で消去されました。", "The key created at position " + std::to_string(created) + " was erased at " + std::to_string(erased) + ".");
  say("問題は見つかりませんでした。", "Nothing wrong was found.");
  if (!options.state.empty())
    if (const int error = write_durably(options.state, report->checkpoint.note.whole()); error != 0) return fail(kCannotRun, {options.state + "に書けません。", options.state + " cannot be written."});
  return kHolds;
}

int check_checkpoint(const Options& options) {
  auto keys = keys_of(options.keys);
  auto witnesses = keys_of(options.witnesses);
  const auto note = read_file(options.file, kSmall);
  if (!keys) return fail(kCannotRun, keys.error());
  if (!witnesses) return fail(kCannotRun, witnesses.error());
  if (!note) return fail(kCannotRun, note.error());
  keys->insert(keys->end(), witnesses->begin(), witnesses->end());
  const auto opened = open_checkpoint(*note, *keys);
  if (!opened) return fail(kDoesNotHold, opened.error());
  show(*opened);
  return kHolds;
}

int check_proof(const Options& options) {
  const auto keys = keys_of(options.keys);
  const auto text = read_file(options.file, kSmall), leaf = read_file(options.leaf, kSmall);
  if (!keys) return fail(kCannotRun, keys.error());
  if (!text) return fail(kCannotRun, text.error());
  if (!leaf) return fail(kCannotRun, leaf.error());
  const auto proof = parse_inclusion_proof(*text);
  if (!proof) return fail(kDoesNotHold, proof.error());
  const auto held = check_inclusion(*proof, *leaf, *keys);
  if (!held) return fail(kDoesNotHold, held.error());
  show(*held);
  say("位置 " + std::to_string(proof->index + 1) + " にあります。", "It stands at position " + std::to_string(proof->index + 1) + ".");
  return kHolds;
}

int check_consistency(const Options& options) {
  const auto keys = keys_of(options.keys);
  const auto old_text = read_file(options.old_note, kSmall), new_text = read_file(options.new_note, kSmall), lines = read_file(options.proof, kSmall);
  if (!keys) return fail(kCannotRun, keys.error());
  for (const auto* text : {&old_text, &new_text, &lines})
    if (!*text) return fail(kCannotRun, text->error());
  const auto before = open_checkpoint(*old_text, *keys), after = open_checkpoint(*new_text, *keys);
  if (!before) return fail(kDoesNotHold, at(options.old_note, before.error()));
  if (!after) return fail(kDoesNotHold, at(options.new_note, after.error()));
  Hashes hashes;
  std::string_view rest = *lines;
  while (!rest.empty()) {
    const auto line = take_line(rest);
    const auto hash = line ? digest_of_base64(*line) : std::nullopt;
    if (!hash || hashes.size() == kProofHashesMax) return fail(kDoesNotHold, {options.proof + "は証明の形をしていません。", options.proof + " is not of the form of a proof."});
    hashes.push_back(*hash);
  }
  const auto& a = before->checkpoint;
  const auto& b = after->checkpoint;
  if (a.origin != b.origin) return fail(kDoesNotHold, {"別のログのチェックポイントです。", "These are checkpoints of two logs."});
  if (a.size == 0) {
    say("古いほうは空のログです。比べるものがありません。", "The older one is of the empty log: there is nothing to compare.");
    return kHolds;
  }
  if (b.size < a.size) return fail(kDoesNotHold, {"新しいほうの件数が少なくなっています。記録が失われました。", "The newer one has fewer events: events were lost."});
  if (!verify_consistency(a.size, b.size, a.root, b.root, hashes)) return fail(kDoesNotHold, {"続きではありません。古いチェックポイントの後に履歴が書き換えられました。", "It does not go on from it: the history was rewritten since the older checkpoint."});
  say(std::to_string(a.size) + " 件のときの続きです（いま " + std::to_string(b.size) + " 件）。", "It goes on from " + std::to_string(a.size) + " events, to " + std::to_string(b.size) + ".");
  return kHolds;
}

int witness_init(const Options& options) {
  const auto made = WitnessFolder::create(options.folder, options.name);
  if (!made) return fail(kCannotRun, made.error());
  std::cout << to_text(made->public_key()) << "\n";
  return kHolds;
}

int witness_follow(const Options& options) {
  auto witness = WitnessFolder::open(options.folder);
  if (!witness) return fail(kCannotRun, witness.error());
  const auto keys = keys_of({options.log_key});
  if (!keys) return fail(kCannotRun, keys.error());
  for (const auto& key : *keys)
    if (auto fault = witness->follow(key)) return fail(kCannotRun, *fault);
  return kHolds;
}

int witness_serve(const Options& options) {
  if (const auto witness = WitnessFolder::open(options.folder); !witness) return fail(kCannotRun, witness.error());
  auto service = Service::listen({.socket = {}, .address = options.address, .port = options.port}, [&](const ServiceRequest& request) -> ServiceResponse {
    if (request.method != "POST" || request.target != "/add-checkpoint") return {.status = 404, .body = "POST /add-checkpoint\n"};
    auto witness = WitnessFolder::open(options.folder);  // anew: a log may have been added since
    if (!witness) return {.status = 500, .body = "the witness's folder cannot be read\n"};
    const auto seen = witness->add_checkpoint(request.body, now());
    if (seen.answer != ExtensionAnswer::kSigned) std::cerr << static_cast<int>(seen.answer) << " " << seen.fault.en << std::endl;
    ServiceResponse answer{.status = static_cast<int>(seen.answer), .body = seen.text.empty() ? seen.fault.en + "\n" : seen.text};
    if (seen.answer == ExtensionAnswer::kConflict) answer.content_type = "text/x.tlog.size";
    return answer;
  });
  if (!service) return fail(kCannotRun, service.error());
  ::signal(SIGPIPE, SIG_IGN);
  std::cout << "http://" << options.address << ":" << (*service)->port() << std::endl;
  (*service)->run_until_signal();
  return kHolds;
}

int witness_answer(const Options& options) {
  auto witness = WitnessFolder::open(options.folder);
  if (!witness) return fail(kCannotRun, witness.error());
  const auto request = read_file(options.file, kServiceBodyBytesMax);
  if (!request) return fail(kCannotRun, request.error());
  const auto seen = witness->add_checkpoint(*request, now());
  if (seen.answer != ExtensionAnswer::kSigned) return fail(kDoesNotHold, seen.fault);
  if (options.out.empty()) std::cout << seen.text;
  else if (const int error = write_durably(options.out, seen.text); error != 0) return fail(kCannotRun, {options.out + "に書けません。", options.out + " cannot be written."});
  return kHolds;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"人事の記録が書き換えられていないことを確かめる / checks that records were not rewritten", "rireki-verify"};
  app.require_subcommand(1);
  app.footer("終了コード / exit codes: 0 確かめた / holds, 1 成り立たない / does not hold, 2 使い方 / usage, 3 実行できない / cannot run\n"
             "Rireki のサーバーもデータも要りません。/ Needs neither Rireki's server nor its data.");
  Options options;
  const auto with_keys = [&](CLI::App* command) {
    command->add_option("--key", options.keys, "紙で受け取ったログの公開鍵のファイル / file of the log's public key, as handed over on paper")->required()->check(CLI::ExistingFile);
  };
  const auto with_witnesses = [&](CLI::App* command) { command->add_option("--witness", options.witnesses, "証人の公開鍵のファイル / file of witnesses' public keys")->check(CLI::ExistingFile); };
  auto* bundle = app.add_subcommand("bundle", "監査の束を確かめる / check an audit bundle");
  bundle->add_option("file", options.file, "束（tar） / the bundle, a tar file")->required()->check(CLI::ExistingFile);
  with_keys(bundle);
  with_witnesses(bundle);
  bundle->add_option("--older", options.older, "以前に受け取ったチェックポイント（くり返せる） / checkpoints that you kept, repeatable")->check(CLI::ExistingFile);
  bundle->add_option("--state", options.state, "前回確かめたチェックポイントを残すファイル / file that keeps the last checkpoint that held");
  auto* checkpoint = app.add_subcommand("checkpoint", "チェックポイントの署名を確かめる / check a checkpoint's signatures");
  checkpoint->add_option("file", options.file)->required()->check(CLI::ExistingFile);
  with_keys(checkpoint);
  with_witnesses(checkpoint);
  auto* proof = app.add_subcommand("proof", "一件の所在の証明を確かめる / check that one event is in the log");
  proof->add_option("file", options.file, ".tlog-proof")->required()->check(CLI::ExistingFile);
  proof->add_option("leaf", options.leaf, ".leaf")->required()->check(CLI::ExistingFile);
  with_keys(proof);
  auto* consistency = app.add_subcommand("consistency", "新しいチェックポイントが古いものの続きか確かめる / check that a checkpoint goes on from an older one");
  consistency->add_option("--old", options.old_note)->required()->check(CLI::ExistingFile);
  consistency->add_option("--new", options.new_note)->required()->check(CLI::ExistingFile);
  consistency->add_option("--proof", options.proof, "base64のハッシュを1行ずつ / base64 hashes, one to a line")->required()->check(CLI::ExistingFile);
  with_keys(consistency);
  auto* witness = app.add_subcommand("witness", "外から確認する証人になる / be the witness outside");
  witness->require_subcommand(1);
  const auto with_folder = [&](CLI::App* command) { command->add_option("--folder", options.folder, "証人のフォルダー / the witness's folder")->required(); };
  auto* init = witness->add_subcommand("init", "鍵を作る / make a key");
  with_folder(init);
  init->add_option("--name", options.name, "証人の名前 / its name: audit.example.lg.jp")->required();
  auto* follow = witness->add_subcommand("follow", "このログを見る / follow this log");
  with_folder(follow);
  follow->add_option("key", options.log_key, "ログの公開鍵のファイル / file of the log's public key")->required()->check(CLI::ExistingFile);
  auto* serve = witness->add_subcommand("serve", "HTTPで答える / answer over HTTP");
  with_folder(serve);
  serve->add_option("--port", options.port);
  serve->add_option("--address", options.address);
  auto* answer = witness->add_subcommand("answer", "持ち込まれた依頼のファイルに答える / answer a request that came as a file");
  with_folder(answer);
  answer->add_option("file", options.file, "依頼 / the request")->required()->check(CLI::ExistingFile);
  answer->add_option("--out", options.out, "答えを書くファイル / file for the answer");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kHolds : kUsage;
  }
  try {
    if (*bundle) return check_bundle_file(options);
    if (*checkpoint) return check_checkpoint(options);
    if (*proof) return check_proof(options);
    if (*consistency) return check_consistency(options);
    if (*init) return witness_init(options);
    if (*follow) return witness_follow(options);
    if (*serve) return witness_serve(options);
    return witness_answer(options);
  } catch (const std::exception& error) {
    return fail(kCannotRun, {error.what(), error.what()});
  }
}
