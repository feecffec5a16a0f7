// rireki-signer: holds the log's key and signs what extends what it signed last. Run by a user of its own; the server asks it over a Unix socket.
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <thread>

#include "proof/http_service.h"
#include "proof/signer.h"

namespace {

using namespace rireki::proof;

std::int64_t now() { return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

int fail(const Fault& fault) {
  std::cerr << fault.ja << "\n" << fault.en << "\n";
  return 3;
}

void show(const Verifier& key) {
  std::cout << to_text(key) << "\n";
  std::cerr << "監査する人に、この公開鍵を紙で渡してください。\nHand this public key to whoever audits, on paper.\n";
}

// Two that sign at once could each sign another history. One whose server was killed needs a moment to end.
bool alone_in(const std::string& folder) {
  static const int held = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (held >= 0 && std::chrono::steady_clock::now() < patience) {
    if (::flock(held, LOCK_EX | LOCK_NB) == 0) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

int serve(const std::string& folder, const std::string& socket) {
  if (const auto signer = SignerFolder::open(folder); !signer) return fail(signer.error());
  if (!alone_in(folder)) return fail({folder + "は別の署名者が使っています。", folder + " is in use by another signer."});
  const auto answer = [&](const ServiceRequest& request) -> ServiceResponse {
    auto signer = SignerFolder::open(folder);  // anew: a key may have been added since
    if (!signer) return {.status = 500, .body = signer.error().en + "\n"};
    if (request.method == "GET" && request.target == "/keys") {
      std::string keys;
      for (const auto& key : signer->public_keys()) keys += to_text(key) + "\n";
      return {.body = keys};
    }
    if (request.method == "GET" && request.target == "/last") {
      const auto note = signer->last_seen().note(signer->origin());
      if (!note) return {.status = 500, .body = note.error().en + "\n"};
      return *note ? ServiceResponse{.body = **note} : ServiceResponse{.status = 404, .body = "nothing was signed yet\n"};
    }
    if (request.method != "POST" || request.target != "/sign") return {.status = 404, .body = "GET /keys, GET /last, POST /sign\n"};
    const auto asked = parse_extension_request(request.body);
    if (!asked) return {.status = 400, .body = asked.error().en + "\n"};
    const auto seen = signer->sign(*asked, now());
    if (seen.answer == ExtensionAnswer::kSigned) return {.body = seen.text};
    std::cerr << "refused: " << seen.fault.en << std::endl;  // whoever watches this process sees it, whatever the server says
    return {.status = static_cast<int>(seen.answer), .body = seen.text.empty() ? seen.fault.en + "\n" : seen.text};
  };
  auto service = Service::listen({.socket = socket}, answer);
  if (!service) return fail(service.error());
  ::signal(SIGPIPE, SIG_IGN);
  std::cout << "ready" << std::endl;
  (*service)->run_until_signal();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"ログの鍵を持ち、前に署名したものの続きだけに署名する / holds a log's key and signs what extends what it signed last", "rireki-signer"};
  app.require_subcommand(1);
  std::string folder, origin, socket;
  const auto with_folder = [&](CLI::App* command) { command->add_option("--folder", folder, "署名者のフォルダー / the signer's folder")->required(); };
  auto* init = app.add_subcommand("init", "鍵を作る / make a key");
  with_folder(init);
  init->add_option("--origin", origin, "ログの名前 / the log's name: nerima.example.lg.jp/rireki/log/1")->required();
  auto* run = app.add_subcommand("serve", "署名する / sign");
  with_folder(run);
  run->add_option("--socket", socket, "サーバーがたずねるUnixソケット / Unix socket on which the server asks")->required();
  auto* rotate = app.add_subcommand("rotate", "新しい鍵を加える。前の鍵は90日間いっしょに署名する / a new key; the former one signs beside it for 90 days");
  with_folder(rotate);
  auto* epoch = app.add_subcommand("epoch", "失われたログのあとに新しいログを始める / begin a new log after one that was lost in part");
  with_folder(epoch);
  auto* keys = app.add_subcommand("keys", "公開鍵を見る / show the public keys");
  with_folder(keys);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    if (*init) {
      const auto made = SignerFolder::create(folder, origin);
      if (!made) return fail(made.error());
      show(made->public_keys().front());
      return 0;
    }
    if (*run) return serve(folder, socket);
    auto signer = SignerFolder::open(folder);
    if (!signer) return fail(signer.error());
    if (*rotate || *epoch) {
      const auto key = *rotate ? signer->rotate(now()) : signer->begin_epoch();
      if (!key) return fail(key.error());
      show(*key);
    } else {
      for (const auto& key : signer->public_keys()) std::cout << to_text(key) << "\n";
    }
    return 0;
  } catch (const std::exception& error) {
    return fail({error.what(), error.what()});
  }
}
