#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "api/api.h"
#include "api/cli/commands.h"
#include "api/cli/log_signer.h"
#include "api/deadline_keeper.h"
#include "projections/all_views.h"

namespace rireki::api {
namespace {

struct Options {
  std::vector<std::string> witnesses;
  int witness_minutes = 60;
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
  std::vector<std::string> hosts, proxies;
  bool behind_tls = false;
  std::string oidc;
  std::string proxy_socket, identity_header = "X-Remote-User";
  std::vector<std::string> proxy_users;
  int session_minutes = 30, session_hours = 10;
  std::string log_level = "info";
};

// SIGTERM and SIGINT are waited for on the main thread; every other thread is started with them blocked.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  void wait() const {
    int received = 0;
    sigwait(&signals_, &received);
  }

 private:
  sigset_t signals_;
};

// Of users of this machine, by name or number. None: one of them there is not.
std::optional<std::vector<unsigned>> user_ids(const std::vector<std::string>& names) {
  std::vector<unsigned> ids;
  for (const auto& name : names) {
    if (!name.empty() && name.find_first_not_of("0123456789") == std::string::npos && name.size() < 10) {
      ids.push_back(static_cast<unsigned>(std::stoul(name)));
    } else if (const auto* user = ::getpwnam(name.c_str())) {
      ids.push_back(user->pw_uid);
    } else {
      return std::nullopt;
    }
  }
  return ids;
}

// Looks at every event, at a pace that leaves the machine to others: at the start, and then once a week. What it finds is said at once.
class Inspection {
 public:
  Inspection(const OpenFolder& opened, Proofs& proofs, spdlog::logger& logger) : thread_([this, &opened, &proofs, &logger] { run(opened, proofs, logger); }) {}
  ~Inspection() { end(); }
  void end() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  static constexpr std::uint64_t kEventsPerSecond = 50'000;
  static constexpr std::chrono::hours kEvery{7 * 24};

  void run(const OpenFolder& opened, Proofs& proofs, spdlog::logger& logger) {
    pthread_setname_np(pthread_self(), "inspection");
    while (!stop_) {
      auto report = verify_log(*opened.store, proofs.tree(), {.keys = proofs.keys(), .threads = 1, .findings_max = 100, .events_per_second = kEventsPerSecond, .stop = &stop_, .progress = {}});
      if (stop_) return;
      for (const auto& finding : report.findings) logger.error("altered or damaged: {}", finding.what.en);
      if (report.findings.empty()) logger.info("inspected {} events: all as they were recorded", report.events);
      proofs.verified({opened.office->now(), std::move(report)});
      for (const auto until = std::chrono::steady_clock::now() + kEvery; !stop_ && std::chrono::steady_clock::now() < until;) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

ServerOptions server_options(const Options& options, const OpenFolder& opened, spdlog::logger& logger) {
  ServerOptions server{.address = options.address, .port = options.port, .hosts = options.hosts, .proxies = options.proxies, .behind_tls = options.behind_tls,
                       .upload_folder = opened.folder.root / "uploads"};
  server.identity_socket = options.proxy_socket;
  if (!options.proxy_socket.empty()) server.identity_header = lower_login(options.identity_header);  // header names are the same in capitals
  server.now = [&office = *opened.office] { return office.now(); };
  server.on_answered = [&logger](const Answered& answered) {
    logger.debug("{} {} {} us", answered.operation_id.empty() ? "-" : answered.operation_id, answered.status, answered.took.count());
  };
  server.on_fault = [&logger](const std::string& what) { logger.error("a request was answered 500: {}", what); };
  return server;
}

ExitCode serve(const Console& console, const std::string& data, const Options& options) {
  const StopSignals signals;
  spdlog::logger logger("rireki", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger.set_level(spdlog::level::from_str(options.log_level));
  auto opened = open_folder(data);
  if (!opened) return fail(console, opened.error());
  if (const auto published = publish_catalogue(console, *opened->office); published != ExitCode::kOk) return published;
  AccountsOptions accounts_with = opened->accounts();
  accounts_with.sessions.idle = std::chrono::minutes(options.session_minutes);
  accounts_with.sessions.absolute = std::chrono::hours(options.session_hours);
  auto accounts = Accounts::open(*opened->office, *opened->ids, std::move(accounts_with));
  if (!accounts) return console.fail(ExitCode::kCannotRun, "credentials", accounts.error().message);
  std::optional<IdentityProvider> provider;
  if (!options.oidc.empty()) {
    auto with = read_oidc_options(options.oidc);
    if (!with) return console.fail(ExitCode::kUsage, "oidc", {"認証基盤の設定が使えません（" + with.error().what + "）。", "The identity provider's settings cannot be used (" + with.error().what + ")."});
    provider.emplace(std::move(*with), [&office = *opened->office] { return office.now(); });
  }
  const auto users = user_ids(options.proxy_users);
  if (!users || (options.proxy_socket.empty() != options.proxy_users.empty()))
    return console.fail(ExitCode::kUsage, "proxy-user", {"--proxy-socket には、プロキシが動くこの機械の利用者を --proxy-user で指定してください。", "With --proxy-socket, name the user of this machine that the proxy runs as in --proxy-user."});
  opened->drop_former_views();
  auto views = Views::open(opened->view_folder(), *opened->log, all_projections(), {}, opened->view_files());
  if (!views) return console.fail(ExitCode::kCannotRun, "views", {"ビューを開けません（" + views.error().what + "）。", "The views cannot be opened (" + views.error().what + ")."});
  std::error_code ignored;
  std::filesystem::remove_all(opened->folder.root / "uploads", ignored);  // of requests that a crash cut off
  std::filesystem::create_directories(opened->folder.root / "uploads", ignored);

  FourEyes two(*opened->office);
  Erasures erasures(two, *opened->keyring, renewing(*opened, **views));
  if (const int completed = erasures.complete(); completed > 0) logger.warn("{} erasures that were cut off are completed", completed);
  // Before anything is served: the log goes on from what was signed.
  auto proofs = open_proofs(*opened, [&logger](const proof::Fault& fault) { logger.error("no checkpoint is signed: {}", fault.en); });
  if (!proofs) return fail(console, proofs.error());
  const SignOnWays ways{.provider = provider ? &*provider : nullptr, .proxy = !options.proxy_socket.empty(), .on_warning = [&logger](const std::string& what) { logger.warn("{}", what); }};
  const Api api(*opened->office, **accounts, **views, Attachments(opened->folder.attachments(), *opened->keyring), two, erasures, ways, *proofs->proofs, options.behind_tls);
  ServerOptions server_with = server_options(options, *opened, logger);
  server_with.on_warning = ways.on_warning;
  server_with.identity_users = *users;
  api.identify(server_with);
  auto server = Server::start(api.routes(), std::move(server_with));
  if (!server) {
    const std::string port = std::to_string(options.port);
    if (server.error().in_use)
      return console.fail(ExitCode::kCannotRun, "port-taken", {"ポート " + port + " は使われています。--port で別の番号を指定してください。", "Port " + port + " is taken. Choose another with --port."});
    return console.fail(ExitCode::kCannotRun, "cannot-listen", {"待ち受けできません（" + server.error().what + "）。", "It cannot listen (" + server.error().what + ")."});
  }
  const std::string url = "http://" + options.address + ":" + std::to_string((*server)->port());
  if (console.json()) console.print(nlohmann::json{{"url", url}, {"port", (*server)->port()}});
  else console.print(url);
  std::fflush(stdout);
  logger.info("serving {} events", opened->log->head());
  Inspection inspection(*opened, *proofs->proofs, logger);
  auto pusher = std::make_unique<WitnessPusher>(*proofs->proofs, options.witnesses, std::chrono::minutes{options.witness_minutes}, [&logger](const std::string& what) { logger.error("a witness did not confirm: {}", what); });
  auto deadlines = std::make_unique<DeadlineKeeper>(*opened->office, **views, [&logger](const std::string& what) { logger.error("deadlines could not be passed: {}", what); });
  signals.wait();
  logger.info("stopping: what runs is finished first");
  deadlines.reset();
  pusher.reset();
  inspection.end();
  (*server)->stop();
  logger.info("stopped at position {}", opened->log->head());
  return ExitCode::kOk;
}

}  // namespace

void add_serve_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("serve", "HTTP で使えるようにする / serve over HTTP");
  const auto options = std::make_shared<Options>();
  command->add_option("--port", options->port, "ポート（0 は空いている番号） / port; 0: any free one");
  command->add_option("--address", options->address, "待ち受けるアドレス / address to listen on");
  command->add_option("--host", options->hosts, "受け付ける Host 名（くり返せる） / names that Host may give, repeatable");
  command->add_flag("--behind-tls", options->behind_tls, "前に TLS を話すプロキシがある / a proxy in front speaks TLS");
  command->add_option("--proxy", options->proxies, "プロキシのアドレス（くり返せる） / addresses of proxies, repeatable");
  command->add_option("--proxy-socket", options->proxy_socket, "人を認証するプロキシ専用のUnixソケット / Unix socket for the proxy that signs people in");
  command->add_option("--proxy-user", options->proxy_users, "そのプロキシが動く利用者（くり返せる） / user of this machine that the proxy runs as, repeatable");
  command->add_option("--identity-header", options->identity_header, "そのプロキシがログイン名を入れるヘッダー / header in which that proxy puts the login");
  command->add_option("--oidc", options->oidc, "認証基盤（OpenID Connect）の設定ファイル / settings file of the identity provider")->check(CLI::ExistingFile);
  command->add_option("--session-minutes", options->session_minutes, "使われないセッションが終わるまで / minutes until an unused session ends")->check(CLI::Range(1, 24 * 60));
  command->add_option("--session-hours", options->session_hours, "使われていてもセッションが終わるまで / hours until any session ends")->check(CLI::Range(1, 24));
  command->add_option("--witness", options->witnesses, "確認を求める証人のURL（くり返せる） / URL of a witness to ask, repeatable");
  command->add_option("--witness-minutes", options->witness_minutes, "何分ごとに求めるか / minutes between asking")->check(CLI::Range(1, 7 * 24 * 60));
  command->add_option("--log-level", options->log_level, "記録の細かさ / how much is logged")->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}));
  command->footer(
      "例 / examples:\n"
      "  rireki serve --data data --port 8080\n"
      "  rireki serve --data data --behind-tls --host rireki.example.lg.jp --proxy 10.0.0.5\n"
      "\n"
      "SIGTERM か Ctrl-C で、実行中の処理を終えてから止まります。ログに個人の値は出ません。\n"
      "SIGTERM or Ctrl-C stops it after what runs is finished. Nothing personal is logged.");
  command->callback([&invocation, options] { invocation.chosen = [&invocation, options](const Console& console) { return serve(console, invocation.data, *options); }; });
}

}  // namespace rireki::api
