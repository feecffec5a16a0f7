#include <atomic>

#include "api/accounts.h"
#include "api/cli/commands.h"
#include "api/cli/log_signer.h"
#include "api/export.h"
#include "api/sample.h"

namespace rireki::api {
namespace {

struct Options {
  int staff = 1000, years = 3;
  std::uint64_t seed = 1;
  std::string until, csv;
};

// A clock that stands where the ward's life is.
class SampleClock {
 public:
  void set(Instant to) { micros_->store(to.time_since_epoch().count()); }
  std::function<Instant()> reader() const {
    return [micros = micros_] { return Instant{std::chrono::microseconds{micros->load()}}; };
  }

 private:
  std::shared_ptr<std::atomic<std::int64_t>> micros_ = std::make_shared<std::atomic<std::int64_t>>(0);
};

// Random passwords for the accounts to sign in with; the file is for its owner only.
ExitCode tell_accounts(const Console& console, OpenFolder& opened, const SampleWard& ward, nlohmann::json& out) {
  auto with = opened.accounts();
  with.initial_for.reset();  // for trying out: whoever reads the list signs in with it
  auto accounts = Accounts::open(*opened.office, *opened.ids, std::move(with));
  if (!accounts) return console.fail(ExitCode::kCannotRun, "credentials", accounts.error().message);
  std::string file;
  for (const auto& one : ward.demo) {
    const auto password = (*accounts)->reset_password(one.account);
    if (!password) return console.fail(ExitCode::kCannotRun, "account", password.error().message);
    file += one.login + "\t" + *password + "\t" + one.what.ja + " / " + one.what.en + "\n";
    out["accounts"].push_back({{"login", one.login}, {"password", *password}, {"what", {{"ja", one.what.ja}, {"en", one.what.en}}},
                               {"person", one.person ? nlohmann::json(to_text(one.person)) : nlohmann::json()}});
  }
  const auto path = opened.folder.root / "sample-accounts.txt";
  if (const auto written = write_file(path, file, 0600); !written) return fail(console, written.error());
  if (!console.json()) {
    console.say({"アカウント（" + path.string() + " にもあります）:", "Accounts (also in " + path.string() + "):"});
    console.print(file.substr(0, file.size() - 1));
  }
  return ExitCode::kOk;
}

ExitCode write_csv(const Console& console, const OpenFolder& opened, Day on, const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const auto lists = list_register(*opened.log);
  std::vector<ExportedFile> files;
  opened.office->with_context([&](const DecisionContext& context) { files = export_register(context.reg, lists, on, municipal_style(context.reg, lists, on)); });
  for (const auto& file : files)
    if (const auto written = write_file(std::filesystem::path(folder) / file.name, file.bytes); !written) return fail(console, written.error());
  return ExitCode::kOk;
}

ExitCode sample(const Console& console, const std::string& data, const Options& options) {
  // Until yesterday: what is done by hand from now on then comes after all of it.
  Day until = local_day(monotonic_clock()()) - days{1};
  if (!options.until.empty()) {
    const auto day = parse_japanese_date(options.until);
    if (!day) return console.fail(ExitCode::kUsage, "usage", {"--until: " + day.error().ja, "--until: " + day.error().en});
    until = *day;
  }
  if (is_finished(data)) return console.fail(ExitCode::kRefused, "not-empty", {data + " にはすでに台帳があります。見本は新しいフォルダーに作ります。", data + " holds a register already. The sample needs a folder of its own."});
  SampleClock clock;
  std::optional<Progress> progress;
  const SampleOptions life{.staff = options.staff, .years = options.years, .seed = options.seed, .today = until, .set_clock = [&](Instant to) { clock.set(to); },
                           .progress = [&](int done, int all) { if (progress) progress->at(static_cast<double>(done) / all); }};
  clock.set(start_of(founding_day(life)));
  auto opened = create_folder(data, {.now = clock.reader(), .ids = std::make_unique<SeededIds>(options.seed)});
  if (!opened) return fail(console, opened.error());
  if (opened->log->head() > 0)
    return console.fail(ExitCode::kRefused, "unfinished", {data + " には途中で終わった作成の跡があります。フォルダーを消してからもう一度実行してください。", data + " holds a creation that was cut off. Remove the folder and run it again."});
  if (const auto published = publish_catalogue(console, *opened->office); published != ExitCode::kOk) return published;
  progress.emplace(console, Text{"見本の区を作っています", "creating the sample ward"});
  const auto ward = live_sample(*opened->office, *opened->ids, life);
  progress.reset();
  if (!ward)
    return console.fail(ExitCode::kRefused, ward.error().refusal.rule, {ward.error().step + ": " + ward.error().refusal.message.ja, ward.error().step + ": " + ward.error().refusal.message.en});
  nlohmann::json out{{"data", data}, {"people", ward->people.size()}, {"units", ward->units.size()}, {"events", opened->log->head()}, {"accounts", nlohmann::json::array()}};
  const std::string people = std::to_string(ward->people.size()), units = std::to_string(ward->units.size()), events = std::to_string(opened->log->head());
  console.say({"見本の区: 延べ " + people + "人、" + units + "所属、" + events + "件の事象", "The sample ward: " + people + " people ever employed, " + units + " units, " + events + " events"});
  if (!options.csv.empty())
    if (const auto written = write_csv(console, *opened, until, options.csv); written != ExitCode::kOk) return written;
  {
    const auto proofs = open_proofs(*opened);  // its events are signed from the start
    if (!proofs) return fail(console, proofs.error());
  }
  if (const auto told = tell_accounts(console, *opened, *ward, out); told != ExitCode::kOk) return told;
  if (const auto done = finish_folder(opened->folder); !done) return fail(console, done.error());
  if (console.json()) console.print(out);
  return ExitCode::kOk;
}

}  // namespace

void add_sample_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("sample", "見本の区を作る / create a sample ward");
  const auto options = std::make_shared<Options>();
  command->add_option("--staff", options->staff, "職員のおおよその数 / about how many staff")->check(CLI::Range(kSampleStaffMin, kSampleStaffMax));
  command->add_option("--years", options->years, "年度の数 / how many fiscal years")->check(CLI::Range(1, kSampleYearsMax));
  command->add_option("--seed", options->seed, "乱数の種 / seed: the same seed and last day give the same ward");
  command->add_option("--until", options->until, "最後の日（既定は昨日） / the last day that is lived (default: yesterday)");
  command->add_option("--csv", options->csv, "同じ区の CSV（CP932・和暦）も書くフォルダー / also write the ward as municipal CSV files here");
  command->footer(
      "例 / examples:\n"
      "  rireki sample --data data --staff 1000 --years 3 --seed 1\n"
      "  rireki sample --data ward --csv ward-csv && rireki init --data copy &&\n"
      "    rireki import --data copy --units ward-csv/units.csv --posts ward-csv/posts.csv --staff ward-csv/staff.csv --postings ward-csv/postings.csv\n"
      "\n"
      "組織・採用・異動（案・決裁・内示・発令・着任）・休業・退職・ラインケアが、手続の規則どおりに記録されます。氏名は作り物です。\n"
      "パスワードは毎回違い、DATA/sample-accounts.txt に残ります。\n"
      "Everything is recorded through the rules. Names are invented. Passwords are random and kept in DATA/sample-accounts.txt.");
  command->callback([&invocation, options] { invocation.chosen = [&invocation, options](const Console& console) { return sample(console, invocation.data, *options); }; });
}

}  // namespace rireki::api
