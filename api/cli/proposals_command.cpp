#include "api/account_changes.h"
#include "api/cli/commands.h"
#include "api/erasure.h"
#include "projections/all_views.h"

namespace rireki::api {

std::function<bool()> renewing(OpenFolder& opened, Views& views) {
  // Beside the former views, under a new key; the former's files go before their key does.
  return [&opened, &views] {
    opened.keyring->renew(kViewsKey);
    if (views.move_to(opened.view_folder(), opened.view_files())) return false;
    opened.drop_former_views();
    return true;
  };
}

namespace {

ExitCode fail(const Console& console, const ControlError& error) {
  return console.fail(error.refusal.rule == "storage" ? ExitCode::kCannotRun : ExitCode::kRefused, error.refusal.rule, error.refusal.message);
}

ExitCode list(const Console& console, const std::string& data) {
  auto opened = open_folder(data);
  if (!opened) return fail(console, opened.error());
  const FourEyes two(*opened->office);
  const auto controls = two.controls();
  for (const auto& [id, one] : controls.proposals) {
    const std::string state = !one.decided ? (opened->office->now() - one.at > kProposalValid ? "expired" : "proposed") : one.done ? "done" : one.decided->approved ? "approved" : "refused";
    if (console.json()) console.print(nlohmann::json{{"id", to_text(id)}, {"kind", one.proposed.kind}, {"state", state}, {"content", nlohmann::json::parse(one.proposed.content, nullptr, false)}, {"at", iso_utc(one.at)}});
    else console.print(to_text(id) + "\t" + one.proposed.kind + "\t" + state + "\t" + iso_utc(one.at));
  }
  return ExitCode::kOk;
}

// What two people decided; as nobody's account, which the rules take for the machine's operator.
ExitCode carry_out(const Console& console, const std::string& data, const std::string& text) {
  auto opened = open_folder(data);
  if (!opened) return fail(console, opened.error());
  FourEyes two(*opened->office);
  const auto controls = two.controls();
  const auto id = parse<ProposalId>(text);
  const auto found = id ? controls.proposals.find(*id) : controls.proposals.end();
  if (found == controls.proposals.end()) return console.fail(ExitCode::kRefused, "unknown-proposal", {"その提案はありません。", "There is no such proposal."});
  const std::string& kind = found->second.proposed.kind;
  if (kind == "bulk-export") return console.fail(ExitCode::kUsage, "export", {"書出しは rireki export --proposal で行います。", "Export it with rireki export --proposal."});
  if (kind == "account-change") {
    auto accounts = Accounts::open(*opened->office, *opened->ids, opened->accounts());
    if (!accounts) return console.fail(ExitCode::kCannotRun, "credentials", accounts.error().message);
    const auto changed = carry_out_account_change(two, **accounts, Actor{}, *id);
    if (!changed) return fail(console, changed.error());
    nlohmann::json out = {{"login", changed->account.login}, {"id", to_text(changed->account.id)}};
    if (!changed->password.empty()) out["password"] = changed->password;
    if (changed->token) out["token"] = changed->token->token;
    if (console.json()) console.print(out);
    else console.print(changed->account.login + (changed->password.empty() ? "" : "  " + changed->password) + (changed->token ? "  " + changed->token->token : ""));
    return ExitCode::kOk;
  }
  if (kind == "hold-release") {
    const auto released = two.release(Actor{}, *id);
    if (!released) return fail(console, released.error());
    console.print(console.json() ? nlohmann::json{{"hold", to_text(*released)}}.dump() : to_text(*released));
    return ExitCode::kOk;
  }
  auto views = Views::open(opened->view_folder(), *opened->log, all_projections(), {}, opened->view_files());
  if (!views) return console.fail(ExitCode::kCannotRun, "views", {"ビューを開けません（" + views.error().what + "）。", "The views cannot be opened (" + views.error().what + ")."});
  Erasures erasures(two, *opened->keyring, renewing(*opened, **views));
  const auto erased = erasures.carry_out(Actor{}, *id);
  if (!erased) return fail(console, erased.error());
  if (console.json()) console.print(nlohmann::json{{"keys", erased->keys}, {"epoch", erased->epoch}});
  else console.say({"鍵を" + std::to_string(erased->keys) + "本破棄しました（世代 " + std::to_string(erased->epoch) + "）。取り消せません。控えからは35日後まで消えません。",
                    std::to_string(erased->keys) + " keys are destroyed (epoch " + std::to_string(erased->epoch) + "). It cannot be undone. Keyring backups hold them for up to 35 days."});
  return ExitCode::kOk;
}

}  // namespace

void add_proposals_command(CLI::App& app, Invocation& invocation) {
  auto* proposals = app.add_subcommand("proposals", "二人で行うこと：一覧と、承認されたものの実行 / what takes two people: list, and carry out what was approved");
  proposals->require_subcommand(1);
  auto* all = proposals->add_subcommand("list", "一覧 / list");
  all->callback([&invocation] { invocation.chosen = [&invocation](const Console& console) { return list(console, invocation.data); }; });
  auto* one = proposals->add_subcommand("carry-out", "承認されたものを行う（消去は取り消せない） / carry out what was approved; an erasure cannot be undone");
  const auto id = std::make_shared<std::string>();
  one->add_option("id", *id, "提案の id / its id")->required();
  one->callback([&invocation, id] { invocation.chosen = [&invocation, id](const Console& console) { return carry_out(console, invocation.data, *id); }; });
  proposals->footer(
      "例 / examples:\n"
      "  rireki proposals list\n"
      "  rireki proposals carry-out j…\n"
      "\n"
      "提案と承認は、サインインした別々の人が HTTP で行います（POST /api/proposals、…/decision）。\n"
      "Two people who are signed in propose and approve over HTTP (POST /api/proposals, …/decision).");
}

}  // namespace rireki::api
