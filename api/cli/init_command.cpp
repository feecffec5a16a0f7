#include "api/accounts.h"
#include "api/cli/commands.h"

namespace rireki::api {
namespace {

constexpr const char* kFirstLogin = "admin";

ExitCode init(const Console& console, const std::string& data, const KeyringPlace& place) {
  const auto whole = [](const std::filesystem::path& path) { return path.empty() ? path : std::filesystem::absolute(path); };
  auto opened = create_folder(data, {}, {whole(place.folder), whole(place.root)});
  if (!opened) return fail(console, opened.error());
  if (const auto published = publish_catalogue(console, *opened->office); published != ExitCode::kOk) return published;
  auto accounts = Accounts::open(*opened->office, *opened->ids, opened->accounts());
  if (!accounts) return console.fail(ExitCode::kCannotRun, "credentials", accounts.error().message);
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
    console.print(nlohmann::json{{"data", data}, {"login", kFirstLogin}, {"password", password.empty() ? nlohmann::json() : nlohmann::json(password)}});
    return ExitCode::kOk;
  }
  if (password.empty()) {
    console.say({data + " はすでに使えます。", data + " is ready already."});
    return ExitCode::kOk;
  }
  console.say({data + " を作りました。管理者のアカウント（パスワードはいま一度だけ表示します）:", "Created " + data + ". The administrator's account (its password is shown this once):"});
  console.print(std::string(kFirstLogin) + "  " + password);
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
  const auto place = std::make_shared<KeyringPlace>();
  command->add_option("--keyring", place->folder, "鍵束のフォルダー（省略するとデータフォルダーの隣） / folder of the keyring; default: beside the data folder");
  command->add_option("--root", place->root, "根の鍵のファイル（省略すると鍵束の中） / file of the root key; default: in the keyring");
  command->callback([&invocation, place] { invocation.chosen = [&invocation, place](const Console& console) { return init(console, invocation.data, *place); }; });
}

}  // namespace rireki::api
