// The data folder of one municipality:
//
//   format       "rireki 2": which version of this layout it is; written last, so a folder without it was never finished
//   log/         the events (eventstore); everything else can be derived from them or is no record
//   views/       what projections keep; may be deleted, is rebuilt
//   attachments/ attached files, sealed under their case's key
//   credentials  password hashes, sealed secrets of authenticator apps, hashes of tokens (accounts)
//   signer       where the signer of the log's checkpoints is (log_signer.h)
//   keyring      where the keys are: the path of their folder, by default beside this one ("../<name>.keys"), and of the root if that lies elsewhere
#pragma once

#include <filesystem>
#include <memory>

#include "api/accounts.h"
#include "api/cli/console.h"
#include "api/office.h"
#include "eventstore/encrypted_files.h"
#include "eventstore/rocks_event_log.h"
#include "eventstore/sealed_event_log.h"

namespace rireki::api {

inline constexpr int kDataFormat = 2;

struct FolderError {
  std::string problem;  // "no-data-folder" "other-version" "in-use" "no-space" "corrupt" "keyring" "io"
  Text message;
};
[[noreturn]] void throw_exception_from_error(const FolderError& error, const boost::source_location& where);

struct DataFolder {
  std::filesystem::path root;
  std::filesystem::path format() const { return root / "format"; }
  std::filesystem::path log() const { return root / "log"; }
  std::filesystem::path views() const { return root / "views"; }
  std::filesystem::path attachments() const { return root / "attachments"; }
  std::filesystem::path keyring_place() const { return root / "keyring"; }
  std::filesystem::path signer_place() const { return root / "signer"; }
};

// Ids from the system's random generator. Safe from any thread.
class RandomIds final : public IdSource {
 public:
  std::uint64_t next() override;
};

// The system's clock, never moving back. Safe from any thread.
std::function<Instant()> monotonic_clock();

// Where the keyring of a new folder lies; empty: beside the data folder, with its root in it. A path that is not absolute counts from the data folder.
struct KeyringPlace {
  std::filesystem::path folder, root;
  std::filesystem::path root_file() const { return root.empty() ? folder / "root" : root; }
};
// The signer: its folder, beside the data folder if empty, or the socket of one that another user runs.
struct SignerPlace {
  std::filesystem::path folder, socket;
};
// Of a new folder.
struct NewFolder {
  KeyringPlace keyring;
  SignerPlace signer;
  std::string origin;  // the log's name: "nerima.example.lg.jp/rireki/log/1"; "": that of this machine
};
// Of an existing folder.
Result<KeyringPlace, FolderError> keyring_place(const DataFolder& folder);

// A folder with its log open and an office over it.
struct OpenFolder {
  DataFolder folder;
  std::unique_ptr<IdSource> ids;
  KeyringPlace place;                   // as found: whole paths; the root's empty where it lies in the keyring
  std::unique_ptr<Keyring> keyring;
  std::unique_ptr<RocksEventLog> store;
  std::unique_ptr<SealedEventLog> log;  // over the store
  std::unique_ptr<Office> office;       // goes before the log
  std::shared_ptr<rocksdb::Env> view_files() const { return encrypted_files(keyring->own(kViewsKey)); }
  // A folder for each key of the views, so that those under a new one are built beside the former.
  std::filesystem::path view_folder() const { return folder.views() / hex(view(commitment_of(keyring->own(kViewsKey)))).substr(0, 16); }
  AccountsOptions accounts() const { return {.folder = folder.root, .second_factors = keyring->own(kSecondFactorsKey), .initial_for = std::chrono::hours{24}}; }
  // Removes what other keys have left.
  void drop_former_views() const;
};

struct FolderClock {
  std::function<Instant()> now = monotonic_clock();
  std::unique_ptr<IdSource> ids = std::make_unique<RandomIds>();
};

enum class SignedMark {
  kHeld,    // a log that is not what was signed last is refused
  kPassed,  // it is opened all the same: to begin another epoch
};
// Refused where there is no finished folder or one of another version.
Result<OpenFolder, FolderError> open_folder(const std::filesystem::path& root, FolderClock clock = {}, SignedMark mark = SignedMark::kHeld);
// Creates what is missing, with access for its owner only; the format is not written yet. Continues a creation that was cut off.
Result<OpenFolder, FolderError> create_folder(const std::filesystem::path& root, FolderClock clock = {}, const NewFolder& with = {});
// Marks the folder finished, durably.
Result<bool, FolderError> finish_folder(const DataFolder& folder);
bool is_finished(const std::filesystem::path& root);

// Writes a file whole or not at all: temporary file, sync, rename. `mode` as chmod has it.
Result<bool, FolderError> write_file(const std::filesystem::path& path, std::string_view bytes, unsigned mode = 0640);
Result<std::string, FolderError> read_file(const std::filesystem::path& path);

}  // namespace rireki::api
