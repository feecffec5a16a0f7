// rireki checkpoint, bundle, witness, epoch: what is handed to those outside, and what comes back from them.
#include <fstream>
#include <sstream>

#include "api/account_changes.h"
#include "api/cli/commands.h"
#include "api/cli/log_signer.h"
#include "api/four_eyes.h"
#include "eventstore/audit_bundle.h"
#include "proof/signer.h"
#include "proof/text.h"

namespace rireki::api {
namespace {

struct Options {
  std::string out, disclose, proposal, key, file, reason;
  Position first = 0, last = 0, size = 0;
  std::vector<Position> positions;
};

struct Opened {
  OpenFolder folder;
  OpenProofs proofs;
};
Result<Opened, FolderError> open(const std::string& data) {
  auto folder = open_folder(data);
  if (!folder) return folder.error();
  auto proofs = open_proofs(*folder);
  if (!proofs) return proofs.error();
  return Opened{std::move(*folder), std::move(*proofs)};
}

ExitCode fault(const Console& console, const char* problem, const proof::Fault& what) { return console.fail(ExitCode::kRefused, problem, {what.ja, what.en}); }

// To the file, or to stdout.
ExitCode give(const Console& console, const std::string& out, const std::string& text) {
  if (!out.empty()) {
    const auto written = write_file(out, text);
    return written ? ExitCode::kOk : fail(console, written.error());
  }
  std::fputs(text.c_str(), stdout);
  return ExitCode::kOk;
}

ExitCode checkpoint(const Console& console, const std::string& data, const Options& options) {
  auto opened = open(data);
  if (!opened) return fail(console, opened.error());
  if (const auto fresh = opened->proofs.proofs->sign_now(); !fresh) return fault(console, "signer", fresh.error());
  const auto note = opened->proofs.proofs->checkpoint();
  if (!note) return fault(console, "signer", note.error());
  return give(console, options.out, *note);
}

// "12,15-20": positions and ranges. None: not of that form.
std::optional<std::vector<std::pair<Position, Position>>> ranges_of(const std::string& text) {
  std::vector<std::pair<Position, Position>> ranges;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const auto dash = part.find('-');
    const auto from = proof::parse_number(part.substr(0, dash)), to = dash == part.npos ? from : proof::parse_number(part.substr(dash + 1));
    if (!from || !to || *from == 0 || *to < *from) return std::nullopt;
    ranges.emplace_back(*from, *to);
  }
  return ranges.empty() ? std::nullopt : std::optional(ranges);
}

ExitCode write(const Console& console, const Opened& opened, const Options& options, const std::vector<std::pair<Position, Position>>& disclosed) {
  const auto& proofs = *opened.proofs.proofs;
  if (const auto fresh = proofs.sign_now(); !fresh) return fault(console, "signer", fresh.error());
  auto note = options.size ? proofs.tree().checkpoint(options.size) : std::nullopt;
  if (options.size && !note) return console.fail(ExitCode::kUsage, "size", {"その大きさの署名済みチェックポイントはありません。", "There is no signed checkpoint of that size."});
  if (!note) note = proofs.checkpoint().value();
  BundleRequest request{.checkpoint = *note, .first = options.first, .last = options.last, .positions = options.positions, .keys = proofs.keys(), .witnesses = {}, .discloses = {}, .openings = {}, .progress = {}};
  for (const auto& witness : proofs.witnesses()) request.witnesses.push_back(witness.key);
  if (!disclosed.empty()) {
    request.discloses = [&](const EventView& event) {
      return std::any_of(disclosed.begin(), disclosed.end(), [&](const auto& range) { return event.position() >= range.first && event.position() <= range.second; });
    };
    request.openings = [&](const EventView& event) { return opened.folder.log->openings(event); };
  }
  Progress progress(console, {"束を書いています", "writing the bundle"});
  request.progress = [&](double done) { progress.at(done); };
  const auto part = options.out + ".part";
  std::ofstream file(part, std::ios::binary | std::ios::trunc);
  std::uint64_t bytes = 0;
  const auto written = write_bundle(*opened.folder.log, proofs.tree(), request, [&](std::string_view piece) {
    file.write(piece.data(), static_cast<std::streamsize>(piece.size()));
    bytes += piece.size();
    return file.good();
  });
  std::error_code error;
  if (!written || !*written || !file.flush()) {
    std::filesystem::remove(part, error);
    return written ? console.fail(ExitCode::kCannotRun, "io", {options.out + " に書けません。", options.out + " cannot be written."}) : fault(console, "bundle", written.error());
  }
  std::filesystem::rename(part, options.out, error);
  if (error) return console.fail(ExitCode::kCannotRun, "io", {options.out + " に書けません。", options.out + " cannot be written."});
  if (console.json()) console.print(nlohmann::json{{"file", options.out}, {"bytes", bytes}});
  else console.print(options.out);
  return ExitCode::kOk;
}

ExitCode bundle(const Console& console, const std::string& data, const Options& options) {
  if ((options.first == 0) != (options.last == 0)) return console.fail(ExitCode::kUsage, "usage", {"--first と --last は両方指定してください。", "Give both --first and --last."});
  const auto disclosed = options.disclose.empty() ? std::vector<std::pair<Position, Position>>{} : ranges_of(options.disclose).value_or(std::vector<std::pair<Position, Position>>{});
  if (!options.disclose.empty() && disclosed.empty()) return console.fail(ExitCode::kUsage, "usage", {"--disclose は 12,15-20 の形で指定してください。", "Give --disclose as 12,15-20."});
  auto opened = open(data);
  if (!opened) return fail(console, opened.error());
  if (disclosed.empty()) return write(console, *opened, options, {});
  // What events say leaves the house: two people, as any bulk export, and on record.
  const auto on_record = [&] {
    return opened->folder.office->record(Actor{}, {RecordsViewed{.account = {}, .by = {}, .records = {"export:bundle"}, .key_class = "general", .purpose = {}, .via = "export", .session = {}}}, Unconditional{}, std::nullopt).has_value();
  };
  const auto not_recorded_here = [&] { return console.fail(ExitCode::kCannotRun, "storage", {"開示を記録できないので、行いません。", "Nothing is disclosed: it could not be recorded."}); };
  if (options.proposal.empty()) {
    auto accounts = Accounts::open(*opened->folder.office, *opened->folder.ids, opened->folder.accounts());
    if (!accounts) return console.fail(ExitCode::kCannotRun, "credentials", accounts.error().message);
    if (two_people_can(**accounts, rights_of("bulk-export")))
      return console.fail(ExitCode::kRefused, "two-people",
                          {"記録の中身を束に入れることは二人で決めます。POST /api/proposals（kind: bulk-export, what: events）で提案し、別の人が承認したあと、--proposal ID を付けてください。",
                           "Disclosing what events say takes two people: propose it by POST /api/proposals (kind: bulk-export, what: events); once somebody else approved it, add --proposal ID."});
    return on_record() ? write(console, *opened, options, disclosed) : not_recorded_here();
  }
  FourEyes two(*opened->folder.office);
  const auto exported = two.carry_out<ExitCode>(Actor{}, parse<ProposalId>(options.proposal).value_or(ProposalId{}), "bulk-export", [&](const Proposal& proposal, Position seen) -> Result<ExitCode, ControlError> {
    if (nlohmann::json::parse(proposal.proposed.content).value("what", "") != "events") return refused_control("other-export", "承認された書出しと違います（events の書出しが要ります）。", "That is not what was approved: it takes an export of events.");
    const auto said = two.record(Actor{}, {ProposalCarriedOut{.proposal = proposal.proposed.proposal, .outcome = "export:bundle", .account = {}, .by = {}}}, seen);
    if (!said) return said.error();
    return on_record() ? write(console, *opened, options, disclosed) : not_recorded_here();
  });
  if (!exported) return console.fail(exported.error().refusal.rule == "storage" ? ExitCode::kCannotRun : ExitCode::kRefused, exported.error().refusal.rule, exported.error().refusal.message);
  return *exported;
}

void show(const Console& console, const WitnessState& state) {
  const std::string size = std::to_string(state.size);
  console.print(console.words({to_text(state.key) + (state.at ? "  " + size + " 件まで、" + iso_utc(*state.at) : "  まだ確認なし"), to_text(state.key) + (state.at ? "  up to " + size + ", " + iso_utc(*state.at) : "  not yet")}));
}

ExitCode witnesses(const Console& console, const std::string& data, const Options&) {
  auto opened = open(data);
  if (!opened) return fail(console, opened.error());
  nlohmann::json all = nlohmann::json::array();
  for (const auto& state : opened->proofs.proofs->witnesses()) {
    all.push_back({{"key", to_text(state.key)}, {"size", state.size}, {"at", state.at ? nlohmann::json(iso_utc(*state.at)) : nlohmann::json()}});
    if (!console.json()) show(console, state);
  }
  if (console.json()) console.print(all);
  return ExitCode::kOk;
}

ExitCode name_witness(const Console& console, const std::string& data, const Options& options, bool naming) {
  auto opened = open(data);
  if (!opened) return fail(console, opened.error());
  std::string key = options.key;
  std::error_code ignored;
  if (std::filesystem::exists(key, ignored)) {
    const auto text = read_file(key);
    if (!text) return fail(console, text.error());
    key = text->substr(0, text->find('\n'));
  }
  if (const auto wrong = naming ? opened->proofs.proofs->name_witness(Actor{}, key) : opened->proofs.proofs->drop_witness(Actor{}, key)) return fault(console, "witness", *wrong);
  return ExitCode::kOk;
}

ExitCode witness_request(const Console& console, const std::string& data, const Options& options) {
  auto opened = open(data);
  if (!opened) return fail(console, opened.error());
  if (const auto fresh = opened->proofs.proofs->sign_now(); !fresh) return fault(console, "signer", fresh.error());
  const auto known = opened->proofs.proofs->witnesses();
  const auto wanted = std::find_if(known.begin(), known.end(), [&](const WitnessState& state) { return options.key.empty() ? known.size() == 1 : state.key.name == options.key || to_text(state.key) == options.key; });
  if (wanted == known.end()) return console.fail(ExitCode::kUsage, "witness", {"どの証人か、--witness に名前で指定してください（rireki witness list）。", "Name the witness with --witness (see rireki witness list)."});
  const auto request = opened->proofs.proofs->request_for(wanted->size);
  if (!request) return fault(console, "witness", request.error());
  return give(console, options.out, *request);
}

ExitCode witness_confirm(const Console& console, const std::string& data, const Options& options) {
  auto opened = open(data);
  if (!opened) return fail(console, opened.error());
  const auto lines = read_file(options.file);
  if (!lines) return fail(console, lines.error());
  const auto confirmed = opened->proofs.proofs->confirm(*lines);
  if (!confirmed) return fault(console, "witness", confirmed.error());
  if (!console.json()) show(console, *confirmed);
  else console.print(nlohmann::json{{"key", to_text(confirmed->key)}, {"size", confirmed->size}, {"at", iso_utc(*confirmed->at)}});
  return ExitCode::kOk;
}

// After events that were signed are lost for good. The former log is never signed again at a smaller size: this one goes on under another name, and its
// first event says what is missing.
ExitCode epoch(const Console& console, const std::string& data, const Options& options) {
  if (options.reason.empty()) return console.fail(ExitCode::kUsage, "usage", {"--reason に、何が起きたかを書いてください。", "Say with --reason what happened."});
  auto opened = open_folder(data, {}, SignedMark::kPassed);
  if (!opened) return fail(console, opened.error());
  const auto place = signer_place(opened->folder);
  if (!place) return fail(console, place.error());
  if (!*place || (*place)->folder.empty())
    return console.fail(ExitCode::kRefused, "signer", {"署名者が別の利用者のものです。その利用者が rireki-signer epoch を行ったあとに serve を始めてください。", "The signer is another user's: have that user run rireki-signer epoch, then begin to serve."});
  auto signer = proof::SignerFolder::open((*place)->folder);
  if (!signer) return fault(console, "signer", signer.error());
  const auto last = signer->last_seen().checkpoint(signer->origin());
  if (!last) return fault(console, "signer", last.error());
  if (!check_high_water(opened->store->transparency(), *last))
    return console.fail(ExitCode::kRefused, "whole", {"署名済みの記録はそろっています。新しいログを始める理由がありません。", "Every event that was signed is there: there is no reason to begin another log."});
  // First it is on record, last the signer goes on: cut off in between, the log is still refused and this is done again.
  auto& tree = opened->store->transparency();
  const auto newest = tree.checkpoints(~Position{0}, 1, Direction::kBackward);
  const std::string former = *last || newest.empty() ? signer->last_note() : tree.checkpoint(newest.front()).value_or(""), there = std::to_string(opened->log->head());
  const Position lost_of = *last ? (*last)->size : newest.empty() ? 0 : newest.front();
  const auto name = proof::next_epoch(signer->origin());
  if (!name) return console.fail(ExitCode::kRefused, "signer", {"ログの名前に版の番号がありません。", "The log's name has no epoch number."});
  const auto recorded = opened->office->record(Actor{}, {LogEpochBegun{.origin = *name, .former = former, .reason = options.reason}}, Unconditional{}, std::nullopt);
  if (!recorded) return fail(console, recorded.error());
  // Signed under the former name, they are no checkpoints of this log; what was lost stands in the event.
  for (auto sizes = tree.checkpoints(0, 1'000); !sizes.empty(); sizes = tree.checkpoints(0, 1'000))
    for (const auto size : sizes) tree.drop_checkpoint(size);
  const auto key = signer->begin_epoch();
  if (!key) return fault(console, "signer", key.error());
  auto proofs = open_proofs(*opened);
  if (!proofs) return fail(console, proofs.error());
  if (const auto note = proofs->proofs->sign_now(); !note) return fault(console, "signer", note.error());
  const std::string lost = std::to_string(lost_of);
  console.say({"新しいログ " + key->name + " を始めました。署名済みだった " + lost + " 件のうち、残っているのは " + there + " 件までです。監査する人に、新しい公開鍵を紙で渡してください:",
               "Began " + key->name + ". Of " + lost + " signed events, what is here ends at " + there + ". Hand the new public key to whoever audits, on paper:"});
  console.print(to_text(*key));
  return ExitCode::kOk;
}

using Command = ExitCode (*)(const Console&, const std::string&, const Options&);
void chosen(CLI::App* command, Invocation& invocation, std::shared_ptr<Options> options, Command run) {
  command->callback([&invocation, options = std::move(options), run] { invocation.chosen = [&invocation, options, run](const Console& console) { return run(console, invocation.data, *options); }; });
}

}  // namespace

void add_proof_commands(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<Options>();
  auto* now = app.add_subcommand("checkpoint", "いまの記録に署名したチェックポイント / a signed checkpoint of now");
  now->add_option("--out", options->out, "書くファイル（省略すると画面に） / file to write; default: stdout");
  now->footer("監査する人に渡し、残しておいてもらいます。後日、これと比べれば書き換えが分かります。\nHand it to whoever audits: compared with it later, a rewrite shows.");
  chosen(now, invocation, options, checkpoint);

  auto* taken = app.add_subcommand("bundle", "監査の束（tar）を書く / write an audit bundle, a tar file");
  taken->add_option("--out", options->out, "書くファイル / file to write")->required();
  taken->add_option("--size", options->size, "署名済みの大きさ（省略：いま） / a size that was signed; default: now");
  taken->add_option("--first", options->first, "一部だけのとき、最初の位置 / of a part: its first position");
  taken->add_option("--last", options->last, "最後の位置 / its last");
  taken->add_option("--position", options->positions, "これらの位置だけ（くり返せる） / just these positions, repeatable");
  taken->add_option("--disclose", options->disclose, "中身も入れる位置（12,15-20） / positions whose content goes along, as 12,15-20");
  taken->add_option("--proposal", options->proposal, "開示を承認した提案 / the approved proposal to disclose");
  taken->footer("例 / examples:\n  rireki bundle --out audit.tar\n  rireki bundle --out part.tar --first 1000 --last 1200 --disclose 1007\n\n"
                "rireki-verify か、束の中の README.txt にある道具で確かめられます。\nCheck it with rireki-verify, or with the tools that its README.txt names.");
  chosen(taken, invocation, options, bundle);

  auto* witness = app.add_subcommand("witness", "外から確認する証人 / witnesses outside");
  witness->require_subcommand(1);
  chosen(witness->add_subcommand("list", "証人と、最後に確認した時 / witnesses, and when they confirmed last"), invocation, options, witnesses);
  auto* name = witness->add_subcommand("name", "証人を指定する / name a witness");
  name->add_option("key", options->key, "公開鍵か、そのファイル / its public key, or a file of it")->required();
  chosen(name, invocation, options, [](const Console& console, const std::string& data, const Options& with) { return name_witness(console, data, with, true); });
  auto* drop = witness->add_subcommand("drop", "指定をやめる / drop one");
  drop->add_option("key", options->key, "公開鍵 / its public key")->required();
  chosen(drop, invocation, options, [](const Console& console, const std::string& data, const Options& with) { return name_witness(console, data, with, false); });
  auto* request = witness->add_subcommand("request", "持っていく依頼を書く / write the request to take there");
  request->add_option("--witness", options->key, "証人の名前 / the witness's name");
  request->add_option("--out", options->out, "書くファイル / file to write");
  chosen(request, invocation, options, witness_request);
  auto* confirm = witness->add_subcommand("confirm", "持ち帰った答えを入れる / take in the answer");
  confirm->add_option("file", options->file, "答え / the answer")->required()->check(CLI::ExistingFile);
  chosen(confirm, invocation, options, witness_confirm);
  witness->footer("証人の側では / at the witness:  rireki-verify witness answer --folder w REQUEST --out ANSWER");

  auto* begun = app.add_subcommand("epoch", "署名済みの記録が失われたあと、新しいログとして続ける / go on as another log after signed events were lost");
  begun->add_option("--reason", options->reason, "何が起きたか / what happened")->required();
  begun->footer("古い控えからしか戻せなかったときだけ使います。前のログには二度と署名せず、失われたことが最初の記録に残ります。\n"
                "Only where nothing newer than an old backup is left. The former log is never signed again, and what was lost is on record.");
  chosen(begun, invocation, options, epoch);
}

}  // namespace rireki::api
