#include "api/accounts.h"
#include "api/cli/commands.h"
#include "api/cli/log_signer.h"

namespace rireki::api {
namespace {

constexpr const char* kFirstLogin = "admin";

ExitCode init(const Console& console, const std::string& data, const NewFolder& with) {
  const auto whole = [](const std::filesystem::path& path) { return path.empty() ? path : std::filesystem::absolute(path); };
  auto opened = create_folder(data, {}, {.keyring = {whole(with.keyring.folder), whole(with.keyring.root)}, .signer = {whole(with.signer.folder), whole(with.signer.socket)}, .origin = with.origin});
  if (!opened) return fail(console, opened.error());
  if (const auto published = publish_catalogue(console, *opened->office); published != ExitCode::kOk) return published;
  auto accounts = Accounts::open(*opened->office, *opened->ids, opened->accounts());
  if (!accounts) return console.fail(ExitCode::kCannotRun, "credentials", accounts.error().message);
  auto proofs = open_proofs(*opened);
  if (!proofs) return fail(console, proofs.error());
  const std::string log_key = to_text(proofs->keeper->keys().front());
  const bool finished = is_finished(data);
  std::string password;
  // An account whose password was never told (cut off before this line ended) gets a new one.
  if (const auto known = (*accounts)->find(kFirstLogin); !known) {
    auto made = (*accounts)->open_account(Actor{}, kFirstLogin, PersonId{}, {"administrator"});
    if (!made) return console.fail(ExitCode::kCannotRun, "account", made.error().message);
    password = made->password;
  } else if (!finished) {
    auto reset = (*accounts)->reset_password(known->id);
    if (!reset) return console.fail(ExitCode::kCannotRun, "account", reset.error().message);
    password = *reset;
  }
  if (!finished)
    if (const auto done = finish_folder(opened->folder); !done) return fail(console, done.error());
  if (console.json()) {
    console.print(nlohmann::json{{"data", data}, {"login", kFirstLogin}, {"password", password.empty() ? nlohmann::json() : nlohmann::json(password)}, {"log_key", log_key}});
    return ExitCode::kOk;
  }
  if (password.empty()) {
    console.say({data + " はすでに使えます。", data + " is ready already."});
    return ExitCode::kOk;
  }
  console.say({data + " を作りました。管理者のアカウント（パスワードはいま一度だけ表示します）:", "Created " + data + ". The administrator's account (its password is shown this once):"});
  console.print(std::string(kFirstLogin) + "  " + password);
  console.say({"記録に署名する公開鍵です。監査する人に紙で渡してください:", "The public key that signs the records. Hand it to whoever audits, on paper:"});
  console.print(log_key);
  return ExitCode::kOk;
}

}  // namespace

void add_init_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("init", "空のデータフォルダーと管理者のアカウントを作る / create an empty data folder and an administrator's account");
  command->footer(
      "例 / examples:\n"
      "  rireki init --data data\n"
      "  rireki init --data data --keyring /mnt/keys/rireki --root /run/credentials/rireki-root\n"
      "\n"
      "手続の定義を公布し、管理者 admin のパスワードを一度だけ表示します。何度実行しても害はありません。\n"
      "Publishes the procedures and shows the password of 'admin' once. Safe to repeat.");
  const auto with = std::make_shared<NewFolder>();
  command->add_option("--keyring", with->keyring.folder, "鍵束のフォルダー（省略するとデータフォルダーの隣） / folder of the keyring; default: beside the data folder");
  command->add_option("--root", with->keyring.root, "根の鍵のファイル（省略すると鍵束の中） / file of the root key; default: in the keyring");
  command->add_option("--origin", with->origin, "ログの名前（例 nerima.example.lg.jp/rireki/log/1）。後から変えられません / the log's name; for ever");
  auto* signer = command->add_option("--signer", with->signer.folder, "署名者のフォルダー（省略するとデータフォルダーの隣） / folder of the signer; default: beside the data folder");
  command->add_option("--signer-socket", with->signer.socket, "別の利用者が動かす署名者のソケット / socket of a signer that another user runs")->excludes(signer);
  command->callback([&invocation, with] { invocation.chosen = [&invocation, with](const Console& console) { return init(console, invocation.data, *with); }; });
}

}  // namespace rireki::api
