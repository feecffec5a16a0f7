// The keyring from the command line: what it holds, a new epoch, a backup that only an offline key opens, and putting it back.
#include <sodium.h>

#include <map>

#include "api/cli/commands.h"

namespace rireki::api {
namespace {

constexpr std::string_view kBackupHeader = "rireki-keyring-backup 1\n";
constexpr std::size_t kRecoveryKeyBytes = crypto_box_SECRETKEYBYTES;

struct Options {
  std::string out, from, key;
  std::vector<std::string> halves;
};

ExitCode io_error(const Console& console, const FolderError& error) { return console.fail(ExitCode::kCannotRun, error.problem, error.message); }
ExitCode bad_key(const Console& console, const std::string& path) {
  return console.fail(ExitCode::kUsage, "recovery-key", {path + " は復旧用の鍵ではありません（64桁の16進）。rireki keyring recovery-key で作ります。",
                                                         path + " is no recovery key (64 hexadecimal digits). Make one with rireki keyring recovery-key."});
}

std::optional<std::string> key_in(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return std::nullopt;
  std::string key(kRecoveryKeyBytes, '\0');
  const char* end = nullptr;
  std::size_t bytes = 0;
  if (sodium_hex2bin(reinterpret_cast<unsigned char*>(key.data()), key.size(), text->data(), text->size(), "\n", &bytes, &end) != 0 || bytes != key.size() || end != text->data() + text->size())
    return std::nullopt;
  return key;
}

// One half with the other gives the secret; one alone is noise.
void join(std::string& into, const std::string& other) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] = static_cast<char>(into[i] ^ other[i]);
}

ExitCode show(const Console& console, const std::string& data, const Options&) {
  auto opened = open_folder(data);
  if (!opened) return fail(console, opened.error());
  std::map<std::string, std::size_t> by_class;
  const auto keys = opened->keyring->keys();
  for (const auto& key : keys) ++by_class[key.whose.key_class];
  if (console.json()) {
    console.print(nlohmann::json{{"folder", opened->place.folder.string()}, {"root", opened->place.root_file().string()}, {"epoch", opened->keyring->epoch()}, {"keys", keys.size()}, {"by_class", by_class},
                                 {"read_up_to", opened->keyring->read_up_to()}});
    return ExitCode::kOk;
  }
  console.say({"鍵束: " + opened->place.folder.string() + "（根の鍵: " + opened->place.root_file().string() + "）", "Keyring: " + opened->place.folder.string() + " (root: " + opened->place.root_file().string() + ")"});
  console.say({"世代 " + std::to_string(opened->keyring->epoch()) + "、使っている鍵 " + std::to_string(keys.size()) + " 本", "Epoch " + std::to_string(opened->keyring->epoch()) + ", " + std::to_string(keys.size()) + " keys in use"});
  for (const auto& [key_class, count] : by_class) console.print("  " + key_class + "  " + std::to_string(count));
  return ExitCode::kOk;
}

// A new epoch: every key under a new one, the old one destroyed. What an old copy of the keyring holds is worth nothing from then on.
ExitCode rotate(const Console& console, const std::string& data, const Options&) {
  auto opened = open_folder(data);
  if (!opened) return fail(console, opened.error());
  const auto turned = opened->keyring->ratchet({}, {});
  if (!turned) return console.fail(ExitCode::kCannotRun, "keyring", {"鍵束を書き換えられません（" + turned.error().what + "）。", "The keyring cannot be rewritten (" + turned.error().what + ")."});
  if (console.json()) console.print(nlohmann::json{{"epoch_before", turned->epoch_before}, {"epoch", turned->epoch}});
  else console.say({"世代 " + std::to_string(turned->epoch) + " にしました。前の世代の控えでは開けません。新しい控えを取ってください。",
                    "This is epoch " + std::to_string(turned->epoch) + ". Backups of the one before open nothing: make a new one."});
  return ExitCode::kOk;
}

// An X25519 pair. Its secret is parted between two people, so that neither alone brings the keys back (four eyes); the public half stays with the machine.
ExitCode recovery_key(const Console& console, const std::string&, const Options& options) {
  std::string open_half(crypto_box_PUBLICKEYBYTES, '\0'), secret(kRecoveryKeyBytes, '\0'), part(kRecoveryKeyBytes, '\0');
  crypto_box_keypair(reinterpret_cast<unsigned char*>(open_half.data()), reinterpret_cast<unsigned char*>(secret.data()));
  randombytes_buf(part.data(), part.size());
  join(secret, part);
  const std::string files[] = {options.out + ".1", options.out + ".2", options.out + ".pub"};
  if (const auto written = write_file(files[0], hex(part) + "\n", 0600); !written) return io_error(console, written.error());
  if (const auto written = write_file(files[1], hex(secret) + "\n", 0600); !written) return io_error(console, written.error());
  if (const auto written = write_file(files[2], hex(open_half) + "\n", 0644); !written) return io_error(console, written.error());
  sodium_memzero(secret.data(), secret.size());
  sodium_memzero(part.data(), part.size());
  if (console.json()) console.print(nlohmann::json{{"secret", {files[0], files[1]}}, {"public", files[2]}});
  else console.say({files[0] + " と " + files[1] + "（別々の人が、別々の金庫に。この計算機に残さない）と " + files[2] + "（控えを取るときに使う）を作りました。戻すには両方が要ります。",
                    "Made " + files[0] + " and " + files[1] + " (for two people, in two safes; leave neither here) and " + files[2] + " (to make backups with). Restoring needs both."});
  return ExitCode::kOk;
}

ExitCode backup(const Console& console, const std::string& data, const Options& options) {
  const auto key = key_in(options.key);
  if (!key) return bad_key(console, options.key);
  auto opened = open_folder(data);
  if (!opened) return fail(console, opened.error());
  opened->keyring->save();
  const std::string epoch = std::to_string(opened->keyring->epoch());
  std::string all(kBackupHeader);
  for (const auto& [name, path] : std::map<std::string, std::filesystem::path>{{"root", opened->place.root_file()}, {"kek-" + epoch, opened->place.folder / ("kek-" + epoch)},
                                                                             {"keyring-" + epoch, opened->place.folder / ("keyring-" + epoch)}}) {
    const auto bytes = read_file(path);
    if (!bytes) return io_error(console, bytes.error());
    all += name + "\n" + std::to_string(bytes->size()) + "\n" + *bytes;
  }
  std::string sealed(all.size() + crypto_box_SEALBYTES, '\0');
  crypto_box_seal(reinterpret_cast<unsigned char*>(sealed.data()), reinterpret_cast<const unsigned char*>(all.data()), all.size(), reinterpret_cast<const unsigned char*>(key->data()));
  sodium_memzero(all.data(), all.size());
  if (const auto written = write_file(options.out, sealed, 0600); !written) return io_error(console, written.error());
  if (console.json()) console.print(nlohmann::json{{"file", options.out}, {"epoch", opened->keyring->epoch()}});
  else console.say({options.out + " に控えを取りました。データフォルダーの控えとは別に、35日まで保管してください。",
                    "The backup is in " + options.out + ". Keep it apart from backups of the data folder, for 35 days at most."});
  return ExitCode::kOk;
}

// Puts the keyring back where it is missing; what was erased since the backup is erased again when the folder is opened.
ExitCode restore(const Console& console, const std::string& data, const Options& options) {
  if (options.halves.size() != 2) return console.fail(ExitCode::kUsage, "recovery-key", {"復旧用の鍵の二つの半分を --key で一つずつ指定してください。", "Give both halves of the recovery key, each with --key."});
  auto secret = key_in(options.halves[0]);
  if (!secret) return bad_key(console, options.halves[0]);
  const auto other = key_in(options.halves[1]);
  if (!other) return bad_key(console, options.halves[1]);
  join(*secret, *other);
  const auto place = keyring_place(DataFolder{data});
  if (!place) return io_error(console, place.error());
  if (Keyring::exists(place->folder))
    return console.fail(ExitCode::kRefused, "keyring-there", {place->folder.string() + " にはすでに鍵束があります。よけてから戻してください。", "There is a keyring at " + place->folder.string() + ". Move it away first."});
  const auto sealed = read_file(options.from);
  if (!sealed) return io_error(console, sealed.error());
  std::string open_half(crypto_box_PUBLICKEYBYTES, '\0'), all(sealed->size() > crypto_box_SEALBYTES ? sealed->size() - crypto_box_SEALBYTES : 0, '\0');
  crypto_scalarmult_base(reinterpret_cast<unsigned char*>(open_half.data()), reinterpret_cast<const unsigned char*>(secret->data()));
  const bool opens = !all.empty() && crypto_box_seal_open(reinterpret_cast<unsigned char*>(all.data()), reinterpret_cast<const unsigned char*>(sealed->data()), sealed->size(),
                                                          reinterpret_cast<const unsigned char*>(open_half.data()), reinterpret_cast<const unsigned char*>(secret->data())) == 0;
  sodium_memzero(secret->data(), secret->size());
  const auto unusable = [&] {
    return console.fail(ExitCode::kRefused, "backup", {options.from + " は、この鍵で開ける鍵束の控えではありません。", options.from + " is no backup of a keyring that this key opens."});
  };
  if (!opens || !all.starts_with(kBackupHeader)) return unusable();
  std::error_code failed;
  std::filesystem::create_directories(place->folder, failed);
  if (!failed) std::filesystem::permissions(place->folder, std::filesystem::perms::owner_all, failed);
  if (failed) return io_error(console, {"io", {place->folder.string() + " を作れません。", place->folder.string() + " cannot be made."}});
  for (std::string_view rest = std::string_view(all).substr(kBackupHeader.size()); !rest.empty();) {
    const auto line = [&] {
      const auto end = std::min(rest.find('\n'), rest.size());
      const std::string text(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      return text;
    };
    const std::string name = line(), size = line();
    const std::size_t bytes = size.empty() || size.find_first_not_of("0123456789") != size.npos || size.size() > 12 ? rest.size() + 1 : std::stoull(size);
    if (bytes > rest.size() || name.find('/') != name.npos) return unusable();
    const auto path = name == "root" ? place->root_file() : place->folder / name;
    if (const auto written = write_file(path, rest.substr(0, bytes), 0600); !written) return io_error(console, written.error());
    rest.remove_prefix(bytes);
  }
  sodium_memzero(all.data(), all.size());
  auto opened = open_folder(data);
  if (!opened) return fail(console, opened.error());
  if (console.json()) console.print(nlohmann::json{{"epoch", opened->keyring->epoch()}, {"keys", opened->keyring->keys().size()}});
  else console.say({"戻しました。ログが使う鍵はすべてあります。", "Restored: every key that the log uses is there."});
  return ExitCode::kOk;
}

}  // namespace

void add_keyring_command(CLI::App& app, Invocation& invocation) {
  auto* keyring = app.add_subcommand("keyring", "封を開く鍵束を見る・更新する・控える・戻す / show, rotate, back up and restore the keys of what is sealed");
  keyring->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  const auto command = [&](const char* name, const char* words, ExitCode (*run)(const Console&, const std::string&, const Options&)) {
    auto* sub = keyring->add_subcommand(name, words);
    sub->callback([&invocation, options, run] {
      invocation.chosen = [&invocation, options, run](const Console& console) {
        if (sodium_init() < 0) throw std::runtime_error("libsodium cannot start");
        return run(console, invocation.data, *options);
      };
    });
    return sub;
  };
  command("show", "世代と鍵の数 / its epoch and how many keys", &show);
  command("rotate", "新しい世代にする / begin a new epoch", &rotate);
  command("recovery-key", "控えを開くための鍵を、二人で持つ半分ずつに作る / make the key that opens backups, in halves for two people", &recovery_key)->add_option("--out", options->out, "ファイル / file")->required();
  auto* out = command("backup", "控えを取る / back it up", &backup);
  out->add_option("--out", options->out, "控えのファイル / the backup's file")->required();
  out->add_option("--for", options->key, "復旧用の鍵の公開側（.pub） / public half of the recovery key")->required();
  auto* back = command("restore", "控えから戻す / restore it from a backup", &restore);
  back->add_option("--from", options->from, "控えのファイル / the backup's file")->required();
  back->add_option("--key", options->halves, "復旧用の鍵の半分（二つとも） / a half of the recovery key; both are needed")->required();
  keyring->footer(
      "例 / examples:\n"
      "  rireki keyring show\n"
      "  rireki keyring recovery-key --out recovery            recovery.1 と recovery.2 は別々の金庫へ / put recovery.1 and recovery.2 into two safes\n"
      "  rireki keyring backup --out keys.sealed --for recovery.pub\n"
      "  rireki keyring restore --from keys.sealed --key recovery.1 --key recovery.2\n"
      "\n"
      "鍵束がなければ、封じた記録は誰にも読めません。データフォルダーの控えとは別に保管してください。\n"
      "Without the keyring nobody reads what is sealed. Keep its backups apart from those of the data folder.");
}

}  // namespace rireki::api
