// The subcommands. Each file adds one: its options, its help with examples, and what it does.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "api/cli/console.h"
#include "api/cli/data_folder.h"
#include "projections/views.h"

namespace rireki::api {

// Options that every command takes, and the command that was chosen.
struct Invocation {
  std::string data = "data";
  bool json = false;
  std::string language;
  std::function<ExitCode(const Console&)> chosen;
};

void add_serve_command(CLI::App& app, Invocation& invocation);
void add_init_command(CLI::App& app, Invocation& invocation);
void add_import_command(CLI::App& app, Invocation& invocation);
void add_export_command(CLI::App& app, Invocation& invocation);
void add_rebuild_command(CLI::App& app, Invocation& invocation);
void add_events_command(CLI::App& app, Invocation& invocation);
void add_user_command(CLI::App& app, Invocation& invocation);
void add_sample_command(CLI::App& app, Invocation& invocation);
void add_report_command(CLI::App& app, Invocation& invocation);
void add_obligations_command(CLI::App& app, Invocation& invocation);
void add_read_command(CLI::App& app, Invocation& invocation);
void add_keyring_command(CLI::App& app, Invocation& invocation);
void add_proposals_command(CLI::App& app, Invocation& invocation);
void add_verify_command(CLI::App& app, Invocation& invocation);
void add_proof_commands(CLI::App& app, Invocation& invocation);
void add_replay_command(CLI::App& app, Invocation& invocation);
void add_audit_command(CLI::App& app, Invocation& invocation);

inline ExitCode fail(const Console& console, const FolderError& error) { return console.fail(ExitCode::kCannotRun, error.problem, error.message); }
// The log said no to an append.
ExitCode fail(const Console& console, const AppendError& error);

// What an erasure does to the views between withholding keys and destroying them: built anew under a new key, then the former's files dropped.
std::function<bool()> renewing(OpenFolder& opened, Views& views);

// Builds the views once more beside the live ones and compares every row, byte for byte. Says what came of each; an error's text where they cannot be built.
Result<bool, Text> compare_views(const Console& console, OpenFolder& opened);

// Publishes what is new in the catalogue that the program carries.
ExitCode publish_catalogue(const Console& console, Office& office);

// Who the command line is to the access rules: it sees what an auditor in the HR office may see, and so no case whose existence is secret. (Whoever
// runs it can read the files themselves; sealed values stay sealed to them.)
Actor command_line_actor();

}  // namespace rireki::api
