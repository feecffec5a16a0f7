#include "api/cli/log_signer.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "proof/http_service.h"
#include "proof/signer.h"

namespace rireki::api {
namespace {

using proof::Checked;
using proof::Fault;

constexpr std::chrono::seconds kSignerStarts{10};

FolderError signer_error(const Fault& fault) { return {"signer", {fault.ja, fault.en}}; }

// Beside this program.
std::filesystem::path signer_program() { return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "rireki-signer"; }

Checked<proof::ServiceResponse> asked(const std::filesystem::path& socket, const std::string& method, const std::string& target, const std::string& body = "") {
  auto answer = proof::ask_service({.socket = socket.string()}, {.method = method, .target = target, .body = body});
  if (!answer) return Fault{"署名者に届きません（" + answer.error().ja + "）。", "The signer cannot be reached (" + answer.error().en + ")."};
  return answer;
}
Fault refusal_of(const proof::ServiceResponse& answer) {
  std::string said = answer.body.substr(0, 200);
  if (said.ends_with('\n')) said.pop_back();
  return {"署名者が断りました（" + std::to_string(answer.status) + "：" + said + "）。", "The signer refused (" + std::to_string(answer.status) + ": " + said + ")."};
}

}  // namespace

Result<std::optional<SignerPlace>, FolderError> signer_place(const DataFolder& folder) {
  std::error_code ignored;
  if (!std::filesystem::exists(folder.signer_place(), ignored)) return std::optional<SignerPlace>();
  auto text = read_file(folder.signer_place());
  if (!text) return text.error();
  if (text->ends_with('\n')) text->pop_back();
  const auto at = [&](std::size_t skip) { return std::filesystem::weakly_canonical(folder.root / text->substr(skip)); };
  if (text->starts_with("folder ")) return std::optional(SignerPlace{.folder = at(7), .socket = {}});
  if (text->starts_with("socket ")) return std::optional(SignerPlace{.folder = {}, .socket = at(7)});
  return FolderError{"signer", {folder.signer_place().string() + " は「folder パス」か「socket パス」の1行にしてください。", folder.signer_place().string() + " must be one line, 'folder PATH' or 'socket PATH'."}};
}

std::optional<FolderError> place_signer(const DataFolder& folder, const SignerPlace& place, const std::string& origin) {
  SignerPlace at = place;
  std::string line;
  if (!place.socket.empty()) {
    line = "socket " + place.socket.string();
  } else {
    const auto name = std::filesystem::weakly_canonical(folder.root).filename().string();
    line = "folder " + (place.folder.empty() ? "../" + name + ".signer" : place.folder.string());
    at.folder = std::filesystem::weakly_canonical(folder.root / line.substr(7));
    std::error_code ignored;
    if (!std::filesystem::exists(at.folder / "keys", ignored))
      if (const auto made = proof::SignerFolder::create(at.folder, origin.empty() ? kDefaultOrigin : origin); !made) return signer_error(made.error());
  }
  const auto written = write_file(folder.signer_place(), line + "\n", 0644);
  return written ? std::nullopt : std::optional(written.error());
}

Result<std::optional<proof::Checkpoint>, FolderError> last_signed(const SignerPlace& place) {
  if (!place.folder.empty()) {
    const auto signer = proof::SignerFolder::open(place.folder);
    if (!signer) return signer_error({"署名者のフォルダーを使えません。" + signer.error().ja, "The signer's folder cannot be used. " + signer.error().en});
    auto last = signer->last_seen().checkpoint(signer->origin());
    if (!last) return signer_error(last.error());
    return std::move(*last);
  }
  const auto answer = asked(place.socket, "GET", "/last");
  if (!answer) return signer_error(answer.error());
  if (answer->status == 404) return std::optional<proof::Checkpoint>();
  const auto note = answer->status == 200 ? proof::parse_note(answer->body) : Checked<proof::Note>(refusal_of(*answer));
  auto checkpoint = note ? proof::parse_checkpoint_text(note->text) : Checked<proof::Checkpoint>(note.error());
  if (!checkpoint) return signer_error(checkpoint.error());
  return std::optional(std::move(*checkpoint));
}

Result<std::unique_ptr<LogSigner>, FolderError> LogSigner::reach(const SignerPlace& place) {
  std::unique_ptr<LogSigner> signer(new LogSigner());
  if (!place.socket.empty()) {
    signer->socket_ = place.socket;
    if (const auto keys = signer->keys(); !keys) return signer_error(keys.error());
    return signer;
  }
  std::string pattern = (std::filesystem::temp_directory_path() / "rireki-signer-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) return signer_error({"一時フォルダーを作れません。", "A temporary folder cannot be made."});
  signer->temporary_ = pattern;
  signer->socket_ = signer->temporary_ / "s";
  const auto program = signer_program().string(), folder = place.folder.string(), socket = signer->socket_.string();
  const ::pid_t parent = ::getpid();
  signer->child_ = ::fork();
  if (signer->child_ == 0) {
    ::setsid();  // what the terminal sends to the server must not end it before its last checkpoint
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    const int quiet = ::open("/dev/null", O_RDWR);
    ::dup2(quiet, STDIN_FILENO);
    ::dup2(quiet, STDOUT_FILENO);
    ::close_range(STDERR_FILENO + 1, ~0U, 0);
    ::execl(program.c_str(), "rireki-signer", "serve", "--folder", folder.c_str(), "--socket", socket.c_str(), nullptr);
    ::_exit(127);
  }
  if (signer->child_ < 0) return signer_error({"署名者を起動できません。", "The signer cannot be started."});
  const auto patience = std::chrono::steady_clock::now() + kSignerStarts;
  while (std::chrono::steady_clock::now() < patience) {
    std::error_code ignored;
    if (std::filesystem::exists(signer->socket_, ignored) && signer->keys()) return signer;
    int status = 0;
    if (::waitpid(signer->child_, &status, WNOHANG) == signer->child_) {
      signer->child_ = 0;
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return signer_error({"署名者（" + program + "）を起動できません。別のサーバーが同じ署名者を使っていませんか。", "The signer (" + program + ") cannot be started. Does another server use the same one?"});
}

LogSigner::~LogSigner() {
  if (child_ > 0) {
    ::kill(child_, SIGTERM);
    int status = 0;
    ::waitpid(child_, &status, 0);
  }
  std::error_code ignored;
  if (!temporary_.empty()) std::filesystem::remove_all(temporary_, ignored);
}

Checked<std::string> LogSigner::sign(const proof::ExtensionRequest& request) {
  auto answer = asked(socket_, "POST", "/sign", to_text(request));
  if (!answer) return answer.error();
  if (answer->status != 200) return refusal_of(*answer);
  return {boost::system::in_place_value, std::move(answer->body)};
}

Checked<std::optional<std::string>> LogSigner::last() {
  auto answer = asked(socket_, "GET", "/last");
  if (!answer) return answer.error();
  if (answer->status == 404) return std::optional<std::string>();
  if (answer->status != 200) return refusal_of(*answer);
  return std::optional(std::move(answer->body));
}

Checked<std::vector<proof::Verifier>> LogSigner::keys() {
  const auto answer = asked(socket_, "GET", "/keys");
  if (!answer) return answer.error();
  if (answer->status != 200) return refusal_of(*answer);
  return proof::parse_verifiers(answer->body);
}

Result<OpenProofs, FolderError> open_proofs(OpenFolder& opened, std::function<void(const proof::Fault&)> on_fault) {
  auto place = signer_place(opened.folder);
  if (!place) return place.error();
  if (!*place) {
    if (auto error = place_signer(opened.folder, {}, "")) return *error;
    place = signer_place(opened.folder);
    if (!place) return place.error();
  }
  auto signer = LogSigner::reach(**place);
  if (!signer) return signer.error();
  const auto keys = (*signer)->keys();
  if (!keys) return signer_error(keys.error());
  if (!introduce_keys(*opened.office, *keys)) return signer_error({"署名の鍵を記録できません。", "The signer's keys cannot be put on record."});
  const auto others = [&office = *opened.office](const std::vector<proof::Verifier>& now) { (void)introduce_keys(office, now); };
  auto keeper = CheckpointKeeper::open(opened.store->transparency(), **signer, {.every = std::chrono::seconds{1}, .clock = {}, .on_fault = on_fault, .on_keys = others});
  if (!keeper) return signer_error(keeper.error());
  auto proofs = std::make_unique<Proofs>(*opened.office, opened.store->transparency(), **keeper, std::move(on_fault));
  return OpenProofs{.signer = std::move(*signer), .keeper = std::move(*keeper), .proofs = std::move(proofs)};
}

}  // namespace rireki::api
